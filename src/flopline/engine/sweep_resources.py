"""What machines take over a grid: chip-hours, days, tokens, energy and cost of each scenario.

Values that only scale products scale these too, so that one answer is enough for a whole grid of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.asking import Asked
from flopline.engine.resources import amounts_of, derived_of
from flopline.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.engine.compile import Compiled
    from flopline.engine.execution import Execution
    from flopline.engine.factors import Derived
    from flopline.engine.lines import Question
    from flopline.kernels.records import Floats
    from flopline.plan import LoadedPlan
    from flopline.plan.axes import Axis

LEVEL: Final = 0.9
"""Of the interval beside each median."""
WORDS: Final = ("median", "low", "high")


def resource_columns(
    loaded: LoadedPlan,
    compiled: Compiled,
    asked: Question,
    axes: Sequence[Axis],
    *,
    tolerance: float,
    seed: int,
    threads: int,
    execution: Execution,
) -> dict[str, Floats]:
    """Return columns `<stage>.<quantity>.median`, `.low` and `.high` over the grid of axes that scale products.

    A quantity whose products scale differently is left out.

    Parameters
    ----------
    loaded : LoadedPlan
        The plan with the first value of every axis.
    axes : sequence of Axis
        Those that only scale products.
    """
    derived = derived_of(loaded, compiled.entries)
    if not derived:
        return {}
    try:
        amounts = amounts_of(
            Asked(loaded, compiled, asked.lines, asked, LEVEL, tolerance, seed, threads, execution), derived
        )
    except EngineError:  # too many uncertain products: the probabilities have fewer
        return {}
    found: dict[str, Floats] = {}
    for one, amount in zip(derived, amounts, strict=True):
        powers = [_power(one, axis) for axis in axes]
        known = [power for power in powers if power is not None]
        if len(known) == len(powers):
            scale = _over_grid(axes, known)
            for word in WORDS:
                found[f"{one.stage}.{one.name}.{word}"] = getattr(amount, word) * scale
    return found


def _power(one: Derived, axis: Axis) -> int | None:
    """Return the power of an axis in every product of a quantity; None where they differ, or it is transformed."""
    mine = [[factor for factor in term if factor.name == axis.quantity] for term in one.terms]
    if any(factor.transform is not None for term in mine for factor in term):
        return None
    powers = {sum(factor.exponent for factor in term) for term in mine}
    return powers.pop() if len(powers) == 1 else None


def _over_grid(axes: Sequence[Axis], powers: Sequence[int]) -> Floats:
    """Return the factor of each scenario over the first one, the last axis fastest."""
    scale = np.ones(1)
    for axis, power in zip(axes, powers, strict=True):
        along = (np.array(axis.values, dtype=np.float64) / float(axis.values[0])) ** power
        scale = np.outer(scale, along).reshape(-1)
    return scale
