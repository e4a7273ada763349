"""A large sweep in processes beside the command: equal to the bit to one that the command runs, whatever happens."""

import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from backtests.registry import Registry
from backtests.sweeps.work import backtrader_check, beside, running
from tests.backtests.sweeps.test_sweep import start, table, wait_for_rows

pytestmark = pytest.mark.slow
FILES = ("trials.csv", "subperiods.csv", "trials.parquet", "equity.csv", "spec.toml")
RULE = """
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from signals.parameters import Parameter
from strategies.base import Strategy


@dataclass(frozen=True)
class Rule(Strategy):
    days: Annotated[int, Parameter("bars", 1, 500)] = 20
    weight: Annotated[float, Parameter("fraction", -9, 9)] = 1.0

    def own_needs(self):
        return ("traded",)

    def weights(self, market):
        if self.days == 33:
            raise ValueError("thirty-three")
        here = Path(__file__).parent
        if self.days == 44 and (here / "command").read_text() != str(os.getpid()) and not (here / "died").exists():
            (here / "died").touch()
            os._exit(9)
        closes = market["traded"].values
        up = closes.pct_change(self.days) > 0
        return market.asof(up.astype("float64") * self.weight)
"""
STUDY = '[study]\nend = "2017-12-31"\n[execution]\nmax_leverage = 9\n[strategy]\nuse = "rule.py"\n'
AXES = ("-s", "days=20:49:1", "-s", "weight=-9,0.5,1,9", "-s", "costs.slippage_bps=0,900")


@pytest.fixture
def large(monkeypatch, tmp_path):
    """Sweeps of over 20 sets are large, and a block has 16; the user's rule stands in the current folder."""
    monkeypatch.setattr(running, "MANY", 20)
    monkeypatch.setattr(running, "LARGE_BLOCK", 16)
    (tmp_path / "command").write_text(str(os.getpid()))
    (tmp_path / "rule.py").write_text(RULE)
    (tmp_path / "rule.toml").write_text(STUDY)


def content(folder):
    """What a sweep wrote, without what is of its moment."""
    said = json.loads(Path(folder, "sweep.json").read_text())
    return [Path(folder, name).read_bytes() for name in FILES], {
        name: value for name, value in said.items() if name not in ("sweep_id", "seconds", "evidence")
    }


def kept(at):
    """The rows of the registry of the sweep that is the `at`th newest."""
    sweeps = Registry().sweeps
    return sweeps.rows(sweeps.newest()[at]).drop(columns="sweep_id")


def test_it_is_the_same_sweep(large, harbinger, monkeypatch):
    """With sets that fail, are ruined or end their process: the first of 44 days does."""
    words = ("sweep", "rule.toml", "--source", "simulated", *AXES)
    honest, came = running.Running._by_processes, []

    def counted(self):
        for block in honest(self):
            came.append(len(block[0]))
            yield block

    monkeypatch.setattr(running.Running, "_by_processes", counted)
    code, _, err = harbinger(*words, "--out", "processes")
    assert code == 0, err
    assert (came, Path("died").exists()) == ([16] * 15, True)
    assert harbinger(*words, "--out", "here", "--workers", "1")[0] == 0
    assert len(came) == 15
    assert content("processes") == content("here")
    assert kept(1).equals(kept(0))
    reasons = {row["reason"] for row in table("here") if row["status"] == "failed"}
    assert "ValueError: thirty-three" in reasons
    assert {row["status"] for row in table("here")} == {"ok", "failed", "ruin"}


def test_a_block_whose_process_ends_is_run_by_the_command(large, harbinger, monkeypatch):
    """None is being checked meanwhile, so that it is a block that 44 days end."""
    monkeypatch.setattr("backtests.sweeps.judged.SAMPLE", 0)
    honest, here = running.Running._by_kernel, []
    monkeypatch.setattr(running.Running, "_by_kernel", lambda self, sets: here.append(len(sets)) or honest(self, sets))
    words = ("sweep", "rule.toml", "--source", "simulated", "-s", "days=34:45:1", "-s", "weight=0.5,1")
    code, _, err = harbinger(*words, "--out", "processes")
    assert code == 0, err
    assert here
    assert Path("died").exists()
    assert harbinger(*words, "--out", "whole", "--workers", "1")[0] == 0
    assert content("processes") == content("whole")


def test_curves_of_a_large_sweep_are_kept(large, harbinger):
    """The processes hand over no equity: such a sweep is run here, however many sets it has."""
    words = ("sweep", "rule.toml", "--source", "simulated", "-s", "days=20:32:1", "-s", "weight=0.5,1", "--curves")
    assert harbinger(*words, "--out", "s")[0] == 0
    kept = pd.read_parquet("s/curves")
    assert kept["set"].tolist() == list(range(26))
    for row, equity in zip(table("s"), kept["equity_usd"], strict=True):
        assert equity[-1] / 100_000 - 1 == pytest.approx(float(row["total_return"]))


