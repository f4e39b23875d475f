"""Kin of wav2vec 2.0: the same features, with other convolutions of positions or other attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture import grids
from flopline.architecture.blocks import Block
from flopline.architecture.operations import RELATIVE, Linear, Lookup, Operation, Weights
from flopline.architecture.readers.sound import sounding
from flopline.architecture.strided import Step, after, convolution
from flopline.architecture.towers import LAYER_NORM

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent
    from flopline.architecture.shape import Architecture
    from flopline.architecture.towers import Encoder

GATES: Final = 8
"""Numbers from which the two gates of a head are summed, four each."""


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
    buckets = config.size("num_buckets", default=320)

    def gates(shape: Encoder, on: Extent, first: bool) -> Block:
        heads = shape.heads
        table = (Lookup("rel_attn_embed", buckets * heads),) if first else ()
        found: tuple[Operation, ...] = (
            *table,
            Linear(
                "gru_rel_pos_linear", shape.head_dim, GATES, RELATIVE, on=grids.times(grids.fixed(heads), on), bias=True
            ),
            Weights("gru_rel_pos_const", heads, ("gru_rel_pos_linear",)),
        )
        return Block(found, (*(one.name for one in table), "gru_rel_pos_const"))

    return sounding(config, adapter=config.flag("add_adapter", False), gates=gates)
