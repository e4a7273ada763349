"""Processes beside a command: what it hands them of its surroundings it has back afterwards."""

import os

import pytest

from backtests import processes


@pytest.mark.parametrize("before", [None, "", "1"])
def test_the_path_of_what_is_started_is_safe_and_afterwards_as_it_was(monkeypatch, before):
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    if before is not None:
        monkeypatch.setenv("PYTHONSAFEPATH", before)
    with processes.safe_path():
        assert os.environ["PYTHONSAFEPATH"] == "1"
    assert os.environ.get("PYTHONSAFEPATH") == before
