"""Run tutorials and keep what they print: `python docs/run_tutorials.py 01_k562 07_donors` (no name: all).

With `--check` nothing is written: what they print is compared with what they are stored with.

Each runs top to bottom in a kernel and an empty folder of its own. What a run adds and a reader does not need (times,
warnings, paths) is left out, and the hash of the code is noted, so that a test sees outputs of other code.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import nbformat
import printed
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tutorials"


def code_hash(notebook) -> str:
    """Of all code, whatever stands between."""
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def kept(output, folder: str):
    """An output without what differs from run to run, or None."""
    if output["output_type"] == "stream" and output["name"] == "stderr":
        return None
    output.pop("execution_count", None)
    if output["output_type"] == "execute_result":
        output["execution_count"] = None
    for part in (output, output.get("data", {})):
        for key, text in part.items():
            if isinstance(text, str) and not key.startswith("image/"):
                part[key] = printed.without_places(text, folder)
    return output


def run(path: Path, check: bool) -> str:
    """Execute one notebook and write it back, or say what changed."""
    notebook = nbformat.read(path, as_version=4)
    before = printed.of_notebook(notebook)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}, record_timing=False,
            iopub_timeout=120, raise_on_iopub_timeout=True,  # a busy machine loses no figure
        )  # fmt: skip
        client.execute()
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [o for o in (kept(o, folder) for o in cell.outputs) if o is not None]
                cell.execution_count = None
    if check:
        found = printed.changes(before, printed.of_notebook(notebook), folder)
        return printed.stale(path.name, found) if found else ""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "csmir": {"code": code_hash(notebook), "with": printed.versions()},
    }
    nbformat.write(notebook, path)
    return ""


def main() -> None:
    """Run those named."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("CSMIR_TEST_DATA", str((ROOT.parent / "shared" / "data").resolve()))
    names = [name for name in sys.argv[1:] if name != "--check"]
    found = []
    for name in names or sorted(p.stem for p in FOLDER.glob("*.ipynb")):
        found.append(run(FOLDER / f"{Path(name).stem}.ipynb", "--check" in sys.argv))
        print(found[-1] or name, flush=True)
    sys.exit(any(found))


if __name__ == "__main__":
    main()
