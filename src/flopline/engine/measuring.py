"""What a measurement would know: a quantity, or an event.

A quantity is behind one normal score. One that is distributed in one of several ways is behind two, the place in its
part and which part it is (see `flopline.engine.events`); whoever measures it learns its value x, which tells the place
in each part and the odds of the parts: part k has weight_k density_k(x).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from flopline.distributions import Mixture
from flopline.engine.conditioning import condition, conditioned, log_at
from flopline.engine.events import which_part
from flopline.kernels.records import STEP
from flopline.kernels.special import normal_cdf, normal_log_density, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flopline.engine.compile import Compiled, Variable
    from flopline.kernels.records import Floats, Problem

    Ask = Callable[[Problem, Floats], Floats]
    """P of each of the (n, E) scales of a problem."""

_FINE: Final = np.linspace(-6.0, 6.0, 4801)
"""Scores between which a part has all of its values that matter."""
_LEAST: Final = 1e-9
"""Odds of a part that no longer matter."""


class _Part(NamedTuple):
    """One way of being distributed: its probability, a score that chooses it, and ln x at the fine scores.

    Of a quantity that is read the other way round (1 - x) what rises with x is -ln(1 - x), which serves as well.
    """

    weight: float
    chosen_at: float
    logs: Floats


@dataclass(frozen=True, slots=True)
class Measurement:
    """One input as somebody would measure it.

    Attributes
    ----------
    variable : Variable
        The first of what reads its score.
    scores : tuple of int
        What becomes known: its score, and which part it is.
    parts : tuple of _Part
        Of a mixture; empty otherwise.
    """

    variable: Variable
    scores: tuple[int, ...]
    parts: tuple[_Part, ...] = ()

    def given(self, problem: Problem, places: Floats, ask: Ask) -> Floats:
        """Return P given the quantity at normal scores of its own distribution.

        Parameters
        ----------
        places : (m,) array
        ask : callable
            P of (n, E) scales of a problem.
        """
        if not self.parts:
            return _given(problem, self.scores[0], places, ask)
        odds, inside = self._odds(places)
        result = np.zeros(len(places))
        for part, share, z in zip(self.parts, odds, inside, strict=True):
            asked = np.flatnonzero(share > _LEAST)
            if len(asked):
                known = condition(problem, self.scores[1], part.chosen_at)
                result[asked] += share[asked] * _given(known, self.scores[0], z[asked], ask)
        return np.clip(result, 0.0, 1.0)

    def _odds(self, places: Floats) -> tuple[Floats, Floats]:
        """Return the (parts, m) odds of the parts, and the place in each of them, at scores of the whole."""
        grid = np.unique(np.concatenate([part.logs for part in self.parts]))
        below = sum(part.weight * normal_cdf(_place(part, grid)) for part in self.parts)
        log_x = np.interp(normal_cdf(places), below, grid)
        inside = np.stack([_place(part, log_x) for part in self.parts])
        odds = np.stack([part.weight * _density(part, log_x, z) for part, z in zip(self.parts, inside, strict=True)])
        nearest = np.arange(len(odds))[:, None] == np.abs(inside).argmin(axis=0)
        odds = np.where(odds.sum(axis=0) > 0.0, odds, nearest)  # between two parts that do not touch
        return odds / odds.sum(axis=0), inside


def measurements(compiled: Compiled, scores: Iterable[int]) -> Iterator[Measurement]:
    """Yield the inputs behind some scores; which part a quantity is belongs to the quantity."""
    wanted = [int(score) for score in scores]
    mixed = {}
    for score in wanted:
        name = which_part(compiled.scores[score])
        choice = compiled.scores.index(name) if name in compiled.scores else None
        if choice in wanted and (parts := _parts(compiled, score)):
            mixed[score] = (choice, parts)
    within = {choice for choice, _ in mixed.values()}
    for score in wanted:
        variable = next(one for one in compiled.variables if one.score == score)
        if score in mixed:
            choice, parts = mixed[score]
            yield Measurement(variable, (score, choice), parts)
        elif score not in within:
            yield Measurement(variable, (score,))


def _given(problem: Problem, score: int, places: Floats, ask: Ask) -> Floats:
    return np.concatenate([ask(rest, log_scales) for rest, log_scales in conditioned(problem, score, places)])


def _parts(compiled: Compiled, score: int) -> tuple[_Part, ...]:
    """Return the parts of a mixture, each of them smooth; none where one of them is not, or is certain."""
    mine = [(k, one) for k, one in enumerate(compiled.variables) if one.score == score]
    mixture = mine[0][1].part_of
    if not isinstance(mixture, Mixture):
        return ()
    cumulative = np.concatenate([[0.0], np.cumsum(mixture.weights)])
    middles = normal_quantile(0.5 * (cumulative[1:] + cumulative[:-1]))
    found = []
    for part, weight, middle in zip(mixture.parts, mixture.weights, middles, strict=True):
        column = next((k for k, one in mine if one.amount == part and one.transform is mine[0][1].transform), None)
        if column is None or compiled.problem.kind[column] == STEP:
            return ()
        logs = log_at(compiled.problem, column, _FINE)
        logs = logs if logs[-1] > logs[0] else -logs
        if np.any(np.diff(logs) <= 0.0):
            return ()
        found.append(_Part(weight, float(middle), logs))
    return tuple(found)


def _place(part: _Part, log_x: Floats) -> Floats:
    """Return the score at which a part has a value; the last one where it has none so far out."""
    found: Floats = np.interp(log_x, part.logs, _FINE)
    return found


def _density(part: _Part, log_x: Floats, z: Floats) -> Floats:
    """Return a part's density of ln x."""
    slope = np.interp(z, _FINE, np.gradient(part.logs, _FINE))
    inside = (log_x > part.logs[0]) & (log_x < part.logs[-1])
    found: Floats = np.where(inside, np.exp(normal_log_density(z)) / slope, 0.0)
    return found
