"""A transformer block whose weights serve at several depths, in front of a Mamba mixer (Zamba)."""

from __future__ import annotations

from typing import NamedTuple

from flopline.architecture.blocks import Block, weights_if
from flopline.architecture.composition import reading
from flopline.architecture.masks import CAUSAL
from flopline.architecture.operations import MLP, PROJECTIONS, Linear, Operation, Scores, Weights


class Shared(NamedTuple):
    """The shape of a block that reads the stream beside the embedding, and has no residual stream of its own.

    Attributes
    ----------
    hidden, entering : int
        Width of the stream, and of stream and embedding together.
    heads, key_value_heads, head_dim : int
        Its attention.
    inner : int
        Width of its MLP.
    fused, bias : bool
        Whether the MLP's first matrix holds gate and values both, and whether the MLP has biases.
    rank : int
        Rank of the adapters that each use of the MLP has for itself; 0 where there are none.
    adapted : bool
        Whether queries, keys and values have such adapters too.
    """

    hidden: int
    entering: int
    heads: int
    key_value_heads: int
    head_dim: int
    inner: int
    fused: bool = False
    bias: bool = False
    rank: int = 0
    adapted: bool = False


def shared_before(shape: Shared, mixer: Block, *, again: bool) -> Block:
    """Return the shared block, the matrix after it, and the mixer that reads both it and the stream.

    Parameters
    ----------
    shape : Shared
        Its shape.
    mixer : Block
        The Mamba mixer, whose result alone returns to the stream (Glorioso et al. 2024, arXiv:2405.16712, eq. 6).
    again : bool
        Whether the shared weights were counted at an earlier depth; matrix and adapters are each use's own.
    """
    linear = Linear("linear", shape.hidden, shape.hidden, PROJECTIONS, (_LAST,))
    inside = (*_attention(shape, again), *_mlp(shape, again), linear)
    return Block((*inside, *reading(mixer, ("linear", "x"))), mixer.outputs)


_LAST = "down_proj"


def _attention(shape: Shared, again: bool) -> list[Operation]:
    queries, keys = shape.heads * shape.head_dim, shape.key_value_heads * shape.head_dim
    norm = "shared_input_norm"
    operations: list[Operation] = [Weights(norm, shape.entering * (not again))]
    for name, outputs in (("q", queries), ("k", keys), ("v", keys)):
        operations.append(Linear(f"{name}_proj", shape.entering, outputs, PROJECTIONS, (norm,), shared=again))
        if shape.adapted:
            down, up = f"{name}_adapter.0", f"{name}_adapter.1"
            operations += [
                Linear(down, shape.entering, shape.rank, PROJECTIONS, (norm,)),
                Linear(up, shape.rank, outputs, PROJECTIONS, (down,)),
                Weights(f"{name}_sum", 0, (f"{name}_proj", up)),
            ]
    end = "sum" if shape.adapted else "proj"
    core = Scores("scores", shape.heads, shape.head_dim, shape.head_dim, CAUSAL, f"q_{end}", f"k_{end}", f"v_{end}")
    return [*operations, core, Linear("o_proj", queries, shape.hidden, PROJECTIONS, ("scores",), shared=again)]


def _mlp(shape: Shared, again: bool) -> list[Operation]:
    read = ("shared_mlp_norm",) if not again else ("o_proj",)
    operations = weights_if(read[0], shape.hidden * (not again), ("o_proj",))
    first = (("gate_up_proj", 2),) if shape.fused else (("gate_proj", 1), ("up_proj", 1))
    for name, times in first:
        operations.append(Linear(name, shape.hidden, times * shape.inner, MLP, read, shape.bias, shared=again))
    names = [name for name, _ in first]
    if shape.rank:
        operations += [
            Linear("gate_up_adapter.0", shape.hidden, shape.rank, MLP, read),
            Linear("gate_up_adapter.1", shape.rank, 2 * shape.inner, MLP, ("gate_up_adapter.0",)),
        ]
        names.append("gate_up_adapter.1")
    last = Linear(_LAST, shape.inner, shape.hidden, MLP, tuple(names), shape.bias, shared=again)
    return [*operations, last]