def test_an_interrupt_while_a_rule_decides_keeps_the_block_before(harbinger, monkeypatch, tmp_path):
    monkeypatch.setattr(running, "BLOCK", 4)
    rule = RULE.replace("days == 33:", 'days == 33 and (Path(__file__).parent / "stop").exists():')
    (tmp_path / "rule.py").write_text(rule.replace('ValueError("thirty-three")', "KeyboardInterrupt"))
    (tmp_path / "rule.toml").write_text(STUDY)
    (tmp_path / "stop").touch()
    words = ("sweep", "rule.toml", "--source", "simulated", "-s", "days=24:35:1")
    assert harbinger(*words, "--out", "s")[0] == 130
    assert Path("s/trials.csv.part").read_text().count("\n") == 1 + 8  # the tenth set is of the third block
    (tmp_path / "stop").unlink()
    assert harbinger("sweep", "--resume", "s")[0] == 0
    assert harbinger(*words, "--out", "whole")[0] == 0
    assert content("s") == content("whole")


def test_what_a_market_of_some_sets_lacks_is_their_reason_there_too(large, harbinger):
    words = ("sweep", "rule.toml", "--source", "simulated", "-s", "market.traded=ETH-USD,XRP-USD", "-s", "days=20:32:1")
    assert harbinger(*words, "--out", "processes")[0] == 0
    assert harbinger(*words, "--out", "here", "--workers", "1")[0] == 0
    assert content("processes") == content("here")
    assert "has no XRP-USD" in table("processes")[-1]["reason"]


LARGE = "from backtests.sweeps.work import running\nrunning.MANY, running.LARGE_BLOCK = 20, 8\n"
SLOWLY = RULE.replace("closes = market", "import time\n        time.sleep(0.02)\n        closes = market")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_one_that_is_stopped_goes_on_and_ends_the_same(large, harbinger, tmp_path, sent):
    (tmp_path / "rule.py").write_text(SLOWLY)
    words = ("sweep", "rule.toml", "--source", "simulated", "-s", "days=50:109:1", "-s", "weight=0.5,1")
    process = start(tmp_path, *words, "--out", "stopped", first=LARGE)
    wait_for_rows(tmp_path / "stopped" / "trials.csv.part", 30, process)
    process.send_signal(sent)
    _, err = process.communicate(timeout=60)
    if sent == signal.SIGINT:
        assert process.returncode == 130
        assert "go on with: harbinger sweep --resume" in err
        assert "Traceback" not in err
    assert harbinger("sweep", "--resume", "stopped")[0] == 0
    assert harbinger(*words, "--out", "whole", "--workers", "1")[0] == 0
    assert content("stopped") == content("whole")


def test_a_process_takes_a_sweep_up_once(monkeypatch, harbinger):
    harbinger(
        "sweep",
        "small_cap_trend",
        "--source",
        "simulated",
        "--end",
        "2016-12-31",
        "-s",
        "threshold=0,0.01",
        "--out",
        "s",
    )
    from backtests.sweeps.folder import planned
    from data.files import home

    plan, _ = planned.read(Path("s"))
    sweep, thawed = beside.Frozen.of(plan, home(), plan.base.fingerprint, {}), []
    honest = backtrader_check.Store.thaw
    monkeypatch.setattr(backtrader_check.Store, "thaw", lambda *given: thawed.append(1) or honest(*given))
    rows = [row for values in plan.sets for row in beside.run_sets(sweep, [values])]
    assert [list(row.values) for row in rows] == [[0.0], [0.01]]
    assert len(thawed) == 1


def test_inputs_that_are_gone_are_said(large, harbinger, own_home, monkeypatch):
    import shutil

    honest = running.Running._by_processes

    def robbed(self):
        shutil.rmtree(own_home / "store")
        yield from honest(self)

    monkeypatch.setattr(running.Running, "_by_processes", robbed)
    code, _, err = harbinger("sweep", "rule.toml", "--source", "simulated", *AXES, "--out", "s")
    assert (code, "are gone from the store at" in err.splitlines()[-1], "Traceback" in err) == (1, True, False), err


def test_the_estimate_knows_of_the_processes(large, harbinger, monkeypatch):
    monkeypatch.setattr("backtests.sweeps.estimate.processors", lambda: 2)
    words = ("sweep", "rule.toml", "--source", "simulated", *AXES, "--estimate", "--json")
    one, two = (json.loads(harbinger(*words, "--workers", n)[1])["seconds"] for n in ("1", "2"))
    assert two < 0.7 * one  # the check alone takes 2.2 s of one process, half of it of two
