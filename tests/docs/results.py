"""What the studies gave on real history: `python -m tests.docs.results FOLDER` writes docs/results.md again."""

import os
import sys
import tempfile
from pathlib import Path

from tests.paths import DOCS

CLAIM = "2025-10-08"
SPAN = {"study.start": "2018-01-01", "study.end": "2026-05-31"}
CASES = {
    "hold_eth": ("hold_eth",),
    "own_trend": ("own_trend",),
    "small_cap_trend": ("small_cap_trend",),
    "small_cap_trend_and_cuts": ("small_cap_trend_and_cuts",),
    "own_trend_and_small_caps": ("own_trend_and_small_caps",),
    "small_cap_trend_coupled": ("small_cap_trend_coupled",),
    "vol_target_hold": ("vol_target_hold",),
    "bearish_view": ("bearish_view",),
    "bearish_view_short": ("bearish_view_short",),
    "balanced_view": ("balanced_view",),
    "small_cap_trend, `-s trend.lookback=90`": ("small_cap_trend", "-s", "trend.lookback=90"),
    "small_cap_trend, `-s market.traded=BTC-USD`": ("small_cap_trend", "-s", "market.traded=BTC-USD"),
    "small_cap_trend, `-s market.leader=SPY`": ("small_cap_trend", "-s", "market.leader=SPY"),
    "small_cap_trend, `-s market.join=flat`": ("small_cap_trend", "-s", "market.join=flat"),
}
HEAD = """\
# What the studies gave on real history

Daily bars from {start} to {end} ({bars:,} bars, 365 a year), default costs (commission 10 bp, slippage 5 bp of every
fill, 10.95% a year on shorts), cash in three-month bills as they were known, Sharpe ratios over that cash, decided at 00:00 UTC, filled at the next bar's open. The Sharpe interval is 95% by stationary bootstrap and takes
each row as if it were the only trial; it is not: {rows} rows stand here, on one history. No row is chosen by its result. The
claim was published on 2025-10-08; the days since are 0.6 years, in which a rule would need a Sharpe ratio of 2.1 to be
told from none: they can embarrass the claim, never confirm it.

| run | data fingerprint | total return | Sharpe, net | 95% interval | Sharpe, gross | worst drawdown | in the market | turnover a year | hold, Sharpe | Sharpe before the claim | Sharpe since |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""
FOOT = """
## Not testable on this history

It has no VIX3M (`calm`), no BAA10Y (`credit_spread`), no vintages of NFCI and no sentiment series; fed funds futures
have no front months from 2023-09-16 to 2026-05 (`fed_watch`). What needs them is tested on made data.

## The recipe

The history is daily CSV files as downloaded from Yahoo Finance (`ETH-USD.csv`, `IWM.csv`, ...) and FRED (`DGS2.csv`) in
one folder; it is the vendors' own and is not part of this project. With the same files the fingerprints above come out
again, and with them every number:

    harbinger run small_cap_trend --source folder:history --start 2018-01-01 --end 2026-05-31
    python -m tests.docs.results history      # writes this page again

With history of your own from `harbinger data fetch` the fingerprints differ, since vendors revise, and the numbers a
little. The test suite holds this page to the command wherever the same history stands beside the checkout.
"""


def sharpe(returns):
    """Return the annual Sharpe ratio of daily returns in excess of cash."""
    return returns.mean() / returns.std() * 365**0.5


def cells(run, table):
    """Return the figures of one row: `run` is run.json, `table` the rows of equity.csv by date."""
    equity = table["equity_usd"]
    r = equity / equity.shift(fill_value=run["cash_usd"]) - 1 - table["cash_yield_pct"] / 36500
    m, gross = run["metrics"], run["metrics_gross"]
    held = next(v for k, v in run["benchmark_metrics"].items() if k.startswith("hold"))
    low, high = run["sharpe_interval_95"]
    return [
        f"{m['total_return']:.1%}", f"{m['sharpe']:.2f}", f"{low:.2f} to {high:.2f}", f"{gross['sharpe']:.2f}",
        f"{m['max_drawdown']:.1%}", f"{m['time_in_market']:.1%}", f"{m['turnover_per_year']:.1f}", f"{held['sharpe']:.2f}",
        f"{sharpe(r[:CLAIM].iloc[:-1]):.2f}", f"{sharpe(r[CLAIM:]):.2f}",
    ]  # fmt: skip


def main(folder):
    """Run every case on `folder` and write the page."""
    from backtests.experiments.experiment import with_settings
    from backtests.experiments.studies import load
    from backtests.runs.recorded import run_and_record

    rows = []
    with tempfile.TemporaryDirectory() as out:
        os.environ["HARBINGER_HOME"] = out
        for name, (study, *words) in CASES.items():
            experiment = with_settings(
                load(study), [w for w in words if w != "-s"] + [f"{k}={v}" for k, v in SPAN.items()]
            )
            done = run_and_record(experiment, f"folder:{folder}", Path(out), tearsheet=False)
            run = done.content
            figures = cells(run, done.result.ledger.equity_table())
            rows.append(f"| {name} | `{run['data_fingerprint']}` | {' | '.join(figures)} |\n")
    page = HEAD.format(rows=len(rows), **run) + "".join(rows) + FOOT
    (DOCS / "results.md").write_text(page)


if __name__ == "__main__":
    main(sys.argv[1])
