"""The shell of every page with figures: one file that loads nothing from outside, its text escaped, its figures drawn
by plotly.js from plain data.

A figure is what plotly.js takes: traces and a layout, as dictionaries; dates are ISO text, NaN and infinity are gaps.
A page's policy (`shell.policy`) forbids every request and every script but ours, so that the browser keeps the promise.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from backtests.pages.card import PALETTE as PALETTE
from backtests.pages.shell import fill, own, policy

Trace = Mapping[str, Any]
Cell = str | float | int | None
SOFT, BAND = "#8a8f98", "rgba(138,143,152,.18)"
_numbers = count()


def figure(traces: Iterable[Trace], layout: Mapping[str, Any] | None = None, *, height: int = 320, says: str) -> str:
    """Return a figure; `says` is its description for a reader who does not see it."""
    name = f"figure-{next(_numbers)}"
    content = embedded({"data": list(traces), "layout": {"height": height, **(layout or {})}}, name)
    marks = f'data-figure="{name}" role="img" aria-label="{escape(says)}" style="height:{height}px"'
    return f'<div class="figure" {marks}></div>{content}'


def embedded(content: Any, name: str, *, is_plain: bool = False) -> str:
    """Return `content` as a JSON block of the page, under the element id `name`; `is_plain` saves making it so."""
    text = json.dumps(content if is_plain else plain(content), allow_nan=False, separators=(",", ":"))
    safe = text.replace("<", "\\u003c")
    return f'<script type="application/json" id="{escape(name)}">{safe}</script>'


def plain(value: Any) -> Any:
    """Return `value` as JSON's own types: arrays become lists, instants ISO text, NaN and infinity None."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (pd.Series, pd.Index, np.ndarray)):
        return [plain(item) for item in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, pd.Timestamp):
        return None if pd.isna(value) else value.tz_localize(None).isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    sortable: bool = False,
    wrap: Sequence[int] = (),
    chosen: int | None = None,
) -> str:
    """Return a table; the first column is the row's name, those at the positions `wrap` hold sentences.

    `chosen`: the position of the row that is marked.
    """

    def cells(tag: str, row: Sequence[Cell]) -> str:
        marks = [' class="wrap"' if at in wrap else "" for at in range(len(row))]
        return "".join(f"<{tag}{mark}>{escape(_text(cell))}</{tag}>" for mark, cell in zip(marks, row, strict=True))

    marks = ((' class="chosen"' if at == chosen else "", row) for at, row in enumerate(rows))
    body = "".join(f"<tr{mark}>{cells('td', row)}</tr>" for mark, row in marks)
    kind = ' class="sortable"' if sortable else ""
    head = f"<thead><tr>{cells('th', columns)}</tr></thead>"
    return f'<div class="scroll"><table{kind}>{head}<tbody>{body}</tbody></table></div>'


def facts(named: Mapping[str, str]) -> str:
    """Return what a reader must know before the numbers, name above value."""
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in named.items())
    return f'<dl class="facts">{rows}</dl>'


def tiles(named: Mapping[str, str]) -> str:
    """Return the few numbers that matter, large."""
    return (
        '<div class="tiles">'
        + "".join(f"<div>{escape(n)}<b>{escape(v)}</b></div>" for n, v in named.items())
        + "</div>"
    )


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph of plain text; kind "lead" for the one that stands first."""
    mark = f' class="{escape(kind)}"' if kind else ""
    return f"<p{mark}>{escape(text)}</p>"


def warnings(lines: Iterable[str]) -> str:
    """Return the notes that a reader must not miss; nothing if there are none."""
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="warnings">{rows}</ul>' if rows else ""


def section(title: str, *parts: str) -> str:
    """Return a part of the page under its own heading."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def side_by_side(*parts: str) -> str:
    """Return parts beside one another where the page is wide enough."""
    return '<div class="side">' + "".join(f"<div>{part}</div>" for part in parts) + "</div>"


def page(title: str, *parts: str, simulated: str = "", footer: str = "", script: str = "") -> bytes:
    """Return the whole page as UTF-8; `simulated` names the source of simulated numbers, `script` is its own code."""
    mark = "SIMULATED · " if simulated else ""
    text = {"title": mark + title, "footer": footer}
    plotly, drawing = _plotly(), own("pages/page.js") + script
    html = {
        "policy": policy(plotly, drawing),
        "style": own("pages/page.css"),
        "banner": banner(simulated) if simulated else "",
        "parts": "".join(parts),
        "plotly": plotly,
        "script": drawing,
    }
    return fill(own("pages/page.html"), text=text, html=html).encode()


def banner(source: str) -> str:
    """Return the banner of a page whose numbers are simulated; `source` names where they come from."""
    return f'<div class="banner">SIMULATED: no number on this page was ever a price ({escape(source)})</div>'


def _plotly() -> str:
    return files("plotly").joinpath("package_data/plotly.min.js").read_text(encoding="utf-8")


def _text(cell: Cell) -> str:
    return "" if cell is None or (isinstance(cell, float) and math.isnan(cell)) else str(cell)
