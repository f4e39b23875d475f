"""Exceedance integrated along lines, the plain execution: NumPy over all lines of several units at once.

Each line z(t) is solved for ln total(z(t)) = ln T, where the total first exceeds its threshold, and contributes the
normal probability beyond; `compiled.line_sums` is the same formula in Numba and must take the same steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flopline.kernels.families import weights
from flopline.kernels.marginals import log_rows, tabulated
from flopline.kernels.special import normal_sf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.kernels.families import Lines
    from flopline.kernels.records import Floats, Integers
    from flopline.kernels.structure import Structure

EDGE = 38.0
"""Distance beyond which a normal probability vanishes in double precision."""
NEAR = 1e-4
"""A step this short leaves an error between its square and its cube, far below what the number of lines leaves."""
ITERATIONS = 100
_STRIDE = 4.0
_BISECTED = 1e-13
_ROOT_TWO_PI = 2.5066282746310002


def line_sums(structure: Structure, lines: Lines, points: Floats) -> tuple[Floats, Floats]:
    """Return the sums over each scramble's lines, for each unit.

    Parameters
    ----------
    structure : Structure
    lines : Lines
        B units.
    points : (r - 1, R, n) array
        Places in the complement: n lines in each of R scrambles.

    Returns
    -------
    sums : (B, R, 3) array
        Weighted sums of P(t > crossing), of P(t < crossing) and of the density of ln total at the threshold; the first
        two add up to the weights.
    slopes : (B, R, E) array
        Sums of d P / d ln scale of each row.
    """
    units, rows = lines.scale.shape
    flat = points.reshape(len(points), points.shape[1] * points.shape[2])
    family = _family(structure, lines, flat)
    crossing, slope, weight = _crossings(structure, family)
    counts = weights(lines, flat).reshape(-1)
    density = np.where(slope > 0.0, np.exp(-0.5 * crossing * crossing) / _ROOT_TWO_PI, 0.0)
    density *= counts / np.where(slope > 0.0, slope, 1.0)
    shape = (units, points.shape[1], points.shape[2])
    tail = normal_sf(np.abs(crossing))
    over = np.where(crossing > 0.0, tail, 1.0 - tail) * counts
    under = np.where(crossing > 0.0, 1.0 - tail, tail) * counts
    sums = np.stack([over, under, density]).reshape(3, *shape).sum(axis=-1)
    slopes = (weight * density).reshape(rows, *shape).sum(axis=-1)
    return np.moveaxis(sums, 0, -1), np.moveaxis(slopes, 0, -1)


@dataclass(slots=True)
class _Family:
    """Lines of several units side by side; the last axis runs over lines."""

    fixed: Floats  # (E, L) what a row's logarithm keeps along its line, less ln T
    slope: Floats  # (E, L) what it gains per unit of t
    score: Floats  # (V', L) scores of the moving variables at t = 0
    lever: Floats  # (V', L) and what they gain per unit of t
    start: Floats  # (L,)
    moving: Integers  # (V',) which variables move

    def of(self, index: NDArray[np.intp]) -> _Family:
        """Return some of the lines."""
        return _Family(
            self.fixed[:, index],
            self.slope[:, index],
            self.score[:, index],
            self.lever[:, index],
            self.start[index],
            self.moving,
        )


def _family(structure: Structure, lines: Lines, flat: Floats) -> _Family:
    units, count = len(lines.scale), flat.shape[1]
    fixed = (lines.scale - lines.log_threshold[:, None]).T[:, :, None] + np.einsum("bej,jn->ebn", lines.row_base, flat)
    score = lines.score_start.T[:, :, None] + np.einsum("btj,jn->tbn", lines.score_base, flat)
    score = score[structure.score]
    lever = lines.score_slope.T[structure.score]
    moves = np.any(lever != 0.0, axis=1)
    moving, still = np.flatnonzero(moves), np.flatnonzero(~moves)
    if len(still):
        tables, _ = tabulated(structure, still, score[still])
        fixed = log_rows(fixed, structure.power[:, still], tables)
    start = lines.start[:, None] + np.einsum("bj,jn->bn", lines.start_base, flat)

    def spread(part: Floats) -> Floats:
        return np.repeat(part, count, axis=1)

    size = units * count
    return _Family(
        fixed.reshape(-1, size),
        spread(lines.row_slope.T),
        score[moving].reshape(-1, size),
        spread(lever[moving]),
        np.clip(start.reshape(size), -8.0, 8.0),
        moving,
    )


def _excess(structure: Structure, family: _Family, t: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return ln total - ln T, its slope along the line, its bend, and each row's share of the total, at t.

    The bend is the second derivative without what the tables themselves bend: that of rows which change places.
    """
    rows = family.fixed + family.slope * t
    power = structure.power[:, family.moving]
    if len(family.moving):
        tables, slopes = tabulated(structure, family.moving, family.score + family.lever * t)
        rows = log_rows(rows, power, tables)
        gains = log_rows(family.slope, power, slopes * family.lever)
    else:
        gains = family.slope
    top = rows.max(axis=0)
    weight = np.exp(rows - top)
    total = weight.sum(axis=0)
    weight /= total
    slope = (weight * gains).sum(axis=0)
    return top + np.log(total), slope, (weight * gains * gains).sum(axis=0) - slope * slope, weight


