"""P of crossing a line with certain values in the place of quantities: by shifted scales, or by a plan made anew."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.asking import Answer
from flopline.engine.compile import compile_plan
from flopline.engine.drivers import logs_at
from flopline.engine.exceedance import scenarios
from flopline.engine.execution import Memory
from flopline.engine.factors import exactly
from flopline.engine.implications import derived_results
from flopline.engine.inverse import Probe
from flopline.engine.lines import question
from flopline.engine.masks import certain_sum
from flopline.engine.one_third import comparisons, modification_of, together
from flopline.engine.replacing import powers, variant
from flopline.errors import UtilizationError
from flopline.kernels.special import Z95, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from flopline.engine.asking import Asked
    from flopline.engine.compile import Compiled
    from flopline.engine.masks import Mask
    from flopline.engine.moves import Move
    from flopline.kernels.records import Floats
    from flopline.plan import LoadedPlan
    from flopline.regimes import Line

_SAME: Final = 1e-9
"""Difference in the logarithm of a row's scale that rounding may make."""
_HALVINGS: Final = 60
_FAR: Final = 80.0


@dataclass(frozen=True)
class Scaled:
    """A plan in which a move only multiplies products: every place of it shares one set of arrays.

    Attributes
    ----------
    plan : LoadedPlan
        With certain values in the place of the quantities that move.
    asked : Asked
        The lines of the day, asked of that plan.
    move : Move
    start : tuple of float
        Those values.
    power : (parts, E) array
        Power of each part in each row.
    """

    base: LoadedPlan
    asked: Asked
    move: Move
    start: tuple[float, ...]
    power: Floats

    @classmethod
    def of(cls, base: LoadedPlan, asked: Asked, move: Move) -> Scaled:
        """Return the plan whose quantities stand at certain values near their medians.

        Parameters
        ----------
        asked : Asked
            The same lines and settings, of the plan as it is.
        """
        start = move.start()
        again = _asked_again(asked, _replaced(base, move, start))
        rows = [powers(again.compiled, part.axis) for part in move.parts]
        return cls(base, again, move, start, np.array(rows, dtype=np.float64))

    @cached_property
    def _memory(self) -> Memory:
        return Memory(self.asked.compiled.problem)

    @cached_property
    def _logs(self) -> tuple[Floats, Floats]:
        """Logarithm of every variable at its median, and its slope over its central 90 %."""
        compiled = self.asked.compiled
        low, middle, high = (logs_at(compiled, z) for z in (-Z95, 0.0, Z95))
        return middle, (high - low) / (2 * Z95)

    def pull(self, rows: Mask) -> Floats:
        """Return the power of the whole move in each counted row."""
        ratios = np.array([part.ratio for part in self.move.parts])
        return np.asarray(ratios @ self.power[:, rows], dtype=np.float64)

    def scales(self, values: Sequence[float]) -> Floats:
        """Return the logarithms of all rows' scales at certain values."""
        steps = np.log(np.array(values, dtype=np.float64)) - np.log(np.array(self.start, dtype=np.float64))
        return np.asarray(self.asked.compiled.problem.log_scale + steps @ self.power, dtype=np.float64)

    def probe(self, position: int, at: float, values: Sequence[float]) -> Probe:
        """Return P of one distinct question at certain values, with its gradient along the move."""
        return self._probe(position, at, self.scales(values))

    def rest(self, position: int) -> Probe:
        """Return P of what is counted without the rows that move."""
        rows = self.asked.lines.rows[position]
        scale = np.array(self.asked.compiled.problem.log_scale)
        moving = np.zeros(len(scale), dtype=bool)
        moving[rows] = self.pull(rows) != 0
        return self._probe(position, -math.inf, np.where(moving, -math.inf, scale))

    def _probe(self, position: int, at: float, scale: Floats) -> Probe:
        asked = self.asked
        rows = asked.lines.rows[position]
        found = scenarios(
            asked.compiled.problem, scale[None], rows[None], asked.lines.thresholds[[position]],
            tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads, execution=asked.execution,
            gradient=True, memory=self._memory,
        )  # fmt: skip
        slope = None
        if found.scale_gradient is not None:
            slope = float(found.scale_gradient[0, 0][rows] @ self.pull(rows))
        return Probe(at, float(found.probability[0, 0]), float(found.complement[0, 0]), float(found.error[0, 0]), slope)

    def guess(self, position: int, limit: float) -> float:
        """Return the place where P is at a limit if the logarithm of the total is normal; a start, never an answer."""
        problem = self.asked.compiled.problem
        rows = self.asked.lines.rows[position]
        middle, slopes = self._logs
        base = self.scales(self.move.values(0.0))[rows] + problem.exponent[rows] @ middle
        pull, spread = self.pull(rows), problem.exponent[rows] * slopes
        correlation = problem.cholesky @ problem.cholesky.T
        aim = math.log(float(self.asked.lines.thresholds[position]))
        score = -float(normal_quantile(np.array(limit)))
        low, high = -_FAR, _FAR
        for _ in range(_HALVINGS):
            at = 0.5 * (low + high)
            logs = base + pull * at
            top = logs.max()
            weights = np.exp(logs - top)
            whole = weights.sum()
            moved = np.zeros(len(correlation))
            np.add.at(moved, problem.score, (weights / whole) @ spread)
            sigma = math.sqrt(max(float(moved @ correlation @ moved), 0.0))
            over = top + math.log(whole) + score * sigma > aim
            low, high = (low, at) if over else (at, high)
        return 0.5 * (low + high)

    def certain(self, position: int) -> bool:
        """Return whether nothing of what is counted is uncertain once the values are certain."""
        return certain_sum(self.asked.compiled, self.asked.lines.rows[position]) is not None

    def crosses(self, position: int, values: Sequence[float]) -> bool:
        """Return whether a total without uncertainty crosses at certain values, compared as exact numbers.

        What is too large for a number crosses.
        """
        if not all(math.isfinite(value) for value in values):
            return True
        total = exactly(0.0)
        for row in np.flatnonzero(self.asked.lines.rows[position]):
            scale: Fraction = self.asked.compiled.certain[row] or exactly(0.0)
            for power, value, start in zip(self.power[:, row], values, self.start, strict=True):
                scale *= (exactly(float(value)) / exactly(float(start))) ** int(power)
            total += scale
        return self.asked.lines.crossed(position, total)

    def hindrance(self, values: Sequence[float]) -> str | None:
        """Return why `estimate` refuses the plan with these values, where a machine beside them cannot run it."""
        derived = [index for index, one in enumerate(self.asked.compiled.derived) if one.name == "utilization"]
        implied = any(self.power[:, self.asked.compiled.derived_rows(index)].any() for index in derived)
        given = any(part.name.endswith(".utilization") for part in self.move.parts)
        return hindrance(self.base, self.asked, self.move, values) if implied or given else None

    def holds(self, values: Sequence[float]) -> bool:
        """Return whether the plan that is made anew with certain values has the scales that were computed for them.

        Raises
        ------
        FloplineError
            The plan refuses the values.
        """
        fresh, mine = compile_plan(_replaced(self.base, self.move, values)), self.asked.compiled
        return _alike(fresh, mine) and bool(
            np.allclose(fresh.problem.log_scale, self.scales(values), rtol=0.0, atol=_SAME)
        )


