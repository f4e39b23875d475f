"""Randomized low-discrepancy normal scores: a shifted, folded, embedded rank-1 lattice.

Point i of scramble r is tent({z rev(i) / 2^17 + shift_r}), with rev the reversal of 17 bits (so that the first 2^m
points are a lattice for every m), tent(x) = 1 - |2 x - 1| (the baker's transform: second order for integrands that are
not periodic), and shifts from splitmix64. Every step up to the normal quantile is exact integer or dyadic
arithmetic, the same on every machine.

Sources: Hickernell 2002 (baker's transform); Steele, Lea, Flood 2014 (splitmix64).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flopline.kernels.lattice import GENERATOR, LARGEST
from flopline.kernels.special import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.kernels.records import Floats

DIMENSIONS = len(GENERATOR)
MOST = 2**LARGEST
_ROUND = 2.0**-53


def splitmix64(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the finalizer of splitmix64 applied to each word."""
    word = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def shifts(seed: int, scrambles: int, dimensions: int) -> Floats:
    """Return (dimensions, scrambles) independent uniforms in [0, 1) from an explicit seed.

    A shift depends on the seed, its scramble and its dimension alone, never on how many are asked for.
    """
    golden = np.uint64(0x9E3779B97F4A7C15)
    start = splitmix64(np.array([seed % 2**64], dtype=np.uint64) + golden)
    counter = np.arange(dimensions, dtype=np.uint64)[:, None] + np.uint64(1)
    counter = counter + np.arange(scrambles, dtype=np.uint64)[None, :] * np.uint64(DIMENSIONS)
    return (splitmix64(start + counter * golden) >> np.uint64(11)).astype(np.float64) * _ROUND


def uniforms(seed: int, scrambles: int, dimensions: int, start: int, stop: int) -> Floats:
    """Return points start .. stop - 1 of each scramble, strictly inside (0, 1).

    Returns
    -------
    (dimensions, scrambles, stop - start) array
    """
    index = _reversed_bits(np.arange(start, stop, dtype=np.int64))
    generator = np.array(GENERATOR[:dimensions], dtype=np.int64)
    lattice = (generator[:, None] * index[None, :] % MOST).astype(np.float64) / MOST
    moved = lattice[:, None, :] + shifts(seed, scrambles, dimensions)[:, :, None]
    moved -= np.floor(moved)
    folded = 1.0 - np.abs(2.0 * moved - 1.0)
    return np.clip(folded, _ROUND, 1.0 - _ROUND)


def normals(seed: int, scrambles: int, dimensions: int, start: int, stop: int) -> Floats:
    """Return the same points as independent standard normal scores."""
    return normal_quantile(uniforms(seed, scrambles, dimensions, start, stop))


def _reversed_bits(index: NDArray[np.int64]) -> NDArray[np.int64]:
    result = np.zeros_like(index)
    for _ in range(LARGEST):
        result = (result << 1) | (index & 1)
        index = index >> 1
    return result
