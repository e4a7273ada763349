"""harbinger lead."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import click

from backtests.cli import screen
from backtests.cli.run import ACCEPT

EXAMPLES = """\b
Examples:
  harbinger lead
  harbinger lead --source folder:history --start 2018-01-01 --end 2026-05-31 --out lead
  harbinger lead --leader RUT --traded BTC-USD --json
  harbinger lead --controls HYG,TLT,UUP,VIX
  harbinger lead --source simulated:lead=1,strength=0.03,seed=2
"""


@click.command(epilog=EXAMPLES)
@click.option("--leader", default="IWM", show_default=True, help="A series known at the NYSE's close.")
@click.option("--traded", default="ETH-USD", show_default=True, help="An asset with bars of every UTC day.")
@click.option("--controls", metavar="IDS", help="Further series to hold fixed, such as HYG,TLT,UUP,VIX.")
@click.option("--source", help="yahoo (default: stored by `data fetch`), folder:PATH, simulated[:...].")
@click.option("--start", metavar="DATE", help="First session, YYYY-MM-DD.")
@click.option("--end", metavar="DATE", help="Last session, YYYY-MM-DD.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the page (default runs/<run id>)."
)
@ACCEPT
@screen.OPEN
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(
    leader: str,
    traded: str,
    controls: str | None,
    source: str | None,
    start: str | None,
    end: str | None,
    out: Path | None,
    accept: tuple[str, ...],
    as_json: bool,
) -> None:
    """Ask whether LEADER leads TRADED, and give one verdict by a written rule.

    Matched windows, SPY and QQQ held fixed, the search over lags, trends and stretches corrected, what would have been
    found and what is left possible, placebos beside it. The rule and how often
    it errs on simulated markets: docs/lead.md, docs/calibration.md. Writes lead.html and lead.json.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small products: threads would wait for one another
    _screens(as_json).lead(
        leader=leader,
        traded=traded,
        controls=controls,
        source=source,
        start=start,
        end=end,
        out=out,
        accept=accept,
        as_json=as_json,
    )


def _screens(quiet: bool = False) -> ModuleType:
    with screen.loading(quiet):
        from backtests.cli.screens import lead  # noqa: PLC0415  # the one hop: loads pandas
    return lead
