"""A masked problem in its own coordinates: only the rows, variables and directions that can move its total.

Rows with the same powers are merged (their scales add), certain variables become constants, LINEAR variables dissolve
into the rows' linear parts, and the scores that are left are written in r <= D independent normal coordinates g by a
Gram-Schmidt pass in a fixed order: scores of stepped, then bounded, then free tables, then the rows' linear parts. So
the score of a stepped or bounded variable moves with the first coordinates only, a direction can leave it out, and a
hundred lognormal factors in three rows cost three coordinates.

    ln row_e(g) = scale_e + linear_e . g + sum_v power_ev ln x_v(scores_[score_v] . g)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flopline.kernels.records import (
    BOUNDED,
    CELLS,
    DISCRETE,
    FREE,
    LINEAR,
    REACH,
    STEP,
    TABLE,
    Floats,
    Integers,
    Problem,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 2.0 * REACH / CELLS
"""Of a table's cell."""
_DEPENDENT = 1e-10
"""A row whose remainder is this much shorter than itself adds no coordinate."""


class Structure(NamedTuple):
    """What a mask leaves of a problem: E merged rows, V tabulated variables, T scores, r coordinates.

    Attributes
    ----------
    linear : (E, r) array
        Movement of each row's logarithm with the coordinates, from LINEAR variables.
    power : (E, V) array
        Power of each tabulated variable in each row.
    scores : (T, r) array
        Each tabulated score in coordinates.
    score : (V,) integer array
        The score that each variable reads.
    kind : (V,) integer array
        TABLE or STEP.
    cubic : (V, CELLS, 4) array
        Coefficients of ln x in powers of the place within each cell of KNOTS; zero for STEP.
    first : (V + 1,) integer array
        Ragged offsets of atoms and edges, as in `Problem`.
    steps, edges : arrays
        Atoms and jump scores.
    leaning : (r,) integer array
        DISCRETE, BOUNDED or FREE per coordinate.
    cone : (m, r) array
        Unit vectors c: no row falls along a direction alpha exactly when c . alpha >= 0 for all of them.
    constant : (E0,) array
        What certain factors and locations add to each of the problem's own rows, counted or not.
    merged : (E0,) integer array
        The merged row of each of the problem's own rows; -1 where the mask leaves it out.
    """

    linear: Floats
    power: Floats
    scores: Floats
    score: Integers
    kind: Integers
    cubic: Floats
    first: Integers
    steps: Floats
    edges: Floats
    leaning: Integers
    cone: Floats
    constant: Floats
    merged: Integers


