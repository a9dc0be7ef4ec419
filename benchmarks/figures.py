"""Every figure on every kind of data, to be looked at: `python -m benchmarks.figures OUT`.

K562, K562 with its pairing shuffled, 3 cells, and 1,000 cells in groups under the local test; at the size of a notebook
and of a journal's column; in three styles; and as grey print and a reader without green cones see them. OUT gets a
PNG for each and `index.html`, a sheet for each function. `--data`, `--style`, `--size` and `--only` draw some.
"""

from __future__ import annotations

import argparse
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scanpy as sc
from mudata import MuData

import csmir as cs
from benchmarks._k562 import k562, targetscan, validated

STYLES = ("default", "dark_background", "ggplot")
SIZES = {"notebook": None, "column": 3.4}
TALL = {"overview": 2.5, "family": 1.5, "per_cell": 1.2, "cluster": 1.3}  # heights of a column in its widths
# what reaches the eye: luminance, and sight without green cones (Machado et al. 2009, severity 1), on linear light
SEEN = {
    "grey": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ]),
}  # fmt: skip

Draw = Callable[..., Any]


def few_cells(mdata: MuData, net: Any, truth: Any, *, n_runs: int, k: int) -> MuData:
    """All steps for networks of a few cells."""
    cs.pp.bootstrap_cells(mdata, n_runs=n_runs, seed=1)
    cs.tl.regulation(mdata, net, progress=False)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    cs.tl.sign(mdata)
    cs.tl.similarity(mdata)
    cs.tl.cluster(mdata, ["interactions", "expression"], k=k)
    cs.tl.crosstalk(mdata)
    cs.tl.modules(mdata)
    cs.tl.validate(mdata, truth)
    cs.tl.compare(mdata, truth, against=["random", "prior"], n_random=10)
    cs.tl.null(mdata, n_permutations=20, progress=False)
    cs.tl.stability(mdata, n_seeds=2)
    names = mdata["mirna"].var_names
    family = "miR-17/92" if names.str.contains("92a").any() else list(names[:5])
    cs.tl.family(mdata, family, name=None if isinstance(family, str) else "five", progress=False)
    cs.tl.activity(mdata, net)
    genes = mdata["regulation"].var["mrna"].astype(str).unique()
    sets = {f"A_GENE_SET_WITH_A_LONG_NAME_{i}": genes[i::9][:200] for i in range(9)}
    cs.tl.enrich(mdata, sets, of="mirnas", share=0, alpha=None)
    if mdata.n_obs >= 5:
        cs.tl.association(mdata)
    return finish(mdata, groups="cluster")


def finish(mdata: MuData, groups: str) -> MuData:
    """A map of the cells, and scanpy's test where a group has two of them."""
    networks = mdata["regulation"]
    networks.obs[groups] = networks.obs[groups].astype("category")
    sc.pp.pca(mdata["mrna"], n_comps=2)
    if networks.obs[groups].value_counts().min() > 1:
        sc.tl.rank_genes_groups(networks, groups, method="wilcoxon")
    return mdata


def local_cells() -> MuData:
    """1,000 cells in groups, under the local test."""
    mdata = cs.datasets.simulated(1_000, 20, 300, prevalence=0.3, seed=1)
    cs.pp.recipe_csmir(mdata)
    net = mdata.uns["prior"]
    cs.tl.regulation(mdata, net, statistic="local", alpha=0.1, progress=False)
    mdata["regulation"].obs["group"] = mdata.obs["group"]
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata, groups="group")
    cs.tl.similarity(mdata)
    cs.tl.crosstalk(mdata)
    cs.tl.modules(mdata, "cells", min_mirnas=1)
    cs.tl.validate(mdata, net.iloc[::2])
    cs.tl.compare(mdata, net.iloc[::2], against=["random", "prior"], n_random=5)
    cs.tl.module_similarity(mdata)
    cs.tl.sign(mdata)
    cs.tl.activity(mdata, net)
    genes = mdata["mrna"].var_names
    sets = {f"A_GENE_SET_WITH_A_LONG_NAME_{i}": genes[25 * i : 25 * i + 45] for i in range(9)}
    cs.tl.enrich(mdata, sets, of="mirnas", share=0, alpha=None)
    cs.tl.null(mdata, n_permutations=20, progress=False)
    cs.tl.association(mdata, groups="group")
    cs.tl.targeting(mdata, net, min_targets=8, n_permutations=200, progress=False)
    mdata.obs["half"] = np.where(np.arange(mdata.n_obs) % 2, "a", "b")
    cs.tl.differential(mdata, net, groupby="half", group="a", min_targets=8, n_permutations=200)
    cs.tl.intervals(mdata)
    return finish(mdata, groups="group")


