"""BERT and the encoders that differ from it in their tables, the place of a normalization, or a head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.attention import Split, attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.composition import side_by_side
from flopline.architecture.encoders import language_head, pooler, tables, task_head
from flopline.architecture.extents import ONCE
from flopline.architecture.masks import BIDIRECTIONAL, CAUSAL, Mask
from flopline.architecture.readers.common import LAYER_NORM, Widths, model, widths
from flopline.architecture.readers.tasks import Task, labels, task
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.operations import Lookup
    from flopline.architecture.shape import Architecture

NAMES: Final = Split("query", "key", "value", "attention.output.dense")
INNER: Final = ("intermediate.dense", "output.dense")
USUAL_TASKS: Final[tuple[Task, ...]] = ("language", "causal", "sequence", "tokens", "question", "model")
TWO_SENTENCES: Final[tuple[Task, ...]] = (*USUAL_TASKS, "pretraining", "next")


class Kin(NamedTuple):
    """How a family differs from BERT.

    Attributes
    ----------
    tasks : tuple of str
        What it can be saved for.
    before : bool
        Whether the normalizations stand before the blocks, and one more after the last.
    embedding_norm : bool
        Whether the sum of the tables is normalized.
    twin : bool
        Whether an untied head has a second bias, which nothing reads.
    pooled : bool
        Whether the model without a head has a pooler.
    discriminator : bool
        Whether pretraining tells real tokens from replaced ones.
    extra : int
        Parameters that nothing reads.
    always_pooled : bool
        Whether a pooler runs under every head, and nothing reads it under most.
    transform : bool
        Whether a matrix stands before that to the vocabulary.
    tied : bool
        Whether that is the embedding's where the configuration does not say.
    mapped : bool
        Whether a matrix maps the embedding even where it is as wide as the model.
    """

    tasks: tuple[Task, ...] = USUAL_TASKS
    before: bool = False
    embedding_norm: bool = True
    twin: bool = True
    pooled: bool = True
    discriminator: bool = False
    extra: int = 0
    always_pooled: bool = False
    transform: bool = True
    tied: bool = True
    mapped: bool = False


def bert(config: Config) -> Architecture:
    """BERT: learned positions, two types of tokens, normalizations after the blocks."""
    return encoder(config, {"positions": positions(config), "token_types": types(config)}, Kin(TWO_SENTENCES))


def roberta(config: Config) -> Architecture:
    """RoBERTa, XLM-RoBERTa, CamemBERT, data2vec for text: BERT without a second task."""
    return encoder(config, {"positions": positions(config), "token_types": types(config)}, Kin())


def xlm_roberta_xl(config: Config) -> Architecture:
    """XLM-RoBERTa-XL: normalizations before the blocks, none of the embedding."""
    rows = {"positions": positions(config, 514), "token_types": types(config, 1)}
    return encoder(config, rows, Kin(before=True, embedding_norm=False))


def roberta_prelayernorm(config: Config) -> Architecture:
    """RoBERTa-PreLayerNorm: normalizations before the blocks."""
    return encoder(config, {"positions": positions(config), "token_types": types(config)}, Kin(before=True))


def ernie(config: Config) -> Architecture:
    """ERNIE 1 to 3: BERT with a table of tasks."""
    rows = {"positions": positions(config), "token_types": types(config)}
    tasks = config.number("task_type_vocab_size", 3)
    rows["tasks"] = tasks if config.flag("use_task_id", False) else 0
    return encoder(config, rows, Kin(TWO_SENTENCES))


def electra(config: Config) -> Architecture:
    """ELECTRA: an embedding of its own width, and a discriminator or a generator."""
    config.ignore("summary_type", "summary_use_proj", "summary_activation")
    rows = {"positions": positions(config), "token_types": types(config)}
    kin = Kin((*USUAL_TASKS, "pretraining"), twin=False, pooled=False, discriminator=True)
    return encoder(config, rows, kin, width=config.size("embedding_size", default=128))


def roformer(config: Config) -> Architecture:
    """RoFormer: rotary positions from a frozen table, an embedding of its own width."""
    config.ignore("rotary_value")
    width = config.optional("embedding_size")
    rows = {"token_types": types(config)}
    return encoder(config, rows, Kin(pooled=False), width=width, rotary=positions(config, 1536))


def encoder(
    config: Config,
    rows: dict[str, int],
    kin: Kin,
    *,
    width: int | None = None,
    output: int | None = None,
    rotary: int = 0,
    lookups: tuple[Lookup, ...] = (),
) -> Architecture:
    """Return an encoder in BERT's keys.

    Parameters
    ----------
    config : Config
        The configuration.
    rows : dict of str to int
        Rows of the tables beside that of the tokens.
    kin : Kin
        How it differs from BERT.
    width : int, optional
        Width of the tables, if it is not the model's.
    output : int, optional
        Width of the head, if it is not that of the tables.
    rotary : int
        Positions of a frozen table as wide as a head.
    lookups : tuple of Lookup
        Further tables.
    """
    shape = widths(config, free=False)
    config.must_be("add_cross_attention", False, why="cross-attention in a decoder")
    if "positions" in rows and config.model_type != "esm":
        config.must_be("position_embedding_type", "absolute", why="relative positions")
    mask = CAUSAL if config.flag("is_decoder", False) else BIDIRECTIONAL
    build = pre_norm if kin.before else post_norm
    layer = Layer(build(shape, config.size("intermediate_size"), mask))
    frozen = rotary * shape.head_dim
    return joined(
        config, shape, (layer,) * shape.depth, rows, kin, width=width, output=output, frozen=frozen, lookups=lookups
    )


def post_norm(shape: Widths, inner: int, mask: Mask) -> tuple[Block, ...]:
    """Return the blocks of a layer with a normalization after each."""
    norm = LAYER_NORM * shape.hidden
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, mask, after=norm, bias=True, output_bias=True,
        names=NAMES,
    )  # fmt: skip
    return attend, mlp(shape.hidden, inner, gated=False, after=norm, bias=True, names=INNER)


def pre_norm(shape: Widths, inner: int, mask: Mask) -> tuple[Block, ...]:
    """Return the blocks of a layer with a normalization before each."""
    norm = LAYER_NORM * shape.hidden
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, mask, norm=norm, bias=True, output_bias=True,
        names=NAMES,
    )  # fmt: skip
    return attend, mlp(shape.hidden, inner, gated=False, norm=norm, bias=True, names=INNER)


def joined(
    config: Config,
    shape: Widths,
    layers: tuple[Layer, ...],
    rows: dict[str, int],
    kin: Kin,
    *,
    width: int | None = None,
    output: int | None = None,
    frozen: int = 0,
    lookups: tuple[Lookup, ...] = (),
) -> Architecture:
    """Return tables, layers and the head that the configuration's class has."""
    narrow = shape.hidden if width is None else width
    first = tables(
        shape.vocabulary, narrow, rows, norm=LAYER_NORM * narrow * kin.embedding_norm, hidden=shape.hidden,
        mapped=kin.mapped, frozen=frozen, idle=kin.extra,
    )  # fmt: skip
    first = Block((*first.operations, *lookups), first.outputs)
    kind, tied = task(config, *kin.tasks), config.tied(kin.tied)
    # Written into multilingual BERT when it was converted; no class reads them.
    config.ignore("pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head")
    language = kind in ("language", "causal") or (kind == "pretraining" and not kin.discriminator)
    head = _head(config, shape, kin, kind, narrow if output is None else output, tied)
    if kin.always_pooled and kind in ("language", "tokens", "question"):
        head = side_by_side(0, head, pooler(shape.hidden))
    return model(config, layers, embedding=first, head=head, tied=tied and language)


