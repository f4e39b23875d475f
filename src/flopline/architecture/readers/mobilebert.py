"""MobileBERT: narrow layers between bottlenecks, several feed-forward blocks each (arXiv:2004.02984, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.blocks import Block, mlp
from flopline.architecture.encoders import pooler, task_head
from flopline.architecture.extents import ONCE
from flopline.architecture.masks import BIDIRECTIONAL
from flopline.architecture.operations import (
    HEAD,
    INPUT,
    MAPS,
    PROJECTIONS,
    Linear,
    Lookup,
    Operation,
    Scores,
    Weights,
)
from flopline.architecture.readers.bert import positions, types
from flopline.architecture.readers.common import LAYER_NORM, Widths, model, widths
from flopline.architecture.readers.tasks import Task, labels, task
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

TASKS: Final[tuple[Task, ...]] = ("language", "sequence", "next", "tokens", "question", "model")


def mobilebert(config: Config) -> Architecture:
    """MobileBERT as it was published: bottlenecks around every layer, one for queries and keys."""
    config.must_be("use_bottleneck", True, why="layers as wide as the model")
    config.must_be("use_bottleneck_attention", False, why="values from a bottleneck")
    config.must_be("key_query_shared_bottleneck", True, why="queries and keys from the whole width")
    config.must_be("classifier_activation", True, why="a pooler without a matrix")
    config.ignore("normalization_type", "true_hidden_size")
    shape = widths(config, free=False)
    narrow, inner = config.size("intra_bottleneck_size", default=128), config.size("intermediate_size")
    if narrow % shape.heads:
        config.refuse("intra_bottleneck_size", f"a width of {narrow} does not divide into {shape.heads} heads")
    width = config.size("embedding_size", default=128)
    layer = Layer(_blocks(config, shape, narrow, inner))
    kind, tied = task(config, *TASKS), config.tied(True)
    return model(
        config, (layer,) * shape.depth, embedding=_embedding(config, shape, width),
        head=_head(config, shape, kind, width, tied), tied=tied and kind == "language",
    )  # fmt: skip


def _embedding(config: Config, shape: Widths, width: int) -> Block:
    """Return the tables of tokens, whose neighbours are read with them, and of positions and types."""
    hidden, three = shape.hidden, config.flag("trigram_input", True)
    if not three and width == hidden:
        config.refuse("trigram_input", "an embedding whose map nothing runs is not counted yet")
    return Block(
        (
            Lookup("embedding", shape.vocabulary * width),
            Linear("embedding_transformation", width * (3 if three else 1), hidden, MAPS, ("embedding",), True),
            Lookup("positions", positions(config) * hidden),
            Lookup("token_types", types(config) * hidden),
            Weights("embedding_norm", LAYER_NORM * hidden, ("embedding_transformation", "positions", "token_types")),
        ),
        ("embedding_norm",),
    )


def _blocks(config: Config, shape: Widths, narrow: int, inner: int) -> tuple[Block, ...]:
    hidden, norm = shape.hidden, LAYER_NORM * narrow
    attend = (
        Linear("bottleneck.input", hidden, narrow, PROJECTIONS, INPUT, True),
        Weights("bottleneck.input_norm", norm, ("bottleneck.input",)),
        Linear("bottleneck.attention", hidden, narrow, PROJECTIONS, INPUT, True),
        Weights("bottleneck.attention_norm", norm, ("bottleneck.attention",)),
        Linear("query", narrow, narrow, PROJECTIONS, ("bottleneck.attention_norm",), True),
        Linear("key", narrow, narrow, PROJECTIONS, ("bottleneck.attention_norm",), True),
        Linear("value", hidden, narrow, PROJECTIONS, INPUT, True),
        Scores("scores", shape.heads, narrow // shape.heads, narrow // shape.heads, BIDIRECTIONAL, "query", "key",
               "value"),
        Linear("attention.output.dense", narrow, narrow, PROJECTIONS, ("scores",), True),
        Weights("output_norm", norm, ("attention.output.dense", "bottleneck.input_norm")),
    )  # fmt: skip
    count = config.size("num_feedforward_networks", default=4, largest=64)
    forward = mlp(narrow, inner, gated=False, after=norm, bias=True, names=("intermediate.dense", "output.dense"))
    last = (
        Linear("output.bottleneck", narrow, hidden, PROJECTIONS, INPUT, True),
        Weights("output.bottleneck_norm", LAYER_NORM * hidden, ("output.bottleneck",)),
    )
    return (
        Block(attend, ("output_norm",)),
        *(forward,) * count,
        Block(last, ("output.bottleneck_norm",)),
    )


def _head(config: Config, shape: Widths, kind: Task, width: int, tied: bool) -> Block:
    hidden, classes = shape.hidden, labels(config)
    if kind == "model":
        return pooler(hidden)
    if kind in ("sequence", "next"):
        return task_head(hidden, hidden, 2 if kind == "next" else classes, on=ONCE)
    if kind in ("tokens", "question"):
        return task_head(hidden, classes)
    if width > hidden:
        config.refuse("embedding_size", "an embedding wider than the model does not run")
    operations: list[Operation] = [
        Linear("transform", hidden, hidden, MAPS, INPUT, True),
        Weights("transform_norm", LAYER_NORM * hidden, ("transform",)),
        # The embedding makes the first part of the head's matrix, the second is its own.
        Linear("lm_head", width, shape.vocabulary, HEAD, ("transform_norm",), True, tied=tied),
    ]
    if hidden > width:
        operations.append(Linear("lm_head.dense", hidden - width, shape.vocabulary, HEAD, ("transform_norm",)))
    if not tied:
        operations.append(Weights("idle_bias", shape.vocabulary, ()))
    return Block(tuple(operations), ("lm_head",))
