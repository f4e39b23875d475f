"""P1 as one would write it with other tools: what a draw, a point or a whole answer costs each of them.

P1 is three stages: 6 N D m, a machine's chips x hours x peak x u x a, and 2 N G; N and D are correlated.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
import warnings
from dataclasses import dataclass

import numpy as np
from scipy import special, stats
from scipy.stats import qmc

LINES = np.array([1e25, 1e26])
EXACT = np.array([0.999126502225, 0.0762695015141])
MACHINE = 16000 * 989e12 * 3600
AIM = 1e-4
"""Standard error that all are asked for."""
NEEDED = float((EXACT * (1 - EXACT)).max()) / AIM**2
"""Independent draws that have it."""


@dataclass(frozen=True)
class Cost:
    """CPU seconds for the aim: measured, or scaled from fewer draws; and what is to be said of it."""

    name: str
    seconds: float
    remark: str


def seconds(work, rounds=3):
    """Return the least CPU time of one call."""
    best = np.inf
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def total(n, d, m, hours, u, a, g):
    """Return the total FLOP."""
    return 6 * n * d * m + MACHINE * hours * u * a + 2 * n * g


def by_numpy(count, random):
    """Return how often P1's total exceeds each line: what one would write in NumPy, vectorized."""
    z1, z2, z3 = random.standard_normal((3, count))
    n, d = 2.5e11 * np.exp(0.30 * z1), 2e13 * np.exp(0.50 * (0.5 * z1 + np.sqrt(0.75) * z2))
    found = total(
        n, d, random.uniform(1.0, 1.2, count), random.uniform(300.0, 900.0, count), random.beta(12, 28, count),
        random.beta(30, 3, count), 5e11 * np.exp(0.8 * z3),
    )  # fmt: skip
    return (found[:, None] > LINES).sum(axis=0)


def by_sobol(count, seed):
    """Return P from scrambled Sobol points through SciPy's quantile functions."""
    u = qmc.Sobol(7, scramble=True, seed=seed).random(count).T
    z1, z2, z3 = special.ndtri(u[:3])
    found = total(
        2.5e11 * np.exp(0.30 * z1), 2e13 * np.exp(0.50 * (0.5 * z1 + np.sqrt(0.75) * z2)), 1.0 + 0.2 * u[3],
        300.0 + 600.0 * u[4], stats.beta.ppf(u[5], 12, 28), stats.beta.ppf(u[6], 30, 3), 5e11 * np.exp(0.8 * z3),
    )  # fmt: skip
    return (found[:, None] > LINES).mean(axis=0)


def numpy_cost(draws):
    """Return the cost of plain Monte Carlo."""
    random = np.random.default_rng(0)
    each = seconds(lambda: by_numpy(draws, random)) / draws
    return Cost("NumPy Monte Carlo", each * NEEDED, f"{each * 1e9:.0f} ns a draw, {NEEDED:.1e} draws")


def sobol_cost(points):
    """Return the cost of randomized Sobol points, the error measured over scrambles and taken to fall like n^-0.75."""
    each = seconds(lambda: by_sobol(points, 0))
    error = float(np.std([by_sobol(points, seed) for seed in range(8)], axis=0, ddof=1).max())
    return Cost("SciPy Sobol and ppf", each * (error / AIM) ** (1 / 0.75), f"error {error:.1e} at {points} points")


def squigglepy_cost(draws):
    """Return the cost of squigglepy's samples put together in NumPy, N and D correlated by its own function."""
    sq = importlib.import_module("squigglepy")

    def once():
        n, d = sq.correlate(
            (sq.lognorm(lognorm_mean=None, norm_mean=np.log(2.5e11), norm_sd=0.3),
             sq.lognorm(lognorm_mean=None, norm_mean=np.log(2e13), norm_sd=0.5)),
            [[1, 0.5], [0.5, 1]],
        )  # fmt: skip
        rest = [sq.uniform(1.0, 1.2), sq.uniform(300, 900), sq.beta(12, 28), sq.beta(30, 3)]
        last = sq.lognorm(lognorm_mean=None, norm_mean=np.log(5e11), norm_sd=0.8)
        parts = [sq.sample(one, draws) for one in (n, d, *rest, last)]
        return (total(*parts)[:, None] > LINES).mean(axis=0)

    each = seconds(once, rounds=2) / draws
    return Cost("squigglepy", each * NEEDED, f"{each * 1e9:.0f} ns a draw, scaled from {draws:.0e}")


