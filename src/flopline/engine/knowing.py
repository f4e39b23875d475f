"""What knowing one input exactly does to the probability of crossing: P given each of its values.

P given the input's normal score is computed at some scores and interpolated in probit space, where it is nearly
straight (monotone cubics; Fritsch and Butland 1984, doi:10.1137/0905021). Intervals are halved until the interpolant
tells what is found in their middle, and where it passes 5 % or 95 %, P is computed again until the place is found. What
takes few values is gone through value by value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from flopline.kernels.monotone import cubic, slopes
from flopline.kernels.records import STEP
from flopline.kernels.special import Z95, normal_cdf, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.engine.measuring import Ask, Measurement
    from flopline.kernels.records import Floats, Integers, Problem

UNLIKELY, OVER = 0.05, 0.95
"""The words beyond which a question is settled."""
_NODES: Final = np.array([-3.6, -2.7, -Z95, -0.8, 0.0, 0.8, Z95, 2.7, 3.6])
"""Scores at which P is computed first."""
_VALUES: Final = 128
"""Places up to which each value of what takes a few is asked about."""
_MATTERS: Final = 0.02
"""Change of P within an interval, times its probability, from which its middle is looked at."""
_MISSED: Final = 5e-4
"""Slip of the interpolant in the middle, times the interval's probability, from which both halves are."""
_REACH: Final = 8.0
_FINE: Final = np.linspace(-_REACH, _REACH, 4001)
_LEAST: Final = 1e-12
_CLOSE: Final = 1e-4
"""Probability between a place where P passes a word and the nearest place where P was computed."""
_ROUNDS: Final = 20
_HALVINGS: Final = 8
_WITHIN: Final = 8
"""Scores inside one value of what is correlated with others, of equal probability."""


class Known(NamedTuple):
    """What one input does; see `flopline.engine.sensitivity.Influence`."""

    at_low: float
    at_high: float
    settles: float
    remaining: float


