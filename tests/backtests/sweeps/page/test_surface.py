"""What the page of a sweep holds of its sets: each is the row of trials.csv that it says it is."""

import base64
import gzip
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests.metrics.performance import NAMES
from backtests.sweeps.page import surface

AXES = ("-s", "trend.lookback=20:110:10", "-s", "threshold=0,0.01,0.02")
SMALL = (
    "sweep",
    "small_cap_trend",
    "--source",
    "simulated:seed=2",
    "--end",
    "2018-12-31",
    "--constraint",
    "trend.lookback > 30",
)


def packed(page):
    """What sweep.js reads."""
    text = re.search(r'<script[^>]*id="sweep"[^>]*>(.*?)</script>', Path(page).read_text(), re.S).group(1)
    return json.loads(gzip.decompress(base64.b64decode(json.loads(text))))


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["sharpe", "volatility"])
def test_it_says_how_many_sets_are_better_than_holding_in_the_sense_of_the_metric(harbinger, metric):
    assert harbinger(*SMALL, "-s", "trend.lookback=20:110:10", "--metric", metric, "--out", "s")[0] == 0
    said, own = json.loads(Path("s/sweep.json").read_text()), pd.read_csv("s/trials.csv")[metric]
    page = Path("s/sweep.html").read_text()
    for name, numbers in said["controls"].items():
        better = own < numbers[metric] if metric == "volatility" else own > numbers[metric]
        assert f"{better.sum()} of {own.notna().sum()} sets are better than {name}" in page


@pytest.mark.slow
@pytest.mark.parametrize("most", [10_000, 4])
def test_each_set_on_the_page_is_its_own_row(harbinger, monkeypatch, most):
    """All of them, or a sample with the best ones and the region."""
    monkeypatch.setattr(surface, "MOST_SETS", most)
    monkeypatch.setattr("backtests.sweeps.page.tables.TOP", 12)
    assert harbinger(*SMALL, *AXES, "--metric", "calmar", "--out", "s")[0] == 0
    data, rows = packed("s/sweep.html"), pd.read_csv("s/trials.csv")
    parts = pd.read_csv("s/subperiods.csv")
    said = json.loads(Path("s/sweep.json").read_text())
    numbers = np.cumsum(data["steps"]).tolist()
    assert numbers == sorted(set(numbers))
    if most > len(rows):
        assert numbers == list(range(len(rows)))
    else:
        assert 4 <= len(numbers) < len(rows)
        assert set(rows.loc[rows["trend.lookback"] > 30, "calmar"].nlargest(12).index) <= set(numbers)
    for at, number in enumerate(numbers):
        for axis, level in zip(data["axes"], data["sets"][at], strict=True):
            assert axis["levels"][level] == rows.loc[number, axis["path"]]
        for name in NAMES:
            assert data["metrics"][name][at] == pytest.approx(rows.loc[number, name], rel=1e-3, nan_ok=True), name
        kept = [value for name, value in parts.loc[number].items() if "sharpe" in name]
        assert data["parts"][at] == pytest.approx(kept, rel=1e-3)
    assert numbers[data["chosen"]] == said["best_region"]["set"]
    assert data["chosen"] in data["region"]
