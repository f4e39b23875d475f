"""Sobol indices of a total: which share of its variance each input explains alone, and which one would be left to it.

Y is ln total where every outcome is positive, and the total itself where there may be nothing to sum (ln of as good as
nothing would drown everything else). For input i with score z_i, and the other scores z_~i:

- first order, S_i = Var(E[Y | z_i]) / Var(Y): what knowing the input removes of the variance, on average;
- total, T_i = E[Var(Y | z_~i)] / Var(Y): what would be left if all others were known and only it were not.

Of independent inputs S_i <= T_i, and the sum of all S_i is at most one; T_i - S_i is what it does together with others.
Correlated inputs (a Gaussian copula) speak for one another: S_i contains what the input tells of those it is
correlated with, T_i only what it adds to them. Then S_i may be above T_i and the S_i may add up to more than one; an
input that hardly enters the total, but is correlated with one that does, has a large S_i and a small T_i.

With independent points z and z' of the scores' joint distribution, and m the mean of Y:

    S_i Var(Y) = E[(Y(z) - m) (Y(z_i, z'_~i | z_i) - Y(z'))],   T_i Var(Y) = E[(Y(z'_~i, z_i | z'_~i) - Y(z'))^2] / 2

where of jointly normal scores z'_j given z_i is z'_j + rho_ij (z_i - z'_i), and z_i given z'_~i replaces in z'_i what
the others do not explain. Of independent inputs both need the same Y. An input may also be several scores together.
Only what enters the total is an input: what is merely correlated with it is not among the others.

Source: Kucherenko, Tarantola, Annoni 2012 (doi:10.1016/j.cpc.2011.12.020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from flopline.engine.execution import SCRAMBLES
from flopline.engine.swapping import Of, Points, Swap, Total, changed, pair_of, swaps_of, value_of
from flopline.kernels.stopping import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flopline.kernels.records import Floats, Problem

TOLERANCE: Final = 0.01
_FIRST: Final = 128
_MOST: Final = 8192
"""Pairs of points per scramble: at first, and in the end; fewer where that is too much work."""
_PART: Final = 512
"""Of them at a time: what bounds the memory."""
_WORK: Final = 2e8
"""Rows, and what costs as much, times inputs times pairs: about a second."""
_BESIDE: Final = 16
"""Rows that cost as much as what every input needs once."""


class Indices(NamedTuple):
    """First-order and total indices of I inputs.

    Attributes
    ----------
    of : {"ln total", "total"}
        Whose variance is shared out.
    inputs : tuple of I tuples of int
        The scores of each input.
    first, total : (I,) array
        S_i and T_i, inside [0, 1]; zero where nothing varies.
    first_error, total_error : (I,) array
        Standard errors, from the spread of independent scrambles.
    converged : bool
        Whether all errors are within the tolerance.
    """

    of: Of
    inputs: tuple[tuple[int, ...], ...]
    first: Floats
    total: Floats
    first_error: Floats
    total_error: Floats
    converged: bool


def sobol_indices(
    problem: Problem,
    mask: NDArray[np.bool_],
    inputs: Sequence[tuple[int, ...]] | None = None,
    *,
    tolerance: float = TOLERANCE,
    seed: int = 0,
) -> Indices:
    """Return the Sobol indices of the sum of a mask's rows.

    Pairs of points double until every standard error is within the tolerance, or they have cost about a second.

    Parameters
    ----------
    problem : Problem
    mask : (E,) boolean array
        The rows to sum.
    inputs : sequence of tuples of int, optional
        Scores that are known together; each score that the sum depends on is an input of its own by default.
    tolerance : float
        Largest standard error of an index.
    seed : int
        Of the randomized points.
    """
    total = Total.of(problem, mask)
    groups = tuple((int(score),) for score in total.scores) if inputs is None else tuple(inputs)
    if not groups:
        return _nothing(total, groups)
    swaps = tuple(swaps_of(total, groups))
    sums = _block(total, swaps, pair_of(total, seed, 0, _FIRST), None)
    number = _FIRST
    found = _indices(total, groups, sums, number, tolerance)
    most = min(_MOST, _WORK / ((len(total.scale) + _BESIDE) * len(groups) * SCRAMBLES))
    while not found.converged and 2 * number <= most:
        for start in range(number, 2 * number, _PART):
            pair = pair_of(total, seed, start, min(start + _PART, 2 * number))
            sums = sums.and_(_block(total, swaps, pair, sums))
        number *= 2
        found = _indices(total, groups, sums, number, tolerance)
    return found


class _Sums(NamedTuple):
    """Sums over each scramble's pairs, of Y less a constant.

    Attributes
    ----------
    top, middle : float
        ln of what totals are measured in, and the constant.
    level, square : (R,) array
        Of Y and its square, over both points of a pair.
    product, fall, jump : (I, R) array
        Of Y(z) (Y(first swap) - Y(z')), of the difference alone, and of the squared difference of the other swap.
    """

    top: float
    middle: float
    level: Floats
    square: Floats
    product: Floats
    fall: Floats
    jump: Floats

    def and_(self, other: _Sums) -> _Sums:
        """Return the sums over both's pairs."""
        return _Sums(self.top, self.middle, *(one + more for one, more in zip(self[2:], other[2:], strict=True)))


def _block(total: Total, swaps: tuple[Swap, ...], pair: tuple[Points, Points], before: _Sums | None) -> _Sums:
    """Return the sums over a block of pairs, in the unit of the sums before it."""
    one, other = pair
    top = float(max(one.rows.max(), other.rows.max())) if before is None else before.top
    shape = (SCRAMBLES, one.rows.shape[1] // SCRAMBLES)
    weights = np.exp(other.rows - top)
    here, there = value_of(total, np.exp(one.rows - top).sum(axis=0)), value_of(total, weights.sum(axis=0))
    middle = float(np.mean([here, there])) if before is None else before.middle
    here, there = here - middle, there - middle
    product, fall, jump = np.empty((3, len(swaps), SCRAMBLES))
    for index, swap in enumerate(swaps):
        differ = one.scores[swap.own] - other.scores[swap.own]
        change = changed(total, other, weights, top, swap.moved, swap.first @ differ) - middle - there
        product[index] = (here * change).reshape(shape).sum(axis=1)
        fall[index] = change.reshape(shape).sum(axis=1)
        if swap.rest is not None:
            drawn = swap.rest @ (one.scores - other.scores)
            change = changed(total, other, weights, top, swap.own, drawn) - middle - there
        jump[index] = (change**2).reshape(shape).sum(axis=1)
    level, square = (here + there).reshape(shape).sum(axis=1), (here**2 + there**2).reshape(shape).sum(axis=1)
    return _Sums(top, middle, level, square, product, fall, jump)


def _nothing(total: Total, inputs: tuple[tuple[int, ...], ...]) -> Indices:
    zero = np.zeros(len(inputs))
    return Indices(total.kind, inputs, zero, zero, zero, zero, converged=True)


def _indices(total: Total, inputs: tuple[tuple[int, ...], ...], sums: _Sums, number: int, tolerance: float) -> Indices:
    """Return the indices after a number of pairs per scramble, with their errors."""
    level = sums.level / (2 * number)
    mean = float(level.mean())
    variances = sums.square / (2 * number) - 2.0 * mean * level + mean**2
    variance = float(variances.mean())
    if not variance > 0.0:
        return _nothing(total, inputs)
    first = (sums.product - mean * sums.fall) / number
    rest = 0.5 * sums.jump / number
    share, error = _ratio(first, variances)
    left, unsure = _ratio(rest, variances)
    close = max(float(error.max()), float(unsure.max())) <= tolerance
    return Indices(total.kind, inputs, share, left, error, unsure, converged=close)


def _ratio(parts: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Return (I, R) parts of the variance as shares of it, with their errors."""
    variance = variances.mean()
    share = parts.mean(axis=1) / variance
    # To first order the error of a ratio is that of what its denominator leaves of the numerator.
    error = spread((parts - share[:, None] * variances) / variance)
    return np.clip(share, 0.0, 1.0), error
