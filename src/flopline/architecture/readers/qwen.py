"""Qwen 2 and 3, dense and with experts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import Routing, Widths, decoder, mixed, routing, sliding, widths
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def qwen2(config: Config) -> Architecture:
    """Qwen 2 and 2.5: biases of queries, keys and values; the last layers may slide."""
    return _dense(config, widths(config, key_value_heads=32), bias=True, output_bias=False, normed=False)


def qwen2_vl(config: Config) -> Architecture:
    """Qwen2-VL's and Qwen2.5-VL's text model, which is Qwen 2 with other defaults."""
    shape = widths(config, key_value_heads=8)
    return _dense(config, shape, bias=True, output_bias=False, normed=False, below=80)


def qwen2_5_omni(config: Config) -> Architecture:
    """Qwen2.5-Omni's text model, which is Qwen 2 with other defaults."""
    shape = widths(config, key_value_heads=4)
    return _dense(config, shape, bias=True, output_bias=False, normed=False, window=32768)


def qwen3(config: Config) -> Architecture:
    """Qwen 3: queries and keys normalized per head."""
    bias = config.flag("attention_bias", False)
    shape = widths(config, key_value_heads=32, head_dim=128)
    return _dense(config, shape, bias=bias, output_bias=bias, normed=True)


def _dense(
    config: Config,
    shape: Widths,
    *,
    bias: bool,
    output_bias: bool,
    normed: bool,
    below: int = 28,
    window: int = 4096,
) -> Architecture:
    masks = _last_layers(config, shape.depth, below, window)
    width, per_head = config.size("intermediate_size"), shape.head_dim * normed

    def build(mask: Mask) -> Layer:
        first = attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            bias=bias, output_bias=output_bias, query_norm=per_head, key_norm=per_head,
        )  # fmt: skip
        return Layer((first, mlp(shape.hidden, width, norm=shape.hidden)))

    return decoder(config, stack(masks, build), shape, norm=shape.hidden, tied=False)


def qwen2_moe(config: Config) -> Architecture:
    """Qwen 1.5 and 2 with experts: a gated shared expert beside the routed ones."""
    shape = widths(config, key_value_heads=16)
    slides, below = config.flag("use_sliding_window", False), config.number("max_window_layers", 28)
    usual = [
        "sliding_attention" if slides and index % 2 == 0 and index < below else "full_attention"
        for index in range(shape.depth)
    ]
    masks = sliding(config, usual, 4096) if slides else _unwindowed(config, usual)
    shared = config.size("shared_expert_intermediate_size", default=5632)
    bias = config.flag("qkv_bias", True)
    return _sparse(
        config, shape, masks, bias=bias, output_bias=False, normed=False, shared=shared,
        route=routing(config, ("num_experts",), count=60, active=4),
        width=config.size("moe_intermediate_size", default=1408),
    )  # fmt: skip


def qwen3_moe(config: Config) -> Architecture:
    """Qwen 3 with experts: no shared one; all layers slide or none."""
    shape = widths(config, key_value_heads=4)
    bias = config.flag("attention_bias", False)
    size = config.optional("sliding_window", 4096, least=0) if config.flag("use_sliding_window", False) else None
    config.ignore("sliding_window", "max_window_layers")
    masks = [Mask("window", size) if size else CAUSAL] * shape.depth
    return _sparse(
        config, shape, masks, bias=bias, output_bias=bias, normed=True, shared=0,
        route=routing(config, ("num_local_experts", "num_experts"), count=128, active=8),
        width=config.size("moe_intermediate_size", default=768),
    )  # fmt: skip


def qwen3_vl_moe(config: Config) -> Architecture:
    """Qwen3-VL's text model with experts, which is Qwen 3 with other defaults and without windows."""
    return _unwindowed_sparse(config, key_value_heads=16, count=60, active=4, width=1408)


def qwen3_omni_moe(config: Config) -> Architecture:
    """Qwen3-Omni's text model, the same with defaults of its own."""
    return _unwindowed_sparse(config, key_value_heads=4, count=128, active=8, width=768)


def _unwindowed_sparse(config: Config, *, key_value_heads: int, count: int, active: int, width: int) -> Architecture:
    config.ignore("sliding_window", "use_sliding_window", "max_window_layers")
    shape = widths(config, key_value_heads=key_value_heads)
    bias = config.flag("attention_bias", False)
    return _sparse(
        config, shape, [CAUSAL] * shape.depth, bias=bias, output_bias=bias, normed=True, shared=0,
        route=routing(config, ("num_experts", "num_local_experts"), count=count, active=active),
        width=config.size("moe_intermediate_size", default=width),
    )  # fmt: skip


def _sparse(
    config: Config,
    shape: Widths,
    masks: list[Mask],
    *,
    bias: bool,
    output_bias: bool,
    normed: bool,
    shared: int,
    route: Routing,
    width: int,
) -> Architecture:
    step, dense_only = config.size("decoder_sparse_step", default=1), config.indices("mlp_only_layers")
    sparse = [index not in dense_only and (index + 1) % step == 0 for index in range(shape.depth)]
    inner, per_head = config.size("intermediate_size"), shape.head_dim * normed

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            bias=bias, output_bias=output_bias, query_norm=per_head, key_norm=per_head,
        )  # fmt: skip

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden)

    def mixture() -> Block:
        return experts(
            shape.hidden, width, count=route.count, active=route.active, shared=shared,
            shared_gate=shared > 0, norm=shape.hidden,
        )  # fmt: skip

    return mixed(config, shape, masks, sparse, attend, dense, mixture, norm=shape.hidden)


def _last_layers(config: Config, depth: int, below: int, window: int) -> list[Mask]:
    """Return masks where the layers from `max_window_layers` on slide, if windows are used at all."""
    slides = config.flag("use_sliding_window", False)
    first = config.number("max_window_layers", below)
    if not slides:
        return _unwindowed(config, ["full_attention"] * depth)
    size = config.optional("sliding_window", window)
    usual = ["sliding_attention" if size is not None and i >= first else "full_attention" for i in range(depth)]
    return sliding(config, usual, window)


def _unwindowed(config: Config, usual: list[str]) -> list[Mask]:
    """Return masks without windows; a configuration that names sliding layers all the same is refused."""
    config.ignore("sliding_window", "max_window_layers")
    names = config.words("layer_types", len(usual)) or usual
    for name in names:
        if name != "full_attention":
            message = f"`layer_types` names `{name[:60]}` layers, and `use_sliding_window` is not true"
            config.refuse("layer_types", message)
    return [CAUSAL] * len(usual)
