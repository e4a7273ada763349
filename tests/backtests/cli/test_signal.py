"""harbinger signal: the screen, the files, the page in a browser, and what is refused."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests.pages.places import with_links
from backtests.runs.subject import of_signal, signal_of
from backtests.signal_sheets.page import render, write
from backtests.signal_sheets.sheet import profile
from data.sources.simulated.source import SimulatedSource
from tests.browser import browse, find_browser

SOURCE = ("--source", "simulated:seed=3")
OWN = '''
from dataclasses import dataclass
import numpy as np
from signals.base import Signal


@dataclass(frozen=True)
class Own(Signal):
    """<img src=x onerror="fail()"> & co, a gate."""

    unit = "<b>state</b>"

    @property
    def needs(self):
        return ("traded",)

    @property
    def history(self):
        return 2

    def compute(self, market):
        return np.sign(market["traded"].values.diff()).clip(lower=0)
'''


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    """Pages written once: a signal of many values, and a gate from a user's file on a short span."""
    folder = tmp_path_factory.mktemp("sheets")
    (folder / "own.py").write_text(OWN)
    source = SimulatedSource(seed=3)
    found = {
        "trend": profile(of_signal(signal_of("small_cap_momentum")), source),
        "gate": profile(of_signal(signal_of(str(folder / "own.py"))), source, start=pd.Timestamp("2025-06-01")),
    }
    return {name: (p, write(p, p.record(f"id-{name}"), folder / name)) for name, p in found.items()}


@pytest.mark.slow
def test_the_screen_and_the_files(harbinger, tmp_path):
    code, out, err = harbinger("signal", "small_cap_momentum", *SOURCE, "-s", "lookback=90", "--end", "2024-12-31")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "SIMULATED  small_cap_momentum"
    assert "2016-01-01 to 2024-12-31" in out
    for horizon in (1, 5, 10, 20, 60):
        assert re.search(rf"^{horizon} +[+-]\d\.\d{{3}} +[+-]\d\.\d\d [+-]\d\.\d\d ", out, flags=re.MULTILINE), horizon
    assert re.search(
        r"This sheet shows \d+ p-values, each by itself; Holm's correction is for all of them", " ".join(out.split())
    )
    (folder,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}-signal-small_cap_momentum-[0-9a-f]{6}", folder.name)
    assert f"report: {folder}/signal.html" in out
    assert sorted(file.name for file in folder.iterdir()) == ["signal.csv", "signal.html", "signal.json"]
    content = json.loads((folder / "signal.json").read_text(), parse_constant=pytest.fail)
    assert (content["run_id"], content["params"], content["simulated"]) == (folder.name, {"lookback": 90}, True)
    assert (content["start"], content["end"]) == ("2016-01-01", "2024-12-31")


@pytest.mark.slow
def test_json_alone_is_the_file(harbinger):
    code, out, err = harbinger("signal", "ease_change", *SOURCE, "--start", "2020-01-01", "--json", "--out", "here")
    assert (code, err) == (0, "")
    assert json.loads(out, parse_constant=pytest.fail) == json.loads(Path("here/signal.json").read_text())
    rows = pd.read_csv("here/signal.csv", parse_dates=["date"])
    assert (f"{rows['date'].iloc[0]:%Y-%m-%d}", len(rows)) == ("2020-01-01", json.loads(out)["coverage"]["decisions"])
    assert rows["value"].notna().sum() == json.loads(out)["n"]
    assert rows["next_log_return"].isna().sum() == 2


@pytest.mark.slow
def test_another_asset_and_a_file_of_one_s_own(harbinger):
    Path("own.py").write_text(OWN)
    words = ("signal", "own.py", *SOURCE, "--traded", "BTC-USD", "--start", "2024-01-01", "--json", "--out", "x")
    code, out, err = harbinger(*words)
    assert (code, err) == (0, "")
    content = json.loads(out)
    assert (content["signal"], content["traded"]) == ("own", "BTC-USD")
    assert content["hedge"]["missing"] == "BTC-USD is the traded asset itself"
    assert [g["name"] for g in content["groups"]] == ["0", "1"]
    assert content["middle"] == "its lower value"
    assert {e["returns"] for e in content["forward"]} == {"plain", "hedged_spy"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["smal_cap"], 2, "unknown signal 'smal_cap'; did you mean small_cap_momentum"),
        (["nowhere.py"], 2, "nowhere.py: no such file"),
        (["zscore"], 2, "zscore: Zscore needs base"),
        (["small_cap_momentum", "-s", "lookbak=3"], 2, "unknown parameter 'lookbak'; did you mean lookback?"),
        (["small_cap_momentum", "-s", "lookback=1000"], 2, "lookback = 1000 is out of bounds: from 1 to 756 sessions"),
        (["small_cap_momentum", "--traded", "ETHUSD"], 2, "unknown series 'ETHUSD'"),
        (["small_cap_momentum", "--start", "2020-02-30"], 2, "--start = '2020-02-30' is not a date"),
        (["small_cap_momentum", "--start", "2021-01-01", "--end", "2020-01-01"], 2, "is before --start 2021-01-01"),
        (["fed_watch"], 1, "has no ZQ"),
        (["small_cap_momentum", "--end", "2016-03-01"], 1, "IWM has 40 observations, from 2016-01-04"),
    ],
)
def test_what_is_refused(harbinger, tmp_path, words, code, said):
    found, out, err = harbinger("signal", *words, *SOURCE)
    assert (found, out) == (code, "")
    assert said in " ".join(err.split())
    assert err.count("\n") <= 4
    assert not (tmp_path / "runs").exists()


