"""A line's result: readings beside whether it applies, what is disputed, and what follows by when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopline.engine.masks import certain_sum
from flopline.engine.results import LineResult, Reading
from flopline.regimes import Line, applies, cell, counts, duties, warnings, word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flopline.engine.compile import Compiled
    from flopline.errors import Diagnostic
    from flopline.plan import LoadedPlan


def line_result(
    loaded: LoadedPlan, compiled: Compiled, line: Line, readings: Sequence[Reading], day: date
) -> tuple[LineResult, tuple[Diagnostic, ...]]:
    """Return one line of an answer, and the warnings about the law behind it."""
    plan = loaded.plan
    narrow, expected, broad = readings
    status = applies(line, plan.developer, plan.model, day, plan.start)
    follows = duties(
        line,
        status,
        plan.developer,
        plan.model,
        day=day,
        start=plan.start,
        probability_expected=expected.probability,
    )
    attributes = [entry.attributes for entry in compiled.entries]
    result = LineResult(
        id=line.id,
        name=line.name,
        title=line.regime_name,
        flop=line.flop,
        compare=line.compare,
        quantity=line.quantity,
        word=word(expected.probability),
        applies=status.answer,
        certain=_certain(compiled, line),
        narrow=narrow,
        expected=expected,
        broad=broad,
        conditions=tuple(condition.to_dict() for condition in status.conditions),
        duties=tuple(duty.to_dict() for duty in follows),
        disputed=tuple(_disputed(compiled, line, readings)),
        source=line.source.model_dump(mode="json"),
    )
    return result, warnings(line, attributes, day)


def _certain(compiled: Compiled, line: Line) -> bool:
    """Return whether nothing that any reading of the line counts is uncertain."""
    import numpy as np

    broad = counts(line, [entry.attributes for entry in compiled.entries]).broad
    return certain_sum(compiled, compiled.rows_of(np.array(broad, dtype=bool))) is not None


def _disputed(compiled: Compiled, line: Line, readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """Return the disputed cells that the plan's entries fall under, once each."""
    found: dict[str, dict[str, Any]] = {}
    for entry in compiled.entries:
        decided = cell(line, entry.attributes)
        if decided.answer == "disputed" and decided.row not in found:
            found[decided.row] = {
                "row": decided.row, "lean": decided.lean, "reason": decided.reason, "cite": decided.citation,
            }  # fmt: skip
    changing = {_crossing(reading) for reading in readings}
    return [{**one, "decides": len(changing) > 1} for one in found.values()]


def _crossing(reading: Reading) -> str:
    return word(reading.probability)
