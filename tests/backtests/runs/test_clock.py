"""A run on bars built from hours: what it decides, fills, writes and repeats, and that no cheat passes."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests.checks.lookahead import check_lookahead
from backtests.checks.publication import cut_instants, published
from backtests.checks.warmup import check_warmup
from backtests.experiments.experiment import MarketSection, with_settings
from backtests.experiments.studies import load
from backtests.experiments.toml import dump, parse
from backtests.runs.decisions import decisions_of
from backtests.runs.run import run
from backtests.runs.subject import Part, Target, of_signal, of_spec
from data import market as market_module
from data.calendars.clock import HourBars, bars_from_hours
from data.errors import BadSpec, OutOfBounds, UnknownName
from data.sources.folder.source import FolderSource
from data.store import Store
from signals.base import Signal
from signals.coupling import Coupling
from signals.own_momentum import OwnMomentum
from signals.own_volatility import OwnVolatility
from tests.contracts import make_tables
from tests.docs.clock_table import MARK, PAGE, figures
from tests.recursion import recursion

HOUR = pd.Timedelta(hours=1)
BAR = ("-s", "market.bar=NYSE close +1h")
HOLES = ["2020-07-10 20:00", "2020-11-27 18:00", "2021-03-13 22:00", "2021-06-01 21:00"]
"""The last hours of bars that end on a summer day and on a half day, the first of a Saturday's and of a summer day's."""


def made():
    """Return made tables; hours of HOLES are missing."""
    tables = make_tables(["ETHUSDT-1H", "IWM", "DGS2"])
    hours = tables["ETHUSDT-1H"]
    steps = np.log(hours["close"]).diff().fillna(0.0) / 5  # an hour's move, not a day's
    close = 200 * np.exp(steps.cumsum())
    open_ = close.shift(fill_value=200.0) * 1.0001
    hours = pd.DataFrame({"date": hours["date"], "open": open_, "high": np.maximum(open_, close) * 1.001,
                          "low": np.minimum(open_, close) / 1.001, "close": close})  # fmt: skip
    return tables | {"ETHUSDT-1H": hours[~hours["date"].isin(pd.DatetimeIndex(HOLES))].reset_index(drop=True)}


def write(tables, folder, until=None):
    """Write the tables as a user's files, only what was published at `until`."""
    folder.mkdir()
    for id, table in tables.items():
        kept = table if until is None else table[np.asarray(published(table, id) <= until)]
        form = "%Y-%m-%d %H:%M" if id.endswith("1H") else "%Y-%m-%d"
        kept.to_csv(folder / f"{id}.csv", index=False, date_format=form)
    return folder


@pytest.fixture(scope="module")
def tables():
    return made()


@pytest.fixture
def folder(tables, tmp_path):
    return write(tables, tmp_path / "history")


def spec_of(*settings, study="small_cap_trend"):
    return with_settings(load(study), settings)


# The experiment


@pytest.mark.parametrize(
    ("setting", "error", "says"),
    [
        ("market.bar=hourly", OutOfBounds, 'market.bar = .hourly. is out of bounds: "daily", "HH:00 UTC" with HH'),
        ("market.bar=NYSE close +24h", OutOfBounds, "with N from 0 to 23"),
        ("market.hours=ETH-USD", BadSpec, "has no hours; name a series such as ETHUSDT-1H"),
        ("market.hours=ETHUSD-1H", UnknownName, "did you mean ETHUSDT-1H"),
        ("market.traded=ETHUSDT-1H", BadSpec, "no open to fill at"),
    ],
)
def test_wrong_settings_say_what_is_right(setting, error, says):
    with pytest.raises(error, match=says):
        spec_of(setting)


def test_an_asset_of_sessions_has_no_clock():
    with pytest.raises(BadSpec, match="SPY does not trade every day; leave it at daily"):
        MarketSection(traded="SPY", bar="12:00 UTC")


