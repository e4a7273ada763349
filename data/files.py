"""Files: where harbinger keeps its own, and how a file is written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO

from data.errors import DataError, UsageError, quoted


def home() -> Path:
    """Return the folder of everything harbinger keeps: `HARBINGER_HOME`, else the user's data folder."""
    named = os.environ.get("HARBINGER_HOME")
    if named:
        return resolved(Path(named))
    import platformdirs  # noqa: PLC0415  # only where it is asked for

    return Path(platformdirs.user_data_dir("harbinger"))


ELIDED = "..."
REMEDY = "choose another folder (--out)"
RESULTS = tuple(f"{kind}.json" for kind in ("run", "sweep", "compare", "signal", "lead", "evidence", "stress", "today"))
PLAN = "plan.json"  # of a sweep that has begun
WRITTEN = (".json", ".csv", ".html", ".toml", ".part", ".parquet")


def shown(path: Path, near: Path | None = None) -> str:
    """Return a path as it stands in files that may be passed on: no absolute path, no name of a user.

    Relative to `near`, the folder of the file in which it will stand, where that names nothing above what both share;
    else relative to the current folder where it lies there, from `~` where it lies below the user's home, or
    `.../name`.
    """
    whole = resolved(path)
    if near is not None and _names_no_more(whole, near.resolve()):
        return Path(os.path.relpath(whole, near.resolve())).as_posix()
    for folder, word in _known_folders():
        if whole.is_relative_to(folder):
            return (Path(word) / whole.relative_to(folder)).as_posix()
    return f"{ELIDED}/{whole.name}"


def _names_no_more(path: Path, near: Path) -> bool:
    """Whether the way from `near` to `path` names no folder outside the current one and the user's home."""
    if path.drive != near.drive:
        return False
    shared = Path(os.path.commonpath([path, near]))
    return shared == path.parent or any(shared.is_relative_to(folder) for folder, _ in _known_folders())


def is_elided(path: str) -> bool:
    """Whether `shown` left the folder of a path out."""
    return path.startswith(f"{ELIDED}/")


def without_places(text: str) -> str:
    """Return a message for files that may be passed on: absolute paths below the known folders made short."""
    for folder, word in ((home(), "HARBINGER_HOME/"), *_known_folders()):
        path, separator = re.escape(str(folder)), re.escape(os.sep)
        if len(folder.parts) > 1:
            text = word.join(re.split(rf"(?<![\w./-]){path}(?:{separator}|(?![\w.-]))", text))
    return text


def _known_folders() -> list[tuple[Path, str]]:
    """Return the current folder and the user's home, each with what stands for it."""
    try:
        return [(Path.cwd(), ""), (Path.home().resolve(), "~/")]
    except RuntimeError:  # a user without a home
        return [(Path.cwd(), "")]


def results_folder(out: Path | None, id: str, *, replace: bool = False) -> Path:
    """Return the folder of results, `out` or runs/<id>.

    UsageError, before anything is computed, where nothing can be written there, or (unless `replace`) where results are
    already: a later one never takes the place of an earlier one without a word.
    """
    folder = out if out is not None else Path("runs") / id
    if re.match(r"[a-z][a-z0-9+.-]+:/", str(folder)):
        url = str(folder).replace(":/", "://", 1)  # of two slashes a path keeps one
        raise UsageError(f"{url} is a URL and no folder; only harbinger sweep --out writes to one")
    check_folder(folder)
    try_to_write(folder)
    if not replace:
        check_free(folder)
    return folder.resolve()


def check_free(folder: Path, but: str = "") -> None:
    """Raise UsageError where `folder` holds results (`but` those named so), or a sweep that was interrupted."""
    found = next((name for name in RESULTS if name != but and (folder / name).is_file()), None)
    if found:
        raise UsageError(f"{folder} holds results already ({found}); {REMEDY}, or remove it")
    if (folder / PLAN).is_file():
        resume = f"harbinger sweep --resume {shlex.quote(str(folder))}"
        raise UsageError(f"{folder} holds a sweep that was interrupted; go on with: {resume}, or {REMEDY}")


