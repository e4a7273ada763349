"""The store: whole or not at all, never trusted unread, safe for several processes."""

import errno
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.errors import CorruptSnapshot, DataError, MissingSeries
from data.files import home, write_atomic
from data.store import Store, content_hash, set_fingerprint
from tests.paths import ROOT

WHEN = "2024-01-12T23:59:00+00:00"


def table(rows=5, seed=0):
    values = np.random.default_rng(seed).normal(size=rows)
    return pd.DataFrame({"date": pd.date_range("2024-01-01", periods=rows, unit="ns"), "value": values})


def put(store, table, id="DGS2", fetched_at=WHEN):
    snapshot = store.put(table, id=id, source="yahoo", fetched_at=fetched_at)
    store.set_head(snapshot)
    return snapshot


def parquet(store, snapshot):
    return store.root / "tables" / f"{snapshot.content}.parquet"


@pytest.fixture
def store(own_home):
    return Store()


def test_home_is_where_the_variable_says(own_home, monkeypatch):
    assert home() == own_home
    assert Store().root == own_home / "store"
    monkeypatch.delenv("HARBINGER_HOME")
    assert home().name == "harbinger"


def test_what_was_put_comes_back(store):
    kept = table()
    snapshot = put(store, kept)
    pd.testing.assert_frame_equal(store.get(snapshot.content), kept)
    assert (snapshot.rows, snapshot.first, snapshot.last, snapshot.fetched_at) == (5, "2024-01-01", "2024-01-05", WHEN)
    assert store.head("yahoo", "DGS2") == snapshot
    assert store.heads() == [snapshot]


def test_never_fetched_is_none_and_never_stored_is_missing(store):
    assert store.head("yahoo", "DGS2") is None
    assert store.heads() == []
    with pytest.raises(MissingSeries, match=r"0000\.parquet: this snapshot is not in the store"):
        store.get("0000")


def test_the_same_content_is_kept_once_under_both_names(store):
    first = put(store, table())
    second = put(store, table(), id="DGS1", fetched_at="2025-01-01T00:00:00+00:00")
    assert first.content == second.content
    assert len(list((store.root / "tables").glob("*.parquet"))) == 1
    assert store.head("yahoo", "DGS2") == first, "the other name must not change this one"
    assert store.head("yahoo", "DGS1").fetched_at == "2025-01-01T00:00:00+00:00"


def test_older_snapshots_stay(store):
    old, new = put(store, table(seed=1)), put(store, table(seed=2))
    assert store.head("yahoo", "DGS2") == new
    pd.testing.assert_frame_equal(store.get(old.content), table(seed=1))


@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_corrupted_table_is_named_and_never_used_and_may_be_put_again(store, at):
    snapshot = put(store, table())
    path = parquet(store, snapshot)
    damaged = bytearray(path.read_bytes())
    damaged[at] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(CorruptSnapshot, match=f"{path}: its SHA-256 .*; delete it and fetch or run again"):
        store.get(snapshot.content)
    put(store, table())
    pd.testing.assert_frame_equal(store.get(snapshot.content), table())


def test_a_table_under_anothers_name_is_named(store):
    one, other = put(store, table(seed=1)), put(store, table(seed=2))
    for suffix in (".parquet", ".json"):
        parquet(store, other).with_suffix(suffix).write_bytes(parquet(store, one).with_suffix(suffix).read_bytes())
    with pytest.raises(CorruptSnapshot, match=f"{other.content}.parquet: its numbers do not hash to its name"):
        store.get(other.content)


@pytest.mark.parametrize("damage", ["cut", "edited", "list", "binary", "gone"])
@pytest.mark.parametrize("what", ["manifest", "head"])
def test_a_corrupted_manifest_or_head_is_named(store, what, damage):
    snapshot = put(store, table())
    path = parquet(store, snapshot).with_suffix(".json") if what == "manifest" else store.head_path("yahoo", "DGS2")
    text = path.read_bytes()
    path.write_bytes(
        {
            "cut": text[:-9],
            "edited": text.replace(b'"rows": 5', b'"rows": 6'),
            "list": b"[1, 2]",
            "binary": b"\xff\xfe\x00",
            "gone": b"",
        }[damage]
    )
    if damage == "gone":
        path.unlink()
        if what == "head":
            assert store.head("yahoo", "DGS2") is None
            return
    with pytest.raises(CorruptSnapshot, match=f"{path}: .*; delete it and fetch or run again"):
        _ = store.get(snapshot.content) if what == "manifest" else store.heads()


