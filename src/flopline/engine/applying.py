"""A line's result: readings beside whether it applies, what is disputed, and what follows by when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopline.documents import suggestion_hint
from flopline.engine.disputes import disputes
from flopline.engine.lines import counted
from flopline.engine.masks import certain_sum
from flopline.engine.results import LineResult
from flopline.errors import Diagnostic
from flopline.regimes import Line, applies, duties, warnings, word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from flopline.engine.compile import Compiled
    from flopline.engine.disputes import Ask, Readings
    from flopline.plan import LoadedPlan
    from flopline.regimes import ModelAnswers


def line_result(
    loaded: LoadedPlan, compiled: Compiled, line: Line, readings: Readings, day: date, ask: Ask
) -> tuple[LineResult, tuple[Diagnostic, ...]]:
    """Return one line of an answer, and the warnings about the law behind it.

    Parameters
    ----------
    readings : Readings
        What the line's three readings say.
    ask : callable
        From masks over entries to probabilities of crossing this line.
    """
    plan = loaded.plan
    status = applies(line, plan.developer, plan.model, day, plan.start)
    follows = duties(
        line,
        status,
        plan.developer,
        plan.model,
        day=day,
        start=plan.start,
        probability_expected=readings.expected.probability,
    )
    attributes = [entry.attributes for entry in compiled.entries]
    result = LineResult(
        id=line.id,
        name=line.name,
        title=line.regime_name,
        flop=line.flop,
        compare=line.compare,
        quantity=line.quantity,
        word=word(readings.expected.probability),
        applies=status.answer,
        certain=_certain(compiled, line),
        narrow=readings.narrow,
        expected=readings.expected,
        broad=readings.broad,
        conditions=tuple(condition.to_dict() for condition in status.conditions),
        duties=tuple(duty.to_dict() for duty in follows),
        intended=_intended(loaded, line, readings),
        disputed=disputes(line, compiled.entries, readings, ask),
        source=line.source.model_dump(mode="json"),
    )
    return result, (*warnings(line, attributes, day), *_unknown_outputs(line, plan.model))


def _unknown_outputs(line: Line, model: ModelAnswers) -> Iterator[Diagnostic]:
    """Yield what the model is said to generate and the line has no answer to, which leaves its question open."""
    known = {
        word
        for rule in line.conditions.values()
        if rule.generates
        for word in (*rule.generates.yes, *rule.generates.no)
    }
    for word_ in model.generates or ():
        if known and word_ not in known:
            text = f"`{line.id}` says nothing of the output `{word_}`, which leaves its question open"
            yield Diagnostic(
                "W704", text, hint=suggestion_hint(word_, sorted(known)) or f"it knows {', '.join(sorted(known))}"
            )


def _intended(loaded: LoadedPlan, line: Line, readings: Readings) -> dict[str, Any] | None:
    """Return the computation that the developer intends to use, where the status attaches with the intent."""
    if not line.intent:
        return None
    declared = loaded.plan.intended
    if declared is not None:
        return {"flop": declared, "basis": "declared"}
    return {"flop": readings.expected.amount.median, "basis": "inferred: the median of the expected reading"}


def _certain(compiled: Compiled, line: Line) -> bool:
    """Return whether nothing that any reading of the line counts is uncertain."""
    broad = counted(line, compiled.entries)[-1]
    return certain_sum(compiled, compiled.rows_of(broad)) is not None
