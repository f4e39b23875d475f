"""When each line is crossed, how far the run is by then, and which duties fall on which day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from flopline.engine.agenda import Event, agenda, sides
from flopline.engine.asking import Asked
from flopline.engine.compile import assemble
from flopline.engine.crossing_days import Passing, Schedule, passing, schedule
from flopline.engine.estimate import estimate
from flopline.engine.execution import SCRAMBLES
from flopline.engine.expand import Expansion
from flopline.engine.joint import joint_draws
from flopline.engine.lines import counted
from flopline.engine.results import NOTICE, READINGS, SCHEMA
from flopline.engine.stage_lengths import lengths_of, schedule_rows, stage_days, under_way
from flopline.errors import Diagnostic, PlanError
from flopline.kernels.stopping import STUDENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flopline.engine.compile import Compiled
    from flopline.engine.execution import Execution
    from flopline.engine.results import Estimate, LineResult
    from flopline.kernels.records import Floats
    from flopline.plan import LoadedPlan
    from flopline.plan.observed import Observed

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_ROUNDING: Final = 1e-6
"""Days that arithmetic may lose."""
KNOWN: Final = (0.1, 0.25, 0.5)
"""Probabilities of having crossed by a day, from which a crossing may count as known."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """When one reading of a line is crossed.

    Attributes
    ----------
    probability, error : float
        Of crossing within the plan, as `estimate` has it.
    days : dict of float to date
        Quantiles of the day, given that it is crossed; empty where it never is.
    error_days : float or None
        Standard error of the median day.
    by : dict of float to date or None
        First day on which the probability of having crossed passes each level.
    stage : str or None
        The stage during which the median crossing falls.
    tokens : float or None
        Median of the tokens which that stage has passed by then, where it counts tokens.
    share : float or None
        Median share of all computation that this reading counts, at the crossing.
    """

    probability: float
    error: float
    days: Mapping[float, date] = field(default_factory=dict)
    error_days: float | None = None
    by: Mapping[float, date | None] = field(default_factory=dict)
    stage: str | None = None
    tokens: float | None = None
    share: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the crossing as plain values."""
        return {
            "probability": self.probability, "error": self.error,
            "days": {f"{level:g}": day.isoformat() for level, day in self.days.items()},
            "error_days": self.error_days,
            "by": {f"{level:g}": None if day is None else day.isoformat() for level, day in self.by.items()},
            "stage": self.stage, "tokens": self.tokens, "share": self.share,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineTimeline:
    """When a line is crossed under each reading, and on which side of its dates the run's own events lie."""

    id: str
    flop: float
    compare: str
    applies: str
    narrow: Crossing
    expected: Crossing
    broad: Crossing
    sides: tuple[dict[str, Any], ...]

    def readings(self) -> Iterator[tuple[str, Crossing]]:
        """Yield the three readings with their names."""
        for name in READINGS:
            yield name, getattr(self, name)

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain values."""
        return {
            "id": self.id, "flop": self.flop, "compare": self.compare, "applies": self.applies,
            **{name: crossing.to_dict() for name, crossing in self.readings()}, "sides": list(self.sides),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class StageTimeline:
    """When a stage runs: quantiles of its first and last day; and what a run under way has shown of it."""

    name: str
    begins: Mapping[float, date]
    ends: Mapping[float, date]
    observed: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the stage as plain values."""
        sides_of = (("begins", self.begins), ("ends", self.ends))
        days_of = {name: {f"{level:g}": day.isoformat() for level, day in days.items()} for name, days in sides_of}
        return {"name": self.name, **days_of, "observed": None if self.observed is None else dict(self.observed)}


@dataclass(frozen=True)
class Timeline:
    """When a plan crosses each line, and the duties on a calendar.

    Attributes
    ----------
    start, approval : date
        First day of the run; the day it is decided, where the plan says so.
    stages : tuple of StageTimeline
    lines : dict of str to LineTimeline
        Lines with an amount of their own.
    duties : tuple of Event
        With a known day first, in its order, then those that wait for an event.
    """

    title: str
    sha256: str
    law_day: date
    seed: int
    version: str
    start: date
    approval: date | None
    stages: tuple[StageTimeline, ...]
    lines: Mapping[str, LineTimeline]
    duties: tuple[Event, ...]
    warnings: tuple[Diagnostic, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope that `--json` prints."""
        return {
            "flopline": self.version, "schema": SCHEMA, "command": "timeline",
            "plan": {"title": self.title, "sha256": self.sha256}, "law_day": self.law_day.isoformat(),
            "seed": self.seed, "start": self.start.isoformat(),
            "approval": None if self.approval is None else self.approval.isoformat(),
            "stages": [stage.to_dict() for stage in self.stages],
            "lines": [line.to_dict() for line in self.lines.values()],
            "duties": [event.to_dict() for event in self.duties],
            "warnings": [{"code": warning.code, "text": warning.message} for warning in self.warnings],
            "notice": NOTICE,
        }  # fmt: skip


def timeline(
    loaded: LoadedPlan,
    *,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | None = None,
    known: Mapping[str, Mapping[float, date]] | None = None,
    execution: Execution = "auto",
) -> Timeline:
    """Return when a plan crosses each line, and which duties fall on which day.

    Parameters
    ----------
    tolerance, seed, threads, day, execution
        As in `estimate`.
    known : mapping, optional
        By line, the first recorded day of each probability (rule: the earliest of estimate, forecast and crossing).

    Raises
    ------
    PlanError
        The plan has no `start` (E349), or nobody can tell how long a stage takes.
    """
    plan = loaded.plan
    if plan.start is None:
        message = "a timeline needs the first day of the run"
        raise PlanError(message, code="E349", hint="start = 2027-01-15", place=loaded.document.place(()))
    law_day = day or plan.day or date.today()  # the user's own calendar
    answer = estimate(loaded, tolerance=tolerance, seed=seed, threads=threads, day=law_day, execution=execution)
    asked = Asked.of(loaded, law_day, tolerance=tolerance, seed=seed, threads=threads, execution=execution)
    draws = _Draws.of(loaded, asked.compiled, plan.start, seed)
    found: dict[str, LineTimeline] = {}
    for line in asked.law:
        if line.flop is None:
            continue
        result = answer.lines[line.id]
        rows = counted(line, asked.compiled.entries)
        narrow, expected, broad = (
            _crossing(draws, rows[number], line.flop, line.compare, result, name, plan.start)
            for number, name in enumerate(READINGS)
        )
        found[line.id] = LineTimeline(
            line.id, line.flop, line.compare, result.applies, narrow, expected, broad, tuple(sides(line, plan))
        )
    return Timeline(
        title=loaded.title,
        sha256=loaded.sha256,
        law_day=law_day,
        seed=seed,
        version=answer.version,
        start=plan.start,
        approval=plan.approval,
        stages=tuple(draws.stages(plan.start, {stage.name: stage.observed for stage in plan.stage})),
        lines=found,
        duties=agenda(loaded, answer, asked.law, _medians(found), law_day, known or {}),
        warnings=_warnings(answer),
    )


def _medians(lines: Mapping[str, LineTimeline]) -> dict[str, date]:
    return {name: line.expected.days[0.5] for name, line in lines.items() if 0.5 in line.expected.days}


def _warnings(answer: Estimate) -> tuple[Diagnostic, ...]:
    text = "a stage computes at a steady rate from its first to its last day; stops and ramps inside it are not known"
    return (*answer.warnings, Diagnostic("W140", text))


@dataclass(frozen=True)
class _Draws:
    """The plan laid out in time: N draws of every entry's FLOP, every stage's days and tokens."""

    names: tuple[str, ...]
    flop: Floats
    owner: tuple[tuple[str, bool], ...]
    times: Schedule
    tokens: Mapping[str, Floats]
    compiled: Compiled

    @classmethod
    def of(cls, loaded: LoadedPlan, compiled: Compiled, start: date, seed: int) -> _Draws:
        lengths = lengths_of(loaded, compiled.entries)
        derived = schedule_rows(loaded, lengths)
        arrays = assemble(Expansion(compiled.entries, derived), loaded)
        values = joint_draws(arrays.problem, seed)
        values = values.reshape(len(values), -1)
        flop = np.array([values[arrays.owner == index].sum(axis=0) for index in range(len(compiled.entries))])
        found = {
            (one.stage, one.name): values[arrays.derived_rows(index)].sum(axis=0) for index, one in enumerate(derived)
        }
        days, pauses = stage_days(lengths, found)
        tokens = {stage: value for (stage, what), value in found.items() if what == "tokens"}
        owner = tuple((entry.stage, entry.run is not None) for entry in compiled.entries)
        times = schedule(loaded.plan, start, days, pauses, under_way(loaded, start, days, found))
        return cls(times.stages, flop, owner, times, tokens, compiled)

    def split(self, rows: np.ndarray) -> tuple[Floats, Floats]:
        """Return what each stage adds to a sum (S, N), and what earlier models bring (N,)."""
        count = self.flop.shape[1]
        by_stage = np.zeros((len(self.names), count))
        before = np.zeros(count)
        for index, (stage, inherited) in enumerate(self.owner):
            if rows[index] and inherited:
                before = before + self.flop[index]
            elif rows[index]:
                by_stage[self.names.index(stage)] += self.flop[index]
        return by_stage, before

    def stages(self, start: date, seen: Mapping[str, Observed | None]) -> Iterator[StageTimeline]:
        """Yield when each stage runs, if it does."""
        for index, name in enumerate(self.names):
            runs = self.times.end[index] > self.times.begin[index]
            runs = runs if runs.any() else np.ones_like(runs)
            begin, end = (
                {level: _day(start, float(np.quantile(days[index][runs], level))) for level in QUANTILES}
                for days in (self.times.begin, self.times.end)
            )
            observed = seen[name]
            yield StageTimeline(name, begin, end, None if observed is None else observed.to_dict())


def _crossing(
    draws: _Draws, rows: np.ndarray, flop: float, compare: str, result: LineResult, name: str, start: date
) -> Crossing:
    """Return when one sum passes its line."""
    reading = getattr(result, name)
    probability, error = reading.probability or 0.0, reading.error or 0.0
    by_stage, before = draws.split(rows)
    if probability == 0.0 and error == 0.0:
        return Crossing(probability, error, by=dict.fromkeys(KNOWN))
    found = passing(draws.times, by_stage, before, flop, reaches=compare == ">=")
    by = {level: _by(found.day, level, start) for level in KNOWN}
    crossed = np.isfinite(found.day)
    if not crossed.any():
        return Crossing(probability, error, by=by)
    days = {level: _day(start, float(np.quantile(found.day[crossed], level))) for level in QUANTILES}
    stage, tokens = _during(draws, found, crossed)
    whole = (before + by_stage.sum(axis=0))[crossed]
    at = (before + (by_stage * found.done).sum(axis=0))[crossed]
    return Crossing(
        probability, error, days, _error_of_median(found.day), by, stage, tokens, float(np.median(at / whole))
    )


def _day(start: date, days: float) -> date:
    try:
        return start + timedelta(days=int(np.floor(days + _ROUNDING)))
    except OverflowError:
        return date.max


def _by(days: Floats, level: float, start: date) -> date | None:
    """Return the first day on which a share of all draws has crossed."""
    if np.mean(np.isfinite(days)) < level:
        return None
    return _day(start, float(np.quantile(days, level, method="inverted_cdf")))


def _error_of_median(days: Floats) -> float | None:
    """Return the standard error of the median day, from the spread between scrambles."""
    parts = [part[np.isfinite(part)] for part in days.reshape(SCRAMBLES, -1)]
    if any(len(part) < 10 for part in parts):
        return None
    medians = np.array([np.median(part) for part in parts])
    return float(medians.std(ddof=1) * STUDENT / np.sqrt(SCRAMBLES))


def _during(draws: _Draws, found: Passing, crossed: np.ndarray) -> tuple[str | None, float | None]:
    """Return the stage that most crossings fall into, and the median of its tokens by then."""
    day = found.day[crossed]
    running = (draws.times.begin[:, crossed] < day) & (day <= draws.times.end[:, crossed])
    if not running.any():
        return None, None
    index = int(np.argmax(running.sum(axis=1)))
    name = draws.names[index]
    if name not in draws.tokens:
        return name, None
    passed = (draws.tokens[name] * found.done[index])[crossed][running[index]]
    return name, float(np.median(passed))
