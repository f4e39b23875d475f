"""The records that kernels take: plain arrays with named fields, no units, no names.

One uncertain quantity of a plan is a *variable*: the logarithm of its value is a function of one standard
normal score. Several variables may hang on the same score (a share, its complement and its odds). Scores are
correlated by a Gaussian copula.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LINEAR, TABLE, STEP = 0, 1, 2
"""Kinds of marginal: ln x = location + slope z; cubic Hermite table on a grid of z; empirical steps."""

DISCRETE, BOUNDED, FREE = 0, 1, 2
"""How far a score may carry the integration direction: never; only where nothing freer matters; always."""

REACH = 9.0
CELLS = 288
KNOTS = np.linspace(-REACH, REACH, CELLS + 1)
"""Grid of normal scores on which tables are given; beyond it ln x continues linearly."""


NOTHING = -1e4
"""ln x of what does not happen: as good as no factor at all beside any quantity, and finite."""


class Marginal(NamedTuple):
    """ln x of one variable as a function of its standard normal score z.

    Attributes
    ----------
    kind : int
        LINEAR, TABLE or STEP.
    location, slope : float
        LINEAR: ln x = location + slope z. Zero otherwise.
    values, slopes : (CELLS + 1,) array
        TABLE: ln x and d ln x / dz at KNOTS. Empty otherwise.
    steps : (m,) array
        STEP: ln x of the m ascending atoms. Empty otherwise.
    edges : (m - 1,) array
        STEP: the scores at which x jumps from one atom to the next.
    leaning : int
        DISCRETE, BOUNDED or FREE.
    """

    kind: int
    location: float
    slope: float
    values: Floats
    slopes: Floats
    steps: Floats
    edges: Floats
    leaning: int


class Problem(NamedTuple):
    """A plan as arrays: total(z) = sum_e mask_e exp(log_scale_e + sum_k exponent_ek ln x_k(z)).

    E rows, K variables, D scores; z = cholesky @ g with g independent standard normals, and variable k reads
    score ``score[k]``.

    Attributes
    ----------
    log_scale : (E,) array
        Logarithm of the product of the row's certain factors.
    exponent : (E, K) array
        Power of each variable in each row.
    score : (K,) integer array
        The score that each variable reads.
    kind : (K,) integer array
        LINEAR, TABLE or STEP.
    linear : (K, 2) array
        Location and slope (LINEAR).
    values, slopes : (K, CELLS + 1) array
        Hermite tables (TABLE); zero rows otherwise.
    first : (K + 1,) integer array
        Ragged offsets: atoms of variable k are steps[first[k]:first[k + 1]], and its edges
        edges[first[k]:first[k + 1] - 1].
    steps, edges : (M,) array
        Atoms and jump scores (STEP).
    cholesky : (D, D) array
        Lower factor of the scores' correlation matrix.
    leaning : (D,) integer array
        DISCRETE, BOUNDED or FREE per score (the least of its variables').
    """

    log_scale: Floats
    exponent: Floats
    score: Integers
    kind: Integers
    linear: Floats
    values: Floats
    slopes: Floats
    first: Integers
    steps: Floats
    edges: Floats
    cholesky: Floats
    leaning: Integers
