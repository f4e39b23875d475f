"""The amounts of a plan under their dotted names: `pretrain.tokens`, `model.params`, `textbooks.generator.params`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from flopline.distributions import at_least
from flopline.errors import PlanError
from flopline.literals import Shared
from flopline.plan.amounts import DEFAULT
from flopline.plan.lineage import occurrences
from flopline.plan.under_way import progress
from flopline.utilization import Utilization

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.distributions import Distribution
    from flopline.plan.amounts import Amount
    from flopline.plan.model import Plan, Stage

_SIZES: Final = frozenset({"params", "active"})
_APART: Final = frozenset({"base", "merges", "happens", "observed"})
"""Bases stand under names of their own; whether a stage happens, and what was seen of it, is no amount of the plan."""


def amounts_of(table: BaseModel, prefix: str) -> Iterator[tuple[str, Amount]]:
    """Yield every amount of a table and of the tables inside it, with its dotted name."""
    for key in type(table).model_fields:
        if key in _APART:
            continue
        value = getattr(table, key)
        name = f"{prefix}.{key}"
        if isinstance(value, Utilization):
            yield name, value.amount
        elif _is_amount(value):
            yield name, value
        elif isinstance(value, BaseModel):
            yield from amounts_of(value, name)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from amounts_of(item, f"{name}[{index}]")


def _is_amount(value: object) -> bool:
    return isinstance(value, Shared) or hasattr(value, "dist")


def amounts_of_plan(plan: Plan) -> dict[str, Amount]:
    """Return every amount of the plan by its dotted name, given how much of it is done already."""
    found = planned_amounts(plan)
    for name, done in progress_of(plan, found):
        amount = found[name]
        if not isinstance(amount, Shared):
            found[name] = at_least(amount, done).amount
    return found


def progress_of(plan: Plan, amounts: dict[str, Amount]) -> Iterator[tuple[str, float]]:
    """Yield how much is done of the amounts that a plan observes, each under the name that it is kept by."""
    for stage in plan.stage:
        for key, done in progress(stage).items():
            try:
                yield settle(f"{stage.name}.{key}", plan, amounts)[0], done
            except PlanError:  # said where the amount stands, or is missing
                continue


def planned_amounts(plan: Plan) -> dict[str, Amount]:
    """Return every amount as the plan writes it, by its dotted name."""
    found = dict(amounts_of(plan.model, "model"))
    for stage in plan.stage:
        found.update(amounts_of(stage, stage.name))
    for ancestor in occurrences(plan):
        found.update(amounts_of(ancestor.base, ancestor.at))
    if plan.pue is not None and plan.pue != DEFAULT:
        found["pue"] = plan.pue
    return found


def rates_of_plan(plan: Plan) -> frozenset[str]:
    """Return the dotted names of the utilizations that are given in FLOP/s of one chip."""
    machines = [(stage.name, stage.utilization) for stage in plan.stage]
    machines += [
        (f"{stage.name}.{key}[{index}]", machine.utilization)
        for stage in plan.stage
        for key, several in (("period", stage.period), ("either", stage.either))
        for index, machine in enumerate(several)
    ]
    return frozenset(
        f"{owner}.utilization" for owner, given in machines if given is not None and given.metric == "achieved"
    )


def canonical(name: str, plan: Plan, amounts: dict[str, Amount]) -> str | None:
    """Return the name under which a quantity is kept: a stage without its own size uses the plan's model.

    None if the plan has no such amount.
    """
    if name in amounts:
        return name
    owner, _, key = name.rpartition(".")
    if key in _SIZES and any(stage.name == owner and _uses_plan_model(stage) for stage in plan.stage):
        name = f"model.{key}"
    return name if name in amounts else None


def _uses_plan_model(stage: Stage) -> bool:
    return stage.config is None and stage.params is None


def settle(name: str, plan: Plan, amounts: dict[str, Amount]) -> tuple[str, Distribution]:
    """Return the amount that a name stands for in the end, following `shares` from one to the next.

    Raises
    ------
    PlanError
        The chain leads to no amount, or round in a circle.
    """
    seen: list[str] = []
    current = name
    while True:
        found = canonical(current, plan, amounts)
        if found is None:
            message = f"`shares` names `{current}`, which the plan does not have"
            raise PlanError(message, code="E332")
        if found in seen:
            message = f"`shares` goes round in a circle: {' -> '.join([*seen, found])}"
            raise PlanError(message, code="E332")
        seen.append(found)
        amount = amounts[found]
        if not isinstance(amount, Shared):
            return found, amount
        current = amount.shares
