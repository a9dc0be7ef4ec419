"""The gallery leaves no figure out. That its code runs is what building the documentation checks."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import csmir as cs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "gallery.md"


def test_every_figure_is_in_the_gallery():
    page = PAGE.read_text()
    assert [name for name in cs.pl.__all__ if f"cs.pl.{name}(" not in page] == []
    assert [name for name in cs.pl.__all__ if f"{{func}}`cs.pl.{name} <csmir.pl.{name}>`" not in page] == []


def test_every_picture_is_told_to_who_cannot_see_it():
    spec = importlib.util.spec_from_file_location("pictures", PAGE.parent / "pictures.py")
    pictures = importlib.util.module_from_spec(spec)
    pytest.importorskip("sphinx")
    spec.loader.exec_module(pictures)
    assert set(pictures.ALT) == set(cs.pl.__all__)
    assert all(len(words) >= 60 and words.endswith(".") for words in pictures.ALT.values())


def test_the_gallery_is_found():
    assert "\ngallery\n" in (PAGE.parent / "index.md").read_text()
