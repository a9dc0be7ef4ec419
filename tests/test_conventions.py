"""House rules that hold for every function and every file, so that nobody has to remember them."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csmir

SRC = Path(csmir.__file__).parent
DOCS = Path(__file__).resolve().parents[1] / "docs"
FILES = sorted(SRC.rglob("*.py"))
NAMESPACES = ("pp", "tl", "pl", "get", "io", "datasets", "priors")
MAX_LINES = 250
LONGER = {"kernels/pseudo_cells.py": 256}  # one kernel and its parts

# functions whose shape departs from `data, one more argument, *, everything else`, and why
POSITIONAL = {
    "datasets.simulated": "three sizes, always in this order",
    "priors.reconcile": "a prior, and the names of both sides of the data",
}
# one word per idea, and what else it might be called
WORDS = {
    "groups": {"strata", "stratify", "within", "blocks", "batch", "batch_key", "group_key", "cluster_key", "label_key"},
    "groupby": {"group_by", "condition", "conditions", "contrast", "hue", "color_by", "colour"},
    "group": {"level", "case", "treated"},
    "sample": {"samples", "donor", "donors", "sample_key", "replicate"},
    "key_added": {"added_key", "key_out", "new_key", "uns_key", "output", "result_key"},
    "n_threads": {"n_jobs", "threads", "workers", "n_workers"},
    "seed": {"random_state", "rng"},
    "n_neighbors": {"k_neighbors", "n_neighbours", "neighbours"},
    "color": {"colors", "colour"},
}
MUTABLE = (list, dict, set, bytearray, np.ndarray, pd.DataFrame, pd.Series)


def public() -> list[tuple[str, object]]:
    found = []
    for namespace in NAMESPACES:
        module = importlib.import_module(f"csmir.{namespace}")
        found += [(f"{namespace}.{name}", getattr(module, name)) for name in getattr(module, "__all__", ())]
    return found


FUNCTIONS = [(name, obj) for name, obj in public() if inspect.isfunction(obj)]
every_function = pytest.mark.parametrize("func", [pytest.param(f, id=name) for name, f in FUNCTIONS])
every_file = pytest.mark.parametrize("path", [pytest.param(p, id=p.relative_to(SRC).as_posix()) for p in FILES])


def sections(doc: str) -> dict[str, list[str]]:
    """Numpy-style sections of a docstring: title -> lines; the summary is under ''."""
    lines = inspect.cleandoc(doc).splitlines()
    out: dict[str, list[str]] = {"": []}
    title = ""
    for i, line in enumerate(lines):
        if i + 1 < len(lines) and re.fullmatch(r"-{3,}", lines[i + 1]) and len(lines[i + 1]) == len(line):
            title = line
            out[title] = []
        elif not (out[title] == [] and re.fullmatch(r"-{3,}", line)):
            out[title].append(line)
    return out


def documented(doc: str) -> set[str]:
    """Names that the Parameters section explains: unindented lines, perhaps several names with commas."""
    heads = [line for line in sections(doc).get("Parameters", []) if re.match(r"\S", line)]
    return {name.strip(" *") for head in heads for name in head.partition(":")[0].split(",")}


def lacks(func: Callable) -> list[str]:
    """What a public function should have and lacks, in words."""
    doc, signature = func.__doc__ or "", inspect.signature(func)
    found = sections(doc)
    out = []
    if not any(line.strip() for line in found[""]):
        out.append("a summary")
    elif not found[""][0].endswith("."):
        out.append("a summary of one line that ends in a full stop")
    if missing := set(signature.parameters) - documented(doc):
        out.append(f"an explanation of the parameters {sorted(missing)}")
    if stale := documented(doc) - set(signature.parameters):
        out.append(f"parameters by the names {sorted(stale)}, which the docstring explains")
    if "Examples" not in found or ">>>" not in "\n".join(found["Examples"]):
        out.append("an example that runs")
    if signature.return_annotation not in ("None", None) and "Returns" not in found:
        out.append("a Returns section")
    if re.search(r"\S -{4,}", doc):
        out.append("a title on a line of its own above each dashed line")
    if re.search(r"%\(\w+\)s", doc):
        out.append("a docstring with its shared texts filled in (@fill)")
    if bare := [p.name for p in signature.parameters.values() if p.annotation is p.empty]:
        out.append(f"annotations of {bare}")
    if signature.return_annotation is signature.empty:
        out.append("an annotation of what it returns")
    return out


def test_there_are_functions_to_walk():
    assert {name.split(".")[0] for name, _ in FUNCTIONS} >= {"pp", "tl", "get", "io", "datasets", "priors"}


def test_every_public_name_is_exported_once_and_there():
    for namespace in NAMESPACES:
        module = importlib.import_module(f"csmir.{namespace}")
        names = list(getattr(module, "__all__", ()))
        assert len(names) == len(set(names)), namespace
        assert [n for n in names if not hasattr(module, n)] == [], namespace


@every_function
def test_documentation_is_whole(func):
    missing = lacks(func)
    assert not missing, f"{func.__module__}.{func.__name__} lacks " + "; ".join(missing)


@every_function
def test_documentation_says_what_is_raised(func):
    assert any(sections(func.__doc__).get("Raises", [])), f"{func.__module__} lacks a Raises section"


@every_function
def test_keyword_only_after_data_and_one_more(func):
    name = next(n for n, f in FUNCTIONS if f is func)
    positional = [
        p.name
        for p in inspect.signature(func).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    assert len(positional) <= 2 or name in POSITIONAL, f"make all but the first two of {positional} keyword-only"


@every_function
def test_no_mutable_default_and_no_swallowed_options(func):
    for p in inspect.signature(func).parameters.values():
        assert not isinstance(p.default, MUTABLE), f"{p.name}={p.default!r} is shared between calls"
        assert p.kind is not p.VAR_KEYWORD, f"**{p.name} swallows misspelt options"


@every_function
def test_copy_is_off_by_default(func):
    copy = inspect.signature(func).parameters.get("copy")
    assert copy is None or copy.default is False


@every_function
def test_one_word_per_idea(func):
    """`groups` stratifies, `groupby` contrasts or colours, `group` is a level of it, `key_added` names an output."""
    parameters = inspect.signature(func).parameters
    for word, others in WORDS.items():
        assert not others & set(parameters), f"call {sorted(others & set(parameters))} `{word}`"
    for name in {"groups", "sample"} & set(parameters):
        assert parameters[name].default is None, f"without `{name}`, all cells are taken together"
        assert str(parameters[name].annotation).startswith("str |"), f"`{name}` is a column, by its name"
    if "group" in parameters and "key" not in parameters:
        assert "groupby" in parameters, "`group` is a level of the column `groupby`"
    assert not {"key", "key_added"} <= set(parameters), "`key` is what is read, `key_added` what is written"
    if "key_added" in parameters:
        assert func.__module__.startswith("csmir.tl."), "only steps write results"


@every_function
def test_documentation_begins_with_a_verb(func):
    """In the imperative; of private helpers a name of what they give will do."""
    first = (func.__doc__ or "").split()[0]
    assert re.fullmatch("[A-Z][a-z]*[a-rt-z],?", first)
    assert first not in {"The", "A", "An", "What", "Which", "Whether", "How", "All", "Every", "Each", "Number", "Name"}


def test_checker_finds_what_is_lacking():
    def bad(data, extra: int = 0, **options):
        """No full stop

        Parameters
        ----------
        data
            The data.
        gone
            Not there any more.
        """

    text = "; ".join(lacks(bad))
    for what in (
        "full stop",
        "['extra', 'options']",
        "['gone']",
        "an example",
        "['data', 'options']",
        "what it returns",
    ):
        assert what in text


def test_checker_is_content_with_a_good_one():
    def good(data: int, *, mirna: str, mrna: str) -> None:
        """Do it.

        Parameters
        ----------
        data
            The data.
        mirna, mrna
            Names.

        Examples
        --------
        >>> 1 + 1
        2
        """

    assert lacks(good) == []


def imported(tree: ast.AST) -> set[str]:
    """Full names of the modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def keys() -> list[str]:
    """Every slot and column name of the package."""
    values = []
    for name, value in vars(csmir._keys).items():
        if isinstance(value, str) and not name.startswith("__"):
            values.append(value)
        elif inspect.isclass(value):
            values += [v for k, v in vars(value).items() if not k.startswith("__")]
    return sorted(set(values))


