"""Whether a total is always something, or nothing at all in some outcome of what may happen or not."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.kernels.records import NOTHING, STEP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.kernels.records import Floats, Problem

_MOST: Final = 4096
"""Outcomes to go through; with more of them a total is not taken to be always positive."""


def always_positive(problem: Problem, mask: NDArray[np.bool_]) -> bool:
    """Return whether at least one of a mask's rows is more than nothing in every outcome.

    Parameters
    ----------
    mask : (E,) boolean array
    """
    rows = mask & (problem.log_scale > 0.5 * NOTHING)
    used = np.any(problem.exponent[rows] != 0.0, axis=0)
    deciding = [int(k) for k in np.flatnonzero(used) if _may_be_nothing(problem, int(k))]
    always = rows & ~np.any(problem.exponent[:, deciding] != 0.0, axis=1)
    if np.any(always):
        return True
    outcomes = [_outcomes(problem, [k for k in deciding if problem.score[k] == score])
                for score in np.unique(problem.score[deciding])]  # fmt: skip
    if not np.any(rows) or np.prod([len(one) for one in outcomes], dtype=np.float64) > _MOST:
        return False
    order = np.concatenate([[k for k in deciding if problem.score[k] == score]
                            for score in np.unique(problem.score[deciding])])  # fmt: skip
    exponent = problem.exponent[np.ix_(rows, order)]
    return all(
        np.any(exponent @ np.concatenate(combination) > 0.5 * NOTHING) for combination in itertools.product(*outcomes)
    )


def _may_be_nothing(problem: Problem, k: int) -> bool:
    atoms = problem.steps[problem.first[k] : problem.first[k + 1]]
    return problem.kind[k] == STEP and bool(np.any(atoms <= 0.5 * NOTHING))


def _outcomes(problem: Problem, variables: list[int]) -> Floats:
    """Return the (m, k) logarithms of variables on one score, a line for each interval between their edges."""
    parts = [slice(problem.first[k], problem.first[k + 1]) for k in variables]
    edges = np.unique(np.concatenate([problem.edges[part][:-1] for part in parts]))
    inside = np.append(-np.inf, edges)
    values = [problem.steps[part][np.searchsorted(problem.edges[part][:-1], inside, side="right")] for part in parts]
    return np.stack(values, axis=1)
