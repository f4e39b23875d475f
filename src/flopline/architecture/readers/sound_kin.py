"""Kin of wav2vec 2.0: the same features, with other convolutions of positions or other attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture import grids
from flopline.architecture.blocks import Block
from flopline.architecture.operations import MERGING, RELATIVE, Linear, Lookup, Operation, Weights
from flopline.architecture.readers.sound import SEQUENCE, positions, sounding
from flopline.architecture.shape import Layer
from flopline.architecture.strided import Step, after, convolution
from flopline.architecture.towers import LAYER_NORM, encoder_layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture
    from flopline.architecture.towers import Encoder

GATES: Final = 8
"""Numbers from which the two gates of a head are summed, four each."""

SQUEEZED: Final = (
    (64, *(128,) * 4, *(256,) * 4, *(512,) * 4),
    (5, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1),
    (10, 3, 1, 3, 1, 3, 1, 3, 1, 2, 1, 2, 1),
)
"""Channels, strides and kernels of SEW's convolutions over samples."""


def data2vec_audio(config: Config) -> Architecture:
    """data2vec of sound (arXiv:2202.03555): several convolutions of positions, norms without parameters after each."""
    config.ignore("tdnn_dim", "tdnn_kernel", "tdnn_dilation", "xvector_output_dim", "feat_extract_norm")
    return sounding(config, adapter=config.flag("add_adapter", False), norms="layer", place=_several)


def _several(config: Config, hidden: int, steps: tuple[Step, ...]) -> Block:
    """Return the grouped convolutions that stand for positions, one after the other."""
    kernel = config.size("conv_pos_kernel_size", default=19)
    many = config.size("num_conv_pos_embeddings", default=5, largest=100)
    groups = config.size("num_conv_pos_embedding_groups", default=16)
    if hidden % groups:
        config.refuse("num_conv_pos_embedding_groups", f"a width of {hidden} does not divide into {groups} groups")
    # An even kernel makes one position more, which is dropped before the next one.
    on = after((*steps, Step(kernel, 1, kernel // 2)), 1)
    found: list[Operation] = []
    read = "x"
    for index in range(many):
        name = f"pos_conv{index}"
        found.append(convolution(name, hidden, hidden, kernel, on, (read,), groups=groups, bias=True))
        read = name
    found.append(Weights("layer_norm", LAYER_NORM * hidden, (read,)))
    return Block(tuple(found), ("layer_norm",))


def wavlm(config: Config) -> Architecture:
    """WavLM: gates of each head scale biases of distances, which the first layer alone holds (arXiv:2110.13900)."""
    config.ignore(
        "num_codevectors_per_group", "num_codevector_groups", "codevector_dim", "proj_codevector_dim", "num_negatives",
        "tdnn_dim", "tdnn_kernel", "tdnn_dilation", "xvector_output_dim", "num_ctc_classes", "max_bucket_distance",
    )  # fmt: skip
    return sounding(config, adapter=config.flag("add_adapter", False), stack=_gated)


def _gated(config: Config, shape: Encoder, steps: tuple[Step, ...]) -> list[Layer]:
    """Return layers with a gate for each head's biases, the first with the table of biases."""
    on, heads = after(steps, 1), shape.heads
    many = grids.times(grids.fixed(heads), on)
    table = Lookup("rel_attn_embed", config.size("num_buckets", default=320) * heads)
    gates = (
        Linear("gru_rel_pos_linear", shape.head_dim, GATES, RELATIVE, on=many, bias=True),
        Weights("gru_rel_pos_const", heads, ("gru_rel_pos_linear",)),
    )
    name = gates[-1].name
    layer = encoder_layer(shape, on, grids.pairs(on), stream="x", part="layer")
    first = Layer((*layer.blocks, Block((table, *gates), (table.name, name))), "layer")
    other = Layer((*layer.blocks, Block(gates, (name,))), "layer")
    return [first, *[other] * (shape.depth - 1)]


def sew(config: Config) -> Architecture:
    """SEW: the layers see every other position, and what they find is spread out again (arXiv:2109.06870)."""
    if config.classes().endswith(SEQUENCE):
        config.must_be("use_weighted_layer_sum", False, why="a sum of layers before they are spread out")
    return sounding(config, place=_squeezed, stack=_squeezing, usual=SQUEEZED, always=False)


def _squeeze(config: Config) -> int:
    return config.size("squeeze_factor", default=2)


def _squeezed(config: Config, hidden: int, steps: tuple[Step, ...]) -> Block:
    return positions(config, hidden, steps, stride=_squeeze(config))


def _squeezing(config: Config, shape: Encoder, steps: tuple[Step, ...]) -> list[Layer]:
    """Return the layers on averages of neighbours, and the matrix that makes the neighbours again."""
    squeeze = _squeeze(config)
    on = after((*steps, Step(squeeze, squeeze)), 1)
    spread = Linear("upsample.projection", shape.hidden, shape.hidden * squeeze, MERGING, bias=True, on=on)
    layer = encoder_layer(shape, on, grids.pairs(on), stream="x", part="layer")
    return [*[layer] * shape.depth, Layer((Block((spread,), (spread.name,)),), "layer")]
