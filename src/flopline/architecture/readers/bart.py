"""BART and the encoder-decoders that differ from it in their positions or the place of a normalization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.attention import Split, attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.encoders import language_head, tables, task_head
from flopline.architecture.extents import ONCE
from flopline.architecture.masks import BIDIRECTIONAL, CAUSAL
from flopline.architecture.operations import Lookup
from flopline.architecture.readers.common import LAYER_NORM
from flopline.architecture.readers.tasks import Task, labels, task
from flopline.architecture.seq2seq import DECODER, ENCODER, cross_attention, decoder_length, in_decoder
from flopline.architecture.shape import Architecture, Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.extents import OtherLength

NAMES: Final = Split(output="out_proj")
INNER: Final = ("fc1", "fc2")
LANGUAGE: Final[tuple[Task, ...]] = ("language", "model")
TASKS: Final[tuple[Task, ...]] = (*LANGUAGE, "sequence", "question")


class Kin(NamedTuple):
    """How a family differs from BART.

    Attributes
    ----------
    tasks : tuple of str
        What it can be saved for.
    before : bool
        Whether normalizations stand before the blocks, and one more after the last.
    embedding_norm : bool
        Whether the embeddings are normalized.
    offset : int
        Rows of the table of positions beyond `max_position_embeddings`.
    positions : bool
        Whether there is a table of positions among the parameters.
    frozen : bool
        Whether that table holds sinusoids, which no gradient trains.
    longest : int
        `max_position_embeddings` where the configuration does not say.
    classes : int
        Classes where the configuration does not say.
    """

    tasks: tuple[Task, ...] = LANGUAGE
    before: bool = False
    embedding_norm: bool = True
    offset: int = 0
    positions: bool = True
    frozen: bool = False
    longest: int = 1024
    classes: int = 2


class Side(NamedTuple):
    """Layers, heads and width of the feed-forward blocks of one side."""

    depth: int
    heads: int
    inner: int


def bart(config: Config) -> Architecture:
    """BART: learned positions, normalizations after the blocks."""
    return encoder_decoder(config, Kin(TASKS, offset=2, classes=3))


def mbart(config: Config) -> Architecture:
    """mBART: normalizations before the blocks."""
    return encoder_decoder(config, Kin(TASKS, before=True, offset=2))


def plbart(config: Config) -> Architecture:
    """PLBART: BART for programs."""
    return encoder_decoder(config, Kin((*LANGUAGE, "sequence"), offset=2))


def mvp(config: Config) -> Architecture:
    """MVP: BART, without the prompts that it may have."""
    config.must_be("use_prompt", False, why="prompts in every attention")
    config.ignore("prompt_length", "prompt_mid_dim")
    return encoder_decoder(config, Kin(TASKS, offset=2))


def pegasus(config: Config) -> Architecture:
    """PEGASUS: sinusoids, normalizations before the blocks."""
    return encoder_decoder(config, Kin(before=True, embedding_norm=False, frozen=True))


def marian(config: Config) -> Architecture:
    """Marian and OPUS-MT: sinusoids, normalizations after the blocks."""
    vocabulary = config.size("vocab_size")
    config.must_be("share_encoder_decoder_embeddings", True, why="an embedding for each side")
    config.must_be("decoder_vocab_size", vocabulary, why="another vocabulary of the decoder")
    return encoder_decoder(config, Kin(embedding_norm=False, frozen=True))


def m2m_100(config: Config) -> Architecture:
    """M2M-100 and NLLB, dense: sinusoids that are no parameters, normalizations before the blocks."""
    return encoder_decoder(config, Kin(before=True, embedding_norm=False, positions=False))


def blenderbot(config: Config) -> Architecture:
    """Blenderbot: learned positions, normalizations before the blocks."""
    return encoder_decoder(config, Kin(before=True, embedding_norm=False, longest=128))


def blenderbot_small(config: Config) -> Architecture:
    """Blenderbot, small: learned positions, normalizations after the blocks."""
    return encoder_decoder(config, Kin(longest=512))


def encoder_decoder(config: Config, kin: Kin) -> Architecture:
    """Return an encoder-decoder in BART's keys."""
    config.must_be("is_encoder_decoder", True, why="a decoder alone")
    config.ignore("num_hidden_layers", "is_decoder", "scale_embedding", "add_cross_attention")
    # Keys of the time when one class was all of these families; each has its own normalizations since.
    config.ignore("add_final_layer_norm", "do_blenderbot_90_layernorm", "layernorm_variant")
    hidden, vocabulary = config.size("d_model", "hidden_size"), config.size("vocab_size")
    rows = (config.size("max_position_embeddings", default=kin.longest) + kin.offset) * kin.positions
    kind, tied = task(config, *kin.tasks), config.tied(True)
    # Where nothing is tied, a table stands beside those of both sides that nobody reads.
    first = _embedding(vocabulary, hidden, rows, kin, idle=0 if tied else vocabulary * hidden)
    second = _embedding(vocabulary, hidden, rows, kin, shared=tied)
    return joined(
        config, encoder_layers(config, hidden, kin), decoder_layers(config, hidden, kin),
        first=first, second=second, head=_head(config, kin, kind, hidden, vocabulary, tied),
        tied=tied and kind == "language", between=final_norm(hidden, kin),
    )  # fmt: skip


