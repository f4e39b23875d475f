"""JetMoE: experts in the feed-forward part, and in the query and output matrices of attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block
from flopline.architecture.config import DEEPEST
from flopline.architecture.masks import CAUSAL
from flopline.architecture.operations import EXPERTS, PROJECTIONS, ROUTER, Linear, Scores, Weights
from flopline.architecture.readers.common import Routing, Widths, decoder, routing
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def jetmoe(config: Config) -> Architecture:
    """JetMoE (Shen et al. 2024, arXiv:2404.07413): a token's heads are those of the experts that it chooses."""
    hidden, depth = config.size("hidden_size"), config.size("num_hidden_layers", largest=DEEPEST)
    groups, size = config.size("num_key_value_heads"), config.size("kv_channels", "head_dim", default=128)
    route = routing(config, ("num_local_experts",), count=8, active=2)
    config.ignore("num_attention_heads")  # key-value heads times the experts of a token
    width = config.size("intermediate_size")
    shape = Widths(hidden, depth, groups * route.active, groups, size, config.size("vocab_size"))
    layer = Layer((_attend(shape, route), _mixture(hidden, width, route)))
    return decoder(config, (layer,) * depth, shape, norm=hidden, tied=True)


def _attend(shape: Widths, route: Routing) -> Block:
    """Return attention whose heads belong to experts: every expert has a query and an output matrix."""
    hidden, inner, read = shape.hidden, shape.key_value_heads * shape.head_dim, ("input_norm",)
    operations = (
        Weights("input_norm", hidden),
        Linear("experts.router", hidden, route.count, ROUTER, read),
        Linear("experts.input_linear", hidden, inner, EXPERTS, read, False, route.active, route.count),
        Linear("kv_proj", hidden, 2 * inner, PROJECTIONS, read),
        Scores(
            "scores", shape.heads, shape.head_dim, shape.head_dim, CAUSAL, "experts.input_linear", "kv_proj", "kv_proj"
        ),
        Linear("experts.output_linear", inner, hidden, EXPERTS, ("scores",), False, route.active, route.count),
        Weights("experts.bias", hidden, ("experts.output_linear", "experts.router")),
    )
    return Block(operations, ("experts.bias",))


def _mixture(hidden: int, width: int, route: Routing) -> Block:
    """Return gated experts with one bias for all of them."""
    read = ("input_norm",)
    operations = (
        Weights("input_norm", hidden),
        Linear("router", hidden, route.count, ROUTER, read),
        Linear("input_linear", hidden, 2 * width, EXPERTS, read, False, route.active, route.count),
        Linear("output_linear", width, hidden, EXPERTS, ("input_linear",), False, route.active, route.count),
        Weights("bias", hidden, ("output_linear", "router")),
    )
    return Block(operations, ("bias",))
