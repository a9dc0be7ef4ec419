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
