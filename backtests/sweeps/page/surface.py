"""The first picture of a sweep: how good each cell of two parameters is beside holding, and what its script reads."""

from __future__ import annotations

import base64
import gzip
import random
import shlex
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.metrics.labels import LABELS, PERCENT
from backtests.metrics.performance import NAMES
from backtests.pages import html
from backtests.runs.controls import HOLDING, OWN_TREND
from backtests.sweeps.folder.table import PARTS
from backtests.sweeps.plans.axes import Axis
from backtests.sweeps.plans.plan import LOWER_IS_BETTER
from backtests.sweeps.plans.swept_costs import judged_at
from backtests.sweeps.result import Sweep
from data.files import shown as in_words

MOST_SETS = 10_000  # on the page, so that it stays under 2 MB
BINS = 16
# Nearly always all the digits that are shown; of the others 5.
DIGITS = {"total_return": 7, "cagr": 6, "turnover_per_year": 6, "costs_paid_usd": 8}
LEVEL = 5  # of compression: half the time of the usual 6, for a page 1% larger


def surface() -> str:
    """Return the place of the heat map and its legend; sweep.js fills them."""
    return (
        '<div class="first">' + html.scrolling('<table class="heat" id="surface"></table>') + "</div>"
        '<div class="legend"><span id="worse"></span><span class="ramp"></span><span id="better"></span></div>'
    )


def controls() -> str:
    """Return the place of what chooses the axes, the number shown, and the values of the other axes."""
    selects = "".join(
        f'<label>{name}<select id="{id}"></select></label>'
        for id, name in (("x", "across"), ("y", "up"), ("metric", "number"))
    )
    inside = f'<div class="controls">{selects}<span id="sliders" class="sliders"></span></div>'
    return f'<details class="explore"><summary>Other axes, other numbers</summary>{inside}</details>'


def claim(sweep: Sweep) -> str:
    """Return what the heat map shows, in a line: how many sets are better than holding and than own trend."""
    record, metric = sweep.record, sweep.record.metric
    own = sweep.metrics[:, NAMES.index(metric)]
    sign = -1 if sweep.plan.lower_is_better else 1
    known = np.isfinite(own)
    parts = []
    for name in (HOLDING, OWN_TREND):
        value = record.controls.get(name, {}).get(metric)
        if value is not None:
            better = int(np.sum(sign * own[known] > sign * value))
            parts.append(f"{better:,} of {int(known.sum()):,} sets are better than {name}")
    cells = "A cell is the median of its sets; framed: the best region; ring: the set that stands for it."
    return f"{'; '.join(parts)}. {cells}" if parts else cells


def sample(sweep: Sweep, keep: list[int]) -> list[int]:
    """Return the positions that the page holds: all, or a sample with those to `keep`."""
    n = len(sweep.status)
    if n <= MOST_SETS:
        return list(range(n))
    drawn = random.Random(sweep.plan.seed).sample(range(n), MOST_SETS)  # noqa: S311
    region = [] if sweep.plateau is None else [int(at) for at in sweep.plateau.region]
    return sorted({*drawn, *keep, *region})


def spans(sweep: Sweep) -> list[str]:
    """Return the names of the sub-periods."""
    if not (sweep.record.start and sweep.record.end):  # no set ran
        return [f"part {part + 1}" for part in range(PARTS)]
    labels = pd.date_range(sweep.record.start, sweep.record.end, periods=PARTS + 1)
    return [f"{a:%Y-%m} .. {b:%Y-%m}" for a, b in pairwise(labels)]


def packed(sweep: Sweep, shown: list[int]) -> str:
    """Return `data` as base64 of its compressed JSON: a third of its size, so that a page holds more sets."""
    text = msgspec.json.encode(data(sweep, shown))
    return base64.b64encode(gzip.compress(text, LEVEL, mtime=0)).decode()


def data(sweep: Sweep, shown: list[int]) -> dict[str, Any]:
    """Return what sweep.js reads of the sets `shown`."""
    plan, record = sweep.plan, sweep.record
    levels = [_levels(axis, [plan.sets[at][i] for at in shown]) for i, axis in enumerate(plan.axes)]
    region = record.best_region
    place = {at: i for i, at in enumerate(shown)}
    judged = judged_at(plan)
    held = [names.index(judged[axis.path]) if axis.path in judged else -1
            for axis, (names, _, _) in zip(plan.axes, levels, strict=True)]  # fmt: skip
    return {
        "axes": [{"path": axis.path, "levels": names} for axis, (names, _, _) in zip(plan.axes, levels, strict=True)],
        "held": held,
        "sets": np.array([places for _, places, _ in levels]).T.tolist(),
        "values": [values for _, _, values in levels],
        "steps": np.diff(shown, prepend=0).tolist(),  # from the number of a set to the next one's: they pack small
        "metrics": {name: _rounded(sweep.metrics[shown, i], DIGITS.get(name, 5)) for i, name in enumerate(NAMES)},
        "parts": _rounded(sweep.parts[shown], 4),
        "spans": spans(sweep),
        "labels": LABELS,
        "percent": [*PERCENT],
        "lower": [*LOWER_IS_BETTER],
        "metric": plan.metric,
        "controls": record.controls,
        "chosen": place[region.set] if region else 0,
        "region": [] if sweep.plateau is None else [place[int(at)] for at in sweep.plateau.region],
        "command": command(sweep),
    }


def command(sweep: Sweep) -> str:
    """Return the command that runs the base on the very data of the sweep; settings of a set may follow."""
    return f"harbinger run {shlex.quote(in_words(sweep.folder / 'spec.toml'))}"


def _levels(axis: Axis, values: list[Any]) -> tuple[list[Any], list[int], list[Any] | None]:
    """Return the levels of an axis on the page, the level of each set, and its value where that is no level.

    A continuous axis is cut into bins.
    """
    known = sorted(set(values)) if axis.numeric else list(axis.values)
    if len(known) <= max(BINS, len(axis.values)):
        place = {value: at for at, value in enumerate(known)}
        return known, [place[value] for value in values], None
    edges = np.linspace(axis.low, axis.high, BINS + 1)
    places = np.clip(np.searchsorted(edges, np.array(values, dtype=float), side="right") - 1, 0, BINS - 1)
    return [f"{low:.3g} .. {high:.3g}" for low, high in pairwise(edges)], places.tolist(), values


def _rounded(numbers: Floats, digits: int) -> list[Any]:
    """Return numbers to so many digits, as their texts would be read, in the shape of the array; None for NaN."""
    size = np.abs(numbers)
    places = digits - 1 - np.floor(np.log10(size, out=np.zeros_like(size), where=size > 0))
    up, down = 10.0 ** np.clip(places, 0, 300), 10.0 ** np.maximum(-places, 0)  # powers of ten are exact, to 1e22
    short = np.round(numbers * up / down) / up * down
    found = short.astype(object)
    found[np.isnan(short)] = None
    return list(found.tolist())
