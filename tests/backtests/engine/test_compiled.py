"""numba's cache cut, filled with rubbish, closed, or of another kernel: compiled again, never believed, said once."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from backtests.engine import compiled, compiling

MODULE = """
def {name}(x):
    total = 0.0
    for value in x:
        total += value * {factor}
    return total
"""


@pytest.fixture
def function(tmp_path, monkeypatch):
    """A small function in a file of its own, its cache in a folder of its own; each call is as a new process."""
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(cache))
    monkeypatch.setattr(compiled, "_noted", set())
    file = tmp_path / "small.py"
    file.write_text(MODULE.format(name="small", factor=2.0))

    def fresh():
        space = {"__name__": "small", "__file__": str(file)}
        exec(compile(file.read_text(), str(file), "exec"), space)
        return compiled.compiled(space["small"])

    fresh.files = lambda ending: [path for path in cache.rglob(f"*-sealed*.{ending}") if path.is_file()]
    fresh.cache = cache
    return fresh


def used(function):
    """Whether the answer came from the cache; the answer itself is right."""
    made = function()
    assert made(np.array([1.0, 2.0])) == 6.0
    return bool(made.stats.cache_hits)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    content = bytearray(path.read_bytes())
    content[-50] ^= 1
    path.write_bytes(content)


def folder(path):
    path.unlink()
    path.mkdir()


DAMAGE = {
    "cut": cut, "empty": lambda path: path.write_bytes(b""), "rubbish": lambda path: path.write_bytes(os.urandom(500)),
    "one bit": flip, "a pickle": lambda path: path.write_bytes(b"cos\nsystem\n(S'touch ran'\ntR."), "a folder": folder,
}  # fmt: skip


def test_a_whole_cache_is_used_in_silence(function, capsys):
    assert [used(function), used(function)] == [False, True]
    assert capsys.readouterr().err == ""


def test_who_waits_is_told_that_it_is_compiled_and_only_then(function):
    heard = []
    with compiling.told(heard.append):
        assert [used(function), heard, used(function)] == [False, [compiling.SAID], True]
        for path in function.files("nbc"):
            cut(path)
        used(function)
    assert heard == [compiling.SAID] * 2
    for path in function.files("nbc"):
        path.unlink()
    used(function)
    assert heard == [compiling.SAID] * 2  # nobody listens any more


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_is_compiled_again_with_one_note(function, capsys, tmp_path, monkeypatch, damage, ending):
    monkeypatch.chdir(tmp_path)
    used(function)
    [file] = function.files(ending)
    DAMAGE[damage](file)
    assert used(function) is False
    assert capsys.readouterr().err == compiled.NOTE.format(file.parent) + "\n"
    assert not Path("ran").exists()
    if damage != "a folder":
        assert used(function) is True  # it was written again


def test_a_folder_that_takes_nothing_is_no_error(function, monkeypatch, capsys):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(compiled.IndexDataCacheFile, "_open_for_write", refuse)
    assert [used(function), used(function)] == [False, False]
    assert capsys.readouterr().err == ""


def test_a_file_that_may_not_be_read_is_compiled_again(function, monkeypatch, capsys):
    used(function)

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(compiled.Path, "read_bytes", refuse)
    assert used(function) is False
    assert "compiled again" in capsys.readouterr().err


def test_no_folder_at_all_compiles_for_itself(function, monkeypatch):
    def nowhere(*_):
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(compiled, "SealedCache", nowhere)
    assert used(function) is False


def test_what_cannot_be_linked_is_compiled_again(function, monkeypatch, capsys):
    used(function)
    monkeypatch.setattr(compiled.SealedFiles, "load", lambda *_: ("not", "code"))
    assert used(function) is False
    assert capsys.readouterr().err.count("\n") == 1


def test_the_kernel_is_cached_sealed():
    from backtests.engine import kernel

    assert isinstance(kernel.run_sets._cache, compiled.SealedCache)
    assert "numba" in sys.modules
