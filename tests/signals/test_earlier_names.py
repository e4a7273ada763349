"""A signal that was renamed: its earlier name is read wherever a name may be given, and its ideas stay one idea."""

import json
from pathlib import Path

import pytest

from backtests.experiments.experiment import MarketSection
from backtests.experiments.studies import load, study_names
from backtests.experiments.toml import dump, parse, parse_signal, uses
from backtests.registry import Registry, experiment_hash, look_hash, trial_hash
from backtests.runs.defaults import changed
from backtests.runs.recovery.columns import idea_of, names_code
from backtests.runs.subject import resolve, signal_of
from backtests.sweeps.plans.axes import axis
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings
from data.errors import BadSpec, UnknownName
from signals import earlier_names, expression
from signals.base import Signal
from signals.discovery import find, names
from signals.earlier_names import TODAY

# (trial_hash, experiment_hash) of each built-in study, as the code before the signals were renamed wrote them.
IDEAS = {
    "balanced_view": ("344f1b4ce1f15508", "d4c0e88fe0c3c497"),
    "bearish_view": ("e266bbf3cf270cbd", "fabb48effde2e214"),
    "bearish_view_short": ("7e08243591c9c40c", "14c2250a506cf918"),
    "hold_eth": ("3bea5354c1009073", "cd94f3b47020a73d"),
    "own_trend": ("fae216cbab312c87", "6f956d393d129237"),
    "own_trend_and_small_caps": ("b1bcbdfd27ec0dc7", "1cb8ceadb7500eab"),
    "small_cap_trend": ("7caa67370dba3282", "7d187b7f58fb26b9"),
    "small_cap_trend_and_cuts": ("487889fb316c3197", "6022b9ce33686f5a"),
    "small_cap_trend_coupled": ("2e9fbecd49eb8531", "b0d518c17569e760"),
    "vol_target_hold": ("ae3138b171d52cda", "a7afba80058440d9"),
}
SETS = {
    ("small_cap_trend", "trend.lookback"): (
        "525f142cac3d6056", "aaf31ec9349c06a4", "7caa67370dba3282", "0ad67837d67b1826",
    ),
    ("own_trend_and_small_caps", "gate.lookback"): (
        "0688450f357cca4e", "9607955028bf288a", "b1bcbdfd27ec0dc7", "0fdd17486779abb0",
    ),
}  # fmt: skip
LOOKS = {
    "small_cap_momentum": "d06b2e8eb3aeced4", "own_momentum": "ecfe9bdbcaa5942c", "ease_level": "a36ef9d3723def95",
    "combine(zscore(small_cap_momentum), own_momentum)": "32835471957bdd0b",
}  # fmt: skip
SPAN = ("--source", "simulated:null", "--start", "2017-01-01", "--end", "2017-06-30")
SIGNAL = "from signals.own_momentum import OwnMomentum\n\n\nclass Mine(OwnMomentum):\n    pass\n"


@pytest.fixture(autouse=True)
def untold(monkeypatch):
    """Each test is told anew: a name is announced once a process."""
    monkeypatch.setattr(earlier_names, "_told", set())


def older(text):
    """Return the TOML of today as it was written before the signals were renamed."""
    for earlier, today in TODAY.items():
        text = text.replace(f'use = "{today}"', f'use = "{earlier}"')
    return text


def note(earlier):
    """Return what is said of an earlier name."""
    return f"note: the signal {earlier} is called {TODAY[earlier]} today; both names are read\n"


def test_no_signal_has_the_name_of_a_study():
    assert not set(names("signals")) & set(study_names())
    assert not set(TODAY) & set(names("signals"))
    assert set(TODAY.values()) <= set(names("signals"))


def test_identities_are_those_of_before():
    assert {name: (trial_hash(load(name)).hex(), experiment_hash(load(name))) for name in study_names()} == IDEAS
    for (study, path), hashes in SETS.items():
        base = load(study)
        plan = Plan(base, (axis(base, path, "20,60"), axis(base, "threshold", "0,0.1")))
        hashed = Settings(plan).trial_hash
        assert tuple(hashed(values).hex() for values in plan.sets) == hashes
    assert {text: look_hash(expression.parse(text), MarketSection()).hex() for text in LOOKS} == LOOKS


@pytest.mark.parametrize("name", IDEAS)
def test_an_experiment_of_then_is_the_one_of_today(name):
    then = older(dump(load(name)))
    assert parse(then.encode(), "then") == load(name)
    assert (names_code(then), idea_of(then)) == (False, IDEAS[name][0])
    assert uses(then) == uses(dump(load(name)))
    assert changed(name, then) == {}


def test_an_idea_with_a_file_of_the_users_keeps_its_recovered_identity():
    text = '[study]\nname = "x"\n[strategy]\nuse = "mine.py"\n[strategy.trend]\nuse = "own_momentum"\n'
    assert idea_of(text) == idea_of(older(text)) != idea_of(text.replace("own_momentum", "ease_level"))


@pytest.mark.parametrize(("earlier", "today"), TODAY.items())
def test_every_reader_of_names_takes_it(earlier, today):
    cls = find(today, Signal)
    assert find(earlier, Signal) is find(f"signal:{earlier}", Signal) is cls
    assert signal_of(earlier) == cls()
    assert signal_of(f"zscore({earlier}(lookback=9), window=30)") == signal_of(
        f"zscore({today}(lookback=9), window=30)"
    )
    assert resolve(f"signal:{earlier}", ["lookback=9"]).parts[-1].node == cls(9)
    assert parse_signal(f'[signal]\nuse = "{earlier}"\nlookback = 9'.encode(), "x")[0] == cls(9)
    module = __import__(f"signals.{earlier}", fromlist=["x"])
    assert [getattr(module, name) for name in module.__all__] == [cls]


