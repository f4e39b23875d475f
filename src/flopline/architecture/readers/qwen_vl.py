"""Qwen 2, 2.5, 3 and 3.5 with images: a tower for images of any size, whose patches are merged to tokens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flopline.architecture.attention import Fused
from flopline.architecture.blocks import Block
from flopline.architecture.config import DEEPEST
from flopline.architecture.operations import MERGING, PATCHES, Linear, Lookup, Operation, Weights
from flopline.architecture.readers import qwen
from flopline.architecture.readers.multimodal import Beside, joined
from flopline.architecture.readers.text_models import text_model, width_of
from flopline.architecture.readers.vision_towers import sides
from flopline.architecture.shape import Layer
from flopline.architecture.squares import IMAGE_SIDE, cells, window_pairs
from flopline.architecture.towers import IMAGES, LAYER_NORM, RMS, Encoder, encoder_layer, encoder_layers, projector

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent
    from flopline.architecture.shape import Architecture

VISION = "vision_config"
TEXT = "text_config"
FUSED = Fused("qkv", "proj")


def qwen2_vl(config: Config) -> Architecture:
    """Qwen2-VL: layer normalization and plain MLP in the tower."""
    return joined(config, _text(config, "qwen2_vl_text"), {VISION: partial(_tower2, config)})


def qwen2_5_vl(config: Config) -> Architecture:
    """Qwen2.5-VL: attention in windows in most layers of the tower, a gated MLP."""
    return joined(config, _text(config, "qwen2_5_vl_text"), {VISION: partial(_tower25, config)})


def qwen3_vl(config: Config) -> Architecture:
    """Qwen3-VL, dense and with experts: features of several depths enter the first layers of the text model."""
    usual = f"{config.model_type}_text"
    text = text_model(config, usual, tied=False)
    return joined(config, text, {VISION: partial(_tower3, config, width_of(text), deep=True)})


def qwen3_5(config: Config) -> Architecture:
    """Qwen 3.5 with images, dense and with experts."""
    text = text_model(config, f"{config.model_type}_text", tied=False)
    return joined(config, text, {VISION: partial(_tower3, config, width_of(text), deep=False)})


def _text(config: Config, usual: str) -> Architecture:
    """Return the text model, whose keys older files have beside the tower's table."""
    return text_model(config, usual, tied=False, either=True) if config.has(TEXT) else qwen.qwen2_vl(config)


def _grid(config: Config, side: int = 14) -> tuple[int, int, int]:
    """Return numbers of a patch, and pixels of a patch and of a square of merged ones."""
    config.ignore("model_type", "in_chans", "spatial_patch_size", "tokens_per_second", "initializer_range")
    height, width = sides(config, "patch_size", side)
    if height != width:
        config.refuse("patch_size", "patches that are not square are not counted yet")
    frames = config.size("temporal_patch_size", default=2)
    merged = height * config.size("spatial_merge_size", default=2)
    return config.size("in_channels", default=3) * frames * height * width, height, merged


def _encoder(config: Config, hidden: int, width: int, depth: int, kind: int = LAYER_NORM, *, gated: bool) -> Encoder:
    heads = config.size("num_heads", default=16)
    if hidden % heads:
        config.refuse("num_heads", f"a width of {hidden} does not divide into {heads} heads")
    layers = config.size("depth", default=depth, largest=DEEPEST)
    return Encoder(
        hidden, layers, heads, hidden // heads, width, kind=kind, gated=gated, names=FUSED,
        inner=None if gated else ("fc1", "fc2"),
    )  # fmt: skip


def _patches(numbers: int, hidden: int, on: Extent, *, bias: bool, positions: int = 0) -> Layer:
    operations: list[Operation] = [Linear("patch_embed", numbers, hidden, PATCHES, (), bias, on=on)]
    if positions:
        operations.append(Lookup("pos_embed", positions * hidden))
    return Layer((Block(tuple(operations), tuple(one.name for one in operations)),), "tower", stream="image")


