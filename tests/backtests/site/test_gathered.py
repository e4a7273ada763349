"""What the index says: of the registry's rows and of folders that no row knows, without a place and without a guess."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from backtests import record
from backtests.comparisons.record import ComparedRunRecord, ComparisonRecord, PairedRecord
from backtests.evidence.record import EvidenceRecord
from backtests.lead.record import LeadRecord
from backtests.registry import Registry
from backtests.runs.evidence import RunEvidence
from backtests.runs.record import RunRecord
from backtests.signal_sheets.record import SignalSheetRecord
from backtests.site import files
from backtests.site.answers import FILES
from backtests.site.gathered import gather
from backtests.site.page import render
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


def test_a_verdict_on_a_simulated_market_is_no_verdict_on_history(tmp_path):
    survives = {"evidence": {"verdict": "survives", "n_trials": 1}}
    a_run(tmp_path / "runs" / "planted", **survives)
    assert b"Verdicts" not in render(gather(tmp_path / "runs"))
    a_run(tmp_path / "runs" / "real", id="20261122-183001-mine-a1b2c3", simulated=False, source="folder:x")
    said = b"2 pieces of work, 1 on real history. Verdicts on luck of 1 run on it: cannot tell yet 1."
    assert said in render(gather(tmp_path / "runs"))


def test_failed_attempts_are_told_apart_from_the_pieces_of_work(tmp_path, harbinger, monkeypatch):
    """Nine attempts that failed made a piece of work each, in the first sentence of the index."""
    monkeypatch.chdir(tmp_path)
    a_run(tmp_path / "runs" / "a", simulated=False, source="folder:x")
    assert b"1 piece of work, 1 on real history." in render(gather(tmp_path / "runs"))
    Registry().runs.add(run_entry("broke", status="failed", reason="no history"))
    assert b"1 piece of work, 1 on real history, and 1 failed attempt." in render(gather(tmp_path / "runs"))
    Registry().runs.add(run_entry("again", status="failed", reason="no history"))
    assert harbinger("site")[1].splitlines()[0] == "1 piece of work and 2 failed attempts"


def test_of_what_was_chosen_fold_by_fold_a_card_names_the_last(tmp_path):
    folds = {"on": "2026-02-08", "before.on": "2025-08-08", "before.before.lookback": 60, "after.lookback": 20}
    a_run(tmp_path / "runs" / "a", params=folds)
    (work,) = gather(tmp_path / "runs")
    assert work.answer.settings == "on=2026-02-08, after.lookback=20, ..."


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


def test_what_has_no_page_has_its_numbers_and_the_command_that_draws_one(tmp_path):
    id = "20261122-183000-mine-a1b2c3"
    folder = a_run(tmp_path / "runs" / "c" / "1-mine", id=id)
    (folder / "tearsheet.html").unlink()
    a_run(tmp_path / "runs" / "unknown", id="20261122-183001-mine-a1b2c3")
    (tmp_path / "runs" / "unknown" / "tearsheet.html").unlink()
    registry = Registry()
    registry.runs.add(run_entry(id, path=str(folder)))
    registry.runs.add(run_entry("python", path=""))
    registry.runs.add(run_entry("stressed", kind="stress", path=str(tmp_path / "gone")))
    registry.runs.add(run_entry("broke", status="failed"))
    registry.runs.begin(run_entry("now"))
    found = {work.answer.id: work.content() for work in gather(tmp_path / "runs")}
    ways = {id: (one.get("numbers"), one.get("draw")) for id, one in found.items()}
    assert ways == {
        id: ("c/1-mine/run.json", f"harbinger report {id}"),
        "20261122-183001-mine-a1b2c3": ("unknown/run.json", None),  # no registry knows it
        "python": (None, "harbinger report python"),
        "stressed": (None, None),
        "broke": (None, None),
        "now": (None, None),
    }
    (folder / "tearsheet.html").write_text("<html>")
    (drawn,) = (work.content() for work in gather(tmp_path / "runs") if work.answer.id == id)
    assert (drawn["page"], "numbers" in drawn, "draw" in drawn) == ("c/1-mine/tearsheet.html", False, False)


SOURCE = ("--source", "simulated:lead=10,strength=0.1,seed=1", "--start", "2018-01-01", "--end", "2019-12-31")
SETS = ("-s", "trend.lookback=10,20,40")
QUESTIONS = {
    "run": (("run", "small_cap_trend", "--no-tearsheet"), "run.json"),
    "sweep": (("sweep", "small_cap_trend", *SETS), "sweep.json"),
    "walk-forward": (("sweep", "small_cap_trend", *SETS, "--walk-forward", "6m/6m"), "sweep.json"),
    "signal": (("signal", "small_cap_momentum"), "signal.json"),
    "stress": (("stress", "small_cap_trend"), "stress.json"),
}


@pytest.mark.slow
def test_a_card_says_the_answer_that_its_question_gives(harbinger):
    for name, (words, file) in QUESTIONS.items():
        assert harbinger(*words, *SOURCE, "--out", f"runs/{name}")[0] == 0
        path = Path("runs") / name / file
        said = FILES[file].sentence(record.read(FILES[file].record, path))
        assert (name, said) in {(work.answer.kind, work.answer.sentence) for work in gather(Path("runs"))}
        assert said.endswith(".")
        assert ("Chosen ahead of time, 3 times from " in said) is (name == "walk-forward")


def test_every_file_of_a_card_has_an_answer_of_its_record():
    whole = {kind.file: kind.record for kind in FILES.values()}
    assert {card: record for card, record in PAIRS if card in whole} == whole


def test_a_file_of_another_time_has_its_numbers_and_no_sentence(tmp_path):
    put(tmp_path / "a", "lead.json", {"run_id": "i", "verdict": "is led", "interval": [None, None]})
    put(tmp_path / "b", "run.json", {"format": 99, "run_id": "j", "metrics": {"sharpe": 0.5}})
    found = {work.answer.id: work.answer for work in gather(tmp_path)}
    assert (found["i"].verdict, found["j"].sharpe) == ("is led", 0.5)
    assert {answer.sentence for answer in found.values()} == {""}


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
