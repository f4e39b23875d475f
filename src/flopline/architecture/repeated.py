"""Blocks whose weights run again at a later depth, with a gradient or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block
from flopline.architecture.operations import Linear, Product, Scores, Weights

if TYPE_CHECKING:
    from flopline.architecture.operations import Operation


def repeated(block: Block, *, shared: bool, detached: bool) -> Block:
    """Return a block as one of its runs.

    Parameters
    ----------
    block : Block
        The block.
    shared : bool
        Whether its parameters were counted where it ran first.
    detached : bool
        Whether it runs without a gradient.
    """
    kept = [_run(one, shared, detached) for one in block.operations if not (shared and isinstance(one, Weights))]
    return Block(tuple(kept), block.outputs)


def _run(one: Operation, shared: bool, detached: bool) -> Operation:
    if isinstance(one, Linear):
        return one._replace(shared=shared or one.shared, detached=detached or one.detached)
    if isinstance(one, (Scores, Product)):
        return one._replace(detached=detached or one.detached)
    return one
