"""Random plans by their number: factors of every family, in products that share them, and the lines to ask about.

Each factor comes twice: as the project's distribution, and as SciPy's quantile function of the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.interpolate import CubicHermiteSpline, CubicSpline

from flopline.distributions import (
    Beta,
    Distribution,
    LogitNormal,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Quantiles,
    Samples,
    Triangular,
    Uniform,
    marginal,
)
from flopline.kernels.records import CELLS, Problem

Floats = NDArray[np.float64]

COUNT = 500
SIZES = (1, 1, 2, 2, 3, 3, 3, 4, 5, 6, 8, 12)
LARGE = ((24, 24), (48, 48), (96, 60), (40, 128))
"""Rows and factors of every hundredth plan or so: the largest that the engine takes."""


@dataclass(frozen=True)
class Factor:
    """One uncertain factor: its distribution here, and ln x at normal scores by SciPy."""

    of: Distribution
    log_at: Callable[[Floats], Floats]


@dataclass(frozen=True)
class Plan:
    """A plan: total = sum_e scale_e prod_k x_k ^ exponent_ek, ln x_k = factor k at (cholesky g)_k."""

    number: int
    factors: tuple[Factor, ...]
    log_scale: Floats
    exponent: Floats
    correlation: Floats

    @property
    def problem(self) -> Problem:
        """The arrays that the engine takes, with its own tables."""
        marginals = [marginal(factor.of) for factor in self.factors]
        count = len(marginals)
        values, slopes = np.zeros((2, count, CELLS + 1))
        for k, one in enumerate(marginals):
            if one.values.size:
                values[k], slopes[k] = one.values, one.slopes
        sizes = [one.steps.size for one in marginals]
        return Problem(
            log_scale=self.log_scale,
            exponent=self.exponent,
            score=np.arange(count),
            kind=np.array([one.kind for one in marginals], dtype=np.int64),
            linear=np.array([[one.location, one.slope] for one in marginals]),
            values=values,
            slopes=slopes,
            first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            steps=np.concatenate([np.zeros(0), *(one.steps for one in marginals)]),
            edges=np.concatenate([np.zeros(0), *(np.append(one.edges, np.inf)[: one.steps.size] for one in marginals)]),
            cholesky=np.linalg.cholesky(self.correlation),
            leaning=np.array([one.leaning for one in marginals], dtype=np.int64),
        )

    def log_rows(self, normals: Floats) -> Floats:
        """Return (e, n) logarithms of the products at (d, n) independent normal scores."""
        z = np.linalg.cholesky(self.correlation) @ normals
        logs = np.stack([factor.log_at(row) for factor, row in zip(self.factors, z, strict=True)])
        found: Floats = self.exponent @ logs + self.log_scale[:, None]
        return found

    def log_totals(self, normals: Floats) -> Floats:
        """Return ln total at (d, n) independent normal scores."""
        rows = self.log_rows(normals)
        top = rows.max(axis=0)
        found: Floats = top + np.log(np.exp(rows - top).sum(axis=0))
        return found


def plan(number: int) -> Plan:
    """Return a plan by its number, the same one every time."""
    random = np.random.default_rng([2026, number])
    if number % 100 >= 96:
        rows, count = LARGE[number % 100 - 96]
    else:
        rows, count = int(random.choice(SIZES)), int(random.choice(SIZES)) + int(random.integers(0, 3))
    simple = number % 10 == 0
    factors = tuple(
        lognormal(random) if simple else FAMILIES[int(random.integers(len(FAMILIES)))](random) for _ in range(count)
    )
    if number % 20 == 10:  # independent rows of lognormal factors: sums that convolution knows
        rows = 2 + number // 20 % 3
        factors = tuple(lognormal(random) for _ in range(2 * rows))
        return Plan(
            number, factors, random.normal(0.0, 1.0, rows), np.kron(np.eye(rows), np.ones((1, 2))), np.eye(2 * rows)
        )
    exponent = np.zeros((rows, count))
    for e in range(rows):
        used = random.choice(count, size=int(random.integers(1, min(count, 5) + 1)), replace=False)
        exponent[e, used] = random.choice([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, -1.0], size=len(used))
    correlation = np.eye(count)
    if count > 1 and random.random() < 0.5:
        a, b = random.choice(count, size=2, replace=False)
        correlation[a, b] = correlation[b, a] = random.uniform(-0.8, 0.9)
    return Plan(number, factors, random.normal(0.0, 1.0, rows), exponent, correlation)


def lognormal(random: np.random.Generator) -> Factor:
    """Return a lognormal factor."""
    sigma = float(random.uniform(0.05, 0.9))
    return Factor(Lognormal(median=1.0, sigma=sigma), lambda z: sigma * z)


def _tabled(of: Distribution, log_at: Callable[[Floats], Floats]) -> Factor:
    """Return a factor whose slow quantile function is read from a fine spline of its own."""
    grid = np.linspace(-9.0, 9.0, 7201)
    spline = CubicSpline(grid, log_at(grid))
    return Factor(of, lambda z: spline(np.clip(z, -9.0, 9.0)))


def _by_scipy(of: Distribution, scipy: object) -> Factor:
    def log_at(z: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            found: Floats = np.log(np.where(z < 0.0, scipy.ppf(stats.norm.cdf(z)), scipy.isf(stats.norm.sf(z))))
        return found

    return _tabled(of, log_at)


def uniform(random: np.random.Generator) -> Factor:
    high = float(random.uniform(1.1, 4.0))
    return _by_scipy(Uniform(low=1.0, high=high), stats.uniform(1.0, high - 1.0))


def loguniform(random: np.random.Generator) -> Factor:
    high = float(random.uniform(1.1, 6.0))
    return _by_scipy(Loguniform(low=1.0, high=high), stats.loguniform(1.0, high))


def triangular(random: np.random.Generator) -> Factor:
    mode = float(random.uniform(0.1, 0.9))
    return _by_scipy(Triangular(low=1.0, mode=1.0 + 2.0 * mode, high=3.0), stats.triang(mode, 1.0, 2.0))


def pert(random: np.random.Generator) -> Factor:
    mode = float(random.uniform(0.1, 0.9))
    return _by_scipy(Pert(low=1.0, mode=1.0 + 2.0 * mode, high=3.0), stats.beta(1 + 4 * mode, 5 - 4 * mode, 1.0, 2.0))


def beta(random: np.random.Generator) -> Factor:
    a, b = (float(x) for x in random.uniform(3.0, 30.0, 2))
    return _by_scipy(Beta(a=a, b=b), stats.beta(a, b))


def normal(random: np.random.Generator) -> Factor:
    sd = float(random.uniform(0.03, 0.15))
    return _by_scipy(Normal(mean=1.0, sd=sd), stats.truncnorm(-1.0 / sd, np.inf, 1.0, sd))


def logit_normal(random: np.random.Generator) -> Factor:
    median, sigma = float(random.uniform(0.2, 0.8)), float(random.uniform(0.1, 0.6))
    logit = float(np.log(median / (1 - median)))
    return Factor(LogitNormal(median=median, sigma=sigma), lambda z: -np.logaddexp(0.0, -(logit + sigma * z)))


def truncated(random: np.random.Generator) -> Factor:
    sigma, least = float(random.uniform(0.2, 0.8)), float(random.uniform(0.5, 1.1))
    above = stats.norm.sf(np.log(least) / sigma)

    def log_at(z: Floats) -> Floats:
        low = sigma * stats.norm.ppf(1 - above + above * stats.norm.cdf(z))
        return np.where(z < 0.0, low, sigma * stats.norm.isf(above * stats.norm.sf(z)))

    return _tabled(Lognormal(median=1.0, sigma=sigma, min=least), log_at)


def quantiles(random: np.random.Generator) -> Factor:
    x = np.cumprod(np.array([1.0, *random.uniform(1.05, 2.0, 3)]))
    p = np.array([0.05, 0.3, 0.7, 0.95])
    z, logs = stats.norm.ppf(p), np.log(x)
    width, chord = np.diff(z), np.diff(np.log(x)) / np.diff(z)
    one, two = width[:-1] + 2 * width[1:], 2 * width[:-1] + width[1:]
    inner = (one + two) / (one / chord[:-1] + two / chord[1:])
    slope = np.concatenate([chord[:1], inner, chord[-1:]])
    spline = CubicHermiteSpline(z, logs, slope)

    def log_at(at: Floats) -> Floats:
        inside = np.clip(at, z[0], z[-1])
        found: Floats = spline(inside) + np.where(at < z[0], slope[0], slope[-1]) * (at - inside)
        return found

    return Factor(Quantiles(p=tuple(p.tolist()), x=tuple(x.tolist())), log_at)


def samples(random: np.random.Generator) -> Factor:
    values = np.sort(random.uniform(0.5, 2.0, int(random.integers(2, 40))))
    edges = stats.norm.ppf(np.arange(1, len(values)) / len(values))
    return Factor(
        Samples(values=tuple(values.tolist())), lambda z: np.log(values)[np.searchsorted(edges, z, side="right")]
    )


FAMILIES = (
    lognormal, lognormal, lognormal, uniform, loguniform, triangular, pert, beta, normal, logit_normal, truncated,
    quantiles, samples,
)  # fmt: skip
