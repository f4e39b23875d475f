"""Why six FLOP per parameter and token do not tell what a shape costs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flopline.architecture.extents import ONCE, TOKENS
from flopline.architecture.operations import Kernels, Linear, Scores

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.architecture.operations import Operation
    from flopline.architecture.shape import Architecture

_REASONS: Final[tuple[tuple[Callable[[Operation], bool], str], ...]] = (
    (
        lambda one: isinstance(one, Linear) and one.shared,
        "weights that serve at several depths are one parameter each and cost FLOP at every use",
    ),
    (
        lambda one: isinstance(one, Kernels),
        "6ND has no scans, whose products hold no parameters",
    ),
    (
        lambda one: isinstance(one, Linear) and one.on is ONCE,
        "6ND takes what runs once per sequence, such as conditioning and pooled positions, as run at every position",
    ),
    (
        lambda one: isinstance(one, (Linear, Scores)) and one.detached,
        "6ND takes an indexer that no gradient passes as trained",
    ),
    (
        lambda one: isinstance(one, Linear) and one.on not in (TOKENS, ONCE),
        "6ND takes every matrix as run once per position; some run at other positions, named in the formulas",
    ),
)


@lru_cache(maxsize=64)
def remarks(architecture: Architecture) -> tuple[str, ...]:
    """Return the reasons that hold for a shape, each as a sentence."""
    operations = [one for layer in dict.fromkeys(architecture.layers) for one in layer.operations]
    found = [reason for holds, reason in _REASONS if any(map(holds, operations))]
    if architecture.prediction:
        found.append("6ND has no multi-token-prediction modules, which run layers and the head once more")
    return tuple(found)
