"""No option is there for nothing: each changes what its figure draws, or says that it cannot."""

from __future__ import annotations

import hashlib
import inspect
import io
import warnings

import numpy as np
import pytest
import scanpy as sc

import csmir as cs

# of every figure alike: tests/pl/test_style.py (ax, figsize, title, save), tests/pl/test_fit.py (figsize, return_fig)
OF_ALL = {"ax", "figsize", "title", "save", "show", "return_fig"}


@pytest.fixture(scope="module")
def csn():
    """24 cells after every step, by the published statistic."""
    mdata = cs.datasets.simulated(n_cells=24, n_mirnas=12, n_mrnas=60, seed=2)
    net, genes = mdata.uns["prior"], mdata["mrna"].var_names
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=5)
    cs.tl.regulation(mdata, net, box_size=0.2, progress=False)
    cs.tl.hubs(mdata)
    networks = mdata["regulation"]
    networks.obs["thirds"] = np.array(["x", "y", "z"])[np.arange(24) % 3]
    mdata.obs["thirds"] = networks.obs["thirds"].to_numpy()
    networks.obs["given"] = np.arange(24.0)
    cs.tl.conservation(mdata, groups="thirds")
    cs.tl.similarity(mdata)
    cs.tl.cluster(mdata, ["interactions", "hubs", "expression"], k=2)
    cs.tl.crosstalk(mdata, on=["interactions", "hubs"])
    cs.tl.validate(mdata, net.iloc[::2], disease=[*mdata["mirna"].var_names[:5], *genes[:40]])
    cs.tl.compare(mdata, net.iloc[::2], against=["prior", "random"], n_random=3)
    names = list(mdata["mirna"].var_names)
    cs.tl.family(mdata, names[:6], name="six", progress=False)
    cs.tl.modules(mdata, "cells", min_mirnas=1)
    cs.tl.sign(mdata)
    sets = {f"some {i}": genes[i * 7 : i * 7 + 20] for i in range(6)}
    cs.tl.enrich(mdata, sets, of="mirnas", share=0, alpha=None)
    cs.tl.stability(mdata, n_seeds=2)
    cs.tl.null(mdata, n_permutations=3, progress=False)
    sc.pp.pca(mdata["mrna"], n_comps=2)
    mdata.obsm["X_other"] = mdata["mrna"].obsm["X_pca"][:, ::-1].copy()
    networks.obs["cluster"] = networks.obs["cluster"].astype("category")
    sc.tl.rank_genes_groups(networks, "cluster", method="wilcoxon")
    return mdata


@pytest.fixture(scope="module")
def local():
    """120 cells along a path, by the local test."""
    mdata = cs.datasets.simulated(
        n_cells=120, n_mirnas=8, n_mrnas=50, prevalence=0.5, structure="trajectory", effect=4.0, dropout=0.0, seed=1
    )
    net = mdata.uns["prior"]
    cs.pp.recipe_csmir(mdata)
    options = {"statistic": "local", "keep": "all", "neighbors": "expression", "progress": False}
    cs.tl.regulation(mdata, net, alpha=0.2, **options)
    cs.tl.regulation(mdata, net, alpha=0.01, regulation="strict", **options)
    cs.tl.association(mdata)
    cs.tl.similarity(mdata, on=["interactions", "expression"])
    cs.tl.cluster(mdata, ["interactions", "expression"], k=4)
    cs.tl.activity(mdata, net)
    cs.tl.targeting(mdata, net, min_targets=5, n_permutations=100, progress=False)
    mdata.obs["half"] = np.where(np.arange(120) % 2, "a", "b")
    cs.tl.differential(mdata, net, groupby="half", group="a", min_targets=5, n_permutations=100)
    cs.tl.intervals(mdata, order="pseudotime", shortest=10)
    sc.pp.pca(mdata["mrna"], n_comps=2)
    mdata.obsm["X_other"] = mdata["mrna"].obsm["X_pca"][:, ::-1].copy()
    return mdata


@pytest.fixture(scope="module")
def picture(csn, local):
    """A figure as a number, each drawn once."""
    known: dict[str, str] = {}

    def draw(function, options):
        options = {name: value(csn, local) if callable(value) else value for name, value in options.items()}
        data = local if options.pop("local", False) else csn
        key = repr((function, id(data), options))
        if key not in known:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fig = getattr(cs.pl, function)(data, return_fig=True, **options)
            buffer = io.BytesIO()
            fig.savefig(buffer, format="raw", dpi=40)
            known[key] = hashlib.sha256(buffer.getvalue()).hexdigest()
        return known[key]

    return draw


