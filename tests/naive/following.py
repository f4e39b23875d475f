"""The slow and obvious twin of lines that are followed: a fine grid, and no locating of anything."""

from __future__ import annotations

import numpy as np
from scipy import stats

GRID = np.linspace(-9.0, 9.0, 1_800_001)


def probability_over(function):
    """Return the normal probability of where a function of one score is positive."""
    middle = 0.5 * (GRID[1:] + GRID[:-1])
    masses = np.diff(stats.norm.cdf(np.minimum(GRID, 0.0))) - np.diff(stats.norm.sf(np.maximum(GRID, 0.0)))
    return float(masses[function(middle) > 0.0].sum())
