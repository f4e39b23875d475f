"""Whole numbers that a question or a configuration may give, and how wrong ones are shown."""

from __future__ import annotations

import operator
from typing import Final, NoReturn

from flopline.errors import ArchitectureError, Place

SHOWN: Final = 40
"""Characters of a wrong value that an error repeats."""
_HUGE: Final = 10**24


def whole(raw: object, largest: int, least: int = 1) -> int | None:
    """Return a whole number from `least` to `largest`, or None for anything else, `True` and 4096.0 too."""
    if isinstance(raw, bool):
        return None
    try:
        value = operator.index(raw)  # type: ignore[arg-type] # what has no index is refused
    except TypeError:
        return None
    return value if least <= value <= largest else None


def shown(raw: object) -> str:
    """Return a wrong value as an error shows it."""
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) > _HUGE:
        return "a huge number"
    names = {
        bool: "`true`" if raw is True else "`false`",
        type(None): "`null`",
        dict: "a table",
        list: "a list",
    }
    if type(raw) in names:
        return names[type(raw)]
    text = repr(raw) if not isinstance(raw, str) else f'"{raw[: SHOWN + 1]}"'
    return f"`{text[:SHOWN]}...`" if len(text) > SHOWN + 3 else f"`{text}`"


def quoted(name: str) -> str:
    """Return a name as an error shows it."""
    return f"`{name[:SHOWN]}...`" if len(name) > SHOWN else f"`{name}`"


def refuse(key: str, message: str, hint: str | None = None) -> NoReturn:
    """Raise the error for an argument, which stands nowhere but in its own name.

    Raises
    ------
    ArchitectureError
        Always.
    """
    raise ArchitectureError(message, place=Place(key=key), hint=hint)
