"""Quantiles of masked totals: Newton's method on the normal score of P as a function of ln T, over the same lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flopline.engine.exceedance import check
from flopline.engine.execution import SCRAMBLES, Execution, Kernels, PointSource, kernels, run
from flopline.engine.integration import MOST_LINES, Along, blocks
from flopline.engine.mixtures import Mixture, probit_step
from flopline.errors import EngineError
from flopline.kernels.cases import Case, cases
from flopline.kernels.directions import Directions, at_distance, directions, log_total
from flopline.kernels.draws import log_totals
from flopline.kernels.records import DISCRETE
from flopline.kernels.special import normal_quantile
from flopline.kernels.stopping import FIRST_ROUGH, SMALLEST, shares, spread
from flopline.kernels.structure import scales

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.kernels.records import Floats, Problem
    from flopline.kernels.structure import Structure

MOST_COUNTED = 2**13
_EVALUATIONS = 60
_NEAR = 0.01


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Quantiles with their errors, axes (M, Q).

    Attributes
    ----------
    value : array
        The total that is not exceeded with each level's probability.
    error : array
        Standard error of ln value, widened as in `Exceedances`; 0 where the value is exact.
    converged : boolean array
        Whether the error is within the tolerance.
    """

    value: Floats
    error: Floats
    converged: NDArray[np.bool_]


def quantiles(
    problem: Problem,
    masks: NDArray[np.bool_],
    levels: Floats,
    *,
    seed: int = 0,
    threads: int = 1,
    execution: Execution = "auto",
    tolerance: float = 1e-4,
) -> Floats:
    """Return the (M, Q) quantiles of M masked totals; see `quantiles_with_errors`."""
    return quantiles_with_errors(
        problem, masks, levels, seed=seed, threads=threads, execution=execution, tolerance=tolerance
    ).value


