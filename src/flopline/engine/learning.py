"""What a run under way teaches about what is left of it.

How much is done conditions the amount itself, where the plan's amounts are read. Here is what a measurement says about
a speed: of the FLOP so far about the FLOP of each token or hour, of the utilization so far about the utilization. Both
are taken to go on as they were, known with the error of the measurement: ln(rate) = ln(measured) + N(0, sigma), on
which the plan's own distribution is conditioned as two counts of one run are fused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.distributions import Distribution, Fixed, describe, interval, is_fixed, median, tail_score
from flopline.engine.factors import Factor, inverse
from flopline.engine.fusing import LEAST_TAIL, Side, fuse
from flopline.engine.independent import Measured, cancelled, discrete
from flopline.engine.machines import default_utilization
from flopline.engine.quantities import OBSERVED, Quantities
from flopline.engine.stage_entries import stage_entries
from flopline.errors import PlanError
from flopline.literals import Shared
from flopline.plan.under_way import TIME, growing_key
from flopline.utilization import discrepancy

if TYPE_CHECKING:
    from flopline.engine.factors import Entry, Term
    from flopline.plan import LoadedPlan, Stage

_LEVEL: Final = 0.9
_EXACT: Final = 1e-3
"""Error that a measurement without one is given where it has to be found likely or not."""
_HINT: Final = "write in the plan what was measured, or a range that holds it"


@dataclass(frozen=True)
class Learning:
    """A plan's quantities, as far as it is under way given what was measured.

    Attributes
    ----------
    quantities : Quantities
    rates : dict of str to (Term, Factor)
        By stage: several uncertain factors, and the one that stands for them.
    measured : dict of int to Measured
        By index of the stage: the quantities that nothing else may rest on.
    """

    quantities: Quantities
    rates: dict[str, tuple[Term, Factor]] = field(default_factory=dict)
    measured: dict[int, Measured] = field(default_factory=dict)

    def entries(self, stage: Stage, mine: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Return the entries of a stage with what was measured in the place of several factors."""
        if stage.name not in self.rates:
            return mine
        known, rate = self.rates[stage.name]
        names = {factor.name for factor in known}

        def of(term: Term) -> Term:
            rests = any(factor.name in names for factor in term)
            return (rate, *cancelled(term + inverse(known))) if rests else term

        return tuple(replace(entry, terms=tuple(of(term) for term in entry.terms)) for entry in mine)


def learning(loaded: LoadedPlan) -> Learning:
    """Return what is known of a plan's quantities.

    Raises
    ------
    PlanError
        A measurement contradicts the plan (E395).
    """
    learned = Learning(Quantities.of(loaded))
    for index, stage in enumerate(loaded.plan.stage):
        for key, teach in (("utilization", _from_utilization), ("flop", _from_flop)):
            try:
                learned = teach(stage, index, learned)
            except PlanError as error:
                at = loaded.document.place(("stage", index, "observed", key))
                raise PlanError.of(problem.at(at) for problem in error.diagnostics) from error
    return learned


def quantities_of(loaded: LoadedPlan) -> Quantities:
    """Return the quantities of a plan given what was observed."""
    return learning(loaded).quantities


def _from_utilization(stage: Stage, _: int, so_far: Learning) -> Learning:
    seen, quantities = stage.observed, so_far.quantities
    if seen is None or seen.utilization is None or isinstance(seen.utilization.amount, Shared):
        return so_far
    name = f"{stage.name}.utilization"
    if stage.utilization is None:
        factor = quantities.prior(name, default_utilization(stage, stage, quantities.plan.model))
    else:
        factor = quantities.factor(name)
    return _one(factor, _logarithm(seen.utilization.amount), so_far)


