"""Registries that earlier versions wrote (version_1.sql to version_5.sql hold them, by the code of then)."""

import json
import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backtests.experiments.toml import parse
from backtests.metrics.performance import NAMES
from backtests.registry import Filter, Registry, blocks, trial_hash
from backtests.registry.schema import RUN_COLUMNS, SWEEP_COLUMNS, VERSION
from data.errors import DataError
from tests.backtests.registry.entries import run_entry

HERE = Path(__file__).parent


def written_by(version, folder):
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        database.executescript((HERE / f"version_{version}.sql").read_text())
    return folder


def columns(folder, table):
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        return {row[1]: row[2:5] for row in database.execute(f"PRAGMA table_info({table})")}


def test_a_registry_of_version_1_is_taken_over(tmp_path):
    registry = Registry(written_by(1, tmp_path))
    newest, oldest = registry.runs.newest()
    assert (newest.study, newest.kind, newest.owner, newest.hashes) == ("small_cap_trend", "run", "", "")
    for entry in (newest, oldest):
        assert entry.trial_hash == trial_hash(parse(entry.spec.encode(), "x")).hex()
    assert registry.count("ETH-USD", simulated=True).ideas == 2
    assert registry.count("ETHUSDT-1H", "2019-01-01", simulated=True).ideas == 0


def test_runs_of_version_1_of_a_file_that_is_gone_are_told_apart_by_their_text(tmp_path):
    folder = written_by(1, tmp_path)
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        names = [row[1] for row in database.execute("PRAGMA table_info(runs)")]
        (row,) = database.execute("SELECT * FROM runs LIMIT 1").fetchall()
        database.execute("DELETE FROM runs")
        for id, weight in (("a", 1), ("b", 1), ("c", 2)):
            spec = f'[strategy]\nuse = "gone.py:Gone"\nweight = {weight}\n'
            values = tuple((dict(zip(names, row, strict=True)) | {"run_id": id, "spec": spec}).values())
            database.execute(f"INSERT INTO runs VALUES ({', '.join('?' * len(names))})", values)
    found = Registry(folder).count("ETH-USD", simulated=True)
    assert (found.ideas, found.evaluations) == (2, 3)


def test_a_registry_of_version_2_keeps_its_hashes_and_its_counts(tmp_path):
    folder = written_by(2, tmp_path)
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        before = dict(database.execute("SELECT run_id, trial_hash FROM runs"))
    registry = Registry(folder)
    found = registry.count("ETH-USD", simulated=True)
    assert (found.trials, found.from_runs, found.from_sweeps, found.from_signals) == (6, 3, 3, 1)
    assert (found.ideas, found.ideas_by_span, found.evaluations, found.families) == (5, 5, 6, 2)
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        assert dict(database.execute("SELECT run_id, trial_hash FROM runs")) == before
    (sweep,) = registry.sweeps.newest()
    assert (sweep.status, len(registry.sweeps.rows(sweep))) == ("done", 3)
    assert registry.runs.newest(1)[0].study == "mine"


def test_a_registry_of_version_3_is_annotated(tmp_path):
    registry = Registry(written_by(3, tmp_path))
    (run,), (sweep,) = registry.runs.newest(), registry.sweeps.newest()
    assert registry.annotations.all() == {}
    registry.annotations.change(run.run_id, "as it was", add=["old"])
    assert registry.annotations.of(run.run_id).note == "as it was"
    assert (run.status, sweep.status, registry.count("ETH-USD", simulated=True).ideas) == ("ok", "done", 2)


def test_sweeps_of_version_4_are_packed_and_count_the_same(tmp_path):
    registry = Registry(written_by(4, tmp_path))
    found = registry.count("ETH-USD", simulated=True)
    assert (found.ideas, found.ideas_by_span, found.evaluations) == (2, 3, 5)  # as version 4 counted
    with registry.database.open() as database:
        pieces = [piece for (piece,) in database.execute("SELECT trials FROM packed ORDER BY sweep")]
    assert [len(pieces[0]), pieces[1]] == [2 * 8, None]  # the sets of the second have spans of their own


@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_sets_of_earlier_versions_read_as_they_were(tmp_path, version):
    with closing(sqlite3.connect(written_by(version, tmp_path) / "registry.sqlite")) as database:
        shown = ", ".join(("sweep", "position", "trial", '"values"', "status", "reason", *NAMES))
        before = database.execute(f"SELECT {shown} FROM trials ORDER BY sweep, position").fetchall()
    registry = Registry(tmp_path)
    numbers = {
        entry.sweep_id: at for at, entry in enumerate(reversed(registry.sweeps.newest(99, Filter(removed=True))), 1)
    }
    rows = trials_of(registry, numbers)
    assert len(rows) == len(before) > 0
    for was, now in zip(before, rows, strict=True):
        assert now == was
    with registry.database.open() as database:
        assert database.execute("SELECT count(*) FROM trials").fetchone() == (len(before),)


