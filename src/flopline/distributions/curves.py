"""A distribution as a curve over the normal score: truncation, and which family's formulas apply.

Conditioning on an interval only moves scores. With za and zb the scores of the two ends and M the mass
between them, a score z of the conditioned distribution stands for the score z' of the whole one with
Phi(z') = Phi(za) + M Phi(z), and from above 1 - Phi(z') = 1 - Phi(zb) + M (1 - Phi(z)).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np

from flopline.distributions import closed, shaped
from flopline.distributions.models import (
    Beta,
    LogitNormal,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Quantiles,
    Triangular,
    Uniform,
)
from flopline.errors import QuantityError
from flopline.kernels.special import (
    log_tail_at,
    normal_log_cdf,
    normal_log_density,
    normal_log_tails,
    normal_quantile_of_log,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.kernels.records import Floats

Continuous: TypeAlias = Normal | Lognormal | LogitNormal | Uniform | Loguniform | Triangular | Pert | Beta | Quantiles

LEAST_MASS: Final = 1e-9
"""Conditioning on less of a distribution than this is a mistake, not a belief."""

_FARTHEST: Final = 1e3


class Curve(NamedTuple):
    """The three functions of one family, before it is conditioned."""

    value: Callable[[Any, Floats], Floats]
    log: Callable[[Any, Floats], tuple[Floats, Floats]]
    score: Callable[[Any, float], float]


class Window(NamedTuple):
    """The part of a distribution that it is conditioned on.

    Attributes
    ----------
    low, high : float
        Scores of the ends, infinite where there is none.
    log_mass : float
        Logarithm of the probability between them.
    """

    low: float
    high: float
    log_mass: float


_CURVES: Final[dict[type, Curve]] = {
    Lognormal: Curve(closed.lognormal_value, closed.lognormal_log, closed.lognormal_score),
    LogitNormal: Curve(closed.logit_normal_value, closed.logit_normal_log, closed.logit_normal_score),
    Uniform: Curve(closed.uniform_value, closed.uniform_log, closed.uniform_score),
    Loguniform: Curve(closed.loguniform_value, closed.loguniform_log, closed.loguniform_score),
    Triangular: Curve(closed.triangular_value, closed.triangular_log, closed.triangular_score),
    Pert: Curve(shaped.pert_value, shaped.pert_log, shaped.pert_score),
    Beta: Curve(shaped.beta_value, shaped.beta_log, shaped.beta_score),
    Quantiles: Curve(shaped.quantiles_value, shaped.quantiles_log, shaped.quantiles_score),
}


def unshifted(d: Continuous) -> Continuous:
    """Return the distribution of what is left of a quantity without its shift."""
    if not d.shift:
        return d
    ends = {key: None if end is None else end - d.shift for key, end in (("min", d.min), ("max", d.max))}
    return d.model_copy(update={"shift": None, **ends})


def value_at(d: Continuous, z: Floats) -> Floats:
    """Return x at the normal scores z."""
    if d.shift:
        with np.errstate(over="ignore"):
            return d.shift + value_at(unshifted(d), z)
    inside = window(d)
    if isinstance(d, Normal):
        return _normal(d, z, inside)[0]
    if inside is None:
        return _CURVES[type(d)].value(d, z)
    value = _CURVES[type(d)].value(d, _moved(z, inside)[0])
    return np.clip(value, d.min, d.max)


def log_at(d: Continuous, z: Floats) -> tuple[Floats, Floats]:
    """Return ln x and d ln x / dz at the normal scores z."""
    if d.shift:
        rest, slope = log_at(unshifted(d), z)
        value = np.logaddexp(np.log(d.shift), rest)
        with np.errstate(under="ignore", invalid="ignore"):  # a rest of nothing changes with nothing
            share = np.exp(rest - value)
            return value, np.where(share > 0, share * slope, 0.0)
    inside = window(d)
    if isinstance(d, Normal):
        value, speed = _normal(d, z, inside)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(value), speed / value
    if inside is None:
        return _CURVES[type(d)].log(d, z)
    moved, speed = _moved(z, inside)
    value, slope = _CURVES[type(d)].log(d, moved)
    return value, slope * speed


def window(d: Continuous) -> Window | None:
    """Return the scores that a distribution is conditioned on, None where nothing is cut off.

    A normal distribution is always conditioned on being positive.

    Raises
    ------
    QuantityError
        If less than `LEAST_MASS` is left.
    """
    d = unshifted(d)
    if isinstance(d, Normal):
        least = max(0.0, d.min) if d.min is not None else 0.0
        low = _or_infinite((least - d.mean) / d.sd)
        high = np.inf if d.max is None else _or_infinite((d.max - d.mean) / d.sd)
    elif d.min is None and d.max is None:
        return None
    else:
        low, high = _written(d)
    if low == -np.inf and high == np.inf:
        return None
    log_mass = log_mass_between(low, high)
    if log_mass < math.log(LEAST_MASS):
        message = f"`min` and `max` leave nothing of the {d.dist} distribution"
        if isinstance(d, Normal) and d.min is None and d.max is None:
            message = f"a normal distribution with mean {d.mean:g} and sd {d.sd:g} has no positive part"
        raise QuantityError(message, hint="check the units of the ends")
    return Window(low, high, log_mass)


def _written(d: Continuous) -> tuple[float, float]:
    """Return the scores of the ends that were asked for; the shift is taken off by `score_of`."""
    low = -np.inf if d.min is None else score_of(d, d.min)
    high = np.inf if d.max is None else score_of(d, d.max)
    return _or_infinite(low), _or_infinite(high)


def _or_infinite(score: float) -> float:
    """Return a score, infinite where nothing lies beyond it in doubles nor in their logarithms."""
    return score if abs(score) < _FARTHEST else math.copysign(math.inf, score)


def score_of(d: Continuous, x: float) -> float:
    """Return the normal score of x before conditioning, infinite at the ends of the support and beyond."""
    x -= d.shift or 0.0
    return (x - d.mean) / d.sd if isinstance(d, Normal) else float(_CURVES[type(d)].score(d, x))


def mass_below_as_written(d: Continuous, x: float) -> float:
    """Return the probability of at most x, conditioned on `min` and `max` but not on being positive."""
    low, high = _written(d)
    at = min(_or_infinite(score_of(d, x)), high)
    if at <= low:
        return 0.0
    return math.exp(log_mass_between(low, at) - log_mass_between(low, high))


def log_tails_of(d: Continuous, x: float) -> tuple[float, float]:
    """Return ln P(X <= x) and ln P(X > x) of a conditioned distribution."""
    inside = window(d)
    at = _or_infinite(score_of(d, x))
    if inside is None:
        return float(log_tail_at(at)), float(log_tail_at(-at))
    at = min(max(at, inside.low), inside.high)
    below, above = log_mass_between(inside.low, at), log_mass_between(at, inside.high)
    return min(below - inside.log_mass, 0.0), min(above - inside.log_mass, 0.0)


def log_mass_between(low: float, high: float) -> float:
    """Return ln P(low < Z <= high), minus infinity where it is empty."""
    if low >= high:
        return -math.inf
    if low > 0:
        low, high = -high, -low
    if high > 0:
        outside = math.exp(log_tail_at(low)) + math.exp(log_tail_at(-high))
        if outside < 0.5:
            return math.log1p(-outside)
        inside = 0.5 * (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2)))
        return math.log(inside) if inside > 0 else -math.inf
    smaller, larger = log_tail_at(low), log_tail_at(high)
    return larger + math.log(-math.expm1(smaller - larger)) if smaller < larger else -math.inf


def _moved(z: Floats, inside: Window) -> tuple[Floats, Floats]:
    """Return the scores z' of the whole distribution and dz'/dz."""
    below, above = normal_log_tails(z)
    lower = np.logaddexp(log_tail_at(inside.low), below + inside.log_mass)
    upper = np.logaddexp(log_tail_at(-inside.high), above + inside.log_mass)
    scores = normal_quantile_of_log(np.minimum(np.minimum(lower, upper), np.log(0.5)))
    moved = np.clip(np.where(lower < upper, scores, -scores), inside.low, inside.high)
    return moved, _speed(z, moved, inside)


def _speed(z: Floats, moved: Floats, inside: Window) -> Floats:
    with np.errstate(under="ignore", invalid="ignore"):  # at infinite scores only the value is asked for
        return np.exp(inside.log_mass + normal_log_density(z) - normal_log_density(moved))


def _normal(d: Normal, z: Floats, inside: Window | None) -> tuple[Floats, Floats]:
    """Return x and dx/dz of a normal distribution that is conditioned on being positive."""
    if inside is None:
        return d.mean + d.sd * z, np.full_like(z, d.sd)
    moved, speed = _moved(z, inside)
    least = max(0.0, d.min) if d.min is not None else 0.0
    a = inside.low
    if a == -np.inf:
        return np.clip(d.mean + d.sd * moved, least, d.max), d.sd * speed
    # Close to the lower end, which is usually zero, mean + sd z' would lose all digits. What lies above the
    # end is the Taylor series of the normal quantile in v = M Phi(z) / phi(za).
    log_v = normal_log_cdf(z) + inside.log_mass - normal_log_density(np.array(a))
    close = log_v < np.log(1e-3 / max(1.0, abs(a)))
    with np.errstate(under="ignore"):
        v = np.exp(np.where(close, log_v, 0.0))
    series = v * (1 + v * (a / 2 + v * ((2 * a**2 + 1) / 6 + v * (6 * a**3 + 7 * a) / 24)))
    value = np.where(close, least + d.sd * series, d.mean + d.sd * moved)
    return np.clip(value, least, d.max), d.sd * speed
