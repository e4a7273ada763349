"""The kernel's machine code kept on the disk: used without numba; cut, replaced, closed: compiled again, said once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from backtests.engine.kernel import compiling, machine_code, ways_in
from backtests.engine.kernel.compiled import compiled
from backtests.engine.kernel.machine_code import Call
from data.errors import DataError, RunError


@compiled
def weighted(first, last, room, x, factor, out):
    """Fill out[first:last] with the sum of x times a factor and the row."""
    for i in range(first, last):
        room[0] = 0.0
        for value in x:
            room[0] += value**2.0
        out[i] = room[0] * factor + i


@compiled
def greedy(first, last, room):
    """Ask for memory."""
    room[:] = np.empty(3)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of a kernel of two small functions."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(machine_code.FOLDER, str(folder))
    monkeypatch.setattr(machine_code, "_noted", set())
    monkeypatch.setattr(ways_in, "weighted", weighted, raising=False)
    monkeypatch.setattr(ways_in, "greedy", greedy, raising=False)
    machine_code._function.cache_clear()
    yield folder
    machine_code._function.cache_clear()


def call(x=(1.0, 2.0), kind=float):
    """Call it as a new process would; the answer is right. Return how often something was compiled."""
    heard, out = [], np.empty(4)
    machine_code._function.cache_clear()
    given = np.array(x, kind)
    given.flags.writeable = False
    with compiling.told(heard.append):
        Call("weighted", lambda: (np.empty(1),), given, 10.0, out)(1, 3)
    assert out[1:3].tolist() == [51.0, 52.0]
    return len(heard)


def only(cache):
    [file] = cache.iterdir()
    return file


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    content = bytearray(path.read_bytes())
    content[-50] ^= 1
    path.write_bytes(content)


def folder(path):
    path.unlink()
    path.mkdir()


def link(path):
    path.unlink()
    path.symlink_to(path)


DAMAGE = {
    "cut": cut, "empty": lambda path: path.write_bytes(b""), "rubbish": lambda path: path.write_bytes(os.urandom(500)),
    "one bit": flip, "a pickle": lambda path: path.write_bytes(b"cos\nsystem\n(S'touch ran'\ntR."), "a folder": folder,
    "a link to itself": link, "a byte more": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
}  # fmt: skip


def test_what_is_whole_is_used_in_silence_and_who_waits_is_told(cache, capsys):
    assert [call(), call(), call()] == [1, 0, 0]
    only(cache).unlink()
    assert call() == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_not_whole_is_compiled_again_with_one_note(cache, capsys, tmp_path, monkeypatch, damage):
    monkeypatch.chdir(tmp_path)
    call()
    DAMAGE[damage](only(cache))
    assert call() == 1
    assert capsys.readouterr().err == machine_code.NOTE.format(cache) + "\n"
    assert not Path("ran").exists()
    if damage != "a folder":
        assert call() == 0  # it was written again


@pytest.mark.parametrize("head", [b"no head", b'{"outside": []}', b'{"symbol": "no_such_function", "outside": []}'])
def test_what_is_sealed_under_another_head_is_compiled_again(cache, capsys, head):
    call()
    content = head + b"\n" + machine_code._unsealed(only(cache)).partition(b"\n")[2]
    only(cache).write_bytes(machine_code._seal(content) + content)
    assert [call(), call()] == [1, 0]
    assert capsys.readouterr().err == machine_code.NOTE.format(cache) + "\n"


def test_another_processor_version_source_or_kind_of_argument_is_another_file(cache, monkeypatch, tmp_path):
    call()
    assert call(kind=np.int64) == 1
    monkeypatch.setattr(machine_code.llvm, "get_host_cpu_name", lambda: "another")
    assert call() == 1
    monkeypatch.setenv("NUMBA_OPT", "1")
    assert call() == 1
    monkeypatch.setattr(machine_code, "version", lambda name: "0.0")
    assert call() == 1
    sources = shutil.copytree(machine_code.SOURCES, tmp_path / "kernel", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(machine_code, "SOURCES", sources)
    assert call() == 0
    (sources / "fees.py").write_text("# a file more\n")
    assert call() == 1
    assert len(list(cache.iterdir())) == 6


def test_a_processor_whose_features_llvm_does_not_know_is_one_without(cache, monkeypatch):
    def unknown():
        raise RuntimeError("no features")

    call()
    monkeypatch.setattr(machine_code.llvm, "get_host_cpu_features", unknown)
    assert [call(), call()] == [1, 0]


def test_where_numba_is_switched_off_one_line_says_so(cache, monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    with pytest.raises(RunError, match="NUMBA_DISABLE_JIT is set.*unset it"):
        call()
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "0")
    assert call() == 1


def test_a_folder_that_takes_nothing_is_no_error(cache, monkeypatch, capsys):
    def refuse(path, payload):
        raise DataError("no space left")

    monkeypatch.setattr(machine_code, "write_atomic", refuse)
    assert [call(), call()] == [1, 1]
    assert capsys.readouterr().err == ""


def test_a_place_that_is_no_folder_is_no_error(cache, capsys):
    cache.write_text("a file")
    assert [call(), call()] == [1, 1]
    assert capsys.readouterr().err == ""


def test_it_is_kept_beside_the_program_else_in_the_users_cache(cache, monkeypatch, tmp_path):
    monkeypatch.delenv(machine_code.FOLDER)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    beside, users = machine_code._folders()
    assert (beside, users) == (Path(machine_code.__file__).parent / "__pycache__", tmp_path / "user" / "harbinger")
    (tmp_path / "closed").write_text("a file")
    monkeypatch.setattr(
        machine_code, "_folders", lambda: iter([tmp_path / "closed" / "below", users, tmp_path / "last"])
    )
    assert [call(), call()] == [1, 0]
    assert len(list(users.iterdir())) == 1
    assert not (tmp_path / "last").exists()


def test_what_calls_what_is_not_there_is_refused_before_it_ends_the_process(cache):
    code = b'{"symbol": "f", "outside": ["memset", "no_such_function"]}\n'
    with pytest.raises(RuntimeError, match="no_such_function cannot be found"):
        machine_code._link(code)


def test_the_kernel_may_ask_for_no_memory(cache):
    with pytest.raises(numba.core.errors.TypingError, match="empty"):
        Call("greedy", lambda: (np.empty(3),))


@pytest.mark.parametrize(
    "wrong", [np.ones((4, 4))[:, ::2], np.ones(4)[::-1], np.ones(4, ">f8"), np.ones(4, "V8"), "a text", None, True]
)
def test_what_the_kernel_could_not_read_is_refused(cache, wrong):
    with pytest.raises(TypeError, match="the kernel"):
        Call("weighted", lambda: (np.empty(1),), wrong)


def test_a_code_that_is_no_end_is_said(cache, monkeypatch):
    made = Call("weighted", lambda: (np.empty(1),), np.ones(2), 1.0, np.empty(1))
    made.function = lambda *_: -3
    with pytest.raises(RuntimeError, match="weighted of the kernel ended with the code -3"):
        made(0, 1)


def test_arguments_live_as_long_as_the_call(cache):
    x = np.arange(1e6)
    x.flags.writeable = False
    out = np.empty(1)
    made = Call("weighted", lambda: (np.empty(1),), x, 1.0, out)
    expected = float(np.sum(np.arange(1e6) ** 2))
    del x
    spoiled = [np.full(1_000_000, np.nan) for _ in range(3)]
    made(0, 1)
    assert out[0] == pytest.approx(expected)
    assert len(spoiled) == 3


PROBE = """
import sys
from backtests.runs.batch.sets import load_kernel
load_kernel()
print("numba" in sys.modules)
"""


@pytest.mark.slow
def test_it_is_compiled_once_and_needs_numba_no_more(tmp_path):
    env = os.environ | {machine_code.FOLDER: str(tmp_path)}
    answers = [
        subprocess.run([sys.executable, "-c", PROBE], env=env, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert answers == ["True\n", "False\n"]
    assert only(tmp_path).name.startswith("kernel.run_sets-")


@pytest.mark.slow
def test_two_that_begin_at_once_both_compile_and_one_file_is_left(tmp_path):
    env = os.environ | {machine_code.FOLDER: str(tmp_path)}
    whole = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    two = [subprocess.Popen([sys.executable, "-c", PROBE], env=env, **whole) for _ in range(2)]
    assert [one.communicate() for one in two] == [("True\n", "")] * 2
    assert only(tmp_path).name.startswith("kernel.run_sets-")
