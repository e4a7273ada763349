"""Every cheater is caught, nothing that comes with harbinger is accused."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from backtests.checks.attacks import History, cut, noise, reanchored, unfinished
from backtests.checks.lookahead import check_lookahead
from backtests.checks.publication import published
from backtests.checks.testing import assert_no_lookahead
from backtests.experiments.experiment import Experiment, MarketSection
from backtests.experiments.studies import load, study_names
from backtests.runs.subject import Part, Target, of_signal, of_spec, resolve
from data import catalogue
from data.calendars.publication import sessions
from data.errors import BadSpec, DataError, UnknownName
from data.market import load_tables
from data.sources.open import open_source
from data.sources.simulated.source import SimulatedSource
from data.table import first_fault, validate
from data.vintages import refused
from signals.base import Signal
from signals.discovery import find, names
from signals.own_momentum import OwnMomentum
from signals.small_cap_momentum import SmallCapMomentum
from strategies.base import Strategy
from strategies.long_flat import LongFlat
from tests.cheaters.__main__ import FILES, IN_TIME, cheaters
from tests.conftest import ROOT
from tests.contracts import SPAN, make_tables
from tests.signals.parts import build_signal

HERE = ROOT / "tests" / "cheaters"
OF_VINTAGES = ["latest_vintage", "newest_vintage", "vintage_at_midnight"]  # no real history has vintages
CHEATERS = [file.stem for file in FILES if file.stem not in {*IN_TIME, *OF_VINTAGES}]
SIMULATED = SimulatedSource()
CUTS = 20


def check(target, source=SIMULATED, cuts=CUTS, **more):
    return check_lookahead(target, load_tables(source, target.needs), source=source.name, cuts=cuts, **more)


def cheater(name):
    return resolve(str(HERE / f"{name}.py"))


def test_there_are_a_dozen_and_more():
    assert len(CHEATERS) >= 20


def accused(source, names=CHEATERS, **more):
    """Return the findings by fixture, of all of them in one check: their markets are rebuilt once."""
    parts = tuple(part for name in names for part in cheater(name).parts)
    outcome = check(Target("every cheater", parts), source, **more)
    return {name: [finding for finding in outcome.findings if finding.name == name] for name in names}


@pytest.fixture(scope="module")
def on_simulated():
    return accused(SIMULATED)


@pytest.fixture(scope="module")
def on_real_history(shared_market):
    return accused(open_source(f"folder:{shared_market}", None), start=pd.Timestamp("2018-01-01"))


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("where", ["on_simulated", "on_real_history"])
@pytest.mark.parametrize("name", CHEATERS)
def test_a_cheater_is_caught(name, where, request):
    findings = request.getfixturevalue(where)[name]
    assert findings
    assert all(pd.Timestamp(finding.date).tz is not None for finding in findings)
    assert all(finding.full != finding.cut for finding in findings)


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_the_hard_ones_are_caught_by_any_draw(seed):
    hard = ["minutes_early", "coming_session", "adjusted_level", "dropped_ahead"]
    assert all(accused(SIMULATED, hard, seed=seed).values())


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("name", OF_VINTAGES)
def test_cheaters_with_vintages_are_caught(name):
    findings = accused(SIMULATED, [name])[name]
    assert ("row" if name == "vintage_at_midnight" else "value") in {finding.field for finding in findings}
    assert all(finding.full != finding.cut for finding in findings)


@pytest.mark.uncounted
@pytest.mark.slow
def test_what_is_honest_in_time_is_not_accused():
    assert accused(SIMULATED, sorted(IN_TIME)) == {name: [] for name in IN_TIME}


def everything():
    """Return one target of every signal and study there is, so that markets are rebuilt once for all."""
    parts = [Part(f"signal:{name}", build_signal(find(name, Signal))) for name in names("signals")]
    for name in study_names():
        parts += [replace(part, name=f"{name}: {part.name}") for part in of_spec(load(name)).parts]
    once = {(part.node, part.delay_bars): part for part in reversed(parts)}
    return Target("everything", tuple(once.values()))


def settles():
    """Return made settles of 13 monthly contracts a session."""
    days, rng = sessions(*SPAN), np.random.default_rng(5)
    months = [(day, day.to_period("M").to_timestamp() + pd.DateOffset(months=n)) for day in days for n in range(13)]
    table = pd.DataFrame(months, columns=["date", "contract"]).assign(settle=95 + rng.normal(0, 0.1, len(months)))
    return validate(table, catalogue.lookup("ZQ"), "test")


@pytest.mark.uncounted
@pytest.mark.slow
def test_nothing_built_in_is_accused():
    target = everything()
    tables = make_tables([id for id in target.needs if id != "ZQ"]) | {"ZQ": settles()}
    assert check_lookahead(target, tables, cuts=14).findings == ()


@pytest.mark.uncounted
@pytest.mark.slow
def test_no_study_is_accused_on_real_history(shared_market):
    source = open_source(f"folder:{shared_market}", None)
    able = [part for part in everything().parts if "ZQ" not in part.node.needs and _fed(source, part)]
    target = Target("all that the shared history feeds", tuple(able))
    assert len(able) >= 6
    assert check(target, source, cuts=10, start=pd.Timestamp("2018-01-01")).findings == ()


@pytest.mark.uncounted
@pytest.mark.slow
def test_futures_are_not_accused_on_real_history(shared_market):
    source = open_source(f"folder:{shared_market}", None)
    assert check(resolve("signal:fed_watch"), source, cuts=1, start=pd.Timestamp("2018-01-01")).findings == ()


def _fed(source, part):
    ids = [{"leader": "IWM", "traded": "ETH-USD"}.get(id, id) for id in part.node.needs]
    try:
        tables = load_tables(source, ids)
    except DataError:
        return False
    return not refused(tables, source.name)


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("join", ["hold", "flat", "us_sessions_only"])
def test_the_join_policy_sees_no_future(join):
    target = of_spec(load("small_cap_trend").with_value("market.join", join).with_value("execution.delay_bars", 1))
    assert check(target).findings == ()


# Vintages


@dataclass(frozen=True)
class AsKnown(Signal):
    unit = "index"
    needs = ("NFCI",)
    history = 1

    def compute(self, market):
        return market["NFCI"].values


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_revised_vintage_is_caught_and_vintages_as_known_are_not():
    tables = make_tables(["ETH-USD", "IWM", "NFCI"])
    for name in OF_VINTAGES:
        assert check_lookahead(cheater(name), tables, cuts=CUTS).findings, name
    parts = (Part("as_known", AsKnown()), *resolve("signal:financial_conditions").parts)
    assert check_lookahead(Target("honest", parts), tables, cuts=60).findings == ()


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("hour", [6, 8])
def test_a_release_before_0830_new_york_is_caught(monkeypatch, hour):
    """The product's own hour made wrong: only the independent statement can see it."""
    monkeypatch.setattr("data.calendars.publication.RELEASED", f"{hour:02}:00")
    assert not check(resolve("signal:financial_conditions")).clean


