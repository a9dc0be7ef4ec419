"""Which official file a header belongs to, and who reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._names import species as species_names
from csmir.priors import _open, _read, _tidy
from csmir.priors.filter import filter as choose


@dataclass(frozen=True)
class Layout:
    """An official table: its name, headings that only it has together, its reader, and the columns of its names."""

    name: str
    headings: tuple[str, ...]
    read: Callable[..., pd.DataFrame]
    names: tuple[str, ...] = ()  # of the columns that `source=` and `target=` may name

    def fits(self, header: Sequence[str]) -> bool:
        """Whether all its headings are there."""
        there = {_open.plain(c) for c in header}
        return all(_open.plain(h) in there for h in self.headings)


def recognised(header: Sequence[str]) -> Layout | None:
    """The official file that has this header, or None."""
    return next((layout for layout in _layouts() if layout.fits(header)), None)


def _layouts() -> list[Layout]:
    from csmir.priors.encori import encori
    from csmir.priors.mirtarbase import mirtarbase
    from csmir.priors.tarbase import tarbase
    from csmir.priors.targetscan import targetscan

    return [
        Layout("TargetScan", ("miR Family", "Gene Symbol", "Species ID"), targetscan, ("miR Family", "Gene Symbol")),
        Layout("TargetScan", COUNTS, targetscan, ("Representative miRNA", "Gene Symbol")),
        Layout("TargetScan", ("Gene Symbol", "miRNA", "context++ score"), targetscan, ("miRNA", "Gene Symbol")),
        Layout("TargetScan's family table", ("miR Family", "Seed+m8", "MiRBase ID"), _family_table),
        Layout("miRTarBase", ("miRNA", "Target Gene", "Support Type"), mirtarbase, ("miRNA", "Target Gene")),
        Layout("TarBase", ("geneName", "mirna", "positive_negative"), tarbase, ("mirna", "geneName")),
        Layout("TarBase", ("mirna_name", "gene_name", "experimental_method"), tarbase, ("mirna_name", "gene_name")),
        Layout("ENCORI", ("miRNAname", "geneName", "clipExpNum"), _encori(encori), ("miRNAname", "geneName")),
        Layout("DIANA microT", MICROT, _microt, MICROT[:2]),
        Layout("mirDIP", MIRDIP, _mirdip, MIRDIP[:2]),
        Layout("multiMiR", MULTIMIR, _multimir, MULTIMIR[:2]),
        Layout("OmniPath", OMNIPATH, _omnipath, OMNIPATH),
        Layout("miRDB", MIRDB, _mirdb, MIRDB[:2]),
    ]  # fmt: skip


COUNTS = ("miRNA family", "Gene Symbol", "Species ID", "Representative miRNA")
MICROT = ("Mirna-Name(miRBase-version)", "GeneId(name)", "miTG-score")
MIRDIP = ("MicroRNA", "Gene Symbol", "Integrated Score")
MULTIMIR = ("mature_mirna_id", "target_symbol", "database")
OMNIPATH = ("source_genesymbol", "target_genesymbol")
MIRDB = ("miRNA", "RefSeq", "Target Score")


def _encori(read: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    return lambda path, species=None: read(path, species=species)


def _family_table(path: Any, species: Any = None) -> pd.DataFrame:
    raise InputError(
        f"{path.name} is TargetScan's table of miRNA families and holds no targets. Give it with the predictions: "
        "cs.priors.targetscan(path, family_info=...)."
    )


def _pairs(path: Any, names: Sequence[str], what: str, **optional: Sequence[str]) -> pd.DataFrame:
    wanted = {K.SOURCE: [names[0]], K.TARGET: [names[1]]}
    return _read.read_columns(path, wanted, {k: list(v) for k, v in optional.items()}, what=f"a file of {what}")


def _finished(frame: pd.DataFrame, what: str, path: Any, species: Any, **arguments: Any) -> pd.DataFrame:
    net = _tidy.finish(frame, what, path=path, **arguments)
    return net if species is None else choose(net, species=species_names.species(species))


def _microt(path: Any, species: Any = None) -> pd.DataFrame:
    """`hsa-miR-21-5p(18)` and `ENSG00000171862(PTEN)`; lines of sites below each pair have no names."""
    frame = _pairs(path, MICROT, "DIANA microT", score=[MICROT[2]])
    frame[K.SOURCE] = _read.each(frame[K.SOURCE], lambda name: re.sub(r"\(.*\)$", "", name))
    frame[K.TARGET] = _read.each(frame[K.TARGET], lambda name: re.sub(r"^.*\((.*)\)$", r"\1", name))
    sites = ~frame[K.SOURCE].str.contains("[A-Za-z].*-")  # UTR3, place, kind of the site, score
    frame["score"] = _tidy.numbers(frame["score"])
    return _finished(frame[~sites], "microT", path, species, left_out={"of sites": int(sites.sum())})


def _mirdip(path: Any, species: Any = None) -> pd.DataFrame:
    frame = _pairs(path, MIRDIP, "mirDIP", score=[MIRDIP[2]])
    frame["score"] = _tidy.numbers(frame["score"])
    return _finished(frame, "mirDIP", path, species)


def _multimir(path: Any, species: Any = None) -> pd.DataFrame:
    """Rows that say that a pair does not interact are not pairs."""
    frame = _pairs(path, MULTIMIR, "multiMiR", resources=["database"], support=["support_type"])
    left_out = {}
    if "support" in frame:
        negative = frame.pop("support").str.lower().str.contains("non-functional|negative", regex=True)
        left_out["that say a pair does not interact"] = int(negative.sum())
        frame = frame[~negative]
    return _finished(frame, "multiMiR", path, species, left_out=left_out)


def _omnipath(path: Any, species: Any = None) -> pd.DataFrame:
    return _finished(_pairs(path, OMNIPATH, "OmniPath", resources=["sources"]), "OmniPath", path, species)


def _mirdb(path: Any, species: Any = None) -> pd.DataFrame:
    frame = _pairs(path, MIRDB, "miRDB", score=[MIRDB[2]])
    frame["score"] = _tidy.numbers(frame["score"])
    return _finished(frame, "miRDB", path, species)


def read_official(
    layout: Layout, path: Any, *, source: str | None, target: str | None, extra: Sequence[str], species: Any
) -> pd.DataFrame:
    """The file by its own reader, or a refusal where it was asked for as something else."""
    asked = [c for c in (source, target) if c is not None]
    own = {_open.plain(c) for c in layout.names}
    if extra or any(_open.plain(c) not in own for c in asked):
        raise InputError(
            f"{path} is a file of {layout.name}, not all rows of which are pairs; its names are in the columns "
            f"{check.listing(layout.names)}. Leave out {', '.join(f'`{n}=`' for n in (*extra, 'source', 'target'))}, "
            "or read it with the reader of that database (cs.priors)."
        )
    return layout.read(path, **({} if species is None else {"species": species}))
