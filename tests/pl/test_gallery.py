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


def alt_texts():
    spec = importlib.util.spec_from_file_location("alt", PAGE.parent / "alt.py")
    alt = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(alt)
    return alt


def test_every_picture_is_told_to_who_cannot_see_it():
    told = alt_texts().ALT
    assert set(told) == set(cs.pl.__all__)
    assert all(len(words) >= 60 and words.endswith(".") for words in told.values())


def test_words_that_the_pictures_do_not_follow_stop_the_gallery(monkeypatch):
    """The gallery's last cell compares what it drew; drawing all of it again is too much for a test."""
    alt = alt_texts()
    assert "alt.check(globals())" in PAGE.read_text()
    right = [(name, words[:20]) for name, words in alt.ALT.items()]
    monkeypatch.setattr(alt, "claims", lambda made: right)
    monkeypatch.setattr(alt, "more_claims", lambda made: [])
    assert alt.check({}) == len(alt.ALT)
    monkeypatch.setattr(alt, "claims", lambda made: [*right, ("module", "joined to eighty")])
    with pytest.raises(ValueError, match="module: 'joined to eighty' is drawn"):
        alt.check({})
    monkeypatch.setattr(alt, "claims", lambda made: right[1:])  # what holds no more is not said
    with pytest.raises(ValueError, match=f"no claim holds of what was drawn: .*{right[0][0]}"):
        alt.check({})


def test_the_gallery_is_found():
    assert "\ngallery\n" in (PAGE.parent / "index.md").read_text()
