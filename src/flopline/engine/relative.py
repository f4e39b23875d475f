"""P(one sum of a plan's rows > a share of another): both sides of the same draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.asking import AMOUNTS, Answer
from flopline.engine.exceedance import exceedance
from flopline.engine.execution import SCRAMBLES
from flopline.engine.masks import certain_sum
from flopline.engine.quantiles import quantiles
from flopline.engine.results import Amount
from flopline.kernels.differences import difference_sums, direction, log_ratio
from flopline.kernels.points import normals
from flopline.kernels.stopping import REMEMBERED, SMALLEST, STUDENT, Care, required
from flopline.kernels.structure import reduce, scales

if TYPE_CHECKING:
    from fractions import Fraction

    from flopline.engine.asking import Asked
    from flopline.engine.compile import Compiled
    from flopline.engine.masks import Mask
    from flopline.kernels.records import Floats, Problem
    from flopline.kernels.structure import Structure

MOST_LINES: Final = 2**12
MOST_DRAWS: Final = 2**15
_RATIO_DRAWS: Final = 2**12


@dataclass(frozen=True)
class Sides:
    """A part and a whole, as masks over the rows of a problem.

    Attributes
    ----------
    part, whole : (E,) boolean array
    """

    part: Mask
    whole: Mask


def over_share(asked: Asked, sides: Sides, share: Fraction) -> Answer:
    """Return P(part > share x whole) with its complement and its numerical error.

    Exact where both sides are certain. Where the whole, or the part, is one product, the other is divided by it,
    which leaves a sum against a fixed share; else the difference is followed along lines.

    Parameters
    ----------
    sides : Sides
        The whole must have a row.
    """
    compiled = asked.compiled
    part, whole = certain_sum(compiled, sides.part), certain_sum(compiled, sides.whole)
    if part is not None and whole is not None:
        crossed = part > share * whole
        return Answer(float(crossed), float(not crossed), 0.0)
    if part == 0:
        return Answer(0.0, 1.0, 0.0)
    divided = _divided(compiled.problem, sides.whole)
    if divided is not None:
        return _asked(asked, divided, sides.part, float(share))
    divided = _divided(compiled.problem, sides.part)
    if divided is not None:
        found = _asked(asked, divided, sides.whole, float(1 / share))
        return Answer(found.complement, found.probability, found.error)
    return _followed(asked, sides, share)


def over_amount(asked: Asked, rows: Mask, amount: Fraction) -> Answer:
    """Return P(sum of rows > amount)."""
    exact = certain_sum(asked.compiled, rows)
    if exact is not None:
        return Answer(float(exact > amount), float(exact <= amount), 0.0)
    return _asked(asked, asked.compiled.problem, rows, float(amount))


def ratio(asked: Asked, sides: Sides, level: float) -> Amount:
    """Return part / whole: its median and an equal-tailed interval."""
    compiled = asked.compiled
    part, whole = certain_sum(compiled, sides.part), certain_sum(compiled, sides.whole)
    if part is not None and whole is not None:
        value = float(part / whole)
        return Amount(value, value, value, level, "share")
    levels = np.array([(1 - level) / 2, 0.5, (1 + level) / 2])
    divided = _divided(compiled.problem, sides.whole)
    if part == 0:
        found = np.zeros(3)
    elif divided is not None:
        found = quantiles(
            divided, sides.part[None], levels, seed=asked.seed, threads=asked.threads, execution=asked.execution,
            tolerance=AMOUNTS,
        )[0]  # fmt: skip
    else:
        structure, scale = _both(compiled, sides)
        points = normals(asked.seed, SCRAMBLES, structure.linear.shape[1], 0, _RATIO_DRAWS)
        found = np.exp(np.quantile(log_ratio(structure, scale, 0.0, points), levels))
    low, middle, high = (float(value) for value in found)
    return Amount(middle, low, high, level, "share")


def _divided(problem: Problem, by: Mask) -> Problem | None:
    """Return the problem with every row divided by a sum of rows; None where that sum is no product."""
    exponents = np.unique(problem.exponent[by], axis=0)
    if len(exponents) != 1:
        return None
    scale = np.logaddexp.reduce(problem.log_scale[by])
    return problem._replace(log_scale=problem.log_scale - scale, exponent=problem.exponent - exponents[0])


def _asked(asked: Asked, problem: Problem, rows: Mask, threshold: float) -> Answer:
    found = exceedance(
        problem, rows[None], np.array([threshold]), tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads,
        execution=asked.execution,
    )  # fmt: skip
    return Answer(float(found.probability[0]), float(found.complement[0]), float(found.error[0]))


def _both(compiled: Compiled, sides: Sides) -> tuple[Structure, Floats]:
    problem = compiled.problem
    structure = reduce(problem, sides.part | sides.whole)
    own = np.where(np.stack([sides.part, sides.whole]), problem.log_scale, -np.inf)
    return structure, scales(structure, own)


def _followed(asked: Asked, sides: Sides, share: Fraction) -> Answer:
    """Return the answer along lines, doubled until their scrambles agree."""
    structure, scale = _both(asked.compiled, sides)
    along = direction(structure, scale)
    most = MOST_DRAWS if along is None else MOST_LINES
    log_share = float(np.log(float(share)))
    sums, count, error = np.zeros((SCRAMBLES, 2)), 0, 0.0
    while True:
        stop = max(2 * count, 2 * SMALLEST)
        points = normals(asked.seed, SCRAMBLES, structure.linear.shape[1], count, stop)
        sums += difference_sums(structure, scale, log_share, along, points)
        count = stop
        mean = sums / count
        over, under = (float(value) for value in mean.mean(axis=0))
        smaller = mean[:, 0] if over <= under else mean[:, 1]
        unseen = 1.0 / (count * SCRAMBLES) if along is None else 0.0
        spread = float(smaller.std(ddof=1)) * STUDENT / np.sqrt(SCRAMBLES)
        error = max(spread, unseen, REMEMBERED * error)
        tail = min(over, under, 0.5)
        probability = tail if over <= under else 1.0 - tail
        enough = float(required(np.array(probability), np.array(1.0 - probability), Care(asked.tolerance)))
        if error <= enough or count >= most:
            return Answer(probability, tail if over > under else 1.0 - tail, error)
