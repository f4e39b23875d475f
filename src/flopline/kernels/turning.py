"""Exceedance of totals that turn along every line: an input raises one product and lowers another.

The lines are those of `families`, along the gradient at the design point without stepped inputs; they are followed over
all changes of sign, see `following`. At each change the total passes its threshold, upwards or downwards: whichever it
is, a larger scale of a row makes the stretch beyond it longer, so that all changes add to density and gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from flopline.kernels.families import weights
from flopline.kernels.following import NODES, follow
from flopline.kernels.marginals import log_rows, tabulated
from flopline.kernels.records import DISCRETE

if TYPE_CHECKING:
    from flopline.kernels.directions import Directions
    from flopline.kernels.families import Lines
    from flopline.kernels.records import Floats, Integers
    from flopline.kernels.structure import Structure

_FLOATS: Final = 2**21
_FLAT: Final = 1e-6
_ROOT_TWO_PI: Final = 2.5066282746310002
_LEVEL: Final = 1e-9
"""Slope up to which a change of sign is no place where the total turns: a jump, or a touch of no width."""


def leading(structure: Structure, found: Directions) -> Directions:
    """Return directions for lines that are followed: without stepped inputs, of which not all may be.

    Where the total is level at the design point, the lines run along the input that moves a row most.
    """
    free = structure.leaning != DISCRETE
    along = np.where(free, found.gradient, 0.0)
    length = np.sqrt(np.einsum("br,br->b", along, along))
    origin = np.zeros((len(structure.score), 1))
    _, slopes = tabulated(structure, np.arange(len(structure.score)), origin)
    rows = structure.linear + (structure.power * slopes[:, 0]) @ structure.scores[structure.score]
    axis = np.eye(len(free))[int(np.argmax(np.where(free, np.abs(rows).max(axis=0), -1.0)))]
    flat = length < _FLAT
    alpha = np.where(flat[:, None], axis, along / np.where(flat, 1.0, length)[:, None])
    return found._replace(alpha=alpha)


def turning_sums(structure: Structure, lines: Lines, points: Floats) -> tuple[Floats, Floats]:
    """Return the sums over each scramble's lines, for each strand.

    Parameters
    ----------
    structure, lines, points
        See `lines.line_sums`; along the lines the total may rise and fall.

    Returns
    -------
    sums : (S, R, 3) array
    slopes : (S, R, E) array
        As there.
    """
    dimensions, scrambles, count = points.shape
    strands, rows = lines.scale.shape
    sums, slopes = np.zeros((strands, scrambles, 3)), np.zeros((strands, scrambles, rows))
    most = max(1, _FLOATS // (scrambles * NODES * sum(structure.power.shape)))
    for start in range(0, count, most):
        block = points[:, :, start : start + most]
        flat = block.reshape(dimensions, scrambles * block.shape[2])
        scramble = np.repeat(np.arange(scrambles), block.shape[2])
        weight = weights(lines, flat)
        for s in range(strands):
            total = _Total.of(structure, lines, s, flat)
            found = follow(total.at, flat.shape[1])
            density, share = total.at_changes(found.line, found.place)
            density *= weight[s, found.line]
            parts = np.stack([found.over, found.under], axis=1) * weight[s, :, None]
            np.add.at(sums[s, :, :2], scramble, parts)
            np.add.at(sums[s, :, 2], scramble[found.line], density)
            np.add.at(slopes[s], scramble[found.line], (share * density).T)
    return sums, slopes


class _Total(NamedTuple):
    """ln total over the threshold along the lines of one strand.

    Attributes
    ----------
    fixed : (E, L) array
    base : (T, L) array
        What rows and scores keep along each line.
    row_slope : (E,) array
    lever : (V,) array
        What rows and the variables' scores gain per unit of it.
    """

    structure: Structure
    fixed: Floats
    base: Floats
    row_slope: Floats
    lever: Floats

    @classmethod
    def of(cls, structure: Structure, lines: Lines, s: int, flat: Floats) -> _Total:
        """Return those of a strand through (r - 1, L) places."""
        level = lines.scale[s] - lines.log_threshold[s]
        return cls(
            structure, level[:, None] + lines.row_base[s] @ flat,
            lines.score_start[s][:, None] + lines.score_base[s] @ flat, lines.row_slope[s],
            lines.score_slope[s][structure.score],
        )  # fmt: skip

    def rows(self, line: Integers, place: Floats) -> tuple[Floats, Floats]:
        """Return ln of each row over the threshold (E, k) at places of some lines, and the slopes of the tables."""
        score, power = self.structure.score, self.structure.power
        at = self.base[:, line][score] + self.lever[:, None] * place
        tables, steep = tabulated(self.structure, np.arange(len(score)), at)
        return log_rows(self.fixed[:, line] + self.row_slope[:, None] * place, power, tables), steep

    def at(self, line: Integers, place: Floats) -> Floats:
        """Return ln total - ln T at places of some lines."""
        rows, _ = self.rows(line, place)
        top = rows.max(axis=0)
        found: Floats = top + np.log(np.exp(rows - top).sum(axis=0))
        return found

    def at_changes(self, line: Integers, place: Floats) -> tuple[Floats, Floats]:
        """Return each change's part of the density of ln total, and the rows' shares of the total there."""
        if not len(place):
            return np.zeros(0), np.zeros((len(self.fixed), 0))
        rows, steep = self.rows(line, place)
        gains = np.repeat(self.row_slope[:, None], len(place), axis=1)
        gains = log_rows(gains, self.structure.power, steep * self.lever[:, None])
        weight = np.exp(rows - rows.max(axis=0))
        weight /= weight.sum(axis=0)
        slope = np.abs((weight * gains).sum(axis=0))
        near = np.exp(-0.5 * place * place) / _ROOT_TWO_PI
        return np.where(slope > _LEVEL, near / np.maximum(slope, _LEVEL), 0.0), weight
