"""Llama and the dense decoders that differ from it in a bias, a normalization or a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import mlp
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import (
    LAYER_NORM,
    RMS,
    Widths,
    decoder,
    every,
    sliding,
    widths,
    window,
)
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def llama(config: Config) -> Architecture:
    """Llama 1 to 3, and others in its keys: pre-norm, gated, optional biases."""
    return plain(config, widths(config))


def iquestcoder(config: Config) -> Architecture:
    """IQuest-Coder: Llama with heads of 128."""
    return plain(config, widths(config, key_value_heads=8, head_dim=128))


def mistral(config: Config) -> Architecture:
    """Mistral: every layer slides unless `sliding_window` is null."""
    config.ignore("layer_types")
    return plain(config, widths(config, key_value_heads=8), mask=window(config, 4096), biased=False)


def ministral(config: Config) -> Architecture:
    """Ministral: windows by layer."""
    shape = widths(config, key_value_heads=8)
    size = config.optional("sliding_window", 4096)
    kind = "full_attention" if size is None else "sliding_attention"
    return plain(config, shape, masks=sliding(config, [kind] * shape.depth, 4096), biased=False)


def ministral3(config: Config) -> Architecture:
    """Ministral 3: no window unless one is given."""
    shape = widths(config, key_value_heads=8, head_dim=128)
    return plain(config, shape, mask=window(config), biased=False)


def granite(config: Config, *, key_value_heads: int | None = None, tied: bool = False) -> Architecture:
    """Granite 3: Llama with multipliers."""
    config.ignore("embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling")
    return plain(config, widths(config, key_value_heads=key_value_heads), tied=tied)


def smollm3(config: Config) -> Architecture:
    """SmolLM3: layers without rotary positions may slide."""
    shape = widths(config, key_value_heads=4)
    period = config.size("no_rope_layer_interval", default=4)
    given = config.raw("no_rope_layers")
    rotary = given or [int((index + 1) % period != 0) for index in range(shape.depth)]
    if not isinstance(rotary, list) or len(rotary) != shape.depth:
        config.refuse(
            "no_rope_layers",
            f"`no_rope_layers` must be a list with one entry for each of {shape.depth} layers",
        )
    config.ignore("max_window_layers")
    if config.flag("use_sliding_window", False) and config.has("sliding_window"):
        usual = ["full_attention" if one else "sliding_attention" for one in rotary]
        return plain(config, shape, masks=sliding(config, usual, None), tied=True)
    # Without `use_sliding_window` layers named as sliding have no window either.
    config.ignore("sliding_window", "layer_types")
    return plain(config, shape, tied=True)


def seed_oss(config: Config) -> Architecture:
    """Seed-OSS: biases of the output matrix apart."""
    shape = widths(config, key_value_heads=8, head_dim=128)
    bias = config.flag("attention_bias", True)
    output = config.flag("attention_out_bias", False)
    return plain(config, shape, bias=bias, output_bias=output)


def ernie4_5(config: Config) -> Architecture:
    """ERNIE 4.5, dense."""
    shape = widths(config, key_value_heads=2, head_dim=128)
    bias = config.flag("use_bias", False)
    return plain(config, shape, bias=bias, output_bias=bias, inner_bias=bias, tied=True)


def hunyuan(config: Config, *, tied: bool = False) -> Architecture:
    """Hunyuan V1, dense: queries and keys normalized per head."""
    return plain(config, widths(config), head_norm=True, inner_bias=False, tied=tied)


def apertus(config: Config) -> Architecture:
    """Apertus: no gate, learned xIELU coefficients, queries and keys normalized per head."""
    extra = 2 * (config.text("hidden_act", "xielu") == "xielu")
    return plain(config, widths(config), head_norm=True, gated=False, extra=extra, inner_bias=False)


def arcee(config: Config) -> Architecture:
    """Arcee: no gate."""
    return plain(config, widths(config), gated=False)


def jais2(config: Config) -> Architecture:
    """Jais 2: layer normalization, no gate, biases everywhere."""
    bias, inner = config.flag("attention_bias", True), config.flag("mlp_bias", True)
    return plain(config, widths(config), kind=LAYER_NORM, gated=False, bias=bias, inner_bias=inner)


def emu3_text(config: Config) -> Architecture:
    """Emu 3's text model: Llama over a vocabulary of words and codes of images."""
    return plain(config, widths(config, key_value_heads=8), biased=False)


def cwm(config: Config) -> Architecture:
    """Code World Model: every fourth layer sees everything, from the first one on."""
    shape = widths(config, key_value_heads=8, head_dim=128)
    usual = ["sliding_attention" if index % 4 else "full_attention" for index in range(shape.depth)]
    return plain(config, shape, masks=sliding(config, usual, 8192), bias=False)


def helium(config: Config) -> Architecture:
    """Helium: Llama whose output matrix has no bias."""
    shape = widths(config, key_value_heads=20, head_dim=128)
    if shape.heads * shape.head_dim != shape.hidden:
        config.refuse("head_dim", f"{shape.heads} heads of {shape.head_dim} are not {shape.hidden} together")
    return plain(config, shape, output_bias=False)


def hyperclovax(config: Config) -> Architecture:
    """HyperCLOVA X: Granite's multipliers, perhaps a normalization after each block too."""
    config.ignore("embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling")
    shape = widths(config)
    return plain(config, shape, after=shape.hidden * config.flag("use_post_norm", True))


