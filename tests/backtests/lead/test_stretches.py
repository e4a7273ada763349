"""Stretches: a lead that came or went is found where it was, one in no stretch is not."""

import numpy as np
import pytest

from backtests.lead.family import draws
from backtests.lead.stretches import BLOCKS, SHORTEST, STRETCHES, searched, stretch_terms


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(9).standard_normal((3, 1610))


def strongest(y, x, controls):
    terms = stretch_terms(y, x, controls)
    (drawn,) = draws(terms.scores, blocks=BLOCKS)
    return searched(terms, drawn)[0]


def test_stretches_are_runs_of_a_quarter_and_more_and_not_the_whole():
    assert len(STRETCHES) == len(set(STRETCHES)) == 27
    assert {b - a for a, b in STRETCHES} == set(range(SHORTEST, BLOCKS))


def test_a_lead_within_a_stretch_is_found_there(noise):
    y, x, a = noise
    inside = (np.arange(1610) >= 810) & (np.arange(1610) < 1210)
    found = strongest(y + 0.35 * np.roll(x, 2) * inside, x, [a])
    assert found.found
    assert (found.first, found.last, found.begin, found.end) == (2, 2, 810, 1209)
    assert (found.lags, found.n) == ("lag 2", 400)
    assert found.where == "lag 2, sessions 811 to 1,210"
    assert found.low < 0.35 < found.high
    assert found.as_json()["begin"] == 810


def test_one_loud_week_is_no_stretch(noise):
    y, x, a = (z.copy() for z in noise)
    y[700:705] *= 40
    x[699:704] *= 40
    assert not strongest(y, x, [a]).found
    assert not strongest(y - 0.3 * np.roll(x, 1), x, [a]).found


def test_a_stretch_in_which_nothing_moves_or_can_be_told_apart_says_nothing(noise):
    y, x, a = (z.copy() for z in noise)
    x[810:1210] = a[810:1210] = 0.0
    terms = stretch_terms(y, x, [a])
    assert np.isfinite(terms.t).all()
    assert terms.within(810, 1210, 0) == 0.0
    assert np.isfinite(strongest(y, x, [a]).p_value_searched)


def test_late_labels_take_the_terms_with_lag_1_away(noise):
    y, x, a = noise
    terms = stretch_terms(y + np.roll(x, 1), x, [a], late=True)
    assert np.isneginf(terms.t[:, [0, 10, 11, 12, 13]]).all()
    assert np.isfinite(terms.t[:, 1:10]).all()


def test_the_largest_of_draws_is_that_of_every_stretch_by_hand(noise):
    y, x, a = noise
    terms = stretch_terms(y, x, [a])
    (drawn,) = draws(terms.scores, blocks=BLOCKS)
    edges = np.linspace(0, 1600, BLOCKS + 1).astype(int)
    by_hand = []
    for first, last in STRETCHES:
        squares = (terms.scores[edges[first] : edges[last]] ** 2).sum(axis=0)
        by_hand.append((drawn[first:last, :, 7].sum(axis=0) / np.sqrt(squares)).max())
    assert terms.of_draws(drawn)[0, 7] == pytest.approx(max(by_hand))