@dataclass(frozen=True)
class Rebuilt:
    """A plan that is made anew for each value: for what changes lengths, shares or the fusion of two measurements.

    Attributes
    ----------
    base : LoadedPlan
    asked : Asked
        The lines and settings, of the plan as it is.
    move : Move
    line : Line
    reading : int
        0, 1, 2: narrow, expected, broad.
    """

    base: LoadedPlan
    asked: Asked
    move: Move
    line: Line
    reading: int
    kept: dict[tuple[float, ...], Answer] = field(default_factory=dict, repr=False)

    def probe(self, at: float) -> Probe:
        """Return P at a place, whose values are rounded down where only whole numbers exist.

        Raises
        ------
        FloplineError
            The plan refuses the values.
        """
        values = self.move.settled(self.move.values(at))
        if values not in self.kept:
            again = _asked_again(self.asked, _replaced(self.base, self.move, values))
            self.kept[values] = answer_of(again, self.line, self.reading)
        return Probe(at, *self.kept[values])


def hindrance(base: LoadedPlan, asked: Asked, move: Move, values: Sequence[float]) -> str | None:
    """Return why `estimate` refuses a plan with certain values; None where it does not."""
    plan = _replaced(base, move, values)
    again = _asked_again(asked, plan)
    try:
        derived_results(plan, again.compiled, again.amounts, again.level)
    except UtilizationError as error:
        return f"`estimate` refuses the plan there: {error.message}"
    return None


def answer_of(asked: Asked, line: Line, reading: int) -> Answer:
    """Return P of crossing a line in one reading, of a line that is a share of another model's too."""
    if line.flop is None:
        modification = modification_of(asked.loaded.plan)
        if modification is None:
            return Answer(0.0, 1.0, 0.0)
        law = {one.id: one for one in asked.law}
        answers = together(comparisons(asked, line, law, modification, asked.level).tests)
        return Answer(0.0, 1.0, 0.0) if answers is None else answers[reading]
    place = [one.id for one in asked.lines.lines].index(line.id)
    position = int(asked.lines.index[3 * place + reading])
    rows = asked.lines.rows[position]
    return replace(asked, lines=asked.lines.of(line, rows[None])).answers()[0][0]


def _replaced(base: LoadedPlan, move: Move, values: Sequence[float]) -> LoadedPlan:
    return variant(base, ((part.axis, value) for part, value in zip(move.parts, values, strict=True)))


def _asked_again(asked: Asked, plan: LoadedPlan) -> Asked:
    """Return the same question about another plan."""
    arrays = compile_plan(plan)
    return replace(asked, loaded=plan, compiled=arrays, lines=question(arrays, asked.law))


def _alike(one: Compiled, other: Compiled) -> bool:
    """Return whether two plans are the same but for the scales of their rows."""
    return (
        one.scores == other.scores
        and one.owner.shape == other.owner.shape
        and bool(np.array_equal(one.owner, other.owner))
        and bool(np.array_equal(one.problem.exponent, other.problem.exponent))
        and [variable.amount for variable in one.variables] == [variable.amount for variable in other.variables]
    )
