"""The blocks that models are made of, each a short list of operations.

Formulas per sequence of S tokens with A visible pairs, width h, H heads of size d (values d_v), KV key-value
heads: projections 2S(hHd + hKV(d + d_v) + Hd_v h), scores 2AH(d + d_v), MLP 2Shf times 3 if gated, else 2.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from flopline.architecture.operations import (
    EXPERTS,
    HEAD,
    INPUT,
    MAPS,
    MLP,
    PROJECTIONS,
    ROUTER,
    SHARED,
    Linear,
    Lookup,
    Operation,
    Weights,
)


class Block(NamedTuple):
    """A list of operations between a residual stream and itself.

    Attributes
    ----------
    operations : tuple
        In the order in which they run; each reads earlier ones.
    outputs : tuple of str
        The operations whose results return to the stream.
    """

    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]


PLAIN: Final = ("up_proj", "down_proj")
GATED: Final = ("gate_proj", "up_proj", "down_proj")


def mlp(
    hidden: int,
    width: int,
    *,
    gated: bool = True,
    norm: int = 0,
    after: int = 0,
    bias: bool = False,
    names: tuple[str, ...] | None = None,
    extra: int = 0,
) -> Block:
    """Return a feed-forward block: h to f and back, with a gate or without.

    Parameters
    ----------
    hidden, width : int
        h and f.
    gated : bool
        Whether there are two matrices from h to f.
    norm, after : int
        Parameters of the normalization before and after the block.
    bias : bool
        Whether the matrices have biases.
    names : tuple of str, optional
        Names of the matrices; two names of a gated block mean a fused first matrix.
    extra : int
        Learned coefficients of the activation.
    """
    start, read = norm_before("input_norm", norm)
    names = names or (GATED if gated else PLAIN)
    matrices = _feed_forward(hidden, width, gated, names, read, MLP, bias)
    learned = weights_if("activation", extra, (names[0],))
    return finished((*start, *matrices[:-1], *learned, matrices[-1]), (names[-1],), after)


def experts(
    hidden: int,
    width: int,
    *,
    count: int,
    active: int,
    gated: bool = True,
    shared: int = 0,
    shared_gate: bool = False,
    shared_bias: bool = False,
    router_bias: bool = False,
    correction: int = 0,
    bias: bool = False,
    norm: int = 0,
    after: int = 0,
    names: tuple[str, ...] | None = None,
    latent: int = 0,
    latent_bias: bool = False,
) -> Block:
    """Return a mixture of experts: router 2ShE, active experts, shared experts.

    Parameters
    ----------
    hidden, width : int
        Width of the stream and of one expert.
    count, active : int
        Routed experts E, and how many of them a token passes.
    gated : bool
        Whether the experts are gated.
    shared : int
        Width of the experts that every token passes, all together; 0 where there are none.
    shared_gate : bool
        Whether a 2Sh gate scales the shared experts (Qwen2-MoE).
    shared_bias, router_bias, bias : bool
        Biases of the shared experts, the router and the routed experts.
    correction : int
        Learned corrections of the router's scores.
    norm, after : int
        Parameters of the normalization before and after the block.
    names : tuple of str, optional
        Names of an expert's matrices.
    latent : int
        Width that every token is mapped to before the routed experts, and back after them; 0 where they read the
        stream (Nemotron 3).
    latent_bias : bool
        Whether both maps have biases.
    """
    start, read = norm_before("input_norm", norm)
    names = names or (GATED if gated else PLAIN)
    routed = [f"experts.{name}" for name in names]
    operations: list[Operation] = [*start, Linear("router", hidden, count, ROUTER, read, router_bias)]
    if correction:
        operations.append(Weights("router_correction", correction, ("router",), frozen=True))
    inside = ("latent_in",) if latent else read
    if latent:
        operations.append(Linear("latent_in", hidden, latent, SHARED, read, latent_bias))
    operations += [
        Linear(one.name, one.width, one.outputs, EXPERTS, one.reads, bias, active, count)
        for one in _feed_forward(latent or hidden, width, gated, routed, inside, EXPERTS, bias)
    ]
    outputs = ["router", routed[-1]]
    if latent:
        operations.append(Linear("latent_out", latent, hidden, SHARED, (routed[-1], "router"), latent_bias))
        outputs = ["latent_out"]
    if shared:
        always = [f"shared_expert.{name}" for name in (GATED if gated else PLAIN)]
        operations += _feed_forward(hidden, shared, gated, always, read, SHARED, shared_bias)
        outputs.append(always[-1])
    if shared and shared_gate:
        operations.append(Linear("shared_expert_gate", hidden, 1, SHARED, read))
        outputs.append("shared_expert_gate")
    return finished(tuple(operations), tuple(outputs), after)


def embedding(vocabulary: int, width: int, *, positions: int = 0, extra: int = 0, hidden: int | None = None) -> Block:
    """Return the look-up of tokens and positions, which costs no FLOP.

    Parameters
    ----------
    vocabulary, width : int
        Rows and width of the table of tokens.
    positions : int
        Parameters of a table of positions.
    extra : int
        Parameters of a normalization after it.
    hidden : int, optional
        Width of the model where the table is narrower and a matrix maps one to the other (OPT-350m).
    """
    operations: list[Operation] = [Lookup("embedding", vocabulary * width)]
    outputs = ["embedding"]
    if hidden is not None and hidden != width:
        operations.append(Linear("project_in", width, hidden, MAPS, ("embedding",)))
        outputs = ["project_in"]
    operations += _lookups(positions, outputs)
    operations += weights_if("embedding_norm", extra, tuple(outputs))
    return Block(tuple(operations), (*outputs, *(["embedding_norm"] if extra else [])))


def head(
    hidden: int,
    vocabulary: int,
    *,
    tied: bool,
    norm: int = 0,
    bias: bool = False,
    width: int | None = None,
) -> Block:
    """Return the final normalization and the matrix from the model's width to the vocabulary, 2ShV.

    Parameters
    ----------
    hidden, vocabulary : int
        h and V.
    tied : bool
        Whether the matrix is held elsewhere: by the embedding, or by another head.
    norm : int
        Parameters of the normalization before it.
    bias : bool
        Whether it has a bias.
    width : int, optional
        Width of the embedding where a matrix maps to it first (OPT-350m).
    """
    start, read = norm_before("final_norm", norm)
    operations: list[Operation] = [*start]
    if width is not None and width != hidden:
        operations.append(Linear("project_out", hidden, width, MAPS, read))
        read, hidden = ("project_out",), width
    operations.append(Linear("lm_head", hidden, vocabulary, HEAD, read, bias, tied=tied))
    return Block(tuple(operations), ("lm_head",))


def joining(hidden: int, *, norms: int) -> Block:
    """Return the projection with which a multi-token-prediction module joins stream and next token, 2S 2h h.

    Parameters
    ----------
    hidden : int
        h.
    norms : int
        Parameters of the normalizations of its two inputs (DeepSeek-V3, arXiv:2412.19437, equation 21).
    """
    start, read = norm_before("input_norms", norms)
    return Block((*start, Linear("eh_proj", 2 * hidden, hidden, PROJECTIONS, read)), ("eh_proj",))


def _feed_forward(
    hidden: int,
    width: int,
    gated: bool,
    names: tuple[str, ...] | list[str],
    read: tuple[str, ...],
    term: str,
    bias: bool,
) -> list[Linear]:
    *first, last = names
    outputs = 2 * width if gated and len(first) == 1 else width
    inner = [Linear(name, hidden, outputs, term, read, bias) for name in first]
    return [*inner, Linear(last, width, hidden, term, tuple(first), bias)]


def norm_before(name: str, parameters: int) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
    """Return a normalization in front of a block, if it has parameters, and what the block then reads."""
    return tuple(weights_if(name, parameters, INPUT)), ((name,) if parameters else INPUT)


def weights_if(name: str, parameters: int, reads: tuple[str, ...]) -> list[Operation]:
    """Return parameters beside the matrices, if there are any."""
    return [Weights(name, parameters, reads)] if parameters else []


def _lookups(positions: int, outputs: list[str]) -> list[Operation]:
    if positions:
        outputs.append("positions")
    return [Lookup("positions", positions)] if positions else []


def finished(operations: tuple[Operation, ...], outputs: tuple[str, ...], after: int) -> Block:
    """Return the block of operations, with a normalization after them if that has parameters."""
    if after:
        return Block((*operations, Weights("output_norm", after, outputs)), ("output_norm",))
    return Block(operations, outputs)
