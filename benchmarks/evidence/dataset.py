"""One data set: observed matrices, what a careful user knows, and the truth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from benchmarks.evidence import gamma, lognormal, pscsr
from benchmarks.evidence.counting import copies, observe
from benchmarks.evidence.normalise import normalise
from benchmarks.evidence.settings import Setting
from csmir._mudata.assemble import assemble

GENERATORS = {"lognormal": lognormal.expected, "gamma": gamma.expected, "pscsr": pscsr.expected}


class Dataset(NamedTuple):
    """Arrays; `mdata_of` makes a MuData of them."""

    setting: Setting
    seed: int
    cells: lognormal.Cells
    mirna: np.ndarray  # (cells, miRNAs) float32, after the normalisation of the setting
    mrna: np.ndarray
    unspliced: np.ndarray
    obs: pd.DataFrame  # "type" or "pseudotime", and known confounders

    @property
    def truth(self) -> np.ndarray:
        """Regulated in this very cell, cells x pairs."""
        return self.cells.layout.active

    @property
    def known(self) -> list[str]:
        """Columns of `obs` that a careful user would adjust for."""
        return [c for c in self.obs if c not in ("type", "pseudotime")]

    @property
    def parents(self) -> pd.DataFrame:
        """Host genes (`source`) of miRNAs (`target`)."""
        hosts = self.cells.hosts
        return pd.DataFrame({"source": names("G", hosts[:, 0]), "target": names("miR-", hosts[:, 1])})

    @property
    def net(self) -> pd.DataFrame:
        """The prior, in the order of the truth's columns."""
        layout = self.cells.layout
        return pd.DataFrame({"source": names("miR-", layout.mirna), "target": names("G", layout.mrna)})


def make(setting: Setting, seed: int) -> Dataset:
    """The data set of a setting and a seed."""
    cells = GENERATORS[setting.form](setting, seed)
    if setting.duplicates:  # what is true of a cell is true of its copies
        copy, of = copies(setting, seed)
        for values in (cells.place, cells.layout.active, *cells.known.values(), *cells.hidden.values()):
            values[copy] = values[of]
    nb = setting.form == "gamma"
    if setting.form == "pscsr":
        mirna = cells.mirna.astype(np.float32)
    else:
        mirna = observe(setting, cells.mirna, seed, "mirna", negative_binomial=nb)
    mrna = observe(setting, cells.mrna, seed, "mrna", negative_binomial=nb)
    unspliced = observe(setting, 0.5 * cells.transcribed, seed, "unspliced", negative_binomial=nb)
    if cells.place.dtype.kind == "f":
        obs = pd.DataFrame({"pseudotime": cells.place})
    else:
        obs = pd.DataFrame({"type": pd.Categorical([f"type {i + 1}" for i in cells.place])})
    for name, values in cells.known.items():
        obs[name] = pd.Categorical([f"{name} {i + 1}" for i in values])
    for name, level in cells.hidden.items():
        obs[name] = level  # what a perfect score of the program would say
    if setting.depth != "none" or setting.doublets or setting.ambient or setting.hub or setting.form == "pscsr":
        for name, counts in (("mirna", mirna), ("mrna", mrna)):
            obs[f"log_depth_{name}"] = np.log(np.maximum(counts.sum(axis=1), 1))
    obs.index = pd.Index([f"cell {i + 1}" for i in range(len(obs))])
    return Dataset(
        *(setting, seed, cells, normalise(mirna, setting.normalise), normalise(mrna, setting.normalise)),
        *(normalise(unspliced, setting.normalise), obs),
    )


def mdata_of(data: Dataset) -> MuData:
    """MuData with modalities `mirna` and `mrna` (layer `unspliced`), known columns in `.obs`."""
    obs = pd.DataFrame(index=data.obs.index)
    mirna = AnnData(data.mirna, obs=obs.copy(), var=pd.DataFrame(index=names("miR-", data.mirna.shape[1])))
    mrna = AnnData(data.mrna, obs=obs.copy(), var=pd.DataFrame(index=names("G", data.mrna.shape[1])))
    mrna.layers["unspliced"] = data.unspliced
    mdata = assemble({"mirna": mirna, "mrna": mrna})
    for column in data.obs:
        mdata.obs[column] = data.obs[column]
    return mdata


def names(prefix: str, at: np.ndarray | int) -> list[str]:
    """Names of features at these positions, or of so many."""
    return [f"{prefix}{i + 1}" for i in (range(at) if isinstance(at, int) else at)]
