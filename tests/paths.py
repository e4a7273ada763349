"""Where the checkout is: its root, its docs and the history beside it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
MARKET = ROOT.parent / "shared" / "market"
