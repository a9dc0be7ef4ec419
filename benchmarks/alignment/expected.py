"""What a call may end in after a move."""

from __future__ import annotations

import re

from benchmarks.alignment.by_name import RENAMED, Either, Parts
from benchmarks.alignment.moves import OTHER_CELLS, Move, copied, shuffled
from benchmarks.alignment.readers import OVER_DATA
from benchmarks.alignment.steps import ALL_STEPS
from csmir import InputError
from csmir import _keys as K


def with_steps(mdata, steps=tuple(ALL_STEPS)):
    """All steps that can be run, run."""
    for name in steps:
        try:
            ALL_STEPS[name](mdata)
        except InputError:
            continue
    return mdata


# over the data: it stays where the move left it and the data can no longer give it
KEPT = {"obs": ["n_null", "empirical_fdr"], "var": ["sign", "correlation"]}
OF_THE_CELLS = {"obs": [], "var": ["n_null"]}  # counts of a pair over the cells, which stay with these


def anew(mdata, base, steps=tuple(ALL_STEPS)):
    """The networks in another order, without anything that was read from them, and all steps again.

    What is over the data, was left and cannot be found anew is that of the `base`, by name.
    """
    out = shuffled(mdata)
    adata = out["regulation"]
    noted = adata.uns.get(K.UNS, {})
    adata.uns = {K.UNS: {k: noted[k] for k in ("regulation", K.ORIGIN) if k in noted}}
    adata.obs = adata.obs[[c for c in adata.obs if c in out.obs or c == "group"]]
    adata.var = adata.var[["mirna", "mrna"]]
    for container in (adata.obsm, adata.obsp):
        for name in list(container):
            del container[name]
    edges = adata.layers.get("significant", adata.X != 0)
    adata.var["n_cells"] = edges.getnnz(axis=0)
    adata.obs["n_interactions"] = edges.getnnz(axis=1)
    with_steps(out, steps)
    same_cells = set(adata.obs_names) == set(base["regulation"].obs_names)
    for part, columns in KEPT.items():
        columns = columns + OF_THE_CELLS[part] * same_cells
        left, known, table = (getattr(m["regulation"], part) for m in (mdata, base, out))
        names = [name.replace(RENAMED, "") for name in table.index]
        for column in columns:
            if column in left and column not in table:
                table[column] = known[column].reindex(names).to_numpy()
    return out


# an error that says what to call, and that it is for this object to be called anew or first, or what to put back
CLEAR = re.compile(r"\bcs\.(tl|pp|io|get|pl|priors|datasets)\.\w+", re.ASCII)
LISTED = re.compile(r": '.*", re.DOTALL)  # the first names that are there, in the order of the object, and a likely one


def outcome(call, mdata) -> tuple[str, object]:
    """What a call ends in."""
    try:
        return "found", call(copied(mdata))
    except InputError as e:
        return ("clear error" if CLEAR.search(str(e)) else "unclear error"), str(e)
    except Exception as e:
        return "crash", f"{type(e).__name__}: {e}"


def either(*outcomes: tuple) -> list[tuple]:
    """What a figure or report may show where each part may be as it is in one of several."""
    shown = [r for kind, r in outcomes if kind == "found" and isinstance(r, Parts)]
    return [("found", Either(*shown))] if len(shown) > 1 else []


def without_null(mdata):
    """The object as if cs.tl.null had not been run."""
    out = copied(mdata)
    adata = out["regulation"]
    adata.obs = adata.obs.drop(columns=["n_null", "empirical_fdr"], errors="ignore")
    adata.var = adata.var.drop(columns="n_null", errors="ignore")
    adata.uns[K.UNS] = {k: v for k, v in adata.uns[K.UNS].items() if k != "null"}
    return out


def may_be(name: str, call, move: Move, moved, fresh, before: tuple) -> list[tuple]:
    """The outcomes that a call may equal after a move."""
    if not move.loses:
        return [before]
    stays = [before] if move.loses == "data" or name in OVER_DATA else []
    fresh_ones = [outcome(call, fresh)]
    if name == "io.write_report" and move.loses == "data":
        return [*stays, *fresh_ones, *either(before, *fresh_ones)]
    if not name.startswith("pl."):
        return [*stays, *fresh_ones]
    fresh_ones.append(outcome(call, without_null(fresh)))
    if name == "pl.stability" and move.name in OTHER_CELLS:  # without classes, which are shares of the cells
        bare = copied(fresh)
        bare["regulation"].var = bare["regulation"].var.drop(columns="conservation")
        fresh_ones.append(outcome(call, bare))
    whole = [before] if move.loses == "data" else []
    mixed = either(*whole, *fresh_ones)
    if name == "pl.activity" and "mirna_inferred" in moved.mod:  # scores of cells are values of cells, and stay
        scored = copied(fresh)
        scored.mod["mirna_inferred"] = shuffled(moved)["mirna_inferred"].copy()
        fresh_ones.append(outcome(call, scored))
    return [*stays, *fresh_ones, *mixed]
