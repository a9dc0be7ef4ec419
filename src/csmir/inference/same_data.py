"""Whether the data of a file are those that its networks were inferred from."""

from __future__ import annotations

from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata.made_of import name_keys
from csmir.inference import origin as O


def warn_of_changed(mdata: MuData, where: str) -> None:
    """Say which features have other values, and which cells are gone: steps that need them refuse them."""
    for adata in mdata.mod.values():
        if isinstance(adata, AnnData) and K.ORIGIN in adata.uns.get(K.UNS, {}):
            changed = _changed(mdata, adata)
            if changed:
                logger.warning(
                    "%s: the data do not hold what the networks were inferred from, in %s: they were changed since, or "
                    "the file is damaged",
                    where,
                    " and ".join(changed),
                )


def _changed(mdata: MuData, adata: AnnData) -> list[str]:
    origin, noted = adata.uns[K.UNS][K.ORIGIN], adata.uns[K.UNS].get("regulation", {})
    if not {noted.get("mirna"), noted.get("mrna")} <= {*mdata.mod}:
        return []
    try:
        data = _mudata.paired(mdata, mirna=noted["mirna"], mrna=noted["mrna"], layer=noted.get("layer"))
    except InputError:
        return []  # a step that needs them says what is wrong with them
    lost = adata.obs_names.difference(data.cells, sort=False)
    if len(lost):
        return [f"{len(lost):,} cells of the networks ({check.listing(lost, 3)})"]
    known = O.cells_of(origin)
    at = O.order_in(known, name_keys(data.cells))
    if (at < 0).any():
        return []  # taken out of all, which steps say
    every = len(at) == len(data.cells)
    out = []
    for kind, names, values in (("mirna", data.mirna_names, data.mirna), ("mrna", data.mrna_names, data.mrna)):
        then = O.kept(origin, kind)
        place = O.order_in(name_keys(names), then[O.NAMES])
        now = O.value_keys(values, name_keys(data.cells)) if every else O.value_keys(values[at], known)
        other = (place >= 0) & (now != then[O.VALUES][place])
        if other.any():
            what = {"mirna": "miRNAs", "mrna": "mRNAs"}[kind]
            out.append(f"{other.sum():,} {what} ({check.listing(names[other], 3)})")
    return out
