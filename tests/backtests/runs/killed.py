"""Whatever is recorded, stopped at each step at which it touches the disk: which files stand then, and what is counted.

`python killed.py KIND FOLDER HOW...` computes a run, a signal's sheet, a lead, a judgement or a stress test once, then
records it in a child for each step, which is stopped there (HOW: kill, interrupt, full), and prints a line of JSON a
step: the files that stand, what is counted, the statuses. A step is an event at which the system is about to be asked
(PEP 578): a file opened for writing, renamed or removed, a folder made, the registry connected.
"""

import errno
import json
import os
import signal
import sys
from pathlib import Path

EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "sqlite3.connect", "sqlite3.connect/handle")
PAGE = b"<html>numbers</html>"


def once(module, name, *words, **options):
    """Compute what `module.name` computes, and put the outcome in its place: the same in each child."""
    found = getattr(module, name)(*words, **options)
    setattr(module, name, lambda *_, **__: found)
    return found


def own_trend(module, name):
    from backtests.experiments.studies import load
    from backtests.runs.run import freeze
    from data.sources.simulated.source import SimulatedSource
    from data.store import Store

    experiment = load("own_trend").with_values({"study.end": "2017-06-30"})
    frozen = freeze(experiment, SimulatedSource(), Store())
    setattr(module, name, lambda *_: frozen if name == "freeze" else (frozen, None))
    return experiment, frozen


def run():
    from backtests.runs import recorded
    from backtests.runs.tearsheet import page

    experiment, inputs = own_trend(recorded, "freeze")
    once(recorded, "run_on", inputs)
    page.render = lambda *_: PAGE
    return lambda out: recorded.run_and_record(experiment, "simulated", out)


def sheet():
    import pandas as pd

    from backtests.runs.subject import of_signal_text
    from backtests.signal_sheets import page, recorded
    from data.sources.simulated.source import SimulatedSource

    target, source = of_signal_text("own_momentum"), SimulatedSource()
    once(recorded, "profile", target, source, end=pd.Timestamp("2018-06-30"))
    page.render = lambda *_: PAGE
    return lambda out: recorded.run_and_record(target, source, out)


def lead():
    import pandas as pd

    from backtests.lead import page, recorded
    from data.sources.simulated.source import SimulatedSource

    source = SimulatedSource()
    once(recorded, "examine", source, "IWM", "ETH-USD", end=pd.Timestamp("2018-06-30"))
    page.render = lambda *_: PAGE
    return lambda out: recorded.run_and_record(source, out=out)


def evidence():
    from backtests.evidence import recorded

    experiment, inputs = own_trend(recorded, "inputs")
    once(recorded, "examine", once(recorded, "run_on", inputs), None, 1, 0, inputs.tables, None)
    recorded.render = lambda *_: PAGE
    return lambda out: recorded.run_and_record(experiment, out=out)


def stress():
    from backtests.stress import recorded

    experiment, inputs = own_trend(recorded, "inputs")
    once(recorded, "stress", experiment, inputs.tables, "stress-of-own-trend")
    recorded.load_some = lambda *_: ({}, None)
    recorded.render = lambda *_: PAGE
    return lambda out: recorded.run_and_record(experiment, out)


KINDS = {kind.__name__: kind for kind in (run, sheet, lead, evidence, stress)}


def main(kind, root, *ways):
    os.environ["HARBINGER_HOME"] = str(root / "home")
    record = KINDS[kind]()
    for how in ways:
        for step in range(100):
            seen = stopped(record, root / f"{how}{step}", how, step)
            sys.stdout.write(json.dumps({"how": how, **seen}) + "\n")
            if seen["ended"] == 0:
                break


def stopped(record, folder, how, step):
    from backtests.registry import Registry

    os.environ["HARBINGER_HOME"] = str(folder / "home")
    child = os.fork()
    if not child:
        left = stop_at(step, how)
        try:
            record(folder / "out")
        except BaseException:  # noqa: BLE001  # however it ends, its child ends too
            os._exit(1)
        os._exit(0 if left[0] >= 0 else 2)  # 2: the stop was met, and done without
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    out = folder / "out"
    files = sorted(file.name for file in out.iterdir() if not file.name.startswith(".")) if out.is_dir() else []
    statuses = [entry.status for entry in Registry().runs.newest()]
    tried = Registry().count("ETH-USD", simulated=True)
    return {"ended": ended, "files": files, "ideas": tried.ideas, "families": tried.families, "statuses": statuses}


def stop_at(step, how):
    left = [step]

    def hook(event, args):
        writes = event in EVENTS and (event != "open" or bool(isinstance(args[1], str) and set(args[1]) & set("wxa+")))
        left[0] -= writes
        if writes and left[0] == -1:  # once: what is done about it may touch the disk again
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt if how == "interrupt" else OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sys.addaudithook(hook)
    return left


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
