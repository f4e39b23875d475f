"""From which day a log shows that a crossing was known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.evidence.log import Recorded

LEVELS: Final = (0.5, 0.25, 0.1)
"""Probabilities from which a crossing may count as known: the law names none, so all are shown."""
READINGS: Final = ("narrow", "expected", "broad")


@dataclass(frozen=True, slots=True)
class FirstDay:
    """The first forecast of a line and reading that reached a probability.

    Attributes
    ----------
    line, reading : str
        Which.
    probability : float
        The level p*.
    day : date or None
        Day of the first forecast at or above it; None where there is none.
    sequence : int or None
        Number of that entry.
    deadline : date or None
        The day to notify by, for a line with such a duty: calendar days, no extension for weekends.
    """

    line: str
    reading: str
    probability: float
    day: date | None
    sequence: int | None
    deadline: date | None

    def to_dict(self) -> dict[str, Any]:
        """Return the day as plain values."""
        return {
            "line": self.line, "reading": self.reading, "probability": self.probability, "day": _iso(self.day),
            "sequence": self.sequence, "deadline": _iso(self.deadline),
        }  # fmt: skip


def first_days(entries: Sequence[Recorded]) -> tuple[FirstDay, ...]:
    """Return the first day of every line, reading and level, lines in the order of the last entry that has them.

    An entry dated before the one that it follows does not move a day back that was already shown: entries are taken
    in the order in which they were recorded. One that does not fit the log is no evidence.

    Sources: Art. 52(1) AI Act; Commission Guidelines, section 2.3.2, paras 30-32.
    """
    entries = [entry for entry in entries if entry.fits]
    names = list(dict.fromkeys(line["id"] for entry in reversed(entries) for line in entry.body["lines"]))
    return tuple(_first(entries, name, reading, level) for name in names for reading in READINGS for level in LEVELS)


def _first(entries: Sequence[Recorded], name: str, reading: str, level: float) -> FirstDay:
    for entry in entries:
        for line in entry.body["lines"]:
            probability = line[reading]["probability"]
            if line["id"] == name and probability is not None and probability >= level:
                day = date.fromisoformat(entry.body["day"])
                days = line["notify_within_days"]
                deadline = None if days is None else day + timedelta(days=days)
                return FirstDay(name, reading, level, day, entry.body["sequence"], deadline)
    return FirstDay(name, reading, level, None, None, None)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
