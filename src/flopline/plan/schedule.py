"""When stages run: what each waits for, and what is wrong with that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.documents import suggestion_hint
from flopline.errors import Diagnostic

if TYPE_CHECKING:
    from flopline.plan.checks import Found
    from flopline.plan.model import Plan, Stage

_ORDER: Final = "a stage without `after` follows the one before it in the plan; `after = []` starts it with the run"


def waits_for(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return the stages that each stage waits for, in the order of the plan.

    None for a stage with a day of its own; else those that it names; else the stage before it.
    """
    found: dict[str, tuple[str, ...]] = {}
    before: tuple[str, ...] = ()
    for stage in plan.stage:
        fixed = stage.starts is not None
        found[stage.name] = () if fixed else before if stage.after is None else stage.after
        before = (stage.name,)
    return found


def in_turn(plan: Plan) -> tuple[Stage, ...]:
    """Return the stages, each behind those that it waits for; the plan has no circle."""
    waits, order = waits_for(plan), list[str]()

    def visit(name: str) -> None:
        if name not in order:
            for other in waits[name]:
                visit(other)
            order.append(name)

    for name in waits:
        visit(name)
    stages = {stage.name: stage for stage in plan.stage}
    return tuple(stages[name] for name in order)


def problems_of_length(stage: Stage) -> Found:
    """Yield what is wrong with when a stage begins and how long it takes, each with the path of its key."""
    if stage.period and stage.period[0].beside is not None:
        message = "the first period has none before it to work beside"
        yield ("period", 0, "beside"), Diagnostic("E346", message, hint="say `beside` in the later ones")
    given = next((key for key in ("days", "hours") if getattr(stage, key) is not None), None)
    if stage.duration is not None and given is not None:
        message = f"`duration` and `{given}` are both given"
        yield ("duration",), Diagnostic("E345", message, hint=f"keep `{given}`: it says how long the stage takes")
    if stage.starts is not None:
        for key in ("after", "pause"):
            if getattr(stage, key) is not None:
                message = f"`starts` and `{key}` both say when stage `{stage.name}` begins"
                yield (key,), Diagnostic("E343", message, hint="keep one")


def problems_of_schedule(plan: Plan, unread: frozenset[str] = frozenset()) -> Found:
    """Yield what is wrong between the days of a plan, each with the path of its key; a stage's by its index.

    Parameters
    ----------
    unread : frozenset of str
        Names of stages of which something else is wrong; an empty name stands for one without a name.
    """
    if plan.start is not None and plan.approval is not None and plan.approval > plan.start:
        message = f"the run starts on {plan.start}, before it is decided on {plan.approval}"
        hint = "`approval` is the day the run is decided, its budget kept"
        yield ("approval",), Diagnostic("E344", message, hint=hint)
    known = [stage.name for stage in plan.stage]
    sound = not unread
    for index, stage in enumerate(plan.stage):
        if stage.starts is not None and plan.start is not None and stage.starts < plan.start:
            message = f"stage `{stage.name}` starts before the run does, on {plan.start}"
            hint = "`start` is the first day of the run: make it the earliest of them"
            yield ("stage", index, "starts"), Diagnostic("E342", message, hint=hint)
        for name in stage.after or ():
            if name not in known:
                sound = False
                if name not in unread and "" not in unread:
                    hint = suggestion_hint(name, known) or f"stages: {', '.join(known)}"
                    yield ("stage", index, "after"), Diagnostic("E340", f"there is no stage `{name}`", hint=hint)
    if sound and len(set(known)) == len(known):
        yield from _circle(plan)


def _circle(plan: Plan) -> Found:
    """Yield the first circle in what waits for what."""
    waits, done = waits_for(plan), set[str]()

    def round_from(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done:
            return ()
        for other in waits[name]:
            if circle := round_from(other, (*path, name)):
                return circle
        done.add(name)
        return ()

    for name in waits:
        if circle := round_from(name, ()):
            named = next(index for index, stage in enumerate(plan.stage) if stage.name in circle and stage.after)
            message = f"stages wait for one another: {' waits for '.join(circle)}"
            yield ("stage", named, "after"), Diagnostic("E341", message, hint=_ORDER)
            return
