"""Today's vintage of a revised series: refused on every path, and where the user allows it, said in every report."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests.experiments.studies import load
from backtests.experiments.toml import dump, parse
from backtests.runs.run import run
from data.catalogue import lookup
from data.errors import DataError
from data.files import shown
from data.sources.open import open_source
from data.sources.simulated.source import SimulatedSource
from data.store import Store
from data.vintages import warning
from tests.contracts import make_tables

STUDY = """\
[study]
name = "loosening"
why = "long while financial conditions loosen"

[strategy]
use = "long_flat"

[strategy.trend]
use = "financial_conditions"
"""
ALLOW = ("-s", "market.allow_revised=true")
REFUSED = (
    "is today's vintage, re-estimated every week: as a historical signal it is look-ahead; give a file of vintages"
)


def written(folder, nfci):
    """Write made bars and an NFCI of the given columns into a folder, and the study beside it."""
    folder.mkdir()
    tables = make_tables(["ETH-USD", "IWM", "NFCI"])
    for id in ("ETH-USD", "IWM"):
        tables[id].to_csv(folder / f"{id}.csv", index=False, date_format="%Y-%m-%d")
    table = tables["NFCI"]
    kept = table if "vintage" in nfci else table[table["vintage"] == table["vintage"].iloc[-1]]
    kept[list(nfci)].to_csv(folder / "NFCI.csv", index=False, date_format="%Y-%m-%d")
    (folder / "loosening.toml").write_text(STUDY)
    return folder


@pytest.fixture
def vintages(tmp_path):
    return written(tmp_path / "vintages", ("date", "vintage", "value"))


@pytest.fixture
def today(tmp_path):
    return written(tmp_path / "today", ("date", "value"))


def run_and_record(harbinger, folder, *words, out="out", page=False):
    toml, short = folder / "loosening.toml", () if page else ("--no-tearsheet",)
    return harbinger("run", toml, "--source", f"folder:{folder}", "--out", out, *short, *words)


def test_vintages_run_without_a_word(harbinger, vintages):
    code, out, err = run_and_record(harbinger, vintages)
    assert (code, err) == (0, "")
    content = json.loads(Path("out/run.json").read_text())
    assert content["market"]["allow_revised"] is False
    assert not any("today's vintage" in line for line in [*content["warnings"], out])


def test_a_run_on_todays_vintage_is_refused(harbinger, today):
    code, _, err = run_and_record(harbinger, today)
    assert code == 1
    assert f"NFCI of folder:{shown(today)} {REFUSED}" in " ".join(err.split())
    assert "market.allow_revised=true" in err


@pytest.mark.slow
def test_an_allowed_run_says_so_everywhere(harbinger, today):
    code, out, _ = run_and_record(harbinger, today, *ALLOW, page=True)
    assert code == 0
    assert "NFCI is today's vintage" in out
    assert "look-ahead" in out
    content = json.loads(Path("out/run.json").read_text())
    assert content["warnings"][0] == warning("NFCI")
    assert content["params"]["market.allow_revised"] is True
    page = Path("out/tearsheet.html").read_text()
    assert page.index("NFCI is today&#x27;s vintage") < page.index("The numbers")


@pytest.mark.slow
def test_the_word_is_in_the_spec_and_the_frozen_run_needs_it_again(harbinger, today, vintages):
    assert run_and_record(harbinger, today, *ALLOW)[0] == 0
    text = Path("out/spec.toml").read_text()
    assert "allow_revised = true" in text
    assert dump(parse(text.encode(), "test")) == text
    assert harbinger("run", "out/spec.toml", "--out", "again", "--no-tearsheet")[0] == 0
    assert Path("again/equity.csv").read_text() == Path("out/equity.csv").read_text()
    Path("silent.toml").write_text(text.replace("allow_revised = true", "allow_revised = false"))
    code, _, err = harbinger("run", "silent.toml", "--out", "silent")
    assert (code, REFUSED in " ".join(err.split())) == (1, True)
    assert run_and_record(harbinger, vintages, out="vintages")[0] == 0
    assert Path("vintages/equity.csv").read_text() != Path("out/equity.csv").read_text()


def test_today_names_the_signal_and_shows_the_others(harbinger, today):
    words = ("--source", f"folder:{today}", "--as-of", "2022-03-01", "--json")
    code, out, _ = harbinger("today", "small_cap_trend", *words)
    found = {signal["name"]: signal for signal in json.loads(out)["signals"]}
    assert code == 0
    assert found["financial_conditions"]["value"] is None
    assert REFUSED in found["financial_conditions"]["missing"]
    assert found["small_cap_momentum"]["value"] is not None
    _, out, _ = harbinger("today", today / "loosening.toml", *words)
    (study,) = json.loads(out)["studies"]
    assert (study["weight"], REFUSED in study["missing"]) == (None, True)


def test_today_warns_where_it_is_allowed(harbinger, today):
    allowed = today / "allowed.toml"
    allowed.write_text(STUDY + "\n[market]\nallow_revised = true\n")
    words = ("today", allowed, "--source", f"folder:{today}", "--as-of", "2022-03-01")
    content = json.loads(harbinger(*words, "--json")[1])
    (study,) = content["studies"]
    assert study["note"] == warning("NFCI")
    found = {signal["name"]: signal for signal in content["signals"]}
    assert (found["financial_conditions"]["note"], found["small_cap_momentum"]["note"]) == (warning("NFCI"), None)
    assert found["financial_conditions"]["value"] is not None
    assert "NFCI is today's vintage" in harbinger(*words)[1]


def test_today_reads_vintages(harbinger, vintages):
    words = ("--source", f"folder:{vintages}", "--as-of", "2022-03-01", "--json")
    found = json.loads(harbinger("today", "small_cap_trend", *words)[1])["signals"]
    signal = next(signal for signal in found if signal["name"] == "financial_conditions")
    assert (signal["known_at"], signal["missing"], signal["note"]) == ("2022-02-23T13:31Z", None, None)
    assert signal["inputs"] == [
        {"id": "NFCI", "observed": "2022-02-18", "known_at": "2022-02-23T13:31Z", "age_days": 6.44}
    ]


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_checks_meet_the_refusal_too(harbinger, today, vintages):
    words = ("financial_conditions", "--cuts", 12)
    for kind in ("lookahead", "warmup"):
        code, _, err = harbinger("check", kind, *words, "--source", f"folder:{today}")
        assert (code, REFUSED in " ".join(err.split())) == (1, True)
        assert harbinger("check", kind, *words, "--source", f"folder:{vintages}")[0] == 0
    code, out, err = harbinger("check", "lookahead", *words, "--source", f"folder:{today}", *ALLOW)
    assert (code, "NFCI is today's vintage" in err) == (1, True)
    assert "financial_conditions: the row of" in out


def test_data_check_points_it_out(harbinger, today, vintages):
    _, out, _ = harbinger("data", "check", "NFCI", "--source", f"folder:{today}")
    assert "warning: NFCI: " in out
    assert "today's vintage" in out
    code, out, _ = harbinger("data", "check", "NFCI", "--source", f"folder:{vintages}")
    assert "today's vintage" not in out
    assert "errors" in out


@pytest.mark.slow
def test_the_simulated_market_feeds_both_and_says_so(harbinger):
    for signal in ("financial_conditions", "sentiment"):
        code, out, err = harbinger("check", "lookahead", signal, "--source", "simulated", "--cuts", 20)
        assert (code, out) == (0, f"{signal}: clean at 20 cuts\n")
        assert "SIMULATED" in err
    source, experiment = SimulatedSource(), parse(STUDY.encode(), "test")
    result = run(experiment, source, Store())
    assert result.market.simulated
    decided = result.ledger.decisions.decided
    assert np.isfinite(decided).mean() > 0.9
    assert set(np.unique(decided[np.isfinite(decided)])) == {0.0, 1.0}


def test_no_signal_can_get_round_it_by_the_market_itself(today):
    """What is refused is in no mapping of the market: a user's own signal cannot read it by another door."""
    from data.market import Market, load_tables

    source = open_source(f"folder:{today}", None)
    market = Market.from_tables(
        load_tables(source, ["ETH-USD", "IWM", "NFCI"]), traded="ETH-USD", leader="IWM", source=source.name
    )
    assert set(market.series) == {"ETH-USD", "IWM"}
    with pytest.raises(DataError, match="today's vintage"):
        market[lookup("NFCI").id]
    with pytest.raises(DataError, match="today's vintage"):
        market.until(pd.Timestamp("2021-01-01", tz="UTC"))["NFCI"]


def test_no_built_in_study_sets_the_word():
    from backtests.experiments.studies import study_names

    assert not any(load(name).market.allow_revised for name in study_names())
