"""The project itself: its names, its wheel, its documents, its ignore file."""

import importlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from backtests.cli.app import VERBS
from tests.conftest import ROOT
from tests.docs.reference import COMMANDS, PAGE, commands, commands_page, page

PACKAGES = ("data", "signals", "strategies", "backtests")
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("package", PACKAGES)
def test_generic_names_resolve_to_this_checkout(package):
    assert Path(importlib.import_module(package).__file__).parent == ROOT / package


def tracked():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")[
        :-1
    ]


def test_ignored_paths_are_anchored():
    lines = [line for line in (ROOT / ".gitignore").read_text().splitlines() if line and not line.startswith("#")]
    for line in lines:
        assert line.startswith("/") or line in ("__pycache__/", "*.egg-info/"), line


def test_no_index_no_host_no_price_data_is_tracked():
    for name in tracked():
        assert not re.search(r"\.(parquet|csv\.gz|sqlite)$", name), name
        if name.endswith((".png", ".ico")):
            continue
        text = (ROOT / name).read_text()
        if name == "constraints.txt":
            assert "://" not in text
            assert not re.search(r"^\s*(-|--)", text, flags=re.MULTILINE)
            assert all(re.fullmatch(r"(#.*|[\w.\-]+==[\w.\-+!]+)?", line) for line in text.splitlines())


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, unpacked outside the checkout, and an interpreter call that sees it and the dependencies only."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    site = next((venv / "lib").glob("python3.*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # The dependencies of this environment, without the line that points at the checkout.
    here = Path(importlib.import_module("numpy").__file__).parents[1]
    (site / "dependencies.pth").write_text(f"{here}\n")
    return folder, venv / "bin" / "python"


@pytest.mark.slow
def test_the_wheel_runs_the_demo_outside_the_checkout(installed):
    folder, python = installed
    work = folder / "work"
    work.mkdir()
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"HARBINGER_HOME": str(folder / "home")}

    def call(code):
        # -P -s: neither the current folder nor the user's site; a .pth of the checkout's editable install would be read
        # only if site-packages of this environment were processed as a site, which a plain path line does not do.
        return subprocess.run(
            [python, "-P", "-s", "-c", code], cwd=work, env=env, check=True, capture_output=True, text=True
        )

    where = call("import data, backtests, data.calendars.events; print(data.__file__, backtests.__file__)").stdout
    assert str(ROOT) not in where
    out = call("import sys; sys.argv = ['harbinger', 'demo']; from backtests.cli import main; main()").stdout
    assert out.startswith("SIMULATED")
    assert (work / "runs" / "demo" / "planted" / "tearsheet.html").stat().st_size > 500_000
    studies = call("import sys; sys.argv = ['harbinger', 'studies']; from backtests.cli import main; main()").stdout
    assert "small_cap_trend_and_cuts" in studies
    events = call(
        "from data.calendars.events import fomc_decisions, eth_events; print(len(fomc_decisions()), len(eth_events()))"
    ).stdout
    assert events.split() == ["100", "41"]


def test_the_wheel_holds_the_four_packages_and_nothing_else(installed):
    (wheel,) = installed[0].glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops == {*PACKAGES, next(t for t in tops if t.endswith(".dist-info"))}


def options():
    """Every command and its options."""
    return {name: {o for p in c.params for o in p.opts if o.startswith("-")} for name, c in commands().items()}


def test_every_command_and_option_is_in_the_docs():
    text = "\n".join(path.read_text() for path in DOCS)
    for name, known in options().items():
        assert f"harbinger {name}" in text, name
        for option in known:
            assert option in text, (name, option)


def test_every_command_in_the_docs_exists():
    known = options()
    for path in DOCS:
        for line in re.findall(r"^\s*(?:\$ )?harbinger (.+)$", path.read_text(), flags=re.MULTILINE):
            words = line.split("#")[0].split()
            name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
            if words[0].startswith("-"):
                continue
            assert name in known, f"{path.name}: harbinger {line}"
            for word in words:
                if word.startswith("-") and word != "-s":
                    assert word.split("=")[0] in known[name] | {"--help", "--debug"}, f"{path.name}: harbinger {line}"


def test_every_command_has_help():
    for command in commands().values():
        assert command.help
        assert all(getattr(p, "help", None) for p in command.params if p.opts[0].startswith("-"))


def test_every_member_is_in_the_docs():
    from backtests.experiments.studies import study_names
    from signals.discovery import names

    text = "\n".join(path.read_text() for path in DOCS)
    for name in (*names("signals"), *names("strategies"), *study_names()):
        assert f"`{name}`" in text, name


def test_links_in_the_docs_lead_somewhere():
    for path in DOCS:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_help_imports_nothing_heavy():
    code = "import sys; sys.argv = ['harbinger', '--help']\nfrom backtests.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    code += (
        "heavy = {'pandas', 'numpy', 'backtrader', 'quantstats', 'yfinance', 'matplotlib', 'rich'} & set(sys.modules)\n"
    )
    code += "sys.exit(f'imported {heavy}' if heavy else 0)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_the_reference_is_the_code():
    assert PAGE.read_text() == page(), "run: python -m tests.docs.reference"
    assert COMMANDS.read_text() == commands_page(), "run: python -m tests.docs.reference"


def test_a_plain_fetch_brings_what_the_studies_need():
    from backtests.experiments.studies import load, study_names
    from data.catalogue import DEFAULT_FETCH

    assert {id for name in study_names() for id in load(name).needs} <= set(DEFAULT_FETCH)


def test_children_of_the_suite_can_be_interrupted_where_it_was_started_with_ctrl_c_ignored():
    child = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    suite = f"import subprocess, sys, tests.conftest; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", suite]
    assert subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout == "True\n"


@pytest.mark.slow
def test_the_figures_of_the_house_are_those_of_the_code():
    from tests.docs import house

    assert house.PAGE.read_text() == house.page(), "run: python -m tests.docs.house"


@pytest.mark.slow
def test_imports_inside_functions_are_hops():
    """One for each verb, and one before each module that loads backtrader, LLVM, numba or quantstats, or runs far away."""
    from tests.docs.house import own_imports_in_functions

    seams = {"backtests/runs/native.py", "backtests/runs/run.py", "backtests/runs/recorded.py",
             "backtests/runs/batch/sets.py", "backtests/runs/batch/windows.py", "backtests/__init__.py", "backtests/cli/__init__.py",
             "backtests/cluster/worker.py", "backtests/engine/kernel/machine_code.py"}  # fmt: skip
    places = own_imports_in_functions()
    verbs = [file for file, _ in places if file not in seams]
    assert sorted(verbs) == sorted(f"backtests/cli/{verb}.py" for verb in VERBS)
    assert len(places) <= len(VERBS) + 11


def test_the_signal_of_contributing_keeps_the_contract(tmp_path, monkeypatch):
    """What a contributor copies runs, is documented as the contract asks, and sees no future."""
    from backtests.checks.testing import assert_no_lookahead

    code = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    (tmp_path / "leader_vs_spy.py").write_text(code)
    for word in ("nan", "known", "source:"):
        assert word in code.lower()
    assert_no_lookahead(str(tmp_path / "leader_vs_spy.py"), source="simulated", cuts=5)
