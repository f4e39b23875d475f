"""Latent attention to the keys that an indexer selects: DeepSeek V3.2, GLM-5, A.X K2, Hy4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture import blocks
from flopline.architecture.attention import latent_attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.gated_latent import gated_latent_attention, gated_norm
from flopline.architecture.indexer import indexer, selected
from flopline.architecture.readers.common import decoder, model, predicted, routing
from flopline.architecture.readers.latent import ROUTED, Ranks, at_interval, latent_widths, sparse_layers
from flopline.architecture.shape import Layer, stack
from flopline.architecture.streams import hyper_connected, merged_streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.masks import Mask
    from flopline.architecture.operations import Operation
    from flopline.architecture.readers.common import Routing, Widths
    from flopline.architecture.shape import Architecture


class Index(NamedTuple):
    """The numbers of an indexer: its heads, their size, and how many keys it selects."""

    heads: int
    size: int
    keys: int

    @property
    def mask(self) -> Mask:
        """Which pairs remain."""
        return selected(self.keys)


FULL: Final = "full"
SHARED: Final = "shared"
"""Kinds of layers: with an indexer of their own, and with the selection of the layer below."""


def deepseek_v32(config: Config) -> Architecture:
    """DeepSeek V3.2: an indexer in every layer."""
    shape, ranks = latent_widths(config, Ranks(1536, 512, 128, 64, 128), direct=False)
    route = routing(config, ("num_experts", *ROUTED), count=256, active=8)
    config.ignore("mlp_bias")  # which the class has and the model does not read
    index = index_widths(config, ranks, heads=64)
    return _indexed(config, shape, ranks, index, route, [FULL] * shape.depth, first=3)


def glm_moe_dsa(config: Config) -> Architecture:
    """GLM-5: some layers share the selection of the layer below."""
    shape, ranks = latent_widths(config, Ranks(2048, 512, 192, 64, 256), direct=False)
    route = routing(config, ("num_experts", *ROUTED), count=256, active=8)
    config.ignore("mlp_bias")
    index = index_widths(config, ranks, heads=32)
    return _indexed(config, shape, ranks, index, route, indexer_kinds(config, shape.depth), first=3)


def axk2(config: Config) -> Architecture:
    """A.X K2: an indexer in every layer, gates on what the heads find and on the normalizations."""
    shape, ranks = latent_widths(config, Ranks(384, 128, 64, 32, 64), direct=False)
    route = routing(config, ROUTED, count=128, active=8)
    index = index_widths(config, ranks, heads=16)
    config.ignore("layer_types", "topk_group", "n_group")
    sparse = sparse_layers(config, shape.depth, at_interval(config, shape.depth, first=1))
    bias, gate = config.flag("attention_bias", False), config.size("gated_norm_rank", default=16)
    dense, mixture = feed_forwards(config, shape, route, width=512)

    def build(has_experts: bool) -> Layer:
        inside = indexer(shape.hidden, ranks.query or 0, index.heads, index.size, query=("q_a_norm",))
        first = gated_latent_attention(
            shape.hidden, shape.heads, query_rank=ranks.query or 0, key_value_rank=ranks.keys, nope_dim=ranks.nope,
            rope_dim=ranks.rope, value_dim=ranks.value, mask=index.mask, norm=shape.hidden, bias=bias, indexer=inside,
        )  # fmt: skip
        second = gated_norm(mixture, shape.hidden, gate) if has_experts else dense
        return Layer((gated_norm(first, shape.hidden, gate), second))

    return decoder(config, stack(sparse, build), shape, norm=shape.hidden, tied=False)


def hy_v4(config: Config) -> Architecture:
    """Hy4: several residual streams, gates and sinks, three of four layers share the selection below."""
    shape, ranks = latent_widths(config, Ranks(1536, 512, 192, 64, 256), direct=False)
    route = routing(config, ROUTED, count=256, active=8)
    index = index_widths(config, ranks, heads=16)
    usual = [FULL if number == 0 or (number - 1) % 4 == 0 else SHARED for number in range(shape.depth)]
    kinds = _known(config, config.words("indexer_types", shape.depth) or usual)
    config.ignore("layer_types", "topk_group", "n_group", "hc_magnitude", "learnable_sink_init")
    sparse = sparse_layers(config, shape.depth, [number > 0 for number in range(shape.depth)])
    dense, mixture = feed_forwards(config, shape, route, width=768)
    copies, gate = config.size("hc_mult", default=4), shape.heads * ranks.value

    def build(kind: tuple[str, bool]) -> Layer:
        which, has_experts = kind
        both = (_attend(config, shape, ranks, index, which, gate, shape.heads), mixture if has_experts else dense)
        return Layer(tuple(hyper_connected(one, shape.hidden, copies, mixed=False) for one in both))

    layers = stack(list(zip(kinds, sparse, strict=True)), build)
    return with_streams(config, layers, shape, copies)


def with_streams(config: Config, layers: tuple[Layer, ...], shape: Widths, copies: int) -> Architecture:
    """Return a decoder whose residual streams are merged in front of the head."""
    tied = config.tied(False)
    last = blocks.head(shape.hidden, shape.vocabulary, tied=tied, norm=shape.hidden)
    merge = Layer((merged_streams(shape.hidden, copies),), "head")
    first = blocks.embedding(shape.vocabulary, shape.hidden)
    return model(config, (*layers, merge), embedding=first, head=last, tied=tied)


def _indexed(
    config: Config,
    shape: Widths,
    ranks: Ranks,
    index: Index,
    route: Routing,
    kinds: Sequence[str],
    *,
    first: int,
) -> Architecture:
    """Return a decoder in DeepSeek V3.2's shape."""
    start = config.number("first_k_dense_replace", first)
    config.must_be("moe_layer_freq", 1, why="experts at an interval")
    config.ignore("layer_types", "topk_group", "n_group", "ep_size", "topk_method")
    sparse = sparse_layers(config, shape.depth, [number >= start for number in range(shape.depth)])
    dense, mixture = feed_forwards(config, shape, route, width=2048)

    def build(kind: tuple[str, bool]) -> Layer:
        which, has_experts = kind
        return Layer((_attend(config, shape, ranks, index, which), mixture if has_experts else dense))

    modules = config.number("num_nextn_predict_layers", 0)
    prediction = predicted(config, shape, modules, lambda: (_attend(config, shape, ranks, index, FULL), mixture))
    layers = stack(list(zip(kinds, sparse, strict=True)), build)
    return decoder(config, layers, shape, norm=shape.hidden, tied=False, prediction=prediction)


