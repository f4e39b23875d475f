"""Rounding to significant figures as forms ask for it: in decimal, halves away from zero, exactly."""

from __future__ import annotations

from fractions import Fraction

RULE = "rounded to the nearest, halves away from zero"
"""The rule, in words: no text prescribes one."""


def decimal_of(value: float | Fraction) -> Fraction:
    """Return the number that a person means: the shortest decimal of a double, a fraction as it is."""
    return value if isinstance(value, Fraction) else Fraction(repr(float(value)))


def rounded(value: float | Fraction, figures: int) -> Fraction:
    """Return a positive number rounded to significant figures, exactly.

    Parameters
    ----------
    value : float or Fraction
        A double stands for its shortest decimal: 1.05e25 is exactly 105 x 10^23.
    figures : int
        At least one.
    """
    exact = decimal_of(value)
    if exact <= 0:
        return Fraction(0)
    step = Fraction(10) ** (_exponent(exact) - figures + 1)
    twice = 2 * exact / step
    return step * ((twice.numerator // twice.denominator + 1) // 2)


def rounded_down(value: float | Fraction, figures: int) -> Fraction:
    """Return the largest number of so many significant figures that is not above a value, exactly."""
    exact = decimal_of(value)
    if exact == 0:
        return Fraction(0)
    step = Fraction(10) ** (_exponent(abs(exact)) - figures + 1)
    return step * (exact // step)


def magnitude(value: float | Fraction) -> int:
    """Return the power of ten of a positive number in scientific notation: 24 for 3.7e24."""
    return _exponent(decimal_of(value))


def in_figures(value: float | Fraction, figures: int) -> str:
    """Return a positive number in significant figures as forms write it: `2.3x10^25`."""
    number = rounded(value, figures)
    if number == 0:
        return "0"
    exponent = _exponent(number)
    digits = number / Fraction(10) ** (exponent - figures + 1)
    text = str(digits.numerator // digits.denominator)
    return f"{text[0]}{'.' if figures > 1 else ''}{text[1:]}x10^{exponent}"


def _exponent(value: Fraction) -> int:
    """Return the exponent of a positive number in scientific notation, exactly."""
    exponent = len(str(value.numerator)) - len(str(value.denominator))
    while Fraction(10) ** exponent > value:
        exponent -= 1
    while Fraction(10) ** (exponent + 1) <= value:
        exponent += 1
    return exponent
