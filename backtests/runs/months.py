"""Returns month by month, as a table that a person reads and copies: quantstats' heat map has 0.00 where no bar was."""

from __future__ import annotations

import pandas as pd

NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
GAIN, LOSS = "31,95,191", "201,92,20"  # told apart by those who see no red or green
FULL, DEEPEST = 0.4, 0.55  # a month of 40% has the deepest colour, still light enough for dark ink


def table(returns: pd.Series[float], net: str) -> str:
    """Return HTML of the returns of each bar (fractions, indexed by label) compounded by calendar month and by year.

    A month without a bar is an empty cell. `net` is what they are called (`metrics.labels.net`).
    """
    labels = pd.DatetimeIndex(returns.index)
    grown = (1 + returns).groupby([labels.year, labels.month]).prod() - 1
    yearly = (1 + returns).groupby(labels.year).prod() - 1
    head = "".join(f"<th>{name}</th>" for name in ("", *NAMES, "Year"))
    rows = "".join(
        f"<tr><td>{year}</td>{''.join(_cell(grown.get((year, month))) for month in range(1, 13))}"
        f"<td><b>{total:,.1%}</b></td></tr>"
        for year, total in yearly.items()
    )
    return (
        f'<h2>Month by month, {net}</h2><div class="scroll"><table id="months">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        "<p>Compounded by calendar month of the bars' labels. Empty: outside the run, whose first and last month may "
        "be parts.</p>"
    )


def _cell(value: float | None) -> str:
    if value is None:
        return "<td></td>"
    depth = min(abs(value) / FULL, 1.0) * DEEPEST
    return f'<td style="background:rgba({GAIN if value > 0 else LOSS},{depth:.2f})">{value:,.1%}</td>'
