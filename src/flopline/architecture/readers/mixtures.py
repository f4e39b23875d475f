"""Decoders with experts and grouped-query attention: Mixtral and its kin, GLM, ERNIE, gpt-oss, Llama 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import (
    LAYER_NORM,
    Routing,
    by_layer,
    every,
    mixed,
    predicted,
    routing,
    sliding,
    widths,
    window,
)

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.readers.common import Widths
    from flopline.architecture.shape import Architecture


def mixtral(config: Config) -> Architecture:
    """Mixtral: experts in every layer."""
    shape, mask = widths(config, key_value_heads=8), window(config)
    route = routing(config, ("num_local_experts", "num_experts"), count=8, active=2)
    return _all_sparse(config, shape, mask, route, config.size("intermediate_size"))


def olmoe(config: Config) -> Architecture:
    """OLMoE: experts in every layer, queries and keys normalized over all heads."""
    config.ignore("clip_qkv")
    shape = widths(config)
    route = routing(config, ("num_experts", "num_local_experts"), count=64, active=8)
    bias = config.flag("attention_bias", False)
    return _all_sparse(config, shape, CAUSAL, route, config.size("intermediate_size"), bias=bias, normed=True)


def minimax_m2(config: Config) -> Architecture:
    """MiniMax-M2: many small experts in every layer, queries and keys normalized over all heads."""
    config.ignore("use_qk_norm", "qk_norm_type", "attn_type_list", "shared_intermediate_size", "shared_moe_mode")
    config.must_be("shared_intermediate_size", 0, why="shared experts")
    shape = widths(config, key_value_heads=8, head_dim=128)
    route = routing(config, ("num_local_experts", "num_experts"), count=256, active=8)
    if config.flag("use_mtp", False):
        message = "the multi-token-prediction modules of this family are not counted"
        config.note("use_mtp", message, code="W402")
    config.ignore("num_mtp_modules", "mtp_transformer_layers")
    return _all_sparse(config, shape, CAUSAL, route, config.size("intermediate_size"), normed=True)


def phimoe(config: Config) -> Architecture:
    """Phi-3.5 MoE: layer normalization, experts in every layer."""
    shape, mask = widths(config, key_value_heads=8), window(config)
    route = routing(config, ("num_local_experts", "num_experts"), count=16, active=2)
    # Its router draws a first and a second expert one after the other, whatever the key says.
    config.must_be("num_experts_per_tok", 2, why="another router")
    bias = config.flag("attention_bias", False)
    return _all_sparse(
        config, shape, mask, route, config.size("intermediate_size"), bias=bias, kind=LAYER_NORM,
        head_bias=config.flag("lm_head_bias", False),
    )  # fmt: skip


def granite_moe(config: Config) -> Architecture:
    """Granite 3 MoE, with a shared expert or without."""
    config.ignore("embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling")
    shape = widths(config)
    route = routing(config, ("num_local_experts", "num_experts"), count=8, active=2)
    bias = config.flag("attention_bias", False)
    shared = config.number("shared_intermediate_size", 0) if config.model_type == "granitemoeshared" else 0
    return _all_sparse(config, shape, CAUSAL, route, config.size("intermediate_size"), bias=bias, shared=shared)


def gpt_oss(config: Config) -> Architecture:
    """gpt-oss: every other layer slides; biases everywhere, a learned sink for each head."""
    config.ignore("experts_per_token")
    shape = widths(config, key_value_heads=8, head_dim=64)
    route = routing(config, ("num_local_experts", "num_experts"), count=128, active=4)
    width, bias = config.size("intermediate_size"), config.flag("attention_bias", True)

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            bias=bias, output_bias=bias, sinks=shape.heads,
        )  # fmt: skip

    def mixture() -> Block:
        return experts(
            shape.hidden, width, count=route.count, active=route.active, router_bias=True, bias=True,
            norm=shape.hidden, names=("gate_up_proj", "down_proj"),
        )  # fmt: skip

    masks = sliding(config, every(shape.depth, 2), 128)
    return mixed(config, shape, masks, [True] * shape.depth, attend, mixture, mixture, norm=shape.hidden)


def ernie4_5_moe(config: Config) -> Architecture:
    """ERNIE 4.5 MoE: experts between two layers, at an interval."""
    shape = widths(config, key_value_heads=4)
    route = routing(config, ("moe_num_experts", "num_experts"), ("moe_k", "num_experts_per_tok"), count=64, active=6)
    bias, width = config.flag("use_bias", False), config.size("moe_intermediate_size", default=1536)
    shared = config.number("moe_num_shared_experts", 2) * width
    first = config.number("moe_layer_start_index", 1)
    config.ignore("moe_norm_min", "moe_capacity", "moe_gate", "moe_use_aux_free")
    if config.number("num_nextn_predict_layers", 0):
        message = "the multi-token-prediction modules of this family are not counted"
        config.note("num_nextn_predict_layers", message, code="W402")
    last = config.raw("moe_layer_end_index")
    end = shape.depth - 1 if last == -1 and last is not True else config.number("moe_layer_end_index", 27)
    step = config.size("moe_layer_interval", default=1)
    sparse = [(index + 1) % step == 0 and first <= index <= end for index in range(shape.depth)]
    inner = config.size("intermediate_size")

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            bias=bias, output_bias=bias,
        )  # fmt: skip

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden, bias=bias)

    def mixture() -> Block:
        return experts(
            shape.hidden, width, count=route.count, active=route.active, shared=shared, shared_bias=bias,
            correction=route.count, norm=shape.hidden,
        )  # fmt: skip

    masks = [CAUSAL] * shape.depth
    return mixed(config, shape, masks, sparse, attend, dense, mixture, norm=shape.hidden, tied=True, head_bias=bias)


def glm4_moe(config: Config) -> Architecture:
    """GLM-4.5 and 4.6: dense layers first, then experts with a shared one; a prediction module."""
    shape = widths(config, key_value_heads=8, floor=True)
    return after_dense(
        config, shape, [CAUSAL] * shape.depth, routing(config, _ROUTED, count=128, active=8),
        bias=config.flag("attention_bias", False), output_bias=False,
        normed=config.flag("use_qk_norm", False), first=1, shared=1, width=1408,
        modules=config.number("num_nextn_predict_layers", 1),
    )  # fmt: skip


def dots1(config: Config) -> Architecture:
    """dots.llm1: dense layers first, then experts with shared ones; the last layers may slide."""
    shape = widths(config, key_value_heads=32)
    size, below = config.optional("sliding_window", 4096), config.number("max_window_layers", 62)
    usual = [
        "sliding_attention" if size is not None and index >= below else "full_attention" for index in range(shape.depth)
    ]
    bias = config.flag("attention_bias", False)
    return after_dense(
        config, shape, sliding(config, usual, 4096), routing(config, _ROUTED), bias=bias, output_bias=bias,
        normed=True, first=0, shared=None, width=1408, modules=0,
    )  # fmt: skip


def llama4(config: Config) -> Architecture:
    """Llama 4's text model: experts in some layers, chunks in those with rotary positions."""
    shape = widths(config, key_value_heads=8, head_dim=128)
    route = routing(config, ("num_local_experts", "num_experts"), count=16, active=1)
    width = config.size("intermediate_size")
    inner = config.size("intermediate_size_mlp", default=16384)
    bias = config.flag("attention_bias", False)
    step, listed = config.size("interleave_moe_layer_step", default=1), config.has("moe_layers")
    chosen = config.indices("moe_layers")
    sparse = [index in chosen if listed else index % step == step - 1 for index in range(shape.depth)]
    masks = _chunks(config, shape.depth)
    config.ignore("use_qk_norm", "attn_temperature_tuning", "for_llm_compressor")

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            bias=bias, output_bias=bias,
        )  # fmt: skip

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden)

    def mixture() -> Block:
        return experts(
            shape.hidden, width, count=route.count, active=route.active, shared=width, norm=shape.hidden,
            names=("gate_up_proj", "down_proj"),
        )  # fmt: skip

    return mixed(config, shape, masks, sparse, attend, dense, mixture, norm=shape.hidden)


