"""Windows through the kernel: each is, to the bit, a run of its own bars by decisions of its own bars."""

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.engine.kernel import machine_code
from backtests.experiments.costs import FUNDING, Costs, Execution
from backtests.experiments.studies import load
from backtests.metrics.performance import NAMES
from backtests.runs.batch import windows
from backtests.runs.batch.on_bars import run_on_bars
from backtests.runs.batch.shared_bars import SharedBars
from backtests.runs.batch.windows import Windows
from tests.recursion import decisions_of, with_carry

BASE = load("small_cap_trend")
MARKET = SimpleNamespace(periods_per_year=365)


def bars_of(decisions, costs, span, last_days=None):
    """The bars of a span; its last one may be of other days than in the history, as the calendar says of a last bar."""
    inside = slice(*span)
    days = decisions.days[inside].copy()
    days[-1] = days[-1] if last_days is None else last_days
    accrued = {(costs.cash_yield, costs.funding): (decisions.cash_yield[inside], decisions.funding[inside])}
    prices = (np.ascontiguousarray(decisions.bars[name].to_numpy()[inside]) for name in ("open", "close"))
    return SharedBars(MARKET, np.ones(len(days), bool), *prices, days, decisions.bars.index[inside], accrued=accrued)


def assert_each_is_its_own_run(decided, rows, spans, bars, experiment, columns, **how):
    """The numbers and endings of all windows equal those of a run of each; return which failed and were ruined."""
    values, ended = Windows.of(spans, bars, experiment).run(decided, rows, columns, **how)
    at, endings = [NAMES.index(name) for name in columns], []
    for (first, last), own, numbers, ends in zip(spans, bars, values, ended, strict=True):
        batch = run_on_bars(own, decided[:, first:last], experiment, rows=rows)
        assert np.array_equal(numbers, np.where(batch.why == 0, batch.metrics, np.nan)[:, at], equal_nan=True)
        assert np.array_equal(ends, ~(batch.failed | batch.ruined))
        endings.append((int(batch.failed.sum()), int(batch.ruined.sum())))
    return np.sum(endings, axis=0)


N = 70
weight = st.one_of(st.just(np.nan), st.sampled_from([-3.0, -1.0, 0.0, 0.5, 1.0, np.inf]), st.floats(-3, 3))
starts = st.sampled_from([0, 0, 1, 7, 30, N - 2])
spans_drawn = st.lists(st.tuples(starts, st.integers(1, N)), min_size=1, max_size=9).map(
    lambda pairs: list(dict.fromkeys((first, min(first + length, N)) for first, length in pairs))
)
costs_drawn = st.builds(
    Costs, st.sampled_from([0.0, 10.0, 1000.0]), st.sampled_from([0.0, 5.0, 1000.0]),
    st.sampled_from([0.0, 9.0, 200.0]), st.just(0.0), st.sampled_from(["", FUNDING]),
)  # fmt: skip
executions = st.builds(
    Execution,
    rebalance_band=st.sampled_from([0.0, 0.05, 0.5]),
    delay_bars=st.sampled_from([0, 1, 2, 5, 60]),
    max_leverage=st.sampled_from([0.5, 1.0, 3.0]),
)


@pytest.mark.uncounted
@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    vol=st.sampled_from([0.02, 0.1, 0.4]),
    drawn=st.lists(st.lists(weight, min_size=3, max_size=12), min_size=1, max_size=4),
    spans=spans_drawn,
    costs=costs_drawn,
    execution=executions,
    earns=st.booleans(),
    columns=st.sampled_from([("sharpe",), ("sharpe", "calmar", "orders"), NAMES]),
    last_days=st.lists(st.sampled_from([None, None, 3.0]), min_size=9, max_size=9),
)
def test_each_window_is_a_run_of_its_own_bars_to_the_bit(
    seed, vol, drawn, spans, costs, execution, earns, columns, last_days
):
    decisions = with_carry(decisions_of(seed, N, vol, gaps=True), seed, funding=costs.funding == FUNDING)
    rng = np.random.default_rng(seed)
    late = np.arange(N) >= rng.integers(0, N)  # cash that yields from some bar on: some windows earn, others do not
    earned = decisions.cash_yield * late if earns else np.zeros(N)
    paid = np.zeros(N) if decisions.funding is None else decisions.funding
    decisions = replace(decisions, cash_yield=earned, funding=paid)
    decided = np.stack([rng.choice(row, N) for row in drawn])
    bars = [bars_of(decisions, costs, span, days) for span, days in zip(spans, last_days, strict=False)]
    experiment = replace(BASE, costs=costs, execution=execution)
    assert_each_is_its_own_run(decided, rng.integers(0, len(decided), 5), spans, bars, experiment, columns)


