"""Threads at work on objects of their own: the same bytes as alone, and no option changed on the way.

python -m benchmarks.threads [threads] [calls]
"""

from __future__ import annotations

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import anndata
import mudata

import csmir as cs
from csmir._mudata.assemble import duplicate


def options() -> tuple[str, ...]:
    old = hasattr(mudata, "set_options")  # mudata < 0.4
    return repr(dict(mudata._core.config.OPTIONS) if old else mudata.settings), repr(anndata.settings)


def digest(mdata) -> str:
    total = sha256()
    for key in mdata.mod:
        x = mdata[key].X
        for part in (x.data, x.indices, x.indptr) if hasattr(x, "indptr") else (x,):
            total.update(part.tobytes())
    total.update("\0".join([*mdata.var_names, *mdata.obs_names]).encode())
    return total.hexdigest()


def call(mdata, i: int) -> str:
    own = duplicate(mdata)
    net = own.uns["prior"]
    cs.tl.regulation(own, net.iloc[i % 5 :], n_threads=1, progress=False)
    cs.tl.comparator(own, net.iloc[i % 3 :], method="lioness_pearson", n_threads=1, progress=False)
    cs.tl.regulation(own, net.iloc[: -1 - i % 7], n_threads=1, progress=False)
    cs.tl.hubs(own)
    return digest(own)


def main(n_threads: int, n_calls: int) -> None:
    warnings.simplefilter("ignore")
    mdata = cs.datasets.simulated(n_cells=12, n_mirnas=10, n_mrnas=60, seed=0)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=5)
    alone = [call(mdata, i) for i in range(n_calls)]
    before = options()
    with ThreadPoolExecutor(n_threads) as pool:
        found = list(pool.map(lambda i: call(mdata, i), [*range(n_calls)] * n_threads))
    same = sum(a == b for a, b in zip(found, alone * n_threads, strict=True))
    print(f"{n_threads} threads x {n_calls} calls: {same} of {n_threads * n_calls} give the bytes of one thread")
    print("options of mudata and anndata:", "as before" if options() == before else "CHANGED")


if __name__ == "__main__":
    main(*(int(sys.argv[k]) if len(sys.argv) > k else n for k, n in ((1, 8), (2, 50))))