def _chunks(config: Config, depth: int) -> list[Mask]:
    rotary, period = config.raw("no_rope_layers"), config.size("no_rope_layer_interval", default=4)
    chunk = config.optional("attention_chunk_size", 8192)
    marks = rotary or [int((index + 1) % period != 0) for index in range(depth)]
    if not isinstance(marks, list) or len(marks) != depth:
        config.refuse("no_rope_layers", f"`no_rope_layers` must be a list with one entry for each of {depth} layers")
    usual = ["chunked_attention" if one else "full_attention" for one in marks]
    return by_layer(
        config,
        usual,
        {"full_attention": CAUSAL, "chunked_attention": None if chunk is None else Mask("chunk", chunk)},
    )


_ROUTED = ("n_routed_experts", "num_local_experts", "num_experts")


def _all_sparse(
    config: Config,
    shape: Widths,
    mask: Mask,
    route: Routing,
    width: int,
    *,
    bias: bool = False,
    normed: bool = False,
    shared: int = 0,
    kind: int = 1,
    head_bias: bool = False,
) -> Architecture:
    """Return a decoder with experts in every layer."""
    norm = kind * shape.hidden
    queries, keys = shape.heads * shape.head_dim * normed, shape.key_value_heads * shape.head_dim * normed

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=norm,
            bias=bias, output_bias=bias, query_norm=queries, key_norm=keys,
        )  # fmt: skip

    def mixture() -> Block:
        return experts(shape.hidden, width, count=route.count, active=route.active, shared=shared, norm=norm)

    masks, sparse = [mask] * shape.depth, [True] * shape.depth
    return mixed(config, shape, masks, sparse, attend, mixture, mixture, norm=norm, head_bias=head_bias)


def after_dense(
    config: Config,
    shape: Widths,
    masks: list[Mask] | None,
    route: Routing,
    *,
    bias: bool,
    output_bias: bool,
    normed: bool,
    first: int,
    shared: int | None,
    width: int,
    modules: int,
) -> Architecture:
    """Return a decoder whose first layers are dense, the others experts with shared ones."""
    dense_layers = config.number("first_k_dense_replace", first)
    size = config.size("moe_intermediate_size", default=width)
    always, inner = config.number("n_shared_experts", shared) * size, config.size("intermediate_size")
    per_head = shape.head_dim * normed
    config.ignore("topk_group", "n_group")

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            bias=bias, output_bias=output_bias, query_norm=per_head, key_norm=per_head,
        )  # fmt: skip

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden)

    def mixture() -> Block:
        return experts(shape.hidden, size, count=route.count, active=route.active, shared=always, norm=shape.hidden)

    sparse = [index >= dense_layers for index in range(shape.depth)]
    prediction = predicted(config, shape, modules, lambda: (attend(CAUSAL), mixture()))
    every_layer = masks or [CAUSAL] * shape.depth
    return mixed(config, shape, every_layer, sparse, attend, dense, mixture, norm=shape.hidden, prediction=prediction)
