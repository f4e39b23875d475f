"""Distributions back to what a user would have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.distributions import (
    Distribution,
    Family,
    Fixed,
    LogitNormal,
    Lognormal,
    Mixture,
    Pert,
    interval,
)
from flopline.errors import QuantityError
from flopline.literals.mixtures import as_table, share
from flopline.literals.texts import read_text
from flopline.quantity import Dimension

if TYPE_CHECKING:
    from flopline.literals.reading import Shared

_CLOSE: Final = 1e-9
_PLAIN: Final = frozenset({"sigma", "a", "b", "p"})
_SCALES: Final = ((12, "T"), (9, "B"), (6, "M"))


def format_literal(d: Distribution | Shared, dimension: Dimension | None = None) -> object:
    """Return a distribution as plan text, a number, or a table.

    Parameters
    ----------
    d : Distribution or Shared
        What to write.
    dimension : Dimension, optional
        What it measures; numbers are written without units if it is left out.

    Returns
    -------
    str, int, float or dict
        `parse_amount` of it in the same dimension gives the distribution back: exactly, except that median and
        sigma of what is written as an interval or with `x/` agree to 1e-9 of themselves.
    """
    if isinstance(d, Fixed):
        return number(d.value, dimension)
    if not isinstance(d, Family):
        return {"shares": d.shares}
    if isinstance(d, Mixture):
        return as_table(d, lambda part: format_literal(part, dimension))
    if isinstance(d, (Lognormal, LogitNormal, Pert)) and d.min is None and d.max is None and not d.shift:
        text = _short(d, dimension)
        if text is not None:
            return text
    return _table(d, dimension)


def number(value: float, dimension: Dimension | None) -> str | int | float:
    """Return one number as text with a unit, or as a number where no text stands for exactly it."""
    if dimension is not None:
        for digits in range(1, 18):
            text = _with_unit(value, dimension, digits)
            if text is None:
                break
            if quantity.parse(text, dimension) == value:
                return text
    return int(value) if value == int(value) and abs(value) < 2**53 else value


def _with_unit(value: float, dimension: Dimension, digits: int) -> str | None:
    """Return a number with the unit it is usually written in; None where that is none."""
    if dimension in (Dimension.TOKENS, Dimension.COUNT, Dimension.MONEY):
        currency = " USD" if dimension is Dimension.MONEY else ""
        for power, letter in _SCALES:
            if 10**power <= value < 1e16:
                return f"{_digits(value / 10**power, digits)}{letter}{currency}"
    if dimension is Dimension.SHARE:
        return f"{_digits(100 * value, digits)}%"
    if dimension is Dimension.RATE:
        return f"{_digits(value / 1e12, digits)} TFLOP/s"
    return f"{_digits(value, digits)} FLOP" if dimension is Dimension.FLOP else None


def _digits(value: float, digits: int) -> str:
    """Return the shortest text with so many significant digits: `17.5`, `3.8e25`."""
    text = f"{value:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    return f"{value:.0f}" if 0 < int(exponent) < 6 else f"{mantissa}e{int(exponent)}"


def _rounded(value: float, dimension: Dimension | None) -> str:
    """Return a number to 12 digits, for the ends of intervals."""
    text = None if dimension is None else _with_unit(value, dimension, 12)
    return text or _digits(value, 12)


def _short(d: Lognormal | LogitNormal | Pert, dimension: Dimension | None) -> str | None:
    """Return the shortest of the short forms that stand for a distribution."""
    asked = dimension or (Dimension.SHARE if isinstance(d, LogitNormal) else Dimension.FACTOR)
    if isinstance(d, Pert):
        texts = [" .. ".join(str(number(value, dimension)) for value in (d.low, d.mode, d.high))]
    else:
        texts = ["..".join(_rounded(value, dimension) for value in interval(d))]
    if isinstance(d, Lognormal):
        factor = interval(Lognormal(median=1.0, sigma=d.sigma))[1]
        texts.append(f"{_rounded(d.median, dimension)} x/ {_digits(factor, 12)}")
    good = [text for text in texts if _stands_for(text, d, asked)]
    return min(good, key=len) if good else None


def _stands_for(text: str, d: Distribution, dimension: Dimension) -> bool:
    try:
        found = read_text(text, dimension)
    except QuantityError:
        return False
    if type(found) is not type(d):
        return False
    if isinstance(d, (Lognormal, LogitNormal)) and isinstance(found, (Lognormal, LogitNormal)):
        near = abs(found.sigma - d.sigma) <= _CLOSE * d.sigma
        return near and abs(found.median - d.median) <= _CLOSE * d.median
    return found == d


def _table(d: Distribution, dimension: Dimension | None) -> dict[str, object]:
    """Return the long form."""
    fields = d.model_dump(exclude_none=True)
    fields.pop("dist")
    changes = [key for key in ("min", "max", "shift") if key in fields]
    window: dict[str, object] = {key: number(fields.pop(key), dimension) for key in changes}
    if isinstance(d, LogitNormal):  # it has no long form of its own
        low, high = interval(LogitNormal(median=d.median, sigma=d.sigma))
        return {"dist": "interval", "low": number(low, dimension), "high": number(high, dimension), **window}
    return {"dist": d.dist, **{key: _field(key, fields[key], dimension) for key in fields}, **window}


def _field(key: str, value: float | tuple[float, ...], dimension: Dimension | None) -> object:
    if key == "weights" and isinstance(value, tuple):
        return [share(weight) for weight in value]
    if isinstance(value, tuple):
        return [_field(key, item, dimension) for item in value]
    return value if key in _PLAIN else number(value, dimension)
