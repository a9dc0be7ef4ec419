"""Simulated data sets: parameters checked, the steps of `_simulate` called in turn, a MuData put together."""

from __future__ import annotations

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
from csmir._mudata import assemble
from csmir.datasets import _simulate
from csmir.datasets._simulated_names import mirna_names, numbered

# log2 scale: mean and spread of the genes' levels, spread of a gene over the cells of a type, of markers over types
MIRNA_LEVEL, MRNA_LEVEL, LEVEL_SD = 6.0, 5.5, 1.0
MIRNA_SD, MRNA_SD, MARKER_SD = 1.0, 0.5, 2.0
# spread of the sequencing depth (natural logarithm)
DEPTH_SD = 0.2
# a planted module: miRNAs x mRNAs; without being asked for, at most so many
MODULE, MODULES = (3, 4), 2

# the parts of the model that have a seed of their own
PARTS = (
    *("pairs", "cells", "active", "sign", "mirna_level", "mrna_level", "mirna_shift", "mrna_shift", "marker"),
    *("mirna_cells", "mrna_cells", "mirna_depth", "mrna_depth", "mirna_counts", "mrna_counts"),
)


class Settings(NamedTuple):
    """The arguments of :func:`csmir.datasets.simulated`."""

    n_cells: int
    n_mirnas: int
    n_mrnas: int
    n_groups: int
    structure: str
    shift: float
    prevalence: float
    effect: float
    direction: str
    prior_density: float
    dropout: float
    floor: float
    marker_share: float
    modules: int | None
    seed: int

    @property
    def n_markers(self) -> int:
        """MRNAs that tell types apart and have no regulators."""
        return 0 if self.structure == "none" else int(self.marker_share * self.n_mrnas)

    @property
    def n_targets(self) -> int:
        """MRNAs that the prior draws from."""
        return self.n_mrnas - self.n_markers

    @property
    def n_pairs(self) -> int:
        """Pairs of the prior."""
        return max(1, round(self.prior_density * self.n_mirnas * self.n_targets))


def checked(s: Settings) -> Settings:
    """The settings with every value within its bounds, and the number of modules decided."""
    for name in ("n_cells", "n_mirnas", "n_mrnas", "n_groups"):
        check.integer(name, getattr(s, name), low=1)
    check.choice("structure", s.structure, ["groups", "trajectory", "none"])
    check.choice("direction", s.direction, ["repression", "activation", "mixed"])
    check.seed(s.seed)
    bounds: dict[str, dict[str, Any]] = {
        "shift": {"low": 0},
        "prevalence": {"low": 0, "high": 1},
        "effect": {"low": 0},
        "prior_density": {"low": 0, "high": 1, "low_open": True},
        "dropout": {"low": 0, "high": 1, "high_open": True},
        "floor": {"low": 0, "high": 0.1, "high_open": True},
        "marker_share": {"low": 0, "high": 1, "high_open": True},
    }
    numbers: dict[str, Any] = {name: check.number(name, getattr(s, name), **b) for name, b in bounds.items()}
    s = s._replace(**numbers)
    if s.structure == "none" and s.shift > 0:
        raise InputError(
            '`shift` moves the means between types of cells, and structure="none" has no types; '
            f'found shift={s.shift:g}. Leave it 0, or take structure="groups" or "trajectory".'
        )
    return s._replace(modules=_n_modules(s))


