"""Values of a regime file that are written as another type, and would be read as something nobody meant.

A day may be text, since JSON has no days, but not a number: seconds since 1970 are days to pydantic.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Path = tuple[str | int, ...]

_DAYS: Final = ("date", "from", "known", "by", "placed_before", "comply_by", "verified")
_TRUTHS: Final = ("intent", "open", "open_source_exempt", "regardless", "systemic_original")
_NUMBERS: Final = ("flop", "days", "hours")


def mistyped(tree: object, path: Path = ()) -> Iterator[tuple[Path, str, str | None]]:
    """Find days that are numbers, amounts that are text, and truths in words."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, (list, tuple)) else ()
    for key, value in items:
        yield from mistyped(value, (*path, key))
        if isinstance(key, str) and not isinstance(value, (dict, list, tuple)):
            for keys, right, message, hint in _RULES:
                if key in keys and not right(value):
                    yield (*path, key), f"`{key}` {message}", hint


def _is_day(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) == len("2026-11-22")
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_RULES: Final[tuple[tuple[tuple[str, ...], Callable[[Any], bool], str, str], ...]] = (
    (_DAYS, _is_day, "is a day without a time", "write it as 2026-11-22"),
    (_NUMBERS, _is_number, "is a number", "write 1e25, without quotes and unit"),
    (_TRUTHS, lambda value: isinstance(value, bool), "is a yes or a no", "write true or false"),
)
