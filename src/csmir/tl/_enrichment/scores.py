"""The test behind enrichment: queries and gene sets over one universe, block by block, to one tidy table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.tl._enrichment.queries import Queries, of_mapping, of_modules
from csmir.tl._modules import KINDS

# (query, set) pairs in memory at once
AT_ONCE = 2**23
# rows of results whose genes are joined at once
NAMES_AT_ONCE = 2**16
JOIN = ";"


def given_queries(data: Any) -> Queries:
    """Queries handed in place of networks."""
    if isinstance(data, pd.DataFrame):
        return of_modules(check.columns("data", data, [K.Module.MODULE, K.Module.FEATURE]))
    return of_mapping(data)


def in_universe(queries: Queries, genes: pd.Index) -> sparse.csr_array:
    """Queries x genes of the universe: the mRNAs of each query, what lies outside counted in the log."""
    is_mrna = np.flatnonzero(queries.kind == KINDS.index(K.MRNA))
    at = genes.get_indexer(queries.features[is_mrna])
    inside = at >= 0
    if not inside.any():
        found = check.listing(queries.features[is_mrna], 3) or "no mRNA"
        raise InputError(
            f"No target is in the universe of {len(genes):,} genes ({check.listing(genes, 3)}); the queries hold "
            f"{found}. Empty networks, or names of another kind?"
        )
    if not inside.all():
        outside = queries.features[is_mrna][~inside]
        logger.warning(
            "enrich: %d targets are not in the universe and not counted: %s", len(outside), check.listing(outside)
        )
    move = sparse.csr_array(
        (np.ones(inside.sum(), np.int32), (is_mrna[inside], at[inside])), shape=(len(queries.features), len(genes))
    )
    return sparse.csr_array(queries.members @ move)


def score_sets(
    queries: Queries,
    members: sparse.csr_array,
    names: np.ndarray,
    sets: sparse.csr_array,
    genes: pd.Index,
    alpha: float | None,
) -> pd.DataFrame:
    """Every query in every set; rows with an overlap and q < alpha."""
    from scipy.stats import false_discovery_control

    from csmir.kernels.overrepresentation import overlaps, tails

    query_size, set_size = np.diff(members.indptr), np.diff(sets.indptr)
    blocks = []
    step = max(1, AT_ONCE // len(names))
    for start in range(0, max(members.shape[0], 1), step):  # without queries, one empty block
        shared = overlaps(members[start : start + step], sets)
        row = np.repeat(np.arange(shared.shape[0]), np.diff(shared.indptr))
        p = tails(shared.data, query_size[start + row], set_size[shared.indices], len(genes))
        every = np.ones(shared.shape)  # without a shared gene p is 1
        every[row, shared.indices] = p
        q = false_discovery_control(every, axis=1)[row, shared.indices]
        keep = np.ones(len(q), bool) if alpha is None else q < alpha
        keep = np.flatnonzero(keep)
        keep = keep[np.lexsort((shared.indices[keep], p[keep], row[keep]))]
        blocks.append((start + row[keep], shared.indices[keep], shared.data[keep], p[keep], q[keep]))
    row, column, k, p, q = (np.concatenate(part) for part in zip(*blocks, strict=True))
    n, in_set = query_size[row], set_size[column]
    table = query_columns(queries, row) | {
        "gene_set": pd.Categorical.from_codes(column, categories=pd.Index(names, dtype=str)),
        "overlap": k.astype(np.int32),
        "query_size": n.astype(np.int32),
        "set_size": in_set.astype(np.int32),
        "universe_size": np.full(len(row), len(genes), np.int32),
        "fold": (k / n) / (in_set / len(genes)),
        "pvalue": p,
        "qvalue": q,
        "genes": shared_names(members, row, sets, column, genes),
    }
    _report(len(queries.names), query_size, len(names), row, alpha)
    return pd.DataFrame(table)


def query_columns(queries: Queries, row: np.ndarray) -> dict[str, Any]:
    """The columns that name the queries."""
    out: dict[str, Any] = {}
    if queries.networks is not None:
        out[K.Module.NETWORK] = queries.networks.take(row)
    codes, names = pd.factorize(queries.names)
    out["query"] = pd.Categorical.from_codes(codes[row], categories=pd.Index(names, dtype=str))
    return out


def shared_names(
    a: sparse.csr_array, rows_a: np.ndarray, b: sparse.csr_array, rows_b: np.ndarray, names: pd.Index
) -> np.ndarray:
    """Names of the columns that row i of one and row i of the other share, sorted and joined."""
    out = np.empty(len(rows_a), dtype=object)
    columns = names.to_numpy(dtype=object)
    for start in range(0, len(rows_a), NAMES_AT_ONCE):
        part = slice(start, start + NAMES_AT_ONCE)
        both = sparse.csr_array(a[rows_a[part]].multiply(b[rows_b[part]]))
        both.sort_indices()
        found = columns[both.indices]
        out[part] = [JOIN.join(sorted(found[i:j])) for i, j in zip(both.indptr[:-1], both.indptr[1:], strict=True)]
    return out


def _report(n_queries: int, query_size: np.ndarray, n_sets: int, row: np.ndarray, alpha: float | None) -> None:
    hit = len(np.unique(row))
    what = "an overlap" if alpha is None else f"q < {alpha:g}"
    logger.info(
        "enrich: %d queries in %d gene sets: %d results with %s, for %d queries (%.1f %%)",
        n_queries, n_sets, len(row), what, hit, 100 * hit / max(n_queries, 1),
    )  # fmt: skip
    n_empty = int((query_size == 0).sum())
    if n_empty:
        logger.warning("enrich: %d of %d queries have no mRNA in the universe and no result", n_empty, n_queries)
