"""State-space mixers: the selective scan of Mamba, the chunked dual of Mamba-2, the gated recurrence of Griffin.

What counts are the matrix products that transformers 5.23 runs without custom kernels; what the kernels, and
their authors, count instead stands beside them.
"""

from __future__ import annotations

from typing import NamedTuple

from flopline.architecture.blocks import Block, norm_before, weights_if
from flopline.architecture.chunks import chunk_pairs, whole_chunks
from flopline.architecture.convolutions import causal_convolution
from flopline.architecture.extents import TOKENS
from flopline.architecture.operations import (
    MIXER,
    RECURRENCE,
    SCAN,
    Alternative,
    Kernels,
    Linear,
    Operation,
    Product,
    Weights,
)


class Dual(NamedTuple):
    """The shape of a Mamba-2 mixer.

    Attributes
    ----------
    heads, head_dim : int
        Heads and their size P; the inner width is their product.
    groups, state : int
        Groups G that share their input and output maps, and the size N of a head's state per channel.
    kernel, chunk : int
        Positions that the convolution sees, and positions Q of a chunk.
    """

    heads: int
    head_dim: int
    groups: int
    state: int
    kernel: int
    chunk: int

    @property
    def inner(self) -> int:
        """Inner width."""
        return self.heads * self.head_dim

    @property
    def channels(self) -> int:
        """Channels of the convolution: inner width, input maps and output maps."""
        return self.inner + 2 * self.groups * self.state


def selective_scan(
    hidden: int,
    inner: int,
    *,
    state: int,
    rank: int,
    kernel: int,
    bias: bool,
    conv_bias: bool,
    norm: int,
    normed: bool = False,
    heads: int = 1,
) -> Block:
    """Return a Mamba mixer (Gu and Dao 2023, arXiv:2312.00752, section 3): of its scan only C h is a matrix product.

    Parameters
    ----------
    hidden, inner : int
        Width of the stream and of the scan.
    state, rank, kernel : int
        Size N of the state per channel, rank R of the step sizes, positions that the convolution sees.
    bias, conv_bias : bool
        Whether the outer matrices and the convolution have biases.
    norm : int
        Parameters of the normalization before the block.
    normed : bool
        Whether step sizes, input and output maps are normalized with weights (Jamba).
    heads : int
        Heads with maps of their own (Zamba).
    """
    start, read = norm_before("input_norm", norm)
    maps = rank + 2 * state
    norms = weights_if("map_norms", maps * normed, ("x_proj",))
    chosen = ("map_norms",) if normed else ("x_proj",)
    operations: tuple[Operation, ...] = (
        *start,
        Linear("in_proj", hidden, 2 * inner, MIXER, read, bias),
        causal_convolution("conv1d", inner, kernel, ("in_proj",), bias=conv_bias),
        Linear("x_proj", inner, heads * maps, MIXER, ("conv1d",), groups=heads),
        *norms,
        Linear("dt_proj", heads * rank, inner, MIXER, chosen, bias=True, groups=heads),
        Weights("A_log", inner * state, ("dt_proj", *chosen, "conv1d")),
        Product("scan", 2 * inner * state, SCAN, "A_log", chosen[0]),
        Weights("D", inner, ("scan", "conv1d")),
        Kernels("scan", (Alternative("selective scan", 9 * inner * state, TOKENS, AUTHORS),), (SCAN,)),
        Linear("out_proj", inner, hidden, MIXER, ("D", "in_proj"), bias),
    )
    return Block(operations, ("out_proj",))