def _crossings(structure: Structure, family: _Family) -> tuple[Floats, Floats, Floats]:
    """Return each line's crossing (-inf: always over, inf: never), and slope and shares there.

    Halley's method inside a bracket that the total's monotony keeps; where a step leaves the bracket or shrinks too
    slowly it bisects, where the bracket is still open it goes on in strides and then to the edge.
    """
    size = len(family.start)
    crossing, slope = np.empty(size), np.empty(size)
    shares = np.empty((len(family.fixed), size))
    where, t = np.arange(size), family.start
    low, high, last = np.full(size, -np.inf), np.full(size, np.inf), np.full(size, np.inf)
    for iteration in range(ITERATIONS):
        value, gain, bend, weight = _excess(structure, family, t)
        over = value > 0.0
        high, low = np.where(over, t, high), np.where(over, low, t)
        new, full = _next(t, _step(value, gain, bend), low, high, last)
        last = np.abs(new - t)
        new = np.where(over & (t <= -EDGE), -np.inf, np.where(~over & (t >= EDGE), np.inf, new))
        done = (full & (last < NEAR)) | (last < _BISECTED) | np.isinf(new)
        if iteration == ITERATIONS - 1:
            done[:] = True
        if np.any(done):
            index = where[done]
            crossing[index], slope[index], shares[:, index] = new[done], gain[done], weight[:, done]
        keep = np.flatnonzero(~done)
        if not len(keep):
            break
        if len(keep) < len(where):
            where, new, low, high, last = where[keep], new[keep], low[keep], high[keep], last[keep]
            family = family.of(keep)
        t = new
    return crossing, slope, shares


def _step(value: Floats, gain: Floats, bend: Floats) -> Floats:
    """Return Halley's step; Newton's where the bend would more than double it; endless where nothing rises."""
    rising = gain > 0.0
    straight = -value / np.where(rising, gain, 1.0)
    shorter = 1.0 + 0.5 * straight * bend / np.where(rising, gain, 1.0)
    endless = np.where(value > 0.0, -np.inf, np.inf)
    return np.where(rising, np.where(shorter > 0.5, straight / shorter, straight), endless)


def _next(t: Floats, step: Floats, low: Floats, high: Floats, last: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the next trial of each line, and whether it is the step."""
    new = t + step
    bracketed = np.isfinite(low) & np.isfinite(high)
    with np.errstate(invalid="ignore"):
        middle = 0.5 * (low + high)
    outside = (new < low) | (new > high)
    slow = np.abs(step) > np.maximum(0.5 * last, NEAR)
    full = ~(bracketed & (outside | slow))
    ceiling = np.where(t < _STRIDE, t + _STRIDE, EDGE)
    floor = np.where(t > -_STRIDE, t - _STRIDE, -EDGE)
    clipped = np.clip(new, floor, ceiling)
    return np.where(full, np.where(bracketed, new, clipped), middle), full & (clipped == new)
