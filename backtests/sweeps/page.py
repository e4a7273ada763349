"""The page of a sweep: a surface over any two parameters, the region, the distribution of all trials, every setting."""

from __future__ import annotations

import random
import shlex
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from backtests.engine.ledger import Floats
from backtests.metrics.labels import LABELS
from backtests.metrics.performance import NAMES
from backtests.pages import html
from backtests.pages.figures import legend_at, line
from backtests.pages.shell import own
from backtests.pages.text import number
from backtests.runs.evidence import line as verdict_line
from backtests.sweeps import page_walk_forward, ranking
from backtests.sweeps.answer import answer
from backtests.sweeps.axes import Axis
from backtests.sweeps.plan import LOWER_IS_BETTER
from backtests.sweeps.record import SweepRecord
from backtests.sweeps.sweep import Sweep
from backtests.sweeps.table import PARTS
from data.files import shown

MOST_SETS = 20_000
TOP = 25
MOST_SPANS = 1_000
BINS = 16
PERCENT = ("total_return", "cagr", "volatility", "max_drawdown", "time_in_market")
SCALE = [[0, "#7a1f6b"], [0.25, "#b4540a"], [0.5, "#f1efe9"], [0.75, "#6f9bd8"], [1, "#1f5fbf"]]

SURFACE_SAYS = (
    "Colour: median over the sets of a cell. A ring marks the chosen set. Click a cell to choose its best set."
)
ALONE_SAYS = "Line: median over all sets with that value. Band: from the 10th to the 90th percentile."
TOP_SAYS = "Click a row to choose it. Percentile rank: share of sets with a lower Sharpe in that sub-period."


def render(sweep: Sweep, tearsheets: dict[str, str] | None = None) -> bytes:
    """Return the page as UTF-8; `tearsheets` gives links by the name of what was chosen."""
    record, plan = sweep.record, sweep.plan
    if ranking.unranked(plan):
        return _of_spans(sweep)
    order = ranking.ranked(plan, sweep.metrics, ranking.eligible(plan, sweep.metrics, sweep.status))
    shown = _sample(sweep, order)
    alone = [_place(f"profile-{at}", 210) for at in range(len(plan.axes))]
    settings = [[path, _swept(plan.axes, path, value)] for path, value in record.params.items()]
    parts = [
        html.paragraph(answer(record), "lead"),
        html.facts(_facts(record)),
        html.warnings(_warnings(sweep, shown)),
        *([html.paragraph(sweep.trials_so_far.line, "trials")] if sweep.trials_so_far else []),
        html.section(
            "Best point and best region",
            _chosen_tiles(record),
            html.paragraph(_reading(record)),
            html.paragraph(luck(record)),
            _links(tearsheets),
        ),
        *_equity(sweep),
        *([page_walk_forward.section(record.walk_forward, sweep.folder)] if record.walk_forward else []),
        html.section("The surface", _controls(), _place("surface", 460), html.paragraph(SURFACE_SAYS)),
        html.section("All trials", '<p id="standing"></p>' + _place("distribution", 280)),
        html.section("Each parameter alone", html.side_by_side(*alone), html.paragraph(ALONE_SAYS)),
        html.section("The chosen set", _chosen_table()),
        html.section(f"The best {min(TOP, len(order))}", _top(sweep, order[:TOP]), html.paragraph(TOP_SAYS)),
        html.section("Do ranks hold from one sub-period to the next?", _stability(sweep)),
        html.section("Every setting", html.table(["parameter", "value"], settings)),
        html.embedded(_data(sweep, shown), "sweep", is_plain=True),
    ]
    made = record.source if record.simulated else ""
    footer = _footer(record)
    return html.page(f"Sweep of {record.study}", *parts, simulated=made, footer=footer, script=own("sweeps/sweep.js"))


