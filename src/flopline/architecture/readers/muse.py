"""Muse Glimmer and Muse Spark: gated heads, normalizations around blocks, windows counted from the last layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, experts, mlp
from flopline.architecture.operations import Weights
from flopline.architecture.readers.common import mixed, routing, sliding, widths
from flopline.architecture.readers.routed import by_kind
from flopline.architecture.readers.vision_text import without_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.architecture.config import Config
    from flopline.architecture.masks import Mask
    from flopline.architecture.readers.common import Widths
    from flopline.architecture.shape import Architecture


def muse_glimmer(config: Config) -> Architecture:
    """Muse Glimmer's text model, dense."""
    shape = widths(config, key_value_heads=2, head_dim=128)
    width = config.size("intermediate_size")

    def dense() -> Block:
        return mlp(shape.hidden, width, norm=shape.hidden, after=shape.hidden)

    sparse = [False] * shape.depth
    return without_head(config, _muse(config, shape, sparse, dense, dense), "MuseGlimmerTextModel")


def muse_spark(config: Config) -> Architecture:
    """Muse Spark's text model: experts in a space of their own, a learned gate on what each block adds."""
    config.ignore("residual_gate_temperature", "routed_scaling_factor", "output_multiplier")
    shape = widths(config, key_value_heads=16, head_dim=64)
    route = routing(config, ("num_local_experts", "num_experts"), count=256, active=8)
    width, latent = config.size("moe_intermediate_size", default=4096), config.size("moe_hidden_size", default=4096)
    inner = config.size("intermediate_size")

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden, after=2 * shape.hidden)

    def mixture() -> Block:
        found = experts(
            shape.hidden, width, count=route.count, active=route.active, latent=latent, norm=shape.hidden,
            after=2 * shape.hidden,
        )  # fmt: skip
        # All experts share the normalization of what they return.
        norms = Weights("expert_norms", 2 * latent, ("latent_in",))
        return Block((*found.operations, norms), found.outputs)

    sparse = by_kind(config, shape.depth)
    return without_head(config, _muse(config, shape, sparse, dense, mixture), "MuseSparkTextModel")


def _muse(
    config: Config, shape: Widths, sparse: list[bool], dense: Callable[[], Block], mixture: Callable[[], Block]
) -> Architecture:
    """Return a decoder in which every fourth layer, from the last one down, sees everything."""
    config.ignore("qk_scale_factor", "layer_rope_theta", "post_norm_eps")
    usual = ["sliding_attention" if (shape.depth - 1 - index) % 4 else "full_attention" for index in range(shape.depth)]
    bias = config.flag("attention_bias", False)

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            after=shape.hidden, bias=bias, output_bias=bias, gate=shape.heads * shape.head_dim,
        )  # fmt: skip

    masks = sliding(config, usual, 2048)
    return mixed(config, shape, masks, sparse, attend, dense, mixture, norm=shape.hidden)
