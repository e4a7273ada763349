"""A real scheduler and real workers on loopback, each a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager

PATIENCE = 60


def free_port():
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Local:
    """A scheduler and its workers, started and ended by hand; `address` is what --dask takes."""

    def __init__(self, folder, workers=2, protocol="tcp", **environment):
        self.folder, self.environment = folder, {**os.environ, "PYTHONSAFEPATH": "1", **environment}
        self.port = free_port()
        self.address = f"{protocol}://127.0.0.1:{self.port}"
        self.scheduler = None
        self.workers = []
        self.start_scheduler()
        for _ in range(workers):
            self.add_worker()

    def start_scheduler(self):
        self.scheduler = self._dask(
            "scheduler", "--host", self.address.replace(f":{self.port}", ""), "--port", str(self.port)
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.scheduler.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def add_worker(self, **environment):
        words = (
            "worker",
            self.address,
            "--host",
            "127.0.0.1",
            "--nthreads",
            "1",
            "--no-nanny",
            "--death-timeout",
            "60",
        )
        self.workers.append(self._dask(*words, "--local-directory", str(self.folder), **environment))
        return self.workers[-1]

    def wait_for(self, n):
        """Wait until the scheduler knows `n` workers."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(n, timeout=PATIENCE)

    def _dask(self, *words, **environment):
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:], "--no-dashboard"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self.folder, env={**self.environment, **environment}, **quiet)

    def stop(self):
        for process in (*self.workers, self.scheduler):
            process.send_signal(signal.SIGKILL)
            process.wait()


@contextmanager
def cluster(folder, **how):
    """Give a cluster and take it down again."""
    found = Local(folder, **how)
    try:
        yield found
    finally:
        found.stop()
