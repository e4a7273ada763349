"""The judgement on a run, a study and a sweep: its parts held to their definitions, its files to their contract."""

import json
import math
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest

from backtests import run, sweep
from backtests.evidence.examination import examine
from backtests.evidence.judged import record_of
from backtests.evidence.kernel_runs import Bars, active_sharpes, net_returns
from backtests.evidence.leaders import placebo_leaders
from backtests.evidence.page import render
from backtests.evidence.placebos import (
    Placebo,
    placebo,
    resampled_signals,
    slid_signals,
)
from backtests.evidence.record import EvidenceRecord
from backtests.evidence.rereading import Reading, outer_signals, reads_more_than_the_asset
from backtests.record import of_content
from backtests.registry import Registry
from backtests.runs.decisions import decide
from backtests.runs.question import inputs
from backtests.runs.run import run_on
from backtests.runs.timing import timing
from backtests.statistics.bootstrap import block_length, indices
from backtests.sweeps.trials import folder_of, trials_of
from data.errors import BadSpec
from tests.browser import browse

PLANTED = "simulated:lead=60,strength=0.1,seed=1"
SPAN = ("--start", "2021-01-01", "--end", "2023-12-31")
KEYS = (
    "verdict", "reasons", "sharpe", "interval", "active_sharpe", "active_interval", "psr", "deflated_sharpe",
    "deflated_sharpe_raw", "n_trials", "n_trials_effective", "min_track_record_years", "pbo", "spa_p_value",
    "placebo_p_value", "break_even_cost_bps", "c5_minus_c4", "attribution",
)  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The user's folder of this module's runs and sweeps."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def home(kept, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBINGER_HOME", str(kept))
        yield tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def planted(home):
    return run("small_cap_trend", source=PLANTED, start="2018-01-01")


@pytest.fixture(scope="module")
def judged(planted):
    return examine(planted, None, 3, 2, {}, None)


@pytest.fixture(scope="module")
def swept(home):
    axes = {"trend.lookback": "20:120:20", "threshold": [0.0, 0.02], "costs.slippage_bps": [5.0, 20.0]}
    return sweep("small_cap_trend", axes, source=PLANTED, start="2021-01-01", end="2023-12-31", out=home / "sweep")


def test_the_kernel_says_of_the_run_what_the_run_says(planted):
    bars = Bars.of(planted.experiment, planted.market, planted.ledger.decisions)
    decided = decide(planted.experiment, planted.market)[bars.inside][None]
    parts = timing(planted.ledger, planted.experiment.costs)
    assert net_returns(bars, decided, planted.experiment)[0] == pytest.approx(parts.net, abs=1e-12)
    ratio = parts.active.mean() / parts.active.std(ddof=1) * math.sqrt(365)
    assert active_sharpes(bars, decided, planted.experiment)[0] == pytest.approx(ratio, rel=1e-3)


def test_a_signal_of_another_time_says_the_same_things_inside_its_rows():
    values = pd.Series(np.arange(10.0), index=pd.date_range("2024-01-01", periods=10))
    reading = Reading(2, 8)
    assert reading.of(values).tolist() == values.tolist()
    reading.order = np.roll(np.arange(6), 2)
    assert reading.of(values).tolist() == [0, 1, 6, 7, 2, 3, 4, 5, 8, 9]
    reading.order = np.array([5, 0, 0, 1, 2, 3])
    assert reading.of(values).tolist() == [0, 1, 7, 2, 2, 3, 4, 5, 8, 9]
    assert values.tolist() == list(range(10))


