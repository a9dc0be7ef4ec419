"""Union and intersection of priors, with their provenance."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.priors import _tidy


def union(*nets: pd.DataFrame) -> pd.DataFrame:
    """Join priors: the pairs that are in any of them.

    Parameters
    ----------
    nets
        Two or more priors in decoupler's form (columns `source`, `target`).

    Returns
    -------
    One row a pair, in order of first appearance. `prior`, `evidence`, `resources` and `species` join the different
    values (`"miRTarBase;TarBase"`); `context_score` keeps the smallest, `weight` the first, any other number the
    largest value; a column that a prior lacks is missing (numbers) or "" (text) in its rows. A prior without a `prior`
    column counts as `"prior 1"`, `"prior 2"`, ... by position.

    Raises
    ------
    InputError
        If an argument is not a prior.

    Examples
    --------
    >>> import pandas as pd
    >>> import csmir as cs
    >>> a = pd.DataFrame({"source": ["hsa-miR-1", "hsa-miR-1"], "target": ["A", "B"], "prior": "miRTarBase"})
    >>> b = pd.DataFrame({"source": ["hsa-miR-1", "hsa-miR-2"], "target": ["B", "A"], "prior": "TarBase"})
    >>> cs.priors.union(a, b)
          source target               prior
    0  hsa-miR-1      A          miRTarBase
    1  hsa-miR-1      B  miRTarBase;TarBase
    2  hsa-miR-2      A             TarBase
    """
    net = _tidy.merge(_stacked(nets))
    logger.info("union of %s priors: %s pairs", len(nets), f"{len(net):,}")
    return net


def intersection(*nets: pd.DataFrame) -> pd.DataFrame:
    """Join priors: the pairs that are in all of them.

    Parameters
    ----------
    nets
        Two or more priors in decoupler's form (columns `source`, `target`).

    Returns
    -------
    One row a pair, in the order of the first prior, its columns joined as :func:`csmir.priors.union` does.

    Raises
    ------
    InputError
        If an argument is not a prior, or they have no pair in common.

    Examples
    --------
    >>> import pandas as pd
    >>> import csmir as cs
    >>> a = pd.DataFrame({"source": ["hsa-miR-1", "hsa-miR-1"], "target": ["A", "B"], "prior": "TargetScan"})
    >>> b = pd.DataFrame({"source": ["hsa-miR-1", "hsa-miR-2"], "target": ["B", "A"], "prior": "ENCORI"})
    >>> cs.priors.intersection(a, b)
          source target              prior
    0  hsa-miR-1      B  ENCORI;TargetScan
    """
    stacked = _stacked(nets)
    pairs = [pd.MultiIndex.from_frame(n[[K.SOURCE, K.TARGET]].astype(object)).unique() for n in nets]
    common = reduce(lambda a, b: a.intersection(b, sort=False), pairs)
    if common.empty:
        raise InputError(
            f"The {len(nets)} priors have no pair in common. Are their names of one kind? See cs.priors.reconcile."
        )
    net = _tidy.merge(stacked[pd.MultiIndex.from_frame(stacked[[K.SOURCE, K.TARGET]]).isin(common)])
    logger.info("intersection of %s priors: %s pairs", len(nets), f"{len(net):,}")
    return net


def _stacked(nets: tuple[pd.DataFrame, ...]) -> pd.DataFrame:
    if len(nets) < 2:
        raise InputError(f"Expected two or more priors; found {len(nets)}. Give them one by one: union(a, b).")
    parts = []
    for i, net in enumerate(nets, start=1):
        part = check.net(net, f"prior {i}").reset_index(drop=True)
        part = part.astype({c: object for c in part if not pd.api.types.is_numeric_dtype(part[c])})
        parts.append(part if K.PRIOR in part else part.assign(**{K.PRIOR: f"prior {i}"}))
    for part in parts:  # pandas compares the attrs of all parts, and file names of one say nothing of the union
        part.attrs = {}
    columns = list(dict.fromkeys(c for part in parts for c in part.columns))
    text = {c for part in parts for c in part if not pd.api.types.is_numeric_dtype(part[c])}
    filled = [p.assign(**{c: "" if c in text else np.nan for c in columns if c not in p})[columns] for p in parts]
    return pd.concat(filled, ignore_index=True)
