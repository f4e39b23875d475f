"""Numbers with their units, read."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from enum import Enum
from numbers import Real
from typing import Final

from flopline.errors import QuantityError

LONGEST: Final = 64
"""Characters that a number with its unit may have; longer text is not a quantity."""


class Dimension(Enum):
    """What a quantity measures, in the words that error messages use."""

    TOKENS = "tokens"
    COUNT = "a count"
    LENGTH = "a length in tokens"
    FLOP = "FLOP"
    RATE = "FLOP/s"
    DAYS = "days"
    HOURS = "hours"
    SHARE = "a share"
    FACTOR = "a factor"
    MONEY = "USD"
    PRICE = "USD per chip-hour"
    POWER = "power in W or kW"
    PUE = "a PUE"


# ASCII digits only: \d would also match the digits of forty other scripts.
_SPACES: Final = " \t\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
_DIGITS: Final = r"[0-9]+(?:_[0-9]+)*"
_NUMBER: Final = re.compile(
    rf"([+-]?(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:[eE][+-]?[0-9]+)?)[{_SPACES}]*(.*)", re.DOTALL
)
_MAGNITUDE: Final = {"": 0, "k": 3, "m": 6, "b": 9, "t": 12}
_PREFIX: Final = {
    "": 0,
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
    "P": 15,
    "E": 18,
    "Z": 21,
    "Y": 24,
    "R": 27,
    "Q": 30,
}
_EXAMPLE: Final = {
    Dimension.TOKENS: "`15T` or `15e12`",
    Dimension.COUNT: "`70B`, `2M` or `16384`",
    Dimension.LENGTH: "`8192`",
    Dimension.FLOP: "`3.8e25` or `3.8e25 FLOP`",
    Dimension.RATE: "`989 TFLOP/s`",
    Dimension.DAYS: "`54` or `54 days`",
    Dimension.HOURS: "`1300` or `1300 hours`",
    Dimension.SHARE: "`35%` or `0.35`",
    Dimension.FACTOR: "`1.05`",
    Dimension.MONEY: "`620M USD`",
    Dimension.PRICE: "`2.10 USD`",
    Dimension.POWER: "`1.2 kW` or `1200 W`",
    Dimension.PUE: "`1.12`",
}
_UNITS: Final = {
    Dimension.PRICE: {"USD": 0, "USD/h": 0, "USD per chip-hour": 0},
    Dimension.POWER: {"W": 0, "kW": 3},
}
"""Dimensions whose numbers always carry their unit: a bare 1.2 could be W or kW, per chip or per server."""
_COUNTED: Final = (Dimension.TOKENS, Dimension.COUNT, Dimension.HOURS)
_WORDS: Final = {
    Dimension.TOKENS: ("tokens", "token"),
    Dimension.DAYS: ("days", "day", "d"),
    Dimension.HOURS: ("hours", "hour", "h"),
    Dimension.LENGTH: ("tokens", "token"),
}


def parse(raw: object, dimension: Dimension) -> float:
    """Read one number with its unit.

    Parameters
    ----------
    raw : str, int or float
        What the user wrote: `"17T"`, `"35%"`, `"989 TFLOP/s"`, `8192`. NumPy's numbers are numbers too.
    dimension : Dimension
        What it must measure.

    Returns
    -------
    float
        Tokens, counts, FLOP, FLOP/s, days, hours, shares, factors or USD; the double nearest to the decimal.

    Raises
    ------
    QuantityError
        For anything else: other types, other units, NaN, infinities, numbers outside the range of a double.
    """
    if isinstance(raw, str):
        return _finite(_read(raw, dimension), raw, dimension)
    if not isinstance(raw, float) and (isinstance(raw, bool) or not isinstance(raw, Real)):
        message = f"expected {dimension.value}, found {_describe(raw)}"
        raise QuantityError(message, hint=f"write {_EXAMPLE[dimension]}")
    value = _finite(raw, raw, dimension)
    if dimension in _UNITS:
        message = f"{_named(raw)} has no unit and could mean anything"
        raise QuantityError(message, hint=f"write {_EXAMPLE[dimension]}, in quotes")
    return value


def power_of_ten(text: str, dimension: Dimension) -> int | None:
    """Return the power of ten that the unit of a number stands for, None where no unit is written.

    Raises
    ------
    QuantityError
        If the text is not one number of this dimension.
    """
    _, unit = _split(text, dimension)
    return _power(text, unit, dimension) if unit else None


def shown(text: str, longest: int = LONGEST) -> str:
    """Return a user's text as messages quote it: short, on one line, without control characters."""
    cut = text[: longest - 3] + "..." if len(text) > longest else text
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in cut)


def _split(text: str, dimension: Dimension) -> tuple[str, str]:
    """Return the digits and the unit of a number."""
    if len(text) > LONGEST:
        message = f"`{shown(text, 23)}` is too long to be a number"
        raise QuantityError(message, hint=f"write {_EXAMPLE[dimension]}")
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        message = f"`{shown(text)}` is not a number"
        hint = f"write {_EXAMPLE[dimension]}" + (" (digits without commas)" if "," in text else "")
        raise QuantityError(message, hint=hint)
    return match[1], match[2].strip(_SPACES)


