"""The networks of a MuData, to read or to write results to."""

from __future__ import annotations

from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError, StepError
from csmir._mudata.entries import ends
from csmir._mudata.made_of import renewed


def regulation(data: MuData | AnnData, key: str = K.REGULATION) -> AnnData:
    """The cells x pairs networks to write results to, from a MuData or handed in as they are.

    Results that they outlived, being over other cells or pairs, are taken out, and counts are counted anew.
    """
    adata = _found(data, key)
    if adata.is_view:  # its .uns would be that of the networks it was taken from
        adata._init_as_actual(adata.copy())
    return renewed(adata, in_place=True)


def read_regulation(data: MuData | AnnData, key: str = K.REGULATION) -> AnnData:
    """The same networks to read, with nothing changed in the object: what they outlived is left out of what is read."""
    return renewed(_found(data, key), in_place=False)


def _found(data: MuData | AnnData, key: str) -> AnnData:
    adata = data
    if isinstance(data, MuData):
        if not isinstance(key, str) or key not in data.mod:
            raise StepError(
                f"The MuData has no modality {key!r} (it has {check.listing(data.mod)}). "
                "Run cs.tl.regulation(mdata, net) first."
            )
        adata = data.mod[key]
    if not isinstance(adata, AnnData):
        raise InputError(f"Expected a MuData or the AnnData of networks; found {type(data).__name__}.")
    ends(adata, key)
    return adata
