"""Paths as they stand in files that may be passed on."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UsageError
from data.files import is_elided, shown, without_places
from data.sources.open import open_source


@pytest.fixture
def places(tmp_path, monkeypatch):
    for name in ("work/inside", "alice/files", "elsewhere/history", "home"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "alice"))
    monkeypatch.setenv("HARBINGER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("work/inside", "inside"), ("work", "."), ("alice/files", "~/files"), ("alice", "~"),
        ("elsewhere/history", ".../history"), ("work/../alice/files", "~/files"),
    ],
)  # fmt: skip
def test_a_path_is_shown_without_its_root(places, path, says):
    assert shown(places / path) == says
    if not is_elided(says):
        assert Path(says).expanduser().resolve() == (places / path).resolve()


def test_a_link_shows_where_it_leads(places):
    (places / "work" / "link").symlink_to(places / "elsewhere")
    assert shown(places / "work" / "link" / "history") == ".../history"


def test_a_source_is_named_so_and_an_elided_one_is_asked_for(places):
    assert open_source(f"folder:{places / 'work/inside'}", None).name == "folder:inside"
    elided = open_source(f"folder:{places / 'elsewhere/history'}", None).name
    assert elided == "folder:.../history"
    again = open_source(elided, None)
    assert again.name == elided
    with pytest.raises(UsageError, match="say it with --source folder:PATH"):
        again._files()


def test_places_in_messages_are_made_short(places):
    text = f"{places}/work/a.csv, line 3; see {places}/alice/x and {places}/home/store/y, not {places}/workshop or x{places}/work"
    short = f"a.csv, line 3; see ~/x and HARBINGER_HOME/store/y, not {places}/workshop or x{places}/work"
    assert without_places(text) == short


@given(st.text())
def test_other_text_stays(text):
    assert without_places(text) == text
