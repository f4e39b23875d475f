"""The day on which cumulative computation passes a line: stages laid out in time, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from flopline.plan import in_turn, waits_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from flopline.kernels.records import Floats
    from flopline.plan import Plan


@dataclass(frozen=True)
class UnderWay:
    """Where a stage was found on a day.

    Attributes
    ----------
    day : float
        Days from the start of the run.
    done : (N,) array
        Share of its computation that was done by then.
    left : (N,) array
        Days that it still takes.
    """

    day: float
    done: Floats
    left: Floats


@dataclass(frozen=True)
class Schedule:
    """When each stage runs, in days from the start of the run; N draws.

    Attributes
    ----------
    stages : tuple of str
        In the order of the plan.
    begin, end : (S, N) array
    under_way : dict of int to UnderWay
        By index, the stages that were seen under way.
    """

    stages: tuple[str, ...]
    begin: Floats
    end: Floats
    under_way: Mapping[int, UnderWay] = field(default_factory=dict)


def schedule(
    plan: Plan,
    start: date,
    lengths: Mapping[str, Floats],
    pauses: Mapping[str, Floats],
    under_way: Mapping[str, UnderWay],
) -> Schedule:
    """Return when each stage of a plan runs.

    Parameters
    ----------
    start : date
        First day of the run: day 0.
    lengths, pauses : mapping of str to (N,) array
        Days, by stage.
    under_way : mapping of str to UnderWay
        The stages that were seen under way: they began by then, and end when what is left is done.
    """
    waits = waits_for(plan)
    begin: dict[str, Floats] = {}
    end: dict[str, Floats] = {}
    nothing = np.zeros_like(next(iter(lengths.values())))
    for stage in in_turn(plan):
        if stage.starts is not None:
            first = nothing + float((stage.starts - start).days)
        else:
            ready = [end[name] for name in waits[stage.name]]
            first = np.max(ready, axis=0) if ready else nothing
            first = first + pauses.get(stage.name, nothing)
        seen = under_way.get(stage.name)
        if seen is None:
            begin[stage.name], end[stage.name] = first, first + lengths[stage.name]
        else:
            begin[stage.name], end[stage.name] = np.minimum(first, seen.day), seen.day + seen.left
    names = tuple(stage.name for stage in plan.stage)
    return Schedule(
        names,
        np.array([begin[name] for name in names]),
        np.array([end[name] for name in names]),
        {index: under_way[name] for index, name in enumerate(names) if name in under_way},
    )


@dataclass(frozen=True)
class Passing:
    """Where a sum passes a threshold, in N draws.

    Attributes
    ----------
    day : (N,) array
        Days from the start; infinite where it never does, 0 where it has before the run begins.
    done : (S, N) array
        Share of each stage that is done by then; all of it where it never passes.
    """

    day: Floats
    done: Floats


def passing(times: Schedule, flop: Floats, before: Floats, threshold: float, *, reaches: bool) -> Passing:
    """Return when cumulative computation passes a threshold.

    Each stage computes at a steady rate, before and after the day it was seen under way, so that the sum is straight
    between those days and the ones on which a stage begins or ends.

    Parameters
    ----------
    flop : (S, N) array
        What each stage adds.
    before : (N,) array
        What earlier models bring, there from the first day.
    threshold : float
        FLOP.
    reaches : bool
        Whether reaching it is enough (`>=`); else it must be exceeded.
    """
    seen = [np.full((1, flop.shape[1]), one.day) for one in times.under_way.values()]
    edges = np.sort(np.concatenate([np.zeros((1, flop.shape[1])), times.begin, times.end, *seen]), axis=0)
    sums = np.array([before + (flop * _done(times, edge)).sum(axis=0) for edge in edges])
    whole = before + flop.sum(axis=0)
    sums[-1] = whole  # without the rounding of shares
    over = sums >= threshold if reaches else sums > threshold
    crossed = over.any(axis=0)
    first = np.argmax(over, axis=0)
    column = np.arange(flop.shape[1])
    last = np.maximum(first - 1, 0)
    left, right = edges[last, column], edges[first, column]
    low, high = sums[last, column], sums[first, column]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(high > low, (threshold - low) / (high - low), 0.0)
    day = np.where(crossed, left + np.clip(share, 0.0, 1.0) * (right - left), np.inf)
    return Passing(day, _done(times, np.where(crossed, day, edges[-1])))


def _done(times: Schedule, day: NDArray[np.float64]) -> Floats:
    """Return the (S, N) share of each stage that is done on a day of each draw."""
    share = _passed(day, times.begin, times.end)
    for index, one in times.under_way.items():
        before = _passed(day, times.begin[index], np.full_like(day, one.day))
        share[index] = one.done * before + (1.0 - one.done) * _passed(day, np.full_like(day, one.day), times.end[index])
    return share


def _passed(day: Floats, begin: Floats, end: Floats) -> Floats:
    """Return the share of a time that has passed on a day."""
    length = end - begin
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (day - begin) / length
    return np.where(length > 0.0, np.clip(share, 0.0, 1.0), day >= end)
