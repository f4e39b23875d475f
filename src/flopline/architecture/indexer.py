"""The lightning indexer of sparse attention: small heads that score every key, so that the large ones see a few.

The eager reference scores the whole square all the same and masks what was not selected; the masked convention
counts what a sparse kernel computes: index scores of every visible pair, attention over min(K, t) keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.operations import INDEXER, INPUT, Linear, Product, Weights

if TYPE_CHECKING:
    from flopline.architecture.operations import Operation


def indexer(
    hidden: int, query_width: int, heads: int, head_dim: int, *, query: tuple[str, ...], extra: int = 0
) -> tuple[Operation, ...]:
    """Return the operations of an indexer (DeepSeek-AI 2025, arXiv:2512.02556, section 2.1).

    Parameters
    ----------
    hidden, query_width : int
        Width of the stream, and of what its queries are projected from.
    heads, head_dim : int
        Its heads, which share one key, and their size.
    query : tuple of str
        The operation that its queries are projected from.
    extra : int
        Parameters of a normalization and a scale of its queries.

    Notes
    -----
    2S(q n d + h d + h n) + 2A n(d + 1). It runs without gradients, as transformers runs it: what it selects are
    indices. Training it on a loss of its own (the paper's equations 3 and 4, its input detached) adds one forward
    pass for its weights and two for its scores, which no count here includes.
    """
    scale = (Weights("indexer.query_scale", extra, ("indexer.wq_b",)),) if extra else ()
    return (
        Linear("indexer.wq_b", query_width, heads * head_dim, INDEXER, query, detached=True),
        *scale,
        Linear("indexer.wk", hidden, head_dim, INDEXER, INPUT, detached=True),
        Weights("indexer.k_norm", 2 * head_dim, ("indexer.wk",)),
        Linear("indexer.weights_proj", hidden, heads, INDEXER, INPUT, detached=True),
        Product("indexer.scores", 2 * heads * head_dim, INDEXER, "indexer.wq_b", "indexer.k_norm", CAUSAL, True),
        Product("indexer.sum", 2 * heads, INDEXER, "indexer.weights_proj", "indexer.scores", CAUSAL, True),
    )


def selected(keys: int) -> Mask:
    """Return the mask of queries that see the best `keys` of the keys before them, as many as in a window."""
    return Mask("window", keys)
