"""Every figure of cs.pl: its words, bars, points and images."""

from __future__ import annotations

from collections.abc import Callable

import csmir as cs
from benchmarks.alignment.drawn import of_figure
from benchmarks.alignment.steps import first_cell


def _first_pair(mdata) -> dict[str, str]:
    mirna, mrna = min(mdata["regulation"].var[["mirna", "mrna"]].astype(str).to_numpy().tolist())
    return {"mirna": mirna, "mrna": mrna}


def _per_cell(mdata, **options):
    """Without the null, which is of cells by their pairing and stays when the networks cannot be shuffled again."""
    mdata["regulation"].obs.drop(columns="n_null", errors="ignore", inplace=True)
    return cs.pl.per_cell(mdata, columns="n_interactions", **options)


def _per_cell_null(mdata, **options):
    """The mean of the null of each cell."""
    return cs.pl.per_cell(mdata, columns="n_null", **options)


def _similarity(mdata, **options):
    """Cells, which have no names at the axes, stand in the order of the object: bring them into that of their names."""
    adata = mdata["regulation"]
    return cs.pl.similarity(adata[sorted(adata.obs_names)].copy(), **options)


def _volcano(mdata, **options):
    import scanpy as sc

    adata = mdata["regulation"]
    sc.tl.rank_genes_groups(adata, "group", method="t-test")
    return cs.pl.volcano(mdata, sorted(adata.obs["group"].unique())[0], **options)


def _embedding(mdata, **options):
    degree = mdata["regulation"].obsm["out_degree"]
    mdata["regulation"].obsm["X_toy"] = degree[sorted(degree)[:2]].to_numpy(dtype=float)
    return cs.pl.embedding(mdata, basis="toy", **options)


def _overview(mdata, **options):
    """Without the second clustering and the comparison: once these are left out, other panels are in their place.

    Cells, which have no names at the axes, stand in the order of the object: bring them into that of their names.
    """
    adata = mdata["regulation"]
    for name in ("cluster_expression", "comparison", "comparison_tests"):
        adata.uns.get("csmir", {}).pop(name, None)
    mdata.mod["regulation"] = adata[sorted(adata.obs_names)].copy()
    return cs.pl.overview(mdata, **options)


def _family(mdata, **options):
    """Cells, not all of which have names at the axes, stand in the order of the object: bring them into name order."""
    adata = mdata["regulation"]
    return cs.pl.family(adata[sorted(adata.obs_names)].copy(), **options)


def _compare(mdata, **options):
    """Cells, which have no names, stand side by side in the order of the table: bring them into that of their names."""
    noted = mdata["regulation"].uns.get("csmir", {})
    if "comparison" in noted:
        noted["comparison"] = noted["comparison"].astype({"cell": str}).sort_values(["network", "cell"], kind="stable")
    return cs.pl.compare(mdata, **options)


def _module(mdata, **options):
    """The first module by its network and members, in one colour."""
    found = cs.get.modules(mdata).astype({"network": str, "feature": str})
    members = found.groupby("module").agg({"network": "first", "feature": lambda names: tuple(sorted(names))})
    first = members.sort_values(["network", "feature"]).index[0]
    return cs.pl.module(mdata, int(first), color=None, **options)


FIGURES: dict[str, Callable] = {
    "overview": _overview,
    "family": _family,
    "compare": _compare,
    "per_cell": _per_cell,
    "per_cell of the null": _per_cell_null,
    "box": lambda m, **k: cs.pl.box(m, **_first_pair(m), **k),
    "local": lambda m, **k: cs.pl.local(m, **_first_pair(m), cell=first_cell(m), **k),
    "pair": lambda m, **k: cs.pl.pair(m, **_first_pair(m), groupby="group", **k),
    "groups": lambda m, **k: cs.pl.groups(m, "group", **k),
    "groups of pairs": lambda m, **k: cs.pl.groups(m, "group", of="pairs", n_top=1000, **k),
    "intervals": lambda m, **k: cs.pl.intervals(m, max_q=1, n_top=1000, **k),
    "differential": lambda m, **k: cs.pl.differential(m, n_names=0, **k),
    "targeting": lambda m, **k: cs.pl.targeting(m, n_top=1000, **k),
    "targeting of one": lambda m, **k: cs.pl.targeting(m, _first_pair(m)["mirna"], net=m.uns["prior"], **k),
    "embedding": _embedding,
    "similarity": _similarity,
    "volcano": _volcano,
    # in one colour: by default that of what is known, which a move may take away
    "network": lambda m, **k: cs.pl.network(m, first_cell(m), color=None, **k),
    "module": _module,
    "flow": lambda m, **k: cs.pl.flow(m, alpha=None, **k),
    "curves": lambda m, **k: cs.pl.curves(m, n_shuffles=2, **k),
    "stability": lambda m, **k: cs.pl.stability(m, **k),
    "seeds": lambda m, **k: cs.pl.stability(m, "seeds", **k),
}
# cells, which have no names at their axis, stand in the order of the object
IN_ORDER = ("per_cell", "per_cell of the null")
# of several steps, each of which may have to be run again; the raster of intervals has no row of a pair that is gone
SOME = ("overview", "intervals")
PLAIN = (
    "activity", "agreement", "cluster", "crosstalk", "enrich", "null", "out_degree", "recurrence", "sign", "upset",
)  # fmt: skip


def figure(name: str, mdata) -> object:
    """What a figure shows."""
    draw = FIGURES[name] if name in FIGURES else getattr(cs.pl, name)
    drawn = draw(mdata, return_fig=True, show=False)
    cells = list(mdata["regulation"].obs_names) if name in IN_ORDER else None
    return of_figure(drawn, cells, some=name in SOME)
