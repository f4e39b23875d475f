"""Probabilities of many units of one structure, each with its error bar and as many lines as that needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flopline.engine.execution import SCRAMBLES
from flopline.kernels.directions import at_threshold, directions
from flopline.kernels.families import Lines, lines, strands
from flopline.kernels.lobes import Lobes, likeliest, lobes
from flopline.kernels.records import BOUNDED, DISCRETE
from flopline.kernels.stopping import (
    DISTANT,
    FEW,
    FIRST_BENT,
    FIRST_ROUGH,
    REMEMBERED,
    SMALLEST,
    WARY,
    required,
    stated,
    summary,
)
from flopline.kernels.turning import leading, turning_sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from flopline.engine.execution import Begun, Kernels, PointSource
    from flopline.kernels.directions import Directions
    from flopline.kernels.records import Floats, Integers
    from flopline.kernels.stopping import Care
    from flopline.kernels.structure import Structure

MOST_LINES = 2**14
MOST_FOLLOWED = 2**11
MOST_DRAWS = 2**16
"""Per scramble: where the tolerance is not met by then, the larger error is reported as it is."""
_A_FEW = 8
"""Per scramble: enough where the smaller tail is far below the tiniest that matters."""
_FAR_TAIL = 1e-15
_BLOCK = 1024
_FLOATS = 2**22

CERTAIN, CLOSED, LINES, FOLLOWED, DRAWS = 0, 1, 2, 3, 4
METHODS = ("certain", "closed", "lines", "followed", "draws")
"""`followed`: lines along which the total turns, so that it may cross its threshold several times."""


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

    @property
    def parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Probability, complement, error and density."""
        return self.probability, self.complement, self.error, self.density


def blank(method: Integers, rows: int) -> Integrals:
    """Return answers to be filled in, zero throughout."""
    zeros = np.zeros((4, len(method)))
    return Integrals(zeros[0], zeros[1], zeros[2], zeros[3], np.zeros((len(method), rows)), method)


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
    method = LINES if structure.linear.shape[1] > 1 else CLOSED
    result = blank(np.full(len(scale), method, dtype=np.int64), scale.shape[1])
    begun = kernels.answers(structure, scale, log_threshold, care, points)
    left = np.arange(len(scale))
    if begun is not None:
        for values, target in zip(begun.summary.T, result.parts, strict=True):
            target[:] = values
        result.slopes[:] = begun.slope
        left = np.flatnonzero(begun.number <= 0)
    if len(left):
        _integrate(_Units(structure, scale, log_threshold, kernels), left, begun, care, points, result)
    return result


class _Units(NamedTuple):
    """B units of one structure, and the kernels that answer them."""

    structure: Structure
    scale: Floats
    log_threshold: Floats
    kernels: Kernels

    def of(self, index: NDArray[np.intp]) -> _Units:
        """Return some of the units."""
        return self._replace(scale=self.scale[index], log_threshold=self.log_threshold[index])


def _integrate(
    whole: _Units, left: NDArray[np.intp], begun: Begun | None, care: Care, points: PointSource, result: Integrals
) -> None:
    """Fill in the units that are left, each by lines where there is a direction and by draws where there is none."""
    units = whole.of(left)
    structure, coordinates = units.structure, units.structure.linear.shape[1]
    found = directions(structure, units.scale, at_threshold(units.log_threshold))
    found, around = likeliest(structure, found, lobes(structure, units.scale, units.log_threshold, found))
    sound = found.share > 0.0
    result.method[left] = np.where(sound, LINES if coordinates > 1 else CLOSED, DRAWS)
    averages = _Averages.of(len(left), units.scale.shape[1])
    if begun is not None:
        averages = _Averages(
            begun.sums[left], begun.slopes[left], begun.summary[left, 2], np.maximum(-begun.number[left], 0)
        )
    if np.any(sound):
        along = Along(structure, units.scale, units.log_threshold, found, units.kernels.line_sums, around)
        if coordinates == 1:
            index = np.flatnonzero(sound)
            _store(result, left[index], *along(index, np.zeros((0, 1, 1))))
        else:
            rough = np.any(structure.leaning == DISCRETE) | (found.share < 0.5)
            bent = np.any((structure.leaning == BOUNDED) & (found.alpha != 0.0), axis=1)
            first = np.where(bent, max(care.first, FIRST_BENT), care.first)
            first = np.where(rough | (coordinates == 2), FIRST_ROUGH, first)
            steep = np.sqrt(np.einsum("br,br->b", found.gradient, found.gradient))
            far = ~rough & (np.abs(units.log_threshold - found.offset) > DISTANT * steep) & (averages.count == 0)
            settled = _distant(result, left, np.flatnonzero(sound & far), along, coordinates - 1, points)
            index = np.flatnonzero(sound & ~settled)
            _average(result, left, index, along, averages, first, MOST_LINES, care, points.of(coordinates - 1))
            at = left[sound]
            result.error[at] = stated(result.error[at], result.probability[at], result.complement[at], care)
    if not np.all(sound):
        _without_direction(result, left, np.flatnonzero(~sound), units, found, averages, care, points)


