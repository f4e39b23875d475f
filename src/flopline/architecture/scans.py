"""What scans cost under other conventions than the matrix products that the reference execution runs."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flopline.architecture.ledger import Amount, units
from flopline.architecture.operations import Kernels
from flopline.architecture.training import profile

if TYPE_CHECKING:
    from flopline.architecture.extents import Lengths
    from flopline.architecture.shape import Architecture

EXECUTED: Final = "executed"
RECURRENT: Final = "recurrent"


def scan_conventions(architecture: Architecture, lengths: Lengths, batch: int) -> dict[str, Amount]:
    """Return the forward FLOP of all scans of a model by convention; empty where there are none.

    Parameters
    ----------
    architecture : Architecture
        The model.
    lengths : Lengths
        Lengths of a sequence.
    batch : int
        Sequences.

    Notes
    -----
    A convention is listed only where every scan of the model has a cost under it.
    """
    kernels = _kernels(architecture)
    if not kernels:
        return {}
    replaced = {term for one, _ in kernels for term in one.terms}
    executed = [0, 0]
    for key, cost in profile(architecture).body.items():
        if key.term in replaced:
            for side, times in enumerate(units(key, lengths)):
                executed[side] += batch * times * cost.forward
    found = {EXECUTED: Amount(*executed)}
    common = [name for name in _names(kernels[0][0]) if all(name in _names(one) for one, _ in kernels)]
    for name in common:
        flop = sum(
            layers * other.forward * batch * other.on.times(lengths)
            for one, layers in kernels
            for other in one.alternatives
            if other.name == name
        )
        found[name] = Amount(flop, flop)
    return found


@lru_cache(maxsize=64)
def _kernels(architecture: Architecture) -> tuple[tuple[Kernels, int], ...]:
    """Return the scans of a model, each with how many layers run it."""
    return tuple(
        (one, times)
        for layer, times in Counter(architecture.layers).items()
        for one in layer.operations
        if isinstance(one, Kernels)
    )


def recurrent_step(architecture: Architecture) -> tuple[int, frozenset[str]]:
    """Return what all scans of a model cost for one more token, and the terms of the ledger that this replaces.

    A cache holds the state of a scan, so that a generated token costs one step of the recurrence, not its part of
    a chunk. Scans without a recurrent cost keep what they execute.
    """
    total = 0
    replaced: set[str] = set()
    for one, layers in _kernels(architecture):
        for other in one.alternatives:
            if other.name == RECURRENT:
                total += layers * other.forward
                replaced.update(one.terms)
    return total, frozenset(replaced)


def _names(one: Kernels) -> list[str]:
    return [other.name for other in one.alternatives]
