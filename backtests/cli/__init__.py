"""The command `harbinger`: one file a verb."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

INTERRUPTED = 130
LONGEST = 1_200  # characters of a message
UNWRITTEN = "what it has to say cannot be written ({}); free some space, or send it elsewhere"
ENDED = "a file or a process of harbinger's ended before its time: killed, or out of memory"


def main() -> None:
    """Run the command and exit: 0 done, 1 failed, 2 wrong usage, 130 interrupted. A traceback only with --debug."""
    gc.set_threshold(500_000)  # imports make objects that live on: looking through them again took 13% of a run
    # A second thread takes nothing off products of a run's size, and burns a processor while it waits; and sums add up
    # alike on machines with one core and with many.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    atexit.register(gc.freeze)  # on its way out Python looks through them once more: 0.4 s of a sweep
    hook = sys.unraisablehook
    sys.unraisablehook = partial(_interrupt_again, hook)
    try:
        _run()
    except KeyboardInterrupt:  # while the first modules load
        _stop("interrupted", INTERRUPTED)
    finally:
        sys.unraisablehook = hook


def command() -> None:
    """The command as a process of its own: `main`, which ends here and now.

    Python on its way out takes every object apart, 30 ms of a run; and a library that Ctrl-C met while it loaded can
    abort it there, after all was said. A profiler, which writes what it saw on the way out, is waited for.
    """
    try:
        main()
        code = 0
    except SystemExit as ended:
        if _is_watched() or not isinstance(ended.code, int):
            raise
        code = ended.code
    if _is_watched():
        return
    if code != INTERRUPTED:
        with suppress(KeyboardInterrupt):  # all is done
            atexit._run_exitfuncs()
    os._exit(code if _all_is_out() else code or 1)


def _is_watched() -> bool:
    """Whether a profiler or a tracer is at work."""
    monitoring = getattr(sys, "monitoring", None)  # Python 3.12 and later
    tools = monitoring and any(monitoring.get_tool(tool) for tool in range(6))
    return bool(sys.gettrace() or sys.getprofile() or tools)


def _all_is_out() -> bool:
    """Write what is still to be written; whether it could be. Its reader may be gone, who hears no word then."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # none where it was closed before we began
        try:
            stream.flush()
        except BrokenPipeError:
            return False
        except (OSError, ValueError) as error:
            with suppress(OSError, ValueError):
                print(f"harbinger: {UNWRITTEN.format(error)}", file=sys.stderr)  # noqa: T201
            return False
    return True


def _run() -> None:
    import click  # noqa: PLC0415  # an interrupt while it loads must be answered

    from backtests.cli.app import app  # noqa: PLC0415  # an interrupt while it loads must be answered
    from data.errors import HarbingerError, refused  # noqa: PLC0415  # an interrupt while it loads must be answered

    debug = "--debug" in sys.argv  # wherever it stands
    words = [word for word in sys.argv[1:] if word not in ("--debug", "--quiet")]
    _check(words)
    _quiet("--quiet" in sys.argv, words)
    try:
        app.main(words, prog_name="harbinger", standalone_mode=False)
    except click.ClickException as error:
        _shown(error, click.UsageError)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort) as error:
        _aborted(error)
    except (BrokenPipeError, EOFError) as error:
        _ended(error)
    except HarbingerError as error:
        if debug:
            raise
        _stop(str(error), error.exit_code)
    except OSError as error:
        if debug:
            raise
        _refused(error, refused)
    except Exception as error:  # noqa: BLE001  # the last line of defence: a person gets a line, never a traceback
        _last(error, debug)


def _quiet(quiet: bool, words: list[str]) -> None:
    if quiet or "backtests.cli.screen" in sys.modules:
        from backtests.cli.screen import set_quiet  # noqa: PLC0415  # loads rich, which --help does without

        set_quiet(quiet, words[0] if words else "")


def _check(words: list[str]) -> None:
    """Refuse words that no file of ours can hold (half a character, a zero byte), and a current folder that is gone."""
    try:
        Path.cwd()
    except FileNotFoundError:
        _stop("the current folder is gone; go to another", 2)
    for word in words:
        if "\0" in word or any("\ud800" <= c <= "\udfff" for c in word):
            _stop(f"{word!r} is no text in UTF-8; write it again", 2)


def _shown(error: Any, usage: type[Any]) -> None:
    """Print what click has to say; of `usage`, whose missing choices it sets one below the other, in one line.

    The help, which click raises where a group of verbs is named alone, stays as it is.
    """
    if type(error).__name__ == "NoArgsIsHelpError":  # click 8.2; earlier ones print the help themselves
        error.show()
        return
    vars(error)["message"] = _plain(error.message)
    if isinstance(error, usage):
        error = usage(" ".join(map(str.strip, error.format_message().splitlines())), error.ctx)
    error.show()


def _plain(text: str) -> str:
    """Return a message as one line that can be read: what a name may hold to move the cursor is written out.

    Its middle is left out where it is very long.
    """
    short = text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in short)


def _refused(error: OSError, known: Callable[[OSError], Any]) -> None:
    """Say what the system refuses; what is full and has no name is no file of ours but where the screen is sent to."""
    if error.filename is not None:
        _stop(str(known(error)), 1)
    if error.errno == errno.ENOSPC:
        vars(sys)["stdout"] = None  # what is left of it would be refused once more
        _stop(UNWRITTEN.format(error), 1)
    _last(error, debug=False)


def _last(error: Exception, debug: bool) -> None:
    """The last line of defence: what is no error of ours is said in one line, and --debug shows where it was."""
    if debug:
        raise error
    if _from_interrupt(error):
        _stop("interrupted", INTERRUPTED)
    said = " ".join(f"{type(error).__name__}: {error}".split())
    _stop(f"{said}; this should not happen, --debug shows where", 1)


def _aborted(error: BaseException) -> None:
    """Answer an interrupt; click wraps what the interrupted work has to say, and takes the end of a file for one."""
    if isinstance(error.__cause__, EOFError):
        _ended(error.__cause__)
    _stop(str(error.__cause__ or "") or "interrupted", INTERRUPTED)


def _ended(error: BaseException) -> None:
    """Say that the other end is gone, unless that is the reader of what we print: nobody hears a word then."""
    if isinstance(error, BrokenPipeError) and _reader_is_gone():
        sys.stderr.close()
        sys.exit(1)
    _stop(f"{ENDED} ({error or type(error).__name__}); try again", 1)


def _reader_is_gone() -> bool:
    """Whether what reads our output has ended: what could not be written is still there to be written."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return True
    except (OSError, ValueError):
        pass
    return False


def _from_interrupt(error: BaseException | None) -> bool:
    """Whether an error is what some module, while it loaded, made of a Ctrl-C."""
    return error is not None and (
        isinstance(error, KeyboardInterrupt) or _from_interrupt(error.__cause__ or error.__context__)
    )


def _interrupt_again(hook: Callable[[sys.UnraisableHookArgs], Any], found: sys.UnraisableHookArgs) -> None:
    """Repeat a Ctrl-C that fell into a place where Python drops what is raised, as the callbacks of imports are."""
    if not issubclass(found.exc_type, KeyboardInterrupt):
        hook(found)
        return
    from threading import Timer  # noqa: PLC0415  # an interrupt while it loads must be answered

    Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()  # not at once: this too is such a place


def _stop(message: str, code: int) -> None:
    print(f"harbinger: {_plain(message)}", file=sys.stderr)  # noqa: T201  # plain text: nothing else may be importable here
    sys.exit(code)
