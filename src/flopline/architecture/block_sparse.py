"""Block-sparse attention: small heads score every key, and the large ones see the blocks with the best scores.

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
