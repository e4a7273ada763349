"""The registry: one row a run, whoever writes, whatever happens."""

import json
import multiprocessing
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from backtests.experiments.experiment import with_settings
from backtests.experiments.studies import load
from backtests.registry import COLUMNS, Entry, Registry, code_hash, experiment_hash, versions
from data.errors import Ambiguous, DataError, UnknownName
from tests.backtests.registry.entries import sweep_entry
from tests.contracts import make_tables

RUN = ("run", "own_trend", "--source", "simulated:null,seed=5", "--end", "2017-06-30", "--no-tearsheet")


def entry(run_id):
    return Entry(
        **dict.fromkeys(COLUMNS, "x") | {"run_id": run_id, "metrics": "null", "versions": "{}", "removed_at": ""}
    )


def add_many(root, worker, n):
    registry = Registry(root)
    for i in range(n):
        registry.runs.add(entry(f"{worker}-{i}"))


@pytest.mark.slow
def test_several_processes_write_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=add_many, args=(tmp_path, w, 40), daemon=True) for w in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert len(Registry(tmp_path).runs.newest(1000)) == 160


@pytest.mark.slow
def test_every_run_is_one_row_wherever_it_writes(harbinger, own_home):
    for out in ("a", "deep/er/b"):
        assert harbinger(*RUN, "--out", out)[0] == 0
    harbinger(*RUN, "--start", "2017-06-30")
    code, out, _ = harbinger("runs", "list", "--json")
    rows = json.loads(out)
    assert [row["status"] for row in rows] == ["failed", "ok", "ok"]
    assert [Path(row["path"]).name for row in rows[1:]] == ["b", "a"]
    good = rows[1:]
    for name in (
        "spec_hash",
        "data_fingerprint",
        "code_hash",
        "source",
        "traded",
        "start",
        "end",
        "metrics",
        "versions",
    ):
        assert good[0][name] == good[1][name], name
    assert good[0]["metrics"] == json.loads(Path("a/run.json").read_text())["metrics"]
    assert (own_home / "registry.sqlite").is_file()


def test_who_writes_has_the_turn_from_the_first_statement_on(tmp_path):
    """Else two that look whether a folder is free both find it so."""
    registry = Registry(tmp_path)
    registry.runs.newest()
    with closing(sqlite3.connect(registry.path, timeout=0)) as other:
        with registry.database.open(write=True), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        with registry.database.open():
            other.execute("BEGIN IMMEDIATE")


def test_what_answers_for_a_run_is_the_same_in_all_that_decides_its_numbers(tmp_path):
    registry = Registry(tmp_path)
    asked = replace(
        entry("asked"), spec_hash="m", data_fingerprint="m", code_hash="m", versions="m", kind="run", status="ok"
    )
    for at, name in enumerate(("spec_hash", "data_fingerprint", "code_hash", "versions", "kind")):
        for other in ("a", "z"):
            registry.runs.add(replace(asked, run_id=f"{at}{other}", **{name: other}))
    for status in ("ok", "ruin", "failed", "running", "interrupted"):
        registry.runs.add(replace(asked, run_id=status, status=status))
    registry.runs.add(replace(asked, run_id="removed", removed_at="2026-11-22"))
    assert [one.run_id for one in registry.runs.same(asked)] == ["ruin", "ok"]


