"""What builds and releases csmir is named exactly: a tag can be moved, a commit cannot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

pytestmark = pytest.mark.skipif(not WORKFLOWS, reason="not a checkout")


def lines(pattern: str) -> list[tuple[str, str]]:
    found = ((path.name, line.strip()) for path in WORKFLOWS for line in path.read_text().splitlines())
    return [(name, line) for name, line in found if re.search(pattern, line)]


def test_actions_are_pinned_by_commit_and_say_which_version_that_is():
    used = lines(r"\buses:")
    assert used
    loose = [u for u in used if not re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", u[1])]
    assert not loose, f"name the commit and the version of {loose}"
    one = {}
    for _, line in used:
        action, commit = re.search(r"uses: ([\w./-]+)@(\w+)", line).groups()
        assert one.setdefault(action, commit) == commit, f"two versions of {action}"


def test_tools_that_build_and_release_are_pinned():
    tools = lines(r"pip install (build|twine|uv)")
    assert tools
    loose = [t for t in tools if any("==" not in word for word in t[1].split("pip install ")[1].split())]
    assert not loose, f"name the versions: {loose}"


def test_forms_of_issues_are_read():
    yaml = pytest.importorskip("yaml")
    forms = [yaml.safe_load(p.read_text()) for p in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("[bw]*.yml")]
    assert len(forms) == 2
    for form in forms:
        assert {"name", "description", "body"} <= set(form)
        ids = [part["id"] for part in form["body"]]
        assert len(ids) == len(set(ids))
