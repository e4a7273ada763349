"""Records: format 1 first, fields for keys, and what is refused."""

import json
from dataclasses import dataclass

import pytest

from backtests import record
from data.errors import BadFile


@dataclass(frozen=True)
class Inner:
    x: float | None


@dataclass(frozen=True)
class Outer:
    name: str
    pair: tuple[float, float] | None
    inner: dict[str, Inner]
    later: str = "not said"


ONE = Outer("a", (1.0, 2.5), {"k": Inner(None)})


def written(tmp_path, plain):
    path = tmp_path / "outer.json"
    path.write_text(plain if isinstance(plain, str) else json.dumps(plain))
    return path


def test_there_and_back(tmp_path):
    text = record.as_text(ONE)
    assert list(json.loads(text)) == ["format", "name", "pair", "inner", "later"]
    assert json.loads(text)["format"] == 1
    assert record.read(Outer, written(tmp_path, text)) == ONE


def test_a_file_from_before_formats_is_read(tmp_path):
    old = {"name": "a", "pair": [1, 2.5], "inner": {"k": {"x": None}}, "unknown": 1}
    assert record.read(Outer, written(tmp_path, old)) == ONE


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        ({"format": 2, "name": "a"}, "format 2, this harbinger reads up to 1; use a newer harbinger"),
        ({"format": "1"}, "has format 1"),
        ({"name": 3, "pair": None, "inner": {}}, r"is no Outer \(Expected `str`, got `int` - at `\$.name`\)"),
        ({"name": "a"}, "is no Outer"),
        ([], "is no Outer"),
        ("{", "cannot be read"),
    ],
)
def test_what_is_no_record_is_one_line(tmp_path, plain, says):
    path = written(tmp_path, plain)
    with pytest.raises(BadFile, match=says) as caught:
        record.read(Outer, path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nan_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        record.as_text(Inner(float("nan")))
