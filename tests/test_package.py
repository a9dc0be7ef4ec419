"""What a user gets: the wheel, its metadata, and a README that does what it says."""

from __future__ import annotations

import ast
import email
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import csmir

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "csmir"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUNTIME = [*PROJECT["dependencies"], *EXTRAS["dask"], *EXTRAS["excel"], *EXTRAS["leiden"], *EXTRAS["r"]]
README = (ROOT / "README.md").read_text()

# import name -> distribution, where they differ
DISTRIBUTION = {"PIL": "pillow", "sklearn": "scikit-learn"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The wheel of this tree, built by the backend directly: no network, no isolated environment."""
    pytest.importorskip("hatchling", reason="hatchling is not installed, so no wheel can be built here")
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (path,) = out.glob("*.whl")
    return zipfile.ZipFile(path)


def read(wheel: zipfile.ZipFile, name: str) -> str:
    (member,) = [m for m in wheel.namelist() if m.endswith(f".dist-info/{name}")]
    return wheel.read(member).decode()


def test_wheel_holds_the_package_and_nothing_else(wheel):
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    expected = {p.relative_to(SRC.parent).as_posix() for p in SRC.rglob("*.py")} | {"csmir/py.typed"}
    expected |= {"csmir/_names/mirbase_names.txt.xz"}
    assert expected <= inside
    assert all(name.startswith("csmir/") and "__pycache__" not in name for name in inside)


def test_metadata(wheel):
    meta = email.message_from_string(read(wheel, "METADATA"))
    assert meta["Name"] == "csmir"
    assert meta["Version"] == PROJECT["version"]
    assert meta["License-Expression"] == "BSD-3-Clause"
    assert meta["License-File"] == "LICENSE"
    assert meta["Requires-Python"] == ">=3.11"
    assert meta["Description-Content-Type"] == "text/markdown"
    assert meta.get_payload().strip() == README.strip()
    assert {"test", "docs", "dev"} <= set(meta.get_all("Provides-Extra"))


def test_command_is_installed(wheel):
    assert "csmir = csmir.cli.entry:run" in read(wheel, "entry_points.txt")


def test_one_version_everywhere():
    assert f"\nversion: {PROJECT['version']}\n" in (ROOT / "CITATION.cff").read_text()
    changelog = (ROOT / "CHANGELOG.md").read_text()
    number = re.escape(PROJECT["version"])
    newest = re.search(r"^## .*(?:\n\n.*)?", changelog, re.MULTILINE)
    assert newest is not None
    assert re.match(rf"## \[{number}\]|## \[Unreleased\]\n\nThe next release, {number}\.", newest[0])
    try:
        installed = version("csmir")
    except PackageNotFoundError:
        installed = "0+unknown"  # run from a source tree that was never installed
    assert csmir.__version__ == installed


def test_the_entry_for_the_ecosystem_has_what_its_schema_requires():
    """Of scverse/ecosystem-packages; addresses and contact are the maintainer's to fill in (docs/release.md)."""
    text = (ROOT / ".github" / "ecosystem" / "meta.yaml").read_text()
    fields = dict(re.findall(r"^(\w+):[ ]*(.*)$", text, re.MULTILINE))
    required = {"name", "description", "project_home", "documentation_home", "install", "license", "tags", "version"}
    assert required | {"category", "contact", "test_command"} <= set(fields)
    assert fields["category"] == "ecosystem"
    assert fields["name"] == PROJECT["name"]
    assert fields["version"] == PROJECT["version"]
    assert fields["license"] == PROJECT["license"]


def test_dependencies_have_a_floor_and_no_ceiling():
    for requirement in map(Requirement, RUNTIME):
        assert {s.operator for s in requirement.specifier} == {">="}, str(requirement)


def test_what_is_imported_is_declared():
    declared = {Requirement(r).name for r in RUNTIME}
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for top in {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"csmir"}:
                assert DISTRIBUTION.get(top, top) in declared, f"{path.relative_to(SRC)} imports {top}: declare it"


def test_linters_are_pinned_alike():
    dev = {Requirement(r).name: Requirement(r).specifier for r in EXTRAS["dev"]}
    rev = re.search(r"ruff-pre-commit\n +rev: v([\d.]+)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert rev is not None
    assert str(dev["ruff"]) == f"=={rev[1]}"


def command(name: str) -> str:
    """The README's command under its marker."""
    (found,) = re.findall(rf"<!-- command: {name} -->\n```bash\n(.*?)\n```", README, re.DOTALL)
    return found


@pytest.mark.parametrize("name", ["demo", "test"])
def test_ci_runs_what_the_readme_says(name):
    shown = subprocess.run(
        ["bash", str(ROOT / ".ci" / "run"), "--show", name], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert shown == command(name)
    assert shown.startswith("python3.11 -m venv .venv && .venv/bin/pip install ")


def test_ci_refuses_a_command_that_is_not_there():
    done = subprocess.run(["bash", str(ROOT / ".ci" / "run"), "--show", "none"], capture_output=True, text=True)
    assert done.returncode != 0
    assert "README.md has no bash block" in done.stderr


def test_readme_example_runs_as_it_stands(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "csmir.h5mu").stat().st_size > 0
    assert len([line for line in code.splitlines() if line.strip()]) <= 10


def test_readme_links_to_files_that_are_there():
    targets = [t for t in re.findall(r"\]\(([^)\s]+)\)", README) if not t.startswith("http")]
    assert [t for t in targets if not (ROOT / t).exists()] == []


def test_badges_of_the_readme_are_true():
    classifiers = "\n".join(PROJECT["classifiers"])
    minors = sorted(int(minor) for minor in re.findall(r"Python :: 3\.(\d+)", classifiers))
    expected = {
        "licence": f"licence: {PROJECT['license']}",
        "python": f"Python: 3.{minors[0]} to 3.{minors[-1]}",
        "style": "code style: ruff",
        "types": "types: mypy",
    }
    shown = re.findall(r"!\[([^\]]+)\]\((docs/images/badge-(\w+)\.svg)\)", README)
    assert {name: text for text, _, name in shown} == expected
    for text, path, _ in shown:
        assert f"<title>{text}</title>" in (ROOT / path).read_text()


def test_readme_says_where_results_are_under_their_true_names():
    from csmir import _keys as K

    names = [K.REGULATION, K.BOOTSTRAP, K.Layer.SUPPORT, K.Var.N_CELLS, K.Var.CONSERVATION, K.Obs.N_INTERACTIONS]
    names += [K.Obsm.OUT_DEGREE, K.Obsm.HUB, K.Obsp.INTERACTIONS, K.Obsp.HUBS, K.Obsp.EXPRESSION]
    table = README.split("## Where the results are")[1].split("\n## ")[0]
    assert [n for n in names if n not in table] == []
