"""Vision transformers: patches of a picture, a class token, attention over everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture import grids
from flopline.architecture.blocks import Block
from flopline.architecture.extents import ONCE
from flopline.architecture.operations import MAPS, MERGING, TASK, Linear, Lookup, Scores, Weights
from flopline.architecture.pictures import picture
from flopline.architecture.readers.tasks import labels
from flopline.architecture.readers.vision import (
    CLASSES,
    MODEL,
    PIXELS,
    classifier,
    divided,
    encoder,
    finish,
    purpose,
    side,
    start,
    whole,
)
from flopline.architecture.shape import Layer
from flopline.architecture.towers import LAYER_NORM, Encoder, encoder_layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent
    from flopline.architecture.shape import Architecture

TEACHER = "ForImageClassificationWithTeacher"
PRETRAINING = "ForPreTraining"


def stacked(shape: Encoder, on: Extent) -> tuple[Layer, ...]:
    """Return the layers of a model that sees all pairs of its positions."""
    return (encoder_layer(shape, on, grids.pairs(on), stream="x", part="layer"),) * shape.depth


def vit(config: Config) -> Architecture:
    """ViT: a class token and learned positions; a pooler where there is no head (arXiv:2010.11929)."""
    return _vit(config, 1, purpose(config, MODEL, CLASSES, PIXELS))


def deit(config: Config) -> Architecture:
    """DeiT: one more token, for distillation (arXiv:2012.12877)."""
    return _vit(config, 2, purpose(config, MODEL, CLASSES, PIXELS, TEACHER))


def vit_msn(config: Config) -> Architecture:
    """ViT of a masked Siamese network: no pooler."""
    return _vit(config, 1, purpose(config, MODEL, CLASSES), pooler=False)


def ijepa(config: Config) -> Architecture:
    """I-JEPA: no class token, no pooler (arXiv:2301.08243)."""
    config.ignore("pooler_output_size", "pooler_act")
    return _vit(config, 0, purpose(config, MODEL, CLASSES), pooler=False)


def _vit(config: Config, extra: int, kind: str, *, pooler: bool = True) -> Architecture:
    """Return a vision transformer with so many learned tokens beside the patches."""
    shape, patch = encoder(config), side(config, "patch_size", 16)
    channels, hidden = config.size("num_channels", default=3), shape.hidden
    rows = _rows(config, 224, patch)
    stride = config.size("encoder_stride", default=16) if kind == PIXELS else 0
    config.ignore("encoder_stride", "pooler_act")
    # Class token and positions, and one for masked patches where those are predicted.
    learned = (extra + rows * rows + extra + (kind == PIXELS)) * hidden
    first = start(channels * patch * patch, hidden, picture(patch), learned=learned)
    on, norm = picture(patch, extra), LAYER_NORM * hidden
    pooled = config.optional("pooler_output_size") or hidden if pooler else 0
    if kind == MODEL:
        last = finish(norm, (("pooler", hidden, pooled),) if pooler else ())
    elif kind == PIXELS:
        last = finish(norm, (("decoder", hidden, stride * stride * channels),), on=picture(patch))
    elif kind == TEACHER:
        many = labels(config)
        both = tuple(Linear(name, hidden, many, TASK, ("final_norm",), True, on=ONCE) for name in ("cls", "distilled"))
        last = Layer((Block((Weights("final_norm", norm), *both), ("cls", "distilled")),), "head")
    else:
        last = classifier(config, norm, hidden)
    return whole(config, (first, *stacked(shape, on), last), on)


def _rows(config: Config, image: int, patch: int) -> int:
    """Return how many patches lie along a side of the pictures that the table of positions is made for."""
    found = side(config, "image_size", image) // patch
    if not found:
        config.refuse("patch_size", "a patch is larger than the image")
    return found


def dinov2(config: Config) -> Architecture:
    """DINOv2: scaled results of both blocks, perhaps a gated MLP; positions are interpolated (arXiv:2304.07193)."""
    return _dinov2(config, 14, 0, config.flag("use_mask_token", True))


def dinov2_with_registers(config: Config) -> Architecture:
    """DINOv2 with registers: learned vectors beside the patches (arXiv:2309.16588)."""
    return _dinov2(config, 16, config.number("num_register_tokens", 4), True)


def _dinov2(config: Config, usual: int, registers: int, masks: bool) -> Architecture:
    kind = purpose(config, MODEL, CLASSES)
    wide, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth, ratio = config.size("num_hidden_layers", largest=10_000), config.size("mlp_ratio", default=4)
    gated, bias = config.flag("use_swiglu_ffn", False), config.flag("qkv_bias", True)
    # A gated MLP keeps two thirds of the width, rounded up to a multiple of eight.
    width = (wide * ratio * 2 // 3 + 7) // 8 * 8 if gated else wide * ratio
    shape = Encoder(
        wide, depth, heads, divided(config, wide, heads), width, gated=gated, bias=bias, scales=1,
        inner=None if gated else ("fc1", "fc2"),
    )  # fmt: skip
    patch = side(config, "patch_size", usual)
    rows, channels = _rows(config, 224, patch), config.size("num_channels", default=3)
    _features(config)
    learned = (1 + registers + masks + rows * rows + 1) * wide
    on, norm = picture(patch, 1 + registers), LAYER_NORM * wide
    last = classifier(config, norm, 2 * wide) if kind == CLASSES else finish(norm)
    first = start(channels * patch * patch, wide, picture(patch), learned=learned)
    return whole(config, (first, *stacked(shape, on), last), on)


def _features(config: Config) -> None:
    """Pass over what only chooses among the states that are returned."""
    config.ignore("stage_names", "out_features", "out_indices", "apply_layernorm", "reshape_hidden_states")
    config.ignore("layerscale_value", "drop_path_rate")


def dinov3(config: Config) -> Architecture:
    """DINOv3: rotary positions, registers (arXiv:2508.10104)."""
    purpose(config, MODEL)
    _features(config)
    config.ignore("image_size", "pos_embed_shift", "pos_embed_jitter", "pos_embed_rescale")
    shape = encoder(config, bias="query_bias")
    gated, keys = config.flag("use_gated_mlp", False), config.flag("key_bias", False)
    if config.flag("value_bias", True) != shape.bias or (keys and not shape.bias):
        config.refuse("value_bias", "biases of queries and not of values, or of keys alone, are not counted yet")
    shape = shape._replace(
        key_bias=keys, output_bias=config.flag("proj_bias", True), inner_bias=config.flag("mlp_bias", True),
        gated=gated, scales=1, inner=None,
    )  # fmt: skip
    patch, registers = side(config, "patch_size", 16), config.number("num_register_tokens", 0)
    channels = config.size("num_channels", default=3)
    on, learned = picture(patch, 1 + registers), (2 + registers) * shape.hidden
    first = start(channels * patch * patch, shape.hidden, picture(patch), learned=learned)
    return whole(config, (first, *stacked(shape, on), finish(LAYER_NORM * shape.hidden)), on)


def vit_mae(config: Config) -> Architecture:
    """ViT-MAE: an encoder of the patches that are not masked, and a small decoder of all (arXiv:2111.06377)."""
    kind = purpose(config, MODEL, PRETRAINING)
    shape, patch = encoder(config), side(config, "patch_size", 16)
    channels, hidden = config.size("num_channels", default=3), shape.hidden
    rows, masked = _rows(config, 224, patch), config.ratio("mask_ratio", 0.75)
    if masked >= 1:
        config.refuse("mask_ratio", "`mask_ratio` leaves no patch")
    exact = kind == PRETRAINING
    every, seen = picture(patch, exact=exact), picture(patch, 1, exact=exact, masked=masked)
    pixels, positions = channels * patch * patch, rows * rows + 1
    first = start(pixels, hidden, every, learned=hidden, frozen=positions * hidden)
    inner = _decoder(config, shape.bias)
    config.ignore("norm_pix_loss")
    layers = (first, *stacked(shape, seen))
    if kind == MODEL:
        return whole(config, (*layers, finish(LAYER_NORM * hidden)), seen)
    width, both = inner.hidden, picture(patch, 1, exact=True)
    joint = (
        Weights("final_norm", LAYER_NORM * hidden),
        Linear("decoder_embed", hidden, width, MAPS, ("final_norm",), True, on=seen),
        Weights("mask_token", width, ()),
        Weights("decoder_positions", positions * width, (), frozen=True),
    )
    # The stream goes on at the decoder's width: what entered is not added to what leaves.
    into = Layer((Block(joint, ("decoder_embed", "mask_token")),))
    last = finish(LAYER_NORM * width, (("decoder_pred", width, pixels),), on=both)
    return whole(config, (*layers, into, *stacked(inner, both), last), seen)


def _decoder(config: Config, bias: bool) -> Encoder:
    """Return the shape of the small decoder that predicts masked patches."""
    wide = config.size("decoder_hidden_size", default=512)
    heads = config.size("decoder_num_attention_heads", default=16)
    depth = config.size("decoder_num_hidden_layers", default=8, largest=10_000)
    width = config.size("decoder_intermediate_size", default=2048)
    size = divided(config, wide, heads, "decoder_num_attention_heads")
    return Encoder(wide, depth, heads, size, width, bias=bias)


def clip_vision(config: Config) -> Architecture:
    """CLIP's image encoder alone: a class token, a normalization before the layers (arXiv:2103.00020)."""
    kind = purpose(config, MODEL, "WithProjection")
    shape, patch = encoder(config, bias=None), side(config, "patch_size", 32)
    outputs = config.size("projection_dim", default=512)
    first, on = clip_start(config, shape.hidden, patch)
    maps = (("visual_projection", shape.hidden, outputs),) if kind == "WithProjection" else ()
    last = finish(LAYER_NORM * shape.hidden, maps, bias=False)
    return whole(config, (first, *stacked(shape, on), last), on)


