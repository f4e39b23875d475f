"""Lines solved for their crossings and summed: the formula of `kernels.lines` in blocks of lanes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flopline.kernels.compiled.jit import jit
from flopline.kernels.compiled.tables import add, combine, exp, log, mills, table, weigh
from flopline.kernels.families import Lines
from flopline.kernels.lines import _BISECTED, _ROOT_TWO_PI, _STRIDE, EDGE, ITERATIONS, NEAR
from flopline.kernels.records import Floats, Integers
from flopline.kernels.structure import Structure

_LEAST_LANES, _MOST_LANES = 64, 512
_FAST_FLOATS = 16384
"""What the lanes of a block may hold: about the second level of a cache."""
_VECTOR = 32
"""Lanes that vector code takes at a time; the rest of a loop would go one by one, so widths are rounded up."""
_FEW = 6
"""Lanes that are sooner done one by one."""
_KINDS = 13


class Lanes(NamedTuple):
    """Room for a block of lines: (rows, lanes), (scores, lanes) and (kinds, lanes) arrays."""

    fixed: Floats
    rows: Floats
    rise: Floats
    shares: Floats
    base: Floats
    vectors: Floats
    which: Integers
    kept: Integers
    gone: Integers
    home: Integers


@jit
def lanes_for(structure: Structure) -> Lanes:
    """Return room for the lines of a structure."""
    count, scores = len(structure.linear), len(structure.scores)
    lanes = min(max(_FAST_FLOATS // (4 * count + scores + 16), _LEAST_LANES), _MOST_LANES) // _VECTOR * _VECTOR
    # Lanes beyond the last line are computed with: they must hold numbers.
    return Lanes(
        np.zeros((count, lanes)), np.empty((count, lanes)), np.empty((count, lanes)), np.empty((count, lanes)),
        np.zeros((scores, lanes)), np.zeros((_KINDS, lanes)), np.empty(lanes, np.uint64), np.empty(lanes, np.uint64),
        np.empty(lanes, np.uint64), np.empty(lanes, np.uint64),
    )  # fmt: skip


@jit
def _evaluate(
    structure: Structure, moving: Integers, moves: int, gain: Floats, lever: Floats, fixed: Floats, base: Floats,
    t: Floats, width: int, rows: Floats, rise: Floats, value: Floats, steep: Floats, total: Floats, bend: Floats,
) -> None:  # fmt: skip
    """Set ln total - ln T (value), its slope (steep) and bend at t in the first lanes; rows become shares."""
    count, power = len(gain), structure.power
    for e in range(count):
        row, kept, steps = rows[e], fixed[e], gain[e]
        for lane in range(width):
            row[lane] = kept[lane] + steps * t[lane]
        slope = rise[e]
        for lane in range(width):
            slope[lane] = steps
    for i in range(moves):
        v = moving[i]
        s = structure.score[v]
        table(structure, v, base[s], lever[s], t, width, value, steep)
        for e in range(count):
            if power[e, v] != 0.0:
                add(power[e, v], value, 0, width, rows[e])
                add(power[e, v] * lever[s], steep, 0, width, rise[e])
    row = rows[0]
    for lane in range(width):
        value[lane], steep[lane], total[lane], bend[lane] = row[lane], 0.0, 0.0, 0.0
    for e in range(1, count):
        row = rows[e]
        for lane in range(width):
            value[lane] = max(value[lane], row[lane])
    for e in range(count):
        row = rows[e]
        for lane in range(width):
            row[lane] = exp(row[lane] - value[lane])
            total[lane] += row[lane]
    for lane in range(width):
        value[lane] += log(total[lane])
        total[lane] = 1.0 / total[lane]
    for e in range(count):
        row, gains = rows[e], rise[e]
        for lane in range(width):
            row[lane] *= total[lane]
            pull = row[lane] * gains[lane]
            steep[lane] += pull
            bend[lane] += pull * gains[lane]
    for lane in range(width):
        bend[lane] -= steep[lane] * steep[lane]


@jit
def _advance(
    t: Floats, value: Floats, steep: Floats, bend: Floats, low: Floats, high: Floats, last: Floats, width: int,
    step: Floats, new: Floats,
) -> None:  # fmt: skip
    """Set the next trials (new) and whether they are the last (step, 1 or 0); see `lines._crossings` and `_next`."""
    for lane in range(width):
        high[lane] = t[lane] if value[lane] > 0.0 else high[lane]
        low[lane] = low[lane] if value[lane] > 0.0 else t[lane]
    for lane in range(width):
        endless = -np.inf if value[lane] > 0.0 else np.inf
        slope = steep[lane] if steep[lane] > 0.0 else 1.0
        straight = -value[lane] / slope
        shorter = 1.0 + 0.5 * straight * bend[lane] / slope
        halley = straight / (shorter if shorter > 0.5 else 1.0)
        step[lane] = halley if steep[lane] > 0.0 else endless
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
        full = new[lane] == t[lane] + step[lane]
        done = (full & (last[lane] < NEAR)) | (last[lane] < _BISECTED) | (last[lane] == np.inf)
        step[lane] = 1.0 if done else 0.0


@jit
def _retire(
    room: Lanes, lever: Floats, new: Floats, steep: Floats, low: Floats, high: Floats,
    last: Floats, done: Floats, width: int, ended: Floats, rate: Floats, tracked: int,
) -> int:  # fmt: skip
    """Put solved lanes aside where they came from, close up the others, and return how many are left."""
    which, kept, gone, home = room.which, room.kept, room.gone, room.home
    left = out = 0
    for lane in range(width):
        kept[left] = gone[out] = lane
        left += 1 if done[lane] == 0.0 else 0
        out += 0 if done[lane] == 0.0 else 1
    for i in range(out):
        home[i] = which[gone[i]]
        ended[home[i]], rate[home[i]] = new[gone[i]], steep[gone[i]]
    for e in range(tracked):
        row, share = room.rows[e], room.shares[e]
        for i in range(out):
            share[home[i]] = row[gone[i]]
    if out == 0 or left == 0:
        return left
    for e in range(len(room.fixed)):
        _close_up(room.fixed[e], kept, left)
    for s in range(len(lever)):
        if lever[s] != 0.0:
            _close_up(room.base[s], kept, left)
    _close_up(new, kept, left)
    _close_up(low, kept, left)
    _close_up(high, kept, left)
    _close_up(last, kept, left)
    for i in range(left):
        which[i] = which[kept[i]]
    return left


@jit
def _close_up(row: Floats, kept: Integers, left: int) -> None:
    for i in range(left):
        row[i] = row[kept[i]]


@jit
def _sum(one: Floats, start: int, stop: int) -> float:
    """Return a sum in four strands, which need not wait for each other."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = start + (stop - start) // 4 * 4
    for i in range(start, whole, 4):
        a += one[i]
        b += one[i + 1]
        c += one[i + 2]
        d += one[i + 3]
    for i in range(whole, stop):
        a += one[i]
    return (a + b) + (c + d)


