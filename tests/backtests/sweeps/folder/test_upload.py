"""`--out s3://...` and `data pull` on a local S3 server: whole or not there, gone on with, and believed by hash alone."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from backtests.registry import Registry
from data.errors import DataError
from data.objects import Objects
from data.store import Store
from tests.s3 import KEYS, serving

WORDS = ("sweep", "small_cap_trend", "--source", "simulated", "--end", "2016-12-31", "-s", "trend.lookback=20,40")
FILES = {
    "equity.csv",
    "plan.json",
    "spec.toml",
    "subperiods.csv",
    "sweep.html",
    "sweep.json",
    "trials.csv",
    "trials.parquet",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("s3")) as found:
        yield found


@pytest.fixture
def bucket(server, monkeypatch):
    """The S3 server as a user's environment names it; gives what reads an object without fsspec."""
    import fsspec

    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server[1])
    fsspec.filesystem("s3").clear_instance_cache()
    client = server[2]
    for item in client.list_objects_v2(Bucket="bucket").get("Contents", []):
        client.delete_object(Bucket="bucket", Key=item["Key"])
    return client


def keys(client):
    return [item["Key"] for item in client.list_objects_v2(Bucket="bucket").get("Contents", [])]


def content(client, key):
    return client.get_object(Bucket="bucket", Key=key)["Body"].read()


def is_whole(client, folder):
    manifest = json.loads(content(client, "a/b/objects.json"))
    assert set(manifest["files"]) == FILES
    for name, digest in manifest["files"].items():
        assert content(client, f"a/b/{name}") == Path(folder, name).read_bytes()
        assert hashlib.sha256(content(client, f"a/b/{name}")).hexdigest() == digest
    return manifest


@pytest.mark.slow
def test_a_sweep_is_uploaded_with_its_inputs_and_runs_elsewhere(harbinger, bucket, monkeypatch, tmp_path):
    code, out, err = harbinger(*WORDS, "--out", "s3://bucket/a/b")
    assert (code, "Traceback" in err) == (0, False), err
    assert "uploaded: s3://bucket/a/b" in out
    assert "a/b/unfinished.txt" not in keys(bucket)
    (sweep,) = Registry().sweeps.newest()
    manifest = is_whole(bucket, sweep.path)
    assert manifest["inputs"] == sweep.data_fingerprint
    code, _, err = harbinger(*WORDS, "--out", "s3://bucket/a/b")
    assert (code, "a finished sweep is there already" in err, len(Registry().sweeps.newest())) == (2, True, 1)
    monkeypatch.setenv("HARBINGER_HOME", str(tmp_path / "elsewhere"))
    assert Store().thaw(manifest["inputs"]) is None
    code, out, err = harbinger("data", "pull", "s3://bucket/a/b")
    assert (code, err) == (0, "")
    assert out.startswith(f"{manifest['inputs']}: ")
    assert Store().has(manifest["inputs"])
    run = ("run", Path(sweep.path) / "spec.toml", "-s", "trend.lookback=40", "--no-tearsheet", "--json")
    assert json.loads(harbinger(*run)[1])["data_fingerprint"] == manifest["inputs"]
    code, out, _ = harbinger("data", "push", "s3://bucket/store", manifest["inputs"])
    assert (code, f"store/store/sets/{manifest['inputs']}.json" in keys(bucket)) == (0, True)


@pytest.mark.slow
def test_an_interrupted_upload_is_gone_on_with(harbinger, bucket, monkeypatch):
    import fsspec

    sent, honest = [], Objects.write_file

    def stops(self, name, file):
        if len(sent) == 3:
            raise KeyboardInterrupt
        sent.append(name)
        return honest(self, name, file)

    with monkeypatch.context() as patch:
        patch.setattr(Objects, "write_file", stops)
        assert harbinger(*WORDS, "--out", "s3://bucket/a/b")[0] == 130
    assert "a/b/objects.json" not in keys(bucket)
    assert b"will say that it is whole" in content(bucket, "a/b/unfinished.txt")
    folder = Registry().sweeps.newest()[0].path
    before, files = {*keys(bucket)} - {"a/b/unfinished.txt"}, fsspec.filesystem("s3")
    again, put_file, pipe_file = [], files.put_file, files.pipe_file
    monkeypatch.setattr(files, "put_file", lambda here, there: again.append(there) or put_file(here, there))
    monkeypatch.setattr(files, "pipe_file", lambda there, what: again.append(there) or pipe_file(there, what))
    code, out, err = harbinger("sweep", "--resume", folder)
    assert (code, out, err) == (0, "uploaded: s3://bucket/a/b\n", "")
    is_whole(bucket, folder)
    assert {key.removeprefix("bucket/") for key in again} == set(keys(bucket)) - before, "only what was not there"
    assert len(Registry().sweeps.newest()) == 1
    code, _, err = harbinger("sweep", "--resume", folder)
    assert (code, "nothing is left to resume" in err) == (2, True)


