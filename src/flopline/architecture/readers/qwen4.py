"""Qwen4-Exp: Qwen 3.5 with experts, between parallel residual streams, with hashed n-grams and selected keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture import blocks
from flopline.architecture.attention import attention
from flopline.architecture.block_sparse import complete_and_tail, pooled_indexer
from flopline.architecture.blocks import Block, experts
from flopline.architecture.delta import gated_delta
from flopline.architecture.gated_streams import gated_merge, gated_streams
from flopline.architecture.ngrams import Ngrams, ngram_layer, primes_from
from flopline.architecture.readers.common import Widths, model, routing, widths
from flopline.architecture.readers.delta import FULL, LINEAR, QWEN_3_5, delta_shape
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

INDEXED: Final = "indexed_attention"
MOST_TABLES: Final = 1024
"""Most tables of n-grams that are believed; each has a prime number of rows, which takes a search."""


def qwen4_exp(config: Config) -> Architecture:
    """Qwen4-Exp's text model."""
    shape = widths(config, key_value_heads=2, head_dim=256)
    copies, rank = config.size("hc_count", default=4), config.size("hc_lowrank", default=320)
    delta = delta_shape(config, 16, 32, 128, 128)
    kinds = _kinds(config, shape.depth)
    tables = _tables(config, shape, kinds)
    attend = _attention(config, shape) if INDEXED in kinds else Block((), ())
    _ignore_indexer(config)
    config.ignore("seed", "split_ngram_parts", "output_gate_type", "intermediate_size")
    config.must_be("attn_output_gate", True, why="attention without a gate")
    route = routing(config, ("num_experts",), count=512, active=10)
    feed = experts(
        shape.hidden, config.size("moe_intermediate_size", default=512), count=route.count, active=route.active,
        shared=config.size("shared_expert_intermediate_size", default=512), shared_gate=True,
    )  # fmt: skip

    def build(kind: tuple[str, Ngrams | None]) -> Layer:
        mixer = attend if kind[0] == INDEXED else gated_delta(shape.hidden, delta, norm=0, names=QWEN_3_5)
        both = (gated_streams(one, shape.hidden, copies, rank) for one in (mixer, feed))
        before = () if kind[1] is None else (ngram_layer(shape.hidden, copies, kind[1]),)
        return Layer((*before, *both))

    layers = stack([(kind, tables.get(index)) for index, kind in enumerate(kinds)], build)
    tied = config.tied(False)
    last = blocks.head(shape.hidden, shape.vocabulary, tied=tied)
    merge = gated_merge(shape.hidden, copies, rank)
    return model(
        config, (*layers, Layer((merge,), "head")), embedding=blocks.embedding(shape.vocabulary, shape.hidden),
        head=last, tied=tied,
    )  # fmt: skip


def _kinds(config: Config, depth: int) -> list[str]:
    """Return the kind of each layer; published configurations call those with an indexer `full_attention`."""
    period = config.size("full_attention_interval", default=4)
    usual = [LINEAR if (index + 1) % period else INDEXED for index in range(depth)]
    kinds = [INDEXED if kind == FULL else kind for kind in config.words("layer_types", depth) or usual]
    for kind in kinds:
        if kind not in (LINEAR, INDEXED):
            message = f"`{kind[:60]}` is not a kind of layer of `{config.model_type}`"
            config.refuse("layer_types", message, f"known are `{LINEAR}`, `{INDEXED}` and `{FULL}`")
    return kinds


def _attention(config: Config, shape: Widths) -> Block:
    """Return attention to the complete blocks of keys that an indexer selects, and to those after them."""
    config.must_be("indexer_kv_heads", 1, why="an indexer with several key heads")
    size, budget = config.size("indexer_compress_ratio"), config.size("indexer_budget")
    if budget % size:
        config.refuse("indexer_budget", f"{budget} keys do not divide into blocks of {size}")
    index = pooled_indexer(shape.hidden, config.size("indexer_n_heads"), config.size("indexer_head_dim"), size)
    bias = config.flag("attention_bias", False)
    usual = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, complete_and_tail(size, budget // size),
        bias=bias, output_bias=bias, query_norm=shape.head_dim, key_norm=shape.head_dim, query_gate=True,
    )  # fmt: skip
    return Block((*index, *usual.operations), usual.outputs)


def _ignore_indexer(config: Config) -> None:
    """Say that a model without layers of attention has keys of an indexer all the same."""
    config.ignore(
        "indexer_n_heads", "indexer_kv_heads", "indexer_head_dim", "indexer_budget", "indexer_compress_ratio",
        "attention_bias",
    )  # fmt: skip


def _tables(config: Config, shape: Widths, kinds: list[str]) -> Mapping[int, Ngrams]:
    """Return the tables of n-grams by layer; every table has the next prime number of rows."""
    numbers = sorted(config.indices("ple_layer_ids"))
    order, each = config.size("ngram_size", default=3), config.size("heads_per_ngram", default=8)
    base, divisor = (
        config.size("ngram_vocab_size_base", default=20_000_000),
        config.size("make_ngram_vocab_size_divisible_by", default=128),
    )
    width = config.size("ple_embed_dim", default=shape.hidden)
    kernel = config.size("ple_conv_kernel_size", default=4)
    heads = (order - 1) * each
    for number in numbers:
        if not 1 <= number <= shape.depth or kinds[number - 1] != LINEAR:
            config.refuse("ple_layer_ids", f"layer {number} is no layer of linear attention")
    if numbers and (heads == 0 or width % heads):
        config.refuse("ple_embed_dim", f"a width of {width} does not divide among {heads} tables of n-grams")
    if heads * len(numbers) > MOST_TABLES:
        config.refuse("heads_per_ngram", f"{heads * len(numbers)} tables are more than any model has")
    rows = primes_from(base, heads * len(numbers))
    return {
        number - 1: Ngrams(heads, width, -(-sum(rows[at * heads : (at + 1) * heads]) // divisor) * divisor, kernel)
        for at, number in enumerate(numbers)
    }
