"""SqueezeBERT: BERT whose matrices are grouped convolutions of width one (arXiv:2006.11316, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.blocks import Block, finished
from flopline.architecture.masks import BIDIRECTIONAL
from flopline.architecture.operations import INPUT, MLP, PROJECTIONS, Linear, Operation, Scores
from flopline.architecture.readers.bert import Kin, joined
from flopline.architecture.readers.common import LAYER_NORM, Widths, widths
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

QKV: Final = ("query", "key", "value")


def squeezebert(config: Config) -> Architecture:
    """SqueezeBERT: a pooler runs under every head."""
    shape, inner = widths(config, free=False), config.size("intermediate_size")
    if config.size("embedding_size", default=768) != shape.hidden:
        config.refuse("embedding_size", "an embedding of another width than the model does not run")
    rows = {
        "positions": config.size("max_position_embeddings", default=512),
        "token_types": config.number("type_vocab_size", 2),
    }
    layer = Layer((_attention(config, shape), _inner(config, shape.hidden, inner)))
    kin = Kin(("language", "sequence", "tokens", "question", "model"), always_pooled=True)
    return joined(config, shape, (layer,) * shape.depth, rows, kin)


def _attention(config: Config, shape: Widths) -> Block:
    hidden = shape.hidden
    groups = (_groups(config, f"{name[0]}_groups", 4, hidden, hidden) for name in QKV)
    inputs = (
        Linear(name, hidden, hidden, PROJECTIONS, bias=True, groups=group)
        for name, group in zip(QKV, groups, strict=True)
    )
    after = _groups(config, "post_attention_groups", 1, hidden, hidden)
    operations: tuple[Operation, ...] = (
        *inputs,
        Scores("scores", shape.heads, shape.head_dim, shape.head_dim, BIDIRECTIONAL, "query", "key", "value"),
        Linear("post_attention", hidden, hidden, PROJECTIONS, ("scores",), True, groups=after),
    )
    return finished(operations, ("post_attention",), LAYER_NORM * hidden)


def _inner(config: Config, hidden: int, inner: int) -> Block:
    first = _groups(config, "intermediate_groups", 4, hidden, inner)
    last = _groups(config, "output_groups", 4, inner, hidden)
    operations = (
        Linear("intermediate", hidden, inner, MLP, INPUT, True, groups=first),
        Linear("output", inner, hidden, MLP, ("intermediate",), True, groups=last),
    )
    return finished(operations, ("output",), LAYER_NORM * hidden)


def _groups(config: Config, key: str, default: int, width: int, outputs: int) -> int:
    groups = config.size(key, default=default)
    if width % groups or outputs % groups:
        config.refuse(key, f"{groups} groups do not divide both {width} and {outputs} channels")
    return groups
