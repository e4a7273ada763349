"""The page of `harbinger fedwatch`: facts, the next meeting, a chart, the table. Self-contained; everything escaped."""

from __future__ import annotations

from html import escape

from backtests.pages.html import banner
from backtests.pages.shell import fill, own, policy
from backtests.pages.text import instant, signed
from data.fed_funds.fedwatch import FedWatch, Meeting, Range

WIDTH, LEFT, RIGHT, TOP, ROW, FOOT = 1060.0, 78.0, 8.0, 10.0, 27.0, 46.0
ACCENT = "31,95,191"
LEAST_TEXT = 0.005
LINE_AT = 0.76  # of a column: beside the numbers, not over them


def render(table: FedWatch) -> bytes:
    """Return the page as UTF-8."""
    title = f"{'SIMULATED · ' if table.simulated else ''}FedWatch {table.date:%Y-%m-%d}"
    html = {
        "policy": policy(),
        "head": banner(table.source) if table.simulated else "",
        "front": f"<h1>{escape(title)}</h1>" + _front(table),
    }
    return fill(own("fedwatch/fedwatch.html"), text={"title": title}, html=html).encode()


def _front(table: FedWatch) -> str:
    reasons = "".join(
        f"<li>No probabilities for {escape(', '.join(dates))}: {escape(why)}.</li>"
        for why, dates in table.reasons().items()
    )
    return (
        "<p>What 30-day fed funds futures say of the Federal Reserve's meetings to come.</p>"
        + _facts(table)
        + (f'<ul class="warnings">{reasons}</ul>' if reasons else "")
        + _next(table)
        + f"<h2>Target range after each meeting, probability</h2>{_chart(table)}"
        + "<p>Shade: probability. Line: mean of the distribution, from the middle of the range in force.</p>"
        + f"<h2>The table</h2>{_rows(table)}"
        + "<footer>Computed from settles by the rule of CME's FedWatch page; not CME's own numbers. The probabilities "
        "are risk-neutral, and each meeting's mean is split between two neighbouring outcomes. Method, limits and "
        "errors on real history: the project's docs/fedwatch.md.</footer>"
    )


def _facts(table: FedWatch) -> str:
    facts = {
        "Settles of": f"{table.date:%A %Y-%m-%d}",
        "Known at": f"{instant(table.known_at)} UTC",
        "Target range in force": f"{table.range[0]}-{table.range[1]} bp",
        "Source": table.source,
    }
    rows = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts.items())
    return f'<dl class="facts">{rows}</dl>'


def _next(table: FedWatch) -> str:
    """Return cut, hold and hike at the next meeting, where there are probabilities."""
    if not table.meetings or not table.meetings[0].probabilities:
        return ""
    meeting, low = table.meetings[0], table.range[0]
    odds = {"cut": 0.0, "hold": 0.0, "hike": 0.0}
    for (at, _), p in meeting.probabilities.items():
        odds["cut" if at < low else "hike" if at > low else "hold"] += p
    cells = "".join(f'<div class="{name}">{name}<b>{p:.1%}</b></div>' for name, p in odds.items())
    return f'<h2>The next meeting, {meeting.date:%A %Y-%m-%d}</h2><div class="next">{cells}</div>'


