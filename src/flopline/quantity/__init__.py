"""Text to numbers and back: the only place where units are parsed or printed.

Inside the library everything is FLOP, FLOP/s, seconds, tokens and shares as plain numbers.
"""

from __future__ import annotations

from flopline.quantity.reading import LONGEST, Dimension, example, needs_unit, parse, parse_any, power_of_ten, shown
from flopline.quantity.rounding import RULE, decimal_of, in_figures, magnitude, rounded, rounded_down
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
    "RULE",
    "Dimension",
    "counted",
    "decimal_of",
    "energy",
    "exact",
    "example",
    "flop",
    "in_figures",
    "magnitude",
    "money",
    "needs_unit",
    "odds",
    "parse",
    "parse_any",
    "percent",
    "power_of_ten",
    "rounded",
    "rounded_down",
    "scientific",
    "share",
    "shown",
    "significant",
    "whole_percent",
]