def test_an_empty_store_says_what_to_fetch(harbinger):
    code, _, err = harbinger("signal", "small_cap_momentum")
    assert code == 1
    assert "harbinger data fetch ETH-USD" in err


@pytest.mark.slow
def test_the_page_is_self_contained_and_escaped(sheets):
    p, page = sheets["gate"]
    text = page.read_text()
    own = text.split("<body>")[1].split("<footer>")[0]
    assert "<img" not in own
    assert "onerror=" not in re.sub(
        r"&quot;|&lt;[^&]*", "", own.replace("&lt;img src=x onerror=&quot;fail()&quot;&gt;", "")
    )
    assert "&lt;img src=x" in own
    assert "<b>state" not in own
    assert 'class="banner">SIMULATED' in own
    assert "<title>SIMULATED" in text
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=[\"']?(?!data:)", own)
    assert p.headline.split(":")[0] in own.replace("&#x27;", "'")


@pytest.mark.slow
def test_what_cannot_be_shown_is_named_on_the_page(sheets):
    text = sheets["gate"][1].read_text()
    assert "Not shown: " in text
    assert "600 are needed for 10 spans of 60 bars" in text
    assert "FOMC cuts" in text
    assert "5 are needed" in text
    assert ">nan<" not in text.lower()
    assert ">None<" not in text


def test_a_page_of_the_same_profile_is_the_same_but_for_figure_numbers(sheets):
    p, page = sheets["trend"]
    pages = (with_links(text, {}) for text in (page.read_bytes(), render(p)))
    first, second = (re.sub(rb"figure-\d+", b"figure", text) for text in pages)
    assert first == second


DRAWN = """[...document.querySelectorAll('div.figure')].every(f =>
    f.querySelector('svg.main-svg') && f.querySelectorAll('.trace, .hm, .barlayer .point').length > 0)"""
INSIDE = """[...document.querySelectorAll('div.figure')].every(f => {
    const b = f.getBoundingClientRect();
    return b.width > 300 && b.left >= 0 && b.right <= innerWidth})"""
LEGENDS = """[...document.querySelectorAll('div.figure')].filter(f => {
    const a = f.querySelector('.legend'), b = f.querySelector('.xtitle, .gtitle');
    if (!a || !b) return false;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    return p.width && q.width && p.left < q.right && q.left < p.right && p.top < q.bottom - 1 && q.top < p.bottom - 1
}).map(f => f.getAttribute('aria-label'))"""


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("name", ["trend", "gate"])
def test_the_page_in_a_browser(sheets, name, tmp_path):
    find_browser()
    p, file = sheets[name]
    with browse(file) as page:
        assert page.problems == []
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
        page.picture(tmp_path / "page.png", 1100, 1600)
        assert (tmp_path / "page.png").stat().st_size > 60_000
        assert page.evaluate("document.documentElement.scrollWidth") <= 1100
        count = page.evaluate("document.querySelectorAll('div.figure').length")
        # over time, forward as it is, hedged for BTC and for SPY, quantiles, hits, decay twice, periods, events, kin (its map is a table), distribution twice
        shown = {g.horizon for g in p.group_returns if g.mean_pct is not None} - {10}
        studies = sum(2 for s in p.events if s.signal is not None)
        kin = 1 if len(p.kin.names) > 1 else 0
        assert count == 1 + 3 + len(shown) + 1 + 2 + 1 + studies + kin + 2
        assert page.evaluate(DRAWN) is True
        assert page.evaluate(INSIDE) is True
        assert page.evaluate(LEGENDS) == []
        cells = page.evaluate("document.querySelectorAll('table.sortable tbody tr').length")
        assert cells == len(p.forward)
        page.evaluate("document.querySelectorAll('table.sortable th')[1].click()")
        bars = page.evaluate(
            "[...document.querySelectorAll('table.sortable tbody td:nth-child(2)')].map(c => +c.textContent)"
        )
        assert bars == sorted(bars, reverse=True)


