"""Where cells lie in expression, and whether they fall into types: what the local test compares by default."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir.inference.expression import blocks_of, most_detected
from csmir.inference.pairs import Pairs

# mRNAs that say where a cell lies
MOST_GENES = 3000
# with fewer cells no clusters are looked for: they would be too small to compare cells in
FEWEST_CELLS = 100
SEED = 0  # of the mixture


class Placed(NamedTuple):
    """Cells in a space, and what to say of it."""

    points: np.ndarray  # (cells, components)
    labels: np.ndarray | None  # (cells,) types that were found, if cells are to be compared within them
    noted: dict[str, Any]  # for the record


def place(
    data: _mudata.Paired,
    pairs: Pairs,
    technical: np.ndarray | None = None,
    *,
    find_types: bool = False,
    n_threads: int = 1,
) -> Placed:
    """Place cells by genes that no hub miRNA of the pairs governs, and find types if asked and if there are any.

    `technical` (cells, columns) are covariates that no gene has a part in, regressed out of the genes first.
    """
    from csmir.kernels.decompose import project, some_cells
    from csmir.kernels.neighbors import expression_ranks
    from csmir.kernels.space import hub_free_space, regress_out
    from csmir.kernels.types import PURE
    from csmir.kernels.types import find_types as cluster

    some = some_cells(len(data.cells))
    genes, values, floor = most_detected(data.mrna, MOST_GENES, some)
    ranks, kept = expression_ranks(values, most_genes=MOST_GENES, floor=floor, n_threads=n_threads)
    if not len(ranks):
        return Placed(np.zeros((len(data.cells), 2)), None, {})
    genes, detection = genes[kept], (values > floor)[kept].mean(axis=1)
    del values  # as large as the ranks
    held = technical if technical is None or some is None else technical[some]
    space = hub_free_space(ranks, listed_of(pairs)[:, genes], detection, held)
    if some is not None:
        stays = ~space.left_out
        read = blocks_of(data.mrna, genes[stays])

        def block(part: np.ndarray) -> np.ndarray:
            found = expression_ranks(read(part), most_genes=len(part), floor=floor, n_threads=n_threads)
            return regress_out(found[0], technical)

        space = space._replace(points=project(block, regress_out(ranks[stays], held), space.points))
    hubs = data.mirna_names[space.flagged]
    noted: dict[str, Any] = {
        "n_components": space.points.shape[1],
        "hub_mirnas": list(map(str, hubs)) or None,
        "n_genes_left_out": int(space.left_out.sum()),
    }
    _tell_hubs(hubs, space.left_out, space.spared)
    if held is not None and held.size and not space.n_over:
        _tell_taken(hub_free_space(ranks, listed_of(pairs)[:, genes], detection).n_over)
    if not find_types or len(data.cells) < FEWEST_CELLS:
        return Placed(space.points, None, noted)
    types = cluster(space.points, seed=SEED)
    pure = types.pure and space.n_over > 0
    noted |= {"n_clusters": types.n_clusters, "purity": types.purity}
    why = (
        f"a mixture of {types.n_clusters} cluster{'s' * (types.n_clusters > 1)} fits best"
        + (f", and {types.purity:.1%} of a cell's nearest are in its own" if types.n_clusters > 1 else "")
        + ("" if types.n_clusters < 2 else f" ({PURE:.0%} are asked for)")
    )
    if pure:
        size = np.bincount(types.labels)
        logger.info("cells are compared within %d types of %d to %d cells: %s", len(size), size.min(), size.max(), why)
        return Placed(space.points, types.labels, noted)
    logger.info("cells are compared with their neighbours, since they fall into no types: %s", why)
    return Placed(space.points, None, noted)


def listed_of(pairs: Pairs) -> np.ndarray:
    """(miRNAs, mRNAs) bool: who is a putative target of whom; nobody where every pair is tested."""
    listed = np.zeros((pairs.n_mirnas, pairs.n_mrnas), bool)
    if not pairs.complete:
        listed[pairs.mirna, pairs.mrna] = True
    return listed


def _tell_taken(n_over: int) -> None:
    """Say that the categories given explain all structure, of so many components: types may have gone with it."""
    if n_over:
        logger.warning(
            "the categories among the covariates explain all that tells the cells apart (%d components of the mRNAs): "
            "where their levels hold different types of cells, these types are gone, and with them most of the power. "
            "Name the types, or compare cells inside the levels (`groups`)",
            n_over,
        )


def _tell_hubs(hubs: pd.Index, left_out: np.ndarray, spared: int) -> None:
    if not len(hubs):
        return
    logger.info(
        "targets vary together of %s (%s): %d of %d mRNAs that go with them have no say in who is like whom",
        check.many(len(hubs), "miRNA"),
        check.listing(hubs),
        int(left_out.sum()),
        len(left_out),
    )
    if spared:
        logger.warning(
            "%d mRNAs more go with these miRNAs than the half that can be left out: neighbours may be chosen by them, "
            "and then their regulation cannot be seen: %s",
            spared,
            check.listing(hubs),
        )