def paired(shuffle: bool) -> MuData:
    """K562, or its shuffle."""
    mdata = k562()
    if shuffle:
        order = np.random.default_rng(1).permutation(mdata.n_obs)
        mdata.mod["mrna"].X = mdata.mod["mrna"].X[order]
    return few_cells(mdata, targetscan(), validated(), n_runs=100, k=3)


def three_cells() -> MuData:
    """As few cells as run."""
    mdata = cs.datasets.simulated(n_cells=3, seed=1)
    cs.pp.recipe_csmir(mdata)
    return few_cells(mdata, mdata.uns["prior"], mdata.uns["prior"].iloc[::2], n_runs=8, k=2)


DATA: dict[str, Callable[[], MuData]] = {
    "k562": lambda: paired(False),
    "shuffled": lambda: paired(True),
    "three": three_cells,
    "local": local_cells,
}


def figures(m: MuData) -> dict[str, Draw]:
    """A call for each figure; those that the data do not allow say so when they are drawn."""
    networks = m["regulation"]
    group = "group" if "group" in networks.obs else "cluster"
    most = networks.var.loc[networks.var["n_cells"].idxmax()]
    one = {"mirna": str(most["mirna"]), "mrna": str(most["mrna"])}
    cell = str(networks.obs_names[0])
    tested = networks.uns.get("rank_genes_groups", {})
    first = tested["names"].dtype.names[0] if "names" in tested else None
    return {
        "activity": lambda **k: cs.pl.activity(m, **k),
        "agreement": lambda **k: cs.pl.agreement(m, **k),
        "box": lambda **k: cs.pl.box(m, **one, **k),
        "cluster": lambda **k: cs.pl.cluster(m, **k),
        "cluster tanglegram": lambda **k: cs.pl.cluster(m, ["cluster", "cluster_expression"], tanglegram=True, **k),
        "compare": lambda **k: cs.pl.compare(m, **k),
        "crosstalk": lambda **k: cs.pl.crosstalk(m, **k),
        "curves": lambda **k: cs.pl.curves(m, truth="truth", **k),
        "curves roc": lambda **k: cs.pl.curves(m, kind="roc", **k),
        "differential": lambda **k: cs.pl.differential(m, **k),
        "embedding": lambda **k: cs.pl.embedding(m, basis="pca", **k),
        "embedding pair": lambda **k: cs.pl.embedding(m, pair=list(one.values()), basis="pca", **k),
        "enrich": lambda **k: cs.pl.enrich(m, **k),
        "family": lambda **k: cs.pl.family(m, **k),
        "flow": lambda **k: cs.pl.flow(m, alpha=None, **k),
        "groups": lambda **k: cs.pl.groups(m, group, **k),
        "groups pairs": lambda **k: cs.pl.groups(m, group, of="pairs", **k),
        "intervals": lambda **k: cs.pl.intervals(m, **k),
        "local": lambda **k: cs.pl.local(m, **one, **k),
        "module": lambda **k: cs.pl.module(m, **k),
        "module circle": lambda **k: cs.pl.module(m, layout="circle", **k),
        "module cells": lambda **k: cs.pl.module(m, layout="cells", **k),
        "network": lambda **k: cs.pl.network(m, cell, **k),
        "null": lambda **k: cs.pl.null(m, **k),
        "out_degree": lambda **k: cs.pl.out_degree(m, groupby=group, **k),
        "out_degree share": lambda **k: cs.pl.out_degree(m, value="share", **k),
        "overview": lambda **k: cs.pl.overview(m, **k),
        "pair": lambda **k: cs.pl.pair(m, **one, **k),
        "per_cell": lambda **k: cs.pl.per_cell(m, **k),
        "recurrence": lambda **k: cs.pl.recurrence(m, **k),
        "recurrence hubs": lambda **k: cs.pl.recurrence(m, on="hubs", **k),
        "sign": lambda **k: cs.pl.sign(m, **k),
        "similarity": lambda **k: cs.pl.similarity(m, **k),
        "similarity clustered": lambda **k: cs.pl.similarity(m, kind="clustered", groupby=group, **k),
        "similarity modules": lambda **k: cs.pl.similarity(m, on="modules", **k),
        "stability": lambda **k: cs.pl.stability(m, **k),
        "stability seeds": lambda **k: cs.pl.stability(m, "seeds", **k),
        "targeting": lambda **k: cs.pl.targeting(m, **k),
        "targeting embedding": lambda **k: cs.pl.targeting(m, one["mirna"], kind="embedding", basis="pca", **k),
        "upset": lambda **k: cs.pl.upset(m, **k),
        "volcano": lambda **k: cs.pl.volcano(m, first, **k),
    }


