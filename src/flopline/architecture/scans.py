"""What scans cost under other conventions than the matrix products that the reference execution runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from flopline.architecture.ledger import NOTHING, Amount, terms
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
    kernels = [
        one
        for layer, times in Counter(architecture.layers).items()
        for one in layer.operations
        if isinstance(one, Kernels)
        for _ in range(times)
    ]  # fmt: skip
    if not kernels:
        return {}
    costs = profile(architecture).body
    replaced = {term for one in kernels for term in one.terms}
    executed = sum(
        (line.forward for line in terms(costs, lengths, batch, latent=False) if line.name in replaced), NOTHING
    )
    found = {EXECUTED: executed}
    common = [name for name in _names(kernels[0]) if all(name in _names(one) for one in kernels)]
    for name in common:
        flop = sum(
            other.forward * batch * other.on.times(lengths)
            for one in kernels
            for other in one.alternatives
            if other.name == name
        )
        found[name] = Amount(flop, flop)
    return found


def recurrent_step(architecture: Architecture) -> tuple[int, frozenset[str]]:
    """Return what all scans of a model cost for one more token, and the terms of the ledger that this replaces.

    A cache holds the state of a scan, so that a generated token costs one step of the recurrence, not its part of
    a chunk. Scans without a recurrent cost keep what they execute.
    """
    total, replaced = 0, set()
    for layer, times in Counter(architecture.layers).items():
        for one in layer.operations:
            for other in one.alternatives if isinstance(one, Kernels) else ():
                if other.name == RECURRENT:
                    total += times * other.forward
                    replaced.update(one.terms)
    return total, frozenset(replaced)


def _names(one: Kernels) -> list[str]:
    return [other.name for other in one.alternatives]
