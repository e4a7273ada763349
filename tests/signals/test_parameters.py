"""The one mechanism of parameters."""

from dataclasses import dataclass, field
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadSpec, OutOfBounds, UnknownName
from signals.parameters import Parameter, check_bounds, convert, declared_parameters, parameters, with_value


@dataclass(frozen=True)
class Leaf:
    lookback: Annotated[int, Parameter("sessions", 2, 100, grid=(20, 60))] = 60
    side: Annotated[str, Parameter("side", choices=("long", "short"))] = "long"

    def __post_init__(self):
        check_bounds(self)


@dataclass(frozen=True)
class Root:
    leaf: Leaf = field(default_factory=Leaf)
    level: Annotated[float, Parameter("return")] = 0.0
    strict: Annotated[bool, Parameter("switch")] = True

    def __post_init__(self):
        check_bounds(self)


def test_every_parameter_has_a_path():
    found = {parameter.path: parameter.value for parameter in parameters(Root())}
    assert found == {"level": 0.0, "strict": True, "leaf.lookback": 60, "leaf.side": "long"}


def test_tune_changes_a_copy():
    root = Root()
    tuned = with_value(with_value(root, "leaf.lookback", "90"), "level", "1e-2")
    assert (tuned.leaf.lookback, tuned.level) == (90, 0.01)
    assert (root.leaf.lookback, root.level) == (60, 0.0)


@pytest.mark.parametrize("low_high", [1, 101])
def test_bounds_name_path_value_and_bound(low_high):
    with pytest.raises(OutOfBounds, match=rf"leaf.lookback = {low_high} is out of bounds: from 2 to 100 sessions"):
        with_value(Root(), "leaf.lookback", low_high)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_no_parameter_is_nan_or_infinite(value):
    with pytest.raises(OutOfBounds, match="level"):
        with_value(Root(), "level", value)


def test_choices():
    assert with_value(Root(), "leaf.side", "short").leaf.side == "short"
    with pytest.raises(OutOfBounds, match="one of long, short"):
        with_value(Root(), "leaf.side", "flat")


@pytest.mark.parametrize(
    ("path", "near"), [("leaf.lokback", "leaf.lookback"), ("lookback", "leaf.lookback"), ("levle", "level")]
)
def test_unknown_paths_suggest(path, near):
    with pytest.raises(UnknownName, match=rf"did you mean .*{near}"):
        with_value(Root(), path, 3)


@pytest.mark.parametrize(
    ("value", "type_"),
    [("9.5", int), (9.0, int), (True, int), (True, float), ("x", float), ("yes", bool), (3, str), ("", int)],
)
def test_what_cannot_be_read_is_said(value, type_):
    with pytest.raises(BadSpec, match=r"x\.y = .* is not "):
        convert("x.y", value, type_)


def test_what_cannot_be_read_is_told_the_bounds():
    whole = "^leaf.lookback = 'x' is not a whole number of 64 bits: write from 2 to 100 sessions$"
    with pytest.raises(BadSpec, match=whole):
        with_value(Root(), "leaf.lookback", "x")
    with pytest.raises(BadSpec, match="^level = 'x' is not a number$"):  # any is allowed
        with_value(Root(), "level", "x")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_survive_text(value):
    assert convert("x", repr(value), float) == value


def test_plain_fields_are_no_parameters():
    assert list(declared_parameters(Root)) == ["level", "strict"]


def test_files_written_before_0_2_find_param_under_its_old_name():
    from signals.knobs import Param

    assert Param is Parameter
