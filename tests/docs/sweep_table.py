"""docs/sweep.md's example and its picture from real history: `python -m tests.docs.sweep_table FOLDER` writes them again."""

import os
import sys
import tempfile
from pathlib import Path

from backtests.experiments.experiment import with_settings
from backtests.experiments.studies import load
from backtests.pages.text import number
from backtests.sweeps.plans.axes import split
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.recorded import run_and_record
from tests.paths import DOCS

PAGE, PICTURE, MARK = DOCS / "sweep.md", DOCS / "sweep.png", "<!-- figures -->\n"
AXES = ("trend.lookback=20:119:1", "threshold=0:0.024:0.001", "execution.rebalance_band=0,0.02,0.05,0.1")
SPAN = ("study.start=2018-01-01", "study.end=2026-05-31")


def example(folder, out):
    """Return the finished sweep."""
    experiment = load("small_cap_trend")
    fixed, axes = split(experiment, [*AXES, *SPAN])
    return run_and_record(Plan(with_settings(experiment, fixed), tuple(axes)), f"folder:{folder}", Path(out))


def figures(content):
    """Return the generated part of the page: what does not depend on the machine."""
    best, region = content["best"], content["best_region"]

    def words(params):
        return ", ".join(f"`{path}` {value}" for path, value in params.items())

    def ranks(point):
        return ", ".join("-" if r is None else f"{r:.0%}" for r in point["rank_by_subperiod"])

    rows = [
        ("sets", f"{content['sets']:,}, {content['failed']} failed"),
        ("data fingerprint", f"`{content['data_fingerprint']}`"),
        ("checked by backtrader", f"{content['parity_checked']} sets, {'largest relative difference ' + format(content['parity_max_rel'], '.1e') if content['parity_max_rel'] else 'identical'}"),
        ("best point", f"{words(best['params'])}: Sharpe {number('sharpe', best['metrics']['sharpe'])}"),
        ("its percentile rank in the four sub-periods", ranks(best)),
        ("best region", f"median Sharpe {number('sharpe', region['score'])} of {region['neighbours']} neighbours, "
                        f"{number('sharpe', region['worst'])} to {number('sharpe', region['top'])}"),
        ("the set that stands for it", f"{words(region['params'])}: Sharpe {number('sharpe', region['metrics']['sharpe'])}"),
        ("beside", ", ".join(f"{name} {number('sharpe', numbers['sharpe'])}" for name, numbers in content["controls"].items())),
        ("its percentile rank in the four sub-periods", ranks(region)),
    ]  # fmt: skip
    table = "| | |\n|---|---|\n" + "".join(f"| {name} | {text} |\n" for name, text in rows)
    return f"\n{table}\n{stability(content)}\n"


def stability(content):
    """Return the rank correlation between sub-periods as a sentence."""
    matrix = content["stability"]
    pairs = [f"{matrix[i][i + 1]:+.2f}" for i in range(len(matrix) - 1)]
    return f"Rank correlation of the sets' Sharpe ratios from each sub-period to the next: {', '.join(pairs)}."


def picture(folder):
    """Take the first screen of the page."""
    from tests.browser import browse

    with browse(folder / "sweep.html") as page:
        page.picture(PICTURE, 1200, 900)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.docs.sweep_table FOLDER (with ETH-USD and IWM in it)")
    head, _, foot = PAGE.read_text(encoding="utf-8").split(MARK)
    with tempfile.TemporaryDirectory() as place:
        os.environ["HARBINGER_HOME"] = str(Path(place) / "home")  # its trials are its own
        done = example(sys.argv[1], Path(place) / "sweep")
        PAGE.write_text(MARK.join([head, figures(done.content), foot]), encoding="utf-8")
        picture(done.folder)
