"""The kernel as machine code: made by numba once on a machine, kept on the disk, and loaded without numba.

numba takes half a second to load and is not needed to run what it has compiled: LLVM links the object file into this
process in some milliseconds. It is kept beside this file, else in the user's cache folder (NUMBA_CACHE_DIR names
another), else not at all; its name holds what it was made of (this folder as a whole, so that a new file is covered on
the day it is made), for which processor, by which versions.

It begins with the SHA-256 of the rest: a file that was cut, edited, half written, or cannot be read is as one that is
not there. What it held is compiled again, which takes some seconds, and written again where that is possible; a note
says so once.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from backtests.engine.kernel import compiling
from backtests.engine.kernel.layout import Kind
from data.errors import DataError, RunError
from data.files import write_atomic
from data.installed import version

NOTE = "note: the compiled kernel in {} was not whole and is compiled again (some seconds, once)"
SOURCES = Path(__file__).parent
FOLDER, DISABLED = "NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT"
SEAL = hashlib.sha256().digest_size
ENDED = (0, -2)  # numba's codes of a function that came to its end; -2: it returned None
_lock = threading.Lock()
_noted: set[str] = set()
_linked: list[Any] = []  # LLVM's engines, which own the code


class Call:
    """A call of a function of the kernel for any of many sets, from any thread, without the interpreter's lock.

    Each has the arrays of `room` for itself; `given` are the same for all. Nothing is checked but their kinds:
    TypeError where the kernel cannot read one. RunError where it is to be compiled and numba is switched off.
    """

    def __init__(self, name: str, room: Callable[[], Sequence[Any]], *given: Any) -> None:
        self.name, self.room, self.given = name, room, given  # kept: machine code knows only where they are
        with _lock:  # two threads would compile it twice
            self.function = _function(name, tuple(Kind.of(value) for value in (0, 0, *room(), *given)))
        self.parts = _flat(given)

    def __call__(self, first: int, last: int) -> None:
        """Run the sets first:last."""
        room, nothing, error = self.room(), ctypes.c_void_p(), ctypes.c_void_p()
        status = self.function(ctypes.byref(nothing), ctypes.byref(error), first, last, *_flat(room), *self.parts)
        if status not in ENDED:
            raise RuntimeError(f"{self.name} of the kernel ended with the code {status}: this is a defect of harbinger")


def _flat(values: Sequence[Any]) -> list[Any]:
    """Return arguments as numba's functions hand them to one another."""
    found: list[Any] = []
    for value in values:
        if isinstance(value, np.ndarray):
            place, _ = value.__array_interface__["data"]
            found += (None, None, value.size, value.itemsize, place, *value.shape, *value.strides)
        else:
            found.append(value)
    return found


def _types(kind: Kind) -> list[Any]:
    if not kind.axes:
        return [ctypes.c_int64 if kind.dtype == "int64" else ctypes.c_double]
    size, place = ctypes.c_ssize_t, ctypes.c_void_p
    return [place, place, size, size, place, *[size] * (2 * kind.axes)]  # whose it is, how long, where, shape, strides


@cache
def _function(name: str, kinds: tuple[Kind, ...]) -> Any:
    given = [part for kind in kinds for part in _types(kind)]
    returned = error = ctypes.c_void_p
    return ctypes.CFUNCTYPE(ctypes.c_int32, returned, error, *given)(_address(name, kinds))


def _address(name: str, kinds: tuple[Kind, ...]) -> int:
    file = f"kernel.{name}-{_made_of(kinds)}.o"
    for folder in _folders():
        content = _unsealed(folder / file)
        if content is not None:
            try:
                return _link(content)
            except (ValueError, LookupError, RuntimeError):  # what cannot be read or linked
                _note(folder)
    content = _compile(name, kinds)
    for folder in _folders():
        with suppress(DataError):  # a disk may be full, a folder closed
            write_atomic(folder / file, _seal(content) + content)
            break
    return _link(content)


def _made_of(kinds: tuple[Kind, ...]) -> str:
    """Return a hash of whatever decides the machine code: sources, versions, processor, settings of numba's, kinds."""
    sources = [source.read_bytes() for source in sorted(SOURCES.glob("*.py"))]
    versions = [version("numba"), version("llvmlite")]
    processor = [llvm.get_process_triple(), llvm.get_host_cpu_name(), _features()]
    set_by_user = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_") and item[0] != FOLDER)
    said = json.dumps([versions, processor, set_by_user, kinds])
    return hashlib.sha256(b"\0".join([*sources, said.encode()])).hexdigest()[:16]


def _features() -> str:
    try:
        return str(llvm.get_host_cpu_features().flatten())
    except RuntimeError:  # LLVM does not know this processor's
        return ""


def _folders() -> Iterator[Path]:
    named = os.environ.get(FOLDER)
    if named:
        yield Path(named)
        return
    yield SOURCES / "__pycache__"
    import platformdirs  # noqa: PLC0415  # only where the first does not do

    yield Path(platformdirs.user_cache_dir("harbinger"))


def _compile(name: str, kinds: tuple[Kind, ...]) -> bytes:
    if os.environ.get(DISABLED, "0") != "0":
        raise RunError(f"{DISABLED} is set, and the kernel is to be compiled, once on a machine; unset it")
    compiling.begins()
    from backtests.engine.kernel import compiled, ways_in  # noqa: PLC0415  # loads numba: half a second, and some to compile

    code, symbol, outside = compiled.object_code(getattr(ways_in, name), kinds)
    return json.dumps({"symbol": symbol, "outside": outside}).encode() + b"\n" + code


def _link(content: bytes) -> int:
    """Return where the function of an object file is, with what it calls; RuntimeError where that is not to be had."""
    head, _, code = content.partition(b"\n")
    said = json.loads(head)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    lacking = [name for name in said["outside"] if not llvm.address_of_symbol(name)]
    if lacking:  # LLVM would end the process
        raise RuntimeError(f"{', '.join(lacking)} cannot be found")
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address(said["symbol"])
    if not address:
        raise LookupError(said["symbol"])
    _linked.append(engine)
    return int(address)


def _unsealed(path: Path) -> bytes | None:
    """Return the content of a sealed file; None where there is none, or it is not what was written."""
    try:
        sealed = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        sealed = b""
    seal, content = sealed[:SEAL], sealed[SEAL:]
    if _seal(content) != seal:
        _note(path.parent)
        return None
    return content


def _seal(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _note(folder: Path) -> None:
    if str(folder) not in _noted:
        _noted.add(str(folder))
        print(NOTE.format(folder), file=sys.stderr)  # noqa: T201  # below every screen
