"""harbinger run: the contract of its files, of its exit codes, and of running again."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests.experiments.studies import study_names
from tests.backtests.experiments.test_experiment import SIGNAL
from tests.recursion import recursion

RUN = ("run", "small_cap_trend", "--source", "simulated:seed=3", "--start", "2019-03-01", "--end", "2021-06-30")
EQUITY = ["date", "open", "close", "weight_decided", "weight_target", "position", "cash_usd", "equity_usd"]
ORDERS = ["date", "side", "size", "price_usd", "commission_usd", "slippage_usd", "weight_before", "weight_after"]
METRICS = ["total_return", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar", "time_in_market",
           "turnover_per_year", "orders", "costs_paid_usd"]  # fmt: skip


def outputs(folder):
    equity, orders = (pd.read_csv(Path(folder) / f"{n}.csv", parse_dates=["date"]) for n in ("equity", "orders"))
    return equity, orders, json.loads((Path(folder) / "run.json").read_text())


@pytest.fixture
def done(harbinger):
    code, out, err = harbinger(*RUN, "--out", "here", "--no-tearsheet")
    assert (code, err) == (0, "")
    return outputs("here")


def test_files_are_the_contract(done):
    equity, orders, run = done
    assert list(equity.columns) == [*EQUITY, "cash_yield_pct"]
    assert list(orders.columns) == ORDERS
    assert {p.name for p in Path("here").iterdir()} == {"equity.csv", "orders.csv", "run.json", "spec.toml"}
    assert set(run) >= {
        "run_id", "study", "source", "data_fingerprint", "start", "end", "bars", "periods_per_year", "cash_usd", "params",
        "costs", "execution", "market", "metrics", "metrics_gross", "benchmark_metrics", "warnings", "versions",
    }  # fmt: skip
    assert list(run["metrics"]) == list(run["metrics_gross"]) == METRICS
    assert [list(m) for m in run["benchmark_metrics"].values()] == [METRICS, METRICS]
    assert (run["start"], run["end"], run["bars"]) == ("2019-03-01", "2021-06-30", len(equity))
    assert (run["periods_per_year"], run["cash_usd"]) == (365, 100_000)
    assert set(run["costs"]) == {"commission_bps", "slippage_bps", "borrow_pct_per_year", "cash_yield", "funding"}
    assert set(run["execution"]) == {"rebalance_band", "delay_bars", "max_leverage"}
    assert run["params"]["trend.lookback"] == 60
    assert run["source"] == "simulated:lead=60,strength=0.03,seed=3"


def test_equity_csv_is_what_the_contract_says(done):
    equity, orders, run = done
    assert equity["weight_target"].isna().tolist()[:2] == [True, False]
    assert np.array_equal(equity["weight_target"][1:], equity["weight_decided"][:-1])
    costs, execution = run["costs"], run["execution"]
    position, cash, value = recursion(
        equity["open"].to_numpy(), equity["close"].to_numpy(), equity["weight_decided"].to_numpy(), np.ones(len(equity)),
        commission=costs["commission_bps"] / 1e4, slippage=costs["slippage_bps"] / 1e4, band=execution["rebalance_band"],
        borrow=costs["borrow_pct_per_year"], cash_yield=equity["cash_yield_pct"].to_numpy(),
    )  # fmt: skip
    assert np.allclose(equity["equity_usd"], value, rtol=1e-12, atol=0)
    assert np.allclose(equity["position"], position, rtol=1e-12, atol=0)
    assert np.allclose(equity["cash_usd"] + equity["position"] * equity["close"], equity["equity_usd"], rtol=1e-13)
    moved = equity["position"].diff()[equity["position"].diff().fillna(0) != 0]
    assert moved.abs().tolist() == pytest.approx(orders["size"].tolist(), rel=1e-9)


def test_metrics_follow_from_the_files(done):
    equity, orders, run = done
    r = equity["equity_usd"] / equity["equity_usd"].shift(fill_value=100_000.0) - 1
    found, x = run["metrics"], r - equity["cash_yield_pct"] / 36500
    assert found["total_return"] == pytest.approx(equity["equity_usd"].iloc[-1] / 1e5 - 1, rel=1e-12)
    assert found["sharpe"] == pytest.approx(x.mean() / x.std() * 365**0.5, rel=1e-10)
    assert found["orders"] == len(orders)
    assert found["costs_paid_usd"] == pytest.approx(
        (orders["commission_usd"] + orders["slippage_usd"]).sum(), rel=1e-12
    )
    assert run["metrics_gross"]["costs_paid_usd"] == 0
    assert run["metrics_gross"]["total_return"] > found["total_return"]
    held = run["benchmark_metrics"]["hold ETH-USD"]
    entry, last = equity["open"].iloc[1], equity["close"].iloc[-1]
    assert held["total_return"] == pytest.approx(last / (entry * 1.0005 * 1.001) - 1, rel=1e-4)


def test_the_spec_reproduces_the_run_to_the_bit(harbinger, done):
    code, _, _ = harbinger("run", "here/spec.toml", "--out", "again", "--no-tearsheet")
    assert code == 0
    for name in ("equity.csv", "orders.csv", "spec.toml"):
        assert Path("here", name).read_bytes() == Path("again", name).read_bytes()
    first, second = outputs("here")[2], outputs("again")[2]
    assert {k: v for k, v in first.items() if k != "run_id"} == {k: v for k, v in second.items() if k != "run_id"}


def test_json_is_run_json_alone(harbinger):
    code, out, err = harbinger(*RUN, "--json", "--no-tearsheet", "--out", "x")
    assert (code, err) == (0, "")
    assert json.loads(out) == json.loads(Path("x/run.json").read_text())


def test_default_folder_is_the_run_id(harbinger):
    _, out, _ = harbinger(*RUN, "--json", "--no-tearsheet")
    assert [p.name for p in Path("runs").iterdir()] == [json.loads(out)["run_id"]]


def test_the_first_screen_says_what_was_run(harbinger):
    _, out, _ = harbinger(*RUN, "--no-tearsheet")
    flat = " ".join(out.split())
    for word in ("SIMULATED", "2019-03-01 to 2021-06-30", "365 a year", "join hold", "next bar's open", "commission 10 bp",
                 "Data fingerprint", "Sharpe ratio, 95%", "gross", "hold ETH-USD", "IWM (leader)", "files:"):  # fmt: skip
        assert word in flat, word


@pytest.mark.slow
@pytest.mark.parametrize("study", study_names())
def test_every_study_runs_on_the_null_market_too(harbinger, study):
    code, out, err = harbinger("run", study, "--source", "simulated:null", "--end", "2018-12-31", "--json",
                               "--no-tearsheet")  # fmt: skip
    assert (code, err) == (0, "")
    assert json.loads(out)["simulated"] is True


@pytest.mark.parametrize(
    "settings",
    [["market.traded=BTC-USD"], ["market.leader=SPY"], ["market.join=flat"], ["market.join=us_sessions_only"],
     ["market.traded=SPY", "market.leader=IWM"], ["execution.delay_bars=2"], ["costs.cash_yield=4"],
     ["trend.lookback=90", "threshold=0.01"], ["study.cash_usd=1000"]],
)  # fmt: skip
def test_settings_run(harbinger, settings):
    words = [w for s in settings for w in ("-s", s)]
    code, out, err = harbinger(*RUN, *words, "--json", "--no-tearsheet")
    assert (code, err) == (0, "")
    run = json.loads(out)
    for path, value in (s.split("=") for s in settings):
        assert str(run["params"][path]) in (value, value + ".0")
    assert run["periods_per_year"] == (252 if "market.traded=SPY" in settings else 365)


@pytest.mark.slow
def test_composed_strategies_run(harbinger, tmp_path):
    Path("mine.toml").write_text(
        '[study]\nname = "mine"\n[strategy]\nuse = "vol_target"\nmax_scale = 1.5\n[strategy.base]\nuse = "long_short"\n'
        '[strategy.base.trend]\nuse = "own_momentum"\n[execution]\nmax_leverage = 1.5\n[costs]\nborrow_pct_per_year = 8\n'
    )
    code, out, err = harbinger("run", "mine.toml", "--source", "simulated:null", "--json", "--no-tearsheet")
    assert (code, err) == (0, "")
    assert json.loads(out)["params"]["base.trend.lookback"] == 28


@pytest.mark.slow
def test_a_users_signal_file_runs_and_runs_again(harbinger):
    Path("small_vs_large.py").write_text(SIGNAL)
    Path("mine.toml").write_text('[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "small_vs_large.py"\n')
    assert harbinger("run", "mine.toml", "--source", "simulated:seed=2", "--out", "a", "--no-tearsheet")[0] == 0
    assert harbinger("run", "a/spec.toml", "--out", "b", "--no-tearsheet")[0] == 0
    assert Path("a/equity.csv").read_bytes() == Path("b/equity.csv").read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run",), 2, "Missing argument"),
        (("run", "smal_cap_trend"), 2, "did you mean small_cap_trend"),
        (("run", "own_trend", "-s", "trend.lokback=3"), 2, "did you mean trend.lookback"),
        (("run", "own_trend", "--start", "yesterday"), 2, "write YYYY-MM-DD"),
        (("run", "own_trend", "--source", "yaho"), 2, "did you mean yahoo"),
        (("run", "own_trend", "--source", "folder:nowhere"), 2, "nowhere"),
        (("run", "own_trend", "--sorce", "yahoo"), 2, "--source"),
        (("runn",), 2, "did you mean run"),
        (("run", "own_trend"), 1, "harbinger data fetch"),
        (("run", "own_trend", "--source", "simulated:null", "--start", "2031-01-01"), 1, "choose a span inside"),
        (("run", "own_trend", "--source", "simulated:strength=2"), 2, "strength"),
        (("runs", "show", "zzz"), 2, "unknown run 'zzz'"),
    ],
)
def test_errors_are_one_line_with_the_remedy(harbinger, words, code, says):
    found, out, err = harbinger(*words)
    assert found == code
    assert out == ""
    assert says in err
    assert "Traceback" not in err
    assert err.count("\n") <= 4 if err.startswith("Usage") else err.count("\n") == 1


def test_debug_shows_the_traceback(harbinger):
    from data.errors import UnknownName

    with pytest.raises(UnknownName):
        harbinger("run", "smal_cap_trend", "--debug")


def test_a_bug_in_a_users_signal_is_one_line_and_one_failed_row(harbinger):
    Path("bad.py").write_text(SIGNAL.replace("return ratio - ratio", "return ratio / 0 - missing_name"))
    Path("mine.toml").write_text('[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "bad.py"\n')
    code, _, err = harbinger("run", "mine.toml", "--source", "simulated:seed=2")
    assert code == 1
    assert "missing_name" in err
    assert err.count("\n") == 1
    code, out, _ = harbinger("runs", "list", "--json")
    rows = json.loads(out)
    assert [row["status"] for row in rows] == ["failed"]
    assert "missing_name" in rows[0]["reason"]
    assert not Path("runs").exists()


@pytest.mark.slow
def test_ruin_is_told(harbinger):
    code, out, _ = harbinger("run", "hold_eth", "-s", "weight=-3", "-s", "execution.max_leverage=3", "-s",
                             "execution.rebalance_band=1", "--source", "simulated:null,seed=4", "--json")  # fmt: skip
    run = json.loads(out)
    assert (code, run["status"]) == (0, "ruin")
    assert any("ruin" in w for w in run["warnings"])
    assert run["metrics"]["total_return"] <= -1
    assert run["bars"] < 3000


def test_undefined_numbers_are_null_with_a_reason(harbinger):
    _, out, _ = harbinger("run", "hold_eth", "-s", "weight=0", "--source", "simulated:null", "--end", "2017-01-31", "--json",
                          "--no-tearsheet")  # fmt: skip
    run = json.loads(out)
    assert run["metrics"]["sharpe"] is None
    assert run["undefined"]["metrics.sharpe"] == "no variance"
    assert run["sharpe_interval_95"] is None


def test_annual_numbers_of_few_bars_are_told(harbinger):
    """Four bars stood with a Sharpe ratio of -18.7 and a Calmar ratio of 116, and no word of how few they are."""
    words = ("run", "hold_eth", "--source", "simulated:null", "--start", "2017-01-01", "--no-tearsheet")
    _, out, _ = harbinger(*words, "--end", "2017-03-01", "--json")
    assert json.loads(out)["bars"] == 60
    assert not any("say nothing yet" in w for w in json.loads(out)["warnings"])
    _, out, _ = harbinger(*words, "--end", "2017-02-28", "--json")
    assert "59 bars: annual numbers of fewer than 60 say nothing yet" in json.loads(out)["warnings"]
    _, out, _ = harbinger(*words, "--end", "2017-01-04")
    assert "note: 4 bars: annual numbers of fewer than 60 say nothing yet" in out


def test_leverage_beyond_the_bound_is_bounded_and_told(harbinger):
    _, out, _ = harbinger("run", "hold_eth", "-s", "weight=2", "--source", "simulated:null", "--json", "--no-tearsheet")
    run = json.loads(out)
    assert any("max_leverage" in w for w in run["warnings"])
    assert pd.read_csv(next(Path("runs").iterdir()) / "equity.csv")["weight_target"].max() == 1


def test_an_old_report_is_not_left_beside_a_new_run(harbinger, done, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    Path("here/tearsheet.html").write_text("old")
    monkeypatch.setattr("backtests.runs.files.write_atomic", full)
    code, _, err = harbinger(*RUN, "--out", "here", "--no-tearsheet", "--fresh")
    assert code == 1
    assert "No space left" in err
    assert not Path("here/run.json").exists()
    assert not Path("here/tearsheet.html").exists()


@pytest.mark.slow
def test_a_switch_reports_the_split_between_its_regimes(harbinger):
    Path("mine.toml").write_text(
        '[strategy]\nuse = "switch"\ngate_threshold = 0.0\n[strategy.gate]\nuse = "own_momentum"\n[strategy.above]\nuse = "hold"\n'
        '[strategy.below]\nuse = "long_flat"\n[strategy.below.trend]\nuse = "small_cap_momentum"\n'
    )
    code, out, _ = harbinger(
        "run", "mine.toml", "--source", "simulated:null", "--end", "2018-12-31", "--json", "--out", "x"
    )
    run = json.loads(out)
    assert code == 0
    assert set(run["regimes"]) == {"above", "below", "none", "unknown"}
    assert sum(part["bars"] for part in run["regimes"].values()) == run["bars"]
    whole = np.prod([1 + part["total_return"] for part in run["regimes"].values()]) - 1
    assert whole == pytest.approx(run["metrics"]["total_return"], rel=1e-9)
    assert "By regime" in Path("x/tearsheet.html").read_text()
    equity = outputs("x")[0]
    above = run["regimes"]["above"]
    r = equity["equity_usd"].pct_change().fillna(0)
    own = equity["close"].pct_change(28).shift(1) > 0  # the decision in force on a bar is the one before
    assert above["bars"] == own.sum()
    assert above["total_return"] == pytest.approx(np.prod(1 + r[own]) - 1, rel=1e-9)


@pytest.mark.slow
def test_an_identical_run_is_answered_from_the_registry(harbinger):
    words = ("run", "own_trend", "--source", "simulated:null", "--end", "2018-12-31", "--no-tearsheet")
    first = json.loads(harbinger(*words, "--json")[1])
    code, out, _ = harbinger(*words)
    assert code == 0
    assert "answered from the registry" in " ".join(out.split())
    assert json.loads(harbinger(*words, "--json")[1]) == first
    assert len(json.loads(harbinger("runs", "list", "--json")[1])) == 1
    assert json.loads(harbinger(*words, "--json", "--fresh")[1])["run_id"] != first["run_id"]
    assert json.loads(harbinger(*words, "--json", "-s", "trend.lookback=29")[1])["run_id"] != first["run_id"]
    assert json.loads(harbinger(*words, "--json", "--out", "elsewhere")[1])["run_id"] != first["run_id"]
    assert len(json.loads(harbinger("runs", "list", "--json")[1])) == 4


def test_a_run_whose_files_are_gone_is_run_again(harbinger):
    words = ("run", "own_trend", "--source", "simulated:null", "--end", "2018-12-31", "--no-tearsheet", "--json")
    first = json.loads(harbinger(*words)[1])
    (Path("runs") / first["run_id"] / "run.json").unlink()
    second = json.loads(harbinger(*words)[1])
    assert second["run_id"] != first["run_id"]
    assert second["metrics"] == first["metrics"]


@pytest.mark.slow
def test_a_run_again_is_equal_to_the_bit_or_says_what_changed(harbinger, own_home):
    import sqlite3
    from contextlib import closing

    words = ("run", "own_trend", "--source", "simulated:null", "--end", "2018-12-31", "--no-tearsheet", "--json")
    run_id = json.loads(harbinger(*words)[1])["run_id"]
    code, out, err = harbinger("runs", "rerun", run_id, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["same"], found["differs"], found["changed"]) == (True, [], [])
    assert found["compared"] == ["metrics", "equity.csv", "orders.csv"]
    equity = Path("runs") / run_id / "equity.csv"
    equity.write_text(equity.read_text().replace("2018-06-01", "2018-06-02", 1))
    with closing(sqlite3.connect(own_home / "registry.sqlite")) as database, database:
        database.execute("UPDATE runs SET code_hash = 'old' WHERE run_id = ?", (run_id,))
    code, out, _ = harbinger("runs", "rerun", run_id)
    assert code == 1
    assert "equity.csv: not equal to the bit" in out
    assert "changed since: code: old then" in out
    assert harbinger("runs", "rm", run_id, "--yes")[0] == 0
    code, _, err = harbinger("runs", "rerun", run_id)
    assert (code, "was removed" in err) == (2, True)


@pytest.mark.slow
def test_the_export_is_a_table_for_pandas(harbinger, tmp_path):
    import pandas as pd

    harbinger("run", "own_trend", "--source", "simulated:null", "--end", "2018-12-31", "--no-tearsheet")
    harbinger("sweep", "own_trend", "--source", "simulated:null", "--end", "2018-12-31", "-s", "trend.lookback=20,30")
    assert harbinger("runs", "export", "--out", "runs.parquet")[0] == 0
    assert harbinger("runs", "export", "--trials", "--out", "trials.parquet")[0] == 0
    runs, trials = pd.read_parquet("runs.parquet"), pd.read_parquet("trials.parquet")
    assert len(runs) == 1
    assert runs["sharpe"].notna().all()
    assert [json.loads(text) for text in trials["params"]] == [{"trend.lookback": 20}, {"trend.lookback": 30}]
    assert trials["sharpe"].notna().all()


def test_code_of_the_users_is_said_before_it_runs(harbinger):
    Path("small_vs_large.py").write_text("print('it runs')\n" + SIGNAL)
    Path("mine.toml").write_text('[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "small_vs_large.py"\n')
    digest = hashlib.sha256(Path("small_vs_large.py").read_bytes()).hexdigest()[:16]
    assert harbinger("run", "mine.toml", "--source", "simulated:seed=2", "--out", "a", "--no-tearsheet")[0] == 0
    assert harbinger.code == [f"code: small_vs_large.py runs, SHA-256 {digest}\n"]
