"""Every figure that a run allows, in reading order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks, pl
from csmir._errors import InputError
from csmir._report.cells import middle


class Figure(NamedTuple):
    """A drawn figure, or why there is none."""

    name: str  # of its file
    title: str
    caption: str
    fig: Any  # matplotlib Figure, or None
    why: str  # it was not drawn; "" if it was


class Plan(NamedTuple):
    """A figure to be drawn: its words, and a call that returns it."""

    name: str
    title: str
    caption: str
    draw: Callable[..., Any]


def drawn(mdata: MuData, regulation: str = K.REGULATION) -> Iterator[Figure]:
    """Draw one after the other. What a missing step or too few data forbid comes with the reason in its place."""
    for plan in plans(mdata, regulation):
        try:
            fig = plan.draw(regulation=regulation, return_fig=True, show=False)
        except InputError as e:
            yield Figure(*plan[:3], None, str(e))
            continue
        why = _why_empty(fig)
        yield Figure(*plan[:3], None if why else fig, why)


def plans(mdata: MuData, regulation: str) -> list[Plan]:
    """All figures, whether or not the data allow them."""
    adata = _mudata.read_regulation(mdata, regulation)
    groups = K.Obs.CLUSTER if K.Obs.CLUSTER in adata.obs else None
    cell = str(adata.obs_names[middle(_mudata.edges(adata).getnnz(axis=1), adata.obs_names)])
    noted = adata.uns.get(K.UNS, {})
    agreement = Plan("agreement", "Agreement of clusterings", AGREEMENT, lambda **k: pl.agreement(mdata, **k))
    flow = Plan("flow", "From miRNAs to gene sets", FLOW, lambda **k: pl.flow(mdata, **k))
    out = [
        Plan("overview", "Overview", "What was done, and what came out.", lambda **k: pl.overview(mdata, **k)),
        *_of_sets(mdata),
        *_activities(mdata),
        Plan("per_cell", "Each cell's network", PER_CELL, lambda **k: pl.per_cell(mdata, **k)),
        Plan("recurrence", "Recurrence of interactions", RECURRENCE, lambda **k: pl.recurrence(mdata, **k)),
        Plan("recurrence_hubs", "Recurrence of hubs", HUBS, lambda **k: pl.recurrence(mdata, on="hubs", **k)),
        Plan("sign", "Repression and activation", SIGN, lambda **k: pl.sign(mdata, **k)),
        Plan("null", "Data against shuffled cells", NULL, lambda **k: pl.null(mdata, **k)),
        Plan("support", "Support over the runs", SUPPORT, lambda **k: pl.stability(mdata, **k)),
        Plan("seeds", "Other seeds", SEEDS, lambda **k: pl.stability(mdata, "seeds", **k)),
        Plan("out_degree", "miRNAs by cell", DEGREE, lambda **k: pl.out_degree(mdata, groupby=groups, **k)),
        *_by_group(mdata, groups),
        Plan("similarity", "Similarity of the cells", SIMILARITY, lambda **k: pl.similarity(mdata, **k)),
        Plan("cluster", "Trees of the cells", CLUSTER, lambda **k: pl.cluster(mdata, **k)),
        *_where(K.Table.AGREEMENT in noted, agreement),
        Plan("crosstalk", "Crosstalk of the cells", CROSSTALK, lambda **k: pl.crosstalk(mdata, **k)),
        Plan("network", f"The network of {cell}", NETWORK, lambda **k: pl.network(mdata, cell, **k)),
        _one_pair(mdata, adata, cell),
        Plan("module", "The first module", MODULE, lambda **k: pl.module(mdata, **k)),
        Plan("enrichment", "Enriched gene sets", ENRICH, lambda **k: pl.enrich(mdata, **k)),
        *_where(K.Table.ENRICHMENT in noted, flow),
        *_where(K.TRUTH in mdata.mod and regulation != K.TRUTH, _curves(mdata)),
        Plan("validated", "Validated interactions", COMPARE, lambda **k: pl.compare(mdata, **k)),
        Plan("family", "A miRNA family", FAMILY, lambda **k: pl.family(mdata, **k)),
    ]
    tested = adata.uns.get("rank_genes_groups", {})
    if "names" in tested:  # scanpy leaves an entry without them where it stopped at a group of one cell
        out += [_volcano(mdata, str(group)) for group in tested["names"].dtype.names]
    for basis in ("umap", "pca"):
        if f"X_{basis}" in adata.obsm:
            out.append(_embedding(mdata, basis))
    return out


PER_CELL = "Size of each cell's network, and what was counted in it; the dashed line is the median."
RECURRENCE = (
    "In how many cells an interaction is found: rewired ones in one cell, conserved ones in nearly all. The line, "
    "if there is one, is what shuffled pairings give."
)
SIGN = (
    "Rank correlation of the pairs over all cells; the outline is of all pairs tested. Bars that follow the dashed "
    "curve, of independent pairs, say nothing of repression."
)
HUBS = "In how many cells a miRNA is a hub."
NULL = "Interactions after the pairing of miRNA and mRNA profiles was shuffled, beside those of the data."
SUPPORT = (
    "In which share of the bootstrap runs an interaction is found. Near one half, another seed would turn it over."
)
SEEDS = "What other bootstrap seeds find, and to what extent two of them agree (Jaccard index)."
DEGREE = "Number of targets of each miRNA in each cell; pale grey is none."
GROUPS = (
    "The interactions whose share of cells differs most between the clusters. Clusters that were made from the "
    "networks differ by construction."
)
SIMILARITY = "Share of interactions that two cells have in common, of the smaller network."
CLUSTER = "Hierarchical clustering of the cells, by each of the distances."
AGREEMENT = "How far every two clusterings of the cells agree. In the band, where dots are hollow, it is chance."
CROSSTALK = "Cells are joined where their networks are more alike than most."
NETWORK = "The cell's strongest edges around the miRNAs with the most targets: an example, one cell of all."
BOX = "The boxes of one pair in one cell: how the counts inside them make z."
MODULE = "miRNAs and mRNAs that are all joined."
ENRICH = "Gene sets over-represented among the mRNAs of modules, cells or miRNAs."
FLOW = "Which miRNAs act on which genes of the enriched gene sets; as wide as the number of cells."
CURVES = "Of the simulated truth: how much of what is found is regulated, and how much of what is regulated is found."
COMPARE = "Validated share of each cell's network beside that of the other networks."
FAMILY = "How the targets of the family differ between the cells."
VOLCANO = "Interactions that this group of cells has more often, or less, by scanpy's test."


def _by_group(mdata: MuData, groups: str | None) -> list[Plan]:
    """Interactions by cluster, where there are clusters."""
    if groups is None:
        return []
    draw = lambda **k: pl.groups(mdata, groups, of="pairs", **k)  # noqa: E731
    return [Plan("groups", "Interactions by cluster", GROUPS, draw)]


def _where(there: bool, plan: Plan) -> list[Plan]:
    """The plan where its data are."""
    return [plan] if there else []


def _curves(mdata: MuData) -> Plan:
    """Of the networks against the truth that was simulated."""
    title = "Networks against the simulated truth"
    return Plan("curves", title, CURVES, lambda regulation, **k: pl.curves(mdata, regulation, **k))


ACTIVITY = (
    "Whether the activity that was inferred of a miRNA follows its measured level; points on the dashed line say "
    "nothing."
)
TARGETING = (
    "How far the targets of each miRNA go down with it, beyond matched mRNAs that are not targets; the intervals are "
    "1.96 standard deviations when the cells are permuted."
)
DIFFERENTIAL = "How much more negative or positive a pair's correlation is under one condition, against its q-value."
LOCAL = "One pair in one cell: the cells that it is compared with, their residual ranks, and the correlation."


def _activities(mdata: MuData) -> list[Plan]:
    """Inferred activities beside levels, of each modality of them."""
    found = [name for name, one in mdata.mod.items() if "activity" in one.uns.get(K.UNS, {})]

    def draw(key: str, regulation: str, **options: Any) -> Any:  # of no network
        return pl.activity(mdata, key=key, **options)

    names = ["activity"] if len(found) == 1 else [_file("activity", key) for key in found]
    title = "Inferred activity and level"
    return [Plan(name, title, ACTIVITY, partial(draw, key)) for name, key in zip(names, found, strict=True)]


def _of_sets(mdata: MuData) -> list[Plan]:
    """Targets of each miRNA as a set, and differences between conditions, where they were tested."""

    def without(options: dict[str, Any]) -> dict[str, Any]:  # these are of no network
        return {name: value for name, value in options.items() if name != "regulation"}

    out = []
    if "targeting" in mdata.mod.get(K.TARGETING, AnnData()).uns.get(K.UNS, {}):
        draw = lambda **k: pl.targeting(mdata, **without(k))  # noqa: E731
        out.append(Plan("targeting", "miRNAs and their targets", TARGETING, draw))
    if K.Table.DIFFERENTIAL in mdata.uns.get(K.UNS, {}):
        draw = lambda **k: pl.differential(mdata, **without(k))  # noqa: E731
        out.append(Plan("differential", "Differences between conditions", DIFFERENTIAL, draw))
    return out


def _one_pair(mdata: MuData, adata: AnnData, cell: str) -> Plan:
    """How the statistic of the example cell's strongest edge comes about."""
    if adata.uns.get(K.UNS, {}).get("regulation", {}).get("statistic") == "local":
        return Plan(
            "local", "How one correlation comes about", LOCAL, lambda **k: _pair(pl.local, mdata, adata, cell, **k)
        )
    return Plan("box", "How one z comes about", BOX, lambda **k: _pair(pl.box, mdata, adata, cell, **k))


