"""The modules of given networks as one tidy table."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger

KINDS = (K.MIRNA, K.MRNA)


class Ends(NamedTuple):
    """Both ends of every pair as numbers into one list of features."""

    a: np.ndarray
    b: np.ndarray
    features: pd.Index
    kind: np.ndarray  # of each feature: 0 miRNA, 1 mRNA
    one_kind: bool


def ends_of(adata: AnnData) -> Ends:
    """Ends of the pairs of stored networks."""
    first, second = _mudata.ends(adata)
    return _numbered(adata.var[first], adata.var[second], first, second)


def ends_of_frame(frame: pd.DataFrame) -> Ends:
    """Ends of the rows of a frame `source`, `target` or `mirna`, `mrna`."""
    if {K.Var.MIRNA, K.Var.MRNA} <= set(frame.columns):
        frame = frame[[K.Var.MIRNA, K.Var.MRNA]].set_axis([K.SOURCE, K.TARGET], axis=1)
    frame = check.net(frame, "data")
    return _numbered(frame[K.SOURCE], frame[K.TARGET], K.MIRNA, K.MRNA)


def _numbered(a: pd.Series, b: pd.Series, first: str, second: str) -> Ends:
    """Features of both kinds numbered apart even where they share a name; of one kind numbered together."""
    kinds = [KINDS.index(K.MRNA) if name.startswith(K.MRNA) else KINDS.index(K.MIRNA) for name in (first, second)]
    if kinds[0] == kinds[1]:
        codes, names = pd.factorize(pd.concat([a.astype(str), b.astype(str)]))
        return Ends(codes[: len(a)], codes[len(a) :], pd.Index(names), np.full(len(names), kinds[0], np.int8), True)
    (at_a, names_a), (at_b, names_b) = pd.factorize(a.astype(str)), pd.factorize(b.astype(str))
    kind = np.repeat(np.array(kinds, np.int8), [len(names_a), len(names_b)])
    return Ends(at_a, at_b + len(names_a), pd.Index(names_a).append(pd.Index(names_b)), kind, False)


def module_table(
    networks: list[tuple[str, np.ndarray]],
    ends: Ends,
    sizes: tuple[int, int],
    min_size: int,
    inflation: float,
    max_modules: int,
) -> pd.DataFrame:
    """One row for each member of each module of each network."""
    parts: list[tuple[np.ndarray, np.ndarray]] = []  # module, feature
    counts: list[int] = []
    for name, pairs in networks:
        if ends.one_kind:
            module, feature = _clusters(ends, pairs, min_size, inflation)
        else:
            module, feature = _bicliques(name, ends, pairs, sizes, max_modules - sum(counts), max_modules)
        parts.append((module + sum(counts), feature))
        counts.append(int(module.max(initial=-1)) + 1)
    per_network = [len(m) for m, _ in parts]
    feature = np.concatenate([f for _, f in parts]).astype(np.intp)
    _report(networks, counts)
    codes, names = pd.factorize(ends.features)
    return pd.DataFrame({
        K.Module.NETWORK: pd.Categorical.from_codes(
            np.repeat(np.arange(len(networks)), per_network),
            categories=pd.Index([name for name, _ in networks], dtype=str),
        ),
        K.Module.MODULE: np.concatenate([m for m, _ in parts]).astype(np.int32),
        K.Module.KIND: pd.Categorical.from_codes(ends.kind[feature], categories=pd.Index(KINDS, dtype=str)),
        K.Module.FEATURE: pd.Categorical.from_codes(codes[feature], categories=pd.Index(names, dtype=str)),
    })  # fmt: skip


def _bicliques(
    name: str, ends: Ends, pairs: np.ndarray, sizes: tuple[int, int], left: int, max_modules: int
) -> tuple[np.ndarray, np.ndarray]:
    from csmir.kernels.bicliques import TooManyBicliquesError, maximal_bicliques

    try:
        found = maximal_bicliques(
            ends.a[pairs], ends.b[pairs], min_left=sizes[0], min_right=sizes[1], max_bicliques=left
        )
    except TooManyBicliquesError:
        raise InputError(
            f"Expected at most {max_modules:,} modules; there are more by the network {name!r} of {len(pairs):,} "
            f"interactions (of at least {sizes[0]} miRNAs and {sizes[1]} mRNAs). Ask for larger modules with "
            "`min_mirnas` and `min_mrnas`, for fewer networks with `of`, or raise `max_modules`."
        ) from None
    module, side, member = [], [], []
    for i, (start, codes) in enumerate(((found.left_start, found.left), (found.right_start, found.right))):
        module.append(np.repeat(np.arange(len(found)), np.diff(start)))
        side.append(np.full(len(codes), i, np.int8))
        member.append(codes)
    modules = np.concatenate(module)
    order = np.lexsort((np.concatenate(side), modules))
    return modules[order], np.concatenate(member)[order]


def _clusters(ends: Ends, pairs: np.ndarray, min_size: int, inflation: float) -> tuple[np.ndarray, np.ndarray]:
    from csmir.kernels.mcl import mcl

    nodes, at = np.unique(np.concatenate([ends.a[pairs], ends.b[pairs]]), return_inverse=True)
    a, b = at[: len(pairs)], at[len(pairs) :]
    graph = sparse.csr_array((np.ones(2 * len(pairs)), (np.r_[a, b], np.r_[b, a])), shape=(len(nodes),) * 2)
    labels = mcl(cast("Any", graph > 0), inflation=inflation)
    size = np.bincount(labels, minlength=1)
    large = np.flatnonzero(size >= min_size)
    rank = np.full(len(size), -1)
    rank[large[np.argsort(-size[large], kind="stable")]] = np.arange(len(large))
    module = rank[labels]
    order = np.argsort(module, kind="stable")
    order = order[module[order] >= 0]
    return module[order], nodes[order]


def _report(networks: list[tuple[str, np.ndarray]], counts: list[int]) -> None:
    among = f"{min(counts):,}-{max(counts):,} each" if len(counts) > 1 else f"of {len(networks[0][1]):,} interactions"
    logger.info("modules: %d in %d networks (%s)", sum(counts), len(networks), among)
    n_empty = sum(len(pairs) == 0 for _, pairs in networks)
    if n_empty:
        logger.warning("modules: %d of %d networks are empty and have no modules", n_empty, len(networks))
