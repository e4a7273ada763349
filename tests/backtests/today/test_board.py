"""harbinger today: the board of any date, from nothing known later."""

import json

import pandas as pd
import pytest

from backtests.experiments.studies import load, study_names
from backtests.today.board import built_in_signals, load_some, market_at
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from signals.small_cap_trend import SmallCapTrend
from tests.backtests.runs.test_history import copy_history

DAY = ("--source", "simulated:seed=5", "--as-of", "2023-03-10")


def board(harbinger, *words):
    code, out, err = harbinger("today", *words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.mark.slow
def test_every_signal_and_study_is_on_the_board(harbinger):
    found = board(harbinger, *DAY)
    assert (found["as_of"], found["simulated"]) == ("2023-03-11T00:00Z", True)
    assert {s["name"] for s in found["signals"]} == set(built_in_signals())
    assert [s["study"] for s in found["studies"]] == study_names()
    for signal in found["signals"]:
        assert (signal["value"] is None) == (signal["missing"] is not None), signal["name"]


@pytest.mark.slow
def test_values_are_the_signals_own(harbinger):
    found = {s["name"]: s for s in board(harbinger, *DAY)["signals"]}["small_cap_trend"]
    source, experiment = SimulatedSource.parse("simulated:seed=5"), load("small_cap_trend")
    market = market_at(experiment, source, *load_some(source, experiment.needs), pd.Timestamp("2023-03-11", tz="UTC"))
    values = SmallCapTrend().compute(market).dropna()
    assert found["value"] == values.iloc[-1]
    assert found["changes"]["5"] == values.iloc[-1] - values.iloc[-6]
    assert found["percentile"] == (values <= values.iloc[-1]).mean()
    assert found["known_at"] == "2023-03-10T21:01Z"
    assert found["inputs"] == [
        {"id": "IWM", "observed": "2023-03-10", "known_at": "2023-03-10T21:01Z", "age_days": 0.12}
    ]


@pytest.mark.slow
def test_a_study_wants_what_a_run_decides(harbinger):
    wanted = {s["study"]: s for s in board(harbinger, *DAY)["studies"]}
    for study in ("own_trend", "small_cap_trend", "vol_target_hold"):
        words = ("run", study, "--source", "simulated:seed=5", "--end", "2023-03-10", "--out", study, "--no-tearsheet")
        assert harbinger(*words)[0] == 0
        last = pd.read_csv(f"{study}/equity.csv").iloc[-1]
        assert (last["date"], last["weight_decided"]) == ("2023-03-10", wanted[study]["weight"])
        assert wanted[study]["decided_at"] == "2023-03-11T00:00Z"


@pytest.mark.slow
def test_flips_are_at_the_thresholds(harbinger):
    wanted = {s["study"]: s for s in board(harbinger, *DAY)["studies"]}
    assert wanted["hold_eth"]["flips"] == []
    (flip,) = wanted["small_cap_trend"]["flips"]
    assert flip["at"] == pytest.approx(0.0, abs=1e-8)
    assert flip["weight"] == 1 - wanted["small_cap_trend"]["weight"]


@pytest.mark.slow
def test_nothing_later_is_on_the_board(harbinger, shared_market, tmp_path):
    cut = "2025-10-08"
    ids = load("small_cap_trend_and_cuts").needs
    folder = copy_history(shared_market, tmp_path / "cut", ids, lambda rows: [r for r in rows if r[:10] <= cut])
    whole = copy_history(shared_market, tmp_path / "whole", ids, lambda rows: rows)
    first, second = (board(harbinger, "--source", f"folder:{f}", "--as-of", cut) for f in (whole, folder))
    assert {s["study"] for s in first["studies"] if s["missing"] is None} >= {"small_cap_trend_and_cuts", "hold_eth"}
    for part in ("signals", "studies"):
        for a, b in zip(first[part], second[part], strict=True):
            if a["missing"] is None:
                assert a == b


@pytest.mark.slow
def test_the_screen(harbinger):
    code, out, _ = harbinger("today", "small_cap_trend", *DAY)
    assert code == 0
    assert out.startswith("SIMULATED")
    assert "small_cap_trend" in out
    assert "note: fed_watch" in out  # the simulated market has no futures, and the board says so


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("today", "small_cap_tren"), 2, "did you mean small_cap_trend"),
        (("today", "--as-of", "soon"), 2, "write YYYY-MM-DD"),
        (("today", "--source", "simulated", "--as-of", "2010-01-01"), 1, "choose a later date"),
        (("today",), 1, "harbinger data fetch"),
    ],
)
def test_errors(harbinger, words, code, says):
    found, _, err = harbinger(*words)
    assert (found, says in err) == (code, True), err


def test_folder_source_is_used_as_it_is(shared_market):
    tables, missing = load_some(FolderSource(shared_market), ("IWM", "BAA10Y"))
    assert list(tables) == ["IWM"]
    assert "BAA10Y" in missing["BAA10Y"]
