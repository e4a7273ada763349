"""A hundred drawn cases of each target, and every case that was ever found."""

import pytest
from hypothesis import given

from tests.fuzz.targets import FOUND, TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_found_stays_mended(name):
    assert set(FOUND) == set(TARGETS)
    for case in FOUND[name]:
        TARGETS[name][0](case)


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_whatever_is_drawn_is_answered(name):
    prove, cases = TARGETS[name]
    given(cases)(prove)()
