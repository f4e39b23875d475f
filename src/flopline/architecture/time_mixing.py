"""Recurrent mixers without attention: RWKV's time and channel mixing, and the matrix memory of xLSTM."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.blocks import Block, norm_before
from flopline.architecture.extents import Extent
from flopline.architecture.operations import LINEAR_ATTENTION, MIXER, MLP, Linear, Operation, Product, Weights

if TYPE_CHECKING:
    from flopline.architecture.extents import Lengths


def time_mixing(hidden: int, width: int, *, norm: int) -> Block:
    """Return RWKV-4's time mixing (Peng et al. 2023, arXiv:2305.13048, section 3): its recurrence is elementwise.

    Parameters
    ----------
    hidden, width : int
        Width of the stream and of keys, values and receptance.
    norm : int
        Parameters of the normalization before the block.
    """
    start, read = norm_before("input_norm", norm)
    mixed = ("time_mix",)
    operations = (
        *start,
        Weights("time_mix", 3 * hidden, read),
        Linear("key", hidden, width, MIXER, mixed),
        Linear("value", hidden, width, MIXER, mixed),
        Linear("receptance", hidden, width, MIXER, mixed),
        Weights("time_decay", 2 * width, ("key", "value")),
        Linear("output", width, hidden, MIXER, ("time_decay", "receptance")),
    )
    return Block(operations, ("output",))


def channel_mixing(hidden: int, width: int, *, norm: int) -> Block:
    """Return RWKV-4's channel mixing: an MLP without a gate inside, scaled by a receptance.

    Parameters
    ----------
    hidden, width : int
        Width of the stream and of the MLP.
    norm : int
        Parameters of the normalization before the block.
    """
    start, read = norm_before("input_norm", norm)
    mixed = ("time_mix",)
    operations = (
        *start,
        Weights("time_mix", 2 * hidden, read),
        Linear("key", hidden, width, MLP, mixed),
        Linear("value", width, hidden, MLP, ("key",)),
        Linear("receptance", hidden, hidden, MLP, mixed),
    )
    return Block(operations, ("value", "receptance"))


class Memory(NamedTuple):
    """The shape of an mLSTM.

    Attributes
    ----------
    heads, query, value : int
        Heads, and the widths of all queries (and of all keys), and of all values, together.
    chunk : int
        Positions Q of a chunk.
    """

    heads: int
    query: int
    value: int
    chunk: int


def matrix_memory(hidden: int, shape: Memory, *, norm: int, inner_norm: int, bias: bool) -> Block:
    """Return the mLSTM of xLSTM (Beck et al. 2024, arXiv:2405.04517, section 2.3; chunks as in arXiv:2503.14376).

    Parameters
    ----------
    hidden, shape : int, Memory
        Width of the stream and shape of the memory.
    norm, inner_norm : int
        Parameters of the normalizations before the block and of what is read from the memory.
    bias : bool
        Whether the matrices have biases; the two gates of each head always do.

    Notes
    -----
    Each token writes its value under its key and reads the memory, 4 d_q d_v and 2 d_q for the normalizer per
    head. In whole chunks it attends to its chunk besides, 2Q(d_q + d_v); the rest of the sequence is stepped through.
    """
    start, read = norm_before("input_norm", norm)
    query, value = shape.query // shape.heads, shape.value // shape.heads
    outer = 2 * shape.heads * query * value
    inside = whole_only(shape.chunk)
    square = 2 * shape.heads * shape.chunk
    operations: tuple[Operation, ...] = (
        *start,
        Linear("q", hidden, shape.query, MIXER, read, bias),
        Linear("k", hidden, shape.query, MIXER, read, bias),
        Linear("v", hidden, shape.value, MIXER, read, bias),
        Linear("ogate_preact", hidden, shape.value, MIXER, read, bias),
        Linear("igate_preact", hidden, shape.heads, MIXER, read, bias=True),
        Linear("fgate_preact", hidden, shape.heads, MIXER, read, bias=True),
        Product("scores", square * query, LINEAR_ATTENTION, "q", "k", inside),
        Product("diagonal", square * value, LINEAR_ATTENTION, "scores", "v", inside),
        Product("memory", outer, LINEAR_ATTENTION, "k", "v"),
        Product("output", outer, LINEAR_ATTENTION, "q", "memory"),
        Product("normalizer", 2 * shape.query, LINEAR_ATTENTION, "q", "k"),
        Weights("multihead_norm", inner_norm, ("diagonal", "output", "normalizer", "igate_preact", "fgate_preact")),
        Linear("out_proj", shape.value, hidden, MIXER, ("multihead_norm", "ogate_preact"), bias),
    )
    return Block(operations, ("out_proj",))


@lru_cache(maxsize=256)
def whole_only(chunk: int) -> Extent:
    """Return the positions of a sequence that lie in whole chunks; a single token never does.

    Parameters
    ----------
    chunk : int
        Positions Q of a chunk.
    """

    def times(lengths: Lengths) -> int:
        return chunk * (lengths.tokens // chunk) * (lengths.tokens > 1)

    return Extent(f"{chunk} floor(S/{chunk})", times)
