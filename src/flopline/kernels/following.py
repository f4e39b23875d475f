"""Lines along which a function may change its sign several times: followed from one end to the other.

Where the function is not monotone, its sign is looked up at nodes; a node that dips towards zero is moved to the end of
the dip, so that two changes between nodes are not missed; every change is then located. Each stretch between changes
contributes its normal probability. Three changes around one node are not looked for: a sum of exponentials of straight
lines is convex and has two at most, and no input bends so sharply that nodes half a deviation apart hide a third.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from flopline.kernels.special import normal_sf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.kernels.records import Floats, Integers

REACH: Final = 9.0
"""Scores beyond which nothing lies: 1e-19 of the probability."""
NODES: Final = 37
_DIPS: Final = 6
"""Parabolas that look for the end of a dip."""
_STEPS: Final = 7
"""Halvings of a stretch, each sharpened by an exponential through its three values."""

Function = Callable[["Integers", "Floats"], "Floats"]
"""From k lines, by their index, and places along them to (k,) values, whose sign is asked."""


class Followed(NamedTuple):
    """What L lines say.

    Attributes
    ----------
    over, under : (L,) array
        Normal probability of the stretches on which the function is positive, and of the others.
    line : (C,) integer array
        The line of each change of sign.
    place : (C,) array
        Where along it.
    """

    over: Floats
    under: Floats
    line: Integers
    place: Floats


def follow(function: Function, count: int) -> Followed:
    """Return what so many lines say."""
    nodes = np.tile(np.linspace(-REACH, REACH, NODES), (count, 1))
    values = function(np.repeat(np.arange(count), NODES), nodes.reshape(-1)).reshape(count, NODES)
    _dip(function, nodes, values)
    above = values > 0.0
    same = above[:, 1:] == above[:, :-1]
    tails = _between(nodes[:, :-1], nodes[:, 1:])
    beyond = float(normal_sf(np.array(REACH)))
    over = (tails * (same & above[:, 1:])).sum(axis=1) + beyond * (above[:, 0] * 1.0 + above[:, -1])
    under = (tails * (same & ~above[:, 1:])).sum(axis=1) + beyond * (~above[:, 0] * 1.0 + ~above[:, -1])
    line, cell = np.nonzero(~same)
    rises = above[line, cell + 1]
    low, high = nodes[line, cell], nodes[line, cell + 1]
    place = _roots(function, line, low, high, rises)
    left, right = _between(low, place), _between(place, high)
    np.add.at(over, line, np.where(rises, right, left))
    np.add.at(under, line, np.where(rises, left, right))
    return Followed(over, under, line, place)


def _dip(function: Function, nodes: Floats, values: Floats) -> None:
    """Move nodes that lie nearer to zero than both neighbours to the end of the dip, found by parabolas."""
    sign = np.where(values[:, 1:-1] > 0.0, 1.0, -1.0)
    left, middle, right = (sign * values[:, start : start + NODES - 2] for start in range(3))
    line, inner = np.nonzero((left > 0.0) & (right > 0.0) & (middle <= left) & (middle <= right))
    if not len(line):
        return
    turn = sign[line, inner]
    places = np.stack([nodes[line, inner + step] for step in range(3)])
    heights = np.stack([turn * values[line, inner + step] for step in range(3)])
    for _ in range(_DIPS):
        at = _vertex(places, heights)
        height = turn * function(line, at)
        places, heights = _closer(places, heights, at, height)
    nodes[line, inner + 1], values[line, inner + 1] = places[1], turn * heights[1]


def _vertex(places: Floats, heights: Floats) -> Floats:
    """Return where the parabola through each three points has its end; inside the larger half where it adds nothing."""
    (a, b, c), (fa, fb, fc) = places, heights
    with np.errstate(invalid="ignore", divide="ignore"):
        left, right = (b - a) * (fb - fc), (b - c) * (fb - fa)
        at = b - 0.5 * ((b - a) * left - (b - c) * right) / (left - right)
    larger = np.where(c - b > b - a, b + 0.3 * (c - b), b - 0.3 * (b - a))
    useless = ~np.isfinite(at) | (at <= a) | (at >= c) | (np.abs(at - b) < 1e-9 * (c - a))
    found: Floats = np.where(useless, larger, at)
    return found


def _closer(places: Floats, heights: Floats, at: Floats, height: Floats) -> tuple[Floats, Floats]:
    """Return the three points around the lowest of four."""
    (a, b, c), (fa, fb, fc) = places, heights
    before, lower = at < b, height < fb
    low = np.where(lower, np.where(before, a, b), np.where(before, at, a))
    f_low = np.where(lower, np.where(before, fa, fb), np.where(before, height, fa))
    high = np.where(lower, np.where(before, b, c), np.where(before, c, at))
    f_high = np.where(lower, np.where(before, fb, fc), np.where(before, fc, height))
    return (
        np.stack([low, np.where(lower, at, b), high]),
        np.stack([f_low, np.where(lower, height, fb), f_high]),
    )


def _roots(function: Function, line: Integers, low: Floats, high: Floats, rises: NDArray[np.bool_]) -> Floats:
    """Return where the function changes its sign inside each of k stretches, by the method of Ridders (1979)."""

    def value(at: Floats) -> Floats:
        found = function(line, at)
        signed: Floats = np.where(rises, found, -found)
        return signed

    if not len(low):
        return low
    below, beyond = value(low), value(high)
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        found = value(middle)
        with np.errstate(invalid="ignore", divide="ignore"):  # a total of nothing has no logarithm
            at = middle - (middle - low) * found / np.sqrt(found * found - below * beyond)
        at = np.where(np.isfinite(at), at, middle)
        for place, height in ((middle, found), (at, value(at))):
            inside = (place > low) & (place < high)
            high, beyond = (
                np.where(inside & (height > 0.0), new, old) for new, old in ((place, high), (height, beyond))
            )
            low, below = (np.where(inside & (height <= 0.0), new, old) for new, old in ((place, low), (height, below)))
    with np.errstate(invalid="ignore", divide="ignore"):
        chord = low - below * (high - low) / (beyond - below)
    return np.where(np.isfinite(chord), np.clip(chord, low, high), 0.5 * (low + high))


def _between(low: Floats, high: Floats) -> Floats:
    """Return the normal probability of each stretch, accurate in both tails."""
    upper = low > 0.0
    first, last = np.where(upper, low, -high), np.where(upper, high, -low)
    return np.maximum(normal_sf(first) - normal_sf(last), 0.0)
