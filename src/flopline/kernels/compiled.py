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

from flopline.kernels.families import Lines
from flopline.kernels.lines import _BISECTED, _STRIDE, EDGE, ITERATIONS, NEAR
from flopline.kernels.records import CELLS, REACH, STEP, Floats, Integers
from flopline.kernels.structure import WIDTH, Structure

_ROOT_TWO_PI = 2.5066282746310002
_ROOT_HALF = 0.7071067811865476

_PER_LN_2 = 1.4426950408889634
_LN_2_HIGH = 6.93147180369123816490e-01
_LN_2_LOW = 1.90821492927058770002e-10
_TAYLOR = tuple(1.0 / math.factorial(k) for k in range(14))
_LANES = 32

Function = Callable[..., Any]


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
def _exp(x: float) -> float:
    """Return exp(x) for x <= 0, to rounding: without a branch, so that a loop over lanes becomes vector code."""
    x = max(x, -700.0)
    power = math.floor(x * _PER_LN_2 + 0.5)
    r = (x - power * _LN_2_HIGH) - power * _LN_2_LOW
    result = _TAYLOR[13]
    for k in range(12, -1, -1):
        result = _TAYLOR[k] + result * r
    return result * np.int64((np.int64(power) + np.int64(1023)) << np.int64(52)).view(np.float64)


@_jit
def _read(
    kind: Integers, cubic: Floats, first: Integers, steps: Floats, edges: Floats, v: int, z: float
) -> tuple[float, float]:
    """Return ln x and its slope of one tabulated variable at a score; see `marginals.tabulated`."""
    if kind[v] != STEP:
        inside = min(max(z, -REACH), REACH)
        place = (inside + REACH) / WIDTH
        cell = min(int(place), CELLS - 1)
        s = place - cell
        rise, bend, twist = cubic[v, cell, 1], cubic[v, cell, 2], cubic[v, cell, 3]
        slope = (rise + s * (2.0 * bend + 3.0 * s * twist)) / WIDTH
        return cubic[v, cell, 0] + s * (rise + s * (bend + s * twist)) + slope * (z - inside), slope
    low, high = first[v], first[v + 1] - 1
    while low < high:
        middle = (low + high) // 2
        if edges[middle] <= z:
            low = middle + 1
        else:
            high = middle
    return steps[low], 0.0


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
def _evaluate(
    kind: Integers,
    cubic: Floats,
    first: Integers,
    steps: Floats,
    edges: Floats,
    score: Integers,
    power: Floats,
    moving: Integers,
    gain: Floats,
    lever: Floats,
    fixed: Floats,
    base: Floats,
    t: Floats,
    width: int,
    rows: Floats,
    rise: Floats,
    value: Floats,
    steep: Floats,
) -> None:
    """Set ln total - ln T (value) and its slope (steep) at t in the first lanes; rows become shares of the total."""
    count = len(gain)
    for e in range(count):
        for lane in range(width):
            rows[e, lane] = fixed[e, lane] + gain[e] * t[lane]
            rise[e, lane] = gain[e]
    for i in range(len(moving)):
        v = moving[i]
        s = score[v]
        for lane in range(width):
            value[lane], steep[lane] = _read(kind, cubic, first, steps, edges, v, base[s, lane] + lever[s] * t[lane])
        for e in range(count):
            if power[e, v] != 0.0:
                for lane in range(width):
                    rows[e, lane] += power[e, v] * value[lane]
                    rise[e, lane] += power[e, v] * (steep[lane] * lever[s])
    for lane in range(width):
        value[lane] = rows[0, lane]
        steep[lane] = 0.0
    for e in range(1, count):
        for lane in range(width):
            value[lane] = max(value[lane], rows[e, lane])
    total = np.zeros(_LANES)
    for e in range(count):
        for lane in range(width):
            rows[e, lane] = _exp(rows[e, lane] - value[lane])
            total[lane] += rows[e, lane]
    for lane in range(width):
        value[lane] += math.log(total[lane])
        total[lane] = 1.0 / total[lane]
    for e in range(count):
        for lane in range(width):
            rows[e, lane] *= total[lane]
            steep[lane] += rows[e, lane] * rise[e, lane]


@_jit
def _combine(rows: Floats, points: Floats, r: int, start: int, width: int, out: Floats) -> None:
    """Add (m, j) rows times the points of some lanes to (m, lanes)."""
    for m in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            for lane in range(width):
                out[m, lane] += rows[m, j] * points[j, r, start + lane]


@_jit
def _add(t: float, steep: float, weight: float, rows: Floats, lane: int, sums: Floats, slopes: Floats) -> None:
    """Add one solved line to its scramble's sums."""
    tail = 0.5 * math.erfc(abs(t) * _ROOT_HALF)
    sums[0] += weight * (tail if t > 0.0 else 1.0 - tail)
    sums[1] += weight * (1.0 - tail if t > 0.0 else tail)
    if steep > 0.0:
        density = weight * math.exp(-0.5 * t * t) / _ROOT_TWO_PI / steep
        sums[2] += density
        for e in range(len(slopes)):
            slopes[e] += rows[e, lane] * density


