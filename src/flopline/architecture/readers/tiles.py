"""Text models whose pictures are cut into tiles of one size, each of which a tower encodes on its own.

`images` counts tiles here, the overview of a whole picture included: how many a picture makes is up to its shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.blocks import Block
from flopline.architecture.extents import OtherLength
from flopline.architecture.operations import MERGING, PATCHES, Linear, Operation, Weights
from flopline.architecture.readers.llava import feature_layers
from flopline.architecture.readers.multimodal import Beside, joined
from flopline.architecture.readers.text_models import text_model, width_of
from flopline.architecture.readers.vision_towers import Tower, encoder_shape, encoder_stack, grid, vision_tower
from flopline.architecture.shape import Layer
from flopline.architecture.towers import LAYER_NORM, held, patch_embedding, per_image, projector, two_maps

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

VISION: Final = "vision_config"
TILES: Final = OtherLength("images", 0, "tiles of pictures, overviews included", 0)
"""How many tiles stand in a sequence; none unless it is given."""


def llava_next(config: Config) -> Architecture:
    """LLaVA 1.6: LLaVA with a learned vector at the end of each row."""
    config.ignore("image_seq_length", "image_grid_pinpoints", "use_image_newline_parameter", "vocab_size")
    text = text_model(config, "llama", tied=False)
    return joined(config, text, {VISION: lambda: _rows(config, width_of(text), (-2,), "default", "clip_vision_model")})


def llava_onevision(config: Config) -> Architecture:
    """LLaVA-OneVision: the same after SigLIP."""
    config.ignore("image_grid_pinpoints", "vision_aspect_ratio", "use_image_newline_parameter", "image_seq_length")
    text = text_model(config, "qwen2", tied=False, either=True)
    return joined(config, text, {VISION: lambda: _rows(config, width_of(text), (-1,), "full", "siglip_vision_model")})


def _rows(config: Config, hidden: int, usual: tuple[int, ...], strategy: str, family: str) -> Beside:
    features = feature_layers(config, usual)
    cropped = config.text("vision_feature_select_strategy", strategy) == "default"
    tower = vision_tower(config.nested(VISION), features, family)
    maps = two_maps(tower.hidden * len(features), hidden, hidden, bias=config.flag("multimodal_projector_bias", True))
    newline = Weights("image_newline", hidden, ())
    return Beside((*tower.layers, projector((newline, *maps), per_image(tower.tokens - cropped))), (TILES,))


def aya_vision(config: Config) -> Architecture:
    """Aya Vision: squares of patches are joined, normalized, and mapped through a gate."""
    text = text_model(config, "cohere2", tied=True)
    hidden = width_of(text)

    def build() -> Beside:
        features = feature_layers(config, (-1,))
        if len(features) > 1:
            config.refuse("vision_feature_layer", "several layers are not counted yet")
        config.must_be("vision_feature_select_strategy", "full", why="another choice of patches")
        tower = vision_tower(config.nested(VISION), features, "siglip_vision_model")
        joint, merged = _shuffled(config, tower, config.size("downsample_factor", default=2))
        inner = config.size("alignment_intermediate_size", default=hidden)
        maps = (
            Weights("layernorm", LAYER_NORM * joint),
            Linear("linear_1", joint, inner, MERGING, ("layernorm",), True),
            Linear("linear_2", inner // 2, hidden, MERGING, ("linear_1",), True),
        )
        return Beside((*tower.layers, projector(maps, per_image(merged))), (TILES,))

    return joined(config, text, {VISION: build})


def cohere2_vision(config: Config) -> Architecture:
    """Command A with vision: squares of patches are joined and mapped through a gate."""
    text = text_model(config, "cohere2", tied=True)

    def build() -> Beside:
        tower = vision_tower(config.nested(VISION), None, "siglip_vision_model")
        joint, merged = _shuffled(config, tower, config.size("downsample_factor", default=2))
        inner = config.size("alignment_intermediate_size", default=36864)
        maps = two_maps(joint, inner, width_of(text))
        gated = (maps[0], Linear("linear_2", inner // 2, width_of(text), MERGING, ("linear_1",), True))
        return Beside((*tower.layers, projector(gated, per_image(merged))), (TILES,))

    return joined(config, text, {VISION: build})


def idefics3(config: Config) -> Architecture:
    """Idefics 3 and SmolVLM: squares of patches are joined and mapped by one matrix."""
    text = text_model(config, "llama", tied=False)

    def build() -> Beside:
        vision = config.nested(VISION)
        vision.ignore("model_type", "max_image_size", "use_base_siglip", "size")
        shape = encoder_shape(vision, 1152, 3072, 12, 16)
        area, rows, columns = grid(vision, 224, 32)
        patches, channels = rows * columns, vision.size("num_channels", default=3)
        if rows != columns:
            vision.refuse("image_size", "images that are not square are not counted yet")
        layers = (
            patch_embedding(channels * area, shape.hidden, per_image(patches), positions=patches),
            *encoder_stack(shape, patches, None),
            held("post_layernorm", LAYER_NORM * shape.hidden),
        )
        factor = config.size("scale_factor", default=2)
        if rows % factor:
            config.refuse("scale_factor", f"{rows} patches to a side do not divide into squares of {factor}")
        maps = (Linear("modality_projection", shape.hidden * factor**2, width_of(text), MERGING, ("x",)),)
        return Beside((*layers, projector(maps, per_image((rows // factor) ** 2))), (TILES,))

    return joined(config, text, {VISION: build})


def internvl(config: Config) -> Architecture:
    """InternVL: a tower with learned scales, squares of patches joined and mapped by two matrices."""
    config.ignore("image_seq_length")
    text = text_model(config, "qwen2", tied=True)

    def build() -> Beside:
        tower = _intern_tower(config.nested(VISION), feature_layers(config, (-1,)))
        config.must_be("vision_feature_select_strategy", "default", why="another choice of patches")
        ratio = config.ratio("downsample_ratio", 0.5)
        joint, merged = _shuffled(config, tower._replace(tokens=tower.tokens - 1), int(1 / ratio))
        if int(1 / ratio) * ratio != 1:
            config.refuse("downsample_ratio", "it must be one over a whole number")
        maps = two_maps(joint, width_of(text), width_of(text), norm=LAYER_NORM * joint)
        return Beside((*tower.layers, projector(maps, per_image(merged))), (TILES,))

    return joined(config, text, {VISION: build})


def _intern_tower(config: Config, features: tuple[int, ...]) -> Tower:
    if len(features) > 1:
        config.refuse("num_hidden_layers", "several layers that are read are not counted yet")
    config.ignore("model_type", "layer_scale_init_value", "projection_dropout", "chunk_size_feed_forward")
    config.must_be("norm_type", "layer_norm", "rms_norm", why="another normalization")
    rms = config.text("norm_type", "layer_norm") == "rms_norm"
    bias, normed = config.flag("attention_bias", False), config.flag("use_qk_norm", False)
    shape = encoder_shape(config, 1024, 4096, 24, 16)
    per_head = shape.hidden * normed
    shape = shape._replace(
        kind=1 if rms else LAYER_NORM, bias=bias, scales=1, query_norm=per_head, key_norm=per_head,
    )  # fmt: skip
    area, rows, columns = grid(config, 448, 14)
    patches, channels = rows * columns, config.size("num_channels", default=3)
    extra = shape.hidden * (1 + config.flag("use_mask_token", False))
    if config.flag("use_absolute_position_embeddings", True):
        extra += shape.hidden * (patches + 1)
    layers = (
        patch_embedding(channels * area, shape.hidden, per_image(patches), extra=extra),
        *encoder_stack(shape, patches + 1, features),
    )
    if not config.flag("use_mean_pooling", True):
        layers = (*layers, held("layernorm", LAYER_NORM * shape.hidden, runs=features[0] == -1))
    return Tower(layers, shape.hidden, patches + 1)


def llama4(config: Config) -> Architecture:
    """Llama 4: a class token, squares of patches joined, three matrices."""
    text = text_model(config, "llama4_text")
    config.ignore("tie_word_embeddings")  # the text model decides
    return joined(config, text, {VISION: lambda: _llama4_vision(config.nested(VISION), width_of(text))})


def _llama4_vision(config: Config, hidden: int) -> Beside:
    config.ignore("model_type", "vision_feature_layer", "multi_modal_projector_bias", "vision_feature_select_strategy")
    shape = encoder_shape(config, 768, 5632, 34, 16)
    shape = shape._replace(names=shape.names._replace(output="o_proj"))
    area, rows, columns = grid(config, 448, 14)
    patches, channels = rows * columns, config.size("num_channels", default=3)
    wide, ratio = shape.hidden, config.ratio("pixel_shuffle_ratio", 0.5)
    start: tuple[Operation, ...] = (
        Linear("patch_embedding", channels * area, wide, PATCHES, (), on=per_image(patches)),
        Weights("learned_vectors", wide * (patches + 2), ()),
        Weights("layernorm_pre", LAYER_NORM * wide, ("patch_embedding", "learned_vectors")),
    )
    inner, outer = config.size("projector_input_dim", default=4096), config.size("projector_output_dim", default=4096)
    if outer != config.size("vision_output_dim", default=7680):
        config.refuse("vision_output_dim", f"the tower ends in a width of {outer}")
    joint, merged = _shuffled(config, Tower((), wide, patches), int(1 / ratio))
    if joint != shape.width or int(1 / ratio) * ratio != 1:
        config.refuse("pixel_shuffle_ratio", f"joined patches are {joint} wide, `intermediate_size` is {shape.width}")
    on = per_image(merged)
    adapter = (
        Linear("fc1", joint, inner, MERGING, ("x",), on=on),
        Linear("fc2", outer, outer, MERGING, ("fc1",), on=on),
    )
    layers = (
        Layer((Block(start, ("layernorm_pre",)),), "tower", stream="image"),
        *encoder_stack(shape, patches + 1, None),
        held("layernorm_post", LAYER_NORM * wide),
        Layer((Block(adapter, ("fc2",)),), "tower", stream="image"),
        projector((Linear("linear_1", outer, hidden, MERGING, ("x",)),), on),
    )
    return Beside(layers, (TILES,))


def _shuffled(config: Config, tower: Tower, factor: int) -> tuple[int, int]:
    """Return the width of squares of patches that are joined, and how many there are."""
    side = round(tower.tokens**0.5)
    if side * side != tower.tokens or factor < 1 or side % factor:
        config.refuse(VISION, f"{tower.tokens} patches are no square that divides into squares of {factor}")
    return tower.hidden * factor**2, (side // factor) ** 2
