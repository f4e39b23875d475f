"""What moves the answer: each uncertain input's share of the spread, and its pull on a probability."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from flopline.distributions import Choice, at_score, interval, median
from flopline.engine.factors import Event
from flopline.engine.results import Amount, Driver
from flopline.kernels.special import Z95

if TYPE_CHECKING:
    from flopline.engine.compile import Compiled, Variable
    from flopline.engine.masks import Mask
    from flopline.kernels.records import Floats

_TEN_PERCENT = math.log(1.1)
_SMALL = 1.001


def drivers(
    compiled: Compiled, rows: Mask, location_gradient: Floats | None, line: str, level: float
) -> tuple[Driver, ...]:
    """Return the inputs that a total depends on, the largest share of the spread first.

    Parameters
    ----------
    rows : (E,) mask
        The rows of the total.
    location_gradient : (K,) array, optional
        dP / d ln location of each variable, for the expected reading of `line`.
    """
    pull = _pulls(compiled, rows)
    correlation = compiled.problem.cholesky @ compiled.problem.cholesky.T
    spread = pull * (correlation @ pull)
    whole = float(spread.sum())
    found = []
    for score, name in enumerate(compiled.scores):
        mine = [index for index, variable in enumerate(compiled.variables) if variable.score == score]
        if not np.any(compiled.problem.exponent[rows][:, mine]):
            continue
        first = compiled.variables[mine[0]]
        effect = 0.0 if location_gradient is None else ten_percent_more(compiled, location_gradient, score)
        found.append(
            Driver(
                name, input_amount(first, level), float(spread[score] / whole) if whole > 0 else 0.0, effect, line,
                first.source,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-abs(one.variance_share), one.name)))


def ten_percent_more(compiled: Compiled, location_gradient: Floats, score: int) -> float:
    """Return by how much P changes when the quantity behind a score is 10 % larger, from its gradient."""
    mine = [index for index, variable in enumerate(compiled.variables) if variable.score == score]
    pulls = (float(location_gradient[index]) * elasticity(compiled.variables[index]) for index in mine)
    return sum(pulls) * _TEN_PERCENT


def _pulls(compiled: Compiled, rows: Mask) -> Floats:
    """Return d ln total / d score at the median point, each score's slope taken over its central 90 %."""
    problem = compiled.problem
    middle = logs_at(compiled, 0.0)
    slopes = (logs_at(compiled, Z95) - logs_at(compiled, -Z95)) / (2 * Z95)
    logs = problem.log_scale[rows] + problem.exponent[rows] @ middle
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    by_variable = weights @ problem.exponent[rows] * slopes
    pull = np.zeros(len(compiled.scores))
    np.add.at(pull, problem.score, by_variable)
    for score in {variable.score for variable in compiled.variables if isinstance(variable.transform, Event)}:
        pull[score] = _pull_of_cases(compiled, score, problem.exponent[rows], weights)
    return pull


def _pull_of_cases(compiled: Compiled, score: int, exponent: Floats, weights: Floats) -> float:
    """Return the standard deviation of a total over its mean, where only which case happens is uncertain.

    Parameters
    ----------
    exponent : (R, K) array
        Of the total's rows.
    weights : (R,) array
        Their shares of the total, every case counted with its probability.
    """
    within: dict[int, float] = {}
    cases = next(case for variable in compiled.variables if (case := cases_of(variable, score)) is not None)
    always = float(weights.sum())
    for index, variable in enumerate(compiled.variables):
        if variable.score == score and isinstance(variable.transform, Event):
            share = float(weights[exponent[:, index] != 0.0].sum())
            within[variable.transform.index] = share
            always -= share
    totals = [always + within.get(index, 0.0) / probability for index, probability in enumerate(cases)]
    return math.sqrt(sum(p * (total - 1.0) ** 2 for p, total in zip(cases, totals, strict=True)))


def cases_of(variable: Variable, score: int) -> tuple[float, ...] | None:
    """Return the probabilities of the cases that a score decides between; None for what is no event on it."""
    known = variable.score == score and isinstance(variable.transform, Event)
    return variable.amount.weights if known and isinstance(variable.amount, Choice) else None


def logs_at(compiled: Compiled, z: float) -> Floats:
    """Return ln of every variable when all scores are z; of an event ln of its probability, whatever the score."""
    return np.array([math.log(_value(variable, z)) for variable in compiled.variables])


def _value(variable: Variable, z: float) -> float:
    cases = cases_of(variable, variable.score)
    if cases is not None and isinstance(variable.transform, Event):
        return cases[variable.transform.index]
    x = at_score(variable.amount, np.array([z]))
    return float((x if variable.transform is None else variable.transform.function(x))[0])


def elasticity(variable: Variable) -> float:
    """Return d ln variable / d ln quantity at the quantity's median: 1 where it is not transformed.

    0 for an event, which is no quantity.
    """
    if variable.transform is None:
        return 1.0
    if isinstance(variable.transform, Event):
        return 0.0
    center = median(variable.amount)
    here, there = variable.transform.function(np.array([center / _SMALL, center]))
    return float(math.log(there / here) / math.log(_SMALL))


def input_amount(variable: Variable, level: float) -> Amount:
    """Return an input's own median and interval; of what is one of several cases, the probability of the first."""
    cases = cases_of(variable, variable.score)
    if cases is not None:
        return Amount(cases[0], cases[0], cases[0], level, "share")
    given = variable.given
    low, high = interval(given, level)
    unit = "share" if high < 1 and low > 0 and given.dist in ("logit-normal", "beta") else ""
    return Amount(median(given), low, high, level, unit)