def _of_spans(sweep: Sweep) -> bytes:
    """Return the page of sets over different days: their numbers in a table, in the order asked for."""
    record, plan = sweep.record, sweep.plan
    settings = [[path, _swept(plan.axes, path, value)] for path, value in record.params.items()]
    order = ranking.listed(plan, sweep.metrics, sweep.status)
    table, rest = _top(sweep, order[:MOST_SPANS], standing=False), len(order) - MOST_SPANS
    parts = [
        html.paragraph(f"{record.sets:,} sets over different days. No ranking.", "lead"),
        html.facts(_facts(record)),
        html.warnings([f"{ranking.unranked(plan)}.", *_failures(sweep)]),
        *([html.paragraph(sweep.trials_so_far.line, "trials")] if sweep.trials_so_far else []),
        html.section("Span by span", table, html.paragraph(f"{rest:,} more in trials.csv." if rest > 0 else "")),
        html.section("Every setting", html.table(["parameter", "value"], settings)),
    ]
    made = record.source if record.simulated else ""
    return html.page(f"Sweep of {record.study}", *parts, simulated=made, footer=_footer(record))


def _footer(record: SweepRecord) -> str:
    return f"harbinger sweep {record.sweep_id}. trials.csv holds every set; sweep.json what this page says."


def _place(id: str, height: int) -> str:
    return f'<div id="{id}" class="figure" style="height:{height}px"></div>'


def _facts(record: SweepRecord) -> dict[str, str]:
    checked, worst = record.parity_checked, record.parity_max_rel
    parity = f"; {checked} sets by backtrader too, {_largest(worst)}" if checked else ""
    return {
        "Span": f"{record.start} .. {record.end}",
        "Source": record.source,
        "Data": record.data_fingerprint,
        "Sets": f"{record.sets:,} ({record.method})",
        "Failed, ruined": f"{record.failed:,}, {record.ruined:,}",
        "Engine": record.engine + parity,
        "Constraint": record.constraint or "none",
        "Time": f"{record.seconds:.1f} s",
        "Versions": ", ".join(f"{name} {record.versions[name]}" for name in ("harbinger-eth", "numpy", "pandas")),
    }


def _largest(difference: float | None) -> str:
    """Return the largest difference from backtrader in words."""
    return f"largest difference {difference:.1e}" if difference else "identical"


def edge_notes(sweep: Sweep) -> list[str]:
    """Return a note where the best region lies at the edge of what was swept."""
    region = sweep.record.best_region
    edges = ranking.at_the_edge(sweep.plan, region.params) if region else []
    return (
        [f"the best region lies at the edge of {', '.join(edges)}: sweep further before you trust it"] if edges else []
    )


def _warnings(sweep: Sweep, shown: list[int]) -> list[str]:
    found = [*sweep.record.notes, *edge_notes(sweep)]
    if len(shown) < len(sweep.status):
        found.append(
            f"This page shows {len(shown):,} of {len(sweep.status):,} sets, drawn at random, and the best ones."
        )
    return found + _failures(sweep)


def _failures(sweep: Sweep) -> list[str]:
    found: list[str] = []
    if sweep.record.failed:
        reasons = pd.Series(
            [r for r, s in zip(sweep.reason, sweep.status, strict=True) if s == "failed"]
        ).value_counts()
        found += [f"{count:,} sets failed: {reason}" for reason, count in reasons.head(5).items()]
    return found


def _chosen_tiles(record: SweepRecord) -> str:
    point, region, metric = record.best, record.best_region, record.metric
    if point is None or region is None:
        return ""
    words = {
        name: ", ".join(f"{path}={value}" for path, value in chosen.params.items())
        for name, chosen in (("point", point), ("region", region))
    }
    return html.tiles(
        {
            f"Best point, {LABELS[metric]}: {words['point']}": number(metric, point.metrics[metric]),
            f"Best region, median {LABELS[metric]} around {words['region']}": number(metric, region.score),
            "Worst and top of the region": f"{number(metric, region.worst)} .. {number(metric, region.top)}",
        }
    )


