"""harbinger today: the board of any date, from nothing known later."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests.experiments.studies import load, study_names
from backtests.today import page
from backtests.today.answer import answer
from backtests.today.board import (
    Board,
    EarlierBoard,
    EarlierPosition,
    PositionMoved,
    PositionWanted,
    built_in_signals,
    held_against,
    load_some,
    market_at,
)
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from signals.small_cap_momentum import SmallCapMomentum
from tests.backtests.runs.test_history import copy_history

DAY = ("--source", "simulated:seed=5", "--as-of", "2023-03-10")


def board(harbinger, *words):
    code, out, err = harbinger("today", *words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture(scope="module")
def of_the_day(tmp_path_factory):
    """The whole board of DAY, as the command prints it: made once, for all who read it."""
    from click.testing import CliRunner

    from backtests.cli.app import app

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBINGER_HOME", str(tmp_path_factory.mktemp("home")))
        done = CliRunner().invoke(app, ("today", *DAY, "--json"), catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.slow
def test_every_signal_and_study_is_on_the_board(of_the_day):
    found = of_the_day
    assert (found["as_of"], found["simulated"]) == ("2023-03-11T00:00Z", True)
    assert {s["name"] for s in found["signals"]} == set(built_in_signals())
    assert [s["study"] for s in found["studies"]] == study_names()
    for signal in found["signals"]:
        assert (signal["value"] is None) == (signal["missing"] is not None), signal["name"]


@pytest.mark.slow
def test_values_are_the_signals_own(of_the_day):
    found = {s["name"]: s for s in of_the_day["signals"]}["small_cap_momentum"]
    source, experiment = SimulatedSource.parse("simulated:seed=5"), load("small_cap_trend")
    market = market_at(experiment, source, *load_some(source, experiment.needs), pd.Timestamp("2023-03-11", tz="UTC"))
    values = SmallCapMomentum().compute(market).dropna()
    assert found["value"] == values.iloc[-1]
    assert found["changes"]["5"] == values.iloc[-1] - values.iloc[-6]
    assert found["percentile"] == (values <= values.iloc[-1]).mean()
    assert found["known_at"] == "2023-03-10T21:01Z"
    assert found["inputs"] == [
        {"id": "IWM", "observed": "2023-03-10", "known_at": "2023-03-10T21:01Z", "age_days": 0.12}
    ]


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_study_wants_what_a_run_decides(harbinger, of_the_day):
    wanted = {s["study"]: s for s in of_the_day["studies"]}
    for study in ("own_trend", "small_cap_trend", "vol_target_hold"):
        words = ("run", study, "--source", "simulated:seed=5", "--end", "2023-03-10", "--out", study, "--no-tearsheet")
        assert harbinger(*words)[0] == 0
        last = pd.read_csv(f"{study}/equity.csv").iloc[-1]
        assert (last["date"], last["weight_decided"]) == ("2023-03-10", wanted[study]["weight"])
        assert wanted[study]["decided_at"] == "2023-03-11T00:00Z"


@pytest.mark.slow
def test_flips_are_at_the_thresholds(of_the_day):
    wanted = {s["study"]: s for s in of_the_day["studies"]}
    assert wanted["hold_eth"]["flips"] == []
    (flip,) = wanted["small_cap_trend"]["flips"]
    assert flip["at"] == pytest.approx(0.0, abs=1e-8)
    assert flip["weight"] == 1 - wanted["small_cap_trend"]["weight"]


@pytest.mark.uncounted
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
        (("today", "--source", "simulated", "--as-of", "2010-01-01"), 1, "first closed at 2016-01-02T00:00Z"),
        (("today", "--source", "simulated", "--as-of", "9999-12-31"), 2, "calendars end on 2035-12-31"),
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


NOW = Board(
    as_of="2026-01-02T00:00Z",
    source="s",
    simulated=False,
    signals=(),
    studies=tuple(
        PositionWanted(name, None, weight, ()) for name, weight in {"a": 1, "b": 0, "c": 0.51, "d": None}.items()
    ),
)
THEN = EarlierBoard("2026-01-01T00:00Z", tuple(map(EarlierPosition, "abcx", (1, 1, 0.5, 1))))


def test_a_position_changes_by_more_than_its_band_and_a_new_study_is_no_change():
    found = held_against(NOW, THEN, dict.fromkeys("abcd", 0.02))
    assert found.changes == (PositionMoved("b", 1, 0),)
    assert found.since == THEN.as_of
    assert [change.study for change in held_against(NOW, THEN, {}).changes] == ["b", "c"]
    gone = EarlierBoard("t", (EarlierPosition("d", 0.0),))
    assert held_against(NOW, gone, {}).changes == (PositionMoved("d", 0.0, None),)  # an opinion that is lost is news


def test_the_answer_says_what_moved_who_wants_what_and_how_old_the_inputs_are():
    said = answer(held_against(NOW, THEN, dict.fromkeys("abcd", 0.02)))
    assert "1 position changed since the board of 2026-01-01 00:00: b 1 -> 0." in said
    assert "Of 4 studies: 2 long, 1 out, 1 without an opinion." in said
    assert "no position changed since" in answer(replace(NOW, since="2026-01-01T00:00Z"))
    assert "since" not in answer(NOW)


@pytest.fixture(scope="module")
def studies():
    """Two studies that read one signal between them."""
    return ("own_trend", "hold_eth")


@pytest.mark.uncounted
@pytest.mark.slow
def test_boards_are_kept_a_change_exits_with_3_and_the_page_has_the_past(harbinger, studies):
    words = ("today", *studies, "--source", "simulated:seed=5", "--out", "boards", "--html")
    assert harbinger(*words, "--as-of", "2023-03-10")[0] == 0
    days = [f"2023-{month:02d}-20" for month in range(4, 10)]
    codes = [harbinger(*words, "--as-of", day)[0] for day in days]
    assert set(codes) == {0, 3}
    kept = sorted(Path("boards/boards").iterdir())
    assert [path.name[:10] for path in kept] == ["2023-03-11", *(f"{day[:8]}21" for day in days)]
    weights = [json.loads(path.read_text())["studies"][0]["weight"] for path in kept]
    assert [3 if a != b else 0 for a, b in pairwise(weights)] == codes
    newest = json.loads(Path("boards/today.json").read_text())
    assert newest == json.loads(kept[-1].read_text())
    assert newest["since"] == json.loads(kept[-2].read_text())["as_of"]
    page = Path("boards/today.html").read_text()
    assert page.count('class="figure"') > 5
    for part in ("SIMULATED", "own_trend", "standard deviations away", "Age of each input"):
        assert part in page


@pytest.mark.slow
@pytest.mark.parametrize(("day", "code"), [("2026-06-04", 0), ("2026-06-06", 0), ("2026-06-07", 4), ("2026-11-20", 4)])
def test_positions_of_another_day_are_said_to_be_so(harbinger, shared_market, day, code):
    """A fetch that fails every night changes no position: silence would be taken for news."""
    words = ("today", "small_cap_trend", "--source", f"folder:{shared_market}", "--as-of", day, "--json")
    found, out, _ = harbinger(*words)
    behind = pd.Timestamp(day) + pd.Timedelta(days=1) - pd.Timestamp("2026-06-05")
    assert (found, json.loads(out)["behind_days"]) == (code, behind / pd.Timedelta(days=1))
    _, screen, _ = harbinger(*words[:-1])
    assert ("positions of another day" in screen) == (code == 4)
    assert harbinger("today", "small_cap_trend", "--source", "simulated", "--as-of", day)[0] == 0


@pytest.mark.slow
def test_since_is_a_day_or_a_file(harbinger, studies):
    day = ("today", *studies, "--source", "simulated:seed=5", "--as-of", "2023-04-20", "--json")
    code, out, _ = harbinger(*day, "--since", "2022-06-01")
    found = json.loads(out)
    assert (found["since"], code) == ("2022-06-02T00:00Z", 3 if found["changes"] else 0)
    Path("then.json").write_text(out)
    code, out, _ = harbinger(*day, "--since", "then.json")
    assert (code, json.loads(out)["changes"]) == (0, [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--html",), "--html goes with --out DIR"),
        (("--open",), "--open goes with --out DIR"),
        (("--since", "2030-01-01", "--as-of", "2023-03-10"), "is not before"),
        (("--since", "no-day"), "--since"),
        (("--out", "taken"), "holds results already (run.json)"),
    ],
)
def test_what_cannot_be_asked_is_said(harbinger, words, said):
    Path("taken").mkdir()
    Path("taken/run.json").write_text("{}")
    code, out, err = harbinger("today", "hold_eth", "--source", "simulated", *words)
    assert (code, out, said in err) == (2, "", True), err


@pytest.mark.uncounted
@pytest.mark.slow
def test_no_number_stands_on_two_lines_at_80_columns(harbinger, shared_market):
    """-0.00094 stood over two lines."""
    words = ("today", "hold_eth", "--source", f"folder:{shared_market}", "--as-of", "2025-10-08")
    out = harbinger(*words, "--out", "boards", "--html")[1]
    units = " ".join(out.split())
    assert "ease_change, ease_level (percentage points);" in units
    assert "net_liquidity (USD billion);" in units
    table = out.split("signals, their change")[1].split("\n\n")[0].splitlines()[2:]
    assert len(table) > 10
    for line in table:
        assert len(line.rstrip()) <= 80
        assert len(line.split()) == 8, line  # name, now, over 1, over 20, rank, oldest input, age and its unit
    written = Path("boards/today.html").read_text()
    assert '<td>net_liquidity</td><td>-291</td><td class="words">USD billion</td>' in written
    # Futures of near months end in 2023: what they said last is of that day, and no line leads on from there.
    assert re.search(r"fed_watch has no value now; its last, 1, was that of 202[34]-\d\d-\d\d\.", written)
    assert "fed_watch is" not in written
    assert "own_momentum is 0.041, at or above" in written


def test_no_line_leads_over_days_without_a_value():
    days = pd.DatetimeIndex(["2023-01-02", "2023-01-03", "2023-01-06", "2024-02-01", "2024-02-02"])
    drawn = page._with_gaps(pd.Series(range(5), index=days, dtype=float))
    assert np.isnan(drawn.to_numpy()).tolist() == [False, False, False, True, False, False]
    assert drawn.dropna().index.equals(days)