def todays_vintage():
    """Return tables in which NFCI is one vintage without its date."""
    tables = make_tables(["ETH-USD", "IWM", "NFCI"])
    table = tables["NFCI"]
    newest = table[table["vintage"] == table["vintage"].iloc[-1]]
    return tables | {"NFCI": newest.drop(columns="vintage").reset_index(drop=True)}


@pytest.mark.slow
def test_todays_vintage_cannot_be_checked_unless_allowed_and_then_is_accused():
    with pytest.raises(DataError, match="NFCI of .* is today's vintage"):
        check_lookahead(resolve("signal:financial_conditions"), todays_vintage(), cuts=CUTS)
    allowed = resolve("signal:financial_conditions", ["market.allow_revised=true"])
    outcome = check_lookahead(allowed, todays_vintage(), cuts=CUTS)
    assert [finding.field for finding in outcome.findings] == ["row", "value"]  # absent when cut, other in the noise
    as_known = Target("t", (Part("as_known", AsKnown()),), MarketSection(allow_revised=True))
    assert not check_lookahead(as_known, todays_vintage(), cuts=CUTS).clean


# What is done to the tables


@pytest.fixture(scope="module")
def history():
    tables = load_tables(SIMULATED, ["ETH-USD", "IWM", "DGS2", "DFEDTARU", "VIX"])
    return History(tables, {id: published(table, id) for id, table in tables.items()})


