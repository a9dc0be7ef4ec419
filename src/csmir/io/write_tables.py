"""The networks and all that was read in them as files for spreadsheets, R and Cytoscape."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks, get
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._files.output import new_folder
from csmir._log import logger
from csmir._networks.distances import squares
from csmir.get.conservation import KINDS as GROUP_KINDS
from csmir.get.edges import CELL
from csmir.get.graph import KIND, from_edges
from csmir.io._tsv import write_tsv

FORMATS = ("tsv", "graphml", "edgelist", "consensus")
# a cells x cells matrix of more cells is not a table that anybody opens
MATRIX_CELLS = 2_000
# bytes of a file name, of the 255 that there may be, before a number and an ending
LONGEST = 200
# line ends and tabs are legal, but readers make blanks and \n of them
ILLEGAL = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


@fill
def write_tables(
    data: MuData | AnnData,
    folder: str | os.PathLike[str],
    *,
    formats: str | Iterable[str] = ("tsv",),
    cell: str | Iterable[str] | None = None,
    q_pair: float | None = None,
    max_graph_edges: int = 1_000_000,
    escape_formulas: bool = False,
    overwrite: bool = False,
    regulation: str = K.REGULATION,
) -> None:
    r"""Write the networks, and all results that are there, as plain files into a folder.

    - `"tsv"`: tab-separated tables with a header. `edges.tsv` (:func:`csmir.get.edges`), `pairs.tsv` and `cells.tsv`
      (the columns of `.var` and `.obs`); as far as the steps were run, `hubs.tsv`, `conserved_interactions.tsv`,
      `rewired_interactions.tsv`, `conserved_hubs.tsv`, `rewired_hubs.tsv`, one cells x cells table for each matrix in
      `.obsp`, and one table for each DataFrame in `.uns["csmir"]`.
    - `"graphml"`: `graphml/<cell>.graphml` for each cell, with node kinds and edge values (:func:`csmir.get.graph`).
    - `"edgelist"`: for Cytoscape's *Import network from file*, `edgelist/edges_<cell>.tsv` with `source`,
      `interaction`, `target` and the values, and `edgelist/nodes.tsv` with the kind of each name.

    - `"consensus"`: `consensus.graphml`, for Cytoscape, one network of all these cells: every pair that some of them
      have, with what :func:`csmir.get.pairs` says of it.

    The folder appears whole or not at all. Characters of a cell's name that file names cannot have become `_`, and long
    names are cut; `cells.tsv` in the format's folder says which file is which cell. In tables, names with a tab, a
    quote or the end of a line are quoted, and so is one that reads `NA`, while nothing is `NA` without quotes: pandas
    keeps such a name with `read_csv(..., sep="\t", keep_default_na=False)`. In GraphML, control characters, which XML
    cannot have, become their pictures (U+2400 and on).

    Parameters
    ----------
    %(data)s
    folder
        Where to write; made if it is not there.
    formats
        One or several of the three words.
    cell
        Write only the networks of these cells (a name or several). Tables that compare cells are written whole.
    %(q_pair)s
    max_graph_edges
        GraphML spends 160 bytes on an edge and is slow to write and to read: more edges in all are refused.
    escape_formulas
        Put an apostrophe before names that begin with `=`, `+`, `-` or `@`, which spreadsheets take for formulas: for
        tables of strangers' data that are to be opened in one. Names are then not what they were.
    overwrite
        Replace the files of an earlier call. Files of others are never touched.
    %(regulation)s

    Raises
    ------
    StepError
        There are no networks yet.
    InputError
        An unknown format or cell; GraphML of too many edges; a folder that holds files or cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "results"
    >>> cs.io.write_tables(mdata, folder, regulation="truth")
    >>> (folder / "edges.tsv").read_text().splitlines()[0].split("\t")[:3]
    ['cell', 'mirna', 'mrna']
    """
    formats = check.words("formats", formats)
    for word in formats:
        check.choice("formats", word, FORMATS)
    max_graph_edges = check.integer("max_graph_edges", max_graph_edges, low=1)
    adata = _mudata.read_regulation(data, regulation)
    rows = _networks.cell_positions(adata, cell)
    if "graphml" in formats:
        _refuse_large(adata, rows, max_graph_edges)
    edges = get.edges(adata, cell=adata.obs_names[rows], q_pair=q_pair)
    files = file_names(adata.obs_names[rows].astype(str))
    write = partial(write_tsv, escape_formulas=escape_formulas)
    with new_folder(folder, overwrite) as out:
        if "tsv" in formats:
            _write_tsv(adata, squares(data, adata, "write_tables"), edges, write, out)
        if "graphml" in formats:
            _write_graphml(edges, files, write, _made(out / "graphml"))
        if "edgelist" in formats:
            _write_edgelist(edges, files, write, _made(out / "edgelist"))
        if "consensus" in formats:
            _write_consensus(adata if cell is None else adata[rows], q_pair, max_graph_edges, out / "consensus.graphml")
    words = ", ".join(formats)
    logger.info("write_tables: %d networks, %d edges, as %s", len(rows), len(edges), words)


def file_names(names: Iterable[str]) -> pd.Series:
    """A file name for each cell: portable, and different even where capital letters do not count."""
    taken: set[str] = set()
    counts: dict[str, int] = {}  # where to go on, so that thousands of names cut to one do not take forever
    out = {}
    for name in names:
        stem = re.sub(r"[^\w.+-]", "_", name).strip(".") or "_"
        stem = stem.encode()[:LONGEST].decode(errors="ignore")
        free, n = stem, counts.get(stem.lower(), 1)
        while free.lower() in taken:
            n += 1
            free = f"{stem}_{n}"
        counts[stem.lower()] = n
        taken.add(free.lower())
        out[name] = free
    return pd.Series(out, dtype=object, name="file")


def legal(name: str) -> str:
    """The name with a picture in place of each character that XML cannot have."""
    return ILLEGAL.sub(lambda m: chr(0x2400 + ord(m[0])) if ord(m[0]) < 0x20 else "\N{REPLACEMENT CHARACTER}", name)


def _refuse_large(adata: AnnData, rows: np.ndarray, limit: int) -> None:
    n_edges = int(np.diff(_mudata.edges(adata).indptr)[rows].sum())
    if n_edges > limit:
        raise InputError(
            f"GraphML of {len(rows):,} cells would hold {n_edges:,} edges; the limit is {limit:,}. Name fewer with "
            "`cell=`, write formats=('tsv', 'edgelist'), or raise `max_graph_edges`."
        )


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _write_tsv(
    adata: AnnData, matrices: dict[str, Any], edges: pd.DataFrame, write: Callable[..., None], out: Path
) -> None:
    tables = {"edges": edges, "pairs": adata.var.reset_index(drop=True)}
    tables["cells"] = adata.obs.reset_index(drop=True)
    tables["cells"].insert(0, CELL, adata.obs_names, allow_duplicates=True)
    if K.Obsm.HUB in adata.obsm:
        tables["hubs"] = get.hubs(adata)
    kinds = [("interactions", K.Var.CONSERVATION in adata.var)]
    kinds += [("hubs", K.Table.HUB_CONSERVATION in adata.uns.get(K.UNS, {}))]
    for kind, there in kinds:
        if there:
            tables[f"conserved_{kind}"] = get.conserved(adata, kind=kind)
            tables[f"rewired_{kind}"] = get.rewired(adata, kind=kind)
    own = [K.Table.HUB_CONSERVATION]
    if K.Table.CONSERVATION_GROUPS in adata.uns.get(K.UNS, {}):
        own += [K.Table.CONSERVATION_GROUPS, K.Table.COMBINATIONS]
        tables |= {f"conservation_{kind}": get.conservation(adata, kind=kind) for kind in GROUP_KINDS}
    for name, table in adata.uns.get(K.UNS, {}).items():
        if isinstance(table, pd.DataFrame) and name not in own:
            tables[name] = table
    names = file_names([*tables, *matrices])
    for name, table in tables.items():
        write(table, out / f"{names[name]}.tsv")
    for name, matrix in matrices.items():
        if adata.n_obs > MATRIX_CELLS:
            logger.warning("write_tables: %s left out: a table of %d cells squared", name, adata.n_obs)
            continue
        frame = pd.DataFrame(_mudata.dense(matrix), index=adata.obs_names, columns=adata.obs_names)
        write(frame.rename_axis(CELL).reset_index(), out / f"{names[name]}.tsv")


def _by_cell(edges: pd.DataFrame, files: pd.Series) -> Iterable[tuple[str, str, pd.DataFrame]]:
    """Name, file name and edges of every cell, empty networks included. The rows of a cell follow each other."""
    codes = edges[CELL].cat.codes.to_numpy()
    start = np.searchsorted(codes, np.arange(len(files) + 1))
    for i, (name, file) in enumerate(files.items()):
        yield str(name), file, edges.iloc[start[i] : start[i + 1]]


def _write_graphml(edges: pd.DataFrame, files: pd.Series, write: Callable[..., None], out: Path) -> None:
    import networkx as nx

    for name, file, part in _by_cell(edges, files):
        nx.write_graphml(nx.relabel_nodes(from_edges(part, legal(name)), legal), out / f"{file}.graphml")
    write(files.rename_axis(CELL).reset_index(), out / "cells.tsv")


def _write_edgelist(edges: pd.DataFrame, files: pd.Series, write: Callable[..., None], out: Path) -> None:
    ends = edges.columns[1:3]
    for _, file, part in _by_cell(edges, files):
        table = part.drop(columns=CELL).rename(columns=dict(zip(ends, ["source", "target"], strict=True)))
        table.insert(1, "interaction", "regulates" if ends[0] == K.Var.MIRNA else "with")
        write(table, out / f"edges_{file}.tsv")
    kinds = [K.Var.MRNA if end.startswith(K.Var.MRNA) else K.Var.MIRNA for end in ends]
    nodes = [pd.DataFrame({"name": edges[e].unique().astype(str), KIND: k}) for e, k in zip(ends, kinds, strict=True)]
    write(pd.concat(nodes).drop_duplicates(), out / "nodes.tsv")
    write(files.rename_axis(CELL).reset_index(), out / "cells.tsv")


def _write_consensus(adata: AnnData, q_pair: float | None, most: int, out: Path) -> None:
    import networkx as nx

    table = get.pairs(adata, q_pair=q_pair)
    if len(table) > most:
        raise InputError(
            f"The consensus has {len(table):,} pairs, and a graph of so many is nothing to look at. Take those that "
            "hold (q_pair=0.05), or raise `max_graph_edges`."
        )
    table.insert(0, CELL, "")
    graph = nx.relabel_nodes(from_edges(table, "consensus"), legal)
    for _, _, values in graph.edges(data=True):  # what is not known of a pair is left out
        unknown = [name for name, value in values.items() if value is None or value != value]
        for name in unknown:
            del values[name]
    nx.write_graphml(graph, out)
