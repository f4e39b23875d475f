"""exp, ln and the normal tail as straight lines of arithmetic: compiled in a loop they become vector code.

Plain scalar functions; `compiled` compiles them.
"""

from __future__ import annotations

import math

import numpy as np

_PER_LN_2 = 1.4426950408889634
_LN_2_HIGH = 6.93147180369123816490e-01
_LN_2_LOW = 1.90821492927058770002e-10
_TAYLOR = tuple(1.0 / math.factorial(k) for k in range(14))
_INTEGER = 6755399441055744.0
"""3 * 2^51: adding it rounds to an integer, which then stands in the lowest bits."""
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
# The logarithm of FreeBSD's e_log.c: coefficients of its odd series.
_SERIES = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
)  # fmt: skip
# (1 + t) exp(t^2 / 2) P(z > t) in powers of (t - 3.5) / (t + 3.5): least squares at Chebyshev points, relative error
# 6e-15 (the substitution of Shepherd and Laframboise 1981).
_MILLS = (
    0.4785531913516763, -0.09771256909313081, 0.0007868320511906501, 0.03804760649821153, -0.030256010708038725,
    0.010380366726261766, 0.0002627986734805638, -0.0014250450856455618, 0.00014749136491343286, 0.0002133314950578514,
    -2.4659701527425586e-05, -3.90879328647287e-05, 7.159373287136306e-07, 7.778326759030218e-06,
    1.21526853336356e-06, -1.4231191107233584e-06, -5.558232759518866e-07, 1.969646518773518e-07,
    1.3829994713887572e-07, -1.4579472917830582e-08, -1.6513513401150716e-08,
)  # fmt: skip


def exp(x: float) -> float:
    """Return exp(x) for -700 <= x < 709, to rounding; less than -700 counts as -700."""
    x = max(x, -700.0)
    shifted = x * _PER_LN_2 + _INTEGER
    power = shifted - _INTEGER
    r = (x - power * _LN_2_HIGH) - power * _LN_2_LOW
    result = _TAYLOR[13]
    for k in range(12, -1, -1):
        result = _TAYLOR[k] + result * r
    bits = np.float64(shifted).view(np.int64)
    return result * np.int64((bits + np.int64(1023)) << np.int64(52)).view(np.float64)


def log(x: float) -> float:
    """Return ln x of a positive, normal number, to rounding."""
    bits = np.float64(x).view(np.int64)
    power = (bits - np.int64(_ROOT_HALF_BITS)) >> np.int64(52)
    f = np.int64(bits - (power << np.int64(52))).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    rest = _SERIES[6]
    for k in range(5, -1, -1):
        rest = _SERIES[k] + rest * z
    half, twos = 0.5 * f * f, np.float64(power)
    return twos * _LN_2_HIGH - ((half - (s * (half + rest * z) + twos * _LN_2_LOW)) - f)


def mills(t: float) -> float:
    """Return exp(t^2 / 2) P(z > t) for t >= 0."""
    u = (t - 3.5) / (t + 3.5)
    result = _MILLS[20]
    for k in range(19, -1, -1):
        result = _MILLS[k] + result * u
    return result / (1.0 + t)
