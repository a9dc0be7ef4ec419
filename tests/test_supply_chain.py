"""What builds and releases csmir is named exactly: a tag can be moved, a commit cannot."""

from __future__ import annotations

import re
import shlex
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


# what has no version to name: the project with its extras, what was built of it, lists that were resolved before
OWN = re.compile(r"\.(\[[\w,]+\])?|dist/\*\.whl|minimum\.txt")


def loose_in(line: str) -> list[str]:
    """What an installing line of a workflow takes in any version."""
    found = []
    for command in re.split(r"&&|;|\|", line):
        installs = re.search(r"\b(?:(?:pip3?|pipx|uv tool) install|uvx|uv add)\b(.*)", command)
        for word in shlex.split(installs[1]) if installs else []:
            if not (word.startswith("-") or OWN.fullmatch(word) or re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+", word)):
                found.append(word)
    return found


def test_all_that_workflows_install_is_pinned():
    installing = lines(r"\b(install|uvx|pipx)\b")
    assert len(installing) > 8
    loose = {f"{name}: {line}": found for name, line in installing if (found := loose_in(line))}
    assert not loose, f"name the versions: {loose}"


@pytest.mark.parametrize(
    ("line", "loose"),
    [
        ("- run: python -m pip install build twine==7.0.0", ["build"]),
        ("python -m pip install pytest 'pytest-cov>=5'", ["pytest", "pytest-cov>=5"]),
        ("clean/bin/pip install dist/*.whl && pipx install uv", ["uv"]),
        ('- run: python -m pip install --pre -e ".[test]" -r minimum.txt tomli[extra]==2.0', []),
    ],
)
def test_what_is_not_pinned_is_seen(line, loose):
    assert loose_in(line) == loose


def test_forms_of_issues_are_read():
    yaml = pytest.importorskip("yaml")
    forms = [yaml.safe_load(p.read_text()) for p in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("[bw]*.yml")]
    assert len(forms) == 2
    for form in forms:
        assert {"name", "description", "body"} <= set(form)
        ids = [part["id"] for part in form["body"]]
        assert len(ids) == len(set(ids))
