"""Random problems like those that plans compile to, for accuracy and coverage studies."""

from __future__ import annotations

import numpy as np
from scipy import stats

from flopline.kernels.records import BOUNDED, FREE, Marginal, Problem
from naive.engine import atoms, lognormal, problem, tabled, uniform


def variable(random: np.random.Generator) -> Marginal:
    kind = random.choice(
        ["lognormal", "lognormal", "uniform", "triangular", "beta", "atoms"], p=[0.3, 0.2, 0.15, 0.15, 0.15, 0.05]
    )
    if kind == "lognormal":
        return lognormal(1.0, float(random.uniform(0.05, 0.8)))
    if kind == "uniform":
        return uniform(1.0, float(random.uniform(1.1, 4.0)))
    if kind == "triangular":
        return tabled(stats.triang(float(random.uniform(0.2, 0.8)), 1.0, float(random.uniform(0.2, 3.0))), BOUNDED)
    if kind == "beta":
        return tabled(stats.beta(float(random.uniform(3, 30)), float(random.uniform(3, 30))), FREE)
    values = np.sort(random.uniform(0.5, 2.0, int(random.integers(2, 30))))
    return atoms(values)


def random_problem(seed: int) -> Problem:
    """Return 1 to 6 rows of 1 to 8 uncertain factors, some shared, some correlated, a few as divisors."""
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 9))
    marginals = [variable(random) for _ in range(count)]
    rows = []
    for _ in range(int(random.integers(1, 7))):
        used = random.choice(count, size=int(random.integers(1, min(count, 4) + 1)), replace=False)
        powers = {int(k): float(random.choice([1, 1, 1, 1, 1, 2, -1])) for k in used}
        rows.append((float(np.exp(random.normal(0.0, 1.0))), powers))
    correlation = np.eye(count)
    if count > 1 and random.random() < 0.5:
        a, b = random.choice(count, size=2, replace=False)
        correlation[a, b] = correlation[b, a] = random.uniform(-0.8, 0.9)
    return problem(marginals, rows, correlation)