def seen(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """An sRGB picture, (rows, columns, 3) from 0 to 1, through a matrix on linear light."""
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)
    out = np.clip(linear @ matrix.T, 0, 1)
    return np.where(out <= 0.0031308, 12.92 * out, 1.055 * out ** (1 / 2.4) - 0.055)


def draw_all(data: str, m: MuData, out: Path, options: argparse.Namespace) -> Iterator[tuple[str, str, str, str]]:
    """Files, or why there is none: figure, data, variant, file or words."""
    import matplotlib.pyplot as plt
    from matplotlib.image import imread, imsave

    for name, draw in figures(m).items():
        if options.only and name.split()[0] not in options.only:
            continue
        for size in options.size:
            width = SIZES[size]
            figsize = None if width is None else (width, width * TALL.get(name.split()[0], 0.95))
            for style in options.style:
                variant = f"{size} {style}"
                try:
                    with plt.style.context(style):
                        fig = draw(figsize=figsize, return_fig=True)
                        path = out / f"{name} {data} {variant}.png".replace(" ", "-")
                        fig.savefig(path, dpi=options.dpi)
                except (cs.InputError, cs.StepError) as e:
                    yield name, data, variant, str(e)
                    break
                yield name, data, variant, path.name
                if style == "default":
                    picture = imread(path)[..., :3]
                    for word, matrix in SEEN.items():
                        other = path.with_name(path.name.replace("default", word))
                        imsave(other, seen(picture, matrix))
                        yield name, data, f"{size} {word}", other.name


def page(rows: list[tuple[str, str, str, str]]) -> str:
    """A table for each figure: variants down, data across."""
    parts = ["<!doctype html><meta charset=utf-8><title>Figures of csmir</title>",
             "<style>td{vertical-align:top;max-width:34em} img{max-width:32em} h2{margin-top:2em}</style>"]  # fmt: skip
    data = list(dict.fromkeys(row[1] for row in rows))
    for name in dict.fromkeys(row[0] for row in rows):
        of = {(row[1], row[2]): row[3] for row in rows if row[0] == name}
        parts.append(f"<h2>{name}</h2><table><tr><th><th>" + "<th>".join(data))
        for variant in dict.fromkeys(row[2] for row in rows if row[0] == name):
            cells = [of.get((d, variant), "") for d in data]
            parts.append(f"<tr><th>{variant}" + "".join(
                f"<td><img src='{c}' loading=lazy>" if c.endswith(".png") else f"<td>{c}" for c in cells
            ))  # fmt: skip
        parts.append("</table>")
    return "\n".join(parts)


def main():
    """Draw them, and say how many and where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", nargs="+", choices=list(DATA), default=list(DATA))
    parser.add_argument("--style", nargs="+", default=list(STYLES))
    parser.add_argument("--size", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--only", nargs="+", help="functions of csmir.pl")
    parser.add_argument("--dpi", type=int, default=80)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.getLogger("csmir").setLevel(logging.ERROR)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for data in options.data:
        start = time.perf_counter()
        m = DATA[data]()
        made = time.perf_counter()
        rows += draw_all(data, m, options.out, options)
        print(f"{data}: steps {made - start:.0f} s, figures {time.perf_counter() - made:.0f} s", flush=True)
    (options.out / "index.html").write_text(page(rows))
    n_drawn = sum(row[3].endswith(".png") for row in rows)
    print(f"{n_drawn:,} pictures in {options.out / 'index.html'}")


if __name__ == "__main__":
    main()
