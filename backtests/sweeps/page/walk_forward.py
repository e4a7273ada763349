"""The part of a sweep's page about its walk-forward: answer, curve, what was chosen when, other cuts."""

from __future__ import annotations

import shlex
from html import escape
from pathlib import Path

import pandas as pd

from backtests.metrics.labels import LABELS
from backtests.pages import html
from backtests.pages.figures import legend_at, line, titled, upright
from backtests.pages.text import interval, many, number, signed_percent
from backtests.sweeps.walk_forward.beside import TABLE as BESIDE
from backtests.sweeps.walk_forward.stitched_run import TABLE
from backtests.sweeps.walk_forward_answer import RUIN, answer, decay, known_cuts, luck, other_cuts, signed_change, sure
from backtests.sweeps.walk_forward_record import FoldRecord, WalkForwardRecord
from data.files import shown as in_words

BLUE, ORANGE, GREY = "--c1", "--c2", "--soft"
RIVALS = {
    "holding_usd": ("holding", GREY),
    "fixed_usd": ("the study as it is", ORANGE),
    "own_trend_usd": ("own trend", "--c3"),
}
MATCHED = "Beyond cash a year, vol-matched"
SHOWN = ("sharpe", "cagr", "volatility", "max_drawdown", "turnover_per_year")


def section(walk: WalkForwardRecord, folder: Path) -> str:
    """Return the section; `folder` holds walk_forward.csv and the stitched run."""
    table, rivals = pd.read_csv(folder / TABLE), folder / BESIDE
    over = "net, the first to its ruin" if walk.status == RUIN else "net, over the same bars"
    return html.section(
        "Would choosing have worked?",
        html.paragraph(answer(walk), "lead"),
        html.tiles(_tiles(walk)),
        _curve(walk, table, pd.read_csv(rivals) if rivals.is_file() else pd.DataFrame()),
        _links(walk, folder),
        html.paragraph(luck(walk)),
        html.table(
            [
                over,
                LABELS[SHOWN[0]],
                MATCHED,
                *(LABELS[name] for name in SHOWN[1:]),
            ],
            _beside(walk),
        ),
        html.claim(
            f"Vol-matched: the Sharpe ratio times the volatility of {next(iter(walk.beside))}, arithmetic; no growth."
        ),
        html.paragraph(decay(walk)),
        html.side_by_side(*(_path(walk, path) for path in walk.folds[0].params)),
        html.table(_columns(walk), [_row(walk, fold, at) for at, fold in enumerate(walk.folds, 1)]),
        html.paragraph(other_cuts(walk)),
        _cuts(walk),
    )


def _tiles(walk: WalkForwardRecord) -> dict[str, str | tuple[str, str]]:
    o, known = walk.offsets, len(known_cuts(walk))
    asked = f"{many(known, 'cut')}; this one {number('sharpe', o.asked)} over the bars of all"
    return {
        "Sharpe, stitched": (number("sharpe", walk.metrics["sharpe"]), sure(walk).strip(" ()")),
        f"{LABELS[walk.metric]} where chosen, then where traded": _decay(walk),
        "Sharpe, other cuts": (interval(o.low, o.high, ".2f"), asked if known else ""),
    }


def _decay(walk: WalkForwardRecord) -> tuple[str, str]:
    d = walk.decay
    both = f"{number(walk.metric, d.in_sample)} → {number(walk.metric, d.out_of_sample)}"
    if d.in_sample is None or d.out_of_sample is None or d.change_95 is None:
        return both, ""
    change, low, high = (signed_change(walk.metric, x) for x in (d.out_of_sample - d.in_sample, *d.change_95))
    return both, f"a change of {change}, 95% {low} to {high}; mean of {many(d.folds, 'fold')}"