def _reading(record: SweepRecord) -> str:
    return (
        f"The best of {record.sets:,} sets is the luckiest of them too: its number is no estimate of what comes. "
        "The region is the set whose neighbours (one step on each axis) are best in the median, itself among them."
    )


def luck(record: SweepRecord) -> str:
    """Return the verdict on the best point in one line, and how to ask more."""
    more = f"harbinger evidence {record.sweep_id} asks more: overfitting, placebos of all sets, controls."
    return f"Is the best point luck? {verdict_line(record.evidence)}. {more}" if record.evidence else ""


def _links(tearsheets: dict[str, str] | None) -> str:
    if not tearsheets:
        return html.paragraph("No tearsheets were asked for (--tearsheets); the command below makes that of any set.")
    links = ", ".join(f'<a href="{escape(path)}">{escape(name)}</a>' for name, path in tearsheets.items())
    return f"<p>Tearsheets: {links}</p>"


def _equity(sweep: Sweep) -> list[str]:
    """Return the section with the equity of what was chosen; none where nothing was."""
    labels = np.datetime_as_string(pd.DatetimeIndex(sweep.equity.index).to_numpy(), "D").tolist()
    drawn = [
        line(
            labels,
            sweep.equity[f"{column}_usd"],
            name,
            colour,
            width=1.4,
        )
        for column, name, colour in (("best_point", "best point", "#7a1f6b"), ("best_region", "best region", "#1f5fbf"))
        if f"{column}_usd" in sweep.equity
    ]
    if not drawn:
        return []
    layout = {"yaxis": {"type": "log", "title": {"text": "USD (log)"}}, "legend": legend_at(1.02), "margin": {"t": 30}}
    figure = html.figure(drawn, layout, height=260, says="Equity of the best point and of the best region over time")
    says = "Net equity at closes; the best region's is that of the set in its middle. equity.csv has the numbers."
    return [html.section("Equity of what was chosen", figure, html.paragraph(says))]


def _controls() -> str:
    selects = "".join(
        f'<label>{name}<select id="{id}"></select></label>'
        for id, name in (("x", "across"), ("y", "up"), ("metric", "colour"))
    )
    return f'<div class="controls">{selects}</div><div class="controls" id="sliders"></div>'


def _chosen_table() -> str:
    return '<div class="pairs" id="chosen-rows"></div><p>Its report: <code id="chosen-command"></code></p>'


def _top(sweep: Sweep, order: list[int], *, standing: bool = True) -> str:
    names = list(dict.fromkeys([sweep.plan.metric, "sharpe", "total_return", "max_drawdown", "orders"]))
    columns = [
        "set",
        *sweep.plan.paths,
        *(LABELS[name] for name in names),
        *(f"percentile rank {i + 1}" for i in range(PARTS * standing)),
    ]
    rows = []
    for at in order:
        point = ranking.point(sweep.plan, sweep.metrics, sweep.parts, at)
        ranks = ["-" if rank is None else f"{rank:.0%}" for rank in point.rank_by_subperiod[: PARTS * standing]]
        rows.append([str(at), *map(str, point.params.values()), *(number(n, point.metrics[n]) for n in names), *ranks])
    return f'<div id="top">{html.table(columns, rows, sortable=True)}</div>'


def _stability(sweep: Sweep) -> str:
    spans = _spans(sweep)
    rows = [
        [spans[i], *("-" if v is None else f"{v:+.2f}" for v in row)] for i, row in enumerate(sweep.record.stability)
    ]
    says = (
        "Rank correlation (Spearman) of all sets' Sharpe ratios between sub-periods of equal length. Near 0 or below: "
        "what was best in one says nothing of the other."
    )
    return html.table(["", *spans], rows) + html.paragraph(says)


def _spans(sweep: Sweep) -> list[str]:
    if not (sweep.record.start and sweep.record.end):  # no set ran
        return [f"part {part + 1}" for part in range(PARTS)]
    labels = pd.date_range(sweep.record.start, sweep.record.end, periods=PARTS + 1)
    return [f"{a:%Y-%m} .. {b:%Y-%m}" for a, b in pairwise(labels)]


