"""The other points at which a total is likely to reach its threshold.

A sum of products is large when one of them is, so that each row may bring a design point of its own. Lines sampled
around one of them alone would rarely meet the others, and the spread between scrambles would not show what is missing;
so places in the complement are drawn around all of them that matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flopline.kernels.directions import Directions, approach, at_threshold, log_total
from flopline.kernels.marginals import log_rows, tabulated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.kernels.records import Floats
    from flopline.kernels.structure import Structure

MOST = 3
"""Rows whose own design points are tried."""
_STEPS = 6
_LESS_LIKELY = 14.0
"""Difference of squared distances from which a point does not matter any more: exp(-7) of the nearest."""


def lobes(
    structure: Structure, scale: Floats, log_threshold: Floats, found: Directions
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (B, J, r) design points of each unit, the one already found first, and which of them matter (B, J)."""
    units, rows = scale.shape
    points, matters = found.point[:, None, :], np.ones((units, 1), dtype=np.bool_)
    above = np.flatnonzero(log_threshold > log_total(structure, scale, np.zeros_like(found.point))[0])
    if rows == 1 or not len(above):
        return points, matters
    tried = min(MOST, rows)
    start = _row_points(structure, scale[above], log_threshold[above], tried)
    size = len(above) * tried
    reached, value, _ = approach(
        structure,
        np.repeat(scale[above], tried, axis=0),
        at_threshold(np.repeat(log_threshold[above], tried)),
        start.reshape(size, -1),
        _STEPS,
    )
    near = np.abs(value - np.repeat(log_threshold[above], tried)) < 0.5
    square = np.einsum("br,br->b", reached, reached).reshape(len(above), tried)
    nearest = np.einsum("br,br->b", found.point, found.point)[above]
    others = np.zeros((units, tried, points.shape[2]))
    others[above] = reached.reshape(len(above), tried, -1)
    likely = np.zeros((units, tried), dtype=np.bool_)
    likely[above] = near.reshape(len(above), tried) & (square - nearest[:, None] < _LESS_LIKELY)
    return np.concatenate([points, others], axis=1), np.concatenate([matters, likely], axis=1)


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
