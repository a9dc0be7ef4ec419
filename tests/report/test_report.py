from __future__ import annotations

import base64
import io
import re

import mudata
import numpy as np
import pytest

import csmir as cs
from csmir._report.figures import drawn, plans
from csmir._report.made import made as made_of
from csmir.cli import main


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A small run of the command line, with figures."""
    folder = tmp_path_factory.mktemp("run") / "out"
    assert (
        main(["demo", "--cells", "9", "--runs", "4", "--null", "2", "--figures", "--quiet", "--out", str(folder)]) == 0
    )
    return folder


@pytest.fixture(scope="module")
def page(run):
    path = run.parent / "report.html"
    assert main(["report", str(run), "--out", str(path), "--quiet"]) == 0
    return path.read_text()


def test_run_writes_figures(run):
    names = {p.name for p in (run / "figures").iterdir() if not p.name.startswith(".")}
    stems = {n.rsplit(".", 1)[0] for n in names}
    assert {"overview", "per_cell", "recurrence", "out_degree", "similarity", "network", "null", "support"} <= stems
    assert names == {f"{stem}.{ending}" for stem in stems for ending in ("png", "pdf")}
    assert "module" not in stems  # --modules was not asked for
    for path in (run / "figures").glob("*.png"):
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert (run / "csmir.h5mu").exists()


def test_page_needs_nothing_beside_itself(page):
    outside = re.findall(r"""(?:src|href)=["']?(?!data:|#)([^"'> ]+)""", page)
    assert outside == []
    assert "@import" not in page
    assert "url(" not in page


def test_page_shows_numbers_parameters_and_verdict(run, page):
    mdata = mudata.read_h5mu(run / "csmir.h5mu")
    verdict = mdata["regulation"].uns["csmir"]["null"]["verdict"]
    assert verdict in page
    assert f"<dd>{mdata['regulation'].n_vars:,}</dd><dt>pairs tested</dt>" in page
    assert "<td>regulation</td><td>alpha</td><td>0.01</td>" in page
    assert "Simulated data" in page


def test_page_says_how_it_was_made(run, page, make_networks, tmp_path, monkeypatch):
    made = page.split('id="table-made"')[1].split("</table>")[0]
    said = dict(re.findall(r"<td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>", made))
    assert said["command"] == "csmir demo --cells 9 --runs 4 --null 2 --out out --figures --quiet"
    assert "cs.tl.regulation" in said["steps"]
    assert f"numpy {np.__version__}" in said["packages"]
    assert f"csmir {cs.__version__}" in said["networks by"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", said["run on"])
    assert str(run.parent) not in page  # no folder of this machine
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    frame = made_of(make_networks({"a": [("m0", "g0")], "b": []})).set_index("what")["value"]
    assert frame["page made"] == f"1970-01-02, by csmir {cs.__version__}"
    assert frame["input files"] == "not recorded; handed over in Python: mirna, 2 x 4; mrna, 2 x 6"
    assert "command" not in frame


def test_figures_are_inline_and_say_what_they_show(page):
    images = re.findall(r'<img alt="([^"]+)" width="(\d+)" height="(\d+)" src="data:image/png;base64,([^"]+)"', page)
    assert len(images) >= 8
    for alt, width, height, data in images:
        raw = base64.b64decode(data)
        shape = np.frombuffer(raw[16:24], dtype=">u4")
        assert shape == pytest.approx([int(width) * 150 / 96, int(height) * 150 / 96], abs=2), alt
        assert len(alt) > 10
    assert "Run cs.tl.modules(mdata) first" in page  # what was not run is named with its call


def test_same_data_same_bytes(run, page, tmp_path):
    again = tmp_path / "again.html"
    assert (
        main(["report", str(run / "csmir.h5mu"), "--title", f"csmir: {run.name}", "--out", str(again), "--quiet"]) == 0
    )
    assert again.read_text() == page


def test_figures_are_light_in_a_dark_style(run, page):
    """The page is white where they stand. The user's style comes back afterwards."""
    import matplotlib as mpl
    from matplotlib.image import imread

    with mpl.style.context(["dark_background", {"font.size": 25, "savefig.facecolor": "navy"}]):
        before = dict(mpl.rcParams)
        cs.io.write_report(cs.io.read(run / "csmir.h5mu"), run.parent / "dark.html", title="a", overwrite=True)
        assert dict(mpl.rcParams) == before
    pictures = re.findall(r'base64,([^"]+)"', (run.parent / "dark.html").read_text())
    assert len(pictures) == page.count("base64,") > 7
    for picture in pictures:
        image = imread(io.BytesIO(base64.b64decode(picture)), format="png")
        assert image[0, 0, :3].tolist() == [1, 1, 1]
    assert pictures == re.findall(r'base64,([^"]+)"', page)  # the same data, the same figures


def test_every_figure_is_drawn_or_says_why(run):
    mdata = mudata.read_h5mu(run / "csmir.h5mu")
    found = list(drawn(mdata))
    assert [f.name for f in found] == [p.name for p in plans(mdata, "regulation")]
    assert len({f.name for f in found}) == len(found)
    for figure in found:
        assert (figure.fig is None) == bool(figure.why), figure.name


def test_what_was_run_is_drawn(run):
    """Flows, activities, agreement and the truth have a figure where there are data for it, and no excuse where not."""
    mdata = mudata.read_h5mu(run / "csmir.h5mu")
    new = {"flow", "activity", "agreement", "curves"}
    networks = mdata["regulation"]
    networks.uns["csmir"].pop("cluster_agreement", None)
    truth = mdata.mod.pop("truth", None)
    assert not new & {plan.name for plan in plans(mdata, "regulation")}
    if truth is not None:
        mdata.mod["truth"] = truth
    genes = mdata["mrna"].var_names
    cs.tl.sign(mdata)
    cs.tl.cluster(mdata, ["interactions", "expression"], k=2)
    net = networks.var[["mirna", "mrna"]].set_axis(["source", "target"], axis=1)
    cs.tl.activity(mdata, net.reset_index(drop=True), min_targets=3)
    cs.tl.enrich(mdata, {"a set": genes[:30], "another": genes[20:60]}, of="mirnas", share=0, alpha=None)
    found = {figure.name: figure for figure in drawn(mdata)}
    order = list(found)
    assert order.index("flow") == order.index("enrichment") + 1
    assert new | {"sign"} <= set(found)
    for name in new | {"sign"}:
        assert found[name].fig is not None or found[name].why.startswith("no gene set has q <"), found[name].why


def test_titles_and_names_are_escaped(make_networks, tmp_path):
    mdata = make_networks({"<i>a": [("m0", "g0")], "b": [("m0", "g&1")], "c": []})
    path = tmp_path / "r.html"
    cs.io.write_report(mdata, path, title="<script>alert(1)</script>")
    text = path.read_text()
    assert "<script>alert" not in text
    assert "<i>a" not in text
    assert "&lt;i&gt;a" in text


def test_a_bare_network_and_an_empty_one(make_networks, tmp_path):
    bare = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0")], "c": []})
    bare["regulation"].uns.clear()
    cs.io.write_report(bare, tmp_path / "bare.html")
    empty = make_networks({"a": [], "b": [], "c": []}, pairs=[("m0", "g0"), ("m1", "g0")])
    cs.tl.hubs(empty)
    cs.tl.conservation(empty)
    cs.tl.similarity(empty)
    cs.io.write_report(empty, tmp_path / "empty.html")
    assert "3 of 3 cells have no interaction" in (tmp_path / "empty.html").read_text()


def test_files_that_are_there_or_cannot_be_written(run, tmp_path, capsys):
    out = tmp_path / "r.html"
    out.write_text("mine")
    assert main(["report", str(run), "--out", str(out)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert out.read_text() == "mine"
    for bad, message in (
        (tmp_path / "r.pdf", ".html"),
        (tmp_path / "no" / "r.html", "does not exist"),
        (tmp_path, "ends in"),
    ):
        assert main(["report", str(run), "--out", str(bad)]) == 2
        assert message in capsys.readouterr().err
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "s.html")]) == 2
    assert "csmir.h5mu" in capsys.readouterr().err
    (tmp_path / "broken.h5mu").write_bytes(b"no")
    assert main(["report", str(tmp_path / "broken.h5mu"), "--out", str(tmp_path / "s.html")]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "s.html").exists()


def test_results_without_networks(tmp_path):
    mdata = cs.datasets.simulated(n_cells=5)
    with pytest.raises(cs.StepError, match=r"cs\.tl\.regulation"):
        cs.io.write_report(mdata, tmp_path / "r.html")
    with pytest.raises(cs.StepError, match=r"cs\.tl\.regulation"):
        cs.io.write_figures(mdata, tmp_path / "figures")
    with pytest.raises(cs.InputError, match="needs the MuData"):
        cs.io.write_report(mdata["truth"], tmp_path / "r.html")
    with pytest.raises(cs.InputError, match="need the MuData"):
        cs.io.write_figures(mdata["truth"], tmp_path / "figures")
    with pytest.raises(cs.InputError, match="'png', 'pdf', 'svg'"):
        cs.io.write_figures(mdata, tmp_path / "figures", formats="jpg", regulation="truth")


def test_a_test_that_scanpy_stopped_is_no_figure():
    """It leaves its parameters behind when a group has one cell, and no result."""
    mdata = cs.datasets.simulated(n_cells=6)
    mdata["truth"].uns["rank_genes_groups"] = {"params": {"groupby": "group"}}
    assert not [p.name for p in plans(mdata, "truth") if p.name.startswith("volcano")]
