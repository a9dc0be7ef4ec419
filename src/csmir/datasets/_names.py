"""Names for simulated features."""

from __future__ import annotations

# the miR-17/92 family of the paper, and other human miRNAs of miRBase; a small data set already holds both
FAMILY = [
    "hsa-miR-17-3p",
    "hsa-miR-17-5p",
    "hsa-miR-18a-3p",
    "hsa-miR-18a-5p",
    "hsa-miR-19a-3p",
    "hsa-miR-19a-5p",
    "hsa-miR-19b-3p",
    "hsa-miR-19b-1-5p",
    "hsa-miR-20a-3p",
    "hsa-miR-20a-5p",
    "hsa-miR-92a-3p",
    "hsa-miR-92a-1-5p",
]
FIRST = [
    "hsa-miR-17-5p",
    "hsa-let-7a-5p",
    "hsa-miR-18a-5p",
    "hsa-miR-21-5p",
    "hsa-miR-19a-3p",
    "hsa-miR-155-5p",
    "hsa-miR-19b-3p",
    "hsa-miR-146a-5p",
    "hsa-miR-20a-5p",
    "hsa-let-7b-5p",
    "hsa-miR-92a-3p",
    "hsa-miR-16-5p",
    "hsa-miR-17-3p",
    "hsa-miR-221-3p",
]
OTHERS = [
    "hsa-miR-222-3p",
    "hsa-miR-15a-5p",
    "hsa-miR-15b-5p",
    "hsa-miR-22-3p",
    "hsa-miR-23a-3p",
    "hsa-miR-24-3p",
    "hsa-miR-25-3p",
    "hsa-miR-26a-5p",
    "hsa-miR-27a-3p",
    "hsa-miR-29a-3p",
    "hsa-miR-30a-5p",
    "hsa-miR-30c-5p",
    "hsa-miR-31-5p",
    "hsa-miR-93-5p",
    "hsa-miR-103a-3p",
    "hsa-miR-106b-5p",
    "hsa-miR-107",
    "hsa-miR-125b-5p",
    "hsa-miR-126-3p",
    "hsa-miR-128-3p",
    "hsa-miR-130a-3p",
    "hsa-miR-142-3p",
    "hsa-miR-143-3p",
    "hsa-miR-145-5p",
    "hsa-miR-150-5p",
    "hsa-miR-181a-5p",
    "hsa-miR-182-5p",
    "hsa-miR-191-5p",
    "hsa-miR-192-5p",
    "hsa-miR-200b-3p",
    "hsa-miR-205-5p",
    "hsa-miR-210-3p",
]


def mirna_names(n: int) -> list[str]:
    """`n` different names that look like human miRNAs: real ones first (miR-17/92 among them), then numbered ones."""
    names = list(dict.fromkeys([*FIRST, *FAMILY, *OTHERS]))[:n]
    # above the numbers that miRBase gave out
    return names + [f"hsa-miR-{20001 + i // 2}-{'53'[i % 2]}p" for i in range(n - len(names))]


def numbered(prefix: str, n: int, width: int) -> list[str]:
    """`n` names with a running number, padded so that they sort."""
    width = max(width, len(str(n)))
    return [f"{prefix}{i:0{width}d}" for i in range(1, n + 1)]
