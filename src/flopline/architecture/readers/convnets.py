"""Networks of convolutions: ResNet, ConvNeXt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block
from flopline.architecture.operations import MERGING, MLP, PATCHES, Linear, Operation, Weights
from flopline.architecture.readers.tasks import labels
from flopline.architecture.readers.vision import (
    CLASSES,
    MODEL,
    classifier,
    finish,
    positive,
    purpose,
    side,
    start,
    whole,
)
from flopline.architecture.shape import Layer
from flopline.architecture.strided import Step, after, convolution, same

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

NORM = 2
"""Parameters of a normalization per channel, over a batch or over channels."""


def stages(config: Config) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the widths and the depths of the stages."""
    widths = config.sizes("hidden_sizes")
    depths = config.sizes("depths", len(widths))
    config.ignore("stage_names", "out_features", "out_indices")
    return widths, depths


def convnext(config: Config) -> Architecture:
    """ConvNeXt: a depthwise convolution of 7 x 7 and an MLP of four times the width (arXiv:2201.03545)."""
    return _convnext(config, positive(config, "layer_scale_init_value", True), 0)


def convnextv2(config: Config) -> Architecture:
    """ConvNeXt V2: the MLP's channels are normalized globally instead of scaled (arXiv:2301.00808)."""
    return _convnext(config, False, NORM)


def _convnext(config: Config, scaled: bool, inner: int) -> Architecture:
    kind, (widths, depths) = purpose(config, MODEL, CLASSES), stages(config)
    many = config.size("num_stages", "num_hidden_layers", default=4)
    if many != len(widths):
        config.refuse("num_stages", f"there are {len(widths)} widths for {many} stages")
    patch, channels = side(config, "patch_size", 4), config.size("num_channels", default=3)
    config.ignore("drop_path_rate", "image_size")
    steps: tuple[Step, ...] = (Step(patch, patch),)
    layers = [start(channels * patch * patch, widths[0], after(steps), norm=NORM * widths[0])]
    before = widths[0]
    for index, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        if index:
            steps = (*steps, Step(2, 2))
            down = convolution("downsampling", before, width, 4, after(steps), ("norm",), bias=True, term=MERGING)
            layers.append(Layer((Block((Weights("norm", NORM * before), down), (down.name,)),)))
        on = after(steps)
        found: tuple[Operation, ...] = (
            convolution("dwconv", width, width, 49, on, groups=width, bias=True),
            Weights("norm", NORM * width, ("dwconv",)),
            Linear("pwconv1", width, 4 * width, MLP, ("norm",), True, on=on),
            Weights("inner_norm", inner * 4 * width, ("pwconv1",)),
            Linear("pwconv2", 4 * width, width, MLP, ("inner_norm",), True, on=on),
            Weights("scale", scaled * width, ("pwconv2",)),
        )
        layers += [Layer((Block(found, ("scale",)),))] * depth
        before = width
    norm = NORM * widths[-1]
    layers.append(classifier(config, norm, widths[-1]) if kind == CLASSES else finish(norm))
    return whole(config, layers, after((Step(patch, patch),)))


def resnet(config: Config) -> Architecture:
    """ResNet: convolutions of 3 x 3, between two of 1 x 1 where a layer is a bottleneck (arXiv:1512.03385)."""
    kind, (widths, depths) = purpose(config, MODEL, CLASSES), stages(config)
    form = config.text("layer_type", "bottleneck")
    if form not in ("basic", "bottleneck"):
        config.refuse("layer_type", "`layer_type` must be `basic` or `bottleneck`")
    early, first = config.flag("downsample_in_bottleneck", False), config.flag("downsample_in_first_stage", False)
    channels, before = config.size("num_channels", default=3), config.size("embedding_size", default=64)
    steps: tuple[Step, ...] = (same(7, 2),)
    stem = convolution("embedder", channels, before, 49, after(steps), (), term=PATCHES)
    layers = [Layer((Block((stem, Weights("norm", NORM * before, ("embedder",))), ("norm",)),), "embedding")]
    steps = (*steps, same(3, 2))
    entering = after(steps)
    for index, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        stride = 2 if index or first else 1
        if form == "bottleneck" and width < 4:
            config.refuse("hidden_sizes", "a bottleneck is a quarter of the width, which must be at least 4")
        layers.append(_residual(form, before, width, steps, stride, early))
        steps = (*steps, same(3, stride)) if stride > 1 else steps
        layers += [_residual(form, width, width, steps, 1, early)] * (depth - 1)
        before = width
    config.ignore("downsample_in_bottleneck")
    maps = (("classifier", before, labels(config)),) if kind == CLASSES else ()
    return whole(config, (*layers, finish(0, maps)), entering)


def _residual(form: str, inputs: int, outputs: int, steps: tuple[Step, ...], stride: int, early: bool) -> Layer:
    """Return one layer, with a convolution beside it where it changes width or side."""
    on, later = after(steps), after((*steps, same(3, stride)) if stride > 1 else steps)
    inner = outputs // 4
    if form == "basic":
        kernels = [(inputs, outputs, 9, later), (outputs, outputs, 9, later)]
    else:
        kernels = [(inputs, inner, 1, later if early else on), (inner, inner, 9, later), (inner, outputs, 1, later)]
    found: list[Operation] = []
    read: tuple[str, ...] = ("x",)
    for index, (one, other, size, place) in enumerate(kernels):
        found += [convolution(f"convolution{index}", one, other, size, place, read)]
        found += [Weights(f"norm{index}", NORM * other, (f"convolution{index}",))]
        read = (f"norm{index}",)
    if stride > 1 or inputs != outputs:
        found += [convolution("shortcut", inputs, outputs, 1, later), Weights("norm", NORM * outputs, ("shortcut",))]
        read = (*read, "norm")
    return Layer((Block(tuple(found), read),))
