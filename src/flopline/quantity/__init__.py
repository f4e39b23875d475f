"""Text to numbers and back: the only place where units are parsed or printed.

Inside the library everything is FLOP, FLOP/s, seconds, tokens and shares as plain numbers.
"""

from __future__ import annotations

from flopline.quantity.reading import LONGEST, Dimension, example, needs_unit, parse, parse_any, power_of_ten, shown
from flopline.quantity.writing import (
    counted,
    energy,
    exact,
    flop,
    money,
    odds,
    percent,
    scientific,
    share,
    significant,
    whole_percent,
)

__all__ = [
    "LONGEST",
    "Dimension",
    "counted",
    "energy",
    "exact",
    "example",
    "flop",
    "money",
    "needs_unit",
    "odds",
    "parse",
    "parse_any",
    "percent",
    "power_of_ten",
    "scientific",
    "share",
    "shown",
    "significant",
    "whole_percent",
]
