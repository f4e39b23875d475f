"""Families whose quantile functions have a closed form.

Each has three functions of its untruncated self: the value x at a normal score, ln x with its derivative in
the score, and the score of a value. Below the median they work with the lower tail and above it with the
upper one, so that neither loses digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flopline.kernels.incomplete_beta import expit
from flopline.kernels.records import Floats
from flopline.kernels.special import (
    normal_cdf,
    normal_hazard,
    normal_log_cdf,
    normal_log_density,
    normal_log_tails,
    normal_quantile,
    normal_sf,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.distributions.models import LogitNormal, Lognormal, Loguniform, Triangular, Uniform

LogCurve = tuple[Floats, Floats]
"""ln x and d ln x / dz at the scores z."""


def lognormal_value(d: Lognormal, z: Floats) -> Floats:
    """Return median e^(sigma z)."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(d.median * np.exp(d.sigma * z))


def lognormal_log(d: Lognormal, z: Floats) -> LogCurve:
    """Return ln median + sigma z and its slope."""
    return float(np.log(d.median)) + d.sigma * z, np.full_like(z, d.sigma)


def lognormal_score(d: Lognormal, x: float) -> float:
    """Return the score of x."""
    if x <= 0:
        return -np.inf
    ratio = x / d.median
    # The ratio keeps the digits near the median; far away it may leave the range of doubles.
    log_ratio = np.log(ratio) if 1e-300 < ratio < np.inf else np.log(x) - np.log(d.median)
    return float(log_ratio / d.sigma)


def logit_normal_value(d: LogitNormal, z: Floats) -> Floats:
    """Return the share whose logit is logit(median) + sigma z."""
    return expit(_logit(d.median) + d.sigma * z)


def logit_normal_log(d: LogitNormal, z: Floats) -> LogCurve:
    """Return ln x and its slope sigma (1 - x)."""
    y = _logit(d.median) + d.sigma * z
    return -np.logaddexp(0.0, -y), d.sigma * expit(-y)


def logit_normal_score(d: LogitNormal, x: float) -> float:
    """Return the score of x, infinite outside (0, 1)."""
    if not 0 < x < 1:
        return -np.inf if x <= 0 else np.inf
    return (_logit(x) - _logit(d.median)) / d.sigma


def _logit(x: float) -> float:
    return float(np.log(x) - np.log1p(-x))


def uniform_value(d: Uniform, z: Floats) -> Floats:
    """Return low + (high - low) P(Z <= z)."""
    width = d.high - d.low
    return np.where(z < 0, d.low + width * normal_cdf(z), d.high - width * normal_sf(z))


def uniform_log(d: Uniform, z: Floats) -> LogCurve:
    """Return ln x and its slope."""
    width = d.high - d.low
    if d.low == 0:
        return np.log(width) + normal_log_cdf(z), normal_hazard(-z)
    value = uniform_value(d, z)
    with np.errstate(under="ignore"):
        return np.log(value), width * np.exp(normal_log_density(z)) / value


def uniform_score(d: Uniform, x: float) -> float:
    """Return the score of x, infinite at the ends and beyond."""
    return _score_between(x - d.low, d.high - x)


def loguniform_value(d: Loguniform, z: Floats) -> Floats:
    """Return low (high / low)^P(Z <= z)."""
    width = float(np.log(d.high / d.low))
    with np.errstate(under="ignore"):
        lower, upper = d.low * np.exp(width * normal_cdf(z)), d.high * np.exp(-width * normal_sf(z))
    return np.where(z < 0, lower, upper)


def loguniform_log(d: Loguniform, z: Floats) -> LogCurve:
    """Return ln x and its slope."""
    width = np.log(d.high / d.low)
    with np.errstate(under="ignore"):
        slope = width * np.exp(normal_log_density(z))
    value = np.where(z < 0, np.log(d.low) + width * normal_cdf(z), np.log(d.high) - width * normal_sf(z))
    return value, slope


def loguniform_score(d: Loguniform, x: float) -> float:
    """Return the score of x, infinite at the ends and beyond."""
    x = min(max(x, d.low), d.high)
    return _score_between(float(np.log(x / d.low)), float(np.log(d.high / x)))


def triangular_value(d: Triangular, z: Floats) -> Floats:
    """Return the quantile at P(Z <= z), by the square roots of the tails."""
    return _triangle(d, z)[0]


def triangular_log(d: Triangular, z: Floats) -> LogCurve:
    """Return ln x and its slope."""
    value, speed, rising = _triangle(d, z)
    if d.low > 0 or d.mode == 0:
        return np.log(value), speed / value
    # From zero, x is a multiple of the root of the lower tail, which may be smaller than any double.
    log_rise = 0.5 * (np.log(d.high) + np.log(d.mode) + normal_log_cdf(z))
    above = np.where(rising, 1.0, value)
    return np.where(rising, log_rise, np.log(above)), np.where(rising, 0.5 * normal_hazard(-z), speed / above)


def triangular_score(d: Triangular, x: float) -> float:
    """Return the score of x, infinite at the ends and beyond."""
    x = min(max(x, d.low), d.high)
    width = d.high - d.low
    if x < d.mode:
        below = (x - d.low) / width * ((x - d.low) / (d.mode - d.low))
        return _score_between(below, 1 - below)
    above = (d.high - x) / width * ((d.high - x) / (d.high - d.mode)) if x < d.high else 0.0
    return _score_between(1 - above, above)


def _triangle(d: Triangular, z: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return x, dx/dz and where x is below the mode."""
    left, right, width = d.mode - d.low, d.high - d.mode, d.high - d.low
    log_lower, log_upper = normal_log_tails(z)
    with np.errstate(under="ignore", invalid="ignore"):  # at infinite scores only the value is asked for
        rise = np.sqrt(width * left) * np.exp(0.5 * log_lower)
        fall = np.sqrt(width * right) * np.exp(0.5 * log_upper)
        rising = rise < left
        tail = np.where(rising, log_lower, log_upper)
        speed = 0.5 * np.where(rising, rise, fall) * np.exp(normal_log_density(z) - tail)
    # Near the mode, which may be zero, the distance from it keeps the digits; near the end, that from the
    # end does.
    at_mode = np.log(right / width) if right > 0 else 0.0
    after = d.mode - right * np.expm1(np.minimum(0.5 * (log_upper - at_mode), 0.0))
    falling = np.where(fall > 0.5 * right, after, d.high - fall)
    return np.where(rising, d.low + rise, falling), speed, rising


def _score_between(below: float, above: float) -> float:
    """Return the score at which a probability is split as below : above."""
    total = below + above
    if below <= 0 or above <= 0:
        return -np.inf if below <= 0 else np.inf
    smaller = float(normal_quantile(np.array(min(below, above) / total)))
    return smaller if below < above else -smaller
