"""`make bench`: measures what the README quotes, and writes docs/benchmarks.md and the table in the README.

`python -m tests.benchmarks.bench --quick` measures each once, with small sweeps, and writes nothing.
"""

import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import kernel, sweeps
from tests.benchmarks.environment import NoPeers, python_of_peers, spent
from tests.paths import ROOT

QUICK = "--quick" in sys.argv
RUNS = 1 if QUICK else 5
HARBINGER = Path(sys.executable).with_name("harbinger")
JOB = Path(__file__).with_name("peers.py")
RUN = ("run", "small_cap_trend", "--start", "2017-09-01")
MARKS = "<!-- bench -->\n", "<!-- /bench -->"
HEAD = """\
# Benchmarks

    make bench

Medians of {runs} calls after one that is not counted, with the range, on {cores} cores, Python {python}, {when}. The load of
the machine (`os.getloadavg`, one minute) was {before:.1f} when it began and {after:.1f} when it ended: {quiet}
Whole processes unless the row says engine; processor seconds are those of a command and all that it started, memory is the
peak of its own process; seconds in bold are more than was asked. The first row is no command of ours: a yardstick of the machine,
whose speed on another day or elsewhere may be half or twice this one's. It is measured again beside each call: `yardsticks` says how
many of it a call takes, which compares machines and days. SIMULATED data stand in the store; no number here says anything of a market.

"""
COLUMNS = "| what | asked | seconds | range | yardsticks | processor | peak MB |\n|---|---|---|---|---|---|---|\n"
BESIDE = """
## Each verb beside other libraries

Whole processes from the first import to the last result, one after the other in one run, on {bars:,} days of ETH as a file.
Ours reads its stored series, checks them, keeps the calendars apart, writes and registers its results; theirs is one rule
(momentum over a threshold, next open, 10 bp and 5 bp) as their users would write it (`tests/benchmarks/peers.py`).
{versions}. Times are ratios of processor seconds to ours, of a command and all that it started: ours count the check of 22
sets by backtrader too.

{table}
{note}
"""
KERNEL = """
## The kernel beside other engines

One job in one run, rounds alternating between the engines: {sets:,} sets over {bars:,} real days of ETH, momentum
lookback x threshold x volatility target x band, 10 bp commission, 5 bp slippage, the same weights handed to all
({other}). The ratio is of processor time, which does not count what else the machine does; one in bold is less than was asked.

{table}

The backtrader of this table is our reference engine, which leaves out what nobody reads of it; the table above has it as its users
start it. Final equity equals {final}backtrader's within
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
PEERS = {"vectorbt": "vectorbt", "backtesting": "backtesting.py", "backtrader": "backtrader"}
MEASURED = {"backtesting": 400, "backtrader": 40}  # sets of a sweep that is too slow to be measured whole


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
        began, busy = time.perf_counter(), time.process_time()
        engine.run(decisions, experiment.costs, experiment.execution, 1e5)
        return time.perf_counter() - began, time.process_time() - busy, None

    return call


def command(home, *words):
    """Return a call of one command: seconds, processor seconds, peak MB."""

    def call():
        used = spent([HARBINGER, *words], env={"HARBINGER_HOME": str(home)}, cwd=home)
        return used.wall, used.cpu, used.mb

    return call


def yardstick():
    """What Python spends on importing pandas, which every command that reads data has to."""
    used = spent([sys.executable, "-c", "import pandas"])
    return used.wall, used.cpu, used.mb


def shown(seconds):
    """Return seconds as a person reads them."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"


def row(what, asked, call, runs=RUNS, warm=True):
    """Return (median processor seconds, peak MB) of a call, and its row of the table."""
    if warm:
        call()
    calls, units = [], []
    for _ in range(runs):
        units.append(yardstick()[0])
        calls.append(call())
    walls = sorted(wall for wall, _, _ in calls)
    cpu, peak = statistics.median(cpu for _, cpu, _ in calls), max(mb or 0 for _, _, mb in calls)
    median = statistics.median(walls)
    ratio = statistics.median(wall / unit for (wall, _, _), unit in zip(calls, units, strict=True))
    cells = [what, shown(asked) if asked else "", f"**{shown(median)}**" if asked and median > asked else shown(median),
             "once" if runs == 1 else f"{shown(walls[0])} to {shown(walls[-1])}", f"{ratio:.2f}", shown(cpu), f"{peak:.0f}" if peak else ""]  # fmt: skip
    line = f"| {' | '.join(cells)} |\n"
    print(line, end="", flush=True)  # noqa: T201  # a script that a person runs
    return (cpu, peak), line


