"""Runs side by side: numbers that follow from the files, the common span, the intervals, the page, the errors."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests import record
from backtests.comparisons.compared_run import part, read
from backtests.comparisons.comparison import compare
from backtests.comparisons.differences import LONGEST
from backtests.metrics import performance
from backtests.metrics.performance import NAMES
from backtests.registry import Registry
from backtests.statistics.paired import paired
from tests.benchmarks.pairs import clustered
from tests.browser import browse

SOURCE = "simulated:seed=3"
KEYS = [
    "format", "comparison_id", "simulated", "start", "end", "bars_in_common", "cut_to_common_span", "parameters", "facts", "runs",
    "paired", "rolling_bars", "warnings", "versions",
]  # fmt: skip
RUN_KEYS = [
    "name", "run_id", "study", "strategy", "engine", "simulated", "status", "source", "data_fingerprint", "start", "end",
    "bars", "periods_per_year", "params", "metrics", "metrics_gross", "evidence", "sharpe_interval_95", "undefined",
]  # fmt: skip
PAIRED_KEYS = [
    "run", "against", "bars", "matched_difference_per_year", "matched_difference_per_year_95", "sharpe_p_value",
    "return_difference_per_year", "return_difference_per_year_95", "p_value",
    "sharpe_difference", "sharpe_difference_95", "block_bars", "draws", "seed", "missing",
]  # fmt: skip
NATIVE = '''import backtrader as bt


class Turns(bt.Strategy):
    """Buys and sells in turns, also by orders that fill inside a bar."""

    def next(self):
        held = self.position.size
        if len(self) % 7 == 0 and not held:
            self.buy(size=0.5 * self.broker.getvalue() / self.data.close[0])
        elif len(self) % 7 == 3 and held > 0:
            self.sell(size=held / 3)
            self.sell(size=held * 2 / 3, exectype=bt.Order.Stop, price=self.data.close[0] * 0.99)
'''


@pytest.fixture
def make(harbinger):
    """Run something into a folder and return it: `make("a", "small_cap_trend", "-s", ...)`."""

    def run(folder, *words, source=SOURCE):
        code, _, err = harbinger("run", *words, "--source", source, "--out", folder, "--no-tearsheet")
        assert (code, err) == (0, "")
        return Path(folder)

    return run


def near(found, wanted, tolerance=1e-12):
    for name in NAMES:
        if wanted[name] is None:
            assert found[name] is None, name
        else:
            assert found[name] == pytest.approx(wanted[name], rel=tolerance, abs=1e-15), name


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [("small_cap_trend", "--end", "2019-12-31"),
     ("vol_target_hold", "--end", "2019-12-31", "-s", "execution.max_leverage=2", "-s", "costs.borrow_pct_per_year=9",
      "-s", "costs.cash_yield_pct_per_year=4", "-s", "execution.delay_bars=1"),
     ("small_cap_trend", "-s", "market.traded=SPY", "-s", "market.leader=IWM", "-s", "costs.cash_yield_pct_per_year=3"),
     ("hold_eth", "-s", "weight=-3", "-s", "execution.max_leverage=3", "-s", "execution.rebalance_band=1")],
)  # fmt: skip
def test_the_files_of_a_run_give_its_numbers_back(make, words):
    side = read(make("a", *words))
    run, periods = record.content(side.record), side.record.periods_per_year
    near(performance.of_ledger(side.ledger, periods, side.costs), run["metrics"])
    if run["status"] == "ok":  # after ruin the run at no cost goes on, on bars that the files do not have
        near(performance.of_ledger(side.gross, periods, side.costs), run["metrics_gross"])
    assert side.ledger.ruined is (run["status"] == "ruin")


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_files_of_a_native_run_give_its_numbers_back_but_not_gross_on_a_part(make, harbinger):
    Path("mine.py").write_text(NATIVE)
    side = read(make("a", "mine.py:Turns", "--end", "2018-12-31", "-s", "execution.max_leverage=3"))
    assert side.record.metrics["orders"] > 100
    near(performance.of_ledger(side.ledger, 365, side.costs), side.record.metrics)
    assert side.gross is None
    make("b", "small_cap_trend", "--start", "2017-01-01", "--end", "2018-12-31")
    content = json.loads(harbinger("compare", "a", "b", "--json")[1])
    assert content["runs"][0]["metrics_gross"] is None
    assert "class would have to run again" in content["runs"][0]["undefined"]["metrics_gross"]
    assert content["runs"][1]["metrics_gross"]["orders"] > 0


@pytest.mark.uncounted
@pytest.mark.slow
def test_numbers_of_the_common_span_are_those_of_a_hand_made_cut(make):
    whole, late = (
        make("a", "small_cap_trend"),
        make("b", "small_cap_trend", "--start", "2018-03-01", "--end", "2021-06-30"),
    )
    found = compare([read(whole), read(late)])
    assert found.cut
    assert [f"{label:%F}" for label in found.span] == ["2018-03-01", "2021-06-30"]
    equity = pd.read_csv("a/equity.csv", index_col="date", parse_dates=True)
    orders = pd.read_csv("a/orders.csv", index_col="date", parse_dates=True)["2018-03-01":"2021-06-30"]
    path = equity["equity_usd"]["2018-02-28":"2021-06-30"]
    r, net = path.pct_change().dropna(), found.net[0]
    assert net["total_return"] == pytest.approx(path.iloc[-1] / path.iloc[0] - 1, rel=1e-12)
    x = r - equity["cash_yield_pct"][r.index] / 36500
    assert net["sharpe"] == pytest.approx(x.mean() / x.std() * 365**0.5, rel=1e-10)
    assert net["max_drawdown"] == pytest.approx((path / path.cummax() - 1).min(), rel=1e-12)
    assert net["orders"] == len(orders) > 0
    assert net["costs_paid_usd"] == pytest.approx(
        orders[["commission_usd", "slippage_usd"]].to_numpy().sum(), rel=1e-12
    )
    held = equity["position"]["2018-03-01":"2021-06-30"] != 0
    assert net["time_in_market"] == pytest.approx(held.mean(), rel=1e-12)
    near(found.net[1], json.loads(Path("b/run.json").read_text())["metrics"], 0)
    assert found.curves["A", "growth_of_one"].iloc[-1] == pytest.approx(1 + net["total_return"], rel=1e-12)
    assert found.curves["A", "drawdown_fraction"].min() == pytest.approx(net["max_drawdown"], rel=1e-12)
    assert any("measured again" in line for line in found.warnings)


@pytest.mark.uncounted
@pytest.mark.slow
def test_one_span_keeps_the_numbers_of_run_json_to_the_bit(make):
    folders = [make("a", "small_cap_trend"), make("b", "own_trend")]
    found = compare([read(folder) for folder in folders])
    assert not found.cut
    for folder, net, gross in zip(folders, found.net, found.gross, strict=True):
        run = json.loads((folder / "run.json").read_text())
        assert (net.values, gross.values) == (run["metrics"], run["metrics_gross"])


def test_a_part_of_the_bars_knows_nothing_of_the_bars_after_it(make):
    side = read(make("a", "small_cap_trend"))
    first, last = pd.Timestamp("2018-01-01"), pd.Timestamp("2019-12-31")
    before = performance.of_ledger(part(side.ledger, first, last), 365, side.costs)
    later = side.labels > last
    other = replace(
        side.ledger,
        equity_usd=np.where(later, side.ledger.equity_usd * 7, side.ledger.equity_usd),
        position=np.where(later, 0.0, side.ledger.position),
    )
    assert performance.of_ledger(part(other, first, last), 365, side.costs).values == before.values
    assert performance.of_ledger(part(other, first, side.labels[-1]), 365, side.costs).values != before.values


@pytest.mark.slow
def test_runs_of_one_study_are_told_apart_by_what_differs(make, harbinger):
    make("a", "small_cap_trend", "-s", "costs.slippage_bps=5")
    make("b", "small_cap_trend", "-s", "costs.slippage_bps=25")
    make("c", "own_trend")
    make("d", "small_cap_trend", "--end", "2020-12-31", "-s", "costs.slippage_bps=5")

    def names(*folders):
        return [run["name"] for run in json.loads(harbinger("compare", *folders, "--json")[1])["runs"]]

    assert names("a", "c") == ["A small_cap_trend", "B own_trend"]
    assert names("a", "c", "b") == [
        "A small_cap_trend (slippage_bps=5)", "B own_trend", "C small_cap_trend (slippage_bps=25)",
    ]  # fmt: skip
    assert names("a", "a") == ["A small_cap_trend", "B small_cap_trend"]  # nothing differs
    first, cut = names("a", "d")
    assert first.startswith("A small_cap_trend (2016-01-01 to 20")
    assert cut == "B small_cap_trend (2016-01-01 to 2020-12-31)"
    make("e", "small_cap_trend", "-s", "costs.slippage_bps=5", "-s", "trend.lookback=7", "-s", "threshold=0.0125",
         "-s", "execution.rebalance_band=0.125")  # fmt: skip
    assert names("b", "e")[1].endswith("more)")
    assert len(names("b", "e")[1]) <= len("B small_cap_trend ( and 4 more)") + LONGEST
    harbinger("compare", "a", "b", "--out", "both")
    page = Path("both/compare.html").read_text()
    assert "B small_cap_trend (slippage_bps=25) against A small_cap_trend (slippage_bps=5)" in page
    assert "B less A: " in page


@pytest.mark.uncounted
@pytest.mark.slow
def test_only_what_differs_is_shown_parameters_and_their_classes_first(make, harbinger):
    make("a", "small_cap_trend", "-s", "costs.slippage_bps=5")
    make("b", "small_cap_trend", "-s", "costs.slippage_bps=25", "-s", "trend.lookback=90")
    make("c", "own_trend", "--end", "2020-12-31")
    two = json.loads(harbinger("compare", "a", "b", "--json")[1])
    assert two["parameters"] == {"trend.lookback": [60, 90], "costs.slippage_bps": [5.0, 25.0]}
    assert list(two["facts"]) == ["costs"]
    three = json.loads(harbinger("compare", "a", "b", "c", "--json")[1])
    assert three["parameters"]["trend"] == ["small_cap_momentum", "small_cap_momentum", "own_momentum"]
    assert next(iter(three["parameters"])) == "trend"
    assert three["facts"]["bars"] == [3653, 3653, 1827]
    assert list(three["facts"]) == ["span", "bars", "costs"]
    out = harbinger("compare", "a", "b")[1]
    assert out.index("what differs") < out.index("\ntrend.lookback") < out.index("Worst drawdown")
    assert "study.why" not in out
    assert "execution.max_leverage" not in out


@pytest.mark.slow
def test_the_json_is_a_contract(make, harbinger):
    make("a", "small_cap_trend"), make("b", "hold_eth")
    code, out, err = harbinger("compare", "a", "b", "--out", "c", "--json", "--seed", "5")
    assert (code, err) == (0, "")
    content = json.loads(out)
    assert json.loads(Path("c/compare.json").read_text()) == content
    assert sorted(file.name for file in Path("c").iterdir()) == ["compare.html", "compare.json"]
    assert list(content) == KEYS
    assert [list(run) for run in content["runs"]] == [RUN_KEYS] * 2
    assert [list(pair) for pair in content["paired"]] == [PAIRED_KEYS]
    assert [list(run["metrics"]) for run in content["runs"]] == [list(NAMES)] * 2
    pair = content["paired"][0]
    assert (pair["run"], pair["against"], pair["seed"], pair["missing"]) == ("B hold_eth", "A small_cap_trend", 5, "")
    assert content["simulated"] is True
    again = json.loads(harbinger("compare", "a", "b", "--out", "d", "--json", "--seed", "5")[1])
    assert {k: v for k, v in again.items() if k != "comparison_id"} == {
        k: v for k, v in content.items() if k != "comparison_id"
    }


@pytest.mark.slow
def test_runs_by_id_beginning_folder_and_study(make, harbinger):
    make("a", "small_cap_trend", "--end", "2019-12-31")
    run_id = json.loads(Path("a/run.json").read_text())["run_id"]
    code, out, err = harbinger("compare", run_id, "a", "own_trend", "--source", SOURCE, "--out", "c", "--json")
    assert (code, err) == (0, "")
    content = json.loads(out)
    assert [run["run_id"] for run in content["runs"][:2]] == [run_id] * 2
    assert content["paired"][0]["missing"] == "the returns are equal"
    assert content["paired"][0]["return_difference_per_year_95"] is None
    made = Path("c/3-own_trend")
    assert json.loads((made / "run.json").read_text())["run_id"] == content["runs"][2]["run_id"]
    assert content["runs"][2]["run_id"] in [entry.run_id for entry in Registry().runs.newest()]
    assert harbinger("compare", run_id[:-3], "a", "--json")[0] == 0
    assert not Path("runs/own_trend").exists()


@pytest.mark.slow
def test_a_run_whose_files_are_gone_is_run_again_on_its_frozen_data(make, harbinger):
    make("a", "small_cap_trend"), make("b", "hold_eth")
    before = json.loads(harbinger("compare", "a", "b", "--json")[1])
    run_id = before["runs"][0]["run_id"]
    shutil.rmtree("a")
    after = json.loads(harbinger("compare", run_id, "b", "--json")[1])
    assert after["runs"][0]["metrics"] == before["runs"][0]["metrics"]
    assert after["paired"][0]["return_difference_per_year_95"] == before["paired"][0]["return_difference_per_year_95"]
    assert f"{run_id} has no files" in after["warnings"][0]
    assert "with the same numbers" in after["warnings"][0]


@pytest.mark.uncounted
@pytest.mark.slow
def test_simulated_beside_real_and_other_assets_are_allowed_and_told(make, harbinger):
    make("a", "small_cap_trend", "--end", "2019-12-31")
    real = make("b", "small_cap_trend", "--end", "2019-12-31", source="simulated:seed=4")
    run = json.loads((real / "run.json").read_text())
    (real / "run.json").write_text(json.dumps(run | {"simulated": False, "source": "folder:mine"}))
    make("c", "hold_eth", "-s", "market.traded=SPY", "--end", "2019-12-31")
    content = json.loads(harbinger("compare", "a", "b", "c", "--json", "--out", "d")[1])
    told = " ".join(content["warnings"])
    assert content["simulated"] is True
    assert "A, C ran on SIMULATED data and the rest did not" in told
    assert "different assets (ETH-USD, ETH-USD, SPY)" in told
    assert "B had other prices of ETH-USD than A on 1,461 of the bars" in told
    assert "stand on the" in told
    sessions = pd.read_csv("c/equity.csv")
    assert content["bars_in_common"] == len(sessions) - 1  # the first return of mixed calendars covers other days
    assert "SIMULATED" in Path("d/compare.html").read_text()
    assert harbinger("compare", "a", "b")[1].startswith("SIMULATED")


@pytest.mark.slow
def test_ruin_ends_the_common_span_and_is_told(make, harbinger):
    make("a", "small_cap_trend", "--end", "2019-12-31")
    make(
        "b",
        "hold_eth",
        "-s",
        "weight=-3",
        "-s",
        "execution.max_leverage=3",
        "-s",
        "execution.rebalance_band=1",
        source="simulated:null,seed=4",
    )
    content = json.loads(harbinger("compare", "a", "b", "--json")[1])
    ruin = json.loads(Path("b/run.json").read_text())["end"]
    assert content["end"] == ruin
    assert any("ended in ruin" in line for line in content["warnings"])


@pytest.mark.slow
def test_curves_are_paired_bar_by_bar(make):
    a, b = read(make("a", "small_cap_trend")), read(make("b", "hold_eth"))
    curves = compare([a, b]).curves
    first, second = (pd.Series(s.ledger.equity_usd, s.labels) / 1e5 for s in (a, b))
    assert np.allclose(curves["A", "growth_of_one"], first, rtol=1e-13)
    rolling = curves["B", "rolling_return_less_first_fraction"]
    assert rolling.isna().sum() == 89
    at = 1000
    by_hand = (second.iloc[at] / second.iloc[at - 90]) - (first.iloc[at] / first.iloc[at - 90])
    assert rolling.iloc[at] == pytest.approx(by_hand, rel=1e-10)
    assert ("A", "rolling_return_less_first_fraction") not in curves


@pytest.mark.slow
def test_paired_numbers_are_those_of_the_metrics(make):
    found = compare(
        [read(make("a", "small_cap_trend", "-s", "costs.cash_yield_pct_per_year=4")), read(make("b", "hold_eth"))]
    )
    apart = found.paired[0]
    assert apart.sharpe == pytest.approx(found.net[1]["sharpe"] - found.net[0]["sharpe"], rel=1e-9)
    r = found.curves["B", "return_fraction"] - found.curves["A", "return_fraction"]
    assert apart.per_year == pytest.approx(r.mean() * 365, rel=1e-12)
    assert apart.per_year_95[0] < apart.per_year < apart.per_year_95[1]
    assert found.apart.loc["B hold_eth", "sharpe_difference"] == apart.sharpe


@pytest.mark.uncounted
@pytest.mark.slow
def test_intervals_cover_the_truth():
    hits = np.zeros(2)
    for seed in range(120):
        rng = np.random.default_rng([3, seed])
        shared, own, other = (clustered(rng, 500) for _ in range(3))
        found = paired(shared + own + 0.001, shared + other + 0.001, 365, seed=seed, draws=399)
        hits += [low <= 0 <= high for low, high in (found.per_year_95, found.sharpe_95)]
    assert (hits >= 104).all(), hits  # of 120; by 95% 114 are due, fewer than 104 in 1 of 10,000
    assert (hits < 120).all(), hits


def test_a_real_difference_is_found_and_the_seed_decides():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0.004, 0.02, 800), rng.normal(0.0, 0.02, 800)
    found = paired(a, b, 365)
    assert found.per_year_95[0] > 0
    assert found.p_value < 0.01
    assert found == paired(a, b, 365)
    assert found.per_year_95 != paired(a, b, 365, seed=1).per_year_95
    turned = paired(b, a, 365)
    assert turned.per_year_95 == pytest.approx((-found.per_year_95[1], -found.per_year_95[0]), rel=1e-12)


def test_no_interval_has_its_reason():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 0.02, (2, 59))
    assert paired(a, a, 365).missing == "the returns are equal"
    assert "differ by the same" in paired(np.full(90, 0.25), np.full(90, 0.125), 365).missing
    assert paired(a, b, 365).missing == "59 bars in common: an interval needs 60"
    assert paired(a, b, 365).per_year == pytest.approx(365 * (a - b).mean(), rel=1e-12)


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_stands_by_itself(make, harbinger):
    make("a", "small_cap_trend", "--start", "2018-01-01")
    make("b", "hold_eth"), make("c", "own_trend")
    harbinger("compare", "a", "b", "c", "--out", "d")
    with browse("d/compare.html") as page:
        assert page.problems == []
        assert len(page.requests) == 1
        page.picture("page.png", width=1100)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1100
        assert page.evaluate("document.querySelectorAll('.js-plotly-plot').length") == 2
        assert "SIMULATED" in page.evaluate("document.querySelector('.banner').textContent")
        sections = page.evaluate("[...document.querySelectorAll('h2')].map(h => h.textContent)")
        assert sections[:3] == ["How sure", "What differs", "The numbers"]
        drawn = page.evaluate("document.querySelectorAll('.chart path[style]').length")
        assert drawn == 3 * 3 - 1  # the first has no difference from itself
        marked = page.evaluate("[...document.querySelectorAll('#settings tr.chosen')].map(r => r.cells[0].textContent)")
        assert {"trend.lookback", "weight", "study.start"} <= set(marked)
        assert "costs.slippage_bps" not in marked


@pytest.mark.slow
@pytest.mark.browser
def test_a_name_is_text_on_the_page(harbinger):
    name = '<img src=x onerror=alert(1)>"'
    Path("mine.toml").write_text(f"[study]\nname = '{name}'\n[strategy]\nuse = \"hold\"\n")
    code, _, err = harbinger("compare", "mine.toml", "hold_eth", "--source", SOURCE, "--out", "d")
    assert (code, err) == (0, "")
    assert "<img" not in Path("d/compare.html").read_text().split("<main>")[1].split("<script")[0]
    with browse("d/compare.html") as page:
        assert page.problems == []
        assert name in page.evaluate("document.querySelector('h1').textContent")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "name two runs or more"),
        (("a",), 2, "name two runs or more"),
        (("a", "hold_et", "--source", SOURCE), 2, "nothing is to be run"),
        (("a", "hold_et"), 2, "did you mean hold_eth"),
        (("a", "2031"), 2, "unknown run or study '2031'"),
        (("a", "2"), 2, "runs begin with 2"),
        (("a", "b", "--source", SOURCE), 2, "these are runs already"),
        (("a", "./nowhere"), 2, "no such folder"),
        (("a", "empty"), 2, "has no run.json"),
        (("a", "torn"), 1, "not the files of one run"),
        (("a", "removed"), 2, "was removed"),
        (("a", "failed"), 2, "there is nothing to compare"),
        (("a", "early"), 1, "no two bars in common"),
        (("a", *["b"] * 12), 2, "name 2 to 12"),
        (("a", "hold_eth", "--source", "yaho"), 2, "did you mean yahoo"),
    ],
)  # fmt: skip
def test_errors_are_one_line_with_the_remedy(make, harbinger, words, code, says):
    make("a", "small_cap_trend", "--start", "2018-01-01", "--end", "2018-12-31")
    make("b", "hold_eth", "--start", "2018-01-01", "--end", "2018-12-31")
    make("early", "hold_eth", "--end", "2017-12-31")
    Path("empty").mkdir()
    shutil.copytree("a", "torn")
    Path("torn/orders.csv").write_text("\n".join(Path("torn/orders.csv").read_text().splitlines()[:-1]) + "\n")
    ids = {name: json.loads(Path(name, "run.json").read_text())["run_id"] for name in ("a", "b", "early")}
    if "removed" in words:
        harbinger("runs", "rm", ids["b"], "--yes")
        ids["removed"] = ids["b"]
    if "failed" in words:
        harbinger("run", "small_cap_trend", "--source", SOURCE, "--start", "2031-01-01")
        ids["failed"] = Registry().runs.newest(1)[0].run_id
    known = {"removed", "failed"}
    found, out, err = harbinger("compare", *(ids[word] if word in known else word for word in words))
    assert (found, out) == (code, "")
    assert says in err
    assert "Traceback" not in err
    assert err.count("\n") <= 4 if err.startswith("Usage") else err.count("\n") == 1


@pytest.mark.slow
def test_sweeps_and_signal_sheets_are_not_runs(make, harbinger):
    make("a", "small_cap_trend", "--end", "2018-12-31")
    words = ("-s", "trend.lookback=20,40", "--end", "2018-12-31", "--source", SOURCE, "--json", "--out", "s")
    sweep_id = json.loads(harbinger("sweep", "small_cap_trend", *words)[1])["sweep_id"]
    code, _, err = harbinger("compare", "a", sweep_id)
    assert code == 2
    assert f"harbinger runs rerun {sweep_id} --set N" in err


@pytest.mark.slow
def test_an_old_report_is_not_left_beside_a_new_comparison(make, harbinger, monkeypatch):
    make("a", "small_cap_trend", "--end", "2018-12-31"), make("b", "hold_eth", "--end", "2018-12-31")
    harbinger("compare", "a", "b", "--out", "c")
    before = {path.name: path.read_bytes() for path in Path("c").iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backtests.comparisons.recorded.write_atomic", full)
    code, _, err = harbinger("compare", "a", "b", "--out", "d")
    assert code == 1
    assert "No space left" in err
    assert not Path("d/compare.json").exists()
    assert harbinger("compare", "a", "b", "--out", "c")[0] == 2
    assert {path.name: path.read_bytes() for path in Path("c").iterdir()} == before


@pytest.mark.slow
def test_settings_of_several_values_are_a_run_each_and_every_sharpe_has_its_interval(harbinger):
    words = ("compare", "small_cap_trend", "hold_eth", "--source", "simulated:null", "--start", "2022-01-01",
             "--end", "2023-12-31", "-s", "trend.lookback=20,60", "--json")  # fmt: skip
    code, out, _ = harbinger(*words)
    found = json.loads(out)
    assert (code, found["start"], found["end"]) == (0, "2022-01-01", "2023-12-31")
    assert [run["study"] for run in found["runs"]] == ["small_cap_trend", "small_cap_trend", "hold_eth"]
    assert found["parameters"]["trend.lookback"] == [20, 60, None]
    for run in found["runs"]:
        low, high = run["sharpe_interval_95"]
        assert low < run["metrics"]["sharpe"] < high
        alone = Registry().runs.show(run["run_id"])
        assert json.loads((Path(alone.path) / "run.json").read_text())["sharpe_interval_95"] == [low, high]
        assert (alone.start, json.loads(alone.metrics)) == ("2022-01-01", run["metrics"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("small_cap_trend", "-s", "trend.lookback=20"), "1 runs to compare; name 2 to 12"),
        (("small_cap_trend", "-s", "trend.lookback=20:60:5"), "trend.lookback"),
        (("small_cap_trend", "own_trend", "-s", "trend.lokback=20,40"), "did you mean trend.lookback?"),
        (("small_cap_trend", "-s", f"trend.lookback={','.join(map(str, range(20, 33)))}"), "13 runs to compare"),
        (("small_cap_trend", "-s", "lookback"), "write PATH=VALUE"),
        (("small_cap_trend",), "name two runs or more"),
    ],
)
def test_variants_that_cannot_be_run_are_refused_before_any_is(harbinger, words, said):
    code, out, err = harbinger("compare", *words, "--source", "simulated:null")
    assert (code, out, said in err) == (2, "", True), err
    assert Registry().runs.newest() == []
