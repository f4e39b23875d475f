"""The probability of crossing every line, for one plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.applying import Circumstances, line_result, relative_result
from flopline.engine.asking import Asked
from flopline.engine.cautions import cautions
from flopline.engine.compile import assemble
from flopline.engine.disputes import Readings
from flopline.engine.drivers import drivers, logs_at
from flopline.engine.events import unconditioned
from flopline.engine.expand import Expansion
from flopline.engine.implications import derived_results
from flopline.engine.masks import Mask, certain_sum, stage_mask, total_mask
from flopline.engine.resources import resources
from flopline.engine.results import (
    Curve,
    DerivedResult,
    Driver,
    EntryResult,
    Estimate,
    LineResult,
    Lines,
    Reading,
    StageResult,
)
from flopline.engine.stage_entries import method_of
from flopline.errors import Diagnostic
from flopline.plan import happening
from flopline.version import VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flopline.engine.compile import Compiled
    from flopline.engine.exceedance import Exceedances
    from flopline.engine.execution import Execution
    from flopline.plan import LoadedPlan

CURVE: Final = (
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.9, 0.95, 0.975, 0.99, 0.995,
)  # fmt: skip
"""Levels of the drawn distribution; without 50 %, which `total` has."""
DRAWN: Final = 2e-3
"""Largest relative numerical error of the drawn distribution."""
_MIDDLE: Final = 0.5


def estimate(
    loaded: LoadedPlan,
    *,
    level: float = 0.9,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | None = None,
    execution: Execution = "auto",
) -> Estimate:
    """Return how likely a plan is to cross each line, and everything that answer rests on.

    Parameters
    ----------
    level : float
        Of the equal-tailed intervals.
    tolerance : float
        Largest numerical standard error of a probability.
    seed : int
        Of the randomized integration points.
    threads : int
        The answer does not depend on them.
    day : date, optional
        Whose law is asked; the plan's own day, or today.
    execution : {"auto", "plain", "compiled"}
        One formula, two executions.

    Raises
    ------
    PlanError, UtilizationError, EngineError
        The plan asks for something impossible.
    """
    law_day = day or loaded.plan.day or date.today()  # the user's own calendar
    asked = Asked.of(loaded, law_day, level=level, tolerance=tolerance, seed=seed, threads=threads, execution=execution)
    compiled = asked.compiled
    readings, uncertain = _readings(asked)
    total = compiled.rows_of(total_mask(compiled.entries))
    results = _lines(asked, readings, law_day)
    derived, remarks = derived_results(loaded, compiled, asked.amounts, level)
    law = [warning for result in results for warning in result[1]]
    running = resources(asked)
    for name, found in running.stages.items():
        derived[name] = (*derived.get(name, ()), *found)
    remarks += running.remarks
    warnings: list[Diagnostic] = [*cautions(loaded, compiled), *remarks, *_numerical(asked, uncertain), *law]
    return Estimate(
        title=loaded.title,
        sha256=loaded.sha256,
        law_day=law_day,
        level=level,
        seed=seed,
        total=asked.amounts(total[None], level)[0],
        stages=_stages(asked, derived),
        entries=_entries(asked),
        lines=Lines(tuple(result[0] for result in results)),
        drivers=_drivers(asked, readings),
        curve=_curve(asked, total),
        warnings=tuple(dict.fromkeys(warnings)),
        version=VERSION,
        certain=compiled.is_certain,
        resources=running.plan,
        again=lambda other: asked.amounts(total[None], other)[0],
    )


def _lines(asked: Asked, readings: list[Reading], day: date) -> list[tuple[LineResult, tuple[Diagnostic, ...]]]:
    """Return every line with the warnings about its law; what one share decides for other lines comes first."""
    relative: dict[str, tuple[LineResult, tuple[Diagnostic, ...]]] = {}
    around: dict[str, Circumstances] = {}
    for line in asked.law:
        if line.flop is None:
            result, warnings, around[line.regime] = relative_result(asked, line, day)
            relative[line.id] = (result, warnings)
    place = {line.id: 3 * index for index, line in enumerate(asked.lines.lines)}
    return [
        relative[line.id]
        if line.id in relative
        else line_result(
            asked.loaded, asked.compiled, line, Readings(*readings[place[line.id] : place[line.id] + 3]), day,
            asked.asking(line), around.get(line.regime, Circumstances()),
        )
        for line in asked.law
    ]  # fmt: skip


def _readings(asked: Asked) -> tuple[list[Reading], Exceedances]:
    """Return every reading of every line in order, and the integrals behind them."""
    answers, found = asked.answers()
    amounts = asked.amounts(asked.lines.rows, asked.level)
    readings = [Reading(*answer, amount) for answer, amount in zip(answers, amounts, strict=True)]
    return [readings[position] for position in asked.lines.index], found


def _numerical(asked: Asked, found: Exceedances) -> list[Diagnostic]:
    """Return a warning for each line whose numerical error stayed above the tolerance."""
    late = {int(position) for position in np.flatnonzero(~found.converged)}
    names = sorted(
        {asked.lines.lines[place // 3].id for place, position in enumerate(asked.lines.index) if int(position) in late}
    )
    if not names:
        return []
    text = f"the numerical error stayed above the tolerance for {', '.join(names)}; the error that is shown is honest"
    return [Diagnostic("W801", text, hint="a larger --tolerance is met sooner")]


def _shares(compiled: Compiled, masks: NDArray[np.bool_], total: Mask) -> NDArray[np.float64]:
    """Return each mask's share of the total with every input at its median, and what may happen by its probability.

    Shares of stages add up to one.
    """
    logs = compiled.problem.log_scale + compiled.problem.exponent @ logs_at(compiled, 0.0)
    weights = np.exp(logs - logs[total].max()) if total.any() else np.zeros(len(logs))
    whole = weights[total].sum()
    return np.array([weights[mask & total].sum() / whole if whole else 0.0 for mask in masks])


def _stages(asked: Asked, derived: dict[str, tuple[DerivedResult, ...]]) -> tuple[StageResult, ...]:
    compiled = asked.compiled
    total = compiled.rows_of(total_mask(compiled.entries))
    names = [stage.name for stage in asked.loaded.plan.stage]
    masks = np.array([compiled.rows_of(stage_mask(compiled.entries, name)) for name in names])
    amounts = _where_they_run(asked).amounts(masks, asked.level)
    shares = _shares(compiled, masks, total)
    events = [happening(stage, asked.loaded.plan) for stage in asked.loaded.plan.stage]
    return tuple(
        StageResult(
            stage.name, stage.kind, method_of(stage), amount, float(share), derived.get(stage.name, ()),
            None if event is None else event.probability,
            None if stage.observed is None else stage.observed.to_dict(),
        )
        for stage, amount, share, event in zip(asked.loaded.plan.stage, amounts, shares, events, strict=True)
    )  # fmt: skip


def _where_they_run(asked: Asked) -> Asked:
    """Return the question for what every stage computes if it runs."""
    plan = asked.loaded.plan
    if all(stage.happens is None for stage in plan.stage):
        return asked
    stages = {stage.name: stage for stage in plan.stage}
    entries = tuple(
        entry if entry.method == "base" else replace(entry, terms=unconditioned(entry.terms, stages[entry.stage], plan))
        for entry in asked.compiled.entries
    )
    return replace(asked, compiled=assemble(Expansion(entries, asked.compiled.derived), asked.loaded))


def _entries(asked: Asked) -> tuple[EntryResult, ...]:
    compiled = asked.compiled
    masks = compiled.rows_of(np.eye(len(compiled.entries), dtype=bool))
    amounts = _where_they_run(asked).amounts(masks, asked.level)
    inside = total_mask(compiled.entries)
    return tuple(
        EntryResult(
            entry.stage, entry.attributes.activity, entry.attributes.actor, entry.attributes.relation,
            entry.attributes.fate, entry.attributes.public or "unknown", entry.attributes.phase, entry.method,
            entry.formula, amount, bool(within), entry.run,
        )
        for entry, amount, within in zip(compiled.entries, amounts, inside, strict=True)
    )  # fmt: skip


def _drivers(asked: Asked, readings: list[Reading]) -> tuple[Driver, ...]:
    """Return what moves the expected probability that is nearest to one half."""
    open_ = [
        index
        for index in range(len(asked.lines.lines))
        if certain_sum(asked.compiled, asked.lines.rows[asked.lines.index[3 * index + 1]]) is None
    ]
    if not open_:
        return ()
    nearest = min(open_, key=lambda index: abs((readings[3 * index + 1].probability or 0.0) - _MIDDLE))
    position = int(asked.lines.index[3 * nearest + 1])
    rows = asked.lines.rows[position]
    return drivers(asked.compiled, rows, asked.gradient(position), asked.lines.lines[nearest].id, asked.level)


def _curve(asked: Asked, total: Mask) -> Curve:
    exact = certain_sum(asked.compiled, total)
    if exact is not None:
        return Curve((0.5,), (float(exact),))
    values = asked.quantiles(total[None], np.array(CURVE), DRAWN)[0]
    return Curve(CURVE, tuple(float(value) for value in values))
