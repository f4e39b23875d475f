"""Attention to a window and to compressed blocks before it, of which an indexer may select a few (DeepSeek V4).

Queries are compressed, all heads share one key that is also the value, and the output is projected in groups.
Beside the window, each query sees one entry for every whole block of r tokens before it: all of them where blocks
are large, the best K of them where they are small.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from flopline.architecture.blocks import Block, norm_before, weights_if
from flopline.architecture.extents import Extent, Lengths
from flopline.architecture.masks import Mask
from flopline.architecture.operations import (
    COMPRESSION,
    INDEXER,
    INPUT,
    PROJECTIONS,
    Linear,
    Operation,
    Product,
    Scores,
    Weights,
)


class Compressor(NamedTuple):
    """How tokens become entries.

    Attributes
    ----------
    rate : int
        Tokens r of a block.
    overlap : bool
        Whether an entry is made of two blocks, its own and the one before.
    keys : int or None
        How many entries K a query sees at most; None: all before it.
    index_heads, index_size : int
        Heads of the indexer that selects them, and their size.
    """

    rate: int
    overlap: bool = False
    keys: int | None = None
    index_heads: int = 0
    index_size: int = 0


@lru_cache(maxsize=64)
def entries(rate: int) -> Extent:
    """Return the pairs of queries and entries: S floor(S/r), of which the visible ones lie before the query."""
    return Extent(
        f"S floor(S/{rate})",
        lambda lengths: lengths.tokens * (lengths.tokens // rate),
        lambda lengths: entries_before(lengths.tokens, rate),
    )


def entries_before(length: int, rate: int, keys: int | None = None) -> int:
    """Return how many entries the queries of a sequence see together: sum of min(K, floor(t/r)) for t = 1..S.

    Parameters
    ----------
    length, rate : int
        Tokens S, and tokens r of an entry.
    keys : int, optional
        The most K that one query sees.
    """
    if keys is not None and length >= keys * rate:
        return entries_before(keys * rate - 1, rate) + keys * (length - keys * rate + 1)
    whole, rest = divmod(length, rate)
    return rate * (whole * (whole - 1) // 2) + whole * (rest + 1)


def compressed_attention(
    hidden: int,
    heads: int,
    head_dim: int,
    *,
    query_rank: int,
    groups: int,
    output_rank: int,
    window: int,
    compressor: Compressor | None,
) -> Block:
    """Return a block of attention to a window and to compressed entries.

    Parameters
    ----------
    hidden, heads, head_dim : int
        Width h, heads H and their size D.
    query_rank : int
        Rank of the compressed queries.
    groups, output_rank : int
        Groups of heads, and what the output of each is first projected to.
    window : int
        Keys that every query sees, its own included.
    compressor : Compressor or None
        How entries are made; None where there is only the window.

    Notes
    -----
    DeepSeek V4 as transformers 5.23 runs it: 2S(h r_q + r_q H D + h D + H D r_o + g r_o h), scores 4 H D per pair.
    """
    start, read = norm_before("input_norm", hidden)
    before: tuple[Operation, ...] = (
        *start,
        Linear("q_a_proj", hidden, query_rank, PROJECTIONS, read),
        Weights("q_a_norm", query_rank, ("q_a_proj",)),
        Linear("q_b_proj", query_rank, heads * head_dim, PROJECTIONS, ("q_a_norm",)),
        Linear("kv_proj", hidden, head_dim, PROJECTIONS, read),
        Weights("kv_norm", head_dim, ("kv_proj",)),
    )
    mask: Mask | Extent = Mask("window", window)
    key, inside = "kv_norm", tuple[Operation, ...]()
    if compressor is not None:
        mask, key = _beside(window, compressor), "keys"
        inside = (
            *_compressed(hidden, head_dim, compressor, read),
            *_selecting(hidden, query_rank, compressor),
            Weights("keys", 0, ("kv_norm", "compressor.norm")),
        )
    after = (
        *weights_if("sinks", heads, ("q_b_proj",)),
        Scores("scores", heads, head_dim, head_dim, mask, "q_b_proj", key, key),
        Linear("o_a_proj", heads * head_dim, groups * output_rank, PROJECTIONS, ("scores",), groups=groups),
        Linear("o_b_proj", groups * output_rank, hidden, PROJECTIONS, ("o_a_proj",)),
    )
    return Block((*before, *inside, *after), ("o_b_proj",))


def _beside(window: int, compressor: Compressor) -> Extent:
    """Return the pairs of queries with the window and with the entries beside it."""
    near, rate, keys = Mask("window", window), compressor.rate, compressor.keys
    most = "" if keys is None else f"min({keys}, .) of "

    def all_pairs(lengths: Lengths) -> int:
        return lengths.tokens * (lengths.tokens + lengths.tokens // rate)

    def visible(lengths: Lengths) -> int:
        return near.pairs(lengths.tokens) + entries_before(lengths.tokens, rate, keys)

    return Extent(f"{near.formula}, and {most}floor(t/{rate}) entries", all_pairs, visible)


def _compressed(hidden: int, size: int, compressor: Compressor, read: tuple[str, ...]) -> tuple[Operation, ...]:
    """Return the matrices that make entries; without a whole block nothing reads them, and no gradient reaches them."""
    width, rate = size * (1 + compressor.overlap), compressor.rate
    some = Extent("S", lambda lengths: lengths.tokens * (lengths.tokens >= rate))
    none = Extent(f"S below {rate}", lambda lengths: lengths.tokens * (lengths.tokens < rate))
    names = ("compressor.kv_proj", "compressor.gate_proj")
    return (
        *(Linear(name, hidden, width, COMPRESSION, read, on=some) for name in names),
        *(
            Linear(f"{name}.idle", hidden, width, COMPRESSION, read, on=none, detached=True, shared=True)
            for name in names
        ),
        Weights("compressor.position_bias", rate * width, names),
        Weights("compressor.norm", size, ("compressor.position_bias",)),
    )


def _selecting(hidden: int, query_rank: int, compressor: Compressor) -> tuple[Operation, ...]:
    """Return the indexer over entries, which makes entries of its own."""
    if compressor.keys is None:
        return ()
    heads, size = compressor.index_heads, compressor.index_size
    width = size * (1 + compressor.overlap)
    pairs = entries(compressor.rate)
    return (
        Linear("indexer.kv_proj", hidden, width, INDEXER, INPUT, detached=True),
        Linear("indexer.gate_proj", hidden, width, INDEXER, INPUT, detached=True),
        Weights("indexer.position_bias", compressor.rate * width, ("indexer.kv_proj",)),
        Weights("indexer.kv_norm", size, ("indexer.kv_proj",)),
        Linear("indexer.q_b_proj", query_rank, heads * size, INDEXER, ("q_a_norm",), detached=True),
        Linear("indexer.weights_proj", hidden, heads, INDEXER, INPUT, detached=True),
        # Weighting the heads runs elementwise here.
        Product("indexer.scores", 2 * heads * size, INDEXER, "indexer.q_b_proj", "indexer.kv_norm", pairs, True),
    )
