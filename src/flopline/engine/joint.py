"""Joint draws of everything that a plan computes, so that what belongs together moves together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.execution import SCRAMBLES
from flopline.kernels.draws import log_totals
from flopline.kernels.points import normals
from flopline.kernels.structure import reduce

if TYPE_CHECKING:
    from flopline.kernels.records import Floats, Problem

DRAWS: Final = 1024
"""Per scramble: sixteen thousand in all."""


def joint_draws(problem: Problem, seed: int, count: int = DRAWS) -> Floats:
    """Return the value of each row of a problem in (rows, scrambles, count) low-discrepancy draws.

    Parameters
    ----------
    problem : Problem
    seed : int
        Of the randomized points.
    count : int
        Draws per scramble.
    """
    structure = reduce(problem, np.ones(len(problem.log_scale), dtype=np.bool_))
    points = normals(seed, SCRAMBLES, structure.linear.shape[1], 0, count)
    alone = np.full((len(problem.log_scale), len(structure.linear)), -np.inf)
    alone[np.arange(len(alone)), structure.merged] = problem.log_scale + structure.constant
    with np.errstate(invalid="ignore"):
        values = np.exp(log_totals(structure, alone, points))
    values[~np.isfinite(problem.log_scale)] = 0.0
    return values
