"""A calendar file of duties (RFC 5545): all-day events, recurrences, the same bytes for the same answer."""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.agenda import Event
    from flopline.engine.timeline import Timeline

WIDEST: Final = 75
"""Octets of a line, its end not counted (section 3.1)."""
_UNITS: Final = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}


def ics_text(timeline: Timeline) -> str:
    """Return the duties of a timeline that have a day, as a calendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//flopline//timeline//EN", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{escaped(timeline.title)}: duties of compute law")
    for event in timeline.duties:
        if event.day is not None:
            lines += _event(event, event.day, timeline)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event(event: Event, day: date, timeline: Timeline) -> Iterator[str]:
    key = f"{timeline.sha256}|{event.line}|{event.duty}|{event.basis}"
    conditional = {"if": " (if open questions are answered yes)", "not-yet": " (once the law takes effect)"}
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.sha256(key.encode()).hexdigest()[:32]}@flopline"
    yield f"DTSTAMP:{timeline.law_day:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
    if day < date.max:
        yield f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"
    if (rule := recurrence(event.every)) is not None:
        yield f"RRULE:{rule}"
    yield f"SUMMARY:{escaped(f'{event.line}: {event.duty}{conditional.get(event.answer, str())}')}"
    yield f"DESCRIPTION:{escaped(chr(10).join(_description(event)))}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _description(event: Event) -> Iterator[str]:
    yield f"{event.who}: {event.what}"
    yield f"Follows from {event.basis}."
    if event.clock:
        yield f"Clock: {event.clock}."
    yield f"{event.citation} ({event.grade}{'' if event.verified else '; not compared with the text itself'})"
    for question in event.open:
        yield f"Open: {question}"
    yield "Not legal advice."


def recurrence(every: str | None) -> str | None:
    """Return the rule of a recurrence such as `3 months`; None where there is none, or none that can be read."""
    found = re.fullmatch(r"(\d+) (day|week|month|year)s?", every or "")
    return None if found is None else f"FREQ={_UNITS[found[2]]};INTERVAL={int(found[1])}"


def escaped(text: str) -> str:
    """Return a text as a value (section 3.3.11); control characters are dropped."""
    plain = "".join(letter for letter in text if letter == "\n" or (letter.isprintable() or letter == " "))
    for mark, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(mark, written)
    return plain


def folded(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most 75 octets, none of them cutting a character in two."""
    piece, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > WIDEST:
            yield piece
            piece, size = " ", 1
        piece += letter
        size += octets
    yield piece
