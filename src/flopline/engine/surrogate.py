"""Many scenarios from few: probabilities over a grid of scales, interpolated in the normal score of P.

Every total depends on a scenario through the logarithms of its scales alone, and the normal score of P is nearly linear
in them. So P is integrated at the nodes of a coarse tensor grid and interpolated by local polynomials of degree five,
each total and threshold by itself. Some scenarios of the fine grid are integrated too and held against the
interpolation: the worst miss enters every stated error, and where that leaves the tolerance the nodes are doubled, up
to the point where integrating every scenario is as cheap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flopline.engine.exceedance import scenarios
from flopline.kernels.special import normal_quantile, normal_sf
from flopline.kernels.stopping import FIRST, RELATIVE, Care, required

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from flopline.engine.exceedance import Exceedances
    from flopline.kernels.records import Floats, Integers, Problem

    Ask = Callable[[Floats, Integers, Care], Exceedances]

FEWEST = 300
"""Scenarios from which it is worth while."""
MOST_AXES = 3
DIRECT, INTERPOLATED = 0, 1
_INTERVALS = 8
_HELD = 32
"""Scenarios held out, beside one amid each combination of the axes' first, middle and last cells."""
_CLOSER = 0.4
"""Of the accepted error, what the nodes may have: the rest is for the interpolation."""
_EVEN = 2 * FIRST
"""Lines per scramble at the least: where some nodes stop early and others do not, P is no smooth function of them."""
_SAVING = 0.5
_DEGREE, _LOWER_DEGREE = 5, 3
_PARTS = 4
"""Of the grid, in each of which the scenario is held out where polynomials of the lower degree differ most."""
_LEAST = 1e-300
_CHUNK = 2**14


@dataclass(frozen=True, slots=True)
class Gridded:
    """Answers over a grid, the last axis fastest.

    Attributes
    ----------
    probability, error : (N, M) array
    method : (M,) integer array
        DIRECT or INTERPOLATED.
    """

    probability: Floats
    error: Floats
    method: Integers


class Axis(NamedTuple):
    """The shifts of one axis, its nodes, and how to get from these to those."""

    shifts: Floats
    nodes: Floats
    exact: bool


def over_grid(
    problem: Problem,
    shifts: list[Floats],
    powers: Floats,
    masks: NDArray[np.bool_],
    thresholds: Floats,
    *,
    tolerance: float,
    answer: Callable[..., Exceedances] = scenarios,
) -> Gridded:
    """Return P(total > threshold) of M masks in every scenario of a grid.

    Parameters
    ----------
    problem : Problem
    shifts : list of A arrays
        ln of each axis's values, over those in `problem`.
    powers : (A, E) array
        Power of each axis in each row.
    masks : (M, E) boolean array
    thresholds : (M,) array
    tolerance : float
        Largest standard error, as in `exceedance`.
    answer : callable
        `scenarios`, perhaps with a seed, threads and an execution.

    Returns
    -------
    Gridded
        Every error within the tolerance where `scenarios` keeps it; memory grows with the answer alone.
    """
    shape = tuple(len(values) for values in shifts)
    count, columns = math.prod(shape), np.arange(len(masks))
    probability, error = np.zeros((count, len(masks))), np.zeros((count, len(masks)))
    method = np.full(len(masks), DIRECT)

    def ask(places: Floats, which: Integers, care: Care) -> Exceedances:
        scales = problem.log_scale + places @ powers
        return answer(problem, scales, masks[which], thresholds[which], care=care)

    if count >= FEWEST and 1 <= sum(size > 1 for size in shape) <= MOST_AXES and len(masks):
        for column, values, errors in _interpolated(ask, shifts, columns, tolerance):
            probability[:, column], error[:, column], method[column] = values, errors, INTERPOLATED
    rest = np.flatnonzero(method == DIRECT)
    for start in range(0, count if len(rest) else 0, _CHUNK):
        some = np.arange(start, min(start + _CHUNK, count))
        found = ask(_places(shifts, shape, some), rest, Care(tolerance))
        probability[some[:, None], rest], error[some[:, None], rest] = found.probability, found.error
    return Gridded(probability, error, method)


