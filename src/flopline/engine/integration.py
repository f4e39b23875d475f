"""Probabilities of many units of one structure, each with its error bar and as many lines as that needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flopline.engine.execution import SCRAMBLES
from flopline.kernels.directions import at_threshold, directions
from flopline.kernels.families import Lines, lines, strands
from flopline.kernels.lobes import lobes
from flopline.kernels.records import DISCRETE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from flopline.engine.execution import Kernels, PointSource
    from flopline.kernels.directions import Directions
    from flopline.kernels.records import Floats, Integers
    from flopline.kernels.structure import Structure

SMALLEST = 32
"""Lines per scramble in the first block; then they double."""
FIRST = 64
"""Lines per scramble before an answer is accepted."""
FIRST_ROUGH = 256
"""The same where a stepped variable, or one outside the direction, makes the sum over lines rough."""
MOST_LINES = 2**14
MOST_DRAWS = 2**16
"""Per scramble: where the tolerance is not met by then, the larger error is reported as it is."""
STUDENT = 1.0875
"""Quantile of Student's t with 15 degrees of freedom over the normal's, at 97.5 %."""
REMEMBERED = 0.4
"""Of the error at half the lines, what the error is never less than: a spread that is small by chance would stop too
early."""
SMALL = 1e-3
RELATIVE = 5e-3
_TINIEST_TAIL = 1e-12
"""The smallest tail whose own size is asked for."""
_MILE = 9.0
"""Distance of a linearized crossing from which a few lines are tried first."""
_A_FEW = 8
"""Per scramble: enough where the smaller tail is far below the tiniest that matters."""
_FAR_TAIL = 1e-15
_BLOCK = 1024
_ROUNDING = 1e-13
_FLOATS = 2**22

CERTAIN, CLOSED, LINES, DRAWS = 0, 1, 2, 3
METHODS = ("certain", "closed", "lines", "draws")


@dataclass(frozen=True, slots=True)
class Integrals:
    """Answers for B units.

    Attributes
    ----------
    probability, complement : (B,) array
        P(total > T) and P(total <= T), each accurate by itself.
    error : (B,) array
        Standard error of both, widened for the number of scrambles.
    density : (B,) array
        Density of ln total at ln T.
    slopes : (B, E) array
        d P / d ln scale of each merged row.
    method : (B,) integer array
        Index into METHODS.
    """

    probability: Floats
    complement: Floats
    error: Floats
    density: Floats
    slopes: Floats
    method: Integers


def blank(method: Integers, rows: int) -> Integrals:
    """Return answers to be filled in, zero throughout."""
    zeros = np.zeros((4, len(method)))
    return Integrals(zeros[0], zeros[1], zeros[2], zeros[3], np.zeros((len(method), rows)), method)


class Care(NamedTuple):
    """The largest standard error that is accepted: absolute, and in tails below SMALL also relative to the tail."""

    absolute: float
    relative: float = RELATIVE


def required(probability: Floats, complement: Floats, care: Care) -> Floats:
    """Return the largest error that is accepted of some answers."""
    tail = np.minimum(probability, complement)
    relative = care.relative * np.maximum(tail, _TINIEST_TAIL)
    return np.where(tail < SMALL, np.minimum(care.absolute, relative), care.absolute)


def integrate(
    structure: Structure,
    scale: Floats,
    log_threshold: Floats,
    care: Care,
    points: PointSource,
    kernels: Kernels,
) -> Integrals:
    """Return P(total > T) of each unit: a (B, E) scale and a (B,) threshold, to a tolerance.

    The structure must have at least one coordinate.
    """
    coordinates = structure.linear.shape[1]
    found = directions(structure, scale, at_threshold(log_threshold))
    sound = found.share > 0.0
    method = np.where(sound, LINES if coordinates > 1 else CLOSED, DRAWS)
    result = blank(method, scale.shape[1])

    if np.any(sound):
        index = np.flatnonzero(sound)
        along = Along(structure, scale, log_threshold, found, kernels)
        if coordinates == 1:
            sums, slopes = along(index, np.zeros((0, 1, 1)))
            _store(result, index, sums, slopes, np.ones(len(index)))
        else:
            rough = np.any(structure.leaning == DISCRETE) | (found.share < 0.5)
            first = np.where(rough | (coordinates == 2), FIRST_ROUGH, FIRST)
            steep = np.sqrt(np.einsum("br,br->b", found.gradient, found.gradient))
            far = ~rough & (np.abs(log_threshold - found.offset) > _MILE * steep)
            settled = _by_a_mile(result, np.flatnonzero(sound & far), along, coordinates - 1, points)
            index = index[~settled[index]]
            _average(result, index, along, coordinates - 1, first, MOST_LINES, care, points)
    if not np.all(sound):
        window = 0.1 * np.sqrt(np.einsum("br,br->b", found.gradient, found.gradient)) + 1e-3

        def counted(units: NDArray[np.intp], block: Floats) -> tuple[Floats, Floats]:
            return kernels.draw_sums(structure, scale[units], log_threshold[units], window[units], block)

        first = np.full(len(scale), FIRST_ROUGH)
        _average(result, np.flatnonzero(~sound), counted, coordinates, first, MOST_DRAWS, care, points)
    return result


class Along:
    """The sums over lines of some of B units, their strands put together."""

    def __init__(
        self, structure: Structure, scale: Floats, log_threshold: Floats, found: Directions, kernels: Kernels
    ) -> None:
        self._structure, self._kernels = structure, kernels
        self._around = strands(found, *lobes(structure, scale, log_threshold, found))
        self._lines = lines(structure, scale, log_threshold, found, self._around)

    def __call__(self, units: NDArray[np.intp], block: Floats) -> tuple[Floats, Floats]:
        """Return the (b, R, 3) sums and (b, R, E) slopes over one block of points, in parts that bound the memory."""
        rows = sum(self._structure.power.shape)
        most = max(1, _FLOATS // (block.shape[1] * block.shape[2] * (8 + rows)))
        parts = [self._part(units[start : start + most], block) for start in range(0, len(units), most)]
        return np.concatenate([sums for sums, _ in parts]), np.concatenate([slopes for _, slopes in parts])

    def _part(self, units: NDArray[np.intp], block: Floats) -> tuple[Floats, Floats]:
        strand = np.flatnonzero(np.isin(self._around.unit, units))
        chosen = Lines(*(part[strand] for part in self._lines))
        sums, slopes = self._kernels.line_sums(self._structure, chosen, block)
        first = np.searchsorted(self._around.unit[strand], units)
        return np.add.reduceat(sums, first), np.add.reduceat(slopes, first)


def _by_a_mile(
    result: Integrals, index: NDArray[np.intp], along: Along, dimensions: int, points: PointSource
) -> NDArray[np.bool_]:
    """Fill in those of some units that a few lines find to be all but certain, and return which they are."""
    settled = np.zeros(len(result.error), dtype=np.bool_)
    if len(index):
        sums, slopes = along(index, points.block(dimensions, 0, _A_FEW))
        _store(result, index, sums, slopes, np.full(len(index), float(_A_FEW)))
        tail = np.minimum(result.probability[index], result.complement[index])
        index = index[np.maximum(tail, result.error[index]) < _FAR_TAIL]
        settled[index] = True
        # So few lines know the order of magnitude; what they may have missed is stated, not hidden.
        result.error[index] = _FAR_TAIL
    return settled


def _average(
    result: Integrals,
    index: NDArray[np.intp],
    evaluate: Callable[[NDArray[np.intp], Floats], tuple[Floats, Floats]],
    dimensions: int,
    first: Integers,
    most: int,
    care: Care,
    points: PointSource,
) -> None:
    """Fill in the units of an index: double their points until each one's error is small enough."""
    rows = result.slopes.shape[1]
    sums = np.zeros((len(result.error), SCRAMBLES, 3))
    slopes = np.zeros((len(result.error), SCRAMBLES, rows))
    count = 0
    while len(index) and count < most:
        for start, stop in blocks(count, max(2 * count, SMALLEST)):
            more, steeper = evaluate(index, points.block(dimensions, start, stop))
            sums[index] += more
            slopes[index] += steeper
            count = stop
        remembered = REMEMBERED * result.error[index]
        _store(result, index, sums[index], slopes[index], np.full(len(index), float(count)))
        result.error[index] = np.maximum(result.error[index], remembered)
        enough = required(result.probability[index], result.complement[index], care)
        index = index[(result.error[index] > enough) | (count < first[index])]


