"""The page of a timeline: when stages run, when lines are crossed, which duties fall on which day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline import quantity
from flopline.report.columns import columns, printable
from flopline.report.observed_text import observed_text
from flopline.report.page import labelled, page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.agenda import Event
    from flopline.engine.timeline import Crossing, LineTimeline, Timeline

_SELDOM = 0.0005
_PRECISE = 0.01
"""Days below which the error of a median needs no word."""


def timeline_text(timeline: Timeline, *, line: str | None = None, reading: str = "expected") -> str:
    """Return the page of a timeline.

    Parameters
    ----------
    line : str, optional
        Only this line.
    reading : {"narrow", "expected", "broad"}
        Whose crossing days the table shows.
    """
    lines = [one for name, one in timeline.lines.items() if line in (None, name)]
    decided = "" if timeline.approval is None else f", decided on {timeline.approval}"
    head = [
        f"{printable(timeline.title)}   (law of {timeline.law_day})", "",
        f"  the run starts on {timeline.start}{decided}",
    ]  # fmt: skip
    duties = [event for event in timeline.duties if line in (None, event.line)]
    return page(
        [
            head,
            _stages(timeline),
            _table(lines, reading),
            *([*_line(one)] for one in lines if _matters(one)),
            _calendar(duties),
            _waiting(duties),
            _straddled(lines),
            _warnings(timeline),
            _foot(),
        ]
    )  # fmt: skip


def _warnings(timeline: Timeline) -> list[str]:
    texts = (f"{warning.code} {warning.message}" for warning in timeline.warnings)
    return [row for text in texts for row in wrapped(text, indent=2, hanging=7)]


def _stages(timeline: Timeline) -> list[str]:
    rows = [("stage", "begins", "ends", "90 %")]
    for stage in timeline.stages:
        low, high = stage.ends[0.05], stage.ends[0.95]
        spread = "" if low == high else f"{low} .. {high}"
        rows.append((stage.name, str(stage.begins[0.5]), str(stage.ends[0.5]), spread))
    seen = [observed_text(one.name, one.observed) for one in timeline.stages if one.observed is not None]
    return [*columns(rows), *(row for text in seen for row in wrapped(text, indent=2))]


def _table(lines: list[LineTimeline], reading: str) -> list[str]:
    rows = [("line", "P(crossed)", "median day", "90 %, given crossing", "applies")]
    for one in lines:
        crossing: Crossing = getattr(one, reading)
        days = crossing.days
        median = str(days[0.5]) if days else "never"
        spread = f"{days[0.05]} .. {days[0.95]}" if days and days[0.05] != days[0.95] else ""
        rows.append((one.id, quantity.whole_percent(crossing.probability), median, spread, one.applies))
    return [f"  {reading} reading", *columns(rows, right=(1,))]


def _matters(line: LineTimeline) -> bool:
    return line.broad.probability > _SELDOM


def _line(line: LineTimeline) -> Iterator[str]:
    yield f"  {line.id}"
    for name, crossing in line.readings():
        if not crossing.days:
            yield f"    {name}: never"
            continue
        days = crossing.days
        by = ", ".join(f"{level:g} from {day}" for level, day in crossing.by.items() if day is not None)
        error = (
            "" if (crossing.error_days or 0.0) < _PRECISE else f" (error of the median {crossing.error_days:.2g} days)"
        )
        text = f"{name}: {days[0.5]}{error}, quarter to three quarters {days[0.25]} .. {days[0.75]}"
        yield from wrapped(text + (f"; P(crossed by then) passes {by}" if by else ""), indent=4)
        yield from wrapped(_progress(crossing), indent=6) if crossing.share is not None else ()


def _progress(crossing: Crossing) -> str:
    share = quantity.share(crossing.share or 0.0)
    if crossing.stage is None:
        return f"by then {share} of what it counts is done"
    tokens = "" if crossing.tokens is None else f", after {quantity.counted(crossing.tokens)} of its tokens"
    return f"mostly during {crossing.stage}{tokens}; {share} of what it counts is done by then"


def _calendar(duties: list[Event]) -> list[str]:
    rows = [(str(event.day), _told(event)) for event in duties if event.day is not None]
    return ["  duties by day", *labelled(rows, indent=4)] if rows else []


def _waiting(duties: list[Event]) -> list[str]:
    rows = [(event.duty, _told(event)) for event in duties if event.day is None]
    return ["  duties that wait for an event, or hold at all times", *labelled(rows, indent=4)] if rows else []


def _told(event: Event) -> str:
    parts = [f"{event.line}: {event.what}"]
    if event.day is not None or event.basis.startswith("no estimate"):
        parts.append(f"follows from {event.basis}" if event.day is not None else event.basis)
    if event.every:
        parts.append(f"every {event.every}")
    if event.day is None and event.clock:
        parts.append(event.clock)
    if event.answer == "not-yet":
        parts.append("once the law takes effect")
    if event.open:
        parts.append("if " + " ".join(event.open))
    mark = "" if event.verified else ", not compared with the text itself"
    return "; ".join(parts) + f" [{event.citation}, {event.grade}{mark}]"


def _straddled(lines: list[LineTimeline]) -> list[str]:
    """Return lines whose effective date lies between the run's own events, both sides told."""
    found = []
    for one in lines:
        if len({side["in_effect"] for side in one.sides}) > 1:
            told = "; ".join(
                f"{side['event']} on {side['day']} is {'after' if side['in_effect'] else 'before'} it takes effect"
                for side in one.sides
            )
            found += wrapped(f"{one.id}, from {one.sides[0]['applies_from']}: {told}", indent=4)
    return ["  laws that take effect in the middle of the run", *found] if found else []


def _foot() -> list[str]:
    return wrapped(
        "Days are calendar days, without extension for weekends. A crossing is not the same as a law that applies. "
        "This is not legal advice.",
        indent=2,
        hanging=2,
    )
