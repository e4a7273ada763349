"""The rule: planted worlds give the verdict that ought to be given; poison changes it in the known way."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from backtests.lead.verdict import (
    EQUITIES,
    IS_LED,
    LEADS,
    LEAST_SESSIONS,
    NO_RELATION,
    NOT_ENOUGH,
    TOGETHER,
    VERDICTS,
    Sample,
    correlation,
    decide,
)
from tests.benchmarks.calibrate import SHORT, Cell, judged, most_false, page, run, table
from tests.calibration.worlds import BLIND_SPOTS, BY_NAME, CORRELATION, WORLDS, World

SHORT_FORM = (
    "no relation",
    "move together .3",
    "move together .3, shared GARCH and fat tails",
    "move together .5, wrong labels, GARCH",
    "ETH leads 1.5%",
    "SPY leads 1.5%, IWM follows",
    "own part leads 1.5%",
    "half a year of days",
)


def shifted(sample, by):
    """The leader under labels `by` sessions later (rows that would wrap are cut)."""
    keep = slice(3, -3)
    moved = {name: np.roll(x, by)[keep] for name, x in (("leader", sample.leader), ("next", sample.leader_next))}
    controls = {id: x[keep] for id, x in sample.controls.items()}
    return Sample(sample.traded[keep], moved["leader"], controls, moved["next"])


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("no relation", NO_RELATION),
        ("move together .3", TOGETHER),
        ("move together .3, seen in daily bars", TOGETHER),
        ("move together .5, IWM lags SPY by a session", TOGETHER),
        ("move together .3, wrong labels", NOT_ENOUGH),
        ("ETH leads 1.5%", IS_LED),
        ("ETH leads 1.5%, together .3, seen in daily bars", IS_LED),
        ("SPY leads 5%, together .5", EQUITIES),
        ("own part leads 1.5%", LEADS),
        ("own part leads 1.5%, over 5 sessions", LEADS),
        ("own part leads 1.5%, seen in daily bars", LEADS),
        ("half a year of days", NOT_ENOUGH),
    ],
)
def test_planted_worlds(name, verdict):
    assert BY_NAME[name].expected == verdict
    decision = decide(BY_NAME[name].draw(4))
    assert decision.verdict == verdict
    assert decision.reason


def test_every_verdict_has_a_world_and_every_world_a_name():
    assert {world.expected for world in WORLDS} == set(VERDICTS)
    assert len(BY_NAME) == len(WORLDS) + len(BLIND_SPOTS)


def test_a_world_is_what_it_says():
    many = replace(BY_NAME["own part leads 1.5%"], sessions=60_000)
    sample = many.draw(1)
    spy, qqq = sample.controls["SPY"], sample.controls["QQQ"]
    np.testing.assert_allclose(np.corrcoef([spy, qqq, sample.leader]), CORRELATION, atol=0.01)
    assert np.corrcoef(spy, sample.traded)[0, 1] == pytest.approx(0.3, abs=0.01)
    design = np.column_stack([np.ones(60_000), spy, qqq])
    own = sample.leader - design @ np.linalg.lstsq(design, sample.leader, rcond=None)[0]
    assert own.var() / sample.leader.var() == pytest.approx(0.23, abs=0.02)
    assert np.corrcoef(own[:-1], sample.traded[1:])[0, 1] ** 2 == pytest.approx(0.015, abs=0.003)
    assert np.corrcoef(own, sample.traded)[0, 1] == pytest.approx(0, abs=0.015)


def test_a_world_is_the_same_for_the_same_seed_only():
    first, again, other = (BY_NAME["no relation"].draw(seed).traded for seed in (1, 1, 2))
    assert (first == again).all()
    assert not np.allclose(first, other)


def test_daily_windows_trail_and_the_reverse_direction_is_still_honest():
    """The past of daily bars overlaps the leader's next session: close to close would be called led."""
    sample = replace(BY_NAME["move together .5, seen in daily bars"], sessions=6000).draw(5)
    overlap = np.corrcoef(sample.traded[:-1], sample.leader[1:])[0, 1]
    assert overlap > 0.05
    naive = replace(sample, leader_next=sample.leader)
    assert decide(naive).reverse.found
    assert not decide(sample).reverse.found


def test_a_leader_labelled_a_session_late_or_early_changes_the_verdict_in_the_known_way():
    sample = BY_NAME["move together .5"].draw(6)
    assert decide(sample).verdict == TOGETHER
    for by in (1, -1):
        decision = decide(shifted(sample, by))
        assert decision.verdict == NOT_ENOUGH
        assert decision.reason.startswith("the dates look shifted: the leader's correlation is 0.4")
        assert ("next session" if by == -1 else "last session") in decision.reason
    planted = World("own lead alone", LEADS, lead=0.02).draw(6)
    assert decide(planted).partial.first == 1
    earlier = decide(shifted(planted, -1))
    assert earlier.verdict == LEADS
    assert (earlier.partial.first, earlier.partial.last) == (2, 2)
    later = decide(shifted(planted, 1))
    assert later.verdict not in (LEADS, IS_LED)