def test_each_reason_has_a_line_of_its_own_on_page_and_screen(harbinger, tmp_path):
    end = ("-s", "study.start=2019-01-01", "-s", "study.end=2019-12-31")
    assert harbinger("run", "own_trend", *end, "--source", "simulated", "--out", "run")[0] == 0
    code, out, _ = harbinger("evidence", "run", "--out", "judged")
    assert code == 0
    told = json.loads((tmp_path / "judged" / "evidence.json").read_text())["reasons"]
    page = (tmp_path / "judged" / "evidence.html").read_text().split("<h2>Why</h2>")[1].split("</section>")[0]
    assert len(told) > 2
    assert [unescape(line) for line in re.findall("<li>(.*?)</li>", page)] == told
    assert [line[:4] for line in out.splitlines() if re.match(r"  \d\. ", line)] == [
        f"  {place}." for place in range(1, len(told) + 1)
    ]


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_placebo_of_a_planted_lead_is_beaten(judged):
    found = judged.placebo
    assert isinstance(found, Placebo)
    assert len(found.sharpe) == 2_000
    assert np.isfinite(found.sharpe).all()
    assert found.p_value < 0.06
    assert found.percentile == pytest.approx(1 - found.p_value, abs=2e-3)
    assert found.own == pytest.approx(judged.measured.active.sharpe * math.sqrt(365), rel=2e-3)
    assert abs(np.median(found.sharpe)) < 0.5


def test_every_slide_is_the_strategy_on_slid_signals(planted):
    bars = Bars.of(planted.experiment, planted.market, planted.ledger.decisions)
    found = placebo(slid_signals(planted.experiment, planted.market, bars, draws=5))
    again = placebo(slid_signals(planted.experiment, planted.market, bars, draws=5))
    assert (found.sharpe == again.sharpe).all()
    known = planted.experiment.strategy.trend.known(planted.market).to_numpy()[bars.inside]
    shifts = np.sort(np.random.default_rng(20251008).choice(np.arange(1, len(known)), 5, replace=False))
    decided = np.stack([(np.roll(known, k) > 0).astype(float) for k in shifts])
    assert found.sharpe == pytest.approx(active_sharpes(bars, decided, planted.experiment), abs=1e-12)


def test_every_drawing_is_the_strategy_on_signals_in_blocks(planted):
    bars = Bars.of(planted.experiment, planted.market, planted.ledger.decisions)
    found = placebo(resampled_signals(planted.experiment, planted.market, bars, draws=4))
    known = planted.experiment.strategy.trend.known(planted.market).to_numpy()[bars.inside]
    own = (known > 0).astype(float)
    block = block_length(own)
    assert 5 <= block <= 3 * math.sqrt(len(own)) + 1
    orders = list(indices(len(known), block, draws=4, seed=20251008))
    decided = np.stack([(known[order] > 0).astype(float) for order in orders])
    assert found.sharpe == pytest.approx(active_sharpes(bars, decided, planted.experiment), abs=1e-12)
    assert found.own == placebo(slid_signals(planted.experiment, planted.market, bars, draws=1)).own
    breaks = [np.mean(np.diff(order) != 1) for order in orders]
    assert np.mean(breaks) == pytest.approx(1 / round(block), rel=0.5)


@pytest.mark.slow
def test_what_small_caps_add_is_slid_alone_where_the_rule_has_its_own_trend_too(home):
    both = run("own_trend_and_small_caps", source="simulated:null", start="2021-01-01", end="2022-12-31")
    found = examine(both, None, 1, 0, {}, None)
    assert [type(s).__name__ for s in outer_signals(both.experiment.strategy)] == ["OwnMomentum", "SmallCapMomentum"]
    assert [reads_more_than_the_asset(s, "ETH-USD") for s in outer_signals(both.experiment.strategy)] == [False, True]
    assert isinstance(found.placebo_of_others, Placebo)
    assert np.std(found.placebo_of_others.sharpe) < np.std(found.placebo.sharpe)
    assert found.decisive.interval[0] < found.decisive.sharpe < found.decisive.interval[1]


@pytest.mark.slow
def test_a_rule_without_signals_has_no_placebo_of_signals(home):
    held = run("vol_target_hold", source="simulated:null", start="2021-01-01", end="2022-12-31")
    found = examine(held, None, 1, 0, {}, None)
    evidence = record_of(found, "e1")
    assert evidence.missing["placebo of signals"] == "the strategy has no signal that could be read at another time"
    assert [one.what for one in evidence.placebos] == ["positions slid"]
    assert evidence.placebo_p_value == held.evidence.placebo_p_value
    assert evidence.placebo_leaders == {}
    assert b"Is vol_target_hold luck?" in render(found, evidence)


