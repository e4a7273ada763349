"""quantstats' report with its plots left open: what is drawn is what the template shows, and the library stays whole."""

import re
from importlib.resources import files
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from backtests.runs.tearsheet.quantstats_chapter import _drawn
from backtests.runs.tearsheet.quantstats_report import MARK, Asked, _left_open, _undescribed, drawing, load, report
from data.errors import RunError


@pytest.fixture(scope="module")
def asked():
    days = pd.date_range("2020-01-01", periods=900, name="date")
    r, held = np.random.default_rng(1).normal(0.001, 0.03, (2, len(days)))
    return Asked(pd.Series(r, index=days), pd.Series(held, index=days, name="hold ETH-USD"), 365, "net of costs")


def test_a_plot_is_left_open_with_all_that_it_is_called_with_and_what_draws_comes_back():
    def returns(r, *, savefig=None, show=True):
        raise AssertionError("drawn")

    def worst(r):
        return min(r)

    module, file = SimpleNamespace(returns=returns, worst=worst), BytesIO()
    with _left_open(module) as plots:
        module.returns([1.0], savefig={"fname": file, "format": "svg"}, show=False)
        assert module.worst([2, 1]) == 1  # it draws nothing
    assert [(plot.name, plot.given, plot.named) for plot in plots] == [("returns", ([1.0],), {"show": False})]
    assert MARK.findall(file.getvalue().decode()) == ["0"]
    assert module.returns is returns


@pytest.mark.slow
def test_the_report_has_a_plot_for_each_place_of_the_template_and_no_more(asked):
    plots = load().plots
    before = dict(vars(plots))
    found = report(asked)
    template = files("backtests").joinpath("runs/tearsheet/quantstats.fragment").read_text()
    assert list(map(int, MARK.findall(found.text))) == list(found.plots)
    assert len(found.plots) == template.count('class="claim"') == 10
    assert [plot.name for plot in found.plots.values()].count("returns") == 1  # matched in volatility; not both
    assert dict(vars(plots)) == before
    drawn = drawing(next(iter(found.plots.values())))
    assert "<svg" in drawn
    assert "Volatility Matched" in drawn


@pytest.mark.slow
def test_words_in_a_drawing_keep_their_digits_and_what_is_drawn_a_tenth_of_a_point(asked):
    plots = report(asked).plots.values()
    whole, made = (
        [text for plot in plots for text in re.findall(r"<text[^>]*>([^<]*)</text>", draw(plot))]
        for draw in (drawing, _drawn)
    )
    assert [" ".join(text.split()) for text in made] == [" ".join(text.split()) for text in whole]
    assert any(re.search(r"\d\.\d\d", text) for text in made)
    assert not re.search(r"<[^>]*\d\.\d\d[^>]*>", "".join(map(_drawn, plots)))


@pytest.mark.slow
def test_ticks_of_a_share_are_where_they_say(asked):
    """quantstats cuts what is behind the point off: a tick at a fifth below nothing said -19%."""
    from backtests.runs.tearsheet.svg_canvas import percent

    assert [percent(x, 0) for x in (-0.19999999999999996, 0.29, 0.025, 0.0, 12.5)] == [
        "-20%", "29%", "2.5%", "0%", "1,250%"
    ]  # fmt: skip
    plot = next(plot for plot in report(asked).plots.values() if plot.name == "histogram")
    ticks = re.findall(r">(-?[\d.,]+)%<", drawing(plot))
    values = [float(tick.replace(",", "")) for tick in ticks]
    assert len(values) > 3
    assert np.diff(values) == pytest.approx(values[1] - values[0])  # even steps


@pytest.mark.slow
def test_what_quantstats_cannot_measure_or_draw_is_an_error_that_says_so(asked):
    with pytest.raises(RunError, match="quantstats cannot draw these returns"):
        report(Asked(asked.returns[:0], asked.benchmark[:0], 365, "net"))
    plot = next(iter(report(asked).plots.values()))
    plot.named["figsize"] = "wide"
    with pytest.raises(RunError, match="quantstats cannot draw these returns"):
        drawing(plot)


@pytest.mark.slow
def test_classes_of_matplotlib_are_described_again_after_a_page_has_loaded():
    from matplotlib.artist import Artist

    with _undescribed():
        quiet = type("Quiet", (Artist,), {})
    loud = type("Loud", (quiet,), {})
    assert quiet.set.__doc__ is None
    assert "Properties:" in loud.set.__doc__
    assert quiet().set(alpha=0.5) is not None
