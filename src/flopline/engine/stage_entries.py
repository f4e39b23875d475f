"""The entries of one stage, by the route that counts it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flopline.engine.factors import COMPLEMENT, Entry, Term
from flopline.engine.generation import rl_entries, synthetic_attributes, synthetic_entries
from flopline.engine.machines import machine_entries
from flopline.engine.updates import attributes_of, token_entries
from flopline.plan import Stage, counted, generated, several, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.quantities import Quantities
    from flopline.regimes import Attributes


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


def stage_entries(stage: Stage, quantities: Quantities) -> Iterator[Entry]:
    """Yield the entries of one stage, the kept one first."""
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
