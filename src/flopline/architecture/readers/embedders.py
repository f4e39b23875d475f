"""Encoders with rotary positions, most of them made for embeddings of text: Nomic, GTE, Jina, EuroBERT, ESM C."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.encoders import language_head, pooler, tables, task_head
from flopline.architecture.extents import ONCE, TOKENS
from flopline.architecture.masks import BIDIRECTIONAL
from flopline.architecture.operations import Linear
from flopline.architecture.readers.common import LAYER_NORM, RMS, Widths, model, widths
from flopline.architecture.readers.tasks import Task, labels, task
from flopline.architecture.shape import Architecture, Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config

TASKS: Final[tuple[Task, ...]] = ("language", "sequence", "tokens", "model")


class Head(NamedTuple):
    """What stands on an encoder.

    Attributes
    ----------
    transform : bool
        Whether a matrix and a normalization stand before that to the vocabulary.
    bias : bool
        Whether the matrix to the vocabulary has a bias.
    twin : bool
        Whether an untied head has a second bias, which nothing reads.
    pooled : bool
        Whether the model without a head has a pooler.
    first : int
        Parameters of the last normalization.
    """

    transform: bool = True
    bias: bool = True
    twin: bool = True
    pooled: bool = False
    first: int = 0


def nomic_bert(config: Config) -> Architecture:
    """Nomic Embed: gated, normalizations after the blocks, hardly a bias."""
    if config.has("n_embd"):
        _nomic_before(config)
    shape = widths(config)
    return _after(config, shape, gated=True, bias=False, inner_bias=False, head=Head())


def _nomic_before(config: Config) -> None:
    """Read the keys of GPT-2 that Nomic Embed is published with, and refuse what the class cannot build."""
    config.accept(_GPT)
    config.must_be("activation_function", "swiglu", why="no gate, or another one")
    for key in ("qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias", "parallel_block", "prenorm", "use_rms_norm", "causal"):
        config.must_be(key, False, why="another layer")
    config.must_be("moe_every_n_layers", 0, -1, why="experts")
    rows, step = config.size("vocab_size"), config.size("pad_vocab_size_multiple", default=1)
    if rows % step:
        config.refuse("vocab_size", f"the published code pads {rows} rows to a multiple of {step}: write that number")
    config.ignore("reorder_and_upcast_attn", "scale_attn_by_inverse_layer_idx", "scale_attn_weights", "use_flash_attn")
    config.ignore("parallel_block_tied_norm", "n_positions")


_GPT: Final = {
    "hidden_size": "n_embd",
    "intermediate_size": "n_inner",
    "num_attention_heads": "n_head",
    "num_hidden_layers": "n_layer",
}
"""Older names of sizes."""


def gte(config: Config) -> Architecture:
    """GTE: gated, with biases but for the two matrices into the feed-forward block."""
    shape = widths(config, free=False)
    return _after(config, shape, gated=True, bias=True, inner_bias=False, head=Head(twin=False), last_bias=True)


def jina_embeddings_v3(config: Config) -> Architecture:
    """Jina Embeddings 3: RoBERTa with rotary positions."""
    shape = widths(config, free=False)
    return _after(config, shape, gated=False, bias=True, inner_bias=True, head=Head(pooled=True))


def _after(
    config: Config, shape: Widths, *, gated: bool, bias: bool, inner_bias: bool, head: Head, last_bias: bool = False
) -> Architecture:
    """Return an encoder whose normalizations stand after the blocks."""
    hidden, norm = shape.hidden, LAYER_NORM * shape.hidden
    default = 2 if config.model_type == "nomic_bert" else 1
    attend = attention(
        hidden, shape.heads, shape.heads, shape.head_dim, BIDIRECTIONAL, after=norm, bias=bias, output_bias=bias
    )
    names = None if gated else ("fc1", "fc2")
    inner = mlp(hidden, config.size("intermediate_size"), gated=gated, after=norm, bias=inner_bias, names=names)
    if last_bias:
        inner = _biased(inner, "down_proj")
    first = tables(shape.vocabulary, hidden, {"token_types": config.number("type_vocab_size", default)}, norm=norm)
    return _joined(config, shape, Layer((attend, inner)), first, head, tied=True)


def _biased(block: Block, name: str) -> Block:
    return Block(
        tuple(
            one._replace(bias=True) if isinstance(one, Linear) and one.name == name else one for one in block.operations
        ),
        block.outputs,
    )


def eurobert(config: Config) -> Architecture:
    """EuroBERT: Llama that sees both ways."""
    config.ignore("pretraining_tp", "clf_pooling")
    shape = widths(config, free=True)
    bias, inner_bias = config.flag("attention_bias", False), config.flag("mlp_bias", False)
    norm = RMS * shape.hidden
    attend = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, BIDIRECTIONAL, norm=norm, bias=bias,
        output_bias=bias,
    )  # fmt: skip
    inner = mlp(shape.hidden, config.size("intermediate_size"), norm=norm, bias=inner_bias)
    late = config.text("classifier_pooling", "late") == "late"
    head = Head(transform=False, bias=inner_bias, twin=False, first=norm)
    return _joined(
        config, shape, Layer((attend, inner)), tables(shape.vocabulary, shape.hidden, {}), head, tied=False, late=late
    )


def esmc(config: Config) -> Architecture:
    """ESM C: gated, queries and keys normalized over all heads."""
    config.must_be("num_key_value_heads", config.size("num_attention_heads"), why="fewer heads of keys and values")
    shape = widths(config, free=False)
    config.ignore("tie_word_embeddings")  # its head is never the embedding's
    config.must_be("head_dim", shape.head_dim, why="heads that are not as wide as the model together")
    bias, inner_bias = config.flag("attention_bias", False), config.flag("mlp_bias", False)
    norm, queries = LAYER_NORM * shape.hidden, shape.heads * shape.head_dim
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, BIDIRECTIONAL, norm=norm, bias=bias, output_bias=bias,
        query_norm=queries, key_norm=queries,
    )  # fmt: skip
    inner = mlp(shape.hidden, config.size("intermediate_size"), norm=norm, bias=inner_bias)
    head = Head(twin=False, first=shape.hidden)
    first = tables(shape.vocabulary, shape.hidden, {})
    return _joined(config, shape, Layer((attend, inner)), first, head, tied=None)


def _joined(
    config: Config, shape: Widths, layer: Layer, first: Block, head: Head, *, tied: bool | None, late: bool = False
) -> Architecture:
    kind, shared = task(config, *TASKS), tied is not None and config.tied(tied)
    return model(
        config, (layer,) * shape.depth, embedding=first, head=_head(config, shape, head, kind, shared, late),
        tied=shared and kind == "language",
    )  # fmt: skip


def _head(config: Config, shape: Widths, head: Head, kind: Task, tied: bool, late: bool) -> Block:
    hidden, classes = shape.hidden, labels(config)
    if kind == "model":
        return pooler(hidden, first=head.first) if head.pooled else task_head(hidden, first=head.first)
    if kind == "sequence":
        # EuroBERT pools what its classifier says of every token unless it pools before.
        return task_head(hidden, hidden, classes, on=TOKENS if late else ONCE, first=head.first)
    if kind == "tokens":
        return task_head(hidden, classes, first=head.first)
    return language_head(
        hidden, shape.vocabulary, tied=tied, transform=head.transform, norm=LAYER_NORM * hidden * head.transform,
        bias=head.bias, idle=shape.vocabulary * (head.twin and not tied), first=head.first,
    )  # fmt: skip
