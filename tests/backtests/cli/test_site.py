"""harbinger site, harbinger open, --open: where work is found again."""

import json
import re
import webbrowser
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from backtests.registry import Registry
from tests.backtests.registry.entries import run_entry
from tests.backtests.site.works import a_run
from tests.browser import browse

RUN = "20261122-183000-mine-a1b2c3"


@pytest.fixture
def browser(monkeypatch):
    """A display, and the addresses that were opened."""
    asked = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "open", lambda address: asked.append(address) or True)
    return asked


@pytest.fixture
def registered(harbinger):
    folder = a_run(Path("runs/a").resolve())
    Registry().runs.add(run_entry(RUN, path=str(folder)))
    return folder


def test_the_index_is_written_where_the_runs_are(harbinger, registered):
    code, out, err = harbinger("site")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "1 piece of work"
    assert "a/tearsheet.html" in Path("runs/index.html").read_text()
    assert harbinger("site")[0] == 0  # and again over itself


@pytest.mark.browser
@pytest.mark.slow
def test_the_runs_of_a_comparison_are_reached_from_the_index(harbinger):
    span = ("--source", "simulated", "--start", "2018-01-01", "--end", "2018-06-30")
    assert harbinger("compare", "own_trend", "hold_eth", *span, "--out", "runs/a b#c%d")[0] == 0
    assert harbinger("site")[0] == 0
    index = Path("runs/index.html").resolve()
    cards = 'JSON.stringify([...document.querySelectorAll("#work > li")].map(row => [row.querySelector("h2 a").href, row.textContent]))'
    with browse(index) as page:
        found = json.loads(page.evaluate(cards))
        assert page.problems == []
    names = {Path(url2pathname(urlsplit(address).path)): text for address, text in found}
    assert {path.name for path in names} == {"compare.html", "run.json"}
    assert all(path.is_file() for path in names)
    commands = [re.search(r"no page: (harbinger report \S+) draws it", text) for text in names.values()]
    assert sum(command is not None for command in commands) == 2
    (command, *_) = filter(None, commands)
    assert harbinger(*command[1].split()[1:])[0] == 0
    harbinger("site")
    with browse(index) as page:
        again = {Path(urlsplit(address).path).name for address, _ in json.loads(page.evaluate(cards))}
    assert again == {"compare.html", "run.json", "tearsheet.html"}


def test_a_page_of_somebody_else_is_not_replaced(harbinger):
    Path("pages").mkdir()
    Path("pages/index.html").write_text("<title>mine</title>")
    code, out, err = harbinger("site", "--out", "pages")
    assert (code, out) == (2, "")
    assert (
        err
        == "harbinger: pages/index.html is another page, which the index would replace; name another folder (--out)\n"
    )
    assert Path("pages/index.html").read_text() == "<title>mine</title>"


def test_open_opens_a_run_a_folder_the_newest_and_the_index(harbinger, registered, browser):
    page = (registered / "tearsheet.html").as_uri()
    for words in ((RUN[:15],), ("runs/a",), ()):
        assert harbinger("open", *words) == (0, "", "")
    assert browser == [page] * 3
    code, _, err = harbinger("open", "site")
    assert (code, "harbinger site writes it" in err) == (2, True)
    harbinger("site", "--open")
    assert harbinger("open", "site") == (0, "", "")
    assert browser[3:] == [Path("runs/index.html").resolve().as_uri()] * 2


def test_without_a_display_the_path_is_printed(harbinger, registered, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("no browser may be asked"))
    assert harbinger("open", RUN) == (0, f"{registered / 'tearsheet.html'}\n", "")


def test_what_has_no_page_says_how_to_make_it(harbinger, registered):
    (registered / "tearsheet.html").unlink()
    code, _, err = harbinger("open", RUN)
    assert (code, err) == (2, f"harbinger: {RUN} has no page on the disk: harbinger report {RUN} makes it\n")
    code, _, err = harbinger("open", "runs/a")
    assert (code, err) == (2, f"harbinger: runs/a holds {RUN} without a page: harbinger report {RUN} makes it\n")
    code, _, err = harbinger("open")
    assert (code, err) == (2, "harbinger: no page yet; `harbinger demo` makes two\n")
    code, _, err = harbinger("open", "nothing")
    assert code == 2
    assert "nothing" in err


@pytest.mark.slow
def test_the_board_opens_its_page_and_links_to_its_file(harbinger, browser):
    words = ("today", "hold_eth", "--source", "simulated", "--as-of", "2020-06-30", "--out", "boards", "--open")
    assert harbinger(*words, "--json")[0] == 0
    assert harbinger(*words)[0] == 0
    assert browser == [Path("boards/today.html").resolve().as_uri()] * 2
    assert '<a href="today.json">' in Path("boards/today.html").read_text()


@pytest.mark.slow
def test_a_page_links_to_its_files_and_to_the_index_above_it(harbinger, browser):
    words = ("run", "hold_eth", "--source", "simulated", "--start", "2018-01-01", "--end", "2018-06-30")
    assert harbinger("site")[0] == 0
    assert harbinger(*words, "--out", "runs/b", "--open")[0] == 0
    assert browser == [Path("runs/b/tearsheet.html").resolve().as_uri()]
    page = Path("runs/b/tearsheet.html").read_text()
    assert page.count('class="places"') == 1
    for address in ("../index.html", "spec.toml", "run.json", "equity.csv", "orders.csv"):
        assert f'<a href="{address}">' in page
        assert (Path("runs/b") / address).is_file()
    assert harbinger(*words, "--out", "elsewhere/b")[0] == 0
    assert "index.html" not in Path("elsewhere/b/tearsheet.html").read_text().partition("</nav>")[0]
