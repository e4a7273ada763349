"""Words of a study are true of what a run of it trades and follows, on every screen and page."""

import re

import pytest

from backtests.experiments.experiment import with_settings
from backtests.experiments.named import reason, title
from backtests.experiments.studies import load, study_names

OTHER = ("-s", "market.traded=BTC-USD", "-s", "market.leader=QQQ")
FILE = """\
[study]
name = "mine"
why = "Long {traded} while the trend of {leader} is up."
[strategy]
use = "long_flat"
[strategy.trend]
use = "small_cap_momentum"
[market]
traded = "BTC-USD"
leader = "QQQ"
"""
WRONG = re.compile(r"\bEther\b|\bETH\b|\bIWM\b")


def params_of(study, *settings):
    return {one.path: one.value for one in with_settings(load(study), settings).parameters()}


@pytest.mark.parametrize("name", study_names())
def test_no_study_names_an_asset_that_is_not_traded(name):
    usual = reason(params_of(name))
    assert "{" not in usual
    other = reason(params_of(name, "market.traded=BTC-USD", "market.leader=QQQ"))
    assert not WRONG.search(other)
    assert other == usual.replace("ETH", "BTC").replace("small caps", "QQQ") or "bearish" in name


def test_a_title_says_what_is_traded_where_it_is_not_the_usual():
    assert title("hold_eth", params_of("hold_eth")) == "hold_eth"
    assert title("hold_eth", params_of("hold_eth", "market.traded=SPY")) == "hold_eth on SPY"
    assert title("hold_eth", {}) == "hold_eth"  # of a file of an earlier time
    assert reason(params_of("hold_eth", "market.traded=SPY")).startswith("Hold SPY and")
    assert reason(params_of("hold_eth", "market.traded=ETHUSDT-BINANCE")).startswith("Hold ETH and")


def words_of(page):
    """Return the text of a page without its scripts, and what stands above its fold."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.S)


@pytest.mark.parametrize(
    ("words", "page", "name"),
    [
        (("run", "hold_eth", *OTHER), "tearsheet.html", "hold_eth on BTC-USD"),
        (("run", "mine.toml"), "tearsheet.html", "mine on BTC-USD"),
        (("sweep", "mine.toml", "-s", "threshold=0,0.01"), "sweep.html", "Sweep of mine on BTC-USD"),
        (("stress", "mine.toml"), "stress.html", "Stress of mine on BTC-USD"),
        (("evidence", "mine.toml"), "evidence.html", "Is mine on BTC-USD luck?"),
    ],
)
def test_screens_and_pages_of_bitcoin_do_not_speak_of_ether(harbinger, tmp_path, words, page, name):
    (tmp_path / "mine.toml").write_text(FILE)
    span = ("-s", "study.start=2018-01-01", "-s", "study.end=2019-12-31") if words[0] in ("run", "sweep") else ()
    code, out, err = harbinger(*words, *span, "--source", "simulated", "--out", "made")
    assert code == 0, err
    text = words_of(tmp_path / "made" / page)
    assert f"<title>SIMULATED · {name}</title>" in text
    assert " on BTC-USD" in out.splitlines()[0]
    seats = text.replace("<td>IWM</td>", "")  # the table of other leaders
    assert not WRONG.search(out)
    assert not WRONG.search(seats), WRONG.search(seats)
    if words[0] == "run":
        says = "Hold BTC and do nothing" if "hold_eth" in words else "Long BTC while the trend of QQQ is up."
        assert says in out
        assert says in text
