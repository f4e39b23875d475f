"""The delta rule in chunks: gated delta networks, and Kimi's delta attention with a decay per channel.

What counts are the matrix products that transformers 5.23 runs without custom kernels, over a sequence filled up
to whole chunks; what fused kernels and the recurrent form cost stands beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.blocks import Block, norm_before
from flopline.architecture.chunks import but_one_chunk, one_chunk, whole_chunks
from flopline.architecture.convolutions import causal_convolution
from flopline.architecture.extents import TOKENS
from flopline.architecture.operations import (
    DELTA,
    MIXER,
    Alternative,
    Kernels,
    Linear,
    Operation,
    Product,
    Weights,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK: Final = 64
"""Positions of a chunk, in transformers and in the kernels of flash-linear-attention."""


class Delta(NamedTuple):
    """The shape of a delta-rule mixer.

    Attributes
    ----------
    key_heads, value_heads : int
        Heads of queries and keys, each of which serves several heads of values.
    key_dim, value_dim : int
        Size of a head's query and key, and of its value.
    kernel, chunk : int
        Positions that the convolution sees, and positions C of a chunk.
    """

    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    kernel: int
    chunk: int = CHUNK

    @property
    def keys(self) -> int:
        """Width of all queries, or of all keys."""
        return self.key_heads * self.key_dim

    @property
    def values(self) -> int:
        """Width of all values."""
        return self.value_heads * self.value_dim

    @property
    def channels(self) -> int:
        """Channels of the convolution: queries, keys and values."""
        return 2 * self.keys + self.values


class Names(NamedTuple):
    """Names of the matrices of a gated delta network; one name of several is a fused matrix.

    Attributes
    ----------
    inputs, gates, output : tuple of str, str
        Queries, keys, values and output gate; step size and decay; the last matrix.
    """

    inputs: tuple[str, ...]
    gates: tuple[str, ...]
    output: str


def gated_delta(hidden: int, shape: Delta, *, norm: int, names: Names) -> Block:
    """Return a gated delta network (Yang et al. 2024, arXiv:2412.06464, section 3).

    Parameters
    ----------
    hidden, shape : int, Delta
        Width of the stream and shape of the mixer.
    norm : int
        Parameters of the normalization before the block.
    names : Names
        Its matrices: one, two (values gated apart) or four for queries, keys, values and gate; one or two for
        step size and decay.
    """
    start, read = norm_before("input_norm", norm)
    step, decay = names.gates[0], names.gates[-1]
    operations: tuple[Operation, ...] = (
        *start,
        *(Linear(name, hidden, width, MIXER, read) for name, width in _inputs(shape, names.inputs)),
        *(Linear(name, hidden, 2 * shape.value_heads // len(names.gates), MIXER, read) for name in names.gates),
        causal_convolution("conv1d", shape.channels, shape.kernel, names.inputs[:-1] or names.inputs, bias=False),
        Weights("decay", 2 * shape.value_heads, (decay,)),
        *delta_rule(shape, step, paired=False),
        Weights("norm", shape.value_dim, ("scan", names.inputs[-1])),
        Linear(names.output, shape.values, hidden, MIXER, ("norm",)),
    )
    return Block(operations, (names.output,))


def _inputs(shape: Delta, names: Sequence[str]) -> list[tuple[str, int]]:
    """Return the widths of the matrices for queries, keys, values and gate."""
    widths = [shape.keys, shape.keys, shape.values, shape.values]
    first = len(widths) - len(names) + 1
    return list(zip(names, [sum(widths[:first]), *widths[first:]], strict=True))


def kimi_delta(hidden: int, heads: int, head_dim: int, kernel: int, *, norm: int, low_rank: bool = True) -> Block:
    """Return Kimi's delta attention (Kimi Team 2025, arXiv:2510.26692, section 3): a decay for each channel.

    Parameters
    ----------
    hidden, heads, head_dim : int
        Width of the stream, heads and their size.
    kernel : int
        Positions that the convolution sees.
    norm : int
        Parameters of the normalization before the block.
    low_rank : bool
        Whether forget gate and output gate are products of two matrices, by way of the size of a head.
    """
    start, read = norm_before("input_norm", norm)
    shape = Delta(heads, heads, head_dim, head_dim, kernel)
    inputs = ("q_proj", "k_proj", "v_proj")
    forget, forgets = _gate(hidden, head_dim, shape.values, "f", read, low_rank)
    gate, gates = _gate(hidden, head_dim, shape.values, "g", read, low_rank)
    operations: tuple[Operation, ...] = (
        *start,
        *(Linear(name, hidden, shape.values, MIXER, read) for name in inputs),
        causal_convolution("conv1d", shape.channels, kernel, inputs, bias=False),
        *forgets,
        Weights("decay", shape.values + heads, (forget,)),
        Linear("b_proj", hidden, heads, MIXER, read),
        *delta_rule(shape, "b_proj", paired=True),
        *gates,
        Weights("o_norm", head_dim, ("scan", gate)),
        Linear("o_proj", shape.values, hidden, MIXER, ("o_norm",)),
    )
    return Block(operations, ("o_proj",))


def _gate(
    hidden: int, rank: int, width: int, name: str, read: tuple[str, ...], low_rank: bool
) -> tuple[str, tuple[Linear, ...]]:
    """Return the name of a gate's last matrix, and its matrices."""
    if not low_rank:
        return f"{name}_proj", (Linear(f"{name}_proj", hidden, width, MIXER, read),)
    inner, last = f"{name}_a_proj", f"{name}_b_proj"
    return last, (Linear(inner, hidden, rank, MIXER, read), Linear(last, rank, width, MIXER, (inner,)))


