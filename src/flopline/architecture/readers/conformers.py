"""Conformers (arXiv:2005.08100): half an MLP, attention, a convolution module and the other half in each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture import grids
from flopline.architecture.attention import Split, attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.extents import Extent
from flopline.architecture.operations import CONVOLUTION, RELATIVE, Linear, Lookup, Operation, Product, Weights
from flopline.architecture.readers.sound import sounding
from flopline.architecture.shape import Layer
from flopline.architecture.strided import Step, after, convolution
from flopline.architecture.towers import LAYER_NORM, Encoder, held, placed

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

KINDS: Final = ("relative", "rotary")


class Conformer(NamedTuple):
    """What a conformer's layer has beside the shape of its attention and MLP.

    Attributes
    ----------
    kernel : int
        Of the depthwise convolution, odd.
    relative : bool
        Whether scores have a term of relative positions (Transformer-XL, arXiv:1901.02860, section 3.3).
    biased : bool
        Whether the convolutions have biases.
    names : Split
        What the attention matrices are called.
    inner : tuple of str
        What the matrices of the MLP are called.
    distance : str
        What the matrix of distances is called.
    table : int
        Rows of a table of distances that queries meet; 0 where there is none (Shaw et al. 2018, arXiv:1803.02155).
    """

    kernel: int
    relative: bool
    biased: bool = False
    names: Split = Split("linear_q", "linear_k", "linear_v", "linear_out")
    inner: tuple[str, ...] = ("intermediate_dense", "output_dense")
    distance: str = "linear_pos"
    table: int = 0


def wav2vec2_conformer(config: Config) -> Architecture:
    """wav2vec 2.0 with conformer layers; its convolution of positions is held and never runs."""
    config.ignore(
        "num_codevectors_per_group", "num_codevector_groups", "codevector_dim", "proj_codevector_dim", "num_negatives",
        "tdnn_dim", "tdnn_kernel", "tdnn_dilation", "xvector_output_dim", "max_source_positions",
        "rotary_embedding_base",
    )  # fmt: skip
    return sounding(config, adapter=config.flag("add_adapter", False), place=_unused, stack=_conformers)


def _unused(config: Config, hidden: int, _: tuple[Step, ...]) -> Block:
    kernel = config.size("num_conv_pos_embeddings", default=128)
    groups = config.size("num_conv_pos_embedding_groups", default=16)
    if hidden % groups:
        config.refuse("num_conv_pos_embedding_groups", f"a width of {hidden} does not divide into {groups} groups")
    # Weights of unit length beside one scale for each place of the kernel, and a bias.
    return Block((Weights("pos_conv", hidden * (hidden // groups) * kernel + kernel + hidden, ()),), ())


def _conformers(config: Config, shape: Encoder, steps: tuple[Step, ...]) -> list[Layer]:
    more = Conformer(depthwise(config), positions_kind(config, "relative", *KINDS) == "relative")
    layer = conformer_layer(shape, more, after(steps, 1))
    return [*[layer] * shape.depth, held("layer_norm", LAYER_NORM * shape.hidden, stream="x", part="layer")]


def depthwise(config: Config) -> int:
    """Return the kernel of the depthwise convolution."""
    kernel = config.size("conv_depthwise_kernel_size", default=31)
    if kernel % 2 == 0:
        config.refuse("conv_depthwise_kernel_size", "`conv_depthwise_kernel_size` must be odd")
    return kernel


def positions_kind(config: Config, usual: str, *known: str) -> str:
    """Return how positions enter attention; rotary ones cost nothing, and neither do none."""
    key = "position_embeddings_type"
    if config.given(key) and not config.has(key):
        config.ignore(key)
        return ""
    kind = config.text(key, usual)
    if kind not in known:
        config.refuse(key, f"`{key}` must be null or one of {', '.join(known)}")
    return kind


def conformer_layer(shape: Encoder, more: Conformer, on: Extent) -> Layer:
    """Return one layer of a conformer.

    Parameters
    ----------
    shape : Encoder
        The shape of its attention and MLP.
    more : Conformer
        What else it has.
    on : Extent
        Its positions.
    """
    hidden, pairs = shape.hidden, grids.pairs(on)
    norm = LAYER_NORM * hidden
    half = mlp(hidden, shape.width, gated=False, norm=norm, bias=shape.inner_bias, names=more.inner)
    core = attention(
        hidden, shape.heads, shape.key_value_heads or shape.heads, shape.head_dim, norm=norm, bias=shape.bias,
        output_bias=shape.output_bias, names=more.names,
    )  # fmt: skip
    if more.relative:
        core = _with_positions(core, hidden, shape.heads * shape.head_dim, more, on)
    if more.table:
        table = Lookup("distance_embedding", more.table * shape.head_dim)
        met = Product(
            "position_scores", 2 * shape.heads * shape.head_dim, RELATIVE, more.names.query, table.name, pairs
        )
        core = Block((table, *core.operations, met), (*core.outputs, met.name))
    blocks = (half, core, _module(hidden, more, on), half, Block((Weights("final_norm", norm),), ("final_norm",)))
    return Layer(tuple(placed(one, on, pairs) for one in blocks), "layer")


def _with_positions(block: Block, hidden: int, width: int, more: Conformer, on: Extent) -> Block:
    """Return attention whose queries meet 2S - 1 distances too, each with a vector that one matrix makes."""
    distances = Extent(f"2 {on.text} - 1", lambda lengths: 2 * on.times(lengths) - 1)
    found: tuple[Operation, ...] = (
        Weights("pos_bias", 2 * width, (more.names.query,)),
        Linear(more.distance, hidden, width, RELATIVE, (), on=distances),
        Product("position_scores", 2 * width, RELATIVE, "pos_bias", more.distance, on=grids.times(on, distances)),
    )
    return Block((*block.operations, *found), (*block.outputs, "position_scores"))


def _module(hidden: int, more: Conformer, on: Extent) -> Block:
    """Return the convolution module: a gated map, a depthwise convolution, a norm over the batch, a map."""
    bias, kernel = more.biased, more.kernel
    found = (
        Weights("conv_norm", LAYER_NORM * hidden),
        Linear("pointwise_conv1", hidden, 2 * hidden, CONVOLUTION, ("conv_norm",), bias, on=on),
        convolution("depthwise_conv", hidden, hidden, kernel, on, ("pointwise_conv1",), groups=hidden, bias=bias),
        Weights("batch_norm", LAYER_NORM * hidden, ("depthwise_conv",)),
        Linear("pointwise_conv2", hidden, hidden, CONVOLUTION, ("batch_norm",), bias, on=on),
    )
    return Block(found, ("pointwise_conv2",))
