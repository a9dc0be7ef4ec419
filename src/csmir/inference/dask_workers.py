"""The blocks of a job, computed by the workers of a dask cluster. What is lost with a worker is sent out again."""

from __future__ import annotations

import pickle
import time
import warnings
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from csmir._errors import InputError
from csmir._log import logger, progress_bar
from csmir.inference.blocks import Job
from csmir.kernels.packed import Packed

ACTIVE = "active"
MOST_TRIES = 5  # of a block, before a cluster that loses its workers is given up
WAITS = (0.5, 1.0, 2.0, 4.0)  # seconds, for workers to come back
LOST = ("cancelled", "lost")


def client_of(client: Any) -> Any:
    """The client to use: the one handed in, or for "active" the one of this session."""
    try:
        import distributed
    except ImportError:
        raise InputError(
            "`client` needs dask.distributed, which is not installed. Run: pip install 'csmir[dask]'"
        ) from None
    if isinstance(client, distributed.Client):
        if _is_closed(client):
            raise InputError(
                "The dask client is closed, or its cluster is. Make a new one: client = dask.distributed.Client()"
            )
        return client
    if client != ACTIVE:
        raise InputError(f"`client` must be a dask.distributed.Client, 'active' or None; found {client!r}.")
    try:
        return distributed.get_client()
    except ValueError:
        raise InputError(
            "client='active' found no dask client in this session. Make one first: client = dask.distributed.Client()"
        ) from None


def _is_closed(client: Any) -> bool:
    return client.status != "running" or client.scheduler is None


def compute_by(
    client: Any,
    job: Job,
    which: Sequence[int],
    keep: Callable[[int, Packed], Any],
    *,
    progress: bool | None,
) -> None:
    """As `execute.compute`, on the workers of `client`; `keep` is called here, in the order in which blocks come in."""
    try:
        _compute_by(client, job, which, keep, progress)
    except Exception as e:
        if not _is_closed(client):
            raise
        raise InputError(
            f"The dask cluster was closed while it computed ({type(e).__name__}). Start one and make the same call "
            "again; with `out=` it goes on with what is missing."
        ) from e


def _compute_by(
    client: Any, job: Job, which: Sequence[int], keep: Callable[[int, Packed], Any], progress: bool | None
) -> None:
    if not len(which):
        return
    n_workers, n_threads = len(client.nthreads()), sum(client.nthreads().values())
    if n_workers == 0:
        raise InputError("The dask cluster has no workers. Wait for them: client.wait_for_workers(1)")
    logger.info("%d blocks for %d dask workers with %d threads", len(which), n_workers, n_threads)
    sender = _Sender(client, job)
    # a few more than there are threads: the next parts are on their way while others are computed
    left = iter(which)
    sender.send(list(islice(left, 2 * n_threads)))
    for _ in progress_bar(range(len(which)), total=len(which), desc="pairs", show=progress):
        i, block = sender.next()
        keep(i, block)
        sender.send(list(islice(left, 1)))


def _block(block: Callable[[Any, Any], Packed], shared: Any, part: bytes) -> Packed:
    """Runs on a worker. Of the data that came as bytes, dask makes nothing of its own."""
    return block(shared, pickle.loads(part))


class _Sender:
    """Sends blocks out, and sends them again when they get lost."""

    def __init__(self, client: Any, job: Job) -> None:
        from distributed import as_completed

        self.client, self.job = client, job
        self.shared = self._share()
        self.coming = as_completed(loop=client.loop)
        self.task_of: dict[str, int] = {}
        self.tries: dict[int, int] = {}

    def _share(self) -> Any:
        for wait in WAITS:
            try:
                return self.client.scatter(self.job.shared, broadcast=True, hash=False)
            except OSError:  # a worker went while it was sent to
                time.sleep(wait)
        return self.client.scatter(self.job.shared, broadcast=True, hash=False)

    def send(self, tasks: Sequence[int]) -> None:
        """Send these out to be computed, each with its own data: the scheduler keeps them until they are done."""
        for i in tasks:
            part = pickle.dumps(self.job.part(self.job.tasks[i]), protocol=5)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Sending large graph", category=UserWarning)
                future = self.client.submit(_block, self.job.block, self.shared, part, pure=False)
            self.task_of[future.key] = i
            self.coming.add(future)

    def next(self) -> tuple[int, Packed]:
        """Number and block of the next that is done."""
        from distributed import CancelledError, KilledWorker

        while True:
            future = next(self.coming)
            i = self.task_of.pop(future.key)
            try:
                if future.status not in LOST:
                    return i, future.result()
                why: Any = future.status
            except (CancelledError, KilledWorker, OSError) as e:
                why = e
            self.tries[i] = self.tries.get(i, 0) + 1
            if self.tries[i] > MOST_TRIES:
                raise RuntimeError(f"block {i} was lost with its worker {MOST_TRIES} times ({why}); see their logs")
            logger.warning("block %d was lost with its worker (%s): sent again", i, why)
            if self.shared.status in LOST:
                self.shared = self._share()
            self.send([i])
