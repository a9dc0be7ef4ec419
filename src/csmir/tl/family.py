"""What a miRNA family does in each cell."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import run_first
from csmir._log import logger
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir._names.families import find_family, member_of
from csmir.tl._family.runs import counts, kolmogorov_smirnov, shuffled
from csmir.tl._ground_truth.known import among_sorted, directed, known_pairs, related_names, universe
from csmir.tl.modules import modules

TABLES = (
    K.Table.FAMILY_COUNTS, K.Table.FAMILY_KS, K.Table.FAMILY_SHUFFLED, K.Table.FAMILY_TARGETS, K.Table.FAMILY_MODULES
)  # fmt: skip
FAMILY, MEMBER, NETWORK = "family", "member", "network"


@step
def family(
    data: MuData | AnnData,
    members: str | Iterable[str] = "miR-17/92",
    *,
    families: pd.DataFrame | None = None,
    name: str | None = None,
    truth: pd.DataFrame | None = None,
    disease: Iterable[str] | None = None,
    min_mirnas: int = 2,
    min_mrnas: int = 3,
    n_permutations: int = 3,
    seed: int = 0,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    progress: bool | None = None,
    copy: bool = False,
) -> MuData | AnnData | None:
    """Follow one miRNA family through the cells: its targets, how they differ between cells, and its modules.

    In each bootstrap run and cell, the family's interactions are those with z over the cutoff of
    :func:`csmir.tl.regulation`. Counted are the interactions, the mRNAs among their targets, and the percentages of the
    interactions that are validated and disease-related. Over its runs a cell has a distribution of each, and the
    two-sample Kolmogorov-Smirnov test asks for every two cells whether theirs differ. Runs are resampled from the same
    few cells, so that almost any two cells differ, with regulation or without: the same tests are made after the
    pairing of miRNA and mRNA profiles was shuffled, and only what the data have beyond that tells of the family.

    The family's conserved and rewired interactions are those of :func:`csmir.tl.conservation`, which is required. Their
    modules are sets of family members that share all of a set of mRNAs; before, the arms of a miRNA are renamed to
    the family member they come from (hsa-miR-19b-3p and hsa-miR-19b-1-5p are both hsa-miR-19b).

    Parameters
    ----------
    %(data)s
    members
        `"miR-17/92"`, which is built in (12 mature miRNAs, of any species); the name of a family in `families`; or a
        list of miRNAs as in the data.
    families
        Table `family`, `mirna`, as :func:`csmir.priors.families` reads it.
    name
        Name of the family in the results; None takes the one given, or "family" for a list.
    truth
        Validated pairs (`source`, `target`); None takes those of :func:`csmir.tl.validate`, if it was run.
    disease
        Disease-related names; None takes the pairs of :func:`csmir.tl.validate`, if it was run with a disease.
    min_mirnas, min_mrnas
        Smallest numbers of family members and of mRNAs in a module.
    n_permutations
        Shuffled pairings of the cells to repeat the tests in; 0 for none.
    seed
        Seed of the shuffles.
    %(modalities)s
    %(regulation)s
    %(show_progress)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"].uns["csmir"]`; rows of other families stay, those of the same name are replaced:

    - `family_counts`: DataFrame `family`, `cell`, `run`, `n_interactions`, `n_targets` (mRNAs), and if there is a
      ground truth or a disease list `pct_validated`, `pct_disease` (NaN without interactions);
    - `family_ks`: DataFrame `family`, `measure` (one of these counts), `cell_a`, `cell_b`, `statistic`, `pvalue`, one
      row for every two cells; runs with NaN are left out. The runs of a cell are resampled from the same few cells,
      so p says how far apart two cells are, not how sure that would be in other cells;
    - `family_shuffled`: DataFrame `family`, `measure`, `shuffle`, `statistic`, `pvalue` of the same tests in shuffled
      pairings;
    - `family_targets`: DataFrame `family`, `mirna`, `member`, `mrna`, `n_cells`, `conservation`, the interactions of
      any cell;
    - `family_modules`: DataFrame `family`, `network` (conserved / rewired), `module`, `kind`, `feature`, as
      :func:`csmir.tl.modules` has it;
    - `family`: the parameters of the last call.

    Without pseudo-cells (one run), or for an AnnData without the expression, the counts are those of the stored
    networks and there is nothing to test. See :func:`csmir.get.family`.

    Raises
    ------
    StepError
        There are no networks, or :func:`csmir.tl.conservation` was not run.
    InputError
        The family is unknown, or no miRNA of it is in the networks; or cells changed since the networks were inferred.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, regulation="truth")
    >>> cs.tl.family(mdata, list(mdata["mirna"].var_names[:4]), name="first four", regulation="truth")
    >>> cs.get.family(mdata, "targets", regulation="truth").columns.to_list()
    ['family', 'mirna', 'member', 'mrna', 'n_cells', 'conservation']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    min_mirnas = check.integer("min_mirnas", min_mirnas, low=1)
    min_mrnas = check.integer("min_mrnas", min_mrnas, low=1)
    n_permutations = check.integer("n_permutations", n_permutations, low=0)
    seed = check.seed(seed)
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    directed(adata, "family")
    if K.Var.CONSERVATION not in adata.var:
        raise run_first("Conservation is not there yet", "cs.tl.conservation(mdata)")
    of_pair = adata.var[K.Var.MIRNA].astype(str)
    name, mirnas = find_family(members, pd.Index(of_pair.unique()), families, name)
    pairs = np.flatnonzero(of_pair.isin(mirnas))
    classes = _classes(data, adata, pairs, truth, disease, mirna, mrna)
    per_run = counts(data, adata, pairs, classes)
    _replace(adata, K.Table.FAMILY_COUNTS, name, per_run)
    _replace(adata, K.Table.FAMILY_KS, name, kolmogorov_smirnov(per_run, progress))
    in_shuffles = shuffled(data, adata, pairs, classes, n_permutations, seed, progress)
    _replace(adata, K.Table.FAMILY_SHUFFLED, name, in_shuffles)
    targets = _targets(adata, pairs)
    _replace(adata, K.Table.FAMILY_TARGETS, name, targets)
    found = _modules(targets, min_mirnas, min_mrnas)
    _replace(adata, K.Table.FAMILY_MODULES, name, found)
    made_of.mark(adata, "cells", "pairs", uns=TABLES)
    _mudata.record(
        adata, "family", name=name, mirnas=mirnas, min_mirnas=min_mirnas, min_mrnas=min_mrnas,
        n_permutations=n_permutations, seed=seed,
    )  # fmt: skip
    kinds = [(targets[K.Var.CONSERVATION] == kind).sum() for kind in (K.CONSERVED, K.REWIRED)]
    n_modules = [found.loc[found[NETWORK] == kind, K.Module.MODULE].nunique() for kind in (K.CONSERVED, K.REWIRED)]
    logger.info(
        "family: %s: %d pairs, %d interactions in any cell, %d conserved (%d modules), %d rewired (%d modules)",
        name, len(pairs), len(targets), kinds[0], n_modules[0], kinds[1], n_modules[1],
    )  # fmt: skip
    return data if copy else None


