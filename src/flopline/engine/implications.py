"""What a machine beside a token count implies, placed among published runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flopline.engine.machines import formats_of, mixture_of_experts
from flopline.engine.results import Amount, DerivedResult
from flopline.errors import Diagnostic, UtilizationError
from flopline.plan.kinds import GENERATING
from flopline.utilization import percentile, plausible

if TYPE_CHECKING:
    from flopline.engine.compile import Compiled
    from flopline.plan import LoadedPlan, Stage

Amounts = Callable[[NDArray[np.bool_], float], list[Amount]]


def derived_results(
    loaded: LoadedPlan, compiled: Compiled, amounts: Amounts, level: float
) -> tuple[dict[str, tuple[DerivedResult, ...]], list[Diagnostic]]:
    """Return the derived quantities by stage, and the warnings about them.

    Raises
    ------
    UtilizationError
        The implied utilization is impossible: above one, or above the best measured matmul rate.
    """
    found: dict[str, tuple[DerivedResult, ...]] = {}
    warnings: list[Diagnostic] = []
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
    mixture = mixture_of_experts(stage, loaded.plan.model)
    problems = _problems(value, stage, mixture)
    for problem in problems:
        if problem.code.startswith("E"):
            text = f"stage `{stage.name}`: {problem.message}"
            place = loaded.document.place(("stage", loaded.plan.stage.index(stage), "name"))
            raise UtilizationError(text, code=problem.code, hint=problem.hint, place=place)
    if stage.kind in GENERATING:
        return result, []
    among = percentile(value, mixture_of_experts=mixture)
    kind = {True: "mixtures of experts", False: "dense models", None: "models"}[mixture]
    remark = f"above {100 * among.below:.0f} % of {among.runs} published whole runs of {kind}"
    named = [replace(problem, message=f"`{stage.name}`: {problem.message}") for problem in problems]
    return replace(result, remark=remark), named


def _problems(value: float, stage: Stage, mixture: bool | None) -> tuple[Diagnostic, ...]:
    formats = formats_of(stage, stage)
    chip = stage.hardware.id if stage.hardware is not None else None
    only = next(iter(formats)) if len(formats) == 1 else formats
    return plausible(value, mixture_of_experts=mixture, chip=chip, format=only)
