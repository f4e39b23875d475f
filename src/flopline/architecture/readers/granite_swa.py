"""Granite with sliding windows, dense and with experts, and BitNet: Llama's keys, a normalization or a sink more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import mixed, routing, sliding, widths

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.readers.common import Widths
    from flopline.architecture.shape import Architecture


def granite_swa(config: Config) -> Architecture:
    """Granite with windows and sinks, dense."""
    shape = widths(config, key_value_heads=4, floor=True)
    width, inner_bias = config.size("intermediate_size"), config.flag("mlp_bias", False)

    def dense() -> Block:
        return mlp(shape.hidden, width, norm=shape.hidden, bias=inner_bias)

    return _granite(config, shape, dense, tied=True)


def granite_moe_swa(config: Config) -> Architecture:
    """Granite with windows, sinks and experts in every layer."""
    shape = widths(config, floor=True)
    route = routing(config, ("num_local_experts", "num_experts"), count=8, active=2)
    width, shared = config.size("intermediate_size"), config.number("shared_intermediate_size", 0)

    def mixture() -> Block:
        return experts(shape.hidden, width, count=route.count, active=route.active, shared=shared, norm=shape.hidden)

    return _granite(config, shape, mixture, tied=False)


def bitnet(config: Config) -> Architecture:
    """BitNet b1.58: what enters the last matrix of each block is normalized; low precision changes no count."""
    shape = widths(config, key_value_heads=5, free=False)
    config.must_be("head_dim", shape.head_dim, why="heads that are not as wide as the model together")
    width, bias = config.size("intermediate_size"), config.flag("attention_bias", False)

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden, bias=bias,
            output_bias=bias, inner_norm=shape.hidden,
        )  # fmt: skip

    def dense() -> Block:
        return mlp(shape.hidden, width, norm=shape.hidden, extra=width)

    masks, sparse = [CAUSAL] * shape.depth, [False] * shape.depth
    return mixed(config, shape, masks, sparse, attend, dense, dense, norm=shape.hidden)


def _granite(config: Config, shape: Widths, feed_forward: Callable[[], Block], *, tied: bool) -> Architecture:
    """Return a decoder in which every fourth layer sees everything, from the first one on."""
    config.ignore("embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling")
    config.ignore("layer_rope_theta")
    bias = config.flag("attention_bias", False)
    usual = ["sliding_attention" if index % 4 else "full_attention" for index in range(shape.depth)]

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden, bias=bias,
            output_bias=bias, sinks=shape.heads,
        )  # fmt: skip

    masks, sparse = sliding(config, usual, 128), [False] * shape.depth
    return mixed(config, shape, masks, sparse, attend, feed_forward, feed_forward, norm=shape.hidden, tied=tied)
