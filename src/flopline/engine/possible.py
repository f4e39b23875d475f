"""Whether a machine can have done what a plan says of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from flopline.distributions import median
from flopline.engine.learning import quantities_of
from flopline.engine.machines import given_factors, groups, mixture_of_experts, peak, running_formats
from flopline.engine.passes import recompute_ratio
from flopline.engine.stage_entries import method_of
from flopline.errors import Diagnostic, UtilizationError
from flopline.hardware import mixed_peak
from flopline.plan.kinds import GENERATING
from flopline.quantity import share as shown
from flopline.utilization import plausible, refuted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.factors import Factor
    from flopline.plan import LoadedPlan, Machine, Stage
    from flopline.utilization import Scope


def possible(
    value: float, stage: Stage, machine: Machine, key: str, loaded: LoadedPlan, scope: Scope = "whole-run"
) -> list[Diagnostic]:
    """Return the warnings about an MFU against the peak of the formats that run.

    What has to be possible is what the chips execute, recomputation included where the plan says how much.

    Parameters
    ----------
    value : float
        The MFU; of a range its median.
    machine : Machine
        The stage itself, or one of its periods.
    key : str
        Key of the stage that an error points at.

    Raises
    ------
    UtilizationError
        It is above one (E602), or above the best matrix multiplication measured on the chip's silicon (E603).
    """
    again = _recomputed(stage, loaded)
    formats = running_formats(machine)
    format_ = next(iter(formats)) if len(formats) == 1 else formats
    chip = machine.hardware.id if machine.hardware is not None else None
    impossible = refuted(value * (1 + again), chip=chip, format=format_)
    if impossible is not None:
        parts = f", of it {shown(value)} for the model and the rest recomputed" if again else ""
        text = f"stage `{stage.name}`: {impossible.message}{parts}"
        place = loaded.document.place(("stage", loaded.plan.stage.index(stage), key))
        raise UtilizationError(text, code=impossible.code, hint=impossible.hint, place=place)
    if stage.kind in GENERATING:
        return []
    mixture = mixture_of_experts(stage, loaded.plan.model)
    found = plausible(value, mixture_of_experts=mixture, scope=scope, chip=chip, format=format_)
    return [replace(problem, message=f"`{stage.name}`: {problem.message}") for problem in found]


def given_utilizations(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    """Yield the warnings about utilizations that a plan gives itself, where its answer rests on them.

    Raises
    ------
    UtilizationError
        One of them is impossible.
    """
    quantities = quantities_of(loaded)
    for stage in loaded.plan.stage:
        if method_of(stage) not in ("machine", "fused"):
            continue
        for machine, name in groups(stage):
            given = machine.utilization or stage.utilization
            # A benchmark has its own level, and generation no published one.
            if given is None or machine.hardware is None or given.scope == "benchmark":
                continue
            owner = name if machine.utilization is not None else stage.name
            own = given_factors(given, owner, stage, peak(stage, machine, name, quantities), quantities)
            rated = mixed_peak(machine.hardware, running_formats(machine))
            value = _middle(own) / rated
            yield from possible(value, stage, machine, "utilization", loaded, given.scope)


def _middle(factors: Iterator[Factor]) -> float:
    """Return a product of factors at their medians."""
    product = 1.0
    for factor in factors:
        certain, amount = factor.certain, factor.amount
        if certain is not None:
            product *= float(certain)
        elif not isinstance(amount, (int, Fraction)):
            product *= median(amount)
    return product


def _recomputed(stage: Stage, loaded: LoadedPlan) -> float:
    """Return recomputed FLOP per model FLOP, zero where the plan does not say enough to tell."""
    if stage.recompute is None:
        return 0.0
    try:
        return float(recompute_ratio(stage, quantities_of(loaded)))
    except UtilizationError:
        return 0.0
