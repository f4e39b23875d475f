"""Autoencoders between pictures and latents, encoder and decoder together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.config import DEEPEST
from flopline.architecture.grids import scaled
from flopline.architecture.joint import block, entering, last
from flopline.architecture.operations import INPUT, Weights
from flopline.architecture.readers.unet_stages import kinds_of
from flopline.architecture.residual import AFFINE, attention_block, convolution, resampled, residual
from flopline.architecture.shape import Architecture, Layer

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent

DOWN, DOWN_SELF = "DownEncoderBlock2D", "AttnDownEncoderBlock2D"
UP, UP_SELF = "UpDecoderBlock2D", "AttnUpDecoderBlock2D"
HARMLESS = (
    "act_fn", "norm_num_groups", "sample_size", "scaling_factor", "shift_factor", "latents_mean", "latents_std",
    "force_upcast",
)  # fmt: skip
"""Keys that change no count."""


def autoencoder_kl(config: Config) -> Architecture:
    """Stable Diffusion's autoencoder; `seq_len` is the side of the picture."""
    config.ignore(*HARMLESS)
    channels = config.sizes("block_out_channels")
    count = len(channels)
    latent = config.size("latent_channels", default=4)
    depth = config.size("layers_per_block", default=1, largest=DEEPEST)
    attends = config.flag("mid_block_add_attention", True)
    deepest = scaled(2 ** (count - 1))
    down = kinds_of(config, "down_block_types", count, [DOWN], (DOWN, DOWN_SELF))
    up = kinds_of(config, "up_block_types", count, [UP], (UP, UP_SELF))
    first = (
        convolution("encoder.conv_in", config.size("in_channels", default=3), channels[0], 3, scaled(1), reads=()),
    )
    found = [entering(first), *_encoder(channels, depth, down), *_middle(channels[-1], deepest, attends=attends)]
    found.append(Layer((_finish("encoder", channels[-1], 2 * latent, deepest),)))
    if config.flag("use_quant_conv", True):
        found.append(Layer((_pointwise("quant_conv", 2 * latent, deepest),)))
    if config.flag("use_post_quant_conv", True):
        found.append(Layer((_pointwise("post_quant_conv", latent, deepest),)))
    found.append(Layer((block((convolution("decoder.conv_in", latent, channels[-1], 3, deepest),)),)))
    found += [*_middle(channels[-1], deepest, attends=attends), *_decoder(channels, depth, up)]
    decoded = scaled(2 ** (count - 1), 2 ** (count - 1))
    head = _finish("decoder", channels[0], config.size("out_channels", default=3), decoded)
    return Architecture(
        config.model_type, config.model_type, (*found, Layer((head,), "head")), False,
        unit="side of the picture", tokens=scaled(1),
    )  # fmt: skip


def _encoder(channels: tuple[int, ...], depth: int, kinds: list[str]) -> list[Layer]:
    found: list[Layer] = []
    before = channels[0]
    for level, (width, kind) in enumerate(zip(channels, kinds, strict=True)):
        on = scaled(2**level)
        for _ in range(depth):
            found.append(Layer((residual(before, width, on), *_attention(kind == DOWN_SELF, width, on))))
            before = width
        if level < len(channels) - 1:
            found.append(Layer((resampled(width, scaled(2 ** (level + 1)), "downsamplers.0.conv"),)))
    return found


def _decoder(channels: tuple[int, ...], depth: int, kinds: list[str]) -> list[Layer]:
    found: list[Layer] = []
    halvings = len(channels) - 1
    before = channels[-1]
    for level, (width, kind) in enumerate(zip(channels[::-1], kinds, strict=True)):
        on = scaled(2**halvings, 2**level)
        for _ in range(depth + 1):
            found.append(Layer((residual(before, width, on), *_attention(kind == UP_SELF, width, on))))
            before = width
        if level < halvings:
            found.append(Layer((resampled(width, scaled(2**halvings, 2 ** (level + 1)), "upsamplers.0.conv"),)))
    return found


def _attention(wanted: bool, width: int, on: Extent) -> tuple[Block, ...]:
    return (attention_block(width, width, on),) if wanted else ()


def _middle(width: int, on: Extent, *, attends: bool) -> list[Layer]:
    one = residual(width, width, on)
    return [Layer((one, *_attention(attends, width, on))), Layer((one,))]


def _finish(name: str, channels: int, outputs: int, on: Extent) -> Block:
    norm = Weights(f"{name}.conv_norm_out", AFFINE * channels, INPUT)
    return block((norm, convolution(f"{name}.conv_out", channels, outputs, 3, on, reads=last((norm,)))))


def _pointwise(name: str, channels: int, on: Extent) -> Block:
    return block((convolution(name, channels, channels, 1, on),))
