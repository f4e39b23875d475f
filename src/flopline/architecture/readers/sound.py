"""Encoders of raw sound: strided convolutions over samples, a convolution of positions, attention and MLP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture import grids
from flopline.architecture.blocks import Block
from flopline.architecture.extents import ONCE, Extent
from flopline.architecture.operations import HEAD, MAPS, MERGING, MLP, PATCHES, TASK, Linear, Operation, Weights
from flopline.architecture.readers.tasks import labels
from flopline.architecture.readers.vision import MODEL, encoder, positive, purpose, whole
from flopline.architecture.shape import Layer
from flopline.architecture.strided import Step, after, convolution
from flopline.architecture.towers import LAYER_NORM, encoder_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture
    from flopline.architecture.towers import Encoder

SAMPLES: Final = "samples"
"""The sound, where operations read it."""
UNIT: Final = "audio samples"
"""What `seq_len` counts."""
USUAL: Final = ((512,) * 7, (5, 2, 2, 2, 2, 2, 2), (10, 3, 3, 3, 3, 2, 2))
"""Channels, strides and kernels of the convolutions over samples."""
CTC: Final = "ForCTC"
SEQUENCE: Final = "ForSequenceClassification"


def wav2vec2(config: Config) -> Architecture:
    """wav2vec 2.0 (arXiv:2006.11477), perhaps with an adapter behind it or in every layer."""
    config.ignore(
        "num_codevectors_per_group", "num_codevector_groups", "codevector_dim", "proj_codevector_dim", "num_negatives",
        "tdnn_dim", "tdnn_kernel", "tdnn_dilation", "xvector_output_dim",
    )  # fmt: skip
    stable = config.flag("do_stable_layer_norm", False)
    inner = config.optional("adapter_attn_dim") if stable else None
    config.ignore("adapter_attn_dim")
    return sounding(config, inner=inner, adapter=config.flag("add_adapter", False))


def hubert(config: Config) -> Architecture:
    """HuBERT (arXiv:2106.07447)."""
    return sounding(
        config, normed=config.flag("feat_proj_layer_norm", True), batch=config.flag("conv_pos_batch_norm", False)
    )


def sounding(
    config: Config,
    *,
    inner: int | None = None,
    adapter: bool = False,
    normed: bool = True,
    batch: bool = False,
    masked: bool = False,
    norms: str | None = None,
    place: Callable[[Config, int, tuple[Step, ...]], Block] | None = None,
    stack: Callable[[Config, Encoder, tuple[Step, ...]], list[Layer]] | None = None,
    usual: Sequence[tuple[int, ...]] = USUAL,
    always: bool = True,
) -> Architecture:
    """Return an encoder of sound.

    Parameters
    ----------
    config : Config
        The configuration.
    inner : int, optional
        Width of an adapter in every layer.
    adapter : bool
        Whether strided convolutions follow the layers.
    normed : bool
        Whether features are normalized before they are mapped to the model's width.
    batch : bool
        Whether the convolution of positions follows a normalization over the batch instead of normalizing its weights.
    masked : bool
        Whether there is a vector for masked features even if none are masked.
    norms : str, optional
        What `feat_extract_norm` is, where the family has no such key.
    place : callable, optional
        Makes the convolutions of positions from the configuration, the width and the strides before them.
    stack : callable, optional
        Makes the layers from the configuration, their shape and the strides before them.
    usual : sequence of tuple
        Channels, strides and kernels of the convolutions over samples, where the configuration is silent.
    always : bool
        Whether features are mapped to the model's width even if they have it.
    """
    kind = purpose(config, MODEL, CTC, SEQUENCE)
    # Of the codes that pre-training predicts, whose class is not counted.
    config.ignore("codevector_dim", "num_codevector_groups", "num_codevectors_per_group", "proj_codevector_dim")
    config.ignore("num_feat_extract_layers", "do_stable_layer_norm", "feat_extract_activation", "layerdrop")
    config.ignore("mask_time_length", "mask_time_min_masks", "mask_feature_length", "mask_feature_min_masks")
    config.ignore("apply_spec_augment", "use_weighted_layer_sum", "classifier_proj_size", "vocab_size")
    config.ignore("output_hidden_size", "adapter_kernel_size", "adapter_stride", "num_adapter_layers")
    shape = encoder(config, bias=None)
    hidden = shape.hidden
    found, steps, width = features(config, norms, usual)
    on = after(steps, 1)
    masks = positive(config, "mask_time_prob", True) | positive(config, "mask_feature_prob", False) | masked
    mapped: list[Operation] = [Weights("feature_norm", LAYER_NORM * width, found.outputs)] if normed else []
    read = ("feature_norm",) if normed else found.outputs
    if always or width != hidden:
        mapped.append(Linear("projection", width, hidden, MAPS, read, True, on=on))
        read = ("projection",)
    mapped.append(Weights("mask", masks * hidden, ()))
    placing = place(config, hidden, steps) if place else positions(config, hidden, steps, batch)
    first = Layer((Block((*found.operations, *mapped), read),), "embedding")
    layers = [first, Layer((placing,), "embedding")]
    layer = encoder_layer(shape, on, grids.pairs(on), stream="x", part="layer")
    if inner is not None:
        layer = Layer((*layer.blocks, _inside(hidden, inner, on)))
    layers += stack(config, shape, steps) if stack else [layer] * shape.depth
    if adapter:
        if kind == SEQUENCE:
            config.refuse("add_adapter", "this class takes no adapter")
        behind, steps, hidden = _behind(config, hidden, steps)
        layers.append(behind)
    return whole(config, (*layers, head(config, kind, hidden, shape.depth, after(steps, 1))), on, unit=UNIT)


def features(
    config: Config, norms: str | None, usual: Sequence[tuple[int, ...]]
) -> tuple[Block, tuple[Step, ...], int]:
    """Return the convolutions over samples, their strides, and the width of what they find."""
    keys = ("conv_dim", "conv_stride", "conv_kernel")
    widths, strides, kernels = (config.sizes(key, default=one) for key, one in zip(keys, usual, strict=True))
    if not len(widths) == len(strides) == len(kernels):
        config.refuse("conv_dim", "`conv_dim`, `conv_stride` and `conv_kernel` must be equally long")
    bias, norm = config.flag("conv_bias", False), norms or config.text("feat_extract_norm", "group")
    if norm not in ("group", "layer"):
        config.refuse("feat_extract_norm", "`feat_extract_norm` must be `group` or `layer`")
    # In training, samples are made to need a gradient, so that checkpoints of the first convolution work.
    found: list[Operation] = [Weights(SAMPLES, 0, ())]
    read: tuple[str, ...] = (SAMPLES,)
    steps: tuple[Step, ...] = ()
    before = 1
    for index, (width, stride, kernel) in enumerate(zip(widths, strides, kernels, strict=True)):
        steps = (*steps, Step(kernel, stride))
        name, scaled = f"conv{index}", norm == "layer" or index == 0
        found.append(convolution(name, before, width, kernel, after(steps, 1), read, bias=bias, term=PATCHES))
        found.append(Weights(f"norm{index}", scaled * LAYER_NORM * width, (name,)))
        read, before = (f"norm{index}",), width
    return Block(tuple(found), read), steps, before


def positions(config: Config, hidden: int, steps: tuple[Step, ...], batch: bool = False, stride: int = 1) -> Block:
    """Return the grouped convolution that stands for positions; an even kernel makes one more, which is dropped."""
    kernel = config.size("num_conv_pos_embeddings", default=128)
    groups = config.size("num_conv_pos_embedding_groups", default=16)
    if hidden % groups:
        config.refuse("num_conv_pos_embedding_groups", f"a width of {hidden} does not divide into {groups} groups")
    on = after((*steps, Step(kernel, stride, kernel // 2)), 1)
    return Block(
        (
            convolution("pos_conv", hidden, hidden, kernel, on, groups=groups, bias=True),
            Weights("pos_norm", LAYER_NORM * hidden if batch else kernel, ("pos_conv",)),
            Weights("layer_norm", LAYER_NORM * hidden, ("pos_conv",)),
        ),
        ("layer_norm",),
    )


def _inside(hidden: int, inner: int, on: Extent) -> Block:
    """Return the adapter of one layer."""
    found = (
        Weights("adapter_norm", LAYER_NORM * hidden),
        Linear("adapter.linear_1", hidden, inner, MLP, ("adapter_norm",), True, on=on),
        Linear("adapter.linear_2", inner, hidden, MLP, ("adapter.linear_1",), True, on=on),
    )
    return Block(found, ("adapter.linear_2",))


def _behind(config: Config, hidden: int, steps: tuple[Step, ...]) -> tuple[Layer, tuple[Step, ...], int]:
    """Return the strided convolutions behind the layers, with the strides and the width that they end with."""
    width = config.optional("output_hidden_size", least=0) or hidden
    kernel, stride = config.size("adapter_kernel_size", default=3), config.size("adapter_stride", default=2)
    many = config.size("num_adapter_layers", default=3, largest=100)
    found: list[Operation] = []
    read: tuple[str, ...] = ("x",)
    if width != hidden:
        found.append(Linear("adapter.proj", hidden, width, MERGING, read, True, on=after(steps, 1)))
        found.append(Weights("adapter.norm", LAYER_NORM * width, ("adapter.proj",)))
        read = ("adapter.norm",)
    for index in range(many):
        steps = (*steps, Step(kernel, stride, 1))
        name = f"adapter.conv{index}"
        found.append(convolution(name, width, 2 * width, kernel, after(steps, 1), read, bias=True, term=MERGING))
        read = (name,)
    return Layer((Block(tuple(found), read),), "head"), steps, width


def head(config: Config, kind: str, hidden: int, depth: int, on: Extent, usual: int = 256) -> Layer:
    """Return the head over characters, over classes of the whole sound, or none."""
    found: tuple[Operation, ...] = ()
    if kind == CTC:
        found = (Linear("lm_head", hidden, config.size("vocab_size"), HEAD, ("x",), True, on=on),)
    elif kind == SEQUENCE:
        weighted = config.flag("use_weighted_layer_sum", False)
        width = config.size("classifier_proj_size", default=usual)
        found = (
            Weights("layer_weights", (depth + 1) * weighted, ("x",)),
            Linear("projector", hidden, width, TASK, ("layer_weights",), True, on=on),
            Linear("classifier", width, labels(config), TASK, ("projector",), True, on=ONCE),
        )
    return Layer((Block(found, (found[-1].name,) if found else ()),), "head")


def unispeech(config: Config) -> Architecture:
    """UniSpeech and UniSpeech-SAT: wav2vec 2.0 without its adapters."""
    config.ignore(
        "num_codevectors_per_group", "num_codevector_groups", "codevector_dim", "proj_codevector_dim", "num_negatives",
        "tdnn_dim", "tdnn_kernel", "tdnn_dilation", "xvector_output_dim", "num_ctc_classes", "num_clusters",
    )  # fmt: skip
    config.must_be("adapter_attn_dim", why="an adapter in every layer")
    config.must_be("add_adapter", False, why="an adapter behind the layers")
    return sounding(config, masked=config.model_type == "unispeech-sat")
