"""Cubics through given points that add no extremes of their own.

Source: Fritsch, Butland 1984, doi:10.1137/0905021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from flopline.kernels.records import Floats


def slopes(x: Floats, y: Floats) -> Floats:
    """Return the slopes at at least two points: weighted harmonic means of both chords, zero where they disagree.

    At both ends it is the chord's own, so that what goes on in a straight line there does not become flat.

    Parameters
    ----------
    x, y : (n,) array
        Places, increasing, and values.
    """
    width = np.diff(x)
    chord = np.diff(y) / width
    before, after = width[:-1] + 2 * width[1:], 2 * width[:-1] + width[1:]
    agree = chord[:-1] * chord[1:] > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (before + after) / (before / chord[:-1] + after / chord[1:])
    return np.concatenate([chord[:1], np.where(agree, mean, 0.0), chord[-1:]])


def cubic(x: Floats, y: Floats, slope: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return values and slopes at places within [x_0, x_n]."""
    cell = (np.searchsorted(x, at, side="right") - 1).clip(0, len(x) - 2)
    width = x[cell + 1] - x[cell]
    t = (at - x[cell]) / width
    left, right, rise = slope[cell], slope[cell + 1], (y[cell + 1] - y[cell]) / width
    third = left + right - 2 * rise
    second = rise - left - third
    value: Floats = y[cell] + width * t * (left + t * (second + t * third))
    steep: Floats = left + t * (2 * second + t * 3 * third)
    return value, steep
