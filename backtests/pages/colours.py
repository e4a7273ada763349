"""Colours: one palette of every page, chart and card, on light and dark, told apart by who sees no red or green.

Lines and marks take the palette of Okabe and Ito ("Color Universal Design", 2008), darkened or lightened until every
one of them stands out from its ground by 3:1 and text by 4.5:1 (WCAG 2.2). A page holds both sets as CSS variables; a
figure names its colours by `--name`, or `--name/.2` for a part of it, so that one page serves both grounds and print.
A word that a figure sets in the colour of a line is drawn in the shade of it that can be read: `--t2` for `--c2`.
"""

from __future__ import annotations

LIGHT = {
    "paper": "#ffffff",
    "wash": "#f5f7f9",
    "ink": "#17212b",
    "soft": "#55606d",
    "faint": "#8a949f",
    "line": "#dde2e8",
    "accent": "#0067a5",
    "c1": "#0072b2",
    "c2": "#d55e00",
    "c3": "#008f68",
    "c4": "#a8447f",
    "c5": "#8c6d00",
    "c6": "#101820",
    "t2": "#b84e00",
    "t3": "#007f5c",
    "gain": "#0072b2",
    "loss": "#d55e00",
    "middle": "#efece6",
    "warn": "#7a4300",
    "warnwash": "#fdf1de",
    "mark": "#e4effa",
    "simulated": "#7a1f6b",
}
DARK = {
    "paper": "#12171d",
    "wash": "#1a2129",
    "ink": "#e8ecf0",
    "soft": "#a5b0bc",
    "faint": "#76828f",
    "line": "#2d3742",
    "accent": "#6cb8f0",
    "c1": "#56b4e9",
    "c2": "#f08a3c",
    "c3": "#2fc79a",
    "c4": "#dd8fbd",
    "c5": "#e0c04a",
    "c6": "#f4f0e6",
    "t2": "#f08a3c",
    "t3": "#2fc79a",
    "gain": "#56b4e9",
    "loss": "#f08a3c",
    "middle": "#2a323b",
    "warn": "#f3c27a",
    "warnwash": "#33270f",
    "mark": "#1d3346",
    "simulated": "#8e2f7e",
}
# What figures name: a run's own line first, then what it is held against.
PALETTE = ("--c1", "--c2", "--c3", "--c4", "--c5", "--c6")
SOFT, INK, BAND = "--soft", "--ink", "--soft/.18"
DIVERGING = ((0.0, "--loss"), (0.5, "--middle"), (1.0, "--gain"))


def variables() -> str:
    """Return both sets as a style sheet: light, dark where the reader's system is dark, light on paper."""
    light, dark = (";".join(f"--{name}:{value}" for name, value in colours.items()) for colours in (LIGHT, DARK))
    return f":root{{color-scheme:light dark;{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def literal(name: str, colours: dict[str, str] = LIGHT) -> str:
    """Return a colour that a figure names as one that stands without a page: "--c1/.2" is rgba(0,114,178,0.2)."""
    word, _, part = name.removeprefix("--").partition("/")
    value = colours[word]
    if not part:
        return value
    red, green, blue = (int(value[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{float(part):g})"
