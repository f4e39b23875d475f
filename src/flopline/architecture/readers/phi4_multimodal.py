"""Phi-4 multimodal: Phi 3 with a SigLIP tower and a conformer, whose parameters are counted and which do not run."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from flopline.architecture.attention import Fused, attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.operations import CONVOLUTION, PATCHES, Linear, Lookup, Operation, Weights
from flopline.architecture.readers.common import decoder, widths, window
from flopline.architecture.readers.multimodal import Beside, joined
from flopline.architecture.readers.text_models import width_of
from flopline.architecture.readers.vision_towers import encoder_shape, grid, pooling_head
from flopline.architecture.shape import Layer
from flopline.architecture.towers import (
    LAYER_NORM,
    NEVER,
    encoder_layers,
    held,
    patch_embedding,
    placed,
    projector,
    two_maps,
)

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def phi4_multimodal(config: Config) -> Architecture:
    """Phi-4 multimodal; how many positions an image takes depends on its shape, so that images are refused."""
    shape, mask = widths(config, key_value_heads=8), window(config)
    attend = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
        names=Fused("qkv_proj", "o_proj"),
    )  # fmt: skip
    inside = mlp(shape.hidden, config.size("intermediate_size"), norm=shape.hidden, names=("gate_up_proj", "down_proj"))
    text = decoder(config, (Layer((attend, inside)),) * shape.depth, shape, norm=shape.hidden, tied=False)
    hidden = width_of(text)
    return joined(
        config,
        text,
        {
            "vision_config": lambda: _vision(config.nested("vision_config"), hidden),
            "audio_config": lambda: _audio(config.nested("audio_config"), hidden),
        },
    )


def _vision(config: Config, hidden: int) -> Beside:
    config.ignore("model_type", "crop_size", "feature_layer")
    shape = encoder_shape(config, 1152, 4304, 27, 16)
    wide = shape.hidden
    area, rows, columns = grid(config, 448, 14)
    # The map of patches is as wide as the number of channels says, the table of positions is square.
    maps = two_maps(wide, hidden, hidden, names=("img_projection_up", "img_projection_down"))
    layers = (
        patch_embedding(config.size("num_channels", default=3) * area, wide, NEVER, positions=rows * columns),
        *encoder_layers(shape, NEVER, NEVER),
        held("post_layernorm", LAYER_NORM * wide),
        pooling_head(wide, shape.width, 1, on=NEVER),
        projector((Weights("feature_extensors", 2 * wide), *maps), NEVER),
    )
    return Beside(layers, ())


def _audio(config: Config, hidden: int) -> Beside:
    """Return the conformer (Gulati et al. 2020, arXiv:2005.08100) of Phi-4 multimodal."""
    config.ignore(
        "model_type", "chunk_size", "left_chunk", "feature_layer", "nemo_final_size", "conv_glu_type", "conv_activation"
    )
    wide, heads = config.size("hidden_size", default=1024), config.size("num_attention_heads", default=16)
    if wide % heads:
        config.refuse("num_attention_heads", f"a width of {wide} does not divide into {heads} heads")
    blocks = config.size("num_blocks", default=24, largest=DEEPEST)
    buckets = config.size("bias_max_distance", default=1000) * (1 if config.flag("bias_symmetric", False) else 2)
    bias = Layer((Block((Lookup("bias_values", buckets * heads),), ("bias_values",)),), "tower", stream="sound")
    joint = wide * config.size("downsample_rate", default=1)
    names = (("up_proj_for_speech", "down_proj_for_speech"), ("up_proj_for_vision", "down_proj_for_vision"))
    maps = (projector(two_maps(joint, hidden, hidden, names=pair), NEVER, source="sound") for pair in names)
    layer = _conformer(config, wide, heads)
    return Beside((_subsampling(config, wide), bias, *(layer,) * blocks, *maps), ())


def _subsampling(config: Config, wide: int) -> Layer:
    factor = config.size("time_reduction", default=8)
    channels, final = config.size("nemo_conv_channels", default=1024), config.size("input_size", default=80)
    steps = factor.bit_length() - 1
    operations: list[Operation] = [Linear("conv.0", 9, channels, PATCHES, (), True, on=NEVER)]
    final = ceil(final / 2)
    for index in range(steps - 1):
        before, name = operations[-1].name, f"conv.{index + 1}"
        deep = Linear(f"{name}.depthwise", 9 * channels, channels, PATCHES, (before,), True, groups=channels, on=NEVER)
        operations += [deep, Linear(f"{name}.pointwise", channels, channels, PATCHES, (deep.name,), True, on=NEVER)]
        final = ceil(final / 2)
    operations.append(Linear("out", channels * final, wide, PATCHES, (operations[-1].name,), True, on=NEVER))
    return Layer((Block(tuple(operations), ("out",)),), "tower", stream="sound")


def _conformer(config: Config, wide: int, heads: int) -> Layer:
    inner, outer = config.size("intermediate_size", default=1536), config.size("ext_pw_out_channel", default=1024)
    kernel, depth = config.size("kernel_size", default=3), wide * config.size("depthwise_multiplier", default=1)
    middle = config.size("depthwise_separable_out_channel", default=1024)
    norm = LAYER_NORM * wide
    feed = mlp(wide, inner, norm=norm, bias=True, names=("gate_up_proj", "down_proj"))
    attend = attention(wide, heads, heads, wide // heads, norm=norm, bias=True, output_bias=True)
    convolve: tuple[Operation, ...] = (
        Weights("layer_norm", norm),
        Linear("glu", wide, 2 * outer, CONVOLUTION, ("layer_norm",), True),
        Weights("glu_biases", 2 * outer, ("glu",)),
        Linear("dw_conv", depth * kernel, depth, CONVOLUTION, ("glu_biases",), True, groups=depth),
        Linear("pw_conv", depth, middle, CONVOLUTION, ("dw_conv",), True),
        Linear("ext_pw_conv_1d", wide, outer, CONVOLUTION, ("pw_conv",), True),
    )
    last = Block((Weights("layer_norm", norm),), ("layer_norm",))
    blocks = (feed, attend, Block(convolve, ("ext_pw_conv_1d",)), feed, last)
    return Layer(tuple(placed(one, NEVER, NEVER) for one in blocks), "tower", stream="sound")
