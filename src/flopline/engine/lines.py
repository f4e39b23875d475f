"""What is asked of the arrays for every line of the law: which rows, against which threshold."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flopline.engine.factors import exactly
from flopline.errors import EngineError
from flopline.regimes import Cell, Line, cell, cells, counts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

    from flopline.engine.compile import Compiled
    from flopline.engine.factors import Entry
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

    def of(self, line: Line, rows: NDArray[np.bool_]) -> Question:
        """Return the questions whether other sums of rows cross a line, one each."""
        count = len(rows)
        return Question((line,), rows, np.full(count, _amount(line)), (line.compare,) * count, np.arange(count))


def counted(line: Line, entries: Sequence[Entry]) -> NDArray[np.bool_]:
    """Return which entries a line counts under its three readings, (3, entries).

    What happens in the course of something else counts no further than that does.
    """
    own = counts(line, [entry.attributes for entry in entries])
    around = counts(line, [entry.accompanies or entry.attributes for entry in entries])
    both: NDArray[np.bool_] = np.array(own, dtype=bool) & np.array(around, dtype=bool)
    return both


def cells_of(line: Line, entry: Entry) -> tuple[Cell, ...]:
    """Return what a line says of everything that an entry is; the weakest decides."""
    around = () if entry.accompanies is None else cells(line, entry.accompanies)
    return cells(line, entry.attributes) + around


def deciding_cell(line: Line, entry: Entry) -> Cell:
    """Return the cell that decides whether a line counts an entry."""
    parts = [entry.attributes, *([] if entry.accompanies is None else [entry.accompanies])]
    return cell(line, min(parts, key=lambda part: sum(reading[0] for reading in counts(line, [part]))))


def _amount(line: Line) -> float:
    if line.flop is None:
        message = f"`{line.id}` has no amount of its own"
        raise EngineError(message)
    return line.flop


def question(compiled: Compiled, asked: Sequence[Line]) -> Question:
    """Return what lines of the law ask of a plan; a share of another model's computation is asked apart."""
    asked = [line for line in asked if line.flop is not None]
    keys: dict[tuple[bytes, float, str], int] = {}
    rows: list[Mask] = []
    index: list[int] = []
    for line in asked:
        for mask in compiled.rows_of(counted(line, compiled.entries)):
            key = (mask.tobytes(), _amount(line), line.compare)
            if key not in keys:
                keys[key] = len(keys)
                rows.append(mask)
            index.append(keys[key])
    shape = (len(rows), len(compiled.owner))
    return Question(
        tuple(asked),
        np.array(rows, dtype=bool).reshape(shape),
        np.array([key[1] for key in keys]),
        tuple(key[2] for key in keys),
        np.array(index, dtype=np.int64),
    )
