"""The parts of a plan's sums of products, before they become arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from flopline.distributions import Distribution, is_fixed, median

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.kernels.records import Floats
    from flopline.regimes import Attributes

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Transform:
    """A monotone positive function of an uncertain quantity, with a name that identifies it.

    Attributes
    ----------
    name : str
        Two factors with the same quantity and the same transform are the same variable.
    function : callable
        Array to array.
    exact : callable, optional
        The same on an exact number, where the result is exact too.
    """

    name: str
    function: Callable[[Floats], Floats]
    exact: Callable[[Fraction], Fraction] | None = None

    def of(self, value: Fraction) -> Fraction:
        """Return the transform of a certain value, exactly where it can be."""
        if self.exact is not None:
            return self.exact(value)
        return Fraction(float(self.function(np.array([float(value)]))[0]))


@dataclass(frozen=True, slots=True)
class Event(Transform):
    """One of several things of which exactly one happens: 1 where it is this one, 0 where it is another.

    Attributes
    ----------
    index : int
        Which of the values of a choice.
    """

    index: int = 0


COMPLEMENT = Transform("complement", lambda x: 1 - x, lambda x: 1 - x)
# A capacity below one pads nothing; an amount of zero has no logarithm.
EXCESS = Transform("excess over one", lambda x: np.maximum(x - 1, 1e-12), lambda x: max(x - 1, Fraction(0)))
ODDS = Transform("odds", lambda x: x / (1 - x), lambda x: x / (1 - x))


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a product.

    Attributes
    ----------
    name : str
        The quantity's dotted name in the plan (`pretrain.tokens`), or what a constant is (`FLOP per token`).
    amount : Distribution or exact number
        Its value.
    exponent : int
        Its power.
    transform : Transform, optional
        Applied before the power.
    source : str
        Where the value comes from: the plan, a formula, a catalogue entry, a prior.
    part_of : Distribution, optional
        The mixture that the amount is a part of.
    """

    name: str
    amount: Distribution | Number
    exponent: int = 1
    transform: Transform | None = None
    source: str = "plan"
    part_of: Distribution | None = None

    @property
    def certain(self) -> Fraction | None:
        """The factor's exact value with transform and power, or None if it is uncertain."""
        if isinstance(self.amount, (int, Fraction)):
            value = Fraction(self.amount)
        elif is_fixed(self.amount):
            value = exactly(median(self.amount))
        else:
            return None
        if self.transform is not None:
            value = self.transform.of(value)
        return value**self.exponent


def exactly(value: float) -> Fraction:
    """Return the decimal that a person wrote, from the double nearest to it.

    The shortest decimal that reads back as the double is what was written, up to 15 digits; so `3e24 + 3e24 +
    4e24` is exactly `1e25`, and no rounding of ours moves a run across a line.
    """
    return Fraction(repr(value))


Term = tuple[Factor, ...]
"""One product."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of a stage that laws may treat on its own: a sum of products with its attributes.

    Attributes
    ----------
    stage : str
        Name of its stage.
    attributes : Attributes
        Activity, actor, relation, fate, public, phase.
    method : str
        `tokens`, `machine`, `flop`, `generation` or `base`.
    terms : tuple of Term
        The products that add up to its FLOP.
    formula : str
        In words.
    accompanies : Attributes, optional
        What it happens in the course of: recomputation inside an exploratory run counts no further than the run.
    exact : bool
        Counted by the ledger of a configuration, which leaves elementwise operations out.
    run : str, optional
        Name of the ancestor run that it is.
    """

    stage: str
    attributes: Attributes
    method: str
    terms: tuple[Term, ...]
    formula: str
    accompanies: Attributes | None = None
    exact: bool = False
    run: str | None = None

    def times(self, *factors: Factor) -> tuple[Term, ...]:
        """Return its products, each multiplied by further factors."""
        return tuple((*term, *factors) for term in self.terms)


def lost(attributes: Attributes) -> Attributes:
    """Return the attributes of steps that were executed and lost again."""
    return replace(attributes, fate="lost")


def inverse(term: Term) -> Term:
    """Return one divided by a product."""
    return tuple(replace(factor, exponent=-factor.exponent) for factor in term)


@dataclass(frozen=True, slots=True)
class Derived:
    """A quantity that follows from the plan and enters no line: duration, energy, implied utilization.

    Attributes
    ----------
    stage, name : str
        Whose, and which.
    unit : str
        `days`, `share`, `chip-hours`, `FLOP`.
    terms : tuple of Term
        The products that add up to it.
    remark : str, optional
        What it rests on, in words.
    sources : tuple of str
        Citations of what the plan does not say itself.
    """

    stage: str
    name: str
    unit: str
    terms: tuple[Term, ...]
    remark: str | None = None
    sources: tuple[str, ...] = ()
