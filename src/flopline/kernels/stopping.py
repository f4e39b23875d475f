"""When an average over lines is good enough: its error from the spread of scrambles, and the error that is accepted.

A scramble's probability is the share of its weights that lies beyond the crossings: the weights average to one, and
what they miss of it in few lines is common to both sums (the ratio estimator of importance sampling; Hesterberg 1995).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from flopline.kernels.records import Floats

SMALLEST = 32
"""Lines per scramble in the first block; then they double."""
FIRST = 32
"""Lines per scramble before an answer is accepted."""
FEW = 64
"""Lines per scramble below which an answer is accepted with WARY times the error that is accepted else."""
WARY = 0.5
"""So few lines may all miss a place that counts, and would not show it in their spread."""
FIRST_BENT = 128
"""Lines per scramble before an answer is accepted where a bounded variable is in the direction: its end is a bend."""
FIRST_ROUGH = 256
"""The same where a stepped variable, or one outside the direction, makes the sum over lines rough."""
STUDENT = 1.0875
"""Quantile of Student's t with 15 degrees of freedom over the normal's, at 97.5 %."""
REMEMBERED = 0.4
"""Of the error at half the lines, what the error is never less than: a spread that is small by chance would stop too
early."""
DISTANT = 9.0
"""Distance of a linearized crossing from which a few lines are tried first."""
SMALL = 1e-3
RELATIVE = 5e-3
TINIEST_TAIL = 1e-12
"""The smallest tail whose own size is asked for.

Of smaller ones few lines may know no more than the order of magnitude: what is accepted is the least that is stated."""
ROUNDING = 1e-13


class Care(NamedTuple):
    """The largest standard error that is accepted: absolute, and in tails below SMALL also relative to the tail.

    `first` is the least number of lines per scramble.
    """

    absolute: float
    relative: float = RELATIVE
    first: int = FIRST


class Summary(NamedTuple):
    """Averages over the scrambles of B units: (B,) arrays, but slopes (B, E)."""

    probability: Floats
    complement: Floats
    error: Floats
    density: Floats
    slopes: Floats


def required(probability: Floats, complement: Floats, care: Care) -> Floats:
    """Return the largest error that is accepted of some answers."""
    tail = np.minimum(probability, complement)
    relative = care.relative * np.maximum(tail, TINIEST_TAIL)
    return np.where(tail < SMALL, np.minimum(care.absolute, relative), care.absolute)


def stated(error: Floats, probability: Floats, complement: Floats, care: Care) -> Floats:
    """Return the errors to state: in tails below TINIEST_TAIL no less than what is accepted."""
    least = min(care.absolute, care.relative * TINIEST_TAIL)
    found: Floats = np.where(np.minimum(probability, complement) < TINIEST_TAIL, np.maximum(error, least), error)
    return found


def shares(sums: Floats) -> tuple[Floats, Floats]:
    """Return each scramble's smaller tail (B, R), and which units' smaller tail lies above the threshold (B,)."""
    both = sums[..., 0] + sums[..., 1]
    above, below = sums[..., 0] / both, sums[..., 1] / both
    over = above.mean(axis=1) <= below.mean(axis=1)
    # Only the smaller tail is integrated: the weights' own error would drown it in the other one.
    return np.where(over[:, None], above, below), over


def spread(tails: Floats) -> Floats:
    """Return the standard error of the mean over (B, R) scrambles, widened by Student's factor."""
    found: Floats = tails.std(axis=1, ddof=1) * (STUDENT / np.sqrt(tails.shape[1]))
    return found


def summary(sums: Floats, slopes: Floats) -> Summary:
    """Return the averages of (B, R, 3) sums and (B, R, E) slopes; see `kernels.lines.line_sums`."""
    tails, over = shares(sums)
    tail = np.minimum(tails.mean(axis=1), 0.5)
    error = ROUNDING * tail
    if sums.shape[1] > 1:
        error = np.maximum(np.maximum(spread(tails), error), 1e-300)
    both = sums[..., 0] + sums[..., 1]
    return Summary(
        np.where(over, tail, 1.0 - tail),
        np.where(over, 1.0 - tail, tail),
        error,
        (sums[..., 2] / both).mean(axis=1),
        (slopes / both[..., None]).mean(axis=1),
    )
