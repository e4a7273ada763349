"""`python -m tests.docs.findings FOLDER` writes docs/findings.md again from the history in FOLDER."""

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.docs.findings.page import PAGE, page

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(
            "usage: python -m tests.docs.findings FOLDER (with IWM, SPY, QQQ, RUT, VIX, DGS2, coins and ETHUSDT-1H in it)"
        )
    PAGE.write_text(page(sys.argv[1]), encoding="utf-8")
