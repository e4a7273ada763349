"""Returns month by month, as a table that a person reads and copies: quantstats' heat map has 0.00 where no bar was."""

from __future__ import annotations

import pandas as pd

from backtests.pages import html

NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FULL, DEEPEST = 0.4, 46  # a month of 40% has the deepest colour, in percent of it: light enough for the page's ink


def section(returns: pd.Series[float], net: str) -> str:
    """Return the section: the returns of each bar (fractions, indexed by label) by calendar month and by year.

    A month without a bar is an empty cell. `net` is what they are called (`metrics.labels.net`).
    """
    labels = pd.DatetimeIndex(returns.index)
    grown = (1 + returns).groupby([labels.year, labels.month]).prod() - 1
    yearly = (1 + returns).groupby(labels.year).prod() - 1
    head = "".join(f"<th>{name}</th>" for name in ("Year by month", *NAMES, "Year"))
    rows = "".join(
        f"<tr><td>{year}</td>{''.join(_cell(grown.get((year, month))) for month in range(1, 13))}"
        f"<td><b>{total:,.1%}</b></td></tr>"
        for year, total in yearly.items()
    )
    table = f'<table id="months"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return html.section(f"When it was earned, {net}", html.scrolling(table), html.claim(_claim(grown, yearly)))


def _claim(grown: pd.Series[float], yearly: pd.Series[float]) -> str:
    years, of_years = [f"{year}" for year in yearly.index], yearly.to_numpy()
    best, worst = int(of_years.argmax()), int(of_years.argmin())
    return (
        f"{int((grown > 0).sum())} of {len(grown)} months gained, {int((of_years > 0).sum())} of {len(years)} years; "
        f"best year {years[best]} ({of_years[best]:+,.1%}), worst {years[worst]} ({of_years[worst]:+,.1%}). Compounded "
        "by calendar month of the bars' labels; empty: outside the run, whose first and last month may be parts."
    )


def _cell(value: float | None) -> str:
    if value is None:
        return "<td></td>"
    depth = round(min(abs(value) / FULL, 1.0) * DEEPEST)
    colour = f"var(--{'gain' if value > 0 else 'loss'})"
    return f'<td style="background:color-mix(in srgb,{colour} {depth}%,transparent)">{value:,.1%}</td>'