def state_space_dual(
    hidden: int,
    shape: Dual,
    *,
    bias: bool,
    output_bias: bool,
    conv_bias: bool,
    norm: int,
    gate_norm: int,
) -> Block:
    """Return a Mamba-2 mixer (Dao and Gu 2024, arXiv:2405.21060, section 6), its scan in chunks.

    Parameters
    ----------
    hidden, shape : int, Dual
        Width of the stream and shape of the mixer.
    bias, output_bias, conv_bias : bool
        Whether the first matrix, the last one and the convolution have biases.
    norm, gate_norm : int
        Parameters of the normalization before the block and of the one that the gate scales.

    Notes
    -----
    Per position of whole chunks and head: scores 2QN, their product with the inputs 2QP, states 2PN, outputs
    2PN. States pass between n chunks as a product with a triangle of n + 1 decays, 2(n + 1)^2 PN per head.
    """
    start, read = norm_before("input_norm", norm)
    scanned = ("D", "in_proj")
    gated = weights_if("norm", gate_norm, scanned)
    operations: tuple[Operation, ...] = (
        *start,
        Linear("in_proj", hidden, shape.inner + shape.channels + shape.heads, MIXER, read, bias),
        causal_convolution("conv1d", shape.channels, shape.kernel, ("in_proj",), bias=conv_bias),
        Weights("decay", 2 * shape.heads, ("in_proj",)),
        *_chunked(shape),
        Weights("D", shape.heads, ("diagonal", "output", "conv1d")),
        Kernels("scan", _kernels(shape), (SCAN,)),
        *gated,
        Linear("out_proj", shape.inner, hidden, MIXER, ("norm",) if gated else scanned, output_bias),
    )
    return Block(operations, ("out_proj",))


def _chunked(shape: Dual) -> tuple[Product, ...]:
    each, outer = whole_chunks(shape.chunk), 2 * shape.heads * shape.head_dim * shape.state
    square = 2 * shape.heads * shape.chunk
    return (
        Product("scores", square * shape.state, SCAN, "conv1d", "conv1d", each),
        Product("diagonal", square * shape.head_dim, SCAN, "scores", "conv1d", each),
        Product("states", outer, SCAN, "conv1d", "conv1d", each),
        Product("passing", outer, SCAN, "decay", "states", chunk_pairs(shape.chunk)),
        Product("output", outer, SCAN, "conv1d", "passing", each),
    )


def _kernels(shape: Dual) -> tuple[Alternative, ...]:
    square, outer = 2 * shape.chunk * shape.head_dim, 4 * shape.head_dim * shape.state
    chunked = shape.groups * 2 * shape.chunk * shape.state + shape.heads * (square + outer)
    return (
        Alternative("chunked kernel", chunked, TOKENS, "Dao and Gu 2024, arXiv:2405.21060, section 6"),
        Alternative("recurrent", 7 * shape.inner * shape.state, TOKENS, "Megatron-LM, num_floating_point_operations"),
    )


def gated_recurrence(
    hidden: int, width: int, heads: int, kernel: int, *, norm: int, names: tuple[str, str, str]
) -> Block:
    """Return a recurrent block of Griffin (De et al. 2024, arXiv:2402.19427, section 2.4): the scan is elementwise.

    Parameters
    ----------
    hidden, width, heads : int
        Width of the stream and of the recurrence, and blocks on the diagonal of its gates.
    kernel : int
        Positions that the convolution sees.
    norm : int
        Parameters of the normalization before the block.
    names : tuple of str
        Names of the matrices of both branches and of the last one.
    """
    start, read = norm_before("input_norm", norm)
    branch, gate, last = names
    operations: tuple[Operation, ...] = (
        *start,
        Linear(gate, hidden, width, MIXER, read, bias=True),
        Linear(branch, hidden, width, MIXER, read, bias=True),
        causal_convolution("conv_1d", width, kernel, (branch,), bias=True),
        Linear("input_gate", width, width, RECURRENCE, ("conv_1d",), bias=True, groups=heads),
        Linear("recurrent_gate", width, width, RECURRENCE, ("conv_1d",), bias=True, groups=heads),
        Weights("recurrent_param", width, ("input_gate", "recurrent_gate", "conv_1d")),
        Linear(last, width, hidden, MIXER, ("recurrent_param", gate), bias=True),
    )
    return Block(operations, (last,))


AUTHORS = "Gu and Dao, github.com/state-spaces/mamba, issue 110"
"""Who counts nine FLOP per channel and state of a selective scan."""
