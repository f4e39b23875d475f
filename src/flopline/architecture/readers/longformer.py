"""Longformer and LED: most tokens see a band. Tokens that see everything are an input, and counted as none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.blocks import mlp
from flopline.architecture.encoders import language_head, tables, task_head
from flopline.architecture.readers.bart import INNER as FULLY_CONNECTED
from flopline.architecture.readers.bart import Kin, decoder_layers, joined
from flopline.architecture.readers.bert import INNER
from flopline.architecture.readers.bert import Kin as Bert
from flopline.architecture.readers.bert import joined as encoder_only
from flopline.architecture.readers.common import LAYER_NORM, widths
from flopline.architecture.readers.tasks import task
from flopline.architecture.seq2seq import ENCODER, in_decoder
from flopline.architecture.shape import Layer, stack
from flopline.architecture.sliding_chunks import filled, sliding_chunks

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

NARROWEST: Final = 4
"""The narrowest window that the reference runs."""


def longformer(config: Config) -> Architecture:
    """Longformer: RoBERTa in bands."""
    config.ignore("onnx_export", "sep_token_id", "ignore_attention_mask", "attention_mode")
    shape, inner = widths(config, free=False), config.size("intermediate_size")
    windows = _windows(config, shape.depth)
    norm = LAYER_NORM * shape.hidden

    def build(window: int) -> Layer:
        attend = sliding_chunks(shape.hidden, window, max(windows), after=norm, output="attention.output.dense")
        block = mlp(shape.hidden, inner, gated=False, after=norm, bias=True, names=INNER)
        return Layer((attend, filled(block, max(windows))))

    rows = {
        "positions": config.size("max_position_embeddings", default=512),
        "token_types": config.number("type_vocab_size", 2),
    }
    return encoder_only(config, shape, stack(windows, build), rows, Bert(("language", "tokens", "model")))


def led(config: Config) -> Architecture:
    """LED: BART whose encoder sees bands."""
    config.must_be("is_encoder_decoder", True, why="a decoder alone")
    config.ignore("num_hidden_layers")
    hidden, vocabulary = config.size("d_model", "hidden_size"), config.size("vocab_size")
    heads, inner = config.size("encoder_attention_heads", "num_attention_heads"), config.size("encoder_ffn_dim")
    if hidden % heads:
        config.refuse("encoder_attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    windows = _windows(config, config.size("encoder_layers"))
    norm = LAYER_NORM * hidden

    def build(window: int) -> Layer:
        attend = sliding_chunks(hidden, window, max(windows), after=norm, output="output")
        block = mlp(hidden, inner, gated=False, after=norm, bias=True, names=FULLY_CONNECTED)
        return Layer((attend, filled(block, max(windows))), stream=ENCODER)

    kind, tied = task(config, "language", "model"), config.tied(True)
    rows = config.size("max_encoder_position_embeddings", default=16384)
    later = config.size("max_decoder_position_embeddings", default=1024)
    head = (
        task_head(hidden) if kind == "model"
        else language_head(hidden, vocabulary, tied=tied, transform=False, bias=False)
    )  # fmt: skip
    return joined(
        config, stack(windows, build), decoder_layers(config, hidden, Kin()),
        first=tables(vocabulary, hidden, {"positions": rows, "shared": 0 if tied else vocabulary}, norm=norm),
        second=tables(0 if tied else vocabulary, hidden, {"positions": later}, norm=norm), head=in_decoder(head),
        tied=tied and kind == "language",
    )  # fmt: skip


def _windows(config: Config, depth: int) -> list[int]:
    """Return the window of each layer."""
    raw = config.raw("attention_window")
    if raw is None or isinstance(raw, int):
        windows = [config.size("attention_window", default=512)] * depth
    else:
        windows = list(config.sizes("attention_window", depth))
    if any(window < NARROWEST or window % 2 or max(windows) % window for window in windows):
        config.refuse(
            "attention_window", "windows must be even and at least 4, and the widest a multiple of the others"
        )
    return windows
