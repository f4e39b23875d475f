"""Correlations of a plan's normal scores: those it states, and those of default utilizations."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from flopline.engine.machines import default_utilization, groups
from flopline.errors import PlanError
from flopline.plan import LoadedPlan, amounts_of_plan, settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.kernels.records import Floats

_ROUNDING = 1e-9


def cholesky_of(scores: list[str], loaded: LoadedPlan) -> Floats:
    """Return the lower Cholesky factor of the scores' correlation matrix.

    Raises
    ------
    PlanError
        The stated correlations contradict each other: their matrix has a negative eigenvalue.
    """
    size = len(scores)
    matrix = np.eye(size)
    amounts = amounts_of_plan(loaded.plan)
    for correlation in loaded.plan.correlation:
        names = [settle(name, loaded.plan, amounts)[0] for name in correlation.between]
        if all(name in scores for name in names):
            one, two = scores.index(names[0]), scores.index(names[1])
            if one == two and correlation.rho != 1:
                message = f"`{correlation.between[0]}` and `{correlation.between[1]}` are the same quantity"
                raise PlanError(message, code="E333", hint="a quantity has correlation 1 with itself")
            matrix[one, two] = matrix[two, one] = correlation.rho
    _default_utilizations(matrix, scores, loaded, amounts)
    return _factor(matrix, scores)


def _default_utilizations(matrix: Floats, scores: list[str], loaded: LoadedPlan, amounts: Mapping[str, object]) -> None:
    """Correlate default utilizations by the plan-wide part of their variances.

    The score of a stage is sqrt(share) x plan effect + sqrt(1 - share) x stage effect, so two of them correlate by the
    root of the product of their shares.
    """
    shares = {}
    for stage in loaded.plan.stage:
        name = f"{stage.name}.utilization"
        if name in scores and name not in amounts:
            machine = next(one for one, _ in groups(stage))
            shares[scores.index(name)] = default_utilization(stage, machine, loaded.plan.model).plan_share
    for one, two in itertools.combinations(shares, 2):
        matrix[one, two] = matrix[two, one] = math.sqrt(shares[one] * shares[two])


def _factor(matrix: Floats, scores: list[str]) -> Floats:
    if not len(scores):
        return matrix
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < -_ROUNDING:
        worst = [scores[index] for index in np.argsort(-np.abs(vectors[:, 0]))[:3] if abs(vectors[index, 0]) > 0.1]
        message = f"the correlations between {', '.join(f'`{name}`' for name in worst)} contradict each other"
        raise PlanError(message, code="E333", hint="no quantities have them all at once; weaken one")
    if values[0] > _ROUNDING:
        return np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
    # Perfect correlation leaves a singular matrix: factor it through its eigenvectors, made lower triangular.
    root = (vectors * np.sqrt(np.clip(values, 0, None))).T
    upper = np.linalg.qr(root)[1]
    lower: Floats = (upper * np.where(np.diag(upper) < 0, -1.0, 1.0)[:, None]).T
    return lower
