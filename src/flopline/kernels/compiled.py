"""The kernels in Numba: the formulas of `lines` and `draws`, one line or draw at a time.

The only module that imports Numba, and itself imported inside functions only. Every compile option stands in `_jit`.
The entry points are cached on disk where that works; a cache that cannot be written, or was cut short, costs a
compilation and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from flopline.kernels.directions import Lines
from flopline.kernels.lines import _BISECTED, _STRIDE, EDGE, ITERATIONS, NEAR
from flopline.kernels.marginals import WIDTH
from flopline.kernels.records import CELLS, REACH, STEP, Floats, Integers
from flopline.kernels.structure import Structure

_ROOT_TWO_PI = 2.5066282746310002
_ROOT_HALF = 0.7071067811865476

Function = Callable[..., Any]
Tables = tuple[Integers, Floats, Floats, Integers, Floats, Floats]
Line = tuple[Floats, Floats, Floats, Floats]
Work = tuple[Floats, Floats]


def _jit(function: Function, *, cache: bool = False) -> Function:
    """Compile a function with the options that all kernels share.

    No fastmath (it removes the checks for infinities), no parallel=True (aborts under several threads, deadlocks after
    fork); error_model="numpy", since Python's checks of every division cost most of the speed.
    """
    compiled: Function = numba.njit(error_model="numpy", nogil=True, cache=cache)(function)
    return compiled


class _Entry:
    """A cached kernel that falls back to compiling in memory when the cache fails it."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._proven = False
        try:
            self._compiled = _jit(function, cache=True)
        except RuntimeError:  # no directory for a cache at all
            self._compiled = _jit(function)
            self._proven = True

    def __call__(self, *arguments: object) -> None:
        if self._proven:
            self._compiled(*arguments)
            return
        try:
            self._compiled(*arguments)
        except Exception:  # noqa: BLE001 (a damaged pickle may raise anything; a fault of ours is raised again below)
            self._compiled = _jit(self._function)
            self._compiled(*arguments)
        self._proven = True


@_jit
def _table(values: Floats, slopes: Floats, v: int, z: float) -> tuple[float, float]:
    """Return ln x and its slope of table v at a score; see `marginals.hermite`."""
    inside = min(max(z, -REACH), REACH)
    place = (inside + REACH) / WIDTH
    cell = min(int(place), CELLS - 1)
    s = place - cell
    left, right = values[v, cell], values[v, cell + 1]
    rise, fall = WIDTH * slopes[v, cell], WIDTH * slopes[v, cell + 1]
    bend = 3.0 * (right - left) - 2.0 * rise - fall
    twist = rise + fall - 2.0 * (right - left)
    slope = (rise + s * (2.0 * bend + 3.0 * s * twist)) / WIDTH
    return left + s * (rise + s * (bend + s * twist)) + slope * (z - inside), slope


@_jit
def _variable(tables: Tables, v: int, z: float) -> tuple[float, float]:
    """Return ln x and its slope of one tabulated variable at a score."""
    kind, values, slopes, first, steps, edges = tables
    if kind[v] != STEP:
        return _table(values, slopes, v, z)
    begin = first[v]
    low, high = 0, first[v + 1] - begin - 1
    while low < high:
        middle = (low + high) // 2
        if edges[begin + middle] <= z:
            low = middle + 1
        else:
            high = middle
    return steps[begin + low], 0.0


@_jit
def _excess(
    tables: Tables, score: Integers, power: Floats, moving: Integers, moved: int, line: Line, t: float, work: Work
) -> tuple[float, float]:
    """Return ln total - ln T and its slope along the line at t; the rows of work become shares of the total."""
    fixed, gain, base, lever = line
    rows, rise = work
    count = len(fixed)
    for e in range(count):
        rows[e] = fixed[e] + gain[e] * t
        rise[e] = gain[e]
    for i in range(moved):
        v = moving[i]
        speed = lever[score[v]]
        value, slope = _variable(tables, v, base[score[v]] + speed * t)
        slope *= speed
        for e in range(count):
            rows[e] += power[e, v] * value
            rise[e] += power[e, v] * slope
    top = rows[0]
    for e in range(1, count):
        top = max(top, rows[e])
    total = 0.0
    for e in range(count):
        rows[e] = math.exp(rows[e] - top)
        total += rows[e]
    steep = 0.0
    for e in range(count):
        rows[e] /= total
        steep += rows[e] * rise[e]
    return top + math.log(total), steep


@_jit
def _next(t: float, value: float, gain: float, low: float, high: float, last: float) -> tuple[float, bool]:
    """Return the next trial and whether it is a Newton step; see `lines._next`."""
    step = -value / gain if gain > 0.0 else (-np.inf if value > 0.0 else np.inf)
    new = t + step
    if low > -np.inf and high < np.inf:
        if new < low or new > high or abs(step) > max(0.5 * last, NEAR):
            return 0.5 * (low + high), False
        return new, True
    ceiling = t + _STRIDE if t < _STRIDE else EDGE
    floor = t - _STRIDE if t > -_STRIDE else -EDGE
    clipped = min(max(new, floor), ceiling)
    return clipped, clipped == new


