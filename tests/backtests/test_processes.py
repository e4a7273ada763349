"""Processes beside a command: what it hands them of its surroundings it has back afterwards."""

import os

import pytest

from backtests import processes
from backtests.sweeps.work import pool


@pytest.mark.parametrize("before", [None, "", "1"])
def test_the_path_of_what_is_started_is_safe_and_afterwards_as_it_was(monkeypatch, before):
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    if before is not None:
        monkeypatch.setenv("PYTHONSAFEPATH", before)
    with processes.safe_path():
        assert os.environ["PYTHONSAFEPATH"] == "1"
    assert os.environ.get("PYTHONSAFEPATH") == before


def test_workers_that_were_forked_are_handed_out_once(monkeypatch):
    """Who took them ends them: a second sweep of the same process would find them gone."""
    workers = object()
    monkeypatch.setattr(pool, "_forked", [workers])
    assert [pool.forked(), pool.forked()] == [workers, None]
