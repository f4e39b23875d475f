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
"""ln of the total over the threshold from which a row's search has not reached it."""
_FAR = 1e6


class Lobes(NamedTuple):
    """Design points of B units, the search from the origin's first.

    Attributes
    ----------
    points : (B, J, r) array
    value : (B, J) array
        ln total.
    gradient : (B, J, r) array
    square : (B, J) array
        Squared distance from the origin to where the linearized total reaches the threshold; infinite for a row's
        point whose search did not come near it.
    """

    points: Floats
    value: Floats
    gradient: Floats
    square: Floats

    @property
    def matters(self) -> NDArray[np.bool_]:
        """Which of them lie near enough to the nearest, (B, J)."""
        near: NDArray[np.bool_] = self.square < self.square.min(axis=1, keepdims=True) + _LESS_LIKELY
        return near


def lobes(structure: Structure, scale: Floats, log_threshold: Floats, found: Directions) -> Lobes:
    """Return the design points of each unit."""
    units, rows = scale.shape
    value = found.offset + np.einsum("br,br->b", found.gradient, found.point)
    first = Lobes(
        found.point[:, None], value[:, None], found.gradient[:, None],
        _squares(found.point, value, found.gradient, log_threshold)[:, None],
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
    missed = np.abs(reached[1] - level) >= MISSED
    others = Lobes(*reached, np.where(missed, np.inf, _squares(*reached, level)))
    parts = []
    for known, more, missing in zip(first, others, (0.0, 0.0, 0.0, np.inf), strict=True):
        spread = np.full((units, tried, *known.shape[2:]), missing)
        spread[above] = more.reshape(len(above), tried, *known.shape[2:])
        parts.append(np.concatenate([known, spread], axis=1))
    return Lobes(*parts)


def _squares(point: Floats, value: Floats, gradient: Floats, log_threshold: Floats) -> Floats:
    """Return the squared distances at which the linearized total reaches the threshold.

    A search that ended short of it would look nearer than it is, and hide the others.
    """
    short = log_threshold - value
    rest = point + gradient * (short / np.maximum(np.einsum("br,br->b", gradient, gradient), 1e-30))[:, None]
    found: Floats = np.minimum(np.einsum("br,br->b", rest, rest), _FAR)
    return found


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
