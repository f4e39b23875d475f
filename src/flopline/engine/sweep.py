"""A grid over quantities and hardware, evaluated as arrays on the same points.

Values that only scale products shift the logarithms of their rows: all of them share one compiled structure.
Values that change the structure (a chip, a length, a share that is transformed) are compiled once each.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from flopline.engine.compile import Compiled, compile_plan
from flopline.engine.exceedance import scenarios
from flopline.engine.factors import exactly
from flopline.engine.lines import Question, question
from flopline.engine.replacing import only_scales, powers, variant
from flopline.engine.results import NOTICE, READINGS, SCHEMA
from flopline.engine.surrogate import over_grid
from flopline.engine.sweep_resources import resource_columns
from flopline.errors import EngineError
from flopline.plan.axes import Axis, axis_of
from flopline.regimes import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from flopline.engine.execution import Execution
    from flopline.plan import LoadedPlan

MOST_SCENARIOS: Final = 10_000_000
METHODS: Final = ("integrated", "interpolated", "exact")
_DOUBTFUL: Final = 1e-9
"""Relative distance to a line within which a certain total is compared as an exact number."""


@dataclass(frozen=True)
class Sweep:
    """Probabilities over a grid of scenarios, axis by axis in the order given, the last axis fastest.

    Attributes
    ----------
    axes : tuple of Axis
        What varies.
    lines : tuple of str
        Ids of the lines.
    probability, error : (N, lines, 3) array
        Per scenario, line and reading (narrow, expected, broad).
    method : dict
        How each `<line>.<reading>` was answered: `exact` where nothing is uncertain, `integrated` scenario by scenario,
        `interpolated` between fewer; several, joined by a plus sign, where a structural value makes a difference.
    resources : dict
        Columns `<stage>.<quantity>.median`, `.low` and `.high` of what machines take, where they scale with the axes:
        chip-hours, days, tokens, MWh, USD; NaN in scenarios where a quantity is not known.
    """

    title: str
    sha256: str
    law_day: date
    seed: int
    version: str
    axes: tuple[Axis, ...]
    lines: tuple[str, ...]
    probability: np.ndarray = field(repr=False)
    error: np.ndarray = field(repr=False)
    method: Mapping[str, str] = field(repr=False)
    resources: Mapping[str, np.ndarray] = field(repr=False, default_factory=dict)

    def __len__(self) -> int:
        return len(self.probability)

    def columns(self) -> dict[str, np.ndarray]:
        """Return the table column by column: axes, `<line>.<reading>.probability` and `.error`, what machines take."""
        grid = list(itertools.product(*(axis.values for axis in self.axes)))
        table: dict[str, np.ndarray] = {}
        for index, axis in enumerate(self.axes):
            mixed = len({isinstance(value, str) for value in axis.values}) > 1
            table[axis.name] = np.array([values[index] for values in grid], dtype=object if mixed else None)
        for line, name in enumerate(self.lines):
            for reading, word in enumerate(READINGS):
                table[f"{name}.{word}.probability"] = self.probability[:, line, reading]
                table[f"{name}.{word}.error"] = self.error[:, line, reading]
        return table | dict(self.resources)

    def cells(self) -> dict[str, list[Any]]:
        """Return the table as lists, with nothing where a quantity is not known."""
        table = {name: column.tolist() for name, column in self.columns().items()}
        return table | {name: [None if math.isnan(one) else one for one in table[name]] for name in self.resources}

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope that `--json` prints."""
        return {
            "flopline": self.version, "schema": SCHEMA, "command": "sweep",
            "plan": {"title": self.title, "sha256": self.sha256}, "law_day": self.law_day.isoformat(),
            "seed": self.seed, "scenarios": len(self), "method": dict(self.method), "columns": self.cells(),
            "notice": NOTICE,
        }  # fmt: skip


