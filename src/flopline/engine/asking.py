"""One question to one plan, with its settings: what every part of an answer is asked of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from flopline.engine.compiled_plans import compiled
from flopline.engine.exceedance import Exceedances, exceedance
from flopline.engine.execution import by_size
from flopline.engine.lines import Question, question
from flopline.engine.masks import certain_sum, distinct
from flopline.engine.quantiles import quantiles
from flopline.engine.results import Amount
from flopline.regimes import lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from numpy.typing import NDArray

    from flopline.engine.compile import Compiled
    from flopline.engine.execution import Execution
    from flopline.kernels.records import Floats
    from flopline.plan import LoadedPlan
    from flopline.regimes import Line

AMOUNTS: Final = 5e-4
"""Largest relative numerical error of medians and interval ends: three digits are shown."""


class Answer(NamedTuple):
    """Probability of crossing, its complement, and the error of both."""

    probability: float
    complement: float
    error: float


@dataclass(frozen=True)
class Asked:
    """A plan, the lines of a day, and how exactly and how to integrate; see `flopline.engine.estimate`."""

    loaded: LoadedPlan
    compiled: Compiled
    law: tuple[Line, ...]
    lines: Question
    level: float
    tolerance: float
    seed: int
    threads: int
    execution: Execution

    @classmethod
    def of(
        cls,
        loaded: LoadedPlan,
        day: date,
        *,
        level: float = 0.9,
        tolerance: float = 1e-4,
        seed: int = 0,
        threads: int = 1,
        execution: Execution = "auto",
    ) -> Asked:
        """Return the question whether a plan crosses the lines of a day."""
        arrays = compiled(loaded)
        chosen = by_size(arrays.problem) if execution == "auto" else execution
        law = lines(day, loaded.regimes)
        return cls(loaded, arrays, law, question(arrays, law), level, tolerance, seed, threads, chosen)

    def answers(self) -> tuple[list[Answer], Exceedances]:
        """Return the answer to each distinct question: compared exactly where it is certain, integrated elsewhere."""
        found = self._exceedances(self.lines.rows, self.lines.thresholds)
        parts = (found.probability.tolist(), found.complement.tolist(), found.error.tolist())
        answers = [Answer(*values) for values in zip(*parts, strict=True)]
        for position, rows in enumerate(self.lines.rows):
            exact = certain_sum(self.compiled, rows)
            if exact is not None:
                crossed = self.lines.crossed(position, exact)
                answers[position] = Answer(float(crossed), float(not crossed), 0.0)
        return answers, found

    def asking(self, line: Line) -> Callable[[NDArray[np.bool_]], list[float]]:
        """Return what answers with probabilities of crossing a line, given masks over entries."""

        def ask(masks: NDArray[np.bool_]) -> list[float]:
            rows, index = distinct(self.compiled.rows_of(masks))
            answers = replace(self, lines=self.lines.of(line, rows)).answers()[0]
            return [answers[one].probability for one in index]

        return ask

    def gradient(self, position: int) -> Floats | None:
        """Return dP / d ln location of each variable for one distinct question, where the integration has it."""
        rows, thresholds = self.lines.rows[[position]], self.lines.thresholds[[position]]
        found = self._exceedances(rows, thresholds, gradient=True).location_gradient
        return None if found is None else found[0]

    def amounts(self, masks: NDArray[np.bool_], level: float) -> list[Amount]:
        """Return median and interval of each masked total; exact where it is certain."""
        unique, index = distinct(masks)
        levels = np.array([(1 - level) / 2, 0.5, (1 + level) / 2])
        certain = [certain_sum(self.compiled, mask) for mask in unique]
        open_ = [position for position, value in enumerate(certain) if value is None]
        found = np.zeros((len(unique), 3))
        if open_:
            found[open_] = self.quantiles(unique[open_], levels, AMOUNTS)
        for position, value in enumerate(certain):
            if value is not None:
                found[position] = float(value)
        rows = found.tolist()
        return [Amount(rows[one][1], rows[one][0], rows[one][2], level) for one in index]

    def quantiles(self, masks: NDArray[np.bool_], levels: Floats, tolerance: float) -> Floats:
        """Return quantiles (masks, levels) of uncertain totals."""
        return quantiles(
            self.compiled.problem, masks, levels,
            seed=self.seed, threads=self.threads, execution=self.execution, tolerance=tolerance,
        )  # fmt: skip

    def _exceedances(self, rows: NDArray[np.bool_], thresholds: Floats, *, gradient: bool = False) -> Exceedances:
        return exceedance(
            self.compiled.problem, rows, thresholds, tolerance=self.tolerance, seed=self.seed,
            threads=self.threads, execution=self.execution, gradient=gradient,
        )  # fmt: skip
