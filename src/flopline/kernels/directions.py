"""Where the total first reaches its threshold, and the line along which to look for the crossing.

The design point is found by the damped iteration of Hohenbichler and Rackwitz (HLRF) for many units (a scale and a
threshold) of one structure at once. The direction is the gradient there, without the coordinates of stepped variables
and, where the free ones carry enough of it, without the bounded ones; then projected on the cone of directions along
which no row falls, so that the total is monotone along every line by construction.

Sources: Rackwitz, Fiessler 1978; Koutsourelakis, Pradlwarter, Schueller 2004 (line sampling); Hildreth 1957
(projection on a cone by coordinate descent on the multipliers).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flopline.kernels.marginals import log_rows, tabulated
from flopline.kernels.records import DISCRETE, FREE, Floats

if TYPE_CHECKING:
    from flopline.kernels.structure import Structure

STEPS = 10
"""Most iterations towards the design point; any direction is right, a better one is only cheaper."""
ENOUGH = 0.5
"""Share of the squared gradient that free coordinates must carry to keep bounded ones out of the direction."""
_SETTLED = 0.03
_FAR = 8.0
_SATURATED = 5.0
"""How far a bounded coordinate is followed: beyond, its table is flat and no gradient leads back."""
_SWEEPS = 200
_SLACK = 1e-11


Target = Callable[[Floats, Floats, Floats, Floats], Floats]
"""The next point from point (B, r), ln total (B,), its gradient (B, r) and the gradient's square (B,)."""


class Directions(NamedTuple):
    """One direction per unit, with the linearized total it came from (B units, r coordinates).

    Attributes
    ----------
    alpha : (B, r) array
        Unit vector.
    gradient : (B, r) array
        Gradient of ln total at the design point.
    offset : (B,) array
        ln total of the linearization at the origin.
    point : (B, r) array
        The design point.
    share : (B,) array
        Share of the squared gradient that the direction carries; 0 where no direction keeps the total monotone.
    """

    alpha: Floats
    gradient: Floats
    offset: Floats
    point: Floats
    share: Floats


def log_total(structure: Structure, scale: Floats, point: Floats) -> tuple[Floats, Floats]:
    """Return ln total (B,) and its gradient (B, r) at one point (B, r) per unit."""
    score = structure.score
    tables, slopes = tabulated(structure, np.arange(len(score)), (point @ structure.scores.T).T[score])
    rows = log_rows(scale.T + (point @ structure.linear.T).T, structure.power, tables)
    top = rows.max(axis=0)
    weight = np.exp(rows - top)
    total = weight.sum(axis=0)
    weight /= total
    lever = (structure.power.T @ weight) * slopes
    gradient = weight.T @ structure.linear + lever.T @ structure.scores[score]
    return top + np.log(total), gradient


def approach(
    structure: Structure, scale: Floats, target: Target, point: Floats, steps: int = STEPS
) -> tuple[Floats, Floats, Floats]:
    """Return where a damped fixed-point iteration from (B, r) points ends, with ln total and its gradient there."""
    limit = np.where(structure.leaning == FREE, _FAR, _SATURATED)
    value, gradient = log_total(structure, scale, point)
    moving = np.ones((len(point), 1), dtype=np.bool_)
    for step in range(steps):
        square = np.maximum(np.einsum("br,br->b", gradient, gradient), 1e-30)
        change = np.clip(target(point, value, gradient, square), -limit, limit) - point
        # A unit stops by itself, whatever its neighbours in the batch do.
        point = point + np.where(moving, change if step < 3 else 0.5 * change, 0.0)
        value, gradient = log_total(structure, scale, point)
        moving &= np.abs(change).max(axis=1, initial=0.0, keepdims=True) > _SETTLED
        if not np.any(moving):
            break
    return point, value, gradient


def at_threshold(log_threshold: Floats) -> Target:
    """Return the HLRF target: the nearest point at which the linearized total reaches the threshold."""

    def target(point: Floats, value: Floats, gradient: Floats, square: Floats) -> Floats:
        level = np.einsum("br,br->b", gradient, point) - (value - log_threshold)
        found: Floats = (level / square)[:, None] * gradient
        return found

    return target


def at_distance(distance: Floats) -> Target:
    """Return the target of the steepest point at a signed distance from the origin."""

    def target(_point: Floats, _value: Floats, gradient: Floats, square: Floats) -> Floats:
        found: Floats = (distance / np.sqrt(square))[:, None] * gradient
        return found

    return target


def directions(structure: Structure, scale: Floats, target: Target) -> Directions:
    """Return the direction of each unit (a (B, E) scale) at its design point."""
    origin = np.zeros((len(scale), structure.linear.shape[1]))
    return directions_at(structure, *approach(structure, scale, target, origin))


def directions_at(structure: Structure, point: Floats, value: Floats, gradient: Floats) -> Directions:
    """Return the direction of each unit at a (B, r) point with its ln total and gradient."""
    alpha, share = _allowed(structure, gradient)
    return Directions(alpha, gradient, value - np.einsum("br,br->b", gradient, point), point, share)


def _allowed(structure: Structure, gradient: Floats) -> tuple[Floats, Floats]:
    """Return unit directions that keep every row from falling, and the share of the gradient they carry."""
    square = np.maximum(np.einsum("br,br->b", gradient, gradient), 1e-300)
    free = np.where(structure.leaning == FREE, gradient, 0.0)
    smooth = np.where(structure.leaning != DISCRETE, gradient, 0.0)
    enough = np.einsum("br,br->b", free, free) >= ENOUGH * square
    alpha = np.where(enough[:, None], free, smooth)
    cone = structure.cone
    if np.all(structure.leaning == DISCRETE):
        alpha[:, -1] = 1.0 if cone[:, -1].sum() >= 0.0 else -1.0
    for unit in np.flatnonzero(np.any(alpha @ cone.T < -_SLACK, axis=1)):
        open_to = alpha[unit] != 0.0
        alpha[unit, open_to] = _project(alpha[unit, open_to], cone[:, open_to])
    length = np.sqrt(np.einsum("br,br->b", alpha, alpha))
    sound = length > 1e-6 * np.sqrt(square)
    sound &= np.all(alpha @ cone.T >= -1e-8 * length[:, None], axis=1)
    alpha[~sound] = 0.0
    alpha[~sound, -1] = 1.0
    length[~sound] = 1.0
    share = np.minimum(1.0, length**2 / square) if np.any(structure.leaning != DISCRETE) else np.ones(len(square))
    return alpha / length[:, None], np.where(sound, share, 0.0)


def _project(vector: Floats, cone: Floats) -> Floats:
    """Return the nearest point of the cone {x: cone x >= 0}, or zero where the search has not come close to it."""
    inside: Floats = vector.copy()
    square = np.einsum("mr,mr->m", cone, cone)
    cone, square = cone[square > 0.0], square[square > 0.0]
    multiplier = np.zeros(len(cone))
    for _ in range(_SWEEPS):
        for i, row in enumerate(cone):
            change = max(-multiplier[i], -float(row @ inside) / square[i])
            multiplier[i] += change
            inside += change * row
        if np.all(cone @ inside >= -_SLACK * np.sqrt(vector @ vector)):
            break
    return inside