def own_rows(home):
    """Return what our verbs spend, by verb, and their rows."""
    found, lines = {}, []

    def add(name, what, asked, call, **how):
        found[name], line = row(what, asked, call, **how)
        lines.append(line)

    add("yardstick", "`python -c 'import pandas'`", None, yardstick)
    add("help", "`harbinger --help`", 0.15, command(home, "--help"))
    add("engine", "engine: 3,000 daily bars of `small_cap_trend`", 0.15, engine_call())
    add("run", "`harbinger run small_cap_trend --no-tearsheet`", 0.5, command(home, *RUN, "--no-tearsheet", "--fresh"))
    add("page", "`harbinger run small_cap_trend`, with its tearsheet", 2.2, command(home, *RUN, "--fresh"))
    add("signal", "`harbinger signal small_cap_momentum`", 3, command(home, "signal", "small_cap_momentum"))
    add("evidence", "`harbinger evidence small_cap_trend`, the run and its verdict", 5,
        command(home, "evidence", "small_cap_trend"))  # fmt: skip
    add("demo", "`harbinger demo`", 60, command(home, "demo"))
    for name, what, asked, call, how in sweep_calls(home):
        add(name, what, asked, call, **how)
    return found, lines


def sweep_calls(home):
    """Yield what is asked of whole sweeps."""

    def sweep(sets, compiled=None):
        return lambda: triple(sweeps.call(sets, home, compiled))

    def triple(answer):
        used, record = answer
        assert record["parity_max_rel"] < 1e-9
        return used.wall, used.cpu, used.mb

    first = "`harbinger sweep`, 10,000 sets, the first on a machine: it compiles"
    yield "cold", first, 15, sweep(10_000, Path(home) / "compiled"), {"runs": 1, "warm": False}
    yield "sweep", "`harbinger sweep`, 10,000 sets", 2, sweep(10_000), {"warm": False}
    if not QUICK:
        yield "many", "`harbinger sweep`, 100,000 sets", 6, sweep(100_000), {"runs": min(RUNS, 3), "warm": False}
        yield "million", "`harbinger sweep`, 1,000,000 sets", 60, sweep(1_000_000), {"runs": 1, "warm": False}
    walked = "`harbinger sweep --walk-forward 30m/6m`, 10,000 sets, 12 folds"
    yield "walk", walked, 8, lambda: triple(sweeps.walk(home)), {"runs": min(RUNS, 3), "warm": False}


def beside(ours):
    """Return the part of the page on each verb beside other libraries; what could not be measured is said."""
    bars = kernel.real_days()
    try:
        python = python_of_peers()
    except NoPeers as error:
        return BESIDE.format(bars=len(bars), versions="Not measured", table="", note=str(error))
    with tempfile.TemporaryDirectory() as folder:
        bars.to_csv(Path(folder) / "bars.csv")
        versions, table = {}, []

        def peer(library, verb, sets=1):
            used = spent([python, JOB, library, verb, str(sets), folder], env={"TQDM_DISABLE": "1"})
            versions[library] = used.output.split()[-1]
            return used

        for verb, what in (("run", "one run, its numbers"), ("page", "one run and its page")):
            table.append(beside_row(what, ours[verb], {name: one(peer, name, verb) for name in PEERS}))
        table.append(beside_row("10,000 sets", ours["sweep"], {name: ten_thousand(peer, name) for name in PEERS}))
    head = f"| whole process | harbinger | {' | '.join(PEERS.values())} |\n|---|---|{'---|' * len(PEERS)}\n"
    named = ", ".join(f"{PEERS[name]} {versions[name]}" for name in PEERS)
    note = ("Pages: vectorbt has none, backtesting.py's is its plot, backtrader's is quantstats'. Sweeps: from_orders in chunks "
            "of a thousand; `Backtest.optimize` and `Cerebro.optstrategy`, both in as many processes as there are cores, "
            f"from {MEASURED['backtesting']} and {MEASURED['backtrader']} sets, less one run's, times 10,000.")  # fmt: skip
    return BESIDE.format(bars=len(bars), versions=named, table=head + "".join(table), note=note)


