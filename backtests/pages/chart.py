"""Chart: curves over time as one picture that needs no library. Panels share their days: equity, drawdown, position.

The drawing is SVG that stretches with the page, its words are text of the page: it stands without a script, in print
and on a telephone. `page.js` adds the line under the pointer, or under the arrow keys, that says date and values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.pages.embedded import embedded

Form = Literal["money", "percent", "number"]
WIDTH, HEIGHT = 2000, 1000
BUCKETS = 500  # of each the lowest and the highest point are drawn: about two for each pixel of a wide page
MOST_READ = 3_000  # bars whose values the pointer reads; of more every second, third, ... one
MOST_DAYS = 9
PHONE_LETTERS = 45  # of the days' names, with a space after each, that have room beside one another on a telephone
_numbers = count()


@dataclass(frozen=True, eq=False)
class Curve:
    """One line: `values` (bars,), NaN a gap. `colour` names one of `colours`; `area` fills it down to zero."""

    name: str
    values: Floats
    colour: str
    width: float = 1.6
    area: bool = False
    dashed: bool = False


@dataclass(frozen=True, eq=False)
class Panel:
    """Curves on one scale; `title` says what and in which unit. On a log scale values of zero and less are gaps.

    `steps` draws a value that holds until the next one; `ends` are the ends of the scale where they are known.
    """

    title: str
    curves: Sequence[Curve]
    height: int = 240
    form: Form = "number"
    log: bool = False
    steps: bool = False
    ends: tuple[float, float] | None = None


def chart(labels: pd.Index[Any], panels: Sequence[Panel], *, says: str, claim: str = "") -> str:
    """Return the picture of `panels` over the bars' labels; `says` describes it, `claim` stands under it.

    Names of the first panel are its keys, with the last values; the pointer and the arrow keys read those of any bar.
    """
    name = f"chart-{next(_numbers)}"
    instants = pd.DatetimeIndex(labels)
    shares = _shares(instants)
    drawn = "".join(_panel(panel, shares, instants) for panel in panels)
    caption = f"<figcaption>{escape(claim)}</figcaption>" if claim else ""
    plot = f'<div class="plot" tabindex="0" role="group" aria-label="{escape(says)}">'
    return (
        f'<figure class="chart" data-chart="{name}">{_keys(panels, instants)}'
        f"{plot}{drawn}{_days(instants)}</div>{caption}</figure>"
        f"{embedded(_read(panels, instants), name)}"
    )


def _shares(instants: pd.DatetimeIndex) -> Floats:
    """Return where each bar stands between the first and the last, 0 to 1."""
    at = instants.as_unit("s").asi8.astype(np.float64)
    return np.asarray((at - at[0]) / max(float(at[-1] - at[0]), 1.0))


def _panel(panel: Panel, shares: Floats, instants: pd.DatetimeIndex) -> str:
    low, high = panel.ends or _ends(panel)
    ticks = (
        _log_ticks(low, high)
        if panel.log
        else _ticks(low, high, 2 if panel.height < 60 else 3 if panel.height < 120 else 5)
    )
    tops = {tick: 1 - _height(np.array([tick]), low, high, panel.log)[0] for tick in ticks}
    across = "".join(f"M0 {HEIGHT * top:.0f}H{WIDTH}" for top in tops.values())
    upright = "".join(f"M{WIDTH * share:.0f} 0V{HEIGHT}" for share, _ in _day_ticks(instants))
    lines = "".join(_line(curve, panel, shares, low, high) for curve in reversed(panel.curves))
    words = "".join(
        f'<i style="top:{100 * top:.2f}%">{escape(_short(tick, panel.form))}</i>' for tick, top in tops.items()
    )
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true"'
    return (
        f'<b class="of">{escape(panel.title)}</b><div class="panel" style="--h:{panel.height}px">'
        f'<svg {box}><path class="grid" d="{across}{upright}"/>{lines}</svg>{words}</div>'
    )


def _line(curve: Curve, panel: Panel, shares: Floats, low: float, high: float) -> str:
    heights = HEIGHT * (1 - _height(curve.values, low, high, panel.log))
    kept = _kept(heights)
    points = list(zip(np.rint(WIDTH * shares[kept]).astype(int).tolist(), heights[kept].tolist(), strict=True))
    path, pen = [], "M"
    for x, y in points:
        if not math.isfinite(y):
            pen = "M"
            continue
        path.append(f"{pen}{x} {y:.0f}" if pen == "M" or not panel.steps else f"H{x}V{y:.0f}")
        pen = "L"
    d, colour = "".join(path), f"var({curve.colour})"
    dashes = ";stroke-dasharray:5 4" if curve.dashed else ""
    stroke = f'<path d="{d}" style="stroke:{colour};stroke-width:{curve.width}{dashes}"/>'
    if not curve.area or not path:
        return stroke
    base = HEIGHT * (1 - _height(np.array([0.0]), low, high, panel.log)[0])
    known = [x for x, y in points if math.isfinite(y)]
    area = f"{d}V{base:.0f}H{known[0]}Z"
    return f'<path d="{area}" style="fill:{colour};fill-opacity:.16;stroke:none"/>{stroke}'


def _height(values: Floats, low: float, high: float, log: bool) -> Floats:
    """Return where values stand between the ends, 0 to 1; NaN what a log scale does not have."""
    if log:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(np.where(values > 0, values, np.nan))
        low, high = math.log(low), math.log(high)
    return np.asarray((values - low) / (high - low), dtype=np.float64)


def _kept(heights: Floats) -> list[int]:
    """Return the bars to draw: all, or the lowest and the highest of each bucket, and both ends."""
    n = len(heights)
    if n <= 2 * BUCKETS:
        return list(range(n))
    size, longer = divmod(n, BUCKETS)
    split = longer * (size + 1)  # so many buckets have one bar more
    parts = (_extremes(heights[:split].reshape(longer, size + 1)), split + _extremes(heights[split:].reshape(-1, size)))
    return sorted({0, n - 1, *np.concatenate(parts).tolist()})


def _extremes(heights: Floats) -> npt.NDArray[np.int64]:
    """Return where the lowest and the highest of each row are, counted through all; the first of a row without any."""
    known = np.isfinite(heights)
    first = np.arange(len(heights)) * heights.shape[1]
    lowest = np.argmin(np.where(known, heights, np.inf), axis=1)
    highest = np.argmax(np.where(known, heights, -np.inf), axis=1)
    return np.concatenate([first + lowest, first + highest])


def _ends(panel: Panel) -> tuple[float, float]:
    values = np.concatenate([curve.values for curve in panel.curves])
    known = values[np.isfinite(values) & ((values > 0) | (not panel.log))]
    low, high = (float(known.min()), float(known.max())) if known.size else (1.0, 2.0)
    if panel.log:
        room = max(high / low, 1.02) ** 0.04
        return low / room, high * room
    if any(curve.area for curve in panel.curves):
        low, high = min(low, 0.0), max(high, 0.0)
    room = (high - low) * 0.04 or abs(high) * 0.1 or 1.0
    flat = low == high == 0  # no room on either side of zero would be no panel
    return (low - room if low < 0 else low), (high + room if high > 0 or flat else high)


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` round values between the ends."""
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step *= next(factor for factor in (1, 2, 5, 10, 20, 50) if (high - low) / (step * factor) <= most)
    first = math.ceil(low / step - 1e-9)
    return [at * step for at in range(first, math.floor(high / step + 1e-9) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """Return powers of ten between the ends; twos and fives too, or even steps, where there are few of them."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        ticks = [factor * 10.0**power for power in powers for factor in factors]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 4:
            return inside[:: math.ceil(len(inside) / 7)]
    return _ticks(low, high, 5)


def _day_ticks(instants: pd.DatetimeIndex) -> list[tuple[float, str]]:
    """Return where years, months or days begin, and their names: at most MOST_DAYS of them."""
    first, last = instants[0], instants[-1]
    whole = max(float((last - first) / pd.Timedelta(days=1)), 1e-9)
    for rule, form, days in (("D", "%d %b", 1), ("W-MON", "%d %b", 7), ("MS", "%b %Y", 30.4), ("QS", "%b %Y", 91.3),
                             ("YS", "%Y", 365.25), ("2YS", "%Y", 730.5), ("5YS", "%Y", 1826)):  # fmt: skip
        if whole / days <= MOST_DAYS or rule == "5YS":
            starts = pd.date_range(first.normalize(), last, freq=rule)
            places = [(float((at - first) / pd.Timedelta(days=1)) / whole, f"{at:{form}}") for at in starts]
            return [(share, word) for share, word in places if 0.015 <= share <= 0.985]
    return []


def _days(instants: pd.DatetimeIndex) -> str:
    """Return the names of the days; a telephone, on which they would lie on one another, shows every other of many."""
    ticks = _day_ticks(instants)
    many = " many" if sum(len(word) + 1 for _, word in ticks) > PHONE_LETTERS else ""
    words = "".join(f'<i style="left:{100 * share:.2f}%">{word}</i>' for share, word in ticks)
    return f'<div class="days{many}">{words}</div>'


def _keys(panels: Sequence[Panel], instants: pd.DatetimeIndex) -> str:
    """Return the names of the first panel's curves in their colours, and the last value of every curve."""
    words = []
    for at, panel in enumerate(panels):
        for place, curve in enumerate(panel.curves):
            last = curve.values[-1] if len(curve.values) else math.nan
            says = curve.name if at == 0 else f"{curve.name}, {panel.title.partition(',')[0].lower()}"
            mark = f'style="--key:var({curve.colour})"' + (" hidden" if at else "")
            words.append(
                f'<span {mark}>{escape(says)} <b data-at="{at}.{place}">{escape(_long(last, panel.form))}</b></span>'
            )
    return f'<div class="keys">{"".join(words)}<time>{_label(instants[-1])}</time></div>'


def _label(at: pd.Timestamp) -> str:
    return f"{at:%Y-%m-%d}" if at == at.normalize() else f"{at:%Y-%m-%d %H:%M}"


def _read(panels: Sequence[Panel], instants: pd.DatetimeIndex) -> dict[str, Any]:
    """Return what the pointer reads: minutes since 1970 of each bar it knows, and the values of every curve there."""
    stride = max(math.ceil(len(instants) / MOST_READ), 1)
    at = np.unique(np.append(np.arange(0, len(instants), stride), len(instants) - 1))
    minutes = instants[at].as_unit("s").asi8 // 60
    return {
        "minutes": [int(minutes[0]), *np.diff(minutes).tolist()],
        "panels": [
            {"form": panel.form, "curves": [_digits(curve.values[at]) for curve in panel.curves]} for panel in panels
        ],
    }


def _digits(values: Iterable[float]) -> list[float | None]:
    """Return values to five digits, so that the page stays small."""
    return [None if not math.isfinite(value) else _whole(float(f"{value:.5g}")) for value in values]


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def _short(value: float, form: Form) -> str:
    """Return a value on an axis: 100k, 2.5M, 40%."""
    if form == "percent":
        return f"{value:.0%}" if abs(value * 100 - round(value * 100)) < 1e-6 else f"{value:.1%}"
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _long(value: float, form: Form) -> str:
    """Return a value under the pointer."""
    if not math.isfinite(value):
        return "-"
    return {"percent": f"{value:.1%}", "money": f"{value:,.0f}", "number": f"{value:,.2f}"}[form]
