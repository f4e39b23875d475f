"""Pairs of an encoder of pictures and one of texts whose results are compared: CLIP, SigLIP, and their text models."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flopline.architecture import grids
from flopline.architecture.blocks import Block, embedding
from flopline.architecture.config import TextModel
from flopline.architecture.extents import TOKENS, Extent, OtherLength
from flopline.architecture.masks import BIDIRECTIONAL, CAUSAL, Mask
from flopline.architecture.operations import HEAD, TASK, Linear, Operation, Product, Scores, Weights
from flopline.architecture.pictures import UNIT
from flopline.architecture.readers.vision import MODEL, encoder, finish, purpose
from flopline.architecture.readers.vit import clip_vision, siglip_vision
from flopline.architecture.shape import Architecture, Layer
from flopline.architecture.towers import LAYER_NORM, encoder_layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flopline.architecture.config import Config
    from flopline.architecture.shape import Part

PAIRS: Final = OtherLength("images", 1, "pairs of a picture and a text that are compared with each other")
IMAGES: Final = Extent("images", lambda lengths: lengths["images"])
STREAM: Final = "image"


def clip_text(config: Config) -> Architecture:
    """CLIP's text model alone: causal, pooled at the last token (arXiv:2103.00020)."""
    kind = purpose(config, "TextModel", "WithProjection", usual="TextModel")
    outputs = config.size("projection_dim", default=512)
    maps = outputs if kind == "WithProjection" else 0
    return _text(config, CAUSAL, "text_projection", maps, bias=False, positions=77)


def siglip_text(config: Config) -> Architecture:
    """SigLIP's text model alone: everything sees everything, and a head on the last token (arXiv:2303.15343)."""
    purpose(config, "TextModel", usual="TextModel")
    outputs = config.optional("projection_size") or config.size("hidden_size")
    return _text(config, BIDIRECTIONAL, "head", outputs, bias=True, positions=64)


def _text(config: Config, mask: Mask, name: str, outputs: int, *, bias: bool, positions: int) -> Architecture:
    """Return an encoder of text with a map of its pooled token, if that has outputs."""
    shape = encoder(config, bias=None)
    hidden, longest = shape.hidden, config.size("max_position_embeddings", default=positions)
    first = embedding(config.size("vocab_size"), hidden, positions=longest * hidden)
    # The mask stands where a picture has an extent: both say how many pairs there are.
    layer = encoder_layer(shape, TOKENS, Extent("A", lambda _: 0), stream="x", part="layer")
    layer = Layer(
        tuple(Block(tuple(_masked(one, mask) for one in block.operations), block.outputs) for block in layer.blocks)
    )
    last = finish(LAYER_NORM * hidden, ((name, hidden, outputs),) if outputs else (), bias=bias)
    layers = (Layer((first,), "embedding"), *((layer,) * shape.depth), last)
    return Architecture(config.model_type, config.model_type, layers, False, positions=longest)


def _masked(one: Operation, mask: Mask) -> Operation:
    return one._replace(mask=mask) if isinstance(one, Scores) else one


def clip(config: Config) -> Architecture:
    """CLIP: both encoders, mapped to one width and compared (arXiv:2103.00020, figure 3)."""
    purpose(config, MODEL)
    width = config.size("projection_dim", default=512)
    images, texts = _older(config, "vision_config", _VISION), _older(config, "text_config", _TEXT)
    images.ignore("projection_dim")
    texts.ignore("projection_dim")
    seen, read = clip_vision(images), clip_text(texts)
    wide, narrow = images.size("hidden_size"), texts.size("hidden_size")
    maps = (
        Linear("visual_projection", wide, width, TASK, (f"@{STREAM}",), on=IMAGES),
        Linear("text_projection", narrow, width, TASK, ("x",), on=IMAGES),
    )
    return _both(config, seen, read, (*maps, *_compared(width, "text_projection", "visual_projection", 1)), texts)


