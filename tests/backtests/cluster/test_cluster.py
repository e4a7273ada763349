"""`--dask` on a real scheduler and real workers: the files of a local sweep to the bit, whatever dies in between."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from backtests.cluster import job, scheduler
from backtests.cluster.scheduler import Cluster
from backtests.evidence import recorded
from backtests.registry import Registry
from backtests.sweeps.work import runner, running
from backtests.sweeps.work.far import SweepJob
from tests.backtests.cluster.local import cluster
from tests.benchmarks import calibrate, calibrate_evidence, spread
from tests.calibration.worlds import BY_NAME
from tests.paths import ROOT

MINE = """
from dataclasses import dataclass
from typing import Annotated

from signals.base import Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class Mine(Signal):
    \"\"\"A signal of the user's.\"\"\"

    lookback: Annotated[int, Parameter("sessions", 2, 756)] = 60

    needs = ("leader",)

    @property
    def history(self):
        return self.lookback + 1

    def compute(self, market):
        if self.lookback == 33:
            raise ValueError("not this one")
        return market["leader"].values.pct_change(self.lookback)
"""
STUDY = '[study]\nend = "2017-12-31"\n[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "mine.py"\n'
AXES = ("-s", "trend.lookback=20:59:1", "-s", "threshold=0:0.02:0.01", "-s", "costs.slippage_bps=0,5,10")
SETS = 360
FILES = ("trials.csv", "subperiods.csv", "equity.csv")
OWN = {"sweep_id", "seconds"}
SMALL_PIECES = "from backtests.sweeps.work import runner, running\nrunning.BLOCK, running.PIECE = 10, 25\n"


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    with cluster(folder, HARBINGER_HOME=str(folder / "home of workers")) as found:
        yield found
        assert not list(folder.rglob("registry.sqlite")), "the command alone writes the registry"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the study, and in `near` what a sweep without a cluster says."""
    from backtests.api import sweep

    folder = tmp_path_factory.mktemp("place")
    (folder / "mine.py").write_text(MINE)
    (folder / "study.toml").write_text(STUDY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBINGER_HOME", str(folder / "home"))
        patch.chdir(folder)
        axes = {"trend.lookback": "20:59:1", "threshold": "0:0.02:0.01", "costs.slippage_bps": "0,5,10"}
        sweep("study.toml", axes, source="simulated", out="near")
    return folder


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Many pieces of few sets, in several blocks each."""
    monkeypatch.setattr(running, "BLOCK", 10)
    monkeypatch.setattr(running, "PIECE", 25)


def words(place, *more):
    return ("sweep", place / "study.toml", "--source", "simulated", *AXES, *more)


def is_the_local_one(folder, place):
    """Whether a sweep's files and rows are those of the sweep without a cluster: none lost, none twice."""
    for name in FILES:
        assert Path(folder, name).read_bytes() == (place / "near" / name).read_bytes(), name
    far, near = (json.loads(Path(at, "sweep.json").read_text()) for at in (folder, place / "near"))
    assert {k: v for k, v in far.items() if k not in OWN} == {k: v for k, v in near.items() if k not in OWN}
    (sweep,) = Registry().sweeps.newest()
    assert (sweep.status, sweep.sets) == ("done", str(SETS))
    rows = Registry().sweeps.rows(sweep)
    assert rows["set"].tolist() == list(range(SETS))
    assert rows["status"].value_counts().to_dict() == {"ok": SETS - 9, "failed": 9}


def at_block(monkeypatch, number, act):
    """Do something when so many blocks are on the disk."""
    honest, count = runner.Table.add, []

    def counted(self, rows):
        honest(self, rows)
        count.append(len(rows))
        if len(count) == number:
            act()

    monkeypatch.setattr(runner.Table, "add", counted)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.slow
def test_a_sweep_on_a_cluster_is_the_local_sweep_to_the_bit(harbinger, local, place):
    code, out, err = harbinger(*words(place, "--dask", local.address, "--out", "far", "--json"))
    assert (code, err) == (0, ""), err
    assert json.loads(out)["engine"] == "kernel"
    is_the_local_one("far", place)


NATIVE = """
import backtrader as bt


class Native(bt.Strategy):
    params = (("share", 0.5), ("fails", False))
    signals = {"trend": "small_cap_momentum"}

    def next(self):
        if self.p.fails:
            raise ValueError("as asked")
        self.order_target_percent(target=self.p.share if self.data.trend[0] > 0 else 0)
"""


@pytest.mark.slow
def test_sets_of_a_backtrader_strategy_run_there_too(harbinger, local, monkeypatch):
    monkeypatch.setattr(running, "NATIVE_PIECE", 3)
    Path("native.py").write_text(NATIVE)
    axes = ("-s", "trend.lookback=20,60", "-s", "share=0.3,0.6", "-s", "fails=false,true")
    native = ("sweep", "native.py:Native", "--source", "simulated", "--end", "2016-06-30", *axes, "--json")
    assert harbinger(*native, "--out", "near")[::2] == (0, "")
    assert harbinger(*native, "--out", "far", "--dask", local.address)[::2] == (0, "")
    for name in FILES:
        assert Path("far", name).read_bytes() == Path("near", name).read_bytes(), name
    assert Path("far/trials.csv").read_text().count("as asked") == 4


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_walk_forward_on_a_cluster_chooses_as_the_local_one(harbinger, local, place, monkeypatch):
    from backtests.sweeps.walk_forward import scoring

    monkeypatch.setattr(scoring, "BLOCK", 25)
    walk = ("--walk-forward", "6m/3m", "--json")
    near, far = (
        harbinger("sweep", place / "study.toml", "--source", "simulated", *AXES[:4], "--out", out, *more, *walk)
        for out, more in (("near", ()), ("far", ("--dask", local.address)))
    )
    assert (near[0], far[0], far[2]) == (0, 0, "")
    found = [json.loads(out)["walk_forward"] | {"run_id": ""} for _, out, _ in (near, far)]
    assert found[0] == found[1]
    for name in (*FILES, "walk_forward.csv"):
        assert Path("far", name).read_bytes() == Path("near", name).read_bytes(), name


GATED = """
[study]
end = "2016-12-31"
[strategy]
use = "gated"
[strategy.trend]
use = "own_momentum"
[strategy.gate]
use = "mine.py"
"""


@pytest.mark.slow
def test_a_judgement_whose_placebos_run_there_is_the_local_one(harbinger, local, place, monkeypatch):
    from backtests.evidence import far

    asked, honest = list[str](), far.by_cluster
    monkeypatch.setattr(far, "PIECE", 300)
    monkeypatch.setattr(recorded, "by_cluster", lambda *what: asked.append(what[1]) or honest(*what))
    (place / "gated.toml").write_text(GATED)
    words = ("evidence", place / "gated.toml", "--source", "simulated", "--json", "--out")
    near, there = harbinger(*words, "near"), harbinger(*words, "far", "--dask", local.address)
    assert [(code, err) for code, _, err in (near, there)] == [(0, ""), (0, "")]
    found = [json.loads(out) | {"run_id": "", "of": ""} for _, out, _ in (near, there)]
    assert found[0] == found[1]
    assert asked == ["slid", "resampled", "slid_others"]
    assert [one["placebos"] for one in found[0]["placebos"]][:3] != [0, 0, 0]


@pytest.mark.slow
def test_a_judgement_says_in_one_line_that_its_cluster_is_lost(harbinger, place, monkeypatch, tmp_path):
    from backtests.evidence import far

    monkeypatch.setattr(scheduler, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(far, "PIECE", 50)
    (place / "gated.toml").write_text(GATED)
    with cluster(tmp_path, workers=1) as other:
        at_piece(monkeypatch, 3, lambda: kill(other.scheduler))
        words = ("evidence", place / "gated.toml", "--source", "simulated", "--json", "--dask", other.address)
        code, out, err = harbinger(*words, "--out", "far")
    (line,) = err.splitlines()
    assert (code, out, f"the scheduler at {other.address} is lost" in line) == (1, "", True)
    row = next(row for row in Registry().runs.newest() if row.kind == "evidence")
    assert (row.status, "is lost" in row.reason) == ("interrupted", True)
    assert not Path("far/evidence.json").exists()


def at_piece(monkeypatch, number, act):
    """Do something when so many pieces have come back."""
    honest, count = Cluster.results, []

    def counted(self, function, pieces):
        for found in honest(self, function, pieces):
            yield found
            count.append(1)
            if len(count) == number:
                act()

    monkeypatch.setattr(Cluster, "results", counted)


@pytest.mark.slow
def test_a_worker_killed_in_mid_sweep_is_made_up_for(harbinger, local, place, monkeypatch):
    victim = local.add_worker()
    local.wait_for(3)
    at_block(monkeypatch, 6, lambda: kill(victim))
    code, _, err = harbinger(*words(place, "--dask", local.address, "--out", "far", "--json"))
    assert (code, err) == (0, ""), err
    is_the_local_one("far", place)


@pytest.mark.slow
def test_a_lost_scheduler_ends_the_sweep_in_one_line_and_it_goes_on_elsewhere(
    harbinger, local, place, monkeypatch, tmp_path
):
    with cluster(tmp_path, workers=1) as other, monkeypatch.context() as patch:
        at_block(patch, 6, lambda: kill(other.scheduler))
        code, _, err = harbinger(*words(place, "--dask", other.address, "--out", "far", "--json"))
    (line,) = err.splitlines()
    assert code == 1
    assert f"the scheduler at {other.address} is lost: stopped after" in line
    assert f"of {SETS} sets; go on with: harbinger sweep --resume" in line
    done = Path("far/trials.csv.part").read_bytes().count(b"\n") - 1
    assert 50 <= done < SETS
    assert Registry().sweeps.newest()[0].status in ("running", "interrupted")
    assert harbinger("sweep", "--resume", "far", "--dask", local.address, "--json")[::2] == (0, "")
    is_the_local_one("far", place)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["here", "there"])
def test_a_killed_client_is_resumed(harbinger, local, place, tmp_path, where):
    dies = "honest, count = runner.Table.add, []\ndef add(self, rows):\n    honest(self, rows); count.append(1)\n"
    dies += "    if len(count) == 6: import os; os.kill(os.getpid(), 9)\nrunner.Table.add = add\n"
    command = [sys.executable, "-c", f"{SMALL_PIECES}{dies}from backtests.cli import main; main()"]
    process = subprocess.run(
        [*command, *map(str, words(place, "--dask", local.address, "--out", "far"))], cwd=tmp_path, check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert Registry().sweeps.newest()[0].status == "interrupted"
    assert Path("far/trials.csv.part").read_bytes().count(b"\n") == 51
    more = ("--dask", local.address) if where == "there" else ()
    code, _, err = harbinger("sweep", "--resume", "far", *more, "--json")
    assert (code, err) == (0, ""), err
    is_the_local_one("far", place)


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(harbinger, local, place, monkeypatch):
    with monkeypatch.context() as patch:
        at_block(patch, 6, lambda: os.kill(os.getpid(), signal.SIGINT))
        code, _, err = harbinger(*words(place, "--dask", local.address, "--out", "far", "--json"))
    assert (code, f"of {SETS} sets; go on with: harbinger sweep --resume" in err) == (130, True)
    assert harbinger("sweep", "--resume", "far", "--dask", local.address, "--json")[::2] == (0, "")
    is_the_local_one("far", place)


@pytest.mark.slow
def test_a_worker_with_other_code_is_refused_by_its_hash(harbinger, local, place, tmp_path):
    for package in ("data", "signals", "strategies", "backtests"):
        shutil.copytree(ROOT / package, tmp_path / "other" / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "other" / "backtests" / "engine" / "contract.py").open("a") as file:
        file.write("# one more line\n")
    stranger = local.add_worker(PYTHONPATH=str(tmp_path / "other"))
    try:
        local.wait_for(3)
        code, _, err = harbinger(*words(place, "--dask", local.address, "--out", "far", "--json"))
    finally:
        kill(stranger)
    (line,) = err.splitlines()
    assert code == 1
    assert line.startswith("harbinger: worker tcp://127.0.0.1:")
    assert "other code (" in line
    assert "nothing was run" in line
    assert not Path("far").exists()
    assert Registry().sweeps.newest() == []


def is_refused(harbinger, local, place):
    """Return the one line that a sweep on the cluster ends with before it has begun."""
    code, out, err = harbinger(*words(place, "--dask", local.address, "--out", "far", "--json"))
    (line,) = err.splitlines()
    assert (code, out) == (1, "")
    assert "nothing was run" in line
    assert not Path("far").exists()
    assert Registry().sweeps.newest() == []
    return line


@pytest.mark.slow
def test_a_worker_with_another_library_is_refused_by_its_version(harbinger, local, place, monkeypatch):
    honest = job.numeric_versions()
    monkeypatch.setattr(job, "numeric_versions", lambda: honest | {"numba": "0.1"})
    assert f"other versions (numba {honest['numba']}, not 0.1)" in is_refused(harbinger, local, place)


@pytest.mark.slow
def test_inputs_that_do_not_arrive_whole_are_not_computed_with(harbinger, local, place, monkeypatch):
    honest = SweepJob.of

    def cut(*what):
        whole = honest(*what)
        return replace(whole, tables={**whole.tables, "IWM": whole.tables["IWM"].iloc[:-1]})

    monkeypatch.setattr(SweepJob, "of", cut)
    assert "did not arrive whole" in is_refused(harbinger, local, place)


def test_where_the_extra_is_missing_one_line_says_how_to_install_it(harbinger, place, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, err = harbinger(*words(place, "--dask", "tcp://127.0.0.1:1", "--out", "far"))
    assert (code, len(err.splitlines())) == (2, 2)
    assert 'pip install "harbinger-eth[cluster]"' in err
    assert not Path("far").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "code", "says"),
    [
        ("tcp://127.0.0.1:1", 1, "no scheduler answers"),
        ("nothing://here", 2, "cannot be used"),
        ("tcp://", 2, "cannot be used"),
    ],
)
def test_a_wrong_address_is_one_line(harbinger, place, monkeypatch, address, code, says):

    monkeypatch.setattr(scheduler, "CONNECT_SECONDS", 1)
    found, _, err = harbinger(*words(place, "--dask", address, "--out", "far", "--json"))
    (line,) = err.splitlines()
    assert (found, says in line) == (code, True), line


@pytest.mark.slow
def test_a_port_that_says_nothing_is_not_waited_for_longer_than_twice(harbinger, place, monkeypatch):
    monkeypatch.setattr(scheduler, "CONNECT_SECONDS", 1)
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        code, _, err = harbinger(*words(place, "--dask", address, "--out", "far", "--json"))
    (line,) = err.splitlines()
    assert (code, "no scheduler answers" in line, Path("far").exists()) == (1, True, False), line


@pytest.mark.slow
def test_tls_is_dasks_own_configuration(harbinger, place, tmp_path):
    import dask
    from distributed.security import Security

    certificates = Security.temporary()
    (tmp_path / "ca.pem").write_text(certificates.tls_ca_file)
    (tmp_path / "cert.pem").write_text(certificates.tls_client_cert)
    (tmp_path / "key.pem").write_text(certificates.tls_client_key)
    both = {"ca-file": str(tmp_path / "ca.pem")}
    for who in ("client", "scheduler", "worker"):
        both |= {f"{who}.cert": str(tmp_path / "cert.pem"), f"{who}.key": str(tmp_path / "key.pem")}
    ours = {f"distributed.comm.tls.{name}": value for name, value in both.items()}
    environment = {f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": value for name, value in ours.items()}
    with (
        cluster(tmp_path, workers=1, protocol="tls", **environment) as safe,
        dask.config.set(ours),
    ):
        code, _, err = harbinger(*words(place, "--dask", safe.address, "--out", "far", "--json"))
    assert (code, err) == (0, ""), err
    is_the_local_one("far", place)


@pytest.mark.uncounted
@pytest.mark.slow
def test_calibration_worlds_judged_there_are_those_judged_here(tmp_path, monkeypatch):
    names, asked, honest = list(BY_NAME)[:2], [], spread._far
    monkeypatch.setattr(spread, "_far", lambda judge, tasks, at: asked.append(at) or honest(judge, tasks, at))
    with cluster(tmp_path, workers=1, PYTHONPATH=str(ROOT)) as far:
        lead = [calibrate.run(names, 2, 1, dask=where) for where in (None, far.address)]
        luck = [calibrate_evidence.run(1, names=["drifting"], dask=where) for where in (None, far.address)]
    assert [lead[0][name].verdicts for name in names] == [lead[1][name].verdicts for name in names]
    assert luck[0] == luck[1]
    assert len(luck[0]["drifting"]) == 1
    assert asked == [far.address] * 2
