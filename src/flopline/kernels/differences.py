"""P(part > share x whole) of two sums of the same uncertain factors, along lines through the space of scores.

Neither side is certain, and what raises one may raise the other, so that nothing need be monotone: along each line the
logarithm of the ratio is followed from one end to the other, every change of its sign is located, and each stretch
contributes its normal probability. The lines run where the ratio rises most steeply at the median; without a slope, or
where stepped inputs alone move it, single draws are counted instead.

    ln ratio(t) = ln part(q + t a) - ln whole(q + t a) - ln share,   q orthogonal to the direction a
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.kernels.draws import log_totals
from flopline.kernels.records import DISCRETE
from flopline.kernels.special import normal_sf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.kernels.records import Floats
    from flopline.kernels.structure import Structure

REACH: Final = 9.0
"""Scores beyond which nothing lies: 1e-19 of the probability."""
NODES: Final = 37
_STEPS: Final = 12
"""Halvings of a stretch, each sharpened by a chord."""
_SMALL: Final = 1e-3
_FLOATS: Final = 2**21


def log_ratio(structure: Structure, scale: Floats, log_share: float, points: Floats) -> Floats:
    """Return ln(part / (share x whole)) at (r, R, n) points: (R, n).

    Parameters
    ----------
    structure : Structure
        Of all rows of both sides.
    scale : (2, E) array
        Logarithms of the merged rows' scales in the part and in the whole; -inf leaves a row out.
    log_share : float
    points : (r, R, n) array
        Normal scores.
    """
    part, whole = log_totals(structure, scale, points)
    ratio: Floats = part - whole - log_share
    return ratio


def direction(structure: Structure, scale: Floats) -> Floats | None:
    """Return the (r,) unit vector along which the ratio rises most steeply at the median; None where it does not."""
    size = structure.linear.shape[1]
    steps = _SMALL * np.concatenate([np.eye(size), -np.eye(size)], axis=1)
    values = log_ratio(structure, scale, 0.0, steps[:, None, :])[0]
    slope = (values[:size] - values[size:]) / (2.0 * _SMALL)
    slope[structure.leaning == DISCRETE] = 0.0
    length = float(np.sqrt(slope @ slope))
    return slope / length if length > 0.0 else None


def difference_sums(
    structure: Structure, scale: Floats, log_share: float, along: Floats | None, points: Floats
) -> Floats:
    """Return the (R, 2) sums over each scramble of P(over) and P(not over) given a line, or of draws without one.

    Parameters
    ----------
    structure, scale, log_share
        See `log_ratio`.
    along : (r,) array or None
        The direction of the lines.
    points : (r, R, n) array
        Normal scores.
    """
    if along is None:
        over = (log_ratio(structure, scale, log_share, points) > 0.0).sum(axis=1).astype(np.float64)
        return np.stack([over, points.shape[2] - over], axis=1)
    scrambles, count = points.shape[1:]
    most = max(1, _FLOATS // (scrambles * NODES * sum(structure.power.shape)))
    sums = np.zeros((scrambles, 2))
    for start in range(0, count, most):
        sums += _along(structure, scale, log_share, along, points[:, :, start : start + most])
    return sums


def _along(structure: Structure, scale: Floats, log_share: float, along: Floats, points: Floats) -> Floats:
    size, scrambles, count = points.shape
    across = points - along[:, None, None] * np.einsum("r,rsn->sn", along, points)
    nodes = np.linspace(-REACH, REACH, NODES)
    spread = across[..., None] + along[:, None, None, None] * nodes
    ratio = log_ratio(structure, scale, log_share, spread.reshape(size, scrambles, count * NODES))
    above = ratio.reshape(scrambles, count, NODES) > 0.0
    tails = _between(nodes[:-1], nodes[1:])
    same = above[..., :-1] == above[..., 1:]
    over = (tails * (same & above[..., :-1])).sum(axis=(1, 2)) + normal_sf(np.array(REACH)) * (
        above[..., -1].sum(axis=1) + above[..., 0].sum(axis=1)
    )
    under = (tails * (same & ~above[..., :-1])).sum(axis=(1, 2)) + normal_sf(np.array(REACH)) * (
        (~above[..., -1]).sum(axis=1) + (~above[..., 0]).sum(axis=1)
    )
    scramble, line, cell = np.nonzero(~same)
    if len(cell):
        rises = above[scramble, line, cell + 1]
        base = across[:, scramble, line]
        low, high = nodes[cell], nodes[cell + 1]
        root = _roots(structure, scale, log_share, base, along, low, high, rises)
        left, right = _between(low, root), _between(root, high)
        np.add.at(over, scramble, np.where(rises, right, left))
        np.add.at(under, scramble, np.where(rises, left, right))
    return np.stack([over, under], axis=1)


def _roots(
    structure: Structure,
    scale: Floats,
    log_share: float,
    base: Floats,
    along: Floats,
    low: Floats,
    high: Floats,
    rises: NDArray[np.bool_],
) -> Floats:
    """Return where the ratio changes its sign inside each of k stretches, by chords that halvings keep honest."""

    def value(at: Floats) -> Floats:
        where = base + along[:, None] * at
        found = log_ratio(structure, scale, log_share, where[:, None, :])[0]
        signed: Floats = np.where(rises, found, -found)
        return signed

    low, high = low.copy(), high.copy()
    below, beyond = value(low), value(high)
    for step in range(_STEPS):
        with np.errstate(invalid="ignore", divide="ignore"):
            chord = low - below * (high - low) / (beyond - below)
        middle = 0.5 * (low + high)
        inside = np.isfinite(chord) & (chord > low) & (chord < high)
        at = np.where(inside & (step % 2 == 0), chord, middle)
        found = value(at)
        over = found > 0.0
        high, beyond = np.where(over, at, high), np.where(over, found, beyond)
        low, below = np.where(over, low, at), np.where(over, below, found)
    with np.errstate(invalid="ignore", divide="ignore"):
        chord = low - below * (high - low) / (beyond - below)
    return np.where(np.isfinite(chord), np.clip(chord, low, high), 0.5 * (low + high))


def _between(low: Floats, high: Floats) -> Floats:
    """Return the normal probability of each stretch, accurate in both tails."""
    upper = low > 0.0
    first, last = np.where(upper, low, -high), np.where(upper, high, -low)
    return np.maximum(normal_sf(first) - normal_sf(last), 0.0)
