"""Whole sweeps as a user starts them: what `harbinger sweep` spends on ten thousand sets up to a million."""

import json
import sys
from pathlib import Path

from tests.benchmarks.environment import spent
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
use = "small_cap_momentum"
"""
AXES = {
    10_000: ("base.trend.lookback=20:119:1", "base.threshold=0:0.04:0.01", "target_vol_pct=40:120:20",
             "execution.rebalance_band=0,0.02,0.05,0.1"),
    100_000: ("base.trend.lookback=20:219:1", "base.threshold=0:0.09:0.01", "target_vol_pct=40:120:20",
              "execution.rebalance_band=0:0.09:0.01"),
    1_000_000: ("base.trend.lookback=20:219:1", "base.threshold=0:0.049:0.001", "target_vol_pct=30:120:10",
                "execution.rebalance_band=0:0.09:0.01"),
}  # fmt: skip
WALKED = ("base.trend.lookback=20:119:1", "base.threshold=0:0.019:0.001", "target_vol_pct=40:120:20")
WINDOWS = "30m/6m"


def source():
    """Return real history where it stands beside the checkout, made data else."""
    return f"folder:{FOLDER}" if FOLDER.is_dir() else "simulated"


def call(sets, home, compiled=None):
    """Return (what it spent, sweep.json) of one call of the command; `compiled`: where the kernel is kept."""
    return _sweep(home, AXES[sets], env={} if compiled is None else {"NUMBA_CACHE_DIR": str(compiled)})


def walk(home):
    """Return (what it spent, sweep.json) of 10,000 sets walked forward over nine years."""
    return _sweep(home, WALKED, "--walk-forward", WINDOWS)


def _sweep(home, axes, *more, env=None):
    job = Path(home) / "job.toml"
    job.write_text(JOB)
    words = [Path(sys.executable).with_name("harbinger"), "sweep", job, "--source", source(), "--json",
             *more, *(word for axis in axes for word in ("-s", axis))]  # fmt: skip
    used = spent(words, env={"HARBINGER_HOME": str(home)} | (env or {}), cwd=home)
    return used, json.loads(used.output)
