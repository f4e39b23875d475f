"""Whisper and Speech-to-Text: convolutions over frames of sound, then an encoder and a decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.blocks import Block
from flopline.architecture.encoders import language_head, tables, task_head
from flopline.architecture.extents import TOKENS, Extent
from flopline.architecture.operations import PATCHES, Linear, Lookup
from flopline.architecture.readers.bart import Kin, decoder_layers, encoder_layers, final_norm, joined
from flopline.architecture.readers.common import LAYER_NORM
from flopline.architecture.readers.tasks import task
from flopline.architecture.seq2seq import decoder_length, in_decoder

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

PRE_NORM: Final = Kin(before=True)


def whisper(config: Config) -> Architecture:
    """Whisper: two convolutions of width three, of which the second halves the frames."""
    hidden, mels = config.size("d_model", "hidden_size"), config.size("num_mel_bins", default=80)
    positions = config.size("max_source_positions", default=1500)
    # Published files repeat the encoder's depth under this name.
    config.ignore("num_hidden_layers")
    config.ignore("median_filter_width", "classifier_proj_size", "use_weighted_layer_sum", "mask_feature_length",
                  "mask_time_length", "mask_feature_min_masks", "mask_time_min_masks")  # fmt: skip
    first = Block(
        (
            # No gradient reaches the spectrogram, which nothing below computes.
            Linear("conv1", 3 * mels, hidden, PATCHES, (), True, on=Extent("2S", lambda lengths: 2 * lengths.tokens)),
            Linear("conv2", 3 * hidden, hidden, PATCHES, ("conv1",), True),
            Lookup("positions", positions * hidden, frozen=True),
        ),
        ("conv2",),
    )
    targets = config.size("max_target_positions", default=448)
    return _spoken(config, hidden, first, Lookup("positions", targets * hidden), targets, key_bias=False)


def speech_to_text(config: Config) -> Architecture:
    """Speech-to-Text: gated convolutions that halve the frames each time, sinusoids."""
    hidden, middle = config.size("d_model", "hidden_size"), config.size("conv_channels", default=1024)
    config.ignore("max_source_positions", "scale_embedding", "num_hidden_layers")
    count = config.size("num_conv_layers", default=2, largest=16)
    kernels = config.sizes("conv_kernel_sizes", count, default=(5, 5))
    if len(kernels) != count:
        config.refuse("conv_kernel_sizes", f"`conv_kernel_sizes` has {len(kernels)} numbers for {count} convolutions")
    if any(kernel % 2 == 0 for kernel in kernels):
        config.refuse("conv_kernel_sizes", "a convolution of even width makes one position more than half of them")
    width = config.size("input_feat_per_channel", default=80) * config.size("input_channels", default=1)
    operations = []
    for index, kernel in enumerate(kernels):
        last = index == count - 1
        outputs = 2 * hidden if last else middle
        read = (f"conv{index - 1}",) if index else ()
        on = TOKENS if last else _halved(count - 1 - index)
        operations.append(Linear(f"conv{index}", kernel * width, outputs, PATCHES, read, True, on=on))
        width = outputs // 2
    first = Block(tuple(operations), (f"conv{count - 1}",))
    targets = config.size("max_target_positions", default=1024)
    return _spoken(config, hidden, first, None, targets, key_bias=True)


def _halved(times: int) -> Extent:
    """Return the positions that are there before the frames are halved some times more."""
    return Extent(f"{2**times}S", lambda lengths: lengths.tokens * 2**times)


def _spoken(
    config: Config, hidden: int, first: Block, learned: Lookup | None, targets: int, *, key_bias: bool
) -> Architecture:
    config.must_be("is_encoder_decoder", True, why="a decoder alone")
    vocabulary, tied, kind = config.size("vocab_size"), config.tied(True), task(config, "language", "model")
    second = tables(vocabulary, hidden, {})
    if learned is not None:
        second = Block((*second.operations, learned), (*second.outputs, learned.name))
    last = LAYER_NORM * hidden
    head = (
        task_head(hidden, first=last) if kind == "model"
        else in_decoder(language_head(hidden, vocabulary, tied=tied, transform=False, bias=False, first=last))
    )  # fmt: skip
    return joined(
        config, encoder_layers(config, hidden, PRE_NORM, key_bias=key_bias),
        decoder_layers(config, hidden, PRE_NORM, key_bias=key_bias), first=first, second=second, head=head,
        tied=tied and kind == "language", between=final_norm(hidden, PRE_NORM),
        length=decoder_length(lambda _: targets), unit="encoder positions",
    )  # fmt: skip
