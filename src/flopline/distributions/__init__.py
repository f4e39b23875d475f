"""Distributions of positive quantities: data, quantile functions, and the tables that the kernels read."""

from __future__ import annotations

from flopline.distributions.answers import (
    at_score,
    describe,
    interval,
    is_fixed,
    mass_below,
    mean,
    median,
    quantile,
    tail_score,
)
from flopline.distributions.curves import window
from flopline.distributions.models import (
    FAMILIES,
    LARGEST,
    MOST_SAMPLES,
    SMALLEST,
    Beta,
    Distribution,
    Family,
    Fixed,
    LogitNormal,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Quantiles,
    Samples,
    Triangular,
    Truncated,
    Uniform,
)
from flopline.distributions.refusals import unknown_key
from flopline.distributions.tables import marginal

__all__ = [
    "FAMILIES",
    "LARGEST",
    "MOST_SAMPLES",
    "SMALLEST",
    "Beta",
    "Distribution",
    "Family",
    "Fixed",
    "LogitNormal",
    "Lognormal",
    "Loguniform",
    "Normal",
    "Pert",
    "Quantiles",
    "Samples",
    "Triangular",
    "Truncated",
    "Uniform",
    "at_score",
    "describe",
    "interval",
    "is_fixed",
    "marginal",
    "mass_below",
    "mean",
    "median",
    "quantile",
    "tail_score",
    "unknown_key",
    "window",
]
