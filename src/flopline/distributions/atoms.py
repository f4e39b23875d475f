"""Distributions of a finite number of values: where on the normal score each of them lies."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from flopline.distributions.mixtures import Choice
from flopline.distributions.models import Samples
from flopline.kernels.special import normal_cdf, normal_quantile, normal_sf

if TYPE_CHECKING:
    from flopline.kernels.records import Floats


def weighted(d: Samples | Choice) -> tuple[Floats, Floats]:
    """Return the values in ascending order, with their probabilities."""
    values = np.asarray(d.values)
    order = np.argsort(values, kind="stable")
    if isinstance(d, Samples):
        return values[order], np.full(len(values), 1 / len(values))
    return values[order], np.asarray(d.weights)[order]


@lru_cache(maxsize=256)
def atoms(d: Samples | Choice) -> tuple[Floats, Floats]:
    """Return the values in ascending order, and the scores at which one gives way to the next.

    Each edge is taken from the nearer end, so that no digits are lost in either tail.
    """
    values, weights = weighted(d)
    if isinstance(d, Samples):
        count = len(values)
        rank = np.arange(1, count)
        below, above = rank / count, (count - rank) / count
    else:
        below, above = np.cumsum(weights)[:-1], np.cumsum(weights[::-1])[::-1][1:]
    edges = np.where(below < above, normal_quantile(below), -normal_quantile(above))
    for array in (values, edges):
        array.setflags(write=False)
    return values, edges


def atom_at(d: Samples | Choice, z: Floats) -> Floats:
    """Return the value at each score: the smallest whose cumulative probability reaches P(Z <= z)."""
    values, edges = atoms(d)
    if isinstance(d, Choice):
        return values[np.searchsorted(edges, z, side="left")]
    count = len(values)
    lower = np.ceil(count * normal_cdf(z)) - 1
    upper = count - 1 - np.floor(count * normal_sf(z))
    return values[np.clip(np.where(z < 0, lower, upper), 0, count - 1).astype(np.int64)]
