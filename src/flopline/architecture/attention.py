"""Attention blocks: grouped queries, and queries, keys and values from a latent space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.blocks import Block, finished, norm_before, weights_if
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.operations import PROJECTIONS, Linear, Operation, Scores, Weights

if TYPE_CHECKING:
    from flopline.architecture.extents import Extent


class Split(NamedTuple):
    """Names of four separate attention matrices."""

    query: str = "q_proj"
    key: str = "k_proj"
    value: str = "v_proj"
    output: str = "o_proj"


class Fused(NamedTuple):
    """Names of an attention whose queries, keys and values come from one matrix."""

    inputs: str
    output: str


SPLIT: Final = Split()


def attention(
    hidden: int,
    heads: int,
    key_value_heads: int,
    head_dim: int,
    mask: Mask | Extent = CAUSAL,
    *,
    norm: int = 0,
    after: int = 0,
    bias: bool = False,
    key_bias: bool | None = None,
    output_bias: bool = False,
    query_norm: int = 0,
    key_norm: int = 0,
    inner_norm: int = 0,
    sinks: int = 0,
    gate: int = 0,
    gate_bias: bool = False,
    query_gate: bool = False,
    value_dim: int | None = None,
    names: Split | Fused = SPLIT,
) -> Block:
    """Return a grouped-query attention block (one key-value head: multi-query; as many as heads: multi-head).

    Parameters
    ----------
    hidden, heads, key_value_heads, head_dim : int
        Its shape.
    mask : Mask or Extent
        Which pairs are visible.
    norm, after : int
        Parameters of the normalization before and after the block; 0 where there is none.
    bias, output_bias : bool
        Whether the query, key and value matrices, and the output matrix, have biases.
    key_bias : bool, optional
        Whether the key matrix has one, if that is another answer (Whisper).
    query_norm, key_norm : int
        Parameters of the normalizations of queries and keys.
    inner_norm : int
        Parameters of a normalization of what the heads find, before the output matrix.
    sinks : int
        Learned sink logits.
    gate : int
        Outputs of a matrix whose sigmoid scales what the heads find, before the output matrix.
    gate_bias : bool
        Whether that matrix has a bias.
    query_gate : bool
        Whether the query matrix itself, twice as wide then, makes such a gate for every channel.
    value_dim : int, optional
        Size of a head's value where it is not that of its key.
    names : Split or Fused
        How the matrices are called.
    """
    start, read = norm_before("input_norm", norm)
    value_dim = head_dim if value_dim is None else value_dim
    queries, keys, values = heads * head_dim, key_value_heads * head_dim, key_value_heads * value_dim
    if isinstance(names, Fused):
        both = (names.inputs,) * 3
        outputs = queries + keys + values
        inputs: tuple[Operation, ...] = (Linear(names.inputs, hidden, outputs, PROJECTIONS, read, bias),)
    else:
        both = (names.query, names.key, names.value)
        inputs = (
            Linear(names.query, hidden, queries * (1 + query_gate), PROJECTIONS, read, bias),
            Linear(names.key, hidden, keys, PROJECTIONS, read, bias if key_bias is None else key_bias),
            Linear(names.value, hidden, values, PROJECTIONS, read, bias),
        )
    query, key, value = both
    norms = weights_if("query_norm", query_norm, (query,)) + weights_if("key_norm", key_norm, (key,))
    query, key = ("query_norm" if query_norm else query), ("key_norm" if key_norm else key)
    core = Scores("scores", heads, head_dim, value_dim, mask, query, key, value)
    gates = [Linear("g_proj", hidden, gate, PROJECTIONS, read, gate_bias)] if gate else []
    scaled = ("scores", *(["g_proj"] if gate else []), *([both[0]] if query_gate else []))
    inner = weights_if("inner_norm", inner_norm, scaled)
    found = ("inner_norm",) if inner_norm else scaled
    output = Linear(names.output, heads * value_dim, hidden, PROJECTIONS, found, output_bias)
    sink = weights_if("sinks", sinks, (query,))
    return finished((*start, *inputs, *norms, *sink, core, *gates, *inner, output), (names.output,), after)


def latent_attention(
    hidden: int,
    heads: int,
    *,
    query_rank: int | None,
    key_value_rank: int,
    nope_dim: int,
    rope_dim: int,
    value_dim: int,
    mask: Mask | Extent = CAUSAL,
    norm: int = 0,
    bias: bool = False,
    gate: int = 0,
    sinks: int = 0,
    indexer: tuple[Operation, ...] = (),
) -> Block:
    """Return a multi-head latent attention block (DeepSeek-V2, arXiv:2405.04434, section 2.1), expanded.

    Parameters
    ----------
    hidden, heads : int
        Width and heads.
    query_rank : int or None
        Rank of the compressed queries; None where queries are projected directly.
    key_value_rank : int
        Rank of the compressed keys and values.
    nope_dim, rope_dim, value_dim : int
        Size of a head's query and key without and with rotary positions, and of its value.
    mask : Mask or Extent
        Which pairs are visible.
    norm : int
        Parameters of the normalization before the block.
    bias : bool
        Whether the compressing matrices and the output matrix have biases.
    gate : int
        Outputs of a matrix whose sigmoid scales what the heads find, before the output matrix.
    sinks : int
        Learned sink logits.
    indexer : tuple
        Operations that select which keys a query sees (`indexer`).
    """
    start, read = norm_before("input_norm", norm)
    width = nope_dim + rope_dim
    if query_rank is None:
        query, queries = "q_proj", (Linear("q_proj", hidden, heads * width, PROJECTIONS, read),)
        operations: tuple[Operation, ...] = queries
    else:
        query = "q_b_proj"
        operations = (
            Linear("q_a_proj", hidden, query_rank, PROJECTIONS, read, bias),
            Weights("q_a_norm", query_rank, ("q_a_proj",)),
            Linear("q_b_proj", query_rank, heads * width, PROJECTIONS, ("q_a_norm",)),
        )
    compress = Linear("kv_a_proj_with_mqa", hidden, key_value_rank + rope_dim, PROJECTIONS, read, bias)
    expand = Linear("kv_b_proj", key_value_rank, heads * (nope_dim + value_dim), PROJECTIONS, ("kv_a_norm",))
    core = Scores(
        "scores", heads, width, value_dim, mask, query, "kv_b_proj", "kv_b_proj",
        absorbed=(key_value_rank + rope_dim, key_value_rank),
    )  # fmt: skip
    gates = [Linear("gate_proj", hidden, gate, PROJECTIONS, read)] if gate else []
    output = Linear("o_proj", heads * value_dim, hidden, PROJECTIONS, ("scores", *(one.name for one in gates)), bias)
    latent = Weights("kv_a_norm", key_value_rank, ("kv_a_proj_with_mqa",))
    sink = weights_if("sinks", sinks, (query,))
    return Block((*start, *operations, compress, latent, expand, *indexer, *sink, core, *gates, output), ("o_proj",))
