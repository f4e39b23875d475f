"""A stage whose run was measured twice: `relation = "independent"`.

The kept products of the token count give way to one fused amount, and whatever else the stage computes keeps its ratio
to them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flopline.distributions import Choice, Distribution, Fixed, Mixture, Samples
from flopline.engine.factors import Derived, Entry, Factor, Term, inverse
from flopline.engine.fusing import LEAST_TAIL, Fused, Side, fuse, summary
from flopline.engine.machines import machine_entries
from flopline.errors import Place, PlanError
from flopline.plan import LoadedPlan, Stage, amounts_of_plan, settle
from flopline.quantity import scientific, significant
from flopline.utilization import discrepancy

if TYPE_CHECKING:
    from flopline.engine.quantities import Quantities

PLAN_WIDE: Final = frozenset({"default availability", "default rework", "benchmark ratio", "tensor-pipe ratio"})
"""Defaults that stages share; what a fused run tells of them stays with it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A stage that was measured twice.

    Attributes
    ----------
    stage : Stage
    names : frozenset of str
        Uncertain quantities behind either measurement.
    """

    stage: Stage
    names: frozenset[str]


def fused_entries(
    stage: Stage, mine: tuple[Entry, ...], quantities: Quantities
) -> tuple[tuple[Entry, ...], tuple[Derived, ...], Measured]:
    """Return the entries of a stage with both measurements in them, and the two beside.

    Parameters
    ----------
    mine : tuple of Entry
        As the tokens count them; the first is the kept one.

    Raises
    ------
    PlanError
        The measurements contradict each other (E339) or share a quantity (E338).
    """
    kept = mine[0]
    machine = next(machine_entries(stage, kept.attributes, quantities)).terms
    tokens = Side.of(kept.terms)
    other = Side.of(machine)
    _apart(stage, tokens, other)
    found = fuse(tokens, other, discrepancy().sigma)
    if found.tail < LEAST_TAIL:
        raise _conflict(stage, found, kept.terms, machine)
    sides = (
        Derived(stage.name, "counted_by_tokens", "FLOP", kept.terms, _weight(found.weight)),
        Derived(stage.name, "counted_by_machine", "FLOP", machine, f"{_weight(1 - found.weight)}; {_gap(found)}"),
    )
    names = tokens.names | other.names
    if found.amount is None:
        return tuple(replace(entry, method="fused") for entry in mine), sides, Measured(stage, names)
    factor = Factor(
        f"{stage.name}.fused", found.amount, source=f"tokens and machine fused: {discrepancy().source.cite}"
    )
    own = tuple(_with(entry, kept.terms[0], factor) for entry in mine)
    return own, sides, Measured(stage, names)


def _with(entry: Entry, kept: Term, fused: Factor) -> Entry:
    """Return an entry with the fused amount for the kept product, and its ratio to it."""
    terms = tuple((fused, *cancelled(term + inverse(kept))) for term in entry.terms)
    formula = "tokens and machine, fused" if entry.terms == (kept,) else f"{entry.formula}, of the fused amount"
    return replace(entry, method="fused", terms=terms, formula=formula)


def cancelled(term: Term) -> Term:
    """Return a product without the factors that it multiplies and divides by."""
    powers: dict[Factor, int] = {}
    for factor in term:
        base = replace(factor, exponent=1)
        powers[base] = powers.get(base, 0) + factor.exponent
    return tuple(replace(base, exponent=power) for base, power in powers.items() if power)


def _weight(share: float) -> str:
    return f"weight {100 * share:.0f} %"


def _gap(found: Fused) -> str:
    return f"two counts of one run lie at least so far apart with probability {found.tail:.2g}"


def _apart(stage: Stage, tokens: Side, machine: Side) -> None:
    both = sorted(tokens.names & machine.names)
    if both:
        message = f"`{both[0]}` is behind both measurements of stage `{stage.name}`: they are not independent"
        raise _error(message, "E338", "give it as one number, or count by one of the two")
    if any(discrete(one.amount) for _, parts in tokens.terms for one in parts):
        message = f"stage `{stage.name}`: a token count given as samples or single values cannot be fused"
        raise _error(message, "E338", "give it as an interval or by its quantiles")


def discrete(amount: Distribution) -> bool:
    """Return whether a quantity may be exactly some value."""
    if isinstance(amount, Mixture):
        return any(discrete(part) for part in amount.parts)
    return isinstance(amount, (Fixed, Samples, Choice))


def check_apart(one: Measured, entries: list[Entry], loaded: LoadedPlan) -> None:
    """Refuse quantities of a fused stage that anything else in the plan rests on: it would have to learn from the run.

    Raises
    ------
    PlanError
        With the name of the quantity (E338).
    """
    elsewhere = {
        factor.name for entry in entries if entry.stage != one.stage.name for term in entry.terms
        for factor in term if factor.certain is None
    }  # fmt: skip
    common = sorted((one.names & elsewhere) - PLAN_WIDE)
    if common:
        message = f"`{common[0]}` is behind the measurements of stage `{one.stage.name}`, and another stage rests on it"
        raise _error(message, "E338", "give it as one number, or each stage a quantity of its own")
    amounts = amounts_of_plan(loaded.plan)
    for correlation in loaded.plan.correlation:
        names = [settle(name, loaded.plan, amounts)[0] for name in correlation.between]
        if one.names.intersection(names):
            message = f"a correlation names `{correlation.between[0]}`, and stage `{one.stage.name}` is fused"
            raise _error(message, "E338", "leave the correlation out: both measurements stand for themselves")


def _conflict(stage: Stage, found: Fused, tokens: tuple[Term, ...], machine: tuple[Term, ...]) -> PlanError:
    (one, *by_tokens), (other, *by_machine) = summary(Side.of(tokens)), summary(Side.of(machine))
    message = (
        f"stage `{stage.name}`: its tokens give {_shown(one, by_tokens)} and its machine {_shown(other, by_machine)}, "
        f"{significant(other / one)} times as much; {_gap(found)}, so that one of the two is wrong"
    )
    hint = 'find which one; `relation = "tokens-bound"` counts the tokens, `"time-bound"` the machine'
    return _error(message, "E339", hint)


def _shown(median: float, ends: list[float]) -> str:
    return f"{scientific(median)} FLOP ({scientific(ends[0])} .. {scientific(ends[1])})"


def _error(message: str, code: str, hint: str) -> PlanError:
    return PlanError(message, code=code, hint=hint, place=Place(key="relation"))