@pytest.mark.parametrize("wrong", ["small_cap_tren", "small_cap_momentu", "own_tren", "own_momentun"])
def test_what_is_offered_is_the_name_of_today(wrong):
    with pytest.raises(UnknownName) as caught:
        find(wrong, Signal)
    assert caught.value.near
    assert not set(TODAY) & set(caught.value.near)


def test_lists_have_the_names_of_today_alone(harbinger):
    code, out, _ = harbinger("signals")
    listed = {line.split()[0] for line in out.splitlines() if line.strip()}
    assert code == 0
    assert set(TODAY.values()) <= listed
    assert not set(TODAY) & listed


def test_commands_take_it_and_say_so(harbinger):
    Path("then.toml").write_text(older(dump(load("own_trend"))))
    for words in (
        ("signal", "own_trend", *SPAN),
        ("check", "lookahead", "signal:own_trend", "--source", "simulated:null", "--cuts", "3"),
        ("check", "warmup", "signal:own_trend", "--source", "simulated:null", "--cuts", "3"),
        ("run", "then.toml", "-s", "trend.lookback=14", *SPAN, "--no-tearsheet"),
        ("sweep", "then.toml", "-s", "trend.lookback=14,28", *SPAN),
        ("today", "then.toml", "--source", "simulated:null"),
    ):
        earlier_names._told.clear()
        json_ = () if words[0] == "check" else ("--json",)
        code, out, err = harbinger(*words, *json_)
        assert (code, err.partition("harbinger: SIMULATED")[0]) == (0, note("own_trend")), words
        assert "is called" not in out
        if json_:
            json.loads(out)


def test_the_note_is_said_once_and_not_in_quiet(harbinger):
    assert harbinger("signal", "combine(own_trend, zscore(own_trend))", *SPAN)[2] == note("own_trend")
    earlier_names._told.clear()
    assert harbinger("signal", "own_trend", *SPAN, "--quiet")[::2] == (0, "")


def test_a_run_of_then_is_the_idea_of_today_and_differs_in_nothing(harbinger):
    Path("then.toml").write_text(older(dump(load("small_cap_trend"))))
    words = (*SPAN, "--no-tearsheet")
    assert harbinger("run", "then.toml", *words, "--out", "a")[0] == 0
    assert harbinger("run", "small_cap_trend", *words, "--out", "b")[0] == 0
    assert 'use = "small_cap_momentum"' in Path("a/spec.toml").read_text()  # what is written says the name of today
    assert len({entry.trial_hash for entry in Registry().runs.newest()}) == 1
    Path("a/spec.toml").write_text(older(Path("a/spec.toml").read_text()))  # as a folder of then has it
    code, out, _ = harbinger("compare", "a", "b", "--json")
    assert code == 0
    assert "trend" not in json.loads(out)["parameters"]
    earlier_names._told.clear()
    assert harbinger("run", "a/spec.toml", "--no-tearsheet")[::2] == (0, note("small_cap_trend"))


def test_a_sheet_of_then_recovers_as_the_look_of_today(harbinger, own_home):
    assert harbinger("signal", "own_momentum", *SPAN, "--out", "sheet")[0] == 0
    (row,) = Registry().runs.newest()
    saved = Path("sheet/signal.json")
    saved.write_text(saved.read_text().replace('use = \\"own_momentum\\"', 'use = \\"own_trend\\"'))
    (own_home / "registry.sqlite").unlink()
    assert harbinger("runs", "recover", "sheet")[0] == 0
    (again,) = Registry().runs.newest()
    assert 'use = "own_trend"' in again.spec
    assert again.trial_hash == row.trial_hash
    assert harbinger("report", again.run_id, "--out", "drawn")[0] == 0


def test_a_strategy_of_the_users_may_say_it(harbinger):
    Path("mine.py").write_text(
        "import backtrader as bt\n\n\nclass Mine(bt.Strategy):\n"
        "    signals = {'own': 'own_trend'}\n\n    def next(self):\n        pass\n"
    )
    code, _, err = harbinger("run", "mine.py:Mine", *SPAN, "--no-tearsheet")
    assert (code, err) == (0, note("own_trend"))


def test_a_file_of_the_users_with_that_name(tmp_path, monkeypatch, harbinger):
    """By its path it is taken as ever; in the folder of plugins old files would mean another signal by it."""
    (tmp_path / "own_trend.py").write_text(SIGNAL)
    assert find(str(tmp_path / "own_trend.py"), Signal).__name__ == "Mine"
    assert harbinger("signal", "own_trend.py", *SPAN)[::2] == (0, "")
    monkeypatch.setenv("HARBINGER_PLUGINS", str(tmp_path))
    with pytest.raises(BadSpec, match=r"own_trend.py has the earlier name, .* of a built-in signal; rename the file"):
        find("own_trend", Signal)


def test_no_new_signal_gets_it(harbinger):
    for name, said in (("own_trend", "the earlier name of the built-in signal own_momentum"),
                       ("own_momentum", "a built-in signal already")):  # fmt: skip
        code, out, err = harbinger("new", "signal", name)
        assert (code, out) == (2, "")
        assert said in err
        assert not Path(f"{name}.py").exists()
    assert harbinger("new", "study", "own_trend")[0] == 2  # a built-in study, as before