def known(problem: Problem, measured: Measurement, ask: Ask) -> Known:
    """Return what knowing an input does.

    Parameters
    ----------
    ask : callable
        P of (n, E) scales of a problem.
    """

    def given(places: Floats) -> Floats:
        return measured.given(problem, places, ask)

    score = measured.scores[0]
    alone = _alone(problem, score)
    edges = None if measured.parts else _edges(problem, score, _VALUES if alone else _VALUES // _WITHIN)
    return _smooth(given) if edges is None else _of_values(given, edges, alone=alone)


def _edges(problem: Problem, score: int, most: int) -> Floats | None:
    """Return the scores at which what reads a score jumps; None where it is smooth, or takes too many values."""
    mine: Integers = np.flatnonzero(problem.score == score)
    if np.any(problem.kind[mine] != STEP):
        return None
    found = np.unique(np.concatenate([problem.edges[problem.first[k] : problem.first[k + 1] - 1] for k in mine]))
    return found if len(found) < most else None


def _alone(problem: Problem, score: int) -> bool:
    """Return whether a score is correlated with no other."""
    rho = problem.cholesky @ problem.cholesky[score]
    return int(np.count_nonzero(rho)) <= 1


def _of_values(given: Callable[[Floats], Floats], edges: Floats, *, alone: bool) -> Known:
    """Return what a choice does: P given each value, averaged over the scores that mean it."""
    below = normal_cdf(np.concatenate([[-np.inf], edges, [np.inf]]))
    count = 1 if alone else _WITHIN
    middles = (np.arange(count) + 0.5) / count
    places = below[:-1, None] + np.diff(below)[:, None] * middles
    p = given(_score(places.ravel())).reshape(places.shape).mean(axis=1)
    weight = np.diff(below)
    low, high = p[np.searchsorted(edges, [-Z95, Z95], side="right")]
    return Known(float(low), float(high), float(weight[_settled(p)].sum()), _remaining(p, weight))


def _smooth(given: Callable[[Floats], Floats]) -> Known:
    """Return what a quantity does, from P at a grid of its score, finer where that matters."""
    nodes, p = _NODES, given(_NODES)
    low, high = p[[2, -3]]
    nodes, p = _halved(given, nodes, p)
    for _ in range(_ROUNDS):
        passed = _passed(_probit(nodes, p))
        new = np.array([z for z in passed if np.abs(normal_cdf(nodes) - normal_cdf(np.array([z]))).min() > _CLOSE])
        if not len(new):
            break
        nodes, p = _joined(nodes, p, new, given(new))
    score = _probit(nodes, p)
    passed = _passed(score)
    ends = np.concatenate([[-_REACH], passed, [_REACH]])
    inside = normal_cdf(np.interp(0.5 * (ends[1:] + ends[:-1]), _FINE, score))
    weight = np.diff(normal_cdf(np.concatenate([[-np.inf], passed, [np.inf]])))
    settled = float(weight[_settled(inside)].sum())
    edges = np.concatenate([[-np.inf], 0.5 * (_FINE[1:] + _FINE[:-1]), [np.inf]])
    return Known(float(low), float(high), settled, _remaining(normal_cdf(score), np.diff(normal_cdf(edges))))


def _halved(given: Callable[[Floats], Floats], nodes: Floats, p: Floats) -> tuple[Floats, Floats]:
    """Return nodes between which the interpolant tells P, and P there."""
    asked = np.stack([nodes[:-1], nodes[1:]])
    asked = asked[:, np.abs(np.diff(p)) * np.diff(normal_cdf(nodes)) > _MATTERS]
    for _ in range(_HALVINGS):
        if not asked.size:
            break
        middle = asked.mean(axis=0)
        told = normal_cdf(np.interp(middle, _FINE, _probit(nodes, p)))
        found = given(middle)
        nodes, p = _joined(nodes, p, middle, found)
        slip = np.abs(found - told) * np.diff(normal_cdf(asked), axis=0)[0] > _MISSED
        low, high = asked[:, slip]
        asked = np.concatenate([[low, middle[slip]], [middle[slip], high]], axis=1)
    return nodes, p


def _joined(nodes: Floats, p: Floats, more: Floats, there: Floats) -> tuple[Floats, Floats]:
    """Return nodes and more of them in their order, with P there."""
    every, values = np.concatenate([nodes, more]), np.concatenate([p, there])
    order = np.argsort(every)
    return every[order], values[order]


def _settled(p: Floats) -> np.ndarray:
    return (p < UNLIKELY) | (p > OVER)


def _remaining(p: Floats, weight: Floats) -> float:
    """Return the variance of crossed or not that is left on average, as a share of today's."""
    mean = float(weight @ p)
    whole = mean * (1.0 - mean)
    return 1.0 if whole <= _LEAST else min(float(weight @ (p * (1.0 - p))) / whole, 1.0)


def _score(p: Floats) -> Floats:
    """Return normal scores of probabilities, those of both ends cut off."""
    clipped = np.clip(p, _LEAST, 1.0 - _LEAST)
    tail = normal_quantile(np.minimum(np.minimum(clipped, 1.0 - clipped), 0.5))
    found: Floats = np.where(clipped < 0.5, tail, -tail)
    return found


def _passed(score: Floats) -> Floats:
    """Return the fine scores at which the normal score of P passes one of the words, ascending."""
    found = [np.zeros(0)]
    for word in (-Z95, Z95):
        above = score - word
        cells = np.flatnonzero((above[1:] > 0.0) != (above[:-1] > 0.0))
        found.append(_FINE[cells] + (_FINE[1] - _FINE[0]) * above[cells] / (above[cells] - above[cells + 1]))
    return np.sort(np.concatenate(found))


def _probit(nodes: Floats, p: Floats) -> Floats:
    """Return the normal score of P at fine scores: a cubic between nodes that adds no extremes, constant beyond."""
    value = _score(p)
    return cubic(nodes, value, slopes(nodes, value), np.clip(_FINE, nodes[0], nodes[-1]))[0]
