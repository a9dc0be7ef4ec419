"""miRNA families: which miRNAs of the data belong to one, and which family member an arm comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger

# mature miRNAs without the species: the cluster that the paper looks at
FAMILIES = {
    "miR-17/92": [
        *("miR-17-3p", "miR-17-5p", "miR-18a-3p", "miR-18a-5p", "miR-19a-3p", "miR-19a-5p"),
        *("miR-19b-3p", "miR-19b-1-5p", "miR-20a-3p", "miR-20a-5p", "miR-92a-3p", "miR-92a-1-5p"),
    ],
}
SPECIES = re.compile(r"^[a-z]{3,4}-(?=mir-|let-)", re.IGNORECASE)
# hsa-miR-19b-1-5p: name with letter, copy of the gene, arm
MATURE = re.compile(r"^(.*?(?:mir|let)-?\d+[a-z]*)(?:-\d+)?(?:-[35]p)?\*?$", re.IGNORECASE)


def member_of(mirna: str) -> str:
    """The family member of a mature miRNA: hsa-miR-19b-1-5p and hsa-miR-19b-3p are both hsa-miR-19b."""
    found = MATURE.match(mirna)
    return found.group(1) if found else mirna


def find_family(
    family: str | Iterable[str], mirnas: pd.Index, families: pd.DataFrame | None, name: str | None
) -> tuple[str, list[str]]:
    """Name of the family and its miRNAs among those of the data."""
    if isinstance(family, str):
        name = name or family
        listed = _listed(family, families)
    else:
        listed = list(dict.fromkeys(str(m) for m in family))
        name = name or "family"
    built_in = isinstance(family, str) and families is None  # names without species
    ours = {_bare(m) if built_in else m: m for m in mirnas}
    asked = [_bare(m) if built_in else m for m in listed]
    found = [ours[m] for m in asked if m in ours]
    missing = [m for m, key in zip(listed, asked, strict=True) if key not in ours]
    if not found:
        raise InputError(
            f"None of the {len(listed)} miRNAs of {name!r} ({check.listing(listed, 3)}) is in the networks, which have "
            f"{check.listing(mirnas, 3)}.{check.suggest(listed[0], mirnas) if listed else ''}"
        )
    logger.info("family: %s: %d of %d miRNAs are in the networks", name, len(found), len(listed))
    if missing:
        logger.info("family: %s: not in the networks: %s", name, check.listing(missing, 20))
    return name, found


def _bare(mirna: str) -> str:
    return SPECIES.sub("", mirna).lower()


def _listed(family: str, families: pd.DataFrame | None) -> list[str]:
    if families is not None:
        families = check.columns("families", families, ["family", "mirna"])
        names = families["family"].astype(str)
        if family not in set(names):
            options = sorted(set(names))
            raise InputError(
                f"`families` has no family {family!r}; it has {check.listing(options)}.{check.suggest(family, options)}"
            )
        return list(dict.fromkeys(families.loc[(names == family).to_numpy(), "mirna"].astype(str)))
    return built_in(family)


def built_in(family: str) -> list[str]:
    """The miRNAs of a family that csmir knows by name."""
    plain = {re.sub(r"[~/_-]", "", known).lower(): known for known in FAMILIES}
    key = re.sub(r"[~/_-]", "", SPECIES.sub("", family)).lower()
    if key not in plain:
        raise InputError(
            f"No family {family!r} is built in; there is {check.listing(FAMILIES)}. Give a list of miRNAs, or "
            "the table of cs.priors.families with `families=`."
        )
    return FAMILIES[plain[key]]
