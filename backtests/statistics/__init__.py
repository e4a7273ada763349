"""Estimators on plain arrays: no market, no signal, no clock. Whoever calls says what is known when."""

from backtests.statistics.combinatorial import CombinatorialPurgedCV
from backtests.statistics.deflation import (
    deflated_sharpe,
    effective_trials,
    expected_max_sharpe,
    min_backtest_length,
)
from backtests.statistics.overfitting import PBO, pbo
from backtests.statistics.sharpe_ratio import Moments, min_track_record_length, moments, psr

__all__ = [
    "PBO",
    "CombinatorialPurgedCV",
    "Moments",
    "deflated_sharpe",
    "effective_trials",
    "expected_max_sharpe",
    "min_backtest_length",
    "min_track_record_length",
    "moments",
    "pbo",
    "psr",
]