NOON = pd.Timestamp("2022-07-06 17:00", tz="UTC")


def test_a_cut_keeps_what_was_published(history):
    last = {id: f"{table['date'].iloc[-1]:%m-%d}" for id, table in cut(history, NOON).items()}
    assert last == {"ETH-USD": "07-05", "IWM": "07-05", "DGS2": "07-01", "DFEDTARU": "07-05", "VIX": "07-05"}


def test_the_unfinished_bar_is_there_and_altered(history):
    for id, table in unfinished(history, NOON).items():
        part = cut(history, NOON)[id]
        whole = history.tables[id].iloc[: len(table)]
        assert table["date"].iloc[-1] == pd.Timestamp("2022-07-06")
        assert table.iloc[: len(part)].equals(part)
        column = "close" if "close" in table else "value"
        assert not np.isclose(table[column].iloc[-1], whole[column].iloc[-1])


def test_noise_leaves_the_past_alone_and_the_future_plausible(history):
    for id, table in noise(history, NOON).items():
        whole, known = history.tables[id], history.known(id, NOON)
        row, column = catalogue.lookup(id), "close" if "close" in table else "value"
        assert table[known].equals(whole[known])
        assert table["date"].equals(whole["date"])
        assert (table[column] != whole[column])[~known].mean() > 0.9
        assert table[column].between(row.low, row.high).all()
        assert first_fault(table, row) is None


def test_a_new_anchor_keeps_every_return(history):
    part, moved = cut(history, NOON)["IWM"], reanchored(history, NOON)["IWM"]
    if "adj_close" in part:
        assert (moved["adj_close"] * 2).equals(part["adj_close"])
    assert moved["close"].equals(part["close"])


def test_a_full_run_on_a_wrong_rule_is_caught(monkeypatch):
    """The product's own rule made wrong: H.15 on the evening of its date. Only an independent oracle can see it."""
    from data.calendars.instants import new_york
    from data.calendars.publication import RULES, Rule

    monkeypatch.setitem(RULES, "h15", Rule("h15", "wrong", lambda days: new_york(days, "16:15")))
    assert not check(resolve("signal:ease_change")).clean


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_bar_closed_too_early_by_rule_is_caught(monkeypatch):
    from data.calendars.publication import RULES, Rule

    early = Rule("utc_day", "wrong", lambda days: (days + pd.Timedelta(hours=23)).tz_localize("UTC"))
    monkeypatch.setitem(RULES, "utc_day", early)
    outcome = check(resolve("study:hold_eth"))
    assert {(finding.name, finding.field) for finding in outcome.findings} == {
        ("costs.cash_yield", "row"),
        ("hold_eth", "row"),
    }


# Targets


