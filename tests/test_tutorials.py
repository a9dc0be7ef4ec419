"""The tutorials, each run top to bottom in a process and a folder of its own, as a new user would run it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "tutorials").glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", [pytest.param(p, id=p.stem) for p in NOTEBOOKS])
STOPPED = 77  # the notebook said what it lacks, and stopped

# As a Jupyter kernel does it: cell after cell in one namespace, and what stands last in a cell is shown.
RUN = f"""
import ast, json, sys
names = {{"__name__": "__main__"}}
for number, source in enumerate(json.loads(sys.stdin.read())):
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    try:
        exec(compile(tree, f"cell {{number}}", "exec"), names)
        if last is not None:
            repr(eval(compile(ast.Expression(last.value), f"cell {{number}}", "eval"), names))
    except SystemExit as stop:
        print(stop, file=sys.stderr)
        sys.exit({STOPPED})
"""


def cells(path: Path, kind: str) -> list[str]:
    return ["".join(c["source"]) for c in json.loads(path.read_text())["cells"] if c["cell_type"] == kind]


def test_there_are_tutorials():
    assert len(NOTEBOOKS) == 6


@every_notebook
def test_notebook_is_kept_without_what_a_run_adds(path):
    for cell in json.loads(path.read_text())["cells"]:
        assert not cell.get("outputs"), f"clear the outputs: {cell['source'][:1]}"
        assert cell.get("execution_count") is None


@every_notebook
def test_notebook_begins_with_a_title_and_explains_its_code(path):
    text = cells(path, "markdown")
    assert text[0].startswith("# ")
    assert len(text) >= len(cells(path, "code")) / 2
    for source in cells(path, "code"):
        ast.parse(source)  # plain Python: no magics, no shell escapes


def run(path: Path, folder: Path, data: Path) -> subprocess.CompletedProcess:
    source = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    settings = {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "PYTHONPATH": source, "CSMIR_TEST_DATA": str(data)}
    return subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(cells(path, "code")),
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **settings},
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory, request):
    """All that were asked for, two at a time; one by one where the suite itself runs in several processes."""
    data = Path(os.environ.get("CSMIR_TEST_DATA", ROOT.parent / "shared" / "data")).resolve()
    if "PYTEST_XDIST_WORKER" in os.environ:
        yield lambda path: run(path, tmp_path_factory.mktemp(path.stem), data)
        return
    asked = [p for p in NOTEBOOKS if any(item.name.endswith(f"bottom[{p.stem}]") for item in request.session.items)]
    with ThreadPoolExecutor(2) as pool:
        started = {path: pool.submit(run, path, tmp_path_factory.mktemp(path.stem), data) for path in asked}
        yield lambda path: started[path].result()


@every_notebook
def test_tutorial_runs_top_to_bottom(path, runs):
    done = runs(path)
    if done.returncode == STOPPED:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr[-3000:]


def test_k562_says_what_it_lacks_and_stops(tmp_path):
    done = run(ROOT / "tutorials" / "01_k562.ipynb", tmp_path, tmp_path / "nowhere")
    assert done.returncode == STOPPED
    assert "This tutorial needs files that are not here" in done.stderr
    assert "targetscan" in done.stderr
