"""A sweep end to end: its files, what a kill leaves, what fails, and that every row is what `harbinger run` says."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from backtests.metrics.performance import NAMES
from backtests.registry import Registry
from tests.browser import browse, find_browser

SMALL = ("sweep", "small_cap_trend", "--source", "simulated", "--end", "2020-12-31")
AXES = ("-s", "trend.lookback=20:60:10", "-s", "threshold=0,0.05", "-s", "costs.slippage_bps=0,20")
KEYS = [
    "format", "sweep_id", "study", "simulated", "source", "data_fingerprint", "start", "end", "sets", "failed", "ruined", "seconds",
    "engine", "parity_checked", "parity_max_rel", "method", "seed", "constraint", "metric", "axes", "best", "best_region",
    "stability", "params", "accept", "notes", "versions", "evidence", "walk_forward", "controls",
]  # fmt: skip


def table(folder):
    with (Path(folder) / "trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_files_are_a_contract_and_every_row_is_a_run(harbinger):
    code, out, err = harbinger(*SMALL, *AXES, "--out", "s", "--json")
    assert (code, err) == (0, "")
    content = json.loads(out)
    assert list(content) == KEYS
    assert json.loads(Path("s/sweep.json").read_text()) == content
    assert sorted(file.name for file in Path("s").iterdir()) == [
        "equity.csv",
        "plan.json",
        "spec.toml",
        "subperiods.csv",
        "sweep.html",
        "sweep.json",
        "trials.csv",
        "trials.parquet",
    ]
    rows = table("s")
    assert list(rows[0]) == ["trend.lookback", "threshold", "costs.slippage_bps", *NAMES, "status", "reason"]
    assert (len(rows), content["sets"], content["failed"]) == (20, 20, 0)
    assert content["parity_checked"] == 20
    assert content["parity_max_rel"] <= 1e-12
    for at in (0, 7, 19):
        settings = [f"{path}={rows[at][path]}" for path in content["axes"]]
        words = [word for setting in settings for word in ("-s", setting)]
        run = json.loads(harbinger("run", "s/spec.toml", *words, "--no-tearsheet", "--json")[1])
        for name in NAMES:
            assert float(rows[at][name]) == pytest.approx(run["metrics"][name], rel=1e-9, abs=1e-15), (at, name)
    best = [word for path, value in content["best"]["params"].items() for word in ("-s", f"{path}={value}")]
    alone = json.loads(harbinger("run", "s/spec.toml", *best, "--no-tearsheet", "--json")[1])["evidence"]
    after = ("verdict", "reasons", "deflated_sharpe", "n_trials")  # what the number of trials has a say in
    assert {k: v for k, v in content["evidence"].items() if k not in after} == {
        k: v for k, v in alone.items() if k not in after
    }
    assert content["evidence"]["n_trials"] == 20
    sharpes = [float(row["sharpe"]) for row in rows if row["costs.slippage_bps"] == "20.0"]  # costs are no choice
    assert content["best"]["metrics"]["sharpe"] == max(sharpes)
    assert float(rows[content["best"]["set"]]["sharpe"]) == max(sharpes)


@pytest.mark.slow
def test_every_set_is_in_the_registry_once(harbinger):
    harbinger(*SMALL, *AXES, "--out", "s")
    harbinger(*SMALL, "-s", "trend.lookback=20,30", "-s", "threshold=0,0.05", "--out", "t")  # slippage 5: four others
    harbinger(*SMALL, *AXES, "--out", "u", "--start", "2017-01-01")  # the same ideas on other days
    found = Registry().count("ETH-USD", simulated=True)
    assert (found.trials, found.from_runs, found.from_sweeps, found.from_signals) == (24, 0, 24, 0)
    assert (found.ideas, found.ideas_by_span, found.evaluations, found.families) == (24, 44, 44, 0)
    code, out, _ = harbinger("runs", "list", "--kind", "sweep", "--json")
    assert [row["status"] for row in json.loads(out)] == ["done"] * 3
    assert "24 distinct trials" in harbinger("runs", "trials", "--simulated")[1]
    sweep_id = json.loads(out)[0]["sweep_id"]
    assert harbinger("runs", "rm", sweep_id, "--yes")[0] == 0
    assert "24 distinct trials" in harbinger("runs", "trials", "--simulated")[1]


@pytest.mark.slow
def test_a_set_of_a_sweep_runs_again(harbinger):
    content = json.loads(harbinger(*SMALL, *AXES, "--out", "s", "--json")[1])
    code, out, err = harbinger("runs", "rerun", content["sweep_id"], "--set", "3", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["same"] is True
    code, _, err = harbinger("runs", "rerun", content["sweep_id"])
    assert (code, "--set N" in err) == (2, True)
    code, _, err = harbinger("runs", "rerun", content["sweep_id"], "--set", "20")
    assert (code, "sets 0..19" in err) == (2, True)


@pytest.mark.slow
def test_a_failing_set_has_its_reason_and_ends_nothing(harbinger):
    Path("cross.toml").write_text(
        '[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "moving_average_cross"\n[study]\nend = "2019-12-31"\n'
    )
    code, out, _ = harbinger("sweep", "cross.toml", "--source", "simulated", "-s", "trend.fast=20,100,300",
                             "-s", "trend.slow=50,200", "--out", "s", "--json")  # fmt: skip
    content, rows = json.loads(out), table("s")
    assert code == 0
    assert content["failed"] == 3
    failed = [row for row in rows if row["status"] == "failed"]
    assert {(row["trend.fast"], row["trend.slow"]) for row in failed} == {("100", "50"), ("300", "50"), ("300", "200")}
    assert all("fast" in row["reason"] and row["sharpe"] == "" for row in failed)


@pytest.mark.slow
def test_constraints_on_metrics_decide_what_may_be_called_best(harbinger):
    free = json.loads(harbinger(*SMALL, *AXES, "--out", "a", "--json")[1])
    limit = free["best"]["metrics"]["orders"]
    bound = json.loads(harbinger(*SMALL, *AXES, "--out", "b", "--json", "--constraint", f"orders != {limit}")[1])
    assert bound["sets"] == 20
    assert bound["best"]["metrics"]["orders"] != limit
    none = json.loads(harbinger(*SMALL, *AXES, "--out", "c", "--json", "--constraint", "orders < 0")[1])
    assert (none["best"], none["best_region"]) == (None, None)


def test_ruin_is_a_row(harbinger):
    words = ("sweep", "hold_eth", "--source", "simulated:null,seed=4", "-s", "execution.max_leverage=3", "-s",
             "execution.rebalance_band=1", "-s", "weight=-3,0.5", "--out", "s", "--json")  # fmt: skip
    code, out, err = harbinger(*words)
    assert (code, err) == (0, "")
    assert json.loads(out)["ruined"] == 1
    rows = table("s")
    assert (rows[0]["status"], rows[1]["status"]) == ("ruin", "ok")
    assert rows[0]["reason"].startswith("equity reached zero on 20")
    assert float(rows[0]["total_return"]) <= -1


@pytest.mark.slow
def test_markets_are_swept_too_and_what_is_missing_fails_its_own_sets(harbinger):
    axes = ("market.traded=ETH-USD,BTC-USD,XRP-USD", "market.leader=IWM,SPY", "market.join=hold,flat",
            "execution.delay_bars=0,2", "market.bar=daily,NYSE close +1h", "study.start=2018-01-01,2019-01-01")  # fmt: skip
    words = ("sweep", "small_cap_trend", "--source", "simulated", "--end", "2019-12-31")
    code, out, err = harbinger(*words, *(word for axis in axes for word in ("-s", axis)), "--out", "s", "--json")
    assert (code, err) == (0, "")
    content, rows = json.loads(out), table("s")
    assert (content["sets"], content["failed"]) == (96, 64)
    assert content["parity_max_rel"] <= 1e-12
    reasons = {row["reason"] for row in rows if row["status"] == "failed"}
    assert all(any(id in reason for reason in reasons) for id in ("XRP-USD", "ETHUSDT-1H", "BTC-USD-1H")), reasons
    assert all(reason.startswith("simulated") for reason in reasons), reasons
    good = [row for row in rows if row["status"] == "ok"]
    assert {row["market.traded"] for row in good} == {"ETH-USD", "BTC-USD"}
    assert {row["market.bar"] for row in good} == {"daily"}
    count = Registry().count(
        "ETH-USD", simulated=True
    )  # each asset has its own trials: leader, join, delay; two starts
    assert (count.ideas, count.ideas_by_span, count.evaluations) == (8, 16, 16)
    assert Registry().count("BTC-USD", simulated=True).ideas == 8
    assert Registry().count("ETH-USD", end="2018-06-30", simulated=True).ideas_by_span == 8


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["sharpe", "calmar"])
def test_spans_are_a_table_and_no_ranking(harbinger, metric):
    starts = ["2018-01-01", "2017-01-01", "2019-06-01"]
    words = (
        *SMALL,
        "-s",
        f"study.start={','.join(starts)}",
        "-s",
        "trend.lookback=40,60",
        "--metric",
        metric,
        "--out",
        "s",
    )
    code, out, _ = harbinger(*words)
    said = " ".join(out.split())
    assert code == 0
    assert "study.start is swept: the sets ran over different days" in said
    assert "6 spans, no ranking" in said
    assert "best point" not in said
    assert f"the best 6 by {metric}" not in said
    content = json.loads(Path("s/sweep.json").read_text())
    assert (content["best"], content["best_region"], content["sets"], content["parity_checked"]) == (None, None, 6, 6)
    assert {value for row in content["stability"] for value in row} == {None}
    lines = out.partition("6 spans, no ranking")[2].splitlines()
    shown = [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in starts]
    assert shown == [start for start in starts for _ in range(2)]  # in the order asked for
    page = Path("s/sweep.html").read_text()
    assert "No ranking." in page
    assert "The best" not in page.partition("<section>")[2]
    assert "study.start is swept" in page
    assert "Tried so far on SIMULATED ETH" in page
    assert Registry().count("ETH-USD", simulated=True).ideas_by_span == 6


@pytest.mark.slow
def test_a_resumed_sweep_is_counted_whole_though_the_registry_was_lost(harbinger, own_home, monkeypatch):
    from backtests.sweeps.work.runner import Work

    def stops(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Work, "audit", stops)
        assert harbinger(*SMALL, "-s", "trend.lookback=20,30,40", "--out", "s")[0] == 130
    (own_home / "registry.sqlite").unlink()
    assert harbinger("sweep", "--resume", "s")[0] == 0
    assert Registry().count("ETH-USD", simulated=True).from_sweeps == 3


@pytest.mark.slow
def test_a_sweep_whose_registry_is_lost_meanwhile_is_counted_whole(harbinger, own_home, monkeypatch):
    from backtests.sweeps.work import runner, running

    monkeypatch.setattr(running, "BLOCK", 2)
    honest, blocks = runner.Table.add, []

    def robbed(self, rows):
        blocks.append(len(rows))
        if len(blocks) == 2:
            (own_home / "registry.sqlite").unlink()
        honest(self, rows)

    monkeypatch.setattr(runner.Table, "add", robbed)
    assert harbinger(*SMALL, "-s", "trend.lookback=20,30,40,50,60", "--out", "s")[0] == 0
    assert blocks == [2, 2, 1]
    (sweep,) = Registry().sweeps.newest()
    assert (sweep.status, len(Registry().sweeps.rows(sweep))) == ("done", 5)
    assert Registry().count("ETH-USD", simulated=True).from_sweeps == 5


EXITS = """
[study]
end = "2018-12-31"
[strategy]
use = "exits"
[strategy.base]
use = "long_flat"
[strategy.base.trend]
use = "small_cap_momentum"
"""


@pytest.mark.slow
def test_exits_run_by_the_kernel_and_equal_backtrader(harbinger):
    Path("exits.toml").write_text(EXITS)
    code, out, _ = harbinger("sweep", "exits.toml", "--source", "simulated", "-s", "stop_loss_pct=0,10", "-s",
                             "trailing_stop_pct=0,15", "-s", "min_hold_bars=0,5", "--out", "s", "--json")  # fmt: skip
    content = json.loads(out)
    assert (code, content["engine"], content["parity_checked"]) == (0, "kernel", 8)
    assert content["parity_max_rel"] <= 1e-12
    assert len({row["total_return"] for row in table("s")}) >= 4


NATIVE = """
import backtrader as bt
from signals.small_cap_momentum import SmallCapMomentum


