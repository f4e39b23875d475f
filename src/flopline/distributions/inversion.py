"""Probabilities of any distribution, and the quantiles of mixtures, whose probabilities are weighted sums."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.distributions.atoms import atom_at, weighted
from flopline.distributions.curves import log_tails_of, value_at
from flopline.distributions.mixtures import Choice, Distribution, Mixture
from flopline.distributions.models import Fixed, Samples
from flopline.kernels.special import normal_log_tails, normal_quantile_of_log

if TYPE_CHECKING:
    from flopline.kernels.records import Floats

_MOST_STEPS: Final = 2_200
"""Halvings after which two doubles are next to one another, wherever they began."""


def log_tails(d: Distribution, x: float) -> tuple[float, float]:
    """Return ln P(X <= x) and ln P(X > x), each with the digits of its own tail.

    Parameters
    ----------
    d : Distribution
    x : float
        A value; beyond the support one of the two is minus infinity.
    """
    if isinstance(d, Fixed):
        return (0.0, -math.inf) if d.value <= x else (-math.inf, 0.0)
    if isinstance(d, (Samples, Choice)):
        values, weights = weighted(d)
        return _log(float(weights[values <= x].sum())), _log(float(weights[values > x].sum()))
    if isinstance(d, Mixture):
        tails = [log_tails(part, x) for part in d.parts]
        below, above = (
            [math.log(weight) + tail[side] for weight, tail in zip(d.weights, tails, strict=True)] for side in (0, 1)
        )
        return min(float(np.logaddexp.reduce(below)), 0.0), min(float(np.logaddexp.reduce(above)), 0.0)
    return log_tails_of(d, x)


def score(d: Distribution, x: float) -> float:
    """Return the normal score z with P(Z <= z) = P(X <= x), infinite beyond the support."""
    below, above = log_tails(d, x)
    smaller = float(normal_quantile_of_log(np.array(min(below, above))))
    return smaller if below < above else -smaller


def mixed_at(d: Mixture, z: Floats) -> Floats:
    """Return the smallest x whose probability P(X <= x) reaches P(Z <= z), at each score.

    It lies between the least and the greatest of the parts' own values there, where halving finds it: a mixture may
    have gaps and jumps, which derivatives would stumble over.
    """
    own = np.array([at_scores(part, z) for part in d.parts])
    below, above = normal_log_tails(z)
    found = [
        _inverted(d, float(low), float(high), lower=float(p), upper=float(q) if score >= 0 else None)
        for low, high, p, q, score in zip(own.min(axis=0), own.max(axis=0), below, above, z, strict=True)
    ]
    return np.array(found)


def at_scores(d: Distribution, z: Floats) -> Floats:
    """Return x at each of a flat array of scores."""
    if isinstance(d, Fixed):
        return np.full_like(z, d.value)
    if isinstance(d, (Samples, Choice)):
        return atom_at(d, z)
    return mixed_at(d, z) if isinstance(d, Mixture) else value_at(d, z)


def _inverted(d: Mixture, low: float, high: float, *, lower: float, upper: float | None) -> float:
    """Return the least x in [low, high] whose lower tail reaches `lower`, or upper tail falls to `upper`."""

    def reached(x: float) -> bool:
        below, above = log_tails(d, x)
        return below >= lower if upper is None else above <= upper

    if low == high or not math.isfinite(high) or reached(low):
        return low
    for _ in range(_MOST_STEPS):
        middle = math.sqrt(low) * math.sqrt(high) if low > 0 and high > 2 * low else 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _log(p: float) -> float:
    return math.log(p) if p > 0 else -math.inf
