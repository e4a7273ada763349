"""Axis: one parameter and the values it takes in a sweep, as `-s path=...` writes them.

trend.lookback=20,40,60       these values
trend.lookback=20:120:10      from 20 to at most 120 in steps of 10
costs.slippage_bps=0:20       anything between (--random and --sobol only)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException, InvalidOperation

from backtests.experiments.experiment import Experiment
from data.errors import BadSpec, OutOfBounds, UnknownName
from signals.parameters import NUMBER_OR_NAME, PlacedParameter, Value, check_value, convert

MOST_VALUES = 100_000
NUMERIC = (int, float, NUMBER_OR_NAME)  # types of which steps and ranges can be taken


@dataclass(frozen=True)
class Axis:
    """One swept parameter: its values in the order given, or (none) everything from `low` to `high`.

    `integer` says that only whole numbers are taken between `low` and `high`.
    """

    path: str
    values: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    integer: bool = False

    @property
    def numeric(self) -> bool:
        """Whether values are ordered numbers, so that two of them can be neighbours."""
        return all(isinstance(v, int | float) and not isinstance(v, bool) for v in self.values)

    def at(self, u: float) -> Value:
        """Return the value at `u`, 0 <= u < 1, of the axis: each value, or each stretch, equally likely."""
        if self.values:
            return self.values[int(u * len(self.values))]
        if self.integer:
            return int(self.low) + int(u * (self.high - self.low + 1))
        return self.low + u * (self.high - self.low)


def split(experiment: Experiment, settings: Sequence[str]) -> tuple[list[str], list[Axis]]:
    """Return the settings that give one value, and the axes of those that give several or a range.

    Raises UnknownName and OutOfBounds as `-s` does, BadSpec for an axis that stands twice or cannot be read.
    """
    known = {parameter.path: parameter for parameter in experiment.parameters()}
    fixed, axes = [], []
    for setting in settings:
        path, equals, text = (part.strip() for part in setting.partition("="))
        if not equals:
            raise BadSpec(f"-s {setting}: write -s path=value, -s path=a,b,c or -s path=low:high:step")
        if path not in known:
            raise UnknownName("parameter", path, known)
        numeric = known[path].type in NUMERIC
        if "," in text or (":" in text and numeric):
            axes.append(_axis(known[path], text))
        else:
            fixed.append(setting)
    paths = [axis.path for axis in axes]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise BadSpec(f"-s {twice[0]} is swept twice; give all its values in one")
    return fixed, axes


def axis(experiment: Experiment, path: str, values: str | Sequence[Value]) -> Axis:
    """Return the axis of values, or of text as after -s; raises as `split` does."""
    known = {parameter.path: parameter for parameter in experiment.parameters()}
    if path not in known:
        raise UnknownName("parameter", path, known)
    if isinstance(values, str):
        return _axis(known[path], values)
    if not values:
        raise BadSpec(f"{path}: an axis needs at least one value")
    found = tuple(convert(path, value, known[path].type) for value in values)
    return _checked(known[path], found, f"{path} = {list(values)}")


def _axis(parameter: PlacedParameter, text: str) -> Axis:
    if "," not in text and text.count(":") == 1:
        return _range(parameter, *text.split(":"))
    values = tuple(value for part in text.split(",") for value in _values(parameter, part.strip()))
    return _checked(parameter, values, f"-s {parameter.path}={text}")


def _checked(parameter: PlacedParameter, values: tuple[Value, ...], said: str) -> Axis:
    for value in values:
        _check(parameter, value)
    if len(set(values)) < len(values):
        raise BadSpec(f"{said}: {_repeated(values)!r} stands twice")
    return Axis(parameter.path, values)


def _range(parameter: PlacedParameter, low: str, high: str) -> Axis:
    first, last = convert(parameter.path, low, parameter.type), convert(parameter.path, high, parameter.type)
    for value in (first, last):
        _check(parameter, value)
    if isinstance(first, str) or isinstance(last, str):  # of a parameter that takes a number or a name
        raise BadSpec(f"-s {parameter.path}={low}:{high}: a range is of numbers; write low:high:step")
    if first >= last:
        raise BadSpec(f"-s {parameter.path}={low}:{high}: the second must be above the first")
    return Axis(parameter.path, (), float(first), float(last), parameter.type is int)


def _values(parameter: PlacedParameter, text: str) -> list[Value]:
    if ":" not in text or parameter.type not in NUMERIC:
        return [convert(parameter.path, text, parameter.type)]
    return [convert(parameter.path, str(number), parameter.type) for number in _steps(parameter.path, text)]


def _steps(path: str, text: str) -> list[Decimal]:
    """Return low, low + step, ... up to high, as decimals: 0.1 three times is 0.3."""
    try:
        low, high, step = (Decimal(part.strip()) for part in text.split(":"))
    except (ValueError, InvalidOperation):
        raise BadSpec(f"-s {path}={text}: write low:high:step in numbers, such as 20:120:10") from None
    if not (all(number.is_finite() for number in (low, high, step)) and step > 0 and high >= low):
        raise BadSpec(f"-s {path}={text}: the step must be above 0 and the second number not below the first")
    try:
        n = (high - low) / step + 1
    except DecimalException:  # beyond what a decimal can say
        n = Decimal("Infinity")
    if n >= MOST_VALUES + 1:
        said = f"{int(n):,}" if n < 10**15 else "countless"
        raise BadSpec(f"-s {path}={text}: {said} values; at most {MOST_VALUES:,} are taken on one axis")
    return [low + i * step for i in range(int(n))]


def _check(parameter: PlacedParameter, value: Value) -> None:
    try:
        check_value(parameter.path, value, parameter.param)
    except OutOfBounds as error:
        raise OutOfBounds(parameter.path, error.value, error.bound) from None


def _repeated(values: tuple[Value, ...]) -> Value:
    return next(value for at, value in enumerate(values) if value in values[:at])
