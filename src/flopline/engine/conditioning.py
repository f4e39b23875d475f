"""A problem given what one of its scores is: what would be left if an input were known.

Under a Gaussian copula the other scores stay normal: score j given score i = z has mean rho_ij z and variance
1 - rho_ij^2, and two of them the correlation (rho_jk - rho_ij rho_ik) over both deviations. Their marginals read the
moved scores: straight lines exactly, tables through their own cubics, steps with their edges moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.kernels.marginals import hermite, stepped
from flopline.kernels.records import KNOTS, LINEAR, STEP
from flopline.kernels.structure import cubics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.kernels.records import Floats, Integers, Problem

_DEPENDENT: Final = 1e-12
"""Variance below which a score follows from the known one."""


def condition(problem: Problem, score: int, z: float) -> Problem:
    """Return the problem given that one of its scores is z: the same rows, variables and leanings.

    Parameters
    ----------
    score : int
        Which score is known. What reads it becomes a constant factor of its rows.
    z : float
        Its value.
    """
    rest, log_scales = next(conditioned(problem, score, np.array([z])))
    return rest._replace(log_scale=log_scales[0])


def conditioned(problem: Problem, score: int, z: Floats) -> Iterator[tuple[Problem, Floats]]:
    """Yield problems with the (n, E) scales of one or several values of a score, in the order of the (m,) values.

    Of a score that is correlated with no other all values share one problem; otherwise each has its own.

    Parameters
    ----------
    score : int
        Which score is known.
    z : (m,) array
        Values of it.
    """
    mine = np.flatnonzero(problem.score == score)
    known = np.stack([log_at(problem, int(k), z) for k in mine], axis=1)
    exponent = problem.exponent.copy()
    exponent[:, mine] = 0.0
    log_scales = problem.log_scale + known @ problem.exponent[:, mine].T
    rest = problem._replace(exponent=exponent)
    rho = (problem.cholesky @ problem.cholesky.T)[:, score]
    moved = np.flatnonzero((rho != 0.0) & (np.arange(len(rho)) != score))
    if not len(moved):
        yield rest, log_scales
        return
    for value, scales in zip(z, log_scales, strict=True):
        yield _moved(rest, moved, rho, float(value)), scales[None]


def log_at(problem: Problem, k: int, z: Floats) -> Floats:
    """Return ln x of one variable at scores z."""
    if problem.kind[k] == LINEAR:
        return np.asarray(problem.linear[k, 0] + problem.linear[k, 1] * z)
    if problem.kind[k] == STEP:
        part = slice(problem.first[k], problem.first[k + 1])
        return stepped(problem.steps[part], problem.edges[part][:-1], z)
    found: Floats = hermite(cubics(problem.values[[k]], problem.slopes[[k]]), z[None])[0][0]
    return found


def _moved(problem: Problem, moved: Integers, rho: Floats, z: float) -> Problem:
    """Return the problem whose scores follow a known one as far as they are correlated with it."""
    deviation = np.ones(len(rho))
    deviation[moved] = np.sqrt(np.maximum(1.0 - rho[moved] ** 2, 0.0))
    kind, linear, edges = problem.kind.copy(), problem.linear.copy(), problem.edges.copy()
    values, slopes = problem.values.copy(), problem.slopes.copy()
    for k in np.flatnonzero(np.isin(problem.score, moved)):
        score = problem.score[k]
        mean, scale = rho[score] * z, deviation[score]
        if scale**2 < _DEPENDENT:
            kind[k], linear[k] = LINEAR, (log_at(problem, int(k), np.array([mean]))[0], 0.0)
        elif problem.kind[k] == LINEAR:
            linear[k] = problem.linear[k, 0] + problem.linear[k, 1] * mean, problem.linear[k, 1] * scale
        elif problem.kind[k] == STEP:
            part = slice(problem.first[k], problem.first[k + 1])
            edges[part] = (problem.edges[part] - mean) / scale
        else:
            table = cubics(problem.values[[k]], problem.slopes[[k]])
            at, steep = hermite(table, (mean + scale * KNOTS)[None])
            values[k], slopes[k] = at[0], scale * steep[0]
    return problem._replace(
        kind=kind, linear=linear, edges=edges, values=values, slopes=slopes, cholesky=_factor(problem, rho, deviation)
    )


def _factor(problem: Problem, rho: Floats, deviation: Floats) -> Floats:
    """Return a factor of the correlation matrix that is left."""
    correlation = problem.cholesky @ problem.cholesky.T
    covariance = correlation - np.outer(rho, rho)  # nothing is left to the known score itself, nor to what follows it
    safe = np.where(deviation**2 < _DEPENDENT, np.inf, deviation)
    left = covariance / np.outer(safe, safe)
    np.fill_diagonal(left, 1.0)
    share, vectors = np.linalg.eigh(left)
    factor: Floats = vectors * np.sqrt(np.maximum(share, 0.0))
    return factor
