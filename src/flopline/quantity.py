"""Text to numbers and back: the only place where units are parsed or printed.

Inside the library everything is FLOP, FLOP/s, seconds, tokens and shares as plain numbers.
"""

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
}
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
        return _finite(_read(raw, dimension), f"`{shown(raw)}`", dimension)
    if isinstance(raw, float):
        return _finite(raw, f"`{raw}`", dimension)
    if isinstance(raw, bool) or not isinstance(raw, Real):
        message = f"expected {dimension.value}, found {_describe(raw)}"
        raise QuantityError(message, hint=f"write {_EXAMPLE[dimension]}")
    return _finite(raw, "this number", dimension)


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
    if dimension is Dimension.FLOP and unit.endswith("FLOP"):
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


def _finite(value: Decimal | float | Real, name: str, dimension: Dimension) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or (number == 0 and value != 0):
        message = f"{name} is not a finite number that a computer can hold"
        raise QuantityError(message, hint=f"write {_EXAMPLE[dimension]}")
    return number


def _describe(raw: object) -> str:
    names = {bool: "true or false", dict: "a table", list: "a list", type(None): "nothing"}
    return names.get(type(raw), f"a {type(raw).__name__}")


def example(dimension: Dimension) -> str:
    """Return how a quantity of this dimension is written, for hints."""
    return _EXAMPLE[dimension]


def significant(value: float, digits: int = 3) -> str:
    """Return a number with a few significant digits: `1.05e25`, `0.35`, `16384`."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return str(value)
    if 1e-3 <= abs(value) < 1e6:
        places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
        text = f"{value:.{places}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def flop(value: float) -> str:
    """Return an amount of computation: `1.05e25 FLOP`."""
    return "0 FLOP" if value == 0 else f"{scientific(value)} FLOP"


def scientific(value: float, digits: int = 3) -> str:
    """Return a number in scientific form whatever its size: `1.05e25`, `3.00e3`."""
    if not math.isfinite(value):
        return str(value)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def exact(value: float) -> str:
    """Return a number in scientific form with all of its digits: `1e25`, `1.25e25`."""
    # The shortest decimal that reads back as the double is what was written.
    number = Decimal(repr(float(value))).normalize()
    first, *rest = number.as_tuple().digits
    tail = "".join(map(str, rest))
    return f"{first}{'.' if tail else ''}{tail}e{number.adjusted()}"


def counted(value: float) -> str:
    """Return tokens, parameters or other counts with a magnitude: `15.6T`, `405B`, `16384`."""
    if abs(value) >= 1e18:
        return significant(value)
    for suffix, power in (("T", 12), ("B", 9), ("M", 6)):
        if abs(value) >= 10**power * 0.9995:
            return significant(value / 10**power) + suffix
    return significant(value)


def share(value: float) -> str:
    """Return a share in per cent: `35 %`, `0.21 %`."""
    return f"{significant(100 * value)} %"


def percent(probability: float) -> str:
    """Return a probability with one decimal, never 0 % or 100 %: `4.9 %`, `<0.1 %`, `>99.9 %`."""
    if probability < 0.001:
        return "<0.1 %"
    if probability > 0.999:
        return ">99.9 %"
    return f"{100 * probability:.1f} %"


def whole_percent(probability: float) -> str:
    """Return a probability in whole per cent, never 0 % or 100 %: `5 %`, `<1 %`, `>99 %`."""
    if probability < 0.01:
        return "<1 %"
    if probability > 0.99:
        return ">99 %"
    return f"{100 * probability:.0f} %"


def odds(probability: float) -> str:
    """Return a probability as a frequency: `1 in 20`, `1 in 1.5e10`; empty above one half."""
    if probability <= 0 or probability > 0.5:
        return ""
    return f"1 in {significant(1 / probability, 2)}"


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
