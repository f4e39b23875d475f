"""The beta distribution in its natural variable, the logit: tails and their inverse, in NumPy.

With y = ln(x / (1 - x)) the density of a beta distribution is log-concave for all a, b > 0 and so are both
tails (An 1998). Newton's method on the logarithm of a tail therefore converges from every start, and neither
x nor 1 - x loses digits at its end.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flopline.kernels.special import normal_log_cdf, normal_quantile_of_log, stirling_error

Floats = NDArray[np.float64]

_LOG_2_PI: Final = 1.8378770664093453
_STEPS: Final = 60
_MOST_TERMS: Final = 20000
_FARTHEST: Final = 1e3
"""Scores are clipped here: a tail of 1e-217149."""


class Shape(NamedTuple):
    """A beta distribution with what every evaluation of it needs.

    Attributes
    ----------
    a, b : float
        Exponents of x and of 1 - x, both positive.
    centre : float
        ln(a / b), where the density in the logit is highest.
    log_peak : float
        Logarithm of the density in the logit at the centre.
    """

    a: float
    b: float
    centre: float
    log_peak: float


def shape(a: float, b: float) -> Shape:
    """Return the beta distribution with exponents a and b, prepared."""
    total = a + b
    errors = stirling_error(np.array([total, a, b]))
    # a^a b^b / (total^total B(a, b)): the powers cancel exactly in Stirling's formula
    log_peak = 0.5 * (np.log(a) + np.log(b) - np.log(total) - _LOG_2_PI) + errors[0] - errors[1] - errors[2]
    return Shape(a, b, float(np.log(a) - np.log(b)), float(log_peak))


def mirrored(beta: Shape) -> Shape:
    """Return the distribution of 1 - x."""
    return Shape(beta.b, beta.a, -beta.centre, beta.log_peak)


def log_density(y: Floats, beta: Shape) -> Floats:
    """Return the logarithm of the density in the logit y: ln(x^a (1 - x)^b / B(a, b))."""
    off = y - beta.centre
    a, b = beta.a, beta.b
    # ln of x and of 1 - x, relative to their values a/(a+b) and b/(a+b) at the centre
    return beta.log_peak - a * _log_mix(-off, b / (a + b)) - b * _log_mix(off, a / (a + b))


def _log_mix(t: Floats, weight: float) -> Floats:
    """Return ln(1 - weight + weight e^t) without cancellation or overflow."""
    near = np.log1p(weight * np.expm1(np.clip(t, -1.0, 1.0)))
    far = np.logaddexp(np.log1p(-weight), np.log(weight) + t)
    return np.where(np.abs(t) <= 1.0, near, far)


def _fraction(y: Floats, a: float, b: float) -> Floats:
    """Return density over lower tail in the logit, x^a (1-x)^b / (B(a, b) I_x(a, b)).

    A continued fraction, the even part of DLMF 8.17.22 (Didonato and Morris 1992, eq. 4), which converges
    fast up to x = (a + 1) / (a + b + 2), evaluated backwards with as many terms as the largest x needs.
    """
    if y.size == 0:
        return y
    x, rest = expit(y), expit(-y)
    count = _terms(float(x.max()), a, b)
    m = np.arange(count + 1.0)
    odd = a + 2 * m
    before = np.where(m > 0, odd - 1, 1.0)  # at m = 0 its numerator is 0, and at a = 1 it would be 0 too
    numerators = (a + m - 1) * (a + b + m - 1) * m * (b - m) / before**2
    # The denominators as at_0 (1 - x) + at_1 x: no cancellation where x is close to 1.
    at_0 = m + (a + m) * (a + 1 + 2 * m) / (odd + 1)
    at_1 = m + m * (b - m) / before + (a + m) * (1 + m - b) / (odd + 1)
    square = x * x
    value: Floats = at_0[count] * rest + at_1[count] * x
    for k in range(count, 0, -1):
        value = at_0[k - 1] * rest + at_1[k - 1] * x + numerators[k] * square / value
    return value


def _terms(x: float, a: float, b: float) -> int:
    """Return how many terms the continued fraction needs at x, by Lentz's method on one number."""
    upward = a * (1 - (a + b) * x / (a + 1)) or 1e-300
    downward, m = 0.0, 0
    while m < _MOST_TERMS:
        m += 1
        odd = a + 2 * m
        top = (a + m - 1) * (a + b + m - 1) * m * (b - m) * x * x / (odd - 1) ** 2
        base = m + m * (b - m) * x / (odd - 1) + (a + m) * (a + 1 + 2 * m - (a + b + m) * x) / (odd + 1)
        downward = 1 / ((base + top * downward) or 1e-300)
        upward = (base + top / upward) or 1e-300
        if abs(upward * downward - 1) < 1e-16:
            break
    return m + 2


