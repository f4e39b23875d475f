"""Distributions as the kernels take them: ln x against the normal score.

A cubic Hermite table with 289 knots reproduces ln x between them to about 5e-8 times the fourth derivative of
ln x in the score, which is of order one. Two things are beyond any table: the cell with the mode of a
triangular distribution or with a given quantile, where the curvature jumps (up to 1e-4), and the bend where
a normal distribution meets zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np

from flopline.distributions.atoms import atoms
from flopline.distributions.curves import Continuous, log_at, window
from flopline.distributions.mixtures import Choice, Distribution, Mixture
from flopline.distributions.models import Fixed, LogitNormal, Lognormal, Normal, Samples
from flopline.errors import QuantityError
from flopline.kernels.records import (
    BOUNDED,
    DISCRETE,
    FREE,
    KNOTS,
    LINEAR,
    NOTHING,
    STEP,
    TABLE,
    Floats,
    Marginal,
)

Transform = Callable[[Floats], Floats]

_STEP: Final = 1e-3
"""Step in the score for the derivative of a transform: its error is of order 1e-11."""
_CORE: Final = np.abs(KNOTS) <= 5.0
"""Knots between which a transform must be positive and finite: all but 6e-7 of the probability."""
_CUT: Final = 1e-6
"""Truncation that takes less than this does not bound a score."""
_NONE: Final = np.empty(0)
_NONE.setflags(write=False)


def marginal(d: Distribution, transform: Transform | None = None) -> Marginal:
    """Return ln of transform(x) as a function of the normal score of x.

    Parameters
    ----------
    d : Distribution
        The distribution of x.
    transform : callable, optional
        A positive and monotone function on the support, increasing or decreasing; the identity by default.

    Returns
    -------
    Marginal
        LINEAR for fixed numbers and lognormals, STEP for samples and choices, TABLE otherwise. Its arrays are
        read-only. The transform of a choice may be any function, and zero.

    Raises
    ------
    QuantityError
        If the transform is not positive and finite where x is, or x is a mixture, which is no function of one score.
    """
    if isinstance(d, Fixed):
        value = _log_of(transform, np.array([d.value]))
        _require(np.isfinite(value))
        return _line(float(value[0]), 0.0)
    if isinstance(d, (Samples, Choice)):
        return _steps(d, transform)
    if isinstance(d, Mixture):
        message = "a mixture is tabulated part by part"
        raise QuantityError(message)
    if transform is None and isinstance(d, Lognormal) and window(d) is None and not d.shift:
        return _line(float(np.log(d.median)), d.sigma)
    values, slopes = _knots(d) if transform is None else _transformed(d, transform)
    line = _straight(values)
    if line is not None:
        return _line(*line)
    return Marginal(TABLE, 0.0, 0.0, _frozen(values), _frozen(slopes), _NONE, _NONE, _leaning(d))


def _line(location: float, slope: float) -> Marginal:
    return Marginal(LINEAR, location, slope, _NONE, _NONE, _NONE, _NONE, FREE)


def _steps(d: Samples | Choice, transform: Transform | None) -> Marginal:
    values, edges = atoms(d)
    logs = _log_of(transform, values)
    if isinstance(d, Choice):  # zero stands for what does not happen
        logs[logs == -np.inf] = NOTHING
    _require(np.isfinite(logs))
    return Marginal(STEP, 0.0, 0.0, _NONE, _NONE, _frozen(logs), edges, DISCRETE)


@lru_cache(maxsize=256)
def _knots(d: Continuous) -> tuple[Floats, Floats]:
    """Return ln x and its slope at the knots; remembered, since a beta table takes a millisecond."""
    values, slopes = _filled(*log_at(d, KNOTS))
    return _frozen(values), _frozen(slopes)


def _transformed(d: Continuous, transform: Transform) -> tuple[Floats, Floats]:
    logs, slopes = _knots(d)
    with np.errstate(all="ignore"):
        x = np.exp(logs)
        step = _STEP * x * slopes
        values = _log_of(transform, x)
        near = _log_of(transform, x + step) - _log_of(transform, x - step)
        far = _log_of(transform, x + 2 * step) - _log_of(transform, x - 2 * step)
        return _filled(values, (8 * near - far) / (12 * _STEP))


def _log_of(transform: Transform | None, x: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.log(x if transform is None else np.asarray(transform(x), dtype=np.float64))


def _filled(values: Floats, slopes: Floats) -> tuple[Floats, Floats]:
    """Continue a table in a straight line where a far tail has underflowed."""
    good = np.isfinite(values) & np.isfinite(slopes)
    first, last = int(np.argmax(good)), len(good) - 1 - int(np.argmax(good[::-1]))
    _require(good[first : last + 1])
    _require(good[_CORE])
    ends = np.clip(np.arange(len(good)), first, last)
    return values[ends] + slopes[ends] * (KNOTS - KNOTS[ends]), slopes[ends]


def _require(good: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> None:
    if not np.all(good):
        message = "a quantity is not positive and finite over its whole distribution"
        raise QuantityError(message)


def _straight(values: Floats) -> tuple[float, float] | None:
    """Return location and slope if the table is a straight line to rounding, else None."""
    slope = float(values[-1] - values[0]) / float(KNOTS[-1] - KNOTS[0])
    location = float(values[len(values) // 2])
    off = np.max(np.abs(location + slope * KNOTS - values))
    return (location, slope) if off <= 1e-14 * max(1.0, float(np.max(np.abs(values)))) else None


def _leaning(d: Continuous) -> int:
    """Return FREE for unbounded families of which truncation takes nothing that matters, else BOUNDED."""
    if not isinstance(d, (Normal, Lognormal, LogitNormal)) or d.shift:
        return BOUNDED
    if d.min is None and d.max is None:
        return FREE
    inside = window(d)
    if inside is None:
        return FREE
    return BOUNDED if inside.log_mass < math.log1p(-_CUT) else FREE


def _frozen(values: Floats) -> Floats:
    values.setflags(write=False)
    return values
