"""Results in a form in which only names count: no order, no numbering.

The rules under which results are told equal:

- numbers to six digits; rows and columns in any order, every value beside the names it belongs to (`of_frame`,
  `parts_of`, `of_slots`, `of_square`);
- clusters and modules by who is together, whatever their numbers (`of_partition`, `of_modules`), in figures and on
  pages, too;
- a result in parts (columns, tables, panels of a figure) has every part, exactly, where nothing was lost; where
  something was, a step may leave out what rests on a step that must be repeated first, and that is counted apart
  (`Parts`, `Parts.more_than`), and a panel is compared without what `drawn.loosely` takes away;
- columns over all paired cells (`OF_DATA`) may be, name by name, what they were before where they cannot be found
  anew, and those of all pairs tested (`OF_ALL_PAIRS`) and tables of pairs over the data (`TABLES_OF_DATA`) even where
  they can (`Parts.less_over_data`); counts over cells (`OVER_CELLS`) may not;
- where the networks are whole and the data beside them are not, each panel of a figure and each part of a report is
  as before or anew, no panel a mixture (`Either`), but for those of cs.pl.overview, which several steps make.
"""

from __future__ import annotations

from collections import Counter
from functools import reduce
from itertools import product
from operator import or_

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir import _mudata

DIGITS = 6


def of_frame(frame: pd.DataFrame) -> tuple:
    """Rows as text, sorted; columns sorted; pairs of cells, which have no direction, by name."""
    if "cell_a" in frame:
        frame[["cell_a", "cell_b"]] = np.sort(frame[["cell_a", "cell_b"]].astype(str).to_numpy(), axis=1)
    frame = frame.reindex(columns=sorted(frame.columns, key=str))
    rows = zip(*(text(frame[c]) for c in frame), strict=True)
    return tuple(map(str, frame.columns)), tuple(sorted(rows))


def text(values, digits: int = DIGITS) -> list[str]:
    """Numbers to so many digits, all else as it is."""
    values = pd.Series(np.asarray(values, dtype=object) if hasattr(values, "cat") else np.asarray(values))
    if pd.api.types.is_float_dtype(values):
        return [f"{v + 0.0:.{digits}g}" for v in values.astype(float)]
    return [str(v) for v in values]


def of_modules(table: pd.DataFrame) -> tuple:
    """Sets of members of each network, whatever number they have."""
    members = table.groupby(["network", "module"], observed=True)["feature"].agg(lambda f: tuple(sorted(map(str, f))))
    return tuple(sorted((str(network), names) for (network, _), names in members.items()))


def of_partition(labels: pd.Series) -> tuple:
    """Which cells are together, whatever the labels."""
    groups = labels.dropna().astype(str)
    return tuple(sorted(tuple(sorted(map(str, part))) for part in groups.groupby(groups).groups.values()))


def of_slots(adata: AnnData, obs=(), var=(), obsm=(), obsp=(), uns=(), layers: bool = False) -> Parts:
    """Named slots of networks, by the names of their cells, pairs and features."""
    ends = list(_mudata.ends(adata))
    names = pd.DataFrame({"pair": ["|".join(sorted(p)) for p in adata.var[ends].astype(str).to_numpy()]})
    cells = list(adata.obs_names)
    found = {
        ("obs", n): of_frame(pd.DataFrame({"cell": cells, n: adata.obs[n].to_numpy()})) for n in there(obs, adata.obs)
    }
    found |= {("var", n): of_frame(names.assign(**{n: adata.var[n].to_numpy()})) for n in there(var, adata.var)}
    found |= {("obsm", n): of_square(adata.obsm[n]) for n in there(obsm, adata.obsm)}
    for n in there(obsp, adata.obsp):
        found["obsp", n] = of_square(pd.DataFrame(_mudata.dense(adata.obsp[n]).astype(float), cells, cells))
    found |= {("uns", n): of_entry(adata.uns["csmir"][n]) for n in there(uns, adata.uns.get("csmir", {}))}
    if layers:
        stored = {"X": adata.X, **{k: adata.layers[k] for k in adata.layers if k}}
        for name, values in stored.items():
            table = pd.DataFrame(_mudata.dense(values).astype(float), cells, names["pair"].tolist())
            found["layers", name] = of_square(table.loc[:, (table != 0).any()])
    return Parts(found)


def there(names, container) -> list[str]:
    """Those of the names that a step wrote: it leaves out what rests on a step that must be repeated first."""
    return [name for name in names if name in container]


# columns of words that are left out once cells or pairs left
LEAVING = ("as_hub", "conservation", "conserved_in", "set", "direction")


