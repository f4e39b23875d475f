"""Text models that read the patches of a vision tower through two matrices: LLaVA and its kin, Gemma 3."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from typing import TYPE_CHECKING, Final

from flopline.architecture.config import DEEPEST
from flopline.architecture.extents import OtherLength
from flopline.architecture.operations import MERGING, Linear, Weights
from flopline.architecture.readers.multimodal import Beside, joined, with_pairs
from flopline.architecture.readers.text_models import text_model, width_of
from flopline.architecture.readers.vision_towers import grid, pixtral, vision_tower
from flopline.architecture.squares import IMAGE_SIDE, cells
from flopline.architecture.towers import IMAGES, per_image, prefix_pairs, projector, two_maps
from flopline.architecture.values import shown, whole

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

VISION = "vision_config"


def llava(config: Config) -> Architecture:
    """LLaVA 1.5: features of one or several layers of CLIP, two matrices."""
    config.ignore("image_seq_length", "vocab_size")
    text = text_model(config, "llama", tied=False, either=True)

    def build() -> Beside:
        features = feature_layers(config, (-2,))
        cropped = config.text("vision_feature_select_strategy", "default") == "default"
        tower = vision_tower(config.nested(VISION), features, "clip_vision_model")
        hidden = width_of(text)
        maps = two_maps(
            tower.hidden * len(features), hidden, hidden, bias=config.flag("multimodal_projector_bias", True)
        )
        if tower.patch == 0:
            return Beside((*tower.layers, projector(maps, per_image(tower.tokens - cropped))))
        if cropped:
            config.refuse("vision_feature_select_strategy", "`default` leaves out a class token that there is not")
        on = cells(tower.patch, tower.patch)
        return Beside((*tower.layers, projector(maps, on)), (IMAGES, IMAGE_SIDE))

    return joined(config, text, {VISION: build})


def deepseek_vl(config: Config) -> Architecture:
    """DeepSeek-VL: SigLIP's patches and two matrices."""
    config.ignore("num_image_tokens")
    text = text_model(config, "llama", tied=True)

    def build() -> Beside:
        tower = vision_tower(config.nested(VISION), None, "siglip_vision_model")
        maps = two_maps(tower.hidden, width_of(text), width_of(text))
        return Beside((*tower.layers, projector(maps, per_image(tower.tokens))))

    return joined(config, text, {VISION: build})


def mistral3(config: Config) -> Architecture:
    """Mistral 3: Pixtral's patches, merged by squares, and two matrices."""
    text = text_model(config, "mistral", tied=True)

    def build() -> Beside:
        features = feature_layers(config, (-1,))
        merged, hidden = config.size("spatial_merge_size", default=2), width_of(text)
        if len(features) > 1:
            config.refuse("vision_feature_layer", "several layers are not counted yet")
        vision = config.nested(VISION)
        vision.must_be("model_type", "pixtral", why="another tower")
        tower = pixtral(vision, features, merged)
        bias = config.flag("multimodal_projector_bias", False)
        maps = (
            Weights("norm", tower.hidden),
            Linear("merging_layer", tower.hidden * merged**2, tower.hidden, MERGING, ("norm",)),
            Linear("linear_1", tower.hidden, hidden, MERGING, ("merging_layer",), bias),
            Linear("linear_2", hidden, hidden, MERGING, ("linear_1",), bias),
        )
        whole = tower.patch * merged
        return Beside((*tower.layers, projector(maps, cells(whole, whole))), (IMAGES, IMAGE_SIDE))

    return joined(config, text, {VISION: build})


def vipllava(config: Config) -> Architecture:
    """VipLLaVA: features of five layers, normalized together."""
    config.ignore("image_seq_length", "vocab_size")
    text = text_model(config, "llama", tied=False)

    def build() -> Beside:
        features = feature_layers(config, (-2, -5, -8, -11, 6), "vision_feature_layers", "vision_feature_layer")
        tower = vision_tower(config.nested(VISION), features, "clip_vision_model")
        wide, hidden = tower.hidden * len(features), width_of(text)
        maps = two_maps(wide, hidden, hidden, norm=2 * wide)
        return Beside((*tower.layers, projector(maps, per_image(tower.tokens - 1))))

    return joined(config, text, {VISION: build})


def gemma3(config: Config) -> Architecture:
    """Gemma 3: SigLIP's patches, pooled to a square of tokens that see each other."""
    text = text_model(config, "gemma3_text", tied=True)
    tokens = config.size("mm_tokens_per_image", default=256)

    def build() -> Beside:
        vision = config.nested(VISION)
        tower = vision_tower(vision, None, "siglip_vision_model")
        _, rows, _ = grid(vision, 224, 16)
        across = isqrt(tokens)
        if rows < across:
            config.refuse("mm_tokens_per_image", f"{rows} patches to a side are fewer than {across} tokens")
        pooled = (rows // (rows // across)) ** 2
        operations = (
            Weights("mm_soft_emb_norm", tower.hidden),
            Linear("mm_input_projection_weight", tower.hidden, width_of(text), MERGING, ("mm_soft_emb_norm",)),
        )
        return Beside((*tower.layers, projector(operations, per_image(pooled))))

    return joined(config, text, {VISION: build}, seeing=tokens)


PREFIX: Final = OtherLength("text_len", 0, "first tokens, images among them, that all see each other", 0)
"""The prompt of a model that reads it in both directions; none unless it is given."""


def paligemma(config: Config) -> Architecture:
    """PaliGemma 1 and 2: SigLIP's patches and one matrix; image and prompt may see each other."""
    text = text_model(config, "gemma", tied=True)
    config.ignore("vocab_size", "hidden_size")

    def build() -> Beside:
        vision = config.nested(VISION)
        tower = vision_tower(vision, None, "siglip_vision_model")
        hidden = config.size("projection_dim", default=2048)
        if hidden != width_of(text):
            config.refuse("projection_dim", f"the map ends in a width of {hidden}, the text model has {width_of(text)}")
        maps = (Linear("linear", tower.hidden, hidden, MERGING, ("x",), True),)
        return Beside((*tower.layers, projector(maps, per_image(tower.tokens))))

    opened = with_pairs(text, lambda mask: prefix_pairs(mask.size if mask.kind == "window" else None))
    found = joined(config, opened, {VISION: build})
    return replace(found, others=(*found.others, PREFIX))


def feature_layers(config: Config, usual: tuple[int, ...], *keys: str) -> tuple[int, ...]:
    """Return which hidden states of a tower are read, counted from the last where negative."""
    names = keys or ("vision_feature_layer",)
    key = next((name for name in names if config.has(name)), names[0])
    config.ignore(*names)
    raw = config.raw(key)
    if raw is None:
        return usual
    found = raw if isinstance(raw, (list, tuple)) else [raw]
    if not 0 < len(found) <= DEEPEST or any(_number(one) is None for one in found):
        config.refuse(key, f"`{key}` must be a layer's number or a list of them, found {shown(raw)}")
    return tuple(found)


def _number(raw: object) -> int | None:
    return whole(abs(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw, DEEPEST, 0)
