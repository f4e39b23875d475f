"""What makes sense for each dimension: positive amounts, shares inside (0, 1), whole lengths."""

from __future__ import annotations

from typing import Final

import numpy as np

from flopline import quantity
from flopline.distributions import (
    LARGEST,
    SMALLEST,
    Beta,
    Choice,
    Distribution,
    Fixed,
    LogitNormal,
    Lognormal,
    Loguniform,
    Mixture,
    Normal,
    Pert,
    Quantiles,
    Samples,
    Triangular,
    Uniform,
    mass_below,
    tail_score,
    window,
)
from flopline.errors import QuantityError
from flopline.quantity import Dimension

MOST_LOST: Final = 0.1
"""Share of a normal distribution at and below zero from which on it is refused."""

_PUE: Final = "it is the energy of the whole site over that of its computers: 1 or more, such as 1.12"
_NEGLIGIBLE: Final = 1e-6
_LEAST_SPREAD: Final = 0.01
_WHOLE_BELOW: Final = 1e6
"""Counts are whole below this; `1.5B` is a rounded number, `3.5` chips are a mistake."""


def end(raw: object, dimension: Dimension, *, or_zero: bool = False, or_one: bool = True) -> float:
    """Return one number that is positive and, if it is a share, does not exceed 1.

    Parameters
    ----------
    raw : number or str
        What the user wrote.
    dimension : Dimension
        What it measures.
    or_zero, or_one : bool
        Whether 0, and for shares 1, will do too: as the end of a range, or as one fixed share.

    Raises
    ------
    QuantityError
        If it is not a number of the dimension, or not in its range.
    """
    value = quantity.parse(raw, dimension)
    written = f"`{quantity.shown(raw)}`" if isinstance(raw, str) else f"`{value:g}`"
    _in_range(value, written, dimension, or_zero=or_zero)
    if dimension is Dimension.SHARE and (value > 1 or (value == 1 and not or_one)):
        message = f"{written} is not a share between 0 and 1"
        percent = 1 < value <= 100 and not (isinstance(raw, str) and "%" in raw)
        raise QuantityError(message, hint=f"did you mean `{value:g}%`?" if percent else "write `35%` or `0.35`")
    return value


def _in_range(value: float, written: str, dimension: Dimension, *, or_zero: bool = False) -> None:
    """Refuse what no quantity is: zero, negative, without measure, a PUE below 1."""
    if value < 0 or (value == 0 and not or_zero):
        message = f"{written} is not positive"
        hint = "leave the key out where nothing of it happens" if value == 0 else None
        raise QuantityError(message, hint=hint or f"write {quantity.example(dimension)}")
    if value != 0 and not SMALLEST <= value <= LARGEST:
        message = f"{written} is beyond any quantity"
        raise QuantityError(message, hint=f"write {quantity.example(dimension)}")
    if dimension is Dimension.PUE and value < 1:
        message = f"{written} is no PUE"
        raise QuantityError(message, hint=_PUE)


def through_interval(low: float, high: float, level: float, dimension: Dimension) -> Lognormal | LogitNormal:
    """Return the distribution with equal tails outside low..high.

    Parameters
    ----------
    low, high : float
        The ends, positive and in order; inside (0, 1) for shares.
    level : float
        Probability between them.
    dimension : Dimension
        Logit-normal for shares, lognormal for everything else.
    """
    spread = 2 * tail_score(level)
    if spread < _LEAST_SPREAD:
        message = f"a level of {level:g} says next to nothing about the distribution"
        raise QuantityError(message, hint="write `0.9` for a 90 % interval")
    if dimension is Dimension.SHARE:
        lower, upper = (float(np.log(x) - np.log1p(-x)) for x in (low, high))
        middle = 0.5 * (lower + upper)
        return LogitNormal(median=float(1 / (1 + np.exp(-middle))), sigma=(upper - lower) / spread)
    sigma = float(np.log(high / low)) if high / low < np.inf else float(np.log(high) - np.log(low))
    return Lognormal(median=float(np.sqrt(low) * np.sqrt(high)), sigma=sigma / spread)


