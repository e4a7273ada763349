"""harbinger fedwatch: the table, its JSON, its page, its errors; docs/fedwatch.md's figures."""

import json
import re
from pathlib import Path

import pytest

from data.catalogue import lookup
from data.store import Store
from data.table import validate
from tests.browser import browse, find_browser
from tests.docs.fedwatch_table import MARK, PAGE, figures

LOADS = re.compile(r"""(?:src|href)\s*=\s*["'](?!#|data:)([^"']+)|url\((?!#|["']?data:)|@import""")
SETTLES = """\
date,contract,settle
2022-08-31,2022-08,97.67
2022-09-12,2022-09,97.4475
2022-09-12,2022-10,96.94
2022-09-12,2022-11,96.43
2022-09-12,2022-12,96.24
2022-09-12,2023-01,96.115
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "here" / "futures").mkdir(parents=True)
    (tmp_path / "here" / "futures" / "zq.csv").write_text(SETTLES)
    return tmp_path / "here"


def test_json_is_what_is_promised(harbinger, folder):
    code, out, err = harbinger("fedwatch", "--source", f"folder:{folder}", "--json")
    assert (code, err) == (0, "")
    table = json.loads(out)
    assert list(table) == ["date", "range", "meetings"]
    assert (table["date"], table["range"]) == ("2022-09-12", [225, 250])
    for meeting in table["meetings"]:
        assert list(meeting) == ["date", "probabilities", "expected_change_bp", "missing"]
        if meeting["missing"] is None:
            assert sum(meeting["probabilities"].values()) == pytest.approx(1)
            mean = sum(p * (int(key.split("-")[0]) - 225) for key, p in meeting["probabilities"].items())
            assert meeting["expected_change_bp"] == pytest.approx(mean)
        else:
            assert (meeting["probabilities"], meeting["expected_change_bp"]) == ({}, None)
    first, *_, last = table["meetings"]
    assert first["probabilities"] == pytest.approx({"275-300": 0.08, "300-325": 0.92})
    assert last["date"] == "2023-02-01"
    assert last["missing"] == "the schedule for 2023-03 was not published by then"


def test_the_table_on_the_screen(harbinger, folder):
    code, out, err = harbinger("fedwatch", "--source", f"folder:{folder}", "--date", "2022-09-12")
    assert (code, err) == (0, "")
    assert re.search(r"2022-09-21 +\+73\.0 +8\.0% +92\.0%", out)
    assert "target range 225-250 bp; settles known at 2022-09-12 19:01 UTC" in out
    assert out.splitlines()[1].startswith("On 2022-09-12 futures priced a hike at the meeting of 2022-09-21")
    assert "2023-02-01: the schedule for 2023-03" in " ".join(out.split())
    assert "SIMULATED" not in out


@pytest.mark.parametrize(
    ("words", "status", "what"),
    [
        (("--date", "2022-09-10"), 1, "take the nearest, 2022-09-12"),
        (("--date", "1600-01-01"), 1, "before 2015-01"),
        (("--date", "2014-12-31"), 1, "before 2015-01"),
        (("--date", "9999-12-31"), 1, "no settle of ZQ on Friday 9999-12-31"),
        (("--date", "12.09.2022"), 2, "write YYYY-MM-DD"),
        (("--source", "yahoo"), 1, "harbinger data fetch ZQ"),
        (("--source", "simulated"), 1, "simulated"),
        (("--source", "folder:nowhere"), 2, "nowhere"),
    ],
)
def test_errors_are_one_line_with_a_remedy(harbinger, folder, words, status, what):
    source = () if "--source" in words else ("--source", f"folder:{folder}")
    code, out, err = harbinger("fedwatch", *source, *words)
    assert (code, out) == (status, "")
    assert what in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("date", ["1980-01-01", "1989-08-25", "2014-12-31", "2015-01-01", "2100-01-01"])
def test_a_date_without_a_table_is_told_the_nearest_that_has_one(harbinger, folder, date):
    file = folder / "futures" / "zq.csv"
    file.write_text(
        "date,contract,settle\n1989-08-25,1989-09,91.0\n2015-01-02,2015-01,99.88\n2015-01-02,2015-02,99.87\n"
    )
    for id, value in (("DFEDTARL", 0.0), ("DFEDTARU", 0.25)):
        (folder / f"{id}.csv").write_text(f"date,value\n2014-12-31,{value}\n2015-01-01,{value}\n")
    code, out, err = harbinger("fedwatch", "--source", f"folder:{folder}", "--date", date)
    assert (code, out) == (1, "")
    assert date in err
    assert "has settles from 2015-01-02 to 2015-01-02: take the nearest, 2015-01-02" in err
    assert harbinger("fedwatch", "--source", f"folder:{folder}", "--date", "2015-01-02")[0] == 0


def test_settles_before_the_calendar_of_meetings_alone_have_no_table(harbinger, folder):
    (folder / "futures" / "zq.csv").write_text("date,contract,settle\n1989-08-25,1989-09,91.0\n")
    for words in ((), ("--date", "2022-09-12")):
        code, out, err = harbinger("fedwatch", "--source", f"folder:{folder}", *words)
        assert (code, out) == (1, "")
        assert "no settle of ZQ from 2015-01 on" in err


def test_a_date_after_the_table_of_decisions_needs_the_range(harbinger, folder):
    file = folder / "futures" / "zq.csv"
    file.write_text("date,contract,settle\n2026-11-02,2026-11,96.3\n2026-11-02,2026-12,96.2\n2026-11-02,2027-01,96.1\n")
    code, _, err = harbinger("fedwatch", "--source", f"folder:{folder}")
    assert code == 1
    assert "DFEDTAR" in err
    for id, value in (("DFEDTARL", 3.75), ("DFEDTARU", 4.0)):
        (folder / f"{id}.csv").write_text(f"date,value\n2026-10-30,{value}\n2026-11-01,{value}\n")
    code, out, _ = harbinger("fedwatch", "--source", f"folder:{folder}", "--json")
    assert code == 0
    assert json.loads(out)["range"] == [375, 400]
    for id in ("DFEDTARL", "DFEDTARU"):
        (folder / f"{id}.csv").write_text("date,value\n2026-10-20,3.75\n")
    code, _, err = harbinger("fedwatch", "--source", f"folder:{folder}")
    assert code == 1
    assert "harbinger data fetch DFEDTARL DFEDTARU" in err


def test_from_the_store(harbinger, folder, own_home):
    import pandas as pd

    raw = pd.read_csv(folder / "futures" / "zq.csv", parse_dates=["date", "contract"])
    store = Store(own_home)
    table = validate(raw, lookup("ZQ"), "test")
    store.set_head(store.put(table, id="ZQ", source="yahoo", fetched_at="2022-09-13T00:00:00+00:00"))
    code, out, _ = harbinger("fedwatch", "--json")
    assert code == 0
    assert json.loads(out)["meetings"][0]["probabilities"]["300-325"] == pytest.approx(0.92)
    assert "ZQ" in harbinger("data", "list")[1]


def page_of(harbinger, folder, *words):
    out = Path("made") / "page.html"
    code, text, _ = harbinger("fedwatch", "--source", f"folder:{folder}", "--out", out, *words)
    assert code == 0
    assert f"page: {out}" in text
    return out


def test_the_page_is_self_contained_and_escaped(harbinger, tmp_path):
    folder = tmp_path / '<img src=x onerror="fail()"> & co'
    (folder / "futures").mkdir(parents=True)
    (folder / "futures" / "zq.csv").write_text(SETTLES)
    text = page_of(harbinger, folder).read_text()
    assert [m.group() for m in LOADS.finditer(text)] == []
    assert "<img" not in text
    assert "&lt;img src=x" in text
    assert "<!--harbinger" not in text
    assert "SIMULATED" not in text


def test_a_simulated_table_says_so(folder):
    from dataclasses import replace

    from backtests.fedwatch.page import render
    from data.fed_funds.fedwatch import load
    from data.sources.folder.source import FolderSource

    text = render(replace(load(FolderSource(folder)), simulated=True)).decode()
    assert "<title>SIMULATED" in text
    assert 'class="banner">SIMULATED' in text


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_in_a_browser(harbinger, folder, tmp_path):
    find_browser()
    with browse(page_of(harbinger, folder)) as page:
        assert page.problems == []
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
        assert page.evaluate("document.querySelectorAll('.odds tbody tr.now').length") == 1
        tiles = page.evaluate("[...document.querySelectorAll('.tiles>div')].map(d => d.textContent)")
        assert any(tile.startswith("Hike at the next meeting100.0%") for tile in tiles)
        sums = """[...document.querySelectorAll('.odds thead th')].map((_, i) => [...document.querySelectorAll('.odds tbody tr')]
            .map(r => parseFloat(r.cells[i + 1].textContent) || 0).reduce((a, b) => a + b))"""
        assert page.evaluate(sums) == pytest.approx([100.0, 100.0, 100.0, 0.0], abs=0.15)  # no data for the last
        read = json.loads(page.evaluate("document.querySelector('script[type]').textContent"))
        assert len(read["panels"][0]["curves"][0]) == 4  # now and three meetings
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
        page.picture(tmp_path / "page.png", 1100, 900)
        assert (tmp_path / "page.png").stat().st_size > 20_000


def test_the_page_where_nothing_is_known(harbinger, folder):
    (folder / "futures" / "zq.csv").write_text("date,contract,settle\n2022-09-12,2023-06,96.2\n")
    screen = harbinger("fedwatch", "--source", f"folder:{folder}")[1]
    assert "No probabilities can be had of the settles of 2022-09-12." in screen
    assert "change" not in screen  # no table of dashes
    text = page_of(harbinger, folder).read_text()
    assert "no data" in text
    assert "No probabilities for" in text
    assert "nan" not in text.split("<main>")[1].split("<script")[0].lower()


# Real history


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_docs_hold_the_figures_of_real_history(shared_market):
    found = PAGE.read_text(encoding="utf-8").split(MARK)[1]
    assert found == figures(shared_market), "run: python -m tests.docs.fedwatch_table FOLDER"


@pytest.mark.slow
def test_cme_s_next_meeting_is_ours_within_one_point(shared_market):
    from data.fed_funds.fedwatch import load_contracts
    from data.sources.folder.source import FolderSource
    from tests.docs.fedwatch_table import against_cme, published

    pairs = against_cme(load_contracts(FolderSource(shared_market)), published(shared_market))
    compared = pairs[pairs["error"].notna()]
    assert len(compared) >= 58
    assert compared["error"].max() < 0.01
    assert pairs.loc[pairs["error"].isna(), "why"].str.contains(r"no settle of \d{4}-\d{2}|no settle on the date").all()


@pytest.mark.slow
def test_moves_of_2015_to_2023_are_called_the_day_before(shared_market):
    from data.fed_funds.fedwatch import load_contracts
    from data.sources.folder.source import FolderSource
    from tests.docs.fedwatch_table import eves, scores

    score = scores(eves(load_contracts(FolderSource(shared_market))))
    assert (score["n"], score["moves"]) == (68, 23)
    assert score["brier"] < 0.01
    assert score["mae"] < 2.5
