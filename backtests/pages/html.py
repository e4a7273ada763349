"""The shell of every page: one file that loads nothing from outside, its text escaped.

Every page has one form: the verdict in a sentence, the picture, tiles, sections in the order of a reader's questions,
and a folded foot that says how it was made. Curves over time are `chart`s; any other figure is what plotly.js takes:
traces and a layout, as dictionaries, colours named as in `colours`; dates are ISO text, NaN and infinity are gaps.
A page's policy (`shell.policy`) forbids every request and every script but ours, so that the browser keeps the promise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import count
from typing import Any

from backtests.pages.colours import BAND as BAND
from backtests.pages.colours import PALETTE as PALETTE
from backtests.pages.colours import SOFT as SOFT
from backtests.pages.colours import variables
from backtests.pages.embedded import embedded as embedded
from backtests.pages.embedded import plain as plain
from backtests.pages.shell import fill, own, policy

Trace = Mapping[str, Any]
Cell = str | float | int | None
PLOTLY = "pages/plotly/plotly-basic.min.js"  # scatter and bar: all that our figures are made of
CUT = re.compile(r"\d{4}-\d\d-\d\d|-\d[\d.,]*%?")
_numbers = count()


def figure(traces: Iterable[Trace], layout: Mapping[str, Any] | None = None, *, height: int = 320, says: str) -> str:
    """Return a figure; `says` is its description for a reader who does not see it."""
    name = f"figure-{next(_numbers)}"
    content = embedded({"data": list(traces), "layout": {"height": height, **(layout or {})}}, name)
    marks = f'data-figure="{name}" role="img" aria-label="{escape(says)}" style="height:{height}px"'
    return f'<div class="figure" {marks}></div>{content}'


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    sortable: bool = False,
    wrap: Sequence[int] = (),
    words: Sequence[int] = (),
    chosen: int | None = None,
    id: str = "",
) -> str:
    """Return a table; the first column is the row's name, those at `wrap` hold sentences, those at `words` words.

    All others hold numbers: they stand to the right.

    `chosen`: the position of the row that is marked; `id`: that of the table.
    """

    def cells(tag: str, row: Sequence[Cell]) -> str:
        marks = [' class="wrap"' if at in wrap else ' class="words"' if at in words else "" for at in range(len(row))]
        return "".join(f"<{tag}{mark}>{escape(_text(cell))}</{tag}>" for mark, cell in zip(marks, row, strict=True))

    marks = ((' class="chosen"' if at == chosen else "", row) for at, row in enumerate(rows))
    body = "".join(f"<tr{mark}>{cells('td', row)}</tr>" for mark, row in marks)
    kind = ' class="sortable"' if sortable else ""
    head = f"<thead><tr>{cells('th', columns)}</tr></thead>"
    mark = f' id="{escape(id)}"' if id else ""
    return scrolling(f"<table{mark}{kind}>{head}<tbody>{body}</tbody></table>")


def scrolling(table: str) -> str:
    """Return a table in a box that scrolls where the page is narrow, and says so; a button copies it."""
    button = '<button type="button" class="copy" aria-label="copy this table">copy</button>'
    hint = '<div class="hint" aria-hidden="true">the table goes on: scroll it &rarr;</div>'
    return f'<div class="wide">{button}{hint}<div class="scroll" role="group" aria-label="table">{table}</div></div>'


def facts(named: Mapping[str, str]) -> str:
    """Return what a reader must know before the numbers, name above value."""
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in named.items())
    return f'<dl class="facts">{rows}</dl>'


def tiles(named: Mapping[str, str | tuple[str, str]]) -> str:
    """Return the few numbers that matter, large: a value by its name, or the value and what stands under it.

    What stands under it is its interval, or what it is held against.
    """
    return f'<div class="tiles">{"".join(_tile(name, value) for name, value in named.items())}</div>'


def _tile(name: str, value: str | tuple[str, str]) -> str:
    number, under = (value, "") if isinstance(value, str) else value
    below = f"<span>{escape(under)}</span>" if under else ""
    return f"<div>{escape(name)}<b>{escape(number)}</b>{below}</div>"


def verdict(text: str) -> str:
    """Return the sentence that stands first on a page: its answer."""
    whole = CUT.sub(r"<span>\g<0></span>", escape(text))  # no date, no negative number is cut at its hyphen
    return f'<p class="verdict">{whole}</p>'


def claim(text: str) -> str:
    """Return the line under a picture that says what it shows, made from the data."""
    return f'<p class="claim">{escape(text)}</p>'


def method(*parts: str, title: str = "How this was made") -> str:
    """Return the folded foot of a page: timing, costs, data, every setting, versions. It prints open."""
    return f'<details class="method"><summary>{escape(title)}</summary>{"".join(parts)}</details>'


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph of plain text; kind "lead" for the one that stands first."""
    mark = f' class="{escape(kind)}"' if kind else ""
    return f"<p{mark}>{escape(text)}</p>"


def warnings(lines: Iterable[str]) -> str:
    """Return the notes that a reader must not miss; nothing if there are none."""
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="warnings">{rows}</ul>' if rows else ""


def ordered(lines: Iterable[str]) -> str:
    """Return lines of which the first weighs most, numbered; nothing if there are none."""
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ol>{rows}</ol>" if rows else ""


def section(title: str, *parts: str) -> str:
    """Return a part of the page under its own heading."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def side_by_side(*parts: str) -> str:
    """Return parts beside one another where the page is wide enough."""
    return '<div class="side">' + "".join(f"<div>{part}</div>" for part in parts) + "</div>"


def page(
    title: str,
    *parts: str,
    simulated: str = "",
    footer: str = "",
    script: str = "",
    style: str = "",
    asks: bool = False,
) -> bytes:
    """Return the whole page as UTF-8; `simulated` names the source of simulated numbers.

    `script` and `style` are its own; one that `asks` may ask the server that it came from.
    """
    mark, body = "SIMULATED · " if simulated else "", "".join(parts)
    drawing = own("pages/page.js") + script
    scripts = [own(PLOTLY), drawing] if 'class="figure"' in body else [drawing]
    text = {"title": mark + title, "footer": footer}
    html = {
        "policy": policy(*scripts, asks=asks),
        "style": variables() + own("pages/page.css") + style,
        "banner": banner(simulated) if simulated else "",
        "parts": body,
        "scripts": "".join(f"<script>{script}</script>" for script in scripts),
    }
    return fill(own("pages/page.html"), text=text, html=html).encode()


def banner(source: str) -> str:
    """Return the banner of a page whose numbers are simulated; `source` names where they come from."""
    return f'<div class="banner">SIMULATED: no number on this page was ever a price ({escape(source)})</div>'


def _text(cell: Cell) -> str:
    return "" if cell is None or (isinstance(cell, float) and math.isnan(cell)) else str(cell)
