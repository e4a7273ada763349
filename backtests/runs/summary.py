"""What every report of a run says first: what was run, on what, by which rules, and our own numbers.

All of it is read off the record of the run, so that a run of last year reads as it did then. Everything escaped.
"""

from __future__ import annotations

from html import escape

from backtests.experiments.costs import BILLS
from backtests.metrics.labels import LABELS, NET
from backtests.metrics.performance import NAMES
from backtests.pages.html import banner
from backtests.pages.text import age, instant, interval, number
from backtests.registry import TrialCount
from backtests.runs.evidence import line
from backtests.runs.record import RunRecord


def timing_rule(run: RunRecord) -> str:
    """Return the decision and fill rule in one sentence."""
    market, delay = run.market, run.execution.delay_bars
    if run.is_native:
        return (
            f"its own orders, placed at each bar's close ({run.closing}) on what was known by then; market orders are "
            f"filled at the next bar's open; values older than {market.max_age_days:g} days are NaN"
        )
    fill = "the next bar's open" if delay == 0 else f"the open {1 + delay} bars later"
    return (
        f"decided at each bar's close ({run.closing}) on what was known by then; filled at {fill}; "
        f"join {market.join}, values older than {market.max_age_days:g} days are ignored as stale"
    )


def costs_line(run: RunRecord) -> str:
    """Return costs and execution in one line."""
    costs, execution = run.costs, run.execution
    band = "" if run.is_native else f"band {execution.rebalance_band:g}, "
    return (
        f"commission {costs.commission_bps:g} bp, slippage {costs.slippage_bps:g} bp, "
        f"{_carry_words(run)}; "
        f"{band}leverage up to {execution.max_leverage:g}"
    )


def _carry_words(run: RunRecord) -> str:
    costs = run.costs
    borrow = f"funding {costs.funding}" if costs.funding else f"borrow {costs.borrow_pct_per_year:g}% a year"
    return f"{borrow}, cash earns {cash_words(run)}"


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
    over = f"over cash at {cash_words(run)}, by stationary bootstrap"
    return f"{interval(*run.sharpe_interval_95, form='.2f')}, {over}, as if this were the only trial"


def facts(run: RunRecord) -> dict[str, str]:
    """Return what a reader must know before the numbers, in order."""
    kind = f" ({run.engine})" if run.is_native else ""
    return {
        "Bars": f"{run.start} to {run.end}, {run.bars:,}; {run.periods_per_year} a year",
        "Traded, leader": f"{run.market.traded}, {run.market.leader}",
        "Strategy": f"{run.strategy}{kind}: {own_parameters(run)}",
        "Costs and execution": costs_line(run),
        "Timing": timing_rule(run),
        "Source": run.source,
        "Data fingerprint": run.data_fingerprint,
        "Start cash": f"{run.cash_usd:,.0f} USD",
        "Sharpe ratio, 95% interval": sharpe_line(run),
        **({"Is it luck?": line(run.evidence)} if run.evidence else {}),
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


def _regimes(run: RunRecord) -> str:
    rows = regime_rows(run)
    if not rows:
        return ""
    header = "".join(f"<th>{escape(label)}</th>" for label in ("", *REGIME_LABELS))
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<h2>By regime</h2><div class="scroll"><table><thead><tr>{header}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        f"<p>{run.net.capitalize()}, by the regime of the decision in force on each bar. 1 + the total returns "
        "multiply to the run's.</p>"
    )


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


def _known(run: RunRecord) -> str:
    header = "".join(f"<th>{escape(name)}</th>" for name in KNOWN_LABELS)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in known_rows(run))
    return (
        f'<h2>What a decision knew</h2><div class="scroll"><table id="known-inputs"><thead><tr>{header}</tr></thead>'
        f"<tbody>{body}</tbody></table></div><p>{escape(known_line(run))}. The newest observation of each input, "
        "and how long it had been known.</p>"
    )


def _columns_words(run: RunRecord) -> str:
    return "Net pays every cost" if run.net == NET else "Before borrow: its short positions cost nothing to hold"


def head(run: RunRecord) -> str:
    """Return the banner of a simulated market, or nothing."""
    return banner(run.source) if run.simulated else ""


def front(run: RunRecord, title: str, trials: TrialCount | None = None) -> str:
    """Return the front of the page as HTML; `trials`: what had been tried on the traded asset by then."""
    rows = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts(run).items())
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in run.warnings)
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in number_rows(run))
    header = "".join(f"<th>{escape(name)}</th>" for name in run.columns)
    gross = "class run again" if run.is_native else "decisions"
    return (
        f"<h1>{escape(title)}</h1>"
        f'<p class="why">{escape(run.why)}</p>'
        f'<dl class="facts">{rows}</dl>'
        + (f'<ul class="warnings">{warnings}</ul>' if warnings else "")
        + (f'<p class="trials">{escape(trials.line)}</p>' if trials else "")
        + "<h2>The numbers</h2>"
        f'<div class="scroll"><table id="numbers"><thead><tr><th></th>{header}</tr></thead>'
        f"<tbody>{cells}</tbody></table></div>"
        f"<p>{_columns_words(run)}; gross is the same {gross} at zero cost; holding pays the same costs. "
        "Annualised by the bars a year above. Definitions: the project's docs/metrics.md.</p>"
        + _regimes(run)
        + _known(run)
    )


def foot(run: RunRecord) -> str:
    """Return the foot of the page as HTML: every parameter, and the versions that made it."""
    params, versions = run.params.items(), run.versions.items()
    rows = "".join(f"<tr><td>{escape(path)}</td><td>{escape(str(value))}</td></tr>" for path, value in params)
    software = ", ".join(f"{escape(name)} {escape(number)}" for name, number in versions)
    return (
        f'<h2>Every parameter</h2><div class="scroll"><table><tbody>{rows}</tbody></table></div>'
        "<footer>quantstats leaves the information ratio, the Treynor index and the ulcer performance index without "
        "annualisation. Where its table and ours differ, ours follows the stated formula.<br>"
        f"Made by {software}.</footer>"
    )
