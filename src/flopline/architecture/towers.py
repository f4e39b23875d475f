"""Encoders of images and sound beside a text model: layers that run on positions of their own, in a stream of theirs.

Without images a tower runs zero times, its parameters are held all the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.attention import Fused, Split, attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.extents import TOKENS, Extent, OtherLength
from flopline.architecture.operations import MERGING, PATCHES, Linear, Lookup, Operation, Product, Scores, Weights
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flopline.architecture.extents import Lengths
    from flopline.architecture.masks import Mask
    from flopline.architecture.shape import Part

IMAGES: Final = OtherLength("images", 0, "images", 0)
"""How many pictures stand in a sequence; none unless it is given."""
NEVER: Final = Extent("0", lambda _: 0)
"""What does not run: a tower whose parameters are counted, and whose inputs depend on more than a number."""
RMS: Final = 1
LAYER_NORM: Final = 2
ENCODER: Final = Split("q_proj", "k_proj", "v_proj", "out_proj")
"""What most towers call their attention matrices."""


@lru_cache(maxsize=256)
def each(name: str, times: int) -> Extent:
    """Return `times` positions for each picture, window of sound or other thing that a length counts.

    Parameters
    ----------
    name : str
        The length: `images`.
    times : int
        Positions, or pairs of them, of one.
    """
    return Extent(f"{times} per {name}", lambda lengths: lengths[name] * times)


def per_image(times: int) -> Extent:
    """Return a number of positions, or of pairs of them, for each image."""
    return each("images", times)


@lru_cache(maxsize=256)
def image_pairs(tokens: int) -> Extent:
    """Return the pairs that become visible where the tokens of one image all see each other.

    Parameters
    ----------
    tokens : int
        T of each image, which stand side by side.

    Notes
    -----
    A causal mask hides T(T-1)/2 pairs of an image; windows end at the query all the same (Gemma 3). They lie within
    the whole square, so that the full convention has counted them.
    """
    extra = tokens * (tokens - 1) // 2
    return Extent(f"{extra} visible per image", lambda _: 0, lambda lengths: lengths["images"] * extra)


@lru_cache(maxsize=256)
def prefix_pairs(window: int | None = None) -> Extent:
    """Return the pairs that become visible where the first `text_len` tokens all see each other.

    Parameters
    ----------
    window : int, optional
        W of a causal window that the layer has.

    Notes
    -----
    P(P-1)/2 for P tokens, and (P-W)(P-W+1)/2 more that a window hides on the other side.
    """

    def visible(lengths: Lengths) -> int:
        prefix = min(lengths["text_len"], lengths.tokens)
        far = max(prefix - window, 0) if window is not None else 0
        return prefix * (prefix - 1) // 2 + far * (far + 1) // 2

    return Extent("prefix", lambda _: 0, visible)


def placed(block: Block, on: Extent, pairs: Extent | Mask, *, reads: tuple[str, ...] = ("x",)) -> Block:
    """Return a block of a text model as it runs on other positions.

    Parameters
    ----------
    block : Block
        The block.
    on : Extent
        Its positions.
    pairs : Extent or Mask
        Pairs of them that its attention sees.
    reads : tuple of str
        What it reads where it read the stream.
    """
    return Block(tuple(_placed(one, on, pairs, reads) for one in block.operations), block.outputs)


def _placed(one: Operation, on: Extent, pairs: Extent | Mask, reads: tuple[str, ...]) -> Operation:
    if isinstance(one, Scores):
        return one._replace(mask=pairs)
    if isinstance(one, Product):
        return one._replace(on=on if one.on is TOKENS else one.on)
    if isinstance(one, (Linear, Weights)):
        read = tuple(other for name in one.reads for other in (reads if name == "x" else (name,)))
        one = one._replace(reads=read)
    if isinstance(one, Linear) and one.on is TOKENS:
        return one._replace(on=on)
    return one


class Encoder(NamedTuple):
    """The shape of a tower of attention and MLP, each after a normalization.

    Attributes
    ----------
    hidden, depth, heads, head_dim, width : int
        Width, layers, heads, size of a head, width of the MLP.
    key_value_heads : int, optional
        Key-value heads, where they are fewer.
    kind : int
        Parameters of a normalization per channel.
    gated : bool
        Whether the MLP has a gate.
    bias, output_bias, inner_bias : bool
        Biases of queries, keys and values; of the output matrix; of the MLP.
    key_bias : bool
        Whether the keys have a bias where queries and values do.
    query_norm, key_norm : int
        Parameters of the normalizations of queries and keys.
    scales : int
        Learned scales of both blocks' results per channel (one each), 0 where there are none.
    after : int
        Parameters of a normalization of each block's result, per channel.
    names : Split or Fused
        What the attention matrices are called.
    inner : tuple of str, optional
        What the matrices of the MLP are called.
    """

    hidden: int
    depth: int
    heads: int
    head_dim: int
    width: int
    key_value_heads: int | None = None
    kind: int = LAYER_NORM
    gated: bool = False
    bias: bool = True
    output_bias: bool = True
    inner_bias: bool = True
    key_bias: bool = True
    query_norm: int = 0
    key_norm: int = 0
    scales: int = 0
    after: int = 0
    names: Split | Fused = ENCODER
    inner: tuple[str, ...] | None = ("fc1", "fc2")


def encoder_layer(shape: Encoder, on: Extent, pairs: Extent, *, stream: str = "image", part: Part = "tower") -> Layer:
    """Return one layer of a tower.

    Parameters
    ----------
    shape : Encoder
        Its shape.
    on, pairs : Extent
        Positions, and pairs of them that see each other.
    stream, part : str
        The tower's stream, and the part of the model that it is.
    """
    norm, after = shape.kind * shape.hidden, shape.after * shape.hidden + shape.scales * shape.hidden
    groups = shape.key_value_heads or shape.heads
    first = attention(
        shape.hidden, shape.heads, groups, shape.head_dim, norm=norm, after=after, bias=shape.bias,
        output_bias=shape.output_bias, query_norm=shape.query_norm, key_norm=shape.key_norm, names=shape.names,
    )  # fmt: skip
    if shape.bias and not shape.key_bias and isinstance(shape.names, Split):
        first = _unbiased(first, shape.names.key)
    second = mlp(
        shape.hidden, shape.width, gated=shape.gated, norm=norm, after=after, bias=shape.inner_bias, names=shape.inner
    )
    return Layer((placed(first, on, pairs), placed(second, on, pairs)), part, stream=stream)


def encoder_layers(shape: Encoder, on: Extent, pairs: Extent, *, stream: str = "image") -> tuple[Layer, ...]:
    """Return the layers of a tower, which are one object."""
    return (encoder_layer(shape, on, pairs, stream=stream),) * shape.depth


def _unbiased(block: Block, name: str) -> Block:
    operations = tuple(
        one._replace(bias=False) if isinstance(one, Linear) and one.name == name else one for one in block.operations
    )
    return Block(operations, block.outputs)


def patch_embedding(
    width: int,
    hidden: int,
    on: Extent,
    *,
    bias: bool = True,
    positions: int = 0,
    extra: int = 0,
    norm: int = 0,
    frozen: bool = False,
    stream: str = "image",
) -> Layer:
    """Return the map from pixels to a tower's width, with its table of positions.

    Parameters
    ----------
    width, hidden : int
        Numbers of one patch, and the tower's width.
    on : Extent
        Patches.
    bias : bool
        Whether it has a bias.
    positions : int
        Rows of a table of positions that is looked up.
    extra : int
        Learned vectors beside it: a class token, positions that are added whole.
    norm : int
        Parameters of a normalization after it.
    frozen : bool
        Whether the positions are fixed.
    """
    operations: list[Operation] = [Linear("patch_embedding", width, hidden, PATCHES, (), bias, on=on)]
    if positions:
        operations.append(Lookup("position_embedding", positions * hidden, frozen=frozen))
    if extra:
        operations.append(Weights("learned_vectors", extra, ()))
    outputs = tuple(one.name for one in operations)
    if norm:
        operations.append(Weights("embedding_norm", norm, outputs))
        outputs = ("embedding_norm",)
    return Layer((Block(tuple(operations), outputs),), "tower", stream=stream)


def held(name: str, parameters: int, *, stream: str = "image", part: Part = "tower", runs: bool = True) -> Layer:
    """Return parameters of a tower beside its layers: a last normalization, or what it holds and never runs.

    Parameters
    ----------
    name : str
        Their name.
    parameters : int
        How many.
    stream, part : str
        The stream, and the part of the model.
    runs : bool
        Whether the tower's result passes them.
    """
    return Layer(
        (Block((Weights(name, parameters, ("x",) if runs else ()),), (name,) if runs else ()),), part, stream=stream
    )


def projector(
    operations: Iterable[Operation], on: Extent, *, source: str = "image", stream: str = "x", part: Part = "projector"
) -> Layer:
    """Return the map from a tower to the text model.

    Parameters
    ----------
    operations : iterable
        What it does, the first ones reading `x`; the last one's result is what the text model reads.
    on : Extent
        Its positions.
    source, stream : str
        The tower's stream, and the one that it writes to.
    part : str
        The part of the model.
    """
    block = Block(tuple(operations), ())
    found = placed(block, on, on, reads=(f"@{source}",)).operations
    return Layer((Block(found, (found[-1].name,)),), part, stream=stream)


def two_maps(
    width: int,
    hidden: int,
    outputs: int,
    *,
    norm: int = 0,
    bias: bool = True,
    names: tuple[str, str] = ("linear_1", "linear_2"),
) -> tuple[Operation, ...]:
    """Return the usual projector: a normalization perhaps, and two matrices with an activation in between."""
    start: tuple[Operation, ...] = (Weights("projector_norm", norm, ("x",)),) if norm else ()
    return (
        *start,
        Linear(names[0], width, hidden, MERGING, ("projector_norm",) if norm else ("x",), bias),
        Linear(names[1], hidden, outputs, MERGING, (names[0],), bias),
    )