def test_a_lost_row_takes_the_place_of_one_without_its_folder_and_of_no_other(tmp_path):
    runs = Registry(tmp_path).runs
    for id, known in (("bare", {"code_hash": "", "path": ""}), ("unsaved", {"path": ""}), ("whole", {})):
        runs.add(replace(entry(id), **known))
    assert [runs.restore(replace(entry(id), path="/found")) for id in ("bare", "unsaved", "whole", "new")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert [runs.show(id).path for id in ("bare", "unsaved", "whole", "new")] == ["/found", "", "x", "/found"]


def test_files_are_of_another_row_where_it_was_stopped_in_their_folder(tmp_path):
    runs = Registry(tmp_path).runs
    for path, status in (("/ended", "ok"), ("/stopped", "interrupted")):
        runs.add(replace(entry(path), path=path, status=status))
    found = {
        (path, status): runs.in_folder(replace(entry("mine"), path=path, status=status))
        for path in ("/ended", "/stopped", "/empty") for status in ("ok", "interrupted")
    }  # fmt: skip
    assert [key for key, other in found.items() if other] == [
        ("/ended", "interrupted"), ("/stopped", "ok"), ("/stopped", "interrupted"),
    ]  # fmt: skip
    assert not runs.in_folder(replace(entry("/stopped"), path="/stopped", status="ok"))  # itself


def test_the_versions_are_of_all_that_numbers_and_pages_are_made_with():
    made_with = {"python", "harbinger-eth", "backtrader", "pandas", "numpy", "exchange_calendars", "quantstats"}
    assert made_with <= versions().keys()
    assert all(versions().values())


def test_show_by_the_beginning_of_an_id(harbinger):
    run_id = json.loads(harbinger(*RUN, "--json")[1])["run_id"]
    code, out, _ = harbinger("runs", "show", run_id[:-2])
    assert code == 0
    assert run_id in out
    assert 'use = "own_momentum"' in out
    assert json.loads(harbinger("runs", "show", run_id, "--json")[1])["run_id"] == run_id


def test_an_empty_registry_says_what_to_do(harbinger):
    assert harbinger("runs", "list")[:2] == (0, "no runs yet; `harbinger demo` makes two\n")


def test_identity_is_what_decides_the_numbers():
    experiment = load("small_cap_trend")
    same = with_settings(replace(experiment, source="x", fingerprint="y"), ["study.name=other", "study.why=no reason"])
    assert experiment_hash(same) == experiment_hash(experiment)
    for setting in ("trend.lookback=61", "costs.slippage_bps=6", "market.join=flat", "study.start=2020-01-01"):
        assert experiment_hash(with_settings(experiment, [setting])) != experiment_hash(experiment), setting
    assert code_hash(experiment.strategy) == code_hash(experiment.strategy)


def test_code_hash_counts_a_users_file_and_no_other(tmp_path):
    from signals.base import Signal
    from signals.discovery import find
    from tests.backtests.experiments.test_experiment import SIGNAL

    file = tmp_path / "mine.py"
    file.write_text(SIGNAL)
    other = code_hash(load("small_cap_trend").strategy)
    first = find(str(file), Signal)()
    assert code_hash(load("small_cap_trend").strategy) == other  # loaded, but not part of that study
    assert code_hash(first) != other
    file.write_text(SIGNAL + "# edited\n")
    second = find(str(file), Signal)()
    assert type(second) is not type(first)  # what runs is what stands in the file now
    assert code_hash(second) != other


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "registry.sqlite").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(DataError, match=r"registry\.sqlite: .*it is damaged"):
        Registry(tmp_path).runs.newest()


def test_a_run_is_never_counted_twice(tmp_path):
    Registry(tmp_path).runs.add(entry("a"))
    with pytest.raises(DataError, match="UNIQUE"):
        Registry(tmp_path).runs.add(entry("a"))
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as database, database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (1,)


def test_unknown_runs_suggest(tmp_path):
    Registry(tmp_path).runs.add(entry("20260101-a"))
    Registry(tmp_path).runs.add(entry("20260101-b"))
    with pytest.raises(UnknownName, match="did you mean 20260101-. or 20260101-."):
        Registry(tmp_path).runs.show("20260102")


def test_a_beginning_of_several_ids_names_none_of_them(tmp_path):
    registry = Registry(tmp_path)
    for name in "abcd":
        registry.runs.add(entry(f"20260101-{name}"))
    with pytest.raises(Ambiguous, match=r"^4 runs begin with 20260101: 20260101-d, .*-b, \.\.\.; write more of it$"):
        registry.find("20260101")
    registry.sweeps.begin(sweep_entry("20260101-a-sweep"))
    with pytest.raises(Ambiguous, match="^5 runs and sweeps begin with 2026: "):
        registry.find("2026")  # not the one sweep, which `runs rm` would have taken
    assert registry.find("20260101-a").run_id == "20260101-a"  # all of an id
    assert registry.find("20260101-a-").sweep_id == "20260101-a-sweep"
    registry.sweeps.begin(sweep_entry("20260101-b-sweep"))
    with pytest.raises(Ambiguous, match="^2 sweeps begin with 2026: "):
        registry.sweeps.show("2026")


def test_the_registry_knows_the_place_that_the_files_do_not_name(harbinger, tmp_path):
    folder = tmp_path.parent / f"{tmp_path.name}-elsewhere" / "market"
    folder.mkdir(parents=True)
    for name, table in make_tables({"ETH-USD", "IWM"}).items():
        table.to_parquet(folder / f"{name}.parquet")
    words = ("run", "hold_eth", "--source", f"folder:{folder}", "--no-tearsheet", "--out", "r", "--json")
    code, out, err = harbinger(*words)
    assert code == 0, err
    assert str(folder) not in out
    assert str(folder.parent) not in (tmp_path / "r" / "spec.toml").read_text()
    entry = Registry().runs.newest()[0]
    assert entry.source == f"folder:{folder}"
    assert f'source = "folder:{folder}"' in entry.spec