def quantiles_with_errors(
    problem: Problem,
    masks: NDArray[np.bool_],
    levels: Floats,
    *,
    seed: int = 0,
    threads: int = 1,
    execution: Execution = "auto",
    tolerance: float = 1e-4,
) -> Quantiles:
    """Return the quantiles of M masked totals at Q levels, and how well they are known.

    Parameters
    ----------
    problem : Problem
    masks : (M, E) boolean array
        The rows that each total counts; the quantiles of none at all are 0.
    levels : (Q,) array
        Probabilities strictly inside (0, 1).
    seed, threads, execution
        As in `exceedance`.
    tolerance : float
        Largest relative error.

    Returns
    -------
    Quantiles
        One row of levels is exact: a single product of lognormals, or a single score.

    Raises
    ------
    EngineError
        If a level is not inside (0, 1) or shapes do not fit.
    """
    masks, levels = np.asarray(masks, dtype=np.bool_), np.asarray(levels, dtype=np.float64)
    check(problem, problem.log_scale[None, :], masks, tolerance)
    if levels.ndim != 1 or not np.all((levels > 0.0) & (levels < 1.0)):
        message = "a quantile's level is not inside (0, 1)"
        raise EngineError(message)
    different, inverse = np.unique(masks, axis=0, return_inverse=True)
    points = PointSource(seed)
    chosen = kernels(execution, len(different) * len(levels))

    def answer(mask: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        return _of_mask(problem, mask, levels, tolerance, points, chosen)

    found = np.array(run(list(different), answer, threads)).reshape(len(different), 2, len(levels))
    found = found[inverse.reshape(-1)]
    return Quantiles(found[:, 0], found[:, 1], found[:, 1] <= tolerance)


def _of_mask(
    problem: Problem,
    mask: NDArray[np.bool_],
    levels: Floats,
    tolerance: float,
    points: PointSource,
    chosen: Kernels,
) -> tuple[Floats, Floats]:
    """Return one total's quantiles and their relative errors."""
    counted = mask & (problem.log_scale > -np.inf)
    if not np.any(counted):
        return np.zeros(len(levels)), np.zeros(len(levels))
    parts = cases(problem, counted)
    log_scale = np.where(counted, problem.log_scale, 0.0)[None, :]

    def of_case(case: Case, at: Floats, accepted: float) -> tuple[Floats, Floats]:
        if case.structure is None:
            return np.zeros(len(at)), np.zeros(len(at))
        return _of_structure(
            case.structure, scales(case.structure, log_scale + case.shift), at, accepted, points, chosen
        )

    if len(parts) == 1:
        return of_case(parts[0], levels, tolerance)
    units = [None if part.structure is None else scales(part.structure, log_scale + part.shift) for part in parts]
    return Mixture(parts, units, of_case, points, chosen).quantiles(levels, tolerance)


def _of_structure(
    structure: Structure, scale: Floats, levels: Floats, tolerance: float, points: PointSource, chosen: Kernels
) -> tuple[Floats, Floats]:
    """Return the quantiles of one structure, a (1, E) scale, and their relative errors."""
    exact = np.zeros(len(levels))
    scale = np.repeat(scale, len(levels), axis=0)
    coordinates = structure.linear.shape[1]
    if coordinates == 0:
        return np.exp(scale).sum(axis=1), exact
    distance = normal_quantile(levels)
    found = directions(structure, scale, at_distance(distance))
    if np.any(found.share == 0.0):
        return _without_direction(structure, scale[:1], levels, tolerance, points, chosen)
    if coordinates == 1:
        return np.exp(log_total(structure, scale, found.alpha * distance[:, None])[0]), exact
    value, error = _along_lines(structure, scale, distance, found, tolerance, points, chosen)
    return np.exp(value), error


def _along_lines(
    structure: Structure,
    scale: Floats,
    distance: Floats,
    found: Directions,
    tolerance: float,
    points: PointSource,
    chosen: Kernels,
) -> tuple[Floats, Floats]:
    """Return ln of each unit's quantile and its error, doubling the lines until it is small enough."""
    rough = bool(np.any(structure.leaning == DISCRETE)) | (found.share < 0.5)
    steep = np.sqrt(np.einsum("br,br->b", found.gradient, found.gradient))
    value, error = found.offset + distance * steep, np.full(len(distance), np.inf)
    active, count = np.arange(len(distance)), FIRST_ROUGH if np.any(rough) else SMALLEST
    while len(active):
        part = Directions(*(array[active] for array in found))
        value[active], error[active] = _solve(
            structure, scale[active], distance[active], part, value[active], count, tolerance, points, chosen
        )
        active = active[(error[active] > tolerance) | (count == SMALLEST)]
        if count == MOST_LINES:
            break
        # The error falls at least like the square root, at best like the number of lines: aim between.
        wanted = count * (np.max(error[active], initial=0.0) / tolerance) ** 1.2
        count = int(min(MOST_LINES, max(2 * count, 2.0 ** np.round(np.log2(max(wanted, 1.0))))))
    return value, error


def _solve(
    structure: Structure,
    scale: Floats,
    distance: Floats,
    found: Directions,
    value: Floats,
    count: int,
    tolerance: float,
    points: PointSource,
    chosen: Kernels,
) -> tuple[Floats, Floats]:
    """Return where each unit's P, over a fixed number of lines, has the wanted normal score, and its error there."""
    value, error = value.copy(), np.full(len(value), np.inf)
    low, high = np.full(len(value), -np.inf), np.full(len(value), np.inf)
    active = np.arange(len(value))
    for _ in range(_EVALUATIONS):
        part = Directions(*(array[active] for array in found))
        sums = np.zeros((len(active), SCRAMBLES, 3))
        along, units = Along(structure, scale[active], value[active], part, chosen.line_sums), np.arange(len(active))
        for start, stop in blocks(0, count):
            sums += along(units, points.block(len(structure.leaning) - 1, start, stop))[0]
        tails, above = shares(sums)
        density = (sums[:, :, 2] / (sums[:, :, 0] + sums[:, :, 1])).mean(axis=1)
        over = normal_quantile(np.clip(tails.mean(axis=1), 1e-300, 0.5))
        score = np.where(above, -over, over)
        below = score < distance[active]
        low[active], high[active] = (
            np.where(below, value[active], low[active]),
            np.where(below, high[active], value[active]),
        )
        step = probit_step(score, distance[active], density, value[active], low[active], high[active])
        value[active] += step
        unsure = spread(tails)
        with np.errstate(divide="ignore", invalid="ignore"):
            error[active] = np.where(unsure == 0.0, 1e-13, unsure / density)
        # What a Newton step leaves is about its square.
        near = np.maximum(0.1 * np.minimum(error[active], 1.0), np.sqrt(0.02 * tolerance))
        active = active[np.abs(step) > np.minimum(near, _NEAR)]
        if not len(active):
            break
    return value, np.minimum(error, high - low)


def _without_direction(
    structure: Structure, scale: Floats, levels: Floats, tolerance: float, points: PointSource, chosen: Kernels
) -> tuple[Floats, Floats]:
    """Return quantiles of a total that turns along every line: of draws, or where they do not do, of its P."""
    value, error = _counted(structure, scale, levels, points)
    if np.all(error <= tolerance) or np.all(structure.leaning == DISCRETE):
        return value, error

    def drawn(_: Case, at: Floats, __: float) -> tuple[Floats, Floats]:
        return _counted(structure, scale, at, points)

    whole = Case(1.0, structure, np.zeros(0))
    return Mixture((whole,), (scale,), drawn, points, chosen).quantiles(levels, tolerance)


def _counted(structure: Structure, scale: Floats, levels: Floats, points: PointSource) -> tuple[Floats, Floats]:
    """Return quantiles of low-discrepancy draws, their error from the spread over scrambles."""
    parts = [
        log_totals(structure, scale, points.block(structure.linear.shape[1], start, stop))[0]
        for start, stop in blocks(0, MOST_COUNTED)
    ]
    drawn = np.concatenate(parts, axis=1)
    each = np.quantile(drawn, levels, axis=1)
    error = spread(each)
    return np.exp(np.quantile(drawn.reshape(-1), levels)), np.maximum(error, 1.0 / drawn.size)
