"""A file to a document, refusing what no plan or configuration can be."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from flopline.documents.document import showable
from flopline.documents.suggestions import suggest
from flopline.documents.syntax import parse
from flopline.errors import DocumentError, Place

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from flopline.documents.document import Document, Syntax

LIMIT: Final = 8 * 1024 * 1024
"""Bytes that a file may have; the largest published config.json has less than one hundredth."""

SUFFIXES: Final = (".toml", ".json")
LISTED: Final = 2000
"""Entries of a directory that are looked at for a name like the missing one."""


def read(path: Path, limit: int = LIMIT, unbounded: Collection[str] = ()) -> Document:
    """Return the document that a file holds.

    The syntax is told by the suffix, `.toml` or `.json`, and by the content for all other names. Only regular
    files are opened, and never more than `limit` bytes are read.

    Parameters
    ----------
    path : Path
        The file.
    limit : int
        Bytes that it may have.
    unbounded : collection of str
        Keys under which a positive infinity may stand.

    Raises
    ------
    DocumentError
        For a file that is missing, a directory, unreadable, too large, special, or not UTF-8 text; and
        whatever `parse` raises.
    """
    name = showable(str(path))
    data = _bytes(path, name, limit)
    text = _text(data, name)
    return parse(text, name, _syntax(path, text), unbounded)


def _bytes(path: Path, name: str, limit: int) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            message = f"`{name}` is a directory"
            raise _refused(message, name, _inside_hint(path))
        if not stat.S_ISREG(status.st_mode):
            message = f"`{name}` is not a regular file"
            raise _refused(message, name, "write its content to a file first")
        if status.st_size > limit:
            raise _too_large(name, limit, status.st_size)
        # What was a file a moment ago may be a pipe now, and opening it must not wait.
        with open(path, "rb", opener=_open_at_once) as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        message = f"`{name}` does not exist"
        raise _refused(message, name, _near_hint(path), code="E101") from None
    except (OSError, ValueError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
        message = f"`{name}` cannot be read: {reason}"
        raise _refused(message, name, None) from None
    if len(data) > limit:
        raise _too_large(name, limit, None)
    return data


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _text(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = f"`{name}` is UTF-16 text"
        raise _refused(message, name, "save it as UTF-8", code="E103")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if b"\0" in data:
            message = f"`{name}` is not a text file"
            raise _refused(message, name, "a plan is TOML, a model's shape its config.json", code="E103") from None
        line = data.count(b"\n", 0, error.start) + 1
        before = data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode()
        message = f"the byte at offset {error.start} (0x{data[error.start]:02x}) is not UTF-8"
        place = Place(name, line, len(before) + 1)
        raise DocumentError(message, place=place, hint="save the file as UTF-8", code="E103") from None


def _syntax(path: Path, text: str) -> Syntax:
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return "toml"
    if suffix == ".json" or text.lstrip("\ufeff \t\r\n").startswith("{"):
        return "json"
    return "toml"


def _refused(message: str, name: str, hint: str | None, code: str | None = None) -> DocumentError:
    return DocumentError(message, place=Place(name), hint=hint, code=code)


def _too_large(name: str, limit: int, size: int | None) -> DocumentError:
    message = f"`{name}` is larger than {limit:,} bytes" + (f" ({size:,})" if size else "")
    return _refused(message, name, "is this the right file?", code="E102")


def _near_hint(path: Path) -> str | None:
    names = _names(path.parent)
    if names is None:
        return f"there is no directory `{path.parent}`"
    stems = {name.rpartition(".")[0]: name for name in sorted(names) if name.endswith(SUFFIXES)}
    found = suggest(path.name, names) or stems.get(suggest(path.stem, stems) or "")
    return f"did you mean `{path.with_name(found)}`?" if found else None


def _inside_hint(path: Path) -> str | None:
    names = sorted(name for name in _names(path) or () if name.endswith(SUFFIXES))
    return f"did you mean `{path / names[0]}`?" if len(names) == 1 else "name a file in it"


def _names(directory: Path) -> list[str] | None:
    """Return names in a directory, up to a limit; None where there is no such directory."""
    try:
        with os.scandir(directory) as entries:
            return [entry.name for entry, _ in zip(entries, range(LISTED), strict=False)]
    except FileNotFoundError:
        return None
    except OSError:
        return []
