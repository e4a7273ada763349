"""What accrues by a named series: cash by bills, a perpetual by its funding; and what the numbers are then called."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests.checks.lookahead import check_lookahead
from backtests.comparisons.compared_run import of_result, read
from backtests.engine import loop
from backtests.experiments.costs import BILLS, FUNDING, Costs
from backtests.experiments.experiment import with_settings
from backtests.experiments.studies import load, study_names
from backtests.experiments.toml import dump, parse
from backtests.metrics import labels, performance
from backtests.metrics.performance import NAMES
from backtests.runs import carry
from backtests.runs.run import freeze, run
from backtests.runs.subject import of_spec
from backtests.sweeps.plans.axes import axis
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings
from backtests.sweeps.work import inputs as sources
from backtests.sweeps.work.block import run_block
from data.catalogue import lookup
from data.errors import BadSpec, DataError, MissingSeries, OutOfBounds, UnknownName
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from data.store import Store
from tests.recursion import recursion

SIMULATED = SimulatedSource(seed=11)
SPAN = ("study.start=2018-06-01", "study.end=2019-12-31")


def spec_of(study, *settings):
    return with_settings(load(study), (*SPAN, *settings))


class Lacking:
    """The simulated market without some series."""

    name, simulated = "simulated:lacking", True

    def __init__(self, *ids):
        self.ids = ids

    def load(self, row):
        if row.id in self.ids:
            raise MissingSeries(f"no {row.id}")
        return SIMULATED.load(row)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    return run(spec_of("bearish_view_short"), SIMULATED, Store(tmp_path_factory.mktemp("home")))


# Cash


def bills_by_hand(instants, max_age_days=7):
    """Return the newest yield known by each instant, one by one; 0 where it is old."""
    table = SIMULATED.load(lookup(BILLS))
    known = lookup(BILLS).rule.known_at(pd.DatetimeIndex(table["date"]))
    at = [int(np.searchsorted(known, instant, side="right")) - 1 for instant in instants]
    fresh = [instant - known[i] <= pd.Timedelta(days=max_age_days) for i, instant in zip(at, instants, strict=True)]
    return np.array([table["value"].iloc[i] if ok else 0.0 for i, ok in zip(at, fresh, strict=True)])


def test_cash_earns_bills_as_they_were_known(short):
    decisions = short.ledger.decisions
    instants = [label + pd.Timedelta(days=1) for label in decisions.bars.index.tz_localize("UTC")]
    due = bills_by_hand(instants)
    assert np.array_equal(decisions.cash_yield, due)
    assert due.min() > 0
    costs = short.experiment.costs
    rates = {"commission": costs.commission_bps / 1e4, "slippage": costs.slippage_bps / 1e4, "borrow": 10.95}
    prices = (decisions.bars[name].to_numpy() for name in ("open", "close"))
    *_, mine = recursion(*prices, decisions.decided, decisions.days, **rates, cash_yield=due, band=0.02)
    assert np.allclose(short.ledger.equity_usd, mine, rtol=1e-12, atol=0)
    x = np.diff(mine, prepend=1e5) / np.r_[1e5, mine[:-1]] - 1 / 36500 * due
    assert short.metrics["sharpe"] == pytest.approx(np.mean(x) / np.std(x, ddof=1) * np.sqrt(365), rel=1e-9)
    assert short.sharpe_over_bills["net"] == pytest.approx(short.metrics["sharpe"], rel=1e-12)
    assert short.sharpe_over_bills["gross"] == pytest.approx(short.gross["sharpe"], rel=1e-12)
    held = next(iter(short.benchmarks))
    assert short.sharpe_over_bills[held] == pytest.approx(short.benchmarks[held]["sharpe"], rel=1e-12)


def test_a_yield_is_held_through_gaps_and_no_longer_than_the_limit():
    class Cut(Lacking):
        def load(self, row):
            table = super().load(row)
            return table[table["date"] < "2019-01-08"].reset_index(drop=True) if row.id == BILLS else table

    done = run(spec_of("hold_eth", "weight=0.5"), Cut(), Store())
    earned = pd.Series(done.ledger.decisions.cash_yield, done.ledger.decisions.bars.index)
    # The yield of Monday the 7th became known on Tuesday at 21:15 UTC; at the close of the 15th it is older than 7 days.
    assert earned["2019-01-12":"2019-01-14"].nunique() == 1
    assert earned["2019-01-14"] > 0 == earned["2019-01-15":].max()
    assert any(
        re.search(r"cash earned 0% on \d+ bars, the first 2019-01-15: no DGS3MO was known", w) for w in done.warnings
    )


@pytest.mark.slow
def test_without_bills_cash_earns_nothing_and_the_run_says_so():
    named, zero = (run(spec_of("bearish_view_short", *more), Lacking(BILLS), Store()) for more in
                   ((), ("costs.cash_yield=0",)))  # fmt: skip
    assert np.array_equal(named.ledger.equity_usd, zero.ledger.equity_usd)
    assert [w for w in named.warnings if "has no DGS3MO: cash earns 0%" in w]
    assert not [w for w in zero.warnings if "DGS3MO" in w]
    assert named.sharpe_over_bills == {}
    with pytest.raises(MissingSeries, match="DGS6MO"):  # named by hand, it must be there
        run(spec_of("hold_eth", "costs.cash_yield=DGS6MO"), Lacking("DGS6MO"), Store())


def test_a_pin_without_bills_is_found_again_on_a_source_that_has_them():
    store = Store()
    pinned = freeze(spec_of("hold_eth"), Lacking(BILLS), store).experiment
    again = freeze(pinned, None, store)
    assert set(again.tables) == {"ETH-USD", "IWM"}
    other = freeze(replace(pinned, source="simulated:seed=11"), SIMULATED, Store())
    assert set(other.tables) == {"ETH-USD", "IWM"}
    assert freeze(spec_of("hold_eth"), SIMULATED, store).experiment.fingerprint != pinned.fingerprint
    assert set(freeze(spec_of("hold_eth"), SIMULATED, store).tables) == {"DGS3MO", "ETH-USD", "IWM"}


OLD = """
[study]
name = "old"
start = "2018-06-01"
end = "2020-12-31"
[costs]
commission_bps = 10.0
slippage_bps = 5.0
borrow_pct_per_year = 0.0
cash_yield_pct_per_year = 0.0
"""
# Of the version before cash could earn a series: equity of bearish_view_short on simulated:seed=11, which then had its
# prices in double precision: its own numbers (202908.69027990042, 169585.20378724206, 156468.47024688375) were held until
# they were in single precision, and are 2.7e-7 apart at most.
BEFORE = {"2018-12-18": 202908.65574813087, "2019-10-14": 169585.15903994485, "2020-11-17": 156468.47185633678}


def test_a_specification_of_before_gives_its_numbers():
    strategy = dump(load("bearish_view_short")).partition("[strategy]")
    done = run(parse(f"{OLD}{strategy[1]}{strategy[2]}".encode(), "old.toml"), SIMULATED, Store())
    equity = done.ledger.equity_table()["equity_usd"]
    assert {day: equity[day] for day in BEFORE} == pytest.approx(BEFORE, rel=1e-9)
    assert "cash_yield_pct" not in done.ledger.equity_table()
    assert done.experiment.costs == Costs(10.0, 5.0, 0.0, 0.0)


def test_the_earlier_name_is_taken_everywhere():
    assert spec_of("hold_eth", "costs.cash_yield_pct_per_year=4").costs.cash_yield == 4.0
    text = dump(load("hold_eth")).replace('cash_yield = "DGS3MO"', "cash_yield_pct_per_year = 3")
    assert parse(text.encode(), "x").costs.cash_yield == 3.0
    with pytest.raises(
        BadSpec, match=r"costs.cash_yield_pct_per_year is the earlier name of costs.cash_yield; give one"
    ):
        parse(text.replace("[costs]", '[costs]\ncash_yield = "DGS3MO"').encode(), "x")
    with pytest.raises(OutOfBounds, match=r"costs.cash_yield = 51.0 is out of bounds: from 0 to 50"):
        spec_of("hold_eth", "costs.cash_yield_pct_per_year=51")


@pytest.mark.parametrize(
    ("value", "error", "says"),
    [
        ("DGS3M", UnknownName, "DGS3MO"),
        ("IWM", BadSpec, "costs.cash_yield = IWM is no yield in percent a year"),
        ("FNG", BadSpec, "is no yield"),
        ("-1", OutOfBounds, "costs.cash_yield"),
        ("nan", OutOfBounds, "costs.cash_yield"),
        ("", UnknownName, "series"),
    ],
)
def test_what_is_no_yield_is_refused(value, error, says):
    with pytest.raises(error, match=says):
        spec_of("hold_eth", f"costs.cash_yield={value}")
    with pytest.raises(BadSpec, match="costs.funding = DGS3MO has no funding rates"):
        spec_of("hold_eth", "costs.funding=DGS3MO")


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_future_is_not_earned(monkeypatch):
    target = of_spec(spec_of("hold_eth", f"costs.funding={FUNDING}"))
    assert [part.name for part in target.parts if part.field == "rate"] == ["costs.cash_yield", "costs.funding"]
    tables = target.load(SIMULATED)
    assert check_lookahead(target, tables, cuts=8).clean
    assert check_lookahead(target, {id: tables[id] for id in ("ETH-USD", "IWM")}, cuts=2).clean
    honest = carry.KnownYield.compute
    monkeypatch.setattr(carry.KnownYield, "compute", lambda self, market: honest(self, market).shift(-1))
    found = check_lookahead(target, tables, cuts=8).findings
    assert {(leak.name, leak.field) for leak in found} == {("costs.cash_yield", "rate")}


# What the numbers are called


def test_every_study_with_shorts_pays_for_them():
    assert all(load(study).costs.charges_shorts for study in study_names())
    assert (labels.net(Costs(), 9), labels.net(Costs(borrow_pct_per_year=0), 0)) == ("net", "net")
    assert labels.net(Costs(borrow_pct_per_year=0), 1) == "before borrow"
    assert labels.net(Costs(borrow_pct_per_year=0, funding=FUNDING), 1) == "net"


def words(page):
    """Return what a reader sees of a page, without what pictures are made of."""
    shown = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", shown)


@pytest.mark.uncounted
@pytest.mark.slow
def test_shorts_that_cost_nothing_are_never_net(harbinger):
    span = ("--source", "simulated:seed=11", "--start", "2018-06-01", "--end", "2019-03-31")
    free = ("-s", "costs.borrow_pct_per_year=0")
    code, out, _ = harbinger("run", "bearish_view_short", *span, *free, "--out", "free")
    assert code == 0
    page = words(Path("free/tearsheet.html").read_text())
    for text in (out, page):
        assert re.findall(r"\bnet\b", text, re.IGNORECASE) == []
        assert "before" in text
        assert "which cost nothing to hold" in " ".join(text.split())
    assert "before borrow" in page
    harbinger("run", "bearish_view_short", *span, "--out", "paid", "--no-tearsheet")
    _, out, _ = harbinger("compare", "paid", "free", "--out", "both")
    assert "B: before borrow" in out
    assert "B before borrow" in words(Path("both/compare.html").read_text())
    assert "A net" in words(Path("both/compare.html").read_text())


def test_the_numbers_say_over_what_they_are(harbinger):
    span = ("--source", "simulated:seed=11", "--end", "2017-12-31", "--no-tearsheet")
    _, earned, _ = harbinger("run", "small_cap_trend", *span, "--out", "a")
    _, fixed, _ = harbinger("run", "small_cap_trend", *span, "--out", "b", "-s", "costs.cash_yield=0")
    a, b = (json.loads(Path(name, "run.json").read_text()) for name in "ab")
    assert re.search(r"earns DGS3MO \(\d\.\d\d% a year on average\)", " ".join(earned.split()))
    assert " over cash at DGS3MO, " in " ".join(earned.split())
    assert "over bills" not in earned
    assert "over cash at 0%" in " ".join(fixed.split())
    assert "Sharpe ratio over bills (DGS3MO)" in " ".join(fixed.split())
    assert b["sharpe_over_bills"]["net"] < b["metrics"]["sharpe"]
    assert a["sharpe_over_bills"]["net"] == pytest.approx(a["metrics"]["sharpe"], rel=1e-12)
    assert a["costs"]["cash_yield"] == "DGS3MO"
    assert a["cash_yield_mean_pct"] > 0 == b["cash_yield_mean_pct"]


def test_a_comparison_measures_a_part_by_the_yields_that_were_earned(harbinger, short):
    span = ("--source", "simulated:seed=11", "--start", "2018-06-01", "--end", "2019-12-31")
    harbinger("run", "bearish_view_short", *span, "--no-tearsheet", "--out", "x")
    side, memory = read(Path("x")), of_result(short)
    first, last = pd.Timestamp("2018-11-01"), pd.Timestamp("2019-05-31")
    for mine, theirs in zip(side.numbers(first, last), memory.numbers(first, last), strict=True):
        assert mine.values == pytest.approx(theirs.values, rel=1e-9)
    whole = performance.of_ledger(side.ledger, 365, side.costs)
    assert whole.values == pytest.approx(dict(short.metrics.values), rel=1e-9)


# Funding


def test_funding_is_paid_where_it_falls_due():
    experiment = spec_of("bearish_view_short", f"costs.funding={FUNDING}", "costs.cash_yield=0")
    done = run(experiment, SIMULATED, Store())
    rates = SIMULATED.load(lookup(FUNDING)).set_index("date")["value"]
    decisions = done.ledger.decisions
    due = [rates[(rates.index > day) & (rates.index <= day + pd.Timedelta(days=1))] for day in decisions.bars.index]
    assert {len(of_bar) for of_bar in due} == {3}
    assert np.allclose(decisions.funding, [of_bar.sum() for of_bar in due], rtol=1e-12, atol=1e-18)
    prices = (decisions.bars[name].to_numpy() for name in ("open", "close"))
    *_, mine = recursion(*prices, decisions.decided, decisions.days, commission=1e-3, slippage=5e-4, borrow=9.0,
                         funding=decisions.funding, band=0.02)  # fmt: skip
    assert np.allclose(done.ledger.equity_usd, mine, rtol=1e-12, atol=0)
    free = loop.run(decisions, experiment.costs.gross, experiment.execution, 1e5)
    assert done.gross.values == performance.of_ledger(free, 365, experiment.costs.gross).values
    assert done.experiment.needs == tuple(sorted({*experiment.needs, FUNDING}))
    assert FUNDING in {known.id for known in done.known_inputs.inputs}
    assert labels.net(done.experiment.costs, done.ledger.short_bars) == "net"


def write_folder(folder, rates):
    folder.mkdir()
    for id in ("ETH-USD", "IWM", "SPY", "HYG", "LQD", "DGS2"):
        SIMULATED.load(lookup(id)).to_csv(folder / f"{id}.csv", index=False)
    lines = [f"{at:%Y-%m-%d %H:%M},{value!r}" for at, value in zip(rates["date"], rates["value"].tolist(), strict=True)]
    (folder / "eth_usdt_funding.csv").write_text("\n".join(["time,funding_rate".replace("time", "date"), *lines, ""]))
    return FolderSource(folder)


@pytest.mark.slow
def test_a_file_of_funding_rates(tmp_path):
    rates = SIMULATED.load(lookup(FUNDING))
    rates = rates[(rates["date"] > "2018-05-01") & (rates["date"] <= "2020-01-01")]
    experiment = spec_of("bearish_view_short", f"costs.funding={FUNDING}", "costs.cash_yield=0")
    whole = run(experiment, write_folder(tmp_path / "whole", rates), Store())
    assert np.array_equal(whole.ledger.equity_usd, run(experiment, SIMULATED, Store()).ledger.equity_usd)
    late = rates[~rates["date"].isin(pd.to_datetime(["2018-07-04 08:00", "2018-07-05 16:00"]))]
    thin = run(experiment, write_folder(tmp_path / "thin", late), Store())
    assert "2 gaps of more than 8 hours in ETHUSDT-FUNDING: nothing was paid in them" in thin.warnings
    hole = rates[(rates["date"] <= "2018-07-04") | (rates["date"] > "2018-07-05")]
    with pytest.raises(DataError, match=r"ETHUSDT-FUNDING has no rate for the bar 2018-07-04; it runs 2018-05-01"):
        run(experiment, write_folder(tmp_path / "hole", hole), Store())
    with pytest.raises(DataError, match="outside -0.05..0.05"):
        run(experiment, write_folder(tmp_path / "percent", rates.assign(value=rates["value"] * 1e4)), Store())


@pytest.mark.slow
def test_a_sweep_over_what_accrues_is_the_runs():
    """The kernel's rows of a block that mixes a number, a series and funding are those of the runs, by backtrader."""
    base = spec_of("bearish_view_short")
    axes = [axis(base, "costs.cash_yield", "0,4,DGS3MO"), axis(base, "costs.funding", ["", FUNDING])]
    plan = Plan(base, tuple(axes))
    assert plan.sets[0] == (0.0, "")
    inputs = sources.freeze(plan, SIMULATED, Store())
    rows = run_block(plan.sets, Settings(plan), inputs.stages, keep_equity=True)
    assert len({row.metrics[NAMES.index("sharpe")] for row in rows}) == len(rows) == 6
    for row in rows:
        experiment = base.with_values(dict(zip(plan.paths, row.values, strict=True)))
        done = run(experiment, SIMULATED, Store())
        assert np.array_equal(row.equity_usd, done.ledger.equity_usd)
        assert row.metrics == pytest.approx([done.metrics[name] for name in NAMES], rel=1e-12)


def test_a_sweep_goes_on_without_bills_and_not_without_what_it_names():
    base = spec_of("hold_eth")
    plan = Plan(base, (axis(base, "costs.slippage_bps", "0,5"),))
    rows = run_block(plan.sets, Settings(plan), sources.freeze(plan, Lacking(BILLS), Store()).stages)
    assert [row.status for row in rows] == ["ok", "ok"]
    plan = Plan(base, (axis(base, "costs.cash_yield", "0,DGS6MO"),))
    rows = run_block(plan.sets, Settings(plan), sources.freeze(plan, Lacking("DGS6MO"), Store()).stages)
    assert [(row.status, "DGS6MO" in row.reason) for row in rows] == [("ok", False), ("failed", True)]
