// The network of a chosen cell: its strongest interactions as a table, and some of them as a picture whose nodes can be
// pointed at and moved. Places come with the page.
const SVG = "http://www.w3.org/2000/svg";

function made(kind, options, parent) {
  const node = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(options)) node.setAttribute(name, value);
  parent.append(node);
  return node;
}

async function chooser(holder) {
  const all = JSON.parse(await unpacked("data-networks"));
  const list = document.getElementById("cell"), body = document.getElementById("table-network").tBodies[0];
  const picture = holder.querySelector("svg"), said = holder.querySelector("output");
  const left = new Set(all.left), direction = 2 + all.columns.length;
  const text = (value) => value === null ? "" : String(value); // what is missing is empty, and infinite values are words
  const size = (value) => Math.abs(Number(text(value).replace("inf", "Infinity")));
  all.cells.forEach((cell, i) => list.add(new Option(cell.name, i)));

  function rows(cell) {
    body.replaceChildren(...cell.edges.map((edge) => {
      const row = document.createElement("tr");
      edge.forEach((value, i) => {
        const cell = row.insertCell();
        if (i < 2) cell.textContent = all.names[value];
        else if (i === direction) cell.textContent = all.directions[value];
        else { cell.textContent = written(text(value), true); cell.className = "n"; cell.dataset.v = text(value); }
      });
      return row;
    }));
    for (const head of document.querySelectorAll("#table-network th")) head.removeAttribute("aria-sort");
  }

  function draw(cell) {
    const width = Math.max(holder.clientWidth, 280), height = Math.min(560, Math.max(380, 0.6 * width)), rim = 16;
    picture.replaceChildren();
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const edges = cell.edges.slice(0, all.drawn);
    const strongest = Math.max(...edges.map((edge) => size(edge[2])).filter(Number.isFinite), 1e-9);
    const nodes = new Map(cell.nodes.map(([key, x, y]) =>
      [key, { x: rim + x / 1000 * (width - 2 * rim), y: rim + y / 1000 * (height - 2 * rim), lines: [] }]));
    for (const edge of edges) {
      const [i, j, value] = edge, way = { activation: "up", "no direction": "none" }[all.directions[edge[direction]]] ?? "";
      const line = made("line", { class: way, "stroke-width": 0.8 + 2.2 * Math.min(1, size(value) / strongest) }, picture);
      made("title", {}, line).textContent = `${all.names[i]}, ${all.names[j]}: ${all.columns[0]} ${written(text(value), true)}`;
      nodes.get(i).lines.push([line, "1", j]);
      nodes.get(j).lines.push([line, "2", i]);
    }
    const limit = Math.floor(width / 2 / 7.5);
    for (const [key, node] of nodes) {
      const name = all.names[key], source = left.has(key);
      node.group = made("g", { class: source ? "source" : "target" }, picture);
      made("title", {}, node.group).textContent = name;
      if (source) made("rect", { x: -6, y: -6, width: 12, height: 12 }, node.group);
      else made("circle", { r: 5 }, node.group);
      const label = made("text", { y: 4 }, node.group);
      label.textContent = name.length > limit ? `${name.slice(0, limit - 1)}\u2026` : name;
      const place = () => {
        node.group.setAttribute("transform", `translate(${node.x.toFixed(1)} ${node.y.toFixed(1)})`);
        const inward = node.x > width / 2; // names end inside the picture
        label.setAttribute("text-anchor", inward ? "end" : "start");
        label.setAttribute("x", inward ? -9 : 9);
        for (const [line, end] of node.lines) { line.setAttribute(`x${end}`, node.x); line.setAttribute(`y${end}`, node.y); }
      };
      place();
      node.group.addEventListener("pointerenter", () => {
        picture.classList.add("pointed");
        for (const part of [node.group, ...node.lines.flatMap(([line, , other]) => [line, nodes.get(other).group])]) part.classList.add("near");
      });
      node.group.addEventListener("pointerleave", () => {
        picture.classList.remove("pointed");
        for (const part of picture.querySelectorAll(".near")) part.classList.remove("near");
      });
      node.group.addEventListener("pointerdown", (down) => {
        down.preventDefault();
        const from = { x: node.x, y: node.y, scale: width / picture.getBoundingClientRect().width };
        const move = (now) => {
          node.x = Math.min(width - rim, Math.max(rim, from.x + (now.clientX - down.clientX) * from.scale));
          node.y = Math.min(height - rim, Math.max(rim, from.y + (now.clientY - down.clientY) * from.scale));
          place();
        };
        addEventListener("pointermove", move);
        addEventListener("pointerup", () => removeEventListener("pointermove", move), { once: true });
      });
    }
  }

  function show() {
    const cell = all.cells[list.value];
    const count = (n) => n.toLocaleString("en");
    const some = cell.edges.length < cell.n ? `; the strongest ${count(cell.edges.length)} are in the table` : "";
    const few = cell.edges.length > all.drawn ? `, ${all.drawn} in the picture` : "";
    const chance = cell.shuffled === null ? "" : ` (${count(cell.shuffled)} when the pairing is shuffled)`;
    const tie = cell.tied > 1 ? `; ${count(cell.tied)} tie at the largest value` : "";
    said.textContent = `${count(cell.n)} interaction${cell.n === 1 ? "" : "s"}${chance}${some}${few}${tie}`;
    picture.setAttribute("aria-label", `Network of ${cell.name}: ${said.textContent}`);
    rows(cell);
    draw(cell);
  }
  list.value = all.start;
  list.addEventListener("change", show);
  addEventListener("resize", () => draw(all.cells[list.value]));
  show();
}

const holder = document.getElementById("network");
if (holder) chooser(holder);