def clip_start(config: Config, hidden: int, patch: int, extra: int = 1) -> tuple[Layer, Extent]:
    """Return CLIP's map from pixels, and its positions; `extra` is 0 for SigLIP, which normalizes nothing there."""
    rows, channels = _rows(config, 224, patch), config.size("num_channels", default=3)
    norm, table = extra * LAYER_NORM * hidden, Lookup("position_embedding", (rows * rows + extra) * hidden)
    first = start(channels * patch * patch, hidden, picture(patch), learned=extra * hidden, bias=not extra, norm=norm)
    return Layer((Block((table, *first.blocks[0].operations), (table.name, *first.blocks[0].outputs)),), first.part), (
        picture(patch, extra)
    )


def siglip_vision(config: Config) -> Architecture:
    """SigLIP's image encoder alone: no class token, pooling by attention of one learned query (arXiv:2303.15343)."""
    purpose(config, MODEL)
    shape, patch = encoder(config, bias=None), side(config, "patch_size", 16)
    first, on = clip_start(config, shape.hidden, patch, 0)
    pooled = config.flag("vision_use_head", True)
    norm = LAYER_NORM * shape.hidden
    last = attention_pooled(shape, on, norm) if pooled else finish(norm)
    return whole(config, (first, *stacked(shape, on), last), on)


