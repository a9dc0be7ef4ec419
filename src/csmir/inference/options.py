"""What `cs.tl.regulation` was asked to compute: options checked against the statistic they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from logging import INFO, WARNING
from typing import TYPE_CHECKING, Any

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.statistics import NAMES, that_take
from csmir.inference.statistics import statistic as find_statistic

if TYPE_CHECKING:
    from csmir.inference.blocks import Job
    from csmir.inference.pairs import Pairs
    from csmir.inference.statistics.record import Inputs, Statistic

# names of the kernels for what a biologist asks
ALTERNATIVES = {"repression": "less", "activation": "greater", "both": "two-sided"}
BOX_SIZE, BOX_SIZE_NEAR = 0.1, 0.3
# the list of cells that the data themselves suggest
EXPRESSION = "expression"

# hidden factors: as many as the decoys ask for, and the most that can be asked for
AUTO, MOST_FACTORS = "auto", 8
# what may be done with cells that are copies of others
WAYS = ("weigh", "drop")

# options of `requested` that are not for every statistic; their default stands for "not given"
OWN = (
    *("groups", "neighbors", "n_neighbors", "expressed_only", "mid_p", "direction", "both_sides"),
    *("covariates", "factors", "parents", "transcription", "box_size", "pseudo_cells"),
)
# what to do instead, where an option is not for the statistic
INSTEAD = dict.fromkeys(
    ("covariates", "factors", "parents", "transcription"),
    " Only the local test adjusts for what else moves both genes: use statistic='local'; the exact test can be kept "
    "inside the levels of a category with `groups`.",
)
# those that are recorded beside `box_size`, in this order, and their types
RECORDED: dict[str, Callable[[Any], Any]] = {
    "mid_p": bool,
    "expressed_only": bool,
    "groups": str,
    "neighbors": str,
    "n_neighbors": int,
    "direction": str,
    "both_sides": bool,
}


@dataclass(frozen=True)
class Request:
    """What to compute, apart from the data. `alpha` is of p for "csn", and of q where `adjust` is set."""

    statistic: str
    box_size: float
    alpha: float
    keep_all: bool = False
    adjust: bool = True
    mid_p: bool = False
    expressed_only: bool = False
    groups: str | None = None
    neighbors: str | None = None
    n_neighbors: int | None = None
    find_types: bool = False  # compare cells within types if the data fall into any
    direction: str = "repression"
    both_sides: bool = False
    covariates: tuple[str, ...] | None = None
    factors: int | str | None = None
    transcription: str | None = None
    duplicates: str | None = None
    memory: int = 10**9
    n_threads: int | None = None
    progress: bool | None = None

    @property
    def cutoff(self) -> float:
        """Smallest z that is not an interaction."""
        from scipy.special import ndtri  # scipy.stats takes a third of a second to import

        return float(-ndtri(self.alpha))

    @property
    def of(self) -> Statistic:
        """The record of the statistic."""
        return find_statistic(self.statistic)

    @property
    def near(self) -> bool:
        """Whether each cell is compared with cells of its own choice."""
        return self.of.neighbors == "always" or self.neighbors is not None

    def job(self, inputs: Inputs) -> Job:
        """Networks of every cell, as a job that has not begun."""
        return self.of.job(inputs, self)

    def noted(self) -> dict[str, Any]:
        """What is recorded of it; None for what does not belong to the statistic."""
        tested = self.of.tested
        own = {name: getattr(self, name, None) if name in self.of.options else None for name in OWN}
        return {
            "statistic": self.statistic,
            "box_size": own["box_size"],
            "alpha": self.alpha,
            "cutoff": None if tested else self.cutoff,
            "keep": "all" if self.keep_all else "significant",
            "adjust": "bh" if tested and self.adjust else None,
            **{name: own[name] for name in RECORDED},
            "find_types": self.find_types or None,
            "covariates": list(self.covariates) if self.covariates else None,
            "factors": self.factors,
            "transcription": self.transcription,
            "duplicates": self.duplicates,
        }


def requested(
    *,
    statistic: str,
    box_size: float | None = None,
    alpha: float | None = None,
    keep: str = "significant",
    pseudo_cells: bool | None = None,
    groups: str | None = None,
    neighbors: str | None = None,
    n_neighbors: int | None = None,
    direction: str | None = None,
    both_sides: bool = False,
    covariates: str | Sequence[str] | None = None,
    factors: int | str | None = None,
    parents: Any = None,
    transcription: str | None = None,
    adjust: str | None = "bh",
    mid_p: bool = False,
    expressed_only: bool = False,
    duplicates: str | None = None,
    memory: int | str = "1GB",
    n_threads: int | None = None,
    progress: bool | None = None,
) -> Request:
    """The request, or an error that names the option at fault."""
    given = dict(locals(), pseudo_cells=pseudo_cells or None)
    of = find_statistic(check.choice("statistic", statistic, NAMES))
    check.choice("keep", keep, ["significant", "all"])
    if adjust is not None:
        check.choice("adjust", adjust, ["bh"])
    direction = "repression" if direction is None else check.choice("direction", direction, list(ALTERNATIVES))
    for name in OWN:
        none = ASKED[name].default
        not_given = given[name] is none or (none is False and not given[name])
        if name not in of.options and not not_given:
            words = " or ".join(f"statistic={s!r}" for s in that_take(name))
            raise InputError(
                f"`{name}` belongs to {words}; found statistic={statistic!r}. Leave it out.{INSTEAD.get(name, '')}"
            )
    if groups is not None and neighbors is not None:
        raise InputError(
            f"Cells are compared inside `groups` or with their `neighbors`, not both; found {groups!r} and "
            f"{neighbors!r}. Give one of them."
        )
    if both_sides and groups is not None:
        raise InputError(
            "`both_sides` asks for a pair on both sides of each cell, and cells of `groups` have one network and no "
            "sides. Leave one of the two out."
        )
    find_types = of.neighbors == "always" and neighbors is None and groups is None
    if find_types:
        neighbors = EXPRESSION
        find_types = n_neighbors is None and not both_sides
    if duplicates is not None:
        check.choice("duplicates", duplicates, WAYS)
    if n_neighbors is not None:
        check.integer("n_neighbors", n_neighbors, low=5)
        if neighbors is None:
            raise InputError("`n_neighbors` says how many cells of a space to take; name one with `neighbors`.")
    if box_size is None:
        box_size = BOX_SIZE if neighbors is None else BOX_SIZE_NEAR
    return Request(
        statistic=statistic,
        box_size=check.number("box_size", box_size, low=0, high=1, low_open=True, high_open=True),
        alpha=check.number("alpha", of.alpha if alpha is None else alpha, low=0, high=1, low_open=True, high_open=True),
        keep_all=keep == "all",
        adjust=adjust is not None,
        mid_p=mid_p,
        expressed_only=expressed_only,
        groups=groups,
        neighbors=neighbors,
        n_neighbors=n_neighbors,
        find_types=find_types,
        direction=direction,
        both_sides=both_sides,
        covariates=None if covariates is None else tuple(check.words("covariates", covariates)),
        factors=check_factors(factors),
        transcription=transcription,
        duplicates=duplicates,
        memory=check.memory("memory", memory),
        n_threads=None if n_threads is None else check.integer("n_threads", n_threads, low=1),
        progress=progress,
    )


# what can be asked for, with the defaults: `cs.tl.regulation` hands these options on by their names
ASKED = signature(requested).parameters


def check_factors(factors: Any) -> int | str | None:
    """`factors` as the user gave it: None, "auto", or a number from 0 to 8."""
    if factors is None or factors == AUTO:
        return factors
    if isinstance(factors, str):
        raise InputError(f"`factors` must be 'auto', or a whole number from 0 to {MOST_FACTORS}; found {factors!r}.")
    return check.integer("factors", factors, low=0, high=MOST_FACTORS)


def can_show_factors(pairs: Pairs, factors: int | str | None) -> bool:
    """Whether there are non-targets to see hidden factors by; a number of factors is refused without."""
    if len(pairs) < pairs.n_mirnas * pairs.n_mrnas:
        return True
    why = "without a prior" if pairs.complete else "in a prior that lists every pair"
    seen = f"are seen through mRNAs that are not putative targets of a miRNA, and {why} every mRNA is one"
    if factors not in (None, AUTO) or (pairs.complete and factors is not None):
        raise InputError(f"`factors` {seen}. Give a `net` of putative targets, or leave `factors` out.")
    logger.log(INFO if pairs.complete else WARNING, "no hidden factors are adjusted for: they %s", seen)
    return False


def repeated(noted: Mapping[str, Any], n_threads: int | None) -> Request:
    """The request of networks that are there, from what was recorded."""
    own = {name: kind(noted[name]) for name, kind in RECORDED.items() if noted.get(name) is not None}
    return Request(
        statistic=str(noted["statistic"]),
        box_size=float(noted.get("box_size", BOX_SIZE)),
        alpha=float(noted["alpha"]),
        adjust="adjust" in noted,
        find_types=bool(noted.get("find_types", False)),
        covariates=None if noted.get("covariates") is None else tuple(map(str, noted["covariates"])),
        factors=int(noted.get("n_factors", 0)),
        transcription=noted.get("transcription"),
        duplicates=noted.get("duplicates"),
        n_threads=n_threads,
        progress=False,
        **own,
    )