def _file(*parts: str) -> str:
    """A name that every file system takes."""
    return "_".join("".join(c if c.isalnum() else "_" for c in part) for part in parts)


def _volcano(mdata: MuData, group: str) -> Plan:
    title = f"Differential regulation of {group}"
    return Plan(_file("volcano", group), title, VOLCANO, lambda **k: pl.volcano(mdata, group, **k))


def _embedding(mdata: MuData, basis: str) -> Plan:
    title = f"Out-degrees in the {basis.upper()}"
    caption = "The miRNAs whose number of targets varies most between the cells."
    return Plan(f"embedding_{basis}", title, caption, lambda **k: pl.embedding(mdata, basis=basis, **k))


def _pair(draw: Callable[..., Any], mdata: MuData, adata: Any, cell: str, **options: Any) -> Any:
    """The example cell's strongest edge of the miRNA with the most targets there."""
    row = _networks.cell_positions(adata, cell)[0]
    x = adata.X[[row]].tocoo()
    if x.nnz == 0:
        raise InputError(f"{cell} has an empty network.")
    mirna = adata.var[K.Var.MIRNA].astype(str).to_numpy()[x.col]
    most = max(dict.fromkeys(mirna), key=lambda name: int((mirna == name).sum()))
    of = np.flatnonzero(mirna == most)
    pair = x.col[of[np.argmax(np.abs(x.data[of]))]]
    ends = {"mirna": most, "mrna": str(adata.var[K.Var.MRNA].iloc[pair])}
    return draw(mdata, cell=cell, **ends, **options)


def _why_empty(fig: Any) -> str:
    """The words of a figure whose panels are all empty."""
    from csmir.pl._kit.style import is_empty

    panels = [ax for ax in fig.axes if ax.axison or ax.texts]
    if not panels or not all(is_empty(ax) for ax in panels):
        return ""
    return " ".join(dict.fromkeys(text.get_text().replace("\n", " ") for ax in panels for text in ax.texts))
