"""What a plan's machines take, beside what they compute: chip-hours, days, tokens, energy and cost.

The products live in arrays of their own, asked with the same draws: they enter no line and no total.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.compile import assemble
from flopline.engine.events import running, unconditioned
from flopline.engine.expand import Expansion
from flopline.engine.factors import Derived, inverse
from flopline.engine.guidelines_peak import weighted_peak
from flopline.engine.learning import quantities_of
from flopline.engine.machines import groups, needed, used
from flopline.engine.passed import passed
from flopline.engine.quantities import Quantities, constant
from flopline.engine.results import DerivedResult
from flopline.engine.running import BOUNDARY, MARKET, power_of, price_of, pue_of
from flopline.engine.stage_entries import method_of
from flopline.errors import Diagnostic, EngineError
from flopline.plan import DEFAULT, several, timed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flopline.engine.asking import Asked
    from flopline.engine.compile import Compiled
    from flopline.engine.factors import Entry, Factor, Term
    from flopline.engine.results import Amount
    from flopline.engine.running import Hourly
    from flopline.plan import LoadedPlan, Machine, Stage

SUMMED: Final = {"chip_hours": "chip-hours", "energy": "MWh", "cost": "USD"}
"""What is added up over the stages of a plan, with its unit."""
_ASKED: Final = ("server_power", "price", "pue")

Part = tuple["Machine", str, tuple["Term", ...]]
"""A set of chips, its dotted name, and its chip-hours."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What machines take: by stage, over the plan, and what there is to say about it."""

    stages: dict[str, tuple[DerivedResult, ...]]
    plan: tuple[DerivedResult, ...]
    remarks: tuple[Diagnostic, ...]


def resources(asked: Asked) -> Resources:
    """Return what the machines of a plan take, each quantity with its interval."""
    derived = derived_of(asked.loaded, asked.compiled.entries)
    remarks = tuple(_idle(asked.loaded, derived))
    if not derived:
        return Resources({}, (), remarks)
    groups = [group for name in SUMMED if (group := [one for one in derived if one.name == name])]
    groups = [_over_plan(group, asked.loaded) for group in groups]
    try:
        amounts = amounts_of(asked, derived, groups)
    except EngineError:
        text = "what machines take is not derived: the plan has too many uncertain products"
        return Resources({}, (), (*remarks, Diagnostic("W125", text)))
    stages: dict[str, tuple[DerivedResult, ...]] = {}
    for one, amount in zip(derived, amounts, strict=False):
        result = DerivedResult(one.stage, one.name, replace(amount, unit=one.unit), one.remark, one.sources)
        stages[one.stage] = (*stages.get(one.stage, ()), result)
    plan = tuple(
        DerivedResult("", group[0].name, replace(amount, unit=group[0].unit), _said(group, list(stages), asked.loaded))
        for group, amount in zip(groups, amounts[len(derived) :], strict=True)
    )
    return Resources(stages, plan, remarks)


def amounts_of(asked: Asked, derived: Sequence[Derived], groups: Sequence[Sequence[Derived]] = ()) -> list[Amount]:
    """Return each quantity's amount, then that of each group's sum, all with the same draws.

    Raises
    ------
    EngineError
        More rows or uncertain quantities than the engine takes.
    """
    known = tuple(dict.fromkeys((*derived, *(one for group in groups for one in group))))
    arrays = assemble(Expansion((), known), asked.loaded)
    owner = -1 - arrays.owner
    rows = [owner == known.index(one) for one in derived]
    rows += [np.isin(owner, [known.index(one) for one in group]) for group in groups]
    return replace(asked, compiled=arrays).amounts(np.array(rows), asked.level)


def idle_keys(loaded: LoadedPlan, compiled: Compiled) -> tuple[Diagnostic, ...]:
    """Return warnings about keys on power and price that nothing rests on."""
    return tuple(_idle(loaded, derived_of(loaded, compiled.entries)))


def derived_of(loaded: LoadedPlan, entries: Sequence[Entry]) -> tuple[Derived, ...]:
    """Return what follows from the machines of a plan, stage by stage.

    Parameters
    ----------
    entries : sequence of Entry
        What the plan computes.

    Returns
    -------
    tuple of Derived
        Of a stage that may not happen, what it takes if it does.
    """
    quantities = quantities_of(loaded)
    found: list[Derived] = []
    for stage in loaded.plan.stage:
        kept = tuple(
            term
            for entry in entries
            if entry.stage == stage.name and entry.method != "base"
            if entry.attributes.fate == "kept" and entry.accompanies is None
            for term in entry.terms
        )
        found += _of_stage(stage, unconditioned(kept, stage, loaded.plan), quantities)
    return tuple(found)


def _over_plan(group: Sequence[Derived], loaded: LoadedPlan) -> list[Derived]:
    """Return what stages take, each where it runs at all."""
    runs = {stage.name: running(stage, loaded.plan) for stage in loaded.plan.stage}
    return [replace(one, terms=tuple(term + runs[one.stage] for term in one.terms)) for one in group]


def _of_stage(stage: Stage, kept: tuple[Term, ...], quantities: Quantities) -> Iterator[Derived]:
    method = method_of(stage)
    parts = () if method == "flop" else tuple(chip_hours(stage, kept, quantities))
    if not parts:
        return
    hours = tuple(term for _, _, terms in parts for term in terms)
    yield Derived(stage.name, "chip_hours", "chip-hours", hours)
    days = _days(stage, hours, quantities)
    if days:
        yield Derived(stage.name, "duration", "days", days)
    if method == "machine":
        yield from passed(stage, kept, quantities)
        yield from weighted_peak(stage, kept, quantities)
    site = pue_of(stage, quantities)
    yield from _hourly(stage, "energy", parts, [power_of(stage, *part[:2], quantities) for part in parts], site)
    yield from _hourly(stage, "cost", parts, [price_of(stage, *part[:2], quantities) for part in parts])


