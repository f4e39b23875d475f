"""Marginals and linear combinations over lanes, and the weights of lines: what the compiled kernels are made of.

Loops over lanes are short, without branches or reductions, and touch few arrays each: only then does LLVM turn them
into vector code.
"""

from __future__ import annotations

import math

import numpy as np

from flopline.kernels import vector_math
from flopline.kernels.compiled.jit import jit
from flopline.kernels.families import Lines
from flopline.kernels.records import CELLS, REACH, STEP, Floats
from flopline.kernels.structure import WIDTH, Structure

_QUARTER = np.uint64(2)
_1, _2, _3 = np.uint64(1), np.uint64(2), np.uint64(3)

exp, log, mills = jit(vector_math.exp), jit(vector_math.log), jit(vector_math.mills)


@jit
def _smooth(flat: Floats, base: Floats, lever: float, t: Floats, width: int, value: Floats, slope: Floats) -> None:
    """Set ln x and its slope of a cubic table at scores base + lever t; see `marginals.hermite`."""
    for lane in range(width):
        z = base[lane] + lever * t[lane]
        # Not max and min: what is no number, in a lane that nobody reads, must give a cell of the table too.
        z = z if z > -REACH else -REACH  # noqa: FURB136
        place = ((z if z < REACH else REACH) + REACH) / WIDTH  # noqa: FURB136
        value[lane] = math.floor(min(place, CELLS - 0.5))
        slope[lane] = place - value[lane]
    for lane in range(width):
        at = np.uint64(np.int64(value[lane])) << _QUARTER
        s = slope[lane]
        rise, bend, twist = flat[at + _1], flat[at + _2], flat[at + _3]
        slope[lane] = (rise + s * (2.0 * bend + 3.0 * s * twist)) / WIDTH
        value[lane] = flat[at] + s * (rise + s * (bend + s * twist))
    for lane in range(width):
        z = base[lane] + lever * t[lane]
        value[lane] += slope[lane] * (z - min(max(z, -REACH), REACH))


@jit
def _atom(structure: Structure, v: int, z: float) -> float:
    """Return ln x of an empirical variable at one score; see `marginals.stepped`."""
    low, high = structure.first[v], structure.first[v + 1] - 1
    while low < high:
        middle = (low + high) // 2
        if structure.edges[middle] <= z:
            low = middle + 1
        else:
            high = middle
    return structure.steps[low]


@jit
def table(
    structure: Structure, v: int, base: Floats, lever: float, t: Floats, width: int, value: Floats, slope: Floats
) -> None:
    """Set ln x and its slope of one tabulated variable at scores base + lever t."""
    if structure.kind[v] == STEP:
        for lane in range(width):
            value[lane] = _atom(structure, v, base[lane] + lever * t[lane])
            slope[lane] = 0.0
    else:
        _smooth(structure.cubic[v].reshape(-1), base, lever, t, width, value, slope)


@jit
def read(structure: Structure, v: int, z: float) -> tuple[float, float]:
    """Return ln x and its slope of one tabulated variable at one score."""
    if structure.kind[v] == STEP:
        return _atom(structure, v, z), 0.0
    inside = min(max(z, -REACH), REACH)
    place = (inside + REACH) / WIDTH
    cell = min(int(place), CELLS - 1)
    s = place - cell
    cubic = structure.cubic
    left, rise, bend, twist = cubic[v, cell, 0], cubic[v, cell, 1], cubic[v, cell, 2], cubic[v, cell, 3]
    slope = (rise + s * (2.0 * bend + 3.0 * s * twist)) / WIDTH
    return left + s * (rise + s * (bend + s * twist)) + slope * (z - inside), slope


@jit
def add(factor: float, value: Floats, start: int, width: int, row: Floats) -> None:
    """Add a multiple of some lanes to a row."""
    for lane in range(width):
        row[lane] += factor * value[start + lane]


@jit
def combine(start: float, slope: Floats, points: Floats, first: int, width: int, out: Floats) -> None:
    """Set start + slope . x at some of the points, four coordinates in one go."""
    for lane in range(width):
        out[lane] = start
    whole = len(slope) // 4 * 4
    for j in range(0, whole, 4):
        a, b, c, d = slope[j], slope[j + 1], slope[j + 2], slope[j + 3]
        if (a != 0.0) + (b != 0.0) + (c != 0.0) + (d != 0.0) > 1:
            one, two, three, four = points[j], points[j + 1], points[j + 2], points[j + 3]
            for lane in range(width):
                at = first + lane
                out[lane] += (a * one[at] + b * two[at]) + (c * three[at] + d * four[at])
        else:
            for i in range(j, j + 4):
                if slope[i] != 0.0:
                    add(slope[i], points[i], first, width, out)
    for j in range(whole, len(slope)):
        if slope[j] != 0.0:
            add(slope[j], points[j], first, width, out)


@jit
def _add_squares(factor: float, points: Floats, first: int, width: int, out: Floats) -> None:
    """Add a multiple of |x|^2 at some of the points."""
    whole = len(points) // 4 * 4
    for j in range(0, whole, 4):
        one, two, three, four = points[j], points[j + 1], points[j + 2], points[j + 3]
        for lane in range(width):
            a, b, c, d = one[first + lane], two[first + lane], three[first + lane], four[first + lane]
            out[lane] += factor * ((a * a + b * b) + (c * c + d * d))
    for j in range(whole, len(points)):
        place = points[j]
        for lane in range(width):
            out[lane] += factor * (place[first + lane] * place[first + lane])


@jit
def weigh(lines: Lines, b: int, points: Floats, start: int, width: int, share: Floats, out: Floats) -> None:
    """Set what each line counts for; see `families.weights`."""
    combine(lines.log_weight[b], lines.tilt[b], points, start, width, out)
    _add_squares(lines.bend[b], points, start, width, out)
    for lane in range(width):
        out[lane] = exp(out[lane])
    rivals = lines.rival_share.shape[1]
    if rivals == 1:
        return
    mixture = np.zeros(width)
    for j in range(rivals):
        if lines.rival_share[b, j] > 0.0 and lines.rival_start[b, j] == 0.0:
            for lane in range(width):
                mixture[lane] += lines.rival_share[b, j]  # its own centre
        elif lines.rival_share[b, j] > 0.0:
            combine(lines.rival_start[b, j], lines.rival[b, j], points, start, width, share)
            for lane in range(width):
                mixture[lane] += lines.rival_share[b, j] * exp(min(share[lane], 300.0))
    for lane in range(width):
        out[lane] /= mixture[lane]