def _rows(table: FedWatch) -> str:
    shown = table.shown_ranges()
    marks = {r: ' class="now"' if r == table.range else "" for r in shown}
    head = "".join(f"<th{marks[r]}>{r[0]}-<br>{r[1]}</th>" for r in shown)
    body = "".join(
        f"<tr><td>{m.date:%Y-%m-%d}</td><td>{_change(m)}</td>"
        + "".join(_cell(m.probabilities.get(r), marks[r]) for r in shown)
        + "</tr>"
        for m in table.meetings
    )
    return (
        '<div class="scroll"><table><thead><tr><th>meeting</th><th>expected<br>change, bp</th>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _change(meeting: Meeting) -> str:
    return signed(meeting.expected_change_bp, 1)


def _cell(p: float | None, mark: str) -> str:
    if p is None:
        return f"<td{mark}></td>"
    return f'<td{mark} style="background:rgba({ACCENT},{0.45 * p:.3f})">{p:.1%}</td>'


def _chart(table: FedWatch) -> str:
    """Return the chart as SVG: a column a meeting after one for now, a row a range, the highest on top."""
    shown = table.shown_ranges()[::-1]
    step = (WIDTH - LEFT - RIGHT) / (len(table.meetings) + 1)
    height = TOP + ROW * len(shown) + FOOT
    tops = {r: TOP + ROW * at for at, r in enumerate(shown)}
    columns = [LEFT + step * at for at in range(len(table.meetings) + 1)]
    parts = [_row(r, y, r == table.range) for r, y in tops.items()]
    parts += [_tile(columns[0], tops[table.range], step, 1.0), _label(columns[0], step, height, "now", "")]
    for x, meeting in zip(columns[1:], table.meetings, strict=True):
        parts.append(_label(x, step, height, f"{meeting.date.day} {meeting.date:%b}", f"{meeting.date:%Y}"))
        if meeting.missing is not None:
            parts.append(_no_data(x, step, ROW * len(shown)))
        parts += [_tile(x, tops[r], step, p) for r, p in meeting.probabilities.items() if r in tops]
    title = "Heat map of the probability of each target range after each meeting"
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {height:g}" role="img" aria-label="{title}">'
        + "".join(parts)
        + _line(table, columns, step, tops)
        + "</svg>"
    )


def _row(r: Range, y: float, now: bool) -> str:
    style = "strong" if now else ""
    fill = (
        f'<rect x="{LEFT:g}" y="{y:g}" width="{WIDTH - LEFT - RIGHT:g}" height="{ROW:g}" fill="#f6f8fa"/>'
        if now
        else ""
    )
    return (
        f'{fill}<line x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y + ROW:g}" y2="{y + ROW:g}" stroke="#e8ecf0"/>'
        f'<text class="{style}" x="{LEFT - 8:g}" y="{y + ROW / 2 + 4:g}" text-anchor="end">{r[0]}-{r[1]}</text>'
    )


def _label(x: float, step: float, height: float, first: str, second: str) -> str:
    middle = x + step / 2
    return (
        f'<text class="in" x="{middle:.1f}" y="{height - FOOT + 18:g}" text-anchor="middle">{first}</text>'
        f'<text x="{middle:.1f}" y="{height - FOOT + 33:g}" text-anchor="middle">{second}</text>'
    )


def _tile(x: float, y: float, step: float, p: float) -> str:
    tile = (
        f'<rect x="{x + 2:.1f}" y="{y + 1.5:g}" width="{step - 4:.1f}" height="{ROW - 3:g}" rx="3" '
        f'fill="rgb({ACCENT})" fill-opacity="{0.06 + 0.86 * p:.3f}"/>'
    )
    if p < LEAST_TEXT:
        return tile
    style = "on" if p > 0.5 else "in"
    return f'{tile}<text class="{style}" x="{x + 9:.1f}" y="{y + ROW / 2 + 4:g}">{p:.0%}</text>'


def _no_data(x: float, step: float, height: float) -> str:
    middle, centre = x + step / 2, TOP + height / 2
    return (
        f'<rect x="{x + 2:.1f}" y="{TOP + 1.5:g}" width="{step - 4:.1f}" height="{height - 3:g}" rx="3" '
        'fill="#fff4e0"/>'
        f'<text x="{middle:.1f}" y="{centre:g}" text-anchor="middle" '
        f'transform="rotate(-90 {middle:.1f} {centre:g})">no data</text>'
    )


def _line(table: FedWatch, columns: list[float], step: float, tops: dict[Range, float]) -> str:
    """Return the mean of the distribution over the meetings that have one."""
    scale, base = ROW / (table.range[1] - table.range[0]), tops[table.range] + ROW / 2
    changes = [0.0, *(m.expected_change_bp for m in table.meetings if m.expected_change_bp is not None)]
    points = [(x + LINE_AT * step, base - scale * change) for x, change in zip(columns, changes, strict=False)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#fff" stroke="#b4540a" stroke-width="1.6"/>' for x, y in points
    )
    return f'<polyline points="{path}" fill="none" stroke="#b4540a" stroke-width="1.6" stroke-opacity=".8"/>{dots}'