@pytest.mark.slow
def test_a_server_that_is_lost_leaves_the_sweep_whole_here(harbinger, bucket, monkeypatch):
    honest = Objects.write

    def refuses(self, name, content):
        if name != "unfinished.txt":  # it is there when the sweep begins
            self._root = "no-such-bucket/a"
        return honest(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(Objects, "write", refuses)
        code, _, err = harbinger(*WORDS, "--out", "s3://bucket/a/b", "--json")
    (line,) = err.splitlines()
    assert (code, "the sweep is whole in" in line, "harbinger sweep --resume" in line) == (1, True, True)


@pytest.mark.parametrize("call", ["pipe_file", "put_file"])
def test_what_does_not_read_back_is_an_error(memory, monkeypatch, tmp_path, call):
    (tmp_path / "file").write_bytes(b"12345")
    monkeypatch.setattr(memory, call, lambda *what: memory.store.clear())
    write = {
        "pipe_file": lambda at: at.write("a", b"12345"),
        "put_file": lambda at: at.write_file("a", tmp_path / "file"),
    }
    with pytest.raises(DataError, match="what was written does not read back; write it again"):
        write[call](Objects("memory://place"))


@pytest.mark.slow
def test_a_bucket_that_is_not_there_is_said_before_the_sweep(harbinger, bucket):
    code, out, err = harbinger(*WORDS, "--out", "s3://buckett/a/b", "--json")
    (line,) = err.splitlines()
    assert (code, out, "look at its name and at your keys to it" in line) == (1, "", True), line
    assert Registry().sweeps.newest() == []


def pushed(fingerprint="", home="memory://place"):
    """Return inputs of a run, pushed into memory."""
    from data import store_elsewhere
    from data.market import load_tables
    from data.sources.simulated.source import SimulatedSource

    tables = load_tables(SimulatedSource(), ["IWM", "ETH-USD"])
    found = Store().freeze(tables, source="simulated", fetched_at="2026-01-01T00:00:00+00:00")
    store_elsewhere.push(Store(), found, Objects(home))
    return found, tables


@pytest.fixture
def memory():
    import fsspec

    found = fsspec.filesystem("memory")
    found.store.clear()
    yield found
    found.store.clear()


def test_pulled_inputs_are_those_that_were_pushed(harbinger, memory, monkeypatch, tmp_path):
    found, tables = pushed()
    monkeypatch.setenv("HARBINGER_HOME", str(tmp_path / "elsewhere"))
    code, out, err = harbinger("data", "pull", "memory://place", found)
    assert (code, out, err) == (0, f"{found}: 2 series of simulated, verified\n", "")
    source, kept = Store().thaw(found)
    assert source == "simulated"
    assert all(kept[id].equals(tables[id]) for id in tables)


@pytest.mark.parametrize("what", ["table", "table that is whole", "list", "list that is whole", "gone"])
def test_what_does_not_hash_to_its_name_is_not_kept(harbinger, memory, monkeypatch, tmp_path, what):
    found, _ = pushed()
    monkeypatch.setenv("HARBINGER_HOME", str(tmp_path / "elsewhere"))
    names = sorted(memory.find("/place/store/tables"))
    if what == "table":
        memory.pipe_file(names[0], memory.cat_file(names[0])[:-9])
    elif what == "table that is whole":
        memory.pipe_file(names[0], memory.cat_file(names[1]))
    elif what == "list":
        memory.pipe_file(f"/place/store/sets/{found}.json", b"[]")
    elif what == "list that is whole":
        told = json.loads(memory.cat_file(f"/place/store/sets/{found}.json"))
        told["series"]["IWM"] = told["series"]["ETH-USD"]
        memory.pipe_file(f"/place/store/sets/{found}.json", json.dumps(told).encode())
    else:
        memory.rm(names[0])
    code, out, err = harbinger("data", "pull", "memory://place", found)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "push" in err
    assert not Store().has(found)
    assert not list((tmp_path / "elsewhere").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("data", "pull", "memory://nothing"), 1, "no finished sweep is there"),
        (("data", "pull", "memory://nothing", "0" * 16), 1, "there are no such inputs"),
        (("data", "pull", "memory://nothing", "../../x"), 1, "there are no such inputs"),
        (("data", "push", "memory://nothing", "0" * 16), 1, "are not in this store"),
        (("data", "pull", "nothing://nothing"), 2, "no place for objects"),
        ((*WORDS, "--out", "nothing://nothing", "--json"), 2, "no place for objects"),
        ((*WORDS, "--out", "s3://", "--json"), 2, "s3://: no place for objects (it names no bucket"),
        ((*WORDS, "--out", "file:///", "--json"), 2, "names no bucket and no folder"),
    ],
)
def test_wrong_places_are_one_line(harbinger, memory, words, code, says):
    found, out, err = harbinger(*words)
    assert (found, out, says in err, len(err.splitlines())) == (code, "", True, 1), err


@pytest.mark.slow
def test_a_folder_of_a_file_url_is_made(harbinger, tmp_path):
    there = f"file://{tmp_path}/some/where"
    code, out, err = harbinger(*WORDS, "--out", there)
    assert (code, f"uploaded: {there}" in " ".join(out.split())) == (0, True), err
    assert set(json.loads((tmp_path / "some/where/objects.json").read_text())["files"]) == FILES
    assert harbinger("data", "pull", there)[0] == 0


def test_a_run_is_not_written_to_a_url(harbinger):
    code, _, err = harbinger("run", "hold_eth", "--source", "simulated", "--out", "s3://bucket/a", "--json")
    assert (code, "s3://bucket/a is a URL and no folder" in err, Path("s3:").exists()) == (2, True, False)


def test_where_the_extra_is_missing_one_line_says_how_to_install_it(harbinger, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    code, _, err = harbinger(*WORDS, "--out", "s3://bucket/a", "--json")
    assert (code, err.count("\n")) == (2, 1)
    assert 'pip install "harbinger-eth[storage]"' in err