def one(peer, library, verb):
    """Return (processor seconds, MB) of one run by a peer; None where it has no such thing."""
    if (library, verb) == ("vectorbt", "page"):
        return None
    peer(library, verb)
    used = [peer(library, verb) for _ in range(min(RUNS, 3))]
    return statistics.median(each.cpu for each in used), max(each.mb for each in used)


def ten_thousand(peer, library):
    """Return (processor seconds, MB) of 10,000 sets by a peer."""
    sets = MEASURED.get(library, 1_000 if QUICK else 10_000)
    if QUICK and library in MEASURED:
        sets //= 10
    start, used = peer(library, "run"), peer(library, "sweep", sets)
    each = max(used.cpu - start.cpu, 0.0) / sets
    return start.cpu + each * 10_000, used.mb


def beside_row(what, own, others):
    """Return a row: seconds and memory of ours, then each peer's as a ratio to them."""
    cells = [f"{own[0]:.2f} s, {own[1]:.0f} MB"]
    cells += [
        f"{found[0] / own[0]:,.1f}x ({shown(found[0])}), {found[1] / own[1]:.1f}x MB" if found else "none"
        for found in others.values()
    ]
    line = f"| {what} | {' | '.join(cells)} |\n"
    print(line, end="", flush=True)  # noqa: T201  # a script that a person runs
    return line


def kernel_parts():
    """Return the part of the page on the kernel beside other engines, and its short form for the README."""
    found = kernel.measure(1_000, 1) if QUICK else kernel.measure()
    print(kernel.table(found), flush=True)  # noqa: T201
    by_sets = ", ".join(f"{value:.1f} at {n}" for n, value in found["microseconds_per_set_by_sets"].items())
    by_bars = ", ".join(f"{value:.1f} at {n}" for n, value in found["nanoseconds_per_bar_by_bars"].items())
    other = (
        f"vectorbt {found['vectorbt']}" if found["vectorbt"] else f"vectorbt not measured: {found['vectorbt_absent']}"
    )
    apart = found["largest_difference_of_final_equity_to_order_func"]
    final = "" if apart is None else f"order_func's within {apart:.0e} and "
    page = KERNEL.format(table=kernel.table(found), by_sets=by_sets, by_bars=by_bars, other=other, final=final, **found)
    ratios, cpu = found["cpu_ratio_to_one_thread"], found["cpu_microseconds_per_set"]
    rows = [f"| {NAMED[name]} | {cpu[name]:,.0f} | {ratios[name]:,.0f} |\n" for name in NAMED if name in cpu]
    head = (
        "\n| one set of the same job, 3,150 days of ETH | processor microseconds | times the kernel |\n|---|---|---|\n"
    )
    return page, head + "".join(rows)


def main():
    """Measure everything and write the page."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as home:
        fill_store(Path(home))
        ours, rows = own_rows(home)
    peers = beside(ours)
    page, short = kernel_parts()
    after = os.getloadavg()[0]
    loud = before > 1 or after > (os.cpu_count() or 1) + 1
    quiet = (
        "other work was on it, and seconds by the wall are too long." if loud else "nothing else of weight was on it."
    )
    head = HEAD.format(
        runs=RUNS, cores=os.cpu_count(), python=platform.python_version(), when=time.strftime("%Y-%m-%d"),
        before=before, after=after, quiet=quiet,
    )  # fmt: skip
    if QUICK:
        print(head, peers, page, short, sep="\n")  # noqa: T201
        return
    (ROOT / "docs" / "benchmarks.md").write_text(head + COLUMNS + "".join(rows) + peers + page)
    readme = ROOT / "README.md"
    text, _, rest = readme.read_text().partition(MARKS[0])
    after_it = rest.partition(MARKS[1])[2]
    readme.write_text(f"{text}{MARKS[0]}{COLUMNS}{''.join(rows)}{short}{MARKS[1]}{after_it}")


if __name__ == "__main__":
    main()
