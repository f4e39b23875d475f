"""The largest value under one line of what only multiplies products: Newton's method, or exact comparison."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flopline.engine.headroom_results import Room
from flopline.engine.inverse import Probe, largest
from flopline.errors import FloplineError
from flopline.quantity import Dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flopline.engine.headroom_results import Status
    from flopline.engine.moves import Move
    from flopline.engine.probing import Scaled

_TINY: Final = 1e-9
_COARSE: Final = 1e-6
"""Width, in logarithms, of a bracket between values that the plan accepts and refuses."""
_SMALLEST, _LARGEST = 1e-280, 1e280
_FAR: Final = 600.0


class ChangedError(Exception):
    """A plan that is made anew differs from the one whose scales were shifted: what moves is no pure power."""


@dataclass
class Checked:
    """The span of places in which a move was seen to be a pure power; it grows as places are checked.

    Attributes
    ----------
    low, high : float
    """

    low: float = 0.0
    high: float = 0.0


def room(
    move: Move, status: Status, probe: Probe | None, count: int, reason: str | None, values: Sequence[float] = ()
) -> Room:
    """Return an answer about a move.

    Parameters
    ----------
    probe : Probe or None
        P at the values, or at the end that the reason speaks of.
    count : int
        Integrations that it took.
    """
    names = [part.name for part in move.parts]
    return Room(
        name=move.name,
        status=status,
        values=dict(zip(names, values, strict=True)) if values else {},
        medians={part.name: part.median for part in move.parts},
        units={part.name: part.unit for part in move.parts},
        probability=None if probe is None else probe.probability,
        error=None if probe is None else probe.error,
        evaluations=count,
        reason=reason,
    )


def scaled_room(scaled: Scaled, position: int, limit: float, checked: Checked) -> Room:
    """Return the room of a move that only multiplies products.

    Raises
    ------
    ChangedError
        It does not after all.
    """
    move, certain = scaled.move, scaled.certain(position)
    pull = scaled.pull(scaled.asked.lines.rows[position])
    if not pull.any():
        return room(move, "irrelevant", _today(scaled, position), int(not certain), "P does not depend on it")
    if (pull < 0).any():
        told = "falls" if (pull <= 0).all() else "falls, then rises"
        reason = f"P {told} as it grows: the smallest values cross, so there is no value up to which all keep P below"
        return room(move, "refused", None, 0, reason)
    if certain:
        return _compared(scaled, position, checked)
    return _integrated(scaled, position, limit, checked, everything=bool((pull > 0).all()))


def _today(scaled: Scaled, position: int) -> Probe:
    """Return P where the quantities stand near their medians."""
    if scaled.certain(position):
        return _step(scaled.crosses(position, scaled.start))
    return scaled.probe(position, 0.0, scaled.start)


def _step(crosses: bool, at: float = 0.0) -> Probe:
    return Probe(at, float(crosses), float(not crosses), 0.0)


def _integrated(scaled: Scaled, position: int, limit: float, checked: Checked, *, everything: bool) -> Room:
    """Return the room where something stays uncertain; `everything` that is counted grows with the move, or not."""
    move, count, below = scaled.move, 0, None
    if not everything:
        below, count = scaled.rest(position), 1
        if not below.keeps(limit):
            return room(move, "never", below, count, "the rest alone crosses")
    if math.isfinite(move.end):
        last, count = scaled.probe(position, move.end, move.values(move.end)), count + 1
        if last.keeps(limit):
            return room(move, "always", last, count, "no value that it can have reaches the limit")
    guess = min(scaled.guess(position, limit), move.end - _TINY)
    found = largest(
        lambda at: scaled.probe(position, at, move.values(at)), limit, guess, high=move.end, below=below
    )  # fmt: skip
    count += found.evaluations
    if found.probe is None or not math.isfinite(found.probe.at):
        return room(move, "never", below, count, "no value is small enough")
    return _settled(scaled, position, limit, found.probe, count, checked)


def _at_the_end(move: Move, probe: Probe, refusal: str, count: int, *, keeps: bool) -> Room:
    """Return the room where the plan refuses the value: P at the last one that it accepts decides."""
    if keeps:
        return room(move, "always", probe, count, f"no value that the plan accepts reaches the limit: {refusal}")
    return room(move, "never", probe, count, f"no value that the plan accepts is small enough: {refusal}")


def _settled(scaled: Scaled, position: int, limit: float, probe: Probe, count: int, checked: Checked) -> Room:
    """Return the room at a place: whole where it must be, and once the plan made anew agrees."""
    move = scaled.move
    free = move.values(probe.at)
    values = move.settled(free)
    if min(values) <= 0:
        return room(move, "never", probe, count, "not even one keeps P below")
    refusal = _refusal(scaled, probe.at, values, checked)
    if refusal is not None:
        at = _last_accepted(scaled, probe.at, checked)
        there = scaled.probe(position, at, move.values(at))
        return _at_the_end(move, there, refusal, count + 1, keeps=there.keeps(limit))
    if any(abs(one - other) > _TINY * other for one, other in zip(values, free, strict=True)):
        probe, count = scaled.probe(position, probe.at, values), count + 1
    return room(move, "value", probe, count, scaled.hindrance(values), values)


def _refusal(scaled: Scaled, place: float, values: tuple[float, ...], checked: Checked) -> str | None:
    """Return why the plan cannot have certain values; None where it can, and has the scales computed for them."""
    if checked.low <= place <= checked.high:
        return None
    try:
        same = scaled.holds(values)
    except FloplineError as error:
        return error.message
    if not same:
        raise ChangedError
    checked.low, checked.high = min(checked.low, place), max(checked.high, place)
    return None


def _last_accepted(scaled: Scaled, refused: float, checked: Checked) -> float:
    """Return the furthest place whose values the plan accepts, between its own and one that it refuses."""
    good, bad = (checked.high if refused > 0 else checked.low), refused
    while abs(bad - good) > _COARSE:
        middle = 0.5 * (good + bad)
        values = scaled.move.settled(scaled.move.values(middle))
        if _refusal(scaled, middle, values, checked) is None:
            good = middle
        else:
            bad = middle
    return good


def _compared(scaled: Scaled, position: int, checked: Checked) -> Room:
    """Return the room where nothing stays uncertain: the last value, to the last bit, that does not cross."""
    move = scaled.move
    if len(move.parts) == 1:
        top = 1.0 if move.parts[0].unit is Dimension.SHARE else _LARGEST
        last = _last_kept(lambda value: not scaled.crosses(position, (value,)), _SMALLEST, top)
        place = None if last is None else math.log(last / move.parts[0].median)
        values = () if last is None else move.settled((last,))
        ends = last == top
    else:
        top = min(move.end, _FAR)
        place = _last_kept(lambda at: not scaled.crosses(position, move.values(at - _FAR)), _TINY, top + _FAR)
        place = None if place is None else place - _FAR
        values = () if place is None else move.settled(move.values(place))
        ends = place == top
    if place is None:
        return room(move, "never", _step(crosses=True), 0, "the rest alone crosses")
    if ends:
        return room(move, "always", _step(crosses=False), 0, "no value that it can have crosses")
    if min(values) <= 0:
        return room(move, "never", _step(crosses=True), 0, "not even one keeps P below")
    refusal = _refusal(scaled, place, values, checked)
    if refusal is not None:
        at = _last_accepted(scaled, place, checked)
        crosses = scaled.crosses(position, move.settled(move.values(at)))
        return _at_the_end(move, _step(crosses, at), refusal, 0, keeps=not crosses)
    return room(move, "value", _step(crosses=False, at=place), 0, scaled.hindrance(values), values)


def _last_kept(keeps: Callable[[float], bool], low: float, high: float) -> float | None:
    """Return the last double between two positive ones that keeps, where all larger ones do not."""
    if not keeps(low):
        return None
    if keeps(high):
        return high
    # Positive doubles stand in the order of their bits.
    under, over = (struct.unpack("<q", struct.pack("<d", end))[0] for end in (low, high))
    while over - under > 1:
        middle = (under + over) // 2
        if keeps(struct.unpack("<d", struct.pack("<q", middle))[0]):
            under = middle
        else:
            over = middle
    return float(struct.unpack("<d", struct.pack("<q", under))[0])
