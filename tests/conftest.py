from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data, priors and reference fixtures; tests that need it skip where it is not."""
    folder = Path(os.environ.get("CSMIR_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "golden").is_dir():
        pytest.skip(f"real data not found at {folder}; set CSMIR_TEST_DATA to the folder that holds golden/ and k562/")
    return folder
