"""Card: what a notebook shows of a result. HTML that stands by itself: no script, no style sheet, every text escaped.

Colours are of lines and borders only; text keeps the notebook's own, so that a card reads on light and on dark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np

from backtests.engine.ledger import Floats
from backtests.pages.colours import LIGHT

PALETTE = tuple(LIGHT[f"c{at}"] for at in range(1, 7))  # literal: a card stands in a page that is not ours
WARN, MARK = LIGHT["c2"], LIGHT["simulated"]
MOST_POINTS = 240
WIDTH, HEIGHT, EDGE = 640, 96, 4
LINE = "1px solid rgba(128,128,128,.35)"
CELL = "padding:2px 14px 2px 0;border:0;background:none"


def card(
    title: str,
    *,
    simulated: str = "",
    facts: Mapping[str, str],
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    curve: str = "",
    notes: Iterable[str] = (),
) -> str:
    """Return the card: title, facts, a table whose first column names its rows, a curve, notes.

    `simulated` names the source of simulated numbers; `curve` is what `sparkline` gives.
    """
    mark = _mark(simulated) if simulated else ""
    named = " · ".join(f"{escape(name)} <b>{escape(value)}</b>" for name, value in facts.items())
    warned = "".join(f'<div style="color:{WARN};font-size:12px">{escape(note)}</div>' for note in notes)
    box = f"border:{LINE};border-radius:8px;padding:12px 16px;max-width:720px;overflow-x:auto"
    return (
        f'<div class="harbinger" style="{box}">{mark}<div style="font-size:16px;font-weight:600">{escape(title)}</div>'
        f'<div style="font-size:12px;opacity:.8;margin-top:2px">{named}</div>'
        f"{_table(columns, rows)}{curve}{warned}</div>"
    )


def _mark(source: str) -> str:
    style = f"background:{MARK};color:#fff;border-radius:4px;padding:1px 8px;font-size:11px;font-weight:600"
    return f'<div style="margin-bottom:6px"><span style="{style}">SIMULATED · {escape(source)}</span></div>'


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str, extra: str) -> str:
        align = ("left", *["right"] * (len(cells) - 1))
        return "".join(
            f'<{tag} style="{CELL};text-align:{side};{extra}">{escape(cell)}</{tag}>'
            for side, cell in zip(align, cells, strict=True)
        )

    head = line(columns, "th", "font-weight:600;opacity:.7")
    body = "".join(f'<tr style="background:none">{line(row, "td", "")}</tr>' for row in rows)
    style = "border-collapse:collapse;margin:8px 0 4px;font-size:13px;font-variant-numeric:tabular-nums"
    return f'<table style="{style}"><thead><tr style="background:none">{head}</tr></thead><tbody>{body}</tbody></table>'


def sparkline(curves: Mapping[str, Floats], *, says: str, log: bool = True) -> str:
    """Return curves as one inline SVG; `says` describes it to a reader who does not see it.

    NaN, and on the log scale values of zero or less (ruin), are gaps; at most MOST_POINTS a curve are drawn, the last
    always among them.
    """
    drawn = {name: _thinned(values, log) for name, values in curves.items()}
    known = np.concatenate([y[np.isfinite(y)] for _, y in drawn.values()])
    if not known.size:
        return ""
    low, high = float(known.min()), float(known.max())
    span = high - low or 1.0
    lines = "".join(
        _line(x, EDGE + (HEIGHT - 2 * EDGE) * (1 - (y - low) / span), PALETTE[at % len(PALETTE)])
        for at, (x, y) in enumerate(drawn.values())
    )
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" style="width:100%;max-width:{WIDTH}px;display:block;margin-top:6px"'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{escape(says)}">{lines}</svg>'
    return drawing + _legend(list(drawn))


def _thinned(values: Floats, log: bool) -> tuple[Floats, Floats]:
    """Return the places 0..1 and at most MOST_POINTS values, or their logs."""
    n = len(values)
    at = np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(int))
    kept = np.asarray(values, dtype=np.float64)[at]
    return at / max(n - 1, 1), np.log(np.where(kept > 0, kept, math.nan)) if log else kept


def _line(x: Floats, y: Floats, colour: str) -> str:
    points = [f"{WIDTH * a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True) if math.isfinite(b)]
    return f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _legend(names: Sequence[str]) -> str:
    keys = " ".join(
        f'<span style="white-space:nowrap;margin-right:14px"><span style="color:{PALETTE[at % len(PALETTE)]}">━</span> '
        f"{escape(name)}</span>"
        for at, name in enumerate(names)
    )
    return f'<div style="font-size:12px">{keys}</div>'
