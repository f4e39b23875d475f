"""P(total > T) of random plans by methods that share nothing with the engine, each with its own error.

closed      a product of lognormals: the normal distribution
convolution independent products of lognormals, 2 to 4 of them: FFT of their masses below T, Richardson's limit
quadrature  two scores without steps: crossings on a fine grid in one, Gauss-Legendre in the other
draws       10^8 plain Monte Carlo draws
sobol       16 digitally shifted Sobol sets of 2^16 points: 2^20 in all
shifted     the same, half of them around the likeliest point over the line (defensive importance sampling): tails
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats
from scipy.stats import qmc

from accuracy.plans import Plan
from flopline.distributions import Lognormal, Samples

Floats = NDArray[np.float64]

SETS, POINTS = 16, 2**16
FEWER = 2**13
"""Points of a set where there are very many factors."""
MANY = 30
DRAWS = 100_000_000
_CHUNK = 1_000_000
_PILOT = 2**14
_UNSURE = 0.1
"""Relative error from which the points around one centre have not found the tail."""
_BODY = 2e-3
"""Tails below this are looked for around their likeliest point."""


class Reference(NamedTuple):
    """The smaller tail of P, which one it is, its standard error, and the method."""

    tail: float
    over: bool
    error: float
    method: str


def lines(plan: Plan) -> Floats:
    """Return ln of five amounts to ask about: two far tails, two near ones and about the median."""
    pilot = plan.log_totals(np.random.default_rng([7, plan.number]).standard_normal((len(plan.factors), _PILOT)))
    low, middle, high = np.quantile(pilot, [0.1587, 0.5, 0.8413])
    far = 6.5 if plan.number % 5 == 0 else 4.5
    steps = np.array([far * (low - middle), 2.0 * (low - middle), 0.1, 1.5 * (high - middle), far * (high - middle)])
    found: Floats = middle + steps
    return found


def references(plan: Plan, *, draws: bool = False) -> list[Reference]:
    """Return a reference for each line of a plan."""
    levels = lines(plan)
    if draws:
        return _drawn(plan, levels)
    for method in (_closed, _convolved, _integrated):
        found = method(plan, levels)
        if found is not None:
            return found
    body = _sobol(plan, levels)
    return [_shifted(plan, level, one) if one.tail < _BODY else one for level, one in zip(levels, body, strict=True)]


def _smaller(over: float, under: float, error: float, method: str) -> Reference:
    return Reference(min(over, under), over <= under, error, method)


def _closed(plan: Plan, levels: Floats) -> list[Reference] | None:
    if len(np.unique(plan.exponent, axis=0)) > 1 or not _lognormal(plan):
        return None
    weight = plan.exponent[0] * np.array([factor.of.sigma for factor in plan.factors])
    sigma = float(np.sqrt(weight @ plan.correlation @ weight))
    if sigma == 0.0:
        return None
    z = (levels - np.log(np.exp(plan.log_scale).sum())) / sigma
    return [_smaller(float(stats.norm.sf(x)), float(stats.norm.cdf(x)), 0.0, "closed") for x in z]


def _lognormal(plan: Plan) -> bool:
    return all(isinstance(factor.of, Lognormal) and factor.of.min is None for factor in plan.factors)


def _convolved(plan: Plan, levels: Floats) -> list[Reference] | None:
    used = plan.exponent != 0.0
    if not _lognormal(plan) or used.sum(axis=0).max() > 1 or np.any(plan.correlation != np.eye(len(plan.factors))):
        return None
    variance = plan.exponent**2 @ np.array([factor.of.sigma for factor in plan.factors]) ** 2
    found = []
    for level in levels:
        coarse, fine, finest = (_below(plan.log_scale - level, np.sqrt(variance), 2**n) for n in (16, 17, 18))
        under = finest + (finest - fine) / 3.0
        error = abs(under - (fine + (fine - coarse) / 3.0)) + 1e-13
        found.append(_smaller(1.0 - under, under, error, "convolution"))
    return found


def _below(log_scale: Floats, sigma: Floats, cells: int) -> float:
    """Return P(sum <= 1) from the masses of each row around the points of a grid."""
    edges = (np.arange(cells + 2) - 0.5) / cells
    masses = None
    for location, width in zip(log_scale, sigma, strict=True):
        with np.errstate(divide="ignore"):
            below = special.ndtr((np.log(np.maximum(edges, 0.0)) - location) / width)
        own = np.diff(below)
        masses = (
            own
            if masses is None
            else np.fft.irfft(np.fft.rfft(masses, 2 * cells + 4) * np.fft.rfft(own, 2 * cells + 4), 2 * cells + 4)[
                : cells + 1
            ]
        )
    assert masses is not None
    return float(masses[:cells].sum() + 0.5 * masses[cells])


def _integrated(plan: Plan, levels: Floats) -> list[Reference] | None:
    if len(plan.factors) != 2 or any(isinstance(factor.of, Samples) for factor in plan.factors):
        return None
    tails = np.array([[_over(plan, level, parts) for level in levels] for parts in (120, 240)])
    error = np.abs(tails[1] - tails[0]).max(axis=1) + 1e-13
    return [_smaller(float(p[0]), float(p[1]), float(e), "quadrature") for p, e in zip(tails[1], error, strict=True)]


def _over(plan: Plan, level: float, parts: int) -> tuple[float, float]:
    """Return P over and under a line: Gauss-Legendre in the first score, crossings in the second."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    ends = np.linspace(-8.5, 8.5, parts + 1)
    first = (0.5 * (ends[1:] + ends[:-1])[:, None] + 0.5 * np.diff(ends)[:, None] * nodes).reshape(-1)
    weight = (0.5 * np.diff(ends)[:, None] * weights).reshape(-1) * stats.norm.pdf(first)
    grid = np.linspace(-8.5, 8.5, 341)
    value = plan.log_totals(np.stack([np.repeat(first, len(grid)), np.tile(grid, len(first))])).reshape(len(first), -1)
    above = value > level
    at, cell = np.nonzero(above[:, 1:] != above[:, :-1])
    low, high = grid[cell], grid[cell + 1]
    for _ in range(45):
        middle = 0.5 * (low + high)
        over = plan.log_totals(np.stack([first[at], middle])) > level
        same = over == above[at, cell]
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    over, under = np.zeros(len(first)), np.zeros(len(first))
    for i in range(len(first)):
        crossings = np.concatenate([[-np.inf], low[at == i], [np.inf]])
        sides = np.logical_xor(above[i, 0], np.arange(len(crossings) - 1) % 2 == 1)
        mass = np.where(
            crossings[:-1] > 0.0,
            stats.norm.sf(crossings[:-1]) - stats.norm.sf(crossings[1:]),
            stats.norm.cdf(crossings[1:]) - stats.norm.cdf(crossings[:-1]),
        )
        over[i], under[i] = mass[sides].sum(), mass[~sides].sum()
    return float(weight @ over), float(weight @ under)


