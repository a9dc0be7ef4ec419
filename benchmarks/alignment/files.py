"""What cs.io writes of networks, read again."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

import csmir as cs
from benchmarks.alignment import by_name
from benchmarks.alignment.steps import QUIET, STATISTICS


def written_tables(mdata) -> object:
    """All tables of cs.io.write_tables; those of modules without their numbers."""
    with tempfile.TemporaryDirectory() as folder:
        cs.io.write_tables(mdata, Path(folder) / "out", formats="tsv")
        found = {f.stem: pd.read_csv(f, sep="\t") for f in sorted((Path(folder) / "out").glob("*.tsv"))}
    out = by_name.Parts()
    for name, table in found.items():
        if name == "modules":
            out[name, ""] = by_name.of_modules(table)
            continue
        by_number = ("cluster", "cluster_expression", "crosstalk_module", "conservation")
        table = table.drop(columns=[c for c in by_number if c in table])
        square = set(table.columns[1:]) == set(table.iloc[:, 0].astype(str)) and len(table) > 1
        if square:
            out[name, ""] = by_name.of_square(table.set_index(table.columns[0]))
        elif "cell_a" in table:
            out[name, ""] = by_name.of_frame(table)
        else:
            out |= by_name.parts_of(name, table)
    return out


def written_report(mdata) -> object:
    """What cs.io.write_report says of the run: a number for each headline that there is."""
    from csmir._report import tables

    with tempfile.TemporaryDirectory() as folder:
        cs.io.write_report(mdata, Path(folder) / "report.html")
    return by_name.Parts({("number", label): value for label, value in tables.numbers(mdata, "regulation")})


def written_figures(mdata) -> object:
    """Which figures cs.io.write_figures draws."""
    with tempfile.TemporaryDirectory() as folder:
        cs.io.write_figures(mdata, Path(folder) / "out", formats="png", dpi=20)
        found = {f.stem for f in (Path(folder) / "out").glob("*.png")}
    return by_name.Parts({("figure", name): "" for name in found if not name.startswith("network_")})


def read_again(mdata) -> object:
    """Networks of a run on the disk over the data that are there, read by cs.io.read_networks."""
    noted = mdata["regulation"].uns["csmir"]["regulation"]
    options = STATISTICS[str(noted["statistic"])] | QUIET
    with tempfile.TemporaryDirectory() as folder:
        cs.tl.regulation(mdata, mdata.uns["prior"], regulation="again", out=Path(folder) / "run.zarr", **options)
        adata = cs.io.read_networks(Path(folder) / "run.zarr", lazy=False)
        return by_name.of_slots(adata, obs=["n_interactions"], var=["n_cells"], layers=True)


def read_file(mdata) -> object:
    """Networks of an h5mu file, and what was read from them."""
    with tempfile.TemporaryDirectory() as folder:
        mdata.write_h5mu(Path(folder) / "run.h5mu")
        adata = cs.io.read(Path(folder) / "run.h5mu")["regulation"]
        return by_name.of_slots(adata, obs=["n_interactions", "n_null"], var=["n_cells", "sign"], layers=True)
