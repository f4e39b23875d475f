"""What each input does to the probability of crossing: P at its ends, and what knowing it exactly would settle."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from flopline.engine.asking import Asked
from flopline.engine.conditioning import conditioned, log_at
from flopline.engine.drivers import input_amount
from flopline.engine.exceedance import scenarios
from flopline.engine.results import READINGS
from flopline.errors import PlanError
from flopline.kernels.special import normal_cdf, normal_quantile
from flopline.regimes import find_line

if TYPE_CHECKING:
    from flopline.engine.execution import Execution
    from flopline.kernels.records import Floats, Problem
    from flopline.plan import LoadedPlan

UNLIKELY, OVER = 0.05, 0.95
"""The words beyond which a question is settled."""
_END: Final = 1.6448536269514722
_NODES: Final = np.linspace(-4.0, 4.0, 17)
"""Scores at which P is computed; between them its normal score is interpolated."""
_FINE: Final = 4001
_LEAST: Final = 1e-12
_LEVEL: Final = 0.9


@dataclass(frozen=True, slots=True)
class Influence:
    """What one input does.

    Attributes
    ----------
    name : str
    low, median, high : float
        Its 5 %, 50 % and 95 % points.
    at_low, at_high : float
        P with the input known to be at its 5 % and 95 % point; what is correlated with it moves along.
    settles : float
        The probability that, once the input is known, P is below 5 % or above 95 %.
    remaining : float
        The variance of the answer, crossed or not, that would be left on average, as a share of today's.
    source : str
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


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What moves the probability of crossing one line.

    Attributes
    ----------
    probability : float
        Today's.
    inputs : tuple of Influence
        What would settle most first, then what leaves least.
    """

    line: str
    reading: str
    probability: float
    inputs: tuple[Influence, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "line": self.line, "reading": self.reading, "probability": self.probability,
            "inputs": [asdict(one) for one in self.inputs],
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
    answers, _ = asked.answers()
    place = READINGS.index(reading)
    positions = {one.id: int(asked.lines.index[3 * at + place]) for at, one in enumerate(asked.lines.lines)}
    if line is None:
        line = min(positions, key=lambda name: abs(answers[positions[name]].probability - 0.5))
    elif find_line(line, asked.law).id not in positions:
        message = f"`{line}` is a share of a base model; only lines with an amount have this answer"
        raise PlanError(message, hint=f"one of {', '.join(f'`{name}`' for name in positions)}")
    position = positions[line]
    today = answers[position].probability
    found = [_influence(asked, position, score) for score in _scores(asked, position)]
    if not found:
        message = f"nothing that `{line}` counts is uncertain"
        raise PlanError(message, hint='write an interval, such as tokens = "17T..22T"')
    found.sort(key=lambda one: (-one.settles, one.remaining, one.name))
    return Sensitivity(line, reading, today, tuple(found))


def _scores(asked: Asked, position: int) -> list[int]:
    """Return the scores that a total depends on."""
    problem = asked.compiled.problem
    used = np.any(problem.exponent[asked.lines.rows[position]] != 0.0, axis=0)
    return [int(score) for score in np.unique(problem.score[used])]


def _influence(asked: Asked, position: int, score: int) -> Influence:
    variable = next(one for one in asked.compiled.variables if one.score == score)
    amount = input_amount(variable, _LEVEL)
    places = np.concatenate([[-_END, _END], _nodes(asked.compiled.problem, score)])
    p = _given(asked, position, score, places)
    fine, weight = _weights()
    inner = _between(fine, places[2:], p[2:], smooth=len(places) == 2 + len(_NODES))
    settled = weight[(inner < UNLIKELY) | (inner > OVER)].sum()
    mean = float(weight @ inner)
    whole = max(mean * (1.0 - mean), _LEAST)
    remaining = 1.0 - float(weight @ (inner - mean) ** 2) / whole
    return Influence(
        variable.name, amount.low, amount.median, amount.high, float(p[0]), float(p[1]), float(settled),
        min(max(remaining, 0.0), 1.0), variable.source,
    )  # fmt: skip


def _nodes(problem: Problem, score: int) -> Floats:
    """Return scores at which to ask: a grid, or of what only jumps one inside each step."""
    mine = [int(k) for k in np.flatnonzero(problem.score == score)]
    logs = np.stack([log_at(problem, k, np.linspace(-8.0, 8.0, _FINE)) for k in mine])
    jumps = np.flatnonzero(np.any(np.diff(logs, axis=1) != 0.0, axis=0))
    if len(jumps) > len(_NODES):
        return _NODES
    ends = np.concatenate([[0], jumps + 1, [_FINE - 1]])
    found: Floats = np.linspace(-8.0, 8.0, _FINE)[(ends[:-1] + ends[1:]) // 2]
    return found


def _given(asked: Asked, position: int, score: int, places: Floats) -> Floats:
    """Return P at values of one score."""
    rows, thresholds = asked.lines.rows[[position]], asked.lines.thresholds[[position]]
    parts = [
        scenarios(
            problem, log_scales, rows, thresholds, tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads,
            execution=asked.execution,
        ).probability[:, 0]
        for problem, log_scales in conditioned(asked.compiled.problem, score, places)
    ]  # fmt: skip
    return np.concatenate(parts)


def _weights() -> tuple[Floats, Floats]:
    """Return fine scores and the probability around each."""
    fine = np.linspace(-8.0, 8.0, _FINE)
    edges = np.concatenate([[-np.inf], 0.5 * (fine[1:] + fine[:-1]), [np.inf]])
    return fine, np.diff(normal_cdf(edges))


def _between(fine: Floats, nodes: Floats, p: Floats, *, smooth: bool) -> Floats:
    """Return P at fine scores: its normal score interpolated, or the nearest step's."""
    if not smooth:
        nearest: Floats = p[np.abs(fine[:, None] - nodes).argmin(axis=1)]
        return nearest
    clipped = np.clip(p, _LEAST, 1.0 - _LEAST)
    score = np.where(
        clipped < 0.5, normal_quantile(np.minimum(clipped, 0.5)), -normal_quantile(np.minimum(1 - clipped, 0.5))
    )
    return np.asarray(normal_cdf(np.interp(fine, nodes, score)))
