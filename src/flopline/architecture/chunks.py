"""How often the steps of a scan run that takes a sequence in chunks, filled up to whole ones or not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flopline.architecture.extents import Extent

if TYPE_CHECKING:
    from flopline.architecture.extents import Lengths


@lru_cache(maxsize=256)
def whole_chunks(chunk: int) -> Extent:
    """Return the positions of a sequence that is filled up to whole chunks.

    Parameters
    ----------
    chunk : int
        Positions Q of a chunk.
    """
    return Extent(f"{chunk} ceil(S/{chunk})", lambda lengths: chunk * -(-lengths.tokens // chunk))


@lru_cache(maxsize=256)
def one_chunk(chunk: int) -> Extent:
    """Return the positions of one chunk.

    Parameters
    ----------
    chunk : int
        Positions C of a chunk.
    """
    return Extent(f"{chunk}", lambda _: chunk)


@lru_cache(maxsize=256)
def but_one_chunk(chunk: int) -> Extent:
    """Return the positions of all chunks but one, the sequence being filled up to whole chunks.

    Parameters
    ----------
    chunk : int
        Positions C of a chunk.
    """
    return Extent(f"{chunk} (ceil(S/{chunk}) - 1)", lambda lengths: chunk * (-(-lengths.tokens // chunk) - 1))


@lru_cache(maxsize=256)
def chunk_pairs(chunk: int) -> Extent:
    """Return the pairs of chunks, with one state before the first, that pass their states on.

    Parameters
    ----------
    chunk : int
        Positions Q of a chunk.
    """
    return Extent(f"(ceil(S/{chunk}) + 1)^2", lambda lengths: (-(-lengths.tokens // chunk) + 1) ** 2)


@lru_cache(maxsize=256)
def block_squares(block: int) -> Extent:
    """Return the pairs of positions within blocks.

    Parameters
    ----------
    block : int
        Positions b of a block.
    """

    def pairs(lengths: Lengths) -> int:
        whole, rest = divmod(lengths.tokens, block)
        return whole * block**2 + rest**2

    return Extent(f"q b^2 + r^2, b = {block}, q, r = divmod(S, b)", pairs)


@lru_cache(maxsize=256)
def first_block(block: int) -> Extent:
    """Return the positions of the first block."""
    return Extent(f"min({block}, S)", lambda lengths: min(block, lengths.tokens))


@lru_cache(maxsize=256)
def last_block(block: int) -> Extent:
    """Return the positions of the last block, which may be shorter than the others."""
    return Extent(f"(S - 1) mod {block} + 1", lambda lengths: (lengths.tokens - 1) % block + 1)


@lru_cache(maxsize=256)
def but_first_block(block: int) -> Extent:
    """Return the positions after the first block."""
    return Extent(f"max(S - {block}, 0)", lambda lengths: max(lengths.tokens - block, 0))
