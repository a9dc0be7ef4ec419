"""What there is to know of a statistic beside its arithmetic, in one record at the foot of its file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from anndata import AnnData
    from mudata import MuData

    from csmir.inference.blocks import Job
    from csmir.inference.neighbourhood import Neighborhood
    from csmir.inference.options import Request
    from csmir.inference.own_columns import Own
    from csmir.inference.pairs import Pairs
    from csmir.kernels.local_adjust import Adjustment


@dataclass(frozen=True)
class Inputs:
    """What every statistic is computed from."""

    x: Any  # miRNAs: (features, cells) float64, or `Stored`, of which x[features] gives these rows: an array, no slice
    y: Any  # mRNAs
    pairs: Pairs
    weights: np.ndarray  # (runs, cells); one run of ones without pseudo-cells
    groups: np.ndarray | None = None  # (cells,) integer labels, negative without a group
    near: Neighborhood | None = None  # whom each cell is compared with, where it is not with all
    kept: Kept | None = None  # what other jobs with the same mRNAs make use of
    adjustment: Adjustment | None = None  # covariates and factors to regress out; loadings by miRNA of the data
    own: Own | None = None  # columns of one miRNA or one mRNA alone
    n_factors: int | None = None  # the first so many factors of it; None for all


class Limit(NamedTuple):
    """A remark of the report. Levels: "bad" (do not read single interactions), "mind", "good"."""

    level: str
    title: str
    text: str


class Finished(NamedTuple):
    """A run that a report is written of."""

    mdata: MuData
    adata: AnnData
    steps: Mapping[str, Any]  # what was recorded of every step
    params: Mapping[str, Any]  # what was recorded of the inference


def no_limits(run: Finished) -> Iterable[Limit]:
    """Nothing to say beside what holds for all."""
    return ()


@dataclass(frozen=True)
class Statistic:
    """One statistic of `cs.tl.regulation`."""

    name: str  # as the user gives it; also the name of the file
    title: str  # in figures
    value: str  # what its values are called, a column of cs.get.edges
    alpha: float  # default level: of q where it is tested, of p otherwise
    tested: bool  # whether each cell's pairs get q-values, or are cut at a z
    options: frozenset[str]  # of `OWN` in `inference/options.py`: those it takes, beside what all take
    neighbors: Literal["always", "on request", "never"]  # whether a cell is compared with neighbours
    stored_share: Callable[[int], float]  # of all (pair, cell) with so many runs, by chance: for the estimate of memory
    job: Callable[[Inputs, Request], Job]
    signed: bool = False  # values below 0 are repression, above it activation
    reads_blocks: bool = False  # reads expression as it is stored, whatever the size
    takes_negative: bool = False  # works on ranks, so that corrected values will do
    needs_detection: bool = False  # which genes are detected matters without `expressed_only`, too
    arithmetic: int | None = None  # counted up when its numbers change: older runs on a disk are not continued
    limits: Callable[[Finished], Iterable[Limit]] = no_limits


T = TypeVar("T", bound=tuple)


class Kept:
    """Tuples of arrays by name, kept as long as all of them fit in `memory` bytes."""

    def __init__(self, memory: int) -> None:
        self.free = memory
        self.lock = threading.Lock()
        self.made: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes, which must be the same for the same key."""
        if key in self.made:
            return self.made[key]
        made = make()
        size = sum(array.nbytes for array in made)
        with self.lock:
            if key not in self.made and size <= self.free:
                self.made[key] = made
                self.free -= size
        return made


def made_once(kept: Kept | None, key: Hashable, make: Callable[[], T]) -> T:
    """What `make` makes, from `kept` if there is one."""
    return make() if kept is None else kept.get(key, make)
