"""What the pages say of the code is so."""

from __future__ import annotations

import ast
import contextlib
import inspect
import itertools
import operator
import re
import warnings
from pathlib import Path

import pytest

import csmir as cs

ROOT = Path(__file__).resolve().parents[1]
DOCS, SRC = ROOT / "docs", ROOT / "src" / "csmir"
PAGE = DOCS / "data-structure.md"


def texts() -> str:
    """Every text of the source; a name or number inside one is `...`, as are joints of texts."""
    out = []
    for path in sorted(SRC.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [v.value if isinstance(v, ast.Constant) else "..." for v in node.values]
                out.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                out.append(node.value)
    return "\n".join(out)


def quoted() -> list[str]:
    page = (DOCS / "faq.md").read_text().partition("## Questions")[0]
    lines = page.splitlines()
    terms = [line for line, after in itertools.pairwise(lines) if after.startswith(": ")]
    return [text for line in terms for text in re.findall(r'"([^"]+)"', line)]


# said in words of our own once -> as the field says it
HOME_MADE = {
    r"\bis no column of": "is not a column of",
    r"\btaken in by\b": "confounded by",
    r"\bare no putative\b": "are not putative",
    r"\bnobody knows the names\b": "not measured",
    r"\bturned round\b": "the wrong way round",
    r"\b(it|mdata|path|name) is no (?!longer|more|such)": "is not a",
    r"\b(rank|mean) (is|are) taken off\b": "is subtracted",
}


def test_the_terms_are_those_of_the_field():
    """HOUSE.md, "Names and English": in the README, the pages, docstrings and messages."""
    files = [ROOT / "README.md", *DOCS.glob("*.md"), *(p for p in SRC.rglob("*.py") if "kernels" not in p.parts)]
    assert len(files) > 200
    found = [
        f"{path.relative_to(ROOT)}: {match[0]!r}, say {better!r}"
        for path in files
        for words, better in HOME_MADE.items()
        for match in re.finditer(words, path.read_text())
    ]
    assert found == []


def test_messages_of_the_page_on_errors_are_those_of_the_code():
    source = texts()
    gone = [text for text in quoted() if text not in source]
    assert len(quoted()) > 25
    assert not gone, f"docs/faq.md quotes messages that no code says any more: {gone}"


@pytest.fixture(scope="module")
def everything():
    """Few cells through every tool, so that every key is there."""
    mdata = cs.datasets.simulated(n_cells=12, n_mirnas=12, n_mrnas=60, prior_density=0.4, seed=1)
    net = mdata.uns["prior"]
    quick = {"n_threads": 1, "progress": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cs.pp.recipe_csmir(mdata)
        cs.tl.activity(mdata, net)
        cs.tl.regulation(mdata, net, statistic="local", regulation="by_local", keep="all", **quick)
        cs.pp.bootstrap_cells(mdata, n_runs=8)
        cs.tl.regulation(mdata, net, **quick)
        cs.tl.hubs(mdata)
        cs.tl.conservation(mdata, groups="group", elsewhere=0.5)
        cs.tl.similarity(mdata)
        cs.tl.similarity(mdata, on=["interactions", "hubs"], n_neighbors=3)
        cs.tl.cluster(mdata, ["interactions", "expression"], k=2)
        cs.tl.neighbors(mdata, n_neighbors=4)
        cs.tl.crosstalk(mdata)
        cs.tl.sign(mdata)
        cs.tl.null(mdata, n_permutations=2, **quick)
        cs.tl.stability(mdata, n_seeds=2, **quick)
        cs.tl.validate(mdata, net.iloc[::2], disease=[*net["source"].unique()[:6], *net["target"].unique()[:40]])
        cs.tl.compare(mdata, net.iloc[::2], against="prior", progress=False)
        cs.tl.family(mdata, list(mdata["mirna"].var_names[:5]), name="five", progress=False)
        cs.tl.modules(mdata, "conserved")
        cs.tl.enrich(mdata, {"some": mdata["mrna"].var_names[:30]}, alpha=None)
        cs.tl.enrich_disease(mdata, mdata["mrna"].var_names[:20])
        cs.tl.synergy(mdata, alpha_shared=1.0, progress=False)
        cs.tl.targeting(mdata, net, min_targets=2, n_permutations=100, sweep=[1], progress=False)
        cs.tl.sponge(mdata, min_shared=1, alpha_shared=1.0, adjust=False, progress=False)
        cs.tl.modules(mdata, "cells", regulation="sponge")
        cs.tl.module_scores(mdata, max_modules=100_000)
    return mdata


@pytest.fixture(scope="module")
def typed():
    """Cells that fall into types, through what only the local test of enough cells has."""
    mdata = cs.datasets.simulated(n_cells=150, n_mirnas=8, n_mrnas=80, shift=1, marker_share=0.4, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cs.pp.recipe_csmir(mdata)
        cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", n_threads=1, progress=False)
        cs.tl.direct(mdata)
        cs.tl.intervals(mdata)
    return mdata["regulation"]


def slots(adata) -> dict[str, list[str]]:
    # newer anndata lists X among the layers, as None
    found = {k: [n for n in getattr(adata, k) if n is not None] for k in ("obs", "var", "obsm", "obsp", "layers")}
    return found | {"uns": list(adata.uns.get("csmir", {}))}


@pytest.mark.parametrize(
    "key", ["regulation", "by_local", "synergy", "sponge", "targeting", "mirna_inferred", "module_scores"]
)
def test_every_key_that_is_written_is_on_the_page(everything, key):
    page = PAGE.read_text()
    own = set(everything.obs.columns)  # carried along
    endings = ("_distances", "_connectivities", "_parameters")  # said once for all
    unknown = []
    for kind, names in slots(everything[key]).items():
        for name in set(names) - own:
            known = f'"{name}"' in page or f"`{name}`" in page or name.endswith(endings)
            known = known or (kind == "uns" and name.endswith("_neighbors"))
            # parameters of a step are under the step's own name, which the API has
            known = known or (kind == "uns" and hasattr(cs.tl, name))
            # a second clustering is named after what it is on
            known = known or name.removesuffix("_expression") == "cluster"
            if not known:
                unknown.append(f'.{kind}["{name}"]')
    assert not unknown, f"docs/data-structure.md lacks {sorted(unknown)} of mdata[{key!r}]"


def test_every_slot_on_the_page_is_written(everything, typed):
    """The other way round, for the networks: a row whose key nothing writes has gone stale."""
    page = PAGE.read_text()
    section = page.partition('## `mdata["regulation"]`')[2].partition("## `mdata")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `.")]
    named = re.findall(r'`\.(layers|var|obs|obsm|obsp|uns)(?:\["csmir"\])?\["(\w+)"\]', "\n".join(rows))
    there: dict[str, set[str]] = {}
    for adata in (everything["regulation"], everything["by_local"], typed):
        for kind, names in slots(adata).items():
            there.setdefault(kind, set()).update(names)
    stale = [f'.{kind}["{name}"]' for kind, name in named if name != "csmir" and name not in there[kind]]
    assert len(named) > 40
    assert not stale, f"nothing writes {stale}"


def calls(text: str) -> list[ast.Call]:
    """Calls of `cs.room.name(...)`, not of what one returns, in the Python blocks and the code in lines of a page."""
    blocks = re.findall(r"^```(?:python|\{code-cell\})\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    out = []
    for source in (*blocks, *re.findall(r"`([^`\n]+)`", prose)):
        source = re.sub(r"\A---\n.*?^---\n", "", source, flags=re.DOTALL | re.MULTILINE)  # options of a cell
        source = "\n".join(line for line in source.splitlines() if not line.startswith((":", "%")))
        with (
            contextlib.suppress(SyntaxError),
            warnings.catch_warnings(action="ignore"),
        ):  # code of other languages, or a part of a call
            nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
            out += [n for n in nodes if re.fullmatch(r"cs(\.\w+)+", ast.unparse(n.func))]
    return out


def test_calls_on_the_pages_have_arguments_that_exist():
    found = [(p.name, c) for p in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))) for c in calls(p.read_text())]
    assert len(found) > 200
    wrong = []
    for page, call in found:
        function = operator.attrgetter(ast.unparse(call.func).removeprefix("cs."))(cs)
        keywords = {k.arg: None for k in call.keywords if k.arg}
        try:
            inspect.signature(function).bind_partial(*call.args, **keywords)
        except TypeError as e:
            wrong.append(f"{page}: {ast.unparse(call)}: {e}")
    assert wrong == []


def test_the_table_of_situations_has_whole_calls():
    table = (DOCS / "statistics.md").read_text().partition("| you have |")[2].partition("\n\n")[0]
    rows = [line.split(" | ")[1] for line in table.splitlines()[2:]]
    assert len(rows) == 9
    without = [row for row in rows if not calls(row) and not row.startswith("leave `groups` out")]
    assert without == []
    for call in calls("\n".join(rows)):
        required = inspect.signature(operator.attrgetter(ast.unparse(call.func).removeprefix("cs."))(cs))
        required.bind(*call.args, **{k.arg: None for k in call.keywords if k.arg})  # nothing is missing
