"""Every public function on networks, as a call that returns what it found by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.alignment.figures import FIGURES, PLAIN, figure
from benchmarks.alignment.files import read_again, read_file, written_figures, written_report, written_tables
from benchmarks.alignment.steps import ALL_STEPS, infer_again, run_step, told_power
from benchmarks.alignment.tables import TABLES

# what they tell is of pairs and miRNAs over all paired cells, as the step found it, and stays when cells leave later;
# pl.pair, whole, with the q of all pairs tested, when pairs leave the networks: its points are of cells that are there
OVER_DATA = (
    "get.differential", "get.intervals", "get.targeting", "pl.differential", "pl.intervals", "pl.pair",
    "pl.targeting", "pl.targeting of one",
)  # fmt: skip


def readers(rooms=("tl", "get", "pl", "io")) -> dict[str, Callable]:
    """Name -> call."""
    out: dict[str, Callable] = {}
    if "tl" in rooms:
        out["tl.regulation"] = infer_again
        out["tl.power"] = told_power
        out |= {f"tl.{name}": partial(run_step, name) for name in ALL_STEPS}
    if "get" in rooms:
        out |= {f"get.{name}": call for name, call in TABLES.items()}
    if "pl" in rooms:
        out |= {f"pl.{name}": partial(figure, name) for name in (*PLAIN, *FIGURES)}
    if "io" in rooms:
        out |= {"io.write_tables": written_tables, "io.write_report": written_report}
        out |= {"io.write_figures": written_figures, "io.read_networks": read_again}
        out["io.read"] = read_file
    return out
