"""Slow and obvious twin of fusing: plain draws of both measurements, each weighed by how well the two agree."""

from __future__ import annotations

import numpy as np


def fused(tokens, machine, sigma):
    """Return draws of the count by tokens with their weights.

    Rule: ln(tokens / machine) is a draw of N(0, sigma).
    """
    gap = np.log(tokens / machine)
    weights = np.exp(-0.5 * (gap / sigma) ** 2)
    return tokens, weights / weights.sum()


def quantile(values, weights, p):
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return values[order][np.searchsorted(below, p)]


def tail(tokens, machine, sigma, generator):
    """Two-sided probability of a gap like zero, from draws."""
    gap = np.log(tokens / machine) + sigma * generator.standard_normal(len(tokens))
    return 2 * min(np.mean(gap > 0), np.mean(gap < 0))
