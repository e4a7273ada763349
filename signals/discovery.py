"""Finding a signal or a strategy by name, or in a file of the user's.

A name is a file: `signals/ease_level.py` is the signal `ease_level`. A folder of the user's own may be named by
`HARBINGER_PLUGINS`; a path that ends in `.py` is taken from anywhere. Only what is asked for is imported.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any

from data.errors import BadSpec, UnknownName, quoted
from data.files import from_home, is_elided, resolved, shown
from signals import earlier_names, user_code
from signals.parameters import components

NOT_MEMBERS = {"base", "parameters", "knobs", "discovery", "earlier_names", "expression", "inputs", "user_code"}


def plugin_folder() -> Path | None:
    """Return the folder named by `HARBINGER_PLUGINS`, if any; BadSpec where it does not exist."""
    named = os.environ.get("HARBINGER_PLUGINS")
    if not named:
        return None
    folder = from_home(named)
    if not folder.is_dir():
        raise BadSpec(f"HARBINGER_PLUGINS = {named}: no such folder; unset it or make the folder")
    return folder


def names(package: str) -> list[str]:
    """Return the names of the members of a package ("signals" or "strategies"), sorted."""
    folder = importlib.import_module(package).__path__
    others = NOT_MEMBERS | earlier_names.TODAY.keys()
    return sorted(m.name for m in pkgutil.iter_modules(folder) if m.name not in others and not m.name.startswith("_"))


def find(use: str, base: type, near: Path | None = None) -> type[Any]:
    """Return the class that `use` names: a member of the package of `base` (by an earlier name too), a plugin, a file.

    A relative path is taken from `near` (the folder of the experiment file), then from the current folder.
    """
    package = base.__module__.partition(".")[0]
    if use.endswith(".py"):
        return find_in_file(use, base, near)
    folder = plugin_folder()  # a wrong one is said at once, also where a built-in name needs none
    kind = base.__name__.lower()
    name = use.removeprefix(f"{kind}:")
    today = earlier_names.announced(name) if package == "signals" else name
    if today in names(package):
        if folder is not None and (folder / f"{name}.py").is_file():
            the = "the name of" if name == today else "the earlier name, which old files say, of"
            raise BadSpec(f"{folder / name}.py has {the} a built-in {kind}; rename the file")
        return _only_class(importlib.import_module(f"{package}.{today}"), base)
    if folder is not None and (folder / f"{name}.py").is_file():
        return find_in_file(str(folder / f"{name}.py"), base, None)
    plugins = [p.stem for p in folder.glob("*.py")] if folder else []
    raise UnknownName(kind, use, [*names(package), *plugins])


def find_in_file(path: str, base: type, near: Path | None) -> type[Any]:
    """Return the one class of kind `base` that a user's file defines."""
    return _only_class(load_file(path, near, base.__name__), base)


def load_file(path: str, near: Path | None, kind: str) -> ModuleType:
    """Return the module of a user's file, found from `near` or the current folder; `kind` is what it must define."""
    for folder in (near, Path()):
        file = resolved((folder or Path()) / _expanded(path))
        if file.is_file():
            return user_code.load(file)
    if is_elided(path):
        raise BadSpec(f"{path}: the folder of this file is not written in files that may be passed on; write it there")
    raise BadSpec(f"{path}: no such file; give the path of a .py file that defines one {kind}")


def _expanded(path: str) -> Path:
    try:
        return from_home(path)
    except RuntimeError as error:
        raise BadSpec(f"{quoted(path)}: {error}; write the folder out") from error


def use_name(cls: type) -> str:
    """Return what `use` must say to find `cls` again: a name, the absolute path of a user's file, or what it says."""
    if "use" in vars(cls):
        return str(vars(cls)["use"])
    package, _, name = cls.__module__.partition(".")
    return name if package in ("signals", "strategies") else str(source_file(cls))


def shown_use(use: str, near: Path | None = None) -> str:
    """Return what `use` says for a file in `near` that may be passed on: no absolute path (see `data.files.shown`)."""
    path, suffix, rest = use.rpartition(".py")
    return f"{shown(Path(path + suffix), near)}{rest}" if suffix and Path(path).is_absolute() else use


def source_file(cls: type) -> Path:
    """Return the file that defines `cls`."""
    return Path(inspect.getfile(cls)).resolve()


def user_files(node: Any) -> list[Path]:
    """Return the user's files that define the classes of a tree, with what they import from beside them, sorted."""
    return sorted(user_digests(node))


def user_digests(node: Any) -> dict[Path, str]:
    """Return the SHA-256 of each of `user_files`, as it ran."""
    own = {type(node), *(base for base in type(node).__mro__), vars(type(node)).get("native", type(node))}
    found = {file: digest for cls in own for file, digest in user_code.files_of(cls.__module__).items()}
    for child in components(node).values():
        found |= user_digests(child)
    return found


def _only_class(module: ModuleType, base: type) -> type[Any]:
    own = [
        c
        for c in vars(module).values()
        if inspect.isclass(c) and issubclass(c, base) and c.__module__ == module.__name__
    ]
    if len(own) != 1:
        found = ", ".join(c.__name__ for c in own) or "none"
        raise BadSpec(f"{module.__file__}: expected one {base.__name__}, found {found}; one a file")
    return own[0]
