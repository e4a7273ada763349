"""harbinger data: the whole command, the real clients, a server on loopback."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from data.fetch import fetch_all
from data.sources.http import VARIABLE
from tests.conftest import ROOT
from tests.wire import Reply, Wire, bars

RUN = ("run", "small_cap_trend", "--json", "--no-tearsheet")


@pytest.fixture
def wire(monkeypatch):
    with Wire() as server:
        monkeypatch.setenv(VARIABLE, server.url)
        monkeypatch.setitem(fetch_all.__kwdefaults__, "sleep", lambda seconds: None)
        yield server


def serve(wire, last="2024-06-28", seed=7):
    wire.quote("ETH-USD", bars("2023-06-01", last, crypto=True, seed=seed))
    wire.quote("IWM", bars("2023-06-01", last, seed=seed + 1))


def test_fetch_then_run(harbinger, wire):
    serve(wire)
    code, out, err = harbinger("data", "fetch", "ETH-USD", "IWM")
    assert code == 0
    assert VARIABLE in err
    assert out.startswith("ETH-USD: new (2023-06-01..2024-06-28, 394 rows); ")
    assert "due dates without an observation" in out  # the server's history ends before today
    code, out, err = harbinger(*RUN)
    assert (code, err) == (0, "")
    run = json.loads(out)
    assert (run["source"], run["start"], run["end"]) == ("yahoo", "2023-06-01", "2024-06-28")
    assert run["simulated"] is False


@pytest.mark.slow
def test_an_old_run_stands_when_the_vendor_revises_the_past(harbinger, wire):
    serve(wire)
    harbinger("data", "fetch", "ETH-USD", "IWM")
    first = json.loads(harbinger(*RUN, "--out", "first")[1])
    serve(wire, last="2024-07-31", seed=70)  # another past altogether
    code, out, _ = harbinger("data", "fetch", "ETH-USD", "IWM")
    assert code == 0
    assert "the past was revised since 2023-06-01" in out
    second = json.loads(harbinger(*RUN, "--out", "second")[1])
    assert second["data_fingerprint"] != first["data_fingerprint"]
    again = json.loads(harbinger("run", "first/spec.toml", "--out", "again", "--json", "--no-tearsheet")[1])
    assert again["data_fingerprint"] == first["data_fingerprint"]
    assert Path("first/equity.csv").read_bytes() == Path("again/equity.csv").read_bytes()


def test_one_failure_is_named_and_the_rest_is_kept(harbinger, wire):
    serve(wire)
    code, out, err = harbinger("data", "fetch", "ETH-USD", "SPY", "IWM")
    assert code == 1
    assert "SPY: failed: Yahoo does not know SPY" in out
    assert "1 of 3 series failed; the others are stored" in err
    code, out, _ = harbinger("data", "list")
    assert code == 0
    assert "ETH-USD" in out
    assert "IWM" in out
    assert "SPY" not in out


def test_without_a_network_the_reason_is_said_once(harbinger, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    assert harbinger("data", "check")[2].startswith("harbinger: nothing is stored yet; run: harbinger data fetch")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    code, out, err = harbinger("data", "fetch", "DGS2", "DGS3MO", "DGS1")
    first, *others = out.splitlines()
    assert code == 1
    assert "is not found" in first
    assert [line.split(": ")[1] for line in others] == [f"failed as {first.split(':')[0]} did"] * 2
    assert "3 of 3 series failed; nothing was stored" in err


def test_a_limited_vendor_is_named(harbinger, wire):
    wire.always("chart", Reply(429))
    code, out, _ = harbinger("data", "fetch", "IWM")
    assert code == 1
    assert "asks to slow down (HTTP 429)" in out


def test_unknown_series_is_a_usage_error(harbinger):
    code, out, err = harbinger("data", "fetch", "IWN")
    assert (code, out) == (2, "")
    assert "did you mean IWM" in err


def test_a_corrupted_store_is_named_and_never_used(harbinger, wire, own_home):
    serve(wire)
    harbinger("data", "fetch", "ETH-USD", "IWM")
    head = json.loads((own_home / "store/heads/yahoo/IWM.json").read_text())
    path = own_home / "store/tables" / f"{head['content']}.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    code, out, err = harbinger(*RUN)
    assert (code, out) == (1, "")
    assert str(path) in err
    assert not Path("runs").exists()
    assert harbinger("data", "check")[0] == 1
    assert harbinger("data", "fetch", "IWM")[0] == 0  # mends it
    assert harbinger(*RUN)[0] == 0


def test_check_of_an_empty_store(harbinger):
    code, _, err = harbinger("data", "check")
    assert code == 1
    assert "harbinger data fetch" in err


@pytest.mark.slow
def test_check_says_what_is_wrong(harbinger, shared_market):
    code, out, _ = harbinger("data", "check", "--source", f"folder:{shared_market}")
    assert code == 0
    assert out.splitlines()[-1].startswith("32 series, 504,966 rows")
    folder = Path("shifted")
    folder.mkdir()
    for name in ("IWM", "SPY", "ETH-USD"):
        rows = pd.read_csv(shared_market / "prices" / f"{name}.csv", parse_dates=["Date"])
        rows["Date"] += pd.Timedelta(days=int(name == "IWM"))
        rows.to_csv(folder / f"{name}.csv", index=False)
    code, out, _ = harbinger("data", "check", "--source", "folder:shifted", "--json")
    assert code == 1
    errors = [finding for finding in json.loads(out) if finding["level"] == "error"]
    assert errors
    assert {finding["id"] for finding in errors} == {"IWM"}
    assert harbinger("run", "small_cap_trend", "--source", "folder:shifted")[0] == 1


@pytest.mark.slow
def test_killed_while_fetching_leaves_nothing_half_written(harbinger, wire, own_home, tmp_path):
    """kill -9 at many moments of a fetch: what is listed afterwards verifies, and the next fetch ends well."""
    serve(wire)
    env = {**os.environ, "HARBINGER_HOME": str(own_home), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", "from backtests.cli import main; main()", "data"]
    whole = subprocess.run([*words, "fetch", "ETH-USD", "IWM"], env=env, cwd=tmp_path, capture_output=True, check=True)
    assert whole.stdout
    for moment in (0.9, 1.2, 1.4, 1.6, 1.8):
        killed = subprocess.Popen([*words, "fetch", "--whole", "ETH-USD", "IWM"], env=env, cwd=tmp_path,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            killed.wait(moment)
        except subprocess.TimeoutExpired:
            killed.kill()
            killed.wait()
        code, listed, _ = harbinger("data", "list")
        assert (code, "394" in listed) == (0, True)
        from data.store import Store

        store = Store(own_home)
        assert [len(store.get(head.content)) for head in store.heads()] == [394, 271]


def test_what_a_source_has_is_listed_and_folded_warnings_are_counted(harbinger, tmp_path):
    """39 warnings were announced below 8 lines; only the store could be listed."""
    history = tmp_path / "history"
    history.mkdir()
    for at, id in enumerate(("ETH-USD", "IWM", "SPY", "QQQ")):
        table = bars("2023-06-01", "2024-06-28", crypto=id == "ETH-USD", seed=at)
        table.rename(columns=str.capitalize).to_csv(history / f"{id}.csv", index_label="Date")
    code, out, _ = harbinger("data", "list", "--source", f"folder:{history}")
    assert code == 0, out
    assert [line.split()[0] for line in out.splitlines()[1:5]] == ["ETH-USD", "IWM", "SPY", "QQQ"]
    assert max(map(len, out.splitlines()[:5])) <= 80
    out = harbinger("data", "check", "--source", f"folder:{history}")[1]
    *lines, last = out.splitlines()
    warnings, folded = int(re.search(r"(\d+) warnings", last)[1]), int(re.search(r"\((\d+) of them", last)[1])
    assert warnings - folded + 1 == len(lines)