def _all_lines(
    structure: Structure, lines: Lines, points: Floats, weights: Floats, sums: Floats, slopes: Floats
) -> None:
    """Add every line to the sums that `lines.line_sums` describes; lanes of lines advance together."""
    kind, cubic, first = structure.kind, structure.cubic, structure.first
    steps, edges, score, power = structure.steps, structure.edges, structure.score, structure.power
    count, scores = lines.scale.shape[1], lines.score_base.shape[1]
    fixed, rows, rise = np.empty((count, _LANES)), np.empty((count, _LANES)), np.empty((count, _LANES))
    base, guess = np.empty((scores, _LANES)), np.empty((1, _LANES))
    value, steep, t, weight = np.empty(_LANES), np.empty(_LANES), np.empty(_LANES), np.empty(_LANES)
    low, high, last = np.empty(_LANES), np.empty(_LANES), np.empty(_LANES)
    for b in range(len(lines.scale)):
        gain, lever = lines.row_slope[b], lines.score_slope[b]
        moves = lever[score] != 0.0
        moving, still = np.flatnonzero(moves), np.flatnonzero(~moves)
        for r in range(points.shape[1]):
            for start in range(0, points.shape[2], _LANES):
                width = min(_LANES, points.shape[2] - start)
                for s in range(scores):
                    base[s] = lines.score_start[b, s]
                guess[:] = lines.start[b]
                for e in range(count):
                    fixed[e] = lines.scale[b, e] - lines.log_threshold[b]
                _combine(lines.row_base[b], points, r, start, width, fixed)
                _combine(lines.score_base[b], points, r, start, width, base)
                _combine(lines.start_base[b : b + 1], points, r, start, width, guess)
                for i in range(len(still)):
                    v = still[i]
                    for lane in range(width):
                        x, _ = _read(kind, cubic, first, steps, edges, v, base[score[v], lane])
                        for e in range(count):
                            fixed[e, lane] += power[e, v] * x
                for lane in range(width):
                    t[lane] = min(max(guess[0, lane], -8.0), 8.0)
                    low[lane], high[lane], last[lane] = -np.inf, np.inf, np.inf
                    weight[lane] = weights[b, r, start + lane]
                for iteration in range(ITERATIONS):
                    _evaluate(
                        kind, cubic, first, steps, edges, score, power, moving, gain, lever, fixed, base, t, width,
                        rows, rise, value, steep,
                    )  # fmt: skip
                    for lane in range(width - 1, -1, -1):
                        over = value[lane] > 0.0
                        if over:
                            high[lane] = t[lane]
                        else:
                            low[lane] = t[lane]
                        new, newton = _next(t[lane], value[lane], steep[lane], low[lane], high[lane], last[lane])
                        last[lane] = abs(new - t[lane])
                        done = (newton and last[lane] < NEAR) or last[lane] < _BISECTED or iteration == ITERATIONS - 1
                        if over and t[lane] <= -EDGE:
                            new, done = -np.inf, True
                        if not over and t[lane] >= EDGE:
                            new, done = np.inf, True
                        t[lane] = new
                        if done:
                            _add(new, steep[lane], weight[lane], rows, lane, sums[b, r], slopes[b, r])
                            width -= 1
                            t[lane], low[lane], high[lane], last[lane] = t[width], low[width], high[width], last[width]
                            weight[lane] = weight[width]
                            for e in range(count):
                                fixed[e, lane] = fixed[e, width]
                            for s in range(scores):
                                base[s, lane] = base[s, width]
                    if width == 0:
                        break


def _all_draws(
    structure: Structure,
    scale: Floats,
    log_threshold: Floats,
    window: Floats,
    points: Floats,
    sums: Floats,
    slopes: Floats,
) -> None:
    """Add every draw to the sums that `draws.draw_sums` describes."""
    kind, cubic, first = structure.kind, structure.cubic, structure.first
    steps, edges, score, power = structure.steps, structure.edges, structure.score, structure.power
    units, count = scale.shape
    logs, base = np.empty((count, 1)), np.empty((structure.scores.shape[0], 1))
    rows = np.empty(count)
    for r in range(points.shape[1]):
        for i in range(points.shape[2]):
            logs[:] = 0.0
            base[:] = 0.0
            _combine(structure.linear, points, r, i, 1, logs)
            _combine(structure.scores, points, r, i, 1, base)
            for v in range(len(score)):
                value, _ = _read(kind, cubic, first, steps, edges, v, base[score[v], 0])
                for e in range(count):
                    logs[e, 0] += power[e, v] * value
            for b in range(units):
                top = -np.inf
                for e in range(count):
                    rows[e] = logs[e, 0] + scale[b, e]
                    top = max(top, rows[e])
                total = 0.0
                for e in range(count):
                    rows[e] = math.exp(rows[e] - top)
                    total += rows[e]
                excess = top + math.log(total) - log_threshold[b]
                sums[b, r, 0 if excess > 0.0 else 1] += 1.0
                near = math.exp(-0.5 * (excess / window[b]) ** 2) / (window[b] * _ROOT_TWO_PI)
                sums[b, r, 2] += near
                for e in range(count):
                    slopes[b, r, e] += rows[e] / total * near


_lines = _Entry(_all_lines)
_draws = _Entry(_all_draws)


def line_sums(structure: Structure, lines: Lines, points: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return what `flopline.kernels.lines.line_sums` returns, by compiled loops."""
    sums = np.zeros((len(lines.scale), points.shape[1], 3))
    slopes = np.zeros((len(lines.scale), points.shape[1], lines.scale.shape[1]))
    _lines(structure, Lines(*map(np.ascontiguousarray, lines)), points, weights, sums, slopes)
    return sums, slopes


def draw_sums(
    structure: Structure, scale: Floats, log_threshold: Floats, window: Floats, points: Floats
) -> tuple[Floats, Floats]:
    """Return what `flopline.kernels.draws.draw_sums` returns, by compiled loops."""
    sums = np.zeros((len(scale), points.shape[1], 3))
    slopes = np.zeros((len(scale), points.shape[1], scale.shape[1]))
    _draws(structure, scale, log_threshold, window, points, sums, slopes)
    return sums, slopes
