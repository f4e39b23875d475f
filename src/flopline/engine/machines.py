"""The hardware route: chips x seconds x dense peak x utilization (Guidelines Annex A.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flopline.engine.events import case
from flopline.engine.factors import COMPLEMENT, Derived, Entry, Factor, Term, exactly, inverse, lost
from flopline.engine.passes import KAPLAN, recompute_ratio
from flopline.engine.quantities import Quantities, benchmark_factor, constant, tensor_factor
from flopline.engine.updates import recomputation
from flopline.hardware import default_format, mixed_peak
from flopline.plan import Machine, ModelSize, Stage, several, sized, timed
from flopline.plan.kinds import GENERATING
from flopline.utilization import Prior, Scope, Utilization, prior

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.regimes import Attributes

SECONDS: Final = {"days": 86_400, "hours": 3_600}
ANNEX: Final = "Commission Guidelines on GPAI, Annex A.2.1"


def chip_seconds(machine: Machine, name: str, quantities: Quantities) -> Term:
    """Return chips x seconds of one set of chips.

    Parameters
    ----------
    machine : Machine
        A stage, or one of its periods.
    name : str
        Its dotted name.
    """
    if machine.chip_hours is not None:
        return (
            quantities.factor(f"{name}.chip_hours"),
            constant("seconds per hour", 3_600, "definition"),
        )
    unit = "days" if machine.days is not None else "hours"
    return (
        quantities.factor(f"{name}.chips"),
        quantities.factor(f"{name}.{unit}"),
        constant(f"seconds per {unit[:-1]}", SECONDS[unit], "definition"),
    )


def peak(stage: Stage, machine: Machine, name: str, quantities: Quantities, exponent: int = 1) -> Factor:
    """Return the dense peak of the formats that run, in FLOP/s, as one factor."""
    if machine.hardware is None:
        return quantities.factor(f"{name}.peak", exponent)
    shares = formats_of(stage, machine)
    value = exactly(mixed_peak(machine.hardware, shares))
    label = "+".join(shares)
    return constant(f"{machine.hardware.id} dense {label} peak", value, f"hardware {machine.hardware.id}", exponent)


def formats_of(stage: Stage, machine: Machine) -> dict[str, float]:
    """Return the formats whose peak counts, with their shares of FLOP: the utilization's own, or those that ran."""
    given = machine.utilization or stage.utilization
    if given is not None and given.peak is not None:
        return {given.peak: 1.0}
    return running_formats(machine)


def running_formats(machine: Machine) -> dict[str, float]:
    """Return the formats that a machine computes in, with their shares of FLOP."""
    return machine.format or {default_format(machine.hardware) if machine.hardware is not None else "bf16": 1.0}


@dataclass(frozen=True, slots=True)
class Speed:
    """What turns chips x seconds into model FLOP.

    Attributes
    ----------
    executed : Term
        Factors that give the FLOP of executed steps: the peak and the utilization, with all that belongs to it.
    rework : bool
        Whether a share `rework` of those is lost again; a whole-run utilization gives kept FLOP.
    """

    executed: Term
    rework: bool


def speed(stage: Stage, machine: Machine, name: str, quantities: Quantities) -> Speed:
    """Return the model FLOP/s of one chip of a machine, as factors."""
    given, owner = (machine.utilization, name) if machine.utilization else (stage.utilization, stage.name)
    if given is None:
        default = default_utilization(stage, machine, quantities.plan.model)
        factors = [peak(stage, machine, name, quantities), quantities.prior(f"{stage.name}.utilization", default)]
        scope = default.scope
    else:
        factors = list(given_factors(given, owner, stage, peak(stage, machine, name, quantities), quantities))
        scope = _longer(stage) if given.scope == "benchmark" else given.scope
        if given.scope == "benchmark":
            factors.append(benchmark_factor(scope))
    steady = scope == "steady"
    if steady and stage.availability is not None:
        factors.append(quantities.goodput(stage, "availability"))
    return Speed(tuple(factors), steady and stage.rework is not None)


def given_factors(
    given: Utilization, owner: str, stage: Stage, rated: Factor, quantities: Quantities
) -> Iterator[Factor]:
    """Yield the factors that a utilization of the plan's own gives: model FLOP/s of one chip, whichever way in."""
    if given.metric != "achieved":
        yield rated
    yield quantities.factor(f"{owner}.utilization")
    if given.metric == "tensor_active":
        yield tensor_factor()
    if given.recomputes:
        share = 1 / (1 + recompute_ratio(stage, quantities))
        yield constant("model share of hardware FLOP", share, "HFU to MFU by the ledger")


