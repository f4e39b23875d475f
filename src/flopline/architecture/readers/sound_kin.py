"""Kin of wav2vec 2.0: the same features, with other convolutions of positions or other attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block
from flopline.architecture.operations import Operation, Weights
from flopline.architecture.readers.sound import sounding
from flopline.architecture.strided import Step, after, convolution
from flopline.architecture.towers import LAYER_NORM

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


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
