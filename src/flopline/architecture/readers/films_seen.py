"""Encoders of films: patches that span several pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture import grids
from flopline.architecture.pictures import picture
from flopline.architecture.readers.tasks import labels
from flopline.architecture.readers.vision import MODEL, encoder, finish, purpose, side, start, whole
from flopline.architecture.readers.vit import stacked
from flopline.architecture.towers import LAYER_NORM

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

CLASSES = "ForVideoClassification"


def videomae(config: Config) -> Architecture:
    """VideoMAE: tubes of patches, fixed positions, everything sees everything (arXiv:2203.12602)."""
    kind = purpose(config, MODEL, CLASSES)
    shape = encoder(config, bias="qkv_bias" if config.has("qkv_bias") else "qv_bias")._replace(key_bias=False)
    config.ignore("qv_bias", "norm_pix_loss", "decoder_hidden_size", "decoder_intermediate_size")
    config.ignore("decoder_num_attention_heads", "decoder_num_hidden_layers")
    patch, only = side(config, "patch_size", 16), side(config, "image_size", 224)
    channels, deep = config.size("num_channels", default=3), config.size("tubelet_size", default=2)
    tubes = config.size("num_frames", default=16) // deep
    if not tubes:
        config.refuse("num_frames", f"a tube of {deep} pictures is longer than the film")
    mean, norm = config.flag("use_mean_pooling", True), LAYER_NORM * shape.hidden
    on = grids.times(grids.fixed(tubes), picture(patch, only=only))
    first = start(channels * deep * patch * patch, shape.hidden, on)
    maps = (("classifier", shape.hidden, labels(config)),) if kind == CLASSES else ()
    # The mean is normalized by the classifier, the states of the bare model are not.
    last = finish(0 if mean and kind == MODEL else norm, maps)
    return whole(config, (first, *stacked(shape, on), last), on)
