"""The tutorials, each run top to bottom in a process and a folder of its own, as a new user would run it.

What they print is what they are stored with, wherever the packages are those that it was stored with. What their text
says of it is asserted by `claims/NAME.py`, in the namespace that the last cell leaves.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import csmir as cs

ROOT = Path(__file__).resolve().parents[1]
spec = importlib.util.spec_from_file_location("csmir_printed", ROOT / "docs" / "printed.py")
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)
NOTEBOOKS = sorted((ROOT / "tutorials").glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", [pytest.param(p, id=p.stem) for p in NOTEBOOKS])
N_TUTORIALS = 10
DATA = Path(os.environ.get("CSMIR_TEST_DATA", ROOT.parent / "shared" / "data")).resolve()
folder_of: dict[Path, Path] = {}  # where each ran
STOPPED = 77  # the notebook said what it lacks, and stopped

# As a Jupyter kernel does it: cell after cell in one namespace, and what stands last in a cell is shown.
RUN = f"""
import ast, io, json, sys
from contextlib import redirect_stdout
import pandas
pandas.set_option("display.max_columns", 20)  # as in a kernel
names, printed = {{"__name__": "__main__"}}, []
for number, source in enumerate(json.loads(sys.stdin.read())):
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    text, shown = io.StringIO(), None
    try:
        with redirect_stdout(text):
            exec(compile(tree, f"cell {{number}}", "exec"), names)
            if last is not None:
                shown = eval(compile(ast.Expression(last.value), f"cell {{number}}", "eval"), names)
        printed.append((text.getvalue(), "" if shown is None else repr(shown)))
    except SystemExit as stop:
        print(stop, file=sys.stderr)
        sys.exit({STOPPED})
print(json.dumps(printed))
"""


def cells(path: Path, kind: str) -> list[str]:
    return ["".join(c["source"]) for c in json.loads(path.read_text())["cells"] if c["cell_type"] == kind]


def test_there_are_tutorials():
    assert len(NOTEBOOKS) == N_TUTORIALS


def code_hash(path: Path) -> str:
    return hashlib.sha256("\n".join(cells(path, "code")).encode()).hexdigest()[:16]


@every_notebook
def test_notebook_is_kept_with_what_its_code_printed(path):
    """Run again by `python docs/run_tutorials.py NAME`, which leaves out what differs from run to run."""
    notebook = json.loads(path.read_text())
    assert notebook["metadata"]["csmir"]["code"] == code_hash(path), "the code changed since the outputs were kept"
    outputs = [o for cell in notebook["cells"] for o in cell.get("outputs", [])]
    assert outputs
    text = json.dumps([o for o in outputs if o["output_type"] != "image/png"])
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    for trace in ("/home/", "/root/", "/tmp/", "/Users/", "object at 0x"):
        assert trace not in text, f"an output tells of the machine: {trace}"
    assert all(cell.get("execution_count") is None for cell in notebook["cells"])
    assert path.stat().st_size < 1_500_000


@every_notebook
def test_every_figure_is_kept(path):
    """A cell that draws has a picture: a busy machine may lose one."""
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and re.search(r"\b(cs|sc)\.pl\.\w+\(|plt\.subplots\(", source):
            assert any("image/png" in o.get("data", {}) for o in cell["outputs"]), source[:200]


@every_notebook
def test_notebook_begins_with_a_title_and_explains_its_code(path):
    text = cells(path, "markdown")
    assert text[0].startswith("# ")
    assert len(text) >= len(cells(path, "code")) / 2
    for source in cells(path, "code"):
        ast.parse(source)  # plain Python: no magics, no shell escapes


def run(path: Path, folder: Path, data: Path, n_cells: int | None = None) -> subprocess.CompletedProcess:
    folder_of[path] = folder
    source = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    settings = {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "PYTHONPATH": source, "CSMIR_TEST_DATA": str(data)}
    if (
        "HOME" not in os.environ
    ):  # scanpy cannot be imported before csmir where numba may write nothing: installation.md
        settings["NUMBA_CACHE_DIR"] = os.environ.get("NUMBA_CACHE_DIR", str(folder.parent / "numba"))
    claims = ROOT / "tests" / "claims" / f"{path.stem}.py"
    code = [*cells(path, "code"), *([claims.read_text()] if claims.exists() else [])][:n_cells]
    return subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(code),
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **settings},
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory, request):
    """All that were asked for, two at a time; one by one where the suite itself runs in several processes."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        yield lambda path: run(path, tmp_path_factory.mktemp(path.stem), DATA)
        return
    asked = [p for p in NOTEBOOKS if any(item.name.endswith(f"bottom[{p.stem}]") for item in request.session.items)]
    with ThreadPoolExecutor(2) as pool:
        started = {path: pool.submit(run, path, tmp_path_factory.mktemp(path.stem), DATA) for path in asked}
        yield lambda path: started[path].result()


@every_notebook
def test_tutorial_runs_top_to_bottom(path, runs):
    done = runs(path)
    if done.returncode == STOPPED:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr[-3000:]
    notebook, code = json.loads(path.read_text()), cells(path, "code")
    of_real_data = "CSMIR_TEST_DATA" in "".join(code)
    if compare.comparable(notebook) or (of_real_data and not DATA.exists()):
        return
    printed = json.loads(done.stdout.splitlines()[-1])[: len(code)]
    found = compare.changes(compare.of_notebook(notebook), printed, str(folder_of[path]))
    assert not found, compare.stale(path.name, found)


@every_notebook
def test_outputs_are_compared_here(path):
    if unlike := compare.comparable(json.loads(path.read_text())):
        pytest.skip(f"what it prints is not compared with what it is stored with: {unlike}")


def test_a_stale_output_is_told():
    stored = [["power 0.41\n12 edges", ""], ["took 3.1 s", "['a',\n 'b']"], ["  n  seconds\n0 1  5.1", ""]]
    printed = [["power  0.41\n12 edges\n", ""], ["took 14 s", "['a', 'b']"], ["  n  seconds\n0 1  7.25", ""]]
    assert compare.changes(stored, printed, "/nowhere") == []
    printed[0][0] = "power 0.41\n13 edges"
    assert compare.changes(stored, printed, "/nowhere") == [
        "code cell 1 is stored with '12 edges' and prints '13 edges'"
    ]


def test_a_cohort_of_your_own_is_read(tmp_path, monkeypatch):
    """Its tables, down to the names; what follows is the same as on the cohort that is shown."""
    mdata = cs.datasets.simulated(30, 8, 40, seed=0)
    for key in ("mirna", "mrna"):
        np.log2(mdata[key].to_df() + 1).to_csv(tmp_path / f"{key}.csv")
    mdata.obs["group"].rename("subtype").to_csv(tmp_path / "samples.csv")
    for name in ("predicted", "validated"):
        mdata.uns["prior"].to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
    (tmp_path / "pathways.gmt").write_text("a\t\tGENE1\n")
    monkeypatch.setenv("CSMIR_COHORT", str(tmp_path))
    path = ROOT / "tutorials" / "08_samples.ipynb"
    done = run(path, tmp_path, tmp_path / "nowhere", n_cells=2)
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout.splitlines()[-1])
    assert "No cohort here" not in first[0]
    assert f"{len(mdata.uns['prior'])} putative pairs" in second[0]


def test_k562_says_what_it_lacks_and_stops(tmp_path):
    done = run(ROOT / "tutorials" / "01_k562.ipynb", tmp_path, tmp_path / "nowhere")
    assert done.returncode == STOPPED
    assert "This tutorial needs files that are not here" in done.stderr
    assert "targetscan" in done.stderr