def _sample(sweep: Sweep, order: list[int]) -> list[int]:
    """Return the positions that the page holds: all, or a sample with the best and the best region."""
    n = len(sweep.status)
    if n <= MOST_SETS:
        return list(range(n))
    drawn = random.Random(sweep.plan.seed).sample(range(n), MOST_SETS)  # noqa: S311
    region = [] if sweep.plateau is None else [int(at) for at in sweep.plateau.region]
    return sorted({*drawn, *order[:TOP], *region})


def _data(sweep: Sweep, shown: list[int]) -> dict[str, Any]:
    plan, record = sweep.plan, sweep.record
    levels = [_levels(axis, [plan.sets[at][i] for at in shown]) for i, axis in enumerate(plan.axes)]
    region = record.best_region
    wanted = region.set if region else shown[0]
    scores = np.full(len(sweep.status), np.nan) if sweep.plateau is None else sweep.plateau.scores
    sign = -1 if plan.lower_is_better else 1
    columns = {name: sweep.metrics[shown, i] for i, name in enumerate(NAMES)} | {"plateau": sign * scores[shown]}
    return {
        "axes": [{"path": axis.path, "levels": names} for axis, (names, _) in zip(plan.axes, levels, strict=True)],
        "sets": np.array([places for _, places in levels]).T.tolist(),
        "values": [list(plan.sets[at]) for at in shown],
        "numbers": shown,
        "metrics": {name: _rounded(column) for name, column in columns.items()},
        "parts": _rounded(sweep.parts[shown]),
        "spans": _spans(sweep),
        "labels": LABELS | {"plateau": f"Plateau score ({LABELS[plan.metric]})"},
        "percent": [*PERCENT, *(["plateau"] if plan.metric in PERCENT else [])],
        "lower": [*LOWER_IS_BETTER, *(["plateau"] if sign < 0 else [])],
        "metric": plan.metric,
        "chosen": shown.index(wanted),
        "scale": SCALE,
        "command": _command(sweep),
    }


def _levels(axis: Axis, values: list[Any]) -> tuple[list[Any], list[int]]:
    """Return the levels of an axis on the page, and the level of each set; a continuous axis is cut into bins."""
    known = sorted(set(values)) if axis.numeric else list(axis.values)
    if len(known) <= max(BINS, len(axis.values)):
        place = {value: at for at, value in enumerate(known)}
        return known, [place[value] for value in values]
    edges = np.linspace(axis.low, axis.high, BINS + 1)
    places = np.clip(np.searchsorted(edges, np.array(values, dtype=float), side="right") - 1, 0, BINS - 1)
    return [f"{low:.3g} .. {high:.3g}" for low, high in pairwise(edges)], places.tolist()


def _rounded(numbers: Floats) -> list[Any]:
    """Return numbers to six digits, as their texts would be read, in the shape of the array; None for NaN."""
    size = np.abs(numbers)
    places = 5 - np.floor(np.log10(size, out=np.zeros_like(size), where=size > 0))
    up, down = 10.0 ** np.clip(places, 0, 300), 10.0 ** np.maximum(-places, 0)  # powers of ten are exact, to 1e22
    short = np.round(numbers * up / down) / up * down
    found = short.astype(object)
    found[np.isnan(short)] = None
    return list(found.tolist())


def _swept(axes: tuple[Axis, ...], path: str, value: Any) -> str:
    axis = next((axis for axis in axes if axis.path == path), None)
    if axis is None:
        return str(value)
    if not axis.values:
        return f"swept: {axis.low:g} to {axis.high:g}"
    values = [str(v) for v in axis.values]
    return "swept: " + (
        ", ".join(values) if len(values) <= 12 else f"{values[0]} .. {values[-1]} ({len(values)} values)"
    )


def _command(sweep: Sweep) -> str:
    return f"harbinger run {shlex.quote(shown(sweep.folder / 'spec.toml'))}"
