"""A linear model with random effects on the logit of MFU, by restricted maximum likelihood.

logit(MFU) = kind + mixture of experts + format                                  the same for all sources
             + source [+ suite] [+ source x mixture] [+ source x low precision]  drawn once per source
             + family of chips + source x family
             + run, or model within a suite, more of it for mixtures

Patterson and Thompson 1971 for the likelihood; Robinson 1991, "That BLUP is a good thing", for the predictions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from observations import LOW, Row, unsure
from scipy.optimize import minimize

EFFECTS = ("source", "suite", "mixture", "low", "family", "source_family", "own_mixture")
Covariate = Callable[[Row], float]

FIXED: dict[str, Covariate] = {
    "whole run": lambda _: 1.0,
    "steady": lambda row: row.kind == "steady_run",
    "benchmark": lambda row: row.kind == "benchmark",
    "mixture": lambda row: row.mixture,
    **{width: lambda row, width=width: row.format == width for width in LOW},
}


@dataclass(frozen=True)
class Model:
    """Which effects there are."""

    fixed: dict[str, Covariate]
    random: tuple[str, ...] = EFFECTS


PLAIN = Model(FIXED)


@dataclass(frozen=True)
class Fitted:
    """The fit: coefficients with their covariance, variances, and what predictions need."""

    model: Model
    rows: Sequence[Row]
    names: tuple[str, ...]
    log_variances: np.ndarray
    likelihood: float
    precision: np.ndarray
    covariance: np.ndarray
    coefficients: np.ndarray
    weights: np.ndarray

    def variance(self, effect: str) -> float:
        return float(np.exp(self.log_variances[self._order.index(effect)]))

    def coefficient(self, name: str) -> tuple[float, float]:
        """Estimate and standard error."""
        place = self.names.index(name)
        return float(self.coefficients[place]), float(np.sqrt(self.covariance[place, place]))

    @property
    def _order(self) -> tuple[str, ...]:
        return (*self.model.random, "run", "cell")


def design(rows: Sequence[Row], fixed: dict[str, Covariate]) -> np.ndarray:
    return np.array([[float(column(row)) for column in fixed.values()] for row in rows])


def shared(effect: str, rows: Sequence[Row], others: Sequence[Row]) -> np.ndarray:
    """1 where two rows share a draw of a random effect."""

    def mask(has: Covariate) -> np.ndarray:
        return np.outer([has(row) for row in rows], [has(row) for row in others])

    source = np.equal.outer([row.source for row in rows], [row.source for row in others])
    family = np.equal.outer([row.family for row in rows], [row.family for row in others])
    found = {
        "source": lambda: source,
        "suite": lambda: source & mask(lambda row: not row.in_field),
        "mixture": lambda: source & mask(lambda row: row.mixture),
        "low": lambda: source & mask(lambda row: row.format in LOW),
        "family": lambda: family,
        "source_family": lambda: source & family,
        "own_mixture": lambda: _itself(rows, others) * mask(lambda row: row.mixture),
    }[effect]()
    return found.astype(float)


def _itself(rows: Sequence[Row], others: Sequence[Row]) -> np.ndarray:
    """What a row shares with itself alone: the mean of several cells has that much less of it."""
    return np.array([[(row is other) / max(len(row.cells), 1) for other in others] for row in rows])


def fit(rows: Sequence[Row], model: Model = PLAIN, start: np.ndarray | None = None) -> Fitted:
    """Return the fit to rows; `start` are logarithms of variances to begin with."""
    x, y = design(rows, model.fixed), np.array([row.y for row in rows])
    kept = x.any(axis=0)
    x = x[:, kept]
    own = np.array([row.in_field for row in rows], dtype=float)
    count = np.array([max(len(row.cells), 1) for row in rows])
    parts = [shared(effect, rows, rows) for effect in model.random]
    parts += [np.diag(own), np.diag((1 - own) / count)]
    spreads = _spreads(rows, model.random)

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        precision, information, projected = solved(logs)
        residual = projected @ y
        value = -np.linalg.slogdet(precision)[1] + np.linalg.slogdet(information)[1] + y @ residual
        slope = np.array(
            [
                np.exp(log) * (np.sum(projected * part) - residual @ part @ residual)
                for log, part in zip(logs, parts, strict=True)
            ]
        )
        for places, freedom, squares in spreads:
            variance = np.exp(logs[places]).sum()
            value += freedom * np.log(variance) + squares / variance
            slope[places] += np.exp(logs[places]) * (freedom / variance - squares / variance**2)
        return value / 2, slope / 2

    def solved(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        variance = sum(np.exp(log) * part for log, part in zip(logs, parts, strict=True))
        precision = np.linalg.inv(variance)
        weighted = precision @ x
        information = x.T @ weighted
        return precision, information, precision - weighted @ np.linalg.solve(information, weighted.T)

    begin = np.full(len(parts), np.log(0.1)) if start is None else start
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=[(-12, 3)] * len(parts))
    precision, information, projected = solved(found.x)
    return Fitted(
        model=model,
        rows=rows,
        names=tuple(name for name, keep in zip(model.fixed, kept, strict=True) if keep),
        log_variances=found.x,
        likelihood=-float(found.fun),
        precision=precision,
        covariance=np.linalg.inv(information),
        coefficients=np.linalg.solve(information, x.T @ precision @ y),
        weights=projected @ y,
    )


def _spreads(rows: Sequence[Row], random: tuple[str, ...]) -> list[tuple[list[int], int, float]]:
    """What cells of one row differ by: the variances that it tells of alone, degrees of freedom, sum of squares."""
    found = []
    for mixture in (False, True):
        ours = [row for row in rows if row.cells and row.mixture == mixture]
        places = [-1, random.index("own_mixture")] if mixture and "own_mixture" in random else [-1]
        squares = sum(float(np.sum((np.array(row.cells) - row.y) ** 2)) for row in ours)
        found.append((places, sum(len(row.cells) - 1 for row in ours), squares))
    return found


def predict(found: Fitted, row: Row) -> tuple[float, float]:
    """Center and standard deviation of the logit for a run of a source that nothing is known of.

    Real runs on the row's family make the effect of that family more certain; benchmarks move it, and leave its
    variance as it is between families, since nothing shows that a family's benchmarks carry over to runs.
    """
    x = design([row], {name: found.model.fixed[name] for name in found.names})[0]
    variance = found.variance("run")
    variance += sum(found.variance(effect) for effect in found.model.random if _drawn(effect, row))
    if "family" not in found.model.random:
        return float(x @ found.coefficients), float(np.sqrt(variance + x @ found.covariance @ x))
    common = found.variance("family") * shared("family", [row], found.rows)[0]
    seen = any(other.in_field and other.family == row.family for other in found.rows)
    if seen and row.family not in unsure():
        variance -= common @ found.precision @ common
    fixed = design(found.rows, {name: found.model.fixed[name] for name in found.names})
    left = x - common @ found.precision @ fixed
    return (
        float(x @ found.coefficients + common @ found.weights),
        float(np.sqrt(variance + left @ found.covariance @ left)),
    )


def _drawn(effect: str, row: Row) -> bool:
    """Whether a row has its own draw of an effect."""
    has = {
        "suite": not row.in_field,
        "mixture": row.mixture,
        "own_mixture": row.mixture,
        "low": row.format in LOW,
    }
    return has.get(effect, True)
