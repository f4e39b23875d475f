"""A model's shape, read from its configuration, and the exact FLOP that sequences cost in it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from flopline.architecture.adapters import Lora
from flopline.architecture.count import Count, count
from flopline.architecture.ledger import Amount, Term
from flopline.architecture.masks import Mask
from flopline.architecture.read import read_architecture
from flopline.architecture.readers import READERS
from flopline.architecture.shape import Architecture, Parameters
from flopline.architecture.stages import StageFlop, training_flop
from flopline.architecture.training import RECOMPUTE

if TYPE_CHECKING:
    from flopline.architecture.generation import forward_flop, generation_flop

SUPPORTED = tuple(READERS)
"""Every `model_type` that can be counted."""

__all__ = [
    "RECOMPUTE",
    "SUPPORTED",
    "Amount",
    "Architecture",
    "Count",
    "Lora",
    "Mask",
    "Parameters",
    "StageFlop",
    "Term",
    "count",
    "forward_flop",
    "generation_flop",
    "read_architecture",
    "training_flop",
]


def __getattr__(name: str) -> object:
    # Counting needs no NumPy, so what does is imported when it is asked for.
    if name in ("forward_flop", "generation_flop"):
        return getattr(import_module("flopline.architecture.generation"), name)
    message = f"module `flopline.architecture` has no attribute `{name}`"
    raise AttributeError(message)
