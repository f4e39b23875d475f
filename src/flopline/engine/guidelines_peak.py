"""The hardware route as the Commission's Guidelines write it for chips of several types (Annex A.2.1).

C = N L H U, in which H is one peak for all units: the mean of the types, weighted by the number of units of each. With
groups that work for different times or at different utilizations it is not the sum over the groups.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from flopline.distributions import median
from flopline.engine.factors import Derived, Factor, Term, exactly
from flopline.engine.machines import ANNEX, groups, peak
from flopline.engine.quantities import Quantities, constant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.plan import Stage

_WORTH_SAYING: Final = Fraction(1, 100)
"""Relative difference from the sum over groups from which on the other figure is shown."""


def weighted_peak(stage: Stage, kept: tuple[Term, ...], quantities: Quantities) -> Iterator[Derived]:
    """Yield the FLOP of a stage's groups of chips at one peak for all, where that differs by more than one per cent.

    The weights are the numbers of units, at their medians. Chip-hours alone do not tell a number, and a rate that was
    achieved needs no peak.

    Parameters
    ----------
    kept : tuple of Term
        The kept FLOP of each group, in their order, for each activity that the stage is split into.
    """
    machines = list(groups(stage))
    if stage.either or len(machines) < 2 or len(kept) % len(machines):
        return
    if any(machine.chips is None or machine.chip_hours is not None for machine, _ in machines):
        return
    units = [_middle(quantities.factor(f"{name}.chips")) for _, name in machines]
    peaks = [peak(stage, machine, name, quantities) for machine, name in machines]
    each = peaks * (len(kept) // len(machines))
    if any(own not in term for own, term in zip(each, kept, strict=True)):
        return
    mean = sum((n * _middle(one) for n, one in zip(units, peaks, strict=True)), Fraction(0)) / sum(units)
    one_for_all = constant("dense peak, weighted by numbers of units", mean, ANNEX)
    terms = tuple(
        tuple(one_for_all if factor == own else factor for factor in term) for term, own in zip(kept, each, strict=True)
    )
    ratio = _at_medians(terms) / _at_medians(kept)
    if abs(ratio - 1) > _WORTH_SAYING:
        weighted = f"one peak for all units, weighted by their numbers ({ANNEX})"
        remark = f"{weighted}: {_percent(ratio)} than the sum over groups, which counts"
        yield Derived(stage.name, "weighted_peak", "FLOP", terms, remark, (ANNEX,))


def _at_medians(terms: tuple[Term, ...]) -> Fraction:
    """Return a sum of products with every quantity at its median."""
    total = Fraction(0)
    for term in terms:
        product = Fraction(1)
        for factor in term:
            value = _middle(factor)
            product *= value if factor.transform is None else factor.transform.of(value)
        total += product
    return total


def _middle(factor: Factor) -> Fraction:
    """Return the median of a factor, before its transform."""
    if isinstance(factor.amount, (int, Fraction)):
        return Fraction(factor.amount)
    return exactly(median(factor.amount))


def _percent(ratio: Fraction) -> str:
    change = float(ratio - 1)
    return f"{100 * abs(change):.3g} % {'more' if change > 0 else 'less'}"
