"""RecurrentGemma: gated linear recurrences, and local attention in every third layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import mlp
from flopline.architecture.masks import Mask
from flopline.architecture.readers.common import decoder, widths
from flopline.architecture.shape import Layer, stack
from flopline.architecture.state_space import gated_recurrence

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

_PATTERN = ("recurrent", "recurrent", "attention")


def recurrent_gemma(config: Config) -> Architecture:
    """RecurrentGemma: the feed-forward width is half of what the key says."""
    shape = widths(config, floor=True)
    width = config.optional("lru_width") or shape.hidden
    if width % shape.heads:
        config.refuse("lru_width", f"a recurrence of {width} does not divide into {shape.heads} heads")
    inner, kernel = config.size("intermediate_size") // 2, config.size("conv1d_width", default=4)
    mask = Mask("window", config.size("attention_window_size", "sliding_window", default=2048))
    bias = config.flag("attention_bias", False)
    config.ignore("w_init_variance_scale", "final_w_init_variance_scale", "embeddings_scale_by_sqrt_dim")

    def build(kind: str) -> Layer:
        feed_forward = mlp(shape.hidden, inner, norm=shape.hidden, bias=True)
        if kind == "recurrent":
            names = ("linear_x", "linear_y", "linear_out")
            block = gated_recurrence(shape.hidden, width, shape.heads, kernel, norm=shape.hidden, names=names)
        else:
            block = attention(
                shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
                bias=bias, output_bias=True,
            )  # fmt: skip
        return Layer((block, feed_forward))

    layers = stack(_pattern(config, shape.depth), build)
    return decoder(config, layers, shape, norm=shape.hidden, tied=True)


def _pattern(config: Config, depth: int) -> list[str]:
    raw = config.raw("block_types")
    given = list(_PATTERN) if raw is None else raw
    if not isinstance(given, list) or not given or any(one not in ("recurrent", "attention") for one in given):
        config.refuse("block_types", "`block_types` must be a list of `recurrent` and `attention`")
    return [given[index % len(given)] for index in range(depth)]
