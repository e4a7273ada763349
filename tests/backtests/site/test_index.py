"""The index in a browser: quick with 2,000 cards, small, silent; what is searched, filtered and chosen is what shows."""

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from backtests.site.page import render
from tests.backtests.pages.test_pages import SERIOUS
from tests.backtests.site.works import many
from tests.browser import browse

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOSTILE = '</script><img src=x onerror="document.title=1">'
# Each key pressed in the search field, each change of a filter, with style and layout, in milliseconds.
TIMED = """(() => {
  const took = [], field = document.getElementById("search");
  const time = act => { const began = performance.now(); act(); document.body.offsetHeight; took.push(performance.now() - began); };
  for (const id of ["search", "kind", "verdict", "data", "tag"]) document.getElementById(id).value = "";
  for (const text of ["s", "st", "study_1", "study_1 survives", "lookback=77", "nothing at all", ""])
    time(() => { field.value = text; field.dispatchEvent(new Event("input")); });
  for (const [id, value] of [["kind", "run"], ["verdict", "survives"], ["data", "real"], ["tag", "article"], ["sort", "sharpe"]])
    time(() => { const select = document.getElementById(id); select.value = value; select.dispatchEvent(new Event("change")); });
  return JSON.stringify(took);
})()"""


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    path = tmp_path_factory.mktemp("site") / "index.html"
    work = many(2_000)
    object.__setattr__(work[7], "note", HOSTILE)
    path.write_bytes(render(work))
    with browse(path) as page:
        yield path, page


def set_field(page, id, value, event="change"):
    page.evaluate(
        f'{{ const f = document.getElementById("{id}"); f.value = {json.dumps(value)}; f.dispatchEvent(new Event("{event}")) }}'
    )
    return page.evaluate('document.getElementById("count").textContent')


@pytest.fixture
def fresh(index):
    _, page = index
    for id in ("kind", "verdict", "data", "tag"):
        set_field(page, id, "")
    set_field(page, "sort", "newest")
    set_field(page, "search", "", "input")
    return page


def ids(page):
    return json.loads(page.evaluate('JSON.stringify([...document.querySelectorAll("#work > li")].map(row => row.id))'))


def test_two_thousand_cards_weigh_under_two_megabytes_and_ask_for_nothing(index):
    path, page = index
    assert path.stat().st_size < 2_000_000
    assert page.problems == []
    assert page.requests == [path.as_uri()]


def test_a_filter_answers_within_a_tenth_of_a_second(fresh):
    passes = [json.loads(fresh.evaluate(TIMED)) for _ in range(5)]
    assert max(map(min, zip(*passes, strict=True))) < 100  # of each act the least of five: the machine may be busy


def test_words_and_filters_show_what_fits(fresh):
    assert fresh.evaluate('document.getElementById("count").textContent').startswith("1,960 of 2,000; 40 failed")
    assert set_field(fresh, "search", "trend.lookback=1234", "input") == "1 of 2,000"
    assert ids(fresh) == ["20261122-001234-small_cap_trend-a1b2c3"]
    set_field(fresh, "search", "", "input")
    assert set_field(fresh, "tag", "article") == "20 of 2,000"
    assert set_field(fresh, "data", "real") == "0 of 2,000"
    assert ids(fresh) == []


def test_it_sorts_and_shows_more(fresh):
    assert ids(fresh)[0] == "20261122-001998-small_cap_trend-a1b2c3"  # the newest is a failed attempt
    set_field(fresh, "sort", "sharpe")
    assert len(ids(fresh)) == 30
    fresh.evaluate('document.getElementById("more").click()')
    shown = ids(fresh)
    assert len(shown) == 60
    assert shown == sorted(shown, reverse=True)


def test_what_a_person_wrote_is_text(fresh):
    set_field(fresh, "search", "onerror", "input")
    assert fresh.evaluate('document.querySelector("#work .note").textContent') == HOSTILE
    assert fresh.evaluate('document.querySelectorAll("#work img").length') == 0
    assert fresh.evaluate("document.title") == "All work"


def test_two_that_are_chosen_give_the_command(fresh):
    set_field(fresh, "kind", "run")
    fresh.evaluate('[...document.querySelectorAll("#work input")].slice(0, 3).forEach(box => box.click())')
    second, third = ids(fresh)[1:3]
    assert fresh.evaluate('document.getElementById("command").textContent') == f"harbinger compare {second} {third}"
    assert fresh.evaluate('document.querySelectorAll("#work input:checked").length') == 2
    assert fresh.evaluate('document.getElementById("compared").hidden') is True
    fresh.evaluate('document.querySelectorAll("#work input:checked").forEach(box => box.click())')
    assert fresh.evaluate('document.getElementById("pair").hidden') is True


def test_a_judgement_links_to_what_it_judged(fresh):
    set_field(fresh, "search", "20261122-000016", "input")
    links = 'JSON.stringify([...document.querySelectorAll("#work .meta a")].map(a => a.getAttribute("href")))'
    own = "20261122-000016-small_cap_trend-a1b2c3/spec.toml"
    assert json.loads(fresh.evaluate(links)) == [own, "20261122-000015-small_cap_trend-a1b2c3/page.html"]


def test_a_comparison_of_many_is_linked_by_its_number_of_runs_and_every_percentage_has_one_digit(tmp_path):
    runs = many(3)  # all of them runs, of the returns 852,741.9%, 10% and 0%
    runs[0] = replace(runs[0], answer=replace(runs[0].answer, total_return=8527.419444))
    ids = tuple(work.answer.id for work in runs)
    title = " against ".join(work.answer.study for work in runs)
    compared = replace(runs[0].answer, id="20261122-900000-compare-a1b2c3", kind="compare", study=title, related=ids)
    (tmp_path / "index.html").write_bytes(render([replace(runs[0], answer=compared), *runs]))
    with browse(tmp_path / "index.html") as page:
        card = f'document.getElementById("{ids[0]}")'
        assert page.evaluate(f'{card}.querySelector(".meta a:last-of-type").textContent') == "compare of 3 runs"
        numbers = page.evaluate(f'[...{card}.querySelectorAll("dd")].map(one => one.textContent)')
        assert numbers == ["0.00", "852,741.9%", "-50.0%", "2"]


def test_it_fits_both_widths_and_axe_finds_nothing_serious(fresh):
    for width, height in ((1400, 900), (390, 844)):
        fresh.size(width, height)
        assert fresh.evaluate("document.documentElement.scrollWidth") <= width
    fresh.evaluate(files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    for dark in (False, True):
        fresh.size(1400, 900, dark=dark)
        assert fresh.wait_for(SERIOUS) == [], "dark" if dark else "light"
    fresh.size(1400, 900)
