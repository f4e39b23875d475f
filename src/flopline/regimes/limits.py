"""Whom a duty spares: by revenue, seat, licence, signature, and by what the original model is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.quantity import Dimension, parse

if TYPE_CHECKING:
    from datetime import date

    from flopline.regimes.applying import Applies
    from flopline.regimes.facts import Developer, ModelAnswers
    from flopline.regimes.form import Answer, DutyRule
    from flopline.regimes.law import Line


class Facts(NamedTuple):
    """What a duty's clock and tier are worked out from."""

    line: Line
    status: Applies
    developer: Developer
    model: ModelAnswers
    day: date
    start: date | None
    probability: float
    systemic_original: Answer


def starts_of(rule: DutyRule, facts: Facts) -> date | None:
    """Return the day a duty takes effect: the line's, or its own where that is later."""
    days = [day for day in (facts.status.since, rule.since) if day is not None]
    return max(days, default=None)


def limits_of(rule: DutyRule, facts: Facts, deadline: date | None) -> tuple[tuple[Answer, str], ...]:
    """Return every limit of a duty: whether the developer is within it, and the question where that is open.

    Parameters
    ----------
    rule : DutyRule
        The duty.
    facts : Facts
        What the plan says.
    deadline : date, optional
        The day to act by, where it is known.
    """
    limits = (_seat, _closed, _original, _signed)
    return (_tier(rule, facts, deadline), *(limit(rule, facts) for limit in limits))


def _tier(rule: DutyRule, facts: Facts, deadline: date | None) -> tuple[Answer, str]:
    """Return whether the developer is of the rule's tier in the year before the duty's event."""
    tier = facts.line.tiers[rule.tier] if rule.tier is not None else None
    if tier is None or tier.revenue_over is None:
        return "yes", ""
    event = deadline or max(facts.status.event, starts_of(rule, facts) or facts.status.event)
    revenue = facts.developer.revenue_in(event.year - 1)
    question = f"Was gross revenue with affiliates in {event.year - 1} above {tier.revenue_over}?"
    if revenue is None:
        return "unknown", question
    return ("yes" if revenue > parse(tier.revenue_over, Dimension.MONEY) else "no"), question


def _seat(rule: DutyRule, facts: Facts) -> tuple[Answer, str]:
    """Return whether the developer is established outside the jurisdiction, where the rule asks for it."""
    if rule.established_outside is None:
        return "yes", ""
    seat = facts.developer.established
    question = f"Is the developer established outside `{rule.established_outside}`?"
    if seat is None:
        return "unknown", question
    return ("no" if seat == rule.established_outside else "yes"), question


def _closed(rule: DutyRule, facts: Facts) -> tuple[Answer, str]:
    """Return whether the model is no free and open one, where the rule spares those."""
    if not rule.open_source_exempt:
        return "yes", ""
    question = "Is the model not free and open source (licence, weights, information, not monetized)?"
    exempt = facts.model.open_source.exempt
    return ("unknown" if exempt == "unknown" else "no" if exempt == "yes" else "yes"), question


def _original(rule: DutyRule, facts: Facts) -> tuple[Answer, str]:
    """Return whether the original model carries systemic risk, where the rule asks for it."""
    answer = facts.systemic_original if rule.systemic_original else "yes"
    return answer, "Is the original model one with systemic risk?"


def _signed(rule: DutyRule, facts: Facts) -> tuple[Answer, str]:
    """Return whether the developer signed the code that the rule stands in, where it stands in one."""
    if rule.signatories is None:
        return "yes", ""
    question = f"Has the developer signed the code of practice of `{rule.signatories}`?"
    return facts.developer.signed.get(rule.signatories, "unknown"), question
