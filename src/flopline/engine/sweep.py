"""A grid over quantities and hardware, evaluated as arrays on the same points.

Values that only scale products shift the logarithms of their rows: all of them share one compiled structure.
Values that change the structure (a chip, a length, a share that is transformed) are compiled once each.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from flopline.documents import from_values
from flopline.engine.compile import Compiled, compile_plan
from flopline.engine.exceedance import scenarios
from flopline.engine.expand import expand
from flopline.engine.factors import exactly
from flopline.engine.lines import Question, question
from flopline.engine.results import NOTICE, READINGS, SCHEMA
from flopline.errors import EngineError
from flopline.plan import LoadedPlan, Surroundings, load_document
from flopline.plan.axes import Axis, axis_of, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from flopline.engine.execution import Execution

MOST_SCENARIOS: Final = 10_000_000
_STRUCTURAL: Final = frozenset({"seq_len", "prompt_tokens"})
"""Lengths shape the ledger of a model even where they only multiply another's."""


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

    def __len__(self) -> int:
        return len(self.probability)

    def columns(self) -> dict[str, np.ndarray]:
        """Return the table column by column: axes, then `<line>.<reading>.probability` and `.error`."""
        grid = list(itertools.product(*(axis.values for axis in self.axes)))
        table: dict[str, np.ndarray] = {}
        for index, axis in enumerate(self.axes):
            mixed = len({isinstance(value, str) for value in axis.values}) > 1
            table[axis.name] = np.array([values[index] for values in grid], dtype=object if mixed else None)
        for line, name in enumerate(self.lines):
            for reading, word in enumerate(READINGS):
                table[f"{name}.{word}.probability"] = self.probability[:, line, reading]
                table[f"{name}.{word}.error"] = self.error[:, line, reading]
        return table

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope that `--json` prints."""
        columns = {name: column.tolist() for name, column in self.columns().items()}
        return {
            "flopline": self.version, "schema": SCHEMA, "command": "sweep",
            "plan": {"title": self.title, "sha256": self.sha256}, "law_day": self.law_day.isoformat(),
            "seed": self.seed, "scenarios": len(self), "columns": columns, "notice": NOTICE,
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
    catalogues: Sequence[Path] = (),
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
    probability = error = np.zeros(0)
    done = 0
    scaling = [_scales(loaded, axis) for axis in axes]
    structural = [index for index, scales in enumerate(scaling) if not scales]
    grid = np.arange(count).reshape(shape)
    for choice in itertools.product(*(range(shape[index]) for index in structural)):
        picked = dict(zip(structural, choice, strict=True))
        where = grid[tuple(picked.get(index, slice(None)) for index in range(len(axes)))].reshape(-1)
        variant = _variant(loaded, axes, picked, catalogues)
        compiled = compile_plan(variant)
        asked = question(compiled, day)
        if not probability.size:
            probability = np.zeros((count, len(asked.lines), 3))
            error = np.zeros_like(probability)
        moving = [axis for index, axis in enumerate(axes) if index not in picked]
        probability[where], error[where] = _evaluate(
            compiled, asked, moving, tolerance=tolerance, seed=seed, threads=threads, execution=execution
        )
        done += len(where)
        if progress is not None:
            progress(done, count)
    names = tuple(line.id for line in asked.lines) if asked else ()
    return Sweep(loaded.title, loaded.sha256, day, seed, version, axes, names, probability, error)


def _scales(loaded: LoadedPlan, axis: Axis) -> bool:
    """Return whether an axis only multiplies products: fixed values of a quantity that is nowhere transformed."""
    if axis.quantity is None or any(isinstance(value, str) for value in axis.values):
        return False
    if axis.path[-1] in _STRUCTURAL:
        return False
    factors = [
        factor for entry in expand(loaded).entries for term in entry.terms for factor in term
        if factor.name == axis.quantity
    ]  # fmt: skip
    return bool(factors) and all(factor.transform is None for factor in factors)


def _variant(
    loaded: LoadedPlan, axes: Sequence[Axis], picked: Mapping[int, int], catalogues: Sequence[Path]
) -> LoadedPlan:
    """Return the plan with structural values in place, and the first value of every scaling axis."""
    tree: dict[str, Any] = dict(loaded.document.tree)
    places: dict[tuple[str | int, ...], str] = {}
    for index, axis in enumerate(axes):
        tree = replaced(tree, axis.path, axis.values[picked.get(index, 0)])
        places[axis.path] = f"--vary {axis.name}"
    return load_document(from_values(tree, places), Surroundings(loaded.folder, tuple(catalogues)))


def _evaluate(
    compiled: Compiled,
    asked: Question,
    axes: Sequence[Axis],
    *,
    tolerance: float,
    seed: int,
    threads: int,
    execution: Execution,
) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and errors (N, lines, 3) over the grid of the scaling axes."""
    powers = np.array([_powers(compiled, axis) for axis in axes]).reshape(len(axes), len(compiled.owner))
    grid = list(itertools.product(*(axis.values for axis in axes)))
    logs = np.array([[math.log(float(value)) for value in values] for values in grid]).reshape(len(grid), len(axes))
    shifts = logs - logs[:1]
    log_scales = compiled.problem.log_scale + shifts @ powers
    found = scenarios(
        compiled.problem, log_scales, asked.rows, asked.thresholds,
        tolerance=tolerance, seed=seed, threads=threads, execution=execution,
    )  # fmt: skip
    probability, error = found.probability.copy(), found.error.copy()
    for index, rows in enumerate(asked.rows):
        certain = [compiled.certain[row] for row in np.flatnonzero(rows)]
        if all(value is not None for value in certain):
            probability[:, index] = _exact(compiled, asked, index, grid, axes, powers)
            error[:, index] = 0.0
    shape = (len(grid), len(asked.lines), 3)
    return probability[:, asked.index].reshape(shape), error[:, asked.index].reshape(shape)


def _powers(compiled: Compiled, axis: Axis) -> list[int]:
    """Return the power of an axis in every row."""
    flat = [term for entry in compiled.entries for term in entry.terms]
    flat += [term for derived in compiled.derived for term in derived.terms]
    return [sum(factor.exponent for factor in term if factor.name == axis.quantity) for term in flat]


def _exact(
    compiled: Compiled, asked: Question, index: int, grid: Sequence[tuple[object, ...]], axes: Sequence[Axis],
    powers: np.ndarray,
) -> list[float]:  # fmt: skip
    """Return 0 or 1 per scenario for a mask without uncertainty, compared as exact numbers."""
    first = [exactly(float(axis.values[0])) for axis in axes]
    rows = np.flatnonzero(asked.rows[index])
    answers = []
    for values in grid:
        total = Fraction(0)
        for row in rows:
            scale = compiled.certain[row] or Fraction(0)
            for axis, value in enumerate(values):
                scale *= (exactly(float(value)) / first[axis]) ** int(powers[axis, row])  # type: ignore[arg-type]
            total += scale
        answers.append(1.0 if asked.crossed(index, total) else 0.0)
    return answers
