"""Lightning attention: linear attention in blocks, squares within a block and a state between blocks."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from flopline.architecture.blocks import Block, norm_before
from flopline.architecture.extents import TOKENS, Extent, Lengths
from flopline.architecture.operations import (
    LINEAR_ATTENTION,
    MIXER,
    Alternative,
    Kernels,
    Linear,
    Operation,
    Product,
    Weights,
)


def lightning_attention(hidden: int, heads: int, head_dim: int, block: int, *, norm: int) -> Block:
    """Return a gated lightning attention block (MiniMax 2025, arXiv:2501.08313, section 2.2).

    Parameters
    ----------
    hidden, heads, head_dim : int
        Its shape; there are as many keys and values as queries.
    block : int
        Positions b of a block.
    norm : int
        Parameters of the normalization before it.

    Notes
    -----
    Per head and block of s positions, the last one perhaps shorter: 2s^2 d for scores and as much for values, 2s d^2
    to read the state and as much to write it. The first state is zero, so that no gradient leads through it, and
    nothing reads the last one.
    """
    start, read = norm_before("input_norm", norm)
    inner = heads * head_dim
    square, outer = 2 * inner, 2 * inner * head_dim
    operations: tuple[Operation, ...] = (
        *start,
        Linear("qkv_proj", hidden, 3 * inner, MIXER, read),
        Product("scores", square, LINEAR_ATTENTION, "qkv_proj", "qkv_proj", block_squares(block)),
        Product("within_block", square, LINEAR_ATTENTION, "scores", "qkv_proj", block_squares(block)),
        Product("first_read", outer, LINEAR_ATTENTION, "qkv_proj", "", first_block(block)),
        Product("written", outer, LINEAR_ATTENTION, "qkv_proj", "qkv_proj", but_last_block(block)),
        Product("last_written", outer, LINEAR_ATTENTION, "", "", last_block(block), detached=True),
        Product("read", outer, LINEAR_ATTENTION, "qkv_proj", "written", but_first_block(block)),
        Kernels(
            "lightning", (Alternative("recurrent", 2 * outer, TOKENS, RECURRENT),), (LINEAR_ATTENTION,)
        ),
        Weights("norm", inner, ("within_block", "first_read", "read")),
        Linear("output_gate", hidden, inner, MIXER, read),
        Linear("out_proj", inner, hidden, MIXER, ("norm", "output_gate")),
    )  # fmt: skip
    return Block(operations, ("out_proj",))


RECURRENT: Final = "Qin et al. 2024, arXiv:2401.04658, equation 2: the state is written and read at each position"


@lru_cache(maxsize=256)
def block_squares(block: int) -> Extent:
    """Return the pairs of positions within blocks.

    Parameters
    ----------
    block : int
        Positions b of a block.
    """

    def pairs(lengths: Lengths) -> int:
        whole, rest = divmod(lengths.tokens, block)
        return whole * block**2 + rest**2

    return Extent(f"q b^2 + r^2, b = {block}, q, r = divmod(S, b)", pairs)


@lru_cache(maxsize=256)
def first_block(block: int) -> Extent:
    """Return the positions of the first block."""
    return Extent(f"min({block}, S)", lambda lengths: min(block, lengths.tokens))


@lru_cache(maxsize=256)
def last_block(block: int) -> Extent:
    """Return the positions of the last block, which may be shorter than the others."""
    return Extent(f"(S - 1) mod {block} + 1", lambda lengths: (lengths.tokens - 1) % block + 1)


@lru_cache(maxsize=256)
def but_first_block(block: int) -> Extent:
    """Return the positions after the first block."""
    return Extent(f"max(S - {block}, 0)", lambda lengths: max(lengths.tokens - block, 0))


@lru_cache(maxsize=256)
def but_last_block(block: int) -> Extent:
    """Return the positions before the last block."""
    return Extent(f"{block} (ceil(S/{block}) - 1)", lambda lengths: block * ((lengths.tokens - 1) // block))