def trials_of(registry, numbers):
    """The sets of all sweeps as the table of before had them."""
    rows = []
    with registry.database.open() as database:
        for number in numbers.values():
            for at, row in blocks.read(database, number):
                values = None if row.values is None else json.dumps(row.values, separators=(",", ":"))
                rows.append((number, at, row.trial, values, row.status, row.reason, *row.metrics))
    return rows


def test_a_registry_of_version_5_counts_as_it_did(tmp_path):
    registry = Registry(written_by(5, tmp_path))
    found = registry.count("ETH-USD", simulated=True)
    assert (found.ideas, found.ideas_by_span, found.evaluations) == (3, 4, 7)  # as version 5 counted
    with registry.database.open(write=True) as database:
        database.execute("DELETE FROM packed")
    assert registry.count("ETH-USD", simulated=True) == found  # by the sets themselves


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_a_file_taken_over_is_like_a_new_one(tmp_path, version):
    Registry(written_by(version, tmp_path / "old")).runs.newest()
    Registry(tmp_path / "new").runs.newest()
    for table in ("runs", "sweeps", "blocks", "trials", "notes", "annotations", "packed"):
        old, new = columns(tmp_path / "old", table), columns(tmp_path / "new", table)
        assert set(old) == set(new), table
        assert {name for name in old if old[name][0] != new[name][0]} == set(), table
    assert set(RUN_COLUMNS) <= set(columns(tmp_path / "old", "runs"))
    assert set(SWEEP_COLUMNS) <= set(columns(tmp_path / "old", "sweeps"))


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_a_row_is_written_beside_those_of_then(tmp_path, version):
    registry = Registry(written_by(version, tmp_path))
    before = registry.count("ETH-USD", simulated=True).ideas
    registry.runs.finish(registry.runs.begin(run_entry("new", "other", source="simulated:null")))
    assert registry.count("ETH-USD", simulated=True).ideas == before + 1


def take_over(folder, gate, seen):
    gate.wait(60)
    try:
        seen.put(Registry(folder).count("ETH-USD", simulated=True).ideas)
    except Exception as error:  # noqa: BLE001  # the test says what it was
        seen.put(repr(error))


@pytest.mark.slow
def test_processes_that_come_at_once_take_it_over_once(tmp_path):
    folder = written_by(1, tmp_path)
    context = multiprocessing.get_context("spawn")
    gate, seen = context.Barrier(2), context.Queue()
    workers = [context.Process(target=take_over, args=(folder, gate, seen), daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert [seen.get(timeout=90) for _ in workers] == [2, 2]
    for worker in workers:
        worker.join(60)


def test_one_that_waited_finds_the_work_done(tmp_path):
    """What two processes do at once, in the order that matters: one looks at the version, the other takes over."""
    folder = written_by(2, tmp_path)
    late = sqlite3.connect(folder / "registry.sqlite")

    class Late:
        def __init__(self):
            self.asked = 0

        def execute(self, text, *values):
            if text == "BEGIN IMMEDIATE":
                Registry(folder).runs.newest()
            return late.execute(text, *values)

    from backtests.registry.schema import prepare

    prepare(Late())
    assert late.execute("PRAGMA user_version").fetchone() == (VERSION,)
    late.close()
    assert len(Registry(folder).runs.newest()) == 4


def test_a_take_over_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    folder = written_by(1, tmp_path)
    monkeypatch.setattr("backtests.registry.blocks.VIEW", "CREATE nonsense")
    with pytest.raises(DataError):
        Registry(folder).runs.newest()
    assert set(columns(folder, "runs")) == set(RUN_COLUMNS[:16])
    assert columns(folder, "sweeps") == {}


@pytest.mark.parametrize("version", [VERSION + 1, 99])
def test_a_newer_registry_is_left_alone(tmp_path, version):
    folder = written_by(2, tmp_path)
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        database.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(DataError, match=f"is of version {version}, this harbinger reads 6: install a newer one"):
        Registry(folder).runs.newest()
    assert "owner" not in columns(folder, "runs")


@pytest.mark.parametrize("version", range(VERSION))
def test_a_file_of_another_program_is_not_taken_over(tmp_path, version):
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as database, database:
        database.execute("CREATE TABLE songs (title TEXT)")
        database.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(DataError, match="holds songs: its tables are not those of a registry"):
        Registry(tmp_path).runs.newest()
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as database:
        assert [name for (name,) in database.execute("SELECT name FROM sqlite_master")] == ["songs"]
