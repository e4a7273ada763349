"""docs/clock.md, its figures from real history: `python -m tests.docs.clock_table FOLDER` writes it again."""

import sys
import tempfile
from functools import cache
from pathlib import Path

from backtests import record
from backtests.experiments.experiment import with_settings
from backtests.experiments.studies import load
from backtests.runs.files import record_of
from backtests.runs.run import run
from data.sources.folder.source import FolderSource
from data.store import Store
from tests.docs.results import cells
from tests.paths import DOCS

PAGE = DOCS / "clock.md"
STUDIES = ("small_cap_trend", "small_cap_trend_and_cuts")
SPAN = ("study.start=2018-01-01", "study.end=2026-05-12")
FILLS = {
    "1 h": ("market.bar=NYSE close +1h",),
    "4 h": ("market.bar=NYSE close +4h",),
    "24 h": ("market.bar=NYSE close +0h",),
    "00:00 UTC": ("market.bar=00:00 UTC",),
}
HEADER = """\
| study | filled | bars | from, to | data fingerprint | total return | Sharpe, net | 95% interval | Sharpe, gross | \
worst drawdown | in the market | turnover a year | hold, Sharpe | Sharpe before the claim | Sharpe since |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
"""
MARK = "<!-- figures -->\n"


class Kept:
    """A folder whose files are read once."""

    simulated = False

    def __init__(self, folder):
        source = FolderSource(Path(folder))
        self.name, self.load = source.name, cache(source.load)


def rows(folder, home):
    """Return one row a study and fill, and the warnings by fill."""
    lines, warnings, source = [], {}, Kept(folder)
    for study in STUDIES:
        for fill, words in FILLS.items():
            done = run(with_settings(load(study), [*SPAN, *words]), source, Store(Path(home)))
            content, equity = record.content(record_of(done, "page")), done.ledger.equity_table()
            about = [study, fill, f"{content['bars']:,}", f"{content['start']}, {content['end']}"]
            lines.append(f"| {' | '.join([*about, f'`{done.experiment.fingerprint}`', *cells(content, equity)])} |\n")
            warnings[fill] = [line for line in done.warnings if "gaps in" in line or "after their cut" in line]
    return lines, warnings


def figures(folder, home):
    """Return the generated part of the page."""
    lines, warnings = rows(folder, home)
    noted = [f"* {fill}: {'; '.join(found)}.\n" for fill, found in warnings.items() if found]
    return HEADER + "".join(lines) + "\nWhat the runs warned of:\n\n" + "".join(noted)


def page(folder):
    """Return the whole page with its figures made again."""
    head, _, foot = PAGE.read_text(encoding="utf-8").split(MARK)
    with tempfile.TemporaryDirectory() as home:
        return MARK.join([head, figures(folder, home), foot])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.docs.clock_table FOLDER (with ETHUSDT-1H, IWM and DGS2 in it)")
    PAGE.write_text(page(sys.argv[1]), encoding="utf-8")
