"""A file of the user's, loaded by its path: what runs is what was hashed, and only what the file itself asks for.

The file is compiled from the bytes that were read, never from bytecode beside it, and none is written. At its top it
may import modules and packages that lie beside it, under their plain names; what is installed, and harbinger's own
modules, come first, so that a file beside can stand in for none of them, and nothing but the user's files is given what
lies there. Two folders may each have a `helper.py`. `heard_by` is told of every file before it runs.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType, ModuleType

from data.errors import BadSpec

PREFIX = "harbinger_plugin_"
Listener = Callable[[Path, str], None]  # the file, and the SHA-256 of what is about to run
heard_by: list[Listener] = []
_files: dict[str, dict[Path, str]] = {}  # of each loaded file's module: the files that ran, and the SHA-256 of each


def load(file: Path) -> ModuleType:
    """Return the module of a file; BadSpec where it cannot be read or raises while it loads.

    A file is loaded once, and again where it, or what it imported from beside it, has changed since.
    """
    name = PREFIX + hashlib.sha256(str(file).encode() + b"\0" + read(file)).hexdigest()[:12]
    if name in _files and all(_is_still(path, digest) for path, digest in _files[name].items()):
        return sys.modules[name]
    loader = Source(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while they are made
    try:
        with _beside(file.parent, name) as beside:
            loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        _files.pop(name, None)
        raise BadSpec(f"{file}: {type(error).__name__}: {error}") from error
    _files[name] = {file: loader.digest, **beside.files}
    return module


def files_of(module: str) -> Mapping[Path, str]:
    """Return the files that ran when the module called `module` was loaded, its own and those beside it.

    With the SHA-256 of what ran, whatever stands in them by now.
    """
    return _files.get(module.partition(".")[0], {})


def read(file: Path) -> bytes:
    """Return the content of a user's file; BadSpec where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        why = error.strerror or error
        raise BadSpec(f"{file}: cannot be read ({why}); give yourself the right to read it") from error


def _is_still(file: Path, digest: str) -> bool:
    return file.is_file() and hashlib.sha256(read(file)).hexdigest() == digest


class Source(SourceFileLoader):
    """Runs the bytes that it read and hashed when it was made."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name, path)
        self.content = read(Path(path))
        self.digest = hashlib.sha256(self.content).hexdigest()

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002  # the import system's signature
        """Return the code of the bytes, and tell who listens."""
        for listener in heard_by:
            listener(Path(self.path), self.digest)
        code: CodeType = self.source_to_code(self.content, self.path)
        return code


class Beside(MetaPathFinder):
    """Finds what a user's file imports from its folder, where nothing else has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.roots: set[str] = set()
        self.files: dict[Path, str] = {}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002  # the import system's signature
    ) -> ModuleSpec | None:
        """Return where a module is: below a package that was found here, or asked for by a file of the user's."""
        root, _, rest = fullname.partition(".")
        if root in self.roots:
            return self._spec(fullname, path)
        if rest or not _asked_by_users_code() or any(self._others(fullname)):
            return None
        spec = self._spec(fullname, [str(self.folder)])
        if spec is not None:
            self.roots.add(root)
        return spec

    def _others(self, name: str) -> Iterator[bool]:
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                yield finder.find_spec(name, None) is not None

    def _spec(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None  # a folder without __init__.py, bytecode alone, a compiled extension: nothing to hash as source
        loader = Source(name, spec.loader.path)
        spec.loader = loader
        self.files[Path(loader.path).resolve()] = loader.digest
        return spec


def _asked_by_users_code() -> bool:
    frame: FrameType | None = sys._getframe(2)  # who imports is known to the stack alone
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None and isinstance(frame.f_globals.get("__loader__"), Source)


@contextmanager
def _beside(folder: Path, name: str) -> Iterator[Beside]:
    """Give a file what lies in `folder`; what was loaded is kept below `name`, and its plain name is free again."""
    finder = Beside(folder)
    sys.meta_path.insert(0, finder)
    try:
        yield finder
    finally:
        sys.meta_path.remove(finder)
        for plain in [known for known in sys.modules if known.partition(".")[0] in finder.roots]:
            _rename(sys.modules.pop(plain), plain, f"{name}.{plain}")


def _rename(module: ModuleType, plain: str, private: str) -> None:
    sys.modules[private] = module
    for cls in vars(module).values():
        if isinstance(cls, type) and cls.__module__ == plain:
            cls.__module__ = private  # where the annotations of its fields are looked up
