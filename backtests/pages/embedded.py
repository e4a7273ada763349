"""Plain data in a page: what a script of ours reads, as a JSON block that nothing runs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd


def embedded(content: Any, name: str, *, is_plain: bool = False) -> str:
    """Return `content` as a JSON block of the page, under the element id `name`; `is_plain` saves making it so."""
    text = json.dumps(content if is_plain else plain(content), allow_nan=False, separators=(",", ":"))
    safe = text.replace("<", "\\u003c")
    return f'<script type="application/json" id="{escape(name)}">{safe}</script>'


def plain(value: Any) -> Any:
    """Return `value` as JSON's own types: arrays become lists, instants ISO text, NaN and infinity None."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (pd.Series, pd.Index, np.ndarray)):
        return [plain(item) for item in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, pd.Timestamp):
        return None if pd.isna(value) else value.tz_localize(None).isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