def _n_modules(s: Settings) -> int:
    """The modules asked for, if they fit, or as many as fit well."""
    share = 1 / min(s.n_groups, s.n_cells) if s.structure == "groups" else max(_simulate.WINDOW, s.prevalence)
    per_module = MODULE[0] * MODULE[1]
    fit = min(s.n_mirnas // MODULE[0], s.n_targets // MODULE[1], s.n_pairs // per_module)
    budget = s.prevalence * s.n_pairs / (per_module * share) * (1 + 1e-9)
    if s.modules is None:
        return min(MODULES, fit, int(budget / 2))
    modules = check.integer("modules", s.modules, low=0)
    if modules > fit:
        raise InputError(
            f"`modules`={modules} of {MODULE[0]} miRNAs x {MODULE[1]} mRNAs each do not fit into {s.n_mirnas} miRNAs, "
            f"{s.n_targets} mRNAs that are not markers and {s.n_pairs} putative pairs; {fit} would. Ask for fewer, or "
            "raise the size or `prior_density`."
        )
    if modules > int(budget):
        raise InputError(
            f"`modules`={modules} need more regulated (pair, cell) than `prevalence`={s.prevalence:g} allows; "
            f"{int(budget)} would do. Ask for fewer, or raise `prevalence`, the size or `prior_density`."
        )
    return modules


def build(s: Settings) -> MuData:
    """Simulate and put together what :func:`csmir.datasets.simulated` returns."""
    seed = dict(zip(PARTS, np.random.SeedSequence(s.seed).spawn(len(PARTS)), strict=True))
    design = _simulate.choose_pairs(s.n_mirnas, s.n_targets, s.n_pairs, s.modules or 0, MODULE, seed["pairs"])
    obs, place, active = _cells(s, design, seed)
    sign = _signs(s.direction, design, seed["sign"])
    mirna, mrna = _levels(s, design, place, active, sign, seed)
    cells = pd.Index(numbered("cell_", s.n_cells, 2))
    mirnas, mrnas = pd.Index(mirna_names(s.n_mirnas)), pd.Index(numbered("SIM", s.n_mrnas, 4))
    mdata = assemble.assemble(
        {
            K.MIRNA: expression(mirna, cells, mirnas, s.dropout, s.floor, seed["mirna_depth"], seed["mirna_counts"]),
            K.MRNA: expression(mrna, cells, mrnas, s.dropout, 0.0, seed["mrna_depth"], seed["mrna_counts"]),
            K.TRUTH: truth(active, sign, design, cells, mirnas, mrnas),
        }
    )
    mdata[K.MRNA].var["marker"] = np.arange(s.n_mrnas) >= s.n_targets
    for column, values in obs.items():
        mdata.obs[column] = values
    var = mdata[K.TRUTH].var
    pairs = var[[K.Var.MIRNA, K.Var.MRNA]].astype(str)
    mdata.uns["prior"] = pairs.set_axis([K.SOURCE, K.TARGET], axis=1).reset_index(drop=True)
    planted = pairs.assign(module=var["module"].astype(str))[["module", K.Var.MIRNA, K.Var.MRNA]][design.module >= 0]
    mdata.uns["modules"] = planted.sort_values("module", kind="stable").reset_index(drop=True)
    _mudata.record(mdata, "simulated", **s._asdict())
    logger.info(
        "simulated %d cells, %d miRNAs, %d mRNAs: %d of %d putative pairs regulated somewhere, %.1f%% of (pair, cell), "
        "%d modules",
        *(s.n_cells, s.n_mirnas, s.n_mrnas, int((var[K.Var.N_CELLS] > 0).sum()), len(var)),
        *(100 * active.nnz / (s.n_cells * len(var)), s.modules),
    )
    return mdata


def _cells(
    s: Settings, design: _simulate.Design, seed: dict[str, np.random.SeedSequence]
) -> tuple[dict[str, Any], Any, Any]:
    """Columns of obs, the place of each cell (membership or pseudotime), and where each pair is regulated."""
    rng = np.random.default_rng(seed["cells"])
    if s.structure == "groups":
        n_groups = min(s.n_groups, s.n_cells)
        group = rng.permutation(np.arange(s.n_cells) % n_groups)
        budget = s.prevalence * len(design.mirna) * s.n_cells
        active = _simulate.active_by_group(group, n_groups, design, budget, seed["active"])
        names = numbered("group_", n_groups, 1)
        return {"group": pd.Categorical.from_codes(group, categories=pd.Index(names))}, np.eye(n_groups)[group], active
    if s.structure == "trajectory":
        time = rng.uniform(0, 1, s.n_cells)
        return {"pseudotime": time}, time, _simulate.active_by_time(time, design, s.prevalence, seed["active"])
    return {}, None, _simulate.active_at_random(s.n_cells, design, s.prevalence, seed["active"])


def _signs(direction: str, design: _simulate.Design, seed: np.random.SeedSequence) -> np.ndarray:
    """-1 or +1 for each pair of the prior."""
    if direction != "mixed":
        return np.full(len(design.mirna), -1 if direction == "repression" else 1, np.int8)
    rng = np.random.default_rng(seed)
    sign = rng.choice(np.array([-1, 1], np.int8), len(design.mirna))
    for i in range(design.module.max(initial=-1) + 1):
        sign[design.module == i] = rng.choice([-1, 1])
    return sign


def _levels(
    s: Settings,
    design: _simulate.Design,
    place: Any,
    active: sparse.csr_matrix,
    sign: np.ndarray,
    seed: dict[str, np.random.SeedSequence],
) -> tuple[np.ndarray, np.ndarray]:
    """Latent log2 levels, cells x miRNAs and cells x mRNAs."""
    rng = {
        name: np.random.default_rng(seed[name]) for name in ("mirna_level", "mrna_level", "mirna_cells", "mrna_cells")
    }
    deviation = rng["mirna_cells"].normal(0, MIRNA_SD, (s.n_cells, s.n_mirnas))
    mirna = rng["mirna_level"].normal(MIRNA_LEVEL, LEVEL_SD, s.n_mirnas) + deviation
    mrna = rng["mrna_cells"].normal(0, MRNA_SD, (s.n_cells, s.n_mrnas))
    mrna += rng["mrna_level"].normal(MRNA_LEVEL, LEVEL_SD, s.n_mrnas)
    if s.shift > 0:
        mirna += _simulate.type_means(place, s.n_mirnas, s.shift, seed["mirna_shift"])
        mrna[:, : s.n_targets] += _simulate.type_means(place, s.n_targets, s.shift, seed["mrna_shift"])
    if s.n_markers:
        mrna[:, s.n_targets :] += _simulate.type_means(place, s.n_markers, MARKER_SD, seed["marker"])
    _simulate.regulate(mrna, deviation, active, sign * s.effect, design)
    return mirna, mrna


def expression(
    level: np.ndarray, cells: pd.Index, features: pd.Index, dropout: float, floor: float, depth: Any, counting: Any
) -> AnnData:
    """One modality: counts as a layer, counts over depth as X, `floor` where nothing was counted."""
    size = np.exp(np.random.default_rng(depth).normal(0, DEPTH_SD, len(level)))
    counts = _simulate.observe(level, size, dropout, counting)
    x = (counts / size[:, None]).astype(np.float32)
    x[counts == 0] = floor
    return AnnData(x, obs=pd.DataFrame(index=cells), var=pd.DataFrame(index=features), layers={"counts": counts})


def truth(
    active: sparse.csr_matrix,
    sign: np.ndarray,
    design: _simulate.Design,
    cells: pd.Index,
    mirnas: pd.Index,
    mrnas: pd.Index,
) -> AnnData:
    """What was planted, in the shape of the inferred networks."""
    x = sparse.csr_matrix((sign[active.indices].astype(np.float32), active.indices, active.indptr), shape=active.shape)
    n_cells = np.bincount(active.indices, minlength=active.shape[1]).astype(np.int32)
    names = pd.Index(["", *numbered("module_", design.module.max(initial=-1) + 1, 1)])
    var = pd.DataFrame(
        {
            K.Var.MIRNA: pd.Categorical.from_codes(design.mirna, categories=mirnas),
            K.Var.MRNA: pd.Categorical.from_codes(design.mrna, categories=mrnas),
            K.Var.N_CELLS: n_cells,
            K.Var.SIGN: np.where(n_cells > 0, sign, 0).astype(np.int8),
            "module": pd.Categorical.from_codes(design.module + 1, categories=names),
        }
    )
    # with a prefix, since names of pairs must differ from those of the inferred networks in the same MuData
    var.index = pd.Index(f"{K.TRUTH}:" + var[K.Var.MIRNA].astype(str) + "|" + var[K.Var.MRNA].astype(str), name=None)
    for column in (K.Var.MIRNA, K.Var.MRNA):
        var[column] = var[column].cat.remove_unused_categories()
    return AnnData(x, obs=pd.DataFrame(index=cells), var=var)
