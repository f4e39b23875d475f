"""What must hold between a plan and what was observed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.distributions import at_least, describe
from flopline.errors import Diagnostic, PlanError
from flopline.plan.names import planned_amounts, settle
from flopline.plan.observed import GROWING
from flopline.plan.routes import generated, several
from flopline.plan.under_way import growing_key, progress

if TYPE_CHECKING:
    from flopline.plan.checks import Found
    from flopline.plan.model import Plan, Stage

_LOCATED: Final = "observed"


def problems_of_observed(stage: Stage) -> Found:
    """Yield what is wrong with what was observed of a stage, each with the path of its key inside the stage."""
    seen = stage.observed
    if seen is None:
        return
    for name, reason, hint in (
        ("happens", "a stage that is under way does happen", "leave `happens` out"),
        ("period", "of several periods it is not said which are done", "make a stage of the periods that are done"),
        ("either", "a stage that is under way has its machine", "write the keys of the one that is used in the stage"),
    ):
        if getattr(stage, name):
            yield (name,), Diagnostic("E393", reason, hint=hint)
    if stage.relation == "independent":
        message = "two measurements are fused of a run that is over, and `observed` is of one that goes on"
        yield ("relation",), Diagnostic("E393", message, hint='"tokens-bound" or "time-bound"')
    if not seen.model_fields_set - {"day"}:
        message = "nothing was observed"
        yield (_LOCATED,), Diagnostic("E393", message, hint="give tokens, days, flop or utilization, as far as known")
    for key in seen.done:
        if getattr(stage, key) is None:
            amounts = [name for name in GROWING if getattr(stage, name) is not None]
            message = f"stage `{stage.name}` gives no `{key}` of which a part could be done"
            listed = f"it gives {', '.join(f'`{name}`' for name in amounts)}" if amounts else None
            yield (_LOCATED, key), Diagnostic("E393", message, hint=listed)
    if not several(stage):
        yield from _flop(stage)
        yield from _speed(stage)


def _flop(stage: Stage) -> Found:
    seen = stage.observed
    if seen is None or seen.flop is None:
        return
    if stage.flop is not None:
        if seen.flop.dist != "fixed":
            message = "of an amount that is given in FLOP, what is done is one number"
            yield (_LOCATED, "flop"), Diagnostic("E393", message, hint="write flop = 5.1e24")
        return
    if generated(stage):
        message = f"stage `{stage.name}` computes several things, and FLOP so far do not tell them apart"
        yield (_LOCATED, "flop"), Diagnostic("E393", message, hint="give `prompts` or `tokens_generated` so far")
        return
    grown = growing_key(stage)
    if grown is not None and grown not in seen.done:
        message = f"FLOP so far say nothing without the `{grown}` so far"
        yield (_LOCATED, "flop"), Diagnostic("E393", message, hint=f"give `{grown}` beside it")


def _speed(stage: Stage) -> Found:
    """Yield a measured utilization that means something else than the one that the plan counts with."""
    seen = stage.observed
    if seen is None or seen.utilization is None:
        return
    place, mine, own = (_LOCATED, "utilization"), seen.utilization, stage.utilization
    if stage.hardware is None and stage.peak is None:
        message = f"stage `{stage.name}` has no machine whose utilization could be measured"
        yield place, Diagnostic("E393", message, hint="give `hardware`, or leave it out")
        return
    if own is not None:
        if (mine.metric, mine.scope, mine.peak) != (own.metric, own.scope, own.peak):
            message = "the utilization that was measured is another one than the plan counts with"
            yield place, Diagnostic("E393", message, hint=f"write it as {own.metric}, {own.scope}, as in the stage")
        return
    steady = stage.availability is not None or stage.rework is not None
    scope = "steady" if steady else "whole-run"
    if mine.metric != "mfu" or mine.peak is not None or mine.scope != scope:
        message = f"the default is model FLOP utilization (MFU) of {'executed steps' if steady else 'whole runs'}"
        said = "38%..41%" if steady else '{ mfu = "38%..41%", scope = "whole-run" }'
        hint = f"write utilization = {said}" + (
            "" if steady else "; or give `availability`, for that of executed steps"
        )
        yield place, Diagnostic("E393", message, hint=hint)


def problems_of_progress(plan: Plan) -> Found:
    """Yield what cannot be: more done than there will be, or seen before it began; with the index of the stage."""
    amounts = planned_amounts(plan)
    for index, stage in enumerate(plan.stage):
        seen = stage.observed
        if seen is None:
            continue
        begin = stage.starts or plan.start
        if seen.day is not None and begin is not None and seen.day < begin:
            message = f"it was observed on {seen.day}, before it begins on {begin}"
            yield ("stage", index, _LOCATED, "day"), Diagnostic("E394", message)
        for key, done in progress(stage).items():
            try:
                amount = settle(f"{stage.name}.{key}", plan, amounts)[1]
            except PlanError:  # said where the amount stands, or is missing
                continue
            if at_least(amount, done).probability == 0.0:
                said = describe(amount, quantity.significant)
                message = f"{quantity.significant(done)} are done of `{key}`, and the plan gives {said}"
                hint = f"give the `{key}` that it will reach"
                yield ("stage", index, _LOCATED, key), Diagnostic("E394", message, hint=hint)
