"""Encoder and decoder: blocks on the decoder's positions, and attention from them to the encoder's."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flopline.architecture.attention import SPLIT, Split
from flopline.architecture.blocks import Block, finished, norm_before, weights_if
from flopline.architecture.extents import TOKENS, Extent, OtherLength, same_as_tokens
from flopline.architecture.masks import Mask
from flopline.architecture.operations import CROSS_SCORES, PROJECTIONS, Linear, Operation, Product, Scores

if TYPE_CHECKING:
    from collections.abc import Callable

ENCODER: Final = "encoder"
"""Stream of the encoder; the decoder's is the usual one, so that the head reads it."""
DECODER_LEN: Final = "decoder_len"
DECODER: Final = Extent("T", lambda lengths: lengths[DECODER_LEN])
"""Once per position of the decoder."""


def decoder_length(default: int | Callable[[int], int] = same_as_tokens) -> OtherLength:
    """Return the length of the decoder, which is as long as the encoder where nobody says otherwise."""
    return OtherLength(DECODER_LEN, default, "positions of the decoder")


@lru_cache(maxsize=4096)
def own_pairs(mask: Mask) -> Extent:
    """Return the pairs of the decoder's positions among themselves."""
    return Extent(
        mask.text.replace("S", "T"),
        lambda lengths: lengths[DECODER_LEN] ** 2,
        lambda lengths: mask.pairs(lengths[DECODER_LEN]),
    )


@lru_cache(maxsize=256)
def cross_pairs(keys: Extent) -> Extent:
    """Return the pairs of the decoder's positions with those of the encoder."""
    return Extent(f"T x {keys.text}", lambda lengths: lengths[DECODER_LEN] * keys.times(lengths))


def in_decoder(block: Block) -> Block:
    """Return a block as it runs on the decoder's positions."""
    return Block(tuple(_moved(one) for one in block.operations), block.outputs)


def _moved(one: Operation) -> Operation:
    if isinstance(one, Scores):
        return one._replace(mask=own_pairs(one.mask)) if isinstance(one.mask, Mask) else one
    if isinstance(one, (Linear, Product)) and one.on is TOKENS:
        return one._replace(on=DECODER)
    return one


def cross_attention(
    hidden: int,
    heads: int,
    head_dim: int,
    *,
    memory: int | None = None,
    key_value_heads: int | None = None,
    norm: int = 0,
    after: int = 0,
    bias: bool = False,
    key_bias: bool | None = None,
    output_bias: bool | None = None,
    query_norm: int = 0,
    key_norm: int = 0,
    keys: Extent = TOKENS,
    names: Split = SPLIT,
    prefix: str = "encoder_attn",
) -> Block:
    """Return attention from the decoder's positions T to the encoder's S (Vaswani et al. 2017, arXiv:1706.03762).

    Queries and the output matrix run T times, keys and values S times, the scores on T x S pairs.

    Parameters
    ----------
    hidden, heads, head_dim : int
        The decoder's width, heads, and the size of a head.
    memory : int, optional
        The encoder's width, if it is another.
    key_value_heads : int, optional
        Heads of keys and values, if they are fewer.
    norm, after : int
        Parameters of the normalization before and after the block.
    bias, key_bias, output_bias : bool
        Biases of queries and values, of keys, and of the output matrix; the last two like the first if not given.
    query_norm, key_norm : int
        Parameters of the normalizations of queries and keys.
    keys : Extent
        Positions of the encoder.
    names : Split
        How the matrices are called.
    prefix : str
        What stands before their names, which keeps them apart from the decoder's own.
    """
    start, read = norm_before("input_norm", norm)
    groups = (heads if key_value_heads is None else key_value_heads) * head_dim
    width = hidden if memory is None else memory
    query, key, value, output = (f"{prefix}.{name}" for name in names)
    source = (f"@{ENCODER}",)
    norms = weights_if("query_norm", query_norm, (query,)) + weights_if("key_norm", key_norm, (key,))
    operations: tuple[Operation, ...] = (
        *start,
        Linear(query, hidden, heads * head_dim, PROJECTIONS, read, bias, on=DECODER),
        Linear(key, width, groups, PROJECTIONS, source, bias if key_bias is None else key_bias, on=keys),
        Linear(value, width, groups, PROJECTIONS, source, bias, on=keys),
        *norms,
        Scores(
            "cross_scores", heads, head_dim, head_dim, cross_pairs(keys), "query_norm" if query_norm else query,
            "key_norm" if key_norm else key, value, term=CROSS_SCORES,
        ),
        Linear(
            output, heads * head_dim, hidden, PROJECTIONS, ("cross_scores",),
            bias if output_bias is None else output_bias, on=DECODER,
        ),
    )  # fmt: skip
    return finished(operations, (output,), after)
