"""The design point and the direction of one unit: the loops of `directions`, `lobes` and `families` for one at a time.

Sources and reasons stand there; the names and the order of the steps are the same.
"""

from __future__ import annotations

import math

import numpy as np

from flopline.kernels.compiled.jit import jit
from flopline.kernels.compiled.tables import read
from flopline.kernels.directions import _FAR, _SATURATED, _SETTLED, _SLACK, _SWEEPS, ENOUGH, STEPS
from flopline.kernels.families import _APART, NOUGHT, Lines
from flopline.kernels.lobes import _FAR as _FAR_SQUARE
from flopline.kernels.lobes import _LESS_LIKELY, _STEPS, MISSED, MOST, NEARER
from flopline.kernels.records import DISCRETE, FREE, Floats
from flopline.kernels.structure import Structure


@jit
def _dot(one: Floats, other: Floats) -> float:
    total = 0.0
    for j in range(len(one)):
        total += one[j] * other[j]
    return total


@jit
def fill(array: Floats, value: float) -> None:
    """Set every number of a vector: plain loops compile in a tenth of the time of array expressions."""
    for j in range(len(array)):
        array[j] = value


@jit
def _set(array: Floats, factor: float, other: Floats) -> None:
    for j in range(len(array)):
        array[j] = factor * other[j]


@jit
def _log_total(structure: Structure, scale: Floats, point: Floats, gradient: Floats) -> float:
    """Return ln total at one point, and set its gradient."""
    linear, power, scores = structure.linear, structure.power, structure.scores
    rows, slopes = np.empty(len(linear)), np.empty(len(structure.score))
    for e in range(len(rows)):
        rows[e] = scale[e] + _dot(linear[e], point)
    for v in range(len(slopes)):
        value, slopes[v] = read(structure, v, _dot(scores[structure.score[v]], point))
        for e in range(len(rows)):
            if power[e, v] != 0.0:
                rows[e] += power[e, v] * value
    top, total = rows[0], 0.0
    for e in range(len(rows)):
        top = max(top, rows[e])
    for e in range(len(rows)):
        rows[e] = math.exp(rows[e] - top)
        total += rows[e]
    fill(gradient, 0.0)
    for e in range(len(rows)):
        rows[e] /= total
        for j in range(len(point)):
            gradient[j] += rows[e] * linear[e, j]
    for v in range(len(slopes)):
        pull, score = 0.0, structure.score[v]
        for e in range(len(rows)):
            pull += rows[e] * power[e, v]
        for j in range(len(point)):
            gradient[j] += pull * slopes[v] * scores[score, j]
    return top + math.log(total)


@jit
def _approach(structure: Structure, scale: Floats, level: float, point: Floats, steps: int, gradient: Floats) -> float:
    """Move a point to where ln total reaches a level, set the gradient there, and return ln total."""
    value = _log_total(structure, scale, point, gradient)
    for step in range(steps):
        wanted = _dot(gradient, point) - (value - level)
        wanted /= max(_dot(gradient, gradient), 1e-30)
        largest = 0.0
        for j in range(len(point)):
            limit = _FAR if structure.leaning[j] == FREE else _SATURATED
            change = min(max(wanted * gradient[j], -limit), limit) - point[j]
            point[j] += change if step < 3 else 0.5 * change
            largest = max(largest, abs(change))
        value = _log_total(structure, scale, point, gradient)
        if not largest > _SETTLED:
            break
    return value


@jit
def _least(cone: Floats, alpha: Floats) -> float:
    least = math.inf
    for i in range(len(cone)):
        least = min(least, _dot(cone[i], alpha))
    return least


@jit
def _project(cone: Floats, alpha: Floats) -> None:
    """Move a vector to the nearest point of the cone, within the coordinates in which it is not zero."""
    rows = np.zeros(cone.shape)
    square, multiplier = np.empty(len(cone)), np.zeros(len(cone))
    for i in range(len(cone)):
        for j in range(len(alpha)):
            if alpha[j] != 0.0:
                rows[i, j] = cone[i, j]
        square[i] = _dot(rows[i], rows[i])
    slack = _SLACK * math.sqrt(_dot(alpha, alpha))
    for _ in range(_SWEEPS):
        for i in range(len(cone)):
            if square[i] > 0.0:
                change = max(-multiplier[i], -_dot(rows[i], alpha) / square[i])
                multiplier[i] += change
                for j in range(len(alpha)):
                    alpha[j] += change * rows[i, j]
        if _least(rows, alpha) >= -slack:
            break


