"""Golden results: the same numbers as when they were last looked at. Written again only by `make goldens`."""

import json

import pytest

from backtests.experiments.studies import study_names
from tests.goldens.__main__ import FOLDER, compute


def assert_close(found, golden, where):
    if isinstance(golden, dict):
        assert list(found) == list(golden), where
        for key in golden:
            assert_close(found[key], golden[key], f"{where}.{key}")
    elif isinstance(golden, float):
        assert found == pytest.approx(golden, rel=1e-9), where  # to the bit only on the same CPU features
    elif isinstance(golden, list):
        assert len(found) == len(golden), where
        for i, (a, b) in enumerate(zip(found, golden, strict=True)):
            assert_close(a, b, f"{where}[{i}]")
    else:
        assert found == golden, where


@pytest.mark.parametrize("study", study_names())
def test_golden(study, tmp_path):
    found, golden = compute(study, tmp_path), json.loads((FOLDER / f"{study}.json").read_text())
    assert_close(found, golden, study)


def test_every_golden_has_its_study():
    assert {file.stem for file in FOLDER.glob("*.json")} == set(study_names())
