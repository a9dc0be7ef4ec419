"""What is compared: calls of csmir's public functions, and the plain oracle beside them."""

from __future__ import annotations

import contextlib
import logging
import time
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from anndata import AnnData
from mudata import MuData
from scipy import sparse

import csmir as cs
from benchmarks.evidence.dataset import Dataset, mdata_of


class Method(NamedTuple):
    """How networks are inferred."""

    name: str
    groups: bool = False  # the known types; without them, what the package does by default
    known: bool = False  # known confounders are given
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed; further options of `cs.tl.regulation`
    null: int = 0  # permutations of `cs.tl.null` after it
    direct: bool = False  # what `cs.tl.direct` leaves
    intervals: bool = False  # the scan along a trajectory
    oracle: bool = False


class Found(NamedTuple):
    """What a method says, cells x pairs, in the order of the prior."""

    p: np.ndarray
    q: np.ndarray
    warned: list[str]
    seconds: float
    more: dict[str, Any]  # what only this method says, as numbers and texts

    @property
    def edges(self) -> np.ndarray:
        return self.q <= 0.05


HALF = 0.5
GROUPS, DEFAULT = Method("groups", groups=True), Method("default")
NEIGHBOURS = Method("neighbours", options={"neighbors": "expression"})


def find(data: Dataset, method: Method) -> Found:
    """Run a method on a data set."""
    if method.oracle:
        from benchmarks.evidence.oracle import infer

        return infer(data, method)
    mdata, start = mdata_of(data), time.perf_counter()
    with _listening() as heard:
        cs.tl.regulation(mdata, data.net, **options_of(data, method))
        seconds = time.perf_counter() - start
        if method.direct:
            cs.tl.direct(mdata, progress=False)
        if method.intervals:
            cs.tl.intervals(mdata)
        more = _null(mdata, method.null) if method.null else {}
    adata = mdata["regulation"]
    p, q = 10.0 ** -_whole(adata.layers["neg_log10_p"], 0.0), _whole(adata.layers["qvalue"], 1.0)
    more |= _pairs(adata)
    if method.direct:
        q, more["set"] = (
            np.nan_to_num(_whole(adata.layers["direct_qvalue"], 1.0), nan=1.0),
            adata.var["set"].to_numpy().astype(str),
        )
    if method.intervals:
        q = _interval_q(mdata, data)
    return Found(p, q, heard, seconds, more)


def options_of(data: Dataset, method: Method) -> dict[str, Any]:
    """Options of `cs.tl.regulation`."""
    out: dict[str, Any] = {"statistic": "local", "keep": "all", "n_threads": 1, "progress": False} | method.options
    if method.groups and "type" in data.obs:
        out["groups"] = "type"
    if method.known and data.known:
        out["covariates"] = data.known
    if method.known and len(data.parents):
        out["parents"] = data.parents
    if method.known and data.setting.duplicates:
        out["duplicates"] = "weigh"
    return out


def _whole(layer: sparse.csr_matrix, absent: float) -> np.ndarray:
    """Dense, with a value of its own for what is not stored: a stored zero is a zero."""
    out = np.full(layer.shape, absent)
    row = np.repeat(np.arange(layer.shape[0]), np.diff(layer.indptr))
    out[row, layer.indices] = layer.data
    return out


def _pairs(adata: AnnData) -> dict[str, Any]:
    """Pair-level q-values, if this version has them."""
    return {"pair_q": adata.var["pair_qvalue"].to_numpy()} if "pair_qvalue" in adata.var else {}


def _interval_q(mdata: MuData, data: Dataset) -> np.ndarray:
    """The q of a pair in the cells that its interval surely holds; 1 elsewhere."""
    path = mdata["regulation"].obs["path"].to_numpy()
    found = cs.get.intervals(mdata, max_q=1.0).set_index(["mirna", "mrna"])
    out = np.ones((len(path), len(data.net)))
    for pair, key in enumerate(zip(data.net["source"], data.net["target"], strict=True)):
        if key in found.index:
            row = found.loc[key]
            out[(path >= row["from"]) & (path < row["to"]), pair] = row["qvalue"]
    return out


def _null(mdata: MuData, n_permutations: int) -> dict[str, Any]:
    if not mdata["regulation"].obs["n_interactions"].any():  # whatever shuffles give: "nothing was found"
        return {"positive": 0.0}
    # decoys do not depend on the shuffles; where they are half as many, no number of shuffles makes a positive verdict
    for n in (1, n_permutations):
        cs.tl.null(mdata, n_permutations=n, n_threads=1, progress=False)
        record = mdata["regulation"].uns["csmir"]["null"]
        if not record.get("decoy_share", 0) < HALF:
            break
    out: dict[str, Any] = {}
    for name in ("positive", "pvalue", "decoy_share", "decoy_interval", "empirical_fdr", "verdict"):
        value = record.get(name)
        if isinstance(value, str):
            out[name] = value
        elif value is not None:
            values = np.atleast_1d(np.asarray(value, float))
            out |= {name if len(values) == 1 else f"{name}_{i}": float(v) for i, v in enumerate(values)}
    return out


@contextlib.contextmanager
def _listening() -> Iterator[list[str]]:
    """Warnings of the package's logger, instead of on the terminal."""
    logger, heard = logging.getLogger("csmir"), []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    keep, before = Keep(logging.WARNING), (logger.propagate, list(logger.handlers))
    logger.propagate, logger.handlers = False, [keep]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield heard
    finally:
        logger.propagate, logger.handlers = before
