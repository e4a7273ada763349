"""What a decision knew: one decision, its inputs, and nothing of later."""

import json
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from backtests.experiments.experiment import Experiment, with_settings
from backtests.experiments.studies import load
from backtests.pages.text import age
from backtests.runs.known_inputs import NOTHING, known_input, known_inputs
from data.series import Series
from strategies.hold import Hold
from tests.browser import browse, find_browser
from tests.conftest import ROOT
from tests.contracts import make_market, make_tables, truncated

CUTS = load("small_cap_trend_and_cuts")


def plain(known):
    return msgspec.json.decode(msgspec.json.encode(known.record()))


def rows(found):
    return {r["id"]: (r["observed"], r["known_at"], r["age_hours"]) for r in plain(found)["inputs"]}


def market_of(experiment, tables=None):
    return make_market(experiment.strategy.needs, tables=tables)


def bars_until(market, last):
    return market.bars.index[market.bars.index <= last]


def test_a_holiday_by_hand():
    market = market_of(CUTS)
    found = known_inputs(CUTS, market, bars_until(market, "2021-05-31"))  # Memorial Day: no session, no H.15
    assert plain(found) | {"inputs": ()} == {"decision": "2021-05-31T00:00Z", "fill": "2021-05-31", "inputs": ()}
    assert rows(found) == {
        "ETH-USD": ("2021-05-30", "2021-05-31T00:00Z", 0.0),
        "DGS2": ("2021-05-27", "2021-05-28T20:16Z", 51.73),
        "IWM": ("2021-05-28", "2021-05-28T20:01Z", 51.98),
    }
    assert [r.id for r in found.inputs] == ["ETH-USD", "DGS2", "IWM"]  # the freshest first


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_the_decision_is_the_last_that_was_filled(delay):
    experiment, market = with_settings(CUTS, [f"execution.delay_bars={delay}"]), market_of(CUTS)
    found = known_inputs(experiment, market, market.bars.index)
    assert found.fill == market.bars.index[-1]
    assert found.decision == market.decisions[-2 - delay]


def test_nothing_of_later_changes_it():
    tables = make_tables({*CUTS.needs})
    whole = market_of(CUTS, tables)
    for last in ("2020-03-16", "2021-07-04", "2022-01-17"):
        bars = bars_until(whole, last)
        found = known_inputs(CUTS, whole, bars)
        assert all(r.known_at <= found.decision for r in found.inputs)
        cut = market_of(CUTS, truncated(tables, pd.Timestamp(last)))
        assert known_inputs(CUTS, cut, bars) == found


def test_ages_read_as_hours_then_days():
    assert [age(hours) for hours in (0.0, 27.75, 47.9, 48.0, 76.0)] == ["0.0 h", "27.8 h", "47.9 h", "2.0 d", "3.2 d"]


def test_every_rung_is_the_newest_known_observation_by_brute_force():
    market = make_market(("DFF", "WALCL", "VIX", "ZQ", "SPY"))
    for id in ("IWM", "DFF", "WALCL", "VIX", "ZQ", "SPY", "ETH-USD"):
        for instant in market.decisions[[5, 100, 333, -1]]:
            frame = market[id].frame
            known = [(o, k) for o, k in zip(frame["observed"], frame["known_at"], strict=True) if k <= instant]
            newest = max(o for o, _ in known)
            found = known_input(market, id, instant)
            assert found.observed == newest
            assert found.known_at == max(k for o, k in known if o == newest)
            assert found.age_hours == pytest.approx((instant - found.known_at).total_seconds() / 3600, abs=0.005)


def test_a_revision_counts_from_its_own_instant_on():
    market, day = make_market(()), pd.Timestamp("2021-03-01")
    known = pd.DatetimeIndex(["2021-03-02", "2021-03-05", "2021-03-09"], tz="UTC")
    frame = pd.DataFrame(
        {"observed": [day, day - pd.Timedelta(days=1), day], "known_at": known, "value": [1.0, 2.0, 3.0]}
    )
    market = replace(market, series={**market.series, "IWM": Series("IWM", frame, "", "test")})
    found = [known_input(market, "IWM", pd.Timestamp(at, tz="UTC")) for at in ("2021-03-08", "2021-03-09")]
    assert [(f.observed, f.known_at) for f in found] == [(day, known[0]), (day, known[2])]


def test_what_was_not_known_yet_is_null_with_the_reason():
    tables = make_tables({*CUTS.needs})
    tables["DGS2"] = tables["DGS2"][tables["DGS2"]["date"] > "2021-06-01"].reset_index(drop=True)
    market = market_of(CUTS, tables)
    found = plain(known_inputs(CUTS, market, bars_until(market, "2021-05-31")))
    assert found["inputs"][-1] == {
        "id": "DGS2",
        "observed": None,
        "known_at": None,
        "age_hours": None,
        "missing": NOTHING,
    }
    json.dumps(found, allow_nan=False)


def test_a_run_of_one_bar_filled_nothing():
    market = market_of(CUTS)
    found = known_inputs(CUTS, market, market.bars.index[:1])
    assert (found.fill, found.decision) == (None, market.decisions[0])


