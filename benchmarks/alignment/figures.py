"""Every figure of cs.pl: its words, bars, points and images."""

from __future__ import annotations

from collections.abc import Callable

import csmir as cs
from benchmarks.alignment import by_name
from benchmarks.alignment.steps import first_cell


def _first_pair(mdata) -> dict[str, str]:
    mirna, mrna = min(mdata["regulation"].var[["mirna", "mrna"]].astype(str).to_numpy().tolist())
    return {"mirna": mirna, "mrna": mrna}


def _per_cell(mdata, **options):
    """Without the null, which is of cells by their pairing and stays when the networks cannot be shuffled again."""
    mdata["regulation"].obs.drop(columns="n_null", errors="ignore", inplace=True)
    return cs.pl.per_cell(mdata, columns="n_interactions", **options)


def _volcano(mdata, **options):
    import scanpy as sc

    adata = mdata["regulation"]
    sc.tl.rank_genes_groups(adata, "group", method="t-test")
    return cs.pl.volcano(mdata, sorted(adata.obs["group"].unique())[0], **options)


def _embedding(mdata, **options):
    mdata["regulation"].obsm["X_toy"] = mdata["regulation"].obsm["out_degree"].to_numpy()[:, :2].astype(float)
    return cs.pl.embedding(mdata, basis="toy", **options)


def _overview(mdata, **options):
    """It shows another clustering where that of the interactions was left out: take away the other."""
    mdata["regulation"].uns.get("csmir", {}).pop("cluster_expression", None)
    return cs.pl.overview(mdata, **options)


FIGURES: dict[str, Callable] = {
    "overview": _overview,
    "per_cell": _per_cell,
    "box": lambda m, **k: cs.pl.box(m, **_first_pair(m), **k),
    "local": lambda m, **k: cs.pl.local(m, **_first_pair(m), cell=first_cell(m), **k),
    "pair": lambda m, **k: cs.pl.pair(m, **_first_pair(m), groupby="group", **k),
    "pair as associated": lambda m, **k: cs.pl.pair(m, **_first_pair(m), **k),
    "groups": lambda m, **k: cs.pl.groups(m, "group", **k),
    "groups of pairs": lambda m, **k: cs.pl.groups(m, "group", of="pairs", n_top=1000, **k),
    "intervals": lambda m, **k: cs.pl.intervals(m, max_q=1, n_top=1000, **k),
    "differential": lambda m, **k: cs.pl.differential(m, n_names=0, **k),
    "targeting": lambda m, **k: cs.pl.targeting(m, n_top=1000, **k),
    "targeting of one": lambda m, **k: cs.pl.targeting(m, _first_pair(m)["mirna"], net=m.uns["prior"], **k),
    "embedding": _embedding,
    "volcano": _volcano,
    "network": lambda m, **k: cs.pl.network(m, first_cell(m), **k),
    "stability": lambda m, **k: cs.pl.stability(m, **k),
    "seeds": lambda m, **k: cs.pl.stability(m, "seeds", **k),
}
# where points are, a layout or what was left out decides
BY_LAYOUT = ("crosstalk", "module", "network", "overview")
PLAIN = (
    "cluster", "compare", "crosstalk", "enrich", "family", "module", "null", "out_degree",
    "recurrence", "similarity", "upset",
)  # fmt: skip


def figure(name: str, mdata) -> object:
    """The words, bars and images of a figure."""
    draw = FIGURES[name] if name in FIGURES else getattr(cs.pl, name)
    return by_name.of_figure(
        draw(mdata, return_fig=True, show=False), points=name not in BY_LAYOUT, some_cells=name == "intervals"
    )
