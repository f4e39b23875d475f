"""What a machine beside a token count implies, placed among published runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flopline.engine.machines import mixture_of_experts
from flopline.engine.possible import given_utilizations, possible
from flopline.engine.results import Amount, DerivedResult
from flopline.plan.kinds import GENERATING
from flopline.utilization import percentile

if TYPE_CHECKING:
    from flopline.engine.compile import Compiled
    from flopline.errors import Diagnostic
    from flopline.plan import LoadedPlan, Stage

Amounts = Callable[[NDArray[np.bool_], float], list[Amount]]


def derived_results(
    loaded: LoadedPlan, compiled: Compiled, amounts: Amounts, level: float
) -> tuple[dict[str, tuple[DerivedResult, ...]], list[Diagnostic]]:
    """Return the derived quantities by stage, and the warnings about them.

    Raises
    ------
    UtilizationError
        An implied or a given utilization is impossible: above one, or above the best measured matmul rate.
    """
    found: dict[str, tuple[DerivedResult, ...]] = {}
    warnings = list(given_utilizations(loaded))
    if not compiled.derived:
        return found, warnings
    masks = np.array([compiled.derived_rows(index) for index in range(len(compiled.derived))])
    stages = {stage.name: stage for stage in loaded.plan.stage}
    for derived, amount in zip(compiled.derived, amounts(masks, level), strict=True):
        result = DerivedResult(derived.stage, derived.name, replace(amount, unit=derived.unit), derived.remark)
        if derived.name == "utilization":
            result, problems = _placed(result, stages[derived.stage], loaded)
            warnings += problems
        found[derived.stage] = (*found.get(derived.stage, ()), result)
    return found, warnings


def _placed(result: DerivedResult, stage: Stage, loaded: LoadedPlan) -> tuple[DerivedResult, list[Diagnostic]]:
    """Return an implied utilization with its place among published runs; generation has no published ones."""
    value = result.amount.median
    problems = possible(value, stage, stage, "name", loaded)
    if stage.kind in GENERATING:
        return result, []
    mixture = mixture_of_experts(stage, loaded.plan.model)
    among = percentile(value, mixture_of_experts=mixture)
    kind = {True: "mixtures of experts", False: "dense models", None: "models"}[mixture]
    remark = f"above {100 * among.below:.0f} % of {among.runs} published whole runs of {kind}"
    return replace(result, remark=remark), problems