def _attend(
    config: Config, shape: Widths, ranks: Ranks, index: Index, kind: str, gate: int = 0, sinks: int = 0
) -> Block:
    """Return latent attention to selected keys, with its own indexer or the selection of the layer below."""
    own: tuple[Operation, ...] = ()
    if kind == FULL:
        own = indexer(shape.hidden, ranks.query or 0, index.heads, index.size, query=("q_a_norm",))
    return latent_attention(
        shape.hidden, shape.heads, query_rank=ranks.query, key_value_rank=ranks.keys, nope_dim=ranks.nope,
        rope_dim=ranks.rope, value_dim=ranks.value, mask=index.mask, norm=shape.hidden,
        bias=config.flag("attention_bias", False), gate=gate, sinks=sinks, indexer=own,
    )  # fmt: skip


def feed_forwards(config: Config, shape: Widths, route: Routing, *, width: int) -> tuple[Block, Block]:
    """Return the MLP and the experts of a model, which one width of experts and some shared ones describe."""
    inner = config.size("intermediate_size")
    size = config.size("moe_intermediate_size", default=width)
    always = config.number("n_shared_experts", 1) * size
    dense = mlp(shape.hidden, inner, norm=shape.hidden)
    return dense, experts(shape.hidden, size, count=route.count, active=route.active, shared=always, norm=shape.hidden)


def index_widths(config: Config, ranks: Ranks, *, heads: int) -> Index:
    """Return the numbers of the indexer, whose heads hold the rotary part."""
    found = Index(
        config.size("index_n_heads", default=heads),
        config.size("index_head_dim", default=128),
        config.size("index_topk", default=2048),
    )
    if found.size < ranks.rope:
        config.refuse("index_head_dim", f"{found.size} is less than the {ranks.rope} with rotary positions")
    return found


def indexer_kinds(config: Config, depth: int, *, anywhere: bool = False) -> list[str]:
    """Return which layers have an indexer of their own: by list, by pattern, or at an interval.

    Parameters
    ----------
    config : Config
        The configuration.
    depth : int
        Layers.
    anywhere : bool
        Whether the first layer may lack one, because not every layer attends to selected keys.
    """
    words = config.words("indexer_types", depth)
    pattern = config.raw("index_topk_pattern")
    step, offset = max(config.number("index_topk_freq", 1), 1), config.number("index_skip_topk_offset", 2)
    if words is None and isinstance(pattern, str):
        words = [{"F": FULL, "S": SHARED}.get(letter, letter) for letter in pattern]
    elif words is None and pattern is not None:
        words = config.words("index_topk_pattern", depth)
    if words is None:
        words = [FULL if max(number - offset + 1, 0) % step == 0 else SHARED for number in range(depth)]
    if len(words) != depth:
        config.refuse("index_topk_pattern", f"the pattern names {len(words)} layers, the model has {depth}")
    return _known(config, words, anywhere=anywhere)


def _known(config: Config, kinds: Sequence[str], *, anywhere: bool = False) -> list[str]:
    """Return kinds of indexers, refused where one is unknown or the first layer has none."""
    for kind in dict.fromkeys(kinds):
        if kind not in (FULL, SHARED):
            config.refuse("indexer_types", f"`{kind[:60]}` is no kind of indexer", "known: `full`, `shared`")
    if kinds[0] == SHARED and not anywhere:
        config.refuse("indexer_types", "the first layer has no layer below whose selection it could share")
    return list(kinds)
