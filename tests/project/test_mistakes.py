"""No ordinary mistake reaches the last line of defence: each has one line of its own, and none shows a traceback."""

import os
import shutil
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from backtests.experiments.toml import dump, parse
from data.errors import HarbingerError, refused
from tests import mistakes
from tests.mistakes import LONGEST, line_of

NOBODY = 65534


EVERY = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 4  # `make fuzz` calls all, the suite each fourth


def hold(cases, call, every=1):
    """Call every case, or every so many; fail with a line for each that is wrong."""
    cases = list(cases)[::every]
    failures = [f"{name}: {wrong}" for name, *case in cases if (wrong := call(*case))]
    assert not failures, f"{len(failures)} cases:\n" + "\n".join(failures)


@pytest.mark.uncounted
@pytest.mark.slow
def test_toml(tmp_path):
    def call(content):
        try:
            experiment = parse(content, "mine.toml", near=tmp_path)
            assert parse(dump(experiment).encode(), "again") == experiment
        except (HarbingerError, OSError) as error:
            said = str(refused(error) if isinstance(error, OSError) else error)
            return "" if "\n" not in said and len(said) < LONGEST else said[:500]
        except Exception as error:  # noqa: BLE001  # each is a finding
            return f"{type(error).__name__}: {error}"[:300]
        return ""

    hold(mistakes.toml_cases(), call)


@pytest.mark.uncounted
@pytest.mark.slow
def test_words(harbinger, tmp_path, monkeypatch):
    monkeypatch.setattr("backtests.site.served.SiteServer.serve_forever", lambda _: None)  # what serves does not end

    def call(words):
        code, _, err = harbinger(*words)
        wrong = line_of(code, err)
        return wrong and f"{wrong}: {err[-300:]}"

    hold(mistakes.word_cases(tmp_path), call, EVERY)


@contextmanager
def as_nobody():
    """Be a user whom rights concern."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.uncounted
@pytest.mark.slow
def test_files(harbinger, monkeypatch):
    harbinger("studies")
    root = Path(tempfile.mkdtemp(prefix="harbinger-mistakes-"))
    root.chmod(0o777)
    count = iter(range(10_000))

    def call(place, lay, words, user=as_nobody):
        folder = root / str(next(count))
        with user():
            folder.mkdir()
            monkeypatch.chdir(folder)
            monkeypatch.setenv("HARBINGER_HOME", str(folder / "home"))
            if place.startswith("home/plugins"):
                monkeypatch.setenv("HARBINGER_PLUGINS", str(folder / "home/plugins"))
            else:
                monkeypatch.delenv("HARBINGER_PLUGINS", raising=False)
            lay(folder / place)
            code, _, err = harbinger(*words)
        wrong = line_of(code, err)
        return wrong and f"{wrong}: {err[-300:]}"

    try:
        for _, place, lay, words in mistakes.file_cases():
            if lay is mistakes.LAID["garbage"]:  # what is imported late is then there: Python may be closed to others
                call(place, lay, words, user=nullcontext)
        hold(mistakes.file_cases(), call)
    finally:
        monkeypatch.undo()
        mistakes.undone(root)
        shutil.rmtree(root, ignore_errors=True)


@pytest.mark.parametrize(
    "words", [("run", "own_trend"), ("runs", "list"), ("studies",), ("sweep", "own_trend", "-s", "trend.lookback=2,3")]
)
def test_a_current_folder_that_is_gone(harbinger, tmp_path, monkeypatch, words):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    try:
        code, _, err = harbinger(*words)
        assert line_of(code, err) == "", err
    finally:
        monkeypatch.chdir(tmp_path)
