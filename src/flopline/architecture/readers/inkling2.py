"""Inkling 2: gated heads with sinks from tokens, taps from tokens, and attention over the results of earlier layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block, embedding, experts, head
from flopline.architecture.config import DEEPEST
from flopline.architecture.convolutions import causal_convolution
from flopline.architecture.extents import Extent
from flopline.architecture.operations import CONVOLUTION, PROJECTIONS, STREAMS, Linear, Scores, Weights
from flopline.architecture.readers.common import routing
from flopline.architecture.readers.inkling import Heads, convolved, heads_by_kind, kinds, relative_logits
from flopline.architecture.readers.text_only import has_head
from flopline.architecture.shape import Architecture, Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.operations import Operation


def inkling2(config: Config) -> Architecture:
    """Inkling 2's text model: five sliding layers to one that is not, experts in every layer."""
    hidden, depth = config.size("hidden_size"), config.size("num_hidden_layers", largest=DEEPEST)
    vocabulary, kernel = config.size("vocab_size"), config.size("conv_kernel_size", "sconv_kernel_size", default=4)
    config.ignore("unpadded_vocab_size", "tie_word_embeddings", "log_scaling_n_floor", "log_scaling_alpha")
    config.ignore("qk_l2_clip_threshold", "rel_l2_clip_threshold", "mlp_gate_softcap", "mlp_up_softcap")
    config.ignore("number_of_conv_states", "route_scale", "routed_scaling_factor", "scoring_func")
    if not has_head(config, "Inkling2TextModel"):
        config.refuse("architectures", "`Inkling2TextModel` has no head, which is not counted yet")
    heads = heads_by_kind(config, heads=48, key_value_heads=8, window=1024)
    rank, every = config.size("d_rel", default=16), config.size("n_layers_per_attn_res_block", default=6)
    route = routing(config, ("n_routed_experts", "num_local_experts"), count=384, active=8)
    width = config.size("moe_intermediate_size", "intermediate_size", default=2304)
    mixture = experts(hidden, width, count=route.count, active=route.active, norm=hidden)
    mixture = convolved(mixture, "post_mlp_convolution", hidden, kernel)
    built: dict[tuple[object, ...], Layer] = {}

    def layer(index: int, kind: str) -> Layer:
        whole = kind == "hybrid"
        # Sources are the stream's earlier states, one each time that `every` layers are done, and the current one.
        before, after = -(-index // every) + 1, index // every + 2
        key = (kind, index > 0, before, after)
        if key not in built:
            attend = _attention(hidden, heads[kind], rank, kernel, whole=whole)
            blocks = (
                *((_sources("attention_input", hidden, before, 3 if whole else 1),) if index else ()),
                convolved(attend, "post_attention_convolution", hidden, kernel),
                _sources("mlp_input", hidden, after, 1),
                mixture,
            )
            built[key] = Layer(blocks)
        return built[key]

    layers = tuple(layer(index, kind) for index, kind in enumerate(kinds(config, depth)))
    first = Layer((embedding(vocabulary, hidden, extra=hidden),), "embedding")
    end = head(hidden, vocabulary, tied=False, norm=hidden)
    last = Layer((_sources("final_input", hidden, -(-depth // every) + 1, 1), end), "head")
    positions = config.number("max_position_embeddings", 1048576) or None
    kind = config.model_type
    return Architecture(kind, kind, (first, *layers, last), False, positions=positions)


def _sources(name: str, hidden: int, sources: int, queries: int) -> Block:
    """Return attention of learned queries over the states of earlier layers, 4 q n h for n states."""
    pairs = queries * sources
    on = Extent(f"{pairs} S", lambda lengths: pairs * lengths.tokens)
    query = Weights(f"{name}.query", queries * hidden, ())
    return Block((query, Scores(name, 1, hidden, hidden, on, query.name, "x", "x", term=STREAMS)), (name,))


def _attention(hidden: int, shape: Heads, rank: int, kernel: int, *, whole: bool) -> Block:
    """Return attention with gates, sinks and relative positions from tokens.

    Layers that see everything normalize the inputs of queries, keys and values apart, and weigh the taps of
    their convolutions by token: an elementwise product with windows, which costs no matrix product.
    """
    queries, keys = shape.heads * shape.head_dim, shape.key_value_heads * shape.head_dim
    names = ("q_input_norm", "k_input_norm", "v_input_norm") if whole else ("input_norm",) * 3
    norms = tuple(Weights(name, hidden, ("x",)) for name in dict.fromkeys(names))
    query, key, value = ((name,) for name in names)

    def convolution(name: str, reads: str, taps: tuple[str, ...]) -> tuple[Operation, ...]:
        if not whole:
            return (causal_convolution(name, keys, kernel, (reads,), bias=False),)
        weights = Linear(f"{name}.weight_proj", hidden, shape.key_value_heads * kernel, CONVOLUTION, taps)
        return weights, Weights(name, kernel * keys, (reads, weights.name))

    operations: tuple[Operation, ...] = (
        *norms,
        Linear("q_proj", hidden, queries, PROJECTIONS, query),
        Linear("k_proj", hidden, keys, PROJECTIONS, key),
        *convolution("k_sconv", "k_proj", key),
        Linear("v_proj", hidden, keys, PROJECTIONS, value),
        *convolution("v_sconv", "v_proj", value),
        Linear("r_proj", hidden, shape.heads * rank, PROJECTIONS, query),
        Linear("gate_proj", hidden, queries, PROJECTIONS, query),
        Linear("sink_proj", hidden, shape.heads, PROJECTIONS, query),
        Weights("query_scale", queries, ("q_proj",)),
        Weights("relative_scale", shape.heads * rank, ("r_proj",)),
        relative_logits(shape, rank, "relative_scale"),
        Scores(
            "scores", shape.heads, shape.head_dim, shape.head_dim, shape.mask, "query_scale", "k_sconv", "v_sconv"
        ),
        Linear("o_proj", queries, hidden, PROJECTIONS, ("scores", "rel_logits_proj", "sink_proj", "gate_proj")),
    )  # fmt: skip
    return Block(operations, ("o_proj",))