@_jit
def _crossing(
    tables: Tables, score: Integers, power: Floats, moving: Integers, moved: int, line: Line, t: float, work: Work
) -> tuple[float, float]:
    """Return where one line crosses (-inf: always over, inf: never) and the slope there; see `lines._crossings`."""
    low, high, last = -np.inf, np.inf, np.inf
    steep = 0.0
    for _ in range(ITERATIONS):
        value, steep = _excess(tables, score, power, moving, moved, line, t, work)
        over = value > 0.0
        if over:
            high = t
        else:
            low = t
        new, newton = _next(t, value, steep, low, high, last)
        last = abs(new - t)
        if over and t <= -EDGE:
            return -np.inf, steep
        if not over and t >= EDGE:
            return np.inf, steep
        t = new
        if (newton and last < NEAR) or last < _BISECTED:
            break
    return t, steep


@_jit
def _dot(rows: Floats, b: int, e: int, points: Floats, r: int, i: int) -> float:
    part = 0.0
    for j in range(points.shape[0]):
        part += rows[b, e, j] * points[j, r, i]
    return part


def _all_lines(structure: Structure, lines: Lines, points: Floats, sums: Floats, slopes: Floats) -> None:
    """Add one line after the other to the sums that `lines.line_sums` describes."""
    score, power = structure.score, structure.power
    kinds = (structure.kind, structure.values, structure.slopes, structure.first, structure.steps, structure.edges)
    scale, log_threshold, row_base, row_slope, score_base, score_slope, start, start_base = lines
    units, count = scale.shape
    tables, scores = len(score), score_base.shape[1]
    fixed, gain, base, lever = np.empty(count), np.empty(count), np.empty(scores), np.empty(scores)
    line = (fixed, gain, base, lever)
    rows, rise = np.empty(count), np.empty(count)
    work = (rows, rise)
    still, moving = np.empty(tables, np.int64), np.empty(tables, np.int64)
    for b in range(units):
        gain[:] = row_slope[b]
        lever[:] = score_slope[b]
        moved, kept = 0, 0
        for v in range(tables):
            if lever[score[v]] != 0.0:
                moving[moved] = v
                moved += 1
            else:
                still[kept] = v
                kept += 1
        for r in range(points.shape[1]):
            for i in range(points.shape[2]):
                for e in range(count):
                    fixed[e] = scale[b, e] - log_threshold[b] + _dot(row_base, b, e, points, r, i)
                for s in range(scores):
                    base[s] = _dot(score_base, b, s, points, r, i)
                for k in range(kept):
                    v = still[k]
                    value, _ = _variable(kinds, v, base[score[v]])
                    for e in range(count):
                        fixed[e] += power[e, v] * value
                guess = start[b]
                for j in range(points.shape[0]):
                    guess += start_base[b, j] * points[j, r, i]
                guess = min(max(guess, -8.0), 8.0)
                t, steep = _crossing(kinds, score, power, moving, moved, line, guess, work)
                sums[b, r, 0] += 0.5 * math.erfc(t * _ROOT_HALF)
                sums[b, r, 1] += 0.5 * math.erfc(-t * _ROOT_HALF)
                if steep > 0.0:
                    density = math.exp(-0.5 * t * t) / _ROOT_TWO_PI / steep
                    sums[b, r, 2] += density
                    for e in range(count):
                        slopes[b, r, e] += rows[e] * density


def _all_draws(
    structure: Structure,
    scale: Floats,
    log_threshold: Floats,
    window: Floats,
    points: Floats,
    sums: Floats,
    slopes: Floats,
) -> None:
    kinds = (structure.kind, structure.values, structure.slopes, structure.first, structure.steps, structure.edges)
    units, count = scale.shape
    dimensions, scrambles, number = points.shape
    logs, rows = np.empty(count), np.empty(count)
    for r in range(scrambles):
        for i in range(number):
            for e in range(count):
                logs[e] = 0.0
                for j in range(dimensions):
                    logs[e] += structure.linear[e, j] * points[j, r, i]
            for v in range(len(structure.score)):
                score = 0.0
                for j in range(dimensions):
                    score += structure.scores[structure.score[v], j] * points[j, r, i]
                value, _ = _variable(kinds, v, score)
                for e in range(count):
                    logs[e] += structure.power[e, v] * value
            for b in range(units):
                top = -np.inf
                for e in range(count):
                    rows[e] = logs[e] + scale[b, e] - log_threshold[b]
                    top = max(top, rows[e])
                total = 0.0
                for e in range(count):
                    rows[e] = math.exp(rows[e] - top)
                    total += rows[e]
                excess = top + math.log(total)
                sums[b, r, 0 if excess > 0.0 else 1] += 1.0
                near = math.exp(-0.5 * (excess / window[b]) ** 2) / (window[b] * _ROOT_TWO_PI)
                sums[b, r, 2] += near
                for e in range(count):
                    slopes[b, r, e] += rows[e] / total * near


_lines = _Entry(_all_lines)
_draws = _Entry(_all_draws)


def line_sums(structure: Structure, lines: Lines, points: Floats) -> tuple[Floats, Floats]:
    """Return what `flopline.kernels.lines.line_sums` returns, by compiled loops."""
    sums = np.zeros((len(lines.scale), points.shape[1], 3))
    slopes = np.zeros((len(lines.scale), points.shape[1], lines.scale.shape[1]))
    _lines(structure, Lines(*map(np.ascontiguousarray, lines)), points, sums, slopes)
    return sums, slopes


def draw_sums(
    structure: Structure, scale: Floats, log_threshold: Floats, window: Floats, points: Floats
) -> tuple[Floats, Floats]:
    """Return what `flopline.kernels.draws.draw_sums` returns, by compiled loops."""
    sums = np.zeros((len(scale), points.shape[1], 3))
    slopes = np.zeros((len(scale), points.shape[1], scale.shape[1]))
    _draws(structure, scale, log_threshold, window, points, sums, slopes)
    return sums, slopes
