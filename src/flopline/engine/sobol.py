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

Source: Kucherenko, Tarantola, Annoni 2012, equations 5.3 and 5.5 (doi:10.1016/j.cpc.2011.12.020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from flopline.engine.conditioning import log_at
from flopline.engine.execution import SCRAMBLES
from flopline.engine.positive import always_positive
from flopline.kernels.points import DIMENSIONS, normals
from flopline.kernels.stopping import spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from flopline.kernels.records import Floats, Integers, Problem

TOLERANCE: Final = 0.01
_FIRST: Final = 128
_MOST: Final = 1024
"""Pairs of points per scramble: at first, and in the end."""
_UNCORRELATED: Final = 1e-12
_SINGULAR: Final = 1e-10
_SMALLEST: Final = 1e-300

Of = Literal["ln total", "total"]


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

    Pairs of points double until every standard error is within the tolerance, up to 16 384 of them.

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
    total = _Total.of(problem, mask)
    groups = tuple((int(score),) for score in total.scores) if inputs is None else tuple(inputs)
    if not groups:
        return _nothing(total, groups)
    swaps = tuple(_swaps(total, groups))
    sums = _block(total, swaps, _pair(total, seed, 0, _FIRST), None)
    found = _indices(total, groups, sums, _FIRST, tolerance)
    number = _FIRST
    while not found.converged and number < _MOST:
        sums = sums.and_(_block(total, swaps, _pair(total, seed, number, 2 * number), sums))
        number *= 2
        found = _indices(total, groups, sums, number, tolerance)
    return found


def scores_of(problem: Problem, mask: NDArray[np.bool_]) -> Integers:
    """Return the scores that the sum of a mask's rows depends on, ascending."""
    rows = mask & (problem.log_scale > -np.inf)
    found: Integers = np.unique(problem.score[np.any(problem.exponent[rows] != 0.0, axis=0)])
    return found


class _Total(NamedTuple):
    """A sum of rows as a function of the S scores that move it.

    Attributes
    ----------
    scores : (S,) integer array
        Of the problem.
    columns, reads : (V,) integer array
        Variables of the problem, and which of the S scores each of them reads.
    scale, exponent : (E,), (E, V) array
        Of rows with different powers.
    correlation, factor : (S, S) array
        Of the scores, and one of its factors.
    """

    problem: Problem
    kind: Of
    scores: Integers
    columns: Integers
    reads: Integers
    scale: Floats
    exponent: Floats
    correlation: Floats
    factor: Floats

    @classmethod
    def of(cls, problem: Problem, mask: NDArray[np.bool_]) -> _Total:
        rows = mask & (problem.log_scale > -np.inf)
        columns = np.flatnonzero(np.any(problem.exponent[rows] != 0.0, axis=0))
        scores, reads = np.unique(problem.score[columns], return_inverse=True)
        exponent, merged = np.unique(problem.exponent[rows][:, columns], axis=0, return_inverse=True)
        scale = np.full(len(exponent), -np.inf)
        np.logaddexp.at(scale, merged.reshape(-1), problem.log_scale[rows])
        own = problem.cholesky[scores]
        factor = np.linalg.qr(own.T)[1].T
        kind: Of = "ln total" if always_positive(problem, mask) else "total"
        return cls(problem, kind, scores, columns, reads.reshape(-1), scale, exponent, own @ own.T, factor)

    def logs(self, variables: Integers, z: Floats) -> Floats:
        """Return ln x of some of the V variables at (S, N) scores."""
        found = [log_at(self.problem, int(self.columns[v]), z[self.reads[v]]) for v in variables]
        return np.stack(found) if found else np.zeros((0, z.shape[1]))


class _Swap(NamedTuple):
    """What becomes of a point's scores z' when an input of G scores is another point's, or is drawn anew.

    Attributes
    ----------
    own : (G,) integer array
        Which of the S scores the input is.
    first : (S, G) array
        The scores become z' + first (z_own - z'_own).
    rest : (G, S) array, optional
        z'_own becomes z'_own + rest (z - z'); None where that is the same.
    """

    own: Integers
    first: Floats
    rest: Floats | None


def _swaps(total: _Total, inputs: tuple[tuple[int, ...], ...]) -> Iterator[_Swap]:
    """Yield the swaps of every input."""
    rho = np.where(np.abs(total.correlation) < _UNCORRELATED, 0.0, total.correlation)
    np.fill_diagonal(rho, 1.0)
    linked = np.count_nonzero(rho, axis=1) > 1
    for scores in inputs:
        own = np.flatnonzero(np.isin(total.scores, scores))
        rest = None
        if np.any(linked[own]):
            others = np.setdiff1d(np.flatnonzero(linked), own)
            rest = np.zeros((len(own), len(rho)))
            rest[:, own] = np.eye(len(own))
            rest[:, others] = -rho[np.ix_(own, others)] @ _inverse(rho[np.ix_(others, others)])
        yield _Swap(own, rho[:, own] @ _inverse(rho[np.ix_(own, own)]), rest)


def _inverse(matrix: Floats) -> Floats:
    """Return the inverse of a correlation matrix, or what does its work where some scores follow from others."""
    if len(matrix) < 2:
        return matrix
    found: Floats = np.linalg.pinv(matrix, rcond=_SINGULAR, hermitian=True)
    return found


class _Points(NamedTuple):
    """N points: (S, N) scores, (V, N) logarithms of variables, (E, N) of rows."""

    scores: Floats
    logs: Floats
    rows: Floats


def _pair(total: _Total, seed: int, start: int, stop: int) -> tuple[_Points, _Points]:
    """Return two independent sets of points, scramble after scramble."""
    count = len(total.scores)
    if 2 * count <= DIMENSIONS:
        both = normals(seed, SCRAMBLES, 2 * count, start, stop)
        one, other = both[:count], both[count:]
    else:
        # More coordinates than the point set has: another randomization of the same points, each scramble shuffled,
        # since in the same order one set would be the other one shifted.
        one, other = (normals(seed + more, SCRAMBLES, count, start, stop) for more in (0, 1))
        order = np.random.default_rng([seed, start]).permuted(np.tile(np.arange(stop - start), (SCRAMBLES, 1)), axis=1)
        other = np.take_along_axis(other, order[None], axis=2)
    return _points(total, one), _points(total, other)


def _points(total: _Total, independent: Floats) -> _Points:
    scores = total.factor @ independent.reshape(len(independent), -1)
    logs = total.logs(np.arange(len(total.columns)), scores)
    return _Points(scores, logs, total.scale[:, None] + total.exponent @ logs)


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


def _block(total: _Total, swaps: tuple[_Swap, ...], pair: tuple[_Points, _Points], before: _Sums | None) -> _Sums:
    """Return the sums over a block of pairs, in the unit of the sums before it."""
    one, other = pair
    top = float(max(one.rows.max(), other.rows.max())) if before is None else before.top
    shape = (SCRAMBLES, one.rows.shape[1] // SCRAMBLES)
    weights = np.exp(other.rows - top)
    here, there = _value(total, np.exp(one.rows - top).sum(axis=0)), _value(total, weights.sum(axis=0))
    middle = float(np.mean([here, there])) if before is None else before.middle
    here, there = here - middle, there - middle
    product, fall, jump = np.empty((3, len(swaps), SCRAMBLES))
    for index, swap in enumerate(swaps):
        move = one.scores[swap.own] - other.scores[swap.own]
        change = _changed(total, other, weights, top, swap.first @ move) - middle - there
        product[index] = (here * change).reshape(shape).sum(axis=1)
        fall[index] = change.reshape(shape).sum(axis=1)
        if swap.rest is not None:
            moves = np.zeros_like(one.scores)
            moves[swap.own] = swap.rest @ (one.scores - other.scores)
            change = _changed(total, other, weights, top, moves) - middle - there
        jump[index] = (change**2).reshape(shape).sum(axis=1)
    level, square = (here + there).reshape(shape).sum(axis=1), (here**2 + there**2).reshape(shape).sum(axis=1)
    return _Sums(top, middle, level, square, product, fall, jump)


def _changed(total: _Total, points: _Points, weights: Floats, top: float, moves: Floats) -> Floats:
    """Return Y with some scores moved: only the rows that read them are computed again."""
    moved = np.any(moves != 0.0, axis=1)
    variables = np.flatnonzero(moved[total.reads])
    power = total.exponent[:, variables]
    hit = np.any(power != 0.0, axis=1)
    new = total.logs(variables, points.scores + moves)
    rows = points.rows[hit] + power[hit] @ (new - points.logs[variables])
    rest = weights[~hit].sum(axis=0) if not np.all(hit) else 0.0
    return _value(total, rest + np.exp(rows - top).sum(axis=0))


def _value(total: _Total, sums: Floats) -> Floats:
    return np.log(np.maximum(sums, _SMALLEST)) if total.kind == "ln total" else sums


def _nothing(total: _Total, inputs: tuple[tuple[int, ...], ...]) -> Indices:
    zero = np.zeros(len(inputs))
    return Indices(total.kind, inputs, zero, zero, zero, zero, converged=True)


def _indices(total: _Total, inputs: tuple[tuple[int, ...], ...], sums: _Sums, number: int, tolerance: float) -> Indices:
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