class Parts(dict):
    """Columns of tables, of which some may be left out: equal if those that both have are, and none is of nobody."""

    __hash__ = None

    def __eq__(self, found) -> bool:
        return bool(found) >= bool(self) and all(self.get(key) == rows for key, rows in found.items())

    def more_than(self, found: Parts) -> bool:
        """Whether it has parts that the other leaves out."""
        return bool(self.keys() - found.keys()) or any(
            hasattr(rows, "rows") and self[k].rows != rows.rows for k, rows in found.items() if k in self
        )

    def loosened(self) -> Parts:
        """With what each part still has to show once something was lost; None is nothing."""
        kept = {key: getattr(rows, "loosely", rows) for key, rows in self.items()}
        return Parts({key: rows for key, rows in kept.items() if rows is not None})

    def less_over_data(self, before: Parts, fresh: Parts) -> Parts:
        """Without columns over the data that are, name by name, what they were `before`; new names count as old ones.

        So it may be where they cannot be found anew, and always with what is of all pairs that were tested then.
        """
        out = Parts()
        for key, rows in self.items():
            of_data = key[1] in OF_DATA and key not in OVER_CELLS
            may_stay = key[0] in TABLES_OF_DATA or (of_data and (key not in fresh or key[1] in OF_ALL_PAIRS))
            if not (may_stay and key in before and counted(rows) <= counted(before[key])):
                out[key] = rows
        return out


class Either(Parts):
    """Parts of which each may be what it is in one of several results."""

    def __init__(self, *results: Parts):
        super().__init__({key: rows for result in results for key, rows in result.items()})
        self.results = results

    def loosened(self) -> Parts:
        return Either(*(result.loosened() for result in self.results))

    def __eq__(self, found) -> bool:
        return bool(found) >= bool(self) and all(self.holds(key, rows) for key, rows in found.items())

    def holds(self, key, rows) -> bool:
        """Whether a part is that of one result; of a panel of several steps each entry may be."""
        known = [result[key] for result in self.results if key in result]
        if any(one == rows for one in known):
            return True
        return getattr(rows, "some", False) and bool(known) and rows.rows <= reduce(or_, (one.rows for one in known))


def counted(entry) -> Counter:
    """How often each row of a column, or each place of a square, is there, under old names."""
    if len(entry) == 3 and all(isinstance(part, tuple) for part in entry):
        rows, columns, values = entry
        if len(values) == len(rows) * len(columns):  # no three rows of a column: these are as long as each other
            entry = tuple(zip(product(rows, columns), values, strict=True))
    framed = len(entry) == 2 and bool(entry[0]) and all(isinstance(name, str) for name in entry[0])
    return Counter(str(row).replace(RENAMED, "") for row in (entry[1] if framed else entry))


RENAMED = "-new"  # what a move puts behind a name
ASSOCIATION = [
    f"association_{value}{group}"
    for value in ("rho", "pvalue", "qvalue")
    for group in ("", "_group_1", "_group_2", "_group_3")
]

# of all pairs that were tested or looked up, which stay when some of them leave or are renamed
OF_ALL_PAIRS = (
    "validated",
    "disease",
    "direct_pvalue",
    "direct_qvalue",
    *(name for name in ASSOCIATION if "qvalue" in name),
)
# columns over the data and not over the networks, which stay when the data can no longer give them anew
OF_DATA = (
    "sign", "direction", "correlation", "path", "n_null", "empirical_fdr", "pair_pvalue", "pair_qvalue", *ASSOCIATION,
    *OF_ALL_PAIRS,
)  # fmt: skip

# tables of pairs and miRNAs over all paired cells, as the step found them
TABLES_OF_DATA = ("differential", "intervals", "targeting_targeting")
# counts over cells, which follow a subset of these or go, although cells have a column of that name, too
OVER_CELLS = [(table, "n_null") for table in ("var", "pairs", "edges")]


def parts_of(name: str, table: pd.DataFrame, names: list[str] | None = None) -> Parts:
    """Each column (of numbers) beside the names of its rows; a table without names as a whole."""
    if names is None:
        names = [c for c in table if not pd.api.types.is_numeric_dtype(table[c]) and c not in LEAVING]
    if not names:
        return Parts({(name, ""): of_frame(table)})
    keys = list(zip(*(text(table[c]) for c in names), strict=True))
    numbers = [c for c in table if c not in names] or [""]
    return Parts({(name, c): tuple(sorted(zip(keys, text(table[c]) if c else keys, strict=True))) for c in numbers})


def of_square(table: pd.DataFrame) -> tuple:
    """Rows and columns sorted by name."""
    table = table.sort_index().sort_index(axis=1)
    return tuple(map(str, table.index)), tuple(map(str, table.columns)), tuple(text(table.to_numpy(float).ravel()))


def of_entry(entry) -> object:
    """A table, or the numbers of a record."""
    if isinstance(entry, pd.DataFrame):
        return of_frame(entry)
    if isinstance(entry, dict):
        return tuple((k, of_entry(v)) for k, v in sorted(entry.items()))
    return tuple(text(np.atleast_1d(entry).ravel()))
