"""A plan split into entries: each stage by the route that counts it, with what that implies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flopline.engine.bases import base_entries
from flopline.engine.factors import COMPLEMENT, Derived, Entry, Term
from flopline.engine.generation import rl_entries, synthetic_attributes, synthetic_entries
from flopline.engine.machines import implied, machine_entries
from flopline.engine.quantities import Quantities
from flopline.engine.updates import attributes_of, elementwise, token_entries
from flopline.plan import LoadedPlan, Stage, counted, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.regimes import Attributes


@dataclass(frozen=True)
class Expansion:
    """The entries of a plan and the quantities derived beside them, in the order of its stages."""

    entries: tuple[Entry, ...]
    derived: tuple[Derived, ...]


def expand(loaded: LoadedPlan) -> Expansion:
    """Return what a plan computes, entry by entry."""
    quantities = Quantities.of(loaded)
    entries: list[Entry] = []
    derived: list[Derived] = []
    for stage in loaded.plan.stage:
        mine = tuple(_stage_entries(stage, quantities))
        entries += mine
        entries += (elementwise(entry) for entry in mine if entry.exact)
        if method_of(stage) in ("tokens", "generation"):
            derived += implied(stage, _worked_off(mine), quantities)
    entries += base_entries(loaded.plan.stage, quantities)
    return Expansion(tuple(entries), tuple(derived))


def method_of(stage: Stage) -> str:
    """Return the route that counts a stage: `flop`, `machine`, `tokens` or `generation`."""
    if stage.flop is not None:
        return "flop"
    machine = timed(stage) or bool(stage.period)
    if machine and (not counted(stage) or stage.relation == "time-bound"):
        return "machine"
    return "generation" if stage.kind in ("reinforcement-learning", "synthetic-data") else "tokens"


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
    elif stage.kind == "reinforcement-learning":
        yield from rl_entries(stage, quantities)
    else:
        yield from token_entries(stage, quantities)


def _unsplit(stage: Stage, quantities: Quantities) -> Iterator[tuple[Attributes, Term]]:
    """Yield the activities that a stage given as one amount splits into, with their shares.

    Updates and rollouts are counted differently by some laws; without `update_share` a reinforcement-learning
    amount stays one activity that no law names, and is therefore disputed (rule 2).
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
