"""The cases of a total: one for each combination of discrete choices that nothing else depends on.

A choice of a few values (this chip or that, a run that happens or not) makes a sum over draws rough, and each of its
values makes the rest smooth. So P is the weighted sum of the cases' own probabilities, exactly. Choices whose score is
correlated with another one's, and those of too many values, stay among the inputs and are drawn.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from flopline.kernels.records import NOTHING, STEP, Floats, Integers, Problem
from flopline.kernels.special import normal_cdf
from flopline.kernels.structure import Structure, reduce

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 16
"""Cases that are worth their number."""


class Case(NamedTuple):
    """One combination of choices.

    Attributes
    ----------
    weight : float
        Its probability.
    structure : Structure, optional
        Of the rows that it leaves; None where it leaves none.
    shift : (E0,) array
        What the choices add to ln of each of the problem's rows.
    """

    weight: float
    structure: Structure | None
    shift: Floats


def cases(problem: Problem, mask: NDArray[np.bool_]) -> tuple[Case, ...]:
    """Return the cases of the rows that a mask counts; their weights add up to one.

    Parameters
    ----------
    problem : Problem
    mask : (E0,) boolean array
        At least one row must be counted.
    """
    used = np.any(problem.exponent[mask] != 0.0, axis=0)
    chosen = _choices(problem, used)
    if not chosen:
        return (Case(1.0, reduce(problem, mask), np.zeros(len(mask))),)
    columns = np.concatenate([choice.columns for choice in chosen])
    exponent = problem.exponent.copy()
    exponent[:, columns] = 0.0
    rest = problem._replace(exponent=exponent)
    found, known = [], dict[bytes, Structure]()
    for combination in itertools.product(*(range(len(choice.weights)) for choice in chosen)):
        weight = float(np.prod([choice.weights[i] for choice, i in zip(chosen, combination, strict=True)]))
        values = np.concatenate([choice.values[i] for choice, i in zip(chosen, combination, strict=True)])
        shift = problem.exponent[:, columns] @ values
        left = mask & (shift > 0.5 * NOTHING)
        key = left.tobytes()
        if np.any(left) and key not in known:
            known[key] = reduce(rest, left)
        found.append(Case(weight, known.get(key), shift))
    return tuple(found)


class _Choice(NamedTuple):
    """A score that only chooses: weights (m,) and ln x (m, k) of the variables in columns (k,)."""

    weights: Floats
    values: Floats
    columns: Integers


def _choices(problem: Problem, used: NDArray[np.bool_]) -> list[_Choice]:
    """Return the choices to go through, those of fewest values first."""
    correlation = problem.cholesky @ problem.cholesky.T
    read = np.unique(problem.score[used])
    found = []
    for score in read:
        columns = np.flatnonzero(used & (problem.score == score))
        others = read[read != score]
        if np.all(problem.kind[columns] == STEP) and not np.any(correlation[score, others]):
            found.append(_choice(problem, columns))
    found.sort(key=lambda choice: len(choice.weights))
    kept, number = [], 1
    for choice in found:
        number *= len(choice.weights)
        if number > MOST:
            break
        kept.append(choice)
    return kept


def _choice(problem: Problem, columns: Integers) -> _Choice:
    parts = [slice(problem.first[k], problem.first[k + 1]) for k in columns]
    edges = np.unique(np.concatenate([problem.edges[part][:-1] for part in parts]), return_index=True)[0]
    below = normal_cdf(np.append(edges, np.inf))
    # From the nearer end: the probability of a rare value is not the difference of two that are almost one.
    above = normal_cdf(-np.append(-np.inf, edges))
    weights = np.where(np.append(edges, np.inf) <= 0.0, np.diff(below, prepend=0.0), -np.diff(above, append=0.0))
    inside = np.append(-np.inf, edges)
    values = [problem.steps[part][np.searchsorted(problem.edges[part][:-1], inside, side="right")] for part in parts]
    return _Choice(weights, np.stack(values, axis=1), columns)
