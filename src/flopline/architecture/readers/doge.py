"""Doge: attention to the keys that a learned mask leaves, and experts that are single rows of tables."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.masks import Mask
from flopline.architecture.operations import EXPERTS, PROJECTIONS, ROUTER, Linear, Scores, Weights
from flopline.architecture.readers.common import Widths, decoder, routing, widths
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def doge(config: Config) -> Architecture:
    """Doge (Shi et al. 2024, arXiv:2412.11834): values decide which keys every query sees, as many as in a window."""
    shape = widths(config)
    bias, inner_bias = config.flag("attention_bias", False), config.flag("mlp_bias", False)
    sizes = [config.size("keep_window_size", default=2048), config.optional("sliding_window", None)]
    mask = Mask("window", min(size for size in sizes if size is not None))
    width = config.size("intermediate_size")
    feed = mlp(shape.hidden, width, norm=shape.hidden, bias=inner_bias)
    if config.flag("is_moe", False):
        feed = _with_rows(config, shape.hidden, feed)
    else:
        config.ignore("num_experts", "num_experts_per_tok")
    layer = Layer((_scaled(_attention(shape, mask, bias), shape.hidden), _scaled(feed, shape.hidden)))
    return decoder(config, (layer,) * shape.depth, shape, norm=shape.hidden, tied=False)


def _attention(shape: Widths, mask: Mask, bias: bool) -> Block:
    """Return attention whose scores a matrix of the values shifts, 2S KV d KV (section 3.1 of the paper)."""
    usual = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden, bias=bias,
        output_bias=bias, query_norm=shape.head_dim, key_norm=shape.head_dim,
    )  # fmt: skip
    groups = shape.key_value_heads
    shift = (
        Linear("dt_proj", groups * shape.head_dim, groups, PROJECTIONS, ("v_proj",), bias),
        Weights("A", groups, ("dt_proj",)),
    )
    at = next(index for index, one in enumerate(usual.operations) if isinstance(one, Scores))
    return Block((*usual.operations[:at], *shift, *usual.operations[at:]), usual.outputs)


def _with_rows(config: Config, hidden: int, feed: Block) -> Block:
    """Return an MLP with experts beside it, each a column that reads the stream and a row that writes it.

    Scores of two short lists of keys make those of all pairs: the router has twice the square root of E outputs.
    """
    route = routing(config, ("num_experts",), count=16384, active=64)
    norm, *rest = feed.operations
    count, active, read = route.count, route.active, (norm.name,)
    operations = (
        Linear("router_gate", hidden, 2 * isqrt(count), ROUTER, read),
        Linear("experts.down_embed", hidden, 1, EXPERTS, read, active=active, stored=count),
        Linear("experts.up_embed", 1, hidden, EXPERTS, ("experts.down_embed", "router_gate"), False, active, count),
    )
    return Block((norm, *operations, *rest), (*feed.outputs, "experts.up_embed"))


def _scaled(block: Block, hidden: int) -> Block:
    """Return a block beside which the stream is scaled, channel by channel."""
    return Block((*block.operations, Weights("residual", hidden)), (*block.outputs, "residual"))
