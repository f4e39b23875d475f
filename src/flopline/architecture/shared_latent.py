"""Latent attention whose compressed keys and values may be those of a layer below, and whose queries are direct."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block, norm_before
from flopline.architecture.operations import INPUT, PROJECTIONS, Linear, Operation, Scores, Weights

if TYPE_CHECKING:
    from flopline.architecture.masks import Mask


def shared_latent_attention(
    hidden: int,
    heads: int,
    *,
    key_value_rank: int,
    nope_dim: int,
    rope_dim: int,
    value_dim: int,
    mask: Mask,
    norm: int,
    bias: bool,
    own: bool,
    indexer: tuple[Operation, ...],
) -> Block:
    """Return a block of latent attention, compressing keys and values itself or reading what a layer below compressed.

    Parameters
    ----------
    hidden, heads : int
        Width and heads.
    key_value_rank : int
        Rank of the compressed keys and values.
    nope_dim, rope_dim, value_dim : int
        Size of a head's query and key without and with rotary positions, and of its value.
    mask : Mask
        Which pairs are visible.
    norm : int
        Parameters of the normalization before the block.
    bias : bool
        Whether the compressing matrix and the output matrix have biases.
    own : bool
        Whether it compresses keys and values itself.
    indexer : tuple
        Operations that select which keys a query sees.

    Notes
    -----
    Mistral Large 4 as transformers 5.23 runs it. What was compressed below needs a gradient where the stream does.
    """
    start, read = norm_before("input_norm", norm)
    width = nope_dim + rope_dim
    compress: tuple[Operation, ...] = (
        Linear("kv_a_proj_with_mqa", hidden, key_value_rank + rope_dim, PROJECTIONS, read, bias),
        Weights("kv_a_norm", key_value_rank, ("kv_a_proj_with_mqa",)),
    )
    latent = ("kv_a_norm",) if own else INPUT
    operations: tuple[Operation, ...] = (
        *start,
        Linear("q_proj", hidden, heads * width, PROJECTIONS, read),
        Weights("q_scale", 2 * heads, ("q_proj",)),
        *(compress if own else ()),
        Linear("kv_b_proj", key_value_rank, heads * (nope_dim + value_dim), PROJECTIONS, latent),
        *indexer,
        Scores(
            "scores", heads, width, value_dim, mask, "q_scale", "kv_b_proj", "kv_b_proj",
            absorbed=(key_value_rank + rope_dim, key_value_rank),
        ),
        Linear("o_proj", heads * value_dim, hidden, PROJECTIONS, ("scores",), bias),
    )  # fmt: skip
    return Block(operations, ("o_proj",))
