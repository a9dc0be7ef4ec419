"""The page in a real browser: no errors, figures seen, tables that sort, nothing wider than the screen."""

from __future__ import annotations

import html
import io
import json
import os
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.pages import CONTRAST, ENOUGH, contents, images_of, printed

import csmir as cs
from csmir._report.cells import networks
from csmir._report.page import html_table

# Runs in the page after its own script: uses it as a reader would, and tells the page around it.
ASK = (
    f"<script>{CONTRAST}</script>"
    + """
<script>
addEventListener("load", async () => {
  const seen = {};
  const beat = setInterval(() => {}, 10); // something is left to do, for a browser that leaps over idle time
  const root = document.documentElement;
  seen.width = [root.scrollWidth, root.clientWidth];
  seen.wide = [...document.querySelectorAll("main *")]
    .filter((e) => !e.closest(".scroll") && e.getBoundingClientRect().right > root.clientWidth + 1)
    .map((e) => e.tagName + "." + e.className);
  seen.images = [...document.images].map((i) => [i.complete, i.naturalWidth, i.getBoundingClientRect().width]);
  seen.clipped = [...document.querySelectorAll("main p, main h2, main h3, dd, dt, summary")]
    .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent);
  const table = document.getElementById("table-cells");
  const names = [...table.tHead.rows[0].cells].map((c) => c.textContent);
  const column = (name) => [...table.tBodies[0].rows].map((r) => r.cells[names.indexOf(name)].textContent);
  const click = (name) => table.tHead.rows[0].cells[names.indexOf(name)].querySelector("button").click();
  seen.before = column("cell");
  click("n_interactions"); seen.up = column("n_interactions");
  seen.aria = table.tHead.rows[0].cells[names.indexOf("n_interactions")].getAttribute("aria-sort");
  click("n_interactions"); seen.down = column("n_interactions");
  click("empirical_fdr"); seen.withMissing = column("empirical_fdr");
  click("cell"); seen.named = column("cell");
  const field = document.querySelector("input[data-table=table-cells]");
  field.value = "cell_03"; field.dispatchEvent(new Event("input"));
  seen.filtered = [...table.tBodies[0].rows].filter((r) => !r.hidden).length;
  // a table of which only some rows are shown: filter, sort and download go over all of them
  const long = document.getElementById("table-mirnas");
  const search = document.querySelector("input[data-table=table-mirnas]");
  // timers run fast here and what is unpacked does not: ask until it is there, however long
  const until = async (there) => { while (!there()) await new Promise((done) => setTimeout(done, 10)); };
  seen.shown = long.tBodies[0].rows.length;
  search.value = "hsa-"; search.dispatchEvent(new Event("input"));
  await until(() => document.querySelector("output[for=table-mirnas]").textContent);
  seen.whole = long.tBodies[0].rows.length;
  seen.said = document.querySelector("output[for=table-mirnas]").textContent;
  const heads = [...long.tHead.rows[0].cells];
  const at = heads.findIndex((c) => c.textContent === "mean_targets");
  const first = long.tBodies[0].rows[0];
  heads[at].querySelector("button").click();
  await until(() => long.tBodies[0].rows[0] !== first);
  seen.sorted = [...long.tBodies[0].rows].map((r) => r.cells[at].textContent);
  let saved = null;
  URL.createObjectURL = (blob) => { saved = blob; return "#"; };
  document.querySelector("button.csv[data-table=table-mirnas]").click();
  await until(() => saved);
  seen.csv = await saved.text();
  // the chooser: another cell, its rows and picture, a node that is moved and pointed at
  const cells = document.getElementById("cell"), picture = document.querySelector("#network svg");
  await until(() => picture.querySelector("line"));
  seen.cells = [...cells.options].map((o) => o.text);
  seen.start = cells.selectedOptions[0].text;
  cells.value = 3; cells.dispatchEvent(new Event("change"));
  const rows = [...document.getElementById("table-network").tBodies[0].rows];
  seen.rows = rows.map((r) => [...r.cells].map((c) => c.textContent));
  seen.says = document.querySelector("#network output").textContent;
  seen.lines = picture.querySelectorAll("line").length;
  seen.names = [...picture.querySelectorAll("g title")].map((t) => t.textContent);
  const frame = picture.getBoundingClientRect();
  seen.outside = [...picture.querySelectorAll("text")].filter((t) => {
    const box = t.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1;
  }).map((t) => t.textContent);
  const node = picture.querySelector("g"), place = () => node.getAttribute("transform");
  const end = (line) => ["x1", "y1", "x2", "y2"].map((k) => line.getAttribute(k)).join();
  const ends = () => [...picture.querySelectorAll("line")].map(end);
  const point = (kind, to, x, y) =>
    to.dispatchEvent(new PointerEvent(kind, { clientX: x, clientY: y, cancelable: true }));
  const from = [place(), ends()];
  const spot = node.querySelector("rect, circle").getBoundingClientRect();
  const towards = spot.left < frame.left + frame.width / 2 ? 40 : -40;
  point("pointerenter", node, spot.left, spot.top);
  seen.near = picture.querySelectorAll("line.near").length;
  point("pointerdown", node, spot.left, spot.top);
  point("pointermove", window, spot.left + towards, spot.top);
  point("pointerup", window, spot.left + towards, spot.top);
  seen.moved = [place() !== from[0], ends().filter((line, i) => line !== from[1][i]).length];
  point("pointermove", window, spot.left, spot.top);
  seen.dropped = place() !== from[0];
  // a value that is infinite and one that is missing
  cells.value = 5; cells.dispatchEvent(new Event("change"));
  const strange = () => [...document.getElementById("table-network").tBodies[0].rows]
    .map((r) => [r.cells[2].textContent, r.cells[3].textContent]);
  seen.infinite = strange()[0];
  seen.widths = [...picture.querySelectorAll("line")].map((line) => Number(line.getAttribute("stroke-width")));
  const by = (i) => document.querySelectorAll("#table-network th button")[i].click();
  by(2); seen.lastByValue = strange().at(-1);
  by(3); seen.lastBySupport = strange().at(-1);
  // what search, download and chooser have put there stands out from its ground
  const asked = "input, output, select, button, #network text, #table-network td, #table-mirnas td";
  seen.inUse = contrast(window, asked);
  parent.postMessage(seen, "*");
  clearInterval(beat);
});
</script></body>
"""
)
AROUND = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0"><pre id="seen"></pre>
<script>addEventListener("message", (e) => {
  document.getElementById("seen").textContent = JSON.stringify(e.data);
});</script>
<iframe src="asked.html" style="border:0;width:WIDTHpx;height:3000px"></iframe></body>"""


@pytest.fixture(scope="module")
def mdata():
    """A report with every kind of section: figures, figures not drawn, tables, missing values, long names."""
    mdata = cs.datasets.simulated(n_cells=12, n_mirnas=20, n_mrnas=100, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=4)
    cs.tl.regulation(mdata, mdata.uns["prior"], n_threads=1)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata)
    cs.tl.cluster(mdata)
    cs.tl.crosstalk(mdata)
    cs.tl.modules(mdata)
    cs.tl.null(mdata, n_permutations=2, n_threads=1)
    reg = mdata["regulation"]
    reg.obs.loc[reg.obs_names[4], "empirical_fdr"] = float("nan")
    reg.obs["a_column_with_a_long_name_and_words"] = "a_word_that_has_no_place_where_a_line_could_break_" * 3
    return mdata


def strange(adata):
    """The networks of the chooser, those of one cell made up: a value infinite, its support missing."""
    found = networks(adata)
    cell = found["cells"][5]
    cell["edges"] = [(i, j, 10 - 0.01 * k, 0.5) for k, (i, j, *_) in enumerate(cell["edges"])]
    cell["edges"][0] = (*cell["edges"][0][:2], "inf", None)
    return found


@pytest.fixture(scope="module")
def report(mdata, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("csmir._report.page.MOST_ROWS", 15)
        patch.setattr("csmir._report.page.networks", strange)
        cs.io.write_report(mdata, path, title="A_title_without_a_place_to_break_" * 4)
    return path


@pytest.fixture(scope="module", params=[(390, "dark"), (1280, "light")], ids=["390 dark", "1280 light"])
def seen(request, browser, report, tmp_path_factory):
    """What a reader with a screen of this width, in this scheme, sees, and what the browser's console says."""
    width, scheme = request.param
    folder = tmp_path_factory.mktemp(f"browser{width}")
    (folder / "asked.html").write_text(report.read_text().replace("</body>", ASK))
    (folder / "around.html").write_text(AROUND.replace("WIDTH", str(width)))
    done = subprocess.run(
        [*browser, ENOUGH, f"--blink-settings=preferredColorScheme={['dark', 'light'].index(scheme)}",
         "--enable-logging=stderr", "--window-size=1400,3200", "--dump-dom",
         f"--user-data-dir={folder / 'profile'}", (folder / "around.html").as_uri()],
        capture_output=True, text=True, timeout=240, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    (answer,) = re.findall(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert answer, f"the page did not answer: {done.stderr[-2000:]}"
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    found = json.loads(html.unescape(answer))
    assert (found["inUse"]["paper"] < 0.05) == (scheme == "dark")  # the scheme asked for is the one shown
    return width, found, console


def numbers(words):
    return [float(w.replace(",", "")) for w in words if w]


def test_console_is_silent(seen):
    assert seen[2] == []


def test_nothing_is_wider_than_the_screen(seen):
    width, found, _ = seen
    assert found["width"] == [width, width]
    assert found["wide"] == []
    assert found["clipped"] == []


def test_figures_are_there(seen):
    width, found, _ = seen
    assert len(found["images"]) >= 9
    for complete, natural, shown in found["images"]:
        assert complete
        assert natural > 200
        assert 100 < shown <= width


def test_tables_sort(seen):
    _, found, _ = seen
    assert len(found["before"]) == 12
    assert numbers(found["up"]) == sorted(numbers(found["up"]))
    assert numbers(found["down"]) == sorted(numbers(found["down"]), reverse=True)
    assert len(set(found["up"])) > 1
    assert found["aria"] == "ascending"
    assert found["withMissing"][-1] == ""
    assert numbers(found["withMissing"]) == sorted(numbers(found["withMissing"]))
    assert found["named"] == sorted(found["before"])


def test_tables_filter(seen):
    assert seen[1]["filtered"] == 1


def test_a_cell_is_chosen_and_its_network_drawn(seen, mdata):
    _, found, _ = seen
    assert found["cells"] == mdata.obs_names.tolist()
    edges = cs.get.edges(mdata, cell=mdata.obs_names[3])
    size = np.sort(mdata["regulation"].obs["n_interactions"])
    assert mdata["regulation"].obs.loc[found["start"], "n_interactions"] == size[6]
    strength = edges.set_index(["mirna", "mrna"])["z"]
    assert len(found["rows"]) == min(len(edges), 300)
    for mirna, mrna, z, *_ in found["rows"]:
        assert float(z) == pytest.approx(strength[mirna, mrna], rel=1e-3)
    shown = [float(row[2]) for row in found["rows"]]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] == pytest.approx(strength.max(), rel=1e-3)
    assert found["says"].startswith(f"{len(edges):,} interactions (")
    assert "when the pairing is shuffled" in found["says"]
    assert found["lines"] == min(len(edges), 40)
    drawn = [name for row in found["rows"][:40] for name in row[:2]]
    assert sorted(found["names"]) == sorted(set(drawn))
    assert found["outside"] == []


def test_a_node_takes_its_lines_along(seen):
    _, found, _ = seen
    assert found["moved"][0]
    assert found["moved"][1] == found["near"] > 0
    assert found["dropped"]  # let go, it stays


def test_infinite_values_stay_so_and_missing_ones_are_empty(seen):
    found = seen[1]
    assert found["infinite"] == ["\u221e", ""]
    assert found["widths"][0] == max(found["widths"]) == pytest.approx(3)
    assert len(set(found["widths"])) > 1  # the finite ones are still told apart
    assert found["lastByValue"][0] == "\u221e"  # the largest
    assert found["lastBySupport"][1] == ""  # what is missing comes last


def test_all_rows_are_searched_sorted_and_downloaded(seen, mdata):
    found = seen[1]
    degree = mdata["regulation"].obsm["out_degree"]
    assert found["shown"] == 15
    assert found["whole"] == degree.shape[1] == 20
    assert found["said"] == "20 of 20 rows"
    assert numbers(found["sorted"]) == pytest.approx(np.sort(degree.mean(axis=0)), rel=1e-3)
    table = pd.read_csv(io.StringIO(found["csv"])).set_index("mirna")
    assert table["mean_targets"].to_dict() == pytest.approx(degree.mean(axis=0).to_dict())


def test_what_search_and_chooser_show_stands_out(seen):
    words = seen[1]["inUse"]["found"]
    assert {"INPUT", "OUTPUT", "SELECT", "text", "TD"} <= {tag for _, tag, _ in words}
    assert len(words) > 100
    assert [note for note in words if note[0] < 4.5] == []


# Contrast of every line of text with the ground behind it.
WORDS = f"""
<script>{CONTRAST}
addEventListener("load", () => {{
  const words = "h1, h2, h3, p, dd, dt, td, th button, a, summary, span, select, button";
  const out = Object.assign(document.createElement("pre"), {{ id: "seen" }});
  out.textContent = JSON.stringify(contrast(window, words));
  document.body.replaceChildren(out);
}});
</script></body>
"""


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_word_stands_out_from_its_ground(scheme, browser, report, tmp_path):
    (tmp_path / "asked.html").write_text(report.read_text().replace("</body>", WORDS))
    done = subprocess.run(
        [*browser, f"--blink-settings=preferredColorScheme={['dark', 'light'].index(scheme)}", "--dump-dom",
         f"--user-data-dir={tmp_path / 'profile'}", (tmp_path / "asked.html").as_uri()],
        capture_output=True, text=True, timeout=240, env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    (answer,) = re.findall(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    seen = json.loads(html.unescape(answer))
    assert (seen["paper"] < 0.05) == (scheme == "dark")  # the scheme asked for is the one shown
    assert len(seen["found"]) > 200
    assert [note for note in seen["found"] if note[0] < 4.5] == []


def test_printed_pages_are_filled_and_hold_every_figure(browser, report, tmp_path):
    pdf = printed(browser, report, tmp_path)
    pages = contents(pdf)
    assert 4 <= len(pages) <= 40
    assert images_of(pages) >= report.read_text().count("data:image/png") >= 9


def test_long_tables_of_long_lists_are_printed_in_part(browser, tmp_path):
    """A page for each row of the modules of K562 made 153 pages of its report."""
    members = ";".join(f"GENE{i}" for i in range(600))
    frame = pd.DataFrame({"module": range(60), "mrnas": members})
    page = tmp_path / "table.html"
    style = files("csmir._report").joinpath("page.css").read_text()
    page.write_text(f"<style>{style}</style><main><div class=scroll>{html_table(frame, 'table-modules')}</div></main>")
    assert 1 <= len(re.findall(rb"/Type /Page\b", printed(browser, page, tmp_path))) <= 4
