"""Every error that a user can meet.

    HarbingerError                exit code 1
    |- UsageError                 exit code 2: the command, a file or a name is wrong; nothing was run
    |  |- UnknownName             a name that is not in the list; carries the close matches
    |  |  `- UnknownKeyword       of a function in Python
    |  |- OutOfBounds             a parameter outside its declared bounds
    |  `- BadSpec                 an experiment file or an option that cannot be read
    |- DataError                  the data cannot be used
    |  |- SourceError             a vendor did not answer as it should
    |  |  |- RateLimited  UnknownSymbol  EmptyAnswer  BadAnswer  Redirected
    |  |  `- Offline              no answer, or none that was whole in time
    |  |     `- Unreachable       the vendor's name is not found: asking again is of no use
    |  |- BadFile                 a file of the user's: names the file, the line or date, the remedy
    |  |- MissingSeries           a series that the source does not have
    |  |- SuspectData             rows that a check calls wrong, which nobody has accepted
    |  |- CorruptSnapshot         a stored file whose hash differs from its name
    |  `- OutsideCalendar         a date outside the fixed bounds of the calendars, or not a session
    `- RunError                   the run cannot be finished honestly
       `- OrderRejected           the broker did not fill an order exactly as asked

Every message names the value, the bound and the remedy, in one line.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable

OFFLINE = "(without a network: --source simulated, or --source folder:PATH)"
MOST_NAMES = 60  # in one message
BEGUN = 3  # names with one beginning
REMEDIES = {
    errno.EACCES: "give yourself the right to it, or name another",
    errno.EPERM: "give yourself the right to it, or name another",
    errno.ENOENT: "it is gone, or never was: name another",
    errno.ENOTDIR: "a file stands where a folder is wanted: name another",
    errno.EISDIR: "a folder stands where a file is wanted: name another",
    errno.ELOOP: "its links lead in a circle: name another",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOSPC: "free some space",
    errno.EROFS: "the disk takes nothing: name another",
    errno.EMFILE: "too many files are open: close programs, or raise the limit (ulimit -n)",
    errno.EIO: "the disk fails: look after it",
}


class HarbingerError(Exception):
    """Root of the tree; `exit_code` is what the command exits with. A message is one line, whatever it quotes."""

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(message.replace("\n", "\\n"))


class UsageError(HarbingerError):
    """The command, a file or a name is wrong; nothing was run."""

    exit_code = 2


def quoted(value: object, most: int = 80) -> str:
    """Return a value as an error shows it: in one line, its middle left out where it is long."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= most else f"{text[: most // 2]}...{text[-most // 4 :]}"


def close_matches(name: str, choices: Iterable[str], most: int = 3) -> list[str]:
    """Return up to `most` names near `name`: same ending first (a path's last words), then by spelling."""
    known = list(choices)
    tails = [c for c in known if c.rsplit(".", 1)[-1] == name.rsplit(".", 1)[-1]]
    spelled = difflib.get_close_matches(name.lower(), [c.lower() for c in known], n=most, cutoff=0.5)
    by_lower = {c.lower(): c for c in known}
    return list(dict.fromkeys([*tails, *(by_lower[s] for s in spelled)]))[:most]


def _listed(known: list[str], most: int) -> str:
    if not most:
        return f"{len(known):,}, none of them near"
    more = f" and {len(known) - most:,} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more or "none"


class UnknownName(UsageError):
    """A name that is not in the list of its kind; says what was near, else up to `most` of the list (0: how many)."""

    def __init__(self, kind: str, name: str, choices: Iterable[str], remedy: str = "", most: int = MOST_NAMES) -> None:
        known = sorted(choices)
        near = close_matches(name[:200], known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {_listed(known, most)}"
        super().__init__(f"unknown {kind} {quoted(name)}; {hint}{' ' + remedy if remedy else ''}")
        self.kind, self.name, self.near = kind, name, near


class Ambiguous(UnknownName):
    """The beginning of several names; `kind` is what they are, in the plural."""

    def __init__(self, kind: str, name: str, begun: list[str]) -> None:
        more = ", ..." if len(begun) > BEGUN else ""
        first = ", ".join(begun[:BEGUN])
        UsageError.__init__(self, f"{len(begun):,} {kind} begin with {name}: {first}{more}; write more of it")
        self.kind, self.name, self.near = kind, name, begun


class UnknownKeyword(UnknownName, TypeError):
    """A keyword that a function does not have; a TypeError too, as Python's own answer is."""


class OutOfBounds(UsageError):
    """A parameter outside its declared bounds."""

    def __init__(self, path: str, value: object, bound: str) -> None:
        super().__init__(f"{path} = {quoted(value)} is out of bounds: {bound}")
        self.path, self.value, self.bound = path, value, bound


class BadSpec(UsageError):
    """An experiment file or option that cannot be read."""


class DataError(HarbingerError):
    """The data cannot be used."""


class SourceError(DataError):
    """A vendor did not answer as it should; `series` says for what."""

    def __init__(self, series: str, what: str, remedy: str) -> None:
        super().__init__(f"{series}: {what}; {remedy}")
        self.series, self.what, self.remedy = series, what, remedy


class RateLimited(SourceError):
    """The vendor asks us to slow down (HTTP 429), also after our own back-off."""


class Offline(SourceError):
    """No connection, or none that finished in time."""


class Unreachable(Offline):
    """The vendor's name cannot be found: asking again, or for another series, is of no use."""


class Redirected(SourceError):
    """The answer is a redirect to elsewhere: the sign of a network that wants a login, or of an address that moved."""


class UnknownSymbol(SourceError):
    """The vendor does not know the symbol (HTTP 404)."""


class EmptyAnswer(SourceError):
    """The vendor answered, without rows."""


class BadAnswer(SourceError):
    """The vendor answered with something that is not whole or not sensible (HTTP 500, cut JSON, absurd values)."""


class BadFile(DataError):
    """A file of the user's that cannot be trusted: names the file, the place and the remedy."""

    def __init__(self, path: object, where: str, what: str, remedy: str) -> None:
        super().__init__(f"{path}{', ' + where if where else ''}: {what}; {remedy}")
        self.path, self.where, self.what, self.remedy = str(path), where, what, remedy


class MissingSeries(DataError):
    """A series that the source does not have; `fetch` are the ids that `harbinger data fetch` would bring."""

    def __init__(self, message: str, fetch: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.fetch = tuple(fetch)

    @classmethod
    def of_all(cls, errors: Iterable[MissingSeries]) -> MissingSeries:
        """Return one error for several: those that can be fetched with one command, then the others."""
        found = list(errors)
        if len(found) == 1:
            return found[0]
        ids = list(dict.fromkeys(id for error in found for id in error.fetch))
        run = f"run: harbinger data fetch {' '.join(ids)} {OFFLINE}"
        fetched = [f"{', '.join(ids)} are not in the store; {run}"] if ids else []
        return cls("; ".join([*fetched, *(str(error) for error in found if not error.fetch)]), ids)


class SuspectData(DataError):
    """Rows that a check calls wrong: no number is computed from them until they are mended or accepted."""


class CorruptSnapshot(DataError):
    """A stored file that is not what its name says; it is never used."""


class OutsideCalendar(DataError):
    """A date outside the fixed bounds of the calendars, or on a day without a session."""


class RunError(HarbingerError):
    """The run cannot be finished honestly."""


class OrderRejected(RunError):
    """The broker did not fill an order exactly as asked."""


def refused(error: OSError) -> DataError:
    """Return what the system's refusal of a file means, in one line with its remedy."""
    remedy = REMEDIES.get(error.errno or 0, "look at what is there")
    return DataError(f"{quoted(str(error.filename), 300)[1:-1]}: {error.strerror or error}; {remedy}")
