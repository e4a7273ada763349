"""The rows of sweeps: sets are kept in blocks, read one by one, and stay counted."""

import json
import sqlite3
import struct
import time
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.metrics.performance import NAMES
from backtests.registry import Filter, Registry, TrialRow, trials_table
from backtests.registry.blocks import SETS
from data.errors import UnknownName
from tests.backtests.registry.entries import hashed, run_entry, sweep_entry, trial_row

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.integers(-(2**53), 2**53) | NUMBERS | st.booleans() | st.text(max_size=5)
STATUSES = ("ok", "ruin", "failed")


def sweep(tmp_path, **more):
    registry = Registry(tmp_path)
    registry.sweeps.begin(sweep_entry(**more))
    return registry, registry.sweeps


def of_sql(registry):
    """What SQL says of the sets of all sweeps."""
    with closing(sqlite3.connect(registry.path)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(trials)")]
        return columns, database.execute("SELECT * FROM trials ORDER BY sweep, position").fetchall()


@st.composite
def trial_rows(draw):
    status = draw(st.sampled_from(STATUSES))
    numbers = [None if status == "failed" else draw(st.none() | NUMBERS) for _ in NAMES]
    own = {name: draw(st.none() | st.just("2019-01-01")) for name in ("start", "end")}
    reason = draw(st.text(max_size=5)) if status != "ok" else ""
    return TrialRow(
        draw(st.binary(min_size=8, max_size=8)), draw(st.tuples(VALUES, VALUES)), status, reason, numbers, **own
    )


@settings(max_examples=35, deadline=None)
@given(writes=st.lists(st.tuples(st.integers(0, 12), st.lists(trial_rows(), min_size=1, max_size=8)), max_size=6))
def test_the_last_that_is_written_of_each_set_is_what_is_read(tmp_path_factory, writes):
    """Blocks may begin and end anywhere, as those of a sweep do that was killed and goes on."""
    registry, sweeps = sweep(tmp_path_factory.mktemp("r"), axes='["a", "b"]')
    model = {}
    for first, rows in writes:
        first = min(first, len(model))
        sweeps.add("s1", first, rows)
        model |= dict(enumerate(rows, first))
    found = sweeps.rows(sweeps.show("s1"))
    assert found["set"].tolist() == sorted(model) == list(range(sweeps.written("s1")))
    for at, row in model.items():
        read = found.loc[at]
        assert (read["trial_hash"], read["status"], read["reason"]) == (row.trial.hex(), row.status, row.reason)
        assert json.loads(read["params"]) == {"a": row.values[0], "b": row.values[1]}
        assert [bits(read[name]) for name in NAMES] == [bits(number) for number in row.metrics]
    tried = {(row.trial, row.start, row.end) for row in model.values() if row.status != "failed"}
    assert registry.count("ETH-USD").ideas_by_span == len(
        {(trial, start or "2018-01-01", end or "2026-05-31") for trial, start, end in tried}
    )
    assert registry.count("ETH-USD").evaluations == sum(row.status != "failed" for row in model.values())


def bits(number):
    """A number to its last bit; what is undefined is so however it is said."""
    return "" if number is None or number != number else struct.pack("<d", number)


def test_sql_sees_the_sets_one_by_one(tmp_path):
    registry, sweeps = sweep(tmp_path)
    numbers = [float(at) / 3 for at in range(len(NAMES))]
    sweeps.add("s1", 0, [trial_row("a"), TrialRow(hashed("b"), (2, "x"), "ruin", "gone", numbers, end="2020-01-01")])
    sweeps.add("s1", 2, [trial_row("c")])
    columns, rows = of_sql(registry)
    assert [row[:3] for row in rows] == [(1, at, hashed(idea)) for at, idea in enumerate("abc")]
    assert columns == ["sweep", "position", "trial", "values", "status", "reason", *NAMES, "traded", "start", "end"]
    assert rows[0] == (1, 0, hashed("a"), '["a"]', "ok", "", *(1.0,) * len(NAMES), None, None, None)
    assert rows[1][:6] == (1, 1, hashed("b"), '[2,"x"]', "ruin", "gone")
    assert rows[1][6:-3] == pytest.approx(numbers, rel=1e-14)
    assert rows[1][-3:] == (None, None, "2020-01-01")


def test_trials_are_counted_once_whatever_the_data_and_stay_counted(tmp_path):
    registry, sweeps = sweep(tmp_path)
    registry.runs.add(run_entry("r1", "idea1"))
    registry.runs.add(run_entry("r2", "idea1", data_fingerprint="other", end="2026-05-31"))  # the next day's data
    registry.runs.add(run_entry("r3", "idea2"))
    registry.runs.add(run_entry("r4", "idea3", status="failed"))  # never gave a number
    registry.runs.add(run_entry("r5", "idea4", traded="BTC-USD"))
    registry.runs.add(run_entry("r6", "idea5", source="simulated:null"))
    registry.runs.add(run_entry("r7", "idea6", kind="signal"))
    sweeps.add("s1", 0, [trial_row("idea2"), trial_row("idea7"), trial_row("idea8", "failed")])
    found = registry.count("ETH-USD")
    assert (found.trials, found.from_runs, found.from_sweeps, found.from_signals) == (4, 2, 2, 1)
    assert registry.count("ETH-USD", simulated=True).trials == 1
    assert registry.count("BTC-USD").trials == 1
    assert registry.count("ETH-USD", start="2021-01-01").trials == 3  # idea1's later run, idea2 and idea7 of the sweep
    assert registry.count("ETH-USD", end="2017-12-31").trials == 0
    registry.runs.remove("r3")
    sweeps.remove("s1")
    assert registry.count("ETH-USD").trials == 4
    assert [entry.run_id for entry in registry.runs.newest() if entry.run_id == "r3"] == []
    assert registry.runs.show("r3").metrics == "null"
    assert sweeps.newest() == []


def test_a_sweep_is_restored_whole_and_once(tmp_path):
    registry, rows = Registry(tmp_path), [trial_row(f"{at}") for at in range(2 * SETS + 5)]

    def cut():
        yield from rows[: SETS + 5]
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  # of this test
        registry.sweeps.restore(sweep_entry(status="done"), cut())
    assert registry.sweeps.newest() == []  # half a sweep would stand for all of it
    assert registry.sweeps.restore(sweep_entry(status="done"), iter(rows))
    assert not registry.sweeps.restore(sweep_entry(status="done"), iter([trial_row("other")]))
    assert registry.sweeps.rows(registry.sweeps.show("s1"))["trial_hash"].tolist() == [row.trial.hex() for row in rows]
    assert registry.count("ETH-USD").ideas == len(rows)


def test_sets_of_a_sweep_that_the_registry_does_not_know_are_left_to_its_end(tmp_path):
    sweeps = Registry(tmp_path).sweeps
    sweeps.add("s1", 0, [trial_row("a")])
    assert of_sql(Registry(tmp_path))[1] == []
    assert sweeps.restore(sweep_entry(status="done"), [trial_row("a"), trial_row("b")])
    assert sweeps.written("s1") == 2


def test_an_id_that_begins_another_is_its_own(tmp_path):
    registry, sweeps = sweep(tmp_path)
    sweeps.begin(sweep_entry("s10", path="/other"))
    registry.runs.add(run_entry("r1"))
    registry.runs.add(run_entry("r10"))
    assert [sweeps.show(id).sweep_id for id in ("s1", "s10")] == ["s1", "s10"]
    assert [registry.runs.show(id).run_id for id in ("r1", "r10")] == ["r1", "r10"]
    for find in (sweeps.show, registry.runs.show):
        with pytest.raises(UnknownName):
            find("s" if find == sweeps.show else "r")


def test_the_newest_stands_first_whatever_its_id(tmp_path):
    _, sweeps = sweep(tmp_path, sweep_id="z")
    sweeps.begin(sweep_entry("a", path="/other"))
    assert [entry.sweep_id for entry in sweeps.newest()] == ["a", "z"]
    assert [entry.sweep_id for entry in sweeps.newest(1)] == ["a"]


def test_filters_and_unknown_sweeps(tmp_path):
    registry, sweeps = sweep(tmp_path)
    registry.runs.add(run_entry("r1", "idea1", source="folder:/a"))
    registry.runs.add(run_entry("r2", "idea2", created_at="2026-11-23", study="y"))
    assert [entry.run_id for entry in registry.runs.newest(wanted=Filter(study="y"))] == ["r2"]
    assert [entry.run_id for entry in registry.runs.newest(wanted=Filter(source="folder"))] == ["r1"]
    assert [entry.run_id for entry in registry.runs.newest(wanted=Filter(since="2026-11-23"))] == ["r2"]
    assert registry.runs.newest(wanted=Filter(kind="signal")) == []
    assert [entry.sweep_id for entry in sweeps.newest(wanted=Filter(kind="sweep"))] == ["s1"]
    assert sweeps.newest(wanted=Filter(kind="run")) == []
    with pytest.raises(UnknownName, match="unknown sweep"):
        sweeps.show("zzz")


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_million_sets_stay_usable(tmp_path):
    registry, sweeps = sweep(tmp_path)
    numbers = [0.123456789012345678 * at for at in range(len(NAMES))]
    for first in range(0, 200_000, 50_000):
        rows = [trial_row(f"{at}")._replace(metrics=numbers) for at in range(first, first + 50_000)]
        sweeps.add("s1", first, rows)
    assert registry.count("ETH-USD").trials == 200_000  # while it is running
    sweeps.finish("s1", "", "")
    began = time.process_time()
    assert [registry.count("ETH-USD").trials for _ in range(5)] == [200_000] * 5
    assert time.process_time() - began < 1  # measured: 0.1 s; read one by one 2 s
    assert registry.path.stat().st_size < 200_000 * 250


def test_what_a_removed_sweep_was_and_gave_is_gone(own_home):
    _, sweeps = sweep(None)
    sweeps.add("s1", 0, [trial_row("a"), trial_row("b", "failed", end="2020-01-01")._replace(reason="secret")])
    assert trials_table()["sharpe"].tolist() == [1.0, 1.0]
    removed = sweeps.remove("s1")
    rows = sweeps.rows(removed)
    assert rows[[*NAMES, "params"]].isna().all(axis=None)
    assert rows[["status", "reason"]].to_numpy().tolist() == [["ok", ""], ["failed", ""]]
    assert [row[-1] for row in of_sql(Registry())[1]] == [None, "2020-01-01"]
    assert trials_table().empty
    assert (sweeps.show("s1").spec, sweeps.show("s1").path) == ("", "")
