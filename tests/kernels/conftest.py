from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def oracle():
    """The formulas in plain slow Python (`oracle.py` beside this file) as a module."""
    spec = importlib.util.spec_from_file_location("csmir_oracle", Path(__file__).with_name("oracle.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
