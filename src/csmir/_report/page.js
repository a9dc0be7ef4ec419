"use strict";
// Tables sort by a click on a head: numbers by value, text by language rules, what is missing always last. Of a table
// with more rows than are shown, filter and sort go over all of them, which lie in the page as gzipped CSV.
const SHOWN = 500;

async function unpacked(id) {
  const letters = document.getElementById(id).textContent;
  const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

function rowsOf(csv) {
  const rows = [];
  let row = [], cell = "", quoted = false;
  for (let i = 0; i < csv.length; i++) {
    const letter = csv[i];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (csv[i + 1] === '"') { cell += '"'; i++; } else quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === ",") { row.push(cell); cell = ""; }
    else if (letter === "\n") { row.push(cell); rows.push(row); row = []; cell = ""; }
    else cell += letter;
  }
  return rows.slice(1);
}

function written(text, number) {
  if (!number || text === "") return text;
  const value = Number(text);
  if (!Number.isFinite(value)) return text.startsWith("-") ? "\u2212\u221e" : "\u221e";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  const short = value.toPrecision(4);
  return short.includes("e") ? short.replace(/\.?0+e/, "e") : String(Number(short));
}

function order(a, b, number, up) {
  if (a === "" || b === "") return (a === "") - (b === "");
  const by = number ? Number(a.replace("inf", "Infinity")) - Number(b.replace("inf", "Infinity"))
    : a.localeCompare(b, "en", { numeric: true });
  return up ? by : -by;
}

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const numbers = heads.map((head) => head.dataset.type === "n");
  const field = document.querySelector(`input[data-table="${table.id}"]`);
  const found = document.querySelector(`output[for="${table.id}"]`);
  const more = Number(table.dataset.rows ?? 0) > body.rows.length;
  let sorted = null, all = null;

  async function whole() {
    all ??= rowsOf(await unpacked(`data-${table.id}`));
    const wanted = field.value.trim().toLowerCase();
    const some = all.filter((row) => wanted === "" || row.join(" ").toLowerCase().includes(wanted));
    if (sorted) some.sort((a, b) => order(a[sorted.column], b[sorted.column], numbers[sorted.column], sorted.up));
    body.replaceChildren(...some.slice(0, SHOWN).map((cells) => {
      const row = document.createElement("tr");
      cells.forEach((text, i) => {
        const cell = row.insertCell();
        cell.textContent = written(text, numbers[i]);
        if (numbers[i]) { cell.className = "n"; cell.dataset.v = text; }
        else if (text.length > 40) cell.className = "long";
      });
      return row;
    }));
    found.textContent = `${some.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} rows`;
  }

  function here() {
    const wanted = field ? field.value.trim().toLowerCase() : "";
    const rows = [...body.rows];
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    if (!sorted) return;
    const value = (row) => row.cells[sorted.column].dataset.v ?? row.cells[sorted.column].textContent;
    const keyed = rows.map((row) => [value(row), row]);
    keyed.sort(([a], [b]) => order(a, b, numbers[sorted.column], sorted.up));
    body.append(...keyed.map(([, row]) => row));
  }

  const again = more ? whole : here;
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    sorted = { column, up: head.getAttribute("aria-sort") !== "ascending" };
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", sorted.up ? "ascending" : "descending");
    again();
  }));
  field?.addEventListener("input", () => again());
}

for (const button of document.querySelectorAll("button.csv")) {
  button.addEventListener("click", async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await unpacked(`data-${button.dataset.table}`)], { type: "text/csv" }));
    link.download = `${button.dataset.table.replace("table-", "")}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

// on paper nothing can be opened
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const part of closed) part.open = true;
});
addEventListener("afterprint", () => { for (const part of closed) part.open = false; });