def _from_flop(stage: Stage, index: int, so_far: Learning) -> Learning:
    key, seen = growing_key(stage), stage.observed
    if key is None or seen is None or seen.flop is None or (key in TIME and seen.utilization is not None):
        return so_far  # a machine's utilization is its FLOP so far, said in another way
    grown = so_far.quantities.factor(f"{stage.name}.{key}").name
    (term, *_) = next(iter(stage_entries(stage, so_far.quantities))).terms
    open_ = tuple(factor for factor in term if factor.certain is None and factor.name != grown)
    known = math.prod((value for factor in term if (value := factor.certain) is not None and factor.name != grown),
                      start=Fraction(1))  # fmt: skip
    center, sigma = _logarithm(seen.flop)
    rate = center - math.log(known) - math.log(seen.done[key])
    if not open_:
        _check_count(rate, sigma, key)
        return so_far
    if len(open_) == 1 and open_[0].transform is None and abs(open_[0].exponent) == 1:
        return _one(replace(open_[0], exponent=1), (open_[0].exponent * rate, sigma), so_far)
    amount = _posterior(open_, (rate, sigma))
    factor = Factor(f"{stage.name}.observed", amount, source=OBSERVED)
    names = frozenset(one.name for one in open_)
    return replace(
        so_far,
        rates={**so_far.rates, stage.name: (open_, factor)},
        measured={**so_far.measured, index: Measured(stage, names)},
    )


def _check_count(rate: float, sigma: float, key: str) -> None:
    """Refuse FLOP so far that lie farther from those which are counted for the amount so far than runs differ."""
    tail = math.erfc(abs(rate) / math.sqrt(2 * (sigma**2 + discrepancy().sigma ** 2)))
    if tail < LEAST_TAIL:
        message = (
            f"the FLOP so far are {quantity.significant(math.exp(rate))} times those that are counted for the `{key}` "
            f"so far: so far apart they are with probability {tail:.2g}"
        )
        raise PlanError(message, code="E395", hint="one of the two is wrong: another model, or other FLOP")


def _one(factor: Factor, measured: tuple[float, float], so_far: Learning) -> Learning:
    """Return what is known once one quantity was measured."""
    if factor.certain is not None:
        return so_far
    amount = _posterior((factor,), measured)
    quantities = so_far.quantities
    return replace(so_far, quantities=replace(quantities, learned={**quantities.learned, factor.name: amount}))


def _posterior(factors: Term, measured: tuple[float, float]) -> Distribution:
    """Return a product of uncertain factors given a measurement of it."""
    center, sigma = measured
    names = " and ".join(f"`{factor.name}`" for factor in factors)
    amounts = [factor.amount for factor in factors if not isinstance(factor.amount, (int, Fraction))]
    if any(discrete(amount) for amount in amounts):
        message = f"{names} can be single values only, among which a measurement does not decide"
        raise PlanError(message, code="E395", hint="write the one that it turned out to be")
    found = fuse(Side.of((factors,)), Side(((center, ()),)), max(sigma, _EXACT))
    if found.tail < LEAST_TAIL or found.amount is None:
        said = " times ".join(_described(factor) for factor in factors)
        message = (
            f"the run so far shows {quantity.significant(math.exp(center))} for {names}, and the plan gives {said}: "
            f"so far apart they are with probability {found.tail:.2g}"
        )
        raise PlanError(message, code="E395", hint=_HINT)
    return Fixed(value=math.exp(center)) if sigma == 0.0 else found.amount


def _described(factor: Factor) -> str:
    """Return an uncertain factor as a message names it."""
    if isinstance(factor.amount, (int, Fraction)):
        return quantity.significant(float(factor.amount))
    said = describe(factor.amount, quantity.significant)
    return said if factor.transform is None else f"{factor.transform.name} of {said}"


def _logarithm(measured: Distribution) -> tuple[float, float]:
    """Return mean and standard deviation of the logarithm of a measurement, from its median and its 90 % interval."""
    if is_fixed(measured):
        return math.log(median(measured)), 0.0
    low, high = interval(measured, _LEVEL)
    return math.log(median(measured)), math.log(high / low) / (2 * tail_score(_LEVEL))
