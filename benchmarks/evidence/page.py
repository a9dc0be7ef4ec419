"""The page: every table, what it says, and first of all what does not hold."""

from __future__ import annotations

import re

HEAD = """# Evidence: can confounding fake regulation?

What the local test says of data that were made to deceive it, with the truth at hand. [](truth.md) asks how well
regulation is found; this page asks what else is found in its place, and what protection costs.

- *Data.* Three generators. The first: log-normal genes, Poisson counts, 40 miRNAs x 250 mRNAs, 600 putative pairs of
  which 20 % are regulated, each in one or two of four cell types or in a stretch of 30 % of a trajectory. The second is
  of another form: gamma-distributed regulators and type effects, negative-binomial counts, 60 x 400 genes, 900 pairs,
  five types of unequal size. The third has real miRNA counts (single cells of four lines, PSCSR-seq) and mRNAs planted
  on top. Without a word of the generator, the first is meant.
- *Slope* is the log effect: at slope 1 a doubling of the miRNA halves its target. Single miRNAs in cells have 0.15 to
  0.4, strong ones 0.6. A statement on power means nothing without it.
- *Confounders.* "Batch 0.8" shifts every gene between two batches, with a standard deviation of 0.8 in log2 units over
  genes; "plates" are eight of them; a "program" moves 20 % of miRNAs up and 20 % of mRNAs down, hidden from
  everybody; a "narrow" one 10 miRNAs and 12 mRNAs. "Depth" is given as the standard deviation of its logarithm, alike
  in both modalities ("shared") or such that what one half of a cell gets the other lacks ("split"). A "host gene"
  drives a miRNA and some of its putative targets.
- *Methods.* "Groups": cells are compared within known types, `groups="type"`. "Default": nothing is said of types,
  and the package looks for them. "Neighbours": `neighbors="expression"`. "Known": the confounders are given,
  `covariates=` (and `parents=`, `duplicates="weigh"`). "Nothing adjusted": `factors=0`. Where none of these is said,
  factors are as by default.
- *False share*: of all edges, those of pairs that are not regulated in the very cell. *Power*: of all regulated
  (pair, cell), those found. Both at q ≤ 0.05. In brackets 95 % limits over data sets; differences are paired.
- *Limits* were set before anything was measured, and stand beside the values. {verdict}

Made by `python -m benchmarks.evidence{how} --out docs/evidence.md`.{kept}
"""
KEPT = """ Rows are those of the cache, each measured with the code
of its day: the second half of the seeds without regulation, clusters, the unseen verdicts and the hub last. Seeds are
0, 1, ... unless a section says otherwise."""


def page(sections: list[tuple[str, str, str, int]], *, how: str, kept: bool) -> str:
    """`sections`: title, what it is about, table, data sets each; `how`: options of the command."""
    parts = []
    for title, about, table, seeds in sections:
        each = f" {seeds} data sets each." if seeds > 1 else ""
        parts.append(f"## {title}\n\n{about}{each}\n\n{table}")
    text = " ".join(table for _, _, table, _ in sections)
    counts = {"hold": len(re.findall(r": ok", text)), "do not, in bold": text.count("**not met**")}
    counts |= {
        "are open: over, but within their limits": text.count(": open"),
        "await measuring": text.count("not measured"),
    }
    said = [f"{n} {what}" for what, n in counts.items() if n]
    return "\n".join([HEAD.format(verdict=f"{'; '.join(said)}.", how=how, kept=KEPT if kept else ""), *parts])
