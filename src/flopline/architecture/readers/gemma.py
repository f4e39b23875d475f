"""Gemma 1, 2 and 3 (text), and VaultGemma: large heads, tied embeddings, local and global layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import mlp
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import Widths, decoder, every, sliding, widths
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def gemma(config: Config) -> Architecture:
    """Gemma 1."""
    shape = widths(config, key_value_heads=16, head_dim=256)
    return _gemma(config, shape, [CAUSAL] * shape.depth, after=False, head_norm=False)


def gemma2(config: Config) -> Architecture:
    """Gemma 2: every other layer slides; normalizations before and after each block."""
    config.ignore("sliding_window_size")
    shape = widths(config, key_value_heads=4, head_dim=256)
    return _gemma(config, shape, sliding(config, every(shape.depth, 2), 4096), after=True, head_norm=False)


def vaultgemma(config: Config) -> Architecture:
    """VaultGemma: Gemma 2 without the normalizations after the blocks."""
    shape = widths(config, key_value_heads=4, head_dim=256)
    return _gemma(config, shape, sliding(config, every(shape.depth, 2), 4096), after=False, head_norm=False)


def gemma3(config: Config) -> Architecture:
    """Gemma 3's text model: five sliding layers to one that is not; queries and keys normalized per head."""
    shape = widths(config, key_value_heads=4, head_dim=256)
    period = config.size("_sliding_window_pattern", "sliding_window_pattern", default=6)
    return _gemma(config, shape, sliding(config, every(shape.depth, period), 4096), after=True, head_norm=True)


def _gemma(config: Config, shape: Widths, masks: list[Mask], *, after: bool, head_norm: bool) -> Architecture:
    if config.around != "paligemma":  # which makes the masks itself
        config.must_be("use_bidirectional_attention", False, why="attention to later positions")
    config.ignore("use_bidirectional_attention")
    config.ignore("query_pre_attn_scalar")
    bias = config.flag("attention_bias", False)
    width, per_head = config.size("intermediate_size"), shape.head_dim * head_norm
    post = shape.hidden * after

    def build(mask: Mask) -> Layer:
        first = attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            after=post, bias=bias, output_bias=bias, query_norm=per_head, key_norm=per_head,
        )  # fmt: skip
        return Layer((first, mlp(shape.hidden, width, norm=shape.hidden, after=post)))

    return decoder(config, stack(masks, build), shape, norm=shape.hidden, tied=True)