def _read(text: str, dimension: Dimension) -> Decimal:
    digits, unit = _split(text, dimension)
    power = _power(text, unit, dimension)
    try:
        # Through the exponent, not by arithmetic: that would round to the precision of a decimal context.
        sign, numerals, exponent = Decimal(digits.replace("_", "")).as_tuple()
        return Decimal((sign, numerals, int(exponent) + power))
    except (InvalidOperation, ValueError):
        message = f"`{shown(text)}` is outside the range of numbers"
        raise QuantityError(message) from None


def _power(text: str, unit: str, dimension: Dimension) -> int:
    """Return the power of ten that a unit stands for in this dimension."""
    written = unit
    if dimension in _UNITS:
        table = _UNITS[dimension]
    elif dimension is Dimension.FLOP and unit.endswith("FLOP"):
        unit, table = unit.removesuffix("FLOP").strip(), _PREFIX
    elif dimension is Dimension.RATE and unit.endswith("FLOP/s"):
        unit, table = unit.removesuffix("FLOP/s").strip(), _PREFIX
    elif dimension in (Dimension.SHARE, Dimension.FACTOR):
        table = {"": 0, "%": -2}
    elif dimension is Dimension.MONEY and unit.endswith("USD"):
        unit, table = _lower(unit.removesuffix("USD")), _MAGNITUDE
    elif dimension in _COUNTED or dimension in _WORDS:
        unit, table = _without_word(unit, dimension), _MAGNITUDE if dimension in _COUNTED else {"": 0}
    else:
        table = {"": 0}
    if unit not in table and not unit:
        message = f"`{shown(text)}` has no unit"
        raise QuantityError(message, hint=f"write {_EXAMPLE[dimension]}")
    if unit not in table:
        message = f"`{shown(text)}` has the unit `{shown(written)}`, which is not one of {dimension.value}"
        raise QuantityError(message, hint=_unit_hint(text, written, dimension))
    return table[unit]


def _without_word(unit: str, dimension: Dimension) -> str:
    for word in _WORDS.get(dimension, ()):
        if unit == word or unit.endswith(" " + word):
            return _lower(unit.removesuffix(word))
    return _lower(unit)


def _lower(unit: str) -> str:
    """Return a unit in small letters, leaving other scripts alone: the Kelvin sign is not a k."""
    return unit.strip(_SPACES).lower() if unit.isascii() else unit


def _unit_hint(text: str, unit: str, dimension: Dimension) -> str:
    if dimension is Dimension.RATE and unit.rstrip("sS").upper().endswith("FLOP"):
        return f"a rate is written FLOP/s: {_EXAMPLE[dimension]}"
    if dimension is Dimension.FLOP and unit.upper().endswith(("FLOP/S", "FLOPS")):
        return f"an amount is written FLOP: {_EXAMPLE[dimension]}"
    if dimension is Dimension.LENGTH and unit.lower() == "k":
        number = text.strip()[:-1].strip()
        return f"`{shown(text.strip())}` could be {number}000 or {number} x 1024: write the number out"
    if unit.startswith(("^", "*", "x", "\N{MULTIPLICATION SIGN}")):
        return f"powers of ten are written `1e12`; write {_EXAMPLE[dimension]}"
    if unit[:1].isdigit() or unit.startswith(","):
        return f"write digits without spaces or commas: {_EXAMPLE[dimension]}"
    return f"write {_EXAMPLE[dimension]}"


def _named(raw: object) -> str:
    if isinstance(raw, str):
        return f"`{shown(raw)}`"
    return f"`{raw}`" if isinstance(raw, float) else "this number"


def _finite(value: Decimal | float | Real, raw: object, dimension: Dimension) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or (number == 0 and value != 0):
        message = f"{_named(raw)} is not a finite number that a computer can hold"
        raise QuantityError(message, hint=f"write {_EXAMPLE[dimension]}")
    return number


def _describe(raw: object) -> str:
    names = {bool: "true or false", dict: "a table", list: "a list", type(None): "nothing"}
    return names.get(type(raw), f"a {type(raw).__name__}")


def needs_unit(dimension: Dimension) -> bool:
    """Return whether a number of this dimension always carries its unit."""
    return dimension in _UNITS


def example(dimension: Dimension) -> str:
    """Return how a quantity of this dimension is written, for hints."""
    return _EXAMPLE[dimension]


def parse_any(raw: object) -> float:
    """Return a number whose dimension its unit tells: `"14T"`, `"35%"`, `"3.8e25 FLOP"`, `"989 TFLOP/s"`.

    Raises
    ------
    QuantityError
        For anything that is not one number with a known unit.
    """
    if isinstance(raw, str):
        endings = {
            "%": Dimension.SHARE,
            "FLOP/s": Dimension.RATE,
            "FLOP": Dimension.FLOP,
            "USD": Dimension.MONEY,
        }
        for ending, dimension in endings.items():
            if raw.rstrip().endswith(ending):
                return parse(raw, dimension)
    return parse(raw, Dimension.TOKENS)
