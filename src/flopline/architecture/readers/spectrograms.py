"""Pictures of sound: overlapping patches of a spectrogram of one length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.extents import Extent
from flopline.architecture.readers.tasks import labels
from flopline.architecture.readers.vision import MODEL, encoder, finish, purpose, side, start, whole
from flopline.architecture.readers.vit import stacked
from flopline.architecture.towers import LAYER_NORM
from flopline.architecture.values import refuse

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Lengths
    from flopline.architecture.shape import Architecture

UNIT: Final = "frames of the spectrogram"
"""What `seq_len` counts."""
TOKENS: Final = 2
"""A class token and one for distillation."""


def audio_spectrogram(config: Config) -> Architecture:
    """AST: a vision transformer with two tokens over patches that overlap (arXiv:2104.01778)."""
    kind = purpose(config, MODEL, "ForAudioClassification")
    shape, patch = encoder(config), side(config, "patch_size", 16)
    if config.has("head_dim"):
        shape = shape._replace(head_dim=config.size("head_dim"))
    bands = _along(config, "num_mel_bins", 128, patch, config.size("frequency_stride", default=10))
    stride = config.size("time_stride", default=10)
    many = bands * _along(config, "max_length", 1024, patch, stride)

    def patches(lengths: Lengths) -> int:
        found = bands * ((lengths.tokens - patch) // stride + 1) if lengths.tokens >= patch else 0
        if found != many:
            longest = config.size("max_length", default=1024)
            refuse("seq_len", f"the model takes {longest} frames alone, found {lengths.tokens}", f"write `{longest}`")
        return found

    on = Extent(f"{many} + {TOKENS}", lambda lengths: patches(lengths) + TOKENS)
    hidden = shape.hidden
    norm = LAYER_NORM * hidden
    first = start(patch * patch, hidden, Extent(str(many), patches), learned=(TOKENS + many + TOKENS) * hidden)
    layers = (first, *stacked(shape, on), finish(norm))
    if kind != MODEL:
        layers = (*layers, finish(norm, (("classifier", hidden, labels(config)),)))
    return whole(config, layers, on, unit=UNIT)


def _along(config: Config, key: str, default: int, patch: int, stride: int) -> int:
    """Return how many patches lie along a side of the spectrogram."""
    length = config.size(key, default=default)
    if length < patch:
        config.refuse(key, f"{length} hold no patch of {patch}")
    return (length - patch) // stride + 1
