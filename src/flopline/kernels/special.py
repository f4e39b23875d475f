"""The normal distribution and the gamma function in NumPy, accurate in both tails.

Tails are given as logarithms wherever they could vanish: a probability of 1e-400 has a logarithm, and the
score that belongs to it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Z95: Final = 1.6448536269514722
"""Normal score of the 95 % point, and half the width of a 90 % interval."""
_SQRT_2: Final = 1.4142135623730951
_SQRT_2_OVER_PI: Final = 0.7978845608028654
_SQRT_PI: Final = 1.772453850905516
_LOG_SQRT_2_PI: Final = 0.9189385332046727


def _fit(numerator: tuple[float, ...], denominator: tuple[float, ...]) -> Floats:
    """Return the coefficients of a rational function, one row for each power, the highest first."""
    return np.array([numerator, denominator]).T[:, :, np.newaxis]


# W. J. Cody, "Rational Chebyshev approximation for the error function", Math. Comp. 23 (1969) 631-637, as in
# the routine CALERF: numerators and denominators from the highest power down.
_NEAR: Final = _fit(
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)  # fmt: skip
_MIDDLE: Final = _fit(
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
_FAR: Final = _fit(
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip

# M. J. Wichura, algorithm AS 241, Applied Statistics 37 (1988) 477-484, routine PPND16.
_CENTRE: Final = _fit(
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)  # fmt: skip
_TAIL: Final = _fit(
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
     1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
     4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
     1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
     2.05319162663775882187e0, 1.0),
)  # fmt: skip
_FAR_TAIL: Final = _fit(
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
     2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
     5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
     7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
     5.99832206555887937690e-1, 1.0),
)  # fmt: skip
_FAR_TAIL_ENDS: Final = 26.0
"""sqrt(-ln p) up to which AS 241 is a fit; Newton's method goes on from there."""

# ln gamma(x) - [(x - 1/2) ln x - x + ln sqrt(2 pi)], Abramowitz and Stegun 6.1.41, for x >= 10.
_STIRLING: Final = (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)


def _ratio(fit: Floats, x: Floats) -> Floats:
    """Return a rational function, both polynomials by one Horner scheme (half the array operations)."""
    flat = x.reshape(-1)
    value = fit[0] * flat
    for coefficients in fit[1:-1]:
        value += coefficients
        value *= flat
    value += fit[-1]
    return np.asarray(value[0] / value[1]).reshape(x.shape)


def scaled_erfc(x: Floats) -> Floats:
    """Return exp(x^2) erfc(x) for x >= 0, to a few units in the last place.

    Parameters
    ----------
    x : array
        Non-negative arguments, infinity included.

    Returns
    -------
    array
        Between 1 at x = 0 and 0 at infinity.

    References
    ----------
    W. J. Cody, Math. Comp. 23 (1969) 631-637.
    """
    near, middle, far = np.minimum(x, 0.46875), np.clip(x, 0.46875, 4.0), np.maximum(x, 4.0)
    square = near * near
    with np.errstate(under="ignore"):
        inverse = (1 / far) ** 2
    at_zero = np.exp(square) * (1 - near * _ratio(_NEAR, square))
    at_infinity = (1 / _SQRT_PI - inverse * _ratio(_FAR, inverse)) / far
    return np.where(x <= 0.46875, at_zero, np.where(x <= 4.0, _ratio(_MIDDLE, middle), at_infinity))


def normal_log_density(z: Floats) -> Floats:
    """Return the logarithm of the standard normal density at the scores z."""
    return -0.5 * z * z - _LOG_SQRT_2_PI


def normal_log_tails(z: Floats) -> tuple[Floats, Floats]:
    """Return ln P(Z <= z) and ln P(Z > z), with full relative accuracy in both tails.

    Parameters
    ----------
    z : array
        Normal scores, infinities included.

    Returns
    -------
    lower, upper : array
        Logarithms of both tails, finite for all finite z up to 1e150.
    """
    z = np.asarray(z, dtype=np.float64)
    size = np.abs(z)
    with np.errstate(under="ignore", divide="ignore"):
        half, exponent = 0.5 * scaled_erfc(size / _SQRT_2), -0.5 * size * size
        small = np.log(half) + exponent
        large = np.log1p(-half * np.exp(exponent))
    return np.where(z > 0, large, small), np.where(z > 0, small, large)


def normal_log_sf(z: Floats) -> Floats:
    """Return ln P(Z > z) of a standard normal Z, with full relative accuracy in both tails."""
    return normal_log_tails(z)[1]


def normal_log_cdf(z: Floats) -> Floats:
    """Return ln P(Z <= z) of a standard normal Z, with full relative accuracy in both tails."""
    return normal_log_tails(z)[0]


def log_tail_at(z: float) -> float:
    """Return ln P(Z <= z) at one score: as `normal_log_cdf`, without the cost of arrays."""
    if z > 0:
        return math.log1p(-0.5 * math.erfc(z / _SQRT_2))
    if z > -37:
        return math.log(0.5 * math.erfc(-z / _SQRT_2))
    return float(normal_log_cdf(np.array(z)))


def normal_sf(z: Floats) -> Floats:
    """Return P(Z > z) of a standard normal Z; relative error below 1e-15 until it underflows."""
    z = np.asarray(z, dtype=np.float64)
    size = np.minimum(np.abs(z), 40.0)
    # The square is split so that its rounding error does not enter the exponential (Cody 1969).
    coarse = np.trunc(size * 16) / 16
    with np.errstate(under="ignore"):
        density = np.exp(-0.5 * coarse * coarse) * np.exp(-0.5 * (size - coarse) * (size + coarse))
        tail: Floats = 0.5 * scaled_erfc(size / _SQRT_2) * density
    return np.where(z > 0, tail, 1 - tail)


