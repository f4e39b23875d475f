"""An indexer that selects whole pools of keys, each scored by one average key."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from flopline.architecture.compressed import entries, entries_before
from flopline.architecture.extents import Extent, Lengths
from flopline.architecture.operations import INDEXER, INPUT, Linear, Operation, Product, Weights


class Pools(NamedTuple):
    """Pools of keys.

    Attributes
    ----------
    size, most : int
        Keys p of a pool, and pools K that a query sees at most.
    tail : bool
        Whether it also sees the keys since the last whole pool.
    """

    size: int
    most: int
    tail: bool


def visible(pools: Pools, length: int) -> int:
    """Return how many keys the queries of a sequence see together: sum of p min(K, floor(t/p)) + t mod p."""
    seen = pools.size * entries_before(length, pools.size, pools.most)
    if not pools.tail:
        return seen
    whole, rest = divmod(length, pools.size)
    return seen + whole * (pools.size * (pools.size - 1) // 2) + rest * (rest + 1) // 2


@lru_cache(maxsize=64)
def pool_mask(pools: Pools) -> Extent:
    """Return the pairs of queries and keys, of which a query sees its pools and the tail."""

    def all_pairs(lengths: Lengths) -> int:
        return lengths.tokens**2

    def seen(lengths: Lengths) -> int:
        return visible(pools, lengths.tokens)

    tail = f" and t mod {pools.size}" if pools.tail else ""
    return Extent(f"{pools.size} min({pools.most}, floor(t/{pools.size})){tail} keys of query t", all_pairs, seen)


def pooled_indexer(hidden: int, query_width: int, heads: int, size: int, pools: Pools) -> tuple[Operation, ...]:
    """Return the operations of an indexer over pools, without gradients.

    Parameters
    ----------
    hidden, query_width : int
        Width of the stream, and of the compressed queries.
    heads, size : int
        Its heads, which share one key, and their size.
    pools : Pools
        The pools.

    Notes
    -----
    GLM-5.3 as transformers 5.23 runs it: 2S(q n d + 2 h d + h n) + 2S floor(S/p) n (d + 1); averaging runs elementwise.
    """
    pairs = entries(pools.size)
    return (
        Linear("indexer.wq_b", query_width, heads * size, INDEXER, ("q_a_norm",), detached=True),
        Linear("indexer.wk", hidden, size, INDEXER, INPUT, detached=True),
        Weights("indexer.k_norm", 2 * size, ("indexer.wk",)),
        Linear("indexer.pool_gate", hidden, size, INDEXER, INPUT, detached=True),
        Weights("indexer.pool_position", pools.size * size, ("indexer.pool_gate",)),
        Linear("indexer.weights_proj", hidden, heads, INDEXER, INPUT, detached=True),
        Product("indexer.scores", 2 * heads * size, INDEXER, "indexer.wq_b", "indexer.k_norm", pairs, True),
        Product("indexer.sum", 2 * heads, INDEXER, "indexer.weights_proj", "indexer.scores", pairs, True),
    )