def test_what_never_trades_is_judged_without_numbers(home):
    held = run("hold_eth", source="simulated:null", start="2021-01-01", end="2021-12-31")
    found = examine(held, None, 1, 0, {}, None)
    evidence = record_of(found, "e1")
    assert evidence.verdict == "cannot tell yet"
    assert evidence.active_sharpe is evidence.placebo_p_value is evidence.spa_p_value is None
    assert "never changes" in " ".join(evidence.reasons)
    assert b"cannot be told yet" in render(found, evidence)


@pytest.mark.slow
def test_the_parts_of_the_attribution_add_up(judged):
    found, parts = judged.attribution, judged.parts
    assert found.net_per_year == pytest.approx(parts.net.mean() * 365)
    assert found.net_per_year == pytest.approx(found.long_per_year + found.timing_per_year - found.costs_per_year)
    for split in (found.by_year, found.by_weekday, found.stress):
        assert sum(part.net for part in split) == pytest.approx(found.net_per_year)
        assert sum(part.long for part in split) == pytest.approx(found.long_per_year)
        assert sum(part.bars for part in split) == len(parts.net)
    assert [part.name for part in found.by_weekday] == [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ]
    assert found.beta_95[0] < found.beta < found.beta_95[1]
    assert found.by_regime == ()


@pytest.mark.uncounted
@pytest.mark.slow
def test_regimes_are_those_of_the_tearsheet(home):
    balanced = run("balanced_view", source="simulated:null", start="2021-01-01", end="2021-12-31")
    found = examine(balanced, None, 1, 0, {}, None).attribution
    assert {part.name: part.bars for part in found.by_regime} == {
        name: split["bars"] for name, split in balanced.regimes.items()
    }


def test_the_record_is_the_contract(judged):
    evidence = record_of(judged, "e1")
    plain = json.loads(json.dumps(evidence_content(evidence)))
    assert set(KEYS) < set(plain)
    assert set(plain["c5_minus_c4"]) == {"sharpe", "interval", "p_value"}
    assert plain["n_trials"] == 3
    assert plain["pbo"] is None
    assert "pbo" in plain["missing"]
    assert "n_trials_effective" in plain["missing"]
    assert of_content(EvidenceRecord, plain, "here") == evidence
    one = judged.measured.deflated(1)
    assert evidence.psr == pytest.approx(one)
    assert evidence.deflated_sharpe < evidence.psr


def evidence_content(evidence):
    from backtests.record import content

    return content(evidence)


@pytest.mark.uncounted
@pytest.mark.slow
def test_sets_run_again_are_the_sets_of_the_sweep(swept, at_home):
    trials = trials_of(swept.folder)
    assert trials.planned == len(trials.sets) == 24
    assert trials.sets[trials.best] == swept.record.best.set
    ratio = trials.net.mean(axis=0) / trials.net.std(axis=0, ddof=1) * math.sqrt(365)
    assert ratio == pytest.approx(swept.trials["sharpe"].to_numpy(), abs=1e-9)
    assert trials.experiment.with_values({}).fingerprint == swept.record.data_fingerprint
    assert folder_of(swept.record.sweep_id) == folder_of(str(swept.folder)) == swept.folder
    assert trials.names[trials.best] == ", ".join(f"{k}={v}" for k, v in swept.best.items())


