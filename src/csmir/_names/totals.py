"""Rows of count tables that are not features: totals, reads without a feature, spike-ins."""

from __future__ import annotations

import re
from collections.abc import Iterable

from csmir import _validate as check
from csmir._log import logger
from csmir._names.species import main_prefix, prefix

TOTAL = re.compile(
    r"(?:mi[-_ ]?rnas?|m?rnas?|reads?|gene|library|lib)?[-_ .]?total(?:[-_ .]\w+)?|total\w*|sum|"
    r"__\w+|N_(?:unmapped|multimapping|noFeature|ambiguous)|no[-_ ]?feature|ambiguous|"
    r"(?:un|not|multi)[-_ ]?(?:mapped|aligned|assigned|mapping|annotated)(?:[-_ ].*)?|alignment[-_ ]not[-_ ]unique|"
    r"too[-_ ]low[-_ ]a?qual\w*|ERCC[-_.]\d{5}|SIRV\w*|(?:.*[-_ ])?spike[-_ ]?ins?(?:[-_ ].*)?|RNA[-_ ]?spike\w*|"
    r"n_?(?:Count|Feature)s?(?:_\w+)?|lib(?:rary)?[-_ ]?size|(?:mi[-_ ]?rnas?[-_ ])?sum|"
    r"mapped[-_ ]?reads?|reads?[-_ ]?mapped|phiX(?:174)?|"
    r"UniSp\d+|(?:POS|NEG|LIG\w*)_[A-Z]\(.*\)",
    re.IGNORECASE,
)
# of worm and plant, added to human samples
ADDED = re.compile(r"(?:cel|ath|osa)-mir-?(?:39|54|238|159a|2911|414|475a|248)\b", re.IGNORECASE)


def totals(names: Iterable[str]) -> list[str]:
    """Names of totals, of reads without a feature, and of spike-ins."""
    names = [str(n) for n in names]
    found = [n for n in names if TOTAL.fullmatch(n.strip())]
    added = [n for n in names if ADDED.match(n)]
    main = main_prefix(names) if added else None
    return found + [n for n in added if prefix(n) != main]


def warn_of_totals(side: str, names: Iterable[str], consequence: str) -> None:
    """Name the rows of one side that are not features."""
    found = totals(names)
    if found:
        logger.warning(
            "%d %s features look like totals, reads without a feature or spike-ins: %s. Leave them out: %s",
            *(len(found), side, check.listing(found), consequence),
        )
