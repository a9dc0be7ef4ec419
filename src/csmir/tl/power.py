"""What these data can show, before anything is inferred."""

from __future__ import annotations

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir._mudata.step import step
from csmir.inference import detectable
from csmir.inference.adjustment import compared
from csmir.inference.cells import MIN_CELLS, group_labels, run_weights
from csmir.inference.covariates import taken_around
from csmir.inference.options import requested
from csmir.inference.pairs import pairs_to_test
from csmir.inference.statistics import statistic as record_of

STATISTICS = ("csn", "exact", "local")  # whose power is known


@step
def power(
    mdata: MuData,
    net: pd.DataFrame | None = None,
    *,
    groups: str | None = None,
    neighbors: str | None = None,
    n_neighbors: int | None = None,
    covariates: str | list[str] | None = None,
    factors: int = 0,
    alpha: float | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    layer: str | None = None,
) -> pd.DataFrame:
    r"""Say how strong regulation must be for :func:`csmir.tl.regulation` to see it in one cell of these data.

    Answers: is an empty network "no regulation", or "cannot tell"? A pair among m is significant at q by itself if its
    p is at most q / m. For the local test with :math:`n_e` independent cells and k adjusted columns, that is a rank
    correlation of :math:`t / \sqrt{n_e - k - 2 + t^2}` with t the quantile of Student's t; for the box tests, the one
    at which a normal copula puts enough cells into both boxes at the end of the genes, where that is easiest. The slope
    it means is :math:`2 \sin(\pi \rho / 6)\, s_y / s_x`, with the standard deviations of logged expression among the
    cells that are compared.

    Parameters
    ----------
    %(mdata)s
    %(net)s
        None counts every miRNA with every mRNA.
    groups, neighbors, n_neighbors, covariates
        As for :func:`csmir.tl.regulation`, for the local test; `groups` for the exact one, too.
    factors
        Hidden factors that will be adjusted for.
    alpha
        Level; None is that of each statistic: p of 0.01 for `"csn"`, q of 0.05 for the tests.
    %(modalities)s
    %(layer)s

    Returns
    -------
    A frame with a row for each statistic: `n_pairs`; `n_effective`, independent cells that a cell is compared with;
    `smallest_rho`, NaN where no correlation can be significant; `slope_q25`, `slope`, `slope_q75`, quartiles over the
    pairs of the log effect it means (at 1, a doubling of the miRNA halves its target; single miRNAs in cells have 0.15
    to 0.4, strong ones 0.6).

    Raises
    ------
    InputError
        As for :func:`csmir.tl.regulation`.

    Notes
    -----
    Where many pairs are regulated, the smallest significant p is larger and weaker ones are found, too. Measured values
    vary by counting as well, so that the slope is that of measured on measured expression, below the true one.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=200, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> table = cs.tl.power(mdata, mdata.uns["prior"])
    >>> bool(table.loc["local", "smallest_rho"] < table.loc["exact", "smallest_rho"])
    True

    References
    ----------
    Benjamini and Hochberg, Journal of the Royal Statistical Society B 1995, 57:289.
    """
    factors = check.integer("factors", factors, low=0)
    data = _mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer)
    pairs = pairs_to_test(net, data)
    rows = {}
    for statistic in STATISTICS:
        of = record_of(statistic)
        local = "covariates" in of.options
        request = requested(
            statistic=statistic, alpha=alpha, groups=groups if "groups" in of.options else None,
            neighbors=neighbors if local else None, n_neighbors=n_neighbors if local else None,
            covariates=covariates if local else None,
        )  # fmt: skip
        labels = None if request.groups is None else group_labels(mdata, data.cells, request.groups, fewest=MIN_CELLS)
        if "pseudo_cells" in of.options:
            run_weights(mdata, data.cells, pseudo_cells=False)  # says so where the statistic wants pseudo-cells
        if local:
            near, known = compared(mdata, data, pairs, request, mirna=mirna, mrna=mrna, groups=labels)
            spread = detectable.spreads(data, pairs, near.smoother)
            n_columns = factors + (0 if known is None else taken_around(known.values, near.lists))
            found = detectable.of_local(pairs, near, request, n_columns, spread)
        else:
            n = len(data.cells) if labels is None else int(np.median(np.bincount(labels[labels >= 0])))
            found = detectable.of_boxes(pairs, n, request, detectable.spreads(data, pairs))
        rows[statistic] = {
            "n_pairs": len(pairs),
            "n_effective": found.n_eff,
            "smallest_rho": found.rho if found.rho <= 1 else np.nan,
            "slope_q25": found.slope[0],
            "slope": found.slope[1],
            "slope_q75": found.slope[2],
        }
        logger.info("%s: %s", statistic, detectable.in_words(found, request, len(pairs)))
    return pd.DataFrame.from_dict(rows, orient="index")
