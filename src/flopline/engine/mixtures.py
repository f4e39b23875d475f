"""Quantiles of a total whose discrete choices make it one of several: the root of the weighted sum of their P."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.integration import integrate
from flopline.kernels.special import normal_cdf, normal_log_density, normal_quantile
from flopline.kernels.stopping import Care

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flopline.engine.execution import Kernels, PointSource
    from flopline.kernels.cases import Case
    from flopline.kernels.records import Floats

_STRIDE: Final = 2.0
_GRID: Final = np.linspace(-4.0, 4.0, 9)
"""Normal scores at which each case's quantiles show where to begin."""
_ROUGH: Final = 5e-3
_HALVINGS: Final = 20
_EVALUATIONS: Final = 40
_CARE: Final = 0.2
"""Error of P per accepted relative error of the quantile: densities of ln total are of order one."""
_CLOSE: Final = 1e-13


@dataclass(frozen=True, slots=True)
class Mixture:
    """A total with several cases.

    Attributes
    ----------
    cases : sequence of Case
    scales : sequence of (1, E) array
        Each case's scales; None where it leaves nothing.
    quantiles_of : callable
        Quantiles of one case, and their errors, at (Q,) levels to a tolerance.
    """

    cases: Sequence[Case]
    scales: Sequence[Floats | None]
    quantiles_of: Callable[[Case, Floats, float], tuple[Floats, Floats]]
    points: PointSource
    kernels: Kernels

    def quantiles(self, levels: Floats, tolerance: float) -> tuple[Floats, Floats]:
        """Return the (Q,) quantiles and their relative errors."""
        certain = [self._certain(case, scale) for case, scale in zip(self.cases, self.scales, strict=True)]
        known = [total for total in certain if total is not None]
        if len(known) == len(certain):
            return self._steps(np.array(known), levels), np.zeros(len(levels))
        nothing = sum(case.weight for case, scale in zip(self.cases, self.scales, strict=True) if scale is None)
        asked = np.flatnonzero(levels > nothing)
        result, error = np.zeros(len(levels)), np.zeros(len(levels))
        if len(asked):
            value, error[asked] = self._solved(normal_quantile(levels[asked]), tolerance)
            result[asked] = np.exp(value)
        return result, error

    @staticmethod
    def _certain(case: Case, scale: Floats | None) -> float | None:
        """Return the total of a case in which nothing is uncertain."""
        if case.structure is None or scale is None:
            return 0.0
        return float(np.exp(scale).sum()) if case.structure.linear.shape[1] == 0 else None

    def _steps(self, totals: Floats, levels: Floats) -> Floats:
        """Return the quantiles of certain totals, one of them each."""
        order = np.argsort(totals, kind="stable")
        below = np.cumsum(np.array([self.cases[index].weight for index in order]))
        found: Floats = totals[order][np.minimum(np.searchsorted(below, levels), len(order) - 1)]
        return found

    def _solved(self, distance: Floats, tolerance: float) -> tuple[Floats, Floats]:
        """Return ln of the quantiles at normal scores, by Newton's method inside a bracket."""
        value = self._begun(distance)
        low, high, error = np.full(len(value), -np.inf), np.full(len(value), np.inf), np.full(len(value), np.inf)
        active = np.arange(len(value))
        for _ in range(_EVALUATIONS):
            over, under, unsure, density = self._at(value[active], Care(min(_CARE * tolerance, 1e-3)))
            tail = normal_quantile(np.clip(np.minimum(over, under), 1e-300, 0.5))
            score = np.where(over < under, -tail, tail)
            below = score < distance[active]
            low[active] = np.where(below, value[active], low[active])
            high[active] = np.where(below, high[active], value[active])
            step = probit_step(score, distance[active], density, value[active], low[active], high[active])
            value[active] += step
            with np.errstate(divide="ignore", invalid="ignore"):
                error[active] = np.where(unsure == 0.0, _CLOSE, unsure / density)
            near = np.maximum(np.sqrt(0.02 * tolerance) * np.minimum(1.0, error[active] / tolerance), 0.1 * tolerance)
            active = active[(np.abs(step) > np.minimum(near, 1e-2)) & (high[active] - low[active] > _CLOSE)]
            if not len(active):
                break
        return value, np.minimum(error, high - low)

    def _begun(self, distance: Floats) -> Floats:
        """Return about where the quantiles lie, from the cases' own quantiles at a few levels."""
        grid = [
            (case.weight, np.log(self.quantiles_of(case, normal_cdf(_GRID), _ROUGH)[0]))
            for case, scale in zip(self.cases, self.scales, strict=True)
            if scale is not None
        ]
        nothing = 1.0 - sum(weight for weight, _ in grid)
        low = np.full(len(distance), min(float(logs[0]) for _, logs in grid))
        high = np.full(len(distance), max(float(logs[-1]) for _, logs in grid))
        for _ in range(_HALVINGS):
            at = 0.5 * (low + high)
            share = nothing + sum(weight * normal_cdf(_interpolated(at, logs)) for weight, logs in grid)
            below = share < normal_cdf(distance)
            low, high = np.where(below, at, low), np.where(below, high, at)
        middle: Floats = 0.5 * (low + high)
        return middle

    def _at(self, value: Floats, care: Care) -> tuple[Floats, Floats, Floats, Floats]:
        """Return P, its complement, their error and the density of ln total at some ln thresholds."""
        over, under, error, density = np.zeros((4, len(value)))
        for case, scale in zip(self.cases, self.scales, strict=True):
            if case.structure is None or scale is None:
                under += case.weight
            elif (total := self._certain(case, scale)) is not None:
                above = total > np.exp(value)
                over += case.weight * above
                under += case.weight * ~above
            else:
                units = np.repeat(scale, len(value), axis=0)
                found = integrate(case.structure, units, value, care, self.points, self.kernels)
                over += case.weight * found.probability
                under += case.weight * found.complement
                error += case.weight * found.error
                density += case.weight * found.density
        return over, under, error, density


def _interpolated(value: Floats, logs: Floats) -> Floats:
    """Return the normal score of ln totals between quantiles at the grid's scores; a certain total is a step."""
    rising = np.maximum.accumulate(logs + 1e-12 * np.arange(len(logs)))
    inside: Floats = np.interp(value, rising, _GRID)
    inside = np.where(value <= rising[0], _GRID[0] + np.minimum(0.0, (value - rising[0]) * 10.0), inside)
    return np.where(value >= rising[-1], _GRID[-1] + (value - rising[-1]) * 10.0, inside)


def probit_step(score: Floats, distance: Floats, density: Floats, value: Floats, low: Floats, high: Floats) -> Floats:
    """Return a Newton step in ln T, kept inside the bracket or within a stride."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rate = density / np.exp(normal_log_density(score))
        step = np.where(rate > 0.0, (distance - score) / rate, np.copysign(np.inf, distance - score))
        middle = 0.5 * (low + high) - value
    step = np.where(distance == score, 0.0, step)
    outside = (value + step < low) | (value + step > high)
    bracketed = np.isfinite(low) & np.isfinite(high)
    return np.where(bracketed & outside, middle, np.clip(step, -_STRIDE, _STRIDE))
