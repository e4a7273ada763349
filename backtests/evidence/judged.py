"""From an examination to its record: the verdict by its rule, and why what is missing is missing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from backtests.evidence.examination import Examination, annual
from backtests.evidence.placebos import Placebo
from backtests.evidence.record import EvidenceRecord, OverfittingRecord, PlaceboRecord
from backtests.registry import versions
from backtests.runs.controls import JUDGED
from backtests.runs.evidence import NO_TIMING
from backtests.statistics.deflation import deflated_sharpe, min_backtest_length
from backtests.statistics.overfitting import PBO
from backtests.statistics.sharpe_ratio import min_track_record_length, moments, psr
from backtests.statistics.verdict import CANNOT_TELL, Grounds, Verdict, verdict

ALL_SIGNALS, OTHERS, POSITIONS = "all signals slid", "signals of other series slid", "positions slid"
RESAMPLED = "all signals drawn again in blocks"
BEST_OF_ALL = "positions of every set slid, the best of each slide"
SEARCHED = "each set was chosen by the results of those before it: each counts as one"
ONE = "a run by itself: how alike the other trials are is not known, each counts as one"


def record_of(found: Examination, run_id: str, of: str = "") -> EvidenceRecord:
    """Return what evidence.json holds; `of` is the id of the run that is judged."""
    word = judgement(found)
    return EvidenceRecord(
        run_id=run_id,
        of=found.trials.sweep_id if found.trials else of or found.result.run_id,
        verdict=word.word,
        reasons=word.reasons,
        missing=_missing(found),
        versions=versions(),
        **_what(found),
        **_returns(found),
        **_trials(found),
        **_tests(found),
    )


def _what(found: Examination) -> dict[str, Any]:
    """Return what was judged."""
    result, (first, last) = found.result, found.result.span
    return {
        "study": result.experiment.study.name,
        "kind": "sweep" if found.trials else "run",
        "simulated": result.market.simulated,
        "source": result.market.source,
        "data_fingerprint": result.experiment.fingerprint,
        "start": f"{first:%Y-%m-%d}",
        "end": f"{last:%Y-%m-%d}",
        "bars": result.ledger.bars,
        "years": result.ledger.bars / result.market.periods_per_year,
        "params": {parameter.path: parameter.value for parameter in result.experiment.parameters()},
        "notes": found.trials.notes if found.trials else (),
    }


def _returns(found: Examination) -> dict[str, Any]:
    """Return ratios and intervals, and where the money came from."""
    measured, periods = found.measured, found.result.market.periods_per_year
    return {
        **{name: found.result.metrics[name] for name in ("sharpe", "cagr", "max_drawdown", "calmar")},
        "interval": measured.sharpe_interval,
        "cagr_interval": measured.cagr_interval,
        "max_drawdown_interval": found.curves.max_drawdown,
        "calmar_interval": found.curves.calmar,
        "active_sharpe": annual(measured.active.sharpe, periods) if measured.active else None,
        "active_interval": measured.active_interval,
        "break_even_cost_bps": measured.break_even_cost_bps,
        "attribution": found.attribution,
    }


def _trials(found: Examination) -> dict[str, Any]:
    """Return what the number of trials does, and how long a record has to be."""
    measured, active, among = found.measured, found.measured.active, found.among
    shape = {"skewness": active.skewness, "kurtosis": active.kurtosis} if active else {}
    length = min_track_record_length(active.sharpe, **shape) if active else math.inf
    years = length / found.result.market.periods_per_year
    halves = among.overfitting if among else None
    return {
        "psr": psr(active.sharpe, active.n, **shape) if active else None,
        "deflated_sharpe": measured.deflated(found.n_trials, found.variance),
        "deflated_sharpe_effective": found.deflated if found.effective else None,
        "deflated_sharpe_raw": _raw(found),
        "n_trials": found.n_trials,
        "n_trials_effective": found.effective,
        "prior_trials": found.prior,
        "sets": found.trials.planned if found.trials else 1,
        "min_track_record_years": years if math.isfinite(years) else None,
        "min_backtest_years": min_backtest_length(found.n_trials),
        "pbo": halves.value if halves else None,
        "overfitting": _overfitting(halves) if halves else None,
    }


def _tests(found: Examination) -> dict[str, Any]:
    """Return controls, placebos and the decisive comparison."""
    p_value, percentile = deciding_placebo(found)
    p_by_control, among = spa_by_control(found), found.among
    judged = [p_by_control.get(name) for name in JUDGED]
    known = [p for p in judged if p is not None]
    return {
        "spa_p_value": max(known) if known and len(known) == len(judged) else None,
        "spa": p_by_control,
        "representatives": _names(found, among.representatives) if among else (),
        "superior": {name: _names(found, sets) for name, sets in among.superior.items()} if among else {},
        "placebo_p_value": p_value,
        "placebo_percentile": percentile,
        "placebos": placebos(found),
        "placebo_leaders": found.leaders,
        "c5_minus_c4": found.decisive,
    }


def judgement(found: Examination) -> Verdict:
    """Return the verdict by `statistics.verdict`."""
    measured = found.measured
    if measured.active is None:
        return Verdict(CANNOT_TELL, tuple(dict.fromkeys(measured.missing.values())))
    p_by_control = spa_by_control(found)
    return verdict(
        Grounds(
            active_interval=measured.active_interval,
            deflated_sharpe=found.deflated,
            trials=found.n_trials,
            effective=found.effective,
            spa={name: p_by_control.get(name) for name in JUDGED},
            placebo_p_value=deciding_placebo(found)[0],
            break_even_cost_bps=measured.break_even_cost_bps,
            missing=_missing(found),
        )
    )


def deciding_placebo(found: Examination) -> tuple[float | None, float | None]:
    """Return p-value and percentile of the placebo that counts: of the best of all sets, of signals, of positions.

    The best of a sweep must be better than the best of its slid sets; a run than its rule on slid signals.
    """
    if found.measured.active is None:
        return None, None
    if found.among is not None:
        return (found.among.slides.p_value, found.among.slides.percentile) if found.among.slides else (None, None)
    if isinstance(found.placebo, Placebo):
        return found.placebo.p_value, found.placebo.percentile
    return found.measured.placebo_p_value, found.measured.placebo_percentile


def spa_by_control(found: Examination) -> dict[str, float | None]:
    """Return the p-value against each control: of the best of a sweep's sets, or of the run."""
    if found.among is None:
        return dict(found.measured.spa)
    return {name: test.p_value if test else None for name, test in found.among.spa.items()}


