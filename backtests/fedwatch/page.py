"""The page of `harbinger fedwatch`: what is priced, as a map of probabilities, and the mean path below it."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from backtests.pages import html
from backtests.pages.chart import Curve, Panel, chart
from backtests.pages.text import instant, signed
from data.fed_funds.fedwatch import FedWatch, Meeting, Range

FOOTER = (
    "Computed from settles by the rule of CME's FedWatch page; not CME's own numbers. The probabilities are "
    "risk-neutral, and each meeting's mean is split between two neighbouring outcomes. Method, limits and errors on "
    "real history: the project's docs/fedwatch.md."
)
DEEPEST = 45  # percent of the colour at a probability of 1: the page's ink reads on it


def render(table: FedWatch) -> bytes:
    """Return the page as UTF-8."""
    reasons = [f"No probabilities for {', '.join(dates)}: {why}." for why, dates in table.reasons().items()]
    parts = [
        html.verdict(answer(table)),
        f'<div class="first">{_map(table)}</div>',
        html.claim("A column a meeting, a row a target range; framed: the range in force. A column sums to 100%."),
        html.tiles(_tiles(table)),
        html.warnings(reasons),
        *_path(table),
        html.method(html.facts(_facts(table)), html.paragraph(FOOTER)),
    ]
    made = table.source if table.simulated else ""
    return html.page(f"FedWatch {table.date:%Y-%m-%d}", *parts, simulated=made, footer=f"Source: {table.source}.")


def answer(table: FedWatch) -> str:
    """Return what is priced for the next meeting and by the last one, in a sentence."""
    odds, known = next_odds(table), [m for m in table.meetings if m.expected_change_bp is not None]
    low, high = table.range
    if not odds or not known:
        return f"No probabilities can be had of the settles of {table.date:%Y-%m-%d}."
    move = max(odds, key=odds.__getitem__)
    change = known[-1].expected_change_bp or 0.0
    return (
        f"On {table.date:%Y-%m-%d} futures priced a {move} at the meeting of {table.meetings[0].date:%Y-%m-%d} with "
        f"{odds[move]:.0%}, and {signed(change, 0)} bp from {low}-{high} bp by {known[-1].date:%Y-%m-%d}."
    )


def next_odds(table: FedWatch) -> dict[str, float]:
    """Return the probability of cut, hold and hike at the next meeting; empty where it has none."""
    if not table.meetings or not table.meetings[0].probabilities:
        return {}
    odds, low = {"cut": 0.0, "hold": 0.0, "hike": 0.0}, table.range[0]
    for (at, _), p in table.meetings[0].probabilities.items():
        odds["cut" if at < low else "hike" if at > low else "hold"] += p
    return odds


def _tiles(table: FedWatch) -> dict[str, str | tuple[str, str]]:
    odds = next_odds(table)
    next_one = f"{table.meetings[0].date:%Y-%m-%d}" if table.meetings else "none is known"
    found: dict[str, str | tuple[str, str]] = {
        f"{name.capitalize()} at the next meeting": (f"{p:.1%}", next_one) for name, p in odds.items()
    }
    return found | {
        "Target range in force": (f"{table.range[0]}-{table.range[1]}", "bp"),
        "Known at": (instant(table.known_at), "UTC"),
    }


def _facts(table: FedWatch) -> dict[str, str]:
    return {
        "Settles of": f"{table.date:%A %Y-%m-%d}",
        "Known at": f"{instant(table.known_at)} UTC",
        "Target range in force": f"{table.range[0]}-{table.range[1]} bp",
        "Source": table.source,
    }


def _map(table: FedWatch) -> str:
    """Return the probabilities as a table: a column a meeting, a row a range, the highest on top; then the means."""
    shown = table.shown_ranges()[::-1]
    head = "".join(f'<th scope="col">{m.date:%Y-%m-%d}</th>' for m in table.meetings)
    rows = "".join(_row(r, table) for r in shown)
    means = "".join(f"<td>{signed(m.expected_change_bp, 1)}</td>" for m in table.meetings)
    foot = f'<tfoot><tr><th scope="row">mean change, bp</th>{means}</tr></tfoot>'
    caption = "<caption>Target range in bp after each meeting</caption>"
    drawn = f'<table class="heat odds" style="--rows:{len(shown) + 1}">{caption}'
    return html.scrolling(f"{drawn}<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody>{foot}</table>")


def _row(r: Range, table: FedWatch) -> str:
    mark = ' class="now"' if r == table.range else ""
    cells = "".join(_cell(meeting, r) for meeting in table.meetings)
    return f'<tr{mark}><th scope="row">{r[0]}-{r[1]}</th>{cells}</tr>'


def _cell(meeting: Meeting, r: Range) -> str:
    if meeting.missing is not None:
        return f'<td title="{escape(meeting.missing)}">no data</td>'
    p = meeting.probabilities.get(r)
    if p is None:
        return "<td></td>"
    colour = f"color-mix(in srgb,var(--c1) {round(DEEPEST * p)}%,transparent)"
    return f'<td style="background:{colour}">{p:.1%}</td>'


def _path(table: FedWatch) -> list[str]:
    """Return the mean of the distribution over the meetings that have one; none where there are none."""
    known = [m for m in table.meetings if m.expected_change_bp is not None]
    if not known:
        return []
    middle = sum(table.range) / 2
    days = pd.DatetimeIndex([table.date, *(m.date for m in known)])
    values = np.array([middle, *(middle + (m.expected_change_bp or 0.0) for m in known)])
    panel = Panel(
        "Mean target rate, bp", [Curve("mean of the distribution, bp", values, "--c2", 2.0)], 160, "money", steps=True
    )
    says = "Mean target rate after each meeting, from the middle of the range in force"
    last = f"{values[-1]:,.0f} bp after {known[-1].date:%Y-%m-%d}, from {middle:,.1f} in force."
    return [html.section("The mean path", chart(days, [panel], says=says, claim=last))]
