"""Over-representation of disease-related miRNAs and mRNAs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir.tl._enrichment.queries import Queries, queries_of
from csmir.tl._enrichment.scores import given_queries, query_columns, shared_names
from csmir.tl._modules import KINDS, ends_of

ALL = "all"


class _Universe(NamedTuple):
    """The miRNAs and mRNAs that a query could have drawn."""

    names: pd.Index
    kind: np.ndarray  # 0 miRNA, 1 mRNA


@step
def enrich_disease(
    data: MuData | AnnData | pd.DataFrame | Mapping,
    disease: Iterable[str],
    *,
    of: str | Iterable[str] | Mapping[str, Iterable[str]] = "modules",
    universe: str | Mapping[str, Iterable[str]] | None = None,
    share: float = 0.5,
    modules: str = K.Table.MODULES,
    key_added: str = K.Table.DISEASE,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | pd.DataFrame | None:
    r"""Ask which modules, cells, miRNAs or groups of cells hold more disease-related miRNAs and mRNAs than chance.

    Of N miRNAs and mRNAs in the data, Q are related to the disease; a module has M members, of which s are. Drawn at
    random, it would have s or more with probability

    .. math:: p = P(X \ge s) = \sum_{i \ge s} \binom{Q}{i} \binom{N - Q}{M - i} / \binom{N}{M}

    Both kinds are counted together, as the paper does, and then among the miRNAs and among the mRNAs alone: there are
    few miRNAs, and if most of them are related to the disease, any module is.

    Parameters
    ----------
    data
        The MuData after :func:`csmir.tl.regulation`, or its cells x pairs AnnData; or the queries themselves: a tidy
        DataFrame as :func:`csmir.tl.modules` makes them (`module`, `kind`, `feature`), or a mapping of names to genes.
    disease
        Names of the disease-related miRNAs and mRNAs, as in the data.
    of
        Who is asked about: `"modules"` (requires :func:`csmir.tl.modules`); the miRNAs and mRNAs with an interaction in
        `"cells"`, `"conserved"`, `"rewired"` or named cells; `"mirnas"`, each with its targets; a column of `.obs`,
        such as `"cluster"`, for groups of cells; or lists of mRNAs by name.
    universe
        None: all miRNAs and mRNAs in the data. `"pairs"`: only those that were tested as pairs. Or the names, as
        `{"mirna": ..., "mrna": ...}`.
    share
        With miRNAs and groups of cells: an interaction counts if at least this share of the cells (of the group) has
        it, and at least one.
    modules
        Name of the table of modules, if :func:`csmir.tl.modules` was given a `key_added`.
    key_added
        Name of the table of results, in place of `disease_enrichment`.
    %(modalities)s
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    For queries handed in, the table itself. Otherwise the changed copy if `copy=True`, else None.

    Notes
    -----
    Written to `mdata["regulation"].uns["csmir"]`:

    - `disease_enrichment`: DataFrame `query` (categorical), of modules also `network`; `kind` (all / mirna / mrna);
      `overlap`, `query_size`, `disease_size`, `universe_size` (s, M, Q, N of that kind); `fold` = (s / M) / (Q / N);
      `pvalue`; `qvalue` (Benjamini-Hochberg over the queries, each kind for itself); `features` (the disease-related
      members, joined with `;`). Three rows for each query. Where a query has no member of a kind, or no feature of the
      kind is related to the disease, `fold`, `pvalue` and `qvalue` are NaN. See :func:`csmir.get.enrichment`;
    - `disease_enrichment_parameters`: the parameters.

    Raises
    ------
    StepError
        There are no networks, or no modules, yet.
    InputError
        No disease-related name is in the universe, or an AnnData is handed in without `universe`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> related = [*mdata["mirna"].var_names[:5], *mdata["mrna"].var_names[:30]]
    >>> cs.tl.enrich_disease(mdata, related, of="mirnas", share=0, regulation="truth")
    >>> cs.get.enrichment(mdata, key="disease_enrichment", regulation="truth")["kind"].cat.categories.to_list()
    ['all', 'mirna', 'mrna']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    share = check.number("share", share, low=0, high=1)
    adata = None  # of queries handed in
    if not isinstance(data, pd.DataFrame | Mapping):
        data = assemble.duplicate(data) if copy else data
        adata = _mudata.regulation(data, regulation)
        assemble.entry(adata, key_added)
    of = of if isinstance(of, str | Mapping) else list(of)
    queries = given_queries(data) if adata is None else queries_of(adata, of, modules, share)
    among = _universe(data, adata, universe, mirna, mrna)
    related = _related(disease, among)
    table = _table(queries, _in_universe(queries, among), related, among)
    if adata is None:
        return table
    _mudata.record(
        adata, f"{key_added}_parameters", of="given" if isinstance(of, Mapping) else of, share=share,
        universe=universe if isinstance(universe, str) else (ALL if universe is None else "given"),
        universe_size=len(among.names), n_related=int(related.sum()),
    )  # fmt: skip
    adata.uns[K.UNS][key_added] = table
    made_of.mark(adata, "cells", "pairs", uns=key_added)
    return data if copy else None


