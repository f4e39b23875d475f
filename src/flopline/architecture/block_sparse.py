"""Block-sparse attention: small heads score keys or blocks of them, and the large ones see the best blocks.

The eager reference scores the whole square all the same and masks what was not selected; the masked convention
counts the keys of the blocks that are selected.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flopline.architecture.extents import Extent, Lengths
from flopline.architecture.masks import CAUSAL
from flopline.architecture.operations import INDEXER, Linear, Product, Weights

if TYPE_CHECKING:
    from flopline.architecture.operations import Operation


def block_indexer(hidden: int, heads: int, head_dim: int, read: str) -> tuple[Operation, ...]:
    """Return the operations that score keys for the selection of blocks, 2S(h n d + h d) + 2A n d.

    Parameters
    ----------
    hidden : int
        Width h of the stream.
    heads, head_dim : int
        Heads n, which share one key, and their size d.
    read : str
        What they read.

    Notes
    -----
    No gradient passes: what it finds are numbers of blocks. Queries and keys are normalized with weights.
    """
    return (
        Linear("indexer.q_proj", hidden, heads * head_dim, INDEXER, (read,), detached=True),
        Linear("indexer.k_proj", hidden, head_dim, INDEXER, (read,), detached=True),
        Weights("indexer.q_norm", head_dim, ("indexer.q_proj",)),
        Weights("indexer.k_norm", head_dim, ("indexer.k_proj",)),
        Product("indexer.scores", 2 * heads * head_dim, INDEXER, "indexer.q_norm", "indexer.k_norm", CAUSAL, True),
    )


@lru_cache(maxsize=256)
def selected_blocks(size: int, blocks: int) -> Extent:
    """Return the pairs of queries that see their own block up to themselves and the best of the blocks before it.

    Parameters
    ----------
    size : int
        Positions B of a block.
    blocks : int
        Blocks K that a query sees at most, its own among them.

    Notes
    -----
    The first KB queries see all that is before them, the n that follow (K - 1)B keys of whole blocks and those of
    their own block: qB(B+1)/2 + r(r+1)/2 with q, r = divmod(n, B).
    """

    def visible(lengths: Lengths) -> int:
        near = min(lengths.tokens, size * blocks)
        far = lengths.tokens - near
        whole, rest = divmod(far, size)
        own = whole * (size * (size + 1) // 2) + rest * (rest + 1) // 2
        return near * (near + 1) // 2 + far * size * (blocks - 1) + own

    text = f"A = keys of the best {blocks} blocks of {size}, the query's own up to itself"
    return Extent(text, lambda lengths: lengths.tokens**2, visible)


def pooled_indexer(hidden: int, heads: int, head_dim: int, size: int) -> tuple[Operation, ...]:
    """Return the operations that score means of blocks of keys, 2S h (n + 1) d + 2B n d for B pairs with a block.

    Parameters
    ----------
    hidden : int
        Width h of the stream.
    heads, head_dim : int
        Heads n, which share one key, and their size d.
    size : int
        Keys of a block.

    Notes
    -----
    No gradient passes: what it finds are numbers of keys. A query is compared with complete blocks alone.
    """
    return (
        Linear("indexer.index_qk_proj", hidden, (heads + 1) * head_dim, INDEXER, detached=True),
        Weights("indexer.q_layernorm", head_dim, ("indexer.index_qk_proj",)),
        Weights("indexer.k_layernorm", head_dim, ("indexer.index_qk_proj",)),
        Product(
            "indexer.scores", 2 * heads * head_dim, INDEXER, "indexer.q_layernorm", "indexer.k_layernorm",
            complete_blocks(size), True,
        ),
    )  # fmt: skip


@lru_cache(maxsize=256)
def complete_blocks(size: int) -> Extent:
    """Return the pairs of a query and a block of keys that is complete by then: the sum of floor(t / c).

    Parameters
    ----------
    size : int
        Keys c of a block.
    """

    def pairs(lengths: Lengths) -> int:
        whole, rest = divmod(lengths.tokens, size)
        return size * (whole * (whole - 1) // 2) + whole * (rest + 1)

    return Extent(f"B = sum of floor(t/{size}) over t = 1 .. S", pairs)


@lru_cache(maxsize=256)
def complete_and_tail(size: int, blocks: int) -> Extent:
    """Return the pairs of queries that see the best complete blocks, and every key after the last complete one.

    Parameters
    ----------
    size : int
        Keys c of a block.
    blocks : int
        Complete blocks K that a query sees at most.

    Notes
    -----
    A query with t keys sees min(K, floor(t/c)) c + t mod c of them: all where t < (K + 1)c.
    """

    def visible(lengths: Lengths) -> int:
        near = min(lengths.tokens, size * (blocks + 1) - 1)
        far = lengths.tokens - near
        whole, rest = divmod(far, size)
        tails = whole * (size * (size - 1) // 2) + rest * (rest - 1) // 2
        return near * (near + 1) // 2 + far * size * blocks + tails

    text = f"A = keys of the best {blocks} complete blocks of {size}, and those after the last"
    return Extent(text, lambda lengths: lengths.tokens**2, visible)
