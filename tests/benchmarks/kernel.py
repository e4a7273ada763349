"""`python -m tests.benchmarks.kernel`: the compiled kernel beside vectorbt and backtrader, on one job, in one run.

The job: 10,000 sets over 3,150 real days of ETH, momentum lookback x threshold x volatility target x band, 10 bp
commission and 5 bp slippage; the weights are built once and the same arrays are handed to everyone, who fills them and
returns at least the seven numbers of an equity curve. Rounds alternate between all, so that a slow minute slows all, and
the ratios are of processor time, so that what else runs on the machine does not count.
vectorbt lives in `.venv-bench` (`tests.benchmarks.environment`), because the project must not depend on it.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from backtests.engine import backtrader, loop
from backtests.engine.ledger import Decisions
from backtests.experiments.costs import Costs, Execution
from backtests.runs.batch.sets import run_many
from data.catalogue import lookup
from data.sources.folder.source import FolderSource
from tests.benchmarks.environment import NoPeers, python_of_peers
from tests.paths import ROOT

FOLDER = ROOT.parent / "shared" / "market"
BARS, SETS, ROUNDS, P, CASH = 3150, 10_000, 3, 365, 1e5
COSTS = Costs(10, 5, 0, 0.0)
BANDS = (0.02, 0.04, 0.05, 0.06, 0.1)
TERMS = {"commission_bps": 10.0, "slippage_bps": 5.0, "borrow_pct_per_year": 0.0, "cash_yield": 0.0,
         "delay_bars": 0, "max_leverage": 1.0, "cash_usd": CASH, "periods_per_year": P}  # fmt: skip
TARGETS = {"from_orders": 15, "order_func": 60, "backtrader": 3000}


def real_days(bars=BARS):
    """Return the last `bars` days of ETH."""
    table = FolderSource(FOLDER).load(lookup("ETH-USD")).set_index("date")
    return table[["open", "high", "low", "close"]].astype("float64").iloc[-bars:]


def weights(closes):
    """Return 2,000 weight series: 25 lookbacks x 10 thresholds x 8 volatility targets."""
    log = np.log(closes)
    spread = pd.Series(log).diff().rolling(30).std().to_numpy() * np.sqrt(P)
    found = []
    for lookback in range(8, 208, 8):
        momentum = np.r_[np.full(lookback, np.nan), log[lookback:] - log[:-lookback]]
        for threshold in np.linspace(-0.1, 0.2, 10):
            for target in np.linspace(0.2, 0.9, 8):
                sized = np.where(momentum > threshold, np.minimum(target / spread, 1.0), 0.0)
                found.append(np.where(np.isnan(momentum + spread), np.nan, sized))
    return np.array(found)


def job():
    """Return the bars, the distinct weights, and the row and band of each of 10,000 sets."""
    bars = real_days()
    decided = weights(bars["close"].to_numpy())
    rows, bands = np.repeat(np.arange(len(decided)), len(BANDS)), np.tile(BANDS, len(decided))
    assert len(rows) == SETS
    return bars, decided, rows, bands


def clock():
    """Return seconds: by the wall, and of the processor."""
    return np.array([time.perf_counter(), time.process_time()])


def kernel_seconds(bars, decided, rows, bands, threads, **other):
    """Return the seconds of one call and its batch."""
    opens, closes = bars["open"].to_numpy(), bars["close"].to_numpy()
    began = clock()
    found = run_many(opens, closes, np.ones(len(bars)), decided, rows=rows, rebalance_band=bands, threads=threads,
                     **TERMS | other)  # fmt: skip
    return clock() - began, found


def tape_of(bars, decided, rows, i):
    """Return the tape of set `i`."""
    return Decisions(bars, decided[rows[i]], np.ones(len(bars)))


def engine_seconds(engine, bars, decided, rows, bands, i):
    """Return the seconds of one engine's run of set `i` and its ledger."""
    decisions = tape_of(bars, decided, rows, i)
    began = clock()
    ledger = engine.run(decisions, COSTS, Execution(float(bands[i]), 0, 1.0), CASH)
    return clock() - began, ledger


