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
from flopline.distributions.atoms import weighted
from flopline.distributions.conditioning import Conditioned, at_least
from flopline.distributions.curves import unshifted, window
from flopline.distributions.inversion import log_tails, score
from flopline.distributions.mixtures import FAMILIES, MOST_PARTS, ROUNDING, Choice, Distribution, Mixture
from flopline.distributions.models import (
    LARGEST,
    MOST_SAMPLES,
    SMALLEST,
    Beta,
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
    "MOST_PARTS",
    "MOST_SAMPLES",
    "ROUNDING",
    "SMALLEST",
    "Beta",
    "Choice",
    "Conditioned",
    "Distribution",
    "Family",
    "Fixed",
    "LogitNormal",
    "Lognormal",
    "Loguniform",
    "Mixture",
    "Normal",
    "Pert",
    "Quantiles",
    "Samples",
    "Triangular",
    "Truncated",
    "Uniform",
    "at_least",
    "at_score",
    "describe",
    "interval",
    "is_fixed",
    "log_tails",
    "marginal",
    "mass_below",
    "mean",
    "median",
    "quantile",
    "score",
    "tail_score",
    "unknown_key",
    "unshifted",
    "weighted",
    "window",
]
