"""What a list of names looks like: miRNAs, genes, cells, or nothing known. Used to catch swapped or turned tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Kind = Literal["mirnas", "genes", "cells"]

# hsa-miR-21-5p, hsa.let.7a.5p, mmu-mir-17, let-7a, miR-155, cel-lin-4, hsv1-miR-H4, ath-miR156a, MIMAT0000062; not the
# genes MIR21, Mir21, lin-28
MIRNA = re.compile(
    r"(?i:[a-z][a-z0-9]{2,7}[-._](?:mir|let|lin|lsy)[-._]|[a-z]{3,4}[-._](?:bantam|mir\d)|mir[-._]\d|let[-._]7|"
    r"mirna[-_. ]?\d|MIMAT\d{7}|MI\d{7})|miR\d"
)
# identifiers, families with many numbered members, and genes found in about every data set
GENE = re.compile(
    r"(?i:ENS[A-Z]{0,6}[GT]\d{6,}|[NX][MR]_\d{4,}|(?:gene|mrna)[-_. ]?\d+$|"
    r"(?:RP[LS]\d+[ALPXY]?\d?|MT-(?:ND|CO|ATP|CYB)\w*|ZNF\d+|ZFP\d+|SLC\d+A\d+|TMEM\d+[A-Z]?|FAM\d+[A-Z]\d?|LINC\d+|LOC\d{4,}|"
    r"C\d+ORF\d+|COL\d+A\d+|CCDC\d+[A-Z]?|KIAA\d{4}|NDUF[ABSV]\d+|COX\d[A-Z]\w*|PSM[ABCD]\d+|POLR\d[A-Z]|HIST\d\w+|"
    r"USP\d+[A-Z]?|RAB\d+[A-Z]|MAPK\d+|IFIT?\d\w*|EIF\d[A-Z]\w*|"
    r"ACTB|ACTG1|GAPDH|B2M|TP53|TRP53|MYC|HPRT1?|EEF1A1|EEF2|TUBA1A|TUBA1B|TUBB|VIM|PTEN|KRAS|BCL2|MALAT1|NEAT1|XIST|FTH1|FTL|"
    r"HMGA2|HMGB1|LDHA|PGK1|PPIA|TBP|UBC|YWHAZ|HSP90AB1|HSPA8|NCL|NPM1|STAT3|CCND1|CDK6|CDKN1A|EZH2|SOX2|POU5F1|NANOG)$)"
)
# barcodes, archive accessions, and K562_HalfCell_01, cell-3, Cell12, 10 cells; not CELSR1
CELL = re.compile(
    r"(?i:[ACGT]{8,}(?:-\w+)?$|(?:.*[-_.])?[ACGT]{12,}(?:-\d+)?$|(?:SRR|ERR|DRR|GSM)\d+|"
    r"(?:.*[-_. \d])?(?:half)?cells?(?![a-z]))"
)

MOST = 5_000  # names looked at


def kind(names: Sequence[str]) -> Kind | None:
    """What most of the names are; gene symbols follow no rule, so one telling name in a hundred is enough for genes."""
    step = max(1, len(names) // MOST)
    sample = [str(n) for n in names[::step]]
    if not sample:
        return None
    if _share(MIRNA, sample) >= 0.5:
        return "mirnas"
    if _share(CELL, sample) >= 0.5:
        return "cells"
    return "genes" if _share(GENE, sample) >= 0.01 else None


def _share(pattern: re.Pattern[str], names: Sequence[str]) -> float:
    return sum(pattern.match(n) is not None for n in names) / len(names)


def features_axis(rows: Sequence[str], columns: Sequence[str]) -> Literal["rows", "columns"] | None:
    """Which axis of a table holds the features, where the names tell."""
    of_rows, of_columns = kind(rows), kind(columns)
    features = ("mirnas", "genes")
    if (of_rows in features) != (of_columns in features):
        return "rows" if of_rows in features else "columns"
    if of_rows not in features and (of_rows == "cells") != (of_columns == "cells"):
        return "columns" if of_rows == "cells" else "rows"
    return None
