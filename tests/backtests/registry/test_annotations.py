"""Notes and tags: what a person says of a run stays, moves no count, and is refused where no list could show it."""

import pytest

from backtests.registry import Annotation, Registry
from backtests.registry.annotations import LONGEST_NOTE, MOST_TAGS
from data.errors import UsageError
from tests.backtests.registry.entries import run_entry


def test_what_is_said_stays_until_something_else_is(tmp_path):
    said = Registry(tmp_path).annotations
    assert said.of("a") == Annotation()
    said.change("a", "the  one of\nthe article", add=["article", "#keep"])
    assert Registry(tmp_path).annotations.of("a") == Annotation("the one of the article", ("article", "keep"))
    assert said.change("a", add=["keep", "new"], remove=["article"]) == Annotation(
        "the one of the article", ("keep", "new")
    )
    assert said.change("a", "") == Annotation("", ("keep", "new"))
    assert said.all() == {"a": Annotation("", ("keep", "new"))}


@pytest.mark.parametrize("tag", ["", "two words", "x" * 41, "a\x1b[0m", "a,b"])
def test_a_tag_is_one_word(tmp_path, tag):
    with pytest.raises(UsageError, match="one word of 1 to 40"):
        Registry(tmp_path).annotations.change("a", add=[tag])


def test_there_are_bounds(tmp_path):
    said = Registry(tmp_path).annotations
    with pytest.raises(UsageError, match="2,001 characters"):
        said.change("a", "x" * (LONGEST_NOTE + 1))
    with pytest.raises(UsageError, match="21 tags"):
        said.change("a", add=[f"t{at}" for at in range(MOST_TAGS + 1)])
    assert said.all() == {}
    said.change("b", add=[f"t{at}" for at in range(MOST_TAGS)])
    with pytest.raises(UsageError, match="21 tags"):  # with those that it has
        said.change("b", add=["more"])
    assert len(said.change("b", add=["more"], remove=["t0"]).tags) == MOST_TAGS
    assert said.of("a").tags == ()


def test_the_command_writes_and_shows_it(harbinger, own_home):
    registry = Registry()
    registry.runs.add(run_entry("20261122-183000-mine-a1b2c3"))
    before = registry.count("ETH-USD")
    assert harbinger("runs", "note", "20261122", "look again", "--tag", "article", "--tag", "x")[0] == 0
    code, out, _ = harbinger("runs", "note", "20261122", "--untag", "x", "--json")
    assert code == 0
    assert '"note": "look again"' in out
    assert '"article"' in out
    assert '"x"' not in out
    assert '"note": "look again"' in harbinger("runs", "show", "20261122", "--json")[1]
    assert registry.count("ETH-USD") == before
    assert harbinger("runs", "note", "nothing", "x")[0] == 2
