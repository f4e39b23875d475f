"""What is asked of the arrays for every line of the law: which rows, against which threshold."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flopline.engine.factors import exactly
from flopline.regimes import Line, counts, lines

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction

    from numpy.typing import NDArray

    from flopline.engine.compile import Compiled
    from flopline.engine.masks import Mask

_COMPARE = {">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True)
class Question:
    """The distinct totals and thresholds behind all lines and readings.

    Attributes
    ----------
    lines : tuple of Line
        In force or enacted on the day.
    rows : (M, E) boolean array
        Rows of each distinct question.
    thresholds : (M,) array
        FLOP.
    compares : tuple of str
        `>` or `>=`.
    index : (3 L,) integer array
        Question behind line l and reading r, at 3 l + r.
    """

    lines: tuple[Line, ...]
    rows: NDArray[np.bool_]
    thresholds: NDArray[np.float64]
    compares: tuple[str, ...]
    index: NDArray[np.int64]

    def crossed(self, question: int, total: Fraction) -> bool:
        """Return whether an exact total crosses; nothing is rounded before comparing."""
        return bool(_COMPARE[self.compares[question]](total, exactly(float(self.thresholds[question]))))


def question(compiled: Compiled, day: date) -> Question:
    """Return what the law of a day asks of a plan."""
    asked = lines(day)
    attributes = [entry.attributes for entry in compiled.entries]
    keys: dict[tuple[bytes, float, str], int] = {}
    rows: list[Mask] = []
    index: list[int] = []
    for line in asked:
        for reading in counts(line, attributes):
            mask = compiled.rows_of(np.array(reading, dtype=bool))
            key = (mask.tobytes(), line.flop, line.compare)
            if key not in keys:
                keys[key] = len(keys)
                rows.append(mask)
            index.append(keys[key])
    shape = (len(rows), len(compiled.owner))
    return Question(
        asked,
        np.array(rows, dtype=bool).reshape(shape),
        np.array([key[1] for key in keys]),
        tuple(key[2] for key in keys),
        np.array(index, dtype=np.int64),
    )