def free_folder(folder: Path) -> Path:
    """Return `folder`, or where it is not empty the first of folder-2, folder-3, ... that is not there yet."""
    names = (folder.with_name(f"{folder.name}-{at}") for at in count(2))
    taken = folder.is_dir() and any(folder.iterdir())
    return next(name for name in names if not name.exists()) if taken else folder


def try_to_write(folder: Path, remedy: str = REMEDY, *, keep: bool = False) -> None:
    """Write a file and take it away again, with the folders made for it: rights alone do not say what a disk allows.

    UsageError where that is refused. `keep`: the folders stay, where another process may write into them meanwhile.
    """
    made = [] if keep else [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        _write_nothing(folder)
    except OSError as error:
        raise UsageError(f"{folder}: nothing can be written there ({error.strerror or error}); {remedy}") from error
    finally:
        for place in made:
            with suppress(OSError):
                place.rmdir()


def _write_nothing(folder: Path, tries: int = 10) -> None:
    """Write a file that is gone at once; again where another process that tries the same took the folder away."""
    while True:
        tries -= 1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return
        except FileNotFoundError:
            if not tries:
                raise


def check_folder(folder: Path) -> None:
    """Raise UsageError where files cannot be written into `folder`, or would replace a link, a device or a folder."""
    try:
        place = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
        if not place.exists():
            raise UsageError(f"{place} is a link that leads nowhere; {REMEDY}")
        if not place.is_dir():
            raise UsageError(f"{place} is {_kind(place)} and no folder; {REMEDY}")
        if not os.access(place, os.W_OK | os.X_OK):
            raise UsageError(f"{place} may not be written into; {REMEDY}")
        if not folder.exists() and folder.suffix in WRITTEN:
            raise UsageError(f"{folder} would be a folder with the name of a file; {REMEDY}")
        for file in folder.iterdir() if folder.exists() else ():
            if file.suffix in WRITTEN and (file.is_symlink() or not file.is_file()):
                raise UsageError(f"{file} is {_kind(file)}, which a result would replace; {REMEDY}")
    except (OSError, ValueError) as error:  # a name that is too long, a loop of links, a zero byte
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{folder}: not to be used as a folder ({why}); {REMEDY}") from error


def check_file(path: Path) -> None:
    """Raise UsageError where `path` cannot be written, or is a link, a device or a folder, which would be replaced."""
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise UsageError(f"{path} is {_kind(path)}, which would be replaced; choose another file (--out)")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path}: not to be used as a file ({why}); choose another (--out)") from error
    check_folder(path.parent)


def _kind(path: Path) -> str:
    kinds = {"a link": path.is_symlink(), "a folder": path.is_dir(), "a file": path.is_file()}
    return next((kind for kind, holds in kinds.items() if holds), "a device, a pipe or a socket")


def from_home(text: str) -> Path:
    """Return a path with its `~` followed; UsageError for the home of nobody."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{quoted(text)}: {text.split('/')[0]} is nobody's home; write the path whole") from error


def resolved(path: Path) -> Path:
    """Return a path whole, `~` and links followed; UsageError for what can be none (a loop of links, a zero byte)."""
    try:
        return path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{quoted(str(path))}: no path of a file ({why}); name another") from error


def write_atomic(path: Path, payload: bytes) -> None:
    """Write `payload` to `path` whole or not at all (temporary file in the same folder, fsync, rename).

    DataError when the system refuses (disk full, no permission); what stood at `path` before then still does.
    """
    with atomic(path) as file:
        file.write(payload)


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to write that becomes `path` when all of it is written, as by `write_atomic`."""
    try:
        with _renamed(path) as file:
            yield file
    except OSError as error:
        remedy = "free some space, or choose another folder (HARBINGER_HOME, --out)"
        raise DataError(f"{path}: cannot be written ({error.strerror or error}); {remedy}") from error


@contextmanager
def _renamed(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with part.open("xb") as file:  # not mkstemp: its files are closed to the group, whatever the user's umask says
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