class Mine(bt.Strategy):
    params = (("share", 0.5), ("fails", False))
    signals = {"trend": SmallCapMomentum(lookback=60)}

    def next(self):
        if self.p.fails:
            raise ValueError("as asked")
        if self.data.trend[0] > 0 and not self.position:
            self.order_target_percent(target=self.p.share)
        elif not self.data.trend[0] > 0 and self.position:
            self.close()
"""


@pytest.mark.slow
def test_equity_of_what_was_chosen_is_kept_and_of_all_on_request(harbinger):
    code, out, _ = harbinger(*SMALL, *AXES, "--curves", "--out", "s", "--json")
    assert code == 0
    content = json.loads(out)
    equity = pd.read_csv("s/equity.csv", index_col="date")
    kept = pd.read_parquet("s/curves")
    assert kept["set"].tolist() == list(range(20))
    assert list(equity) == ["best_point_usd", "best_region_usd", "holding_usd", "own_trend_usd"]
    for name in ("holding", "own trend"):
        last = equity[f"{name.replace(' ', '_')}_usd"].iloc[-1]
        assert last == pytest.approx(100_000 * (1 + content["controls"][name]["total_return"]))
    for name, key in (("best_point_usd", "best"), ("best_region_usd", "best_region")):
        words = [word for path, value in content[key]["params"].items() for word in ("-s", f"{path}={value}")]
        assert harbinger("run", "s/spec.toml", *words, "--no-tearsheet", "--fresh", "--out", key)[0] == 0
        run = pd.read_csv(f"{key}/equity.csv", index_col="date")["equity_usd"]
        assert equity[name].to_dict() == run.to_dict()
        row = kept.iloc[content[key]["set"]]
        assert row["equity_usd"].tolist() == run.tolist()
        assert [f"{date:%Y-%m-%d}" for date in pd.DatetimeIndex(row["date"])] == run.index.tolist()
    assert harbinger(*SMALL, *AXES, "--out", "t")[0] == 0
    assert not list(Path("t/curves").glob("*"))


@pytest.mark.slow
def test_curves_of_a_killed_sweep_end_as_the_whole(harbinger, monkeypatch):
    from backtests.sweeps.work import runner, running

    monkeypatch.setattr(running, "BLOCK", 4)
    words = (*SMALL, *AXES, "-s", "execution.max_leverage=1", "--curves")
    assert harbinger(*words, "--out", "whole")[0] == 0
    honest = runner.Table.add

    def dies(self, rows):
        honest(self, rows)
        if len(self.trials.whole_rows()) == 12:
            for file in (self.trials, self.subperiods):
                file.keep(10)  # as a kill amid the third block leaves it
            raise KeyboardInterrupt

    monkeypatch.setattr(runner.Table, "add", dies)
    assert harbinger(*words, "--out", "s")[0] == 130
    monkeypatch.setattr(runner.Table, "add", honest)
    assert len(list(Path("s/curves").iterdir())) == 3
    assert harbinger("sweep", "--resume", "s")[0] == 0
    names = sorted(file.name for file in Path("whole/curves").iterdir())
    assert names == [f"{first:07d}.parquet" for first in range(0, 20, 4)]
    for name in names:
        assert (Path("s/curves") / name).read_bytes() == (Path("whole/curves") / name).read_bytes()
    for name in ("trials.csv", "equity.csv"):
        assert (Path("s") / name).read_bytes() == (Path("whole") / name).read_bytes()


@pytest.mark.slow
def test_a_native_strategy_is_swept_by_backtrader_in_processes(harbinger):
    Path("mine.py").write_text(NATIVE)
    words = ("sweep", "mine.py:Mine", "--source", "simulated", "--end", "2018-12-31", "-s", "trend.lookback=20,60")
    code, out, err = harbinger(*words, "-s", "share=0.3,0.6", "--out", "s")
    assert code == 0
    assert "4 sets, each by backtrader in 2 processes" in err
    rows, content = table("s"), json.loads(Path("s/sweep.json").read_text())
    assert (content["engine"], content["parity_checked"], content["failed"]) == ("backtrader", 0, 0)
    run = json.loads(
        harbinger("run", "s/spec.toml", "-s", "trend.lookback=60", "-s", "share=0.6", "--no-tearsheet", "--json")[1]
    )
    assert [float(rows[3][name]) for name in NAMES] == [run["metrics"][name] for name in NAMES]
    harbinger(*words, "-s", "fails=true,false", "--out", "t")
    assert table("t")[0]["status"] == "failed"
    assert "as asked" in table("t")[0]["reason"]
    assert table("t")[1]["status"] == "ok"
    assert harbinger(*words, "-s", "share=-5.0,0.3", "-s", "execution.max_leverage=9", "--out", "u")[0] == 0
    endings = {(row["share"], row["status"], row["reason"][:23]) for row in table("u")}
    assert endings == {("-5.0", "ruin", "equity reached zero on "), ("0.3", "ok", "")}
    assert json.loads(Path("u/sweep.json").read_text())["ruined"] == 2


def test_a_difference_from_backtrader_fails_the_sweep(harbinger, monkeypatch):
    from backtests.sweeps.work import block

    honest = block.run_many

    def wrong(*arguments, **named):
        batch = honest(*arguments, **named)
        batch.metrics[:, 0] *= 1 + 3e-9
        return batch

    monkeypatch.setattr(block, "run_many", wrong)
    code, _, err = harbinger(*SMALL, *AXES, "--out", "s")
    assert code == 1
    assert "the sweep and backtrader differ by 3e-09" in err
    assert not Path("s/sweep.json").exists()


@pytest.mark.slow
def test_trials_on_its_last_days_alone_count_for_the_luck_of_a_sweep(harbinger):
    words = ("sweep", "own_trend", "--source", "simulated", "--end", "2018-12-31")
    assert harbinger(*words, "--start", "2018-06-01", "-s", "trend.lookback=5,6,7", "--out", "late")[0] == 0
    assert harbinger(*words, "-s", "trend.lookback=20,60", "--out", "s")[0] == 0
    assert json.loads(Path("s/sweep.json").read_text())["evidence"]["n_trials"] == 5


@pytest.mark.slow
def test_sets_that_end_on_days_of_their_own_count_over_those(harbinger):
    words = ("sweep", "own_trend", "--source", "simulated", "-s", "study.end=2017-12-31,2018-12-31")
    assert harbinger(*words, "-s", "trend.lookback=20,60", "--out", "s")[0] == 0
    counts = [
        Registry().count("ETH-USD", start, simulated=True) for start in ("2017-06-01", "2018-06-01", "2019-06-01")
    ]
    assert [(count.ideas, count.ideas_by_span) for count in counts] == [(2, 4), (2, 2), (0, 0)]


def test_a_sweep_whose_check_cannot_be_begun_fails(harbinger, monkeypatch):
    """Without it the sweep would end with nothing checked and say so nowhere."""
    from backtests.sweeps.work import backtrader_check
    from data.errors import RunError

    def refused(*_, **__):
        raise RunError("no process can be started")

    monkeypatch.setattr(backtrader_check.Auditors, "ask", refused)
    code, _, err = harbinger(*SMALL, *AXES, "--out", "s")
    assert (code, "no process can be started" in err) == (1, True), err
    assert not Path("s/sweep.json").exists()


def test_estimate_counts_and_runs_nothing(harbinger):
    code, out, _ = harbinger(*SMALL, *AXES, "--estimate", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["sets"], found["distinct_weights"]) == (20, 10)
    assert 0 < found["seconds"] < 60
    kept = json.loads(harbinger(*SMALL, *AXES, "--curves", "--estimate", "--json")[1])
    assert kept["disk_mb"] - found["disk_mb"] == pytest.approx(20 * 1827 * 8 / 1e6)
    assert kept["memory_mb"] > found["memory_mb"]
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("sweep",), 2, "name a STUDY"),
        (("sweep", "small_cap_trend"), 2, "nothing to sweep"),
        (("sweep", "small_cap_trend", "-s", "trend.lookbak=1,2"), 2, "did you mean trend.lookback"),
        (("sweep", "small_cap_trend", "-s", "threshold=0,1", "--constraint", "import os"), 2, "cannot be read"),
        (("sweep", "small_cap_trend", "-s", "threshold=0,1", "--metric", "sharp"), 2, "did you mean sharpe"),
        (("sweep", "small_cap_trend", "-s", "threshold=0:1", "--random", "3", "--sobol", "3"), 2, "choose one"),
        (("sweep", "--resume", "nowhere"), 2, "has no plan.json"),
    ],
)
def test_wrong_usage(harbinger, words, code, says):
    found = harbinger(*words)
    assert found[0] == code
    assert says in found[2]


# Killed and resumed


SLOW = """
import time
from dataclasses import dataclass
from typing import Annotated

