"""Priors from any table and from gene sets."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.opened import opened, reading
from csmir._log import logger
from csmir._names import species as species_names
from csmir.priors import _layouts, _open, _read, _tidy
from csmir.priors._headings import SOURCES, TARGETS
from csmir.priors.filter import filter as choose

# columns that may say that an experiment found no interaction, and how they say so
OUTCOMES = {"positivenegative", "supporttype", "support", "evidence", "evidencetype", "outcome", "interactiontype"}
NEGATIVE = r"negative|non[-_ ]?functional.*|no[-_ ]interaction"


def read_table(
    path_or_frame: str | os.PathLike[str] | pd.DataFrame,
    *,
    source: str | None = None,
    target: str | None = None,
    weight: str | None = None,
    evidence: str | None = None,
    name: str | None = None,
    species: str | int | None = None,
) -> pd.DataFrame:
    """Read a prior from any table with a column of miRNAs and a column of genes.

    An official file is recognised by its header and read by its own reader, with its defaults: negative evidence is no
    pair, TargetScan's families become miRNAs. So are TargetScan, miRTarBase, TarBase 8 and 9 and ENCORI; DIANA microT,
    mirDIP, multiMiR, miRDB (which has no header) and saved answers of OmniPath. Of any other table, rows that say
    negative or non-functional in a column such as `positive_negative` or `support_type` are left out with a warning.

    Parameters
    ----------
    path_or_frame
        csv, tsv or xlsx, plain, gzipped or zipped, told apart by content; or a DataFrame. The header may be a comment
        (`#miRNA<TAB>Target`).
    source, target
        Names of the columns with the miRNAs and the mRNAs. None looks for the usual ones (`source`, `mirna`, ... and
        `target`, `mrna`, `gene symbol`, ...) and logs which it took.
    weight
        Column of numbers to keep as `weight` (decoupler's sign and strength of regulation).
    evidence
        Column of text to keep as `evidence`.
    name
        What to write in the column `prior`; None takes the file's name up to the first dot, or "table", and for an
        official file the name of its database.
    species
        Keep pairs of this species: scientific name, miRBase prefix or NCBI taxonomy number. None keeps all, except of
        official files of several species, of which it keeps human.

    Returns
    -------
    DataFrame `source`, `target`, perhaps `weight` and `evidence`, and `prior`, one row a pair; of an official file,
    what its reader gives, or a `score`. Of several weights of a pair the first is kept.

    Raises
    ------
    InputError
        If the file is missing or damaged, has no header, a column is missing or holds no names, or a weight is not a
        number; for an official file, if other columns are asked for than those of its names.

    Examples
    --------
    >>> import pandas as pd
    >>> import csmir as cs
    >>> table = pd.DataFrame({"miRNA": ["hsa-miR-1-3p", "hsa-miR-1-3p"], "Gene Symbol": ["TP53", "TP53"]})
    >>> cs.priors.read_table(table, name="mine")
             source target prior
    0  hsa-miR-1-3p   TP53  mine
    """
    wanted = {
        K.SOURCE: SOURCES if source is None else [str(source)],
        K.TARGET: TARGETS if target is None else [str(target)],
    }
    extra = {c: [str(v)] for c, v in ((K.WEIGHT, weight), (K.EVIDENCE, evidence)) if v is not None}
    file = _open.existing(path_or_frame, "a table with a column of miRNAs and a column of genes")
    header = _read.column_names(file)
    layout = _layouts.recognised(header)
    if layout is not None:
        logger.info("%s: recognised as a file of %s by its header", file.name, layout.name)
        net = _layouts.read_official(layout, file, source=source, target=target, extra=list(extra), species=species)
        return net if name is None else net.assign(**{K.PRIOR: name})
    in_memory = isinstance(file, _open.Frame)
    columns = _columns(header, wanted | extra, str(file))
    outcomes = [c for c in header if _open.plain(c) in OUTCOMES and c not in columns and header.count(c) == 1]
    columns |= {c: f"{c} (outcome)" for c in outcomes}
    if in_memory:
        frame = file.frame[list(columns)].rename(columns=columns)
    else:
        frame = _read.read_columns(
            file, {ours: [theirs] for theirs, ours in columns.items()}, what="a table", row_names=False
        )
    if weight is not None:
        given = frame[K.WEIGHT].astype(object).map(lambda w: "" if pd.isna(w) else str(w).strip())
        frame[K.WEIGHT] = pd.to_numeric(given, errors="coerce").astype("float64")
        wrong = given[frame[K.WEIGHT].isna()]
        if len(wrong):
            raise InputError(
                f"The weight column {weight!r} has {len(wrong):,} values that are not numbers, such as "
                f"{check.listing(wrong.unique(), 3)}. Mend them, or leave `weight` out."
            )
    if evidence is not None:
        frame[K.EVIDENCE] = frame[K.EVIDENCE].astype(object).map(lambda e: "" if pd.isna(e) else str(e).strip())
    frame, left_out = _without_negatives(frame, [columns[c] for c in outcomes], str(file))
    given = name or ("table" if in_memory else file.name.split(".")[0])
    net = _tidy.finish(frame, given, path=file, left_out=left_out)
    return net if species is None else choose(net, species=species_names.species(species))


def _without_negatives(frame: pd.DataFrame, outcomes: list[str], where: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows whose evidence is that a pair does not interact are not pairs, whoever wrote the table."""
    negative = pd.Series(False, index=frame.index)
    for column in [*outcomes, *({K.EVIDENCE} & set(frame.columns))]:
        negative |= frame[column].astype(str).str.strip().str.fullmatch(NEGATIVE, case=False)
    n = int(negative.sum())
    if n:
        logger.warning("%s: %s rows say that a pair does not interact, and are left out", where, f"{n:,}")
    return frame[~negative].drop(columns=outcomes), {"that say a pair does not interact": n} if n else {}


def _columns(header: list[str], wanted: dict[str, list[str]], where: str) -> dict[str, str]:
    """Their column -> ours: a given name as written, else the first usual name that is there."""
    names: dict[str, str] = {}
    for ours, options in wanted.items():
        found = next((o for o in options if o in header), None)
        if found is None:
            usual = {_open.plain(c): c for c in reversed(header)}
            found = next((usual[_open.plain(o)] for o in options if _open.plain(o) in usual), None)
        if found is None:
            raise InputError(
                f"{where} has no column {' or '.join(map(repr, options[:4]))}; it has {check.listing(header, 10)}. "
                f"Name the columns: read_table(..., source='...', target='...').{check.suggest(options[0], header)}"
            )
        check.only_one(where, header, found)
        if found in names:
            raise InputError(f"{where}: column {found!r} cannot be both {names[found]} and {ours}. Name two columns.")
        names[found] = ours
    logger.info("%s: %s", where, ", ".join(f"{ours} from {theirs!r}" for theirs, ours in names.items()))
    return names


def read_gmt(path: str | os.PathLike[str], *, name: str | None = None) -> pd.DataFrame:
    r"""Read a prior from a GMT file whose sets are named by miRNA and hold its targets.

    Parameters
    ----------
    path
        GMT: set name, description and genes, separated by tabs; plain, gzipped or zipped.
    name
        What to write in the column `prior`; None takes the file's name up to the first dot.

    Returns
    -------
    DataFrame `source` (set name), `target` (gene) and `prior`, one row a pair.

    Raises
    ------
    InputError
        If the file is missing, damaged, or a line is not a gene set.

    Notes
    -----
    decoupler's reader splits at blanks, which makes genes of the words of a description; the format's separator is
    the tab.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import csmir as cs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "sets.gmt")
    ...     _ = path.write_text("hsa-miR-1-3p\tconserved targets\tTP53\tHIF1A\n")
    ...     cs.priors.read_gmt(path)
             source target prior
    0  hsa-miR-1-3p   TP53  sets
    1  hsa-miR-1-3p  HIF1A  sets
    """
    file = _open.existing(path, "a GMT file: set name, description and genes separated by tabs")
    rows = []
    for number, line in enumerate(_lines(file), start=1):
        fields = line.split("\t")
        if len(fields) < 3:
            raise InputError(
                f"{file}, line {number}: expected a set name, a description and genes separated by tabs; found "
                f"{line[:60]!r}."
            )
        rows += [(fields[0], gene) for gene in fields[2:] if gene.strip()]
    if not rows:
        raise InputError(f"{file} holds no gene set.")
    frame = pd.DataFrame(rows, columns=[K.SOURCE, K.TARGET])
    return _tidy.finish(frame, name or file.name.split(".")[0], path=file)


def _lines(path: Path) -> list[str]:
    with reading(path), opened(path) as f:
        data = f.read()
    try:
        return [line for line in data.decode("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as e:
        raise InputError(f"{path} is not a text file ({e}). Expected a GMT file.") from e
