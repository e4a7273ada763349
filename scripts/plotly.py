"""plotly's small build for the pages, from npm: `python scripts/plotly.py [VERSION]` fetches it, checked by its hash.

Scatter and bar are all that the pages draw, so that they hold 1.2 MB of plotly (MIT) and not 4.8.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import tarfile
import urllib.request
from pathlib import Path

REGISTRY, PACKAGE, VERSION = "https://registry.npmjs.org", "plotly.js-basic-dist-min", "4.1.1"
FOLDER = Path(__file__).resolve().parent.parent / "backtests" / "pages" / "plotly"
FILES = ("plotly-basic.min.js", "LICENSE")


def main(version: str) -> None:
    """Fetch one version and write its script and its licence."""
    with urllib.request.urlopen(f"{REGISTRY}/{PACKAGE}/{version}", timeout=60) as answer:  # noqa: S310  # https, ours
        told = json.load(answer)["dist"]
    with urllib.request.urlopen(told["tarball"], timeout=60) as answer:  # noqa: S310  # of the registry's own answer
        packed = answer.read()
    digest = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
    if digest != told["integrity"]:
        sys.exit(f"{told['tarball']} has the hash {digest}; the registry says {told['integrity']}")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for name in FILES:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                sys.exit(f"{told['tarball']} has no {name}")
            (FOLDER / name).write_bytes(member.read())
    print(f"{PACKAGE} {version} in {FOLDER}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else VERSION)
