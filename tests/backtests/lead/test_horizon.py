"""The traded horizon: against statsmodels, against what it is to find, against what it must not."""

import numpy as np
import pytest

from backtests.lead.family import draws
from backtests.lead.horizon import BESIDE, GAP, LENGTHS, LONGEST, TERMS, searched, trend_terms, trends


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(8).standard_normal((3, 2600))


def strongest(y, x, controls):
    (terms,) = trend_terms(y, [x], controls, [x, *controls])
    (drawn,) = draws(terms.scaled)
    return searched({"": terms}, drawn[0])[0]


def sign_of_past(x, h):
    return np.array([np.sign(x[t - h : t].sum()) if t >= h else 0.0 for t in range(len(x))])


def test_trends_are_sums_of_what_came_before_and_after():
    x = np.random.default_rng(0).standard_normal(300)
    before, after = trends(x, (20, 60)), trends(x, (20, 60), after=True)
    for t in (60, 150, 299):
        assert before[t, 2:] == pytest.approx([x[t - 20 : t].sum(), x[t - 60 : t].sum()])
        assert before[t, 0] == np.sign(x[t - 20 : t].sum())
    for t in (0, 150):
        begin = t + GAP
        assert after[t, 2:] == pytest.approx([x[begin : begin + 20].sum(), x[begin : begin + 60].sum()])
    poisoned = x.copy()
    poisoned[200:] = 1e6
    np.testing.assert_array_equal(trends(poisoned, LENGTHS)[:201], trends(x, LENGTHS)[:201])


def test_the_plain_form_is_ols_with_hc3(noise):
    import statsmodels.api as sm

    y, x, a = noise
    y = y + 0.1 * sign_of_past(x, 60)
    (found,) = trend_terms(y, [x], [a], [x])
    beside = np.column_stack([*(trends(z, BESIDE) for z in (y, a)), x])[LONGEST:]
    for at, (form, h) in enumerate(TERMS):
        own = trends(x, (h,))[LONGEST:, ["sign", "size"].index(form)]
        model = sm.OLS(y[LONGEST:], sm.add_constant(np.column_stack([own, beside]))).fit(cov_type="HC3")
        assert found.plain_t[at] == pytest.approx(model.params[1] / model.bse[1], rel=1e-6)
        assert found.t[at] <= found.plain_t[at] + 1e-9


def test_a_trend_that_leads_is_found_at_its_length_and_form(noise):
    y, x, a = noise
    found = strongest(y + 0.2 * sign_of_past(x, 60), x, [a])
    assert found.found
    assert (found.form, found.sessions) == ("sign", 60)
    assert found.where == "sign of the 60-session trend"
    assert 0 < found.low < 20 < found.high  # percent
    assert found.as_json()["sessions"] == 60


def test_a_trend_of_a_control_its_own_trend_and_the_future_are_no_lead(noise):
    y, x, a = noise
    assert not strongest(y + 0.3 * sign_of_past(a, 60), 0.9 * a + 0.4 * x, [a]).found
    assert not strongest(y + 0.3 * sign_of_past(x, 60)[::-1], x, [a]).found
    moved = y.copy()
    for t in range(60, len(y)):
        moved[t] += 0.2 * np.sign(moved[t - 60 : t].sum())
    assert not strongest(moved, 0.8 * moved + 0.6 * x, [a]).found


def test_a_drift_that_both_share_is_no_lead():
    """Its trend predicts, before and after alike: the plain form alone would call it a lead."""
    rng = np.random.default_rng(4)
    plain = strict = 0
    for _ in range(20):
        shocks, x, y = rng.standard_normal((3, 1500))
        drift = np.zeros(1500)
        for t in range(1, 1500):
            drift[t] = 0.99 * drift[t - 1] + 0.14 * shocks[t]
        (terms,) = trend_terms(y + 0.2 * drift, [x + 0.2 * drift], [], [x + 0.2 * drift])
        plain += terms.plain_t.max() > 2.6
        strict += terms.t.max() > 2.6
    assert plain >= 10
    assert strict <= 4


def test_a_term_that_the_others_make_up_says_nothing(noise):
    y, _, a = noise
    (found,) = trend_terms(y, [2 * a], [a], [a])
    made_up = [at for at, (form, h) in enumerate(TERMS) if h in BESIDE]
    assert np.isinf(found.se[made_up]).all()
    assert (found.t[made_up] == 0).all()
    assert (found.spread[made_up] == 0).all()
    assert np.isfinite(found.scaled).all()
