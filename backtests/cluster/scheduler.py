"""A cluster of dask.distributed as a question uses it: pieces of work out, their results back in order.

The one importer of distributed beside `worker`. TLS, timeouts and the like are dask's own configuration
(~/.config/dask, DASK_... in the environment); an address that begins with tls:// takes its certificates from there.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from backtests.cluster.job import Job
from backtests.cluster.worker import Refused, as_here, ready, received
from data.errors import BadSpec, RunError, UsageError

INSTALL = 'pip install "harbinger-eth[cluster]"'
CONNECT_SECONDS, WORKER_SECONDS = 10, 60  # how long a scheduler, and a first worker, are waited for
AHEAD = 3  # pieces under way for each thread of the cluster: what a worker waits for is there when it asks
POLL_SECONDS = 2.0
LEAST, MOST = 4, 2_000  # pieces under way

R = TypeVar("R")


@contextmanager
def connected(address: str | None) -> Iterator[Cluster | None]:
    """Give the cluster at `address`, and let go of it; None without one. Raises as `Cluster` does."""
    if address is None:
        yield None
        return
    cluster = Cluster(address)
    try:
        yield cluster
    finally:
        cluster.close()


class Cluster:
    """A connection to the scheduler at `address`.

    UsageError where distributed is not installed or the address cannot be read, RunError where none answers there.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client = _client(address)
        self._keys = count()
        self._job: Any = None
        self._asked = ""

    def close(self) -> None:
        """Let go of the cluster; what is under way there is dropped."""
        with suppress(Exception):  # a scheduler that is gone needs no farewell
            self._client.close(timeout=3)

    def begin(self, job: Job) -> None:
        """Send a job to every worker that is there. RunError where one is not as this process is."""
        self._wait_for_workers()
        self._asked = f"{job.id}-{time.time_ns():x}"
        with _lost_is_said(self.address):
            _check(self._client.run(as_here, job.versions, on_error="return"))
            self._job = self._client.submit(received, job, key=f"{self._asked}-job", pure=False)
            asked = {name: self._ready_on(name) for name in self._client.nthreads()}
            _check({name: self._answer(name, answer) for name, answer in asked.items()})

    def _ready_on(self, worker: str) -> Any:
        return self._client.submit(ready, self._job, workers=[worker], key=f"{self._asked}-{worker}", pure=False)

    def _answer(self, worker: str, asked: Any) -> Any:
        """Return what one worker says; nothing, if it has gone meanwhile."""
        while worker in self._client.nthreads() and not asked.done():
            with suppress(TimeoutError):
                asked.result(timeout=POLL_SECONDS)
        return asked.result() if asked.done() else ""

    def results(self, function: Callable[..., R | Refused], pieces: Iterable[tuple[Any, ...]]) -> Iterator[R]:
        """Yield `function(job, *piece)` of each piece, in order, each computed on some worker.

        A worker that is lost is made up for by the others. RunError where the scheduler is lost, where no worker is
        left, or where a piece ends every worker that takes it: what was yielded before stays good.
        """
        under_way: deque[Any] = deque()
        rest = iter(pieces)
        try:
            while True:
                self._fill(under_way, function, rest)
                if not under_way:
                    return
                yield self._result(under_way.popleft())
        finally:
            with suppress(Exception):
                self._client.cancel(list(under_way), force=True)

    def _fill(self, under_way: deque[Any], function: Callable[..., Any], rest: Iterator[tuple[Any, ...]]) -> None:
        with _lost_is_said(self.address):
            most = min(max(AHEAD * sum(self._client.nthreads().values()), LEAST), MOST)
            for piece in _at_most(rest, most - len(under_way)):
                key = f"{self._asked}-{next(self._keys)}"
                under_way.append(self._client.submit(function, self._job, *piece, key=key, pure=False))

    def _result(self, future: Any) -> Any:
        with _lost_is_said(self.address):
            alone_since: float | None = None
            while not future.done():
                with suppress(TimeoutError):
                    future.result(timeout=POLL_SECONDS)
                alone_since = self._alone(alone_since)
            found = future.result()
        if isinstance(found, Refused):
            raise RunError(f"a worker of {self.address} refused: {found.reason}")
        return found

    def _alone(self, since: float | None) -> float | None:
        """Return since when no worker is there, None while one is; RunError where that has lasted too long."""
        if self._client.nthreads():
            return None
        since = since or time.monotonic()
        if time.monotonic() - since > WORKER_SECONDS:
            raise RunError(f"{self.address}: no worker is left since {WORKER_SECONDS} s; start some")
        return since

    def _wait_for_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError:
            raise RunError(
                f"{self.address}: no worker within {WORKER_SECONDS} s; start one: dask worker {self.address}"
            ) from None


def _client(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415  # an extra, and heavy: a second
    except ImportError as error:
        raise UsageError(f"--dask needs dask.distributed ({error}); {INSTALL}") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it has to say is said by us, in one line
    try:
        return _within(2 * CONNECT_SECONDS, lambda: Client(address, timeout=CONNECT_SECONDS, set_as_default=False))
    except (OSError, TimeoutError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise RunError(
            f"--dask {address}: no scheduler answers ({said}); start one: dask scheduler, or leave --dask out"
        ) from error
    except Exception as error:
        remedy = "write tcp://host:8786, or tls://host:8786 with the certificates in dask's configuration"
        raise BadSpec(f"--dask {address}: cannot be used ({_words(error)}); {remedy}") from error


def _within(seconds: float, make: Callable[[], R]) -> R:
    """Return what `make` does, in a thread; TimeoutError after so long.

    A client waits for ever for a port that takes connections and says nothing, whatever its own timeout.
    """
    done: SimpleQueue[tuple[R | None, BaseException | None]] = SimpleQueue()

    def work() -> None:
        try:
            done.put((make(), None))
        except BaseException as error:  # noqa: BLE001  # raised where it is waited for
            done.put((None, error))

    Thread(target=work, daemon=True).start()
    try:
        made, error = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"a port that says nothing for {seconds} s") from None
    if error is not None:
        raise error
    return made  # type: ignore[return-value]  # what was made where nothing was raised


@contextmanager
def _lost_is_said(address: str) -> Iterator[None]:
    """Turn what distributed raises of itself into one line; what a worker's function raised too."""
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415  # an extra, and heavy
    from distributed.comm import CommClosedError  # noqa: PLC0415  # an extra, and heavy

    try:
        yield
    except RunError:
        raise
    except KilledWorker as error:
        raise RunError(
            "a piece of the work ended every worker that took it: out of memory, killed, or ended by a rule of its own"
        ) from error
    except (CancelledError, CommClosedError, OSError) as error:
        raise RunError(f"the scheduler at {address} is lost") from error
    except Exception as error:
        raise RunError(f"a worker of {address} failed: {_words(error)}") from error


def _check(answers: Mapping[str, object]) -> None:
    for worker, answer in answers.items():
        if answer:
            raise RunError(f"worker {worker}: {_words(answer)}; nothing was run")


def _words(answer: object) -> str:
    if isinstance(answer, ImportError):
        return f"harbinger is not there ({answer}); install the same one"
    return " ".join(
        (f"{type(answer).__name__}: {answer}" if isinstance(answer, BaseException) else str(answer)).split()
    )


def _at_most(rest: Iterator[Any], n: int) -> Iterator[Any]:
    for _ in range(n):
        try:
            yield next(rest)
        except StopIteration:
            return
