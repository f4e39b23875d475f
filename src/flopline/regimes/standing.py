"""Where a text stands in its life on a day: a bill, vetoed, enacted, in force, over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import date

    from flopline.regimes.form import Kind

StatusWord = Literal[
    "in-force", "enacted", "unknown-yet", "ended", "no-line", "pending", "draft", "proposed", "vetoed"
]  # fmt: skip

LAW: Final = ("in-force", "enacted")
"""Where a line is law: only these are ever computed."""

COMPARED: Final = ("ended", "vetoed", "pending", "draft", "proposed")
"""Where a line is not law on a day and yet known: shown for comparison, never computed as law."""

_NEVER_LAW: Final[dict[Kind, StatusWord]] = {"bill": "pending", "draft": "draft", "proposal": "proposed"}
"""The kinds that nobody has enacted, and their status."""


@dataclass(frozen=True, slots=True)
class Life:
    """The kind of a text and its days.

    Attributes
    ----------
    kind : {"law", "guideline", "standard", "bill", "draft", "proposal"}
        Whether somebody enacted it; `bill`, `draft` and `proposal` never were.
    introduced : date or None
        The day a text that is no law became public.
    vetoed : date or None
        The day a bill was vetoed.
    enacted, applies, ended : date or None
        The days it became law, takes effect and ends.
    """

    kind: Kind
    introduced: date | None = None
    vetoed: date | None = None
    enacted: date | None = None
    applies: date | None = None
    ended: date | None = None

    def on(self, day: date) -> StatusWord:
        """Return where the text stands on a day."""
        if self.kind in _NEVER_LAW:
            if self.introduced is not None and self.introduced > day:
                return "unknown-yet"
            return "vetoed" if self.vetoed is not None and self.vetoed <= day else _NEVER_LAW[self.kind]
        if self.ended is not None and self.ended <= day:
            return "ended"
        if self.applies is not None and self.applies <= day:
            return "in-force"
        if self.enacted is not None and self.enacted > day:
            return "unknown-yet"
        return "enacted"

    def words_on(self, day: date) -> str:
        """Return where the text stands on a day, with its own day, for people."""
        words: dict[StatusWord, str] = {
            "in-force": f"in force since {self.applies}",
            "enacted": f"enacted, applies from {self.applies}",
            "unknown-yet": f"not {'introduced' if self.kind in _NEVER_LAW else 'enacted'} on {day}",
            "ended": f"ended on {self.ended}",
            "vetoed": f"vetoed on {self.vetoed}",
            "pending": "a bill, not law",
            "draft": "a draft, not introduced",
            "proposed": "proposed, never adopted",
        }
        return words[self.on(day)]
