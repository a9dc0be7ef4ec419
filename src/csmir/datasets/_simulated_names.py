"""Names for simulated features."""

from __future__ import annotations


def _human(suffixes: str) -> list[str]:
    return [f"hsa-{name}" for name in suffixes.split()]


# human miRNAs of miRBase; a small data set already holds members of the miR-17/92 family and others
FIRST = _human(
    "miR-17-5p let-7a-5p miR-18a-5p miR-21-5p miR-19a-3p miR-155-5p miR-19b-3p miR-146a-5p miR-20a-5p let-7b-5p "
    "miR-92a-3p miR-16-5p miR-17-3p miR-221-3p"
)
FAMILY = _human(
    "miR-17-3p miR-17-5p miR-18a-3p miR-18a-5p miR-19a-3p miR-19a-5p miR-19b-3p miR-19b-1-5p miR-20a-3p miR-20a-5p "
    "miR-92a-3p miR-92a-1-5p"
)
OTHERS = _human(
    "miR-222-3p miR-15a-5p miR-15b-5p miR-22-3p miR-23a-3p miR-24-3p miR-25-3p miR-26a-5p miR-27a-3p miR-29a-3p "
    "miR-30a-5p miR-30c-5p miR-31-5p miR-93-5p miR-103a-3p miR-106b-5p miR-107 miR-125b-5p miR-126-3p miR-128-3p "
    "miR-130a-3p miR-142-3p miR-143-3p miR-145-5p miR-150-5p miR-181a-5p miR-182-5p miR-191-5p miR-192-5p "
    "miR-200b-3p miR-205-5p miR-210-3p"
)


def mirna_names(n: int) -> list[str]:
    """`n` different names that look like human miRNAs: real ones first (miR-17/92 among them), then numbered ones."""
    names = list(dict.fromkeys([*FIRST, *FAMILY, *OTHERS]))[:n]
    # above the numbers that miRBase gave out
    return names + [f"hsa-miR-{20001 + i // 2}-{'53'[i % 2]}p" for i in range(n - len(names))]


def numbered(prefix: str, n: int, width: int) -> list[str]:
    """`n` names with a running number, padded so that they sort."""
    width = max(width, len(str(n)))
    return [f"{prefix}{i:0{width}d}" for i in range(1, n + 1)]