def test_a_wrong_clock_in_a_file_names_its_path():
    with pytest.raises(OutOfBounds, match=r"market\.bar = 'noon'"):
        parse(b"[strategy]\nuse='hold'\n[market]\nbar='noon'", "x.toml")


def test_needs_are_hours_instead_of_days():
    assert spec_of("market.bar=NYSE close +1h").needs == ("DGS3MO", "ETHUSDT-1H", "IWM")
    assert spec_of("market.bar=08:00 UTC", "market.traded=BTC-USD").needs == ("BTC-USD-1H", "DGS3MO", "IWM")
    assert spec_of("market.bar=08:00 UTC", "market.hours=ETHUSD-GEMINI-1H").needs == (
        "DGS3MO",
        "ETHUSD-GEMINI-1H",
        "IWM",
    )
    assert spec_of("market.bar=08:00 UTC", "market.leader=ETH-USD").needs == ("DGS3MO", "ETHUSDT-1H")
    assert spec_of("market.hours=ETHUSD-GEMINI-1H").needs == ("DGS3MO", "ETH-USD", "IWM")
    clocked = of_spec(spec_of("market.bar=08:00 UTC", study="small_cap_trend_and_cuts"))
    assert clocked.needs == ("DGS2", "DGS3MO", "ETHUSDT-1H", "IWM")


def test_the_clock_survives_its_own_toml():
    experiment = spec_of("market.bar=NYSE close +1h", "market.hours=ETHUSD-GEMINI-1H")
    assert parse(dump(experiment).encode(), "x") == experiment


# The run


@pytest.mark.slow
def test_a_run_decides_at_the_cut_and_fills_at_the_hour_after_it(harbinger, folder, tables):
    code, out, _ = harbinger("run", "small_cap_trend", *BAR, "--source", f"folder:{folder}", "--out", "out", "--json")
    assert code == 0
    run_json = json.loads(out)
    assert (run_json["periods_per_year"], run_json["market"]["bar"]) == (365, "NYSE close +1h")
    assert Path("out/tearsheet.html").stat().st_size > 100_000
    assert "1 h after the New York close" in Path("out/tearsheet.html").read_text()
    equity = pd.read_csv("out/equity.csv", parse_dates=["date"], index_col="date")
    hours = tables["ETHUSDT-1H"].set_index("date")
    late = equity.index[~equity.index.isin(hours.index)]
    assert [f"{label:%Y-%m-%d %H:%M}" for label in late] == ["2021-03-13 22:00", "2021-06-01 21:00"]
    assert (equity.loc[late, "open"].to_numpy() == hours.loc[late + HOUR, "open"].to_numpy()).all()
    assert (equity["open"] == hours["open"].reindex(equity.index)).sum() == len(equity) - 2
    leader = tables["IWM"].set_index("date")["close"]
    for label in ("2021-01-14 22:00", "2021-01-15 22:00", "2021-07-14 21:00", "2020-11-26 22:00"):
        seen = leader[: equity.index[equity.index.get_loc(label) + 1]]  # up to the session an hour before the bar's end
        assert equity.loc[label, "weight_decided"] == float(seen.iloc[-1] > seen.iloc[-61])
    orders = pd.read_csv("out/orders.csv", parse_dates=["date"])
    first = orders.iloc[0]
    assert first["price_usd"] == pytest.approx(hours.loc[first["date"], "open"] * 1.0005, rel=1e-12)
    assert equity["weight_target"].iloc[1:].tolist() == pytest.approx(equity["weight_decided"].iloc[:-1].tolist(), nan_ok=True)  # fmt: skip


def test_holes_are_counted(harbinger, folder):
    _, out, _ = harbinger("run", "hold_eth", *BAR, "--source", f"folder:{folder}", "--json", "--no-tearsheet")
    warnings = json.loads(out)["warnings"]
    assert "2 gaps in the bars of ETH-USD, the first after 2020-07-09" in warnings
    assert "2 bars of ETH-USD open after their cut, the first of 2021-03-13: ETHUSDT-1H lacks hours" in warnings


