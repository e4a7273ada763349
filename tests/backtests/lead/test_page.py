"""The page of a verdict: what it says, what the registry keeps of it, and how it stands in a browser."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from backtests.lead.answer import answer
from backtests.lead.examination import examine
from backtests.lead.page import render, write
from backtests.lead.page_rule import questions
from backtests.lead.recorded import run_and_record
from backtests.lead.verdict import LEADS, NOT_ENOUGH
from backtests.pages.text import p_equation, p_value
from backtests.registry import Filter, Registry
from data.sources.simulated.source import SimulatedSource
from tests.browser import browse, find_browser
from tests.records import plain

SECTIONS = ["What it says", "The rule, question by question", "What it could have shown", "Together, and where that broke",
            "Period by period, state by state", "Placebos in the leader's seat", "The trap of wrong labels",
            "When small caps fall", "The field's usual tests"]  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return examine(SimulatedSource(lead=1, strength=0.02, seed=2), start=pd.Timestamp("2017-01-01"))


@pytest.fixture(scope="module")
def few():
    return examine(SimulatedSource(seed=1), start=pd.Timestamp("2025-07-01"))


def embedded(page):
    blocks = re.findall(r'<script type="application/json" id="figure-\d+">(.*?)</script>', page)
    return [json.loads(block, parse_constant=pytest.fail) for block in blocks]


def texts(page):
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]


@pytest.mark.slow
def test_the_page_says_the_numbers_of_the_json(found):
    page, content = render(found).decode(), plain(found)
    assert "<title>SIMULATED · IWM and ETH-USD: leads</title>" in page
    assert "SIMULATED: no number on this page was ever a price" in page
    assert re.findall(r"<h2>(.*?)</h2>", page.replace("&#x27;", "'")) == SECTIONS
    assert f"<b>{content['effect']:+.2f}%</b>" in page
    assert f"<b>{content['power']['smallest_r2']:.2%}</b>" in page
    assert f"<b>{content['comovement']['correlation']:.2f}</b>" in page
    rows = {row[0]: row for row in texts(page)}
    for test in content["tests"][-18:]:
        assert rows[test["name"]][1] == ("" if test["effect"] is None else f"{test['effect']:+.3f}"), test["name"]
    for part in content["comovement"]["parts"]:
        assert rows[part["name"]]
    assert "docs/lead.md" in page
    assert "docs/calibration.md" in page
    words = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL).lower()
    assert len(words) > 10_000
    assert not re.search(r"\bnan\b|-0\.0+\b[^0-9]", words)


@pytest.mark.slow
def test_the_verdict_is_the_marked_row_and_the_first_yes(found, few):
    for result, verdict in ((found, LEADS), (few, NOT_ENOUGH)):
        assert result.decision.verdict == verdict
        (marked,) = re.findall(r'<tr class="chosen"><td[^>]*>(.*?)</td>', render(result).decode())
        said = {row[0]: row[-1] for row in questions(result)}
        assert [name for name, words in said.items() if "this is the verdict" in words] == [marked]
    answers = [row[-1] for row in questions(found)]
    assert answers[:10] == [
        "yes: 2,261",
        "yes: this is the verdict",
        "no",
        "yes, too",
        "no",
        "no",
        "no",
        "yes, after the verdict",
        "",
        "decides nothing",
    ]
    assert set(answers[10:]) == {"decides nothing"}


def test_what_is_left_possible_and_what_it_cannot_see_stand_on_the_page(found):
    page, content = render(found).decode(), plain(found)
    rows = {row[0]: row[1:] for row in texts(page)}
    own, whole = rows["left possible (95%)"]
    assert own.startswith(f"{content['upper_bound_r2']:.2%}, Sharpe ")
    assert whole.startswith(f"{content['upper_bound_r2_whole']:.2%}, Sharpe ")
    own, whole = rows["found (4 of 5), one session"]
    assert own.startswith(f"{content['smallest_r2_own']:.2%}")
    assert whole.startswith(f"{content['smallest_r2_whole']:.2%}")
    trend = rows["found (4 of 5), 60 sessions"]
    assert trend[0].startswith(f"{content['horizon']['smallest_r2_own']:.2%}")
    for spot in content["blind_spots"]:
        assert spot in page.replace("&#x27;", "'").replace("&#39;", "'")


def test_three_statistics_stand_with_their_p_values(found):
    rows = [row for row in questions(found) if str(row[0]).startswith("1")]
    content = plain(found)
    statistics = [content["p_value_family"], content["horizon"]["p_value_family"], content["stretch"]["p_value_family"]]
    assert len(rows) == 3
    for row, p in zip(rows, statistics, strict=True):
        assert row[6] == p_value(p)
    assert content["stretch"]["sessions"][0] in str(rows[2][2])
    weak = replace(found.record("an-id"), p_value_family=0.96)  # the strongest is not among the short lags
    said = f"; {p_equation(min(statistics[1:]))} after the search over lags, trends and stretches."
    assert answer(weak).endswith(said)
    alone = replace(weak, p_value_family=None, p_value_searched=0.5, horizon=None, stretch=None)
    assert answer(alone).endswith("; p = 0.50 after the search over lags.")


def test_the_correlogram_and_the_curves_are_the_findings(found):
    figures = embedded(render(found).decode())
    stems = [trace for trace in figures[0]["data"] if trace.get("line", {}).get("width") == 13]
    assert [stem["x"][0] for stem in stems] == list(range(-10, 11))
    np.testing.assert_allclose([stem["y"][1] for stem in stems], found.correlogram.correlation)
    above = {note["text"]: note["x"] for note in figures[0]["layout"]["annotations"]}
    assert above == {"<b>← ETH-USD leads</b>": -5.5, "<b>same session</b>": 0, "<b>IWM leads →</b>": 5.5}
    colours = {stem["line"]["color"] for stem in stems if stem["x"][0] > 0}
    assert len(colours) == 1
    rolling = figures[1]["data"][0]
    assert len(rolling["x"]) == len(found.comovement.rolling)
    np.testing.assert_allclose(rolling["y"], found.comovement.rolling, atol=5e-4)
    names = {trace["name"]: trace for trace in figures[1]["data"]}
    assert "Constantinople / St. Petersburg" in names["Ethereum's catalysts"]["text"]
    assert all("bp" in text for text in names["cut"]["text"])
    dates = [mark for mark in figures[1]["layout"]["annotations"] if mark["text"].startswith("break")]
    assert len(dates) == len(found.comovement.breaks.dates)


def test_placebos_stand_beside_what_they_must_pass(found):
    bars, dots, strokes = embedded(render(found).decode())[5]["data"]
    assert dots["y"][::-1] == ["IWM (decides)", "SPY", "QQQ", "BTC", "reversed direction", "time reversed"]
    beyond = {name: t > c for name, t, c in zip(dots["y"], dots["x"], strokes["x"], strict=True)}
    seats = {"IWM (decides)": found.decision.partial, **found.placebos}
    assert beyond == {name: seats[name].p_value_searched <= 0.025 for name in beyond}
    assert beyond["IWM (decides)"]


def test_without_enough_data_the_page_says_why_and_draws_nothing(few):
    page = render(few).decode()
    assert f"{few.n} joint sessions; at least 250 are needed" in page
    assert embedded(page) == []
    assert re.findall(r"<h2>(.*?)</h2>", page) == SECTIONS[:2]  # no bound without a verdict


def test_names_are_escaped(few):
    windows = replace(few.windows, leader="<img src=x>", notes=("<b>&",))
    page = render(replace(few, windows=windows)).decode()
    assert "<img" not in page
    assert "<b>&<" not in page
    assert "&lt;b&gt;&amp;" in page


def test_an_examination_is_remembered_and_is_no_trial(tmp_path, own_home):
    source = SimulatedSource(seed=1)
    recorded = run_and_record(source, out=tmp_path / "here", start=pd.Timestamp("2025-06-01"))
    found, run_id, page = recorded.result, recorded.run_id, recorded.page
    assert page == tmp_path / "here" / "lead.html"
    assert json.loads(page.with_suffix(".json").read_text())["run_id"] == run_id
    (row,) = Registry().runs.newest(5, Filter(kind="lead"))
    assert (row.run_id, row.study, row.traded, row.status) == (run_id, "lead-IWM-ETH-USD", "ETH-USD", "ok")
    assert row.reason == f"{NOT_ENOUGH}: {found.n} joint sessions; at least 250 are needed"
    assert row.trial_hash == ""
    assert Registry().count("ETH-USD", simulated=True).trials == 0
    other = run_and_record(source, "RUT", out=tmp_path / "rut", start=pd.Timestamp("2025-06-01")).result
    newest, older = Registry().runs.newest(5)
    assert (newest.study, newest.spec_hash != older.spec_hash) == ("lead-RUT-ETH-USD", True)
    assert other.windows.leader == "RUT"


def test_a_broken_page_leaves_no_folder_that_looks_finished(found, tmp_path, monkeypatch):
    write(found, found.record("a"), tmp_path)
    monkeypatch.setattr("backtests.lead.page.render", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(found, found.record("b"), tmp_path)
    assert not (tmp_path / "lead.json").exists()


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_in_a_browser(found, few, tmp_path):
    find_browser()
    with browse(write(found, found.record("a"), tmp_path / "a")) as page:
        page.picture(tmp_path / "page.png", width=1100, height=1500)
        assert page.problems == []
        assert [url for url in page.requests if not url.startswith(("file:", "data:", "blob:"))] == []
        assert page.evaluate("document.title") == "SIMULATED · IWM and ETH-USD: leads"
        assert page.evaluate("document.documentElement.scrollWidth <= 1100") is True
        drawn = "[...document.querySelectorAll('div.figure')].map(f => f.querySelectorAll('.main-svg').length > 0)"
        assert page.evaluate(drawn) == [True] * 9
        assert (
            page.evaluate("[...document.querySelectorAll('.scroll')].every(s => s.scrollWidth <= s.clientWidth)")
            is True
        )
        assert page.evaluate("document.querySelectorAll('.figure path.point, .figure .scatterlayer path').length") > 100
        over = (
            "[...document.querySelectorAll('.figure')].filter(f => f.getBoundingClientRect().right > innerWidth).length"
        )
        assert page.evaluate(over) == 0
    with browse(write(few, few.record("b"), tmp_path / "b")) as page:
        assert page.problems == []
        assert page.evaluate("document.title") == "SIMULATED · IWM and ETH-USD: not enough data"
