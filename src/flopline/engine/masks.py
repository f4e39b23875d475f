"""Which entries each question sums over, and exact sums where nothing is uncertain."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flopline.regimes import in_total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.engine.compile import Compiled
    from flopline.engine.factors import Entry

Mask = NDArray[np.bool_]


def total_mask(entries: Sequence[Entry]) -> Mask:
    """Return the entries of the total: training and generation FLOP of this model that is kept."""
    return np.array([in_total(entry.attributes) for entry in entries], dtype=bool)


def stage_mask(entries: Sequence[Entry], stage: str) -> Mask:
    """Return the entries that stand for a stage: those in the total, or, beside the total, its kept ones."""
    mine = np.array([entry.stage == stage and entry.method != "base" for entry in entries], dtype=bool)
    inside = mine & total_mask(entries)
    if inside.any():
        return inside
    aside = [entry.accompanies is not None or entry.attributes.fate == "lost" for entry in entries]
    main: Mask = mine & ~np.array(aside, dtype=bool)
    return main


def certain_sum(compiled: Compiled, rows: Mask) -> Fraction | None:
    """Return the exact sum of the rows of a mask, or None if one of them is uncertain."""
    values = [compiled.certain[index] for index in np.flatnonzero(rows)]
    known = [value for value in values if value is not None]
    return sum(known, Fraction(0)) if len(known) == len(values) else None


def distinct(masks: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return the distinct masks and, for each mask, the index of its like."""
    keys: dict[bytes, int] = {}
    index = np.array([keys.setdefault(mask.tobytes(), len(keys)) for mask in masks], dtype=np.int64)
    first = [int(np.flatnonzero(index == one)[0]) for one in range(len(keys))]
    return masks[first], index
