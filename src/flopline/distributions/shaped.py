"""Beta and PERT distributions, and smooth distributions through quantiles.

The same three functions as in `closed`; the beta family works in the logit of the unit interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flopline.kernels.incomplete_beta import Shape, expit, log_density, logit_at, score, shape
from flopline.kernels.monotone import cubic
from flopline.kernels.monotone import slopes as monotone_slopes
from flopline.kernels.special import normal_log_density, normal_quantile

if TYPE_CHECKING:
    from flopline.distributions.closed import LogCurve
    from flopline.distributions.models import Beta, Pert, Quantiles
    from flopline.kernels.records import Floats


def beta_value(d: Beta, z: Floats) -> Floats:
    """Return the quantile of the beta distribution."""
    return expit(logit_at(z, shape(d.a, d.b)))


def beta_log(d: Beta, z: Floats) -> LogCurve:
    """Return ln x, finite where x itself underflows, and its slope."""
    beta = shape(d.a, d.b)
    y = logit_at(z, beta)
    return -np.logaddexp(0.0, -y), expit(-y) * _logit_speed(y, z, beta)


def beta_score(d: Beta, x: float) -> float:
    """Return the score of x, infinite outside (0, 1)."""
    return _unit_score(x, 1 - x, shape(d.a, d.b))


def pert_value(d: Pert, z: Floats) -> Floats:
    """Return the quantile of the PERT distribution."""
    y, width = logit_at(z, _pert_shape(d)), d.high - d.low
    return np.where(y < 0, d.low + width * expit(y), d.high - width * expit(-y))


def pert_log(d: Pert, z: Floats) -> LogCurve:
    """Return ln x and its slope."""
    beta, width = _pert_shape(d), d.high - d.low
    y = logit_at(z, beta)
    share, rest, speed = expit(y), expit(-y), _logit_speed(y, z, beta)
    if d.low == 0:
        return np.log(width) - np.logaddexp(0.0, -y), rest * speed
    value = np.where(y < 0, d.low + width * share, d.high - width * rest)
    with np.errstate(under="ignore"):
        return np.log(value), width * share * rest * speed / value


def pert_score(d: Pert, x: float) -> float:
    """Return the score of x, infinite at the ends and beyond."""
    width = d.high - d.low
    return _unit_score((x - d.low) / width, (d.high - x) / width, _pert_shape(d))


def _pert_shape(d: Pert) -> Shape:
    width = d.high - d.low
    return shape(1 + 4 * (d.mode - d.low) / width, 1 + 4 * (d.high - d.mode) / width)


def _logit_speed(y: Floats, z: Floats, beta: Shape) -> Floats:
    """Return dy/dz: the ratio of the normal density and that of the logit."""
    return np.exp(normal_log_density(z) - log_density(y, beta))


def _unit_score(share: float, rest: float, beta: Shape) -> float:
    if share <= 0 or rest <= 0:
        return -np.inf if share <= 0 else np.inf
    return float(score(np.array([np.log(share) - np.log(rest)]), beta)[0])


def quantiles_value(d: Quantiles, z: Floats) -> Floats:
    """Return the smooth function through the quantiles, which it meets exactly."""
    scores = _points(d)[0]
    with np.errstate(over="ignore", under="ignore"):
        value = np.exp(quantiles_log(d, z)[0])
    at = np.searchsorted(scores, z).clip(0, len(scores) - 1)
    return np.where(z == scores[at], np.asarray(d.x)[at], value)


def quantiles_log(d: Quantiles, z: Floats) -> LogCurve:
    """Return ln x and its slope: Hermite cubics between the points, straight lines beyond."""
    scores, logs, slopes = _points(d)
    inner = np.clip(z, scores[0], scores[-1])
    value, slope = cubic(scores, logs, slopes, inner)
    return value + slope * (z - inner), slope


def quantiles_score(d: Quantiles, x: float) -> float:
    """Return the score of x, by bracketed Newton steps on the smooth function."""
    if x <= 0 or x == np.inf:
        return -np.inf if x <= 0 else np.inf
    scores, logs, slopes = _points(d)
    target = float(np.log(x))
    if not logs[0] < target < logs[-1]:
        end = 0 if target <= logs[0] else -1
        return float(scores[end] + (target - logs[end]) / slopes[end])
    cell = int(np.searchsorted(logs, target, side="right")) - 1
    low, high = float(scores[cell]), float(scores[cell + 1])
    z = 0.5 * (low + high)
    for _ in range(100):
        value, slope = (float(part[0]) for part in quantiles_log(d, np.array([z])))
        low, high = (z, high) if value < target else (low, z)
        after = z + (target - value) / slope if slope > 0 else low - 1
        if not low <= after <= high:
            after = 0.5 * (low + high)
        if abs(after - z) <= 4e-16 * max(1.0, abs(z)):
            return after
        z = after
    return z


def _points(d: Quantiles) -> tuple[Floats, Floats, Floats]:
    """Return scores, ln x and slopes at the given points.

    Both rise, so that no slope is zero; see `flopline.kernels.monotone`.
    """
    scores, logs = normal_quantile(np.asarray(d.p)), np.log(np.asarray(d.x))
    return scores, logs, monotone_slopes(scores, logs)
