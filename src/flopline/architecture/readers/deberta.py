"""DeBERTa 1 to 3: content and relative positions apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.blocks import Block, mlp
from flopline.architecture.disentangled import RELATIVES, Relative, disentangled_attention
from flopline.architecture.encoders import language_head, tables, task_head
from flopline.architecture.extents import ONCE, Extent
from flopline.architecture.operations import CONVOLUTION, Linear, Lookup, Weights
from flopline.architecture.readers.bert import INNER
from flopline.architecture.readers.common import LAYER_NORM, Widths, widths
from flopline.architecture.readers.tasks import Task, labels, task
from flopline.architecture.shape import Architecture, Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config

TASKS: Final[tuple[Task, ...]] = ("language", "sequence", "tokens", "question", "model")


def deberta(config: Config) -> Architecture:
    """DeBERTa: a table as long as the sequence needs, one matrix for queries, keys and values."""
    config.must_be("talking_head", False, why="heads that mix")
    shape = widths(config, free=False)
    span = _span(config)
    rows = Extent(f"2 min({span}, S)", lambda lengths: 2 * min(span, lengths.tokens))
    pairs = Extent(f"2S min({span}, S)", lambda lengths: 2 * lengths.tokens * min(span, lengths.tokens))
    relative = _relative(config, rows, pairs, shared=False, key_bias=False)
    return _joined(config, shape, relative, span, fused=True, convolution=None)


def deberta_v2(config: Config) -> Architecture:
    """DeBERTa 2 and 3: a table of buckets, whose rows may pass the matrices for content, and a convolution."""
    shape = widths(config, free=False)
    config.must_be("attention_head_size", shape.head_dim, why="heads that are not as wide as the model together")
    buckets = config.optional("position_buckets", -1, least=-1)
    span = buckets if buckets is not None and buckets > 0 else _span(config)
    rows, pairs = Extent(f"{2 * span}", lambda _: 2 * span), Extent(f"{2 * span}S", lambda one: 2 * span * one.tokens)
    relative = _relative(config, rows, pairs, shared=config.flag("share_att_key", False), key_bias=True)
    return _joined(config, shape, relative, span, fused=False, convolution=_convolution(config, shape.hidden))


def _span(config: Config) -> int:
    longest = config.optional("max_relative_positions", -1, least=-1)
    positions = config.size("max_position_embeddings", default=512)
    return longest if longest is not None and longest > 0 else positions


def _relative(config: Config, rows: Extent, pairs: Extent, *, shared: bool, key_bias: bool) -> Relative | None:
    raw = config.raw("pos_att_type")
    kinds = [one.strip() for one in raw.lower().split("|")] if isinstance(raw, str) else raw or []
    if not isinstance(kinds, list) or any(one not in ("c2p", "p2c") for one in kinds):
        config.refuse("pos_att_type", "`pos_att_type` names `c2p` and `p2c`, and nothing else can be counted")
    if not config.flag("relative_attention", False):
        return None
    if not kinds or (shared and len(set(kinds)) == 1):
        config.refuse("pos_att_type", "relative positions that are projected and not read are not counted yet")
    return Relative(rows, pairs, "c2p" in kinds, "p2c" in kinds, shared, key_bias, True)


def _convolution(config: Config, hidden: int) -> Block | None:
    """Return the convolution beside the first layer, if there is one."""
    kernel = config.number("conv_kernel_size", 0)
    groups = config.size("conv_groups", default=1)
    config.ignore("conv_act")
    if kernel == 0:
        return None
    if kernel % 2 == 0 or hidden % groups:
        config.refuse("conv_kernel_size", "the convolution must have an odd width, and groups that divide the model's")
    matrix = Linear("conv", hidden * kernel, hidden, CONVOLUTION, bias=True, groups=groups)
    return Block((matrix, Weights("conv_norm", LAYER_NORM * hidden, ("conv",))), ("conv_norm",))


def _joined(
    config: Config, shape: Widths, relative: Relative | None, span: int, *, fused: bool, convolution: Block | None
) -> Architecture:
    hidden, inner = shape.hidden, config.size("intermediate_size")
    config.must_be("pooler_hidden_size", hidden, why="a pooler of another width")
    config.ignore("pooler_hidden_act")
    norm = LAYER_NORM * hidden
    blocks = (
        disentangled_attention(hidden, shape.heads, relative, after=norm, fused=fused),
        mlp(hidden, inner, gated=False, after=norm, bias=True, names=INNER),
    )
    layer = Layer(blocks)
    first = layer if convolution is None else Layer((*blocks, convolution))
    kind, tied = task(config, *TASKS), config.tied(True)
    width = config.size("embedding_size", default=hidden)
    table = _table(config, hidden, span, used=relative is not None, fused=fused)
    layers = (
        *table, Layer((_embedding(config, shape, width),), "embedding"), first, *(layer,) * (shape.depth - 1),
        Layer((_head(config, shape, kind, width, tied),), "head"),
    )  # fmt: skip
    return Architecture(config.model_type, config.model_type, layers, tied and kind == "language")


def _table(config: Config, hidden: int, span: int, *, used: bool, fused: bool) -> tuple[Layer, ...]:
    """Return the table of relative positions, which all layers read; its normalization stands there without it."""
    kinds = [] if fused else [one.strip() for one in config.text("norm_rel_ebd", "none").lower().split("|")]
    rows = (Lookup("rel_embeddings", 2 * span * hidden),) if used else ()
    norm = (Weights("rel_embeddings_norm", LAYER_NORM * hidden, ("rel_embeddings",)),) if "layer_norm" in kinds else ()
    if not rows and not norm:
        return ()
    return (Layer((Block((*rows, *norm), ("rel_embeddings",)),), "embedding", stream=RELATIVES),)


def _embedding(config: Config, shape: Widths, width: int) -> Block:
    positions = config.size("max_position_embeddings", default=512)
    biased = config.flag("position_biased_input", True)
    rows = {"positions": positions * biased, "token_types": config.number("type_vocab_size", 0)}
    norm = LAYER_NORM * shape.hidden
    return tables(shape.vocabulary, width, rows, hidden=shape.hidden, bias=False, after=norm)


def _head(config: Config, shape: Widths, kind: Task, width: int, tied: bool) -> Block:
    hidden, classes = shape.hidden, labels(config)
    if kind == "model":
        return task_head(hidden)
    if kind == "sequence":
        return task_head(hidden, hidden, classes, on=ONCE)
    if kind in ("tokens", "question"):
        return task_head(hidden, classes)
    if not config.flag("legacy", True):
        # The newer head multiplies by the embedding itself, whatever else is tied.
        if width != hidden:
            config.refuse("embedding_size", "a head without a matrix between both widths does not run")
        return language_head(hidden, shape.vocabulary, tied=True, norm=LAYER_NORM * hidden)
    idle = 0 if tied else shape.vocabulary
    return language_head(hidden, shape.vocabulary, tied=tied, width=width, norm=LAYER_NORM * width, idle=idle)
