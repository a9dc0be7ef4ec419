"""What cs.io writes of networks, read again."""

from __future__ import annotations

import base64
import gzip
import json
import re
import tempfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pandas as pd

import csmir as cs
from benchmarks.alignment import by_name
from benchmarks.alignment.steps import QUIET, STATISTICS


def written_tables(mdata) -> object:
    """All tables of cs.io.write_tables; those of modules and clusters without their numbers."""
    with tempfile.TemporaryDirectory() as folder:
        cs.io.write_tables(mdata, Path(folder) / "out", formats="tsv")
        found = {f.stem: pd.read_csv(f, sep="\t") for f in sorted((Path(folder) / "out").glob("*.tsv"))}
    out = by_name.Parts()
    for name, table in found.items():
        out |= of_table(name, table)
    return out


NUMBERED = ("cluster", "cluster_expression", "crosstalk_module")


def of_table(name: str, table: pd.DataFrame) -> dict:
    """A table of a folder or page in parts; clusters and modules by who is together."""
    if name == "modules":
        by_members = "feature" in table  # a page has one row for each module instead
        table = table.drop(columns=[] if by_members else "module")
        for members in () if by_members else ("mirnas", "mrnas"):
            table[members] = [";".join(sorted(names.split(";"))) for names in table[members].astype(str)]
        return {(name, ""): by_name.of_modules(table) if by_members else by_name.of_frame(table)}
    if len(table) > 1 and set(table.columns[1:]) == set(table.iloc[:, 0].astype(str)):
        return {(name, ""): by_name.of_square(table.set_index(table.columns[0]))}
    if "cell_a" in table:
        return {(name, ""): by_name.of_frame(table)}
    numbered = [c for c in NUMBERED if c in table]
    together = {(name, c): by_name.of_partition(table.set_index("cell")[c]) for c in numbered if name == "cells"}
    return together | by_name.parts_of(name, table.drop(columns=numbered))


class Said(NamedTuple):
    """Words that must be the same where nothing was lost, and are not compared where something was."""

    exactly: tuple
    loosely: None = None


def written_report(mdata) -> object:
    """What a report of cs.io.write_report says: its headlines, tables of results, networks of cells, and all words."""
    with tempfile.TemporaryDirectory() as folder:
        cs.io.write_report(mdata, Path(folder) / "report.html")
        page = (Path(folder) / "report.html").read_text()
    numbers = re.findall(r"<dd>(.*?)</dd><dt>(.*?)</dt>", page)
    found = by_name.Parts({("number", label): value for value, label in numbers})
    for key, packed in re.findall(r'<script type="text/plain" id="data-table-([^"]+)">([^<]+)<', page):
        found |= of_table(key, pd.read_csv(BytesIO(unpacked(packed))))
    for packed in re.findall(r'<script type="text/plain" id="data-networks">([^<]+)<', page):
        found |= of_networks(json.loads(unpacked(packed)))
    body = re.sub(r"<script.*?</script>", "", page[page.index("<main>") : page.index("</main>")], flags=re.DOTALL)
    words = [*re.split(r"<[^>]*>", body), *re.findall(r'alt="([^"]*)"', body)]
    return by_name.Parts({**found, ("page", "words"): Said(tuple(sorted(w.strip() for w in words if w.strip())))})


def unpacked(text: str) -> bytes:
    return gzip.decompress(base64.b64decode(text))


def of_networks(found: dict) -> dict:
    """The network of each cell that a page holds, its edges by the names of their ends."""
    names = found["names"]
    cells = {
        c["name"]: (c["n"], sorted((names[i], names[j], *map(str, v)) for i, j, *v in c["edges"]))
        for c in found["cells"]
    }
    shuffled = {("network", "shuffled", c["name"]): c["shuffled"] for c in found["cells"] if c["shuffled"] is not None}
    start = Said((found["cells"][found["start"]]["name"],)) if cells else Said(())
    return {("network", "of", name): held for name, held in cells.items()} | shuffled | {("network", "first"): start}


def written_figures(mdata) -> object:
    """Which figures cs.io.write_figures draws; what they show is judged where cs.pl draws them."""
    with tempfile.TemporaryDirectory() as folder:
        cs.io.write_figures(mdata, Path(folder) / "out", formats="png", dpi=20)
        found = {f.stem for f in (Path(folder) / "out").glob("*.png")}
    return by_name.Parts({("figure", name): "drawn" for name in found})


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
