"""Latent attention with gates from the compressed queries, and normalizations with a gate of low rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block, norm_before
from flopline.architecture.operations import PROJECTIONS, Linear, Operation, Scores, Weights

if TYPE_CHECKING:
    from flopline.architecture.masks import Mask


def gated_latent_attention(
    hidden: int,
    heads: int,
    *,
    query_rank: int,
    key_value_rank: int,
    nope_dim: int,
    rope_dim: int,
    value_dim: int,
    mask: Mask,
    norm: int,
    bias: bool,
    indexer: tuple[Operation, ...],
) -> Block:
    """Return latent attention whose queries and output gates are one matrix of the compressed queries.

    Parameters
    ----------
    hidden, heads : int
        Width and heads.
    query_rank, key_value_rank : int
        Ranks of the compressed queries, read both normalized and as they are, and of the keys and values.
    nope_dim, rope_dim, value_dim : int
        Size of a head's query and key without and with rotary positions, and of its value and gate.
    mask : Mask
        Which pairs are visible.
    norm : int
        Parameters of the normalization before the block.
    bias : bool
        Whether the compressing matrices and the output matrix have biases.
    indexer : tuple
        Operations that select which keys a query sees.

    Notes
    -----
    A.X K2 as transformers 5.23 runs it: 2S(h r_q + 2 r_q H(d + d_v)) for queries and gates.
    """
    start, read = norm_before("input_norm", norm)
    width = nope_dim + rope_dim
    both = Linear("q_gate_proj", 2 * query_rank, heads * (width + value_dim), PROJECTIONS, ("q_a_norm", "q_a_proj"))
    core = Scores(
        "scores", heads, width, value_dim, mask, "q_gate_proj", "kv_b_proj", "kv_b_proj",
        absorbed=(key_value_rank + rope_dim, key_value_rank),
    )  # fmt: skip
    operations: tuple[Operation, ...] = (
        *start,
        Linear("q_a_proj", hidden, query_rank, PROJECTIONS, read, bias),
        Weights("q_a_norm", query_rank, ("q_a_proj",)),
        both,
        Linear("kv_a_proj_with_mqa", hidden, key_value_rank + rope_dim, PROJECTIONS, read, bias),
        Weights("kv_a_norm", key_value_rank, ("kv_a_proj_with_mqa",)),
        Linear("kv_b_proj", key_value_rank, heads * (nope_dim + value_dim), PROJECTIONS, ("kv_a_norm",)),
        *indexer,
        core,
        Linear("o_proj", heads * value_dim, hidden, PROJECTIONS, ("scores", "q_gate_proj"), bias),
    )
    return Block(operations, ("o_proj",))


def gated_norm(block: Block, hidden: int, rank: int) -> Block:
    """Return a block whose normalization in front is scaled by a gate of low rank: 2S(h r + r h).

    Parameters
    ----------
    block : Block
        The block, which starts with a normalization named `input_norm`.
    hidden, rank : int
        Width, and rank of the gate.
    """
    start, *rest = block.operations
    gate = (
        Linear("input_gate.fc1", hidden, rank, PROJECTIONS, (start.name,)),
        Linear("input_gate.fc2", rank, hidden, PROJECTIONS, ("input_gate.fc1",)),
    )
    # What reads the normalization reads it through its gate, which needs a gradient whenever the other does.
    return Block((start, *gate, *rest), block.outputs)
