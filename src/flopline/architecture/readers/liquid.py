"""LFM2 and LFM3: gated short convolutions in most layers, grouped-query attention in the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.attention import Split, attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.convolutions import short_convolution
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import decoder, routing, widths
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.readers.common import Widths
    from flopline.architecture.shape import Architecture

_KERNEL = 3
_NAMES = Split(output="out_proj")
_MATRICES = ("w1", "w3", "w2")
# Keys of the first releases that repeat others or only matter where a model is initialized.
_OLD = (
    "block_dim", "block_mlp_init_scale", "block_norm_eps", "block_out_init_scale", "block_use_swiglu",
    "block_use_xavier_init", "conv_dim", "conv_dim_out", "conv_use_xavier_init", "num_heads", "use_pos_enc",
)  # fmt: skip


class _Style(NamedTuple):
    """What LFM3 has and LFM2 has not."""

    after: int = 0
    gate: int = 0
    bias: bool = False
    names: Split = _NAMES


def lfm2(config: Config) -> Architecture:
    """LFM2: the feed-forward width is two thirds of what the key says, rounded up."""
    config.ignore(*_OLD)
    shape = widths(config, key_value_heads=8)
    chosen, every = config.indices("full_attn_idxs"), not config.has("full_attn_idxs")
    usual = ["full_attention" if every or index in chosen else "conv" for index in range(shape.depth)]
    width = _adjusted(config, config.size("block_ff_dim", "intermediate_size"))

    def feed_forward(_: bool) -> Block:
        return mlp(shape.hidden, width, norm=shape.hidden, names=_MATRICES)

    kinds = _kinds(config, shape, usual, window=None)
    return _mixed(config, shape, kinds, [False] * shape.depth, feed_forward, kernel=_KERNEL, style=_Style())


def lfm2_moe(config: Config) -> Architecture:
    """LFM2 with experts after the first layers."""
    config.ignore(*_OLD)
    shape = widths(config, key_value_heads=8)
    route = routing(config, ("num_experts",), count=32, active=4)
    width, inner = config.size("moe_intermediate_size", default=1792), config.size("intermediate_size")
    config.ignore("use_expert_bias")  # it corrects the router, follows the load, and is no parameter here

    def feed_forward(sparse: bool) -> Block:
        if sparse:
            return experts(shape.hidden, width, count=route.count, active=route.active, norm=shape.hidden)
        return mlp(shape.hidden, inner, norm=shape.hidden, names=_MATRICES)

    dense = config.number("num_dense_layers", 2)
    sparse = [index >= dense for index in range(shape.depth)]
    if not config.has("layer_types"):
        config.refuse("layer_types", "the configuration has no `layer_types`", "it has no default in this family")
    kinds = _kinds(config, shape, [], window=None)
    return _mixed(config, shape, kinds, sparse, feed_forward, kernel=_KERNEL, style=_Style())


def lfm3(config: Config) -> Architecture:
    """LFM3: windows, a gate for each head, and normalizations after the blocks too."""
    shape = widths(config, key_value_heads=4, head_dim=128)
    usual = ["full_attention" if index % 4 == 2 else "conv" for index in range(shape.depth)]
    usual = ["sliding_attention" if index % 4 == 0 and index else kind for index, kind in enumerate(usual)]
    width = config.size("intermediate_size")
    after = shape.hidden * config.flag("use_sandwich_norm", True)
    gate = shape.heads * config.flag("use_attention_gate", True)
    style = _Style(after, gate, config.flag("attention_bias", False), Split())

    def feed_forward(_: bool) -> Block:
        return mlp(shape.hidden, width, norm=shape.hidden, after=after, names=_MATRICES)

    kinds = _kinds(config, shape, usual, config.optional("sliding_window", 256))
    return _mixed(config, shape, kinds, [False] * shape.depth, feed_forward, kernel=7, style=style)


def _adjusted(config: Config, width: int) -> int:
    """Return the feed-forward width as the model builds it."""
    ratio, multiple = config.ratio("block_ffn_dim_multiplier", 1.0), config.size("block_multiple_of", default=256)
    if not config.flag("block_auto_adjust_ff_dim", True):
        return width
    return multiple * -(-int(ratio * (2 * width // 3)) // multiple)


def _kinds(config: Config, shape: Widths, usual: Sequence[str], window: int | None) -> list[Mask | None]:
    """Return the mask of each layer, None for a convolution."""
    kinds = {"conv": None, "full_attention": CAUSAL}
    if window is not None:
        kinds["sliding_attention"] = Mask("window", window)
    names = config.words("layer_types", shape.depth) or list(usual)
    for name in dict.fromkeys(names):
        if name not in kinds:
            message = f"`{name[:60]}` is not a kind of layer of `{config.model_type}`"
            config.refuse("layer_types", message, f"known are {', '.join(f'`{one}`' for one in kinds)}")
    return [kinds[name] for name in names]


def _mixed(
    config: Config,
    shape: Widths,
    kinds: Sequence[Mask | None],
    sparse: Sequence[bool],
    feed_forward: Callable[[bool], Block],
    *,
    kernel: int,
    style: _Style,
) -> Architecture:
    size, conv_bias = config.size("conv_L_cache", default=kernel), config.flag("conv_bias", False)

    def operator(mask: Mask | None) -> Block:
        if mask is None:
            return short_convolution(shape.hidden, size, norm=shape.hidden, after=style.after, bias=conv_bias)
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
            after=style.after, bias=style.bias, output_bias=style.bias, query_norm=shape.head_dim,
            key_norm=shape.head_dim, gate=style.gate, names=style.names,
        )  # fmt: skip

    def build(kind: tuple[Mask | None, bool]) -> Layer:
        mask, experts = kind
        return Layer((operator(mask), feed_forward(experts)))

    if config.model_type != "lfm3" and config.has("tie_embedding"):  # the older name wins
        config.must_be("tie_word_embeddings", config.flag("tie_embedding", True), why="not what `tie_embedding` says")
    layers = stack(list(zip(kinds, sparse, strict=True)), build)
    return decoder(config, layers, shape, norm=shape.hidden, tied=config.flag("tie_embedding", True))
