"""`make bench`: measures what the README quotes, and writes docs/benchmarks.md and the table in the README."""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks import kernel, sweeps
from tests.paths import ROOT

RUNS = 7
HEAD = """\
# Benchmarks

Medians of {runs} runs after one that is not counted, with the range, on {cores} cores, Python {python}. Whole processes
unless the row says engine. SIMULATED data stand in the store; no number here says anything of a market.

    make bench

| what | bound | median | range |
|---|---|---|---|
"""

KERNEL = """
## The kernel beside other engines

One job in one run, rounds alternating between the engines: {sets:,} sets over {bars:,} real days of ETH, momentum
lookback x threshold x volatility target x band, 10 bp commission, 5 bp slippage, the same weights handed to all
({other}). The ratio is of processor time, which does not count what else the machine does.

{table}

Final equity equals order_func's within {largest_difference_of_final_equity_to_order_func:.0e} and backtrader's within
{largest_difference_to_backtrader:.0e}. Processor microseconds a set by sets: {by_sets}; nanoseconds a bar by bars: {by_bars}. Compiling
takes {cold_seconds:.1f} s once a machine, starting from the cache {warm_seconds:.1f} s. from_orders has no rebalance band: it makes more orders.

    python -m tests.benchmarks.kernel
"""

NAMED = {
    "kernel, 1 thread": "the kernel, one thread",
    "from_orders": "vectorbt from_orders (Rust; no rebalance band) with the numbers of an equity curve",
    "order_func": "vectorbt order_func with the same numbers",
    "backtrader": "backtrader, the reference engine",
}


def whole_process(*words, env):
    """Return the seconds that one call of the command takes."""
    began = time.perf_counter()
    subprocess.run([str(Path(sys.executable).parent / "harbinger"), *words], env=env, check=True, cwd=env["HARBINGER_HOME"],
                   stdout=subprocess.DEVNULL)  # fmt: skip
    return time.perf_counter() - began


def fill_store(home):
    """Store a simulated market as if it had been fetched: the same files, the same hashes, no network."""
    from backtests.experiments.studies import load
    from data.catalogue import lookup
    from data.sources.downloaded import NAME
    from data.sources.simulated.source import SimulatedSource
    from data.store import Store

    store, source = Store(home), SimulatedSource()
    for id in load("small_cap_trend_and_cuts").needs:
        snapshot = store.put(source.load(lookup(id)), id=id, source=NAME, fetched_at="2026-01-01T00:00:00+00:00")
        store.set_head(snapshot)


def engine_call():
    """Return a call of the engine on 3,000 daily bars with the decisions of small_cap_trend."""
    from backtests.engine import backtrader as engine
    from backtests.experiments.studies import load
    from backtests.runs.decisions import decisions_of
    from data.market import Market, load_tables
    from data.sources.simulated.source import SimulatedSource

    experiment, source = load("small_cap_trend").with_value("study.start", "2017-09-01"), SimulatedSource()
    market = Market.from_tables(
        load_tables(source, experiment.needs), traded="ETH-USD", leader="IWM", source=source.name
    )
    decisions, _ = decisions_of(experiment, market)
    decisions = type(decisions)(decisions.bars.iloc[:3000], decisions.decided[:3000], decisions.days[:3000])
    assert len(decisions.bars) == 3000

    def call():
        began = time.perf_counter()
        engine.run(decisions, experiment.costs, experiment.execution, 1e5)
        return time.perf_counter() - began

    return call


def row(what, bound, call):
    """Return one measured row of the table."""
    call()
    seconds = [call() for _ in range(RUNS)]
    shown = [
        f"{s * 1000:.0f} ms" if bound < 1 else f"{s:.2f} s"
        for s in (statistics.median(seconds), *np.sort(seconds)[[0, -1]])
    ]
    limit = f"{bound * 1000:.0f} ms" if bound < 1 else f"{bound:g} s"
    print(what, *shown, flush=True)  # noqa: T201  # a script that a person runs
    return f"| {what} | {limit} | {shown[0]} | {shown[1]} to {shown[2]} |\n"


