"""Vision towers as text models with images hold them: CLIP, SigLIP and Pixtral."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.attention import SPLIT
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.config import DEEPEST, LARGEST
from flopline.architecture.operations import MERGING, Linear, Operation, Product, Scores, Weights
from flopline.architecture.shape import Layer
from flopline.architecture.squares import cells, packed_pairs
from flopline.architecture.towers import (
    LAYER_NORM,
    RMS,
    Encoder,
    encoder_layers,
    held,
    patch_embedding,
    per_image,
    placed,
)
from flopline.architecture.values import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent


class Tower(NamedTuple):
    """A tower that was read.

    Attributes
    ----------
    layers : tuple of Layer
        Its layers.
    hidden : int
        Its width.
    tokens : int
        Positions of one image, a class token included; 0 where images may have any size.
    patch : int
        Pixels of a patch where they may.
    """

    layers: tuple[Layer, ...]
    hidden: int
    tokens: int
    patch: int = 0


def vision_tower(config: Config, features: Sequence[int] | None, usual: str) -> Tower:
    """Return the tower that a `vision_config` describes.

    Parameters
    ----------
    config : Config
        That table.
    features : sequence of int, optional
        The hidden states that are read; None: the last one, after its normalization.
    usual : str
        The family where the table does not say.
    """
    kind = config.text("model_type", usual)
    known = {"clip_vision_model": clip, "pixtral": pixtral, "siglip_vision_model": siglip}
    if kind not in known:
        config.refuse("model_type", f"`{kind[:60]}` is no vision tower that can be counted yet")
    return known[kind](config, features)


def sides(config: Config, key: str, default: int) -> tuple[int, int]:
    """Return height and width under a key that holds one number for both, or a list of two."""
    raw = config.raw(key)
    if not isinstance(raw, (list, tuple)):
        side = config.size(key, default=default)
        return side, side
    found = tuple(whole(one, LARGEST) for one in raw)
    if len(found) != 2 or found[0] is None or found[1] is None:
        config.refuse(key, f"`{key}` must be a whole number or two of them")
    return found[0], found[1]


def grid(config: Config, image: int, patch: int) -> tuple[int, int, int]:
    """Return numbers of a patch without channels, and the rows and columns of patches of an image."""
    height, width = sides(config, "image_size", image)
    tall, wide = sides(config, "patch_size", patch)
    if height < tall or width < wide:
        config.refuse("patch_size", "a patch is larger than the image")
    return tall * wide, height // tall, width // wide


def clip(config: Config, features: Sequence[int] | None) -> Tower:
    """CLIP's image encoder: a class token, a normalization before the layers."""
    shape = encoder_shape(config, 768, 3072, 12, 12)
    area, rows, columns = grid(config, 224, 32)
    config.ignore("projection_dim", "vocab_size")
    patches, channels = rows * columns, config.size("num_channels", default=3)
    start = patch_embedding(
        channels * area, shape.hidden, per_image(patches), bias=False, positions=patches + 1, extra=shape.hidden,
        norm=LAYER_NORM * shape.hidden,
    )  # fmt: skip
    layers = encoder_stack(shape, patches + 1, features)
    # The last normalization is that of the pooled token, which no text model reads.
    last = held("post_layernorm", LAYER_NORM * shape.hidden, runs=False)
    return Tower((start, *layers, last), shape.hidden, patches + 1)


def siglip(config: Config, features: Sequence[int] | None) -> Tower:
    """SigLIP's image encoder; its pooling head runs, and nothing reads its result."""
    shape = encoder_shape(config, 768, 3072, 12, 12)
    area, rows, columns = grid(config, 224, 16)
    config.ignore("vocab_size", "num_positions", "projection_dim", "num_image_tokens")
    patches, channels = rows * columns, config.size("num_channels", default=3)
    start = patch_embedding(channels * area, shape.hidden, per_image(patches), positions=patches)
    layers = encoder_stack(shape, patches, features)
    last = held("post_layernorm", LAYER_NORM * shape.hidden, runs=features is None)
    pooled = (pooling_head(shape.hidden, shape.width, patches),) if config.flag("vision_use_head", True) else ()
    return Tower((start, *layers, last, *pooled), shape.hidden, patches)