def wild(sets=40, n=300):
    """A history of wild prices, weights beyond ruin, some without end; an experiment with leverage."""
    decisions = decisions_of(3, n, 0.25)
    rng = np.random.default_rng(3)
    decisions = replace(decisions, cash_yield=rng.uniform(0, 9, n), funding=np.zeros(n))
    decided = rng.uniform(-2, 2, (sets, n))
    decided[rng.random(decided.shape) < 0.002] = np.inf
    execution = Execution(rebalance_band=0.05, delay_bars=1, max_leverage=2.0)
    return decisions, decided, replace(BASE, costs=Costs(10.0, 5.0, 9.0), execution=execution)


SPANS = ((0, 300), (0, 40), (0, 150), (10, 11), (10, 12), (10, 200), (290, 300), (40, 90))


@pytest.mark.parametrize("columns", [("sharpe",), NAMES])
def test_windows_that_begin_together_are_one_run_whose_end_is_not_theirs(columns):
    decisions, decided, experiment = wild()
    bars = [bars_of(decisions, experiment.costs, span) for span in SPANS]
    laid = Windows.of(SPANS, bars, experiment)
    assert sorted(laid.begins.tolist()) == [0, 10, 40, 290]
    assert laid.edges[-1] == 300 + 190 + 50 + 10
    failed, ruined = assert_each_is_its_own_run(decided, np.arange(40)[::-1], SPANS, bars, experiment, columns)
    assert failed > 20
    assert ruined > 20


def test_a_window_whose_last_bar_is_of_other_days_is_a_run_of_its_own():
    decisions, decided, experiment = wild()
    days = [None, 4.0, None]
    bars = [bars_of(decisions, experiment.costs, span, last) for span, last in zip(SPANS, days, strict=False)]
    assert Windows.of(SPANS[:3], bars, experiment).begins.tolist() == [0, 0]
    assert_each_is_its_own_run(decided, np.arange(40), SPANS[:3], bars, experiment, NAMES)


def test_threads_and_blocks_change_nothing_and_one_compilation_serves_all(monkeypatch):
    decisions, decided, experiment = wild()
    bars = [bars_of(decisions, experiment.costs, span) for span in SPANS]
    rows = np.random.default_rng(1).integers(0, 40, 100)
    monkeypatch.setattr(windows, "SETS_AT_ONCE", 7)
    assert_each_is_its_own_run(decided, rows[:1], SPANS, bars, experiment, ("sharpe",))
    compiled = machine_code._function.cache_info().misses
    assert_each_is_its_own_run(decided, rows, SPANS, bars, experiment, ("sharpe",), threads=3)
    assert_each_is_its_own_run(decided[:, ::-1], rows[::2], SPANS, bars, experiment, ("cagr",), threads=1)
    assert machine_code._function.cache_info().misses == compiled


@pytest.mark.slow
def test_its_machine_code_is_linked_without_numba(tmp_path, monkeypatch):
    """What it calls outside is the C library's: another process, which has no numba, finds it there."""
    monkeypatch.setenv(machine_code.FOLDER, str(tmp_path))
    machine_code._function.cache_clear()
    decisions, decided, experiment = wild()
    bars = [bars_of(decisions, experiment.costs, span) for span in SPANS]
    Windows.of(SPANS, bars, experiment).run(decided, np.arange(3), NAMES)
    [file] = tmp_path.iterdir()
    machine_code._function.cache_clear()
    code = f"from backtests.engine.kernel import machine_code as m; m._link(m._unsealed(m.Path({str(file)!r})))"
    code += "; import sys; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_sets_are_no_numbers():
    decisions, decided, experiment = wild()
    bars = [bars_of(decisions, experiment.costs, span) for span in SPANS]
    values, ended = Windows.of(SPANS, bars, experiment).run(decided, np.arange(0), ("sharpe",))
    assert (values.shape, ended.shape) == ((8, 0, 1), (8, 0))


def test_what_does_not_fit_is_refused():
    decisions, decided, experiment = wild()
    bars = [bars_of(decisions, experiment.costs, span) for span in SPANS]
    laid = Windows.of(SPANS, bars, experiment)
    for weights, rows, said in (
        (decided, np.array([40]), "rows must be whole numbers from 0 to 39"),
        (decided, np.array([-1]), "rows must be whole numbers from 0 to 39"),
        (decided[:, :299], np.array([0]), r"decided has shape \(40, 299\)"),
        (decided[0], np.array([0]), r"decided has shape \(300,\)"),
    ):
        with pytest.raises(ValueError, match=said):
            laid.run(weights, rows, ("sharpe",))
    bars[2] = replace(bars[2], close=bars[2].close * np.nan)
    with pytest.raises(ValueError, match="bars must be finite"):
        Windows.of(SPANS, bars, experiment)
