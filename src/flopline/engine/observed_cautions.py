"""Warnings about a run under way: what was observed and hardly fits, hardly tells, or is told to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.distributions import at_least, median
from flopline.engine.learning import learning
from flopline.errors import Diagnostic, PlanError
from flopline.plan import amounts_of_plan, settle
from flopline.plan.names import planned_amounts
from flopline.plan.under_way import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.plan import LoadedPlan

_UNLIKELY: Final = 0.01
_NOTHING: Final = 1e-3


def remarks_on_progress(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    """Yield what there is to say about what was observed."""
    plan = loaded.plan
    if all(stage.observed is None for stage in plan.stage):
        return
    planned = planned_amounts(plan)
    told = set(learning(loaded).quantities.learned)
    for stage in plan.stage:
        for key, done in progress(stage).items():
            try:
                name, amount = settle(f"{stage.name}.{key}", plan, planned)
            except PlanError:  # refused when the plan was read
                continue
            probability = at_least(amount, done).probability
            if probability < 1:
                told.add(name)
            if probability < _UNLIKELY:
                text = f"the plan gave `{name}` a chance of {quantity.percent(probability)} to get as far as it has"
                yield Diagnostic("W173", text, hint="the range was too low: write a new one for what it will reach")
            if done < _NOTHING * median(amount):
                text = (
                    f"{quantity.significant(done)} of `{name}` are done, {done / median(amount):.1g} of what is planned"
                )
                yield Diagnostic("W173", text, hint="check its unit: 9T are nine trillion")
        seen = stage.observed
        if seen is not None and seen.day is not None and not progress(stage):
            text = f"`{stage.name}`: the day it was observed tells nothing without how much was done by then"
            yield Diagnostic("W173", text, hint="give its tokens or days so far")
    yield from _untold(loaded, told)


def _untold(loaded: LoadedPlan, told: set[str]) -> Iterator[Diagnostic]:
    """Yield quantities that correlate with one that was observed, and keep their own distributions."""
    plan, amounts = loaded.plan, amounts_of_plan(loaded.plan)
    pairs = [tuple(settle(name, plan, amounts)[0] for name in one.between) for one in plan.correlation]
    defaults = [f"{stage.name}.utilization" for stage in plan.stage]
    prior = [name for name in defaults if name in told and name not in amounts]
    pairs += [(name, other) for name in prior for other in defaults if other not in amounts and other != name]
    for one, two in pairs:
        known, other = (one, two) if one in told else (two, one)
        if known in told and other not in told:
            text = f"what was observed of `{known}` also tells something of `{other}`, which it is correlated with"
            yield Diagnostic("W174", f"{text}: that is left out", hint=f"write the range of `{other}` as it is now")
