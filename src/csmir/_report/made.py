"""How a run was made: the command or the steps, inputs, versions and days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import pp, tl
from csmir._files.environment import day, packages
from csmir._report.tables import parameters, versions
from csmir._version import __version__


def made(mdata: MuData, regulation: str = K.REGULATION) -> pd.DataFrame:
    """What to say of it, a row each. Where the command line noted nothing, the recorded steps stand for the command."""
    noted: Mapping[str, Any] = mdata.uns.get(K.UNS, {}).get(K.RUN, {})
    rows = [("command", str(noted["command"]))] if "command" in noted else []
    rows.append(("steps", ", ".join(_calls(parameters(mdata, regulation)["step"].unique())) or "none recorded"))
    rows.append(("input files", str(noted.get("inputs") or _handed_over(mdata))))
    if "date" in noted:
        rows.append(("run on", str(noted["date"])))
    rows.append(("networks by", "csmir " + (", ".join(versions(mdata, regulation)) or "of unknown version")))
    rows.append(("packages", str(noted["packages"]) if "packages" in noted else f"{packages()} (as the page was made)"))
    rows.append(("page made", f"{day()}, by csmir {__version__}"))
    return pd.DataFrame(rows, columns=["what", "value"])


def _calls(steps: Iterable[str]) -> list[str]:
    """Those of the steps that a user calls."""
    rooms = (("pp", pp), ("tl", tl))
    return [f"cs.{name}.{step}" for step in steps for name, room in rooms if step in room.__all__]


def _handed_over(mdata: MuData) -> str:
    """What is known of data that no file is known of."""
    shapes = [f"{key}, {part.n_obs:,} x {part.n_vars:,}" for key, part in mdata.mod.items() if key in (K.MIRNA, K.MRNA)]
    return "not recorded; handed over in Python" + (f": {'; '.join(shapes)}" if shapes else "")
