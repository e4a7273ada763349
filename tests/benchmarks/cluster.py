"""One and two workers on loopback beside the command: `python -m tests.benchmarks.cluster` writes docs/cluster.md's figures."""

import os
import tempfile
import time
from pathlib import Path

from tests.paths import DOCS

PAGE, MARK, PAPER = DOCS / "cluster.md", "<!-- figures -->\n", "<!-- paper -->\n"
AXES = ("trend.lookback=20:219:1", "threshold=0:0.099:0.001")
SETS, TEN_MILLION = 20_000, 10_000_000


def measured(workers, folder):
    """Return (wall seconds, CPU seconds of the command, CPU seconds of the workers) of the sets alone, inputs sent before."""
    import psutil

    from backtests.experiments.studies import load
    from backtests.sweeps import sweep as sweeps
    from backtests.sweeps.plans.axes import split
    from backtests.sweeps.plans.plan import Plan
    from backtests.sweeps.work import runner
    from tests.backtests.cluster.local import cluster

    plan = Plan(load("small_cap_trend"), tuple(split(load("small_cap_trend"), AXES)[1]))
    assert len(plan.sets) == SETS
    found, honest = [], runner.Work.go
    with cluster(folder, workers=workers) as local:
        local.wait_for(workers)

        def spent():
            return sum(sum(psutil.Process(worker.pid).cpu_times()[:2]) for worker in local.workers)

        def timed(self, watch, sample):
            del sample  # the check by backtrader takes as long with any number of sets
            before = time.perf_counter(), time.process_time(), spent()
            honest(self, watch, [])
            found.extend(
                now - then
                for now, then in zip((time.perf_counter(), time.process_time(), spent()), before, strict=True)
            )

        runner.Work.go = timed
        try:
            sweeps.sweep(plan, "simulated", Path(tempfile.mkdtemp(dir=folder)), dask=local.address)
        finally:
            runner.Work.go = honest
    return tuple(found)


def figures():
    """Return the two generated parts of the page."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["HARBINGER_HOME"] = str(Path(place) / "home")
        tries = [(n, measured(n, Path(place))) for n in (1, 2, 1, 2)]
    rows = {n: [min(column) for column in zip(*(found for m, found in tries if m == n), strict=True)] for n in (1, 2)}
    (wall_1, own_1, far_1), (wall_2, own_2, far_2) = rows[1], rows[2]
    table = "\n| workers | seconds | CPU seconds of the workers | CPU seconds of the command | efficiency |\n|---|---|---|---|---|\n"
    table += f"| 1 | {wall_1:.1f} | {far_1:.1f} | {own_1:.1f} | 100% |\n"
    table += f"| 2 | {wall_2:.1f} | {far_2:.1f} | {own_2:.1f} | {wall_1 / wall_2 / 2:.0%} by the clock, {far_1 / far_2:.0%} by CPU time |\n"
    cores, load = os.cpu_count(), os.getloadavg()[1]
    w, c = far_1 / SETS, own_1 / SETS
    note = (
        f"\n{SETS:,} sets over `{'`, `'.join(AXES)}`, SIMULATED data, {cores} cores, mean load {load:.0f} while it was measured, the lower of two tries each: beside other "
        f"work (a load above {cores}) only CPU time says something. The workers took {w * 1e6:.0f} microseconds a set, the command {c * 1e6:.0f} to receive and write it. "
        "Efficiency by CPU time is what one worker spends over what two spend together: what the second adds in loading, "
        "deciding signals that the other has decided too, and talking.\n\n"
    )
    lines = [
        f"\n| workers | ten million sets of {w * 1e6:.0f} microseconds | of 1 millisecond | of a backtrader strategy (150 ms) |\n|---|---|---|---|\n"
    ]
    for n in (1, 2, 16, 64, 256):
        times = [max(TEN_MILLION * each / n, TEN_MILLION * c) for each in (w, 1e-3, 0.15)]
        lines.append(f"| {n} | {' | '.join(map(words, times))} |\n")
    most = [each / c for each in (w, 1e-3, 0.15)]
    lines.append(f"| useful at most | {' | '.join(f'{max(round(value), 1):,}' for value in most)} |\n\n")
    return table + note, "".join(lines)


def words(seconds):
    """Return a duration as a person says it."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"


if __name__ == "__main__":
    measures, plan = figures()
    text = PAGE.read_text(encoding="utf-8")
    for mark, part in ((MARK, measures), (PAPER, plan)):
        head, _, foot = text.split(mark)
        text = mark.join([head, part, foot])
    PAGE.write_text(text, encoding="utf-8")
