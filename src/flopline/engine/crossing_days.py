"""The day on which cumulative computation passes a line: stages laid out in time, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass
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
class Schedule:
    """When each stage runs, in days from the start of the run; N draws.

    Attributes
    ----------
    stages : tuple of str
        In the order of the plan.
    begin, end : (S, N) array
    """

    stages: tuple[str, ...]
    begin: Floats
    end: Floats


def schedule(plan: Plan, start: date, lengths: Mapping[str, Floats], pauses: Mapping[str, Floats]) -> Schedule:
    """Return when each stage of a plan runs.

    Parameters
    ----------
    start : date
        First day of the run: day 0.
    lengths, pauses : mapping of str to (N,) array
        Days, by stage.
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
        begin[stage.name], end[stage.name] = first, first + lengths[stage.name]
    names = tuple(stage.name for stage in plan.stage)
    return Schedule(names, np.array([begin[name] for name in names]), np.array([end[name] for name in names]))


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

    Each stage computes at a steady rate, so the sum is straight between the days on which a stage begins or ends.

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
    edges = np.sort(np.concatenate([np.zeros((1, flop.shape[1])), times.begin, times.end]), axis=0)
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
    length = times.end - times.begin
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (day - times.begin) / length
    return np.where(length > 0.0, np.clip(share, 0.0, 1.0), day >= times.end)
