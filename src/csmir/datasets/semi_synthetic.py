"""Targets planted on real counts of miRNAs."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir._mudata import assemble
from csmir.datasets import _simulate
from csmir.datasets._model import LEVEL_SD, MARKER_SD, MODULE, MRNA_LEVEL, MRNA_SD, expression, truth
from csmir.datasets._real_counts import chosen, counts_of, stand_in
from csmir.datasets._simulated_names import numbered

PARTS = ("stand_in", "cells", "pairs", "active", "level", "shift", "marker", "noise", "depth", "counting")


def semi_synthetic(
    mirna: AnnData | pd.DataFrame | str | os.PathLike[str] | None = None,
    *,
    groups: str | pd.Series | None = None,
    n_cells: int | None = None,
    n_mirnas: int = 40,
    n_mrnas: int = 250,
    prevalence: float = 0.1,
    effect: float = 0.6,
    shift: float = 0.5,
    prior_density: float = 0.1,
    marker_share: float = 0.1,
    seed: int = 0,
) -> MuData:
    r"""Plant mRNA targets on counts of miRNAs from real single cells.

    Answers: what would csmir find in *these* cells, if miRNAs acted as strongly as I believe? The miRNAs keep what no
    simulation has: their detection, overdispersion, depth, and how they go together. The mRNAs are made, so it is
    known which pair is regulated in which cell. With :math:`\epsilon_{cr}` the log2 of miRNA r's count in cell c (plus
    1/2, over the depth of the cell) less its mean in the cell's group,

    .. math:: b_{ct} = \beta_t + \nu_{ct} + \eta_{ct} - \mathrm{effect} \sum_{p = (r, t)} s_{cp}\, \epsilon_{cr}

    is the log2 level of mRNA t: its own level, a mean of the group (standard deviation `shift`), noise (0.5), and
    repression by the putative pairs p that are active (:math:`s_{cp} = 1`) in the cell's group. Counts are Poisson.

    Parameters
    ----------
    mirna
        Counts of mature miRNAs: an AnnData or DataFrame cells x miRNAs, or the path of a file that
        :func:`csmir.io.read` takes. No such data come with csmir; docs/semi-synthetic.md says where to find some. None
        makes a stand-in: overdispersed counts of 600 cells in four groups, whose miRNAs do not go together.
    groups
        Cell types or lines: a column of `.obs`, or a Series by the names of the cells. None: one group.
    n_cells
        Draw so many cells; None takes all that have a count.
    n_mirnas
        Keep so many miRNAs, those that the most cells detect.
    n_mrnas
        MRNAs to make.
    prevalence
        Share of (pair, cell) that is regulated, as near as whole groups allow.
    effect
        Slope: log2 units that the mRNA falls by for each log2 unit of the miRNA. Single miRNAs in cells have 0.15 to
        0.4.
    shift, prior_density, marker_share
        As in :func:`csmir.datasets.simulated`.
    seed
        Seed; equal seeds and parameters give equal bytes.

    Returns
    -------
    MuData shaped as :func:`csmir.datasets.simulated` makes it: modalities `mirna` and `mrna` (`.X` counts over the
    cell's depth, not logged; `.layers["counts"]`) and `truth`; `.obs["group"]`; `.uns["prior"]`;
    `.uns["csmir"]["semi_synthetic"]`, the parameters, and `source`: `"given"` or `"stand-in"`.

    Raises
    ------
    InputError
        Values are not counts, a cell has no group, or more cells or miRNAs are asked for than there are.

    Notes
    -----
    The level that acts is the one that was counted. A real miRNA acts by its true level, of which a count is a noisy
    copy, so what is found here is an upper limit of what the same cells can show.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.semi_synthetic(n_cells=100, n_mirnas=10, n_mrnas=50)
    >>> mdata["mirna"].shape, mdata["mrna"].shape
    ((100, 10), (100, 50))
    >>> mdata.uns["csmir"]["semi_synthetic"]["source"]
    'stand-in'
    """
    check.seed(seed)
    bounds = {"prevalence": (prevalence, 0, 1), "effect": (effect, 0, np.inf), "shift": (shift, 0, np.inf),
              "prior_density": (prior_density, 0, 1), "marker_share": (marker_share, 0, 0.9)}  # fmt: skip
    numbers = {name: check.number(name, value, low=low, high=high) for name, (value, low, high) in bounds.items()}
    for name, value in (("n_mirnas", n_mirnas), ("n_mrnas", n_mrnas)):
        check.integer(name, value, low=1)
    if n_cells is not None:
        check.integer("n_cells", n_cells, low=2)
    seeds = dict(zip(PARTS, np.random.SeedSequence(seed).spawn(len(PARTS)), strict=True))
    found = stand_in(seeds["stand_in"]) if mirna is None else counts_of(mirna, groups)
    counts = chosen(found, n_cells, n_mirnas, seeds["cells"])
    n_markers = int(numbers["marker_share"] * n_mrnas)
    n_targets = n_mrnas - n_markers
    n_pairs = max(1, round(numbers["prior_density"] * n_mirnas * n_targets))
    design = _simulate.choose_pairs(n_mirnas, n_targets, n_pairs, 0, MODULE, seeds["pairs"])
    group, n_groups = counts.group.codes.astype(np.int64), len(counts.group.categories)
    budget = numbers["prevalence"] * len(design.mirna) * len(group)
    active = _simulate.active_by_group(group, n_groups, design, budget, seeds["active"])

    size = counts.values.sum(axis=1)
    size /= np.median(size)
    deviation = np.log2((counts.values + 0.5) / size[:, None])
    place = np.eye(n_groups)[group]
    deviation -= place @ ((place.T @ deviation) / place.sum(axis=0)[:, None])
    level = np.random.default_rng(seeds["noise"]).normal(0, MRNA_SD, (len(group), n_mrnas))
    level += np.random.default_rng(seeds["level"]).normal(MRNA_LEVEL, LEVEL_SD, n_mrnas)
    level[:, :n_targets] += _simulate.type_means(place, n_targets, numbers["shift"], seeds["shift"])
    level[:, n_targets:] += _simulate.type_means(place, n_markers, MARKER_SD, seeds["marker"])
    sign = np.full(len(design.mirna), -1, np.int8)
    _simulate.regulate(level, deviation, active, sign * numbers["effect"], design)

    mrnas = pd.Index(numbered("SIM", n_mrnas, 4))
    measured = AnnData(
        (counts.values / size[:, None]).astype(np.float32), obs=pd.DataFrame(index=counts.cells),
        var=pd.DataFrame(index=counts.mirnas), layers={"counts": counts.values.astype(np.int32)},
    )  # fmt: skip
    mdata = assemble.assemble(
        {
            K.MIRNA: measured,
            K.MRNA: expression(level, counts.cells, mrnas, 0.0, 0.0, seeds["depth"], seeds["counting"]),
            K.TRUTH: truth(active, sign, design, counts.cells, counts.mirnas, mrnas),
        }
    )
    mdata[K.MRNA].var["marker"] = np.arange(n_mrnas) >= n_targets
    mdata.obs["group"] = counts.group
    pairs = mdata[K.TRUTH].var[[K.Var.MIRNA, K.Var.MRNA]].astype(str)
    mdata.uns["prior"] = pairs.set_axis([K.SOURCE, K.TARGET], axis=1).reset_index(drop=True)
    _mudata.record(
        mdata, "semi_synthetic", source="stand-in" if mirna is None else "given", n_cells=len(group),
        n_mirnas=n_mirnas, n_mrnas=n_mrnas, seed=seed, **numbers,
    )  # fmt: skip
    logger.info(
        "planted targets of %d miRNAs, detected in %.0f to %.0f %% of %d cells: %d of %d putative pairs regulated "
        "somewhere, %.1f %% of (pair, cell)",
        n_mirnas, *(100 * f((counts.values > 0).mean(axis=0)) for f in (np.min, np.max)), len(group),
        int((mdata[K.TRUTH].var[K.Var.N_CELLS] > 0).sum()), len(pairs), 100 * active.nnz / (len(group) * len(pairs)),
    )  # fmt: skip
    return mdata
