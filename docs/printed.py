"""What a tutorial printed, against what it is stored with.

The outputs of the notebooks in `tutorials/` are kept, and what csmir computes may change under them. Whoever runs them
compares: the tests, the build of these pages, and `python docs/run_tutorials.py --check`.
"""

from __future__ import annotations

import re
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# what forms and numbers of outputs hang on, beside csmir: compared is where these are as they were
PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "anndata", "mudata", "scanpy", "networkx", "decoupler")
MEASURED = re.compile(r"\d[\d,.]*(?= ?(?:ns|ms|s|min|h|KB|MB|GB)\b)")  # by a clock, or of a file


def versions() -> dict[str, str]:
    """The first two numbers of each version here."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = ".".join(version(name).split(".")[:2])
        except PackageNotFoundError:
            found[name] = "none"
    return found


def without_places(text: str, folder: str) -> str:
    """Text without paths and addresses, which no two runs have in common, and as a pipe has it: nothing is bold."""
    text = re.sub(r" at 0x[0-9a-f]+|\x1b\[[0-9;]*m", "", text.replace(folder, "."))
    return re.sub(rf"{re.escape(tempfile.gettempdir())}/\w+", "somewhere", text)


def of_notebook(notebook: dict) -> list[list[str]]:
    """What each cell of code printed: its text, and what stands last in it."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            streams = [o["text"] for o in cell["outputs"] if o["output_type"] == "stream" and o["name"] == "stdout"]
            shown = [o["data"]["text/plain"] for o in cell["outputs"] if o["output_type"] == "execute_result"]
            found.append(["".join(map("".join, streams)), "".join(map("".join, shown))])
    return found


def changes(stored: list[list[str]], printed: list[list[str]], folder: str) -> list[str]:
    """Where they differ, in words; times, sizes of files and white space aside."""
    out = []
    for number, (before, now) in enumerate(zip(stored, printed, strict=True), 1):
        for old, new in zip(before, now, strict=True):
            a, b = (_lines(text, folder) for text in (old, new))
            if " ".join(a).split() != " ".join(b).split():
                place = next((i for i, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), -1)
                then, there = (lines[place] if lines else "nothing" for lines in (a, b))
                out.append(f"code cell {number} is stored with {then!r} and prints {there!r}")
    return out


def _lines(text: str, folder: str) -> list[str]:
    text = MEASURED.sub("~", without_places(text, folder).replace("somewhere", "."))
    if "seconds" in text:
        text = re.sub(r"\d+\.\d+", "~", text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def comparable(notebook: dict) -> str:
    """Why the outputs of this notebook cannot be compared here; nothing where they can."""
    stored, here = notebook["metadata"]["csmir"].get("with", {}), versions()
    unlike = [f"{name} {stored[name]}, not {here[name]}" for name in stored if stored[name] != here.get(name)]
    return f"stored with {', '.join(unlike)}" if unlike else ""


def stale(name: str, found: list[str]) -> str:
    """What to say of a notebook whose stored outputs are not what it prints."""
    return (
        f"tutorials/{Path(name).stem}.ipynb is not stored with what it prints now: {'; '.join(found)}. Look whether "
        f"the text beside it still holds, then store it anew: python docs/run_tutorials.py {Path(name).stem}"
    )
