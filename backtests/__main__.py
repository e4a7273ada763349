"""`python -P -m backtests`: the command `harbinger`, where its script is not on the PATH.

Without -P Python itself looks for `backtests` in the current folder first, before any line of ours runs; what comes
after is safe all the same: the folder is taken off the path before anything else is imported.
"""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # the current folder: a `numpy.py` in it is not numpy

from backtests.cli import command  # after the path is safe

if __name__ == "__main__":
    command()
