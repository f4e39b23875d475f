"""Parakeet: a fast conformer (arXiv:2305.05084) over spectrograms that convolutions make eight times shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture import grids
from flopline.architecture.attention import SPLIT
from flopline.architecture.blocks import Block
from flopline.architecture.operations import HEAD, MAPS, PATCHES, Linear, Operation
from flopline.architecture.readers.conformers import Conformer, conformer_layer
from flopline.architecture.readers.sound import CTC
from flopline.architecture.readers.spectrograms import UNIT
from flopline.architecture.readers.vision import encoder, purpose, whole
from flopline.architecture.shape import Layer
from flopline.architecture.strided import Step, after, convolution

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def parakeet_ctc(config: Config) -> Architecture:
    """Parakeet with a head over characters."""
    purpose(config, CTC, usual=CTC)
    many, inner = config.size("vocab_size"), config.nested("encoder_config")
    inner.must_be("model_type", "parakeet_encoder", why="another encoder")
    inner.ignore("max_position_embeddings", "scale_input", "layerdrop")
    shape, bias = encoder(inner, bias=None), inner.flag("attention_bias", True)
    inner.must_be("num_key_value_heads", shape.heads, why="fewer heads of keys")
    shape = shape._replace(bias=bias, output_bias=bias, inner_bias=bias)
    if inner.has("head_dim"):
        shape = shape._replace(head_dim=inner.size("head_dim"))
    kernel = inner.size("conv_kernel_size", default=9)
    if kernel % 2 == 0:
        inner.refuse("conv_kernel_size", "`conv_kernel_size` must be odd")
    first, steps = _shortened(inner, shape.hidden)
    on = after(steps, 1)
    more = Conformer(
        kernel, True, inner.flag("convolution_bias", True), SPLIT, ("linear1", "linear2"), "relative_k_proj"
    )
    head = Linear("lm_head", shape.hidden, many, HEAD, bias=True, on=on)
    layers = (first, *[conformer_layer(shape, more, on)] * shape.depth, Layer((Block((head,), ("lm_head",)),), "head"))
    return whole(config, layers, on, unit=UNIT)


def _shortened(config: Config, hidden: int) -> tuple[Layer, tuple[Step, ...]]:
    """Return the strided convolutions over a spectrogram, all but the first depthwise, and their strides in time."""
    channels = config.size("subsampling_conv_channels", default=256)
    kernel = config.size("subsampling_conv_kernel_size", default=3)
    stride, bins = config.size("subsampling_conv_stride", default=2), config.size("num_mel_bins", default=80)
    # The number of convolutions is the logarithm of the factor, rounded down; one runs in any case.
    depth = config.size("subsampling_factor", default=8).bit_length() - 1
    one, left = Step(kernel, stride, (kernel - 1) // 2), bins
    found: list[Operation] = []
    steps: tuple[Step, ...] = ()
    read: tuple[str, ...] = ()
    for index in range(max(depth, 1)):
        steps, left = (*steps, one), (left + 2 * one.padding - kernel) // stride + 1
        if left < 1:
            config.refuse("num_mel_bins", f"{bins} are too few for these convolutions")
        on, name = grids.times(after(steps, 1), grids.fixed(left)), f"subsampling.conv{index}"
        inputs, groups = (channels, channels) if index else (1, 1)
        found.append(convolution(name, inputs, channels, kernel**2, on, read, groups=groups, bias=True, term=PATCHES))
        if index:
            found.append(Linear(f"{name}.pointwise", channels, channels, PATCHES, (name,), True, on=on))
        read = (found[-1].name,)
    if left != bins // stride**depth:
        config.refuse("num_mel_bins", f"{bins} become {left}, and the matrix behind takes {bins // stride**depth}")
    found.append(Linear("subsampling.linear", channels * left, hidden, MAPS, read, True, on=after(steps, 1)))
    return Layer((Block(tuple(found), ("subsampling.linear",)),), "embedding"), steps
