"""Whole sweeps as a user starts them: seconds and memory of `harbinger sweep`, of 10,000 and of 100,000 sets."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.paths import MARKET

FOLDER = MARKET
JOB = """
[study]
name = "job"
start = "2017-11-09"
[strategy]
use = "vol_target"
[strategy.base]
use = "long_flat"
[strategy.base.trend]
use = "small_cap_trend"
"""
AXES = {
    10_000: ("base.trend.lookback=20:119:1", "base.threshold=0:0.04:0.01", "target_vol_pct=40:120:20",
             "execution.rebalance_band=0,0.02,0.05,0.1"),
    100_000: ("base.trend.lookback=20:219:1", "base.threshold=0:0.09:0.01", "target_vol_pct=40:120:20",
              "execution.rebalance_band=0:0.09:0.01"),
}  # fmt: skip


def source():
    """Return real history where it stands beside the checkout, made data else."""
    return f"folder:{FOLDER}" if FOLDER.is_dir() else "simulated"


def call(sets, home, out):
    """Return (seconds, peak MB of the sweep's own process, sweep.json) of one call of the command."""
    job = Path(home) / "job.toml"
    job.write_text(JOB)
    words = [str(Path(sys.executable).parent / "harbinger"), "sweep", str(job), "--source", source(), "--out", str(out),
             "--json", *(word for axis in AXES[sets] for word in ("-s", axis))]  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen(words, env={**os.environ, "HARBINGER_HOME": str(home)}, stdout=subprocess.PIPE)
    peak = Peak(process.pid)
    output, _ = process.communicate()
    seconds = time.perf_counter() - began
    assert process.returncode == 0
    return seconds, peak.stop(), json.loads(output)


class Peak(threading.Thread):
    """Reads the peak of a process from its status file while it lives."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.file, self.mb, self.over = Path(f"/proc/{pid}/status"), 0.0, False
        self.start()

    def run(self):
        while not self.over:
            try:
                lines = self.file.read_text().splitlines()
            except OSError:
                return
            self.mb = max([self.mb, *(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))])
            time.sleep(0.02)

    def stop(self):
        """Return the peak in MB."""
        self.over = True
        self.join()
        return self.mb
