"""Kimi K2.5: a tower for images of any size beside DeepSeek's experts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import Split
from flopline.architecture.config import DEEPEST
from flopline.architecture.operations import MERGING, Linear, Weights
from flopline.architecture.readers.multimodal import Beside, joined
from flopline.architecture.readers.text_models import text_model, width_of
from flopline.architecture.squares import IMAGE_SIDE, cells
from flopline.architecture.towers import (
    IMAGES,
    LAYER_NORM,
    Encoder,
    encoder_layers,
    held,
    patch_embedding,
    projector,
)

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

VISION = "vision_config"


def kimi_k25(config: Config) -> Architecture:
    """Kimi K2.5: patches of any image, joined by squares and mapped by two matrices."""
    config.ignore("use_unified_vision_chunk")
    text = text_model(config, "deepseek_v3", tied=True)
    return joined(config, text, {VISION: lambda: _vision(config, width_of(text))})


def _vision(config: Config, text: int) -> Beside:
    """Return the tower, whose published file names its sizes otherwise than transformers does."""
    vision = config.nested(VISION)
    vision.ignore("model_type", "pos_emb_time", "init_pos_emb_time", "merge_type", "pos_emb_type", "mm_projector_type")
    vision.ignore("projector_hidden_act", "projector_ln_eps", "text_hidden_size", "mm_hidden_size", "initializer_range")
    vision.ignore("video_attn_type")
    hidden = vision.size("hidden_size", "vt_hidden_size", default=1152)
    heads = vision.size("num_attention_heads", "vt_num_attention_heads", default=16)
    if hidden % heads:
        vision.refuse("num_attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    depth = vision.size("num_hidden_layers", "vt_num_hidden_layers", default=27, largest=DEEPEST)
    width = vision.size("intermediate_size", "vt_intermediate_size", default=4304)
    patch, (tall, wide) = vision.size("patch_size", default=14), vision.sizes("merge_kernel_size", 2, default=(2, 2))
    if tall != wide:
        vision.refuse("merge_kernel_size", "joined patches that are no square are not counted yet")
    if config.size("projection_hidden_size", default=1152) != hidden:
        config.refuse("projection_hidden_size", f"the tower is {hidden} wide")
    rows = vision.size("pos_emb_height", "init_pos_emb_height", default=64)
    columns = vision.size("pos_emb_width", "init_pos_emb_width", default=64)
    on, whole, joint = cells(patch, patch * tall), patch * tall, hidden * tall * wide
    shape = Encoder(hidden, depth, heads, hidden // heads, width, names=Split("q_proj", "k_proj", "v_proj", "proj"))
    maps = (
        Weights("pre_norm", LAYER_NORM * hidden),
        Linear("in_proj", joint, joint, MERGING, ("pre_norm",), True),
        Linear("out_proj", joint, text, MERGING, ("in_proj",), True),
    )
    layers = (
        patch_embedding(3 * patch * patch, hidden, on, extra=rows * columns * hidden),
        *encoder_layers(shape, on, cells(patch, whole, 2)),
        held("final_layernorm", LAYER_NORM * hidden),
        projector(maps, cells(whole, whole)),
    )
    return Beside(layers, (IMAGES, IMAGE_SIDE))
