"""wav2vec 2.0 BERT (arXiv:2312.05187): conformer layers over features that are made before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block
from flopline.architecture.extents import TOKENS
from flopline.architecture.operations import MAPS, Linear, Weights
from flopline.architecture.readers.conformers import KINDS, Conformer, conformer_layer, depthwise, positions_kind
from flopline.architecture.readers.sound import CTC, SEQUENCE, head
from flopline.architecture.readers.vision import MODEL, encoder, positive, purpose, whole
from flopline.architecture.shape import Layer
from flopline.architecture.towers import LAYER_NORM

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def wav2vec2_bert(config: Config) -> Architecture:
    """Return the encoder, without adapters behind it."""
    kind = purpose(config, MODEL, CTC, SEQUENCE)
    config.must_be("add_adapter", False, why="an adapter behind the layers")
    config.must_be("use_intermediate_ffn_before_adapter", False, why="an MLP behind the layers")
    config.ignore(
        "tdnn_dim", "tdnn_kernel", "tdnn_dilation", "xvector_output_dim", "max_source_positions",
        "rotary_embedding_base", "layerdrop", "mask_time_length", "mask_time_min_masks", "mask_feature_length",
        "mask_feature_min_masks", "apply_spec_augment", "use_weighted_layer_sum", "classifier_proj_size", "vocab_size",
        "output_hidden_size", "adapter_kernel_size", "adapter_stride", "num_adapter_layers", "adapter_act",
    )  # fmt: skip
    shape, width = encoder(config, bias=None), config.size("feature_projection_input_dim", default=160)
    way, far = positions_kind(config, "relative_key", "relative_key", *KINDS), _distances(config)
    more = Conformer(depthwise(config), way == "relative", table=far if way == "relative_key" else 0)
    masks = positive(config, "mask_time_prob", True) | positive(config, "mask_feature_prob", False)
    found = (
        Weights("feature_norm", LAYER_NORM * width, ()),
        Linear("projection", width, shape.hidden, MAPS, ("feature_norm",), True),
        Weights("mask", masks * shape.hidden, ()),
    )
    first = Layer((Block(found, ("projection",)),), "embedding")
    last = head(config, kind, shape.hidden, shape.depth, TOKENS, 768)
    layers = (first, *[conformer_layer(shape, more, TOKENS)] * shape.depth, last)
    return whole(config, layers, TOKENS, unit="frames of features")


def _distances(config: Config) -> int:
    """Return the rows of the table of distances: so many to the left, to the right, and none."""
    left, right = (
        config.number(f"{side}_max_position_embeddings", usual) for side, usual in (("left", 64), ("right", 8))
    )
    return left + right + 1