def _older(config: Config, key: str, usual: TextModel) -> Config:
    """Return the table of one encoder: an older key for it replaces the newer, defaults included."""
    older = f"{key}_dict"
    config.ignore(key, older)
    return config.nested(older if config.has(older) else key, usual=usual)


def siglip(config: Config) -> Architecture:
    """SigLIP: the heads of both encoders are compared (arXiv:2303.15343)."""
    purpose(config, MODEL)
    images, texts = config.nested("vision_config", usual=_SIGLIP), config.nested("text_config", usual=_SIGLIP_TEXT)
    images.must_be("vision_use_head", True, why="pictures without a head have nothing to compare")
    seen, read = siglip_vision(images), siglip_text(texts)
    width = images.size("hidden_size")
    if (texts.optional("projection_size") or texts.size("hidden_size")) != width:
        config.refuse("text_config", "texts and pictures are mapped to different widths")
    return _both(config, seen, read, _compared(width, "x", f"@{STREAM}", 2), texts)


def _compared(width: int, text: str, image: str, learned: int) -> tuple[Operation, ...]:
    """Return the products of every text with every picture, and what scales and shifts them."""
    on = grids.times(IMAGES, IMAGES)
    return (
        Product("logits", 2 * width, HEAD, text, image, on),
        Weights("logit_scale", learned, ("logits",)),
    )


def _both(
    config: Config, seen: Architecture, read: Architecture, last: tuple[Operation, ...], texts: Config
) -> Architecture:
    """Return both encoders, each running once for each of the pairs, and what compares them."""
    usual = texts.size("max_position_embeddings", default=77 if config.model_type == "clip" else 64)
    layers = (
        *_repeated(seen.layers, "tower", STREAM),
        *_repeated(read.layers, None, "x"),
        Layer((Block(last, ("logit_scale",)),), "head"),
    )
    others = (PAIRS, grids.text_length(usual))
    name = config.model_type
    return Architecture(name, name, layers, False, others=others, unit=UNIT, tokens=grids.times(IMAGES, seen.tokens))


def _repeated(layers: Iterable[Layer], part: Part | None, stream: str) -> list[Layer]:
    """Return the layers of one encoder as they run for each pair; equal ones stay one object."""
    built: dict[int, Layer] = {}
    found = []
    for layer in layers:
        if id(layer) not in built:
            blocks = tuple(
                Block(tuple(_often(one, stream) for one in block.operations), block.outputs) for block in layer.blocks
            )
            built[id(layer)] = Layer(blocks, part or layer.part, stream=stream)
        found.append(built[id(layer)])
    return found


def _often(one: Operation, stream: str) -> Operation:
    if isinstance(one, Scores):
        return one._replace(mask=_pairs(one.mask) if isinstance(one.mask, Mask) else grids.times(IMAGES, one.mask))
    if isinstance(one, Linear):
        return one._replace(on=grids.times(IMAGES, grids.TEXT if one.on is TOKENS and stream == "x" else one.on))
    return one


@lru_cache(maxsize=8)
def _pairs(mask: Mask) -> Extent:
    """Return the pairs of tokens of all texts."""
    return Extent(
        "images T^2",
        lambda lengths: lengths["images"] * lengths["text_len"] ** 2,
        lambda lengths: lengths["images"] * mask.pairs(lengths["text_len"]),
    )


_STACK = {"num_hidden_layers": 12, "num_attention_heads": 12, "hidden_size": 768, "intermediate_size": 3072}
_VISION: Final = TextModel("clip_vision_model", _STACK)
_SIGLIP: Final = TextModel("siglip_vision_model", _STACK)
_SIGLIP_TEXT: Final = TextModel("siglip_text_model", {**_STACK, "vocab_size": 32000})
_TEXT: Final = TextModel(
    "clip_text_model",
    {
        "num_hidden_layers": 12, "num_attention_heads": 8, "hidden_size": 512, "intermediate_size": 2048,
        "vocab_size": 49408,
    },
)  # fmt: skip
