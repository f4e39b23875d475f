"""Attention whose queries and keys pass convolutions over time first (ZAYA)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block, norm_before
from flopline.architecture.convolutions import padded_positions
from flopline.architecture.extents import ONCE
from flopline.architecture.operations import CONVOLUTION, PROJECTIONS, Linear, Operation, Scores, Weights

if TYPE_CHECKING:
    from flopline.architecture.masks import Mask


def convolved_attention(
    hidden: int,
    heads: int,
    key_value_heads: int,
    head_dim: int,
    mask: Mask,
    *,
    kernels: tuple[int, int],
    bias: bool,
    norm: int,
    after: int,
) -> Block:
    """Return compressed convolutional attention with grouped queries (arXiv:2510.04476, section 3).

    Parameters
    ----------
    hidden, heads, key_value_heads, head_dim : int
        Its shape.
    mask : Mask
        Which pairs are visible.
    kernels : tuple of int
        Positions that the depthwise convolution sees, and the one that mixes the channels of a head.
    bias : bool
        Whether the matrices have biases; the convolutions always do.
    norm, after : int
        Parameters before the block, and of the scaled sum of its result and the stream.

    Notes
    -----
    Half of each value comes from the token before; for the first token the matrix reads zeros once more.
    """
    start, read = norm_before("input_norm", norm)
    queries, keys = heads * head_dim, key_value_heads * head_dim
    channels, (first, second) = queries + keys, kernels
    whole = ("conv_qk_grouped", "q_proj", "k_proj")
    operations: tuple[Operation, ...] = (
        *start,
        Linear("q_proj", hidden, queries, PROJECTIONS, read, bias),
        Linear("k_proj", hidden, keys, PROJECTIONS, read, bias),
        Linear("v_proj_current", hidden, keys // 2, PROJECTIONS, read, bias),
        Linear("v_proj_delayed", hidden, keys // 2, PROJECTIONS, read, bias),
        Linear("v_proj_start", hidden, keys // 2, PROJECTIONS, (), bias, on=ONCE, shared=True),
        Linear(
            "conv_qk_depthwise", channels * first, channels, CONVOLUTION, ("q_proj", "k_proj"), bias=True,
            groups=channels, on=padded_positions(second),
        ),
        Linear(
            "conv_qk_grouped", channels * second, channels, CONVOLUTION, ("conv_qk_depthwise",), bias=True,
            groups=heads + key_value_heads,
        ),
        Weights("queries", 0, whole),
        Weights("temp", key_value_heads, whole),
        Weights("values", 0, ("v_proj_current", "v_proj_delayed", "v_proj_start")),
        Scores("scores", heads, head_dim, head_dim, mask, "queries", "temp", "values"),
        Linear("o_proj", queries, hidden, PROJECTIONS, ("scores",), bias),
        Weights("residual_scale", after, ("o_proj", "x")),
    )  # fmt: skip
    return Block(operations, ("residual_scale",))
