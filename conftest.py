"""Enter every room before pytest imports its modules by their files, which puts a module where its function is."""

from __future__ import annotations

import os

import mudata

import csmir

for room in csmir.__all__:
    getattr(csmir, room)

# CSMIR_PULL_ON_UPDATE=False (or True) runs the suite as a user of mudata would who has set that option
if pull := os.environ.get("CSMIR_PULL_ON_UPDATE"):
    if hasattr(mudata, "set_options"):  # mudata < 0.4
        mudata.set_options(pull_on_update=pull == "True")
    else:
        mudata.settings.pull_on_update = pull == "True"

# CSMIR_PREVIEW=1 runs the suite under what scanpy 2 and the next anndata will do by default, where they offer it
if os.environ.get("CSMIR_PREVIEW", "") not in ("", "0"):
    import anndata
    import scanpy

    for option, value in {
        "use_sparse_array_on_read": True, "copy_on_write_X": True, "zarr_write_format": 3,
        "allow_write_nullable_strings": True,
    }.items():  # fmt: skip
        if hasattr(anndata.settings, option):
            setattr(anndata.settings, option, value)
    if hasattr(scanpy, "Preset"):  # scanpy < 1.12
        scanpy.settings.preset = scanpy.Preset.ScanpyV2Preview