def _classes(
    data: MuData | AnnData,
    adata: AnnData,
    pairs: np.ndarray,
    truth: pd.DataFrame | None,
    disease: Iterable[str] | None,
    mirna: str,
    mrna: str,
) -> dict[str, np.ndarray]:
    """Which of the pairs are validated and disease-related, as far as that is known."""
    ends = [adata.var[key].astype(str).iloc[pairs] for key in (K.Var.MIRNA, K.Var.MRNA)]
    among = universe(data, adata, mirna, mrna)
    out = {}
    if truth is not None:
        out[K.Obs.PCT_VALIDATED] = among_sorted(among.keys(*ends), known_pairs(truth, among))
    elif K.Var.VALIDATED in adata.var:
        out[K.Obs.PCT_VALIDATED] = adata.var[K.Var.VALIDATED].to_numpy(dtype=bool)[pairs]
    if disease is not None:
        names = related_names(disease, among)
        out[K.Obs.PCT_DISEASE] = ends[0].isin(names).to_numpy() & ends[1].isin(names).to_numpy()
    elif K.Var.DISEASE in adata.var:
        out[K.Obs.PCT_DISEASE] = adata.var[K.Var.DISEASE].to_numpy(dtype=bool)[pairs]
    return out


def _targets(adata: AnnData, pairs: np.ndarray) -> pd.DataFrame:
    """The family's interactions of any cell."""
    columns = [K.Var.MIRNA, K.Var.MRNA, K.Var.N_CELLS, K.Var.CONSERVATION]
    out = adata.var.iloc[pairs][columns].reset_index(drop=True)
    out = out[(out[K.Var.N_CELLS] > 0).to_numpy()].reset_index(drop=True)
    for column in (K.Var.MIRNA, K.Var.MRNA):
        out[column] = out[column].astype(str).astype("category")
    out.insert(1, MEMBER, out[K.Var.MIRNA].astype(str).map(member_of).astype("category"))
    return out


def _modules(targets: pd.DataFrame, min_mirnas: int, min_mrnas: int) -> pd.DataFrame:
    """Modules of family members, of the conserved and of the rewired interactions."""
    parts = []
    for kind in (K.CONSERVED, K.REWIRED):
        network = targets.loc[targets[K.Var.CONSERVATION] == kind, [MEMBER, K.Var.MRNA]].astype(str).drop_duplicates()
        if network.empty:
            continue
        found = modules(network.set_axis([K.SOURCE, K.TARGET], axis=1), min_mirnas=min_mirnas, min_mrnas=min_mrnas)
        parts.append(pd.DataFrame(found).astype({K.Module.KIND: str, K.Module.FEATURE: str}).assign(**{NETWORK: kind}))
    columns = [NETWORK, K.Module.MODULE, K.Module.KIND, K.Module.FEATURE]
    out = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    kinds = {NETWORK: [K.CONSERVED, K.REWIRED], K.Module.KIND: [K.MIRNA, K.MRNA]}
    for column, words in kinds.items():
        out[column] = pd.Categorical(out[column], categories=words)
    return out.astype({K.Module.MODULE: np.int32, K.Module.FEATURE: "category"})


def _replace(adata: AnnData, key: str, name: str, rows: pd.DataFrame) -> None:
    """Put a family's rows in place of its former ones."""
    section = adata.uns.setdefault(K.UNS, {})
    rows = rows.copy()
    rows.insert(0, FAMILY, name)
    if key in section:
        others = section[key]
        others = others[(others[FAMILY].astype(str) != name).to_numpy()]
        if len(others):
            rows = pd.concat([others.astype(dict.fromkeys(_categories(others), object)), rows], ignore_index=True)
    for column in _categories(rows) | {str(c) for c in rows if rows[c].dtype == object}:
        rows[column] = rows[column].astype("category")
    rows[FAMILY] = rows[FAMILY].astype("category")
    section[key] = rows


def _categories(frame: pd.DataFrame) -> set[str]:
    return {str(c) for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)}