def strongest(mdata):
    """The edge that most cells have."""
    one = mdata["regulation"].var
    one = one.loc[one["n_cells"].idxmax()]
    return str(one["mirna"]), str(one["mrna"])


def other_target(mdata):
    """Another mRNA of the miRNA of the strongest pair."""
    one = mdata["regulation"].var
    mirna, mrna = strongest(mdata)
    return str(one.loc[(one["mirna"] == mirna) & (one["mrna"] != mrna), "mrna"].iloc[0])


ONE = {"mirna": lambda a, b: strongest(a)[0], "mrna": lambda a, b: strongest(a)[1]}
OTHER = {"mirna": lambda a, b: strongest(b)[0], "mrna": lambda a, b: strongest(b)[1], "local": True}
PAIR = {"pair": lambda a, b: list(strongest(b)), "basis": "pca", "local": True}
PINK = {"color": "magenta"}
BIG, THICK = {"s": 300}, {"linewidth": 6}
EDGES = {"colors": "magenta"}


# function -> what is drawn first, and options: a value that changes it, or a value and the words of the error
TABLE = {
    "activity": [
        ({"local": True}, {
            "key": ("nothing", "no inferred activity"), "alpha": 1e-9, "n_names": 0, "point_kws": PINK,
        }),
    ],
    "agreement": [
        ({}, {"n_shuffles": 3, "marker_kws": BIG}),
        ({"local": True, "n_shuffles": 3}, {"seed": 5}),
        ({}, {"regulation": ("nothing", "nothing")}),
    ],
    "box": [
        (ONE, {
            "mirna": lambda a, b: a["regulation"].var["mirna"].iloc[-1], "cell": lambda a, b: a.obs_names[3],
            "mrna": lambda a, b: other_target(a),
            "run": 0, "box_size": 0.5, "alpha": 1e-9, "statistic": "exact", "modalities": ("mrna", "modalit"),
            "layer": ("nothing", "layer"), "scatter_kws": BIG, "box_kws": PINK, "regulation": "truth",
        }),
    ],
    "cluster": [
        ({}, {"keys": "cluster", "line_kws": PINK, "regulation": ("nothing", "nothing")}),
        ({"keys": ["cluster", "cluster_hubs"]}, {"tanglegram": True}),
        ({"keys": ["cluster", "cluster_hubs"], "tanglegram": True}, {"line_kws": PINK}),
    ],
    "compare": [({}, {"networks": "prior", "line_kws": PINK, "marker_kws": BIG, "regulation": ("nothing", "nothing")})],
    "crosstalk": [
        ({}, {
            "on": "hubs", "kind": "matrix", "seed": 5, "node_kws": BIG, "edge_kws": EDGES,
            "regulation": ("nothing", "nothing"),
        }),
        ({"kind": "matrix"}, {"on": "hubs", "node_kws": {"alpha": 0.2}, "edge_kws": (EDGES, "edge_kws")}),
    ],
    "curves": [
        ({"local": True}, {
            "networks": ["regulation", "strict"], "kind": "roc", "truth": ("nothing", "nothing"), "line_kws": PINK,
        }),
    ],
    "differential": [
        ({"local": True}, {"kind": "targets", "alpha": 0.9999, "point_kws": BIG}),
        ({"local": True, "alpha": 0.9999}, {"n_names": 0}),
    ],
    "embedding": [
        ({"basis": "pca"}, {
            "mirna": lambda a, b: strongest(a)[0], "basis": "other", "n_top": 2, "cmap": "magma", "point_kws": BIG,
            "mrna": ("nothing", "no embedding"), "regulation": ("nothing", "nothing"),
            "pair": lambda a, b: list(strongest(a)),
        }),
        (PAIR, {"mirna": ("hsa-x", "without `mirna`"), "n_top": (2, "n_top"), "cmap": "magma", "point_kws": BIG}),
    ],
    "enrich": [
        ({}, {
            "query": lambda a, b: cs.get.enrichment(a)["query"].iloc[0], "n_sets": 2, "n_queries": 2, "cmap": "magma",
            "key": ("nothing", "nothing"), "scatter_kws": {"alpha": 0.2}, "alpha": 1e-9,
            "regulation": ("nothing", "nothing"),
        }),
    ],
    "family": [
        ({}, {
            "family": ("nothing", "nothing"), "measures": "n_interactions", "alpha": 1e-9, "cmap": "magma",
            "square_kws": {"alpha": 0.2}, "bar_kws": PINK, "regulation": ("nothing", "nothing"),
        }),
    ],
    "flow": [
        ({"alpha": None}, {
            "query": lambda a, b: cs.get.enrichment(a)["query"].iloc[0], "n_sets": 2, "n_mirnas": 1, "n_mrnas": 3,
            "alpha": 1e-9, "key": ("nothing", "nothing"), "ribbon_kws": {"alpha": 0.1},
            "regulation": ("nothing", "nothing"),
        }),
    ],
    "groups": [
        ({"groupby": "thirds"}, {
            "groupby": "cluster", "of": "pairs", "n_top": 3, "cmap": "magma", "point_kws": {"alpha": 0.2},
            "regulation": ("nothing", "nothing"),
        }),
    ],
    "intervals": [
        ({"local": True, "max_q": 1}, {
            "max_q": 1e-9, "n_top": 2, "image_kws": {"alpha": 0.2}, "regulation": ("nothing", "nothing"),
        }),
    ],
    "local": [
        (OTHER, {
            "mirna": (lambda a, b: a["mirna"].var_names[-1], "miRNA"), "cell": lambda a, b: b.obs_names[3],
            "mrna": lambda a, b: other_target(b), "scatter_kws": BIG, "regulation": ("nothing", "nothing"),
        }),
    ],
    "module": [
        ({}, {
            "module": 1, "layout": "circle", "color": "validated", "key": ("nothing", "nothing"), "node_kws": BIG,
            "edge_kws": EDGES, "regulation": ("nothing", "nothing"),
        }),
        ({"layout": "circle"}, {"module": 1, "color": "validated", "node_kws": BIG, "edge_kws": EDGES}),
        ({"layout": "cells"}, {
            "module": 1, "color": ("validated", "color"), "node_kws": (BIG, "node_kws"),
            "edge_kws": (EDGES, "edge_kws"),
        }),
    ],
    "network": [
        ({"cell": "cell_01"}, {
            "cell": "cell_02", "mirna": lambda a, b: a["regulation"].var["mirna"].iloc[-1], "n_mirnas": 1,
            "n_targets": 2, "color": "validated", "node_kws": BIG, "edge_kws": EDGES,
            "regulation": ("nothing", "nothing"),
        }),
        ({"cell": "cell_01", "mirna": lambda a, b: strongest(a)[0]}, {"n_mirnas": (1, "n_mirnas")}),
    ],
    "null": [
        ({}, {"panel": "cells", "marker_kws": BIG, "regulation": ("nothing", "nothing")}),
        ({"panel": "total"}, {"marker_kws": (BIG, "marker_kws")}),
    ],
    "out_degree": [
        ({}, {
            "mirna": lambda a, b: strongest(a)[0], "value": "share", "n_top": 3, "groupby": "thirds",
            "order": "given", "cmap": "magma", "image_kws": {"alpha": 0.2}, "regulation": ("nothing", "nothing"),
        }),
        ({"value": "on"}, {"cmap": ("magma", "cmap"), "n_top": 3, "image_kws": {"alpha": 0.2}}),
        ({"value": "hub"}, {"cmap": ("magma", "cmap")}),
        ({"mirna": lambda a, b: strongest(a)[0]}, {"n_top": (3, "n_top")}),
    ],
    "overview": [({}, {"regulation": ("nothing", "nothing")})],
    "pair": [
        (OTHER, {
            "mirna": lambda a, b: b["regulation"].var["mirna"].iloc[0], "groupby": "half", "alpha": 1e-200,
            "mrna": lambda a, b: b["regulation"].var["mrna"].iloc[0], "key": ("nothing", "nothing"),
            "scatter_kws": BIG,
        }),
    ],
    "per_cell": [
        ({}, {
            "columns": ["n_interactions"], "sort": "n_interactions", "color": "thirds", "line_kws": PINK,
            "marker_kws": BIG, "regulation": ("nothing", "nothing"),
        }),
    ],
    "recurrence": [
        ({}, {
            "on": "hubs", "expected": False, "log": True, "bar_kws": {"alpha": 0.2},
            "regulation": ("nothing", "nothing"),
        }),
        ({"on": "hubs"}, {"expected": False, "log": True, "bar_kws": {"alpha": 0.2}}),
    ],
    "sign": [({}, {"n_bins": 10, "bar_kws": {"alpha": 0.2}, "regulation": ("nothing", "nothing")})],
    "similarity": [
        ({}, {
            "on": "hubs", "lower": "hubs", "kind": "squares", "groupby": "thirds", "cmap": "magma", "vmin": 0.2,
            "vmax": 0.5, "mark_kws": {"alpha": 0.2}, "regulation": ("nothing", "nothing"),
        }),
        ({"kind": "squares"}, {
            "lower": "hubs", "groupby": ("thirds", "groupby"), "cmap": "magma", "vmin": 0.2, "vmax": 0.5,
            "mark_kws": {"alpha": 0.2},
        }),
        ({"kind": "numbers"}, {
            "lower": "hubs", "groupby": ("thirds", "groupby"), "cmap": "magma", "vmin": 0.2, "vmax": 0.5,
            "mark_kws": {"alpha": 0.2},
        }),
        ({"kind": "clustered"}, {
            "lower": ("hubs", "lower"), "groupby": "thirds", "cmap": "magma", "vmin": 0.2, "vmax": 0.5,
            "mark_kws": {"alpha": 0.2},
        }),
    ],
    "stability": [
        ({}, {
            "over": "seeds", "coin_flip": 0.9, "by": None, "bar_kws": {"alpha": 0.2},
            "regulation": ("nothing", "nothing"),
        }),
        ({"over": "seeds"}, {
            "coin_flip": (0.9, "coin_flip"), "by": (None, "by"), "bar_kws": ({"alpha": 0.2}, "bar_kws"),
        }),
    ],
    "targeting": [
        ({"local": True}, {
            "mirna": (lambda a, b: strongest(b)[0], "give `net`"), "kind": ("genes", "give `mirna`"), "n_top": 2,
            "net": (lambda a, b: b.uns["prior"], "net"), "basis": ("pca", "basis"), "alpha": 1e-9,
            "key": ("nothing", "nothing"), "point_kws": BIG,
        }),
        ({"local": True, "mirna": lambda a, b: strongest(b)[0], "kind": "embedding", "basis": "pca"}, {
            "mirna": lambda a, b: b["targeting"].var["mirna"].iloc[-1], "basis": "other", "n_top": (2, "n_top"),
            "point_kws": BIG,
        }),
        ({"local": True, "mirna": lambda a, b: strongest(b)[0], "net": lambda a, b: b.uns["prior"]}, {
            "point_kws": THICK, "mirna": lambda a, b: b["targeting"].var["mirna"].iloc[-1],
        }),
    ],
    "upset": [({}, {"n_top": 2, "bar_kws": {"alpha": 0.2}, "regulation": ("nothing", "nothing")})],
    "volcano": [
        ({"group": "1"}, {
            "group": "2", "x": "logfoldchange", "alpha": 0.9999, "key": ("nothing", "nothing"), "point_kws": BIG,
            "regulation": ("nothing", "nothing"),
        }),
        ({"group": "1", "alpha": 0.9999}, {"n_names": 0}),
    ],
}  # fmt: skip

