"""The one mechanism of parameters.

A parameter is a plain typed field whose annotation carries unit, bounds and grid:

    lookback: Annotated[int, Parameter("sessions", 2, 756, grid=(20, 60, 120))] = 60

`parameters(node)` walks a tree of dataclasses and yields every parameter by dotted path; `with_value(node, path, ...)`
returns a changed copy. Experiment files, `-s path=value`, sweep axes, report rows and range errors all read these two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from data.errors import BadSpec, OutOfBounds, UnknownName, quoted

Value = int | float | str | bool
NUMBER_OR_NAME = float | str  # of a parameter that is a number, or names a series of numbers
MOST_WHOLE = 2**63 - 1


@dataclass(frozen=True)
class Parameter:
    """What a parameter's annotation says: its unit, inclusive bounds or choices, and the values worth comparing.

    `formerly` is an earlier name, which files and settings may still use. `absent` is the value that does what was done
    before the parameter was there: an idea that has it is the idea of then. Bounds hold for numbers alone.
    """

    unit: str
    low: float = -math.inf
    high: float = math.inf
    grid: tuple[Value, ...] = ()
    choices: tuple[str, ...] = ()
    formerly: str = ""
    absent: Value | None = None

    @property
    def span(self) -> str:
        """What a value may be, without the unit."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if math.isinf(self.high):
            return "any finite number" if math.isinf(self.low) else f"{self.low:g} or more"
        return f"{self.low:g} or less" if math.isinf(self.low) else f"from {self.low:g} to {self.high:g}"

    @property
    def bounds(self) -> str:
        """What a value may be, in its unit."""
        return self.span if self.choices else f"{self.span} {self.unit}"


@dataclass(frozen=True)
class PlacedParameter:
    """One parameter of a tree: where it is, what it is now, and what it may be."""

    path: str
    value: Value
    type: type
    param: Parameter


def declared_parameters(cls: type) -> Mapping[str, tuple[type, Parameter]]:
    """Return {field: (type, Param)} of the fields of a dataclass that are parameters, in order of declaration."""
    return _parameters(cls)


@cache
def _parameters(cls: Hashable) -> Mapping[str, tuple[type, Parameter]]:
    assert isinstance(cls, type)
    hints = get_type_hints(cls, include_extras=True)
    found: dict[str, tuple[type, Parameter]] = {}
    for field in fields(cls):
        hint = hints[field.name]
        param = (
            next((a for a in get_args(hint)[1:] if isinstance(a, Parameter)), None)
            if get_origin(hint) is Annotated
            else None
        )
        if param is not None:
            found[field.name] = (get_args(hint)[0], param)
    return found


def present_name(cls: type, name: str) -> str:
    """Return the name that a parameter of `cls` has today, where `name` is an earlier one of it; else `name`."""
    return next((now for now, (_, param) in declared_parameters(cls).items() if name and param.formerly == name), name)


def components(node: Any) -> dict[str, Any]:
    """Return {field: child} of the fields of `node` that are dataclasses themselves."""
    cls: type = type(node)
    children = {name: getattr(node, name) for name in _names(cls)}
    return {name: child for name, child in children.items() if is_dataclass(child)}


@cache
def _names(cls: Hashable) -> tuple[str, ...]:
    assert isinstance(cls, type)
    return tuple(field.name for field in fields(cls))


def parameters(node: Any, prefix: str = "") -> Iterator[PlacedParameter]:
    """Yield every parameter below `node` by dotted path, a node's own before its children's."""
    for name, (type_, param) in declared_parameters(type(node)).items():
        yield PlacedParameter(prefix + name, getattr(node, name), type_, param)
    for name, child in components(node).items():
        yield from parameters(child, f"{prefix}{name}.")


def with_value(node: Any, path: str, value: Value, *, root: str = "") -> Any:
    """Return a copy of `node` with the parameter at `path` set (see `with_values`)."""
    return with_values(node, {path: value}, root=root)


