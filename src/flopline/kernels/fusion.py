"""Two independent measurements of one logarithm, combined on a lattice of equal cells.

A measurement is a mass function on the lattice, x = (first + i) step. With f and g the densities of the two and
delta ~ N(0, sigma) what may lie between them, the posterior density of the first is f(x) (g * N(0, sigma^2))(x) up to
a constant (Bayes' theorem for a likelihood that is the second measurement).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flopline.kernels.special import normal_cdf, normal_quantile

if TYPE_CHECKING:
    from flopline.kernels.records import Floats

_FAR = 12.0
"""Standard deviations after which a normal kernel is cut."""
REACH = 5.95
POINTS = 239
"""Scores between which quantiles of a posterior are given, and how many; both tails there are above 1e-9."""


class Masses(NamedTuple):
    """Probabilities at (first + i) x step of a common lattice.

    Attributes
    ----------
    first : int
        Place of the first of them.
    mass : (n,) array
    """

    first: int
    mass: Floats


def spread(values: Floats, weights: Floats, step: float) -> Masses:
    """Return weighted points shared between the two places of the lattice next to each, which keeps their mean."""
    place = values / step
    low = np.floor(place).astype(np.int64)
    above = place - low
    first = int(low.min())
    size = int(low.max()) - first + 2
    mass = np.zeros(size)
    np.add.at(mass, low - first, weights * (1.0 - above))
    np.add.at(mass, low - first + 1, weights * above)
    return Masses(first, mass)


def added(one: Masses, other: Masses) -> Masses:
    """Return the masses of the sum of two independent quantities."""
    return Masses(one.first + other.first, np.convolve(one.mass, other.mass))


def normal(sigma: float, step: float) -> Masses:
    """Return the masses of a normal distribution around zero; a lattice finer than sigma / 2 holds it to rounding."""
    reach = int(np.ceil(_FAR * sigma / step))
    places = np.arange(-reach, reach + 1) * (step / sigma)
    weights = np.exp(-0.5 * places * places)
    return Masses(-reach, weights / weights.sum())


def agreement(one: Masses, other: Masses) -> float:
    """Return the two-sided tail probability of zero in the difference of two independent quantities.

    Half of the mass at zero itself is counted to either side.
    """
    lengths = len(one.mass), len(other.mass)
    difference = np.convolve(one.mass, other.mass[::-1])
    zero = other.first + lengths[1] - 1 - one.first
    if not 0 <= zero < len(difference):
        return 0.0
    below = float(difference[:zero].sum() + 0.5 * difference[zero])
    above = float(difference[zero + 1 :].sum() + 0.5 * difference[zero])
    return min(1.0, 2.0 * min(below, above) / (below + above))


def posterior(one: Masses, likelihood: Masses) -> Masses:
    """Return the masses of the first quantity after a likelihood has been seen, not normalized."""
    places = one.first + np.arange(len(one.mass)) - likelihood.first
    inside = (places >= 0) & (places < len(likelihood.mass))
    seen = np.where(inside, likelihood.mass[np.clip(places, 0, len(likelihood.mass) - 1)], 0.0)
    return Masses(one.first, one.mass * seen)


def quantiles(found: Masses, step: float) -> tuple[Floats, Floats]:
    """Return increasing probabilities, and the values of a mass function there.

    Each tail is summed from its own end, so that neither drowns in the other.
    """
    kept = np.flatnonzero(found.mass > 0.0)
    mass = found.mass[kept] / found.mass[kept].sum()
    lower = np.cumsum(mass) - 0.5 * mass
    upper = np.cumsum(mass[::-1])[::-1] - 0.5 * mass
    scores = np.where(lower < upper, normal_quantile(lower), -normal_quantile(np.minimum(upper, 1.0)))
    values = (found.first + kept) * step
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(scores)) > 0.0])
    scores, values = scores[rising], values[rising]
    asked = np.linspace(-REACH, REACH, POINTS)
    asked = asked[(asked >= scores[0]) & (asked <= scores[-1])]
    return normal_cdf(asked), np.interp(asked, scores, values)
