"""What happens or not, and which of several things it is: factors that are one or as good as nothing.

Which part of a mixture is meant, whether a stage runs, which of several machines is used: each is a choice on a normal
score of its own, independent of all else. Every product that depends on it has the factor of its case, so that in
every draw the products of exactly one case count.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.distributions import Choice, Mixture
from flopline.engine.factors import Event, Factor, Term
from flopline.errors import EngineError
from flopline.plan import happening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flopline.kernels.records import Floats
    from flopline.plan import Plan, Stage

MOST_CASES: Final = 96
"""Products that the mixtures of one product may multiply into: more than this no plan can have."""


def which_part(name: str) -> str:
    """Return the name of what decides which part of a mixture a quantity is."""
    return f"{name} (which part)"


@lru_cache(maxsize=256)
def _case(index: int) -> Event:
    """Return the function that is 1 at one value of 1, 2, 3, ... and 0 at the others."""

    def function(x: Floats) -> Floats:
        return np.asarray(x == index + 1, dtype=np.float64)

    return Event(f"case {index + 1}", function, index=index)


def case(name: str, weights: Sequence[float], index: int, source: str = "plan") -> Factor:
    """Return the factor that is one where the case `index` of several happens.

    Parameters
    ----------
    name : str
        What is decided: factors of one name belong together.
    weights : sequence of float
        Probabilities of all cases.
    """
    cases = Choice(values=tuple(range(1, len(weights) + 1)), weights=tuple(weights))
    return Factor(name, cases, 1, _case(index), source)


def event(name: str, probability: float, *, happens: bool = True) -> Factor:
    """Return the factor that is one where something happens, or where it does not."""
    return case(name, (probability, 1 - probability), 0 if happens else 1)


def any_of(events: Sequence[tuple[str, float]]) -> Iterator[Term]:
    """Yield products, exactly one of which is one where at least one of several events happens."""
    for place, one in enumerate(events):
        yield (*(event(*other, happens=False) for other in events[:place]), event(*one))


def running(stage: Stage, plan: Plan) -> Term:
    """Return the factor that is one where a stage runs, or no factor for a stage that surely does."""
    found = happening(stage, plan)
    return () if found is None else (event(*found),)


def unconditioned(terms: tuple[Term, ...], stage: Stage, plan: Plan) -> tuple[Term, ...]:
    """Return the products of a stage as they are if it runs."""
    found = happening(stage, plan)
    if found is None:
        return terms
    return tuple(tuple(factor for factor in term if factor.name != found.name) for term in terms)


def parted(term: Term) -> tuple[Term, ...]:
    """Return a product with mixtures in it as one product for every combination of their parts.

    Factors of one quantity, such as a share and its complement, are of the same part.

    Raises
    ------
    EngineError
        More products than the engine takes.
    """
    mixed = {factor.name: factor.amount for factor in term if isinstance(factor.amount, Mixture)}
    count = math.prod(len(mixture.parts) for mixture in mixed.values())
    if count > MOST_CASES:
        names = ", ".join(f"`{name}`" for name in mixed)
        message = f"the parts of {names} combine into {count} products; the engine takes {MOST_CASES}"
        raise EngineError(message, hint="give what hardly matters as one distribution instead of a mixture")
    found = [term]
    for name, mixture in mixed.items():
        found = [_part(one, name, mixture, index) for one in found for index in range(len(mixture.parts))]
    return tuple(found)


def _part(term: Term, name: str, mixture: Mixture, index: int) -> Term:
    """Return a product in which one mixture is what its part says."""
    chosen = tuple(
        replace(factor, amount=mixture.parts[index], part_of=mixture) if factor.name == name else factor
        for factor in term
    )
    return (*chosen, case(which_part(name), mixture.weights, index))
