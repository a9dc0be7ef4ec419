"""Names that stand for several: reads that fit two miRNAs, probes that catch both, accessions beside names."""

from __future__ import annotations

import re
from functools import lru_cache

from csmir._names import forms, mirbase

# miRge `/`, exceRpt `|` and `:`, NanoString `+`, lists `;` and `,`
SEPARATORS = re.compile(r"\s*[;,|/+&:]\s*")
# an accession put behind or before a name: hsa-miR-21-5p_MIMAT0000076
# or two whole names: hsa-miR-17-5p_hsa-miR-106a-5p
JOINED = re.compile(
    r"[_\s(]+(?=(?:MIMAT|MI)\d{7})|(?<=\d{7})[_\s)]+|[_\s]+(?=[a-z]{3,4}-(?:mir|let)-\d)", re.IGNORECASE
)
# the rest of a name after a slash: 7c-5p, 107, b-3p
SHORT = re.compile(
    r"(?P<own>[35]p)|(?P<number>\d+)?(?P<letter>[a-z]{1,2})?(?P<locus>-\d)?(?P<arm>-[35]p)?", re.IGNORECASE
)
WORD = re.compile(r"[A-Za-z]+")


@lru_cache(maxsize=100_000)
def members(name: str) -> tuple[str, ...]:
    """The names within a compound name, written out; the name itself if it is one; none if it has a part that is none.

    A part that is not a miRNA name (`|+1`, `;iso_5p:+1`) makes another thing of the whole.
    """
    text = forms.cleaned(name)
    if _single(text):
        return (text,)
    parts = SEPARATORS.split(JOINED.sub("|", text).strip("| "))
    separators = [s.strip() for s in SEPARATORS.findall(text)] or ["|"]
    if len(parts) < 2 or not all(parts):
        return ()
    if any(forms.ACCESSION.fullmatch(p) for p in parts):  # exceRpt: name:accession:Homo:sapiens:name
        words = [w for p in parts for w in ([p] if _single(p) else p.split())]
        parts = [w for w in words if not WORD.fullmatch(w)]
    out: list[str] = []
    for part in parts:
        full = part if _single(part) else None
        if full is None and out and set(separators) == {"/"}:
            full = _completed(part, out[-1])
        if full is None:
            return ()
        found, first = forms.form(full), forms.form(out[0]) if out else None
        if found and first and first.species and not found.species and found.level not in {forms.GENE, forms.HOST}:
            full = f"{first.species}-{full}"
        out.append(full)
    return tuple(dict.fromkeys(_with_arm(out, parts)))


def abbreviated(name: str) -> bool:
    """Whether members are written in short and may not be miRNAs, as of TargetScan's families: `miR-17-5p/20-5p`."""
    parts = SEPARATORS.split(forms.cleaned(name))
    if "/" not in name or all(_single(p) for p in parts):
        return False
    found = [f for f in map(forms.form, members(name)) if f is not None]
    return not found or not all(f.species and _of_today(f) for f in found)


def _of_today(found: forms.Form) -> bool:
    """Whether miRBase calls a miRNA so, without an arm: miR-1323."""
    return found.key in mirbase.release(found.species or "hsa").name


def _single(text: str) -> bool:
    return forms.form(text) is not None or bool(forms.ACCESSION.fullmatch(text))


def _completed(part: str, before: str) -> str | None:
    """`7c-5p` after `hsa-let-7a-5p` is `hsa-let-7c-5p`."""
    match, last = SHORT.fullmatch(part), forms.form(before)
    if match is None or last is None:
        return None
    if match["own"] and last.arm in {"5p", "3p"}:  # miR-21-5p/3p
        return re.sub("[35]p$", match["own"].lower(), before, flags=re.IGNORECASE)
    if not (match["number"] or match["letter"]):
        return None
    kind, _, number = last.stem.partition("-")
    digits = match["number"] or (re.match(r"\d+", number) or [""])[0]
    kind = "let" if kind == "let" and digits == "7" else "miR"
    text = f"{kind}-{digits}{match['letter'] or ''}{match['locus'] or ''}{match['arm'] or ''}"
    return f"{last.species}-{text}" if last.species else text


def _with_arm(names: list[str], parts: list[str]) -> list[str]:
    """In `miR-199a/b-3p` the arm is that of both."""
    last = forms.form(names[-1])
    if last is None or last.arm not in {"5p", "3p"} or (names[-1].endswith(parts[-1]) and _single(parts[-1])):
        return names
    armless = [(f := forms.form(n)) is not None and f.arm is None and not _of_today(f) for n in names]
    return [f"{n}-{last.arm}" if bare else n for n, bare in zip(names, armless, strict=True)]