def _longer(stage: Stage) -> Scope:
    """Return what a benchmark or a prior has to speak for: steady steps where goodput is given beside it."""
    return "steady" if stage.availability is not None or stage.rework is not None else "whole-run"


def default_utilization(stage: Stage, machine: Machine, model: ModelSize) -> Prior:
    """Return the prior for a machine: of steady steps where goodput is given beside it, else of whole runs."""
    return prior(
        mixture_of_experts=mixture_of_experts(stage, model),
        format=formats_of(stage, machine),
        scope=_longer(stage),
        chip=machine.hardware.id if machine.hardware is not None else None,
    )


def mixture_of_experts(stage: Stage, model: ModelSize) -> bool | None:
    """Return whether a stage's model is a mixture of experts, as far as the plan says."""
    size = sized(stage, model)
    if size.config is not None:
        return size.config.mixture_of_experts
    return None if size.params is None else size.active is not None


def machine_entries(stage: Stage, attributes: Attributes, quantities: Quantities) -> Iterator[Entry]:
    """Yield the kept, lost and recomputed FLOP of a stage that is counted by its machine.

    Steady MFU x availability gives executed FLOP, of which the share `rework` is lost again; a whole-run MFU
    gives kept FLOP.
    """
    kept: list[Term] = []
    again: list[Term] = []
    for index, (machine, name) in enumerate(groups(stage)):
        rate = speed(stage, machine, name, quantities)
        executed = chip_seconds(machine, name, quantities) + rate.executed + used(stage, index)
        if rate.rework:
            kept.append((*executed, quantities.goodput(stage, "rework", COMPLEMENT)))
            again.append((*executed, quantities.goodput(stage, "rework")))
        else:
            kept.append(executed)
    formula = "chips x seconds x dense peak x utilization"
    exact = sized(stage, quantities.plan.model).config is not None
    said = formula + (" x (1 - rework)" if again else "")
    entry = Entry(stage.name, attributes, "machine", tuple(kept), said, exact=exact)
    yield entry
    if again:
        yield Entry(stage.name, lost(attributes), "machine", tuple(again), formula + " x rework")
    if stage.recompute not in (None, "none"):
        source = "architecture" if exact else KAPLAN
        ratio = constant("recomputed per model FLOP", recompute_ratio(stage, quantities), source)
        yield recomputation(entry, entry.times(ratio), f"kept x recomputed per model FLOP ({stage.recompute})")


def groups(stage: Stage) -> Iterator[tuple[Machine, str]]:
    """Yield the sets of chips of a stage with their dotted names: the stage itself, or those that it lists."""
    key = "either" if stage.either else "period"
    if not several(stage):
        yield stage, stage.name
    for index, machine in enumerate(several(stage)):
        yield machine, f"{stage.name}.{key}[{index}]"


def used(stage: Stage, index: int) -> Term:
    """Return the factor that is one where a machine is the one that is used, or no factor where all are."""
    chances = [one.probability for one in stage.either]
    return (case(f"{stage.name}.either", chances, index),) if chances else ()


def implied(stage: Stage, kept: tuple[Term, ...], quantities: Quantities) -> Iterator[Derived]:
    """Yield the utilization that a machine beside a token count implies where its time is given.

    Parameters
    ----------
    kept : tuple of Term
        The products that the machine works off, beside lost steps and recomputation.
    """
    if stage.period or not all(
        timed(one) and (one.hardware is not None or one.peak is not None) for one, _ in groups(stage)
    ):
        return
    terms: list[Term] = []
    for index, (machine, name) in enumerate(groups(stage)):
        rated = peak(stage, machine, name, quantities)
        divisor = inverse((*chip_seconds(machine, name, quantities), rated))
        terms += (term + divisor + used(stage, index) for term in kept)
    yield Derived(stage.name, "utilization", "share", tuple(terms))


def needed(stage: Stage, kept: tuple[Term, ...], quantities: Quantities) -> tuple[Term, ...]:
    """Return the chip-hours that a machine without a time needs for a token count; none where it is not known.

    Parameters
    ----------
    kept : tuple of Term
        The products that the machine works off, beside lost steps and recomputation.
    """
    if several(stage) or (stage.hardware is None and stage.peak is None):
        return ()
    if stage.utilization is None and (stage.chips is None or stage.kind in GENERATING):
        return ()
    rate = speed(stage, stage, stage.name, quantities)
    per_second = rate.executed
    if rate.rework:
        per_second += (quantities.goodput(stage, "rework", COMPLEMENT),)
    divisor = inverse((*per_second, constant("seconds per hour", 3_600, "definition")))
    return tuple(term + divisor for term in kept)
