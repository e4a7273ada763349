"""The figures of a judgement: placebos with the rule's mark, deflation by trials, overfitting, attribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from backtests.engine.ledger import Floats
from backtests.evidence.attribution import Attribution
from backtests.evidence.examination import Examination
from backtests.evidence.placebos import Placebo
from backtests.pages import html
from backtests.pages.figures import level, line, titled, upright
from backtests.pages.html import PALETTE, SOFT

BLUE, RUST = PALETTE[0], PALETTE[1]
TRIALS = np.unique(np.logspace(0, 4, 60).round())
BINS = 40
LEFT_FROM = 1000  # trials from which a mark's name has no room on its right


def placebo(found: Examination) -> str:
    """Return the distribution of the deciding placebo, the rule itself marked; nothing where there is none."""
    periods = found.result.market.periods_per_year
    if found.measured.active is None:
        return ""
    if found.among is not None:
        if found.among.slides is None:
            return ""
        values = found.among.slides.sharpe * math.sqrt(periods)
        return _histogram(values[1:], float(values[0]), "best of all sets, slid", "the best, as it was, before costs")
    if isinstance(found.placebo, Placebo):
        return _histogram(found.placebo.sharpe, found.placebo.own, "the rule on slid signals", "the rule itself")
    if found.slid is None:
        return ""
    values = found.slid.sharpe * math.sqrt(periods)
    return _histogram(values[1:], float(values[0]), "its positions, slid", "as they were, before costs")


def by_trials(found: Examination) -> str:
    """Return the deflated active Sharpe ratio by the number of trials, those counted marked."""
    if found.measured.active is None:
        return ""
    deflated = [found.measured.deflated(float(n), found.variance) for n in TRIALS]
    marks = {"counted": float(found.n_trials)} | ({"effective": found.effective} if found.effective else {})
    at = list(marks.values())
    first = min(marks, key=lambda name: marks[name])
    texts = [f"{name}<br> " if name == first and len(marks) > 1 else name for name in marks]  # near ones do not touch
    points = {
        "type": "scatter", "mode": "markers+text", "x": at,
        "y": [found.measured.deflated(n, found.variance) for n in at],
        "text": texts, "textposition": ["top left" if n > LEFT_FROM else "top right" for n in at],
        "cliponaxis": False, "marker": {"size": 11, "color": RUST}, "name": "trials",
    }  # fmt: skip
    layout: dict[str, Any] = {
        "xaxis": {"type": "log", "dtick": 1, "tickformat": ",d", "title": {"text": "trials"}},
        "yaxis": {"range": [0, 1.05], "title": {"text": "probability of an active edge"}},
        "shapes": [level(0.95)],
        **titled("Deflated Sharpe ratio by the number of trials; dashed: what is due", legend=False),
    }
    curve = line(TRIALS.tolist(), deflated, "deflated", BLUE, width=2)
    return html.figure(
        [curve, points], layout, height=300, says="Deflated Sharpe ratio falling with the number of trials"
    )


def overfitting(found: Examination) -> str:
    """Return the distribution of the logits, and inside against outside, of the best of each half."""
    if found.among is None or found.among.overfitting is None:
        return ""
    own, scale = found.among.overfitting, math.sqrt(found.result.market.periods_per_year)
    logits = _bars(own.logits, "halvings", colours=lambda x: RUST if x <= 0 else BLUE)
    first = {
        "xaxis": {"title": {"text": "logit of the place there (lower half: ≤ 0)"}},
        "yaxis": {"title": {"text": "halvings"}, "tickformat": "~s"}, "shapes": [upright(0, SOFT)], "bargap": 0.03,
        **titled("Where the best of one half stands in the other", legend=False),
    }  # fmt: skip
    some = np.random.default_rng(1).choice(len(own.inside), min(800, len(own.inside)), replace=False)
    points = {
        "type": "scatter", "mode": "markers", "x": own.inside[some] * scale, "y": own.outside[some] * scale,
        "marker": {"size": 5, "color": BLUE, "opacity": 0.4},
    }  # fmt: skip
    second = {
        "xaxis": {"title": {"text": "Sharpe ratio where it was best"}},
        "yaxis": {"title": {"text": "Sharpe ratio in the other half"}},
        "shapes": [level(0)], **titled("The best of one half, in both", legend=False),
    }  # fmt: skip
    return html.side_by_side(
        html.figure([logits], first, height=300, says="Distribution of the logits of the cross-validation"),
        html.figure([points], second, height=300, says="Sharpe ratio of the best inside and outside"),
    )


def attributed(found: Attribution) -> str:
    """Return what being long and timing earned by year, beside the whole."""
    names = [part.name for part in found.by_year]
    traces = [
        {"type": "bar", "name": name, "x": names, "y": values, "marker": {"color": colour}}
        for name, values, colour in (
            ("being long", [part.long for part in found.by_year], SOFT),
            ("active: timing less costs", [part.active for part in found.by_year], BLUE),
        )
    ]
    layout = {
        "barmode": "relative",
        "xaxis": {"type": "category"},
        "yaxis": {"tickformat": ".0%", "title": {"text": "share of the return a year"}},
        **titled("What each year added to the return a year"),
        "phone": {"xaxis": {"tickangle": -90}},
    }
    return html.figure(traces, layout, height=300, says="Being long and timing by year")


def _histogram(values: Floats, own: float, name: str, mark: str) -> str:
    finite = values[np.isfinite(values)]
    drawn = _bars(finite, name, colours=lambda x: RUST if x >= own else SOFT)
    label = {
        "x": own, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
        "text": f"<b>{mark}: {own:+.2f}</b>", "font": {"color": BLUE},
    }  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": "active Sharpe ratio a year"}},
        "yaxis": {"title": {"text": "placebos"}},
        "shapes": [upright(own, BLUE, dash="solid", width=3)],
        "annotations": [label], "bargap": 0.03, "showlegend": False, "margin": {"t": 44},
    }  # fmt: skip
    says = f"Distribution of placebos: {name}; {mark} at {own:+.2f}"
    return html.figure([drawn], layout, height=330, says=says)


def _bars(values: Floats, name: str, colours: Any) -> dict[str, Any]:
    count, edges = np.histogram(values, BINS)
    middle = (edges[1:] + edges[:-1]) / 2
    return {
        "type": "bar", "name": name, "x": middle, "y": count, "width": edges[1] - edges[0],
        "marker": {"color": [colours(x) for x in middle.tolist()]}, "hovertemplate": "%{x:.2f}: %{y}<extra></extra>",
    }  # fmt: skip
