"""Duties on a calendar: what is due by which day, what recurs, and what waits for an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flopline.engine.results import Estimate, LineResult
    from flopline.plan import LoadedPlan, Plan
    from flopline.regimes import Line

LEVELS: Final = (0.5, 0.25, 0.1)
"""Probabilities from which a crossing may count as known; the law names none, so all are shown."""
_NEGLIGIBLE: Final = 0.001


@dataclass(frozen=True, slots=True)
class Event:
    """One duty on the calendar.

    Attributes
    ----------
    day : date or None
        The day to act by; None where the event that starts its clock has no day yet.
    basis : str
        What the day follows from, in words.
    every : str or None
        Recurrence.
    answer : {"yes", "if", "not-yet"}
        Whether it holds; `if` has its open questions.
    verified : bool
        Whether somebody compared it with the text itself.
    """

    day: date | None
    line: str
    duty: str
    what: str
    who: str
    basis: str
    every: str | None
    clock: str | None
    answer: str
    open: tuple[str, ...]
    citation: str
    grade: str

    @property
    def verified(self) -> bool:
        """Whether the duty was read in the text itself."""
        return self.grade == "read"

    def to_dict(self) -> dict[str, Any]:
        """Return the duty as plain values."""
        return {
            "day": None if self.day is None else self.day.isoformat(), "line": self.line, "duty": self.duty,
            "what": self.what, "who": self.who, "basis": self.basis, "every": self.every, "clock": self.clock,
            "answer": self.answer, "open": list(self.open), "citation": self.citation, "grade": self.grade,
        }  # fmt: skip


def agenda(
    loaded: LoadedPlan,
    answer: Estimate,
    law: Sequence[Line],
    crossings: Mapping[str, date],
    day: date,
    known: Mapping[str, Mapping[float, date]],
) -> tuple[Event, ...]:
    """Return every duty of every line that may apply, those with a day first, in its order.

    Parameters
    ----------
    crossings : mapping of str to date
        Median day of the crossing, expected reading, by line.
    day : date
        The day of the estimate.
    known : mapping
        By line, the first recorded day of each probability.
    """
    days = {line.id: {rule.id: rule.days for rule in line.duties} for line in law}
    found: list[Event] = []
    for line in answer.lines:
        matters = (line.broad.probability or 0.0) > _NEGLIGIBLE
        for duty in line.duties:
            if matters or duty["regardless"]:
                clock = days[line.id].get(duty["id"])
                found += _events(line, duty, clock, loaded.plan, crossings, day, known.get(line.id, {}))
    found.sort(key=lambda event: (event.day is None, event.day or date.max, event.line, event.duty))
    return tuple(dict.fromkeys(found))


def _events(
    line: LineResult,
    duty: Mapping[str, Any],
    days: int | None,
    plan: Plan,
    crossings: Mapping[str, date],
    day: date,
    known: Mapping[float, date],
) -> Iterator[Event]:
    if duty["anchor"] == "forecast":
        yield from _forecasts(line, duty, days, plan, crossings, day, known)
        return
    due = None if duty["deadline"] is None else date.fromisoformat(duty["deadline"])
    names = {"start": "start of training", "placement": "placement on the market", "fixed": "a day of the law's own"}
    basis = names.get(duty["anchor"], duty["anchor"])
    if due is None and duty["every"] and duty["starts"] and duty["anchor"] == "continuous":
        due, basis = date.fromisoformat(duty["starts"]), "the day it takes effect"
    yield _event(due, line, duty, basis)


def _forecasts(
    line: LineResult,
    duty: Mapping[str, Any],
    days: int | None,
    plan: Plan,
    crossings: Mapping[str, date],
    day: date,
    known: Mapping[float, date],
) -> Iterator[Event]:
    """Yield the day to notify by for each probability: from the earliest of estimate, recorded forecast and crossing.

    Sources: Art. 52(1) AI Act; Commission Guidelines, section 2.3.2, paras 30-32.
    """
    probability = line.expected.probability or 0.0
    crossing = crossings.get(line.id)
    starts = None if duty["starts"] is None else date.fromisoformat(duty["starts"])
    reached: dict[tuple[date | None, str], list[str]] = {}
    for level in LEVELS:
        anchors: list[tuple[date | None, str]] = []
        if probability >= level:
            told = day if plan.approval is None else min(day, plan.approval)
            anchors.append((told, "the estimate"))
        if level in known:
            anchors.append((known[level], "a recorded forecast"))
        if crossing is not None and probability >= level:
            anchors.append((crossing, "the crossing itself, at its median day"))
        first = min(anchors, key=lambda one: one[0] or date.max) if anchors else (None, "")
        reached.setdefault(first, []).append(f"{level:g}")
    for (anchor, what), levels in reached.items():
        listed = ", ".join(levels)
        if anchor is None:
            yield _event(None, line, duty, f"no estimate reaches a probability of {listed} yet")
            continue
        begun = anchor if starts is None else max(anchor, starts)
        basis = f"{what} of {begun}, if a probability of {listed} makes it known"
        yield _event(begun + timedelta(days=days or 0), line, duty, basis)


def _event(due: date | None, line: LineResult, duty: Mapping[str, Any], basis: str) -> Event:
    return Event(
        day=due,
        line=line.id,
        duty=duty["id"],
        what=duty["what"],
        who=duty["who"],
        basis=basis,
        every=duty["every"],
        clock=duty["clock"],
        answer=duty["answer"],
        open=tuple(duty["open"]),
        citation=duty["citation"],
        grade=duty["grade"],
    )


def sides(line: Line, plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield on which side of a line's effective date each of the run's own events lies."""
    events = (("approval", plan.approval), ("start", plan.start), ("placement", plan.model.placed_on_market))
    for name, day in events:
        if day is not None and line.applies is not None:
            over = line.ended is not None and day >= line.ended
            yield {
                "event": name, "day": day.isoformat(), "applies_from": line.applies.isoformat(),
                "in_effect": line.applies <= day and not over,
            }  # fmt: skip
