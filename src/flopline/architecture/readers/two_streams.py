"""Layers of two streams that attend together (Esser et al. 2024, arXiv:2403.03206), and of both joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from flopline.architecture.grids import TEXT, pairs, total
from flopline.architecture.joint import (
    ADDED,
    FEED_FORWARD,
    IMAGE,
    Side,
    attend,
    block,
    chain,
    feed_forward,
    modulation,
)
from flopline.architecture.operations import MAPS, MLP, PATCHES, Linear, Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent
    from flopline.architecture.readers.denoisers import Shape

FREQUENCIES = 256
"""Sines and cosines of a time, as most of these models take them."""

TextOutput = Literal["kept", "unused", "absent"]
"""What becomes of the text after a layer: the next one reads it; it is computed and nothing reads it; it is not."""


class Pair(NamedTuple):
    """Positions of picture and text, and what their blocks read.

    Attributes
    ----------
    image, text : Extent
        Positions.
    """

    image: Extent
    text: Extent

    @property
    def both(self) -> Extent:
        """All positions."""
        return total(self.image, self.text)


class Modulated(NamedTuple):
    """What conditions a layer of two streams: matrices, and their names as each stream reads them.

    Attributes
    ----------
    operations : tuple of operations
        The matrices.
    image, text : tuple of str
        What the blocks of either stream read beside the stream.
    """

    operations: tuple[Operation, ...]
    image: tuple[str, ...]
    text: tuple[str, ...]


def two_modulations(width: int, image: int, text: int, *, bias: bool = True) -> Modulated:
    """Return the matrices that modulate two streams, so many vectors each."""
    names = ("norm1.linear", "norm1_context.linear")
    matrices = tuple(
        modulation(name, width, times * width, bias=bias) for name, times in zip(names, (image, text), strict=True)
    )
    return Modulated(matrices, names[:1], names[1:])


def double(
    found: Shape,
    positions: Pair,
    modulations: Modulated,
    *,
    norm: int = 0,
    inner: int | None = None,
    gated: bool = False,
    bias: bool = True,
    text: TextOutput = "kept",
    beside: Sequence[Operation] = (),
    feeds: tuple[str, str] = ("ff", "ff_context"),
    matrices: tuple[str, ...] = FEED_FORWARD,
) -> tuple[Block, ...]:
    """Return a layer of two streams that attend together and are fed forward apart.

    Parameters
    ----------
    found : Shape
        Heads and widths.
    positions : Pair
        Positions of both streams.
    modulations : Modulated
        What conditions the layer.
    norm : int
        Parameters of the normalizations of queries, and of keys, of both streams.
    inner : int, optional
        Width of the feed-forward networks; None: four times the stream's.
    gated, bias : bool
        Whether they are gated, and whether all matrices have biases.
    text : {"kept", "unused", "absent"}
        What becomes of the text.
    beside : sequence of operations
        Attention beside the joint one.
    feeds, matrices : tuple of str
        Names of the feed-forward networks, and of the matrices of each.
    """
    width, inner = found.width, inner or 4 * found.width
    names = ADDED[:3] if text == "absent" else ADDED
    image = Side(width, positions.image, ("x", *modulations.image), IMAGE, bias, bias)
    words = Side(width, positions.text, ("x", *modulations.text), names, bias, bias, unused=text == "unused")
    joint = attend("attn", found.heads, found.head_dim, [image, words], pairs(positions.both), norms=(norm, norm))
    results = tuple(one[-1].name for one in (joint, beside) if one)
    first = block(modulations.operations, joint, beside, outputs=(*results, "attn.to_out.0"))
    blocks = [
        first,
        block(feed_forward(feeds[0], width, inner, on=positions.image, gated=gated, bias=bias, names=matrices)),
    ]
    if text != "absent":
        detached = text == "unused"
        second = feed_forward(
            feeds[1], width, inner, on=positions.text, gated=gated, bias=bias, detached=detached, names=matrices
        )
        blocks.append(block(second))
    return tuple(blocks)


def parallel(
    found: Shape,
    positions: Pair,
    start: Sequence[Operation],
    reads: tuple[str, ...],
    *,
    inner: int | None = None,
    norm: int | None = None,
) -> Block:
    """Return a layer of one stream whose attention and feed-forward network share their last matrix.

    Parameters
    ----------
    found, positions : Shape, Pair
        Heads, widths and positions.
    start : sequence of operations
        What conditions it.
    reads : tuple of str
        What it reads beside the stream.
    inner : int, optional
        Width of the feed-forward network; None: four times that of the stream.
    norm : int, optional
        Parameters of the normalizations of queries, and of keys; None: the size of a head.
    """
    width, inner = found.width, inner or 4 * found.width
    side = Side(width, positions.both, ("x", *reads), IMAGE[:3])
    norms = (found.head_dim if norm is None else norm,) * 2
    core = attend("attn", found.heads, found.head_dim, [side], pairs(positions.both), norms=norms)
    return block(
        start,
        core,
        (
            Linear("proj_mlp", width, inner, MLP, side.reads, True, on=positions.both),
            Linear("proj_out", width + inner, width, MLP, ("attn.scores", "proj_mlp"), True, on=positions.both),
        ),
    )


def finish(found: Shape, on: Extent, *, bias: bool = True) -> Block:
    """Return the last modulation and the matrix to the prediction."""
    final = modulation("norm_out.linear", found.width, 2 * found.width, bias=bias)
    return block((final, Linear("proj_out", found.width, found.unpatched, PATCHES, ("x", final.name), bias, on=on)))


def query_norm(config: Config, head_dim: int, default: str | None = None) -> int:
    """Return the parameters of one normalization of queries or keys per head."""
    config.must_be("qk_norm", "rms_norm", "layer_norm", "fp32_layer_norm", why="another normalization of queries")
    kind = config.raw("qk_norm") if config.given("qk_norm") else default
    return {"rms_norm": 1, "layer_norm": 2}.get(str(kind), 0) * head_dim


def text_output(found: Shape, index: int, single: int) -> TextOutput:
    """Return what becomes of the text: nothing reads it after the last layer, unless layers of one stream follow."""
    return "unused" if index == found.depth - 1 and not single else "kept"


def same_width(config: Config, key: str, default: int, width: int) -> None:
    """Refuse a width that must be that of the layers and is not."""
    size = config.size(key, default=default)
    if size != width:
        config.refuse(key, f"`{key}` is {size}, and the layers have a width of {width}")


def patched(found: Shape, on: Extent, name: str) -> tuple[Linear, ...]:
    """Return the matrix that embeds patches of a picture."""
    return (Linear(name, found.patched, found.width, PATCHES, (), True, on=on),)


def embedded(found: Shape, on: Extent, name: str) -> tuple[Linear, ...]:
    """Return the matrix that embeds patches that come packed."""
    return (Linear(name, found.channels, found.width, PATCHES, (), True, on=on),)


def words(config: Config, found: Shape, default: int) -> tuple[Linear, ...]:
    """Return the matrix that embeds a text."""
    size = config.size("joint_attention_dim", default=default)
    return (Linear("context_embedder", size, found.width, MAPS, (), True, on=TEXT),)


def condition(width: int, pooled: int, *, guided: bool = False) -> list[tuple[Linear, ...]]:
    """Return the networks of time, guidance and pooled text, whose results are added."""
    names = ("timestep_embedder", *(["guidance_embedder"] if guided else []))
    return [
        *(chain(f"time_text_embed.{name}", FREQUENCIES, width, width) for name in names),
        chain("time_text_embed.text_embedder", pooled, width, width),
    ]