def sweep(
    loaded: LoadedPlan,
    vary: Mapping[str, str | Sequence[object]],
    *,
    version: str,
    day: date,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    execution: Execution = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Return the probabilities of crossing every line over a grid.

    Parameters
    ----------
    vary : mapping
        Dotted name to values: see `flopline.plan.axes.axis_of`.
    progress : callable, optional
        Told the scenarios done and all.
    """
    axes = tuple(axis_of(loaded, name, values) for name, values in vary.items())
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_SCENARIOS:
        message = f"{count} scenarios are more than the {MOST_SCENARIOS} that one sweep takes"
        raise EngineError(message, hint="fewer values, or several sweeps")
    shape = tuple(len(axis.values) for axis in axes)
    asked = None
    running: dict[str, np.ndarray] = {}
    probability = error = np.zeros(0)
    methods: dict[str, set[str]] = {}
    done = 0
    law = lines(day, loaded.regimes)
    scaling = [only_scales(loaded, axis) for axis in axes]
    structural = [index for index, scales in enumerate(scaling) if not scales]
    grid = np.arange(count).reshape(shape)
    for choice in itertools.product(*(range(shape[index]) for index in structural)):
        picked = dict(zip(structural, choice, strict=True))
        where = grid[tuple(picked.get(index, slice(None)) for index in range(len(axes)))].reshape(-1)
        # Every scaling axis stands at its first value.
        plan = variant(loaded, ((axis, axis.values[picked.get(index, 0)]) for index, axis in enumerate(axes)))
        compiled = compile_plan(plan)
        asked = question(compiled, law)
        if not probability.size:
            probability = np.zeros((count, len(asked.lines), 3))
            error = np.zeros_like(probability)
        moving = [axis for index, axis in enumerate(axes) if index not in picked]
        probability[where], error[where], how = _evaluate(
            compiled, asked, moving, tolerance=tolerance, seed=seed, threads=threads, execution=execution
        )
        taken = resource_columns(
            plan, compiled, asked, moving, tolerance=tolerance, seed=seed, threads=threads, execution=execution
        )
        for name, column in taken.items():
            running.setdefault(name, np.full(count, np.nan))[where] = column
        for name, word in zip(_names(asked), how, strict=True):
            methods.setdefault(name, set()).add(word)
        done += len(where)
        if progress is not None:
            progress(done, count)
    names = tuple(line.id for line in asked.lines) if asked else ()
    method = {name: " + ".join(sorted(words)) for name, words in methods.items()}
    return Sweep(loaded.title, loaded.sha256, day, seed, version, axes, names, probability, error, method, running)


def _evaluate(
    compiled: Compiled,
    asked: Question,
    axes: Sequence[Axis],
    *,
    tolerance: float,
    seed: int,
    threads: int,
    execution: Execution,
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return probabilities and errors (N, lines, 3) over the grid of the scaling axes, and how each was found."""
    power = np.array([powers(compiled, axis) for axis in axes]).reshape(len(axes), len(compiled.owner))
    logs = [np.log(np.array(axis.values, dtype=np.float64)) for axis in axes]
    shape = tuple(len(values) for values in logs)
    certain = np.array([
        all(compiled.certain[row] is not None for row in np.flatnonzero(rows)) for rows in asked.rows
    ], dtype=bool)  # fmt: skip
    integrated = np.flatnonzero(~certain)
    found = over_grid(
        compiled.problem,
        [values - values[0] for values in logs] or [np.zeros(1)],
        power if len(axes) else np.zeros((1, power.shape[1])),
        asked.rows[integrated],
        asked.thresholds[integrated],
        tolerance=tolerance,
        answer=partial(scenarios, seed=seed, threads=threads, execution=execution),
    )
    probability, error = np.zeros((math.prod(shape), len(certain))), np.zeros((math.prod(shape), len(certain)))
    probability[:, integrated], error[:, integrated] = found.probability, found.error
    method = np.full(len(certain), METHODS.index("exact"))
    method[integrated] = found.method
    for index in np.flatnonzero(certain):
        probability[:, index] = _exact(compiled, asked, int(index), axes, power)
    cube = (math.prod(shape), len(asked.lines), 3)
    words = [METHODS[code] for code in method[asked.index]]
    return probability[:, asked.index].reshape(cube), error[:, asked.index].reshape(cube), words


def _names(asked: Question) -> list[str]:
    return [f"{line.id}.{word}" for line in asked.lines for word in READINGS]


def _exact(compiled: Compiled, asked: Question, index: int, axes: Sequence[Axis], power: np.ndarray) -> np.ndarray:
    """Return 0 or 1 per scenario for a mask without uncertainty; where it is close, compared as exact numbers."""
    shape = tuple(len(axis.values) for axis in axes)
    rows, threshold = np.flatnonzero(asked.rows[index]), float(asked.thresholds[index])
    total = np.zeros(shape)
    for row in rows:
        part = np.full(shape, float(compiled.certain[row] or 0))
        for number, axis in enumerate(axes):
            factor = (np.array(axis.values, dtype=np.float64) / float(axis.values[0])) ** int(power[number, row])
            part = part * factor.reshape([-1 if other == number else 1 for other in range(len(axes))])
        total += part
    crossed = np.reshape(total > threshold, -1).astype(np.float64)
    first = [exactly(float(axis.values[0])) for axis in axes]
    for scenario in np.flatnonzero(np.abs(total.reshape(-1) - threshold) <= _DOUBTFUL * threshold):
        at = np.unravel_index(scenario, shape) if shape else ()
        values = [exactly(float(axis.values[place])) for axis, place in zip(axes, at, strict=True)]
        exact = Fraction(0)
        for row in rows:
            scale = compiled.certain[row] or Fraction(0)
            for number, value in enumerate(values):
                scale *= (value / first[number]) ** int(power[number, row])
            exact += scale
        crossed[scenario] = float(asked.crossed(index, exact))
    return crossed
