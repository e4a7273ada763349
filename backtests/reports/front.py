"""The front of a tearsheet: what was run, on what, by which rules, and our own numbers. Everything escaped."""

from __future__ import annotations

from html import escape

from backtests.metrics import NAMES
from backtests.result import Result

PERCENT = ("total_return", "cagr", "volatility", "max_drawdown", "time_in_market")
LABELS = {
    "total_return": "Total return",
    "cagr": "Growth a year (CAGR)",
    "volatility": "Volatility a year",
    "sharpe": "Sharpe ratio",
    "sortino": "Sortino ratio",
    "max_drawdown": "Worst drawdown",
    "calmar": "Calmar ratio",
    "time_in_market": "Time in the market",
    "turnover_per_year": "Turnover a year (times equity)",
    "orders": "Orders",
    "costs_paid_usd": "Costs paid (USD)",
}


def number(name: str, value: float | int | None) -> str:
    """Return one metric as a person reads it; a dash where it is undefined."""
    if value is None:
        return "-"
    if name in PERCENT:
        return f"{value:,.1%}"
    if name in ("orders", "costs_paid_usd"):
        return f"{value:,.0f}"
    return f"{value:,.2f}"


def columns(result: Result) -> dict[str, dict[str, float | int | None]]:
    """Return the metrics to stand side by side: net, gross, and each benchmark."""
    return {"net": result.metrics.values, "gross": result.gross.values} | {
        name: m.values for name, m in result.benchmarks.items()
    }


def timing_rule(result: Result) -> str:
    """Return the decision and fill rule in one sentence."""
    market, delay = result.market, result.spec.execution.delay_bars
    fill = "the next bar's open" if delay == 0 else f"the open {1 + delay} bars later"
    return (
        f"decided at each bar's close ({market.asset.rule.text}) on what was known by then; filled at {fill}; "
        f"join {market.join}, values older than {market.max_age_days:g} days are no opinion"
    )


def costs_line(result: Result) -> str:
    """Return costs and execution in one line."""
    costs, execution = result.spec.costs, result.spec.execution
    return (
        f"commission {costs.commission_bps:g} bp, slippage {costs.slippage_bps:g} bp, "
        f"borrow {costs.borrow_pct_per_year:g}% and cash yield {costs.cash_yield_pct_per_year:g}% a year; "
        f"band {execution.rebalance_band:g}, leverage up to {execution.max_leverage:g}"
    )


def own_parameters(result: Result) -> str:
    """Return the strategy's own parameters in one line."""
    roots = ("study.", "costs.", "execution.", "market.")
    return ", ".join(f"{k.path} = {k.value}" for k in result.spec.knobs() if not k.path.startswith(roots)) or "none"


def sharpe_line(result: Result) -> str:
    """Return the Sharpe ratio's interval in words."""
    if result.sharpe_interval is None:
        return "undefined"
    low, high = result.sharpe_interval
    return f"{low:.2f} to {high:.2f}, as if this were the only trial"


def facts(result: Result, run_id: str) -> dict[str, str]:
    """Return what a reader must know before the numbers, in order."""
    first, last = result.span
    market, versions = result.market, result.spec
    return {
        "Bars": f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {result.ledger.bars:,}; {market.periods_per_year} a year",
        "Traded, leader": f"{market.traded}, {market.leader}",
        "Strategy": f"{type(result.spec.strategy).__name__}: {own_parameters(result)}",
        "Costs and execution": costs_line(result),
        "Timing": timing_rule(result),
        "Source": market.source,
        "Data fingerprint": versions.fingerprint,
        "Start cash": f"{result.spec.study.cash_usd:,.0f} USD",
        "Sharpe ratio, 95% interval": sharpe_line(result),
        "Run": run_id,
    }


REGIME_LABELS = ("bars", "share of bars", "total return", "Sharpe ratio", "time in the market")


def regime_rows(result: Result) -> list[list[str]]:
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
        for name, part in result.regimes.items()
    ]


def _regimes(result: Result) -> str:
    rows = regime_rows(result)
    if not rows:
        return ""
    header = "".join(f"<th>{escape(label)}</th>" for label in ("", *REGIME_LABELS))
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<h2>By regime</h2><div class="scroll"><table><thead><tr>{header}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        "<p>Net, by the regime of the decision in force on each bar. 1 + the total returns multiply to the run's.</p>"
    )


def head(result: Result) -> str:
    """Return the banner of a simulated market, or nothing."""
    if not result.market.simulated:
        return ""
    return (
        f'<div class="banner">SIMULATED: no number on this page was ever a price ({escape(result.market.source)})</div>'
    )


def front(result: Result, run_id: str, title: str) -> str:
    """Return the front of the page as HTML."""
    rows = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts(result, run_id).items())
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in result.warnings)
    table = columns(result)
    cells = "".join(
        f"<tr><td>{LABELS[name]}</td>{''.join(f'<td>{number(name, m[name])}</td>' for m in table.values())}</tr>"
        for name in NAMES
    )
    header = "".join(f"<th>{escape(name)}</th>" for name in table)
    return (
        f"<h1>{escape(title)}</h1>"
        f'<p class="why">{escape(result.spec.study.why)}</p>'
        f'<dl class="facts">{rows}</dl>'
        + (f'<ul class="warnings">{warnings}</ul>' if warnings else "")
        + "<h2>The numbers</h2>"
        f'<div class="scroll"><table id="numbers"><thead><tr><th></th>{header}</tr></thead>'
        f"<tbody>{cells}</tbody></table></div>"
        "<p>Net pays every cost; gross is the same decisions at zero cost; holding pays the same costs. "
        "Annualised by the bars a year above. Definitions: the project's docs/metrics.md.</p>" + _regimes(result)
    )


def foot(result: Result, versions: dict[str, str]) -> str:
    """Return the foot of the page as HTML: every parameter, and the versions that made it."""
    rows = "".join(f"<tr><td>{escape(k.path)}</td><td>{escape(str(k.value))}</td></tr>" for k in result.spec.knobs())
    made = ", ".join(f"{escape(name)} {escape(number)}" for name, number in versions.items())
    return (
        f'<h2>Every parameter</h2><div class="scroll"><table><tbody>{rows}</tbody></table></div>'
        "<footer>quantstats leaves the information ratio, the Treynor index and the ulcer performance index without "
        "annualisation. Where its table and ours differ, ours follows the stated formula.<br>"
        f"Made by {made}.</footer>"
    )