def accepted(d: Distribution, dimension: Dimension) -> Distribution:
    """Return a distribution that means something in its dimension.

    That of a share is conditioned on being below 1 where next to nothing is lost by it.

    Raises
    ------
    QuantityError
        If it does not.
    """
    if isinstance(d, Fixed):
        _whole(d.value, dimension)
        if dimension is Dimension.SHARE:
            end(d.value, dimension)
        _in_range(d.value, f"`{d.value:g}`", dimension)
        return d
    if isinstance(d, Mixture):
        return Mixture(parts=tuple(accepted(part, dimension) for part in d.parts), weights=d.weights)
    if isinstance(d, Choice):
        for value in d.values:
            _whole(value, dimension)
    if isinstance(d, (Beta, LogitNormal)) and dimension not in (Dimension.SHARE, Dimension.FACTOR):
        message = f"a {d.dist} distribution lies between 0 and 1 and cannot be {dimension.value}"
        raise QuantityError(message, hint='write an interval, or `{ dist = "pert", low, mode, high }`')
    if not isinstance(d, (Samples, Choice)):
        window(d)
    if isinstance(d, Normal):
        _mostly_positive(d)
    if dimension is Dimension.PUE:
        return _above_one(d)
    return _below_one(d) if dimension is Dimension.SHARE else d


def _whole(value: float, dimension: Dimension) -> None:
    if value == int(value):
        return
    if dimension is Dimension.LENGTH or (dimension is Dimension.COUNT and value < _WHOLE_BELOW):
        message = f"`{value:g}` is not a whole number"
        raise QuantityError(message, hint=f"write {quantity.example(dimension)}")


def _mostly_positive(d: Normal) -> None:
    lost = mass_below(d, 0.0)
    if lost > MOST_LOST:
        written = f"the normal distribution with mean {d.mean:g} and sd {d.sd:g}"
        message = f"{100 * lost:.0f} % of {written} is not positive"
        raise QuantityError(message, hint='write an interval, or `dist = "lognormal"` with `median` and `sigma`')


def _below_one(d: Distribution) -> Distribution:
    """Return the distribution of a share, which is below 1."""
    match d:
        case Uniform() | Loguniform() | Triangular() | Pert():
            shift = d.shift or 0.0
            least, most = d.low + shift, min(d.high + shift, d.max if d.max is not None else np.inf)
            if most > 1 or least >= 1:
                message = f"`{d.high + shift:g}` is not a share between 0 and 1"
                raise QuantityError(message, hint="write `35%` or `0.35`")
        case Samples() | Choice() if max(d.values) >= 1:
            message = f"`{max(d.values):g}` is not a share inside (0, 1)"
            raise QuantityError(message, hint="write `35%` or `0.35`")
        case Beta() | LogitNormal() if not d.shift:
            pass  # they end at 1
        case Normal() | Lognormal() | Quantiles() | Beta() | LogitNormal() if d.max is None or d.max > 1:
            lost = 1 - mass_below(d, 1.0)
            if lost > _NEGLIGIBLE:
                message = f"{quantity.percent(lost)} of the {d.dist} distribution of a share lies above 1"
                raise QuantityError(message, hint="condition it on being below: `max = 1`")
            return d.model_copy(update={"max": 1.0})
    return d


def _above_one(d: Distribution) -> Distribution:
    """Return the distribution of a PUE, conditioned on being at least 1: the foot of a lognormal may reach below."""
    match d:
        case Samples() | Choice():
            _in_range(min(d.values), f"`{min(d.values):g}`", Dimension.PUE)
        case Uniform() | Loguniform() | Triangular() | Pert():
            least = d.low + (d.shift or 0.0)
            _in_range(least, f"`{least:g}`", Dimension.PUE)
        case Normal() | Lognormal() | Quantiles():
            lost = mass_below(d, 1.0)
            if lost > MOST_LOST:
                message = f"{quantity.percent(lost)} of the {d.dist} distribution of a PUE lies below 1"
                raise QuantityError(message, hint=_PUE)
            return d.model_copy(update={"min": max(1.0, d.min or 1.0)}) if lost > _NEGLIGIBLE else d
    return d