def with_values(
    node: Any, settings: Mapping[str, Value], *, root: str = "", below: Callable[..., Any] | None = None
) -> Any:
    """Return a copy of `node` with the parameter at each path set, all at once (text is read as the parameter's type).

    `below` does the same for its parts, by default this very function. Raises UnknownName with the close paths,
    OutOfBounds with the bounds, BadSpec where text cannot be read.
    """
    children, own = components(node), declared_parameters(type(node))
    changes: dict[str, Any] = {}
    parts: dict[str, dict[str, Value]] = {}
    for path, value in settings.items():
        head, _, rest = path.partition(".")
        head = head if rest else present_name(type(node), head)
        if rest and head in children:
            parts.setdefault(head, {})[rest] = value
        elif not rest and head in own:
            changes[head] = convert(root + head, value, *_expected(own[head]))
        else:
            raise UnknownName("parameter", root + path, [parameter.path for parameter in parameters(node, root)])
    set_part = below or with_values
    changes |= {head: set_part(children[head], part, root=f"{root}{head}.") for head, part in parts.items()}
    try:
        return replace(node, **changes)
    except OutOfBounds as error:
        raise OutOfBounds(root + error.path, error.value, error.bound) from None


def _expected(declared: tuple[type, Parameter]) -> tuple[type, str]:
    type_, param = declared
    bounded = bool(param.choices) or math.isfinite(param.low) or math.isfinite(param.high)
    return type_, param.bounds if bounded else ""


def convert(path: str, value: object, type_: type, bounds: str = "") -> Value:
    """Return `value` as a parameter of `type_`; BadSpec says what was expected, and the `bounds` where they are given.

    90.0 is no int, true is no number.
    """
    if type_ is str and isinstance(value, str):
        return _whole_text(path, value)
    text = value.strip() if isinstance(value, str) else value
    try:
        if type_ is bool:
            return text if isinstance(text, bool) else {"true": True, "false": False}[str(text).lower()]
        if isinstance(text, bool):
            raise ValueError
        if type_ == NUMBER_OR_NAME and isinstance(text, int | float | str):
            return _number_or_name(text)
        if type_ is int and isinstance(text, int | str):
            return _whole_number(int(text))
        if type_ is float and isinstance(text, int | float | str):
            return float(text)
    except (ValueError, KeyError, OverflowError):
        pass
    names: dict[Any, str] = {int: "a whole number of 64 bits", float: "a number", bool: "true or false", str: "text"}
    expected = names.get(type_, "a number or a name")
    raise BadSpec(f"{path} = {quoted(value)} is not {expected}{': write ' * bool(bounds)}{bounds}")


def _whole_number(number: int) -> int:
    """Return a number that every file and array can hold; ValueError beyond 64 bits."""
    if abs(number) > MOST_WHOLE:
        raise ValueError
    return number


def _whole_text(path: str, text: str) -> str:
    """Return a text that a file can hold; BadSpec for half a character, which no UTF-8 has."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadSpec(f"{path} = {quoted(text)} has half a character at {error.start + 1}; write it in UTF-8") from None
    return text


def _number_or_name(value: float | str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return str(value)


def check_bounds(node: Any) -> None:
    """Raise OutOfBounds for the first parameter outside its bounds or choices; NaN and infinity always are."""
    for name, (_, param) in declared_parameters(type(node)).items():
        check_value(name, getattr(node, name), param)


def check_value(path: str, value: Value, param: Parameter) -> None:
    """Raise OutOfBounds where `value` is not what `param` allows, whatever the other parameters are."""
    if param.choices:
        if value not in param.choices:
            raise OutOfBounds(path, value, param.bounds)
    elif isinstance(value, int | float) and not (
        (isinstance(value, int) or math.isfinite(value)) and param.low <= value <= param.high
    ):
        raise OutOfBounds(path, value, param.bounds)
