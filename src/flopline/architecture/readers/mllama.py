"""Llama 3.2 with vision: some layers attend to pictures instead of text, and are left out where there are none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture import blocks
from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.config import TextModel
from flopline.architecture.extents import Extent, OtherLength
from flopline.architecture.operations import (
    CROSS_SCORES,
    MERGING,
    PATCHES,
    Linear,
    Lookup,
    Operation,
    Product,
    Scores,
    Weights,
)
from flopline.architecture.readers.common import model, widths
from flopline.architecture.readers.text_models import SIZES, TEXT
from flopline.architecture.readers.vision_towers import grid
from flopline.architecture.shape import Layer
from flopline.architecture.towers import (
    LAYER_NORM,
    Encoder,
    encoder_layer,
    held,
    per_image,
    placed,
    projector,
)

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.readers.common import Widths
    from flopline.architecture.shape import Architecture

PICTURES: Final = OtherLength("images", 0, "pictures, each filled up to the most tiles that the model takes", 0)
WITH_IMAGES: Final = Extent("S where there are images", lambda lengths: lengths.tokens if lengths["images"] else 0)
VISION: Final = "vision_config"
DEEP: Final = (3, 7, 15, 23, 30)
CROSS: Final = (3, 8, 13, 18, 23, 28, 33, 38)


def mllama(config: Config) -> Architecture:
    """Llama 3.2 with vision."""
    text = config.nested(TEXT, usual=TextModel("mllama_text_model", SIZES["mllama_text_model"]))
    text.must_be("model_type", "mllama_text_model", why="another text model")
    vision = config.nested(VISION)
    shape = widths(text, key_value_heads=8, free=False)
    tower, tokens = _tower(vision, shape.hidden)
    first, last, layers = _text(text, shape, tokens)
    found = model(text, (*tower, *layers), embedding=first, head=last, tied=False)
    config.ignore("tie_word_embeddings")
    message = "`mllama` is multimodal: its text model is counted; the rest runs where `images` is given"
    config.note("model_type", message, code="W402")
    return replace(found, name="mllama", model_type="mllama", others=(PICTURES,))


def _text(config: Config, shape: Widths, tokens: int) -> tuple[Block, Block, tuple[Layer, ...]]:
    hidden, width = shape.hidden, config.size("intermediate_size")
    crossing = config.indices("cross_attention_layers") if config.has("cross_attention_layers") else frozenset(CROSS)
    config.ignore("cross_attention_layers")
    plain = Layer((_attention(shape, "x"), mlp(hidden, width, norm=hidden)))
    own = _attention(shape, "@image")
    pairs = Extent(f"S per {tokens} of each image", lambda lengths: lengths.tokens * lengths["images"] * tokens)
    seen = tuple(
        one._replace(on=per_image(tokens)) if isinstance(one, Linear) and one.name in ("k_proj", "v_proj") else one
        for one in placed(own, WITH_IMAGES, pairs).operations
    )
    inside = placed(mlp(hidden, width, norm=hidden), WITH_IMAGES, pairs)
    cross = Layer((_gated(Block(seen, own.outputs), "attn_gate"), _gated(inside, "mlp_gate")))
    layers = tuple(cross if index in crossing else plain for index in range(shape.depth))
    config.ignore("tie_word_embeddings")
    # The table has rows for eight more tokens than the head knows, the image's among them.
    first = blocks.embedding(shape.vocabulary + 8, hidden)
    last = blocks.head(hidden, shape.vocabulary, tied=False, norm=hidden)
    return first, last, layers


def _attention(shape: Widths, keys: str) -> Block:
    """Return attention to the text itself, or to the pictures that a stream holds."""
    per_head = shape.head_dim if keys != "x" else 0
    own = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, norm=shape.hidden,
        query_norm=per_head, key_norm=per_head,
    )  # fmt: skip
    if keys == "x":
        return own
    return Block(tuple(_looking(one, keys) for one in own.operations), own.outputs)


def _looking(one: Operation, keys: str) -> Operation:
    if isinstance(one, Linear) and one.name in ("k_proj", "v_proj"):
        return one._replace(reads=(keys,))
    return one._replace(term=CROSS_SCORES) if isinstance(one, Scores) else one


def _gated(block: Block, name: str) -> Block:
    """Return a block whose result a learned number scales."""
    return Block((*block.operations, Weights(name, 1, block.outputs)), (name,))


class _Tiles(NamedTuple):
    """Tiles of a picture, and positions of a tile: those that are read, and as many as a multiple of eight."""

    most: int
    read: int
    padded: int


def _tower(config: Config, text: int) -> tuple[tuple[Layer, ...], int]:
    """Return the tower and its projector, and the positions of a picture that the text attends to."""
    config.ignore("model_type", "initializer_range")
    hidden, heads = config.size("hidden_size", default=1280), config.size("attention_heads", default=16)
    if hidden % heads:
        config.refuse("attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    area, rows, columns = grid(config, 448, 14)
    if rows != columns:
        config.refuse("image_size", "images that are not square are not counted yet")
    tiles = _Tiles(config.size("max_num_tiles", default=4), rows * columns + 1, -(-(rows * columns + 1) // 8) * 8)
    on = per_image(tiles.most * tiles.padded)
    every = (tiles.most * tiles.padded) ** 2
    hidden_pairs = every - (tiles.most * (tiles.padded - tiles.read)) ** 2
    # Only what fills up does not see what fills up.
    pairs = Extent(
        f"{every} per images",
        lambda lengths: lengths["images"] * every,
        lambda lengths: lengths["images"] * hidden_pairs,
    )
    shape = Encoder(
        hidden, 1, heads, hidden // heads, config.size("intermediate_size", default=5120), bias=False, output_bias=False
    )
    layer = encoder_layer(shape, on, pairs)
    gates = Block((Weights("gates", 2),), ("gates",))
    final = replace(layer, blocks=(*layer.blocks, gates))
    depth, globally = config.size("num_hidden_layers", default=32), config.size("num_global_layers", default=8)
    deep = config.indices("intermediate_layers_indices") if config.has("intermediate_layers_indices") else DEEP
    config.ignore("intermediate_layers_indices")
    outputs = config.size("vision_output_dim", default=7680)
    if outputs != hidden * (1 + len(deep)):
        config.refuse("vision_output_dim", f"{len(deep)} depths and the last of {hidden} are not {outputs} wide")
    channels = config.size("num_channels", default=3)
    start = _start(config, hidden, channels * area, tiles, rows * columns)
    # The mask of what fills a picture up is made by a product of two vectors.
    mask = Block((Product("aspect_ratio_mask", 2, MERGING, "", "", per_image(every)),), ())
    start = replace(start, blocks=(*start.blocks, mask))
    maps = (Linear("multi_modal_projector", outputs, text, MERGING, ("x",), True),)
    layers = (
        start,
        *(layer,) * depth,
        held("layernorm_post", LAYER_NORM * hidden),
        *(final,) * globally,
        projector(maps, per_image(tiles.most * tiles.read), stream="image"),
    )
    return layers, tiles.most * tiles.read


def _start(config: Config, hidden: int, width: int, tiles: _Tiles, patches: int) -> Layer:
    """Return patches, class token and the tables of tiles and positions."""
    raw = config.raw("supported_aspect_ratios")
    shapes = 1 + (len(raw) if isinstance(raw, list) else 8)
    operations: tuple[Operation, ...] = (
        Linear("patch_embedding", width, hidden, PATCHES, (), on=per_image(tiles.most * patches)),
        Weights("class_embedding", hidden, ()),
        Weights("positions", tiles.read * hidden + 3, ()),
        Lookup("tile_embedding", shapes * tiles.most * tiles.read * hidden),
        Lookup("tile_positions", 2 * shapes * tiles.most * hidden),
        Weights("layernorm_pre", LAYER_NORM * hidden, ("patch_embedding", "positions")),
    )
    return Layer((Block(operations, ("layernorm_pre",)),), "tower", stream="image")
