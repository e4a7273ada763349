"""Modules that are loaded when something of them is first asked for: what a library imports and a run never uses.

    deferred("backtrader.indicators")
    import backtrader                    # imports its indicators too: they are loaded by whoever asks for one

A module stands in `sys.modules` with its name, spec and path, and nothing else; the first attribute that it lacks runs
it. No file of a library is changed, and whoever uses the module sees what was always there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any

_loading = RLock()


class _Deferred(ModuleType):
    """A module that runs when it is first asked for what it does not have yet."""

    def __getattr__(self, name: str) -> Any:
        _run(self)
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        _run(self)
        return dir(self)


def _run(module: ModuleType) -> None:
    """Run a module, and what is deferred inside it: a part may add to its package."""
    with _loading:
        if type(module) is not _Deferred:
            return
        module.__class__ = ModuleType  # type: ignore[assignment]  # a plain module from now on
        spec = module.__spec__
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(module)
        for part in [sys.modules[name] for name in sys.modules if name.startswith(f"{module.__name__}.")]:
            _run(part)


def deferred(*names: str) -> None:
    """Let each module be loaded when it is first used; those that are loaded already, or not there, stay as they are.

    Where one is inside another, the other comes first.
    """
    for name in names:
        spec = _spec(name) if name not in sys.modules else None
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            module.__class__ = _Deferred
            sys.modules[name] = module
            package, _, own = name.rpartition(".")
            if package in sys.modules:  # as an import would
                setattr(sys.modules[package], own, module)


@contextmanager
def absent(name: str) -> Iterator[None]:
    """Let a library go without an optional one that nothing has loaded yet: its import raises ImportError in here."""
    unused = name not in sys.modules
    if unused:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own word for it
    try:
        yield
    finally:
        if unused:
            del sys.modules[name]


def _spec(name: str) -> ModuleSpec | None:
    """Return where a module is, without importing the package that it is in."""
    package, _, _ = name.rpartition(".")
    if not package:
        return find_spec(name)
    parent = _spec(package)
    return PathFinder.find_spec(name, parent.submodule_search_locations) if parent else None
