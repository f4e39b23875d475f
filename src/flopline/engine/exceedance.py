"""P(total > threshold) of masked totals: of one problem, or of many scenarios of its structure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flopline.engine.execution import Execution, Kernels, Memory, PointSource, kernels, run
from flopline.engine.integration import CERTAIN, METHODS
from flopline.engine.one_case import of_case
from flopline.errors import EngineError
from flopline.kernels.stopping import Care, required

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from flopline.kernels.cases import Case
    from flopline.kernels.records import Floats, Integers, Problem

CHUNK = 64
"""Scenarios in one task: what bounds the memory, whatever the number of threads."""


@dataclass(frozen=True, slots=True)
class Exceedances:
    """Probabilities of exceeding, with their errors; axes (M,) or, for scenarios, (N, M).

    Attributes
    ----------
    probability, complement : array
        P(total > threshold) and P(total <= threshold), each accurate in its own tail.
    error : array
        Standard error of either, from the spread of independent scrambles, widened by Student's factor so that 1.96
        of them hold 95 %; 0 only where nothing is uncertain.
    converged : boolean array
        Whether the error is within the tolerance.
    code : integer array
        How it was answered, an index into METHODS: certain, closed, lines, followed or draws.
    scale_gradient : (..., E) array, optional
        d probability / d log_scale of each row of the problem.
    location_gradient : (..., K) array, optional
        d probability / d ln location of each variable (all its values multiplied).
    """

    probability: Floats
    complement: Floats
    error: Floats
    converged: NDArray[np.bool_]
    code: Integers
    scale_gradient: Floats | None = None
    location_gradient: Floats | None = None

    @property
    def method(self) -> tuple[str, ...]:
        """How each was answered, in words, scenarios one after the other."""
        return tuple(METHODS[code] for code in self.code.reshape(-1))


def exceedance(
    problem: Problem,
    masks: NDArray[np.bool_],
    thresholds: Floats,
    *,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    execution: Execution = "auto",
    gradient: bool = False,
    memory: Memory | None = None,
) -> Exceedances:
    """Return P(sum of a mask's rows > threshold) for M pairs of a mask and a threshold.

    Parameters
    ----------
    problem : Problem
    masks : (M, E) boolean array
        The rows that each total counts; none at all gives 0 exactly.
    thresholds : (M,) array
        In the rows' own unit. The comparison is strict.
    tolerance : float
        Largest standard error; in tails below 1e-3 also 0.5 % of the tail.
    seed : int
        Of the randomized point set.
    threads : int
        The answer is the same for any number.
    execution : {"auto", "plain", "compiled"}
    gradient : bool
        Whether to return the gradients too (the same pass).
    memory : Memory, optional
        What earlier questions about the same problem left.

    Returns
    -------
    Exceedances
        Axes (M,).

    Raises
    ------
    EngineError
        If shapes do not fit or a number is not one.
    """
    found = scenarios(
        problem,
        problem.log_scale[None, :],
        masks,
        thresholds,
        tolerance=tolerance,
        seed=seed,
        threads=threads,
        execution=execution,
        gradient=gradient,
        memory=memory,
    )
    parts = (found.probability, found.complement, found.error, found.converged, found.code)
    gradients = (found.scale_gradient, found.location_gradient)
    return Exceedances(*(part[0] for part in parts), *(None if part is None else part[0] for part in gradients))


def scenarios(
    problem: Problem,
    log_scales: Floats,
    masks: NDArray[np.bool_],
    thresholds: Floats,
    *,
    tolerance: float = 1e-4,
    care: Care | None = None,
    seed: int = 0,
    threads: int = 1,
    execution: Execution = "auto",
    gradient: bool = False,
    memory: Memory | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Exceedances:
    """Return the probabilities of N scenarios that differ in their rows' scales, on the same points.

    Parameters
    ----------
    problem : Problem
        Its own log_scale is not used.
    log_scales : (N, E) array
        One scenario a line; -inf leaves a row out.
    masks, thresholds, tolerance, seed, threads, execution, gradient, memory
        As in `exceedance`; the tolerance holds for every scenario.
    care : Care, optional
        Instead of a tolerance: also the relative error of tails, and the least number of lines.
    progress : callable, optional
        Called with the tasks done and their number.

    Returns
    -------
    Exceedances
        Axes (N, M).
    """
    masks, thresholds = np.asarray(masks, dtype=np.bool_), np.asarray(thresholds, dtype=np.float64)
    log_scales = np.asarray(log_scales, dtype=np.float64)
    check(problem, log_scales, masks, tolerance)
    if thresholds.shape != (len(masks),) or np.any(np.isnan(thresholds)):
        message = f"{len(masks)} masks need {len(masks)} thresholds, none of them NaN"
        raise EngineError(message)
    result = _blank(problem, len(log_scales), len(masks), gradient=gradient)
    memory = Memory(problem, sources={seed: PointSource(seed)}) if memory is None else memory
    tasks = [
        _Task(parts, columns, slice(start, start + CHUNK))
        for parts, columns in _groups(problem, masks, memory)
        for start in range(0, len(log_scales), CHUNK)
    ]
    chosen = kernels(execution, len(log_scales) * len(masks))
    points, care = memory.points(seed), Care(tolerance) if care is None else care

    def answer(task: _Task) -> None:
        _answer(log_scales[task.part], thresholds, care, points, chosen, task, result)

    run(tasks, answer, threads, None if progress is None else lambda done: progress(done, len(tasks)))
    probability, complement = result.probability, result.complement
    result.converged[...] = result.error <= required(probability, complement, care)
    if result.scale_gradient is not None and result.location_gradient is not None:
        np.matmul(result.scale_gradient, problem.exponent, out=result.location_gradient)
    return result


def check(problem: Problem, log_scales: Floats, masks: NDArray[np.bool_], tolerance: float) -> None:
    """Raise an error unless scales and masks fit the problem and the tolerance means something."""
    rows = len(problem.log_scale)
    if masks.ndim != 2 or masks.shape[1] != rows or log_scales.ndim != 2 or log_scales.shape[1] != rows:
        message = f"masks {masks.shape} and scales {log_scales.shape} do not fit a problem of {rows} rows"
        raise EngineError(message)
    if np.any(np.isnan(log_scales)) or np.any(log_scales == np.inf):
        message = "a row's scale is not finite"
        raise EngineError(message)
    if not tolerance > 0.0:
        message = f"`tolerance` is {tolerance}, but must be positive"
        raise EngineError(message)


class _Task(NamedTuple):
    cases: tuple[Case, ...]
    columns: Integers
    part: slice


def _blank(problem: Problem, count: int, totals: int, *, gradient: bool) -> Exceedances:
    """Return the answers of empty totals, to be filled in."""
    shape = (count, totals)
    return Exceedances(
        np.zeros(shape),
        np.ones(shape),
        np.zeros(shape),
        np.ones(shape, dtype=np.bool_),
        np.full(shape, CERTAIN, dtype=np.int64),
        np.zeros((*shape, len(problem.log_scale))) if gradient else None,
        np.zeros((*shape, len(problem.kind))) if gradient else None,
    )


def _groups(problem: Problem, masks: NDArray[np.bool_], memory: Memory) -> list[tuple[tuple[Case, ...], Integers]]:
    """Return each different, not empty mask's cases with the columns that ask for it."""
    asked: dict[bytes, list[int]] = {}
    for column, mask in enumerate(masks):
        if np.any(mask):
            asked.setdefault(mask.tobytes(), []).append(column)
    return [(memory.cases(problem, masks[columns[0]]), np.array(columns)) for columns in asked.values()]


def _answer(
    log_scales: Floats,
    thresholds: Floats,
    care: Care,
    points: PointSource,
    chosen: Kernels,
    task: _Task,
    result: Exceedances,
) -> None:
    """Fill in one task's scenarios for all thresholds of its mask: the weighted sum of the cases' answers."""
    cells = np.s_[task.part, task.columns]
    result.complement[cells] = 0.0
    for case in task.cases:
        found = of_case(case, log_scales, thresholds[task.columns], care, points, chosen)
        result.probability[cells] += case.weight * found.probability
        result.complement[cells] += case.weight * found.complement
        # The same points serve all cases, so that their errors may well add up.
        result.error[cells] += case.weight * found.error
        result.code[cells] = np.maximum(result.code[cells], found.code)
        if result.scale_gradient is not None:
            result.scale_gradient[cells] += case.weight * found.scale_gradient
