"""The largest value under one line of what changes a plan's structure: places are tried in order, then closed in on."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from flopline.engine.inverse import largest
from flopline.engine.probing import hindrance
from flopline.engine.room import room
from flopline.errors import FloplineError
from flopline.quantity import Dimension

if TYPE_CHECKING:
    from flopline.engine.headroom_results import Room
    from flopline.engine.inverse import Probe
    from flopline.engine.probing import Rebuilt

_STRIDE: Final = math.log(4.0)
_DOWN, _UP = 5, 12
"""Strides tried below and above what the plan says."""
_SHARES: Final = (0.001, 0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99, 0.999)
_NOISE: Final = 4.0
"""Errors by which P must fall from one place to the next before it is said to fall."""
_SAME: Final = 1e-9
_LEAST: Final = 1e-12
_COARSE: Final = 1e-6
"""Width, in logarithms, of the last bracket: every value is a plan of its own."""


def searched_room(rebuilt: Rebuilt, limit: float) -> Room:
    """Return the room of a move for which a plan is made anew at every value.

    Raises
    ------
    FloplineError
        The plan refuses even the values that it has now.
    """
    move = rebuilt.move
    tried, too_small, too_large = _tried(rebuilt, limit)
    count = len(rebuilt.kept)
    if _unmoved(tried):
        return room(move, "irrelevant", tried[0], count, "P does not depend on it")
    falls = any(
        after.probability < before.probability - _NOISE * (before.error + after.error) - _LEAST
        for before, after in pairwise(tried)
    )
    if not tried[0].keeps(limit):
        if falls and any(one.keeps(limit) for one in tried):
            reason = "P falls as it grows: small values cross, so there is no value up to which all keep P below"
            return room(move, "refused", tried[0], count, reason)
        least = f"even {_times(tried[0])} what the plan says crosses"
        if too_small is not None:
            least = f"no value that the plan accepts is small enough: {too_small}"
        return room(move, "never", tried[0], count, least)
    crossing = next((pair for pair in pairwise(tried) if not pair[1].keeps(limit)), None)
    if crossing is None:
        end = f"no value that the plan accepts reaches the limit: {too_large}" if too_large else _far(tried[-1])
        return room(move, "always", tried[-1], count, end)
    low, high = crossing
    found = largest(
        rebuilt.probe, limit, 0.5 * (low.at + high.at), low=low.at, high=high.at, below=low, narrow=_COARSE
    )  # fmt: skip
    best = low if found.probe is None else found.probe
    remark = "P is not monotone in it: up to this value all that were tried keep P below" if falls else None
    values = move.settled(move.values(best.at))
    refused = hindrance(rebuilt.base, rebuilt.asked, move, values)
    return room(move, "value", best, len(rebuilt.kept), remark or refused, values)


def _unmoved(tried: list[Probe]) -> bool:
    """Return whether P is one and the same everywhere, in its smaller tail; of nought and one nobody can tell."""
    tails = [min(one.probability, one.complement) for one in tried]
    return len(tried) > 1 and min(tails) > 0.0 and max(tails) - min(tails) <= _SAME * min(tails)


def _far(probe: Probe) -> str:
    return f"up to {_times(probe)} what the plan says, P stays below the limit"


def _times(probe: Probe) -> str:
    return f"{math.exp(probe.at):.3g} times"


def _tried(rebuilt: Rebuilt, limit: float) -> tuple[list[Probe], str | None, str | None]:
    """Return P at ascending places until the limit is passed; why the plan refuses smaller ones, and larger ones."""
    now = rebuilt.probe(0.0)
    places = _places(rebuilt)
    down, too_small = _towards(rebuilt, now, sorted((one for one in places if one < 0), reverse=True), limit)
    up, too_large = _towards(rebuilt, now, sorted(one for one in places if one > 0), limit)
    return [*reversed(down), now, *up], too_small, too_large


def _towards(rebuilt: Rebuilt, now: Probe, places: list[float], limit: float) -> tuple[list[Probe], str | None]:
    """Return P from place to place, upwards until a limit is passed, and why the plan refuses the next one."""
    found = [now]
    for place in places:
        try:
            found.append(rebuilt.probe(place))
        except FloplineError as error:
            # The last value that the plan accepts matters where it may still decide.
            edge = _edge(rebuilt, found[-1].at, place) if found[-1].keeps(limit) == (place > 0) else []
            return [*found[1:], *edge], error.message
        if place > 0 and now.keeps(limit) and not found[-1].keeps(limit):
            break
    return found[1:], None


def _edge(rebuilt: Rebuilt, good: float, bad: float) -> list[Probe]:
    """Return P at the last place that the plan accepts before one that it refuses."""
    found: list[Probe] = []
    while abs(bad - good) > _COARSE:
        middle = 0.5 * (good + bad)
        try:
            found = [rebuilt.probe(middle)]
            good = middle
        except FloplineError:
            bad = middle
    return found


def _places(rebuilt: Rebuilt) -> list[float]:
    """Return the places to try, beside the one that the plan has now."""
    parts = rebuilt.move.parts
    if len(parts) == 1 and parts[0].unit is Dimension.SHARE:
        return [math.log(share / parts[0].median) / parts[0].ratio for share in _SHARES]
    low = -_STRIDE * _DOWN
    places = [low + _STRIDE * index for index in range(_DOWN + _UP + 1)]
    least = [-math.log(part.median) / part.ratio for part in parts if part.whole and part.ratio > 0]
    # A whole number has no value below one.
    end = max((place for place in least if place < 0), default=-math.inf)
    kept = [place for place in places if place > end and place != 0.0]
    return kept if end == -math.inf else [end, *kept]
