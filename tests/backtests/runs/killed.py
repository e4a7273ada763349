"""A run that is stopped at each step at which it touches the disk: which files stand then, and what is counted.

`python killed.py FOLDER HOW...` computes a run once, then records it in a child for each step, which is stopped there
(HOW: kill, interrupt, full), and prints a line of JSON a step: the files that stand, the count of trials, the statuses.
A step is an event at which the system is about to be asked (PEP 578): a file opened for writing, renamed or removed, a
folder made, the registry connected.
"""

import errno
import json
import os
import signal
import sys
from pathlib import Path

EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "sqlite3.connect", "sqlite3.connect/handle")


def main(root, *ways):
    from backtests.experiments.studies import load
    from backtests.runs import recorded, tearsheet
    from backtests.runs.run import run_on
    from data.sources.simulated.source import SimulatedSource
    from data.store import Store

    os.environ["HARBINGER_HOME"] = str(root / "home")
    experiment = load("own_trend").with_values({"study.end": "2017-06-30"})
    inputs = recorded.freeze(experiment, SimulatedSource(), Store())
    result = run_on(inputs)
    recorded.freeze, recorded.run_on = (lambda *_: inputs), (lambda *_: result)  # computed once, the same in each child
    tearsheet.render = lambda *_: b"<html>numbers</html>"
    for how in ways:
        for step in range(100):
            seen = stopped(experiment, root / f"{how}{step}", how, step)
            sys.stdout.write(json.dumps({"how": how, **seen}) + "\n")
            if seen["ended"] == 0:
                break


def stopped(experiment, folder, how, step):
    from backtests.registry import Registry
    from backtests.runs.recorded import run_and_record

    os.environ["HARBINGER_HOME"] = str(folder / "home")
    child = os.fork()
    if not child:
        left = stop_at(step, how)
        try:
            run_and_record(experiment, "simulated", folder / "out")
        except BaseException:  # noqa: BLE001  # however it ends, its child ends too
            os._exit(1)
        os._exit(0 if left[0] >= 0 else 2)  # 2: the stop was met, and done without
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    out = folder / "out"
    files = sorted(file.name for file in out.iterdir() if not file.name.startswith(".")) if out.is_dir() else []
    statuses = [entry.status for entry in Registry().runs.newest()]
    ideas = Registry().count("ETH-USD", simulated=True).ideas
    return {"ended": ended, "files": files, "ideas": ideas, "statuses": statuses}


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
    main(Path(sys.argv[1]), *sys.argv[2:])
