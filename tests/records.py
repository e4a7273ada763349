"""What a record says on disk, as plain content."""

import json

from backtests.record import as_text


def plain(result):
    """Return the content of the JSON of an examination or a sheet."""
    return json.loads(as_text(result.record("an-id")))
