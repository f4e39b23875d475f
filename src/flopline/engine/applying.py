"""A line's result: readings beside whether it applies, what is disputed, and what follows by when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from flopline.documents import suggestion_hint
from flopline.engine.disputes import Readings, disputes
from flopline.engine.lines import counted
from flopline.engine.masks import certain_sum
from flopline.engine.one_third import comparisons, modification_of, systemic_risk_of, together
from flopline.engine.results import NOTHING, LineResult, Reading
from flopline.errors import Diagnostic
from flopline.regimes import applies, duties, warnings, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from flopline.engine.asking import Asked
    from flopline.engine.compile import Compiled
    from flopline.engine.disputes import Ask
    from flopline.plan import LoadedPlan
    from flopline.regimes import Answer, Developer, Line, ModelAnswers


class Circumstances(NamedTuple):
    """What the answer of one line takes from another one, or from the models behind the plan.

    Attributes
    ----------
    modified : {"yes", "no", "unknown"}
        Whether a modification is large enough to make a modifier the provider.
    systemic_original : {"yes", "no", "unknown"}
        Whether the model that is modified carries systemic risk.
    """

    modified: Answer = "unknown"
    systemic_original: Answer = "unknown"


def line_result(
    loaded: LoadedPlan,
    compiled: Compiled,
    line: Line,
    readings: Readings,
    day: date,
    ask: Ask,
    around: Circumstances,
) -> tuple[LineResult, tuple[Diagnostic, ...]]:
    """Return one line of an answer, and the warnings about the law behind it.

    Parameters
    ----------
    readings : Readings
        What the line's three readings say.
    ask : callable
        From masks over entries to probabilities of crossing this line.
    around : Circumstances
        What other lines, and the models behind the plan, say.
    """
    attributes = [entry.attributes for entry in compiled.entries]
    result = replace(
        _legal(loaded, line, loaded.plan.developer, readings, day, around),
        certain=_certain(compiled, line),
        disputed=disputes(line, compiled.entries, readings, ask),
    )
    return result, (*warnings(line, attributes, day), *_unknown_outputs(line, loaded.plan.model))


def relative_result(asked: Asked, line: Line, day: date) -> tuple[LineResult, tuple[Diagnostic, ...], Circumstances]:
    """Return the line that is a share of another model's computation, its warnings, and what follows for other lines.

    Without a model of somebody else, or without its computation, it has no probability.
    """
    loaded, compiled = asked.loaded, asked.compiled
    plan = loaded.plan
    modification = modification_of(plan)
    if modification is None:
        developer = plan.developer
        if developer.role == "unknown" and any(stage.kind == "pretraining" for stage in plan.stage):
            developer = developer.model_copy(update={"role": "original-provider"})
        nothing = Readings(NOTHING, NOTHING, NOTHING)
        return _legal(loaded, line, developer, nothing, day, Circumstances()), (), Circumstances()
    found = comparisons(asked, line, {one.id: one for one in asked.law}, modification, asked.level)
    amounts = asked.amounts(np.array(found.parts), asked.level)
    answers = together(found.tests)
    if answers is None:
        readings = Readings(*(Reading(None, None, None, amount) for amount in amounts))
    else:
        readings = Readings(*(Reading(*answer, amount) for answer, amount in zip(answers, amounts, strict=True)))
    systemic = systemic_risk_of(modification.parents.values())
    around = Circumstances(_modified(readings), systemic)
    mine = [entry for entry in compiled.entries if entry.run is None]
    place = [index for index, entry in enumerate(compiled.entries) if entry.run is None]

    def ask(masks: NDArray[np.bool_]) -> Sequence[float]:
        whole = np.zeros((len(masks), len(compiled.entries)), dtype=bool)
        whole[:, place] = masks
        return found.ask(whole)

    result = replace(
        _legal(loaded, line, plan.developer, readings, day, around),
        certain=answers is not None and all(test.certain for test in found.tests if test.applied),
        disputed=() if answers is None else disputes(found.line, mine, readings, ask),
        tests=tuple(test.to_dict() for test in found.tests),
    )
    missing = (
        Diagnostic(
            "W171",
            f"`{line.id}`: nobody says what the training of `{name}` took, so there is nothing to compare with",
            hint='give its `flop`, or declare that it cannot be estimated: flop = "unknown"',
        )
        for name in found.unknown
    )
    used = warnings(found.line, [entry.attributes for entry in mine], day)
    return result, (*missing, *used), around


def _modified(readings: Readings) -> Answer:
    """Return whether a modification is over its line whatever the reading; unknown where readings decide."""
    lowest, highest = readings.narrow.probability, readings.broad.probability
    if lowest is None or highest is None:
        return "unknown"
    return "yes" if word(lowest) == "over" else "no" if word(highest) == "unlikely" else "unknown"


def _legal(
    loaded: LoadedPlan, line: Line, developer: Developer, readings: Readings, day: date, around: Circumstances
) -> LineResult:
    """Return what follows from the line, whom it binds, and its readings."""
    plan = loaded.plan
    expected = readings.expected.probability
    status = applies(line, developer, plan.model, day, plan.start, around.modified)
    follows = duties(
        line,
        status,
        developer,
        plan.model,
        day=day,
        start=plan.start,
        probability_expected=expected,
        systemic_original=around.systemic_original,
    )
    return LineResult(
        id=line.id,
        name=line.name,
        title=line.regime_name,
        flop=line.flop,
        share=line.threshold.share,
        compare=line.compare,
        quantity=line.quantity,
        word=None if expected is None else word(expected),
        applies=status.answer,
        certain=False,
        narrow=readings.narrow,
        expected=readings.expected,
        broad=readings.broad,
        conditions=tuple(condition.to_dict() for condition in status.conditions),
        duties=tuple(duty.to_dict() for duty in follows),
        intended=_intended(loaded, line, readings),
        disputed=(),
        source=line.source.model_dump(mode="json"),
    )


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
    amount = readings.expected.amount
    return None if amount is None else {"flop": amount.median, "basis": "inferred: the median of the expected reading"}


def _certain(compiled: Compiled, line: Line) -> bool:
    """Return whether nothing that any reading of the line counts is uncertain."""
    broad = counted(line, compiled.entries)[-1]
    return certain_sum(compiled, compiled.rows_of(broad)) is not None
