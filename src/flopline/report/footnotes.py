"""The numbered sources at the foot of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.regimes.freshness import STALE
from flopline.report.page import labelled
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from flopline.provenance import Source

GRADES: Final = {
    "read": "compared with the source itself",
    "quoted": "seen in another document",
    "secondary": "from somebody's account of it",
    "recalled": "general knowledge, not looked up",
}
"""What the grades mean."""


class Footnotes:
    """Numbers of the sources of one page, given in the order in which it first cites them."""

    def __init__(self) -> None:
        self._numbers: dict[Source, int] = {}

    def mark(self, *sources: Source | None) -> str:
        """Return the marks that stand behind a value: `[1][3]`; nothing for what has no source."""
        numbers = [self._numbers.setdefault(one, len(self._numbers) + 1) for one in sources if one is not None]
        return "".join(f"[{number}]" for number in dict.fromkeys(numbers))

    def lines(self) -> list[str]:
        """Return the block of sources; empty if the page cites none."""
        if not self._numbers:
            return []
        addresses: dict[str, int] = {}
        rows = []
        for source, number in self._numbers.items():
            first = addresses.setdefault(source.url, number) if source.url else number
            address = source.url or "" if first == number else f"same address as [{first}]"
            rows.append((f"[{number}]", f"{described(source)}  {address}"))
        return ["  sources", *labelled(rows, indent=4, gap=1), *wrapped(self._grades(), indent=4, hanging=4)]

    def cautions(self, day: date) -> list[str]:
        """Return which of the sources nobody compared with the text, or only too long before a day."""
        unread = self._marks(lambda one: one.verified is None)
        stale = self._marks(lambda one: one.verified is not None and (day - one.verified).days > STALE)
        found = (
            (f"never compared with the text itself: {unread}", unread),
            (f"compared with the text more than {STALE} days before {day}: {stale}", stale),
        )
        return [line for text, marks in found if marks for line in wrapped(text, indent=2)]

    def _marks(self, which: Callable[[Source], bool]) -> str:
        return " ".join(f"[{number}]" for source, number in self._numbers.items() if which(source))

    def _grades(self) -> str:
        used = {source.grade for source in self._numbers}
        return "; ".join(f"{grade}: {means}" for grade, means in GRADES.items() if grade in used)


def described(source: Source) -> str:
    """Return a source in words: citation, grade, day of comparison and quote."""
    compared = f", compared with the text on {source.verified}" if source.verified else ""
    quote = f': "{source.quote}"' if source.quote else ""
    return f"{source.cite} ({source.grade}{compared}){quote}"
