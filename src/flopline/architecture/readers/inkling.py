"""Inkling: relative positions from the queries' side, short convolutions on keys, values and what blocks return."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.blocks import Block, embedding, experts, head, mlp, norm_before
from flopline.architecture.config import DEEPEST
from flopline.architecture.convolutions import causal_convolution
from flopline.architecture.extents import Extent
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.operations import PROJECTIONS, RELATIVE, Linear, Scores, Weights
from flopline.architecture.readers.common import Routing, model, routing
from flopline.architecture.readers.text_only import has_head
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.operations import Operation
    from flopline.architecture.shape import Architecture


class Heads(NamedTuple):
    """Heads of a layer, which pairs they see, and how far back positions are told apart."""

    heads: int
    key_value_heads: int
    head_dim: int
    mask: Mask
    reach: int


def inkling(config: Config) -> Architecture:
    """Inkling's text model: five sliding layers, with heads of their own, to one that is not; experts in most."""
    hidden, depth = config.size("hidden_size"), config.size("num_hidden_layers", largest=DEEPEST)
    vocabulary, kernel = config.size("vocab_size"), config.size("conv_kernel_size", "sconv_kernel_size", default=4)
    config.ignore("unpadded_vocab_size", "tie_word_embeddings", "shared_expert_sink", "log_scaling_n_floor")
    config.ignore("mtp_local_layer_ids", "chain_hidden_post_norm", "mtp_hidden_states_first", "log_scaling_alpha")
    config.ignore("logits_mup_width_multiplier", "number_of_conv_states")
    if config.number("num_mtp_layers", 0):
        message = "the multi-token-prediction modules of this family are not counted"
        config.note("num_mtp_layers", message, code="W402")
    shapes = heads_by_kind(config, heads=64, key_value_heads=16, window=512)
    route = routing(config, ("n_routed_experts", "num_local_experts"), count=256, active=6)
    rank = config.size("d_rel", default=16)
    dense, sparse = _inner(config)

    def build(kind: tuple[str, str]) -> Layer:
        attend = _attention(hidden, shapes[kind[0]], rank, kernel)
        inside = mlp(hidden, dense, norm=hidden, extra=1)
        if kind[1] == "sparse":
            inside = _mixture(config, hidden, sparse, route)
        both = ((attend, "attn_sconv"), (inside, "mlp_sconv"))
        return Layer(tuple(convolved(block, name, hidden, kernel) for block, name in both))

    layers = stack(list(zip(kinds(config, depth), _places(config, depth), strict=True)), build)
    if not has_head(config, "InklingTextModel"):
        config.refuse("architectures", "`InklingTextModel` has no head, which is not counted yet")
    return model(
        config, layers, tied=False, embedding=embedding(vocabulary, hidden, extra=hidden),
        head=head(hidden, vocabulary, tied=False, norm=hidden),
    )  # fmt: skip


def heads_by_kind(config: Config, *, heads: int, key_value_heads: int, window: int) -> dict[str, Heads]:
    """Return the heads of layers that see everything, and of those that slide, whose defaults are given.

    Parameters
    ----------
    config : Config
        The configuration.
    heads, key_value_heads, window : int
        Defaults of layers that slide.
    """
    size = config.size("sliding_window_size", "sliding_window", default=window)
    whole = Heads(
        config.size("num_attention_heads"), config.size("num_key_value_heads", default=8),
        config.size("head_dim", default=128), CAUSAL, config.size("rel_extent", default=1024),
    )  # fmt: skip
    local = Heads(
        config.size("swa_num_attention_heads", default=heads),
        config.size("swa_num_key_value_heads", default=key_value_heads),
        config.size("swa_head_dim", default=128), Mask("window", size), size,
    )  # fmt: skip
    for key, one in (("num_key_value_heads", whole), ("swa_num_key_value_heads", local)):
        if one.heads % one.key_value_heads:
            config.refuse(key, f"{one.heads} heads do not divide into {one.key_value_heads} key-value heads")
    return {"hybrid": whole, "hybrid_sliding": local}


