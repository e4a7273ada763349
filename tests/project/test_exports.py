"""What the packages export: each name is there, documented, and the public face is no more and no less."""

import importlib
import inspect
import pkgutil

import pytest

import backtests

PACKAGES = ("data", "signals", "strategies", "backtests")


def modules():
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield name
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            yield found.name


def exporting():
    return [name for name in modules() if hasattr(importlib.import_module(name), "__all__")]


@pytest.mark.parametrize("name", exporting())
def test_every_exported_name_is_there_and_documented(name):
    module = importlib.import_module(name)
    assert len(set(module.__all__)) == len(module.__all__)
    for member in module.__all__:
        value = getattr(module, member)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), f"{name}.{member}"


def test_the_face_of_the_project():
    verbs = ["compare", "evidence_of", "lead_test", "load", "run", "signal_sheet", "sweep"]
    statistics = ["deflated_sharpe", "min_backtest_length", "min_track_record_length", "pbo", "psr"]
    assert sorted(backtests.__all__) == sorted(verbs + statistics)
    assert dir(backtests) == sorted(backtests.__all__)
    for name in backtests.__all__:
        assert inspect.isfunction(getattr(backtests, name))
    with pytest.raises(AttributeError, match="no attribute 'sweeps_of'"):
        _ = backtests.sweeps_of


@pytest.mark.parametrize("name", list(modules()))
def test_every_module_says_what_it_is(name):
    assert inspect.getdoc(importlib.import_module(name)), name
