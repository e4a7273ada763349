"""docs/security.md claims no case that is not there, and every test that it names exists."""

import re

from tests.docs.security import CLASSES, PAGE, counts
from tests.paths import ROOT


def test_the_table_counts_the_cases_that_there_are():
    page = PAGE.read_text(encoding="utf-8")
    rows = {
        name: int(count.replace(",", ""))
        for name, count in re.findall(r"^\| (.+?) \| ([\d,]+) \| \d+ \| `tests/", page, re.M)
    }
    assert list(rows) == list(CLASSES)
    now = counts()
    assert {
        name: count for name, count in rows.items() if not 0 < count <= now[name]
    } == {}  # options are added: they grow
    assert re.findall(r"\| (\d+) \| `tests/", page) == ["0"] * len(CLASSES)


def test_every_test_that_is_named_exists():
    for _, test in CLASSES.values():
        file, _, name = test.partition("::")
        assert (ROOT / file).is_file()
        assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8")
