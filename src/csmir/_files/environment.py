"""When and with what something was made."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "anndata",
    "mudata",
    "numba",
    "scikit-learn",
    "scanpy",
    "networkx",
    "matplotlib",
)


def day() -> str:
    """Today, or the day of `SOURCE_DATE_EPOCH` (seconds), with which builds are repeated to the byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now().astimezone()
    return now.date().isoformat()


def packages() -> str:
    """Python and the packages that results and pictures come from."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # of an extra
            continue
    return ", ".join(found)