@jit
def _finish(
    t: Floats, steep: Floats, weight: Floats, shares: Floats, begin: int, width: int, number: int, over: Floats,
    under: Floats, sums: Floats, slopes: Floats,
) -> None:  # fmt: skip
    """Add solved lines to the sums of their scrambles, of so many lines each."""
    for lane in range(width):
        away = min(abs(t[lane]), EDGE + 1.0)
        near = exp(-0.5 * away * away)
        tail = near * mills(away)
        counts = weight[lane]
        other = counts * (1.0 - tail)
        over[lane] = counts * tail if t[lane] > 0.0 else other
        under[lane] = other if t[lane] > 0.0 else counts * tail
        weight[lane] = counts * near / (_ROOT_TWO_PI * steep[lane]) if steep[lane] > 0.0 else 0.0
    for e in range(slopes.shape[1]):
        row = shares[e]
        for lane in range(width):
            row[lane] *= weight[lane]
    start = 0
    while start < width:
        r = (begin + start) // number
        stop = min(width, (r + 1) * number - begin)
        sums[r, 0] += _sum(over, start, stop)
        sums[r, 1] += _sum(under, start, stop)
        sums[r, 2] += _sum(weight, start, stop)
        for e in range(slopes.shape[1]):
            slopes[r, e] += _sum(shares[e], start, stop)
        start = stop


@jit
def strand_sums(
    structure: Structure, lines: Lines, b: int, flat: Floats, first: int, end: int, number: int, room: Lanes,
    sums: Floats, slopes: Floats,
) -> None:  # fmt: skip
    """Add the lines of one strand through the points first .. end - 1 to the sums of `kernels.lines.line_sums`.

    A scramble has so many of these points, one scramble after the other.
    """
    fixed, base, which, vectors = room.fixed, room.base, room.which, room.vectors
    value, steep, total, done = vectors[0], vectors[1], vectors[2], vectors[3]
    t, new, low, high, last = vectors[4], vectors[5], vectors[6], vectors[7], vectors[8]
    weight, ended, rate, bend = vectors[9], vectors[10], vectors[11], vectors[12]
    power, score = structure.power, structure.score
    gain, lever, lanes = lines.row_slope[b], lines.score_slope[b], fixed.shape[1]
    moving, still = np.empty(len(score), np.int64), np.empty(len(score), np.int64)
    moves = 0
    for v in range(len(score)):
        if lever[score[v]] != 0.0:
            moving[moves] = v
            moves += 1
        else:
            still[v - moves] = v
    for begin in range(first, end, lanes):
        width = whole = min(lanes, end - begin)
        weigh(lines, b, flat, begin, width, value, weight)
        for s in range(len(base)):
            combine(lines.score_start[b, s], lines.score_base[b, s], flat, begin, width, base[s])
        for e in range(len(fixed)):
            level = lines.scale[b, e] - lines.log_threshold[b]
            combine(level, lines.row_base[b, e], flat, begin, width, fixed[e])
        combine(lines.start[b], lines.start_base[b], flat, begin, width, t)
        for i in range(len(score) - moves):
            v = still[i]
            table(structure, v, base[score[v]], 0.0, t, width, value, steep)
            for e in range(len(fixed)):
                if power[e, v] != 0.0:
                    add(power[e, v], value, 0, width, fixed[e])
        for lane in range(width):
            t[lane] = min(max(t[lane], -8.0), 8.0)
            which[lane] = lane
            low[lane], high[lane], last[lane] = -np.inf, np.inf, np.inf
        for iteration in range(ITERATIONS):
            wide = width if width <= _FEW else (width + _VECTOR - 1) // _VECTOR * _VECTOR
            _evaluate(
                structure,
                moving,
                moves,
                gain,
                lever,
                fixed,
                base,
                t,
                wide,
                room.rows,
                room.rise,
                value,
                steep,
                total,
                bend,
            )
            _advance(t, value, steep, bend, low, high, last, wide, done, new)
            if iteration == ITERATIONS - 1:
                for lane in range(width):
                    done[lane] = 1.0
            width = _retire(room, lever, new, steep, low, high, last, done, width, ended, rate, slopes.shape[1])
            t, new = new, t
            if width == 0:
                break
        _finish(ended, rate, weight, room.shares, begin - first, whole, number, value, total, sums, slopes)