def _drawn(plan: Plan, levels: Floats) -> list[Reference]:
    random = np.random.default_rng([11, plan.number])
    count = np.zeros(len(levels))
    for _ in range(DRAWS // _CHUNK):
        totals = plan.log_totals(random.standard_normal((len(plan.factors), _CHUNK)))
        count += (totals[None, :] > levels[:, None]).sum(axis=1)
    p = count / DRAWS
    error = np.sqrt(np.maximum(p * (1 - p), 1.0 / DRAWS) / DRAWS)
    return [_smaller(float(x), float(1.0 - x), float(e), "draws") for x, e in zip(p, error, strict=True)]


@lru_cache(maxsize=1)
def _digits(dimensions: int, points: int) -> NDArray[np.uint32]:
    found = qmc.Sobol(dimensions, scramble=False, bits=32).random(points)
    return (found * 2.0**32).astype(np.uint32)


def _normals(dimensions: int, points: int, random: np.random.Generator) -> Floats:
    """Return (dimensions, points) normal scores of one digitally shifted Sobol set."""
    shift = random.integers(0, 2**32, size=dimensions, dtype=np.uint32)
    uniform = ((_digits(dimensions, points) ^ shift).T.astype(np.float64) + random.random((dimensions, 1))) * 2.0**-32
    found: Floats = special.ndtri(uniform)
    return found


def _sobol(plan: Plan, levels: Floats) -> list[Reference]:
    random = np.random.default_rng([13, plan.number])
    points = POINTS if len(plan.factors) <= MANY else FEWER
    shares = np.zeros((SETS, len(levels)))
    for r in range(SETS):
        totals = plan.log_totals(_normals(len(plan.factors), points, random))
        shares[r] = (totals[None, :] > levels[:, None]).mean(axis=1)
    over, error = shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(SETS)
    error = np.maximum(error, 1.0 / (SETS * points))
    return [_smaller(float(p), float(1.0 - p), float(e), "sobol") for p, e in zip(over, error, strict=True)]


def _shifted(plan: Plan, level: float, body: Reference) -> Reference:
    """Return a small tail by points of which half lie around the likeliest one beyond the line."""
    dimensions = len(plan.factors)
    sign = 1.0 if body.over else -1.0
    # One centre does not stand for the many ways that very many factors have to a far line.
    centre = None if dimensions > MANY else _likeliest(plan, level, sign)
    if centre is None:
        return body
    random = np.random.default_rng([17, plan.number])
    points = POINTS // 4 if dimensions <= MANY else FEWER
    tails = np.zeros(SETS)
    for r in range(SETS):
        z = _normals(dimensions, points, random)
        parts = [(0.5, z), (0.5, z + centre[:, None])]
        for share, place in parts:
            beyond = sign * (plan.log_totals(place) - level) > 0.0
            ratio = np.exp(np.minimum(centre @ place - 0.5 * centre @ centre, 700.0))
            tails[r] += share * (beyond / (0.5 + 0.5 * ratio)).mean()
    error = float(tails.std(ddof=1) / np.sqrt(SETS))
    if error > _UNSURE * tails.mean():
        return body
    return Reference(float(tails.mean()), body.over, max(error, 1e-300), "shifted")


def _likeliest(plan: Plan, level: float, sign: float) -> Floats | None:
    """Return the point nearest to the origin at which the total reaches the line."""

    def short(z: Floats) -> float:
        return float(sign * (plan.log_totals(z[:, None])[0] - level))

    step = 1e-4
    gradient = np.array([short(step * e) - short(-step * e) for e in np.eye(len(plan.factors))])
    start = 3.0 * gradient / max(float(np.linalg.norm(gradient)), 1e-12)
    found = optimize.minimize(
        lambda z: 0.5 * z @ z, start, jac=lambda z: z, method="SLSQP",
        constraints=[{"type": "ineq", "fun": short}], options={"maxiter": 60},
    )  # fmt: skip
    return np.asarray(found.x) if found.success and abs(short(found.x)) < 1e-3 else None
