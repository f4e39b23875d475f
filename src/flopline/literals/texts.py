"""The short forms: `15T`, `17T..22T`, `14 .. 21 .. 30`, `19.3T x/ 1.14`."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from flopline import quantity
from flopline.distributions import Distribution, Fixed, Lognormal, Pert, tail_score
from flopline.errors import QuantityError
from flopline.literals.meaning import end, through_interval
from flopline.quantity import Dimension

_LEVEL: Final = 0.9
_TIMES: Final = re.compile("[xX\N{MULTIPLICATION SIGN}]/")
_PLUS_MINUS: Final = re.compile(r"\+ ?/ ?-|\+-|\N{PLUS-MINUS SIGN}")
_DASH: Final = re.compile(r"\s*(?:-|~|\N{EN DASH}|\N{EM DASH}|\N{HORIZONTAL ELLIPSIS}|\bto\b)\s*")
_LONGEST: Final = 4 * quantity.LONGEST


def read_text(text: str, dimension: Dimension) -> Distribution:
    """Return the distribution that a short form stands for.

    Parameters
    ----------
    text : str
        What the user wrote.
    dimension : Dimension
        What it measures.

    Raises
    ------
    QuantityError
        If it is none of the short forms, or not one that makes sense.
    """
    if len(text) > _LONGEST:
        message = f"`{quantity.shown(text, 23)}` is too long to be {dimension.value}"
        raise QuantityError(message, hint=f"write {quantity.example(dimension)}")
    if _PLUS_MINUS.search(text):
        message = f"`{quantity.shown(text)}`: plus or minus says neither how much of it nor which distribution"
        raise QuantityError(message, hint="write a 90 % interval, `14T..16T`, or `15T x/ 1.07`")
    if _TIMES.search(text):
        return _times(text, dimension)
    if ".." in text:
        return _dotted(text, dimension)
    try:
        return Fixed(value=end(text, dimension))
    except QuantityError as error:
        _suggest_dots(text, dimension, error)
        raise


def _suggest_dots(text: str, dimension: Dimension, error: QuantityError) -> None:
    """Raise with a better hint where a dash was meant to be two dots."""
    parts = [part for part in _DASH.split(text.strip()) if part]
    if len(parts) != 2 or not all(_is_number(part, dimension) for part in parts):
        return
    raise QuantityError(error.message, hint=f"an interval has two dots: `{parts[0]}..{parts[1]}`") from None


def _is_number(part: str, dimension: Dimension) -> bool:
    try:
        return quantity.parse(part, dimension) > 0
    except QuantityError:
        return False


def _times(text: str, dimension: Dimension) -> Distribution:
    """Return `MEDIAN x/ FACTOR`: 90 % between MEDIAN / FACTOR and MEDIAN x FACTOR."""
    parts = _TIMES.split(text)
    if len(parts) != 2:
        message = f"`{quantity.shown(text)}` has more than one `x/`"
        raise QuantityError(message, hint="write `19.3T x/ 1.14`")
    if dimension is Dimension.SHARE:
        message = f"`{quantity.shown(text)}`: a share times a factor may exceed 1"
        raise QuantityError(message, hint="write an interval: `35%..45%`")
    median, factor = end(parts[0], dimension), end(parts[1], Dimension.FACTOR)
    if factor <= 1:
        message = f"the factor `{quantity.shown(parts[1].strip())}` after `x/` is not above 1"
        raise QuantityError(message, hint="write `19.3T x/ 1.14`, or one number")
    return Lognormal(median=median, sigma=float(np.log(factor)) / tail_score(_LEVEL))


def _dotted(text: str, dimension: Dimension) -> Distribution:
    parts = [part.strip() for part in text.split("..")]
    if "..." in text or not all(parts) or len(parts) > 3:
        message = f"`{quantity.shown(text)}` is neither an interval nor three values"
        raise QuantityError(message, hint="write `17T..22T` for 90 %, or `14 .. 21 .. 30` for low, mode and high")
    values = [quantity.parse(part, dimension) for part in parts]
    _one_meaning(text, parts, values, dimension)
    _in_order(text, parts, values, dimension)
    if len(parts) == 3:
        low, mode, high = (end(part, dimension, or_zero=True) for part in parts)
        return Pert(low=low, mode=mode, high=high)
    low, high = (end(part, dimension, or_one=False) for part in parts)
    return through_interval(low, high, _LEVEL, dimension)


def _one_meaning(text: str, parts: list[str], values: list[float], dimension: Dimension) -> None:
    """Refuse `15..17T`, where a unit at the end may have been meant for all."""
    power = quantity.power_of_ten(parts[-1], dimension)
    if not power:
        return
    bare = [
        value != 0 and quantity.power_of_ten(part, dimension) is None
        for part, value in zip(parts[:-1], values[:-1], strict=True)
    ]
    meant = [value * 10.0**power if lacks else value for lacks, value in zip(bare, values[:-1], strict=True)]
    if any(bare) and max(meant) < values[-1]:
        unit = _unit(parts[-1])
        spelled = [part + unit if lacks else part for lacks, part in zip(bare, parts[:-1], strict=True)]
        message = f"`{quantity.shown(text)}` can be read in two ways: the unit stands only at the end"
        raise QuantityError(message, hint=f"write `{'..'.join([*spelled, parts[-1]])}`, or every number in full")


def _unit(part: str) -> str:
    return re.sub(r"^[0-9_.+\-]+(?:[eE][+-]?[0-9]+)?", "", part)


def _in_order(text: str, parts: list[str], values: list[float], dimension: Dimension) -> None:
    written = quantity.shown(text)
    if values[0] == values[-1]:
        message = f"the ends of `{written}` are equal"
        raise QuantityError(message, hint=f"write one number: `{parts[0]}`")
    if values == sorted(values):
        return
    message = f"`{written}` is upside down" if len(parts) == 2 else f"`{written}` is not in order"
    hint = "..".join(part for _, part in sorted(zip(values, parts, strict=True)))
    unit = _unit(parts[0])
    if unit and quantity.power_of_ten(parts[-1], dimension) is None and _is_number(parts[-1] + unit, dimension):
        spelled = [part if quantity.power_of_ten(part, dimension) is not None else part + unit for part in parts]
        full = [quantity.parse(part, dimension) for part in spelled]
        hint = "..".join(spelled) if full == sorted(full) else hint
    raise QuantityError(message, hint=f"write `{hint}`")
