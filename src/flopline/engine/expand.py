"""A plan split into entries: each stage by the route that counts it, with what that implies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flopline.engine.arithmetic import by_arithmetic
from flopline.engine.bases import base_entries
from flopline.engine.events import running
from flopline.engine.factors import COMPLEMENT, Derived, Entry, Term
from flopline.engine.generation import rl_entries, synthetic_attributes, synthetic_entries
from flopline.engine.independent import Measured, check_apart, fused_entries
from flopline.engine.machines import implied, machine_entries
from flopline.engine.quantities import Quantities
from flopline.engine.updates import attributes_of, elementwise, token_entries
from flopline.errors import Diagnostic, FloplineError
from flopline.plan import LoadedPlan, Stage, counted, generated, several, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.regimes import Attributes


@dataclass(frozen=True)
class Expansion:
    """The entries of a plan and the quantities derived beside them, in the order of its stages."""

    entries: tuple[Entry, ...]
    derived: tuple[Derived, ...]


def expand(loaded: LoadedPlan) -> Expansion:
    """Return what a plan computes, entry by entry.

    Raises
    ------
    FloplineError
        A stage that cannot be counted, with its place in the plan.
    """
    quantities = Quantities.of(loaded)
    entries: list[Entry] = []
    derived: list[Derived] = []
    measured: dict[int, Measured] = {}
    for index, stage in enumerate(loaded.plan.stage):
        try:
            mine = tuple(_stage_entries(stage, quantities))
            if method_of(stage) != "machine":
                derived += implied(stage, _worked_off(mine), quantities)
            if method_of(stage) == "fused":
                mine, sides, measured[index] = fused_entries(stage, mine, quantities)
                derived += sides
        except FloplineError as error:
            raise _at_stage(error, index, loaded) from error
        runs = running(stage, loaded.plan)
        mine = tuple(replace(entry, terms=entry.times(*runs)) for entry in by_arithmetic(stage, mine))
        entries += mine
        entries += (elementwise(entry) for entry in mine if entry.exact)
    entries += base_entries(loaded.plan, quantities)
    for index, one in measured.items():
        try:
            check_apart(one, entries, loaded)
        except FloplineError as error:
            raise _at_stage(error, index, loaded) from error
    return Expansion(tuple(entries), tuple(derived))


def _at_stage(error: FloplineError, index: int, loaded: LoadedPlan) -> FloplineError:
    """Return an error of a layer below, which knows a key at most, with the place of its stage in the plan."""
    return type(error).of(_located(problem, index, loaded) for problem in error.diagnostics)


def _located(problem: Diagnostic, index: int, loaded: LoadedPlan) -> Diagnostic:
    if problem.place is not None and problem.place.file is not None:
        return problem
    named = problem.place.key if problem.place is not None else None
    key = named if named in Stage.model_fields else "name"
    return replace(problem, place=loaded.document.place(("stage", index, key)))


def method_of(stage: Stage) -> str:
    """Return the route that counts a stage: `flop`, `machine`, `tokens`, `generation`, or `fused` where two do."""
    if stage.flop is not None:
        return "flop"
    machine = timed(stage) or bool(several(stage))
    if machine and counted(stage) and stage.relation == "independent":
        return "fused"
    if machine and (not counted(stage) or stage.relation == "time-bound"):
        return "machine"
    return "generation" if generated(stage) else "tokens"


def _stage_entries(stage: Stage, quantities: Quantities) -> Iterator[Entry]:
    method = method_of(stage)
    if method in ("flop", "machine"):
        for attributes, split in _unsplit(stage, quantities):
            if method == "machine":
                whole = tuple(machine_entries(stage, attributes, quantities))
            else:
                given = (quantities.factor(f"{stage.name}.flop"),)
                whole = (Entry(stage.name, attributes, "flop", (given,), "as given"),)
            yield from (replace(entry, terms=entry.times(*split)) for entry in whole)
    elif stage.kind == "synthetic-data":
        yield from synthetic_entries(stage, quantities)
    elif method == "generation":
        yield from rl_entries(stage, quantities)
    else:
        yield from token_entries(stage, quantities)


def _unsplit(stage: Stage, quantities: Quantities) -> Iterator[tuple[Attributes, Term]]:
    """Yield the activities that a stage given as one amount splits into, with their shares.

    Updates and rollouts are counted differently by some laws; without `update_share` a reinforcement-learning
    amount stays one activity that no law names, and is therefore disputed.
    """
    if stage.kind == "synthetic-data":
        yield synthetic_attributes(stage), ()
    elif stage.kind != "reinforcement-learning":
        yield attributes_of(stage), ()
    elif stage.update_share is None:
        yield attributes_of(stage, "rl-unsplit"), ()
    else:
        name = f"{stage.name}.update_share"
        yield attributes_of(stage), (quantities.factor(name),)
        yield attributes_of(stage, "rl-rollout"), (quantities.factor(name, transform=COMPLEMENT),)


def _worked_off(entries: tuple[Entry, ...]) -> tuple[Term, ...]:
    """Return the kept products of a stage's entries, which its machine has to execute."""
    return tuple(
        term
        for entry in entries
        if entry.attributes.fate == "kept" and entry.accompanies is None
        for term in entry.terms
    )
