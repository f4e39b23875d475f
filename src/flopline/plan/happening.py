"""Whether a stage runs at all: the probability of it, or the event of another stage that it shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

from pydantic import PlainValidator, WithJsonSchema

from flopline.documents import suggestion_hint
from flopline.errors import PlanError
from flopline.literals import Shared, parse_amount
from flopline.plan.amounts import Surroundings, refusing
from flopline.quantity import Dimension, parse, shown

if TYPE_CHECKING:
    from flopline.plan.model import Plan, Stage

KEY: Final = "happens"
_EXAMPLE: Final = 'write happens = "40%"'


class Happening(NamedTuple):
    """An event that stages hang on.

    Attributes
    ----------
    name : str
        Dotted name of the key that gives it: `rerun.happens`.
    probability : float
        Inside (0, 1).
    """

    name: str
    probability: float


def _probability(raw: object, _: Surroundings) -> float:
    """Return one probability inside (0, 1)."""
    if isinstance(raw, Mapping) or (isinstance(raw, str) and (".." in raw or "x/" in raw)):
        message = "a probability is one number: an uncertain one acts as its mean"
        raise PlanError(message, hint="write the mean, such as 40%")
    if isinstance(raw, bool):
        message = f"a probability is a number, found `{str(raw).lower()}`"
        raise PlanError(message, hint="leave the key out for what surely happens")
    value = parse(raw, Dimension.SHARE)
    if not 0 < value < 1:
        message = f"`{shown(str(raw))}` is not a probability inside (0, 1)"
        hint = f"did you mean `{value:g}%`?" if 1 < value < 100 else "leave out what surely happens, or never does"
        raise PlanError(message, hint=hint)
    return value


def _happens(raw: object, surroundings: Surroundings) -> float | Shared:
    """Return the probability of an event, or the name of another one."""
    if isinstance(raw, Shared) or (isinstance(raw, Mapping) and "shares" in raw):
        found = parse_amount(raw, Dimension.SHARE)
        if isinstance(found, Shared):
            return found
    if isinstance(raw, Mapping):
        message = "whether a stage runs is one probability"
        raise PlanError(message, hint=f'{_EXAMPLE}, or happens = {{ shares = "other-stage.happens" }}')
    return _probability(raw, surroundings)


_NUMBER = {"anyOf": [{"type": "string"}, {"type": "number"}], "description": "a probability inside (0, 1)"}
_SHARED = {"type": "object", "properties": {"shares": {"type": "string"}}, "required": ["shares"]}

if TYPE_CHECKING:
    Probability = float
    Happens = float | Shared
else:
    Probability = Annotated[Any, PlainValidator(refusing(_probability)), WithJsonSchema(_NUMBER)]
    Happens = Annotated[
        Any, PlainValidator(refusing(_happens)), WithJsonSchema({"anyOf": [*_NUMBER["anyOf"], _SHARED]})
    ]


def happening(stage: Stage, plan: Plan) -> Happening | None:
    """Return the event that a stage hangs on, `shares` followed to its end; None for a stage that surely runs.

    Raises
    ------
    PlanError
        The chain leads to no event, or round in a circle (E390).
    """
    stages = {one.name: one for one in plan.stage}
    seen: list[str] = []
    current = stage
    while isinstance(current.happens, Shared):
        asked = current.happens.shares
        seen.append(f"{current.name}.{KEY}")
        owner, _, key = asked.rpartition(".")
        found = stages.get(owner) if key == KEY else None
        if asked in seen:
            message = f"`{KEY}` goes round in a circle: {' -> '.join([*seen, asked])}"
            raise PlanError(message, code="E390", hint=f"one of the stages gives the probability: {_EXAMPLE}")
        if found is None or found.happens is None:
            known = [f"{one.name}.{KEY}" for one in plan.stage if isinstance(one.happens, float)]
            message = f"`{KEY}` shares `{asked}`, which is no event of the plan"
            listed = f"events: {', '.join(known)}" if known else _EXAMPLE
            raise PlanError(message, code="E390", hint=suggestion_hint(asked, known) or listed)
        current = found
    return None if current.happens is None else Happening(f"{current.name}.{KEY}", current.happens)