def reduce(problem: Problem, mask: NDArray[np.bool_]) -> Structure:
    """Return the structure of the rows that a mask counts.

    Parameters
    ----------
    problem : Problem
    mask : (E0,) boolean array
        At least one row must be counted.
    """
    certain, location = _certain(problem)
    constant = problem.exponent @ location
    used = ~certain & np.any(problem.exponent[mask] != 0.0, axis=0)
    rows, inverse = np.unique(problem.exponent[mask][:, used], axis=0, return_inverse=True)
    merged = np.full(len(mask), -1, dtype=np.int64)
    merged[mask] = inverse.reshape(-1)
    columns = np.flatnonzero(used)
    tabulated = problem.kind[columns] != LINEAR
    variables = columns[tabulated]
    scores, score = np.unique(problem.score[variables], return_inverse=True)
    leaning = _leanings(problem, scores, variables)
    order = np.argsort(leaning, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    straight = columns[~tabulated]
    moves = (rows[:, ~tabulated] * problem.linear[straight, 1]) @ problem.cholesky[problem.score[straight]]
    factor, group = _coordinates(
        np.concatenate([problem.cholesky[scores[order]], moves]),
        np.concatenate([leaning[order], np.full(len(rows), FREE, dtype=np.int64)]),
    )
    first, steps, edges = _ragged(problem, variables)
    power, reads, senses = rows[:, tabulated], place[score.reshape(-1)].astype(np.int64), _senses(problem, variables)
    return Structure(
        linear=factor[len(scores) :],
        power=np.ascontiguousarray(power),
        scores=factor[: len(scores)],
        score=reads,
        kind=problem.kind[variables],
        cubic=cubics(problem.values[variables], problem.slopes[variables]),
        first=first,
        steps=steps,
        edges=edges,
        leaning=group,
        cone=_cone(factor[len(scores) :], power, factor[: len(scores)][reads], senses),
        constant=constant,
        merged=merged,
    )


def scales(structure: Structure, log_scale: Floats) -> Floats:
    """Return the logarithm of each merged row's scale.

    Parameters
    ----------
    structure : Structure
    log_scale : (N, E0) array
        Scales of the problem's own rows, one scenario a line.

    Returns
    -------
    (N, E) array
    """
    own = log_scale + structure.constant
    result = np.empty((len(own), len(structure.linear)))
    for row in range(len(structure.linear)):
        result[:, row] = np.logaddexp.reduce(own[:, structure.merged == row], axis=1)
    return result


def cubics(values: Floats, slopes: Floats) -> Floats:
    """Return the (V, CELLS, 4) coefficients of Hermite tables given at KNOTS."""
    left, right = values[:, :-1], values[:, 1:]
    rise, fall = WIDTH * slopes[:, :-1], WIDTH * slopes[:, 1:]
    bend = 3.0 * (right - left) - 2.0 * rise - fall
    return np.stack([left, rise, bend, rise + fall - 2.0 * (right - left)], axis=-1)


def _certain(problem: Problem) -> tuple[NDArray[np.bool_], Floats]:
    """Return which variables cannot move, and ln x of those and of the LINEAR ones at score zero."""
    count = len(problem.kind)
    certain = np.zeros(count, dtype=np.bool_)
    location = np.zeros(count)
    for k in range(count):
        if problem.kind[k] == LINEAR:
            location[k] = problem.linear[k, 0]
            certain[k] = problem.linear[k, 1] == 0.0
        elif problem.kind[k] == TABLE:
            certain[k] = not np.any(problem.slopes[k]) and np.ptp(problem.values[k]) == 0.0
            location[k] = problem.values[k, 0] if certain[k] else 0.0
        else:
            atoms = problem.steps[problem.first[k] : problem.first[k + 1]]
            certain[k] = np.ptp(atoms) == 0.0
            location[k] = atoms[0] if certain[k] else 0.0
    return certain, location


def _leanings(problem: Problem, scores: Integers, variables: Integers) -> Integers:
    """Return how far each tabulated score may carry the direction: never one that a STEP variable reads."""
    stepped = problem.score[variables[problem.kind[variables] == STEP]]
    leaning = np.where(np.isin(scores, stepped), DISCRETE, problem.leaning[scores])
    lonely = (leaning == DISCRETE) & ~np.isin(scores, stepped)
    return np.where(lonely, BOUNDED, leaning).astype(np.int64)


def _cone(linear: Floats, power: Floats, scores: Floats, sense: Floats) -> Floats:
    """Return the unit vectors that a direction must not oppose, given each variable's score and its sense."""
    rows = list(linear)
    for v, score in enumerate(scores):
        for sign in (1.0, -1.0):
            if np.any(power[:, v] * sign > 0.0):
                rows += [score, -score] if sense[v] == 0.0 else [sign * sense[v] * score]
    found = np.array(rows).reshape(len(rows), linear.shape[1])
    length = np.sqrt(np.einsum("mr,mr->m", found, found))
    # Without an index asked for, `unique` would import numpy.ma: 6 ms of a first answer.
    return np.unique(found[length > 0.0] / length[length > 0.0, None], axis=0, return_index=True)[0]


def _senses(problem: Problem, variables: Integers) -> Floats:
    """Return 1 where ln x of a variable rises with its score, -1 where it falls, 0 where it does neither throughout."""
    result = np.zeros(len(variables))
    for v, k in enumerate(variables):
        if problem.kind[k] == STEP:
            change = np.diff(problem.steps[problem.first[k] : problem.first[k + 1]])
        else:
            change = np.concatenate([problem.slopes[k], np.diff(problem.values[k])])
        result[v] = float(np.all(change >= 0.0)) - float(np.all(change <= 0.0))
    return result


def _ragged(problem: Problem, variables: Integers) -> tuple[Integers, Floats, Floats]:
    """Return the ragged atoms and edges of some of a problem's variables."""
    first = np.zeros(len(variables) + 1, dtype=np.int64)
    steps, edges = [np.zeros(0)], [np.zeros(0)]
    for v, k in enumerate(variables):
        part = slice(problem.first[k], problem.first[k + 1])
        first[v + 1] = first[v] + part.stop - part.start
        steps.append(problem.steps[part])
        edges.append(problem.edges[part])
    return first, np.concatenate(steps), np.concatenate(edges)


def _coordinates(rows: Floats, leaning: Integers) -> tuple[Floats, Integers]:
    """Return rows in an orthonormal basis of their span (lower trapezoidal), and each coordinate's leaning."""
    basis: list[Floats] = []
    group: list[int] = []
    reach: list[int] = []
    for row, lean in zip(rows, leaning, strict=True):
        rest = row.copy()
        for _ in range(2):  # twice is enough for orthogonality to rounding
            for direction in basis:
                rest -= (direction @ rest) * direction
        length = float(np.sqrt(rest @ rest))
        if length > _DEPENDENT * float(np.sqrt(row @ row)):
            basis.append(rest / length)
            group.append(int(lean))
        reach.append(len(basis))
    factor = rows @ np.array(basis).reshape(len(basis), rows.shape[1]).T
    factor[np.arange(len(basis)) >= np.array(reach)[:, None]] = 0.0
    return factor, np.array(group, dtype=np.int64)
