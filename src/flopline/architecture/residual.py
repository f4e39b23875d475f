"""Blocks of convolutional denoisers and autoencoders: residual convolutions, attention over positions, resampling.

Formulas per picture of n positions: a convolution of kernel k costs 2n C_out C_in k^2, at half the side n is a
quarter (Ho et al. 2020, arXiv:2006.11239, appendix B; Rombach et al. 2021, arXiv:2112.10752, appendix D).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.blocks import Block
from flopline.architecture.extents import ONCE
from flopline.architecture.grids import pairs
from flopline.architecture.joint import CONDITION, CONTEXT, Side, attend, block, cross, feed_forward
from flopline.architecture.operations import CONVOLUTION, INPUT, MODULATION, PROJECTIONS, Linear, Operation, Weights

if TYPE_CHECKING:
    from flopline.architecture.extents import Extent

AFFINE = 2
"""Parameters of a group normalization per channel."""


class Condition(NamedTuple):
    """What conditions residual blocks: a vector of time.

    Attributes
    ----------
    width : int
        Its width; 0 where there is none.
    scales : bool
        Whether it scales the channels as well as shifting them.
    """

    width: int
    scales: bool = False


NONE = Condition(0)
"""No condition."""


def convolution(
    name: str,
    channels: int,
    outputs: int,
    kernel: int,
    on: Extent,
    *,
    reads: tuple[str, ...] = INPUT,
    bias: bool = True,
    dimensions: int = 2,
    groups: int = 1,
) -> Linear:
    """Return a convolution, 2 C_out C_in k^2 / groups at each of its output positions.

    Parameters
    ----------
    name : str
        Its name.
    channels, outputs : int
        Channels that it reads and writes.
    kernel : int
        Side of what each output sees.
    on : Extent
        Output positions.
    reads, bias, groups
        As for `Linear`.
    dimensions : int
        Dimensions of the kernel.
    """
    return Linear(name, channels * kernel**dimensions, outputs, CONVOLUTION, reads, bias, groups=groups, on=on)


def residual(channels: int, outputs: int, on: Extent, condition: Condition = NONE) -> Block:
    """Return two convolutions beside a connection around them, which has a matrix where the channels change.

    Parameters
    ----------
    channels, outputs : int
        Channels that it reads and writes.
    on : Extent
        Positions.
    condition : Condition
        What is added between the convolutions.
    """
    first = Weights("norm1", AFFINE * channels)
    found: list[Operation] = [first, convolution("conv1", channels, outputs, 3, on, reads=(first.name,))]
    if condition.width:
        shift = outputs * (1 + condition.scales)
        found.append(Linear("time_emb_proj", condition.width, shift, MODULATION, CONDITION, True, on=ONCE))
    second = Weights("norm2", AFFINE * outputs, ("conv1", "time_emb_proj"))
    found += [second, convolution("conv2", outputs, outputs, 3, on, reads=(second.name,))]
    if channels != outputs:
        found.append(convolution("conv_shortcut", channels, outputs, 1, on))
    return Block(tuple(found), ("conv2", *(["conv_shortcut"] if channels != outputs else [])))


def attention_block(channels: int, head_dim: int, on: Extent, *, norm: bool = True) -> Block:
    """Return attention of all positions of a picture to each other.

    Parameters
    ----------
    channels, head_dim : int
        Channels, and the size of a head.
    on : Extent
        Positions.
    norm : bool
        Whether a normalization stands before it.
    """
    start = [Weights("group_norm", AFFINE * channels)] if norm else []
    side = Side(channels, on, (start[0].name,) if start else INPUT)
    return block(start, attend("attn", channels // head_dim, head_dim, [side], pairs(on)))


class Spatial(NamedTuple):
    """Transformer layers between two matrices, at the positions of a picture.

    Attributes
    ----------
    heads, head_dim, depth : int
        Heads, their size, and layers.
    context : int
        Width of the text that is attended to.
    text : Extent
        Its positions.
    only_text : bool
        Whether the first attention attends to the text too.
    """

    heads: int
    head_dim: int
    depth: int
    context: int
    text: Extent
    only_text: bool = False


def spatial_transformer(channels: int, shape: Spatial, on: Extent) -> tuple[Block, ...]:
    """Return transformer layers over the positions of a picture, which attend to a text.

    Parameters
    ----------
    channels : int
        Channels of the picture.
    shape : Spatial
        Heads, depth and text.
    on : Extent
        Positions.
    """
    width = shape.heads * shape.head_dim
    norm = Weights("norm", AFFINE * channels)
    first = block((norm, Linear("proj_in", channels, width, PROJECTIONS, (norm.name,), True, on=on)))
    side = Side(width, on, ("norm",), bias=False)
    text = Side(shape.context, shape.text, CONTEXT, bias=False)
    own = (
        cross("attn1", shape.heads, shape.head_dim, side, text)
        if shape.only_text
        else attend("attn1", shape.heads, shape.head_dim, [side], pairs(on))
    )
    other = cross("attn2", shape.heads, shape.head_dim, side, text)
    norms = Weights("norm", AFFINE * width)
    inner = feed_forward("ff", width, 4 * width, on=on, gated=True, reads=(norms.name,))
    layer = tuple(block((norms,), one) for one in (own, other, inner))
    last = block((Linear("proj_out", width, channels, PROJECTIONS, INPUT, True, on=on),))
    return (first, *layer * shape.depth, last)


def resampled(channels: int, on: Extent, name: str) -> Block:
    """Return the convolution that halves a picture, or smooths one that was doubled.

    Parameters
    ----------
    channels : int
        Channels.
    on : Extent
        Positions afterwards.
    name : str
        Its name.
    """
    return Block((convolution(name, channels, channels, 3, on),), (name,))
