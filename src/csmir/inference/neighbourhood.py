"""Whom each cell is compared with, from what the user named: expression, a graph or a space of the mRNAs, or groups.

At the foot: ranks less their mean around each cell, which is what the local test correlates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from mudata import MuData
from scipy import sparse

from csmir import _mudata
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.execute import run_blocks, thread_count
from csmir.inference.named_neighbors import check_graph, check_points, named_neighbors
from csmir.inference.options import EXPRESSION, Request
from csmir.inference.pairs import Pairs
from csmir.inference.space import place

if TYPE_CHECKING:
    from csmir.kernels.local_means import Means
    from csmir.kernels.neighbors import Lists, Smoother

# with fewer cells, lists hold most of them; lists of fewer cells have next to no power
FEW_CELLS, FEW_NEIGHBORS = 100, 50
# words in the names of representations that a batch was taken out of
CORRECTED = (
    "harmony", "scvi", "scanvi", "scanorama", "mnn", "combat", "bbknn", "liger", "corrected", "integrated", "cca",
)  # fmt: skip


@dataclass
class Neighborhood:
    """Whom each cell is compared with."""

    lists: Lists  # cells with weights
    compared: Lists  # the same, or two lists a cell if a pair must hold on both sides of it
    smoother: Smoother
    points: np.ndarray | None  # where the cells lie, if in a space
    types: np.ndarray | None = None  # (cells,) labels of types that were found, where cells are compared within them
    noted: dict[str, Any] = field(default_factory=dict)  # what was seen of the space, for the record

    @cached_property
    def means(self) -> Means:
        """The lists as local means, made when they are first asked for."""
        from csmir.kernels.two_steps import means_of_lists

        return means_of_lists(self.compared, self.smoother, self.points)


def neighborhood(
    mdata: MuData,
    data: _mudata.Paired,
    pairs: Pairs,
    request: Request,
    *,
    mrna: str,
    groups: np.ndarray | None,
    technical: np.ndarray | None = None,
) -> Neighborhood:
    """Whom each cell of `data` is compared with.

    `technical` (cells, columns) are covariates to regress out of the space that the data themselves suggest.
    """
    from csmir.kernels import neighbors

    points, types = None, None
    noted: dict[str, Any] = {}
    if groups is not None:
        lists, smoother = neighbors.from_groups(groups)
        what = f"{len(lists.n_eff)} groups"
    elif request.neighbors == EXPRESSION:
        points, types, noted = place(
            data, pairs, technical, find_types=request.find_types, n_threads=thread_count(request.n_threads)
        )
        if types is not None:
            points = None
            lists, smoother = neighbors.from_groups(types)
            what = f"{len(lists.n_eff)} types"
        else:
            lists, smoother = neighbors.from_points(
                points, request.n_neighbors, n_threads=thread_count(request.n_threads)
            )
            what = f"{points.shape[1]} components of the mRNAs"
    else:
        what = f"{request.neighbors!r} of the mRNAs"
        found = named_neighbors(mdata, data.cells, str(request.neighbors), mrna)
        if sparse.issparse(found):
            if request.n_neighbors is not None:
                raise InputError(
                    f"`n_neighbors` chooses cells of a space, and {request.neighbors!r} is a graph: leave it out, or "
                    "name a representation in .obsm."
                )
            check_graph(found, mdata[mrna], str(request.neighbors))
            lists, smoother = neighbors.from_graph(found)
        else:
            points = check_points(found, request.neighbors)
            lists, smoother = neighbors.from_points(
                points, request.n_neighbors, n_threads=thread_count(request.n_threads)
            )
    _tell(lists, what, len(data.cells), request)
    compared = _sides(points, lists, request) if request.both_sides else lists
    return Neighborhood(lists, compared, smoother, points, types, noted)


def _sides(points: np.ndarray | None, lists: Lists, request: Request) -> Lists:
    from csmir.kernels.sides import halves

    if points is None:
        raise InputError(
            f"`both_sides` needs a space in which a cell has sides, and {request.neighbors!r} is a graph. Name a "
            f"representation in .obsm of the mRNAs with `neighbors`, or leave it out for {EXPRESSION!r}."
        )
    return halves(points, lists)


def _tell(lists: Lists, what: str, n_cells: int, request: Request) -> None:
    median = float(np.median(np.diff(lists.indptr)))
    size = int(median)
    logger.info(
        "each cell is compared with %d of %d cells (%s), worth %.0f independent ones",
        size, n_cells, what, float(np.median(lists.n_eff)),
    )  # fmt: skip
    few = request.of.neighbors == "always" and median < FEW_NEIGHBORS <= n_cells and n_cells >= FEW_CELLS
    if few and request.groups is not None:
        logger.warning(
            "groups of %d cells have next to no power: merge some, or measure more cells (cs.tl.power says what they "
            "can show)", size,
        )  # fmt: skip
    elif few:
        logger.warning(
            "lists of %d cells have next to no power: take at least %d neighbours (n_neighbors=..., or that of "
            "sc.pp.neighbors where its graph was given)", size, FEW_NEIGHBORS,
        )  # fmt: skip
    elif n_cells < FEW_CELLS and request.groups is None:
        logger.warning(
            "%d cells: each is compared with %d of them, so networks of different cells rest on mostly the same "
            "evidence, and only very strong regulation can be found. An empty network here means 'cannot tell', "
            "not 'no regulation'", n_cells, size,
        )  # fmt: skip


def refuse_half_corrected(request: Request, mrna: str) -> None:
    """Refuse a representation that a batch was taken out of, for genes that still have it."""
    name = str(request.neighbors)
    word = next((w for w in CORRECTED if w in name.lower()), None)
    if word is None or request.covariates is not None or request.neighbors == EXPRESSION:
        return
    use = (
        "name in `covariates` what it was corrected for (covariates='batch'), or covariates=() if that was nothing"
        if "covariates" in request.of.options
        else "compare cells inside the levels of what it was corrected for (`groups`)"
    )
    raise InputError(
        f"{name!r} of {mrna!r} looks like a corrected representation ({word}), and the genes that are tested are not "
        "corrected: cells of different batches would be neighbours, and their batch would look like regulation. "
        f"Correct both or none: {use}."
    )


def residual_ranks(values: np.ndarray, floor: float, near: Neighborhood, n_threads: int | None = 1) -> np.ndarray:
    """Ranks of genes x cells, over n, less their mean around each cell, float32; 0 for cells without a list."""
    from csmir.kernels.local_means import LANES
    from csmir.kernels.local_moments import lowest_scores

    out = np.empty(values.shape, np.float32)

    def work(first: int) -> None:
        out[first : first + LANES] = lowest_scores(values[first : first + LANES], near.means, floor)

    for _ in run_blocks(work, range(0, len(values), LANES), n_threads=n_threads, desc="ranks", progress=False):
        pass
    out[:, near.lists.list_of < 0] = 0
    return out


def ranks(values: np.ndarray, floor: float) -> np.ndarray:
    """Ranks of genes x cells, over n; what is not detected ties at the smallest."""
    from csmir.kernels.sorting import rank_rows

    detected = values > floor
    if floor >= 0:
        ranked = rank_rows(np.where(detected, values, 0.0))
    else:
        from scipy.stats import rankdata  # slow to import

        ranked = rankdata(np.where(detected, values, -np.inf), axis=1)
    ranked -= 0.5
    ranked /= values.shape[1]
    return ranked


def residual_columns(columns: np.ndarray, near: Neighborhood) -> np.ndarray:
    """Columns over the cells less their mean around each cell; 0 for cells without a list."""
    around = columns
    for factor in reversed(near.smoother):
        around = factor @ around
    out = columns - around
    out[near.lists.list_of < 0] = 0
    return out