def _merger(name: str, joint: int, outputs: int, norm: int) -> tuple[Operation, ...]:
    return (
        Weights(f"{name}.norm", norm),
        Linear(f"{name}.fc1", joint, joint, MERGING, (f"{name}.norm",), True),
        Linear(f"{name}.fc2", joint, outputs, MERGING, (f"{name}.fc1",), True),
    )


def _tower2(config: Config) -> Beside:
    vision = config.nested(VISION)
    numbers, patch, whole = _grid(vision)
    hidden = vision.size("embed_dim", default=1280)
    shape = _encoder(vision, hidden, hidden * vision.size("mlp_ratio", default=4), 32, gated=False)
    joint = hidden * (whole // patch) ** 2
    merge = _merger("merger", joint, vision.size("hidden_size", default=3584), LAYER_NORM * hidden)
    layers = (
        _patches(numbers, hidden, cells(patch, whole), bias=False),
        *encoder_layers(shape, cells(patch, whole), cells(patch, whole, 2)),
        projector(merge, cells(whole, whole)),
    )
    return Beside(layers, (IMAGES, IMAGE_SIDE))


def _tower25(config: Config) -> Beside:
    vision = config.nested(VISION)
    numbers, patch, whole = _grid(vision)
    hidden = vision.size("hidden_size", default=3584)
    shape = _encoder(vision, hidden, vision.size("intermediate_size", default=3420), 32, RMS, gated=True)
    squares = vision.size("window_size", default=112) // (whole // patch) // patch
    if squares < 1:
        vision.refuse("window_size", "a window is smaller than the square of patches that is merged")
    everywhere = vision.indices("fullatt_block_indexes") if vision.has("fullatt_block_indexes") else {7, 15, 23, 31}
    vision.ignore("fullatt_block_indexes")
    on = cells(patch, whole)
    near = encoder_layer(shape, on, window_pairs(patch, whole, squares))
    far = encoder_layer(shape, on, cells(patch, whole, 2))
    joint = hidden * (whole // patch) ** 2
    merge = _merger("merger", joint, vision.size("out_hidden_size", default=3584), RMS * hidden)
    layers = (
        _patches(numbers, hidden, on, bias=False),
        *(far if index in everywhere else near for index in range(shape.depth)),
        projector(merge, cells(whole, whole)),
    )
    return Beside(layers, (IMAGES, IMAGE_SIDE))


def _tower3(config: Config, text: int, *, deep: bool) -> Beside:
    vision = config.nested(VISION)
    numbers, patch, whole = _grid(vision, 16)
    hidden = vision.size("hidden_size", default=1152)
    shape = _encoder(vision, hidden, vision.size("intermediate_size", default=4304), 27, gated=False)
    on, merged = cells(patch, whole), cells(whole, whole)
    joint, outputs = hidden * (whole // patch) ** 2, vision.size("out_hidden_size", default=3584)
    if outputs != text:
        vision.refuse("out_hidden_size", f"the tower ends in a width of {outputs}, the text model has {text}")
    rows = vision.size("num_position_embeddings", default=2304)
    taken = _depths(vision, shape.depth) if deep else ()
    vision.ignore("deepstack_visual_indexes")
    layers = [_patches(numbers, hidden, on, bias=True, positions=rows)]
    layer = encoder_layer(shape, on, cells(patch, whole, 2))
    for index in range(shape.depth):
        layers.append(layer)
        # Each of these enters the result of one of the first layers of the text model.
        layers += [
            projector(_merger(f"deepstack.{at}", joint, outputs, LAYER_NORM * joint), merged)
            for at, depth in enumerate(taken)
            if depth == index
        ]
    layers.append(projector(_merger("merger", joint, outputs, LAYER_NORM * hidden), merged))
    return Beside(tuple(layers), (IMAGES, IMAGE_SIDE))


def _depths(config: Config, depth: int) -> tuple[int, ...]:
    """Return the layers of the tower whose results are read too."""
    if not config.has("deepstack_visual_indexes"):
        return (8, 16, 24)
    found = config.raw("deepstack_visual_indexes")
    config.indices("deepstack_visual_indexes")
    if len(set(found)) != len(found) or any(one >= depth for one in found):
        config.refuse("deepstack_visual_indexes", "a depth is named twice, or is none of the tower")
    return tuple(found)
