"""Numbers with their units, as people read them."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

_ENERGIES: Final = (("TWh", 1e6), ("GWh", 1e3), ("MWh", 1.0), ("kWh", 1e-3))


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


def energy(megawatt_hours: float, like: float | None = None) -> str:
    """Return an amount of energy: `27 GWh`, `433 MWh`, `5.2 kWh`.

    Parameters
    ----------
    like : float, optional
        An energy in whose unit to print, and then without it: the ends of an interval share the unit of its middle.
    """
    scale = megawatt_hours if like is None else like
    unit, size = next((pair for pair in _ENERGIES if scale >= 0.9995 * pair[1]), _ENERGIES[-1])
    number = significant(megawatt_hours / size)
    return number if like is not None else f"{number} {unit}"


def money(dollars: float) -> str:
    """Return an amount of money: `60.2M USD`, `165k USD`, `950 USD`."""
    thousands = 999.5 <= dollars < 999_500
    return f"{significant(dollars / 1e3)}k USD" if thousands else f"{counted(dollars)} USD"


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
