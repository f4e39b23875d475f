"""P(total > T) of random plans by methods that share nothing with the engine, each with its own error.

closed      a product of lognormals: the normal distribution
convolution independent products of lognormals, 2 to 4 of them: FFT of their masses below T, Richardson's limit
quadrature  two scores without steps: crossings on a fine grid in one, Gauss-Legendre in the other
draws       10^8 plain Monte Carlo draws
sobol       16 digitally shifted Sobol sets of 2^16 points: 2^20 in all
shifted     the same, most of them around the likeliest points over the line, of which every product may have one of
            its own (defensive importance sampling, deterministic mixture; Owen, Zhou 2000): tails
"""

from __future__ import annotations

from collections.abc import Callable
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
"""Tails below this are looked for around their likeliest points."""
_CERTAIN = 1e-3
"""Spread of a total in which all uncertain factors cancel: a line exactly on it would ask for its rounding."""
_STARTS = 16
"""Random directions in which they are looked for."""
_DEFENSIVE = 0.3
"""Share of the points that stay around the origin."""
_LESS_LIKELY = 14.0
"""Difference of squared distances from which a point is left out: exp(-7) of the nearest."""
_APART = 0.3
_MOST = 12


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
    below, above = max(middle - low, _CERTAIN), max(high - middle, _CERTAIN)
    steps = np.array([-far * below, -2.0 * below, 0.1, 1.5 * above, far * above])
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
    """Return a small tail by points most of which lie around the likeliest ones beyond the line."""
    dimensions = len(plan.factors)
    sign = 1.0 if body.over else -1.0
    # A few centres do not stand for the many ways that very many factors have to a far line.
    centres = [] if dimensions > MANY else _likeliest(plan, level, sign)
    if not centres:
        return body
    random = np.random.default_rng([17, plan.number])
    shares = np.array([_DEFENSIVE, *[(1.0 - _DEFENSIVE) / len(centres)] * len(centres)])
    tails = np.zeros(SETS)
    for r in range(SETS):
        z = _normals(dimensions, POINTS // 4, random)
        for share, shift in zip(shares, [np.zeros(dimensions), *centres], strict=True):
            place = z + shift[:, None]
            beyond = sign * (plan.log_totals(place) - level) > 0.0
            ratios = [np.exp(np.minimum(centre @ place - 0.5 * centre @ centre, 700.0)) for centre in centres]
            density = shares[0] + sum(own * ratio for own, ratio in zip(shares[1:], ratios, strict=True))
            tails[r] += share * (beyond / density).mean()
    error = float(tails.std(ddof=1) / np.sqrt(SETS))
    if error > _UNSURE * tails.mean():
        return body
    return Reference(float(tails.mean()), body.over, max(error, 1e-300), "shifted")


def _likeliest(plan: Plan, level: float, sign: float) -> list[Floats]:
    """Return the points that are nearest to the origin, each in its neighbourhood, where the total reaches the line.

    A search begins in the direction of each product, of the total, and in a few at random, where each meets the line.
    """
    size = len(plan.factors)

    def short(z: Floats) -> float:
        return float(sign * (plan.log_totals(z[:, None])[0] - level))

    steps = np.eye(size)  # wide, since factors may be steps themselves
    slopes = plan.log_rows(steps) - plan.log_rows(-steps)
    total = plan.log_totals(steps) - plan.log_totals(-steps)
    random = np.random.default_rng([19, plan.number]).standard_normal((_STARTS, size))
    found: list[Floats] = []
    for direction in (*(sign * slopes), sign * total, *random):
        length = float(np.linalg.norm(direction))
        if length == 0.0:
            continue
        start = _onto(short, direction / length)
        point = optimize.minimize(
            lambda z: 0.5 * z @ z, start, jac=lambda z: z, method="SLSQP",
            constraints=[{"type": "ineq", "fun": short}], options={"maxiter": 60},
        )  # fmt: skip
        if point.success and abs(short(point.x)) < 1e-3:
            found.append(np.asarray(point.x))
        elif short(start) >= 0.0:
            found.append(start)
    found.sort(key=lambda z: float(z @ z))
    apart: list[Floats] = []
    for z in found:
        near = z @ z < found[0] @ found[0] + _LESS_LIKELY
        if near and all(np.linalg.norm(z - other) > _APART for other in apart) and len(apart) < _MOST:
            apart.append(z)
    return apart


def _onto(short: Callable[[Floats], float], direction: Floats) -> Floats:
    """Return where a ray from the origin meets the line; a point on it where it does not within nine deviations."""
    low, high = 0.0, 9.0
    if short(high * direction) < 0.0:
        return 3.0 * direction
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if short(middle * direction) >= 0.0 else (middle, high)
    return high * direction
