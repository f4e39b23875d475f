"""GLM-4V with images of any size, dense and with experts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flopline.architecture.attention import Fused
from flopline.architecture.blocks import Block
from flopline.architecture.config import DEEPEST
from flopline.architecture.operations import MERGING, PATCHES, Linear, Lookup, Operation, Weights
from flopline.architecture.readers import vision_text
from flopline.architecture.readers.multimodal import Beside, joined
from flopline.architecture.readers.text_models import text_model, width_of
from flopline.architecture.readers.vision_towers import sides
from flopline.architecture.shape import Layer
from flopline.architecture.squares import IMAGE_SIDE, cells
from flopline.architecture.towers import IMAGES, LAYER_NORM, RMS, Encoder, encoder_layers, held, projector

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

VISION = "vision_config"


def glm4v(config: Config) -> Architecture:
    """GLM-4.1V and GLM-4.5V: patches of any image, merged by a convolution and a gated map."""
    older = config.model_type != "glm46v"  # whose files may say inside that the head is the embedding's
    usual = f"{config.model_type}_text" if older else "glm4v_text"
    # Older files have the keys of the text model beside the tower's table.
    flat = config.model_type == "glm4v" and not config.has("text_config")
    text = vision_text.glm4v(config) if flat else text_model(config, usual, tied=False, either=older)
    return joined(config, text, {VISION: partial(_vision, config, width_of(text))})


def _vision(config: Config, text: int) -> Beside:
    vision = config.nested(VISION)
    vision.ignore("model_type", "initializer_range")
    hidden, heads = vision.size("hidden_size", default=1536), vision.size("num_heads", default=12)
    outputs = vision.size("out_hidden_size", default=4096)
    if hidden % heads:
        vision.refuse("num_heads", f"a width of {hidden} does not divide into {heads} heads")
    if outputs != text:
        vision.refuse("out_hidden_size", f"the tower ends in a width of {outputs}, the text model has {text}")
    (tall, wide), (height, width) = sides(vision, "patch_size", 14), sides(vision, "image_size", 336)
    if tall != wide or height != width:
        vision.refuse("patch_size", "patches that are not square are not counted yet")
    merge = vision.size("spatial_merge_size", default=2)
    numbers = vision.size("in_channels", default=3) * vision.size("temporal_patch_size", default=2) * tall * wide
    shape = Encoder(
        hidden, vision.size("depth", default=24, largest=DEEPEST), heads, hidden // heads, outputs, kind=RMS,
        gated=True, bias=vision.flag("attention_bias", False), output_bias=False, inner_bias=False,
        names=Fused("qkv", "proj"), inner=None,
    )  # fmt: skip
    on, merged = cells(tall, tall * merge), cells(tall * merge, tall * merge)
    start: tuple[Operation, ...] = (
        Linear("patch_embed", numbers, hidden, PATCHES, (), True, on=on),
        Weights("post_conv_layernorm", RMS * hidden, ("patch_embed",)),
        Lookup("position_embedding", (height // tall) ** 2 * hidden),
    )
    inner = vision.size("intermediate_size", default=13696)
    maps: tuple[Operation, ...] = (
        Linear("downsample", hidden * merge**2, outputs, MERGING, ("x",), True),
        Linear("proj", outputs, outputs, MERGING, ("downsample",)),
        Weights("post_projection_norm", LAYER_NORM * outputs, ("proj",)),
        Linear("gate_proj", outputs, inner, MERGING, ("post_projection_norm",)),
        Linear("up_proj", outputs, inner, MERGING, ("post_projection_norm",)),
        Linear("down_proj", inner, outputs, MERGING, ("gate_proj", "up_proj")),
    )
    layers = (
        Layer((Block(start, ("post_conv_layernorm", "position_embedding")),), "tower", stream="image"),
        *encoder_layers(shape, on, cells(tall, tall * merge, 2)),
        held("post_layernorm", RMS * hidden),
        projector(maps, merged),
    )
    return Beside(layers, (IMAGES, IMAGE_SIDE))