def placebos(found: Examination) -> tuple[PlaceboRecord, ...]:
    """Return every placebo there is, the deciding one first."""
    named = {ALL_SIGNALS: found.placebo, RESAMPLED: found.resampled, OTHERS: found.placebo_of_others}
    rows = [_placebo(name, one.own, one.sharpe, one.p_value, one.percentile)
            for name, one in named.items() if isinstance(one, Placebo)]  # fmt: skip
    periods = found.result.market.periods_per_year
    for name, one in ((POSITIONS, found.slid), (BEST_OF_ALL, found.among.slides if found.among else None)):
        if one is not None and found.measured.active is not None:
            scaled = one.sharpe * math.sqrt(periods)
            rows.append(_placebo(name, float(scaled[0]), scaled[1:], one.p_value, one.percentile))
    return tuple(rows[-1:] + rows[:-1]) if found.among else tuple(rows)


def _placebo(
    what: str, own: float, sharpe: np.typing.NDArray[np.floating], p: float, percentile: float
) -> PlaceboRecord:
    low, high = np.quantile(sharpe[np.isfinite(sharpe)], [0.025, 0.975])
    return PlaceboRecord(what, len(sharpe), percentile, p, own, (float(low), float(high)))


def _raw(found: Examination) -> float | None:
    own = moments(found.parts.net)
    if own is None:
        return None
    spread = 1 / (own.n - 1)
    return deflated_sharpe(own.sharpe, own.n, found.n_trials, spread, skewness=own.skewness, kurtosis=own.kurtosis)


def _overfitting(found: PBO) -> OverfittingRecord:
    low, middle, high = np.quantile(found.logits, [0.25, 0.5, 0.75])
    quartiles = float(low), float(middle), float(high)
    return OverfittingRecord(found.value, found.blocks, len(found.logits), quartiles, float(np.mean(found.outside < 0)))


def _names(found: Examination, columns: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(found.trials.names[at] for at in columns) if found.trials else ()


def _missing(found: Examination) -> dict[str, str]:
    """Return why what is None in the record is so, by its name."""
    missing = _of_trials(found)
    named = {"placebo of signals": found.placebo, "placebo of signals in blocks": found.resampled}
    named |= {"placebo of other series": found.placebo_of_others}
    missing |= {name: why for name, why in named.items() if isinstance(why, str)}
    missing |= {} if found.leaders else {"placebo_leaders": "the rule reads no leader"}
    missing |= {"c5_minus_c4": found.decisive_missing} if found.decisive_missing else {}
    active = found.measured.active
    if active is not None and active.sharpe <= 0:
        missing["min_track_record_years"] = "the active Sharpe ratio is not above 0: no record is long enough"
    unknown = [name for name in JUDGED if spa_by_control(found).get(name) is None]
    if unknown:
        reasons = dict.fromkeys(missing.get(name, f"not known against {name}") for name in unknown)
        missing["spa_p_value"] = "; ".join(reasons)
    return missing


def _of_trials(found: Examination) -> dict[str, str]:
    """Return why what a sweep alone has, or the run could not be held against, is missing."""
    missing = dict(found.measured.missing)
    if found.among is None:
        return missing | {"n_trials_effective": ONE, "pbo": "one rule by itself has no best among many"}
    for name in [name for name in missing if found.among.spa.get(name)]:
        del missing[name]
    missing |= {} if found.trials is None or not found.trials.searched else {"n_trials_effective": SEARCHED}
    missing |= {} if found.among.overfitting else {"pbo": "fewer than two sets vary, or too few bars"}
    return missing | ({} if found.among.slides else {"placebo_p_value": NO_TIMING})
