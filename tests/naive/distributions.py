"""Slow and obvious twins of the distributions: sums, roots and areas instead of clever formulas."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from scipy import integrate, optimize, stats


def whole_beta_tail(x: float, a: int, b: int) -> float:
    """ln I_x(a, b) for whole a and b: a binomial sum in exact fractions, rounded once."""
    share, n = Fraction(x), a + b - 1
    tail = sum(math.comb(n, j) * share**j * (1 - share) ** (n - j) for j in range(a, n + 1))
    return log_of_fraction(tail)


def log_of_fraction(value: Fraction) -> float:
    """The logarithm of a positive fraction that may be far below the smallest double."""
    shift = value.numerator.bit_length() - value.denominator.bit_length()
    scaled = value / Fraction(2) ** shift
    return math.log(scaled) + shift * math.log(2)


def conditioned_quantile(d, low: float, high: float, p: float) -> float:
    """Quantile of a SciPy distribution conditioned on low..high, by bisection on its areas."""
    if p <= 0.5:
        whole = d.cdf(high) - d.cdf(low)
        return optimize.brentq(lambda x: (d.cdf(x) - d.cdf(low)) / whole - p, low, high, xtol=1e-300, rtol=1e-15)
    whole = d.sf(low) - d.sf(high)
    return optimize.brentq(lambda x: 1 - p - (d.sf(x) - d.sf(high)) / whole, low, high, xtol=1e-300, rtol=1e-15)


def mean_of_quantiles(value_at, step: float = 1e-4) -> float:
    """The mean as the area under the quantile function, by adaptive quadrature over the score."""
    area = integrate.quad(
        lambda z: float(value_at(z)) * stats.norm.pdf(z), -12, 12, points=[0.0], limit=400, epsabs=0, epsrel=step**3
    )
    return area[0]


def hermite(knots, values, slopes, z):
    """A cubic Hermite table read off one point at a time, in a straight line beyond its ends."""
    if z <= knots[0]:
        return values[0] + slopes[0] * (z - knots[0])
    if z >= knots[-1]:
        return values[-1] + slopes[-1] * (z - knots[-1])
    cell = max(k for k in range(len(knots) - 1) if knots[k] <= z)
    h = knots[cell + 1] - knots[cell]
    t = (z - knots[cell]) / h
    return (
        (1 + 2 * t) * (1 - t) ** 2 * values[cell]
        + t * (1 - t) ** 2 * h * slopes[cell]
        + t**2 * (3 - 2 * t) * values[cell + 1]
        + t**2 * (t - 1) * h * slopes[cell + 1]
    )


def empirical_quantile(values, p: float) -> float:
    """The smallest value with at least a share p of the values at or below it."""
    return min(v for v in values if np.mean(np.asarray(values) <= v) >= p)
