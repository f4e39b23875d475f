"""The hardware route: chips x seconds x dense peak x utilization (Guidelines Annex A.2.1), rules 18 to 25."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from flopline.engine.factors import COMPLEMENT, Derived, Entry, Factor, Term, exactly, lost
from flopline.engine.passes import exact_pass
from flopline.engine.quantities import Quantities, constant, prior_factor
from flopline.errors import UtilizationError
from flopline.hardware import default_format, mixed_peak
from flopline.plan import Machine, ModelSize, Stage, sized, timed
from flopline.utilization import Prior, prior

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.regimes import Attributes

SECONDS: Final = {"days": 86_400, "hours": 3_600}
ANNEX: Final = "Commission Guidelines on GPAI, Annex A.2.1"


def work(machine: Machine, name: str, quantities: Quantities) -> Term:
    """Return chips x seconds x peak of one set of chips.

    Parameters
    ----------
    machine : Machine
        The stage itself, or one of its periods.
    name : str
        Its dotted name.
    """
    if machine.chip_hours is not None:
        return (
            quantities.factor(f"{name}.chip_hours"),
            constant("seconds per hour", 3_600, "definition"),
            peak(machine, name, quantities),
        )
    unit = "days" if machine.days is not None else "hours"
    return (
        quantities.factor(f"{name}.chips"),
        quantities.factor(f"{name}.{unit}"),
        constant(f"seconds per {unit[:-1]}", SECONDS[unit], "definition"),
        peak(machine, name, quantities),
    )


def peak(machine: Machine, name: str, quantities: Quantities, exponent: int = 1) -> Factor:
    """Return the dense peak of the formats that run, in FLOP/s, as one factor."""
    if machine.hardware is None:
        return quantities.factor(f"{name}.peak", exponent)
    against = machine.utilization.peak if machine.utilization is not None else None
    shares = {against: 1.0} if against is not None else _formats(machine)
    value = exactly(mixed_peak(machine.hardware, shares))
    label = "+".join(shares)
    return constant(f"{machine.hardware.id} dense {label} peak", value, f"hardware {machine.hardware.id}", exponent)


def utilization_factors(stage: Stage, machine: Machine, name: str, quantities: Quantities) -> Term:
    """Return what turns chips x seconds x peak into executed model FLOP: utilization, and availability if steady."""
    given, owner = (machine.utilization, name) if machine.utilization else (stage.utilization, stage.name)
    if given is None:
        default = default_utilization(stage, machine, quantities.plan.model)
        factors = [prior_factor(f"{stage.name}.utilization", default)]
        scope = default.scope
    else:
        factors = [quantities.factor(f"{owner}.utilization")]
        scope = given.scope
    if given is not None and given.metric == "hfu":
        factors.append(_hfu_factor(stage, quantities))
    if scope == "steady" and stage.availability is not None:
        factors.append(quantities.factor(f"{stage.name}.availability"))
    return tuple(factors)


def default_utilization(stage: Stage, machine: Machine, model: ModelSize) -> Prior:
    """Return the prior for a machine: of steady steps where goodput is given beside it, else of whole runs."""
    steady = stage.availability is not None or stage.rework is not None
    return prior(
        mixture_of_experts=_mixture(stage, model),
        format=_formats(machine) if machine.hardware is not None else "bf16",
        scope="steady" if steady else "whole-run",
    )


def _formats(machine: Machine) -> dict[str, float]:
    if machine.format is not None or machine.hardware is None:
        return machine.format or {"bf16": 1.0}
    return {default_format(machine.hardware): 1.0}


def _mixture(stage: Stage, model: ModelSize) -> bool | None:
    size = sized(stage, model)
    if size.config is not None:
        return size.config.mixture_of_experts
    return None if size.params is None else size.active is not None


def _hfu_factor(stage: Stage, quantities: Quantities) -> Factor:
    """Return F_model / (F_model + F_recompute) from the ledger (rule 22)."""
    size = sized(stage, quantities.plan.model)
    if size.config is None or stage.recompute is None or stage.seq_len is None:
        message = f"stage `{stage.name}` gives a hardware utilization (HFU) without saying what is recomputed"
        hint = "give `config`, `seq_len` and `recompute`, or the model utilization (MFU) itself"
        raise UtilizationError(message, hint=hint)
    exact = exact_pass(size.config, stage, stage.mtp)
    model = exact.training_masked
    return constant(
        "model share of hardware FLOP",
        Fraction(model, model + exact.recompute),
        "rule: HFU to MFU by the ledger",
    )


def machine_entry(stage: Stage, attributes: Attributes, quantities: Quantities) -> tuple[Entry, ...]:
    """Return the kept and lost FLOP of a stage that is counted by its machine.

    Steady MFU x availability gives executed FLOP, of which the share `rework` is lost again; a whole-run MFU
    gives kept FLOP (rule 18).
    """
    executed = tuple(
        work(machine, name, quantities) + utilization_factors(stage, machine, name, quantities)
        for machine, name in groups(stage)
    )
    formula = "chips x seconds x dense peak x utilization"
    if stage.rework is None:
        return (Entry(stage.name, attributes, "machine", executed, formula),)
    kept = quantities.factor(f"{stage.name}.rework", transform=COMPLEMENT)
    again = quantities.factor(f"{stage.name}.rework")
    return (
        Entry(
            stage.name,
            attributes,
            "machine",
            tuple((*term, kept) for term in executed),
            formula + " x (1 - rework)",
        ),
        Entry(
            stage.name,
            lost(attributes),
            "machine",
            tuple((*term, again) for term in executed),
            formula + " x rework",
        ),
    )


def groups(stage: Stage) -> Iterator[tuple[Machine, str]]:
    """Yield the sets of chips of a stage with their dotted names: the stage itself, or its periods (rule 23)."""
    if not stage.period:
        yield stage, stage.name
    for index, period in enumerate(stage.period):
        yield period, f"{stage.name}.period[{index}]"


def _inverse(term: Term) -> Term:
    return tuple(
        Factor(factor.name, factor.amount, -factor.exponent, factor.transform, factor.source) for factor in term
    )


def implied(stage: Stage, kept: Term, quantities: Quantities) -> Iterator[Derived]:
    """Yield what a machine beside a token count implies: utilization if the time is given, duration if not."""
    if stage.period or (stage.hardware is None and stage.peak is None):
        return
    if timed(stage):
        yield Derived(stage.name, "utilization", "share", kept + _inverse(work(stage, stage.name, quantities)))
        return
    if stage.hardware is not None and stage.chips is None and stage.utilization is None:
        return
    speed = (peak(stage, stage.name, quantities), *utilization_factors(stage, stage, stage.name, quantities))
    hours = constant("seconds per hour", 3_600, "definition", -1)
    yield Derived(stage.name, "chip_hours", "chip-hours", kept + _inverse(speed) + (hours,))
    if stage.chips is not None:
        days = constant("seconds per day", 86_400, "definition", -1)
        chips = quantities.factor(f"{stage.name}.chips")
        yield Derived(stage.name, "duration", "days", kept + _inverse((*speed, chips)) + (days,))