def _curve(walk: WalkForwardRecord, table: pd.DataFrame, rivals: pd.DataFrame) -> str:
    """Return the stitched curve in front of the others; `rivals` has no columns where a sweep of before kept none."""
    seams = [upright(fold.test[0], GREY) for fold in walk.folds[1:]]
    known = {name: drawn for name, drawn in RIVALS.items() if name in rivals}
    drawn = [line(_days(rivals), rivals[name], label, colour, width=1.1) for name, (label, colour) in known.items()]
    drawn.append(line(_days(table), table["equity_usd"], "stitched", BLUE, width=1.8))
    layout = {
        "yaxis": {"type": "log", "dtick": "D2", "tickformat": "~s", "title": {"text": "USD (log)"}},
        "shapes": seams,
        "margin": {"t": 34},
        "legend": legend_at(1.02),
    }
    beside = f" beside {', '.join(label for label, _ in known.values())}" if known else ""
    says = f"Equity of the stitched run{beside} on a logarithmic scale, a dotted line where parameters may change"
    return html.figure(drawn, layout, height=300, says=says)


def _days(table: pd.DataFrame) -> list[str]:
    return [str(date)[:10] for date in table["date"]]


def _links(walk: WalkForwardRecord, folder: Path) -> str:
    page = f"{walk.folder}/tearsheet.html"
    again = f"harbinger run {shlex.quote(in_words(folder / walk.folder / 'spec.toml'))}"
    return (
        f'<p><a href="{escape(page)}">Its tearsheet</a>; dotted: the next fold. {escape(TABLE)} has every bar, '
        f"{escape(BESIDE)} the others. <code>{escape(again)}</code> runs it again.</p>"
    )


def _beside(walk: WalkForwardRecord) -> list[list[str]]:
    curves = {"walk-forward": walk.metrics, **walk.beside}
    held = next(iter(walk.beside.values()))["volatility"]
    return [
        [name, first, _matched(numbers["sharpe"], held), *others]
        for name, numbers in curves.items()
        for first, *others in [[number(key, numbers[key]) for key in SHOWN]]
    ]


def _matched(sharpe: float | None, volatility: float | None) -> str:
    """Return what a curve earned a year beyond cash, had it been scaled to a volatility; arithmetic."""
    return signed_percent(None if sharpe is None or volatility is None else sharpe * volatility)


def _path(walk: WalkForwardRecord, path: str) -> str:
    dates = [fold.test[0] for fold in walk.folds] + [walk.folds[-1].test[1]]
    values = [fold.params[path] for fold in walk.folds]
    drawn = line(dates, [*values, values[-1]], path, ORANGE, width=2)
    shape = {"line": {"color": ORANGE, "width": 2, "shape": "hv"}}
    return html.figure([{**drawn, **shape}], titled(path, legend=False), height=190, says=f"{path} chosen in each fold")


def _columns(walk: WalkForwardRecord) -> list[str]:
    label = LABELS[walk.metric]
    return ["fold", "chosen on", "traded", *walk.folds[0].params, f"{label} then", f"{label} after", "ranks"]


def _row(walk: WalkForwardRecord, fold: FoldRecord, at: int) -> list[str]:
    ranks = "" if fold.rank_correlation is None else f"{fold.rank_correlation:+.2f}"
    numbers = [number(walk.metric, part[walk.metric]) for part in (fold.in_sample, fold.out_of_sample)]
    spans = [f"{first} .. {last}" for first, last in (fold.train, fold.test)]
    return [str(at), *spans, *map(str, fold.params.values()), *numbers, ranks]


def _cuts(walk: WalkForwardRecord) -> str:
    known = known_cuts(walk)
    if not known:
        return ""
    names = [f"trained on {v.train}" + (f", {v.late_days} days later" if v.late_days else "") for v in known]
    dots = {"type": "scatter", "mode": "markers", "name": "other cuts", "x": [v.sharpe for v in known], "y": names,
            "marker": {"size": 9, "color": GREY}}  # fmt: skip
    own = {"type": "scatter", "mode": "markers", "name": "the cut asked for", "x": [walk.offsets.asked],
           "y": [f"trained on {walk.train} (asked for)"],
           "marker": {"size": 12, "symbol": "diamond", "color": BLUE}}  # fmt: skip
    layout = {"xaxis": {"title": {"text": "Sharpe ratio"}}, "legend": legend_at(1.02),
              "yaxis": {"automargin": True}, "margin": {"t": 30}}  # fmt: skip
    return html.figure([own, dots], layout, height=90 + 26 * (1 + len(known)), says="Sharpe ratio of each cut")
