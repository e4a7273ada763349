"""A signal made of others, said in one line."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import HarbingerError, UsageError
from signals.combine import Combine
from signals.credit import Credit
from signals.ease_level import EaseLevel
from signals.expression import parse, text_of
from signals.gate_by import GateBy
from signals.rank import Rank
from signals.small_cap_momentum import SmallCapMomentum
from signals.smooth import Smooth
from signals.zscore import Zscore


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("small_cap_momentum", SmallCapMomentum()),
        ("small_cap_momentum()", SmallCapMomentum()),
        ("small_cap_momentum(lookback=90)", SmallCapMomentum(90)),
        ("zscore(ease_level)", Zscore(EaseLevel())),
        ("zscore( ease_level , window = 120 )", Zscore(EaseLevel(), 120)),
        ("zscore(base=ease_level, memory=expanding)", Zscore(EaseLevel(), memory="expanding")),
        ("rank(smooth(credit(lookback=5), window=3))", Rank(Smooth(Credit(5), 3))),
        ("combine(zscore(credit), small_cap_momentum, second_weight=-0.5)", Combine(Zscore(Credit()), SmallCapMomentum(), 1.0, -0.5)),
        ("gate_by(gate=credit, base=small_cap_momentum)", GateBy(SmallCapMomentum(), Credit())),
        ("combine(second=credit, small_cap_momentum)", Combine(SmallCapMomentum(), Credit())),
    ],
)  # fmt: skip
def test_what_is_said_is_what_is_made(text, signal):
    assert parse(text) == signal


def test_the_name_says_the_parts():
    assert (
        text_of(Combine(Zscore(EaseLevel()), SmallCapMomentum())) == "combine(zscore(ease_level), small_cap_momentum)"
    )
    assert text_of(SmallCapMomentum(90)) == "small_cap_momentum"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a signal's name is missing before 'the end'"),
        ("(credit)", "a signal's name is missing before '('"),
        ("zscore", "zscore: Zscore needs base; write zscore(small_cap_momentum)"),
        ("combine(credit)", "combine: Combine needs second"),
        ("zscore(credit", "zscore( is not closed by )"),
        ("zscore(credit))", "')' is too much at the end"),
        ("zscore(credit small_cap_momentum)", "zscore( is not closed by )"),
        ("zscore(credit, credit)", "zscore takes 1 signals; give its parameters as window=..., memory=..."),
        ("zscore(credit, base=credit)", "base of zscore is given twice"),
        ("zscore(credit, windw=3)", "unknown parameter of zscore 'windw'; did you mean window"),
        ("zscore(credit, window=1)", "zscore.window = 1 is out of bounds: from 3 to 2520"),
        ("zscore(credit, window=x)", "zscore.window = 'x' is not a whole number"),
        ("zscore(credit, window=)", "zscore.window = ')' is not a whole number"),
        ("zscore(credi)", "unknown signal 'credi'; did you mean credit"),
        ("credit(1)", "credit takes 0 signals"),
        ("smooth(" * 40 + "credit" + ")" * 40, "more than 30 signals inside one another"),
    ],
)
def test_what_cannot_be_read_is_named(text, said):
    with pytest.raises(UsageError) as error:
        parse(text)
    assert said in str(error.value)


WORDS = st.sampled_from(["zscore", "credit", "combine", "(", ")", ",", "=", "window", "3", "base", " ", "x"])


@given(st.lists(WORDS, max_size=12))
def test_no_text_brings_another_error(words):
    with contextlib.suppress(HarbingerError):
        parse("".join(words))
