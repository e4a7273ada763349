"""What the index says: of the registry's rows and of folders that no row knows, without a place and without a guess."""

import json
from dataclasses import fields

import pytest

from backtests.comparisons.record import ComparedRunRecord, ComparisonRecord, PairedRecord
from backtests.evidence.record import EvidenceRecord
from backtests.lead.record import LeadRecord
from backtests.registry import Registry
from backtests.runs.evidence import RunEvidence
from backtests.runs.record import RunRecord
from backtests.signal_sheets.record import SignalSheetRecord
from backtests.site import files
from backtests.site.gathered import gather
from backtests.site.thumbnails import ALPHABET, POINTS, of_equity
from backtests.stress.record import GroupRecord, StressRecord
from backtests.sweeps.record import SweepRecord
from tests.backtests.registry.entries import run_entry, sweep_entry
from tests.backtests.site.works import a_run, put

PAIRS = [
    (files.RunFile, RunRecord),
    (files.Luck, RunEvidence),
    (files.SweepFile, SweepRecord),
    (files.SignalFile, SignalSheetRecord),
    (files.LeadFile, LeadRecord),
    (files.EvidenceFile, EvidenceRecord),
    (files.StressFile, StressRecord),
    (files.Group, GroupRecord),
    (files.CompareFile, ComparisonRecord),
    (files.Compared, ComparedRunRecord),
    (files.Pair, PairedRecord),
]


@pytest.mark.parametrize(("card", "record"), PAIRS)
def test_a_card_reads_only_what_its_record_writes(card, record):
    assert {f.name for f in fields(card)} <= {f.name for f in fields(record)}


def test_a_run_of_the_registry_says_what_its_files_say(tmp_path):
    folder = a_run(tmp_path / "runs" / "a")
    Registry().runs.add(run_entry("20261122-183000-mine-a1b2c3", path=str(folder), study="mine"))
    Registry().annotations.change("20261122-183000-mine-a1b2c3", "a note", add=["x"])
    (work,) = gather(tmp_path / "runs")
    content = work.content()
    assert content["says"] == "Sharpe ratio 0.75 (0.07 to 1.45), hold ETH-USD 1.19; return 2,620.0%."
    assert (content["verdict"], content["tone"], content["trials"]) == ("cannot tell yet", "unsure", 7)
    assert (content["page"], content["spec"]) == ("a/tearsheet.html", "a/spec.toml")
    assert (content["set"], content["note"], content["tags"]) == ("trend.lookback=60", "a note", ["x"])
    assert content["simulated"] is True
    assert content["own"][0] == content["beside"][0] == "A"
    assert (content["own"], content["beside"]) == ("A _", "Ag_")  # a gap where equity is missing, both from 1


def test_a_folder_that_no_row_knows_is_on_it_too_and_a_removed_run_is_not(tmp_path):
    a_run(tmp_path / "runs" / "found")
    Registry().runs.add(run_entry("gone", path=""))
    Registry().runs.remove("gone")
    put(tmp_path / "runs" / "broken", "lead.json", {"no": "lead"})
    (tmp_path / "runs" / "broken" / "lead.json").write_text("{")
    (work,) = gather(tmp_path / "runs")
    assert (work.answer.id, work.created_at[:16]) == ("20261122-183000-mine-a1b2c3", "2026-11-22T18:30")
    elsewhere = a_run(tmp_path / "other" / "b", id="20261122-183001-mine-a1b2c3")
    assert len(gather(tmp_path / "runs", [elsewhere.parent])) == 2
    assert len(gather(tmp_path / "runs", [tmp_path])) == 2  # a folder below two roots stands once


def test_files_of_a_later_run_are_not_taken_for_those_of_an_earlier_one(tmp_path):
    folder = a_run(tmp_path / "runs" / "a")
    numbers = json.dumps({"sharpe": 0.5, "total_return": 0.1, "max_drawdown": -0.2})
    Registry().runs.add(run_entry("earlier", path=str(folder), metrics=numbers))
    found = {work.answer.id: work for work in gather(tmp_path / "runs")}
    assert (found["earlier"].page, found["earlier"].answer.sharpe) == ("", 0.5)
    assert found["20261122-183000-mine-a1b2c3"].page == "a/tearsheet.html"