def _head(config: Config, shape: Widths, kin: Kin, kind: Task, width: int, tied: bool) -> Block:
    hidden, classes = shape.hidden, labels(config)
    last = LAYER_NORM * hidden * kin.before
    if kind == "model":
        return pooler(hidden, first=last) if kin.pooled else task_head(hidden, first=last)
    if kind in ("sequence", "next"):
        return task_head(hidden, hidden, 2 if kind == "next" else classes, on=ONCE, first=last)
    if kind in ("tokens", "question"):
        return task_head(hidden, classes, first=last)
    if kind == "pretraining" and kin.discriminator:
        return task_head(hidden, hidden, 1, first=last)
    idle = shape.vocabulary * (kin.twin and not tied)
    found = language_head(
        hidden, shape.vocabulary, tied=tied, width=width, transform=kin.transform,
        norm=LAYER_NORM * width * kin.transform, idle=idle, first=last,
    )  # fmt: skip
    return side_by_side(0, found, task_head(hidden, hidden, 2, on=ONCE)) if kind == "pretraining" else found


def positions(config: Config, default: int = 512) -> int:
    """Return the rows of the table of positions."""
    return config.size("max_position_embeddings", default=default)


def types(config: Config, default: int = 2) -> int:
    """Return the rows of the table of types of tokens."""
    return config.number("type_vocab_size", default)