def _without_direction(
    result: Integrals, left: NDArray[np.intp], index: NDArray[np.intp], units: _Units, found: Directions,
    averages: _Averages, care: Care, points: PointSource,
) -> None:  # fmt: skip
    """Fill in units whose total rises along no direction: by lines that are followed, or by draws of steps alone."""
    structure, coordinates = units.structure, units.structure.linear.shape[1]
    if np.all(structure.leaning == DISCRETE):
        window = 0.1 * np.sqrt(np.einsum("br,br->b", found.gradient, found.gradient)) + 1e-3

        def counted(some: NDArray[np.intp], block: Floats) -> tuple[Floats, Floats]:
            return units.kernels.draw_sums(structure, units.scale[some], units.log_threshold[some], window[some], block)

        first = np.full(len(left), FIRST_ROUGH)
        _average(result, left, index, counted, averages, first, MOST_DRAWS, care, points.of(coordinates))
        return
    result.method[left[index]] = FOLLOWED
    found = leading(structure, found)
    around = lobes(structure, units.scale, units.log_threshold, found)
    along = Along(structure, units.scale, units.log_threshold, found, turning_sums, around)
    if coordinates == 1:
        _store(result, left[index], *along(index, np.zeros((0, 1, 1))))
        return
    rough = coordinates == 2 or np.any(structure.leaning == DISCRETE)
    first = np.full(len(left), FIRST_ROUGH if rough else FEW)
    _average(result, left, index, along, averages, first, MOST_FOLLOWED, care, points.of(coordinates - 1))
    at = left[index]
    result.error[at] = stated(result.error[at], result.probability[at], result.complement[at], care)


class Along:
    """The sums over lines of some of B units, their strands put together."""

    def __init__(
        self,
        structure: Structure,
        scale: Floats,
        log_threshold: Floats,
        found: Directions,
        sums: Callable[[Structure, Lines, Floats], tuple[Floats, Floats]],
        around: Lobes | None = None,
    ) -> None:
        self._structure, self._sums = structure, sums
        around = lobes(structure, scale, log_threshold, found) if around is None else around
        self._around = strands(found, around)
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
        sums, slopes = self._sums(self._structure, chosen, block)
        first = np.searchsorted(self._around.unit[strand], units)
        return np.add.reduceat(sums, first), np.add.reduceat(slopes, first)


def _distant(
    result: Integrals, left: NDArray[np.intp], index: NDArray[np.intp], along: Along, dimensions: int,
    points: PointSource,
) -> NDArray[np.bool_]:  # fmt: skip
    """Fill in those of some units that a few lines find to be all but certain, and return which they are."""
    settled = np.zeros(len(left), dtype=np.bool_)
    if len(index):
        at = left[index]
        _store(result, at, *along(index, points.block(dimensions, 0, _A_FEW)))
        tail = np.minimum(result.probability[at], result.complement[at])
        settled[index] = np.maximum(tail, result.error[at]) < _FAR_TAIL
        # So few lines know the order of magnitude; what they may have missed is stated, not hidden.
        result.error[left[settled]] = _FAR_TAIL
    return settled


@dataclass(slots=True)
class _Averages:
    """Sums over the lines of B units so far: sums (B, R, 3), slopes (B, R, E), error (B,), lines per scramble (B,)."""

    sums: Floats
    slopes: Floats
    error: Floats
    count: Integers

    @classmethod
    def of(cls, units: int, rows: int) -> _Averages:
        """Return nothing yet."""
        shape = (units, SCRAMBLES)
        return cls(np.zeros((*shape, 3)), np.zeros((*shape, rows)), np.zeros(units), np.zeros(units, dtype=np.int64))


def _average(
    result: Integrals,
    left: NDArray[np.intp],
    index: NDArray[np.intp],
    evaluate: Callable[[NDArray[np.intp], Floats], tuple[Floats, Floats]],
    averages: _Averages,
    first: Integers,
    most: int,
    care: Care,
    block: Callable[[int, int], Floats],
) -> None:
    """Fill in the units of an index: double their points until each one's error is small enough."""
    while len(index):
        count = int(averages.count[index].min())
        if count >= most:
            break
        now = index[averages.count[index] == count]
        for start, stop in blocks(count, max(2 * count, SMALLEST)):
            more, steeper = evaluate(now, block(start, stop))
            averages.sums[now] += more
            averages.slopes[now] += steeper
            count = stop
        averages.count[now] = count
        at = left[now]
        _store(result, at, averages.sums[now], averages.slopes[now])
        averages.error[now] = np.maximum(result.error[at], REMEMBERED * averages.error[now])
        result.error[at] = averages.error[now]
        enough = required(result.probability[at], result.complement[at], care) * (WARY if count < FEW else 1.0)
        settled = now[(averages.error[now] <= enough) & (count >= first[now])]
        index = index[~np.isin(index, settled)]


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


def _store(result: Integrals, index: NDArray[np.intp], sums: Floats, slopes: Floats) -> None:
    found = summary(sums, slopes)
    result.probability[index], result.complement[index] = found.probability, found.complement
    result.density[index], result.slopes[index] = found.density, found.slopes
    drawn = result.method[index] == DRAWS
    unseen = np.where(drawn, 1.0 / np.maximum(sums[:, :, :2].sum(axis=(1, 2)), 1.0), 0.0)
    result.error[index] = np.maximum(found.error, unseen)
