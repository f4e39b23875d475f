"""Moonshine: three convolutions over the samples of sound themselves, then an encoder and a decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.encoders import language_head, tables, task_head
from flopline.architecture.extents import Extent, OtherLength
from flopline.architecture.masks import CAUSAL
from flopline.architecture.operations import PATCHES, Linear, Scores, Weights
from flopline.architecture.readers.bart import joined
from flopline.architecture.readers.tasks import task
from flopline.architecture.seq2seq import DECODER_LEN, ENCODER, cross_attention, in_decoder
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

CONVOLUTIONS = ((127, 64), (7, 3), (3, 2))
"""Width and stride of the three convolutions."""


def _positions(samples: int, count: int) -> int:
    """Return how many positions the first convolutions leave."""
    for kernel, stride in CONVOLUTIONS[:count]:
        samples = max((samples - kernel) // stride + 1, 0)
    return samples


FIRST = Extent("(N - 127) // 64 + 1", lambda lengths: _positions(lengths.tokens, 1))
SECOND = Extent("(N1 - 7) // 3 + 1", lambda lengths: _positions(lengths.tokens, 2))
ENCODED = Extent("E", lambda lengths: _positions(lengths.tokens, 3))
"""Positions of the encoder, about one for 384 samples."""
PAIRS = Extent("A = E^2", lambda lengths: _positions(lengths.tokens, 3) ** 2)


class _Side(NamedTuple):
    depth: int
    heads: int
    head_dim: int


def moonshine(config: Config) -> Architecture:
    """Moonshine: no table of positions, a gate in the decoder alone."""
    config.must_be("is_encoder_decoder", True, why="a decoder alone")
    hidden, inner = config.size("hidden_size"), config.size("intermediate_size")
    bias, vocabulary = config.flag("attention_bias", False), config.size("vocab_size")
    kind, tied = task(config, "language", "model"), config.tied(True)
    head = (
        task_head(hidden, first=hidden) if kind == "model"
        else language_head(hidden, vocabulary, tied=tied, transform=False, bias=False, first=hidden)
    )  # fmt: skip
    return joined(
        config, _encoder(config, hidden, inner, bias), _decoder(config, hidden, inner, bias),
        first=_sound(hidden), second=tables(vocabulary, hidden, {}), head=in_decoder(head),
        tied=tied and kind == "language", between=task_head(hidden, first=hidden),
        length=OtherLength(DECODER_LEN, None, "positions of the decoder"), unit="audio samples",
    )  # fmt: skip


def _sound(hidden: int) -> Block:
    return Block(
        (
            # No gradient reaches the samples, which nothing below computes.
            Linear("conv1", 127, hidden, PATCHES, (), on=FIRST),
            Weights("groupnorm", 2 * hidden, ("conv1",)),
            Linear("conv2", 7 * hidden, 2 * hidden, PATCHES, ("groupnorm",), True, on=SECOND),
            Linear("conv3", 6 * hidden, hidden, PATCHES, ("conv2",), True, on=ENCODED),
        ),
        ("conv3",),
    )


def _side(config: Config, hidden: int, name: str) -> _Side:
    """Return depth, heads, and the width of a head as scores see it, which may be filled up."""
    heads = config.size(f"{name}_num_attention_heads", default=8)
    config.must_be(f"{name}_num_key_value_heads", heads, why="fewer heads of keys and values")
    if hidden % heads:
        config.refuse(f"{name}_num_attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    return _Side(config.size(f"{name}_num_hidden_layers", largest=DEEPEST), heads, hidden // heads)


def _filled(config: Config, block: Block) -> Block:
    """Return attention whose heads are filled up to a multiple for its scores alone."""
    multiple = config.optional("pad_head_dim_to_multiple_of")
    if multiple is None:
        return block
    return Block(
        tuple(
            one._replace(width=-(-one.width // multiple) * multiple, value_width=-(-one.width // multiple) * multiple)
            if isinstance(one, Scores) else one
            for one in block.operations
        ),
        block.outputs,
    )  # fmt: skip


def _encoder(config: Config, hidden: int, inner: int, bias: bool) -> tuple[Layer, ...]:
    side = _side(config, hidden, "encoder")
    own = attention(hidden, side.heads, side.heads, side.head_dim, PAIRS, norm=hidden, bias=bias)
    block = mlp(hidden, inner, gated=False, norm=hidden, bias=True, names=("fc1", "fc2"))
    layer = Layer((_encoded(_filled(config, own)), _encoded(block)), stream=ENCODER)
    return (layer,) * side.depth


def _encoded(block: Block) -> Block:
    return Block(
        tuple(one._replace(on=ENCODED) if isinstance(one, Linear) else one for one in block.operations), block.outputs
    )


def _decoder(config: Config, hidden: int, inner: int, bias: bool) -> tuple[Layer, ...]:
    side = _side(config, hidden, "decoder")
    if side.heads != config.size("encoder_num_attention_heads", default=8):
        # The reference builds the decoder with the encoder's heads then, against its configuration.
        config.refuse("decoder_num_attention_heads", "a decoder with other heads than the encoder is not counted yet")
    own = attention(hidden, side.heads, side.heads, side.head_dim, CAUSAL, norm=hidden, bias=bias)
    cross = cross_attention(hidden, side.heads, side.head_dim, norm=hidden, bias=bias, output_bias=False, keys=ENCODED)
    block = mlp(hidden, inner, norm=hidden, bias=True, names=("fc1", "fc2"))
    layer = Layer((in_decoder(_filled(config, own)), _filled(config, cross), in_decoder(block)))
    return (layer,) * side.depth
