"""The compiled execution as the engine asks it; importing this module imports Numba."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.execution import Begun
from flopline.kernels import compiled
from flopline.kernels.records import DISCRETE
from flopline.kernels.stopping import FIRST_ROUGH, MILE, SMALL

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
        """Return what the first lines say of B units; None where the structure asks for many lines or for one.

        Without a gradient its sums are left out, which are a tenth of the work; all else has the same bits.
        """
        dimensions = structure.linear.shape[1] - 1
        if dimensions < 1 or (dimensions > _FEW_DIMENSIONS and np.any(structure.leaning == DISCRETE)):
            return None
        rough = dimensions == 1 or bool(np.any(structure.leaning == DISCRETE))
        flat = points.flat(dimensions, FIRST_ROUGH if dimensions <= _FEW_DIMENSIONS else _MOST)
        found = Begun.of(len(scale), scale.shape[1] if gradient else 0)
        limits = np.array(
            [care.absolute, care.relative, SMALL, MILE, FIRST_ROUGH if rough else care.first], dtype=np.float64
        )
        compiled.answers(structure, scale, log_threshold, limits, flat, *found)
        return found
