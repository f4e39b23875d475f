"""A total at pairs of independent points, and with the scores of one input swapped between them or drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from flopline.engine.conditioning import log_at
from flopline.engine.execution import SCRAMBLES
from flopline.engine.positive import always_positive
from flopline.kernels.points import normals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from flopline.kernels.records import Floats, Integers, Problem

_UNCORRELATED: Final = 1e-12
_SINGULAR: Final = 1e-10
_SMALLEST: Final = 1e-300
_TOGETHER: Final = 32
"""Coordinates up to which points of both sets' coordinates are evener than two shuffled sets."""

Of = Literal["ln total", "total"]


def scores_of(problem: Problem, mask: NDArray[np.bool_]) -> Integers:
    """Return the scores that the sum of a mask's rows depends on, ascending."""
    rows = mask & (problem.log_scale > -np.inf)
    found: Integers = np.unique(problem.score[np.any(problem.exponent[rows] != 0.0, axis=0)])
    return found


class Total(NamedTuple):
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
    def of(cls, problem: Problem, mask: NDArray[np.bool_]) -> Total:
        """Return the sum of a mask's rows."""
        rows = mask & (problem.log_scale > -np.inf)
        columns = np.flatnonzero(np.any(problem.exponent[rows] != 0.0, axis=0))
        scores, reads = np.unique(problem.score[columns], return_inverse=True)
        exponent, merged = np.unique(problem.exponent[rows][:, columns], axis=0, return_inverse=True)
        scale = np.full(len(exponent), -np.inf)
        np.logaddexp.at(scale, merged.reshape(-1), problem.log_scale[rows])
        own = problem.cholesky[scores]
        factor = np.asarray(np.linalg.qr(own.T)[1].T, dtype=np.float64)
        kind: Of = "ln total" if always_positive(problem, mask) else "total"
        return cls(problem, kind, scores, columns, reads.reshape(-1), scale, exponent, own @ own.T, factor)

    def logs(self, variables: Integers, z: Floats) -> Floats:
        """Return ln x of some of the V variables at the (v, N) scores that they read."""
        found = [log_at(self.problem, int(self.columns[v]), read) for v, read in zip(variables, z, strict=True)]
        return np.stack(found) if found else np.zeros(z.shape)


class Swap(NamedTuple):
    """What becomes of a point's scores z' when an input of G scores is another point's, or is drawn anew.

    Attributes
    ----------
    own : (G,) integer array
        Which of the S scores the input is.
    moved : (M,) integer array
        Those and what is correlated with them, ascending.
    first : (M, G) array
        The moved scores become z'_moved + first (z_own - z'_own).
    rest : (G, S) array, optional
        z'_own becomes z'_own + rest (z - z'); None where that is the same.
    """

    own: Integers
    moved: Integers
    first: Floats
    rest: Floats | None


def swaps_of(total: Total, inputs: tuple[tuple[int, ...], ...]) -> Iterator[Swap]:
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
        moved = np.flatnonzero(np.any(rho[:, own] != 0.0, axis=1))
        yield Swap(own, moved, rho[np.ix_(moved, own)] @ _inverse(rho[np.ix_(own, own)]), rest)


def _inverse(matrix: Floats) -> Floats:
    """Return the inverse of a correlation matrix, or what does its work where some scores follow from others."""
    if len(matrix) < 2:
        return matrix
    return np.asarray(np.linalg.pinv(matrix, rcond=_SINGULAR, hermitian=True), dtype=np.float64)


class Points(NamedTuple):
    """N points: (S, N) scores, (V, N) logarithms of variables, (E, N) of rows."""

    scores: Floats
    logs: Floats
    rows: Floats


def pair_of(total: Total, seed: int, start: int, stop: int) -> tuple[Points, Points]:
    """Return two independent sets of points, scramble after scramble."""
    count = len(total.scores)
    if 2 * count <= _TOGETHER:
        both = normals(seed, SCRAMBLES, 2 * count, start, stop)
        one, other = both[:count], both[count:]
    else:
        # Another randomization of the same points, each scramble shuffled: in the same order one set would be the
        # other one shifted.
        one, other = (normals(seed + more, SCRAMBLES, count, start, stop) for more in (0, 1))
        order = np.random.default_rng([seed, start]).permuted(np.tile(np.arange(stop - start), (SCRAMBLES, 1)), axis=1)
        other = np.take_along_axis(other, order[None], axis=2)
    return _points(total, one), _points(total, other)


def _points(total: Total, independent: Floats) -> Points:
    scores = total.factor @ independent.reshape(len(independent), -1)
    logs = total.logs(np.arange(len(total.columns)), scores[total.reads])
    return Points(scores, logs, total.scale[:, None] + total.exponent @ logs)


def changed(total: Total, points: Points, weights: Floats, top: float, moved: Integers, moves: Floats) -> Floats:
    """Return Y with some scores moved; only the rows that read them are computed again.

    Parameters
    ----------
    weights : (E, N) array
        The rows at the points, over e^top.
    moved : (M,) integer array
        Which of the S scores, ascending.
    moves : (M, N) array
        By how much.
    """
    variables = np.flatnonzero(np.isin(total.reads, moved))
    power = total.exponent[:, variables]
    hit = np.any(power != 0.0, axis=1)
    new = total.logs(variables, (points.scores[moved] + moves)[np.searchsorted(moved, total.reads[variables])])
    rows = points.rows[hit] + power[hit] @ (new - points.logs[variables])
    rest = weights[~hit].sum(axis=0) if not np.all(hit) else 0.0
    return value_of(total, rest + np.exp(rows - top).sum(axis=0))


def value_of(total: Total, sums: Floats) -> Floats:
    """Return Y of totals over e^top."""
    return np.log(np.maximum(sums, _SMALLEST)) if total.kind == "ln total" else sums
