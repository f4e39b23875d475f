"""Blocks of diffusion transformers: conditioning, attention over one or several streams, feed-forward.

A picture and the text beside it are kept in one stream "x", for their blocks attend to both; what conditions all
positions alike (time, pooled text, labels) is the stream "condition", of which a matrix computes shifts, scales and
gates once per picture (Peebles and Xie 2022, arXiv:2212.09748, section 3.2; Esser et al. 2024, arXiv:2403.03206,
section 4).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.blocks import Block
from flopline.architecture.extents import ONCE, Extent
from flopline.architecture.grids import times
from flopline.architecture.operations import (
    CROSS_SCORES,
    INPUT,
    MLP,
    MODULATION,
    PROJECTIONS,
    SCORES,
    Linear,
    Operation,
    Scores,
    Weights,
)
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CONDITION: Final = ("@condition",)
"""What a modulation reads."""
CONTEXT: Final = ("@text",)
"""What cross-attention to a text reads."""
IMAGE: Final = ("to_q", "to_k", "to_v", "to_out.0")
"""Names of the matrices of self-attention."""
ADDED: Final = ("add_q_proj", "add_k_proj", "add_v_proj", "to_add_out")
"""Names of the matrices of the second stream of joint attention."""
FEED_FORWARD: Final = ("net.0.proj", "net.2")
"""Names of the matrices of a feed-forward network."""
GATED_ACTIVATIONS: Final = ("geglu", "swiglu")
"""Activations whose first matrix is twice as wide."""
ACTIVATIONS: Final = ("gelu", "gelu-approximate", "geglu-approximate", "linear-silu", *GATED_ACTIVATIONS)
"""Activations of a feed-forward block."""


class Side(NamedTuple):
    """One stream of an attention: how wide it is, how many positions it has, and what its matrices are called.

    Attributes
    ----------
    width : int
        Width of what it reads.
    on : Extent
        Its positions.
    reads : tuple of str
        What it reads.
    names : tuple of str
        Names of the matrices of queries, keys, values and output; an output without a name does not exist.
    bias, output_bias : bool
        Whether the matrices have biases.
    outputs : int, optional
        Width of the output where it is another than that of what it reads.
    unused : bool
        Whether nothing reads its output, so that no gradient comes back.
    """

    width: int
    on: Extent
    reads: tuple[str, ...] = INPUT
    names: tuple[str, ...] = IMAGE
    bias: bool = True
    output_bias: bool = True
    outputs: int | None = None
    unused: bool = False


def chain(
    name: str,
    *sizes: int,
    on: Extent = ONCE,
    term: str = MODULATION,
    reads: tuple[str, ...] = (),
    bias: bool = True,
    shared: bool = False,
    detached: bool = False,
) -> tuple[Linear, ...]:
    """Return matrices one after the other, the first of which reads data unless it is told otherwise.

    Parameters
    ----------
    name : str
        Their common name.
    sizes : int
        Width of the input, of what stands between the matrices, and of the output.
    on : Extent
        How often they run.
    term : str
        Their line of the ledger.
    reads : tuple of str
        What the first one reads.
    bias, shared, detached : bool
        As for `Linear`.
    """
    found: list[Linear] = []
    for index, (width, outputs) in enumerate(pairwise(sizes), 1):
        called = name if len(sizes) == 2 else f"{name}.linear_{index}"
        found.append(Linear(called, width, outputs, term, reads, bias, on=on, shared=shared, detached=detached))
        reads = (called,)
    return tuple(found)


def last(operations: Sequence[Operation]) -> tuple[str, ...]:
    """Return the name of the last operation, as others read it."""
    return (operations[-1].name,)


def modulation(name: str, width: int, outputs: int, *, bias: bool = True, detached: bool = False) -> Linear:
    """Return the matrix that computes shifts, scales and gates from the condition, once per picture.

    Parameters
    ----------
    name : str
        Its name.
    width, outputs : int
        Width of the condition, and of all that it computes.
    bias, detached : bool
        As for `Linear`.
    """
    return Linear(name, width, outputs, MODULATION, CONDITION, bias, on=ONCE, detached=detached)


def entering(*chains: Sequence[Operation], stream: str = "x") -> Layer:
    """Return the layer that embeds what enters a stream: each chain reads data, and the stream is their sum."""
    found = [one for one in chains if one]
    outputs = tuple(one[-1].name for one in found)
    return Layer(
        (Block(tuple(one for operations in found for one in operations), outputs),), "embedding", stream=stream
    )


def attend(
    name: str,
    heads: int,
    head_dim: int,
    sides: Sequence[Side],
    visible: Extent,
    *,
    norms: tuple[int, int] = (0, 0),
    key_value_heads: int | None = None,
    term: str = SCORES,
) -> tuple[Operation, ...]:
    """Return attention of all positions of one or several sides to all of them.

    Parameters
    ----------
    name : str
        Its name.
    heads, head_dim : int
        Heads and their size.
    sides : sequence of Side
        The streams whose positions attend together.
    visible : Extent
        Pairs of positions.
    norms : tuple of int
        Parameters of the normalizations of queries and of keys, those of all sides together.
    key_value_heads : int, optional
        Heads of keys and values where they are fewer.
    term : str
        The ledger's line of the scores.
    """
    wide, keys = heads * head_dim, (key_value_heads or heads) * head_dim
    found: list[Operation] = []
    for side in sides:
        for called, outputs in zip(side.names[:3], (wide, keys, keys), strict=True):
            found.append(
                Linear(f"{name}.{called}", side.width, outputs, PROJECTIONS, side.reads, side.bias, on=side.on)
            )
    core = _core(
        name, heads, head_dim, [side.names for side in sides], [side.names for side in sides], visible, norms, term
    )
    return (*found, *core, *_outputs(name, wide, sides))


def cross(
    name: str,
    heads: int,
    head_dim: int,
    query: Side,
    context: Side,
    *,
    norms: tuple[int, int] = (0, 0),
    key_value_heads: int | None = None,
) -> tuple[Operation, ...]:
    """Return attention of one stream to another.

    Parameters
    ----------
    name : str
        Its name.
    heads, head_dim : int
        Heads and their size.
    query, context : Side
        The stream that attends, and the one that it attends to.
    norms : tuple of int
        Parameters of the normalizations of queries and keys.
    key_value_heads : int, optional
        Heads of keys and values where they are fewer.
    """
    wide, keys = heads * head_dim, (key_value_heads or heads) * head_dim
    called = query.names
    found = [
        Linear(f"{name}.{called[0]}", query.width, wide, PROJECTIONS, query.reads, query.bias, on=query.on),
        *(
            Linear(f"{name}.{one}", context.width, keys, PROJECTIONS, context.reads, context.bias, on=context.on)
            for one in context.names[1:3]
        ),
    ]
    visible = times(query.on, context.on)
    core = _core(name, heads, head_dim, [called], [context.names], visible, norms, CROSS_SCORES)
    return (*found, *core, *_outputs(name, wide, [query]))


def _core(
    name: str,
    heads: int,
    head_dim: int,
    queries: Iterable[tuple[str, ...]],
    keys: Sequence[tuple[str, ...]],
    visible: Extent,
    norms: tuple[int, int],
    term: str,
) -> tuple[Operation, ...]:
    """Return queries, keys and values of all sides put together, and their scores."""
    parts = (
        ("query", norms[0], [one[0] for one in queries]),
        ("key", norms[1], [one[1] for one in keys]),
        ("value", 0, [one[2] for one in keys]),
    )
    joined = [
        Weights(f"{name}.{part}", size, tuple(f"{name}.{one}" for one in read), frozen=not size)
        for part, size, read in parts
    ]
    query, key, value = (one.name for one in joined)
    core = Scores(f"{name}.scores", heads, head_dim, head_dim, visible, query, key, value, term=term)
    return (*joined, core)


def _outputs(name: str, wide: int, sides: Iterable[Side]) -> list[Linear]:
    return [
        Linear(
            f"{name}.{side.names[3]}", wide, side.outputs or side.width, PROJECTIONS, (f"{name}.scores",),
            side.output_bias, on=side.on, detached=side.unused,
        )
        for side in sides if len(side.names) > 3
    ]  # fmt: skip


def feed_forward(
    name: str,
    width: int,
    inner: int,
    *,
    on: Extent,
    gated: bool = False,
    reads: tuple[str, ...] = INPUT,
    bias: bool = True,
    outputs: int | None = None,
    detached: bool = False,
    names: tuple[str, ...] = FEED_FORWARD,
) -> tuple[Linear, ...]:
    """Return a feed-forward network whose gate, if any, is one matrix with what it gates unless it has a name.

    Parameters
    ----------
    name : str
        Its name.
    width, inner : int
        h and f.
    on : Extent
        Its positions.
    gated : bool
        Whether the first matrix computes a gate too.
    reads : tuple of str
        What it reads.
    bias, detached : bool
        As for `Linear`.
    outputs : int, optional
        Width of the output where it is not h.
    names : tuple of str
        Names of the matrices; three where the gate is a matrix of its own.
    """
    *before, after = (f"{name}.{one}" for one in names)
    wide = inner * (1 + gated) if len(before) == 1 else inner
    first = [Linear(one, width, wide, MLP, reads, bias, on=on, detached=detached) for one in before]
    return (*first, Linear(after, inner, outputs or width, MLP, tuple(before), bias, on=on, detached=detached))


def block(*parts: Iterable[Operation], outputs: tuple[str, ...] | None = None) -> Block:
    """Return the block of several lists of operations, whose result is that of the last unless it is named."""
    found = tuple(one for part in parts for one in part)
    return Block(found, outputs or last(found))
