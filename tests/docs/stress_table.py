"""docs/stress.md's table from real history: `python -m tests.docs.stress_table FOLDER` writes it again."""

import sys
import tempfile
from pathlib import Path

from backtests.pages.text import interval, number
from backtests.runs.targets import pinned
from backtests.stress.answer import TO_BOUNDS
from backtests.stress.recorded import run_and_record
from tests.paths import DOCS

PAGE, MARK = DOCS / "stress.md", "<!-- figures -->\n"
SPAN = ("study.start=2018-01-01", "study.end=2026-05-31")
STUDIES = ("small_cap_trend", "small_cap_trend_and_cuts", "own_trend", "bearish_view", "balanced_view")
GROUPS = ("costs", "delay", "fill clock", "join", "staleness, days", "start month", "rebalance band", "vendor",
          "input late by a row", "input made noise")  # fmt: skip


def stressed(study, folder, out):
    """Return the record of one study."""
    return run_and_record(pinned(study, SPAN, f"folder:{folder}").experiment, Path(out) / study).record


def figures(folder):
    """Return the generated part of the page."""
    with tempfile.TemporaryDirectory() as out:
        records = [stressed(study, folder, out) for study in STUDIES]
    lines = [
        ["", *(f"`{record.study}`" for record in records)],
        ["---"] * (1 + len(records)),
        ["as assumed", *(number("sharpe", record.metrics["sharpe"]) for record in records)],
        ["as assumed, 95%", *(interval(*record.sharpe_interval_95, ".2f") for record in records)],
        ["holding", *(number("sharpe", record.holding["sharpe"]) for record in records)],
        *([group, *(_range(record, group) for record in records)] for group in GROUPS),
        ["holding from each start month", *(_held(record) for record in records)],
        ["its own parameters", *(_own(record, record.params) for record in records)],
        ["its own parameters, to their bounds", *(_own(record, to_bounds(record)) for record in records)],
        ["a fill may cost until nothing is left, bp", *(_bps(record.break_even.nothing_bps) for record in records)],
        ["until holding grows more, bp", *(_bps(record.break_even.holding_bps) for record in records)],
        ["cases", *(str(record.cases) for record in records)],
    ]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def _range(record, name):
    group = next((group for group in record.groups if group.group == name), None)
    return "-" if group is None else f"{number('sharpe', group.low)} .. {number('sharpe', group.high)}"


def _held(record):
    (months,) = (group for group in record.groups if group.group == "start month")
    held = [case.holding_sharpe for case in months.cases]
    return f"{number('sharpe', min(held))} .. {number('sharpe', max(held))}"


def to_bounds(record):
    """Return the groups of a record in which a parameter is taken to its bounds."""
    return {group.group for group in record.groups if group.group.endswith(TO_BOUNDS)}


def _own(record, names):
    groups = [group for group in record.groups if group.group in names and group.low is not None]
    low, high = min(group.low for group in groups), max(group.high for group in groups)
    return f"{number('sharpe', low)} .. {number('sharpe', high)}"


def _bps(value):
    return "-" if value is None else f"{value:.0f}"


def main(folder):
    """Write the page again."""
    head, _, foot = PAGE.read_text(encoding="utf-8").split(MARK)
    PAGE.write_text(MARK.join([head, figures(folder), foot]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