def attention_pooled(shape: Encoder, on: Extent, norm: int) -> Layer:
    """Return SigLIP's head: one learned query attends to all positions, and an MLP follows.

    Parameters
    ----------
    shape : Encoder
        The stack below it, whose heads and widths it has too.
    on : Extent
        Its positions.
    norm : int
        Parameters of the stack's last normalization.

    Notes
    -----
    Its two products cost 2 S h each: there is one query.
    """
    hidden = shape.hidden
    found = (
        Weights("final_norm", norm),
        Weights("probe", hidden, ()),
        Linear("in_proj.query", hidden, hidden, MERGING, ("probe",), True, on=ONCE),
        Linear("in_proj.key_value", hidden, 2 * hidden, MERGING, ("final_norm",), True, on=on),
        Scores(
            "pooling", shape.heads, shape.head_dim, shape.head_dim, on, "in_proj.query", "in_proj.key_value",
            "in_proj.key_value",
        ),
        Linear("out_proj", hidden, hidden, MERGING, ("pooling",), True, on=ONCE),
        Weights("head_norm", LAYER_NORM * hidden, ("out_proj",)),
        Linear("fc1", hidden, shape.width, MERGING, ("head_norm",), True, on=ONCE),
        Linear("fc2", shape.width, hidden, MERGING, ("fc1",), True, on=ONCE),
    )  # fmt: skip
    return Layer((Block(found, ("fc2",)),), "head")
