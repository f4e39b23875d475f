"""A plan split into entries: each stage by the route that counts it, with what that implies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flopline.engine.arithmetic import by_arithmetic
from flopline.engine.bases import base_entries
from flopline.engine.events import running
from flopline.engine.independent import Measured, check_apart, fused_entries
from flopline.engine.learning import learning
from flopline.engine.machines import implied
from flopline.engine.stage_entries import method_of, stage_entries
from flopline.engine.updates import elementwise
from flopline.errors import Diagnostic, FloplineError
from flopline.plan import LoadedPlan, Stage

if TYPE_CHECKING:
    from flopline.engine.factors import Derived, Entry, Term


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
    learned = learning(loaded)
    quantities = learned.quantities
    entries: list[Entry] = []
    derived: list[Derived] = []
    measured: dict[int, Measured] = {}
    for index, stage in enumerate(loaded.plan.stage):
        try:
            mine = learned.entries(stage, tuple(stage_entries(stage, quantities)))
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
    measured.update(learned.measured)
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


def _worked_off(entries: tuple[Entry, ...]) -> tuple[Term, ...]:
    """Return the kept products of a stage's entries, which its machine has to execute."""
    return tuple(
        term
        for entry in entries
        if entry.attributes.fate == "kept" and entry.accompanies is None
        for term in entry.terms
    )
