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
    from flopline.kernels.directions import Directions
    from flopline.kernels.lobes import Lobes
    from flopline.kernels.records import Floats, Integers
    from flopline.kernels.structure import Structure

NOUGHT = 1e-9
"""A coordinate of a direction that is zero to rounding has no sign."""
_APART = 1.2
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
    log_weight, bend : (S,) array
    tilt : (S, r - 1) array
        ln of what a line counts for, times its unit's mixture: log_weight + tilt . x + bend |x|^2.
    rival_start, rival_share : (S, J) array
    rival : (S, J, r - 1) array
        That mixture over the strand's own density: sum of rival_share exp(rival_start + rival . x).
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
    log_weight: Floats
    tilt: Floats
    bend: Floats
    rival_start: Floats
    rival: Floats
    rival_share: Floats


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


def strands(found: Directions, around: Lobes) -> Strands:
    """Return the centres: the origin, and the complement parts of the design points that matter."""
    normal, points, matters = _normals(found), around.points, around.matters
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
    dimensions = around.centre.shape[1]
    wide, centre = width(dimensions), around.centre
    rival = (around.centre[around.siblings] - centre[:, None]) / wide
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
        log_weight=dimensions * np.log(wide) - 0.5 * np.einsum("sj,sj->s", centre, centre) + np.log(around.share),
        tilt=-wide * centre,
        bend=np.full(len(centre), 0.5 * (1.0 - wide**2)),
        rival_start=-0.5 * np.einsum("skj,skj->sk", rival, rival),
        rival=rival,
        rival_share=around.sibling_share,
    )


def weights(lines: Lines, flat: Floats) -> Floats:
    """Return what each line of some strands counts for, (S, L), at (r - 1, L) standard normal points."""
    exponent = np.einsum("sj,jn->sn", lines.tilt, flat) + lines.log_weight[:, None]
    exponent += lines.bend[:, None] * np.einsum("jn,jn->n", flat, flat)
    result: Floats = np.exp(exponent)
    if lines.rival_share.shape[1] > 1:
        nearer = np.einsum("skj,jn->skn", lines.rival, flat) + lines.rival_start[:, :, None]
        result /= np.einsum("sk,skn->sn", lines.rival_share, np.exp(np.minimum(nearer, 300.0)))
    return result


def _normals(found: Directions) -> Floats:
    """Return the normals of the reflections that take the last axis to each direction."""
    normal = found.alpha.copy()
    normal[:, -1] += np.where(normal[:, -1] < -NOUGHT, -1.0, 1.0)
    return normal
