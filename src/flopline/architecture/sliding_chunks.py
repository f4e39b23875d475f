"""Attention in a band, as products of overlapping chunks (Longformer, arXiv:2004.05150, section 3.1)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block, finished
from flopline.architecture.extents import TOKENS, Extent
from flopline.architecture.masks import Mask
from flopline.architecture.operations import PROJECTIONS, SCORES, Linear, Operation, Product, Weights

if TYPE_CHECKING:
    from flopline.architecture.extents import Lengths


@lru_cache(maxsize=256)
def padded(window: int) -> Extent:
    """Return the tokens of a sequence that is filled up to whole windows."""
    return Extent(f"S up to a multiple of {window}", lambda lengths: _whole(lengths, window))


def _whole(lengths: Lengths, window: int) -> int:
    return -(-lengths.tokens // window) * window


@lru_cache(maxsize=256)
def _score_pairs(longest: int, side: int) -> Extent:
    """Return the pairs inside chunks of two sides, each overlapping half of the next."""
    band = Mask("band", side)
    return Extent(
        f"4k^2 (P/k - 1), k = {side}, P = S up to a multiple of {longest}",
        lambda lengths: (_whole(lengths, longest) // side - 1) * 4 * side * side,
        lambda lengths: band.pairs(lengths.tokens),
    )


@lru_cache(maxsize=256)
def _context_pairs(longest: int, side: int) -> Extent:
    """Return the pairs of every token with the chunk of three sides around its own."""
    band = Mask("band", side)
    return Extent(
        f"3kP, k = {side}, P = S up to a multiple of {longest}",
        lambda lengths: 3 * side * _whole(lengths, longest),
        lambda lengths: band.pairs(lengths.tokens),
    )


def sliding_chunks(hidden: int, window: int, longest: int, *, after: int, output: str) -> Block:
    """Return attention to `window` / 2 tokens on either side, without tokens that see everything.

    Parameters
    ----------
    hidden : int
        Width of the model.
    window : int
        The tokens that one sees, on both sides together.
    longest : int
        The widest window of the model, which sequences are filled up to whole multiples of.
    after : int
        Parameters of the normalization after the block.
    output : str
        Name of the output matrix.
    """
    side, on = window // 2, padded(longest)
    inputs: list[Operation] = [
        Linear(name, hidden, hidden, PROJECTIONS, bias=True, on=on) for name in ("query", "key", "value")
    ]
    return finished(
        (
            *inputs,
            Weights("global", 3 * (hidden * hidden + hidden), ()),  # for tokens that see everything, here none
            Product("scores", 2 * hidden, SCORES, "query", "key", on=_score_pairs(longest, side)),
            Product("context", 2 * hidden, SCORES, "scores", "value", on=_context_pairs(longest, side)),
            Linear(output, hidden, hidden, PROJECTIONS, ("context",), True, on=on),
        ),
        (output,),
        after,
    )


def filled(block: Block, longest: int) -> Block:
    """Return a block as it runs on a sequence that is filled up to whole windows."""
    on = padded(longest)
    return Block(
        tuple(one._replace(on=on) if isinstance(one, Linear) and one.on is TOKENS else one for one in block.operations),
        block.outputs,
    )