from signals.base import Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class Slow(Signal):
    \"\"\"Takes its time, so that a sweep can be killed in the middle.\"\"\"

    lookback: Annotated[int, Parameter("sessions", 2, 756)] = 60

    needs = ("leader",)

    @property
    def history(self):
        return self.lookback + 1

    def compute(self, market):
        time.sleep(0.01)
        return market["leader"].values.pct_change(self.lookback)
"""
STUDY = '[study]\nend = "2020-12-31"\n[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "slow.py"\n'
DIES = """import os
import sys
import backtrader as bt

class Dies(bt.Strategy):
    params = (("how", 0), ("size", 1))
    def next(self):
        if len(self) == 101 and self.p.how == 1:
            sys.exit(3)
        if len(self) == 101 and self.p.how == 2:
            os._exit(7)
        if len(self) == 101 and self.p.how == 3:
            raise ValueError("no")
        if not self.position:
            self.buy(size=self.p.size)
"""
MANY = ("-s", "trend.lookback=20:319:1", "-s", "threshold=0:0.049:0.001", "--constraint", "threshold < 0.014")


def start(folder, *words, first="", **more):
    """Start the command; `first`: code that its process runs before."""
    command = [sys.executable, "-c", f"{first}from backtests.cli import main; main()", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def wait_for_rows(file, n, process):
    deadline = time.monotonic() + 90
    while not file.exists() or file.read_bytes().count(b"\n") < n:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def wait_for_child(process):
    deadline = time.monotonic() + 60
    while not Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_sweep_resumes_and_ends_as_the_whole(harbinger, tmp_path, how):
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "slow.toml").write_text(STUDY)
    words = ("sweep", "slow.toml", "--source", "simulated", *MANY)
    process = start(tmp_path, *words, "--out", "s")
    wait_for_rows(tmp_path / "s" / "trials.csv.part", 1_001, process)
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (-signal.SIGKILL if how == signal.SIGKILL else 130)
    done = (tmp_path / "s" / "trials.csv.part").read_bytes().count(b"\n") - 1
    assert 1_000 <= done < 4_200
    if how == signal.SIGINT:
        assert "go on with: harbinger sweep --resume" in err
    assert Registry().sweeps.newest()[0].status == "interrupted"
    if how == signal.SIGKILL:  # and half a line, as a full disk or a cut power leaves it
        with (tmp_path / "s" / "trials.csv.part").open("ab") as file:
            file.write(b"99,0.01,0.5")
    code, out, err = harbinger("sweep", "--resume", tmp_path / "s", "--json")
    assert (code, err) == (0, "")
    resumed = json.loads(out)
    whole = json.loads(harbinger(*words, "--out", "whole", "--json")[1])
    for name in ("trials.csv", "subperiods.csv"):
        assert (tmp_path / "s" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    different = {"sweep_id", "seconds"}
    assert {k: v for k, v in resumed.items() if k not in different} == {
        k: v for k, v in whole.items() if k not in different
    }
    assert Registry().count("ETH-USD", simulated=True).trials == 4_200
    code, _, err = harbinger("sweep", "--resume", tmp_path / "s")
    assert (code, "holds a finished sweep" in err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.6, 1.2, 1.8])
def test_the_interrupt_of_a_terminal_is_answered_by_one_line(tmp_path, seconds):
    """Ctrl-C reaches every process of the command, at work or still loading: one of them speaks.

    Pressed again where a library that was loading dropped it, as a person would.
    """
    axes = ("-s", "trend.lookback=20:319:1", "-s", "threshold=0:0.199:0.001")
    words = ("sweep", "small_cap_trend", "--source", "simulated", *axes, "--out", "s")
    process = start(tmp_path, *words, start_new_session=True)
    wait_for_child(process)
    time.sleep(seconds)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    try:
        _, err = process.communicate(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)
        try:
            _, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # nothing is left for the tests that follow
            raise
    last = err.rstrip().rpartition("\n")[2]
    assert (process.returncode, "Traceback" in err) == (130, False), err
    assert last.startswith("harbinger: interrupted")
    assert not (tmp_path / "s" / "sweep.json").exists()


def test_an_interrupt_that_python_drops_comes_again(tmp_path):
    drops = "class D:\n    def __del__(self): raise KeyboardInterrupt\nfrom backtests import cli\n"
    code = f"{drops}def late():\n    D()\n    import time\n    time.sleep(300)\ncli._run = late\ncli.main()"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (process.returncode, process.stderr) == (130, "harbinger: interrupted\n")


def test_an_interrupt_that_a_loading_module_disguises_is_known(tmp_path):
    (tmp_path / "odd.py").write_text(
        "try:\n    raise KeyboardInterrupt\nexcept KeyboardInterrupt as e:\n    raise RuntimeError('odd') from e\n"
    )
    code = "from backtests import cli\nimport backtests.cli.app as app\ndef main(*_, **__):\n    import odd\napp.app.main = main\ncli.main()"
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert (process.returncode, process.stderr) == (130, "harbinger: interrupted\n")


@pytest.mark.slow
def test_a_set_that_ends_its_process_fails_alone(harbinger):
    Path("dies.py").write_text(DIES)
    code, out, err = harbinger("sweep", "dies.py:Dies", "--source", "simulated", "--end", "2017-12-31",
                               "-s", "how=0,1,2,3", "-s", "size=1,2,3", "--json", "--out", "s")  # fmt: skip
    assert (code, err) == (0, "")
    assert json.loads(out)["failed"] == 9
    rows = table("s")
    assert [row["status"] for row in rows] == ["ok"] * 3 + ["failed"] * 9
    assert {row["reason"] for row in rows[3:6]} == {"Dies, bar 2016-04-10 (line 9 of dies.py): SystemExit: 3"}
    assert {row["reason"].partition(":")[0] for row in rows[6:9]} == {"its process ended without an answer"}
    assert {row["reason"] for row in rows[9:]} == {"Dies, bar 2016-04-10 (line 13 of dies.py): ValueError: no"}


@pytest.mark.slow
def test_a_resumed_sweep_still_knows_why_a_series_was_missing(harbinger, monkeypatch):
    from backtests.sweeps.work import running

    words = ("sweep", "small_cap_trend", "--source", "simulated", "--end", "2018-12-31", "-s", "market.traded=ETH-USD,XRP-USD",
             "-s", "trend.lookback=20,40,60")  # fmt: skip
    assert harbinger(*words, "--out", "whole")[0] == 0
    monkeypatch.setattr(running, "BLOCK", 2)
    honest, calls = running.decide_block, []

    def stopping(sets, *arguments, **more):
        calls.append(len(sets))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return honest(sets, *arguments, **more)

    monkeypatch.setattr(running, "decide_block", stopping)
    code, _, err = harbinger(*words, "--out", "s")
    assert (code, "interrupted after 4 of 6 sets" in err) == (130, True)
    monkeypatch.setattr(running, "decide_block", honest)
    assert harbinger("sweep", "--resume", "s")[0] == 0
    assert Path("s/trials.csv").read_bytes() == Path("whole/trials.csv").read_bytes()
    assert "has no XRP-USD" in table("s")[5]["reason"]


def test_a_sweep_of_sets_that_all_fail_says_so(harbinger):
    Path("cross.toml").write_text('[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "moving_average_cross"\n')
    code, out, err = harbinger("sweep", "cross.toml", "--source", "simulated", "-s", "trend.fast=300,400", "--out", "s")
    said, (reason, _) = " ".join(out.split()), (row["reason"] for row in table("s"))
    assert code == 1
    assert err.splitlines()[-1] == f"harbinger: none of the 2 sets could be run: {reason}"
    assert "None of 2 parameter sets of unnamed could be run." in said
    assert f"1 set failed: {reason}" in said
    assert Path("s/equity.csv").read_text() == "date\n"
    words = ("-s", "trend.fast=300,400", "--curves", "--estimate", "--json")
    assert harbinger("sweep", "cross.toml", "--source", "simulated", *words)[0] == 0
    assert Path("s/sweep.html").stat().st_size > 1e6


def test_a_block_whose_rules_all_fail_is_rows_like_any_other(harbinger):
    Path("slow.py").write_text(SLOW.replace("time.sleep(0.01)", "raise ValueError('never')"))
    Path("slow.toml").write_text(STUDY)
    code, _, _ = harbinger("sweep", "slow.toml", "--source", "simulated", "-s", "trend.lookback=20,30", "--out", "s")
    assert (code, {row["reason"] for row in table("s")}) == (1, {"ValueError: never"})


@pytest.mark.slow
def test_a_sweep_is_not_resumed_by_other_code(harbinger, monkeypatch):
    harbinger(*SMALL, *AXES, "--out", "s")
    Path("s/sweep.json").unlink()
    note = json.loads(Path("s/plan.json").read_text())
    Path("s/plan.json").write_text(json.dumps(note | {"code_hash": "0" * 16}))
    code, _, err = harbinger("sweep", "--resume", "s")
    assert (code, "has changed since the sweep began" in err) == (2, True)
    Path("s/plan.json").write_text("{}")
    assert harbinger("sweep", "--resume", "s")[0] == 2


@pytest.mark.slow
def test_two_sweeps_at_once(harbinger, tmp_path):
    processes = [start(tmp_path, *SMALL, *AXES, "--seed", str(seed), "--out", f"s{seed}", "--json") for seed in (1, 2)]
    contents = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    assert [content["sets"] for content in contents] == [20, 20]
    assert (tmp_path / "s1" / "trials.csv").read_bytes() == (tmp_path / "s2" / "trials.csv").read_bytes()
    assert len(Registry().sweeps.newest()) == 2


# The page

SHAPE = """[document.querySelectorAll('#surface thead tr>*').length - 1, document.querySelectorAll('#surface tbody tr').length]"""
LOWEST = "document.querySelector('#surface tbody tr:last-child td[data-value]').dataset.value"


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_in_a_browser(harbinger, tmp_path):
    find_browser()
    content = json.loads(harbinger(*SMALL, *AXES, "-s", "execution.rebalance_band=0.01,0.1", "--out", "s", "--json")[1])
    with browse("s/sweep.html") as page:
        assert page.problems == []
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
        assert page.evaluate("document.title").startswith("SIMULATED")
        assert page.evaluate("document.querySelectorAll('.js-plotly-plot').length") == 1 + 4
        assert page.evaluate(SHAPE) == [5, 2]
        rows = pd.read_csv("s/trials.csv")
        cell = rows[(rows["trend.lookback"] == 20) & (rows["threshold"] == 0)]
        dear = cell[cell["costs.slippage_bps"] == 20]["sharpe"]  # costs are no choice: the dearest are shown first
        assert float(page.evaluate(LOWEST)) == pytest.approx(dear.median(), rel=1e-5)
        # a slider narrows the cells to the sets that it holds
        slide = "const s = document.getElementById('hold-2'); s.value = 0; s.dispatchEvent(new Event('input'))"
        page.evaluate(f"(() => {{ {slide} }})()")
        cheap = cell[cell["costs.slippage_bps"] == 0]["sharpe"]
        assert float(page.evaluate(LOWEST)) == pytest.approx(cheap.median(), rel=1e-5)
        assert page.evaluate("document.querySelectorAll('#sliders label:not([hidden])').length") == 2
        # another axis, another metric
        page.evaluate(
            "(() => { const x = document.getElementById('x'); x.value = 3; x.dispatchEvent(new Event('change')) })()"
        )
        assert page.evaluate(SHAPE)[0] == 2
        page.evaluate(
            "(() => { const m = document.getElementById('metric'); m.value = 'max_drawdown'; m.dispatchEvent(new Event('change')) })()"
        )
        assert float(page.evaluate(LOWEST)) < 0
        # sorting, and a row that is chosen by a click
        column = page.evaluate(
            "[...document.querySelectorAll('#top th')].findIndex(h => h.textContent === 'trend.lookback')"
        )
        page.evaluate(f"document.querySelectorAll('#top th')[{column}].click()")
        found = page.evaluate(
            f"[...document.querySelectorAll('#top tbody tr')].map(r => +r.cells[{column}].textContent)"
        )
        assert found == sorted(found, reverse=True)
        page.evaluate("document.querySelector('#top tbody tr[tabindex]').click()")
        first = page.evaluate("document.querySelector('#top tbody tr[tabindex]').cells[0].textContent")
        assert page.evaluate("document.querySelectorAll('#top tr.chosen').length") == 1
        chosen = rows.iloc[int(first)]
        assert f"trend.lookback={chosen['trend.lookback']}" in page.evaluate(
            "document.getElementById('chosen-command').textContent"
        )
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
        page.picture(tmp_path / "page.png", 1200, 1600)
        assert (tmp_path / "page.png").stat().st_size > 40_000
    assert content["sets"] == 40


@pytest.mark.slow
@pytest.mark.browser
def test_one_set_stands_for_the_region_everywhere_on_the_page(harbinger):
    find_browser()
    content = json.loads(harbinger(*SMALL, "-s", "trend.lookback=5:120:5", "-s", "threshold=0,0.01,0.02", "--out", "s",
                                   "--json")[1])  # fmt: skip
    region, words = (
        content["best_region"],
        [f"{path}={value}" for path, value in content["best_region"]["params"].items()],
    )
    assert region["worst"] <= region["score"] <= region["metrics"]["sharpe"] <= region["top"]
    equity = pd.read_csv("s/equity.csv")["best_region_usd"]
    with browse("s/sweep.html") as page:
        command = page.evaluate("document.getElementById('chosen-command').textContent")
        asked = {path: float(value) for path, value in re.findall(r"-s (\w\S*)=([\d.]+)", command)}
        assert asked == region["params"]
        verdict = page.evaluate("document.querySelector('.verdict').textContent")
        assert all(word.replace("=", " ") in verdict for word in words)
        assert f"{region['metrics']['sharpe']:.2f}" in verdict
        ring = page.evaluate("document.querySelector('#surface td.chosen').dataset.value")
        assert float(ring) == pytest.approx(region["metrics"]["sharpe"], rel=1e-5)
        assert page.evaluate("document.querySelectorAll('#surface td.in').length") == region["neighbours"]
        assert page.evaluate("document.querySelector('.keys b').textContent") == f"{equity.iloc[-1]:,.0f}"
        heads = [row[0] for row in page.evaluate(
            "[...document.querySelectorAll('#top tbody tr')].map(r => [r.cells[0].textContent])")]  # fmt: skip
        assert heads[:2] == ["holding", "own trend"]
        shown = page.evaluate("document.getElementById('chosen-rows').textContent")
        assert f"{region['metrics']['total_return']:,.1%}" in shown  # every digit: the rows above have it too
        assert f"{region['metrics']['costs_paid_usd']:,.0f}" in shown
    done = harbinger("run", "s/spec.toml", *(x for word in words for x in ("-s", word)), "--json", "--no-tearsheet")
    assert json.loads(done[1])["metrics"]["sharpe"] == region["metrics"]["sharpe"]


@pytest.mark.slow
def test_costs_are_no_choice(harbinger):
    axes = ("-s", "trend.lookback=20:60:10", "-s", "costs.slippage_bps=0,5,40")
    code, out, _ = harbinger(*SMALL, *axes, "--out", "s")
    content = json.loads(Path("s/sweep.json").read_text())
    for name in ("best", "best_region"):
        assert content[name]["params"]["costs.slippage_bps"] == 5  # the study's own
    assert content["best_region"]["bounds"]["costs.slippage_bps"] == [5, 5]
    assert "edge of costs" not in out
    page = Path("s/sweep.html").read_text()
    table = re.search("What costs do to it</h2>.*?</table>", page).group()
    rows = [re.findall("<td>([^<]*)</td>", row) for row in re.findall("<tr(?: class=.chosen.)?>(<td>.*?)</tr>", table)]
    assert [row[0] for row in rows] == ["0.0", "5.0", "40.0"]
    sharpe = [float(row[1]) for row in rows]
    assert sharpe == sorted(sharpe, reverse=True)
    drawn = ("-s", "trend.lookback=20:60", "-s", "costs.slippage_bps=0:40", "--sobol", "8")
    assert json.loads(harbinger(*SMALL, *drawn, "--out", "d", "--json")[1])["best"] is None


@pytest.mark.slow
def test_equal_sets_are_shown_once(harbinger):
    harbinger(*SMALL, "-s", "trend.lookback=20,40", "-s", "execution.max_leverage=1,1.5", "--out", "s")
    table = re.search('<div id="top">.*?</table>', Path("s/sweep.html").read_text()).group()
    assert table.count("<td>1 more</td>") == 2
    assert table.count("<tr><td>") == 2 + 2  # holding, own trend, and a row for each pair


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_of_one_axis_and_of_drawn_sets(harbinger):
    find_browser()
    harbinger(*SMALL, "-s", "trend.lookback=20:60:10", "--out", "one")
    harbinger(*SMALL, "-s", "trend.lookback=5:250", "-s", "threshold=0:0.1", "--sobol", "64", "--out", "drawn")
    for folder, shape in (("one", [5, 1]), ("drawn", [16, 16])):
        with browse(f"{folder}/sweep.html") as page:
            assert page.problems == []
            assert page.evaluate(SHAPE) == shape
            visible = "getComputedStyle(document.querySelector('#sliders')).display"
            assert page.evaluate(f"{visible} === 'contents' || {visible} === 'none'")  # no empty box


@pytest.mark.slow
def test_the_answer_says_why_no_set_is_called_best(harbinger):
    words = ("--source", "simulated:null", "--start", "2020-01-01", "--end", "2020-06-30")
    flat = " ".join(harbinger("sweep", "hold_eth", *words, "-s", "weight=0,1")[1].split())
    assert "may be called best: in each, half of the sets have no Sharpe ratio. The best set is weight 1.0, " in flat
    none = ("sweep", "small_cap_trend", *words, "-s", "trend.lookback=10,20", "--constraint", "sharpe > 99")
    flat = " ".join(harbinger(*none)[1].split())
    assert "may be called best: none has a Sharpe ratio, or the constraint leaves none." in flat
