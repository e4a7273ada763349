"""Objects elsewhere: files below a URL such as s3://bucket/path, by fsspec, each read back after it is written.

The one importer of fsspec. Keys, endpoints and the like are the configuration of fsspec and of the library of the URL's
kind (for s3:// s3fs: AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ~/.aws).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from data.errors import BadSpec, DataError, UsageError

INSTALL = 'pip install "harbinger-eth[storage]"'
CHUNK = 1 << 22


def is_url(text: str) -> bool:
    """Whether a place is a URL, and no folder."""
    return "://" in text


class Objects:
    """The objects below one URL.

    UsageError where fsspec, or the library for this kind of URL, is not installed; DataError where the other end
    refuses, with what it said.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._files, self._root = _opened(url)

    def read(self, name: str) -> bytes | None:
        """Return the content of an object, None where there is none."""
        with self._refusals(name):
            try:
                found: bytes = self._files.cat_file(self._path(name))
            except FileNotFoundError:
                return None
            return found

    def write(self, name: str, content: bytes) -> None:
        """Write an object, unless it is there as it should be; DataError where it does not read back the same."""
        digest = hashlib.sha256(content).hexdigest()
        if self._digest(name) == digest:
            return
        with self._refusals(name):
            self._files.pipe_file(self._path(name), content)
        self._compare(name, digest)

    def write_file(self, name: str, file: Path) -> str:
        """Write a file as an object, as `write` does, and return its SHA-256; its size is not held in memory."""
        digest = _digest_of(file)
        if self._digest(name) != digest:
            with self._refusals(name):
                self._files.put_file(str(file), self._path(name))
            self._compare(name, digest)
        return digest

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        with self._refusals(name), suppress(FileNotFoundError):
            self._files.rm_file(self._path(name))

    def _compare(self, name: str, digest: str) -> None:
        if self._digest(name) != digest:
            raise DataError(f"{self.url}/{name}: what was written does not read back; write it again")

    def _digest(self, name: str) -> str | None:
        digest = hashlib.sha256()
        self._files.invalidate_cache()
        with self._refusals(name):
            try:
                with self._files.open(self._path(name), "rb", block_size=CHUNK, cache_type="readahead") as stream:
                    while chunk := stream.read(CHUNK):
                        digest.update(chunk)
            except FileNotFoundError:
                return None
        return digest.hexdigest()

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _refusals(self, name: str) -> Iterator[None]:
        try:
            yield
        except DataError:
            raise
        except Exception as error:
            raise DataError(f"{self.url}/{name}: {_words(error)}; look at its name and at your keys to it") from error


def _opened(url: str) -> tuple[Any, str]:
    try:
        import fsspec  # noqa: PLC0415  # an extra

        files, root = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise UsageError(f"{url}: needs a library that is not installed ({error}); {INSTALL}") from error
    except Exception as error:
        raise BadSpec(f"{url}: no place for objects ({_words(error)}); write s3://bucket/path") from error
    if not root.strip("/"):
        raise BadSpec(f"{url}: no place for objects (it names no bucket and no folder); write s3://bucket/path")
    if hasattr(files, "auto_mkdir"):
        files.auto_mkdir = True  # where objects lie in folders, they are made: file://, smb://
    return files, root.rstrip("/")


def _digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _words(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