def openturns_cost(draws):
    """Return the cost of Monte Carlo, and of FORM, with OpenTURNS."""
    ot = importlib.import_module("openturns")
    marginals = [
        ot.LogNormal(np.log(2.5e11), 0.3), ot.LogNormal(np.log(2e13), 0.5), ot.Uniform(1.0, 1.2),
        ot.Uniform(300.0, 900.0), ot.Beta(12, 28, 0.0, 1.0), ot.Beta(30, 3, 0.0, 1.0), ot.LogNormal(np.log(5e11), 0.8),
    ]  # fmt: skip
    matrix = ot.CorrelationMatrix(7)
    matrix[0, 1] = 0.5
    joint = ot.JointDistribution(marginals, ot.NormalCopula(matrix))
    model = ot.SymbolicFunction(
        ["n", "d", "m", "h", "u", "a", "g"], [f"(6*n*d*m + {MACHINE:.17g}*h*u*a + 2*n*g) / 1e26"]
    )
    each = seconds(lambda: model(joint.getSample(draws)), rounds=2) / draws
    event = ot.ThresholdEvent(ot.CompositeRandomVector(model, ot.RandomVector(joint)), ot.Greater(), 1.0)
    found = []

    def form():
        search = ot.FORM(ot.Cobyla(), event, joint.getMean())
        search.run()
        found.append(search.getResult().getEventProbability())

    once = seconds(form, rounds=2)
    return [
        Cost("OpenTURNS Monte Carlo", each * NEEDED, f"{each * 1e9:.0f} ns a draw"),
        Cost("OpenTURNS FORM, one line", once, f"gives {found[-1]:.4f} for {EXACT[1]:.4f}: never at the aim"),
    ]


def qmcpy_cost():
    """Return the cost of qmcpy's adaptive digital net for one line."""
    qp = importlib.import_module("qmcpy")

    def inside(u):
        z1, z2, z3 = special.ndtri(np.clip(u[..., :3], 1e-16, 1 - 1e-16)).transpose(-1, *range(u.ndim - 1))
        found = total(
            2.5e11 * np.exp(0.30 * z1), 2e13 * np.exp(0.50 * (0.5 * z1 + np.sqrt(0.75) * z2)), 1.0 + 0.2 * u[..., 3],
            300.0 + 600.0 * u[..., 4], special.betaincinv(12, 28, u[..., 5]), special.betaincinv(30, 3, u[..., 6]),
            5e11 * np.exp(0.8 * z3),
        )  # fmt: skip
        return (found > LINES[1]).astype(float)

    def once():
        sampler = qp.DigitalNetB2(7, seed=7)
        return qp.CubQMCNetG(qp.CustomFun(qp.Uniform(sampler), inside), abs_tol=2 * AIM).integrate()

    return Cost("qmcpy CubQMCNetG, one line", seconds(once, rounds=2), "to an absolute error of 2e-4")


def costs(draws):
    """Return the costs of all alternatives that are installed."""
    found = [numpy_cost(draws), sobol_cost(2 ** max(8, min(16, int(np.log2(draws)) - 3)))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if importlib.util.find_spec("squigglepy"):
            found.append(squigglepy_cost(draws // 10))
        if importlib.util.find_spec("openturns"):
            found += openturns_cost(draws // 10)
        if importlib.util.find_spec("qmcpy"):
            found.append(qmcpy_cost())
    return found