def _universe(data: Any, adata: AnnData | None, universe: Any, mirna: str, mrna: str) -> _Universe:
    if isinstance(universe, str):
        check.choice("universe", universe, ("pairs",))
        if adata is None:
            raise InputError("universe='pairs' needs the networks; here the queries are handed in. Name the features.")
        ends = ends_of(adata)
        return _Universe(ends.features, ends.kind)
    if universe is None:
        if not isinstance(data, MuData):
            raise InputError(
                "The universe is the miRNAs and mRNAs in the data, and only the MuData knows them. Hand in the MuData, "
                "or name the features with universe={'mirna': ..., 'mrna': ...}."
            )
        parts = [_mudata.modality(data, key).var_names.astype(str).unique() for key in (mirna, mrna)]
    else:
        if not isinstance(universe, Mapping) or not set(universe) <= set(KINDS) or not universe:
            found = check.listing(universe) if isinstance(universe, Mapping) else type(universe).__name__
            raise InputError(f"`universe` must be 'pairs' or {{'mirna': names, 'mrna': names}}; found {found}.")
        parts = [pd.Index([str(n) for n in universe.get(kind, ())], dtype=str).unique() for kind in KINDS]
    return _Universe(parts[0].append(parts[1]), np.repeat(np.array([0, 1], np.int8), [len(p) for p in parts]))


def _related(disease: Any, among: _Universe) -> np.ndarray:
    """Which features of the universe are related to the disease."""
    if isinstance(disease, pd.DataFrame) and disease.shape[1] == 1:
        disease = disease.iloc[:, 0]
    if isinstance(disease, str | Mapping | pd.DataFrame) or not isinstance(disease, Iterable):
        raise InputError(f"`disease` must be a list of miRNA and mRNA names; found {type(disease).__name__}.")
    names = pd.Index([str(n) for n in disease], dtype=str).unique()
    related = np.asarray(among.names.isin(names))
    n_found = int(names.isin(among.names).sum())
    if n_found == 0:
        raise InputError(
            f"None of the {len(names):,} disease-related names ({check.listing(names, 3)}) is in the universe "
            f"({check.listing(among.names[among.kind == 0], 2)}; {check.listing(among.names[among.kind == 1], 2)}). "
            "Are they named alike: arms of miRNAs, gene symbols?"
        )
    per_kind = [int(related[among.kind == i].sum()) for i in range(len(KINDS))]
    logger.info(
        "enrich_disease: %d of %d disease-related names are in the universe: %d miRNAs, %d mRNAs",
        n_found, len(names), *per_kind,
    )  # fmt: skip
    return related


def _in_universe(queries: Queries, among: _Universe) -> sparse.csr_array:
    """Queries x features of the universe, matched within each kind."""
    at = np.full(len(queries.features), -1)
    for i in range(len(KINDS)):
        here, there = np.flatnonzero(queries.kind == i), np.flatnonzero(among.kind == i)
        found = among.names[there].get_indexer(queries.features[here])
        at[here[found >= 0]] = there[found[found >= 0]]
    inside = at >= 0
    if not inside.all():
        outside = queries.features[~inside]
        logger.warning(
            "enrich_disease: %d features are not in the universe and not counted: %s",
            len(outside), check.listing(outside),
        )  # fmt: skip
    move = sparse.csr_array(
        (np.ones(inside.sum(), np.int32), (np.flatnonzero(inside), at[inside])), shape=(len(at), len(among.names))
    )
    return sparse.csr_array(queries.members @ move)


def _table(queries: Queries, members: sparse.csr_array, related: np.ndarray, among: _Universe) -> pd.DataFrame:
    from scipy.stats import false_discovery_control

    from csmir.kernels.overrepresentation import tails

    n_queries = len(queries.names)
    parts: list[pd.DataFrame] = []
    for kind, of_kind in ((ALL, among.kind >= 0), *((k, among.kind == i) for i, k in enumerate(KINDS))):
        hit = related & of_kind
        n, q = int(of_kind.sum()), int(hit.sum())
        size, overlap = members @ of_kind.astype(np.int64), members @ hit.astype(np.int64)
        known = np.flatnonzero((size > 0) & (q > 0))
        fold, p, adjusted = (np.full(n_queries, np.nan) for _ in range(3))
        p[known] = tails(overlap[known], size[known], np.full(len(known), q), n)
        fold[known] = (overlap[known] / size[known]) / (q / max(n, 1))
        adjusted[known] = false_discovery_control(p[known]) if len(known) else p[known]
        row = np.arange(n_queries)
        diseased = sparse.csr_array(hit[None, :].astype(np.int32))
        parts.append(
            pd.DataFrame(query_columns(queries, row) | {
                "kind": pd.Categorical.from_codes(
                    np.full(n_queries, len(parts)), categories=pd.Index([ALL, *KINDS], dtype=str)
                ),
                "overlap": overlap.astype(np.int32),
                "query_size": size.astype(np.int32),
                "disease_size": np.full(n_queries, q, np.int32),
                "universe_size": np.full(n_queries, n, np.int32),
                "fold": fold, "pvalue": p, "qvalue": adjusted,
                "features": shared_names(members, row, diseased, np.zeros(n_queries, int), among.names),
            })
        )  # fmt: skip
        logger.info(
            "enrich_disease, %s: %d of %d queries have p < 0.05, %d q < 0.05; %d cannot be tested",
            kind, int((p < 0.05).sum()), n_queries, int((adjusted < 0.05).sum()), n_queries - len(known),
        )  # fmt: skip
    every = pd.concat(parts, ignore_index=True)
    order = np.arange(len(every)).reshape(len(parts), n_queries).T.ravel()  # query by query
    return every.iloc[order].reset_index(drop=True)
