"""Simulated worlds judged here, in processes, or by the workers of a dask.distributed scheduler."""

from contextlib import nullcontext
from multiprocessing import get_context


def results(judge, tasks, *, cores=1, dask=None):
    """Yield `judge(task)` of each task in order; `judge` is a function of a module, `dask` a scheduler's address.

    The workers run in a checkout of the same code; one that has another ends it before anything is judged.
    """
    if dask:
        yield from _far(judge, tasks, dask)
        return
    with get_context("spawn").Pool(cores) if cores > 1 else nullcontext() as pool:
        yield from pool.imap(judge, tasks, chunksize=50) if pool else map(judge, tasks)


def _far(judge, tasks, address):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)
        ours, theirs = code(), client.run(code)
        if other := [worker for worker, found in theirs.items() if found != ours]:
            raise SystemExit(f"{', '.join(other)}: other code or libraries than here; nothing was judged")
        for future in client.map(judge, tasks, pure=False):
            yield future.result()


def code():
    """Return what decides a judgement: the hash of the project's files, and the versions of its libraries."""
    from backtests.cluster.job import numeric_versions
    from backtests.registry.identity import project_hash

    return [project_hash(question, []) for question in ("lead", "evidence")], numeric_versions()