# options that no test of one picture can tell, each with the reason
NOT_HERE = {
    ("curves", "n_shuffles"): "sets the p of the exchange, which is written only where it is above 0.05",
    ("curves", "seed"): "as n_shuffles",
    ("similarity", "groups"): "the old name of groupby, which tests of its own hold",
}

ROWS = [
    pytest.param(function, base, option, value, id=f"{function}-{i}-{option}")
    for function, drawn in TABLE.items()
    for i, (base, options) in enumerate(drawn)
    for option, value in options.items()
]


@pytest.mark.parametrize(("function", "base", "option", "value"), ROWS)
def test_an_option_has_an_effect_or_raises(function, base, option, value, picture):
    if isinstance(value, tuple):
        value, words = value
        with pytest.raises(cs.InputError, match=words):
            picture(function, {**base, option: value})
    else:
        assert picture(function, base) != picture(function, {**base, option: value})


def test_every_option_is_in_the_table():
    for function in cs.pl.__all__:
        options = [p.name for p in inspect.signature(getattr(cs.pl, function)).parameters.values()]
        known = {option for _, given in TABLE[function] for option in given}
        known |= OF_ALL | {option for name, option in NOT_HERE if name == function} | {"data", "mdata"}
        assert set(options) - known == set(), function
        assert known - OF_ALL - {"data", "mdata"} <= set(options), function
