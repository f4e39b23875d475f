"""What a stage gives to be counted from: a size, an amount, a machine with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flopline.plan.model import Machine, Stage
    from flopline.plan.table import ModelSize


def sized(stage: Stage, model: ModelSize) -> ModelSize:
    """Return the size that counts for a stage: its own, or the plan's model."""
    return stage if stage.config is not None or stage.params is not None else model


def counted(stage: Stage) -> bool:
    """Return whether the stage gives what its FLOP are counted from: tokens, samples, prompts."""
    amounts = (stage.tokens, stage.samples, stage.prompts, stage.tokens_generated)
    return any(amount is not None for amount in amounts)


def generated(stage: Stage) -> bool:
    """Return whether a stage is counted from samples that it generates: on-policy preference optimization too."""
    own = stage.kind in ("reinforcement-learning", "synthetic-data")
    return own or (stage.kind == "preference" and stage.prompts is not None)


def several(stage: Stage) -> tuple[Machine, ...]:
    """Return the sets of chips that a stage lists: its periods, or the machines of which one will be used."""
    return stage.period or stage.either


def timed(machine: Machine) -> bool:
    """Return whether chips and time are both given."""
    return machine.chip_hours is not None or (
        machine.chips is not None and (machine.days is not None or machine.hours is not None)
    )