def expit(y: Floats) -> Floats:
    """Return x = 1 / (1 + e^-y), the number whose logit is y; at -y it is 1 - x."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-y))


def log_lower(y: Floats, beta: Shape) -> Floats:
    """Return ln I_x(a, b) at logit y: the logarithm of the lower tail; `mirrored` at -y gives the upper."""
    return _lower(y, beta)[0]


def _lower(y: Floats, beta: Shape) -> tuple[Floats, Floats]:
    """Return ln F and its derivative in y, F being the lower tail."""
    density = log_density(y, beta)
    direct = expit(y) <= (beta.a + 1) / (beta.a + beta.b + 2)
    log_tail, hazard = np.empty_like(y), np.empty_like(y)
    hazard[direct] = _fraction(y[direct], beta.a, beta.b)
    log_tail[direct] = density[direct] - np.log(hazard[direct])
    other = ~direct
    if np.any(other):
        upper = np.exp(density[other]) / _fraction(-y[other], beta.b, beta.a)
        log_tail[other] = np.log1p(-np.minimum(upper, 1 - 1e-16))
        hazard[other] = np.exp(density[other] - log_tail[other])
    return log_tail, hazard


def score(y: Floats, beta: Shape) -> Floats:
    """Return the normal score of the logits y: the z with P(Z <= z) = I_x(a, b)."""
    y = np.asarray(y, dtype=np.float64)
    lower, upper = log_lower(y, beta), log_lower(-y, mirrored(beta))
    return np.where(lower < upper, normal_quantile_of_log(lower), -normal_quantile_of_log(upper))


def logit_at(z: Floats, beta: Shape) -> Floats:
    """Return the logits y of the beta distribution at normal scores z: I_x(a, b) = P(Z <= z).

    Parameters
    ----------
    z : array
        Normal scores; beyond +-1000 they are taken as +-1000.
    beta : Shape
        The distribution.

    Returns
    -------
    array
        ln(x / (1 - x)); ln x and ln (1 - x) follow from it without loss.
    """
    z = np.clip(np.asarray(z, dtype=np.float64), -_FARTHEST, _FARTHEST)
    y = np.empty_like(z)
    below = z <= 0
    y[below] = _lower_logit(z[below], beta)
    y[~below] = -_lower_logit(-z[~below], mirrored(beta))
    return y


def _lower_logit(z: Floats, beta: Shape) -> Floats:
    """Solve ln F(y) = ln P(Z <= z) for z <= 0 by Halley's method in the logit.

    ln F is increasing and concave: Newton steps from the left increase monotonically to the root, and steps
    from the right land left of it. Halley's correction shortens the latter and lengthens the former, by a
    factor of two at most.
    """
    if z.size == 0:
        return z
    target = normal_log_cdf(z)
    y = _start(z, target, beta)
    for _ in range(_STEPS):
        log_tail, hazard = _lower(y, beta)
        miss = target - log_tail
        slope = beta.a * expit(-y) - beta.b * expit(y)
        # (ln F)'' / (ln F)' is the slope of the log-density less the hazard, and never positive
        bend = np.minimum(slope - hazard, 0.0)
        step = miss / hazard
        step = step / np.maximum(1 + 0.5 * step * bend, 0.5)
        y = y + step
        # Halley's method is cubic: the error left is about step^3 bend^2
        if np.all(np.abs(step) * np.maximum(1.0, -bend) <= 1e-5):
            break
    return y


def _start(z: Floats, target: Floats, beta: Shape) -> Floats:
    """Return logits near the solution for z <= 0; only speed depends on them."""
    a, b = beta.a, beta.b
    if min(a, b) > 1:  # Abramowitz and Stegun 26.5.22
        left, right = 1 / (2 * a - 1), 1 / (2 * b - 1)
        mean, spread = 2 / (left + right), (z * z - 3) / 6
        root = z * np.sqrt(np.maximum(mean + spread, 0.0)) / mean
        return np.asarray(beta.centre + 2 * (root + (right - left) * (spread + 5 / 6 - 2 / (3 * mean))))
    # Towards x = 0 the lower tail is x^a / (a B(a, b)), towards 1 the upper one is (1 - x)^b / (b B(a, b)).
    log_beta = a * np.log(a / (a + b)) + b * np.log(b / (a + b)) - beta.log_peak
    log_x = (target + np.log(a) + log_beta) / a
    low = np.minimum(log_x, -0.7)
    high = -(np.log1p(-np.exp(np.minimum(target, -0.69))) + np.log(b) + log_beta) / b
    return np.asarray(np.where(log_x < -0.7, low - np.log1p(-np.exp(low)), np.maximum(high, 0.0)))
