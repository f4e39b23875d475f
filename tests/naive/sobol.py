"""Slow and obvious twin of the Sobol indices: one loop inside another, with SciPy's conditional normals."""

from __future__ import annotations

import numpy as np
from scipy import stats

from naive.engine import totals


def indices(given, mask, inputs, draws=2000, nodes=200, seed=0, value=np.log):
    """Return first-order and total indices of groups of scores by a double loop.

    An input of one score is gone through at points of equal probability, one of several is drawn.
    """
    random = np.random.default_rng(seed)
    correlation = given.cholesky @ given.cholesky.T
    count = len(correlation)
    everything = _values(given, mask, random.standard_normal((50 * draws, count)) @ given.cholesky.T, value)
    first, total = [], []
    for own in inputs:
        own = list(own)
        rest = [score for score in range(count) if score not in own]
        means = []
        noise = random.standard_normal((draws, len(rest)))
        for known in _grid(correlation[np.ix_(own, own)], nodes, random):
            z = np.empty((draws, count))
            z[:, own] = known
            z[:, rest] = _given(correlation, rest, own, np.tile(known, (draws, 1)), noise)
            means.append(_values(given, mask, z, value).mean())
        first.append(np.var(means))
        others = random.standard_normal((draws, count)) @ given.cholesky.T
        inner = []
        for _ in range(100):
            z = others.copy()
            z[:, own] = _given(correlation, own, rest, others[:, rest], random.standard_normal((draws, len(own))))
            inner.append(_values(given, mask, z, value))
        total.append(np.var(inner, axis=0, ddof=1).mean())
    return np.array(first) / everything.var(), np.array(total) / everything.var()


def _values(given, mask, z, value):
    return value(totals(given, mask, np.linalg.solve(given.cholesky, z.T).T))


def _grid(correlation, nodes, random):
    """Return values of some scores, all equally probable."""
    if len(correlation) == 1:
        return stats.norm.ppf((np.arange(nodes)[:, None] + 0.5) / nodes)
    return random.standard_normal((4 * nodes, len(correlation))) @ np.linalg.cholesky(correlation).T


def _given(correlation, wanted, known, values, noise):
    """Return draws of some scores given others, by the textbook formula."""
    inside = np.linalg.inv(correlation[np.ix_(known, known)]) if known else np.zeros((0, 0))
    pull = correlation[np.ix_(wanted, known)] @ inside
    left = correlation[np.ix_(wanted, wanted)] - pull @ correlation[np.ix_(known, wanted)]
    share, vectors = np.linalg.eigh(left)
    return values @ pull.T + noise @ (vectors * np.sqrt(np.maximum(share, 0.0))).T