def sweep_rows(home):
    """Return the rows of whole sweeps: 10,000 sets after the first call, which compiles; 100,000 once."""
    cold, _, _ = sweeps.call(10_000, home, Path(home) / "sweep")
    calls = [sweeps.call(10_000, home, Path(home) / "sweep") for _ in range(RUNS)]
    seconds, peak = [found[0] for found in calls], max(found[1] for found in calls)
    many, many_peak, _ = sweeps.call(100_000, home, Path(home) / "sweep")
    worst = max(found[2]["parity_max_rel"] for found in calls)
    label = f"`harbinger sweep`, 10,000 sets, peak {peak:.0f} MB (first call on a machine {cold:.1f} s)"
    middle = f"{statistics.median(seconds):.2f} s | {min(seconds):.2f} s to {max(seconds):.2f} s"
    print(label, middle, f"100,000: {many:.1f} s, {many_peak:.0f} MB; off backtrader by {worst:.0e}", flush=True)  # noqa: T201
    return [
        f"| {label} | 5 s | {middle} |\n",
        f"| `harbinger sweep`, 100,000 sets, peak {many_peak:.0f} MB | 40 s | {many:.1f} s | once |\n",
    ]


def kernel_parts():
    """Return the part of the page on the kernel beside other engines, and its short form for the README."""
    found = kernel.measure()
    print(kernel.table(found), flush=True)  # noqa: T201
    by_sets = ", ".join(f"{value:.1f} at {n}" for n, value in found["microseconds_per_set_by_sets"].items())
    by_bars = ", ".join(f"{value:.1f} at {n}" for n, value in found["nanoseconds_per_bar_by_bars"].items())
    other = (
        f"vectorbt {found['vectorbt']}" if found["vectorbt"] else f"vectorbt not measured: {found['vectorbt_absent']}"
    )
    page = KERNEL.format(table=kernel.table(found), by_sets=by_sets, by_bars=by_bars, other=other, **found)
    ratios, cpu = found["cpu_ratio_to_one_thread"], found["cpu_microseconds_per_set"]
    rows = [f"| {NAMED[name]} | {cpu[name]:,.0f} | {ratios[name]:,.0f} |\n" for name in NAMED if name in cpu]
    head = (
        "\n| one set of the same job, 3,150 days of ETH | processor microseconds | times the kernel |\n|---|---|---|\n"
    )
    return page, head + "".join(rows)


def main():
    """Measure everything and write the page."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "HARBINGER_HOME": home}
        fill_store(Path(home))
        run = ("run", "small_cap_trend", "--start", "2017-09-01")
        rows = [
            row("`harbinger --help`", 0.3, lambda: whole_process("--help", env=env)),
            row("engine: 3,000 daily bars of `small_cap_trend`", 0.15, engine_call()),
            row("`harbinger run small_cap_trend --no-tearsheet`, stored data",
                1.5, lambda: whole_process(*run, "--no-tearsheet", "--fresh", env=env)),
            row("`harbinger run small_cap_trend`, stored data", 6, lambda: whole_process(*run, "--fresh", env=env)),
            row("`harbinger signal small_cap_trend`, stored data", 6, lambda: whole_process("signal", "small_cap_trend", env=env)),
            row("`harbinger demo`", 60, lambda: whole_process("demo", env=env)),
            *sweep_rows(home),
        ]  # fmt: skip
    head = HEAD.format(runs=RUNS, cores=os.cpu_count(), python=platform.python_version())
    page, short = kernel_parts()
    (ROOT / "docs" / "benchmarks.md").write_text(head + "".join(rows) + page)
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text().partition("<!-- bench -->\n")
    after = rest.partition("<!-- /bench -->")[2]
    table = "".join(["| what | bound | median | range |\n|---|---|---|---|\n", *rows])
    readme.write_text(f"{before}<!-- bench -->\n{table}{short}<!-- /bench -->{after}")


if __name__ == "__main__":
    main()
