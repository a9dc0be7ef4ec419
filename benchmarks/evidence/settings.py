"""What a simulated data set is made of. A setting is a point in the space of what goes wrong in real data."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass, fields

import numpy as np

SLOPES = (0.2, 0.4, 0.6, 1.0)


@dataclass(frozen=True)
class Setting:
    """One kind of data. Effects are standard deviations in log2 units (depth: of its natural logarithm)."""

    form: str = "lognormal"  # "gamma": the second generator; "pscsr": real miRNA counts, planted mRNAs
    n_cells: int = 1_000
    structure: str = "types"  # four cell types; or "trajectory"
    slope: float = 0.6  # at 1, a doubling of the miRNA halves its target; 0: no regulation at all
    regulated: float = 0.2  # of the prior's pairs, in one or two of the types or a stretch of the trajectory
    depth: str = "none"  # "separate", "shared": one for both modalities, "split": what one half gets the other lacks
    depth_sd: float = 0.3
    mirna_depth: float = 1.0  # counts of miRNAs, times so much: what is measured badly is adjusted for badly
    batch: float = 0.0  # two batches, every gene shifted between them
    plate: float = 0.0  # eight plates
    program: float = 0.0  # hidden, on `program_share` of the genes of both kinds: miRNAs up, mRNAs down
    program_share: float = 0.2
    narrow: float = 0.0  # the same on 10 miRNAs and 12 mRNAs
    cluster: int = 0  # miRNAs in a cluster that share their putative targets; one of them regulates
    cluster_r: float = 0.8
    hub: float = 0.0  # share of all mRNAs that one miRNA represses in every cell
    hub_slope: float = 0.8
    listed: float = 1.0  # share of the hub's targets that the prior lists
    host: float = 0.0  # genes whose transcription drives a miRNA up and some of its putative targets down
    doublets: float = 0.0  # share of cells
    ambient: float = 0.0  # share of a cell's counts
    duplicates: float = 0.0  # share of cells that are copies of another, exactly
    rare: bool = False  # types of 60, 25, 10 and 5 % instead of equal ones
    dropout: float = 0.0  # share of values lost
    normalise: str = "raw"  # "cpm"; "ratios": size factors that composition does not move, medians of ratios

    @property
    def key(self) -> str:
        """What differs from the plain data set, in a form that names a file."""
        plain = asdict(Setting())
        parts = [f"{f.name}-{getattr(self, f.name)}" for f in fields(self) if getattr(self, f.name) != plain[f.name]]
        return "_".join(parts) or "plain"


def stream(seed: int, part: str) -> np.random.Generator:
    """Random numbers of one part of the model: another batch effect leaves everything else as it was."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])
