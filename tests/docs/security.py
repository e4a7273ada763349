"""The table of attacks of docs/security.md: `python -m tests.docs.security` counts the cases, runs them and writes it."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import mistakes
from tests.paths import DOCS, ROOT

PAGE = DOCS / "security.md"
MARK = "<!-- attacks -->"
FUZZ_SECONDS = 60


def _words():
    with tempfile.TemporaryDirectory() as folder:
        return len(list(mistakes.word_cases(Path(folder))))


def _plan():
    from tests.backtests.sweeps.folder import test_planned as planned

    return len(planned.BAD) * 6 + 6 + (len(planned.BAD) + 3) * 8 + 10 + 7


def _out():
    from tests.backtests.cli import test_out as out

    return len(out.VERBS) * 12 + len(out.FILES) * 9


def _cache():
    from tests.backtests.engine.kernel.test_machine_code import DAMAGE

    return len(DAMAGE) + 3  # and what is sealed under another head


def _markup():
    from tests.backtests.pages.test_policy import INJECTED

    return len(INJECTED)


def _levels():
    from tests.data.checks.test_wrong_data import JUMPS

    return 2 * len(JUMPS)  # from a third of the table on, and in its last 300 rows


def _answers():
    from tests.data.test_hostile_vendor import BAD_YIELDS

    return 2 * len(BAD_YIELDS) - 1  # as a first history, and over a stored one


def _stops():
    from tests.backtests.runs.test_recorded import KINDS, WAYS

    return len(KINDS) * len(WAYS)


# What is tried, how many cases there are, and which tests hold them.
CLASSES = {
    "a series that jumps to another level: each kind of series, each factor, in two places": (
        _levels, "tests/data/checks/test_wrong_data.py::test_a_jump_of_level_is_noticed_wherever_it_begins"),
    "a vendor's answer with marks, other units, rows of the future": (_answers, "tests/data/test_hostile_vendor.py"),
    "a run, a sheet, a lead, a judgement, a stress test killed, interrupted or out of disk at each step that touches the disk": (
        _stops, "tests/backtests/runs/test_recorded.py::test_no_number_stands_on_the_disk_that_nobody_counts"),
    "an experiment file with each value replaced by each wrong one; files that are wrong as a whole": (
        lambda: len(list(mistakes.toml_cases())), "tests/project/test_mistakes.py::test_toml"),
    "each option and argument of each command with each wrong word": (_words, "tests/project/test_mistakes.py::test_words"),
    "garbage, nothing, a folder, a loop of links or a closed file in each place that is read or written": (
        lambda: len(list(mistakes.file_cases())), "tests/project/test_mistakes.py::test_files"),
    "a `plan.json` that names other code, or holds anything else": (_plan, "tests/backtests/sweeps/folder/test_planned.py"),
    "`--out` over a device, a pipe, a link, a file, into what is no folder": (_out, "tests/backtests/cli/test_out.py"),
    "a current folder of modules named like all of Python's own, of the libraries and of ours: every module and verb, and sweeps": (lambda: 3, "tests/project/test_hostile_folder.py"),
    "the compiled kernel on the disk cut, edited, replaced": (_cache, "tests/backtests/engine/kernel/test_machine_code.py"),
    "scripts, frames and forms put into a page, in Chromium": (_markup, "tests/backtests/pages/test_policy.py"),
}  # fmt: skip


def counts():
    """Return how many cases of each class there are."""
    return {name: count() for name, (count, _) in CLASSES.items()}


def failures(test):
    """Run the tests of a class, all cases of them; return how many failed."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "--timeout", "900", test]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env={**os.environ, "HYPOTHESIS_PROFILE": "nightly"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"(\d+) cases:", done.stdout) or re.search(r"(\d+) failed", done.stdout)
    return int(found[1]) if found else int(done.returncode != 0)


def fuzzed():
    """Return the last line of a minute of `python -m tests.fuzz`."""
    words = [sys.executable, "-W", "ignore", "-m", "tests.fuzz", str(FUZZ_SECONDS)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip().splitlines()[-1]


def table(numbers, failed):
    rows = [f"| {name} | {numbers[name]:,} | {failed[name]} | `{test}` |" for name, (_, test) in CLASSES.items()]
    return "\n".join(["| what is tried | attempts | failures | held by |", "|---|---|---|---|", *rows])


def page(text, numbers, failed, drawn):
    head, _, rest = text.partition(MARK)
    _, _, tail = rest.partition(MARK)
    return f"{head}{MARK}\n{table(numbers, failed)}\n\nDrawn at random for a minute: {drawn}.\n{MARK}{tail}"


if __name__ == "__main__":
    failed = {name: failures(test) for name, (_, test) in CLASSES.items()}
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), counts(), failed, fuzzed()), encoding="utf-8")
