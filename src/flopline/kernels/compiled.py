"""The kernels in Numba: the formulas of `lines` and `draws`, in blocks of lanes that advance together.

The only module that imports Numba, and itself imported inside functions only. Every compile option stands in `_jit`.
Loops over lanes are short, without branches or reductions, and touch few arrays each: only then does LLVM turn them
into vector code. The entry points are cached on disk where that works; see `caching`.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from flopline.kernels import vector_math
from flopline.kernels.caching import Entry, Function
from flopline.kernels.families import Lines
from flopline.kernels.lines import _BISECTED, _STRIDE, EDGE, ITERATIONS, NEAR
from flopline.kernels.records import CELLS, REACH, STEP, Floats, Integers
from flopline.kernels.structure import WIDTH, Structure

_ROOT_TWO_PI = 2.5066282746310002
STAMP = "3bf6b5af8897"
"""Of everything outside this file that enters the machine code; the cache is keyed by this file alone."""
_LEAST_LANES, _MOST_LANES = 64, 512
_FAST_FLOATS = 16384
"""What the lanes of a block may hold: about the second level of a cache."""
_QUARTER = np.uint64(2)
_1, _2, _3 = np.uint64(1), np.uint64(2), np.uint64(3)


def _jit(function: Function, *, cache: bool = False) -> Function:
    """Compile a function with the options that all kernels share.

    No fastmath (it removes the checks for infinities), no parallel=True (aborts under several threads, deadlocks after
    fork); error_model="numpy", since Python's checks of every division cost most of the speed.
    """
    compiled: Function = numba.njit(error_model="numpy", nogil=True, cache=cache)(function)
    return compiled


_exp, _log, _mills = _jit(vector_math.exp), _jit(vector_math.log), _jit(vector_math.mills)


@_jit
def _smooth(flat: Floats, base: Floats, lever: float, t: Floats, width: int, value: Floats, slope: Floats) -> None:
    """Set ln x and its slope of a cubic table at scores base + lever t; see `marginals.hermite`."""
    for lane in range(width):
        z = base[lane] + lever * t[lane]
        place = (min(max(z, -REACH), REACH) + REACH) / WIDTH
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


@_jit
def _stepped(
    steps: Floats, edges: Floats, begin: int, end: int, base: Floats, lever: float, t: Floats, width: int, value: Floats
) -> None:
    """Set ln x of an empirical variable at scores base + lever t; see `marginals.stepped`."""
    for lane in range(width):
        z = base[lane] + lever * t[lane]
        low, high = begin, end - 1
        while low < high:
            middle = (low + high) // 2
            if edges[middle] <= z:
                low = middle + 1
            else:
                high = middle
        value[lane] = steps[low]


@_jit
def _table(
    structure: Structure, v: int, base: Floats, lever: float, t: Floats, width: int, value: Floats, slope: Floats
) -> None:
    """Set ln x and its slope of one tabulated variable at scores base + lever t."""
    if structure.kind[v] == STEP:
        first = structure.first
        _stepped(structure.steps, structure.edges, first[v], first[v + 1], base, lever, t, width, value)
        slope[:width] = 0.0
    else:
        _smooth(structure.cubic[v].reshape(-1), base, lever, t, width, value, slope)


@_jit
def _add(factor: float, value: Floats, start: int, width: int, row: Floats) -> None:
    """Add a multiple of some lanes to a row."""
    for lane in range(width):
        row[lane] += factor * value[start + lane]


@_jit
def _combine(start: float, slope: Floats, points: Floats, first: int, width: int, out: Floats) -> None:
    """Set start + slope . x at some of the points."""
    out[:width] = start
    for j in range(len(slope)):
        _add(slope[j], points[j], first, width, out)


@_jit
def _weigh(lines: Lines, b: int, points: Floats, start: int, width: int, share: Floats, out: Floats) -> None:
    """Set what each line counts for; see `families.weights`."""
    _combine(lines.log_weight[b], lines.tilt[b], points, start, width, out)
    bend = lines.bend[b]
    for j in range(len(points)):
        place = points[j]
        for lane in range(width):
            out[lane] += bend * (place[start + lane] * place[start + lane])
    for lane in range(width):
        out[lane] = _exp(out[lane])
    rivals = lines.rival_share.shape[1]
    if rivals == 1:
        return
    mixture = np.zeros(width)
    for j in range(rivals):
        if lines.rival_share[b, j] > 0.0:
            _combine(lines.rival_start[b, j], lines.rival[b, j], points, start, width, share)
            for lane in range(width):
                mixture[lane] += lines.rival_share[b, j] * _exp(min(share[lane], 300.0))
    for lane in range(width):
        out[lane] /= mixture[lane]


@_jit
def _evaluate(
    structure: Structure, moving: Integers, gain: Floats, lever: Floats, fixed: Floats, base: Floats, t: Floats,
    width: int, rows: Floats, rise: Floats, value: Floats, steep: Floats, total: Floats,
) -> None:  # fmt: skip
    """Set ln total - ln T (value) and its slope (steep) at t in the first lanes; rows become shares of the total."""
    count, power = len(gain), structure.power
    for e in range(count):
        row, kept, steps = rows[e], fixed[e], gain[e]
        for lane in range(width):
            row[lane] = kept[lane] + steps * t[lane]
        rise[e, :width] = steps
    for i in range(len(moving)):
        v = moving[i]
        s = structure.score[v]
        _table(structure, v, base[s], lever[s], t, width, value, steep)
        for e in range(count):
            if power[e, v] != 0.0:
                _add(power[e, v], value, 0, width, rows[e])
                _add(power[e, v] * lever[s], steep, 0, width, rise[e])
    value[:width], steep[:width], total[:width] = rows[0, :width], 0.0, 0.0
    for e in range(1, count):
        row = rows[e]
        for lane in range(width):
            value[lane] = max(value[lane], row[lane])
    for e in range(count):
        row = rows[e]
        for lane in range(width):
            row[lane] = _exp(row[lane] - value[lane])
            total[lane] += row[lane]
    for lane in range(width):
        value[lane] += _log(total[lane])
        total[lane] = 1.0 / total[lane]
    for e in range(count):
        row, gains = rows[e], rise[e]
        for lane in range(width):
            row[lane] *= total[lane]
            steep[lane] += row[lane] * gains[lane]


@_jit
def _advance(
    t: Floats, value: Floats, steep: Floats, low: Floats, high: Floats, last: Floats, width: int, step: Floats,
    new: Floats,
) -> None:  # fmt: skip
    """Set the next trials (new) and whether they are the last (step, 1 or 0); see `lines._crossings` and `_next`."""
    for lane in range(width):
        high[lane] = t[lane] if value[lane] > 0.0 else high[lane]
        low[lane] = low[lane] if value[lane] > 0.0 else t[lane]
    for lane in range(width):
        endless = -np.inf if value[lane] > 0.0 else np.inf
        step[lane] = -value[lane] / steep[lane] if steep[lane] > 0.0 else endless
    for lane in range(width):
        at, trial = t[lane], t[lane] + step[lane]
        bad = (trial < low[lane]) | (trial > high[lane]) | (abs(step[lane]) > max(0.5 * last[lane], NEAR))
        ceiling = at + _STRIDE if at < _STRIDE else EDGE
        floor = at - _STRIDE if at > -_STRIDE else -EDGE
        inside = 0.5 * (low[lane] + high[lane]) if bad else trial
        bracketed = (low[lane] > -np.inf) & (high[lane] < np.inf)
        chosen = inside if bracketed else min(max(trial, floor), ceiling)
        chosen = np.inf if (low[lane] == at) & (at >= EDGE) else chosen
        new[lane] = -np.inf if (high[lane] == at) & (at <= -EDGE) else chosen
    for lane in range(width):
        last[lane] = abs(new[lane] - t[lane])
        newton = new[lane] == t[lane] + step[lane]
        done = (newton & (last[lane] < NEAR)) | (last[lane] < _BISECTED) | (last[lane] == np.inf)
        step[lane] = 1.0 if done else 0.0


@_jit
def _finish(
    t: Floats, steep: Floats, rows: Floats, weight: Floats, where: Integers, start: int, width: int, number: int,
    tail: Floats, near: Floats, sums: Floats, slopes: Floats,
) -> None:  # fmt: skip
    """Add solved lines to the sums of their scrambles, of so many lines each."""
    for lane in range(width):
        away = min(abs(t[lane]), EDGE + 1.0)
        near[lane] = _exp(-0.5 * away * away)
        tail[lane] = near[lane] * _mills(away)
    for lane in range(width):
        r, counts = (start + where[lane]) // number, weight[where[lane]]
        other = 1.0 - tail[lane]
        sums[r, 0] += counts * (tail[lane] if t[lane] > 0.0 else other)
        sums[r, 1] += counts * (other if t[lane] > 0.0 else tail[lane])
        if steep[lane] > 0.0:
            density = counts * near[lane] / (_ROOT_TWO_PI * steep[lane])
            sums[r, 2] += density
            for e in range(len(rows)):
                slopes[r, e] += rows[e, lane] * density


def _all_lines(structure: Structure, lines: Lines, points: Floats, sums: Floats, slopes: Floats) -> None:
    """Add every line to the sums that `lines.line_sums` describes: solved lanes are put aside, the others close up."""
    power, score = structure.power, structure.score
    count, scores = lines.scale.shape[1], lines.score_base.shape[1]
    lanes = min(max(_FAST_FLOATS // (4 * count + scores + 16), _LEAST_LANES), _MOST_LANES)
    fixed, rows, rise, shares = (
        np.empty((count, lanes)), np.empty((count, lanes)), np.empty((count, lanes)), np.empty((count, lanes)),
    )  # fmt: skip
    base = np.empty((scores, lanes))
    value, steep, total, step = np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes)
    t, new, low, high, last = np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes)
    weight, ended, rate = np.empty(lanes), np.empty(lanes), np.empty(lanes)
    which, where = np.empty(lanes, np.int64), np.empty(lanes, np.int64)
    number = points.shape[2]
    size = points.shape[1] * number
    flat = points.reshape(points.shape[0], size)
    for b in range(len(lines.scale)):
        gain, lever = lines.row_slope[b], lines.score_slope[b]
        moves = lever[score] != 0.0
        moving, still = np.flatnonzero(moves), np.flatnonzero(~moves)
        for start in range(0, size, lanes):
            width = whole = min(lanes, size - start)
            _weigh(lines, b, flat, start, width, value, weight)
            for s in range(scores):
                _combine(lines.score_start[b, s], lines.score_base[b, s], flat, start, width, base[s])
            for e in range(count):
                level = lines.scale[b, e] - lines.log_threshold[b]
                _combine(level, lines.row_base[b, e], flat, start, width, fixed[e])
            _combine(lines.start[b], lines.start_base[b], flat, start, width, t)
            for i in range(len(still)):
                v = still[i]
                _table(structure, v, base[score[v]], 0.0, t, width, value, steep)
                for e in range(count):
                    if power[e, v] != 0.0:
                        _add(power[e, v], value, 0, width, fixed[e])
            for lane in range(width):
                t[lane] = min(max(t[lane], -8.0), 8.0)
                which[lane] = lane
            low[:], high[:], last[:] = -np.inf, np.inf, np.inf
            for iteration in range(ITERATIONS):
                _evaluate(structure, moving, gain, lever, fixed, base, t, width, rows, rise, value, steep, total)
                _advance(t, value, steep, low, high, last, width, step, new)
                for lane in range(width - 1, -1, -1):
                    if step[lane] != 0.0 or iteration == ITERATIONS - 1:
                        width -= 1
                        aside = whole - width - 1
                        ended[aside], rate[aside], where[aside] = new[lane], steep[lane], which[lane]
                        new[lane], low[lane], high[lane] = new[width], low[width], high[width]
                        last[lane], which[lane] = last[width], which[width]
                        for e in range(count):
                            shares[e, aside], fixed[e, lane] = rows[e, lane], fixed[e, width]
                        for s in range(scores):
                            base[s, lane] = base[s, width]
                t, new = new, t
                if width == 0:
                    break
            _finish(ended, rate, shares, weight, where, start, whole, number, total, value, sums[b], slopes[b])


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
    power, score = structure.power, structure.score
    units, count = scale.shape
    number = points.shape[2]
    logs, rows = np.empty((count, number)), np.empty(count)
    base, value, slope = np.empty(number), np.empty(number), np.empty(number)
    for r in range(points.shape[1]):
        places = points[:, r]
        for e in range(count):
            _combine(0.0, structure.linear[e], places, 0, number, logs[e])
        for v in range(len(score)):
            _combine(0.0, structure.scores[score[v]], places, 0, number, base)
            _table(structure, v, base, 0.0, base, number, value, slope)
            for e in range(count):
                if power[e, v] != 0.0:
                    _add(power[e, v], value, 0, number, logs[e])
        for b in range(units):
            for i in range(number):
                top = -np.inf
                for e in range(count):
                    rows[e] = logs[e, i] + scale[b, e]
                    top = max(top, rows[e])
                total = 0.0
                for e in range(count):
                    rows[e] = _exp(rows[e] - top)
                    total += rows[e]
                excess = top + _log(total) - log_threshold[b]
                sums[b, r, 0 if excess > 0.0 else 1] += 1.0
                near = _exp(max(-0.5 * (excess / window[b]) ** 2, -700.0)) / (window[b] * _ROOT_TWO_PI)
                sums[b, r, 2] += near
                for e in range(count):
                    slopes[b, r, e] += rows[e] / total * near


_lines = Entry(_all_lines, _jit)
_draws = Entry(_all_draws, _jit)


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
