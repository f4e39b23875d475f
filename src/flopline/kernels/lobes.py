"""The points at which a total is likely to reach its threshold: the likeliest of them, and the others that matter.

A sum of products is large when one of them is, so that each row may bring a design point of its own, and the search
from the origin may end at one that is not the likeliest. Lines sampled around one of them alone would rarely meet the
others, and the spread between scrambles would not show what is missing; so the direction is that of the likeliest, and
places in the complement are drawn around all of them that matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flopline.kernels.directions import Directions, approach, at_threshold, directions_at, log_total
from flopline.kernels.marginals import log_rows, tabulated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.kernels.records import Floats
    from flopline.kernels.structure import Structure

MOST = 3
"""Rows whose own design points are tried."""
_STEPS = 6
_LESS_LIKELY = 20.0
"""Difference of squared distances from which a point does not matter any more: exp(-10) of the nearest."""
NEARER = 1.0
"""Difference from which another point is so much likelier that it gives the direction."""
MISSED = 0.5
"""ln of the total over the threshold from which a search has not reached it."""


class Lobes(NamedTuple):
    """Design points of B units, the search from the origin's first.

    Attributes
    ----------
    points : (B, J, r) array
    value : (B, J) array
        ln total.
    gradient : (B, J, r) array
    square : (B, J) array
        Squared distance from the origin; infinite where the threshold was not reached.
    """

    points: Floats
    value: Floats
    gradient: Floats
    square: Floats

    @property
    def matters(self) -> NDArray[np.bool_]:
        """Which of them lie near enough to the nearest, (B, J); the first where none was reached."""
        near: NDArray[np.bool_] = self.square < self.square.min(axis=1, keepdims=True) + _LESS_LIKELY
        near[:, 0] |= ~near.any(axis=1)
        return near


def lobes(structure: Structure, scale: Floats, log_threshold: Floats, found: Directions) -> Lobes:
    """Return the design points of each unit."""
    units, rows = scale.shape
    value = found.offset + np.einsum("br,br->b", found.gradient, found.point)
    first = Lobes(
        found.point[:, None], value[:, None], found.gradient[:, None],
        _squares(found.point, value, log_threshold)[:, None],
    )  # fmt: skip
    above = np.flatnonzero(log_threshold > log_total(structure, scale, np.zeros_like(found.point))[0])
    if rows == 1 or not len(above):
        return first
    tried = min(MOST, rows)
    start = _row_points(structure, scale[above], log_threshold[above], tried)
    size, level = len(above) * tried, np.repeat(log_threshold[above], tried)
    reached = approach(
        structure, np.repeat(scale[above], tried, axis=0), at_threshold(level), start.reshape(size, -1), _STEPS
    )
    others = Lobes(*reached, _squares(reached[0], reached[1], level))
    parts = []
    for known, more, missing in zip(first, others, (0.0, 0.0, 0.0, np.inf), strict=True):
        spread = np.full((units, tried, *known.shape[2:]), missing)
        spread[above] = more.reshape(len(above), tried, *known.shape[2:])
        parts.append(np.concatenate([known, spread], axis=1))
    return Lobes(*parts)


def _squares(point: Floats, value: Floats, log_threshold: Floats) -> Floats:
    square = np.einsum("br,br->b", point, point)
    return np.where(np.abs(value - log_threshold) < MISSED, square, np.inf)


def likeliest(structure: Structure, found: Directions, around: Lobes) -> tuple[Directions, Lobes]:
    """Return the directions at the likeliest points, and the points with those first."""
    best = np.where(around.square[:, 0] > around.square.min(axis=1) + NEARER, around.square.argmin(axis=1), 0)
    changed = np.flatnonzero(best)
    if not len(changed):
        return found, around
    order = np.tile(np.arange(around.square.shape[1]), (len(best), 1))
    order[changed, best[changed]], order[changed, 0] = 0, best[changed]
    unit = np.arange(len(best))[:, None]
    around = Lobes(*(part[unit, order] for part in around))
    fresh = directions_at(structure, around.points[changed, 0], around.value[changed, 0], around.gradient[changed, 0])
    parts = [part.copy() for part in found]
    for part, new in zip(parts, fresh, strict=True):
        part[changed] = new
    return Directions(*parts), around


def _row_points(structure: Structure, scale: Floats, log_threshold: Floats, tried: int) -> Floats:
    """Return (B, tried, r) points where, to first order, the likeliest rows alone reach the threshold."""
    origin = np.zeros((len(structure.score), 1))
    tables, slopes = tabulated(structure, np.arange(len(structure.score)), origin)
    gradient = structure.linear + (structure.power * slopes[:, 0]) @ structure.scores[structure.score]
    square = np.maximum(np.einsum("er,er->e", gradient, gradient), 1e-30)
    short = log_threshold[:, None] - log_rows(scale.T, structure.power, tables).T
    distance = short / np.sqrt(square)
    chosen = np.argsort(distance, axis=1, kind="stable")[:, :tried]
    level = np.take_along_axis(short / square, chosen, axis=1)
    return np.clip(level[:, :, None] * gradient[chosen], -8.0, 8.0)