def blocks(count: int, stop: int) -> list[tuple[int, int]]:
    """Return the ranges of points from a count up to a stop.

    Every answer cuts the point set at the same places (SMALLEST, its doubles, then multiples of a block that bounds the
    memory), so that the blocks can be shared.
    """
    found = []
    while count < stop:
        end = min(stop, SMALLEST if count < SMALLEST else count + min(count, _BLOCK))
        found.append((count, end))
        count = end
    return found


def _store(result: Integrals, index: NDArray[np.intp], sums: Floats, slopes: Floats, count: Floats) -> None:
    mean = sums / count[:, None, None]
    middle = mean.mean(axis=1)
    # Only the smaller tail is integrated: the weights' own error would drown it in the other one.
    over = middle[:, 0] <= middle[:, 1]
    smaller = np.where(over[:, None], mean[:, :, 0], mean[:, :, 1])
    tail = np.minimum(smaller.mean(axis=1), 0.5)
    result.probability[index] = np.where(over, tail, 1.0 - tail)
    result.complement[index] = np.where(over, 1.0 - tail, tail)
    result.density[index] = middle[:, 2]
    result.slopes[index] = (slopes / count[:, None, None]).mean(axis=1)
    result.error[index] = _ROUNDING * tail
    if sums.shape[1] > 1:
        spread = smaller.std(axis=1, ddof=1) * (STUDENT / np.sqrt(sums.shape[1]))
        unseen = np.where(result.method[index] == DRAWS, 1.0 / (count * sums.shape[1]), 1e-300)
        result.error[index] = np.maximum(np.maximum(spread, result.error[index]), unseen)
