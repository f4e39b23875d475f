"""Lightning attention: linear attention in blocks, squares within a block and a state between blocks."""

from __future__ import annotations

from typing import Final

from flopline.architecture.blocks import Block, norm_before
from flopline.architecture.chunks import block_squares, but_first_block, but_one_chunk, first_block, last_block
from flopline.architecture.extents import TOKENS
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
        Product("written", outer, LINEAR_ATTENTION, "qkv_proj", "qkv_proj", but_one_chunk(block)),
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
