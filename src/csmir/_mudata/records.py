"""What each step was asked for, kept beside what it made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir._errors import StepError
from csmir._version import __version__


def record(data: MuData | AnnData, step: str, **params: Any) -> None:
    """Note a step's parameters and the version in `.uns["csmir"][step]`, in types that h5mu keeps."""
    section = data.uns.setdefault(K.UNS, {})
    section[step] = {"version": __version__} | {k: _plain(v) for k, v in params.items() if v is not None}


def recorded(data: MuData | AnnData, step: str) -> Mapping[str, Any]:
    """What `record` noted, or an error that names the call to make."""
    try:
        return data.uns[K.UNS][step]
    except KeyError:
        raise StepError(f"No record of {step!r}. Run cs.tl.{step}(mdata) first.") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple | set | frozenset):
        value = sorted(value) if isinstance(value, set | frozenset) else list(value)
    if isinstance(value, list):
        return np.array(value)
    return value