def _inner(config: Config) -> tuple[int, int]:
    """Return the widths of an MLP and of an expert: published files give the former a name of its own."""
    inner = config.size("intermediate_size", default=24576)
    if config.has("dense_intermediate_size"):
        config.ignore("moe_intermediate_size")
        return config.size("dense_intermediate_size"), inner
    return inner, config.size("moe_intermediate_size", default=3072)


def kinds(config: Config, depth: int) -> list[str]:
    """Return `hybrid` or `hybrid_sliding` for each layer: every sixth sees everything unless it says otherwise."""
    local = config.indices("local_layer_ids") if config.has("local_layer_ids") else None
    config.ignore("local_layer_ids")
    slides = [(index + 1) % 6 > 0 if local is None else index in local for index in range(depth)]
    names = config.words("layer_types", depth) or ["hybrid_sliding" if one else "hybrid" for one in slides]
    for name in names:
        if name not in ("hybrid", "hybrid_sliding"):
            config.refuse("layer_types", f"a layer is `hybrid` or `hybrid_sliding`, found `{name[:40]}`")
    return names


def _places(config: Config, depth: int) -> list[str]:
    first = config.number("dense_mlp_idx", 0)
    names = config.words("mlp_layer_types", depth)
    names = names or ["dense" if index < first else "sparse" for index in range(depth)]
    for name in names:
        if name not in ("dense", "sparse"):
            config.refuse("mlp_layer_types", f"a layer is `dense` or `sparse`, found `{name[:40]}`")
    return names


def _attention(hidden: int, shape: Heads, rank: int, kernel: int) -> Block:
    """Return attention whose queries weigh learned profiles over distances."""
    start, read = norm_before("input_norm", hidden)
    queries, keys = shape.heads * shape.head_dim, shape.key_value_heads * shape.head_dim
    operations: tuple[Operation, ...] = (
        *start,
        Linear("q_proj", hidden, queries, PROJECTIONS, read),
        Linear("k_proj", hidden, keys, PROJECTIONS, read),
        causal_convolution("k_sconv", keys, kernel, ("k_proj",), bias=False),
        Linear("v_proj", hidden, keys, PROJECTIONS, read),
        causal_convolution("v_sconv", keys, kernel, ("v_proj",), bias=False),
        Linear("r_proj", hidden, shape.heads * rank, PROJECTIONS, read),
        Weights("query_norm", shape.head_dim, ("q_proj",)),
        Weights("key_norm", shape.head_dim, ("k_sconv", "k_proj")),
        relative_logits(shape, rank, "r_proj"),
        Scores(
            "scores", shape.heads, shape.head_dim, shape.head_dim, shape.mask, "query_norm", "key_norm", "v_sconv"
        ),
        Linear("o_proj", queries, hidden, PROJECTIONS, ("scores", "rel_logits_proj")),
    )  # fmt: skip
    return Block(operations, ("o_proj",))


def relative_logits(shape: Heads, rank: int, reads: str) -> Linear:
    """Return what mixes learned profiles over distances into one bias per query, head and distance, 2 H r R.

    Parameters
    ----------
    shape : Heads
        Heads H and reach R.
    rank : int
        Profiles r.
    reads : str
        What weighs the profiles.
    """
    heads = Extent(f"{shape.heads} S", lambda lengths: shape.heads * lengths.tokens)
    return Linear("rel_logits_proj", rank, shape.reach, RELATIVE, (reads,), on=heads)


def _mixture(config: Config, hidden: int, width: int, route: Routing) -> Block:
    """Return experts whose router scores the shared ones too, with one learned scale."""
    shared = config.size("n_shared_experts", default=2)
    found = experts(hidden, width, count=route.count, active=route.active, shared=shared * width, norm=hidden)
    operations = tuple(
        one._replace(outputs=route.count + shared) if isinstance(one, Linear) and one.name == "router" else one
        for one in found.operations
    )
    return Block((*operations, Weights("global_scale", 1, ("router",))), found.outputs)


def convolved(block: Block, name: str, hidden: int, kernel: int) -> Block:
    """Return a block whose result a short convolution is added to.

    Parameters
    ----------
    block : Block
        The block.
    name : str
        Name of the convolution.
    hidden, kernel : int
        Its channels, and positions that each output sees.
    """
    last = causal_convolution(name, hidden, kernel, block.outputs, bias=False)
    return Block((*block.operations, last), (*block.outputs, name))
