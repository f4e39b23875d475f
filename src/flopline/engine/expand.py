"""A plan split into entries: each stage by the route that counts it, with what that implies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flopline.engine.bases import base_entries
from flopline.engine.factors import COMPLEMENT, Derived, Entry, Term
from flopline.engine.generation import rl_entries, synthetic_entries
from flopline.engine.machines import implied, machine_entry
from flopline.engine.quantities import Quantities
from flopline.engine.updates import attributes_of, token_entries
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
        if method_of(stage) in ("tokens", "generation"):
            derived += _implied(stage, mine, quantities)
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
            whole = (
                (
                    Entry(
                        stage.name,
                        attributes,
                        "flop",
                        ((quantities.factor(f"{stage.name}.flop"),),),
                        "as given",
                    ),
                )
                if method == "flop"
                else machine_entry(stage, attributes, quantities)
            )
            yield from (replace(entry, terms=tuple(term + split for term in entry.terms)) for entry in whole)
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
        yield attributes_of(stage, "synth-public" if stage.public == "yes" else "synth-private"), ()
    elif stage.kind != "reinforcement-learning":
        yield attributes_of(stage), ()
    elif stage.update_share is None:
        yield attributes_of(stage, "rl-unsplit"), ()
    else:
        name = f"{stage.name}.update_share"
        yield attributes_of(stage), (quantities.factor(name),)
        yield attributes_of(stage, "rl-rollout"), (quantities.factor(name, transform=COMPLEMENT),)


def _implied(stage: Stage, entries: tuple[Entry, ...], quantities: Quantities) -> Iterator[Derived]:
    """Yield what the machine beside a token count implies; only where the kept FLOP are one product."""
    kept = [term for entry in entries if _runs_on_machine(entry) for term in entry.terms]
    if len(kept) == 1:
        yield from implied(stage, kept[0], quantities)


def _runs_on_machine(entry: Entry) -> bool:
    return entry.attributes.fate == "kept" and entry.attributes.activity not in (
        "elementwise",
        "activation-recompute",
    )
