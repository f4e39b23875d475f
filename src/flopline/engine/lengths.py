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


def prefilled(architecture: Architecture, name: str, before: int = 0) -> Transform:
    """Return prefill FLOP of one sample against its prompt length, or against what is read after `before` tokens."""

    def function(x: Floats) -> Floats:
        flop = _read(architecture, before + x)
        return flop - _read(architecture, np.full(x.shape, float(before))) if before else flop

    return Transform(f"prefill FLOP of {name}" + (f" after {before} tokens" if before else ""), function)


def reread(architecture: Architecture, prompt: int, returned: int, turns: int, name: str) -> Transform:
    """Return FLOP of reading all that stands before each turn but the first, against the generated length.

    Parameters
    ----------
    prompt, returned : int
        Tokens of the prompt, read in every turn, and tokens that tools return over all turns.
    turns : int
        T; turn j + 1 reads the prompt and j/T of what was generated and returned.
    """

    def function(x: Floats) -> Floats:
        flop = np.zeros_like(x)
        for turn in range(1, turns):
            flop += _read(architecture, prompt + (returned + x) * turn / turns)
        return flop

    return Transform(f"FLOP of {name} reading again in {turns} turns, {prompt} + {returned} tokens", function)


def judged(architecture: Architecture, context: int, verdict: int, name: str) -> Transform:
    """Return FLOP of a judge that reads `context` and a sample and writes `verdict` tokens, against the sample."""

    def function(x: Floats) -> Floats:
        read, written = generation_flop(architecture, context + x, np.full(x.shape, float(verdict)))
        return read + written

    return Transform(f"FLOP of {name} reading {context} tokens and a sample, writing {verdict}", function)


def _read(architecture: Architecture, length: Floats) -> Floats:
    return generation_flop(architecture, length, np.ones_like(length))[0]