def test_time_reversed_a_lead_is_led():
    sample = World("own lead alone", LEADS, lead=0.04).draw(8)
    backwards = Sample(
        sample.traded[::-1],
        sample.leader[::-1],
        {id: x[::-1] for id, x in sample.controls.items()},
        sample.leader_next[::-1],
    )
    assert decide(sample).verdict == LEADS
    assert decide(backwards).verdict == IS_LED


def test_units_do_not_matter():
    sample = BY_NAME["own part leads 1.5%"].draw(9)
    scaled = Sample(100 * sample.traded, 7 * sample.leader, {k: 3 * v for k, v in sample.controls.items()}, 7 * sample.leader_next)  # fmt: skip
    a, b = decide(sample), decide(scaled)
    assert a.verdict == b.verdict
    assert b.partial.effect == pytest.approx(a.partial.effect * 100 / 7)
    assert b.partial.t == pytest.approx(a.partial.t)
    assert b.power.smallest_r2 == pytest.approx(a.power.smallest_r2)


def test_not_enough_data_names_the_bound():
    sample = BY_NAME["move together .3"].draw(3)
    cut = Sample(*(x[: LEAST_SESSIONS - 1] for x in (sample.traded, sample.leader)),
                 {k: v[: LEAST_SESSIONS - 1] for k, v in sample.controls.items()},
                 sample.leader_next[: LEAST_SESSIONS - 1])  # fmt: skip
    decision = decide(cut)
    assert (decision.verdict, decision.partial) == (NOT_ENOUGH, None)
    assert decision.reason == "249 joint sessions; at least 250 are needed"
    still = replace(sample, traded=np.zeros(sample.n))
    assert decide(still).reason == "the returns of traded never change"
    copy = replace(sample, leader=2 * sample.controls["SPY"])
    assert "nothing of its own" in decide(copy).reason


def test_correlation_is_pearsons_with_a_robust_interval():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(4000)
    y = 0.5 * x + rng.standard_normal(4000)
    found = correlation(x, y)
    assert found.value == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found.low < 1 / np.sqrt(5) < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * (1 - found.value**2) / np.sqrt(4000), rel=0.15)
    assert correlation(x, -y).p_value > 0.999
    assert correlation(x, y).p_value < 1e-12


def test_power_is_80_percent_at_the_smallest_lead():
    power = decide(BY_NAME["own part leads 0.5%"].draw(1)).power
    assert power.at(power.smallest_r2) == pytest.approx(0.8, abs=1e-9)
    assert power.sharpe == pytest.approx(np.sqrt(252 * power.smallest_r2))
    assert 0.004 < power.smallest_r2 < 0.01


@pytest.mark.slow
def test_the_calibration_in_short_form():
    """12 worlds a cell in place of hundreds: what each ought to give, most of the time, and no lead where there is none."""
    cells = run(SHORT_FORM, 12, cores=1)
    for name, cell in cells.items():
        world = BY_NAME[name]
        assert cell.verdicts.total() == 12
        assert cell.verdicts[world.expected] >= 9, (name, cell.verdicts)
        if not world.small_caps_lead:
            assert cell.verdicts[LEADS] <= 2, (name, cell.verdicts)


def test_the_table_says_where_a_target_is_missed():
    world = BY_NAME["move together .3"]
    cell = run([world.name], 3, cores=1)[world.name]
    cell.verdicts.clear()
    cell.verdicts.update({LEADS: 30, TOGETHER: 70})
    assert judged(world, cell) == [("leads <= 5%", False), ("together >= 90%", False)]
    assert "| 30.0% |  |  | **70.0%** |  |  | leads <= 5%, together >= 90% | NO, NO |" in table(
        [world], {world.name: cell}
    )
    assert most_false(400) == pytest.approx(0.0679, abs=1e-4)
    assert set(SHORT) == set(VERDICTS)


def test_the_page_of_the_calibration_is_the_committed_one_but_for_its_numbers():
    from tests.conftest import ROOT

    committed = (ROOT / "docs" / "calibration.md").read_text()
    assert " NO " not in committed.split("## A blind spot")[0]
    for world in (*WORLDS, *BLIND_SPOTS):
        assert f"| {world.name} |" in committed
    cells = {name: Cell(name, Counter({world.expected: 400}), 0.5) for name, world in BY_NAME.items()}
    fresh = page(cells, 400, 1.0, 1.0)
    assert [line for line in fresh.splitlines() if line.startswith("#")] == [
        line for line in committed.splitlines() if line.startswith("#")
    ]