class Vectorbt:
    """A process that has vectorbt, and the arrays of the job in a folder that both read."""

    def __init__(self, folder, bars, decided, rows, bands, columns):
        targets = np.full_like(decided, np.nan)
        targets[:, 1:] = decided[:, :-1]
        arrays = {"opens": bars["open"], "closes": bars["close"], "targets": targets, "rows": rows, "bands": bands,
                  "columns": columns}  # fmt: skip
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", np.asarray(array))
        (folder / "terms.json").write_text(json.dumps(TERMS))
        words = [python_of_peers(), Path(__file__).with_name("vectorbt_child.py"), folder]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.version = self._answer()["version"]

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise NoPeers(f"the vectorbt process ended with code {self.process.wait()}: see what it printed above")
        return json.loads(line)

    def measure(self, path):
        """Return what the child says of one measured call."""
        self.process.stdin.write(json.dumps({"path": path}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def rounds(bars, decided, rows, bands, other, columns, count):
    """Return {name: (wall, processor) microseconds a set, one a round} and the first round's results by name."""
    seconds, seen = {}, {}

    def keep(name, value, what=None):
        seconds.setdefault(name, []).append(np.asarray(value) * 1e6)
        seen.setdefault(name, what)

    kernel_seconds(bars, decided, rows[:64], bands[:64], 1)  # compile or load
    for turn in range(count):
        for threads in (1, 2):
            took, found = kernel_seconds(bars, decided, rows, bands, threads)
            keep(f"kernel, {threads} thread{'s' * (threads > 1)}", took / SETS, found)
        for path in ("from_orders", "order_func") if other else ():
            answer = other.measure(path)
            keep(f"{path}, fills alone", np.divide(answer["fills"], len(columns)))
            keep(path, np.divide(answer["whole"], len(columns)), answer)
        some = np.random.default_rng(turn).integers(0, SETS, 3)
        runs = [engine_seconds(backtrader, bars, decided, rows, bands, i) for i in some]
        keep("backtrader", np.median([took for took, _ in runs], axis=0), (some, [ledger for _, ledger in runs]))
        runs = [engine_seconds(loop, bars, decided, rows, bands, i) for i in some]
        keep("plain loop", np.median([took for took, _ in runs], axis=0))
    return seconds, seen


def growth(bars, decided, rows, bands):
    """Return microseconds a set at 1, 2 and 4 times the sets, and nanoseconds a bar at 1, 2 and 4 times the bars."""
    by_sets, by_bars = {}, {}
    for times in (1, 2, 4):
        some = slice(None, None, 4 // times)
        sets = len(rows[some])
        took = min(kernel_seconds(bars, decided, rows[some], bands[some], 1)[0][1] for _ in range(3))
        by_sets[sets] = float(took) / sets * 1e6
        many = pd.concat([bars] * times)
        repeated = np.tile(decided[::10], times)
        took = min(kernel_seconds(many, repeated, rows[:1000], bands[:1000], 1)[0][1] for _ in range(3))
        by_bars[len(many)] = float(took) / 1000 / len(many) * 1e9
    return by_sets, by_bars


START = """
import sys, time
began = time.perf_counter()
import numpy as np
from backtests.runs.batch.sets import run_many
ones = np.ones(5)
run_many(ones, ones, ones, ones[None], rebalance_band=0.0, **{terms})
print(time.perf_counter() - began)
"""


def start_seconds():
    """Return the seconds from a fresh process's first import to its first result: (cold, warm)."""
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"NUMBA_CACHE_DIR": folder, "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-c", START.replace("{terms}", repr(TERMS))]
        cold, *warm = (
            float(subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout) for _ in range(4)
        )
    return cold, statistics.median(warm)


def agreement(seen, bars, decided, rows, bands, columns):
    """Return the largest relative difference of equity to backtrader on every bar, and of vectorbt's final equity."""
    some, ledgers = seen["backtrader"]
    _, found = kernel_seconds(bars, decided, rows[some], bands[some], 1, keep_equity=True)
    pairs = zip(found.equity, ledgers, strict=True)
    parity = max(float(np.max(np.abs(equity / ledger.equity_usd - 1))) for equity, ledger in pairs)
    if "order_func" not in seen:
        return parity, None
    ends = np.array(seen["order_func"]["ends"])
    ours = CASH * (1 + seen["kernel, 1 thread"].metrics[columns, 0])
    return parity, float(np.max(np.abs(ends / ours - 1)))


def measure(sets=SETS, count=ROUNDS):
    """Measure everything and return it as one dict; `vectorbt` is None, with the reason, where it is not to be had."""
    bars, decided, rows, bands = job()
    kernel_seconds(bars, decided, rows, bands, 2)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before the others need theirs
    columns = np.sort(np.random.default_rng(0).permutation(SETS)[:sets])  # all, or some that are like all
    with tempfile.TemporaryDirectory() as folder:
        other, absent = None, None
        try:
            other = Vectorbt(Path(folder), bars, decided, rows, bands, columns)
        except NoPeers as error:
            absent = str(error)
        seconds, seen = rounds(bars, decided, rows, bands, other, columns, count)
        if other:
            other.close()
    parity, final = agreement(seen, bars, decided, rows, bands, columns)
    by_sets, by_bars = growth(bars, decided, rows, bands)
    cold, warm = start_seconds()
    spent = {name: np.array(values) for name, values in seconds.items()}  # (rounds, wall and processor)
    ratios = {name: float(np.median(values[:, 1] / spent["kernel, 1 thread"][:, 1])) for name, values in spent.items()}
    return {
        "sets": SETS, "sets_of_vectorbt": sets, "bars": len(bars), "rounds": count, "python": platform.python_version(),
        "vectorbt": other.version if other else None, "vectorbt_absent": absent,
        "wall_microseconds_per_set": {name: float(np.median(values[:, 0])) for name, values in spent.items()},
        "wall_range": {name: (float(values[:, 0].min()), float(values[:, 0].max())) for name, values in spent.items()},
        "cpu_microseconds_per_set": {name: float(np.median(values[:, 1])) for name, values in spent.items()},
        "cpu_ratio_to_one_thread": ratios, "targets": TARGETS, "load": os.getloadavg()[0],
        "orders_per_set": {
            "kernel": float(seen["kernel, 1 thread"].metrics[:, 9].mean()),
            **{name: seen[name]["orders"] for name in ("from_orders", "order_func") if name in seen},
        },
        "largest_difference_to_backtrader": parity, "largest_difference_of_final_equity_to_order_func": final,
        "microseconds_per_set_by_sets": by_sets, "nanoseconds_per_bar_by_bars": by_bars,
        "cold_seconds": cold, "warm_seconds": warm,
        "weights_mb": decided.nbytes / 2**20, "peak_mb": peak_mb,
    }  # fmt: skip


def table(found):
    """Return the measured rows as a Markdown table."""
    head = "| engine | microseconds a set | range | processor microseconds | times the kernel, 1 thread | at least |"
    lines = [head, "|---|---|---|---|---|---|"]
    for name, wall in found["wall_microseconds_per_set"].items():
        low, high = found["wall_range"][name]
        cpu, ratio = found["cpu_microseconds_per_set"][name], found["cpu_ratio_to_one_thread"][name]
        least = found["targets"].get(name, "")
        shown = f"**{ratio:,.1f}**" if least and ratio < least else f"{ratio:,.1f}"
        lines.append(f"| {name} | {wall:,.1f} | {low:,.1f} to {high:,.1f} | {cpu:,.1f} | {shown} | {least} |")
    return "\n".join(lines)


def main():
    """Print the table and the rest."""
    found = measure(1000, 1) if "--quick" in sys.argv else measure()
    print(table(found))  # noqa: T201  # a script that a person runs
    for name, value in found.items():
        if not name.startswith(("wall_", "cpu_")):
            print(f"{name}: {value}")  # noqa: T201
    if found["vectorbt_absent"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
