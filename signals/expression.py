"""A signal made of signals, in one line: `zscore(ease_level, window=120)`, `combine(zscore(credit), breakout)`.

    signal   = name | name(argument, ...)
    argument = signal | part=signal | parameter=value

Parts without a name are taken in order of declaration. A name is what `signals.discovery.find` takes, the path of a .py
file too.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from typing import Any

from data.errors import BadSpec, OutOfBounds, UnknownName
from signals.base import Signal
from signals.discovery import find, use_name
from signals.parameters import components, convert, declared_parameters

TOKEN = re.compile(r"\s*([(),=]|[^\s(),=]+)")
DEEPEST = 30
FORM = "write name(part, parameter=value), such as zscore(small_cap_momentum, window=120)"


def parse(text: str) -> Signal:
    """Return the signal that `text` says; a UsageError names what cannot be read, or is lacking."""
    tokens = TOKEN.findall(text)
    if tokens.count("(") > DEEPEST:
        raise BadSpec(f"{text[:40]}...: more than {DEEPEST} signals inside one another; name a part in a .py file")
    signal, rest = _signal(tokens, text)
    if rest:
        raise BadSpec(f"{text}: {rest[0]!r} is too much at the end; {FORM}")
    return signal


def text_of(signal: Signal) -> str:
    """Return the name of a signal, with the names of its parts: `zscore(ease_level)`."""
    use = use_name(type(signal))
    name = use.rpartition("/")[2].removesuffix(".py") if use.endswith(".py") else use
    parts = [text_of(part) for part in components(signal).values() if isinstance(part, Signal)]
    return f"{name}({', '.join(parts)})" if parts else name


def _signal(tokens: list[str], text: str) -> tuple[Signal, list[str]]:
    """Return the signal that `tokens` begin with, and the tokens after it."""
    if not tokens or tokens[0] in "(),=":
        raise BadSpec(f"{text}: a signal's name is missing before {tokens[0] if tokens else 'the end'!r}; {FORM}")
    name, rest = tokens[0], tokens[1:]
    cls = find(name, Signal)
    given: dict[str, Any] = {}
    if rest[:1] == ["("]:
        rest = rest[1:]
        while rest[:1] != [")"]:
            field, value, rest = _argument(cls, name, given, rest, text)
            given[field] = value
            if rest[:1] not in ([","], [")"]):
                raise BadSpec(f"{text}: {name}( is not closed by ); {FORM}")
            rest = rest[1:] if rest[0] == "," else rest
        rest = rest[1:]
    return _made(cls, name, given), rest


def _argument(cls: type, name: str, given: dict[str, Any], tokens: list[str], text: str) -> tuple[str, Any, list[str]]:
    """Return (field, value, the tokens after it) of the argument that `tokens` begin with."""
    own = declared_parameters(cls)
    parts = [f.name for f in fields(cls) if f.name not in own]
    if tokens[1:2] == ["="]:
        field, tokens = tokens[0], tokens[2:]
        if field not in (*own, *parts):
            raise UnknownName(f"parameter of {name}", field, [*own, *parts])
    else:
        free = [part for part in parts if part not in given]
        if not free:
            raise BadSpec(f"{text}: {name} takes {len(parts)} signals; give its parameters as {_forms(own) or 'none'}")
        field = free[0]
    if field in given:
        raise BadSpec(f"{text}: {field} of {name} is given twice; give it once")
    if field in own:
        value = tokens[0] if tokens else ""
        return field, convert(f"{name}.{field}", value, own[field][0]), tokens[1:]
    part, rest = _signal(tokens, text)
    return field, part, rest


def _forms(own: Any) -> str:
    return ", ".join(f"{field}=..." for field in own)


def _made(cls: type, name: str, given: dict[str, Any]) -> Signal:
    needed = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]
    missing = [field for field in needed if field not in given]
    if missing:
        inside = ", ".join(["small_cap_momentum", "own_momentum"][: len(missing)])
        raise BadSpec(f"{name}: {cls.__name__} needs {', '.join(missing)}; write {name}({inside}), or signals of yours")
    try:
        made = cls(**given)
    except OutOfBounds as error:
        raise OutOfBounds(f"{name}.{error.path}", error.value, error.bound) from None
    assert isinstance(made, Signal)
    return made