def test_a_sweep_of_a_folder_elsewhere_has_other_leaders_in_the_seat(shared_market, tmp_path, monkeypatch):
    """Its files name no place; the registry knows it, and other series are read from there."""
    monkeypatch.chdir(tmp_path)
    span = {"start": "2024-01-01", "end": "2025-05-31"}
    found = sweep("small_cap_trend", {"threshold": [0.0, 0.02]}, source=f"folder:{shared_market}", out="swept", **span)
    assert str(shared_market) not in (tmp_path / "swept" / "sweep.json").read_text()
    assert Registry().sweeps.show(found.record.sweep_id).source == f"folder:{shared_market.resolve()}"
    experiment = trials_of(tmp_path / "swept").experiment
    frozen, source = inputs(experiment)
    result = run_on(frozen)
    bars = Bars.of(frozen.experiment, result.market, result.ledger.decisions)
    leaders = placebo_leaders(frozen.experiment, frozen.tables, source, bars)
    assert set(leaders) == {"SPY", "QQQ", "BTC-USD"}
    assert all(isinstance(value, float) for value in leaders.values()), leaders


@pytest.fixture
def at_home(kept, monkeypatch):
    """A test that knows the runs and sweeps of this module."""
    monkeypatch.setenv("HARBINGER_HOME", str(kept))


@pytest.mark.slow
def test_the_command_judges_a_sweep(swept, at_home, harbinger, tmp_path):
    before = json.loads(harbinger("runs", "trials", "--simulated", "--json")[1])["ideas"]
    code, out, err = harbinger("evidence", swept.folder, "--prior-trials", "10", "--json", "--out", "judged")
    assert code == 0, err
    told = json.loads(out)
    assert told == json.loads((tmp_path / "judged" / "evidence.json").read_text())
    page = (tmp_path / "judged" / "evidence.html").read_text().split("<h2>Intervals</h2>")[1]
    shown = [told[name] for name in ("cagr", "max_drawdown", "calmar")]
    assert f"<td>{shown[0]:.1%}</td>" in page
    assert f"<td>{shown[1]:.1%}</td>" in page
    assert f"<td>{shown[2]:.2f}</td>" in page
    assert set(KEYS) < set(told)
    assert (told["kind"], told["sets"], told["prior_trials"]) == ("sweep", 24, 10)
    assert told["n_trials"] >= 34
    assert 1 <= told["n_trials_effective"] - (told["n_trials"] - 24) <= 24
    assert told["deflated_sharpe_effective"] > told["deflated_sharpe"]
    assert 0 <= told["pbo"] <= 1
    assert set(told["spa"]) == {"holding", "vol-targeted holding", "own trend"}
    assert told["placebos"][0]["what"].startswith("positions of every set")
    assert told["placebo_p_value"] == told["placebos"][0]["p_value"]
    assert told["placebo_p_value"] >= min(one["p_value"] for one in told["placebos"])
    assert set(told["placebo_leaders"]) == {"SPY", "QQQ", "BTC-USD"}
    assert 1 <= len(told["representatives"]) <= 10
    page = (tmp_path / "judged" / "evidence.html").read_text()
    assert "best of 24 sets" in page
    worth = f"worth {told['n_trials_effective']:.0f} independent ones"
    assert f"after {told['n_trials']} trials, {worth}" in page
    _, screen, _ = harbinger("evidence", swept.folder, "--prior-trials", "10", "--out", "again")
    assert f"deflated after the {told['n_trials_effective']:.0f} that {told['n_trials']} trials are worth" in screen
    assert "SIMULATED" in page
    after = json.loads(harbinger("runs", "trials", "--simulated", "--json")[1])["ideas"]
    assert after == before
    _, listed, _ = harbinger("runs", "list", "--kind", "evidence", "--json")
    assert [row["kind"] for row in json.loads(listed)] == ["evidence"] * 2


