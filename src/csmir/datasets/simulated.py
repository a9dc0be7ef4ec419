"""A data set with planted truth."""

from __future__ import annotations

from typing import Literal

from mudata import MuData

from csmir.datasets._model import Settings, build, checked


def simulated(
    n_cells: int = 30,
    n_mirnas: int = 20,
    n_mrnas: int = 100,
    *,
    n_groups: int = 3,
    structure: Literal["groups", "trajectory", "none"] = "groups",
    shift: float = 0.0,
    prevalence: float = 0.05,
    effect: float = 1.0,
    direction: Literal["repression", "activation", "mixed"] = "repression",
    prior_density: float = 0.2,
    dropout: float = 0.3,
    floor: float = 1e-4,
    marker_share: float = 0.1,
    modules: int | None = None,
    seed: int = 0,
) -> MuData:
    r"""Simulate miRNA-mRNA co-sequencing of single cells with planted, cell-specific regulation.

    Which (miRNA, mRNA, cell) triples a method should find is known here, and kept in the object. With :math:`a_{cr}`
    the log2 level of miRNA :math:`r` in cell :math:`c`, :math:`b_{ct}` that of mRNA :math:`t`, and :math:`s_{cp}` in
    {-1, 0, +1} saying whether and how the prior's pair :math:`p = (r, t)` is regulated in cell :math:`c`:

    .. math::
        a_{cr} &= \alpha_r + \mu_{cr} + \epsilon_{cr} \\
        b_{ct} &= \beta_t + \nu_{ct} + \eta_{ct} + \mathrm{effect} \sum_{p = (r, t)} s_{cp}\, \epsilon_{cr}

    where :math:`\alpha, \beta` are levels of the genes, :math:`\mu, \nu` means of the cell's type or time (standard
    deviation `shift`), and :math:`\epsilon` (sd 1), :math:`\eta` (sd 0.5) vary from cell to cell. So where a pair is
    regulated, the mRNA follows the miRNA *within* one type of cells; no mean gives it away, and a correlation over
    all cells is fooled by a `shift`. Counts are Poisson with mean (sequencing depth of the cell) x 2^level; then each
    value is lost with probability `dropout`.

    Parameters
    ----------
    n_cells, n_mirnas, n_mrnas
        Size. At least 1 each. With fewer cells than `n_groups` each cell is a group.
    n_groups
        Number of cell groups, of equal size (`structure="groups"`).
    structure
        `"groups"`: a pair is regulated in all cells of one group or of some. `"trajectory"`: in a window of
        pseudotime, 0.3 wide (wider if `prevalence` is more). `"none"`: cells have no types; a pair is regulated in a
        random 30 % of the cells (more if `prevalence` is more).
    shift
        Standard deviation, in log2 units, of the group's (or the pseudotime's) effect on the mean of every gene of
        the prior, regulated or not. 0: only the markers differ between types. Means nothing without a structure.
    prevalence
        Share of (pair, cell) that is regulated, among the pairs of the prior, as near as whole groups, windows or
        sets allow.
    effect
        Slope: log2 units by which the mRNA falls (or rises) for each log2 unit of the miRNA, where the pair is
        regulated.
    direction
        Sign of the slope. `"mixed"` draws one for each pair (one for each module).
    prior_density
        Share of all pairs of a miRNA with an mRNA that is not a marker that are putative, in (0, 1]; at least one pair,
        and the modules.
    dropout
        Probability that a value is lost, in [0, 1). Low levels go undetected besides.
    floor
        Value of an undetected miRNA, as half-cells have it (1e-4 in GSE114071); an undetected mRNA is 0. Less than
        0.1, so below every detected value.
    marker_share
        Share of the mRNAs, rounded down, that tell cell types apart (sd 2 in log2 units over the types) and are in no
        pair of the prior. None if `structure="none"`.
    modules
        Number of planted modules: 3 miRNAs and 4 mRNAs regulated together in one group, window or set of cells. They
        are part of `prevalence`. None plants up to two, as far as the size and half of the regulated (pair, cell)
        allow.
    seed
        Seed; equal seeds and parameters give equal bytes. Each part of the model has a child seed of its own, so that
        for example another `effect` leaves the truth and the miRNAs as they were.

    Returns
    -------
    MuData with

    - `["mirna"].X`, `["mrna"].X`: float32 dense, cells x features, counts divided by the cell's depth, not logged;
      `.layers["counts"]`: int32; `["mrna"].var["marker"]`: bool;
    - `["truth"]`: AnnData cells x pairs of the prior, shaped like `mdata["regulation"]`: `.X` CSR float32, -1
      repression, +1 activation, absent where not regulated; `.var`: categorical `mirna`, `mrna`, int32 `n_cells`
      (cells that have it), int8 `sign` (0: regulated nowhere), `module` (name, or "" for none);
    - `.obs["group"]`: categorical, or `.obs["pseudotime"]`: float in [0, 1];
    - `.uns["prior"]`: DataFrame `source`, `target`, in the order of `["truth"].var`;
    - `.uns["modules"]`: DataFrame `module`, `mirna`, `mrna`, one row a pair;
    - `.uns["csmir"]["simulated"]`: the parameters.

    Raises
    ------
    InputError
        A parameter out of range; more `modules` than the size, the density or the prevalence allows; a `shift`
        without structure.

    Notes
    -----
    Takes about ten seconds and 2.2 GB for 10,000 cells x 200 miRNAs x 2,000 mRNAs (36 million regulated triples).

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> mdata["mirna"].shape, mdata["mrna"].shape, mdata["truth"].shape
    ((30, 20), (30, 100), (30, 360))
    >>> float(mdata["truth"].X.nnz) / (30 * 360)
    0.05
    >>> mdata.uns["prior"].columns.to_list()
    ['source', 'target']
    """
    settings = Settings(
        *(n_cells, n_mirnas, n_mrnas, n_groups, structure, shift, prevalence, effect, direction, prior_density),
        *(dropout, floor, marker_share, modules, seed),
    )
    return build(checked(settings))