def chip_hours(stage: Stage, kept: tuple[Term, ...], quantities: Quantities) -> Iterator[Part]:
    """Yield the chip-hours of each set of chips: chips x time where both are given, else what the tokens need."""
    if not several(stage) and not timed(stage):
        terms = needed(stage, kept, quantities)
        if terms:
            yield stage, stage.name, terms
        return
    for index, (machine, name) in enumerate(groups(stage)):
        chosen = used(stage, index)
        if machine.chip_hours is not None:
            yield machine, name, ((quantities.factor(f"{name}.chip_hours"), *chosen),)
        elif timed(machine):
            yield machine, name, ((quantities.factor(f"{name}.chips"), *_hours(machine, name, quantities), *chosen),)


def _hours(machine: Machine, name: str, quantities: Quantities) -> tuple[Factor, ...]:
    if machine.days is None:
        return (quantities.factor(f"{name}.hours"),)
    return (quantities.factor(f"{name}.days"), constant("hours per day", 24, "definition"))


def _days(stage: Stage, hours: tuple[Term, ...], quantities: Quantities) -> tuple[Term, ...]:
    """Return the days of a stage with one set of chips; of several sets it is not said which work side by side."""
    if stage.either:
        return _days_of_either(stage, quantities)
    if stage.period or stage.chips is None:
        return ()
    if timed(stage) and stage.chip_hours is None:
        by = inverse((constant("hours per day", 24, "definition"),))
        return ((*_hours(stage, stage.name, quantities), *by),)
    by = inverse((quantities.factor(f"{stage.name}.chips"), constant("hours per day", 24, "definition")))
    return tuple(term + by for term in hours)


def _days_of_either(stage: Stage, quantities: Quantities) -> tuple[Term, ...]:
    """Return the days of whichever machine is used; nothing where one of them has no number of chips."""
    by = inverse((constant("hours per day", 24, "definition"),))
    terms = []
    for index, (machine, name) in enumerate(groups(stage)):
        if machine.chips is None:
            return ()
        if machine.chip_hours is None:
            hours = _hours(machine, name, quantities)
        else:
            hours = (quantities.factor(f"{name}.chip_hours"), *inverse((quantities.factor(f"{name}.chips"),)))
        terms.append((*hours, *by, *used(stage, index)))
    return tuple(terms)


def _hourly(
    stage: Stage, name: str, parts: Sequence[Part], rates: Sequence[Hourly | None], site: Hourly | None = None
) -> Iterator[Derived]:
    """Yield chip-hours times what one of them takes, if that is known of all chips of the stage.

    Parameters
    ----------
    rates : sequence
        W or USD of one chip-hour, by part.
    site : Hourly, optional
        For energy, what the site takes for each Wh of its servers.
    """
    known = [one for one in rates if one is not None]
    if len(known) < len(rates):
        return
    each = () if site is None else (*site.term, constant("MWh per Wh", Fraction(1, 10**6), "definition"))
    terms = tuple((*term, *one.term, *each) for one, (_, _, terms) in zip(known, parts, strict=True) for term in terms)
    used = known if site is None else [*known, site]
    said = "; ".join(dict.fromkeys(one.remark for one in used))
    remark = f"{said}; {BOUNDARY if site is not None else MARKET}"
    own = site is None and not any(one.sources for one in known)
    sources = tuple(dict.fromkeys(cite for one in used for cite in one.sources))
    yield Derived(stage.name, name, SUMMED[name], terms, said if own else remark, sources)


def _said(group: Sequence[Derived], stages: Sequence[str], loaded: LoadedPlan) -> str | None:
    """Return which stages a sum leaves out, and which it counts only where they run."""
    found = {one.stage for one in group}
    missing = [f"`{stage}`" for stage in stages if stage not in found]
    unsure = [f"`{stage.name}`" for stage in loaded.plan.stage if stage.name in found and stage.happens is not None]
    parts = [f"without {', '.join(missing)}, where it is not known"] if missing else []
    parts += [f"nothing of {', '.join(unsure)} where it does not happen"] if unsure else []
    return "; ".join(parts) or None


def _idle(loaded: LoadedPlan, derived: Sequence[Derived]) -> Iterator[Diagnostic]:
    """Yield keys about power and price that nothing rests on."""
    having = {(one.stage, one.name) for one in derived}
    for stage in loaded.plan.stage:
        given = [
            key for key in _ASKED
            if any(getattr(machine, key, None) not in (None, DEFAULT) for machine in (stage, *several(stage)))
        ]  # fmt: skip
        idle = [key for key in given if (stage.name, "cost" if key == "price" else "energy") not in having]
        if idle:
            text = f"`{stage.name}`: nothing rests on {', '.join(f'`{key}`' for key in idle)}: "
            if (stage.name, "chip_hours") in having:
                yield Diagnostic("W126", text + "the power or the price of some of its chips is not known")
            else:
                hint = "give chips and a time, `chip_hours`, or a utilization beside `tokens`"
                yield Diagnostic("W126", text + "its chip-hours are not known", hint=hint)