def delta_rule(shape: Delta, step: str, *, paired: bool) -> tuple[Operation, ...]:
    """Return the scan over `conv1d`, `decay` and a matrix of step sizes, whose result is `scan`.

    Parameters
    ----------
    shape : Delta
        Shape of the mixer.
    step : str
        The matrix of step sizes.
    paired : bool
        Whether decays differ between channels: scores within a chunk are elementwise products then, and the
        triangular system is inverted instead of solved.

    Notes
    -----
    Per position of whole chunks and head of values: two products within the chunk 2C d_k each (both widths d_k and
    d_v where decays differ), its outputs 2C d_v, and the state read twice and written once, 2 d_k d_v each. The
    first state is zero, so that no gradient leads through it, and nothing reads the last one.
    """
    heads, each = 2 * shape.value_heads, whole_chunks(shape.chunk)
    square, inner, outer = heads * shape.chunk, shape.key_dim, heads * shape.key_dim * shape.value_dim
    within = _inverted(shape, square) if paired else _solved(shape, square)
    return (
        Weights("k_beta", 0, ("conv1d", step)),
        Weights("v_beta", 0, ("conv1d", step)),
        Weights("decayed_keys", 0, ("k_beta", "decay")),
        Weights("decayed", 0, ("conv1d", "decay")),
        *within,
        Weights("state", 0, ("new_values", "new_keys", "decayed")),
        *_through("read_by_keys", outer, "new_keys", shape.chunk),
        *_through("read_by_queries", outer, "decayed", shape.chunk),
        Weights("corrected", 0, ("new_values", "read_by_keys", "new_keys")),
        Product("within_chunk", square * shape.value_dim, DELTA, "scores", "corrected", each),
        Product("written", outer, DELTA, "decayed", "corrected", but_one_chunk(shape.chunk)),
        Product("last_state", outer, DELTA, "", "", one_chunk(shape.chunk), detached=True),
        Kernels("scan_kernels", _kernels(shape, 4 * shape.chunk * inner), (DELTA,)),
        Weights("scan", 0, ("within_chunk", "read_by_queries")),
    )


def _solved(shape: Delta, square: int) -> tuple[Operation, ...]:
    """Return scores within chunks, and a triangular system of them that is solved for values and keys.

    Solving runs no matrix product; the gradient of the system's matrix is one, of solution and gradient.
    """
    each = whole_chunks(shape.chunk)
    keys, values = square * shape.key_dim, square * shape.value_dim
    return (
        Product("key_scores", keys, DELTA, "k_beta", "conv1d", each),
        Product("query_scores", keys, DELTA, "conv1d", "conv1d", each),
        Weights("system", 0, ("key_scores", "decay")),
        Weights("scores", 0, ("query_scores", "decay")),
        Product("new_values", 0, DELTA, "system", "v_beta", each, gradients=(values, 0)),
        Product("new_keys", 0, DELTA, "system", "decayed_keys", each, gradients=(keys, 0)),
    )


def _inverted(shape: Delta, square: int) -> tuple[Operation, ...]:
    """Return elementwise scores within chunks, and the products with the inverse of their triangular system."""
    each = whole_chunks(shape.chunk)
    return (
        Weights("system", 0, ("k_beta", "conv1d", "decay")),
        Weights("scores", 0, ("conv1d", "decay")),
        Product("new_values", square * shape.value_dim, DELTA, "system", "v_beta", each),
        Product("new_keys", square * shape.key_dim, DELTA, "system", "decayed_keys", each),
    )


def _through(name: str, flop: int, reader: str, chunk: int) -> tuple[Product, Product]:
    """Return what reads the state: the zeros of the first chunk, and what earlier chunks have written."""
    first = Product(f"first_{name}", flop, DELTA, reader, "", one_chunk(chunk))
    return first, Product(name, flop, DELTA, reader, "state", but_one_chunk(chunk))


def _kernels(shape: Delta, scores: int) -> tuple[Alternative, ...]:
    both, outer = shape.key_dim + shape.value_dim, shape.key_dim * shape.value_dim
    chunked = scores + 2 * shape.chunk * shape.value_dim + shape.chunk * both + 6 * outer
    return (
        Alternative("chunked kernel", shape.value_heads * chunked, TOKENS, KERNEL),
        Alternative("recurrent", shape.value_heads * 8 * outer, TOKENS, RECURRENT),
    )


KERNEL: Final = "Yang et al. 2024, arXiv:2412.06464, section 3.3: products of a chunk and two triangular solves"
RECURRENT: Final = "Yang et al. 2024, arXiv:2412.06464, equation 10: decay, read, write and query of the state"
