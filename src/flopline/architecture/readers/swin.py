"""Swin: attention in windows that shift in every other layer, and patches that merge between stages."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flopline.architecture import grids
from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.extents import Extent
from flopline.architecture.operations import MERGING, Linear, Weights
from flopline.architecture.pictures import picture
from flopline.architecture.readers.tasks import labels
from flopline.architecture.readers.vision import CLASSES, MODEL, divided, finish, purpose, side, start, whole
from flopline.architecture.shape import Layer
from flopline.architecture.towers import ENCODER, LAYER_NORM, placed
from flopline.architecture.values import refuse

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Lengths
    from flopline.architecture.shape import Architecture


def swin(config: Config) -> Architecture:
    """Swin: four stages, each of half the side and twice the width (arXiv:2103.14030)."""
    kind, wide = purpose(config, MODEL, CLASSES), config.size("embed_dim")
    depths = config.sizes("depths")
    heads = config.sizes("num_heads", len(depths))
    if len(depths) > MOST_STAGES:
        config.refuse("depths", f"{len(depths)} stages are more than any model has")
    window, ratio = config.size("window_size", default=7), config.ratio("mlp_ratio", 4.0)
    bias, patch = config.flag("qkv_bias", True), side(config, "patch_size", 4)
    channels, absolute = config.size("num_channels", default=3), config.flag("use_absolute_embeddings", False)
    config.ignore("stage_names", "out_features", "out_indices", "hidden_size", "num_layers", "encoder_stride")
    config.ignore("drop_path_rate", "num_hidden_layers", "num_attention_heads")
    rows = side(config, "image_size", 224) // patch
    learned, on = absolute * rows * rows * wide, _grid(patch, 1)
    # Positions follow the normalization; what they are added to has a gradient all the same.
    entering = picture(patch, exact=True) if absolute else on
    layers = [start(channels * patch * patch, wide, entering, learned=learned, norm=LAYER_NORM * wide)]
    for index, (depth, many) in enumerate(zip(depths, heads, strict=True)):
        width, merged = wide * 2**index, 2**index
        size = divided(config, width, many, "num_heads")
        inner = int(ratio * width)
        turns = [turn % 2 == 1 for turn in range(depth)]
        layers += [_layer(width, many, size, inner, bias, patch, merged, window, shifts) for shifts in turns]
        if index < len(depths) - 1:
            layers.append(_merging(width, _grid(patch, 2 * merged)))
    last = wide * 2 ** (len(depths) - 1)
    maps = (("classifier", last, labels(config)),) if kind == CLASSES else ()
    return whole(config, (*layers, finish(LAYER_NORM * last, maps)), on)


MOST_STAGES = 16
"""Most stages that are believed; each doubles the width."""


@lru_cache(maxsize=1024)
def _layer(
    width: int, heads: int, size: int, inner: int, bias: bool, patch: int, merged: int, window: int, shifts: bool
) -> Layer:
    """Return one layer: attention in padded windows, and an MLP."""
    attend = attention(
        width, heads, heads, size, norm=LAYER_NORM * width, bias=bias, output_bias=True, names=ENCODER,
        sinks=(2 * window - 1) ** 2 * heads,
    )  # fmt: skip
    feed = mlp(width, inner, gated=False, norm=LAYER_NORM * width, bias=True, names=("fc1", "fc2"))
    on, padded = _grid(patch, merged), _padded(patch, merged, window)
    pairs = _window_pairs(patch, merged, window, window // 2 if shifts else 0)
    return Layer((placed(attend, padded, pairs), placed(feed, on, grids.pairs(on))))


def _merging(width: int, on: Extent) -> Layer:
    """Return the map of four neighbours to one position of twice the width."""
    join = Linear("reduction", 4 * width, 2 * width, MERGING, ("norm",), on=on)
    return Layer((Block((Weights("norm", LAYER_NORM * 4 * width), join), (join.name,)),))


@lru_cache(maxsize=256)
def _grid(patch: int, merged: int) -> Extent:
    """Return the positions after patches and merging, both rounded up because pixels and positions are padded."""
    return Extent(f"ceil(S/{patch * merged})^2", lambda lengths: _across(lengths, patch, merged) ** 2)


def _across(lengths: Lengths, patch: int, merged: int) -> int:
    found = -(-lengths.tokens // patch)
    return -(-found // merged)


def _windows(lengths: Lengths, patch: int, merged: int, window: int) -> int:
    """Return how many windows lie along a side; an error where not even one does."""
    found = _across(lengths, patch, merged)
    if found < window:
        message = f"{found} positions a side are fewer than a window of {window}, whose table of positions does not fit"
        refuse("seq_len", message)
    return -(-found // window)


@lru_cache(maxsize=256)
def _padded(patch: int, merged: int, window: int) -> Extent:
    """Return the positions of all windows, padding included."""
    text = f"({window} ceil(S/{patch * merged * window}))^2"
    return Extent(text, lambda lengths: (_windows(lengths, patch, merged, window) * window) ** 2)


@lru_cache(maxsize=256)
def _window_pairs(patch: int, merged: int, window: int, shift: int) -> Extent:
    """Return the pairs within windows; where they shift, the last one of a side holds two parts that do not meet."""

    def pairs(lengths: Lengths) -> int:
        return (_windows(lengths, patch, merged, window) * window * window) ** 2

    def visible(lengths: Lengths) -> int:
        many = _windows(lengths, patch, merged, window)
        if _across(lengths, patch, merged) == window or not shift:
            return (many * window * window) ** 2
        return ((many - 1) * window * window + (window - shift) ** 2 + shift * shift) ** 2

    return Extent(f"pairs in windows of {window}^2", pairs, visible)
