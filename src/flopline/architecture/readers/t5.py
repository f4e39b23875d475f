"""T5 and its kin: encoder-decoders with relative positions as biases of the attention scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.attention import Split, attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.encoders import language_head, tables, task_head
from flopline.architecture.extents import ONCE
from flopline.architecture.masks import BIDIRECTIONAL, CAUSAL
from flopline.architecture.operations import Lookup
from flopline.architecture.readers.bart import joined
from flopline.architecture.readers.tasks import Task, labels, task
from flopline.architecture.seq2seq import DECODER, ENCODER, cross_attention, in_decoder
from flopline.architecture.shape import Architecture, Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config

NAMES: Final = Split("q", "k", "v", "o")
TASKS: Final[tuple[Task, ...]] = ("language", "sequence", "tokens", "question", "encoder", "model")


def t5(config: Config) -> Architecture:
    """T5, Flan-T5, mT5: the first layer of each side has the biases for all."""
    return _joined(config, gated=False, everywhere=False)


def mt5(config: Config) -> Architecture:
    """mT5: T5 with a gate."""
    return _joined(config, gated=True, everywhere=False)


def umt5(config: Config) -> Architecture:
    """UMT5: biases in every layer."""
    return _joined(config, gated=True, everywhere=True)


def _joined(config: Config, *, gated: bool, everywhere: bool) -> Architecture:
    hidden, vocabulary = config.size("d_model", "hidden_size"), config.size("vocab_size")
    kind = task(config, *TASKS)
    config.ignore("is_encoder_decoder", "is_decoder", "relative_attention_max_distance", "tokenizer_class")
    build = _Layers(config, hidden, gated, everywhere)
    depth = config.size("num_layers", "num_hidden_layers", largest=DEEPEST)
    encoder, first = build.side(depth, decoder=False), tables(vocabulary, hidden, {})
    if kind in ("encoder", "tokens"):
        config.ignore("num_decoder_layers", "tie_word_embeddings", "scale_decoder_outputs")
        outputs = (labels(config),) if kind == "tokens" else ()
        layers = (Layer((first,), "embedding"), *encoder, Layer((task_head(hidden, *outputs, first=hidden),), "head"))
        return Architecture(config.model_type, config.model_type, layers, tied=False)
    decoder = build.side(config.size("num_decoder_layers", default=depth, largest=DEEPEST), decoder=True)
    tied = _tied(config)
    return joined(
        config, tuple(_encoded(layer) for layer in encoder), decoder, first=first, second=tables(0, hidden, {}),
        head=_head(config, kind, hidden, vocabulary, tied), tied=tied and kind == "language",
        between=task_head(hidden, first=hidden),
    )  # fmt: skip


def _tied(config: Config) -> bool:
    """Return whether the head is the embedding's.

    Checkpoints from T5 1.1 on have a head of their own, and their configurations say so. The configuration class
    of transformers 5 turns that into outputs that are not scaled; it keeps the head apart as it loads one.
    """
    return config.flag("scale_decoder_outputs", True) and config.tied(True)


def _head(config: Config, kind: Task, hidden: int, vocabulary: int, tied: bool) -> Block:
    classes = labels(config)
    if kind == "sequence":
        return task_head(hidden, hidden, classes, on=ONCE, first=hidden)
    if kind == "question":
        return task_head(hidden, classes, on=DECODER, first=hidden)
    if kind == "model":
        return task_head(hidden, first=hidden)
    return in_decoder(language_head(hidden, vocabulary, tied=tied, transform=False, bias=False, first=hidden))


def _encoded(layer: Layer) -> Layer:
    return Layer(layer.blocks, stream=ENCODER)


class _Layers:
    """The layers of both sides."""

    def __init__(self, config: Config, hidden: int, gated: bool, everywhere: bool) -> None:
        self.hidden, self.everywhere = hidden, everywhere
        self.heads = config.size("num_heads", "num_attention_heads")
        self.head_dim = config.size("d_kv", "head_dim", default=64)
        self.inner = config.size("d_ff", "intermediate_size")
        self.buckets = config.size("relative_attention_num_buckets", default=32)
        words = config.text("feed_forward_proj", "gated-gelu" if gated else "relu").split("-")
        if len(words) > 2 or (len(words) == 2 and words[0] != "gated"):
            config.refuse("feed_forward_proj", "`feed_forward_proj` is an activation, or `gated-` and one")
        self.gated = words[0] == "gated"
        config.ignore("dense_act_fn", "is_gated_act", "scalable_attention")

    def side(self, depth: int, *, decoder: bool) -> tuple[Layer, ...]:
        """Return the layers of one side."""
        first = self._layer(decoder, biased=True)
        return (first, *(first if self.everywhere else self._layer(decoder, biased=False),) * (depth - 1))

    def _layer(self, decoder: bool, *, biased: bool) -> Layer:
        hidden = self.hidden
        own = attention(
            hidden, self.heads, self.heads, self.head_dim, CAUSAL if decoder else BIDIRECTIONAL, norm=hidden,
            names=NAMES,
        )  # fmt: skip
        if biased:
            own = Block((Lookup("relative_attention_bias", self.buckets * self.heads), *own.operations), own.outputs)
        inner = mlp(
            hidden, self.inner, gated=self.gated, norm=hidden,
            names=("wi_0", "wi_1", "wo") if self.gated else ("wi", "wo"),
        )  # fmt: skip
        if not decoder:
            return Layer((own, inner))
        cross = cross_attention(hidden, self.heads, self.head_dim, norm=hidden, names=NAMES, prefix="EncDecAttention")
        return Layer((in_decoder(own), cross, in_decoder(inner)))
