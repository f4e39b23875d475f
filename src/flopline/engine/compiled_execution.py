"""The compiled execution as the engine asks it; importing this module imports Numba."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.execution import SCRAMBLES, Begun
from flopline.kernels import compiled
from flopline.kernels.records import DISCRETE
from flopline.kernels.stopping import DISTANT, FIRST_ROUGH, SMALL, SMALLEST

if TYPE_CHECKING:
    from flopline.engine.execution import PointSource
    from flopline.kernels.records import Floats
    from flopline.kernels.stopping import Care
    from flopline.kernels.structure import Structure

_FEW_DIMENSIONS: Final = 16
_MOST: Final = 128
"""Lines per scramble up to which one call goes by itself; FIRST_ROUGH in few dimensions."""


@dataclass(frozen=True, slots=True)
class CompiledSums:
    """The Numba execution of the sums; all else is done step by step, as in `execution.Plain`."""

    line_sums = staticmethod(compiled.line_sums)
    draw_sums = staticmethod(compiled.draw_sums)

    @staticmethod
    def answers(_structure: Structure, _scale: Floats, _threshold: Floats, _care: Care, _points: PointSource) -> None:
        """Leave the units to the caller."""


@dataclass(frozen=True, slots=True)
class CompiledAnswers:
    """The Numba execution, whole answers in one call."""

    line_sums = staticmethod(compiled.line_sums)
    draw_sums = staticmethod(compiled.draw_sums)

    @staticmethod
    def answers(
        structure: Structure,
        scale: Floats,
        log_threshold: Floats,
        care: Care,
        points: PointSource,
        *,
        gradient: bool = True,
    ) -> Begun | None:
        """Return what the first lines say of B units; None where the structure asks for many lines.

        Without a gradient its sums are left out, which are a tenth of the work; all else has the same bits.
        """
        return Question.of(structure, scale, care, points, gradient=gradient).answers(log_threshold)


@dataclass(frozen=True, slots=True)
class Question:
    """B units of one structure and how they are asked about, ready for one set of thresholds after another.

    Attributes
    ----------
    flat : (r - 1, R n) array or None
        The points; None where the structure asks for many lines.
    limits : (5,) array
        See `flopline.kernels.compiled.answers`.
    rows : int
        Of the slopes that are summed.
    """

    structure: Structure
    scale: Floats
    flat: Floats | None
    limits: Floats
    rows: int

    @classmethod
    def of(
        cls, structure: Structure, scale: Floats, care: Care, points: PointSource, *, gradient: bool = True
    ) -> Question:
        """Return the question about a (B, E) scale."""
        dimensions, stepped = structure.linear.shape[1] - 1, bool(np.any(structure.leaning == DISCRETE))
        flat = None
        if dimensions == 0 and not stepped:
            flat = np.zeros((0, SCRAMBLES * SMALLEST))  # all lines are the one that there is
        elif dimensions >= 1 and not (dimensions > _FEW_DIMENSIONS and stepped):
            flat = points.flat(dimensions, FIRST_ROUGH if dimensions <= _FEW_DIMENSIONS else _MOST)
        first = FIRST_ROUGH if dimensions == 1 or stepped else care.first
        limits = np.array([care.absolute, care.relative, SMALL, DISTANT, first], dtype=np.float64)
        return cls(structure, scale, flat, limits, scale.shape[1] if gradient else 0)

    def answers(self, log_threshold: Floats) -> Begun | None:
        """Return what the first lines say of each unit at its threshold."""
        if self.flat is None:
            return None
        found = Begun.of(len(self.scale), self.rows)
        compiled.answers(self.structure, self.scale, log_threshold, self.limits, self.flat, *found)
        return found
