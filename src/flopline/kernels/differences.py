"""P(part > share x whole) of two sums of the same uncertain factors, along lines through the space of scores.

Neither side is certain, and what raises one may raise the other, so that nothing need be monotone: along each line the
logarithm of the ratio is followed from one end to the other; see `following`. The lines run where the ratio rises most
steeply at the median; without a slope, or where stepped inputs alone move it, single draws are counted instead.

    ln ratio(t) = ln part(q + t a) - ln whole(q + t a) - ln share,   q orthogonal to the direction a
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from flopline.kernels.draws import log_totals
from flopline.kernels.following import NODES, follow
from flopline.kernels.records import DISCRETE

if TYPE_CHECKING:
    from flopline.kernels.records import Floats, Integers
    from flopline.kernels.structure import Structure

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
        block = points[:, :, start : start + most]
        across = (block - along[:, None, None] * np.einsum("r,rsn->sn", along, block)).reshape(len(block), -1)
        found = follow(_Ratio(structure, scale, log_share, along, across).at, across.shape[1])
        sums += np.stack([part.reshape(scrambles, -1).sum(axis=1) for part in (found.over, found.under)], axis=1)
    return sums


class _Ratio(NamedTuple):
    """The ratio along lines through (r, L) places."""

    structure: Structure
    scale: Floats
    log_share: float
    along: Floats
    across: Floats

    def at(self, line: Integers, place: Floats) -> Floats:
        """Return ln(part / (share x whole)) at places of some lines."""
        points = self.across[:, line] + self.along[:, None] * place
        found: Floats = log_ratio(self.structure, self.scale, self.log_share, points[:, None, :])[0]
        return found