def test_freeze_and_thaw(store):
    tables = {"IWM": table(seed=1), "ETH-USD": table(seed=2)}
    fingerprint = store.freeze(tables, source="folder:/x", fetched_at=WHEN)
    source, thawed = store.thaw(fingerprint)
    assert source == "folder:/x"
    assert sorted(thawed) == sorted(tables)
    for id, kept in tables.items():
        pd.testing.assert_frame_equal(thawed[id], kept)
    assert fingerprint == set_fingerprint({id: content_hash(kept) for id, kept in tables.items()})
    assert store.freeze(dict(reversed(tables.items())), source="folder:/x", fetched_at=WHEN) == fingerprint
    assert store.thaw("0" * 16) is None
    assert store.heads() == [], "frozen inputs are not fetches"


@pytest.mark.parametrize(
    ("old", "new"), [("simulated:", "yahoo:"), ('"IWM"', '"SPY"'), ('"seal": "', '"seal": "0'), ("}", "")]
)
def test_a_frozen_set_that_was_tampered_with_is_named(store, old, new):
    fingerprint = store.freeze({"IWM": table()}, source="simulated:lead=60", fetched_at=WHEN)
    path = store.root / "sets" / f"{fingerprint}.json"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CorruptSnapshot, match=f"{path}: "):
        store.thaw(fingerprint)
    store.freeze({"IWM": table()}, source="simulated:lead=60", fetched_at=WHEN)
    assert store.thaw(fingerprint)[0] == "simulated:lead=60", "freezing the same again mends it"


def test_a_frozen_table_that_was_tampered_with_is_named(store):
    fingerprint = store.freeze({"IWM": table(seed=1), "SPY": table(seed=2)}, source="yahoo", fetched_at=WHEN)
    path = store.root / "tables" / f"{content_hash(table(seed=2))}.parquet"
    table(seed=3).to_parquet(path, index=False)
    with pytest.raises(CorruptSnapshot, match=str(path)):
        store.thaw(fingerprint)


def test_a_full_disk_leaves_the_old_head_and_no_debris(store, monkeypatch):
    old = put(store, table(seed=1))

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, lambda handle, *mode: full(handle))
            with pytest.raises(DataError, match=r"cannot be written .No space left on device.; free some space"):
                put(store, table(seed=2))
    assert store.heads() == [old]
    pd.testing.assert_frame_equal(store.get(old.content), table(seed=1))
    assert not list(store.root.rglob("*.tmp"))


@pytest.mark.slow
def test_a_full_disk_of_the_systems_own(store, own_home):
    """RLIMIT_FSIZE is as near to a full disk as a process can come by itself: the kernel cuts the write."""
    old = put(store, table(seed=1))
    code = (
        "import resource, pandas as pd, numpy as np\n"
        "from data.store import Store\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "big = pd.DataFrame({'date': pd.date_range('2024-01-01', periods=5000), 'value': np.random.rand(5000)})\n"
        "store = Store(); store.set_head(store.put(big, id='DGS2', source='yahoo', fetched_at='now'))\n"
    )
    run = run_python(code, own_home)
    assert run.returncode == 1
    assert "DataError" in run.stderr
    assert "cannot be written (File too large); free some space" in run.stderr
    assert store.heads() == [old]
    assert sorted(p.suffix for p in store.root.rglob("*") if p.is_file()) == [".json", ".json", ".parquet"]


KILLED = """
import os, signal, sys
from pathlib import Path
import pandas as pd
from data.store import Store
where, nth = sys.argv[1], int(sys.argv[2])
module, name = (Path, "replace") if where == "rename" else (os, "fsync")
real, calls = getattr(module, name), []
def dying(*args):
    calls.append(args)
    if len(calls) == nth:
        if where == "write":
            os.ftruncate(args[0], 20)
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args)
setattr(module, name, dying)
new = pd.DataFrame({"date": pd.date_range("2025-01-01", periods=7), "value": 1.0})
store = Store()
store.set_head(store.put(new, id="DGS2", source="yahoo", fetched_at="now"))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("where", "nth"), [("write", 1), ("rename", 1), ("rename", 2), ("write", 3)])
def test_kill_9_in_the_middle_of_a_put_leaves_the_old_head(store, own_home, where, nth):
    """Killed in the table's write, before its rename, before the manifest's rename, in the head's write."""
    old = put(store, table(seed=1))
    run = run_python(KILLED, own_home, where, str(nth))
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert store.heads() == [old]
    pd.testing.assert_frame_equal(store.get(old.content), table(seed=1))
    assert list(store.root.rglob("*.tmp")), "the kill came in the middle"
    new = put(store, table(seed=2))
    assert store.heads() == [new]


