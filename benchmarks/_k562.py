"""The K562 half-cells for every benchmark that wants them, from the data folder of the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd
from mudata import MuData

import csmir as cs


def data_folder() -> Path:
    """The folder with k562/, targets/ and golden/, or a message that says how to name it."""
    folder = Path(os.environ.get("CSMIR_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not (folder / "k562").is_dir():
        sys.exit(f"No data in {folder}. Set CSMIR_TEST_DATA to the folder that holds k562/ and targets/.")
    return folder


def k562() -> MuData:
    """The published input, from the two GCT files."""
    os.environ.setdefault("CSMIR_DATA_DIR", str(data_folder() / "k562"))
    mdata = cs.datasets.k562()
    cs.pp.recipe_csmir(mdata)
    return mdata


def targetscan() -> pd.DataFrame:
    """TargetScan 7.0, human."""
    return cs.priors.read_table(data_folder() / "targets" / "targetscan_7.0_human.tsv.gz")


def validated() -> pd.DataFrame:
    """miRTarBase 8 and TarBase 8, human."""
    return cs.priors.read_table(data_folder() / "targets" / "mirtarbase8_tarbase8_validated_human.tsv.gz")
