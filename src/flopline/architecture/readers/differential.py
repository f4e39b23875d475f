"""Differential attention: DiffLlama."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block, mlp, norm_before
from flopline.architecture.masks import CAUSAL
from flopline.architecture.operations import PROJECTIONS, Linear, Scores, Weights
from flopline.architecture.readers.common import Widths, decoder, widths
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def diffllama(config: Config) -> Architecture:
    """DiffLlama: Llama whose values are read under the difference of two attentions."""
    config.ignore("lambda_std_dev")
    shape, bias = widths(config), config.flag("attention_bias", False)
    if shape.key_value_heads % 2:
        config.refuse("num_key_value_heads", f"{shape.key_value_heads} key-value heads do not divide into two halves")
    layer = Layer((_attention(shape, bias), mlp(shape.hidden, config.size("intermediate_size"), norm=shape.hidden)))
    return decoder(config, (layer,) * shape.depth, shape, norm=shape.hidden, tied=False)


def _attention(shape: Widths, bias: bool) -> Block:
    """Return differential attention (arXiv:2410.05258, section 2.1) as transformers runs it.

    Every head scores all pairs once for each half of the values, so that both passes together cost twice the
    scores of plain attention; four learned vectors weigh the second against the first.
    """
    start, read = norm_before("input_norm", shape.hidden)
    queries, keys = shape.heads * shape.head_dim, shape.key_value_heads * shape.head_dim
    inputs = (
        Linear("q_proj", shape.hidden, queries, PROJECTIONS, read, bias),
        Linear("k_proj", shape.hidden, keys, PROJECTIONS, read, bias),
        Linear("v_proj", shape.hidden, keys, PROJECTIONS, read, bias),
    )
    both = tuple(
        Scores(name, shape.heads, shape.head_dim, shape.head_dim, CAUSAL, "q_proj", "k_proj", "v_proj")
        for name in ("scores.1", "scores.2")
    )
    weigh = Weights("lambda", 4 * shape.head_dim, ("scores.2",))
    output = Linear("o_proj", queries, shape.hidden, PROJECTIONS, ("scores.1", "lambda"), bias)
    return Block((*start, *inputs, *both, weigh, output), ("o_proj",))
