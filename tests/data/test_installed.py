"""The version of a library is the one that Python's own reader finds."""

from importlib import metadata

import pytest

from backtests.registry.identity import LIBRARIES
from data.installed import version


@pytest.mark.parametrize("name", [*LIBRARIES, "numba", "llvmlite", "scipy", "Exchange-Calendars"])
def test_it_is_that_of_the_standard_library(name):
    assert version(name) == metadata.version(name)


def test_what_is_not_there_has_none():
    with pytest.raises(metadata.PackageNotFoundError):
        version("no-such-library")