def test_the_figures_show_the_numbers(sheets):
    p, file = sheets["trend"]
    blocks = [
        json.loads(text)
        for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', file.read_text())
    ]
    over_time, plain, hedged, equities, *_ = blocks
    assert len(over_time["data"][1]["y"]) == p.coverage.decisions
    shown = [v for v in over_time["data"][1]["y"] if v is not None]
    np.testing.assert_allclose(shown, p.rows.x[np.isfinite(p.rows.x)], rtol=1e-5)
    for block, name in ((plain, "plain"), (hedged, "hedged"), (equities, "hedged_spy")):
        dots, apart, ranks = block["data"]
        want = [e for e in p.forward if e.returns == name]
        assert dots["y"] == [e.correlation for e in want if e.method != "nonoverlapping"]
        assert apart["y"] == [e.correlation for e in want if e.method == "nonoverlapping"]
        assert ranks["y"] == [r.rho for r in p.ranks if r.returns == name]
        up = np.array(dots["error_y"]["array"]) + np.array(dots["y"])
        np.testing.assert_allclose(up, [e.high for e in want if e.method != "nonoverlapping"], rtol=1e-9)


@pytest.mark.slow
def test_each_distinct_signal_is_a_trial(harbinger):
    from backtests.registry import Registry

    sheet = ("signal", "small_cap_momentum", "--source", "simulated", "--start", "2019-01-01", "--end", "2020-12-31")
    for words in ((), (), ("-s", "lookback=90"), ("--end", "2020-06-30")):
        assert harbinger(*sheet, *words)[0] == 0
    found = Registry().count("ETH-USD", simulated=True)
    assert (found.trials, found.ideas, found.from_signals, found.families) == (2, 0, 2, 2)
    rows = json.loads(harbinger("runs", "list", "--kind", "signal", "--json")[1])
    assert [row["study"] for row in rows] == ["small_cap_momentum"] * 4
    assert harbinger("runs", "show", rows[0]["run_id"])[0] == 0


COMPOSED = """\
[signal]
use = "zscore"
window = 120
[signal.base]
use = "ease_change"
lookback = 10
"""


@pytest.mark.slow
def test_a_composed_signal_is_taken_directly(harbinger):
    """By one line and by a file: the same numbers, and the sheet's own spec gives them again."""
    span = ("--start", "2022-01-01", "--json")
    Path("composed.toml").write_text(COMPOSED)
    line = ("zscore(ease_change, window=120)", "-s", "base.lookback=10")
    sheets = {}
    for out, words in (("line", line), ("file", ("composed.toml",))):
        code, text, err = harbinger("signal", *words, *SOURCE, *span, "--out", out)
        assert (code, err) == (0, "")
        sheets[out] = json.loads(text)
    Path("again.toml").write_text(sheets["line"]["spec"])
    sheets["again"] = json.loads(harbinger("signal", "again.toml", *SOURCE, *span, "--out", "again")[1])
    first, *others = ({k: v for k, v in sheet.items() if k != "run_id"} for sheet in sheets.values())
    assert first["signal"] == "zscore(ease_change)"
    assert first["params"] == {"window": 120, "memory": "rolling", "base.lookback": 10, "base.yields": "h15"}
    assert all(other == first for other in others)
    assert harbinger("check", "lookahead", "zscore(ease_change)", *SOURCE, "--cuts", 6)[0] == 0
    assert harbinger("check", "warmup", "composed.toml", *SOURCE)[0] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[strategy]\nuse = 'hold'\n", "table 'strategy'"),
        ("[market]\n", "no [signal] table"),
        ("[signal]\nuse = 'zscore'\n", "zscore needs base: add [signal.base] use = ..."),
        ("[signal]\nuse = 'zscore'\nbase = 'credit'\n", 'signal.base: a table with use = "name" is wanted'),
        ("[signal\n", "not TOML"),
    ],
)
def test_a_file_that_says_no_signal_is_named(harbinger, text, said):
    Path("mine.toml").write_text(text)
    code, out, err = harbinger("signal", "mine.toml", *SOURCE)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())
    assert harbinger("signal", "nowhere.toml", *SOURCE)[0] == 2
