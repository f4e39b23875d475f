"""Scores on sources that were left out of the fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from mixed_model import PLAIN, Fitted, Model, fit, predict
from scipy.special import expit
from scipy.stats import binom, norm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from observations import Row

LEVELS = (0.5, 0.8, 0.9)
FLAT = (0.30, 0.50)
MIDPOINTS = (np.arange(1000) + 0.5) / 1000


@dataclass(frozen=True)
class Held:
    """A run beside what the fit without its source says."""

    row: Row
    center: float
    sd: float
    constant: float

    @property
    def z(self) -> float:
        return (self.row.y - self.center) / self.sd

    @property
    def interval(self) -> tuple[float, float]:
        low, high = expit(self.center + self.sd * norm.ppf([0.05, 0.95]))
        return float(low), float(high)


def leave_one_out(runs: Sequence[Row], others: Sequence[Row], full: Fitted, model: Model = PLAIN) -> list[Held]:
    """One result per run: everything from its source is out of the fit."""
    found: dict[str, Fitted] = {}
    for source in {row.source for row in runs}:
        rest = [row for row in (*runs, *others) if row.source != source]
        found[source] = fit(rest, model, full.log_variances)
    return [Held(row, *predict(found[row.source], row), constant(runs, row)) for row in runs]


def constant(runs: Sequence[Row], row: Row) -> float:
    """One number for all: the mean of the other sources' runs of the kind, on the logit."""
    others = [other.y for other in runs if other.kind == row.kind and other.source != row.source]
    return float(expit(np.mean(others)))


def crps(quantiles: np.ndarray, actual: float) -> float:
    """Continuous ranked probability score of a sample of quantiles (Gneiting and Raftery 2007, eq. 20)."""
    n = len(quantiles)
    spread = 2 * np.sum(quantiles * (np.arange(1, n + 1) - 0.5)) / n**2 - quantiles.mean()
    return float(np.mean(np.abs(quantiles - actual)) - spread)


def band(level: float, n: int) -> tuple[float, float]:
    """Shares between which an exact coverage lies nineteen times in twenty: central 95 % of the binomial."""
    low, high = binom.interval(0.95, n, level)
    return float(low) / n, float(high) / n


def scores(held: Sequence[Held]) -> dict[str, float]:
    """Coverage, width and CRPS of some held-out runs, and the kurtosis of their errors: 3 for a normal distribution."""
    z = np.array([abs(one.z) for one in held])
    found = {f"coverage_{level * 100:.0f}": float(np.mean(z <= norm.ppf((1 + level) / 2))) for level in LEVELS}
    actual = [one.row.utilization for one in held]
    flat = FLAT[0] + (FLAT[1] - FLAT[0]) * MIDPOINTS
    fitted = [expit(one.center + one.sd * norm.ppf(MIDPOINTS)) for one in held]
    errors = np.array([one.z for one in held])
    return found | {
        "kurtosis": float(np.mean((errors - errors.mean()) ** 4) / errors.var() ** 2),
        "median_width_90": float(np.median([one.interval[1] - one.interval[0] for one in held])),
        "crps": float(np.mean([crps(q, a) for q, a in zip(fitted, actual, strict=True)])),
        "crps_flat_30_50": float(np.mean([crps(flat, a) for a in actual])),
        "crps_constant": float(np.mean([abs(one.constant - a) for one, a in zip(held, actual, strict=True)])),
    }
