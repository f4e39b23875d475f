"""The total of one plan against one amount after another, as planning tools ask thousands of times.

The answers are those of `exceedance` to the last bit; what does not change from call to call is done once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.exceedance import exceedance
from flopline.engine.masks import certain_sum, total_mask
from flopline.kernels.stopping import Care
from flopline.kernels.structure import scales

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from flopline.engine.compile import Compiled
    from flopline.engine.compiled_execution import Question
    from flopline.engine.execution import Execution, Memory
    from flopline.engine.masks import Mask
    from flopline.kernels.records import Floats
    from flopline.kernels.structure import Structure

_MOST: Final = 64
"""Amounts that one call answers at once."""

Answer = tuple[float, float, float]
"""Probability, complement and error."""


@dataclass(frozen=True, slots=True)
class Total:
    """The total of a plan, ready to be asked.

    Attributes
    ----------
    rows : (E0,) mask
    exact : Fraction, optional
        The total itself where nothing is uncertain.
    scale : (1, E) array
        Logarithms of the merged rows' scales.
    asked : dict
        The last question, by the number of amounts, the tolerance and the seed: it changes no answer.
    """

    compiled: Compiled
    memory: Memory
    rows: Mask
    exact: Fraction | None
    structure: Structure | None = None
    scale: Floats = field(default_factory=lambda: np.zeros((1, 0)))
    asked: dict[tuple[int, float, int], Question] = field(default_factory=dict)

    @classmethod
    def of(cls, compiled: Compiled, memory: Memory) -> Total:
        """Return the total of a plan."""
        rows = compiled.rows_of(total_mask(compiled.entries))
        exact = certain_sum(compiled, rows)
        log_scale = compiled.problem.log_scale
        if exact is not None or not np.all(np.isfinite(log_scale[rows])):
            return cls(compiled, memory, rows, exact)
        structure = memory.cases(compiled.problem, rows)[0].structure
        if structure is None or len(memory.cases(compiled.problem, rows)) > 1:
            return cls(compiled, memory, rows, exact)
        return cls(compiled, memory, rows, exact, structure, scales(structure, log_scale[None]))


def exceedances(
    total: Total, amounts: Sequence[float], *, tolerance: float, seed: int, threads: int, execution: Execution
) -> list[Answer]:
    """Return the answer for each amount; the total must not be certain."""
    if execution == "compiled" and total.structure is not None and len(amounts) <= _MOST:
        quick = _at_once(total, total.structure, amounts, tolerance, seed)
        if quick is not None:
            return quick
    masks = np.repeat(total.rows[None], len(amounts), axis=0)
    found = exceedance(
        total.compiled.problem, masks, np.array(amounts), tolerance=tolerance, seed=seed, threads=threads,
        execution=execution, memory=total.memory,
    )  # fmt: skip
    return list(zip(found.probability.tolist(), found.complement.tolist(), found.error.tolist(), strict=True))


def _at_once(
    total: Total, structure: Structure, amounts: Sequence[float], tolerance: float, seed: int
) -> list[Answer] | None:
    """Return the answers if one compiled call has all of them."""
    if math.inf in amounts:
        return None
    asked = (len(amounts), tolerance, seed)
    question = total.asked.get(asked)
    if question is None:
        from flopline.engine.compiled_execution import Question

        # The same unit beside others has the same bits: each is answered by itself.
        scale = total.scale.repeat(len(amounts), axis=0)
        question = Question.of(structure, scale, Care(tolerance), total.memory.points(seed), gradient=False)
        total.asked.clear()
        total.asked[asked] = question
    found = question.answers(np.log(amounts))
    if found is None or min(found.number.tolist()) <= 0:
        return None
    return [(probability, complement, error) for probability, complement, error, _ in found.summary.tolist()]
