"""Lines ready for the kernels: where they run, around which centres they are drawn, and what each counts for.

A unit's lines z(t) = H (y, 0) + alpha t run through places y of the complement of its direction, H the Householder
reflection that takes the last axis to the direction. The places are drawn from a mixture of normals around centres: the
origin, and the complement parts of the design points, each a little wider than the standard normal they stand for, so
that the integrand falls off towards the ends of the lattice. A line's weight is the standard normal density over the
mixture's: bounded by twice the widening, whatever the centres are (Hesterberg 1995, the defensive mixture).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.kernels.directions import Directions
    from flopline.kernels.records import Floats, Integers
    from flopline.kernels.structure import Structure

_APART = 0.7
"""Centres nearer than this to another one add nothing."""


class Lines(NamedTuple):
    """Families of lines, one each for S strands (a unit around one of its centres).

    Attributes
    ----------
    scale : (S, E) array
    log_threshold : (S,) array
    row_base : (S, E, r - 1) array
        Movement of each row's linear part with the points' coordinates.
    row_slope : (S, E) array
        Its movement along the line.
    score_start : (S, T) array
        The tabulated scores at the centre.
    score_base : (S, T, r - 1) array
    score_slope : (S, T) array
        Their movements.
    start : (S,) array
    start_base : (S, r - 1) array
        First guess of the crossing: start + start_base . x.
    """

    scale: Floats
    log_threshold: Floats
    row_base: Floats
    row_slope: Floats
    score_start: Floats
    score_base: Floats
    score_slope: Floats
    start: Floats
    start_base: Floats


class Strands(NamedTuple):
    """The centres of each unit's mixture.

    Attributes
    ----------
    unit : (S,) integer array
        Ascending.
    centre : (S, r - 1) array
    share : (S,) array
        Of the unit's lines; a unit's shares add to 1.
    siblings : (S, J) integer array
        Strands of the same unit, repeated where there are fewer than J.
    sibling_share : (S, J) array
        Their shares; 0 for repetitions.
    """

    unit: Integers
    centre: Floats
    share: Floats
    siblings: Integers
    sibling_share: Floats


def width(dimensions: int) -> float:
    """Return the standard deviation of the places drawn around a centre."""
    return float(np.sqrt(1.0 + 1.0 / max(dimensions, 1) ** 2))


def strands(found: Directions, points: Floats, matters: NDArray[np.bool_]) -> Strands:
    """Return the centres: the origin, and the complement parts of (B, J, r) design points that matter."""
    normal = _normals(found)
    along = np.einsum("bjr,br->bj", points, normal) * (2.0 / np.einsum("br,br->b", normal, normal))[:, None]
    centre = (points - along[:, :, None] * normal[:, None, :])[:, :, :-1]
    centre = np.concatenate([np.zeros_like(centre[:, :1]), centre], axis=1)
    kept = np.concatenate([np.ones_like(matters[:, :1]), matters], axis=1)
    for j in range(1, kept.shape[1]):
        apart = np.square(centre[:, :j] - centre[:, j : j + 1]).sum(axis=2) > _APART**2
        kept[:, j] &= np.all(apart | ~kept[:, :j], axis=1)
    count = kept.sum(axis=1)
    unit, which = np.nonzero(kept)
    share = np.where(which == 0, np.where(count[unit] == 1, 1.0, 0.5), 0.5 / np.maximum(count[unit] - 1, 1))
    first = np.cumsum(count) - count
    offset = np.arange(int(count.max(initial=1)))
    present = offset < count[unit][:, None]
    siblings = np.where(present, first[unit][:, None] + offset, first[unit][:, None])
    return Strands(unit, centre[unit, which], share, siblings, np.where(present, share[siblings], 0.0))


def lines(structure: Structure, scale: Floats, log_threshold: Floats, found: Directions, around: Strands) -> Lines:
    """Return each strand's lines: of unit b a (B, E) scale and a (B,) threshold."""
    unit, alpha = around.unit, found.alpha
    normal = _normals(found)
    square = np.einsum("br,br->b", normal, normal)

    def off(rows: Floats) -> Floats:
        along = (rows @ normal.T).T * (2.0 / square)[:, None]
        result: Floats = rows[None, :, :-1] - along[:, :, None] * normal[:, None, :-1]
        return result[unit]

    gradient = found.gradient
    rise = np.einsum("br,br->b", gradient, alpha)
    rise = np.where(rise > 0.0, rise, np.inf)
    along = np.einsum("br,br->b", gradient, normal) * (2.0 / square)
    start = (log_threshold - found.offset) / rise
    start_base = (-(gradient[:, :-1] - along[:, None] * normal[:, :-1]) / rise[:, None])[unit]
    row_base, score_base = off(structure.linear), off(structure.scores)
    wide, centre = width(around.centre.shape[1]), around.centre
    return Lines(
        scale=scale[unit] + np.einsum("sej,sj->se", row_base, centre),
        log_threshold=log_threshold[unit],
        row_base=wide * row_base,
        row_slope=(alpha @ structure.linear.T)[unit],
        score_start=np.einsum("stj,sj->st", score_base, centre),
        score_base=wide * score_base,
        score_slope=(alpha @ structure.scores.T)[unit],
        start=start[unit] + np.einsum("sj,sj->s", start_base, centre),
        start_base=wide * start_base,
    )


def weights(around: Strands, strand: Integers, points: Floats) -> Floats:
    """Return what each line of some strands counts for, (s, R, n), at (r - 1, R, n) standard normal points."""
    dimensions, shape = len(points), points.shape[1:]
    flat = points.reshape(dimensions, shape[0] * shape[1])
    wide, centre = width(dimensions), around.centre[strand]
    square = np.einsum("jn,jn->n", flat, flat)
    along = np.einsum("sj,jn->sn", centre, flat)
    exponent = (0.5 * (1.0 - wide**2)) * square - wide * along
    exponent += (dimensions * np.log(wide) - 0.5 * np.einsum("sj,sj->s", centre, centre))[:, None]
    result = around.share[strand][:, None] * np.exp(exponent)
    if around.siblings.shape[1] > 1:
        mixture = np.zeros_like(result)
        for sibling, share in zip(around.siblings[strand].T, around.sibling_share[strand].T, strict=True):
            gap = (centre - around.centre[sibling]) / wide
            nearer = np.einsum("sj,jn->sn", gap, flat) + 0.5 * np.einsum("sj,sj->s", gap, gap)[:, None]
            mixture += share[:, None] * np.exp(-np.maximum(nearer, -300.0))
        result /= mixture
    found: Floats = result.reshape(len(strand), *shape)
    return found


def _normals(found: Directions) -> Floats:
    """Return the normals of the reflections that take the last axis to each direction."""
    normal = found.alpha.copy()
    normal[:, -1] += np.where(normal[:, -1] < 0.0, -1.0, 1.0)
    return normal