def normal_cdf(z: Floats) -> Floats:
    """Return P(Z <= z) of a standard normal Z; relative error below 1e-15 until it underflows."""
    return normal_sf(-np.asarray(z, dtype=np.float64))


def normal_hazard(z: Floats) -> Floats:
    """Return density over upper tail at the scores z; at -z it is the density over the lower tail."""
    z = np.asarray(z, dtype=np.float64)
    scaled = scaled_erfc(np.abs(z) / _SQRT_2)
    with np.errstate(under="ignore", divide="ignore"):
        shape = np.exp(-0.5 * z * z)
        return np.where(z > 0, _SQRT_2_OVER_PI / scaled, _SQRT_2_OVER_PI * shape / (2 - scaled * shape))


def normal_quantile(p: Floats) -> Floats:
    """Return the score z with P(Z <= z) = p.

    Parameters
    ----------
    p : array
        Probabilities; 0 and 1 give minus and plus infinity, anything outside [0, 1] NaN.

    Returns
    -------
    array
        Scores, to a relative error of about 1e-15.

    References
    ----------
    M. J. Wichura, algorithm AS 241, Applied Statistics 37 (1988) 477-484.
    """
    p = np.asarray(p, dtype=np.float64)
    centred = p - 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        tail = np.log(np.where(centred < 0, p, 1 - p))
    outer = np.copysign(_tail_score(tail), centred)
    inner = centred * _ratio(_CENTRE, 0.180625 - np.clip(centred, -0.425, 0.425) ** 2)
    return np.where(np.abs(centred) <= 0.425, inner, outer)


def normal_quantile_of_log(log_p: Floats) -> Floats:
    """Return the score z with ln P(Z <= z) = log_p; for upper tails take the negative of the result.

    Parameters
    ----------
    log_p : array
        Logarithms of probabilities, at most 0. Near 0 the score is only as good as 1 - p is known: give the
        logarithm of the smaller tail.

    Returns
    -------
    array
        Scores; minus infinity for minus infinity.
    """
    log_p = np.asarray(log_p, dtype=np.float64)
    with np.errstate(under="ignore"):
        central = np.exp(np.maximum(log_p, -700.0)) - 0.5
    found = -_tail_score(log_p)
    middle = np.abs(central) <= 0.425
    if np.any(middle):
        inner = central * _ratio(_CENTRE, 0.180625 - np.clip(central, -0.425, 0.425) ** 2)
        found = np.where(middle, inner, found)
    above = central > 0.425
    if np.any(above):
        with np.errstate(divide="ignore"):
            rest = np.log(-np.expm1(np.where(above, log_p, -1.0)))
        found = np.where(above, _tail_score(rest), found)
    return found


def _tail_score(log_tail: Floats) -> Floats:
    """Return the positive score beyond which a probability of at most 0.075 lies, given as its logarithm."""
    root = np.sqrt(-log_tail)
    beyond = (root > _FAR_TAIL_ENDS) & np.isfinite(root)
    score = _ratio(_TAIL, np.clip(root, 1.6, 5.0) - 1.6)
    if np.any(root > 5.0):
        far = _ratio(_FAR_TAIL, np.clip(root, 5.0, _FAR_TAIL_ENDS) - 5.0)
        score = np.where(root > 5.0, far, score)
    if np.any(beyond):
        score = np.where(beyond, _newton_score(np.where(beyond, log_tail, -800.0)), score)
    return np.where(np.isinf(root), np.inf, score)


def _newton_score(log_tail: Floats) -> Floats:
    """Return scores beyond which tails below e^-676 lie: an asymptotic start, then Newton's method."""
    score = np.sqrt(-2 * log_tail - np.log(-4 * np.pi * log_tail))
    for _ in range(3):  # the start is within 1e-2 and the convergence quadratic
        score = score + (normal_log_sf(score) - log_tail) / normal_hazard(score)
    return score


def log_gamma(x: Floats) -> Floats:
    """Return ln gamma(x) for x > 0, to a few units in the last place of the larger of 1 and the result."""
    x = np.asarray(x, dtype=np.float64)
    return (x - 0.5) * np.log(x) - x + _LOG_SQRT_2_PI + stirling_error(x)


def stirling_error(x: Floats) -> Floats:
    """Return ln gamma(x) less Stirling's formula (x - 1/2) ln x - x + ln sqrt(2 pi), for x > 0.

    References
    ----------
    Abramowitz and Stegun 6.1.41; C. Loader, "Fast and accurate computation of binomial probabilities" (2000),
    for why the remainder and not the function is what probabilities need.
    """
    x = np.asarray(x, dtype=np.float64)
    shifted = x
    carried = np.zeros_like(x)
    for _ in range(10):
        # error(x) - error(x + 1) = (x + 1/2) ln(1 + 1/x) - 1
        small = shifted < 10
        step = (shifted + 0.5) * np.log1p(1 / shifted) - 1
        carried = carried + np.where(small, step, 0.0)
        shifted = shifted + small
    inverse = 1 / shifted
    square = inverse * inverse
    series = np.full_like(x, _STIRLING[0])
    for coefficient in _STIRLING[1:]:
        series = series * square + coefficient
    return carried + series * inverse