def test_no_place_and_no_user_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "zq-user"))
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    far = a_run(tmp_path / "zq-disk" / "deep" / "a", source=f"folder:{tmp_path}/zq-user/history")
    Registry().runs.add(run_entry("20261122-183000-mine-a1b2c3", path=str(far)))
    reason = (
        f"BadFile: {tmp_path}/zq-user/x/ETH-USD.csv: row 3; also /srv/zq-disk/private/IWM.csv and C:\\zq-user\\x.csv"
    )
    Registry().runs.add(run_entry("bad", status="failed", reason=reason, source=f"folder:{tmp_path}/zq-disk/history"))
    text = json.dumps([work.content() for work in gather(tmp_path / "desk" / "runs")])
    for secret in (str(tmp_path), "zq-user", "zq-disk", "/srv"):
        assert secret not in text
    assert "ETH-USD.csv: row 3" in text


def test_what_runs_failed_or_was_not_saved_is_told_from_the_row(tmp_path):
    registry = Registry()
    registry.runs.begin(run_entry("now"))
    registry.runs.add(run_entry("broke", status="failed", reason="no history"))
    registry.runs.add(run_entry("python", path="", metrics=json.dumps({"sharpe": 1.5})))
    registry.sweeps.begin(sweep_entry("s"))
    found = {work.answer.id: work.content() for work in gather(tmp_path / "runs")}
    assert {id: one["status"] for id, one in found.items()} == {
        "now": "running", "broke": "failed", "python": "ok", "s": "running",
    }  # fmt: skip
    assert (found["broke"]["says"], found["python"]["sharpe"], found["s"]["trials"]) == ("no history", 1.5, 3)
    assert all("page" not in one for one in found.values())


ANSWERS = [
    ("sweep.json", {"sweep_id": "i", "sets": 36, "axes": {"a": [1]}, "best_region": {"params": {"a": 1}, "score": 0.6}},
     ("sweep", "36 sets over a; the best region, around a=1, has a median of 0.60.")),
    ("sweep.json", {"sweep_id": "i", "sets": 36, "axes": {"a": [1]}, "walk_forward": {"run_id": "w", "metrics": {"sharpe": 0.5}}},
     ("walk-forward", "36 sets over a; chosen ahead of time it earned a Sharpe ratio of 0.50.")),
    ("signal.json", {"run_id": "i", "headline": "Nothing.", "looks": {"smallest": 0.4, "p_values": 9}}, ("signal", "Nothing.")),
    ("lead.json", {"run_id": "i", "verdict": "is led", "n": 2190, "effect": 0.1, "interval": [-0.1, 0.3], "p_value_family": 0.2},
     ("lead", "2,190 sessions: effect +0.10 (-0.10 to +0.30); p 0.20 after all statistics.")),
    ("lead.json", {"run_id": "i", "verdict": "not enough data", "interval": [None, None]}, ("lead", "0 sessions: effect - (-).")),
    ("evidence.json", {"run_id": "i", "verdict": "survives", "reasons": ["all met"], "active_sharpe": 1.0, "active_interval": [0.1, 2.0]},
     ("evidence", "Active Sharpe ratio +1.00 (+0.10 to +2.00): all met.")),
    ("stress.json", {"run_id": "i", "cases": 3, "metrics": {"sharpe": 0.7}, "groups": [{"group": "costs", "low": 0.1, "median": 0.2, "high": 0.3}]},
     ("stress", "3 cases, as assumed 0.70; what moves the Sharpe ratio most: costs, 0.10 to 0.30.")),
    ("compare.json", {"comparison_id": "i", "runs": [{"name": "A a", "run_id": "a"}, {"name": "B b", "run_id": "b"}],
                      "paired": [{"run": "B b", "against": "A a", "sharpe_p_value": 0.01, "sharpe_difference": 0.5, "sharpe_difference_95": None}]},
     ("compare", "B b less A a: Sharpe ratio +0.50 (-), p 0.010.")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected"), ANSWERS)
def test_each_kind_answers_in_a_sentence(tmp_path, name, content, expected):
    put(tmp_path / "a", name, content)
    (work,) = gather(tmp_path)
    assert (work.answer.kind, work.answer.sentence) == expected


def test_a_curve_is_read_off_its_lines(tmp_path):
    file = tmp_path / "equity.csv"
    assert of_equity(file).own == ""
    file.write_text("date,close,equity_usd\n" + "".join(f"{at},{2**at},{100 * 4**at}\n" for at in range(400)))
    drawn = of_equity(file)
    assert len(drawn.own) == len(drawn.beside) == POINTS
    assert (drawn.own[0], drawn.own[-1]) == (ALPHABET[0], ALPHABET[-1])
    assert drawn.beside[-1] == ALPHABET[32]  # half as high on the log scale
    for text in ("", "date\n", "date,close,equity_usd\n1,1,1\n", "date,x\n1,2\n3,4\n", "date,equity_usd\n1,x\n2,-1\n"):
        file.write_text(text)
        assert of_equity(file).own == ""