def test_targets_by_name_and_file(tmp_path, monkeypatch):
    assert [part.name for part in resolve("study:small_cap_trend_and_cuts").parts] == ["small_cap_momentum", "ease_change", "costs.cash_yield", "small_cap_trend_and_cuts"]  # fmt: skip
    assert [part.field for part in resolve("signal:own_momentum", ["lookback=9", "market.traded=BTC-USD"]).parts] == [
        "value"
    ]
    assert resolve("signal:own_momentum", ["lookback=9"]).parts[0].node == OwnMomentum(9)
    assert resolve("signal:own_momentum", ["market.traded=BTC-USD"]).market.traded == "BTC-USD"
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "hold_eth.py").write_text(
        "from signals.own_momentum import OwnMomentum\n\n\nclass Mine(OwnMomentum):\n    pass\n"
    )
    monkeypatch.setenv("HARBINGER_PLUGINS", str(tmp_path / "plugins"))
    assert "signal:hold_eth" in resolve("hold_eth").note
    assert resolve("small_cap_trend").note == ""  # a study alone: the signal has another name
    assert resolve("small_cap_trend", ["trend.lookback=9"]).parts[0].node == SmallCapMomentum(9)
    with pytest.raises(UnknownName, match="did you mean small_cap_trend"):
        resolve("small_cap_trent")
    with pytest.raises(BadSpec, match="no such file"):
        resolve(str(tmp_path / "none.py"))
    with pytest.raises(BadSpec, match="write -s path=value"):
        resolve("signal:own_momentum", ["lookback"])
    (tmp_path / "broken.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(BadSpec, match="nothing_of_this_name"):
        resolve(str(tmp_path / "broken.py"))
    needy = tmp_path / "needy.py"
    needy.write_text("from strategies.long_flat import LongFlat\n\n\nclass Mine(LongFlat):\n    pass\n")
    with pytest.raises(BadSpec, match="Mine needs trend"):
        resolve(str(needy))


def test_two_signals_of_one_kind_are_told_apart():
    @dataclass(frozen=True)
    class Two(Strategy):
        fast: Signal
        slow: Signal

        def weights(self, market):
            return (market.asof(self.fast.compute(market)) > market.asof(self.slow.compute(market))).astype(float)

    assert [part.name for part in of_spec(Experiment(Two(OwnMomentum(7), OwnMomentum(28)))).parts] == [
        "own_momentum (fast)",
        "own_momentum (slow)",
        "costs.cash_yield",
        "unnamed",
    ]


def test_what_has_no_value_is_no_proof():
    tables = make_tables(["ETH-USD", "IWM"], span=(pd.Timestamp("2021-01-04"), pd.Timestamp("2021-12-31")))
    with pytest.raises(DataError, match="nothing to check"):
        check_lookahead(of_signal(OwnMomentum(756)), tables, cuts=5)


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_helper_for_users():
    assert_no_lookahead(SmallCapMomentum(20), cuts=10)
    assert_no_lookahead(LongFlat(OwnMomentum(7)), cuts=10)
    assert_no_lookahead(load("hold_eth"), cuts=10)
    with pytest.raises(AssertionError, match="shift_back: the value of"):
        assert_no_lookahead(HERE / "shift_back.py", cuts=10)


# The command


@pytest.mark.slow
def test_the_command(harbinger):
    code, out, err = harbinger("check", "lookahead", "own_trend", "--source", "simulated", "--cuts", 20)
    assert (code, out) == (0, "own_trend: clean at 20 cuts\n")
    assert "SIMULATED" in err
    code, out, err = harbinger("check", "lookahead", HERE / "next_bar.py", "--source", "simulated", "--cuts", 20)
    assert code == 1
    assert "next_bar: the weight of" in out


@pytest.mark.slow
def test_the_command_as_json(harbinger):
    words = ("--source", "simulated", "--cuts", 20, "--json", "--start", "2020-01-01", "--end", "2020-12-31")
    code, out, _ = harbinger("check", "lookahead", HERE / "shift_back.py", *words)
    content = json.loads(out)
    assert code == 1
    assert list(content) == ["target", "clean", "cuts", "findings"]
    assert (content["clean"], content["cuts"]) == (False, 20)
    (finding,) = content["findings"]
    assert list(finding) == ["name", "date", "field", "full", "cut"]
    assert "2019-12-25" < finding["date"] < "2020-03"
    assert (finding["name"], finding["field"], finding["cut"]) == ("shift_back", "value", None)
    code, out, _ = harbinger("check", "lookahead", "signal:own_momentum", *words)
    assert (code, json.loads(out)["findings"]) == (0, [])


@pytest.mark.parametrize(
    ("words", "say"),
    [
        (("no_such_thing",), "unknown study or signal"),
        (("own_trend", "--start", "yesterday"), "write YYYY-MM-DD"),
        (("own_trend", "--start", "2031-01-01"), "choose a longer span"),
        (("own_trend", "-s", "trend.lookback=0"), "out of bounds"),
        (("own_trend", "--cuts", "0"), "cuts"),
        (("signal:zscore",), "needs"),
    ],
)
def test_wrong_usage_exits_with_two(harbinger, words, say):
    code, _, err = harbinger("check", "lookahead", *words, "--source", "simulated")
    assert code == 2
    assert say in err


def test_the_docs_list_every_cheater():
    assert cheaters() in (ROOT / "docs" / "lookahead.md").read_text(), "run: python -m tests.cheaters"
