"""What a case says beside its numbers, and where the break-even lies: held to the cases themselves."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from backtests.experiments.studies import load
from backtests.stress.cases import Case, cases
from backtests.stress.examination import stress
from backtests.stress.measured import Kernel
from backtests.stress.page import break_even
from tests.contracts import make_tables

IDS = ("ETH-USD", "ETHUSDT-BINANCE", "IWM", "DGS3MO")
SPAN = {"study.start": "2019-09-02", "study.end": "2021-12-31"}


@pytest.fixture(scope="module")
def tables():
    return make_tables(IDS)


def kernel(tables, study="small_cap_trend", **settings):
    paths = {path.replace("__", "."): value for path, value in settings.items()}
    return Kernel(load(study).with_values(SPAN | paths), tables, "test")


def test_a_case_over_other_days_says_which(tables):
    whole = tables["ETHUSDT-BINANCE"]
    late = whole[whole["date"] >= pd.Timestamp("2020-03-02")].reset_index(drop=True)
    asked = kernel(tables | {"ETHUSDT-BINANCE": late})
    other = Case("vendor", "ETHUSDT-BINANCE", {"market.traded": "ETHUSDT-BINANCE"})
    assert asked.case(other).reason == "2020-03-02 to 2021-12-31"
    assert kernel(tables).case(other).reason == ""


def scaled(table, by):
    """The table with its prices multiplied, bar by bar."""
    return table.assign(**{name: table[name] * by for name in ("open", "high", "low", "close")})


def test_ruin_is_said_and_has_no_interval(tables):
    eth = tables["ETH-USD"]
    doubled = tables | {"ETH-USD": scaled(eth, np.where(eth["date"] < "2020-03-02", 1.0, 2.0))}
    for weight, reason in ((1.0, ""), (-2.0, "it ends in ruin")):
        asked = kernel(doubled, "hold_eth", weight=weight, execution__max_leverage=3.0)
        assert (asked.case(Case("", "")).reason, asked.interval() is None) == (reason, bool(reason))


def test_the_experiments_own_value_is_among_its_neighbours_whatever_it_is():
    """Once in each group: what is compared with it is compared with the run itself."""
    own = {
        "execution.delay_bars": 5,
        "execution.rebalance_band": 0.03,
        "market.max_age_days": 9.0,
        "trend.lookback": 33,
    }
    experiment = load("small_cap_trend").with_values(own)
    groups = {"delay": 5, "rebalance band": 0.03, "staleness, days": 9.0, "trend.lookback": 33}
    for group, value in groups.items():
        found = [case for case in cases(experiment, {}) if case.group == group]
        assert [list(case.settings.values()) for case in found if case.as_assumed] == [[value]], group
        assert all(a < b for a, b in pairwise(next(iter(case.settings.values())) for case in found)), group


def held(asked, bps):
    """What is left of holding at a cost in the proportion of the experiment's own."""
    commission = asked.experiment.costs.commission_bps
    share = commission / (commission + asked.experiment.costs.slippage_bps)
    settings = {"costs.commission_bps": bps * share, "costs.slippage_bps": bps * (1 - share)}
    return asked.case(Case("costs", "", settings)).metrics["total_return"]


def test_a_break_even_is_nearer_to_where_nothing_is_left_than_to_any_cost_beside_it(tables):
    """Between two costs that are tried it is drawn in proportion to what is left at either."""
    eth = tables["ETH-USD"]
    rising = tables | {"ETH-USD": scaled(eth, np.exp(0.004 * np.arange(len(eth))))}
    asked = kernel(rising, costs__commission_bps=1.0, costs__slippage_bps=3.0)
    cost = asked.break_even().nothing_bps
    assert cost is not None
    step = 1 if cost < 100 else 10
    below = cost // step * step
    assert 0.05 < (cost - below) / step < 0.95
    at, before, after = (held(asked, bps) for bps in (cost, below, below + step))
    assert before > 0 > after
    assert abs(at) < 0.02 * (before - after)


def test_the_page_says_of_each_break_even_what_its_numbers_mean(tables):
    """A run that loses at no cost cannot pay for a fill; one that no cost takes below holding is worth over 1,000 bp."""
    for start, weight in (("2019-09-02", 1.0), ("2019-09-02", -0.5), ("2020-09-01", 1.0), ("2020-09-01", -0.5)):
        asked = kernel(tables, "hold_eth", weight=weight, study__start=start)
        record = stress(asked.experiment, tables, "s")
        own, beside = record.metrics["total_return"], record.metrics["total_return"] - record.holding["total_return"]
        for left, even, said in (
            (own, record.break_even.nothing_bps, break_even(record)["nothing is left"]),
            (beside, record.break_even.holding_bps, break_even(record)["holding grows more"]),
        ):
            if even is not None:
                assert said == f"{even:.0f} bp"
            else:
                assert said == ("over 1,000 bp" if left > 0 else "0 bp"), (start, weight)