def run_python(code, home, *arguments):
    environment = {"HARBINGER_HOME": str(home), "PATH": "", "HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def put_many(home, seed, barrier):
    """Run by a spawned process: put tables, half of them the other process's too, and move the same head."""
    store = Store(Path(home))
    barrier.wait()
    for turn in range(20):
        kept = table(rows=200, seed=turn if turn % 2 else 1000 * seed + turn)
        snapshot = put(store, kept)
        pd.testing.assert_frame_equal(store.get(snapshot.content), kept)
        assert len(store.get(store.head("yahoo", "DGS2").content)) == 200


@pytest.mark.slow
def test_two_processes_putting_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    writers = [context.Process(target=put_many, args=(str(tmp_path), seed, barrier), daemon=True) for seed in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    store = Store(tmp_path)
    manifests = list((store.root / "tables").glob("*.json"))
    assert len(manifests) == 10 + 10 + 10
    assert all(len(store.get(manifest.stem)) == 200 for manifest in manifests)
    assert len(store.heads()) == 1
    assert not list(store.root.rglob("*.tmp"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_reading_leaves_no_thread_of_arrows_behind(store, own_home):
    """Such threads abort one process in a hundred when it ends: `terminate called without an active exception`."""
    snapshot = put(store, table())
    code = (
        "import os, sys\nfrom data.store import Store\nimport pandas, pyarrow, pyarrow.parquet\n"
        "threads = lambda: len(os.listdir('/proc/self/task'))\n"
        "before = threads(); Store().get(sys.argv[1]); print(threads() - before)\n"
    )
    assert run_python(code, own_home, snapshot.content).stdout == "0\n"


def test_write_atomic_replaces_whole(tmp_path):
    path = tmp_path / "deep" / "file"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_a_folder_that_may_not_be_written_is_named(tmp_path):
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"cannot be written .*HARBINGER_HOME"):
        put(Store(tmp_path), table())


NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64)
DATES = st.integers(-(2**40), 2**40).map(lambda day: day % 40_000)


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 6))
    days = draw(st.lists(DATES, min_size=rows, max_size=rows))
    numbers = {name: draw(arrays(np.float64, rows, elements=NUMBERS)) for name in ("close", "volume")}
    return pd.DataFrame({"date": pd.to_datetime(days, unit="D").as_unit("ns"), **numbers})


QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.slow
@QUICK
@given(tables())
def test_the_hash_survives_parquet(own_home, table):
    store = Store()
    snapshot = store.put(table, id="X", source="test", fetched_at=WHEN)
    assert content_hash(store.get(snapshot.content)) == snapshot.content == content_hash(table)


@QUICK
@given(tables(), st.data())
def test_the_hash_changes_with_any_number_and_any_date(table, data):
    row = data.draw(st.integers(0, len(table) - 1))
    column = data.draw(st.sampled_from(["date", "close", "volume"]))
    changed = table.copy()
    if column == "date":
        changed.loc[row, "date"] += pd.Timedelta(data.draw(st.sampled_from([1, 86_400_000_000_000])), "ns")
    else:
        old = table.loc[row, column]
        step = np.nextafter(old, 0.0 if old > 0 else np.inf) if np.isfinite(old) else 1.0
        changed.loc[row, column] = step
    assert content_hash(changed) != content_hash(table)


def test_the_hash_knows_names_order_and_length_and_not_the_pattern_of_nan():
    one = table()
    assert content_hash(one) != content_hash(one.rename(columns={"value": "close"}))
    assert content_hash(one) != content_hash(one[["value", "date"]])
    assert content_hash(one) != content_hash(one[:-1])
    assert content_hash(one.astype({"date": "datetime64[s]"})) == content_hash(one)
    patterns = np.array([0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001], dtype="<u8").view("<f8")
    dates = one["date"][:1]
    assert len({content_hash(pd.DataFrame({"date": dates, "value": patterns[i : i + 1]})) for i in range(3)}) == 1


def test_json_files_are_for_people_too(store):
    snapshot = put(store, table())
    manifest = json.loads(parquet(store, snapshot).with_suffix(".json").read_text())
    assert (manifest["id"], manifest["rows"], manifest["source"]) == ("DGS2", 5, "yahoo")


def test_a_head_that_is_removed_beside_a_reader_is_none_and_never_corrupt(tmp_path, monkeypatch):
    store = Store(tmp_path)
    put(store, table())
    read = Path.read_bytes

    def removed_at_the_worst_moment(path):
        path.unlink()  # as `data fetch` advises for a history that shrank
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", removed_at_the_worst_moment)
    assert store.heads() == []
