"""Mistral Large 4's text model: indexed latent attention, keys shared between layers, some without rotary positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flopline.architecture.config import DEEPEST
from flopline.architecture.indexer import indexer
from flopline.architecture.readers.common import Widths, decoder, routing
from flopline.architecture.readers.indexed import FULL, Index, feed_forwards, indexer_kinds
from flopline.architecture.readers.latent import ROUTED, sparse_layers
from flopline.architecture.readers.text_only import bare, has_head
from flopline.architecture.shape import Layer, stack
from flopline.architecture.shared_latent import shared_latent_attention
from flopline.architecture.values import whole

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


class _Kind(NamedTuple):
    """What distinguishes layers."""

    indexed: bool
    rotary: bool
    own: bool
    sparse: bool


def mistral_large4_text(config: Config) -> Architecture:
    """Mistral Large 4: every fourth layer without rotary positions, layers that read the keys of a layer below."""
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    config.ignore("num_key_value_heads", "head_dim", "qk_head_dim", "rope_interleave", "layer_types", "topk_group")
    config.ignore("n_group", "final_logit_softcapping")
    rank, value = config.size("kv_lora_rank", default=512), config.size("v_head_dim", default=128)
    nope, rope = config.size("qk_nope_head_dim", default=64), config.size("qk_rope_head_dim", default=64)
    shape = Widths(hidden, depth, heads, heads, nope + rope, config.size("vocab_size"))
    index = Index(
        config.size("index_n_heads", default=32),
        config.size("index_head_dim", default=128),
        config.size("index_topk", default=2048),
    )
    route = routing(config, ("num_experts", *ROUTED), count=128, active=4)
    dense, mixture = feed_forwards(config, shape, route, width=6144)
    first, bias = config.number("first_k_dense_replace", 1), config.flag("attention_bias", False)
    sparse = sparse_layers(config, depth, [number >= first for number in range(depth)])
    rotary = _rotary(config, depth)
    if index.size < rope and any(rotary):
        config.refuse("index_head_dim", f"{index.size} is less than the {rope} with rotary positions")

    def build(kind: _Kind) -> Layer:
        extra = 2 * hidden + 2 * index.heads  # a normalization of what its queries read, and their scale
        inside = indexer(hidden, hidden, index.heads, index.size, query=("input_norm",), extra=extra)
        attend = shared_latent_attention(
            hidden, heads, key_value_rank=rank, nope_dim=nope + rope * (not kind.rotary), rope_dim=rope * kind.rotary,
            value_dim=value, mask=index.mask, norm=hidden, bias=bias, own=kind.own, indexer=inside * kind.indexed,
        )  # fmt: skip
        return Layer((attend, mixture if kind.sparse else dense))

    own = _own(config, rotary)
    full = [kind == FULL for kind in indexer_kinds(config, depth)]
    layers = stack([_Kind(*one) for one in zip(full, rotary, own, sparse, strict=True)], build)
    if not has_head(config, "MistralLarge4TextModel"):
        return bare(config, layers, shape)
    return decoder(config, layers, shape, norm=hidden, tied=False)


def _rotary(config: Config, depth: int) -> list[bool]:
    """Return which layers rotate: the list of those that do, whatever it is called, or all but every fourth."""
    period, given = config.size("no_rope_layer_interval", default=4), config.raw("no_rope_layers")
    if given is None:
        return [(number + 1) % period != 0 for number in range(depth)]
    if not isinstance(given, list) or len(given) != depth or any(one not in (0, 1) for one in given):
        config.refuse("no_rope_layers", f"`no_rope_layers` must be a list of {depth} zeros and ones")
    return [bool(one) for one in given]


def _own(config: Config, rotary: list[bool]) -> list[bool]:
    """Return which layers compress keys and values themselves."""
    given: Any = config.raw("kv_source_layers")
    sources = list(range(len(rotary))) if given is None else given
    if not isinstance(sources, list) or len(sources) != len(rotary):
        config.refuse("kv_source_layers", f"`kv_source_layers` must be a list with one entry for {len(rotary)} layers")
    for number, source in enumerate(sources):
        known = whole(source, DEEPEST, 0)
        if known is None or known > number or sources[known] != known:
            config.refuse("kv_source_layers", f"layer {number} must read the keys of a layer below that has its own")
        if rotary[known] != rotary[number]:
            config.refuse(
                "kv_source_layers", f"layer {number} rotates otherwise than layer {known} whose keys it reads"
            )
    return [number == source for number, source in enumerate(sources)]
