"""The shell of pages: marks are filled, text is escaped, and a name that looks like a mark is only a name."""

import pytest

from backtests.pages.shell import fill


def test_text_is_escaped_and_html_stands():
    page = fill("<p><!--harbinger:a--></p><!--harbinger:b-->{{c}}", text={"a": "<b>&"}, html={"b": "<i>x</i>"})
    assert page == "<p>&lt;b&gt;&amp;</p><i>x</i>{{c}}"


def test_a_mark_that_nothing_fills_is_refused():
    with pytest.raises(KeyError, match="b"):
        fill("<!--harbinger:b-->", text={}, html={})


def test_what_is_filled_in_is_not_read_again():
    mark = "<!--harbinger:7*7-->"
    assert fill("<!--harbinger:a-->", text={}, html={"a": mark}) == mark


@pytest.mark.slow
def test_a_study_named_like_a_mark_is_only_a_name(harbinger, tmp_path):
    name = "<!--harbinger:7*191-->{{7*191}}"
    words = ("run", "small_cap_trend", "--source", "simulated", "--end", "2018-12-31", "-s", f"study.name={name}")
    code, _, err = harbinger(*words, "-s", f"study.why={name}", "--out", "r")
    assert (code, err) == (0, "")
    page = (tmp_path / "r" / "tearsheet.html").read_text()
    assert "&lt;!--harbinger:7*191--&gt;" in page
    assert "1337" not in page.split("<svg")[0]
    assert "<!--harbinger:" not in page
