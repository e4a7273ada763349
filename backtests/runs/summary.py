"""What every report of a run says: what was run, on what, by which rules, and our own numbers, as plain text.

All of it is read off the record of the run, so that a run of last year reads as it did then.
"""

from __future__ import annotations

from backtests.experiments.costs import BILLS
from backtests.metrics.labels import LABELS, NET
from backtests.metrics.performance import NAMES
from backtests.pages.text import age, instant, interval, many, number
from backtests.runs.evidence import RunEvidence, line
from backtests.runs.record import RunRecord
from backtests.statistics.verdict import DEFLATED


def how(run: RunRecord) -> dict[str, str]:
    """Return what trading cost, what cash earned, and when was decided and filled: each short enough for a terminal."""
    market, costs, execution = run.market, run.costs, run.execution
    borrow = f"funding {costs.funding}" if costs.funding else f"borrow {costs.borrow_pct_per_year:g}% a year"
    fill = "the next bar's open" if not execution.delay_bars else f"the open {1 + execution.delay_bars} bars later"
    stale = f"stale after {market.max_age_days:g} days"
    lever = f"leverage up to {execution.max_leverage:g}"
    return {
        "Costs": f"commission {costs.commission_bps:g} bp, slippage {costs.slippage_bps:g} bp, {borrow}",
        "Cash": f"{run.cash_usd:,.0f} USD to start; earns {cash_words(run)}",
        "Decided": f"at {run.closing}",
        "Filled": "market orders at the next bar's open" if run.is_native else f"at {fill}",
        "Execution": f"its own orders, {lever}, {stale}"
        if run.is_native
        else f"band {execution.rebalance_band:g}, {lever}, join {market.join}, {stale}",
    }


def cash_words(run: RunRecord) -> str:
    """Return what the account's cash earned, in words: "DGS3MO (2.31% a year on average)", "4%", "0%"."""
    named, mean = run.costs.cash_yield, run.cash_yield_mean_pct
    return f"{named} ({mean:.2f}% a year on average)" if isinstance(named, str) and mean else f"{mean:g}%"


def bills_row(run: RunRecord) -> list[str]:
    """Return the row of Sharpe ratios over bills, where bills are known and cash earned something else; else none."""
    if not run.sharpe_over_bills or (run.costs.cash_yield == BILLS and run.cash_yield_mean_pct):
        return []
    ratios = [*run.sharpe_over_bills.values()]
    return [f"Sharpe ratio over bills ({BILLS})", *(number("sharpe", ratio) for ratio in ratios)]


def number_rows(run: RunRecord) -> list[list[str]]:
    """Return the rows of the table of numbers, a column for each of `RunRecord.columns`."""
    rows = [[LABELS[name], *(number(name, m[name]) for m in run.columns.values())] for name in NAMES]
    bills = bills_row(run)
    return [*rows[: NAMES.index("sharpe") + 1], *([bills] if bills else []), *rows[NAMES.index("sharpe") + 1 :]]


def own_parameters(run: RunRecord) -> str:
    """Return the strategy's own parameters in one line."""
    roots = ("study.", "costs.", "execution.", "market.")
    own = (f"{path} = {value}" for path, value in run.params.items() if not path.startswith(roots))
    return ", ".join(own) or "none"


def sharpe_line(run: RunRecord) -> str:
    """Return the Sharpe ratio's interval in words."""
    if run.sharpe_interval_95 is None:
        return "undefined"
    bounds = interval(*run.sharpe_interval_95, form=".2f")
    return f"{bounds} over cash at {cash_words(run).partition(' ')[0]}, as if the only trial"


def luck(evidence: RunEvidence) -> dict[str, str]:
    """Return the verdict on luck with what the answer leaves out: placebos and deflation, or why there is none."""
    if evidence.placebo_percentile is None or evidence.deflated_sharpe is None:
        return {"Is it luck?": line(evidence)}
    better = f"better than {evidence.placebo_percentile:.0%} of its own positions slid around the calendar"
    deflated = f"{evidence.deflated_sharpe:.2f} after {many(evidence.n_trials, 'trial')}; {DEFLATED:g} is due"
    return {"Is it luck?": evidence.verdict, "Placebos": better, "Deflated Sharpe": deflated}


def facts(run: RunRecord) -> dict[str, str]:
    """Return what a reader must know before the numbers, in order."""
    kind = f" ({run.engine})" if run.is_native else ""
    return {
        "Bars": f"{run.start} to {run.end}, {run.bars:,}; {run.periods_per_year} a year",
        "Traded, leader": f"{run.market.traded}, {run.market.leader}",
        "Strategy": f"{run.strategy}{kind}: {own_parameters(run)}",
        **how(run),
        "Source": run.source,
        "Data fingerprint": run.data_fingerprint,
        "Sharpe ratio, 95%": sharpe_line(run),
        **(luck(run.evidence) if run.evidence else {}),
        "Run": run.run_id,
    }


REGIME_LABELS = ("bars", "share of bars", "total return", "Sharpe ratio", "time in the market")


def regime_rows(run: RunRecord) -> list[list[str]]:
    """Return one row a regime, under REGIME_LABELS; none for a strategy that knows no regimes."""
    return [
        [
            name,
            f"{part['bars']:,}",
            number("time_in_market", part["share_of_bars"]),
            number("total_return", part["total_return"]),
            number("sharpe", part["sharpe"]),
            number("time_in_market", part["time_in_market"]),
        ]
        for name, part in run.regimes.items()
    ]


KNOWN_LABELS = ("input", "observation of", "known at (UTC)", "age")


def known_rows(run: RunRecord) -> list[list[str]]:
    """Return one row an input of the run's last decision, under KNOWN_LABELS; none in files that do not say it."""
    return [
        [known.id, str(known.missing), "-", "-"]
        if known.observed is None or known.known_at is None or known.age_hours is None
        else [known.id, known.observed, instant(known.known_at), age(known.age_hours)]
        for known in (run.availability.inputs if run.availability else ())
    ]


def known_line(run: RunRecord) -> str:
    """Return which decision the known inputs are about, in one line."""
    last = run.availability
    if last is None:
        return "What the last decision knew was not recorded"
    filled = f"filled at the open of bar {last.fill}" if last.fill is not None else "not filled in this run"
    return f"The last decision of the run, {instant(last.decision)} UTC, {filled}"


def columns_line(run: RunRecord) -> str:
    """Return what the columns of the numbers are."""
    net = "Net pays every cost" if run.net == NET else "Before borrow: its short positions cost nothing to hold"
    gross = "class run again" if run.is_native else "decisions"
    return (
        f"{net}; gross is the same {gross} at zero cost; holding pays the same costs. Annualised by "
        f"{run.periods_per_year} bars a year. Definitions: the project's docs/metrics.md."
    )
