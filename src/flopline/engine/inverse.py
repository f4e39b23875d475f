"""The largest place at which a rising probability keeps to a limit: Newton's method on normal scores, in a bracket.

The normal score of P is nearly straight in the logarithm of what multiplies a total (exactly straight for one product
of lognormals), so that two or three evaluations with a gradient are enough. Where there is none, secants are followed,
and where neither helps the bracket is halved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from flopline.kernels.special import normal_log_density, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

MOST: Final = 80
"""Evaluations of one search."""
NARROW: Final = 1e-7
"""Width of a bracket, in logarithms, below which its lower end is the answer."""
_CLOSE: Final = 1e-3
"""Part of the limit, beside the numerical error, that an answer may leave unused."""
_EXACT: Final = 1e-9
"""The same where the probability has no numerical error."""
_PATIENCE: Final = 8
"""Evaluations after which every other one halves the bracket."""
_STRIDE: Final = math.log(2.0)
_LEAST: Final = 1e-300


class Probe(NamedTuple):
    """P at one place.

    Attributes
    ----------
    at : float
        The place: a logarithm.
    probability, complement, error : float
        P, 1 - P, and the standard error of both.
    slope : float or None
        dP / d place, where it is known.
    """

    at: float
    probability: float
    complement: float
    error: float
    slope: float | None = None

    def keeps(self, limit: float) -> bool:
        """Return whether P is at or below a limit with its error added."""
        return self.probability + self.error <= limit

    @property
    def score(self) -> float:
        """The normal score of P, from whichever tail is smaller."""
        tail = float(normal_quantile(np.array(max(min(self.probability, self.complement), _LEAST))))
        return tail if self.probability <= self.complement else -tail


@dataclass(frozen=True, slots=True)
class Found:
    """Where a search ended.

    Attributes
    ----------
    probe : Probe or None
        The largest place found that keeps to the limit; None where every place that was tried is above it.
    evaluations : int
    """

    probe: Probe | None
    evaluations: int


def largest(
    ask: Callable[[float], Probe],
    limit: float,
    guess: float,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    below: Probe | None = None,
    narrow: float = NARROW,
) -> Found:
    """Return the largest place at which P keeps to a limit.

    Parameters
    ----------
    ask : callable
        From a place to P there, which does not fall from one place to a larger one.
    limit : float
        Inside (0, 1).
    guess : float
        Where to begin.
    low, high : float
        A place below which P surely keeps to the limit, and one above which it surely does not.
    below : Probe, optional
        What is known at `low`.
    narrow : float
        Width of the bracket that ends the search.
    """
    best, last, count = below, below, 0
    at = guess
    while count < MOST and high - low > narrow:
        probe = ask(at)
        count += 1
        if probe.keeps(limit):
            best, low = probe, at
            if limit - probe.probability <= _unused(probe, limit):
                break
        else:
            high = at
        step = _next(probe, last, limit) if count < _PATIENCE or count % 2 else None
        at = _inside(step, probe, low, high, limit)
        last = probe
    return Found(best, count)


def _unused(probe: Probe, limit: float) -> float:
    """Return how far below the limit P may stay."""
    part = _CLOSE if probe.error > 0 else _EXACT
    return part * min(limit, 1.0 - limit) + 2.0 * probe.error


def _next(probe: Probe, last: Probe | None, limit: float) -> float | None:
    """Return where a straight line of scores meets the limit less the error; None where there is no rising line."""
    if not (probe.probability > 0.0 and probe.complement > 0.0):
        return None
    slope = _slope(probe, last)
    if slope is None or not 0.0 < slope < math.inf:
        return None
    aim = limit - probe.error - 0.3 * (_unused(probe, limit) - 2.0 * probe.error)
    if not 0.0 < aim < 1.0:
        return None
    return probe.at + (Probe(0.0, aim, 1.0 - aim, 0.0).score - probe.score) / slope


def _slope(probe: Probe, last: Probe | None) -> float | None:
    """Return d score / d place: by the gradient, or by the secant to the place before."""
    if probe.slope is not None:
        density = math.exp(float(normal_log_density(np.array(probe.score))))
        return probe.slope / density if density > 0.0 else None
    if last is None or last.at == probe.at or not (last.probability > 0.0 and last.complement > 0.0):
        return None
    return (probe.score - last.score) / (probe.at - last.at)


def _inside(step: float | None, probe: Probe, low: float, high: float, limit: float) -> float:
    """Return a place strictly inside the bracket: the one proposed, the middle, or a stride further out."""
    if step is not None and low < step < high:
        return step
    if math.isfinite(low) and math.isfinite(high):
        return 0.5 * (low + high)
    far = max(abs(probe.at), 1.0) * _STRIDE
    return low + far if probe.keeps(limit) else high - far
