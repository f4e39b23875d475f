"""What can be asked of a distribution: values at probabilities and scores, median, interval, mean, words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.distributions.atoms import weighted
from flopline.distributions.curves import mass_below_as_written, unshifted, window
from flopline.distributions.inversion import at_scores
from flopline.distributions.mixtures import Choice, Distribution, Mixture
from flopline.distributions.models import (
    Beta,
    Fixed,
    Lognormal,
    Loguniform,
    Pert,
    Quantiles,
    Samples,
    Triangular,
    Truncated,
    Uniform,
)
from flopline.errors import QuantityError
from flopline.kernels.special import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.kernels.records import Floats

_FINE: Final = np.linspace(-38.0, 38.0, 2433)


def at_score(d: Distribution, z: Floats | float) -> Floats:
    """Return x where the standard normal score is z: P(X <= x) = P(Z <= z).

    Parameters
    ----------
    d : Distribution
        The distribution.
    z : float or array
        Normal scores; negative ones are answered from the lower tail, positive ones from the upper.

    Returns
    -------
    array
        Same shape as z. Samples, choices and mixtures give the smallest value whose cumulative share reaches
        P(Z <= z).

    Raises
    ------
    QuantityError
        If z holds NaN, or the distribution is conditioned on next to nothing.
    """
    scores = np.asarray(z, dtype=np.float64)
    if np.any(np.isnan(scores)):
        message = "a score is not a number"
        raise QuantityError(message)
    return at_scores(d, scores.reshape(-1)).reshape(scores.shape)


def quantile(d: Distribution, p: Floats | float) -> Floats:
    """Return x with P(X <= x) = p.

    Parameters
    ----------
    d : Distribution
        The distribution.
    p : float or array
        Probabilities in [0, 1]; 0 and 1 give the ends of the support.

    Returns
    -------
    array
        Same shape as p; relative error about 1e-12 for p from 1e-300 to 1 - 1e-16.

    Raises
    ------
    QuantityError
        If p holds anything outside [0, 1].
    """
    probability = np.asarray(p, dtype=np.float64)
    if not np.all((probability >= 0) & (probability <= 1)):
        message = "a probability is not in [0, 1]"
        raise QuantityError(message)
    return at_score(d, normal_quantile(probability))


def median(d: Distribution) -> float:
    """Return the value that is exceeded with probability one half."""
    return float(at_score(d, 0.0))


def interval(d: Distribution, level: float = 0.9) -> tuple[float, float]:
    """Return the two values between which x lies with a given probability, with equal tails.

    Parameters
    ----------
    d : Distribution
        The distribution.
    level : float
        The probability, inside (0, 1).

    Raises
    ------
    QuantityError
        If the level is not inside (0, 1).
    """
    z = tail_score(level)
    low, high = at_score(d, np.array([-z, z]))
    return float(low), float(high)


def tail_score(level: float) -> float:
    """Return the score z with P(-z <= Z <= z) = level.

    Raises
    ------
    QuantityError
        If the level is not inside (0, 1).
    """
    if not 0 < level < 1:
        message = f"a level of {level:g} is not inside (0, 1)"
        raise QuantityError(message, hint="write `0.9` for a 90 % interval")
    return -float(normal_quantile(np.array((1 - level) / 2)))


def is_fixed(d: Distribution) -> bool:
    """Return whether there is no uncertainty."""
    return isinstance(d, Fixed)


def mass_below(d: Distribution, x: float) -> float:
    """Return the probability that X is at most x in the distribution as it was written.

    A normal distribution is written without the condition that quantities are positive, so that
    ``mass_below(d, 0.0)`` says how much of it that condition cuts off. `min` and `max` were asked for and do
    condition.
    """
    if isinstance(d, Fixed):
        return float(d.value <= x)
    if isinstance(d, (Samples, Choice)):
        values, weights = weighted(d)
        return float(weights[values <= x].sum())
    if isinstance(d, Mixture):
        return _average(d, [mass_below(part, x) for part in d.parts])
    return mass_below_as_written(d, x)


def _average(d: Mixture, of_parts: list[float]) -> float:
    return sum(weight * value for weight, value in zip(d.weights, of_parts, strict=True))


def mean(d: Distribution) -> float:
    """Return the expectation; infinite where it overflows."""
    exact = _closed_mean(d)
    if exact is not None:
        return exact
    # The trapezoidal rule in the score: its error vanishes faster than any power of the step.
    with np.errstate(under="ignore", over="ignore"):
        weights = np.exp(-0.5 * _FINE * _FINE)
        return float(np.sum(at_score(d, _FINE) * weights) / np.sum(weights))


def _closed_mean(d: Distribution) -> float | None:
    if isinstance(d, Fixed):
        return d.value
    if isinstance(d, (Samples, Choice)):
        values, weights = weighted(d)
        return float(values @ weights)
    if isinstance(d, Mixture):
        return _average(d, [mean(part) for part in d.parts])
    if d.shift:
        return d.shift + mean(unshifted(d))
    if window(d) is not None:
        return None
    match d:
        case Lognormal():
            with np.errstate(over="ignore"):
                return float(d.median * np.exp(0.5 * d.sigma**2))
        case Uniform():
            return 0.5 * (d.low + d.high)
        case Loguniform():
            return float((d.high - d.low) / np.log(d.high / d.low))
        case Triangular():
            return (d.low + d.mode + d.high) / 3
        case Pert():
            return (d.low + 4 * d.mode + d.high) / 6
        case Beta():
            return d.a / (d.a + d.b)
        case _:
            return None


def describe(d: Distribution, written: Callable[[float], str], level: float = 0.9) -> str:
    """Return a distribution as one line for people: `17T..22T (90 %, lognormal)`.

    Parameters
    ----------
    d : Distribution
        The distribution.
    written : callable
        Text of one value, such as `quantity.counted`.
    level : float
        Probability between the two values shown, where the family has no ends of its own.
    """
    if isinstance(d, Fixed):
        return written(d.value)
    if isinstance(d, (Choice, Mixture)):
        if isinstance(d, Choice):
            parts = [written(value) for value in d.values]
        else:
            parts = [describe(part, written, level) for part in d.parts]
        shares = (f"{100 * weight:.3g} %" for weight in d.weights)
        return ", or ".join(f"{part} with {share}" for part, share in zip(parts, shares, strict=True))
    changes = []
    if isinstance(d, Truncated):
        changes += [", truncated"] if d.min is not None or d.max is not None else []
        changes += [", shifted"] if d.shift else []
    if not changes and isinstance(d, (Uniform, Loguniform)):
        return f"{written(d.low)}..{written(d.high)} ({d.dist})"
    if not changes and isinstance(d, (Triangular, Pert)):
        return f"{written(d.low)} .. {written(d.mode)} .. {written(d.high)} ({_name(d)})"
    low, high = interval(d, level)
    return f"{written(low)}..{written(high)} ({100 * level:g} %, {_name(d)}{''.join(changes)})"


def _name(d: Distribution) -> str:
    if isinstance(d, Samples):
        return f"{len(d.values)} samples"
    if isinstance(d, Quantiles):
        return f"through {len(d.p)} quantiles"
    return "PERT" if isinstance(d, Pert) else d.dist
