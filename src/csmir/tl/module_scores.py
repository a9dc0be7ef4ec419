"""How active each module is in each cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir.get.modules import modules as tabulate
from csmir.inference.cells import obs_of

METHODS = ("ulm", "zscore")


@step
def module_scores(
    mdata: MuData,
    *,
    modules: str = K.Table.MODULES,
    network: str | None = None,
    method: str = "ulm",
    min_size: int = 3,
    max_modules: int = 1_000,
    mrna: str = K.MRNA,
    layer: str | None = None,
    regulation: str = K.SPONGE,
    key_added: str = K.MODULE_SCORES,
    copy: bool = False,
) -> MuData | None:
    r"""Score each module in each cell by the expression of its mRNAs, as spongEffects does for sponge modules.

    Answers: in which cells are the mRNAs of a module high together? A module of mRNAs that compete for the same miRNAs
    is high where these miRNAs are low or saturated. The score is decoupler's, over the module's mRNAs with weight 1;
    for `"ulm"` it is the t-value of the slope b in :math:`y_g = a + b\, m_g + e` over all mRNAs g of the cell,
    :math:`m_g = 1` in the module, else 0. Requires :func:`csmir.tl.modules` on the same networks.

    Parameters
    ----------
    %(mdata)s
    modules
        Name of the table of modules, if :func:`csmir.tl.modules` was given a `key_added`.
    network
        Only the modules of this network (`"conserved"`, `"rewired"` or a cell); None takes all, and modules with the
        same mRNAs once.
    method
        `"ulm"` or `"zscore"` of decoupler. spongEffects takes GSVA or single-sample GSEA, which go by ranks over all
        samples or inside one.
    min_size
        Fewest mRNAs of a module in the data.
    max_modules
        Stop with an error beyond this many modules: the networks of cells have tens of thousands of bicliques.
    mrna
        Name of the mRNA modality.
    %(layer)s
    %(regulation)s
    key_added
        Name of the modality to write.
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Writes `mdata["module_scores"]`, an AnnData cells x modules that scanpy and its plots take
    (`sc.pl.umap(mdata["module_scores"], color="module:0")`):

    - `.X` float32: the score;
    - `.var`: index `module:<number>` (`<key_added>:<number>` under another name), `module`, `network`, `n_mrnas` in the
      data, `mirnas` and `mrnas` joined with `;`, for sponge modules `shared_mirnas`: what its pairs share, those of the
      most pairs first;
    - `.uns["csmir"]["module_scores"]`: the parameters.

    A score is not a test: the modules were found in the same expression, so their mRNAs go together by construction.

    Raises
    ------
    StepError
        There are no networks or no modules yet.
    InputError
        There is no such network, no module has `min_size` mRNAs in the data, there are more than `max_modules`, or
        `key_added` names a modality that holds something else.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.conservation(mdata, conserved=0.3, regulation="truth")
    >>> cs.tl.modules(mdata, "conserved", regulation="truth")
    >>> cs.tl.module_scores(mdata, regulation="truth")
    >>> mdata["module_scores"].n_obs
    30

    References
    ----------
    Boniolo F et al. (2023), Bioinformatics 39:btad276 (spongEffects). Badia-i-Mompel P et al. (2022), Bioinformatics
    Advances 2:vbac016 (decoupler).
    """
    check.choice("method", method, METHODS)
    min_size = check.integer("min_size", min_size, low=1)
    max_modules = check.integer("max_modules", max_modules, low=1)
    assemble.file_name("key_added", key_added)
    there = mdata.mod.get(key_added)
    if there is not None and "module_scores" not in there.uns.get(K.UNS, {}):
        raise InputError(
            f"`key_added` must be a new name; the modality {key_added!r} holds something else. Choose another."
        )
    mdata = assemble.duplicate(mdata) if copy else mdata
    networks = _mudata.read_regulation(mdata, regulation)
    table, rows = (
        tabulate(mdata, network=network, summary=s, key=modules, regulation=regulation) for s in (True, False)
    )
    targets = rows[rows[K.Module.KIND] == K.MRNA].astype({K.Module.FEATURE: str})
    members = targets.groupby(K.Module.MODULE)[K.Module.FEATURE].agg(list)
    expression = _mudata.modality(mdata, mrna)
    _mudata.refuse_repeated(mrna, expression, "cell", "feature")
    sets, var = _sets(table, members, expression.var_names, min_size, max_modules)
    if K.Var.SHARED_MIRNAS in networks.var:
        var[K.Var.SHARED_MIRNAS] = [_shared(networks, names) for names in sets]
    values = check.finite_matrix("The mRNA matrix", _mudata.dense(_mudata.matrix(expression, layer, mrna)))
    scores = _scored(values, expression, sets, method)
    prefix = "module" if key_added == K.MODULE_SCORES else key_added
    var.index = pd.Index([f"{prefix}:{n}" for n in var[K.Module.MODULE]], dtype=object)
    adata = AnnData(scores, obs=obs_of(mdata, expression.obs_names), var=var)
    _mudata.record(
        adata, "module_scores", modules=modules, network=network, method=method, min_size=min_size, mrna=mrna,
        layer=layer, regulation=regulation,
    )  # fmt: skip
    assemble.set_modality(mdata, key_added, adata)
    logger.info("module_scores: %d modules of %d cells, by %s", adata.n_vars, adata.n_obs, method)
    return mdata if copy else None


def _sets(
    table: pd.DataFrame, members: pd.Series, known: pd.Index, min_size: int, max_modules: int
) -> tuple[list[pd.Index], pd.DataFrame]:
    """The mRNAs in the data of each module with enough of them, each set once, and what is known of the modules."""
    found = [pd.Index(members.get(n, [])).intersection(known, sort=False) for n in table[K.Module.MODULE]]
    enough = [i for i, names in enumerate(found) if len(names) >= min_size]
    seen: dict[frozenset[Any], int] = {}
    for i in enough:
        seen.setdefault(frozenset(found[i]), i)
    kept = sorted(seen.values())
    if not kept:
        raise InputError(
            f"None of {len(table)} modules has {min_size} mRNAs in the data. Find modules of more networks "
            "(cs.tl.modules(..., of=...)), or lower `min_size`."
        )
    if len(kept) > max_modules:
        raise InputError(
            f"There are {len(kept):,} modules, more than max_modules={max_modules:,}. Name a `network`, such as "
            "'conserved', ask cs.tl.modules for larger ones, or raise `max_modules`."
        )
    if len(kept) < len(table):
        logger.info(
            "module_scores: of %d modules %d have fewer than %d mRNAs in the data, and %d the same mRNAs as another",
            len(table), len(table) - len(enough), min_size, len(enough) - len(kept),
        )  # fmt: skip
    out = table.iloc[kept][[K.Module.MODULE, K.Module.NETWORK]].reset_index(drop=True)
    out["n_mrnas"] = [len(found[i]) for i in kept]
    for column in ("mirnas", "mrnas"):
        out[column] = table.iloc[kept][column].to_numpy(dtype=object)
    return [found[i] for i in kept], out


def _shared(networks: AnnData, names: pd.Index) -> str:
    """The miRNAs that pairs inside the module share, those of the most pairs first, then by name."""
    inside = np.all([networks.var[end].astype(str).isin(names) for end in _mudata.ends(networks)], axis=0)
    shared = networks.var.loc[inside, K.Var.SHARED_MIRNAS].astype(str).str.split(";").explode()
    count = shared[shared != ""].value_counts()
    return ";".join(sorted(count.index, key=lambda name: (-count[name], name)))


def _scored(values: np.ndarray, expression: AnnData, sets: list[pd.Index], method: str) -> np.ndarray:
    """Cells x modules, by decoupler."""
    import csmir.kernels  # noqa: F401, I001 - first: a folder for what decoupler compiles, where there is none
    import decoupler as dc

    frame = pd.DataFrame(values, index=expression.obs_names, columns=expression.var_names)
    numbers = [str(i) for i in range(len(sets))]
    net = pd.DataFrame({
        K.SOURCE: np.repeat(numbers, [len(names) for names in sets]),
        K.TARGET: np.concatenate([names.to_numpy(dtype=object) for names in sets]),
        K.WEIGHT: 1.0,
    })  # fmt: skip
    found = getattr(dc.mt, method)(frame, net, tmin=1, empty=False)
    scores = found[0] if isinstance(found, tuple) else found
    return scores.reindex(index=expression.obs_names, columns=numbers).to_numpy(dtype=np.float32)
