"""How the kernel is compiled: by numba, cached on disk, and never by a cache that is not whole.

The one importer of numba, which believes what lies in its cache. Here every file of it begins with the SHA-256 of the
rest: one that was cut, edited, half written, or cannot be read is as one that is not there. What it held is compiled
again, which takes some seconds, and written again where that is possible; a note says so once.
"""

# mypy: disable-error-code="no-untyped-call,no-any-return"
# numba is untyped; annotations of its own would only look as if they were checked.

from __future__ import annotations

import hashlib
import io
import pickle  # numba's own form, of what this very program compiled and sealed
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from backtests.deferred import absent, deferred
from backtests.engine import compiling

deferred("scipy.linalg")  # numba looks whether there is a BLAS, of which the kernel has no use: half of its loading
# Whoever measures coverage has it loaded already; a configuration of numba's in the current folder is nobody's wish.
with absent("coverage"), absent("yaml"):
    import numba
    from numba.core.caching import FunctionCache, IndexDataCacheFile
    from numba.core.runtime.nrt import rtsys

NOTE = "note: the compiled kernel in {} was not whole and is compiled again (some seconds, once)"
SEAL = hashlib.sha256().digest_size
_noted: set[str] = set()


def compiled(function: Callable[..., Any]) -> Any:
    """Compile without the interpreter's lock, by IEEE division; cached where there is a folder to write to."""
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy")(function)
    with suppress(RuntimeError, OSError):  # no folder: every process compiles for itself
        dispatcher._cache = SealedCache(function)  # what `cache=True` does, with files that are sealed
    return dispatcher


class SealedFiles(IndexDataCacheFile):
    """The index and the compiled code of one function, each file sealed."""

    def _load_index(self) -> dict[Any, str]:
        content = _unsealed(Path(self._index_path))
        if content is None:
            return {}
        stream = io.BytesIO(content)
        if pickle.load(stream) != self._version:  # noqa: S301  # sealed
            return {}
        stamp, index = pickle.load(stream)  # noqa: S301  # sealed
        return index if stamp == self._source_stamp else {}

    def _load_data(self, name: str) -> Any:
        content = _unsealed(Path(self._data_path(name)))
        if content is None:
            raise FileNotFoundError(name)  # which numba takes as "not there"
        return pickle.loads(content)  # noqa: S301  # sealed

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[io.BytesIO]:
        buffer = io.BytesIO()
        yield buffer
        content = buffer.getvalue()
        with super()._open_for_write(filepath) as file:
            file.write(hashlib.sha256(content).digest() + content)


class SealedCache(FunctionCache):
    """numba's cache of a function, on sealed files; what cannot be loaded is compiled, what cannot be saved is not."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = SealedFiles(self._cache_path, f"{self._impl.filename_base}-sealed", stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is cached for a signature, None if nothing that is whole is.

        Without what numba's own does first: making ready to compile, which took longer than to load. Machine code asks
        for numba's memory alone.
        """
        try:
            rtsys.initialize(target_context)
            with self._guard_against_spurious_io_errors():
                found = self._load_overload(sig, target_context)
        except Exception:  # noqa: BLE001  # whatever linking raises for what another machine or numba wrote
            _note(Path(self._cache_path))
            found = None
        if found is None:
            compiling.begins()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, where the folder takes it: a disk may be full, a folder closed."""
        with suppress(OSError):
            super().save_overload(sig, data)


def _unsealed(path: Path) -> bytes | None:
    """Return the content of a sealed file; None where there is none, or it is not what was written."""
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        sealed = b""
    if hashlib.sha256(sealed[SEAL:]).digest() != sealed[:SEAL]:
        _note(path.parent)
        return None
    return sealed[SEAL:]


def _note(folder: Path) -> None:
    if str(folder) not in _noted:
        _noted.add(str(folder))
        print(NOTE.format(folder), file=sys.stderr)  # noqa: T201  # below every screen
