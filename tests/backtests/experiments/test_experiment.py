"""The experiment file, its parameters, and what is said of a wrong one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests.experiments.experiment import with_settings
from backtests.experiments.studies import load, study_names
from backtests.experiments.toml import dump, parse
from data.errors import BadSpec, OutOfBounds, UnknownName

# As the architecture document has it; it must run as it stands.
EXPERIMENT = b"""
[study]
name = "small_cap_trend"
why = "Long ETH while small caps trend up, else in cash."
[strategy]
use = "long_flat"
threshold = 0.0
[strategy.trend]
use = "small_cap_momentum"
lookback = 60
[costs]
commission_bps = 10
slippage_bps = 5
[execution]
rebalance_band = 0.02
delay_bars = 0
[market]
traded = "ETH-USD"
leader = "IWM"
join = "hold"
max_age_days = 7
"""
# The same document's signal file.
SIGNAL = '''"""Small caps against large ones."""
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from signals.base import Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class SmallVsLarge(Signal):
    """log(leader/SPY) now minus `lookback` sessions ago; log return; NaN until enough sessions. Source: the seed."""

    unit = "log return"
    lookback: Annotated[int, Parameter("sessions", 2, 756, grid=(20, 60, 120))] = 60

    @property
    def needs(self):
        return ("leader", "SPY")

    @property
    def history(self):
        return self.lookback + 1

    def compute(self, market):
        ratio = np.log(market["leader"].values / market["SPY"].values)
        return ratio - ratio.shift(self.lookback)
'''


def test_the_documented_experiment_is_the_built_in_study():
    built_in = load("small_cap_trend")
    assert replace(parse(EXPERIMENT, "x"), study=built_in.study) == built_in


@pytest.mark.parametrize("name", study_names())
def test_every_study_survives_its_own_toml(name):
    experiment = load(name)
    assert parse(dump(experiment).encode(), name) == experiment
    assert experiment.study.name == name
    assert len(experiment.study.why) > 20


def test_studies():
    assert set(study_names()) >= {"hold_eth", "own_trend", "small_cap_trend", "small_cap_trend_and_cuts"}
    assert load("study:own_trend") == load("own_trend")


def test_settings_reach_every_parameter():
    experiment = load("small_cap_trend_and_cuts")
    for parameter in experiment.parameters():
        if parameter.path.startswith("study."):
            continue
        assert with_settings(experiment, [f"{parameter.path}={parameter.value}"]) == experiment
    tuned = with_settings(
        experiment, ["trend.lookback=90", "gate.lookback=10", "market.traded=BTC-USD", "costs.slippage_bps=1"]
    )
    assert {k.path: k.value for k in tuned.parameters()} | {} == {k.path: k.value for k in experiment.parameters()} | {
        "trend.lookback": 90, "gate.lookback": 10, "market.traded": "BTC-USD", "costs.slippage_bps": 1.0}  # fmt: skip


def test_needs_are_what_is_read():
    assert load("hold_eth").needs == ("DGS3MO", "ETH-USD", "IWM")
    experiment = with_settings(load("small_cap_trend_and_cuts"), ["market.leader=SPY", "market.traded=BTC-USD"])
    assert experiment.needs == ("BTC-USD", "DGS2", "DGS3MO", "SPY")


@pytest.mark.parametrize(
    ("setting", "error", "says"),
    [
        ("trend.lookbak=3", UnknownName, "did you mean trend.lookback"),
        ("lookback=3", UnknownName, "did you mean trend.lookback"),
        ("trend.lookback=757", OutOfBounds, "trend.lookback = 757 .* to 756 sessions"),
        ("trend.lookback=2.5", BadSpec, "not a whole number"),
        ("trend.lookback", BadSpec, "write -s path=value"),
        ("costs.commission_bps=-1", OutOfBounds, "costs.commission_bps"),
        ("market.traded=ETH", UnknownName, "did you mean ETH-USD"),
        ("market.traded=DGS2", BadSpec, "no open to fill at"),
        ("market.join=holds", OutOfBounds, "one of hold, flat, us_sessions_only"),
        ("study.start=1.1.2020", BadSpec, "write YYYY-MM-DD"),
        ("study.start=2020-02-30", BadSpec, "not a date"),
        ("execution.delay_bars=-1", OutOfBounds, "execution.delay_bars"),
    ],
)
def test_wrong_settings_say_what_is_right(setting, error, says):
    with pytest.raises(error, match=says):
        with_settings(load("small_cap_trend"), [setting])


def test_end_before_start():
    with pytest.raises(BadSpec, match="before study.start"):
        with_settings(load("hold_eth"), ["study.start=2020-01-02", "study.end=2020-01-01"])


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        (b"[strategy\n", BadSpec, "not TOML"),
        (b"\xff\xfe", BadSpec, "not TOML"),
        (b"[study]\nname='x'", BadSpec, "no .strategy. table"),
        (b"[strategy]\nweight=1.0", BadSpec, "use ="),
        (b"[strategy]\nuse='hodl'", UnknownName, "did you mean hold"),
        (b"[strategy]\nuse='hold'\nwheight=1.0", UnknownName, "did you mean weight"),
        (b"[strategy]\nuse='hold'\nweight=9.0", OutOfBounds, "weight = 9.0"),
        (b"[strategy]\nuse='hold'\nweight='a'", BadSpec, "weight = 'a' is not a number"),
        (b"[strategy]\nuse='long_flat'", BadSpec, r"long_flat needs trend: add \[strategy.trend\]"),
        (b"[strategy]\nuse='long_flat'\n[strategy.trend]\nuse='hold'", UnknownName, "unknown signal"),
        (b"[strategy]\nuse='long_flat'\n[strategy.trend]\nuse='own_momentum'\nlookback=0", OutOfBounds, "trend.lookback = 0"),
        (b"[strategy]\nuse='hold'\n[cost]\nx=1", UnknownName, "did you mean costs"),
        (b"[strategy]\nuse='hold'\n[costs]\ncommision_bps=1", UnknownName, "did you mean commission_bps"),
        (b"[strategy]\nuse='hold'\n[market]\nleader='IWN'", UnknownName, "did you mean IWM"),
        (b"[strategy]\nuse='missing.py'", BadSpec, "no such file"),
    ],
)  # fmt: skip
def test_wrong_files_say_what_is_right(text, error, says):
    with pytest.raises(error, match=says):
        parse(text, "x.toml")


def test_dates_may_be_dates():
    experiment = parse(b"[strategy]\nuse='hold'\n[study]\nstart=2020-01-01\nend='2021-01-01'", "x")
    assert (experiment.study.start, experiment.study.end) == ("2020-01-01", "2021-01-01")


def test_names_with_quotes_survive():
    experiment = parse(b"[strategy]\nuse='hold'\n[study]\nname='a \"b\" \\\\ <c>'", "x")
    assert parse(dump(experiment).encode(), "y") == experiment


def test_unknown_study():
    with pytest.raises(UnknownName, match=r"did you mean small_cap_trend.*\.toml"):
        load("smal_cap_trend")
    with pytest.raises(BadSpec, match="no such file"):
        load("nowhere.toml")


def test_a_signal_from_a_file(tmp_path):
    (tmp_path / "small_vs_large.py").write_text(SIGNAL)
    toml = tmp_path / "mine.toml"
    toml.write_text('[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "small_vs_large.py"\nlookback = 20\n')
    experiment = load(str(toml))
    assert experiment.needs == ("DGS3MO", "ETH-USD", "IWM", "SPY")
    again = parse(dump(experiment).encode(), "elsewhere")
    assert again == experiment


def test_a_signal_from_the_plugin_folder(tmp_path, monkeypatch):
    (tmp_path / "my_small_vs_large.py").write_text(SIGNAL)
    monkeypatch.setenv("HARBINGER_PLUGINS", str(tmp_path))
    text = b"[strategy]\nuse='long_flat'\n[strategy.trend]\nuse='signal:my_small_vs_large'"
    signal = parse(text, "x").strategy.trend
    assert (signal.lookback, signal.unit) == (60, "log return")
    assert type(signal).__module__.startswith("harbinger_plugin_")
    (tmp_path / "own_momentum.py").write_text(SIGNAL)
    with pytest.raises(BadSpec, match="own_momentum.py has the name of a built-in signal; rename the file"):
        parse(text.replace(b"my_small_vs_large", b"own_momentum"), "x")
    monkeypatch.setenv("HARBINGER_PLUGINS", str(tmp_path / "none"))
    with pytest.raises(BadSpec, match="no such folder"):
        parse(text, "x")


@pytest.mark.parametrize(
    ("code", "says"),
    [("x = 1", "expected one Signal, found none"), ("1/0", "ZeroDivisionError"), ("def (", "SyntaxError")],
)
def test_a_bad_signal_file_says_so(tmp_path, code, says):
    (tmp_path / "bad.py").write_text(code)
    with pytest.raises(BadSpec, match=says):
        parse(b"[strategy]\nuse='long_flat'\n[strategy.trend]\nuse='bad.py'", "x", near=tmp_path)


@pytest.mark.slow
@given(st.text() | st.text(st.characters(max_codepoint=0x9F)))
def test_every_character_survives_the_file(text):
    """All of Unicode that UTF-8 has, controls and U+007F too; half a character is refused in one line."""
    settings = {"study.name": text, "study.why": text}
    if any("\ud800" <= c <= "\udfff" for c in text):
        with pytest.raises(BadSpec, match="half a character"):
            load("hold_eth").with_values(settings)
    else:
        experiment = load("hold_eth").with_values(settings)
        assert parse(dump(experiment).encode(), "again") == experiment


def test_each_control_character_survives_the_file():
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0x10FFFF):
        experiment = load("hold_eth").with_value("study.why", f"a{chr(code)}b")
        assert parse(dump(experiment).encode(), "again") == experiment, hex(code)