@pytest.mark.slow
def test_the_command_judges_a_study_and_the_run_again_the_same(harbinger, tmp_path):
    words = ("own_trend", "--source", "simulated:null", *SPAN)
    code, out, err = harbinger("run", *words, "--no-tearsheet", "--out", "mine")
    assert code == 0, err
    code, first, err = harbinger("evidence", "mine", "--json", "--out", "a")
    assert code == 0, err
    own = json.loads((tmp_path / "mine" / "run.json").read_text())
    run_id, luck, judged = own["run_id"], own["evidence"], json.loads(first)
    assert judged["interval"] == own["sharpe_interval_95"]
    for name in ("active_sharpe", "active_interval", "cagr_interval", "spa", "break_even_cost_bps", "deflated_sharpe"):
        assert judged[name] == luck[name], name  # one number, one interval, wherever it is asked for
    _, second, _ = harbinger("evidence", run_id, "--json", "--out", "b")
    one, two = json.loads(first), json.loads(second)
    assert {k: v for k, v in one.items() if k not in ("run_id", "of")} == {
        k: v for k, v in two.items() if k not in ("run_id", "of")
    }
    assert two["of"] == run_id
    assert one["n_trials"] == 1
    _, screen, _ = harbinger("evidence", "own_trend", "--source", "simulated:null", "--out", "c")
    assert one["verdict"] in ("survives", "does not survive", "cannot tell yet")
    assert "own_trend" in screen
    assert "report:" in screen
    assert "not known: probability of overfitting: " in screen


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("no_such_thing",), "no_such_thing"),
        (("own_trend", "--prior-trials", "-1"), "prior-trials"),
        (("empty",), "spec.toml"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_line(harbinger, tmp_path, words, says):
    (tmp_path / "empty").mkdir()
    code, _, err = harbinger("evidence", *words)
    assert code == 2
    assert says in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_source_is_for_studies_alone(swept, at_home, harbinger):
    code, _, err = harbinger("evidence", swept.folder, "--source", "simulated")
    assert code == 2
    assert "are for studies" in err


def test_a_sweep_without_a_best_set_or_plan_is_refused(swept, at_home, tmp_path):
    (tmp_path / "sweep.json").write_text((swept.folder / "sweep.json").read_text())
    with pytest.raises(BadSpec, match="no plan.json"):
        trials_of(tmp_path)
    content = json.loads((swept.folder / "sweep.json").read_text()) | {"best": None}
    (tmp_path / "sweep.json").write_text(json.dumps(content))
    (tmp_path / "plan.json").write_text((swept.folder / "plan.json").read_text())
    with pytest.raises(BadSpec, match="no set may be called best"):
        trials_of(tmp_path)


def test_many_sets_are_sampled_with_the_best_among_them(swept, at_home, monkeypatch):
    from backtests.sweeps import trials as module

    monkeypatch.setattr(module, "MOST", 6)
    found = trials_of(swept.folder)
    assert 6 <= len(found.sets) <= 7
    assert found.sets[found.best] == swept.record.best.set
    assert found.planned == 24
    assert "drawn at random" in found.notes[0]


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_draws_itself_and_asks_for_nothing(swept, at_home, harbinger, tmp_path):
    harbinger("evidence", swept.folder, "--out", "judged")
    with browse(tmp_path / "judged" / "evidence.html") as page:
        assert page.problems == []
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
        assert page.evaluate("document.querySelectorAll('.js-plotly-plot').length") == 5
        page.picture(tmp_path / "phone.png", width=390, height=844)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        boxes = page.evaluate(MARKS)
        assert sorted(boxes) == ["counted", "effective"]
        (_, top, _, bottom), (_, upper, _, lower) = sorted(boxes.values())
        assert bottom < upper or lower < top or boxes["effective"][2] + 5 < boxes["counted"][0], boxes


MARKS = """Object.fromEntries([...document.querySelectorAll('.textpoint text')].map(text => {
  const box = (text.querySelector('tspan') ?? text).getBoundingClientRect();
  return [text.textContent.trim(), [box.left, box.top, box.right, box.bottom]];
}))"""


def test_names_are_escaped(judged):
    from dataclasses import replace

    evidence = replace(record_of(judged, "e1"), study="<script>alert(1)</script>", notes=("<b>note</b>",))
    page = render(judged, evidence).decode()
    assert "<script>alert(1)" not in page
    assert "<b>note</b>" not in page
    assert "&lt;b&gt;note" in page
