"""The calibration of the verdict: its worlds are what they say, its page meets its targets, its command runs."""

import math
import re

import numpy as np
import pytest

from tests.benchmarks import ceiling as ceilings
from tests.benchmarks.calibrate_evidence import PAGE, most_false, page, run
from tests.benchmarks.ceiling import ceiling
from tests.benchmarks.judged_world import Judged, judge, own_trend
from tests.calibration.rules import BARS, BY_NAME, CELLS, SETS, YEAR, draw


def truth(name, seeds=12):
    """The mean active Sharpe ratio before costs of the last rule over some worlds."""
    found = []
    for seed in range(seeds):
        close, weights = draw(BY_NAME[name], seed)
        r = np.concatenate([[0.0], close[1:] / close[:-1] - 1])
        held = np.concatenate([[0.0], weights[-1, :-1]])
        x = (held - held.mean()) * r
        found.append(x.mean() / x.std(ddof=1) * math.sqrt(YEAR))
    return np.mean(found)


def test_what_is_planted_is_there_and_nothing_else():
    assert truth("planted 2.0, among coins") == pytest.approx(2.0, abs=0.4)
    assert abs(truth("drifting")) < 0.35
    close, weights = draw(BY_NAME["crashing"], 0)
    assert weights.shape == (SETS, BARS)
    assert set(np.unique(weights)) == {0.0, 1.0}
    assert (close > 0).all()
    assert (draw(BY_NAME["crashing"], 0)[0] == close).all()
    _, alike = draw(BY_NAME["trending, sweep over one leader's trends"], 0)
    assert np.corrcoef(alike)[0, 1] > 0.6 > abs(np.corrcoef(weights)[0, 1])


def test_the_command_judges_and_writes_its_page(tmp_path, monkeypatch):
    monkeypatch.setattr(ceilings, "DESIGNS", 1)
    monkeypatch.setattr(ceilings, "REDRAWS", 3)
    kept = tmp_path / "kept.jsonl"
    found = run(1, kept, ["drifting", "planted 2.0, among coins"])
    assert run(1, kept, ["drifting", "planted 2.0, among coins"]) == found
    one = found["planted 2.0, among coins"][0]
    assert isinstance(one, Judged)
    assert one == judge(("planted 2.0, among coins", 0))
    text = page(found, 1)
    assert "SIMULATED" in text
    assert "400 a row are due" in text
    assert text.count("| drifting |") == 4


def test_the_page_in_the_docs_keeps_every_size_and_names_what_it_misses():
    text = PAGE.read_text()
    worlds = int(re.search(r"Each row is ([\d,]+)\s+worlds", text).group(1).replace(",", ""))
    head, verdicts = text.split("## Sizes")[0].split("| world | survives")
    rows = [[cell.strip(" *") for cell in line.split("|")[1:-1]] for line in verdicts.splitlines()[2:] if line]
    assert [row[0] for row in rows] == [cell.name for cell in CELLS]
    named = " ".join(head.split())
    for name, sweep, run_, of, _, target, met in rows:
        shares = [float(share.strip("%")) / 100 for share in (sweep, run_)]
        assert int(of.replace(",", "")) == worlds
        if BY_NAME[name].null:
            assert target == "<= 5%"
            assert max(shares) <= most_false(worlds)
        for form, share, word in zip(("as a sweep", "as a run"), shares, met.split(", "), strict=False):
            assert (word == "NO") == (f"{name}, {form} ({share:.1%} where" in named)


def test_what_is_missed_as_a_sweep_is_out_of_reach():
    text = PAGE.read_text()
    said = text.split("**Missed**")[1].splitlines()[0]
    missed = {name: float(share) for name, share in re.findall(r"(planted 2\.0[^;]*?), as a sweep \(([\d.]+)%", said)}
    most = {
        name: float(share)
        for name, share in re.findall(r"^\| (planted 2\.0.*?) \| [\d.]+% \| \*\*([\d.]+)%\*\* \| \d", text, re.M)
    }
    assert set(most) == {cell.name for cell in CELLS if cell.planted == 2}
    assert missed.keys() == {name for name, share in most.items() if share < 80}
    assert all(share > most[name] - 1.645 * 2.4 for name, share in missed.items())  # one-sided, of 400 worlds at 65%


def test_no_twin_is_better_than_the_trend_that_it_copies():
    close, weights = draw(BY_NAME["trending, own trend's twins"], 0)
    trend = own_trend(close)
    assert 0.8 < np.mean(weights[:, 28:] == trend[28:]) < 0.95
    r = np.concatenate([close[1:] / close[:-1] - 1, [0.0]])
    ratio = (weights * r).mean(axis=1) / (weights * r).std(axis=1)
    assert ratio.mean() < (trend[28:] * r[28:]).mean() / (trend[28:] * r[28:]).std()


def test_the_ceiling_of_independent_sets_is_that_of_their_maximum():
    rng = np.random.default_rng(5)
    t = rng.standard_normal((2000, 1, 200))
    t[:, 0, -1] += 3.0
    critical, most = ceiling(t, rng.standard_normal((4000, 1, 200)).max(axis=2))
    assert critical == pytest.approx(3.474, abs=0.1)  # the 95% quantile of the largest of 200 standard normals
    assert most == pytest.approx(1 - 0.95 * 0.682, abs=0.05)  # that one beyond 3.474 - 3, or any other beyond 3.474
