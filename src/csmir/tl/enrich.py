"""Over-representation of targets in gene sets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir.tl._enrichment.gene_sets import gene_set_frame, mrna_universe, set_matrix
from csmir.tl._enrichment.queries import queries_of, targets
from csmir.tl._enrichment.scores import given_queries, in_universe, score_sets


@step
def enrich(
    data: MuData | AnnData | pd.DataFrame | Mapping,
    gene_sets: pd.DataFrame | Mapping[str, Iterable[str]] | str | os.PathLike[str],
    *,
    of: str | Iterable[str] | Mapping[str, Iterable[str]] = "modules",
    universe: str | Iterable[str] | None = None,
    share: float = 0.5,
    q_pair: float | None = None,
    min_size: int = 5,
    max_size: int | None = None,
    alpha: float | None = 0.05,
    modules: str = K.Table.MODULES,
    key_added: str = K.Table.ENRICHMENT,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | pd.DataFrame | None:
    r"""Ask in which gene sets the targets of modules, cells, miRNAs or groups of cells are over-represented.

    Of a universe of N mRNAs, K are in a gene set, n are the query's (a module's mRNAs, say) and k are both. If the
    query were drawn at random, k or more would be in both with probability

    .. math:: p = P(X \ge k) = \sum_{i \ge k} \binom{K}{i} \binom{N - K}{n - i} / \binom{N}{n}

    (hypergeometric; Fisher's exact test, one-sided). The q-values are of Benjamini and Hochberg, over all gene sets
    tested with one query.

    Parameters
    ----------
    data
        The MuData after :func:`csmir.tl.regulation`, or its cells x pairs AnnData; or the queries themselves: a tidy
        DataFrame as :func:`csmir.tl.modules` makes them (`module`, `feature`), or a mapping of names to genes.
    gene_sets
        A DataFrame `source` (set), `target` (gene) as decoupler makes them (`dc.op.hallmark()`), or with its columns
        `geneset`, `genesymbol` (`dc.op.resource("MSigDB")`); a mapping of names to genes; or the path of a GMT file.
    of
        Whose targets: `"modules"` (requires :func:`csmir.tl.modules`); `"cells"`, `"conserved"`, `"rewired"` or the
        names of cells; `"mirnas"`; a column of `.obs`, such as `"cluster"`, for groups of cells; or lists of genes by
        name.
    universe
        The mRNAs a query could have drawn. None or `"mrnas"`: all in the data. `"pairs"`: only those that were tested
        as targets, which does not count it as enrichment that the prior itself favours a set. Or a list of genes.
    share
        With miRNAs and groups of cells: an interaction counts if at least this share of the cells (of the group) has
        it, and at least one.
    %(q_pair)s
    min_size, max_size
        Sizes, within the universe, of the gene sets to test.
    alpha
        Keep the results with q < `alpha`; None keeps all with an overlap.
    modules
        Name of the table of modules, if :func:`csmir.tl.modules` was given a `key_added`.
    key_added
        Name of the table of results, in place of `enrichment`.
    mrna
        Name of the mRNA modality.
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    For queries handed in, the table itself. Otherwise the changed copy if `copy=True`, else None.

    Notes
    -----
    Written to `mdata["regulation"].uns["csmir"]`:

    - `enrichment`: DataFrame `query` (categorical: the module, cell, ...), of modules also `network`; `gene_set`
      (categorical); `overlap`, `query_size`, `set_size`, `universe_size` (k, n, K, N); `fold` = (k / n) / (K / N);
      `pvalue`, `qvalue`; `genes` (the overlap, joined with `;`). By query, then by p. See :func:`csmir.get.enrichment`;
    - `enrichment_parameters`: the parameters.

    Against all mRNAs (the default) every set that the prior favours comes out, in every cell and of shuffled data too:
    whatever a network holds has been drawn from the prior's targets. To ask what the cells add take
    `universe="pairs"`, and run the same on shuffled data before a set is believed.

    Pairs without a shared gene have p = 1; they are tested and counted but not listed. 2,000 modules in 3,000 gene sets
    take a few seconds.

    Raises
    ------
    StepError
        There are no networks, or no modules, yet, or `q_pair` is given and the networks have no q-values of pairs.
    InputError
        No gene of the sets, or of the queries, is in the universe; no set is within the sizes; an AnnData is handed in
        without `universe`, or modules or lists with `q_pair`: they have been chosen before.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> sets = {"first": mdata["mrna"].var_names[:20], "second": mdata["mrna"].var_names[20:40]}
    >>> cs.tl.enrich(mdata, sets, of="mirnas", share=0, regulation="truth")
    >>> cs.get.enrichment(mdata, regulation="truth").columns[:3].to_list()
    ['query', 'gene_set', 'overlap']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578. Benjamini Y and Hochberg Y (1995), J R Stat Soc B 57:289.
    """
    share = check.number("share", share, low=0, high=1)
    min_size = check.integer("min_size", min_size, low=1)
    max_size = None if max_size is None else check.integer("max_size", max_size, low=min_size)
    alpha = None if alpha is None else check.number("alpha", alpha, low=0, high=1, low_open=True)
    adata = None  # of queries handed in
    if not isinstance(data, pd.DataFrame | Mapping):
        data = assemble.duplicate(data) if copy else data
        adata = _mudata.regulation(data, regulation)
        assemble.entry(adata, key_added)
    of = of if isinstance(of, str | Mapping) else list(of)
    queries = given_queries(data) if adata is None else queries_of(adata, of, modules, share, q_pair)
    genes = mrna_universe(data, universe, mrna, None if adata is None else targets(adata))
    members = in_universe(queries, genes)
    names, sets = set_matrix(gene_set_frame(gene_sets), genes, min_size, max_size)
    table = score_sets(queries, members, names, sets, genes, alpha)
    if adata is None:
        return table
    kind = "given" if isinstance(of, Mapping) else of
    universe = universe if isinstance(universe, str) else ("mrnas" if universe is None else "given")
    _mudata.record(
        adata, f"{key_added}_parameters", of=kind, universe=universe, universe_size=len(genes), n_sets=len(names),
        share=share, q_pair=q_pair, min_size=min_size, max_size=max_size, alpha=alpha,
    )  # fmt: skip
    adata.uns[K.UNS][key_added] = table
    made_of.mark(adata, "cells", "pairs", uns=key_added)
    return data if copy else None