def internlm3(config: Config) -> Architecture:
    """InternLM 3: Llama, its biases under names of their own."""
    bias = config.flag("attention_bias", config.flag("qkv_bias", False))
    if config.flag("mlp_bias", config.flag("bias", False)) is not bias:
        config.refuse("bias", "`qkv_bias` and `bias` must be the same")
    return plain(config, widths(config, key_value_heads=2, head_dim=128), bias=bias, inner_bias=bias)


def nanochat(config: Config) -> Architecture:
    """Nanochat: normalizations without parameters, no gate."""
    return plain(config, widths(config), kind=0, gated=False, inner_bias=False, names=("fc1", "fc2"))


def nemotron(config: Config) -> Architecture:
    """Nemotron-4 and Minitron: layer normalization, no gate."""
    return plain(config, widths(config), gated=False, kind=LAYER_NORM)


def starcoder2(config: Config) -> Architecture:
    """StarCoder 2: layer normalization, no gate, biases, an optional window."""
    bias = config.flag("use_bias", True)
    shape, mask = widths(config, key_value_heads=2), window(config)
    return plain(
        config, shape, mask=mask, kind=LAYER_NORM, gated=False, bias=bias, output_bias=bias, inner_bias=bias,
        names=("c_fc", "c_proj"), tied=True,
    )  # fmt: skip


def olmo(config: Config) -> Architecture:
    """OLMo 1: normalizations without parameters."""
    return plain(config, widths(config), kind=0, inner_bias=False)


def olmo2(config: Config) -> Architecture:
    """OLMo 2: normalizations after the blocks, queries and keys normalized over all heads."""
    return _olmo(config, [CAUSAL] * config.size("num_hidden_layers"))


def olmo3(config: Config) -> Architecture:
    """OLMo 3: OLMo 2 with three sliding layers to one that is not."""
    return _olmo(config, sliding(config, every(config.size("num_hidden_layers"), 4), 4096))


def _olmo(config: Config, masks: list[Mask]) -> Architecture:
    shape = widths(config)
    bias = config.flag("attention_bias", False)
    width = config.size("intermediate_size")

    def build(mask: Mask) -> Layer:
        queries, keys = shape.heads * shape.head_dim, shape.key_value_heads * shape.head_dim
        first = attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, after=shape.hidden,
            bias=bias, output_bias=bias, query_norm=queries, key_norm=keys,
        )  # fmt: skip
        return Layer((first, mlp(shape.hidden, width, after=shape.hidden)))

    return decoder(config, stack(masks, build), shape, norm=shape.hidden, tied=False)


def exaone4(config: Config) -> Architecture:
    """EXAONE 4: normalizations after the blocks and per head; three sliding layers to one that is not."""
    shape = widths(config, key_value_heads=32)
    masks = _exaone_masks(config, shape)
    width = config.size("intermediate_size")

    def build(mask: Mask) -> Layer:
        first = attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, after=shape.hidden,
            query_norm=shape.head_dim, key_norm=shape.head_dim,
        )  # fmt: skip
        return Layer((first, mlp(shape.hidden, width, after=shape.hidden)))

    return decoder(config, stack(masks, build), shape, norm=shape.hidden, tied=False)


def _exaone_masks(config: Config, shape: Widths) -> list[Mask]:
    pattern = config.raw("sliding_window_pattern")
    if config.optional("sliding_window", 4096) is None:
        return sliding(config, ["full_attention"] * shape.depth, None)
    if isinstance(pattern, str):
        # The published configurations write the pattern out, "LLLG", with the layers beside it.
        if not config.has("layer_types"):
            config.refuse("layer_types", "`sliding_window_pattern` is a text, and there are no `layer_types`")
        period = shape.depth
    else:
        period = config.size("sliding_window_pattern", default=4)
    return sliding(config, every(shape.depth, period), 4096)


def plain(
    config: Config,
    shape: Widths,
    *,
    mask: Mask = CAUSAL,
    masks: list[Mask] | None = None,
    kind: int = RMS,
    gated: bool = True,
    biased: bool = True,
    bias: bool | None = None,
    output_bias: bool | None = None,
    inner_bias: bool | None = None,
    head_norm: bool = False,
    after: int = 0,
    extra: int = 0,
    names: tuple[str, ...] | None = None,
    tied: bool = False,
) -> Architecture:
    """Return a decoder of attention and MLP, each after a normalization of `kind` parameters per channel."""
    if bias is None:
        bias = biased and config.flag("attention_bias", False)
    if inner_bias is None:
        inner_bias = biased and config.flag("mlp_bias", False)
    width, norm = config.size("intermediate_size"), kind * shape.hidden
    per_head = shape.head_dim if head_norm else 0

    def build(mask: Mask) -> Layer:
        first = attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=norm, after=after, bias=bias,
            output_bias=bias if output_bias is None else output_bias, query_norm=per_head, key_norm=per_head,
        )  # fmt: skip
        second = mlp(
            shape.hidden, width, gated=gated, norm=norm, after=after, bias=inner_bias, names=names, extra=extra
        )  # fmt: skip
        return Layer((first, second))

    layers = stack(masks or [mask] * shape.depth, build)
    return decoder(config, layers, shape, norm=norm, tied=tied)
