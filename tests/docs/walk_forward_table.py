"""docs/walk_forward.md's table from real history: `python -m tests.docs.walk_forward_table FOLDER` writes it again."""

import sys
import tempfile
from pathlib import Path

from backtests.experiments.experiment import with_settings
from backtests.experiments.studies import load
from backtests.pages.text import interval, number
from backtests.sweeps.plans.axes import split
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.schedule import Schedule
from backtests.sweeps.sweep import sweep
from tests.paths import DOCS

PAGE, MARK = DOCS / "walk_forward.md", "<!-- figures -->\n"
SPAN = ("study.start=2018-01-01", "study.end=2026-05-31")
CASES = {
    "small_cap_trend": ("trend.lookback=20:120:10", "threshold=0,0.01,0.02,0.05"),
    "small_cap_trend_and_cuts": ("trend.lookback=20:120:10", "gate.lookback=10,20,40", "gate_threshold=-0.1,0,0.1"),
    "own_trend": ("trend.lookback=7:90:7", "threshold=0,0.05,0.1"),
    "bearish_view": ("trend.lookback=20:120:20", "strength_floor=-0.1,-0.05,0", "credit_floor=-0.04,-0.02,0"),
    "balanced_view": ("above.trend.lookback=20:120:20", "below.trend.lookback=14,28,56", "gate_threshold=0,0.2,0.4"),
}
COLUMNS = (
    "study",
    "sets",
    "folds",
    "stitched (95%)",
    "fixed",
    "hold",
    "own trend",
    "chosen",
    "traded",
    "change (95%)",
    "ranks (95%)",
    "other cuts",
)


def walked(name, folder, out, axes=None):
    """Return the record of one case."""
    experiment = load(name)
    fixed, swept = split(experiment, [*(axes or CASES[name]), *SPAN])
    plan = Plan(with_settings(experiment, fixed), tuple(swept), walk_forward=Schedule("2y", "6m"))
    return sweep(plan, f"folder:{folder}", Path(out) / name).record


def row(record):
    """Return the cells of one case."""
    walk = record.walk_forward
    beside = walk.beside | {"fixed": walk.beside[f"{record.study}, fixed"]}
    ratios = [number("sharpe", numbers["sharpe"]) for numbers in
              (walk.metrics, beside["fixed"], beside["hold ETH-USD"], beside["own_trend"])]  # fmt: skip
    d, o = walk.decay, walk.offsets
    change = f"{d.out_of_sample - d.in_sample:+.2f} ({interval(*d.change_95)})"
    ranks = f"{d.rank_correlation:+.2f} ({interval(*d.rank_correlation_95)})"
    decay = [number("sharpe", d.in_sample), number("sharpe", d.out_of_sample), change, ranks]
    stitched = f"{ratios.pop(0)} ({interval(*walk.sharpe_interval_95)})"
    cuts = f"{number('sharpe', o.low)} .. {number('sharpe', o.high)}, this one {number('sharpe', o.asked)}"
    return [f"`{record.study}`", str(record.sets), str(len(walk.folds)), stitched, *ratios, *decay, cuts]


def figures(folder):
    """Return the generated part of the page."""
    with tempfile.TemporaryDirectory() as out:
        records = [walked(name, folder, out) for name in CASES]
    axes = "".join(f"- `{name}`: {', '.join(f'`-s {axis}`' for axis in axes)}\n" for name, axes in CASES.items())
    rows = "".join(f"| {' | '.join(row(record))} |\n" for record in records)
    head = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"
    return (
        "\nSharpe ratios, net: of the stitched curve, of the study as it is, of holding and of ETH's own trend over the "
        "same bars; then the mean over\nfolds of what was chosen, where it was chosen and where it was traded; the rank "
        "correlation between the two; the five\nother cuts over their common bars. Folds count as independent, which "
        "trainings that overlap are not quite.\n\n"
        f"{head}{rows}\n{axes}\n"
    )


def main(folder):
    """Write the page again."""
    head, _, foot = PAGE.read_text(encoding="utf-8").split(MARK)
    PAGE.write_text(MARK.join([head, figures(folder), foot]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
