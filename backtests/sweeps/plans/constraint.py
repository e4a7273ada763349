"""Constraint: a condition over the paths and metrics of a set, read by a small grammar and never run as code.

    trend.lookback < slow.lookback and orders >= 20
    abs(threshold) <= 0.02 or not costs.commission_bps > 10

Numbers, paths, metrics, text in quotes, + - * /, comparisons (also chained), and, or, not, abs, min, max.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import BadSpec, UnknownName

Columns = Mapping[str, Any]
BINARY: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
COMPARE: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
CALLS: dict[str, Callable[..., Any]] = {"abs": np.abs, "min": np.minimum, "max": np.maximum}


@dataclass(frozen=True)
class Constraint:
    """A condition; `names` are the paths and metrics that it speaks of."""

    text: str
    tree: ast.expr
    names: frozenset[str]

    @classmethod
    def parse(cls, text: str, known: Collection[str]) -> Constraint:
        """Return the condition written in `text`; BadSpec for anything but the grammar, UnknownName for its names."""
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise BadSpec(f"--constraint {text!r} cannot be read; write for example 'orders >= 20'") from None
        names = frozenset(_names(tree, text))
        for name in sorted(names - set(known)):
            raise UnknownName("parameter or metric", name, known, remedy="in --constraint")
        return cls(text, tree, names)

    def holds(self, columns: Columns, n: int) -> npt.NDArray[np.bool_]:
        """Return for each of n sets whether it is met; `columns` gives arrays (n,) or single values by name.

        A comparison with an undefined metric (NaN) is not met.
        """
        try:
            with np.errstate(all="ignore"):
                found = _value(self.tree, columns)
                return np.broadcast_to(np.asarray(found, dtype=bool), (n,)).copy()
        except (TypeError, ValueError, ZeroDivisionError) as error:
            raise BadSpec(f"--constraint {self.text!r}: {error}") from None


def _names(node: ast.AST, text: str) -> set[str]:
    """Return the names below `node`; BadSpec for whatever the grammar does not have."""
    path = _path(node)
    if path is not None:
        return {path}
    match node:
        case ast.Constant(value=bool() | int() | float() | str()):
            return set()
        case ast.BinOp(op=op) if type(op) in BINARY:
            pass
        case ast.Compare(ops=ops) if all(type(op) in COMPARE for op in ops):
            pass
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd()):
            pass
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in CALLS and len(node.args) >= 1:
            return {found for argument in node.args for found in _names(argument, text)}
        case _:
            what = f"{ast.unparse(node)[:60]!r} is not part of a condition"
            raise BadSpec(f"--constraint {text!r}: {what}; write for example 'orders >= 20'")
    below = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
    return {found for child in below for found in _names(child, text)}


def _path(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            root = _path(value)
            return None if root is None else f"{root}.{attr}"
    return None


def _value(node: ast.expr, columns: Columns) -> Any:
    path = _path(node)
    if path is not None:
        return columns[path]
    match node:
        case ast.Constant(value=value):
            return value
        case ast.BinOp(left=left, op=op, right=right):
            return BINARY[type(op)](_value(left, columns), _value(right, columns))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return np.logical_not(_value(operand, columns))
        case ast.UnaryOp(op=op, operand=operand):
            return -_value(operand, columns) if isinstance(op, ast.USub) else _value(operand, columns)
        case ast.BoolOp(op=op, values=values):
            join = np.logical_and if isinstance(op, ast.And) else np.logical_or
            return reduce(join, (_value(value, columns) for value in values))
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_value(side, columns) for side in (left, *others)]
            pairs = zip(ops, sides, sides[1:], strict=False)
            return reduce(np.logical_and, (COMPARE[type(op)](a, b) for op, a, b in pairs))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            values = [_value(argument, columns) for argument in arguments]
            return CALLS[name](*values) if name == "abs" else reduce(CALLS[name], values)
    raise AssertionError(ast.dump(node))
