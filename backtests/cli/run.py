"""harbinger run."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from backtests.cli import screen

SOURCE_HELP = (
    "yahoo (default: stored by `data fetch`), folder:PATH, simulated[:lead=..,strength=..,seed=..], simulated:null."
)
ACCEPT = click.option(
    "--accept", multiple=True, metavar="ID:DATE", help="Go on past an error of `data check` you looked at; repeatable."
)
EXAMPLES = """\b
Examples:
  harbinger run small_cap_trend
  harbinger run small_cap_trend -s trend.lookback=90 -s costs.slippage_bps=10
  harbinger run small_cap_trend --source folder:history --start 2018-01-01 --end 2026-05-31
  harbinger run hold_eth -s market.traded=BTC-USD --source simulated:null,seed=7
  harbinger run trailing.py:TrailingStop -s trail_pct=25   # a backtrader.Strategy of your own
  harbinger run runs/20261122-183000-small_cap_trend-a1b2c3/spec.toml   # the same again, to the bit
"""


def study_names(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Return the built-in studies that begin so, without loading any: for the completion of a shell."""
    names = (file.name.removesuffix(".toml") for file in files("backtests").joinpath("studies").iterdir())
    return sorted(name for name in names if name.startswith(begun))


@click.command(epilog=EXAMPLES)
@click.argument("study", shell_complete=study_names)
@click.option("--source", help=SOURCE_HELP)
@click.option("-s", "settings", multiple=True, metavar="PATH=VALUE", help="Set a parameter; repeat for more.")
@click.option("--start", metavar="DATE", help="First bar, YYYY-MM-DD; history before it warms the signals up.")
@click.option("--end", metavar="DATE", help="Last bar, YYYY-MM-DD.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the report (default runs/<run id>)."
)
@ACCEPT
@screen.OPEN
@click.option("--json", "as_json", is_flag=True, help="Print run.json alone on standard output.")
@click.option("--fresh", is_flag=True, help="Compute again, even if the registry holds the same run.")
@click.option("--no-tearsheet", is_flag=True, help="Leave the HTML page out: faster.")
def command(
    study: str,
    source: str | None,
    settings: tuple[str, ...],
    start: str | None,
    end: str | None,
    out: Path | None,
    accept: tuple[str, ...],
    as_json: bool,
    fresh: bool,
    no_tearsheet: bool,
) -> None:
    """Run STUDY (a built-in name, a .toml file, or a backtrader strategy as path/to/file.py:Class).

    Writes its report: equity.csv, orders.csv, run.json, spec.toml (the whole experiment with its data pinned) and
    tearsheet.html.
    """
    with screen.loading(quiet=as_json):
        from backtests.cli.screens import run  # noqa: PLC0415  # the one hop: loads pandas
    spans = [f"study.{name}={value}" for name, value in (("start", start), ("end", end)) if value is not None]
    run.run(
        study,
        [*settings, *spans],
        source=source,
        out=out,
        tearsheet=not no_tearsheet,
        fresh=fresh,
        accept=accept,
        as_json=as_json,
    )
