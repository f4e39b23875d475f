"""Slow and obvious twins of the probability engine, and problems built by hand with SciPy's quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from flopline.kernels.records import (
    BOUNDED,
    CELLS,
    DISCRETE,
    FREE,
    KNOTS,
    LINEAR,
    STEP,
    TABLE,
    Floats,
    Marginal,
    Problem,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOTHING = np.zeros(0)


def lognormal(median: float, sigma: float) -> Marginal:
    return Marginal(LINEAR, float(np.log(median)), sigma, NOTHING, NOTHING, NOTHING, NOTHING, FREE)


def tabled(distribution: object, leaning: int, transform: Callable[[Floats], Floats] = np.log) -> Marginal:
    """Return a table of ln x by SciPy's quantiles of the nearer tail; slopes by central differences."""
    step = 1e-4

    def log_at(z: Floats) -> Floats:
        low = distribution.ppf(stats.norm.cdf(z))
        high = distribution.isf(stats.norm.sf(z))
        return transform(np.where(z < 0, low, high))

    slopes = (log_at(KNOTS + step) - log_at(KNOTS - step)) / (2 * step)
    return Marginal(TABLE, 0.0, 0.0, log_at(KNOTS), slopes, NOTHING, NOTHING, leaning)


def uniform(low: float, high: float) -> Marginal:
    return tabled(stats.uniform(low, high - low), BOUNDED)


def beta(a: float, b: float) -> Marginal:
    return tabled(stats.beta(a, b), FREE)


def atoms(values: Sequence[float], probabilities: Sequence[float] | None = None) -> Marginal:
    shares = np.full(len(values), 1 / len(values)) if probabilities is None else np.array(probabilities)
    edges = stats.norm.ppf(np.cumsum(shares)[:-1])
    return Marginal(STEP, 0.0, 0.0, NOTHING, NOTHING, np.log(np.array(values)), edges, DISCRETE)


def problem(
    marginals: Sequence[Marginal],
    rows: Sequence[tuple[float, dict[int, float]]],
    correlation: Floats | None = None,
    score: Sequence[int] | None = None,
) -> Problem:
    """Return the arrays of rows given as (scale, {variable: power})."""
    count = len(marginals)
    reads = np.arange(count) if score is None else np.array(score)
    scores = int(reads.max(initial=-1)) + 1
    exponent = np.zeros((len(rows), count))
    for e, (_, powers) in enumerate(rows):
        for k, power in powers.items():
            exponent[e, k] = power
    values, slopes = np.zeros((2, count, CELLS + 1))
    steps, edges, first = [], [], [0]
    for k, marginal in enumerate(marginals):
        if marginal.kind == TABLE:
            values[k], slopes[k] = marginal.values, marginal.slopes
        steps.extend(marginal.steps)
        edges.extend([*marginal.edges, np.nan] if len(marginal.steps) else [])
        first.append(len(steps))
    leaning = [min([m.leaning for m, r in zip(marginals, reads, strict=True) if r == s]) for s in range(scores)]
    return Problem(
        log_scale=np.log(np.array([scale for scale, _ in rows])),
        exponent=exponent,
        score=reads.astype(np.int64),
        kind=np.array([m.kind for m in marginals], dtype=np.int64),
        linear=np.array([[m.location, m.slope] for m in marginals]).reshape(count, 2),
        values=values,
        slopes=slopes,
        first=np.array(first, dtype=np.int64),
        steps=np.array(steps, dtype=np.float64),
        edges=np.array(edges, dtype=np.float64),
        cholesky=np.linalg.cholesky(np.eye(scores) if correlation is None else correlation),
        leaning=np.array(leaning, dtype=np.int64),
    )


def log_x(given: Problem, k: int, z: Floats) -> Floats:
    """Return ln x of one variable, table by table (no cleverness)."""
    if given.kind[k] == LINEAR:
        return given.linear[k, 0] + given.linear[k, 1] * z
    if given.kind[k] == STEP:
        part = slice(given.first[k], given.first[k + 1])
        return given.steps[part][np.searchsorted(given.edges[part][:-1], z, side="right")]
    from scipy.interpolate import CubicHermiteSpline

    inside = np.clip(z, KNOTS[0], KNOTS[-1])
    slope = np.where(z < 0, given.slopes[k, 0], given.slopes[k, -1])
    return CubicHermiteSpline(KNOTS, given.values[k], given.slopes[k])(inside) + slope * (z - inside)


def totals(given: Problem, mask: Floats, normals: Floats) -> Floats:
    """Return the total at each row of (n, D) independent normals."""
    z = normals @ given.cholesky.T
    logs = np.stack([log_x(given, k, z[:, given.score[k]]) for k in range(len(given.kind))], axis=1)
    rows = np.exp(given.log_scale + logs @ given.exponent.T)
    return rows[:, np.asarray(mask, dtype=bool)].sum(axis=1)


def monte_carlo(given: Problem, mask: Floats, threshold: float, draws: int, seed: int) -> tuple[float, float]:
    """Return P(total > threshold) and its standard error by plain Monte Carlo."""
    random = np.random.default_rng(seed)
    over = 0
    for _ in range(0, draws, 100_000):
        over += int((totals(given, mask, random.standard_normal((100_000, len(given.leaning)))) > threshold).sum())
    p = over / draws
    return p, float(np.sqrt(p * (1 - p) / draws))


def p1() -> Problem:
    """Return P1: pre-training counted by tokens, a machine-bound stage and a later stage that shares the model."""
    marginals = [
        lognormal(2.5e11, 0.30),
        lognormal(2e13, 0.50),
        uniform(1.0, 1.2),
        uniform(300.0, 900.0),
        beta(12.0, 28.0),
        beta(30.0, 3.0),
        lognormal(5e11, 0.8),
    ]
    correlation = np.eye(7)
    correlation[0, 1] = correlation[1, 0] = 0.5
    rows = [
        (6.0, {0: 1, 1: 1, 2: 1}),
        (16000 * 989e12 * 3600, {3: 1, 4: 1, 5: 1}),
        (2.0, {0: 1, 6: 1}),
    ]
    return problem(marginals, rows, correlation)


def crossing_by_bisection(structure, family, strand: int, place: Floats) -> float:
    """Return where one line's total reaches its threshold, by two hundred halvings."""
    row = family.scale[strand] + family.row_base[strand] @ place
    start = family.score_start[strand] + family.score_base[strand] @ place

    def over(t: float) -> bool:
        logs = row + family.row_slope[strand] * t
        score = start + family.score_slope[strand] * t
        for v, s in enumerate(structure.score):
            logs = logs + structure.power[:, v] * table_or_step(structure, v, score[s])
        return bool(np.log(np.exp(logs).sum()) > family.log_threshold[strand])

    low, high = -38.0, 38.0
    if over(low):
        return -np.inf
    if not over(high):
        return np.inf
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if over(middle) else (middle, high)
    return high


def table_or_step(structure, v: int, z: float) -> float:
    if structure.kind[v] == STEP:
        begin, end = structure.first[v], structure.first[v + 1]
        return float(structure.steps[begin:end][int((structure.edges[begin : end - 1] <= z).sum())])
    width = KNOTS[1] - KNOTS[0]
    inside = min(max(z, KNOTS[0]), KNOTS[-1])
    cell = min(int((inside - KNOTS[0]) / width), CELLS - 1)
    s = (inside - KNOTS[cell]) / width
    a, b, c, d = structure.cubic[v, cell]
    return float(a + b * s + c * s**2 + d * s**3 + (z - inside) * (b + 2 * c * s + 3 * d * s**2) / width)
