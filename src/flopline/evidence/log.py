r"""The log itself: JSON Lines, one forecast a line, each line chained to the one before by its hash.

Only appending ever touches the file: one write of whole lines under an exclusive lock, then `fsync`. A process killed
in the middle leaves a torn line at the end; the next entry ends it with a newline and says how many bytes were torn
off (`torn`), so that the bytes stay and whoever reads knows them for what they are. Anything else that does not fit
is a fault, with its line.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

from flopline.errors import EvidenceError, Place
from flopline.evidence.lock import locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SCHEMA: Final = 1
LONGEST: Final = 1 << 20
"""Bytes of a line; no entry is nearly as long."""
_NOW: Final = getattr(os, "O_NONBLOCK", 0)
"""A pipe is refused at once, not waited for."""
_NEEDED: Final = frozenset({"recorded", "day", "plan", "law", "data", "total", "lines", "previous"})


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that does not fit.

    Attributes
    ----------
    line : int
        Its number, from 1.
    text : str
        What is wrong with it.
    """

    line: int
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fault as plain values."""
        return {"line": self.line, "text": self.text}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry, the line that it stands on, and whether it fits what stands before it."""

    line: int
    body: Mapping[str, Any] = field(repr=False)
    fits: bool = True


@dataclass(frozen=True, slots=True)
class Log:
    """What a log holds.

    Attributes
    ----------
    entries : tuple of Recorded
        The forecasts, oldest first; those that do not fit are no evidence.
    faults : tuple of Fault
        Lines that were changed, removed, reordered, or that nobody can read.
    torn : tuple of int
        Lengths of the pieces behind the last entry that no entry accounts for yet: a write that was killed.
    ended : bool
        The file ends with a newline, or is empty.
    """

    entries: tuple[Recorded, ...]
    faults: tuple[Fault, ...]
    torn: tuple[int, ...]
    ended: bool


def read_log(path: Path) -> Log:
    """Return what a log holds, line by line in memory that does not grow with its faults.

    Raises
    ------
    EvidenceError
        There is no such file, or it is none that can be read as one.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _NOW)
        with os.fdopen(descriptor, "rb") as file:
            _regular(descriptor, path)
            return _read(file)
    except OSError as error:
        message = f"`{path}` cannot be read: {error.strerror or error}"
        raise EvidenceError(message, place=Place(file=str(path))) from error


def append(path: Path, body: Mapping[str, Any]) -> Recorded:
    """Append one entry to a log, which is made where there is none, and return it once it is on disk.

    Parameters
    ----------
    path : Path
        The log.
    body : mapping
        Plain values without `schema`, `sequence`, `previous`, `torn` and `hash`, which are added here.

    Raises
    ------
    EvidenceError
        The file cannot be written, or what stands in it does not fit.
    """
    new = not path.exists()
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _NOW, 0o644)
    except OSError as error:
        message = f"`{path}` cannot be written: {error.strerror or error}"
        raise EvidenceError(message, place=Place(file=str(path))) from error
    try:
        _regular(descriptor, path)
        with locked(descriptor):
            return _append(descriptor, path, body, new=new)
    except OSError as error:
        message = f"`{path}` cannot be written: {error.strerror or error}"
        hint = "what was written of the entry stays, and the next one says so"
        raise EvidenceError(message, hint=hint, place=Place(file=str(path))) from error
    finally:
        os.close(descriptor)


def _append(descriptor: int, path: Path, body: Mapping[str, Any], *, new: bool) -> Recorded:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        log = _read(file)
    if log.faults:
        first = log.faults[0]
        message = f"line {first.line} of the log does not fit: {first.text}"
        hint = f"`flopline record verify {path}` lists everything; start a new log beside it, and keep this one"
        raise EvidenceError(message, hint=hint, code="E351", place=Place(file=str(path), line=first.line))
    last = log.entries[-1].body if log.entries else None
    entry: dict[str, Any] = {
        "schema": SCHEMA, "sequence": len(log.entries) + 1, **body,
        "previous": last["hash"] if last is not None else None, "torn": list(log.torn),
    }  # fmt: skip
    entry["hash"] = _hash(entry)
    text = ("" if log.ended else "\n") + json.dumps(entry, allow_nan=False, ensure_ascii=True) + "\n"
    rest = memoryview(text.encode())
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)
    if new:
        _sync_folder(path)
    return Recorded(len(log.entries) + len(log.torn) + 1, entry)


def _sync_folder(path: Path) -> None:
    """Make sure that the name of a new file is on disk too, where a folder can be synced."""
    try:
        folder = os.open(path.absolute().parent, os.O_RDONLY)
    except OSError:  # a system that opens no folders keeps names by itself
        return
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _regular(descriptor: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        message = f"`{path}` is not a regular file"
        raise EvidenceError(message, place=Place(file=str(path)))


def _read(file: IO[bytes]) -> Log:
    entries: list[Recorded] = []
    faults: list[Fault] = []
    pieces: list[tuple[int, int]] = []
    ended = True
    for number, (raw, length, whole) in enumerate(_lines(file), start=1):
        ended = whole
        entry = None if raw is None else _entry(raw)  # one that lacks its newline alone is whole
        if entry is None:
            pieces.append((number, length))
            continue
        known = tuple(entry.get("torn") or ())
        if known != tuple(size for _, size in pieces):
            place = pieces[0][0] if pieces else number
            faults.append(Fault(place, "it is no entry, and none says that it was torn" if pieces else "it was torn"))
        pieces = []
        problem = _misfit(entry, entries[-1].body if entries else None)
        if problem is not None:
            faults.append(Fault(number, problem))
        entries.append(Recorded(number, entry, problem is None))
    return Log(tuple(entries), tuple(faults), tuple(size for _, size in pieces), ended)


def _lines(file: IO[bytes]) -> Iterator[tuple[bytes | None, int, bool]]:
    """Yield each line without its newline (None where it is too long for an entry), its length, and if it ends."""
    while first := file.readline(LONGEST):
        length, more = len(first), first
        while not more.endswith(b"\n") and (more := file.readline(LONGEST)):
            length += len(more)
        whole = more.endswith(b"\n") if more else first.endswith(b"\n")
        length -= int(whole)
        yield (first[:length] if length < LONGEST else None), length, whole


def _entry(raw: bytes) -> dict[str, Any] | None:
    """Return the entry of a line, or None for a piece of one."""
    try:
        read = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    shaped = isinstance(read, dict) and {"hash", "sequence", "schema"} <= set(read)
    return read if shaped and isinstance(read["sequence"], int) else None


def _misfit(entry: Mapping[str, Any], before: Mapping[str, Any] | None) -> str | None:
    """Return why an entry does not follow the one before it."""
    if entry.get("schema") != SCHEMA:
        return f"it is written in version `{str(entry.get('schema'))[:20]}`, this program reads {SCHEMA}"
    if not set(entry) >= _NEEDED:
        return f"it lacks {', '.join(f'`{key}`' for key in sorted(_NEEDED - set(entry)))}"
    if entry["hash"] != _hash({key: value for key, value in entry.items() if key != "hash"}):
        return "its hash does not fit: it was changed"
    if entry.get("previous") != (before["hash"] if before is not None else None):
        return "it does not follow the entry before it: one was changed, removed or moved"
    if entry["sequence"] != (before["sequence"] if before is not None else 0) + 1:
        return "its number does not follow the one before it"
    return None


def _hash(entry: Mapping[str, Any]) -> str:
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
