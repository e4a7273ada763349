"""The sentence that stands first: what beat what, by how much, over which span, how sure, after how many trials."""

import pytest

from backtests.experiments.costs import Costs, Execution
from backtests.experiments.experiment import MarketSection
from backtests.runs.answer import answer, certainty
from backtests.runs.evidence import NO_TIMING, RunEvidence
from backtests.runs.record import RunRecord


def numbers(sharpe, total_return):
    return {"sharpe": sharpe, "total_return": total_return}


def run(own, held, status="ok", evidence=None):
    return RunRecord(
        run_id="r", study="mine", strategy="LongFlat", engine="backtrader", simulated=False, status=status, source="s",
        data_fingerprint="f", start="2018-01-01", end="2026-05-31", bars=3000, periods_per_year=365, cash_usd=1e5,
        params={}, costs=Costs(), execution=Execution(), market=MarketSection(), metrics=own, metrics_gross=own,
        benchmark_metrics={"hold ETH-USD": held}, evidence=evidence,
    )  # fmt: skip


JUDGED = RunEvidence(
    verdict="does not survive", active_sharpe=-0.32, active_interval=(-1.04, 0.41), n_trials=1200, deflated_sharpe=0.1
)


@pytest.mark.parametrize(
    ("own", "held", "words"),
    [
        (
            numbers(0.75, 24.02),
            numbers(1.19, 2501.253),
            "Holding ETH-USD beat mine from 2018-01-01 to 2026-05-31: Sharpe ratio 1.19 against 0.75, return 250,125% "
            "against 2,402%.",
        ),
        (
            numbers(0.95, 1.204),
            numbers(0.8, 3.0),
            "mine beat holding ETH-USD by risk, not by return, from 2018-01-01 to 2026-05-31: Sharpe ratio 0.95 against "
            "0.80, return 120% against 300%.",
        ),
        (
            numbers(0.801, 1.0),
            numbers(0.8, 1.0),
            "mine and holding ETH-USD did as well from 2018-01-01 to 2026-05-31: Sharpe ratio 0.80 against 0.80, "
            "return 100% against 100%.",
        ),
        (
            numbers(None, 0.0),
            numbers(0.8, 1.0),
            "mine returned 0.0% from 2018-01-01 to 2026-05-31, holding ETH-USD 100%; a Sharpe ratio is undefined.",
        ),
    ],
)
def test_it_names_the_winner_first_and_both_numbers(own, held, words):
    assert answer(run(own, held)) == words


def test_ruin_is_said_before_any_ratio():
    said = answer(run(numbers(-0.4, -1.0), numbers(0.8, 1.0), status="ruin"))
    assert said == "mine ended in ruin from 2018-01-01 to 2026-05-31; holding ETH-USD returned 100%."


def test_it_says_how_sure_and_after_how_many_trials():
    said = answer(run(numbers(0.75, 1.0), numbers(1.19, 2.0), evidence=JUDGED))
    assert said.endswith("Does not survive: active Sharpe ratio -0.32 (95% -1.04 to +0.41) after 1,200 trials.")


def test_what_cannot_be_judged_says_why():
    missing = {"active_sharpe": NO_TIMING, "spa": NO_TIMING}
    assert certainty(RunEvidence(missing=missing)) == f"Cannot tell yet: {NO_TIMING}."
