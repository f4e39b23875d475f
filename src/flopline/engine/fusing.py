"""Two independent measurements of one run, its tokens and its machine, fused into one amount.

The two are conditioned on ln(C_tokens / C_machine) = delta with delta ~ N(0, sigma), where sigma is what lay between
both counts of published runs; conditioning on exact equality would depend on how the quantities are written
(Borel's paradox). Two lognormals give the precision-weighted lognormal. Any other pair is combined on a lattice of
ln C, and the result is one uncertain factor with which everything in the stage scales.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.distributions import (
    Choice,
    Distribution,
    Fixed,
    Lognormal,
    Mixture,
    Quantiles,
    Samples,
    at_score,
    weighted,
    window,
)
from flopline.engine.events import which_part
from flopline.kernels import fusion
from flopline.kernels.points import normals
from flopline.kernels.special import normal_cdf, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.engine.factors import Term, Transform
    from flopline.kernels.records import Floats

LEAST_TAIL: Final = 0.01
"""A discrepancy farther out than this is a conflict, and no average of the two counts is true."""
_NODES: Final = np.linspace(-8.5, 8.5, 8193)
_CELLS: Final = 64
"""Cells of the lattice to the smallest standard deviation that matters."""
_MOST_CELLS: Final = 2**15
_BEYOND: Final = 13.0
"""Standard deviations of the discrepancy from which a machine only says that the tokens are wrong, and not how far."""
_DRAWS: Final = 2**15
_FINE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Side:
    """One measurement: a sum of products of certain and uncertain factors.

    Attributes
    ----------
    terms : tuple of (float, tuple of Uncertain)
        Logarithm of the certain factors of each product, and its uncertain ones.
    """

    terms: tuple[tuple[float, tuple[Uncertain, ...]], ...]

    @classmethod
    def of(cls, terms: tuple[Term, ...]) -> Side:
        """Return the measurement that some products add up to."""
        return cls(tuple(_product(term) for term in terms))

    @property
    def names(self) -> frozenset[str]:
        """The uncertain quantities."""
        return frozenset(one.name for _, parts in self.terms for one in parts)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """An uncertain factor of a product: quantity, distribution, transform, power."""

    name: str
    amount: Distribution
    transform: Transform | None
    exponent: int

    def log_at(self, z: Floats) -> Floats:
        """Return the logarithm of the factor at normal scores of its quantity."""
        x = at_score(self.amount, z)
        with np.errstate(divide="ignore"):
            return self.exponent * np.log(x if self.transform is None else self.transform.function(x))


@dataclass(frozen=True, slots=True)
class Fused:
    """What two measurements of a run say together.

    Attributes
    ----------
    amount : Distribution or None
        FLOP of the run; None where the tokens leave nothing open, or where the two contradict each other.
    weight : float
        Share of the precision that the token count brings.
    tail : float
        Two-sided tail probability of the discrepancy between the two.
    """

    amount: Distribution | None
    weight: float
    tail: float


@lru_cache(maxsize=128)
def fuse(tokens: Side, machine: Side, sigma: float) -> Fused:
    """Return what the count by tokens, one product, and the count by machine say together.

    Parameters
    ----------
    tokens, machine : Side
        Without a common quantity.
    sigma : float
        Standard deviation of ln(tokens / machine) where both are known exactly.
    """
    normal = _normal(tokens), _normal(machine)
    if normal[0] is not None and normal[1] is not None:
        return _closed(normal[0], normal[1], sigma)
    return _on_lattice(tokens, machine, sigma)


def _closed(tokens: tuple[float, float], machine: tuple[float, float], sigma: float) -> Fused:
    """Return the precision-weighted average of two normal logarithms (mean, standard deviation)."""
    (one, s), (other, t) = tokens, machine
    likelihood = t * t + sigma * sigma
    weight = likelihood / (s * s + likelihood)
    tail = math.erfc(abs(one - other) / math.sqrt(2 * (s * s + likelihood)))
    if s == 0.0 or tail < LEAST_TAIL:
        return Fused(None, weight, tail)
    center = weight * one + (1 - weight) * other
    return Fused(Lognormal(median=math.exp(center), sigma=s * math.sqrt(weight)), weight, tail)


def _on_lattice(tokens: Side, machine: Side, sigma: float) -> Fused:
    (scale, parts), *_ = tokens.terms
    points = [_points(group) for group in _groups(parts)]
    seen, weights = _machine_points(machine, sigma)
    s = math.hypot(*(_deviation(*one) for one in points))
    t = math.hypot(sigma, _deviation(seen, weights))
    # Relative to the token count's certain part, and no farther than anything that the tokens allow.
    low, high = (sum(float(end(values)) for values, _ in points) for end in (np.min, np.max))
    seen = np.clip(seen - scale, low - _BEYOND * sigma, high + _BEYOND * sigma)
    least = min(sigma, s * t / math.hypot(s, t)) if s else sigma
    step = max(least / _CELLS, (high - low + float(np.ptp(seen))) / _MOST_CELLS)
    prior = fusion.spread(np.zeros(1), np.ones(1), step)
    for values, weight in points:
        prior = fusion.added(prior, fusion.spread(values, weight, step))
    likelihood = fusion.added(fusion.spread(seen, weights, step), fusion.normal(sigma, step))
    tail = fusion.agreement(prior, likelihood)
    precision = t * t / (s * s + t * t)
    if not points or tail < LEAST_TAIL:
        return Fused(None, precision, tail)
    probabilities, logs = fusion.quantiles(fusion.posterior(prior, likelihood), step)
    return Fused(_through(probabilities, logs + scale), precision, tail)


def _through(probabilities: Floats, logs: Floats) -> Quantiles:
    rising = np.concatenate([[True], np.diff(logs) > 1e-9])
    chosen = np.flatnonzero(rising)
    return Quantiles(p=tuple(probabilities[chosen].tolist()), x=tuple(np.exp(logs[chosen]).tolist()))


def _machine_points(machine: Side, sigma: float) -> tuple[Floats, Floats]:
    """Return ln C by machine as weighted points: of products exactly, of sums over periods by drawn scores."""
    if len(machine.terms) == 1:
        scale, parts = machine.terms[0]
        values, weights = np.zeros(1), np.ones(1)
        groups = [_points(group) for group in _groups(parts)]
        step = max(sigma / _CELLS, sum(float(np.ptp(more)) for more, _ in groups) / _MOST_CELLS)
        for more, weight in groups:
            if len(values) == 1:
                values, weights = values + more, weight
                continue
            both = fusion.added(fusion.spread(values, weights, step), fusion.spread(more, weight, step))
            values, weights = (both.first + np.arange(both.mass.size, dtype=np.float64)) * step, both.mass
        return values + scale, weights
    names = sorted(machine.names | {which_part(one.name) for _, parts in machine.terms for one in parts})
    scores = dict(zip(names, normals(0, 1, max(len(names), 1), 0, _DRAWS)[:, 0], strict=False))
    rows = np.array([
        np.full(_DRAWS, scale) + sum((_drawn(one, scores) for one in parts), np.zeros(_DRAWS))
        for scale, parts in machine.terms
    ])  # fmt: skip
    top = rows.max(axis=0)
    total: Floats = top + np.log(np.exp(rows - top).sum(axis=0))
    return total, np.full(_DRAWS, 1 / _DRAWS)


def _drawn(one: Uncertain, scores: Mapping[str, Floats]) -> Floats:
    """Return the logarithm of a factor at drawn scores; which part of a mixture it is has a score of its own."""
    z = scores[one.name]
    if not isinstance(one.amount, Mixture):
        return one.log_at(z)
    below = normal_cdf(scores[which_part(one.name)])
    case = np.searchsorted(np.cumsum(one.amount.weights)[:-1], below)
    parts = np.array([replace(one, amount=part).log_at(z) for part in one.amount.parts])
    found: Floats = parts[case, np.arange(len(z))]
    return found


def _product(term: Term) -> tuple[float, tuple[Uncertain, ...]]:
    scale = Fraction(1)
    parts = []
    for factor in term:
        value = factor.certain
        if value is not None:
            scale *= value
        elif not isinstance(factor.amount, (int, Fraction)):
            parts.append(Uncertain(factor.name, factor.amount, factor.transform, factor.exponent))
    return math.log(scale.numerator) - math.log(scale.denominator), tuple(parts)


def _groups(parts: tuple[Uncertain, ...]) -> list[list[Uncertain]]:
    """Return the factors of each quantity together: a share and its complement are one uncertainty."""
    return [[one for one in parts if one.name == name] for name in dict.fromkeys(one.name for one in parts)]


def _points(group: list[Uncertain]) -> tuple[Floats, Floats]:
    """Return ln of one quantity's factors as points with probabilities."""
    mixture = next((one.amount for one in group if isinstance(one.amount, Mixture)), None)
    if mixture is not None:
        parts = [_points([replace(one, amount=part) for one in group]) for part in mixture.parts]
        chances = [chance * weights for chance, (_, weights) in zip(mixture.weights, parts, strict=True)]
        return np.concatenate([values for values, _ in parts]), np.concatenate(chances)
    atoms = next((one.amount for one in group if isinstance(one.amount, (Samples, Choice))), None)
    if atoms is not None:
        weights = weighted(atoms)[1]
        z = normal_quantile(np.cumsum(weights) - 0.5 * weights)
    elif all(isinstance(one.amount, Fixed) for one in group):
        z, weights = np.zeros(1), np.ones(1)
    else:
        z, weights = _NODES, np.exp(-0.5 * _NODES * _NODES)
    values = sum((one.log_at(z) for one in group), np.zeros(len(z)))
    good = np.isfinite(values)
    return values[good], weights[good] / weights[good].sum()


def _deviation(values: Floats, weights: Floats) -> float:
    middle = float(weights @ values)
    return math.sqrt(float(weights @ (values - middle) ** 2))


def _normal(side: Side) -> tuple[float, float] | None:
    """Return mean and standard deviation of ln C where that is exactly normal, else None."""
    if len(side.terms) != 1:
        return None
    mean, parts = side.terms[0]
    spreads = []
    for group in _groups(parts):
        sigma = 0.0
        for one in group:
            if one.transform is not None or not isinstance(one.amount, Lognormal) or window(one.amount) is not None:
                return None
            if one.amount.shift:
                return None
            mean += one.exponent * math.log(one.amount.median)
            sigma += one.exponent * one.amount.sigma
        spreads.append(sigma)
    return mean, math.hypot(*spreads)


def summary(side: Side) -> tuple[float, float, float]:
    """Return median and 90 % interval of one measurement alone."""
    values, weights = _machine_points(side, _FINE)
    order = np.argsort(values)
    below = np.cumsum(weights[order]) - 0.5 * weights[order]
    low, middle, high = np.exp(np.interp([0.05, 0.5, 0.95], below, values[order])).tolist()
    return middle, low, high
