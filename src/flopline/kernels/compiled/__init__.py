"""The kernels in Numba: the formulas of `lines`, `draws` and `directions`, one unit and one block of lanes at a time.

Imported inside functions only. The entry points are cached on disk where that works; see `caching`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flopline.kernels.compiled import entries
from flopline.kernels.families import Lines

if TYPE_CHECKING:
    from flopline.kernels.records import Floats, Integers
    from flopline.kernels.structure import Structure


def line_sums(structure: Structure, lines: Lines, points: Floats) -> tuple[Floats, Floats]:
    """Return what `flopline.kernels.lines.line_sums` returns, by compiled loops."""
    sums = np.zeros((len(lines.scale), points.shape[1], 3))
    slopes = np.zeros((len(lines.scale), points.shape[1], lines.scale.shape[1]))
    entries.lines(structure, Lines(*map(np.ascontiguousarray, lines)), points, sums, slopes)
    return sums, slopes


def draw_sums(
    structure: Structure, scale: Floats, log_threshold: Floats, window: Floats, points: Floats
) -> tuple[Floats, Floats]:
    """Return what `flopline.kernels.draws.draw_sums` returns, by compiled loops."""
    sums = np.zeros((len(scale), points.shape[1], 3))
    slopes = np.zeros((len(scale), points.shape[1], scale.shape[1]))
    entries.draws(structure, scale, log_threshold, window, points, sums, slopes)
    return sums, slopes


def answers(
    structure: Structure, scale: Floats, log_threshold: Floats, limits: Floats, flat: Floats, sums: Floats,
    slopes: Floats, summary: Floats, slope: Floats, number: Integers,
) -> None:  # fmt: skip
    """Sum lines of each unit until they are enough or the points are used up.

    Parameters
    ----------
    scale : (B, E) array
    log_threshold : (B,) array
    limits : (5,) array
        Largest absolute and relative error, tail below which the relative one counts, distance of a linearized crossing
        beyond which the unit is left alone, and the least number of lines per scramble.
    flat : (r - 1, R n) array
        Points, all scrambles of a block one after the other, the blocks doubling from SMALLEST.
    sums, slopes, summary, slope, number : arrays
        Zero; filled in as in `flopline.engine.execution.Begun`.
    """
    entries.answers(structure, scale, log_threshold, limits, flat, sums, slopes, summary, slope, number)
