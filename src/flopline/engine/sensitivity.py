"""What each input does to the probability of crossing, and which measurement would settle the question."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from flopline import quantity
from flopline.engine.asking import Asked
from flopline.engine.drivers import input_amount, ten_percent_more
from flopline.engine.exceedance import scenarios
from flopline.engine.knowing import OVER, UNLIKELY, known
from flopline.engine.masks import certain_sum
from flopline.engine.measuring import Measurement, measurements
from flopline.engine.results import READINGS
from flopline.engine.sobol import Indices, sobol_indices
from flopline.engine.swapping import scores_of
from flopline.errors import PlanError
from flopline.kernels.stopping import Care
from flopline.regimes import find_line

if TYPE_CHECKING:
    from flopline.engine.execution import Execution
    from flopline.kernels.records import Floats, Problem
    from flopline.plan import LoadedPlan

_LEVEL: Final = 0.9
_TAIL: Final = 0.1
"""Relative error of small P given an input that is accepted: they are averaged, or shown as below 0.1 %."""


@dataclass(frozen=True, slots=True)
class Influence:
    """What one input does.

    Attributes
    ----------
    name : str
        Dotted name in the plan. Of a mixture it is the value that is known, hence the odds of its parts; where a part
        has no density of its own, which part it is and the place in the part are two inputs.
    low, median, high : float
        Its 5 %, 50 % and 95 % points; of what happens or not, its probability.
    at_low, at_high : float
        P with the input known to be at its 5 % and 95 % point; what is correlated with it moves along.
    settles : float
        The probability that, once the input is known, P is below 5 % or above 95 %.
    remaining : float
        The variance of the answer, crossed or not, that would be left on average, as a share of today's.
    source : str
    unit : str
        `share`, or empty.
    effect : float
        Change of P when the input is 10 % larger, all else as it is.
    first_order, total : float
        Sobol indices of what the line counts: the share of its variance that knowing the input removes, and the share
        that would be left if only it were unknown. See `flopline.engine.sobol` for what they mean of correlated inputs.
    first_order_error, total_error : float
        Their standard errors.
    """

    name: str
    low: float
    median: float
    high: float
    at_low: float
    at_high: float
    settles: float
    remaining: float
    source: str
    unit: str
    effect: float
    first_order: float
    first_order_error: float
    total: float
    total_error: float


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What moves the probability of crossing one line.

    Attributes
    ----------
    line, reading : str
    probability : float
        Today's.
    inputs : tuple of Influence
        What would settle most first, then what leaves least.
    indices_of : {"ln total", "total"}
        Whose variance the Sobol indices share out: ln of what the line counts, or, where it may count nothing at all,
        the amount itself.
    """

    line: str
    reading: str
    probability: float
    inputs: tuple[Influence, ...]
    indices_of: str

    @property
    def settled(self) -> bool:
        """Whether P is below 5 % or above 95 % today, before anything is measured."""
        return not UNLIKELY <= self.probability <= OVER

    @property
    def measurement(self) -> Influence | None:
        """The input whose measurement most probably settles an open question; None where none can, or need."""
        best = self.inputs[0]
        return None if self.settled or best.settles == 0.0 else best

    def __getitem__(self, name: str) -> Influence:
        found = next((one for one in self.inputs if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def __str__(self) -> str:
        now = f"{self.line}: {quantity.percent(self.probability)} now"
        best = self.measurement
        if best is not None:
            return f"{now}; knowing {best.name} settles it with probability {quantity.percent(best.settles)}"
        return f"{now}, settled" if self.settled else f"{now}; no single measurement settles it"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        best = self.measurement
        return {
            "line": self.line, "reading": self.reading, "probability": self.probability,
            "inputs": [asdict(one) for one in self.inputs], "indices_of": self.indices_of, "settled": self.settled,
            "measurement": None if best is None else best.name,
        }  # fmt: skip


def sensitivity(
    loaded: LoadedPlan,
    *,
    line: str | None = None,
    reading: str = "expected",
    tolerance: float = 1e-3,
    seed: int = 0,
    threads: int = 1,
    day: date | None = None,
    execution: Execution = "auto",
) -> Sensitivity:
    """Return what each uncertain input does to the probability of crossing a line.

    Parameters
    ----------
    line : str, optional
        Id of the line; by default the one whose probability is nearest to one half.
    reading : {"narrow", "expected", "broad"}
    tolerance, seed, threads, day, execution
        See `flopline.engine.estimate`.

    Raises
    ------
    PlanError
        Nothing that the line counts is uncertain, or it has no amount of its own.
    """
    law_day = day or loaded.plan.day or date.today()  # the user's own calendar
    asked = Asked.of(loaded, law_day, tolerance=tolerance, seed=seed, threads=threads, execution=execution)
    place = READINGS.index(reading)
    positions = {one.id: int(asked.lines.index[3 * at + place]) for at, one in enumerate(asked.lines.lines)}
    open_ = _open(asked, positions, line)
    answers, _ = asked.answers()
    name = min(open_, key=lambda one: abs(answers[positions[one]].probability - 0.5))
    position = positions[name]
    gradient = asked.gradient(position)
    problem, rows = asked.compiled.problem, asked.lines.rows[position]
    inputs = tuple(measurements(asked.compiled, scores_of(problem, rows)))
    indices = sobol_indices(problem, rows, [one.scores for one in inputs], seed=seed)
    found = [_influence(asked, position, one, gradient, indices, at) for at, one in enumerate(inputs)]
    found.sort(key=lambda one: (-one.settles, one.remaining, one.name))
    return Sensitivity(name, reading, answers[position].probability, tuple(found), indices.of)


def _open(asked: Asked, positions: dict[str, int], line: str | None) -> list[str]:
    """Return the lines to choose from: the one that is named, or all, whose count is uncertain."""
    named = list(positions) if line is None else [find_line(line, asked.law).id]
    if line is not None and named[0] not in positions:
        message = f"`{named[0]}` is a share of a base model; only lines with an amount have this answer"
        raise PlanError(message, hint=f"one of {', '.join(f'`{name}`' for name in positions)}")
    found = [name for name in named if certain_sum(asked.compiled, asked.lines.rows[positions[name]]) is None]
    if not found:
        message = f"nothing that {'any line' if line is None else f'`{named[0]}`'} counts is uncertain"
        raise PlanError(message, hint='write an interval, such as tokens = "17T..22T"')
    return found


def _influence(
    asked: Asked, position: int, measured: Measurement, gradient: Floats | None, indices: Indices, at: int
) -> Influence:
    """Return what one input does."""
    rows, thresholds = asked.lines.rows[[position]], asked.lines.thresholds[[position]]

    def ask(problem: Problem, log_scales: Floats) -> Floats:
        return scenarios(
            problem, log_scales, rows, thresholds, care=Care(asked.tolerance, _TAIL), seed=asked.seed,
            threads=asked.threads, execution=asked.execution,
        ).probability[:, 0]  # fmt: skip

    variable = measured.variable
    amount = input_amount(variable, _LEVEL)
    effect = 0.0 if gradient is None else ten_percent_more(asked.compiled, gradient, variable.score)
    what = known(asked.compiled.problem, measured, ask)
    return Influence(
        variable.name, amount.low, amount.median, amount.high, what.at_low, what.at_high, what.settles, what.remaining,
        variable.source, amount.unit, effect, float(indices.first[at]), float(indices.first_error[at]),
        float(indices.total[at]), float(indices.total_error[at]),
    )  # fmt: skip
