"""Blocks put together to one: side by side after one normalization, or fed by something else than the stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block, norm_before
from flopline.architecture.operations import INPUT, Kernels, Product, Scores

if TYPE_CHECKING:
    from flopline.architecture.operations import Operation


def side_by_side(norm: int, *blocks: Block) -> Block:
    """Return blocks that read one normalization of the stream and whose results are added to it together.

    Parameters
    ----------
    norm : int
        Parameters of the normalization.
    blocks : Block
        The blocks, without a normalization of their own and with different names.
    """
    start, read = norm_before("shared_norm", norm)
    inside = tuple(one for block in blocks for one in reading(block, read))
    return Block((*start, *inside), tuple(name for block in blocks for name in block.outputs))


def reading(block: Block, names: tuple[str, ...]) -> tuple[Operation, ...]:
    """Return the operations of a block that reads earlier results in place of the stream.

    Parameters
    ----------
    block : Block
        The block.
    names : tuple of str
        What it reads instead.
    """
    return tuple(_fed(one, names) for one in block.operations)


def _fed(one: Operation, names: tuple[str, ...]) -> Operation:
    if isinstance(one, (Scores, Product, Kernels)) or not set(INPUT) & set(one.reads):
        return one
    return one._replace(reads=tuple(other for name in one.reads for other in (names if name in INPUT else (name,))))