def test_the_same_from_its_spec_to_the_bit(harbinger, folder):
    words = ("-s", "market.join=flat", "--source", f"folder:{folder}", "--no-tearsheet", "--json")
    _, first, _ = harbinger("run", "small_cap_trend_and_cuts", *BAR, *words, "--out", "one")
    for file in folder.iterdir():
        file.unlink()
    code, again, _ = harbinger("run", "one/spec.toml", "--out", "two", "--no-tearsheet", "--json")
    assert code == 0
    assert json.loads(first)["data_fingerprint"] == json.loads(again)["data_fingerprint"]
    for name in ("equity.csv", "orders.csv"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("bar", ["NYSE close +1h", "NYSE close +4h", "06:00 UTC"])
def test_cutting_every_file_changes_no_earlier_row(harbinger, tables, tmp_path, bar):
    def lines(folder, out):
        words = ("-s", f"market.bar={bar}", "-s", "market.join=flat", "-s", "costs.cash_yield_pct_per_year=5")
        harbinger(
            "run", "small_cap_trend_and_cuts", *words, "--source", f"folder:{folder}", "--out", out, "--no-tearsheet"
        )
        return Path(out, "equity.csv").read_text().splitlines()

    whole = lines(write(tables, tmp_path / "whole"), "whole-run")
    for cut in ("2020-07-10 21:00", "2020-11-27 18:30", "2021-03-14 12:00", "2021-06-01 22:00"):
        part = lines(write(tables, tmp_path / cut.replace(":", ""), pd.Timestamp(cut, tz="UTC")), f"cut {cut}")
        assert len(part) > 350
        assert part == whole[: len(part)]
        assert part[-1][:16] >= f"{pd.Timestamp(cut) - pd.Timedelta(days=3):%Y-%m-%d %H:%M}"


def test_interest_accrues_by_the_hours_that_a_bar_lasts(folder):
    settings = ("market.bar=NYSE close +1h", "costs.cash_yield_pct_per_year=36.5", "study.start=2021-03-10")
    experiment = spec_of(*settings, "weight=0.5", study="hold_eth")
    result = run(experiment, FolderSource(folder), Store())
    days, labels = result.ledger.decisions.days, result.ledger.decisions.bars.index
    assert days[labels.get_loc("2021-03-13 22:00")] == 23 / 24
    assert days[labels.get_loc("2021-11-06 21:00")] == 25 / 24
    end = result.market.decisions[-1].tz_localize(None)
    assert days.sum() == pytest.approx((end - labels[0]) / pd.Timedelta(days=1), rel=1e-12)
    decisions, costs = result.ledger.decisions, experiment.costs
    rates = {"commission": costs.commission_bps / 1e4, "slippage": costs.slippage_bps / 1e4, "cash_yield": 36.5}
    prices = (decisions.bars[name].to_numpy() for name in ("open", "close"))
    *_, mine = recursion(*prices, decisions.decided, days, **rates, band=experiment.execution.rebalance_band)
    assert np.allclose(result.ledger.equity_usd, mine, rtol=1e-12)


def test_a_last_bar_that_goes_on_accrues_for_both_days(tables):
    experiment = spec_of(
        "market.bar=NYSE close +1h", "study.start=2020-07-01", "study.end=2020-07-09", study="hold_eth"
    )
    market = of_spec(experiment).rebuilt(tables, "test")
    decisions, _ = decisions_of(experiment, market)
    assert decisions.bars.index[-1] == pd.Timestamp("2020-07-09 21:00")
    assert decisions.days[-1] == 2


def test_start_and_end_are_days_of_the_labels(harbinger, folder):
    words = ("--source", f"folder:{folder}", "--json", "--no-tearsheet", "-s", "costs.cash_yield=0")
    span = ("--out", "out", "--start", "2021-01-04", "--end", "2021-03-12")
    _, out, _ = harbinger("run", "hold_eth", *BAR, *words, *span)
    labels = [line[:16] for line in Path("out/equity.csv").read_text().splitlines()[1:]]
    assert (labels[0], labels[-1]) == ("2021-01-04 22:00", "2021-03-12 22:00")
    notes = [line for line in json.loads(out)["warnings"] if not line.startswith("data check: ETHUSDT-1H ")]
    assert notes == []  # of the hours that this history lacks before the span, the check speaks
    _, out, _ = harbinger("run", "hold_eth", *BAR, *words, "--start", "2019-06-02", "--end", "2022-04-01")
    first, last = [w for w in json.loads(out)["warnings"] if not w.startswith("data check")][:2]
    assert (first, last) == (
        "the first bar is 2019-06-03, not 2019-06-02: ETH-USD has none before",
        "the last bar is 2022-03-30, not 2022-04-01: ETH-USD has none after",
    )


def test_a_source_without_hours_is_refused(harbinger):
    code, _, err = harbinger("run", "small_cap_trend", *BAR, "--source", "simulated")
    assert code == 1
    assert "has no ETHUSDT-1H; it has" in err
    assert "its bars are daily: leave market.bar out" in err


def test_the_board(harbinger, folder, tmp_path):
    (tmp_path / "mine.toml").write_text(dump(spec_of("market.bar=NYSE close +1h")))
    words = ("today", tmp_path / "mine.toml", "small_cap_trend_and_cuts", "--source", f"folder:{folder}")
    code, _, err = harbinger(*words, "--as-of", "2021-07-14", "--json")
    assert (code, "ETH-USD" in err) == (1, True)  # the second study wants daily bars, which the folder lacks
    code, out, _ = harbinger(*words[:2], *words[3:], "--as-of", "2021-07-14", "--json")
    board = json.loads(out)
    assert code == 0
    assert board["studies"][0]["decided_at"] == "2021-07-14T21:00Z"
    own = next(signal for signal in board["signals"] if signal["name"] == "own_momentum")
    assert own["inputs"][0]["known_at"] == "2021-07-14T21:00Z"
    assert own["inputs"][0]["age_days"] == pytest.approx(3 / 24, abs=0.01)


# Proof in time


def check(target, tables, **more):
    return check_lookahead(target, tables, cuts=20, **more)


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("bar", ["NYSE close +0h", "NYSE close +23h", "15:00 UTC"])
def test_nothing_is_accused(bar, tables):
    parts = {
        Part(f"{study} {part.name}", part.node, part.delay_bars): None
        for study in ("small_cap_trend_and_cuts", "own_trend", "small_cap_trend_coupled", "vol_target_hold")
        for part in of_spec(spec_of(study=study)).parts
    }
    assert check(Target("all", tuple(parts), MarketSection(bar=bar)), tables).findings == ()


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("join", ["flat", "us_sessions_only"])
def test_the_join_policy_sees_no_future(join, tables):
    target = of_spec(spec_of("market.bar=NYSE close +1h", f"market.join={join}", "execution.delay_bars=1"))
    assert check(target, tables).findings == ()


@dataclass(frozen=True)
class HourAhead(Signal):
    """The price one hour past each cut, under the instant of the cut."""

    unit = "cheat"
    needs = ("traded", "ETHUSDT-1H")
    history = 2

    def compute(self, market):
        hours, cuts = market["ETHUSDT-1H"].values, market["traded"].values.index
        return hours.reindex(cuts + HOUR).set_axis(cuts)


@dataclass(frozen=True)
class OpenHour(Signal):
    """The close of each hour under its start, as if it were its end."""

    unit = "cheat"
    needs = ("ETHUSDT-1H",)
    history = 1

    def compute(self, market):
        hours = market["ETHUSDT-1H"].values
        return hours.set_axis(hours.index - HOUR)


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("cheat", [HourAhead(), OpenHour()])
def test_a_cheat_of_one_hour_is_caught(cheat, tables):
    target = Target("cheat", (Part("cheat", cheat),), MarketSection(bar="NYSE close +1h"))
    assert {finding.name for finding in check(target, tables).findings} == {"cheat"}


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize(("closes", "last_hours"), [(-HOUR, 0), (0 * HOUR, 1)])
def test_a_bar_that_takes_in_an_hour_past_its_cut_is_caught(closes, last_hours, tables, monkeypatch):
    """The product's own bars made wrong: known an hour early, or closed by the hour after the cut."""

    def wrong(hours, clock):
        built = bars_from_hours(hours, clock)
        ends = built.closes.tz_localize(None) + (last_hours - 1) * HOUR
        close = hours.set_index("date")["close"].reindex(ends).ffill().to_numpy()
        return HourBars(built.bars.assign(close=close), built.closes + closes, built.late)

    target = of_signal(OwnMomentum(5), ["market.bar=NYSE close +1h"])
    monkeypatch.setattr(market_module, "bars_from_hours", wrong)
    assert not check(target, tables).clean


def test_an_hour_is_published_when_it_is_over():
    table = pd.DataFrame({"date": pd.DatetimeIndex(["2024-03-10 06:00", "2024-03-10 07:00"])})
    wanted = [pd.Timestamp(f"2024-03-10 0{hour}:00", tz="UTC") for hour in (7, 8)]
    assert list(published(table, "ETHUSDT-1H")) == wanted
    first, last = pd.Timestamp("2024-07-02", tz="UTC"), pd.Timestamp("2024-07-05", tz="UTC")
    stated = ["2024-07-02 21:00", "2024-07-03 18:00", "2024-07-04 21:00"]
    assert list(cut_instants("NYSE close +1h", first, last)) == [pd.Timestamp(at, tz="UTC") for at in stated]


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_declared_history_is_counted_in_bars(tables):
    for signal in (OwnMomentum(28), OwnVolatility(30), Coupling(60)):
        (outcome,) = check_warmup(of_signal(signal, ["market.bar=NYSE close +1h"]), tables, instants=8)
        assert outcome.suffices, outcome

    @dataclass(frozen=True)
    class Short(OwnMomentum):
        @property
        def history(self):
            return self.lookback

    (short,) = check_warmup(
        Target("short", (Part("short", Short(28)),), MarketSection(bar="06:00 UTC")), tables, instants=8
    )
    assert (short.drifts[0].missing, short.drifts[1].missing) == (8, 0)


# Real history


@pytest.mark.uncounted
@pytest.mark.slow
def test_no_study_is_accused_on_real_hours(shared_market):
    source = FolderSource(shared_market)
    target = of_spec(spec_of("market.bar=NYSE close +1h", study="small_cap_trend_and_cuts"))
    loaded = market_module.load_tables(source, target.needs)
    outcome = check_lookahead(target, loaded, cuts=15, start=pd.Timestamp("2018-01-01"))
    assert (outcome.cuts, outcome.findings) == (15, ())


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_page_is_what_the_command_gives(shared_market, tmp_path):
    _, found, _ = PAGE.read_text(encoding="utf-8").split(MARK)
    assert found == figures(shared_market, tmp_path), "run: python -m tests.docs.clock_table FOLDER"


@pytest.mark.uncounted
@pytest.mark.slow
def test_midnight_bars_of_hours_run_as_the_daily_file(shared_market):
    """One asset from its hours and from its daily file: from 2020-03 on no hour before midnight is missing."""
    source = FolderSource(shared_market)
    results = {}
    for bar in ("daily", "00:00 UTC"):
        experiment = spec_of(
            "market.traded=ETHUSDT-BINANCE", f"market.bar={bar}", "study.start=2020-03-01", "study.end=2026-05-12"
        )
        results[bar] = run(experiment, source, Store()).ledger
    assert len(results["daily"].equity_usd) == 2264
    assert np.array_equal(results["daily"].equity_usd, results["00:00 UTC"].equity_usd)
