"""What follows from a line: who must do what, and by which day where a day is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from flopline.regimes.applying import is_legacy
from flopline.regimes.limits import Facts, limits_of, starts_of

if TYPE_CHECKING:
    from datetime import date

    from flopline.provenance import Source
    from flopline.regimes.applying import Applies
    from flopline.regimes.facts import Developer, ModelAnswers
    from flopline.regimes.form import Answer, DutyRule
    from flopline.regimes.law import Line

NOTIFY: Final = (0.5, 0.25, 0.1)
"""Probabilities from which a crossing may count as reasonably likely (Guidelines para. 30 names none); the
first is the default, all are shown."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The deadline that follows if a crossing counts as known from a probability on.

    Attributes
    ----------
    probability : float
        The threshold p*.
    met : bool
        Whether the plan's estimate reaches it.
    deadline : date or None
        The day to act by; None below p*.
    """

    probability: float
    met: bool
    deadline: date | None


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of one line.

    Attributes
    ----------
    id, line, what, who : str
        Its name, the line it follows from, what must be done and by whom.
    tier : str or None
        The class of developers it falls on.
    answer : {"yes", "if", "not-yet"}
        It holds; it holds if the open questions are answered yes; it holds from `starts` on.
    open : tuple of str
        The open questions.
    anchor : str
        The event its clock starts from.
    starts : date or None
        The day it takes effect.
    deadline : date or None
        The day to act by, where the anchor's day is known; for a forecast that of the first p*.
    forecasts : tuple of Forecast
        The deadlines for each p*, for a duty that a forecast sets off.
    every, clock : str or None
        Recurrence, and the clock in words.
    regardless : bool
        It holds below the line too.
    source : Source
        Where it is written, with its grade.
    """

    id: str
    line: str
    what: str
    who: str
    tier: str | None
    answer: Literal["yes", "if", "not-yet"]
    open: tuple[str, ...]
    anchor: str
    starts: date | None
    deadline: date | None
    forecasts: tuple[Forecast, ...]
    every: str | None
    clock: str | None
    regardless: bool
    source: Source

    @property
    def citation(self) -> str:
        """The paragraph that the duty stands in."""
        return self.source.cite

    @property
    def condition(self) -> str:
        """The text `if <open questions>`; empty for a duty without any."""
        return f"if {'; '.join(self.open)}" if self.open else ""

    def to_dict(self) -> dict[str, object]:
        """Return the duty as plain values."""
        return {
            "id": self.id,
            "what": self.what,
            "who": self.who,
            "tier": self.tier,
            "answer": self.answer,
            "open": list(self.open),
            "anchor": self.anchor,
            "starts": _iso(self.starts),
            "deadline": _iso(self.deadline),
            "forecasts": [
                {"probability": one.probability, "met": one.met, "deadline": _iso(one.deadline)}
                for one in self.forecasts
            ],
            "every": self.every,
            "clock": self.clock,
            "regardless": self.regardless,
            "citation": self.source.cite,
            "grade": self.source.grade,
        }


def duties(
    line: Line,
    status: Applies,
    developer: Developer,
    model: ModelAnswers,
    *,
    day: date,
    start: date | None = None,
    probability_expected: float | None,
    systemic_original: Answer = "unknown",
) -> tuple[Duty, ...]:
    """Return the duties of a line that hold, or hold under open questions; none where it does not apply.

    The list is what crossing the line brings; only a `regardless` duty holds below it. The probability
    decides nothing but the deadlines of a duty that a forecast sets off.

    Parameters
    ----------
    line : Line
        The line.
    status : Applies
        Whether it applies.
    developer, model : Developer, ModelAnswers
        What the plan says.
    day : date
        The day of the estimate.
    start : date, optional
        The day that training starts.
    probability_expected : float
        P(compute over the line) under the expected reading; None where a relative line has nothing to compare with.
    systemic_original : {"yes", "no", "unknown"}
        Whether the model that this one modifies carries systemic risk.
    """
    if status.answer == "no":
        return ()
    facts = Facts(line, status, developer, model, day, start, probability_expected or 0.0, systemic_original)
    found = (_duty(rule, facts) for rule in line.duties)
    return tuple(duty for duty in found if duty is not None)


def _duty(rule: DutyRule, facts: Facts) -> Duty | None:
    """Return the duty that a rule makes of the facts; None where it does not fall on this developer."""
    deadline, forecasts = _deadline(rule, facts)
    limits = limits_of(rule, facts, deadline)
    if any(answer == "no" for answer, _ in limits):
        return None
    asked = [condition.question for condition in facts.status.open]
    asked += [question for answer, question in limits if answer == "unknown"]
    waiting = facts.status.answer == "not-yet"
    return Duty(
        id=rule.id,
        line=facts.line.id,
        what=rule.what,
        who=rule.who,
        tier=rule.tier,
        answer="not-yet" if waiting else "if" if asked else "yes",
        open=tuple(asked),
        anchor=rule.anchor,
        starts=starts_of(rule, facts),
        deadline=deadline,
        forecasts=forecasts,
        every=rule.every,
        clock=rule.clock or _clock(rule),
        regardless=rule.regardless,
        source=facts.line.sources[rule.source],
    )


def _deadline(rule: DutyRule, facts: Facts) -> tuple[date | None, tuple[Forecast, ...]]:
    """Return the day to act by, never before the duty takes effect."""
    if rule.anchor == "forecast":
        forecasts = tuple(_forecast(rule, facts, probability) for probability in NOTIFY)
        return forecasts[0].deadline, forecasts
    anchors = {"start": facts.start, "placement": facts.model.placed_on_market, "fixed": rule.by}
    anchor = anchors.get(rule.anchor)
    if anchor is None:
        legacy = facts.line.legacy
        late = legacy is not None and is_legacy(facts.line, facts.model) and rule.anchor == "continuous"
        return (legacy.comply_by if legacy is not None and late else None), ()
    day = _after(anchor, rule.days)
    starts = starts_of(rule, facts)
    return (day if starts is None else max(day, starts)), ()


def _forecast(rule: DutyRule, facts: Facts, probability: float) -> Forecast:
    """Return the deadline if the crossing counts as known from this probability on (calendar days)."""
    if facts.probability < probability:
        return Forecast(probability, met=False, deadline=None)
    starts = starts_of(rule, facts)
    known = facts.day if starts is None else max(facts.day, starts)
    return Forecast(probability, met=True, deadline=_after(known, rule.days))


def _after(day: date, days: int | None) -> date:
    """Return the day so many calendar days later, or the last day that there is."""
    try:
        return day + timedelta(days=days or 0)
    except OverflowError:
        return day.max


def _clock(rule: DutyRule) -> str | None:
    """Return the clock in words: `15 days from discovery`."""
    if rule.hours is not None:
        return f"{rule.hours} hours from {rule.anchor}"
    if rule.days is None:
        return None
    return f"{rule.days} days from {rule.anchor}" if rule.days >= 0 else f"{-rule.days} days before {rule.anchor}"


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
