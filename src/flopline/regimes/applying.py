"""Whether a line applies: from role, conditions and dates, never from a probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flopline.regimes.facts import opposite

if TYPE_CHECKING:
    from datetime import date

    from flopline.regimes.facts import Developer, ModelAnswers
    from flopline.regimes.form import Answer, ConditionForm, Generates, Role
    from flopline.regimes.law import Line

Applying = Literal["yes", "no", "unknown", "not-yet"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A question that a law asks beside compute, and its answer.

    Attributes
    ----------
    id : str
        Its name in the regime's file.
    question : str
        Phrased so that `yes` speaks for the line applying.
    answer : {"yes", "no", "unknown"}
        What the plan says; silence is unknown.
    who : str
        Who can answer it.
    citation : str
        Where the law asks it.
    """

    id: str
    question: str
    answer: Answer
    who: str
    citation: str

    def to_dict(self) -> dict[str, object]:
        """Return the condition as plain values."""
        return {
            "id": self.id,
            "question": self.question,
            "answer": self.answer,
            "who": self.who,
            "citation": self.citation,
        }


@dataclass(frozen=True, slots=True)
class Applies:
    """Whether a line applies, beside the question whether its compute is crossed.

    Attributes
    ----------
    answer : {"yes", "no", "unknown", "not-yet"}
        The answer; `unknown` and `not-yet` may become `yes`.
    conditions : tuple of Condition
        What was asked, in the order of the law.
    event : date
        The day that the law's dates were tested on.
    since : date or None
        The day the line takes effect; for a model with a later day to comply by, that day.
    """

    answer: Applying
    conditions: tuple[Condition, ...]
    event: date
    since: date | None

    @property
    def open(self) -> tuple[Condition, ...]:
        """The conditions that nobody has answered."""
        return tuple(condition for condition in self.conditions if condition.answer == "unknown")

    def to_dict(self) -> dict[str, object]:
        """Return the answer as plain values."""
        return {
            "answer": self.answer,
            "conditions": [condition.to_dict() for condition in self.conditions],
            "event": self.event.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
        }


def applies(
    line: Line,
    developer: Developer,
    model: ModelAnswers,
    day: date,
    start: date | None = None,
    modified: Answer = "unknown",
) -> Applies:
    """Return whether a line applies to a developer and a model.

    All conditions must be met. The dates are tested on the line's own anchor events (start, placement on the
    market), the latest that is known; without one on the start or the day itself, whichever is later.

    Parameters
    ----------
    line : Line
        The line, as known on `day`.
    developer, model : Developer, ModelAnswers
        What the plan says.
    day : date
        The day of the plan.
    start : date, optional
        The day that training starts.
    modified : {"yes", "no", "unknown"}
        For a modifier: whether its modification is large enough to make it the provider.
    """
    answered = tuple(
        _condition(line, name, _answer(rule, developer, model, modified), developer.role)
        for name, rule in line.conditions.items()
    )
    event = event_day(line, model, day, start)
    timing, asked = _timing(line, model, event, day)
    conditions = (*answered, *asked)
    since = line.legacy.comply_by if line.legacy and is_legacy(line, model) else line.applies
    return Applies(_together(conditions, timing), conditions, event, since)


def _condition(line: Line, name: str, answer: Answer, role: Role) -> Condition:
    rule = line.conditions[name]
    question = rule.asks.get(role, rule.question) if answer == "unknown" else rule.question
    return Condition(name, question, answer, rule.who, line.sources[rule.source].cite)


def event_day(line: Line, model: ModelAnswers, day: date, start: date | None) -> date:
    """Return the day on which a line's dates are tested."""
    known = {"start": start, "placement": model.placed_on_market}
    events = [event for anchor in line.anchors if (event := known[anchor]) is not None]
    return max(events) if events else max(day, start or day)


def is_legacy(line: Line, model: ModelAnswers) -> bool:
    """Return whether the model was on the market early enough to have a later day to comply by."""
    placed = model.placed_on_market
    return line.legacy is not None and placed is not None and placed < line.legacy.placed_before


def _together(conditions: tuple[Condition, ...], timing: Literal["in-effect", "not-yet", "over"]) -> Applying:
    answers = [condition.answer for condition in conditions]
    if "no" in answers or timing == "over":
        return "no"
    if timing == "not-yet":
        return "not-yet"
    return "unknown" if "unknown" in answers else "yes"


def _timing(
    line: Line, model: ModelAnswers, event: date, day: date
) -> tuple[Literal["in-effect", "not-yet", "over"], tuple[Condition, ...]]:
    """Return where the event falls in the line's life, and the question that a straddled date leaves."""
    if line.ended is not None and event >= line.ended:
        return "over", ()
    if line.legacy is not None and is_legacy(line, model):
        return ("not-yet" if day < line.legacy.comply_by else "in-effect"), ()
    if line.applies is None or event >= line.applies:
        return "in-effect", ()
    if day < line.applies:
        return "not-yet", ()
    question = f"Does the law, in effect since {line.applies}, reach a model whose own events all lie before?"
    return "in-effect", (Condition("effect", question, "unknown", "legal", line.source.cite),)


def _answer(rule: ConditionForm, developer: Developer, model: ModelAnswers, modified: Answer) -> Answer:
    """Return what the plan says to a condition."""
    if rule.market is not None:
        return developer.markets.get(rule.market, "unknown")
    if rule.exempt is not None:
        return _not_exempt(rule, developer)
    if rule.role_of_modifier is not None and developer.role == "modifier":
        return modified
    if rule.role is not None:
        said = "unknown" if developer.role == "unknown" else rule.role.get(developer.role, "unknown")
        return developer.upstream_excluded if said == "upstream-excluded" else said
    if rule.generates is not None:
        return _generates(rule.generates, model.generates)
    answer: Answer = getattr(model, rule.model) if rule.model is not None else "unknown"
    return answer


def _not_exempt(rule: ConditionForm, developer: Developer) -> Answer:
    """Return whether no exemption covers the developer; being on the market ends one that nobody claims."""
    if rule.exempt in developer.exempt:
        return opposite(developer.exempt[rule.exempt])
    on_market = developer.markets.get(rule.ended_by_market or "", "unknown")
    return "yes" if on_market == "yes" else "unknown"


def _generates(asked: Generates, said: tuple[str, ...] | None) -> Answer:
    """Return whether an output is among those asked for; a word that the file does not know is open."""
    if said is None:
        return "unknown"
    if any(output in asked.yes for output in said):
        return "yes"
    return "no" if all(output in asked.no for output in said) else "unknown"