def test_series_that_are_read_by_two_names_stand_once():
    experiment = Experiment(load("own_trend").strategy)
    market = make_market(())
    assert [r.id for r in known_inputs(experiment, market, market.bars.index).inputs] == ["ETH-USD"]
    assert [r.id for r in known_inputs(Experiment(Hold()), market, market.bars.index).inputs] == ["ETH-USD"]


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("study", ["small_cap_trend_and_cuts", "bearish_view"])
def test_every_report_shows_it(harbinger, study):
    words = ("run", study, "--source", "simulated:seed=3", "--end", "2019-07-04", "--out", "x")
    code, out, _ = harbinger(*words)
    run = json.loads(Path("x/run.json").read_text())
    assert code == 0
    assert run["engine"] == "backtrader"
    found = run["availability"]
    assert (found["decision"], found["fill"]) == ("2019-07-04T00:00Z", "2019-07-04")
    assert {i["id"] for i in found["inputs"]} == {"ETH-USD", *load(study).strategy.needs} - {"leader", "traded"} | {
        "IWM",
        "DGS3MO",
    }
    assert found["fill"] in pd.read_csv("x/equity.csv")["date"].tolist()
    page, screen = Path("x/tearsheet.html").read_text(), " ".join(out.split())
    (table,) = re.findall(r'<table id="known-inputs">.*?</table>', page)
    for rung_ in found["inputs"]:
        known = rung_["known_at"].replace("T", " ").rstrip("Z")
        assert f"<tr><td>{rung_['id']}</td><td>{rung_['observed']}</td><td>{known}</td>" in table
        assert f"{rung_['id']} {rung_['observed']} {known} {age(rung_['age_hours'])}" in screen
    assert "The last decision of the run, 2019-07-04 00:00 UTC, filled at the open of bar 2019-07-04" in screen


@pytest.mark.slow
def test_the_board_and_the_known_inputs_agree(harbinger):
    code, out, _ = harbinger(
        "today", "small_cap_trend", "--source", "simulated:seed=3", "--as-of", "2019-07-03", "--json"
    )
    board = {i["id"]: i for r in json.loads(out)["signals"] for i in r["inputs"]}
    harbinger(
        "run", "small_cap_trend", "--source", "simulated:seed=3", "--end", "2019-07-04", "--out", "x", "--no-tearsheet"
    )
    for found in json.loads(Path("x/run.json").read_text())["availability"]["inputs"]:
        if found["id"] == "DGS3MO" and found["id"] not in board:
            continue  # it is what cash earns, and decides nothing
        same = board[found["id"]]
        assert (same["observed"], same["known_at"]) == (found["observed"], found["known_at"])
        assert same["age_days"] == pytest.approx(found["age_hours"] / 24, abs=0.006)


def test_the_fields_are_in_the_docs():
    text = (ROOT / "docs" / "engine.md").read_text().partition("## What a decision knew")[2]
    market = market_of(CUTS)
    found = plain(known_inputs(CUTS, market, market.bars.index))
    documented = set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))
    assert documented == {*found, *found["inputs"][0], "missing"}


def test_on_real_history(shared_market, harbinger):
    code, out, _ = harbinger("run", "small_cap_trend_and_cuts", "--source", f"folder:{shared_market}", "--start", "2024-01-01",
                             "--end", "2024-05-28", "--json", "--no-tearsheet")  # fmt: skip
    found = {i["id"]: (i["observed"], i["age_hours"]) for i in json.loads(out)["availability"]["inputs"]}
    assert code == 0
    # Decided at 00:00 UTC of the Tuesday after Memorial Day.
    late = ("2024-05-23", 75.73)
    assert found == {"ETH-USD": ("2024-05-27", 0.0), "DGS2": late, "DGS3MO": late, "IWM": ("2024-05-24", 75.98)}


@pytest.mark.slow
def test_on_another_clock(shared_market, harbinger):
    code, out, _ = harbinger("run", "small_cap_trend", "--source", f"folder:{shared_market}", "-s", "market.bar=NYSE close +1h",
                             "--start", "2022-01-01", "--end", "2022-05-31", "--json", "--no-tearsheet")  # fmt: skip
    found = json.loads(out)["availability"]
    assert (code, found["decision"], found["fill"]) == (0, "2022-05-31T21:00Z", "2022-05-31 21:00")
    assert {i["id"]: i["age_hours"] for i in found["inputs"]} == {"ETH-USD": 0.0, "DGS3MO": 0.73, "IWM": 0.98}


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.browser
def test_in_chromium(harbinger):
    find_browser()
    assert harbinger("run", "bearish_view", "--source", "simulated:seed=3", "--end", "2018-07-04", "--out", "x")[0] == 0
    with browse("x/tearsheet.html") as page:
        assert page.problems == []
        rows = page.evaluate("document.querySelectorAll('#known-inputs tbody tr').length")
        assert rows == len(json.loads(Path("x/run.json").read_text())["availability"]["inputs"])
        assert page.evaluate("document.querySelector('#known-inputs').getBoundingClientRect().height") > 20 * rows
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        right = page.evaluate("getComputedStyle(document.querySelector('#known-inputs td:last-child')).textAlign")
        assert right == "right"
