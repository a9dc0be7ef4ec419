"""Make the table of miRBase names that ships with csmir: `python -m benchmarks.mirbase_names aliases.txt.gz`.

miRBase is in the public domain (https://mirbase.org, `aliases.txt`). Its file has an accession and every name it ever
had, oldest first, a line. The table holds the same, each name once, grouped by species, accessions as differences.
"""

from __future__ import annotations

import argparse
import gzip
import lzma
import re
from collections import defaultdict
from pathlib import Path

from csmir._names.mirbase import TABLE

HEAD = """\
# Names of miRBase: what each accession is called now, last on its line, and what it was called before.
# Source: aliases.txt of miRBase (https://mirbase.org), which is in the public domain. Kozomara, Birgaoanu and
# Griffiths-Jones, miRBase: from microRNA sequences to function, Nucleic Acids Res. 47 (2019) D155-D162.
# Made by benchmarks/mirbase_names.py. ">" begins a species and a kind of accession (MI hairpin, MIMAT mature);
# then the difference to the accession before, a tab, and the names without the species, "=" before a full name.
"""


def compact(aliases: Path) -> str:
    """The table as text."""
    groups = defaultdict(list)
    for line in gzip.decompress(aliases.read_bytes()).decode().splitlines():
        accession, text = line.split("\t")
        names = [name for name in text.split(";") if name]
        names = [*dict.fromkeys(name for name in names if name != names[-1]), names[-1]]
        kind, number = re.fullmatch(r"(MI|MIMAT)(\d+)", accession).groups()
        groups[names[-1].split("-")[0], kind].append((int(number), names))
    out = [HEAD]
    for (species, kind), rows in sorted(groups.items()):
        out.append(f">{species} {kind}\n")
        last = 0
        for number, names in sorted(rows):
            short = [n.removeprefix(f"{species}-") if n.startswith(f"{species}-") else f"={n}" for n in names]
            out.append(f"{number - last}\t{';'.join(short)}\n")
            last = number
    return "".join(out)


def main():
    """Write the table beside the module that reads it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("aliases", type=Path)
    parser.add_argument("--out", type=Path, default=TABLE)
    options = parser.parse_args()
    data = lzma.compress(compact(options.aliases).encode(), preset=9 | lzma.PRESET_EXTREME)
    options.out.write_bytes(data)
    print(f"{options.out}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