def test_data_structure_page_lists_every_key():
    page = (DOCS / "data-structure.md").read_text()
    missing = [key for key in keys() if not re.search(rf"(?<![\w.]){re.escape(key)}(?!\w)", page)]
    assert not missing, f"docs/data-structure.md lacks {missing}: say where it is, its type, and what writes it"


@every_file
def test_user_input_is_never_checked_with_assert(path):
    at = [n.lineno for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Assert)]
    assert not at, f"raise InputError in place of assert in line(s) {at}"


@every_file
def test_files_stay_short(path):
    n = len(path.read_text().splitlines())
    assert n <= LONGER.get(path.relative_to(SRC).as_posix(), MAX_LINES), f"{n} lines: split it at its second job"


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.name) for p in FILES if p.parent.name == "kernels" and p.name != "__init__.py"]
)
def test_kernels_take_arrays_and_know_nothing_of_ours(path):
    allowed = {"numpy", "numba", "llvmlite", "scipy", "sklearn", "threadpoolctl", *sys.stdlib_module_names}
    for name in imported(ast.parse(path.read_text())):
        room = name.split(".")
        assert room[0] in allowed or room[:2] == ["csmir", "kernels"], f"{path.name} imports {name}"


ASK_FRESH = """
import logging, sys, time, warnings
import mudata
before, filters, handlers = set(sys.modules), list(warnings.filters), list(logging.root.handlers)
start = time.process_time()
import csmir
rooms = [getattr(csmir, name) for name in csmir.__all__]  # each is imported when it is first entered
seconds = time.process_time() - start
heavy = {"scanpy", "matplotlib", "decoupler", "numba", "networkx", "dask", "sklearn", "pooch", "tqdm", "scipy.stats"}
print(sorted(heavy & (set(sys.modules) - before)))
print(warnings.filters == filters, logging.root.handlers == handlers)
print({type(h).__name__ for name in logging.root.manager.loggerDict if name.split(".")[0] == "csmir"
       for h in logging.getLogger(name).handlers})
print(logging.getLogger("csmir").level)
print(seconds)
"""


@pytest.fixture(scope="module")
def fresh_import() -> list[str]:
    """What a fresh interpreter says of importing csmir after mudata."""
    return subprocess.run(
        [sys.executable, "-c", ASK_FRESH], capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_importing_brings_in_nothing_heavy(fresh_import):
    # where the package cannot be written to, numba has to learn of another folder before scanpy or we ask it to compile
    expected = "[]" if os.access(SRC / "kernels", os.W_OK) else "['numba']"
    assert fresh_import[0] == expected, f"import {fresh_import[0]} inside the functions that need them"


def test_importing_has_no_side_effects(fresh_import):
    assert fresh_import[1:4] == ["True True", "{'NullHandler'}", "0"]