@jit
def _direction(structure: Structure, gradient: Floats, alpha: Floats) -> float:
    """Set the direction that keeps every row from falling, and return the share of the gradient that it carries."""
    square, free, smooth, last = max(_dot(gradient, gradient), 1e-300), 0.0, False, len(alpha) - 1
    for j in range(len(gradient)):
        free += gradient[j] ** 2 if structure.leaning[j] == FREE else 0.0
        smooth |= structure.leaning[j] != DISCRETE
    least = FREE if free >= ENOUGH * square else DISCRETE + 1
    for j in range(len(gradient)):
        alpha[j] = gradient[j] if structure.leaning[j] >= least else 0.0
    cone, upwards = structure.cone, 0.0
    if not smooth:
        for i in range(len(cone)):
            upwards += cone[i, last]
        alpha[last] = 1.0 if upwards >= 0.0 else -1.0
    if _least(cone, alpha) < -_SLACK:
        _project(cone, alpha)
    length = math.sqrt(_dot(alpha, alpha))
    if not (length > 1e-6 * math.sqrt(square) and _least(cone, alpha) >= -1e-8 * length):
        fill(alpha, 0.0)
        alpha[last] = 1.0
        return 0.0
    _set(alpha, 1.0 / length, alpha)
    return min(1.0, length * length / square) if smooth else 1.0


@jit
def steepness(gradient: Floats) -> float:
    """Return the length of a gradient."""
    return math.sqrt(_dot(gradient, gradient))


@jit
def _row_points(structure: Structure, scale: Floats, level: float, found: Floats) -> None:
    """Set the points where, to first order, rows alone reach the level, the likeliest row first."""
    linear, power = structure.linear, structure.power
    count, size = linear.shape
    gradient, short, distance = np.empty((count, size)), np.empty(count), np.empty(count)
    for e in range(count):
        _set(gradient[e], 1.0, linear[e])
        short[e] = level - scale[e]
    for v in range(len(structure.score)):
        value, slope = read(structure, v, 0.0)
        score = structure.scores[structure.score[v]]
        for e in range(count):
            if power[e, v] != 0.0:
                short[e] -= power[e, v] * value
                for j in range(size):
                    gradient[e, j] += power[e, v] * slope * score[j]
    for e in range(count):
        square = max(_dot(gradient[e], gradient[e]), 1e-30)
        distance[e] = short[e] / math.sqrt(square)
        short[e] /= square
    for i in range(len(found)):
        nearest = 0
        for e in range(count):
            if distance[e] < distance[nearest]:
                nearest = e
        distance[nearest] = math.inf
        for j in range(size):
            found[i, j] = min(max(short[nearest] * gradient[nearest, j], -8.0), 8.0)


@jit
def _lobes(
    structure: Structure, scale: Floats, level: float, first: float, gradients: Floats, points: Floats, lobes: Floats
) -> int:
    """Set points, gradients and (value, square) of the design points; return their number, the first being known."""
    count, size = structure.linear.shape
    origin, slope = np.zeros(size), np.empty(size)
    lobes[0, 0], lobes[0, 1] = first, _square(points[0], first, gradients[0], level)
    if count == 1 or not level > _log_total(structure, scale, origin, slope):
        return 1
    tried = min(MOST, count)
    _row_points(structure, scale, level, points[1 : 1 + tried])
    for i in range(1, 1 + tried):
        lobes[i, 0] = _approach(structure, scale, level, points[i], _STEPS, gradients[i])
        lobes[i, 1] = math.inf
        if abs(lobes[i, 0] - level) < MISSED:
            lobes[i, 1] = _square(points[i], lobes[i, 0], gradients[i], level)
    return 1 + tried


@jit
def _square(point: Floats, value: float, gradient: Floats, level: float) -> float:
    """Return the squared distance at which the linearized total reaches the level; see `lobes._squares`."""
    rest, square = (level - value) / max(_dot(gradient, gradient), 1e-30), 0.0
    for j in range(len(point)):
        square += (point[j] + rest * gradient[j]) ** 2
    return min(square, _FAR_SQUARE)


@jit
def _swap(array: Floats, i: int) -> None:
    for j in range(array.shape[1]):
        array[0, j], array[i, j] = array[i, j], array[0, j]