def joined(
    config: Config,
    encoder: tuple[Layer, ...],
    decoder: tuple[Layer, ...],
    *,
    first: Block,
    second: Block,
    head: Block,
    tied: bool,
    between: Block | None = None,
    length: OtherLength | None = None,
    unit: str = "encoder tokens",
) -> Architecture:
    """Return an architecture of encoder and decoder.

    Parameters
    ----------
    config : Config
        The configuration.
    encoder, decoder : tuple of Layer
        The layers of both.
    first, second : Block
        Their embeddings.
    head : Block
        What stands on the decoder.
    tied : bool
        Whether the head's matrix is the embedding's.
    between : Block, optional
        The encoder's last normalization.
    length : OtherLength, optional
        The decoder's length; by itself it is the encoder's.
    unit : str
        What `seq_len` counts.
    """
    ends = (Layer((between,), "embedding", stream=ENCODER),) if between is not None else ()
    layers = (
        Layer((first,), "embedding", stream=ENCODER), *encoder, *ends,
        Layer((second,), "embedding"), *decoder, Layer((head,), "head"),
    )  # fmt: skip
    kind = config.model_type
    return Architecture(kind, kind, layers, tied, others=(length or decoder_length(),), unit=unit)


def encoder_layers(config: Config, hidden: int, kin: Kin, *, key_bias: bool = True) -> tuple[Layer, ...]:
    """Return the layers of the encoder."""
    side = _side(config, hidden, "encoder")
    layer = Layer(_blocks(hidden, side, kin, key_bias=key_bias), stream=ENCODER)
    return (layer,) * side.depth


def decoder_layers(config: Config, hidden: int, kin: Kin, *, key_bias: bool = True) -> tuple[Layer, ...]:
    """Return the layers of the decoder: its own attention, that to the encoder, and the feed-forward block."""
    side = _side(config, hidden, "decoder")
    norm, after = _norms(hidden, kin)
    size = hidden // side.heads
    own, inner = _blocks(hidden, side, kin, decoder=True, key_bias=key_bias)
    cross = cross_attention(hidden, side.heads, size, norm=norm, after=after, bias=True, key_bias=key_bias, names=NAMES)
    return (Layer((own, cross, inner)),) * side.depth


def _blocks(hidden: int, side: Side, kin: Kin, *, decoder: bool = False, key_bias: bool = True) -> tuple[Block, Block]:
    norm, after = _norms(hidden, kin)
    own = attention(
        hidden, side.heads, side.heads, hidden // side.heads, CAUSAL if decoder else BIDIRECTIONAL, norm=norm,
        after=after, bias=True, key_bias=key_bias, output_bias=True, names=NAMES,
    )  # fmt: skip
    inner = mlp(hidden, side.inner, gated=False, norm=norm, after=after, bias=True, names=INNER)
    return (in_decoder(own), in_decoder(inner)) if decoder else (own, inner)


def _norms(hidden: int, kin: Kin) -> tuple[int, int]:
    size = LAYER_NORM * hidden
    return (size, 0) if kin.before else (0, size)


def final_norm(hidden: int, kin: Kin) -> Block | None:
    """Return the last normalization of a side, which stands where the blocks have theirs before them."""
    return task_head(hidden, first=LAYER_NORM * hidden) if kin.before else None


def _side(config: Config, hidden: int, name: str) -> Side:
    heads = config.size(f"{name}_attention_heads", *(["num_attention_heads"] if name == "encoder" else []))
    if hidden % heads:
        config.refuse(f"{name}_attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    return Side(config.size(f"{name}_layers", largest=DEEPEST), heads, config.size(f"{name}_ffn_dim"))


def _embedding(vocabulary: int, hidden: int, rows: int, kin: Kin, *, shared: bool = False, idle: int = 0) -> Block:
    """Return the embedding of a side; the decoder's tokens may be the encoder's."""
    norm = LAYER_NORM * hidden * kin.embedding_norm
    found = tables(0 if shared else vocabulary, hidden, {"positions": rows, "shared": idle // hidden}, norm=norm)
    if not kin.frozen:
        return found
    return Block(
        tuple(
            one._replace(frozen=True) if isinstance(one, Lookup) and one.name == "positions" else one
            for one in found.operations
        ),
        found.outputs,
    )


def _head(config: Config, kin: Kin, kind: Task, hidden: int, vocabulary: int, tied: bool) -> Block:
    last = LAYER_NORM * hidden * kin.before
    classes = labels(config, kin.classes)
    if kind == "model":
        return in_decoder(task_head(hidden, first=last))
    if kind == "sequence":
        return task_head(hidden, hidden, classes, on=ONCE, first=last)
    if kind == "question":
        return task_head(hidden, classes, on=DECODER, first=last)
    return in_decoder(language_head(hidden, vocabulary, tied=tied, transform=False, bias=False, first=last))
