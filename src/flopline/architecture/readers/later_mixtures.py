"""Decoders with experts and grouped queries of 2024 to 2026: DBRX, AFMoE, Hy3, K-EXAONE, MiMo, Laguna and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.attention import Fused, attention
from flopline.architecture.blocks import Block, experts, mlp
from flopline.architecture.config import DEEPEST, TextModel
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.operations import SHARED, Linear
from flopline.architecture.readers.common import Widths, decoder, every, mixed, routing, sliding, widths
from flopline.architecture.readers.latent import ROUTED, sparse_layers
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

    Attend = Callable[[Mask], Block]


class Feed(NamedTuple):
    """The feed-forward part of a model.

    Attributes
    ----------
    dense, mixture : Block
        An MLP, and experts.
    """

    dense: Block
    mixture: Block


def dbrx(config: Config) -> Architecture:
    """DBRX: experts in every layer; attention and experts have tables of their own."""
    hidden, heads = config.size("d_model", "hidden_size"), config.size("n_heads", "num_attention_heads")
    depth = config.size("n_layers", "num_hidden_layers", largest=DEEPEST)
    if hidden % heads:
        config.refuse("n_heads", f"a width of {hidden} does not divide into {heads} heads")
    attends = config.nested("attn_config", usual=TextModel("dbrx")) if config.has("attn_config") else None
    feeds = config.nested("ffn_config", usual=TextModel("dbrx")) if config.has("ffn_config") else None
    if attends is not None:
        attends.ignore("clip_qkv")
    config.ignore("attn_config", "ffn_config", "num_key_value_heads", "max_seq_len")
    config.must_be("tie_word_embeddings", False, why="a tied head, which the class refuses")
    groups = attends.size("kv_n_heads", default=1) if attends is not None else 1
    if heads % groups:
        config.refuse("attn_config", f"{heads} heads do not divide into {groups} key-value heads")
    width, count, active = 3584, 4, 1
    if feeds is not None:
        feeds.ignore("moe_loss_weight", "hidden_size", "moe_jitter_eps", "moe_normalize_expert_weights")
        route = routing(feeds, ("moe_num_experts",), ("moe_top_k",), count=count, active=active)
        width, count, active = feeds.size("ffn_hidden_size", default=width), route.count, route.active
    shape = Widths(hidden, depth, heads, groups, hidden // heads, config.size("vocab_size"))

    def attend(mask: Mask) -> Block:
        return attention(hidden, heads, groups, shape.head_dim, mask, norm=hidden, names=Fused("Wqkv", "out_proj"))

    mixture = experts(hidden, width, count=count, active=active, norm=hidden)
    return _model(config, shape, [CAUSAL] * depth, [True] * depth, attend, Feed(mixture, mixture))


def exaone_moe(config: Config) -> Architecture:
    """K-EXAONE: three sliding layers to one that is not."""
    shape = widths(config, key_value_heads=32)
    pattern = config.raw("sliding_window_pattern")
    if isinstance(pattern, str) and not config.has("layer_types"):
        config.refuse("layer_types", "`sliding_window_pattern` is a text, and there are no `layer_types`")
    period = shape.depth if isinstance(pattern, str) else config.size("sliding_window_pattern", default=4)
    masks = sliding(config, every(shape.depth, period), 4096)
    route = routing(config, ("num_experts",), count=64, active=8)
    first, width = config.number("first_k_dense_replace", 1), config.size("moe_intermediate_size", default=1024)
    always = config.number("num_shared_experts", 1) * width
    config.ignore("topk_group", "n_group")
    sparse = sparse_layers(config, shape.depth, [index >= first for index in range(shape.depth)])
    feed = Feed(
        mlp(shape.hidden, config.size("intermediate_size"), norm=shape.hidden),
        experts(shape.hidden, width, count=route.count, active=route.active, shared=always, norm=shape.hidden),
    )
    return _model(config, shape, masks, sparse, _per_head(shape), feed)


def hy_v3(config: Config) -> Architecture:
    """Hy3: one dense layer, then experts with a shared one."""
    shape = widths(config, key_value_heads=8, head_dim=128)
    bias, inner_bias = config.flag("attention_bias", False), config.flag("mlp_bias", False)
    route = routing(config, ("num_experts", "num_local_experts"), count=192, active=8)
    inner, width = config.size("intermediate_size"), config.size("moe_intermediate_size", default=1536)
    # Without shared experts the class builds one that is as wide as a dense layer.
    always = config.number("num_shared_experts", 1) * width or inner
    config.must_be("first_k_dense_replace", 1, why="another number of dense layers than the class builds")
    config.ignore("enable_moe_fp32_combine")
    sparse = sparse_layers(config, shape.depth, [index > 0 for index in range(shape.depth)])
    feed = Feed(
        mlp(shape.hidden, inner, norm=shape.hidden, bias=inner_bias),
        experts(
            shape.hidden, width, count=route.count, active=route.active, shared=always, shared_bias=inner_bias,
            norm=shape.hidden,
        ),
    )  # fmt: skip
    return _model(config, shape, [CAUSAL] * shape.depth, sparse, _per_head(shape, bias=bias), feed)


def afmoe(config: Config) -> Architecture:
    """AFMoE (Arcee Trinity): gated heads, normalizations before and after, windows in three of four layers."""
    shape = widths(config, head_dim=128)
    bias = config.flag("attention_bias", False)
    masks = sliding(config, every(shape.depth, config.size("global_attn_every_n_layers", default=4)), 1024)
    route = routing(config, ("num_experts",), count=64, active=6)
    first, width = config.number("num_dense_layers", 1), config.size("moe_intermediate_size", default=1408)
    always = config.number("num_shared_experts", 2) * width
    config.ignore("mup_enabled", "topk_group", "n_group", "num_expert_groups", "num_limited_groups")
    sparse = [index >= first for index in range(shape.depth)]
    norm = shape.hidden
    feed = Feed(
        mlp(norm, config.size("intermediate_size"), norm=norm, after=norm),
        experts(
            norm, width, count=route.count, active=route.active, shared=always, correction=route.count, norm=norm,
            after=norm,
        ),
    )  # fmt: skip
    attend = _per_head(shape, bias=bias, after=norm, gate=shape.heads * shape.head_dim)
    return _model(config, shape, masks, sparse, attend, feed)


def solar_open(config: Config) -> Architecture:
    """Solar Open: experts with a shared one in every layer."""
    shape = widths(config, key_value_heads=8, head_dim=128)
    bias = config.flag("attention_bias", False)
    route = routing(config, ROUTED, count=128, active=8)
    width = config.size("moe_intermediate_size", default=1280)
    always = config.number("n_shared_experts", 1) * width
    config.must_be("first_k_dense_replace", 0, why="dense layers, which the class does not build")
    config.must_be("use_qk_norm", False, why="normalized queries and keys, which the class does not build")
    config.ignore("intermediate_size", "topk_group", "n_group")

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden, bias=bias
        )

    mixture = experts(
        shape.hidden, width, count=route.count, active=route.active, shared=always, norm=shape.hidden
    )  # fmt: skip
    depth = shape.depth
    return _model(config, shape, [CAUSAL] * depth, [True] * depth, attend, Feed(mixture, mixture))


def mimo_v2_flash(config: Config) -> Architecture:
    """MiMo-V2-Flash: sliding layers with sinks and twice the key-value heads, values narrower than keys."""
    shape = widths(config, key_value_heads=4, head_dim=192)
    value, bias = config.size("v_head_dim", default=128), config.flag("attention_bias", False)
    usual = [
        "full_attention" if index == 0 or (index + 1) % 6 == 0 else "sliding_attention" for index in range(shape.depth)
    ]
    masks = sliding(config, usual, 129)
    if config.has("sliding_window_size"):
        # The published configurations leave the query's own position out of their window.
        size = config.size("sliding_window_size") + 1
        masks = [Mask("window", size) if mask.kind == "window" else mask for mask in masks]
    route = routing(config, ROUTED, count=256, active=8)
    sparse = sparse_layers(config, shape.depth, [index > 0 for index in range(shape.depth)])
    config.ignore("topk_group", "n_group", "attention_value_scale")
    width = config.size("moe_intermediate_size", default=2048)
    if any(mask.kind == "window" for mask in masks) and shape.heads % (2 * shape.key_value_heads):
        groups = f"twice {shape.key_value_heads} key-value heads"
        config.refuse("num_key_value_heads", f"{shape.heads} heads do not divide into {groups} of sliding layers")

    def attend(mask: Mask) -> Block:
        slides = mask.kind == "window"
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads * (1 + slides), shape.head_dim, mask, norm=shape.hidden,
            bias=bias, value_dim=value, sinks=shape.heads * slides,
        )  # fmt: skip

    feed = Feed(
        mlp(shape.hidden, config.size("intermediate_size"), norm=shape.hidden),
        experts(shape.hidden, width, count=route.count, active=route.active, norm=shape.hidden),
    )
    return _model(config, shape, masks, sparse, attend, feed)


def cohere2_moe(config: Config) -> Architecture:
    """Command A+: attention beside experts, dense layers first where the configuration has some."""
    shape = widths(config, head_dim=128)
    first = config.number("first_k_dense_replace", 0)
    near = config.size("prefix_dense_sliding_window_pattern", default=1)
    far = config.size("sliding_window_pattern", "_sliding_window_pattern", default=4)
    if first > shape.depth:
        config.refuse("first_k_dense_replace", f"{first} dense layers are more than {shape.depth}")
    masks = sliding(config, [*every(first, near), *every(shape.depth - first, far)], 4096)
    sparse = sparse_layers(config, shape.depth, [index >= first for index in range(shape.depth)])
    route = routing(config, ("num_experts",), count=8, active=2)
    width, bias = config.size("intermediate_size"), config.flag("attention_bias", False)
    inner = config.size("prefix_dense_intermediate_size", default=width)
    always = config.number("num_shared_experts", 0) * width
    config.ignore("shared_expert_combination_strategy", "expert_selection_fn")
    dense = mlp(shape.hidden, inner)
    mixture = experts(shape.hidden, width, count=route.count, active=route.active, shared=always)

    def build(kind: tuple[Mask, bool]) -> Layer:
        mask, has_experts = kind
        attend = attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, bias=bias, output_bias=bias
        )
        return Layer((attend, mixture if has_experts else dense), parallel=True, norm=shape.hidden)

    layers = stack(list(zip(masks, sparse, strict=True)), build)
    return decoder(config, layers, shape, norm=shape.hidden, tied=True)


def laguna(config: Config) -> Architecture:
    """Laguna: gated heads, of which layers may have different numbers."""
    shape = widths(config, key_value_heads=8, head_dim=128)
    bias = config.flag("attention_bias", False)
    masks = sliding(config, ["full_attention"] * shape.depth, 512)
    usual = (shape.heads,) * shape.depth
    numbers = config.sizes("num_attention_heads_per_layer", shape.depth, usual)
    for heads in dict.fromkeys(numbers):
        if heads % shape.key_value_heads:
            groups = f"{shape.key_value_heads} key-value heads"
            config.refuse("num_attention_heads_per_layer", f"{heads} heads do not divide into {groups}")
    route = routing(config, ("num_experts",), count=256, active=8)
    width = config.size("moe_intermediate_size", default=512)
    always = config.size("shared_expert_intermediate_size", default=512)
    config.must_be("moe_apply_router_weight_on_input", False, why="weights on the experts' input")
    sparse = sparse_layers(config, shape.depth, [index > 0 for index in range(shape.depth)])
    gating = config.raw("gating")
    by_head = gating is None or gating is True or gating == "per-head"  # anything else has a gate for every channel
    norm = shape.hidden
    dense = mlp(norm, config.size("intermediate_size"), norm=norm)
    mixture = _shared_first(
        experts(norm, width, count=route.count, active=route.active, shared=always, correction=route.count, norm=norm)
    )

    def build(kind: tuple[Mask, bool, int]) -> Layer:
        mask, has_experts, heads = kind
        gate = heads if by_head else heads * shape.head_dim
        attend = _per_head(shape._replace(heads=heads), bias=bias, gate=gate)(mask)
        return Layer((attend, mixture if has_experts else dense))

    layers = stack(list(zip(masks, sparse, numbers, strict=True)), build)
    return decoder(config, layers, shape, norm=norm, tied=False)


def kolibri1(config: Config) -> Architecture:
    """Kolibri 1: experts with a shared one in every layer, normalizations before and after."""
    shape = widths(config, key_value_heads=4, head_dim=128)
    masks = sliding(config, every(shape.depth, 5), 513)
    route = routing(config, ("num_experts", "num_local_experts"), count=384, active=6)
    width = config.size("moe_intermediate_size", default=512)
    always = config.size("shared_expert_intermediate_size", default=512)
    config.ignore("intermediate_size")
    mixture = experts(
        shape.hidden, width, count=route.count, active=route.active, shared=always, norm=shape.hidden,
        after=shape.hidden,
    )  # fmt: skip
    attend = _per_head(shape, after=shape.hidden)
    return _model(config, shape, masks, [True] * shape.depth, attend, Feed(mixture, mixture))


def flint(config: Config) -> Architecture:
    """Flint: sinks in every layer, dense layers by number."""
    shape = widths(config, key_value_heads=4, head_dim=128)
    bias, last = config.flag("attention_bias", False), shape.depth - 1
    usual = [
        "full_attention" if index < 2 or index % 4 == 1 or index == last else "sliding_attention"
        for index in range(shape.depth)
    ]
    masks = sliding(config, usual, 513)
    route = routing(config, ("num_experts",), count=256, active=6)
    width = config.size("moe_intermediate_size", default=512)
    always = config.size("shared_expert_intermediate_size", default=1024)
    chosen = config.indices("mlp_only_layers")
    dense_layers = chosen if config.has("mlp_only_layers") else frozenset((0, 1))
    step = config.size("decoder_sparse_step", default=1)
    sparse = [index not in dense_layers and (index + 1) % step == 0 for index in range(shape.depth)]
    feed = Feed(
        mlp(shape.hidden, config.size("intermediate_size"), norm=shape.hidden),
        experts(shape.hidden, width, count=route.count, active=route.active, shared=always, norm=shape.hidden),
    )
    return _model(config, shape, masks, sparse, _per_head(shape, bias=bias, sinks=shape.heads), feed)


def _shared_first(block: Block) -> Block:
    """Return experts whose shared ones run first, which a checkpoint that stops early sees."""
    shared = [one for one in block.operations if isinstance(one, Linear) and one.term == SHARED]
    start, *rest = (one for one in block.operations if one not in shared)
    return Block((start, *shared, *rest), block.outputs)


def _per_head(shape: Widths, *, bias: bool = False, after: int = 0, gate: int = 0, sinks: int = 0) -> Attend:
    """Return what makes attention whose queries and keys are normalized head by head."""

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden, after=after,
            bias=bias, output_bias=bias, query_norm=shape.head_dim, key_norm=shape.head_dim, gate=gate, sinks=sinks,
        )  # fmt: skip

    return attend


def _model(
    config: Config, shape: Widths, masks: list[Mask], sparse: list[bool], attend: Attend, feed: Feed
) -> Architecture:
    """Return a decoder of attention and an MLP or experts."""
    return mixed(
        config, shape, masks, sparse, attend, lambda: feed.dense, lambda: feed.mixture, norm=shape.hidden
    )  # fmt: skip
