"""Run tutorials and keep what they print: `python docs/run_tutorials.py 01_k562 07_donors` (no name: all).

Each runs top to bottom in a kernel and an empty folder of its own. What a run adds and a reader does not need (times,
warnings, paths) is left out, and the hash of the code is noted, so that a test sees outputs of other code.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
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
                text = re.sub(r" at 0x[0-9a-f]+", "", text.replace(folder, "."))
                part[key] = re.sub(rf"{re.escape(tempfile.gettempdir())}/\w+", "somewhere", text)
    return output


def run(path: Path) -> None:
    """Execute one notebook and write it back."""
    notebook = nbformat.read(path, as_version=4)
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
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "csmir": {"code": code_hash(notebook)},
    }
    nbformat.write(notebook, path)


def main() -> None:
    """Run those named."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("CSMIR_TEST_DATA", str((ROOT.parent / "shared" / "data").resolve()))
    for name in sys.argv[1:] or sorted(p.stem for p in FOLDER.glob("*.ipynb")):
        run(FOLDER / f"{Path(name).stem}.ipynb")
        print(name, flush=True)


if __name__ == "__main__":
    main()
