"""Gene symbols damaged by a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir._names.excel import AMBIGUOUS, REPAIRED, STYLES, UNKNOWN, diagnose
from csmir.pp import _values as V

# mdata["mrna"].var: the name before
ORIGINAL = "original_name"
STEP = "repair_symbols"


@step
def repair_symbols(
    data: MuData | pd.DataFrame,
    *,
    mapping: Mapping[str, str] | None = None,
    style: Literal["new", "old"] = "new",
    mrna: str = K.MRNA,
    copy: bool = False,
) -> MuData | pd.DataFrame | None:
    """Give mRNAs back the symbols that a spreadsheet turned into dates, where it can be told which they were.

    Excel reads `SEPT14` as a date and saves `14-Sep`; such names match no prior. Repaired: `1-Sep` to `12-Sep`,
    `14-Sep` (septins), `13-Sep` (SEPTIN7P2), `15-Sep` (SELENOF), `3-Mar` to `11-Mar` (MARCH proteins), `1-Dec`
    (DELEC1), also written `Sep-14`, `14-Sep-21` or `2021-09-14`. Reported and left as they are: `1-Mar` and `2-Mar`,
    which each stand for two genes (MARCH1 and MARC1, MARCH2 and MARC2), and names that cannot be restored
    (`2.31E+13`, `3/1/2021`, `44256`, `12:00 AM`, dates that are not symbols).

    Run it on the data *and on the prior*: priors hold the same damage (TargetScan 7.0 in the paper's material has
    `4-Mar`), and a repair on one side alone loses the pairs that matched before. The published networks were made
    without it. Run it before :func:`csmir.pp.merge_duplicates`, which would average the two genes behind `1-Mar`.

    Parameters
    ----------
    data
        The MuData, whose mRNA modality is repaired, or a prior (DataFrame with `source` and `target`), of which a
        repaired copy is returned.
    mapping
        What certain names are to become, such as `{"1-Mar": "MARCHF1"}`. Goes before everything else.
    style
        `"new"`: HGNC's symbols of today (SEPTIN14, MARCHF3, DELEC1). `"old"`: those before 2020 (SEPT14, MARCH3,
        DEC1), as older priors have them.
    mrna
        Name of the mRNA modality.
    copy
        Return a changed copy instead of changing the MuData in place. A prior is never changed in place.

    Returns
    -------
    The changed copy of a prior; of a MuData if `copy=True`, else None.

    Raises
    ------
    InputError
        `mapping` is not from names to names; a prior without `source` and `target`.

    Notes
    -----
    Written to a MuData: `mdata["mrna"].var_names`; `.var["original_name"]`, the names before, if any changed; and
    `mdata.uns["csmir"]["repair_symbols"]["table"]`, a DataFrame with a row for each damaged name: `found`,
    `repaired`, `status` (repaired / ambiguous / unknown), `candidates`, `n_features`. A prior carries the table in
    `.attrs["repair_symbols"]`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> mdata["mrna"].var_names = ["14-Sep", "1-Mar", *mdata["mrna"].var_names[2:]]
    >>> cs.pp.repair_symbols(mdata)
    >>> mdata["mrna"].var_names[:2].to_list()
    ['SEPTIN14', '1-Mar']
    >>> mdata.uns["csmir"]["repair_symbols"]["table"][["found", "status", "candidates"]]
        found     status       candidates
    0  14-Sep   repaired
    1   1-Mar  ambiguous  MARCHF1, MTARC1

    References
    ----------
    Ziemann et al., Genome Biology 2016, 17:177. Bruford et al., Nature Genetics 2020, 52:754 (the new symbols).
    """
    check.choice("style", style, STYLES)
    mapping = _checked(mapping)
    if isinstance(data, pd.DataFrame):
        net = check.net(data, "data")
        table = diagnose(net[K.TARGET].astype(str), mapping, style)
        out = net.assign(**{K.TARGET: _renamed(pd.Index(net[K.TARGET].astype(str)), table).to_numpy()})
        out.attrs = {**net.attrs, STEP: table.to_dict("list")}
        _report(table, "targets of the prior")
        return out
    mdata = V.opened(data, copy, mrna)
    before = mdata[mrna].var_names.astype(str)
    table = diagnose(before, mapping, style)
    after = _renamed(before, table)
    if (after != before).any():
        adata = V.own(mdata[mrna])
        with assemble.repeated_names():
            adata.var[ORIGINAL] = before.to_numpy()
            adata.var_names = after
        V.replace(mdata, {mrna: adata})
    _report(table, mrna)
    _warn_of_clashes(before, after)
    _mudata.record(mdata, STEP, style=style, table=table)
    return mdata if copy else None


def _checked(mapping: Mapping[str, str] | None) -> Mapping[str, str]:
    if mapping is None:
        return {}
    if not isinstance(mapping, Mapping) or not all(isinstance(n, str) and n for pair in mapping.items() for n in pair):
        raise InputError(
            "`mapping` must lead from names to names, such as {'1-Mar': 'MARCHF1'}; found "
            f"{mapping if isinstance(mapping, Mapping) else type(mapping).__name__!r}."
        )
    return mapping


def _renamed(names: pd.Index, table: pd.DataFrame) -> pd.Index:
    repaired = table[table["status"] == REPAIRED]
    new = dict(zip(repaired["found"], repaired["repaired"], strict=True))
    return pd.Index([new.get(name, name) for name in names])


def _report(table: pd.DataFrame, where: str) -> None:
    by = {status: table[table["status"] == status] for status in (REPAIRED, AMBIGUOUS, UNKNOWN)}
    if len(by[REPAIRED]):
        pairs = [f"{a} -> {b}" for a, b in zip(by[REPAIRED]["found"], by[REPAIRED]["repaired"], strict=True)]
        logger.info("%s: repaired %d names: %s", where, len(pairs), check.listing(pairs))
    if len(by[AMBIGUOUS]):
        pairs = [f"{a} ({b})" for a, b in zip(by[AMBIGUOUS]["found"], by[AMBIGUOUS]["candidates"], strict=True)]
        logger.warning(
            "%s: %d names stand for several genes and were left: %s. Decide with `mapping`",
            where,
            len(pairs),
            check.listing(pairs),
        )
    if len(by[UNKNOWN]):
        logger.warning(
            "%s: %d names are damaged beyond repair: %s", where, len(by[UNKNOWN]), check.listing(by[UNKNOWN]["found"])
        )


def _warn_of_clashes(before: pd.Index, after: pd.Index) -> None:
    changed = after[after != before].unique()
    clashes = [name for name in changed if (after == name).sum() > 1]
    if clashes:
        logger.warning(
            "repaired names that other features have too: %s. cs.pp.merge_duplicates will average them",
            check.listing(clashes),
        )