def pixtral(config: Config, features: Sequence[int] | None, merged: int = 1) -> Tower:
    """Pixtral's image encoder: images of any size in one sequence, which do not see each other.

    Parameters
    ----------
    config : Config
        Its table.
    features : sequence of int, optional
        Hidden states that are read.
    merged : int
        Patches to a side of the squares that are merged after it.
    """
    config.ignore("image_size", "head_dim")
    shape = encoder_shape(config, 1024, 4096, 24, 16)
    shape = shape._replace(
        kind=RMS, gated=True, bias=False, output_bias=False, inner_bias=False, names=SPLIT, inner=None
    )  # fmt: skip
    tall, wide = sides(config, "patch_size", 16)
    if tall != wide:
        config.refuse("patch_size", "patches that are not square are not counted yet")
    on, channels = cells(tall, tall * merged), config.size("num_channels", default=3)
    start = patch_embedding(channels * tall * wide, shape.hidden, on, bias=False, norm=RMS * shape.hidden)
    layers = split_at(encoder_layers(shape, on, packed_pairs(tall, tall * merged)), shape.depth, features)
    return Tower((start, *layers), shape.hidden, 0, tall)


def encoder_shape(config: Config, hidden: int, width: int, depth: int, heads: int) -> Encoder:
    """Return the shape of a tower under its usual keys, with what its family has by default.

    Parameters
    ----------
    config : Config
        The tower's table.
    hidden, width, depth, heads : int
        Defaults of width, MLP, layers and heads.
    """
    wide = config.size("hidden_size", default=hidden)
    many = config.size("num_attention_heads", default=heads)
    if wide % many:
        config.refuse("num_attention_heads", f"a width of {wide} does not divide into {many} heads")
    layers = config.size("num_hidden_layers", default=depth, largest=DEEPEST)
    return Encoder(wide, layers, many, wide // many, config.size("intermediate_size", default=width))


def encoder_stack(shape: Encoder, tokens: int, features: Sequence[int] | None) -> tuple[Layer, ...]:
    """Return the layers of a tower; those above the highest hidden state that is read run without a gradient.

    Parameters
    ----------
    shape : Encoder
        The tower.
    tokens : int
        Positions of one image.
    features : sequence of int, optional
        Hidden states that are read, the input of the first layer being number 0; None: the last.
    """
    return split_at(encoder_layers(shape, per_image(tokens), per_image(tokens * tokens)), shape.depth, features)


def split_at(layers: tuple[Layer, ...], depth: int, features: Sequence[int] | None) -> tuple[Layer, ...]:
    """Return layers of which those above the highest hidden state that is read get no gradient."""
    if features is None:
        return layers
    highest = max(index if index >= 0 else depth + 1 + index for index in features)
    return (*layers[:highest], *map(unread, layers[highest:]))


def unread(layer: Layer) -> Layer:
    """Return a layer that runs, though nothing reads its result: no gradient reaches it."""
    blocks = tuple(
        Block(
            tuple(
                one._replace(detached=True) if isinstance(one, (Linear, Scores, Product)) else one
                for one in block.operations
            ),
            block.outputs,
        )
        for block in layer.blocks
    )
    return Layer(blocks, layer.part, layer.parallel, layer.norm, f"{layer.stream}_unread")


def pooling_head(hidden: int, width: int, tokens: int, on: Extent | None = None) -> Layer:
    """Return SigLIP's pooling by attention of one learned query, which nothing reads in a text model.

    Parameters
    ----------
    hidden, width : int
        Widths of the tower and of its MLP.
    tokens : int
        Positions of one image.
    on : Extent, optional
        How often it runs at all, if not once per image.
    """
    once, every = (per_image(1), per_image(tokens)) if on is None else (on, on)
    attend: tuple[Operation, ...] = (
        Weights("probe", hidden, ()),
        Linear("in_proj.query", hidden, hidden, MERGING, ("probe",), True, on=once),
        Linear("in_proj.key_value", hidden, 2 * hidden, MERGING, ("x",), True, on=every),
        Product("pooling", 4 * hidden, MERGING, "in_proj.query", "in_proj.key_value", on=every),
        Linear("out_proj", hidden, hidden, MERGING, ("pooling",), True, on=once),
    )
    feed = placed(
        mlp(hidden, width, gated=False, norm=LAYER_NORM * hidden, bias=True, names=("fc1", "fc2")), once, once
    )
    return unread(Layer((Block(attend, ("out_proj",)), feed), "tower", stream="image"))
