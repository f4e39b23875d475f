"""FLOP of one sequence as a function of an uncertain length, for models that are counted exactly."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.architecture import Architecture, generation_flop
from flopline.engine.factors import Transform

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.kernels.records import Floats

LONGEST: Final = 2**31


def per_sample(what: str, evaluate: Callable[[int], int], prompt: int, spread: float) -> Transform:
    """Return the mean FLOP of a sequence of `prompt` + x tokens, x being a mean length.

    Between whole lengths it is linear. A coefficient of variation `spread` of the lengths inside the run adds
    half the second difference times the variance: exact for the quadratic of attention, where E[L^2] =
    mean^2 (1 + cv^2).

    Parameters
    ----------
    what : str
        Names the function: of two variables with one name there is one.
    evaluate : callable
        Exact FLOP of a whole length.
    prompt : int
        Tokens before the first generated one.
    spread : float
        Coefficient of variation of the generated lengths.
    """
    exact = lru_cache(maxsize=4096)(evaluate)

    def one(x: float) -> float:
        length = min(max(prompt + x, 1.0), LONGEST)
        floor = int(length)
        here, above = exact(floor), exact(floor + 1)
        value = here + (length - floor) * (above - here)
        if spread and floor > 1:
            value += 0.5 * (above - 2 * here + exact(floor - 1)) * (spread * x) ** 2
        return float(value)

    def many(x: Floats) -> Floats:
        return np.array([one(value) for value in x.tolist()])

    return Transform(f"{what}, {prompt} tokens of prompt", many)


def decoded(architecture: Architecture, prompt: float, spread: float, name: str, *, each: bool) -> Transform:
    """Return decode FLOP of one sample against its generated length; `each` divides by the length."""

    def function(x: Floats) -> Floats:
        flop = generation_flop(architecture, np.full(x.shape, prompt), x, cv=spread)[1]
        return flop / x if each else flop

    return Transform(f"decode FLOP of {name}" + (" per token" if each else ""), function)


def prefilled(architecture: Architecture, name: str) -> Transform:
    """Return prefill FLOP of one sample against its prompt length."""

    def function(x: Floats) -> Floats:
        return generation_flop(architecture, x, np.ones_like(x))[0]

    return Transform(f"prefill FLOP of {name}", function)
