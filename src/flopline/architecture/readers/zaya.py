"""ZAYA: attention on convolved queries and keys, experts behind a router that is a small network."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture import blocks
from flopline.architecture.blocks import Block
from flopline.architecture.convolved_attention import convolved_attention
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.operations import EXPERTS, ROUTER, Linear, Operation, Weights
from flopline.architecture.readers.common import by_layer, model, widths
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


class _Mixture(NamedTuple):
    """Width of the stream and of an expert, experts, and width of the router."""

    hidden: int
    inner: int
    experts: int
    router: int


def zaya(config: Config) -> Architecture:
    """ZAYA1: one expert for each token; the expert that does nothing runs as the first one does."""
    shape = widths(config, key_value_heads=2, head_dim=128)
    if shape.key_value_heads * shape.head_dim % 2:
        config.refuse("head_dim", "values are made of two halves")
    config.must_be("num_experts_per_tok", 1, why="another router")
    mixture = _Mixture(
        shape.hidden,
        config.size("moe_intermediate_size", default=2048),
        config.size("num_experts", default=16),
        config.size("router_hidden_size", default=256),
    )
    kernels = config.size("cca_time0", default=2), config.size("cca_time1", default=2)
    bias, size = config.flag("attention_bias", False), config.optional("sliding_window")
    masks = by_layer(
        config,
        ["hybrid"] * shape.depth,
        {"hybrid": CAUSAL, "hybrid_sliding": None if size is None else Mask("window", size)},
    )

    def build(kind: tuple[Mask, bool]) -> Layer:
        mask, first = kind
        attend = convolved_attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, kernels=kernels, bias=bias,
            norm=shape.hidden, after=4 * shape.hidden,
        )  # fmt: skip
        return Layer((attend, _experts(mixture, first=first)))

    layers = stack([(mask, index == 0) for index, mask in enumerate(masks)], build)
    tied = config.tied(True)
    start = blocks.embedding(shape.vocabulary, shape.hidden, extra=2 * shape.hidden)
    last = blocks.head(
        shape.hidden, shape.vocabulary, tied=tied, norm=shape.hidden, bias=config.flag("lm_head_bias", False)
    )
    return model(config, layers, embedding=start, head=last, tied=tied)


def _experts(shape: _Mixture, *, first: bool) -> Block:
    """Return experts whose router reads the router of the layer before, if there is one."""
    width = shape.router
    operations: tuple[Operation, ...] = (
        Weights("input_norm", shape.hidden),
        Linear("router.down_proj", shape.hidden, width, ROUTER, ("input_norm",), bias=True),
        Weights("router.norm", width * (1 if first else 2), ("router.down_proj",)),
        Linear("router.fc1", width, width, ROUTER, ("router.norm",), bias=True),
        Linear("router.fc2", width, width, ROUTER, ("router.fc1",), bias=True),
        Linear("router", width, shape.experts + 1, ROUTER, ("router.fc2",)),
        Linear("experts.gate_up_proj", shape.hidden, 2 * shape.inner, EXPERTS, ("input_norm",), stored=shape.experts),
        Linear(
            "experts.down_proj", shape.inner, shape.hidden, EXPERTS, ("experts.gate_up_proj",), stored=shape.experts
        ),
        Weights("residual_scale", 4 * shape.hidden, ("router", "experts.down_proj", "x")),
    )
    return Block(operations, ("residual_scale",))