@jit
def design_points(
    structure: Structure, scale: Floats, level: float, alpha: Floats, gradients: Floats, points: Floats
) -> tuple[float, float, int]:
    """Set direction, gradients and design points, the likeliest first; see `lobes.likeliest`.

    Returns
    -------
    offset : float
        ln total of the linearization at the origin.
    share : float
        Of the gradient that the direction carries.
    number : int
        Design points that matter.
    """
    lobes = np.empty((1 + MOST, 2))
    fill(points[0], 0.0)
    first = _approach(structure, scale, level, points[0], STEPS, gradients[0])
    number = _lobes(structure, scale, level, first, gradients, points, lobes)
    best = 0
    for i in range(number):
        if lobes[i, 1] < lobes[best, 1]:
            best = i
    nearest = lobes[best, 1]
    if best > 0 and lobes[0, 1] > nearest + NEARER:
        _swap(points, best)
        _swap(gradients, best)
        _swap(lobes, best)
    kept = 0
    offset = lobes[0, 0] - _dot(gradients[0], points[0])
    for i in range(number):
        if lobes[i, 1] < nearest + _LESS_LIKELY:
            _set(points[kept], 1.0, points[i])
            kept += 1
    return offset, _direction(structure, gradients[0], alpha), max(kept, 1)


@jit
def _reflect(row: Floats, normal: Floats, factor: float, out: Floats) -> None:
    """Set a multiple of the complement part of a reflected row."""
    along = 2.0 * _dot(row, normal) / _dot(normal, normal)
    for j in range(len(out)):
        out[j] = factor * (row[j] - along * normal[j])


@jit
def _centres(points: Floats, number: int, normal: Floats, found: Floats) -> int:
    """Set the origin of the complement and the points' parts in it that are apart from the others; return how many."""
    kept = 1
    fill(found[0], 0.0)
    for i in range(number):
        _reflect(points[i], normal, 1.0, found[kept])
        apart = True
        for other in range(kept):
            distance = 0.0
            for j in range(found.shape[1]):
                distance += (found[other, j] - found[kept, j]) ** 2
            apart &= distance > _APART**2
        kept += 1 if apart else 0
    return kept


@jit
def lines_of(
    structure: Structure, scale: Floats, level: float, alpha: Floats, gradient: Floats, offset: float, points: Floats,
    number: int,
) -> Lines:  # fmt: skip
    """Return the lines of one unit's strands around so many of its points; see `families.lines`."""
    count, size = structure.linear.shape
    scores, dimensions, last = len(structure.scores), size - 1, size - 1
    normal, centre = np.empty(size), np.empty((2 + MOST, dimensions))
    _set(normal, 1.0, alpha)
    normal[last] += -1.0 if normal[last] < -NOUGHT else 1.0
    strands = _centres(points, number, normal, centre)
    wide = math.sqrt(1.0 + 1.0 / max(dimensions, 1) ** 2)
    rise = _dot(gradient, alpha)
    rise = rise if rise > 0.0 else math.inf
    found = Lines(
        np.empty((strands, count)), np.empty(strands), np.empty((strands, count, dimensions)),
        np.empty((strands, count)), np.empty((strands, scores)), np.empty((strands, scores, dimensions)),
        np.empty((strands, scores)), np.empty(strands), np.empty((strands, dimensions)), np.empty(strands),
        np.empty((strands, dimensions)), np.empty(strands), np.empty((strands, strands)),
        np.empty((strands, strands, dimensions)), np.empty((strands, strands)),
    )  # fmt: skip
    for s in range(strands):
        here = centre[s]
        for e in range(count):
            _reflect(structure.linear[e], normal, 1.0, found.row_base[s, e])
            found.scale[s, e] = scale[e] + _dot(found.row_base[s, e], here)
            found.row_slope[s, e] = _dot(structure.linear[e], alpha)
            _set(found.row_base[s, e], wide, found.row_base[s, e])
        for t in range(scores):
            _reflect(structure.scores[t], normal, 1.0, found.score_base[s, t])
            found.score_start[s, t] = _dot(found.score_base[s, t], here)
            found.score_slope[s, t] = _dot(structure.scores[t], alpha)
            _set(found.score_base[s, t], wide, found.score_base[s, t])
        _reflect(gradient, normal, -1.0 / rise, found.start_base[s])
        found.log_threshold[s] = level
        found.start[s] = (level - offset) / rise + _dot(found.start_base[s], here)
        _set(found.start_base[s], wide, found.start_base[s])
        _set(found.tilt[s], -wide, here)
        found.bend[s] = 0.5 * (1.0 - wide**2)
        share = 0.5 / max(strands - 1, 1) if s > 0 else (1.0 if strands == 1 else 0.5)
        found.log_weight[s] = dimensions * math.log(wide) - 0.5 * _dot(here, here) + math.log(share)
        for k in range(strands):
            found.rival_share[k, s] = share
            for j in range(dimensions):
                found.rival[s, k, j] = (centre[k, j] - here[j]) / wide
            found.rival_start[s, k] = -0.5 * _dot(found.rival[s, k], found.rival[s, k])
    return found
