"""Questions to one plan: the arrays, and the verbs that ask them."""

from flopline.engine.check import check
from flopline.engine.compile import Compiled, compile_plan
from flopline.engine.estimate import estimate
from flopline.engine.results import Amount, Estimate, LineResult, Lines, Reading
from flopline.engine.sweep import Sweep, sweep

__all__ = [
    "Amount",
    "Compiled",
    "Estimate",
    "LineResult",
    "Lines",
    "Reading",
    "Sweep",
    "check",
    "compile_plan",
    "estimate",
    "sweep",
]
