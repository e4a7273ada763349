"""The bootstrap, its block length and the test of superior ability are arch's; the slides are what they say."""

import warnings

import numpy as np
import pytest

from backtests.statistics.bootstrap import block_length, counts, indices, optimal_block
from backtests.statistics.slides import slides
from backtests.statistics.superior import long_run_variance, mean_block, spa, stepm


def autoregression(rho, n, seed):
    x, shocks = np.zeros(n), np.random.default_rng(seed).standard_normal(n)
    for t in range(1, n):
        x[t] = rho * x[t - 1] + shocks[t]
    return x


@pytest.mark.parametrize("n", [61, 400, 1500])
@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.5, 0.9])
def test_block_length_is_arch_s(n, rho):
    from arch.bootstrap import optimal_block_length

    x = autoregression(rho, n, 1)
    assert optimal_block(x) == pytest.approx(float(optimal_block_length(x)["stationary"].iloc[0]), abs=1e-11)


def test_block_lengths_of_the_vectors():
    means = {
        rho: np.mean([optimal_block(autoregression(rho, 1000, seed)) for seed in range(60)]) for rho in (0, 0.5, 0.9)
    }
    assert means[0] == pytest.approx(1.28, abs=0.5)
    assert means[0.5] == pytest.approx(10.73, abs=1.0)
    assert means[0.9] == pytest.approx(36.3, abs=3.0)


def test_what_never_varies_has_the_shortest_block():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert block_length(np.full(100, 0.5)) == 5


def test_every_draw_is_arch_s():
    from arch.bootstrap import StationaryBootstrap

    boot = StationaryBootstrap(7, np.arange(300), seed=np.random.default_rng(3))
    theirs = np.stack([drawn[0] for drawn, _ in boot.bootstrap(40)])
    ours = np.stack(list(indices(300, 7.3, draws=40, seed=3)))
    assert (ours == theirs).all()
    table = counts(300, 7.3, draws=40, seed=3)
    assert (table.sum(axis=1) == 300).all()
    assert (table[5] == np.bincount(theirs[5], minlength=300)).all()


@pytest.fixture(scope="module")
def rules():
    draw = np.random.default_rng(11)
    benchmark = 0.01 * draw.standard_normal(500)
    return benchmark, 0.5 * benchmark[:, None] + 0.01 * draw.standard_normal((500, 12)) + 0.0003


def test_superior_ability_is_arch_s(rules):
    from arch.bootstrap import SPA

    benchmark, models = rules
    theirs = SPA(-benchmark, -models, block_size=6, reps=300, seed=np.random.default_rng(9))
    theirs.compute()
    ours = spa(benchmark, models, counts(500, 6, draws=300, seed=9), block=6, studentised=False)
    assert ours.p_value * 301 - 1 == pytest.approx(300 * theirs.pvalues["consistent"], abs=1e-9)
    assert long_run_variance(models - benchmark[:, None], 6) == pytest.approx(theirs._loss_diff_var, rel=1e-9)


def test_superior_ability_finds_a_better_rule_and_no_better_one_among_noise(rules):
    benchmark, models = rules
    drawn = counts(500, 6, draws=300, seed=9)
    better = models.copy()
    better[:, 4] += 0.003
    found = spa(benchmark, better, drawn, block=6)
    assert found.best == 4
    assert found.p_value < 0.01
    assert found.p_value < spa(benchmark, models, drawn, block=6).p_value
    assert spa(benchmark, models - 0.01, drawn, block=6).p_value == 1
    assert spa(benchmark, benchmark[:, None] + 0.001, drawn, block=6) is None
    assert list(stepm(benchmark, better, block=6, draws=200)) == [4]
    assert list(
        stepm(benchmark, benchmark[:, None] + models[:, :2] * [0.1, 4] + [0.002, 0.004], block=6, draws=200)
    ) == [0, 1]


def plain_slides(weights, asset):
    found = []
    for k in range(len(asset)):
        x = (np.roll(weights, k) - weights.mean()) * asset
        found.append(x.mean() / x.std(ddof=1))
    return np.array(found)


def test_slides_are_every_shift():
    draw = np.random.default_rng(2)
    weights, asset = (draw.random(97) > 0.5).astype(float), draw.standard_normal(97)
    found = slides(weights, asset)
    assert found.sharpe == pytest.approx(plain_slides(weights, asset), abs=1e-9)
    both = slides(np.stack([weights, 1 - weights, np.ones(97)]), asset)
    assert both.sharpe == pytest.approx(
        np.maximum(plain_slides(weights, asset), plain_slides(1 - weights, asset)), abs=1e-9
    )
    assert slides(np.ones(97), asset) is None
    assert slides(np.zeros((0, 97)), asset) is None


def test_a_rule_that_sees_the_future_stands_at_the_top_and_one_that_sees_nothing_anywhere():
    asset = np.random.default_rng(4).standard_normal(400)
    top = slides((asset > 0).astype(float), asset)
    assert (top.p_value, top.percentile) == (1 / 400, 1.0)
    places = []
    for seed in range(200):
        draw = np.random.default_rng(seed)
        places.append(slides((draw.random(60) > 0.5).astype(float), draw.standard_normal(60) + 0.3).p_value)
    assert np.mean(np.array(places) <= 0.05) < 0.09
    assert np.mean(places) == pytest.approx(0.5, abs=0.07)


def test_blocks_for_means_are_as_long_as_differences_remember_not_as_volatility_does():
    rng = np.random.default_rng(8)
    level, calm = np.zeros(3000), np.zeros(3000)
    for t in range(1, 3000):
        level[t] = 0.97 * level[t - 1] + 0.2 * rng.standard_normal()
        calm[t] = 0.9 * calm[t - 1] + rng.standard_normal()
    clustered = (np.exp(level) * rng.standard_normal(3000))[:, None]
    assert mean_block(clustered) < block_length(clustered[:, 0]) / 3
    assert mean_block(clustered, calm[:, None]) == optimal_block(calm) > 20
    # Of each difference its best column decides; one without any, or that never differs, has no say.
    assert mean_block(np.column_stack([calm - 9, clustered + 9])) == mean_block(clustered)
    assert mean_block(np.zeros((3000, 2)), np.empty((3000, 0))) == mean_block() == 5