def _interpolated(
    ask: Ask, shifts: list[Floats], columns: Integers, tolerance: float
) -> list[tuple[int, Floats, Floats]]:
    """Return the columns that interpolation answers within the tolerance, with their values and errors."""
    shape = tuple(len(values) for values in shifts)
    count, care, closer = math.prod(shape), Care(tolerance), Care(_CLOSER * tolerance, _CLOSER * RELATIVE, _EVEN)
    done: list[tuple[int, Floats, Floats]] = []
    known: dict[tuple[float, ...], Floats] = {}
    held: dict[int, Floats] = {}
    intervals = _INTERVALS
    while len(columns):
        axes = [_axis(values, intervals) for values in shifts]
        places = np.stack(np.meshgrid(*(axis.nodes for axis in axes), indexing="ij"), axis=-1).reshape(-1, len(axes))
        if len(places) > _SAVING * count:
            break
        new = np.array([place for place in map(tuple, places.tolist()) if place not in known]).reshape(-1, len(axes))
        found = ask(new, columns, closer)
        shares = found.error / required(found.probability, found.complement, care)
        known |= zip(map(tuple, new.tolist()), np.stack([_score(found), shares], axis=1), strict=True)
        nodes = np.moveaxis(np.array([known[tuple(place)] for place in places.tolist()]), 0, -1)
        scores, shares = nodes.reshape(2, len(columns), *(len(axis.nodes) for axis in axes))
        tails = [_tails(_spread(score, axes, _DEGREE)) for score in scores]
        limits = [required(*tail, care) for tail in tails]

        wanted = set(_held_out(shape).tolist())
        for score, (rough, limit) in zip(scores, zip(tails, limits, strict=True), strict=True):
            wanted |= _suspects(np.abs(_tails(_spread(score, axes, _LOWER_DEGREE))[0] - rough[0]) / limit)
        check = np.array(sorted(wanted - set(held)), dtype=np.int64)
        if len(check):
            found = ask(_places(shifts, shape, check), columns, closer)
            held |= zip(check.tolist(), np.stack([found.probability, found.complement], axis=1), strict=True)
        at, truth = np.array(list(held)), np.array(list(held.values()))

        still = []
        for index, ((over, under), limit) in enumerate(zip(tails, limits, strict=True)):
            miss = np.minimum(np.abs(over[at] - truth[:, 0, index]), np.abs(under[at] - truth[:, 1, index]))
            errors = limit * np.hypot(np.max(miss / limit[at]), _spread(shares[index], axes, 1))
            if np.all(errors <= limit):
                done.append((int(columns[index]), over, errors))
            else:
                still.append(index)
        columns = columns[still]
        known = {place: values[:, still] for place, values in known.items()}
        held = {place: values[:, still] for place, values in held.items()}
        if all(axis.exact for axis in axes):
            break
        intervals *= 2
    return done


def _suspects(doubt: Floats) -> set[int]:
    """Return the scenarios of greatest doubt, one in each part of the grid."""
    parts = np.array_split(np.arange(len(doubt)), _PARTS)
    return {int(part[np.argmax(doubt[part])]) for part in parts}


def _axis(shifts: Floats, intervals: int) -> Axis:
    """Return an axis with evenly spaced nodes, or its own values where these are as few."""
    different = np.unique(shifts, return_index=True)[0]
    if len(different) <= _INTERVALS + 1:
        return Axis(shifts, different, exact=True)
    # The same nodes to the last bit after doubling: multiples of a power of two of the whole.
    return Axis(shifts, different[0] + (different[-1] - different[0]) * (np.arange(intervals + 1) / intervals), False)


def _places(shifts: list[Floats], shape: tuple[int, ...], some: Integers) -> Floats:
    """Return the (n, A) shifts of some scenarios."""
    at = np.unravel_index(some, shape)
    return np.stack([values[index] for values, index in zip(shifts, at, strict=True)], axis=-1)


def _held_out(shape: tuple[int, ...]) -> Integers:
    """Return scenarios spread over the grid, some of them inside the outermost cells, where polynomials are worst."""
    golden = (1.0 + 5.0**0.5) / 2.0
    found = (np.arange(1, _HELD + 1) * (1.0 / golden) % 1.0 * math.prod(shape)).astype(np.int64)
    ends = [sorted({round(share * (size - 1)) for share in (0.06, 0.5, 0.94)}) for size in shape]
    corners = np.stack(np.meshgrid(*ends, indexing="ij"), axis=0).reshape(len(shape), -1)
    return np.unique(np.concatenate([found, np.ravel_multi_index(tuple(corners), shape)]), return_index=True)[0]


def _score(found: Exceedances) -> Floats:
    """Return the normal score of P, from whichever tail is smaller."""
    tail = normal_quantile(np.clip(np.minimum(found.probability, found.complement), _LEAST, 0.5))
    score: Floats = np.where(found.probability <= found.complement, tail, -tail)
    return score


def _tails(score: Floats) -> tuple[Floats, Floats]:
    """Return P and 1 - P of normal scores; beyond the least tail they are 0 and 1."""
    tail = normal_sf(np.abs(score))
    tail = np.where(tail <= 1.01 * _LEAST, 0.0, tail)
    return np.where(score < 0.0, tail, 1.0 - tail), np.where(score < 0.0, 1.0 - tail, tail)


def _spread(tensor: Floats, axes: list[Axis], degree: int) -> Floats:
    """Return values at the nodes carried over to every scenario, flat."""
    for number, axis in enumerate(axes):
        first, weight = _stencils(axis, degree)
        result = np.zeros((*tensor.shape[:number], len(axis.shifts), *tensor.shape[number + 1 :]))
        along = [1] * tensor.ndim
        along[number] = len(axis.shifts)
        for offset in range(weight.shape[1]):
            result += weight[:, offset].reshape(along) * tensor.take(first + offset, axis=number)
        tensor = result
    return tensor.reshape(-1)


def _stencils(axis: Axis, degree: int) -> tuple[Integers, Floats]:
    """Return, for each value of an axis, its first node and the weights of that and the next ones (Lagrange)."""
    nodes, shifts = axis.nodes, axis.shifts
    if axis.exact:
        return np.searchsorted(nodes, shifts), np.ones((len(shifts), 1))
    place = (shifts - nodes[0]) / (nodes[1] - nodes[0])
    first = np.clip(np.floor(place).astype(np.int64) - (degree - 1) // 2, 0, len(nodes) - 1 - degree)
    at = (place - first)[:, None]
    weight = np.ones((len(shifts), degree + 1))
    for j in range(degree + 1):
        for k in range(degree + 1):
            if k != j:
                weight[:, j] *= (at[:, 0] - k) / (j - k)
    return first, weight
