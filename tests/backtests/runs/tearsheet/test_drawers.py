"""Drawers: the same answers with and without them, whatever becomes of them; none outlives its command."""

import logging
import os
import signal
import sys
import threading

import pytest

from backtests.runs.tearsheet import drawers
from data.errors import RunError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no fork to rely on")


@pytest.fixture
def forked(monkeypatch):
    """Return what forks drawers for that many processors; the tests' own threads hold no lock of theirs."""

    def begin(processors):
        monkeypatch.setattr(drawers, "processors", lambda: processors)
        monkeypatch.setattr(drawers.processes, "can_fork", lambda: True)
        monkeypatch.setattr(drawers, "load", int)
        return drawers.begun()

    return begin


def where(number):
    return number, os.getpid()


def large(number):
    """Return more than a pipe holds: who sends it waits until it is read."""
    return bytes([number]) * 2_000_000


def only_here(here):
    """Return 1 in the process `here`; elsewhere it is killed, as by a system without memory."""
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


def fails(number):
    raise RunError(f"{number} cannot be drawn")


@pytest.mark.parametrize("processors", [1, 2, 3, 64])
@pytest.mark.parametrize("many", [0, 1, 2, 10])
def test_they_and_the_command_take_a_part_each_and_the_order_stays(forked, processors, many):
    with forked(processors):
        answers = drawers.each(where, range(many))
    assert [number for number, _ in answers] == list(range(many))
    assert [pid for _, pid in answers if pid == os.getpid()] == [os.getpid()] * -(-many // min(processors, 4))


def test_a_call_is_made_by_a_drawer_and_without_one_here(forked):
    with forked(2):
        assert drawers.ask(where, 7)()[1] != os.getpid()
    assert drawers.ask(where, 7)() == (7, os.getpid())


def test_what_a_drawer_raises_is_raised_here(forked):
    with forked(2):
        waits = drawers.ask(fails, 7)
        with pytest.raises(RunError, match="7 cannot be drawn"):
            waits()
        with pytest.raises(RunError, match="1 cannot be drawn"):
            drawers.each(fails, [0, 1])


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next(forked):
    with forked(2):
        given_up = drawers.ask(large, 1)
        assert drawers.ask(where, 7)()[0] == 7
        assert given_up() == large(1)


def test_the_command_draws_what_a_killed_drawer_has_left(forked):
    with forked(3):
        assert drawers.each(only_here, [os.getpid()] * 9) == [1] * 9
        assert drawers.ask(only_here, os.getpid())() == 1  # all have ended with it
        assert drawers.each(only_here, [os.getpid()] * 9) == [1] * 9


def warns(number):
    logger = logging.getLogger("matplotlib")
    with open(2, "w", closefd=False) as said:
        logger.addHandler(logging.StreamHandler(said))  # where they go without pytest
        logger.warning("no cache directory")
    return number


def test_what_a_library_logs_is_not_said_once_more(forked, capfd):
    with forked(2):
        assert drawers.ask(warns, 7)() == 7
    assert capfd.readouterr() == ("", "")


def test_they_end_with_what_they_were_begun_for(forked):
    with forked(3):
        pids = {drawers.ask(where, 0)()[1], *(pid for _, pid in drawers.each(where, range(9)))} - {os.getpid()}
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert drawers.each(where, [1]) == [(1, os.getpid())]


def test_there_are_none_unwanted_nor_beside_a_thread_nor_where_the_system_refuses(monkeypatch):
    monkeypatch.setattr(drawers, "processors", lambda: 2)
    with drawers.begun(wanted=False):
        assert drawers.ask(where, 1)() == (1, os.getpid())
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    with drawers.begun():
        assert drawers.ask(where, 1)() == (1, os.getpid())
    done.set()
    thread.join()
    monkeypatch.setattr(drawers.processes, "can_fork", lambda: True)
    monkeypatch.setattr(os, "fork", lambda: (_ for _ in ()).throw(OSError(11, "Resource temporarily unavailable")))
    with drawers.begun():
        assert drawers.ask(where, 1)() == (1, os.getpid())
