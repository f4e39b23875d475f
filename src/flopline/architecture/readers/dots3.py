"""dots3 Note's text model: windows of wide latent attention, indexed latent attention in every fourth layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flopline.architecture.attention import latent_attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.indexer import indexer
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.operations import Weights
from flopline.architecture.readers.common import Widths, decoder, routing
from flopline.architecture.readers.indexed import Index
from flopline.architecture.readers.latent import ROUTED, sparse_layers
from flopline.architecture.shape import Layer, stack
from flopline.architecture.values import whole

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

INDEXED: Final = "indexed_attention"
FULL: Final = "full_attention"
SLIDING: Final = "sliding_attention"


class _Heads(NamedTuple):
    """The numbers of latent attention, which differ between layers."""

    num_attention_heads: int
    q_lora_rank: int
    kv_lora_rank: int
    qk_nope_head_dim: int
    qk_rope_head_dim: int
    v_head_dim: int


def dots3_note_text(config: Config) -> Architecture:
    """dots3 Note: a gate for each head, normalized rotary keys; sliding layers have numbers of their own."""
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    config.ignore("num_key_value_heads", "head_dim", "qk_head_dim", "n_group", "topk_group", "mlp_bias")
    usual = _Heads(
        heads,
        config.size("q_lora_rank", default=1024),
        config.size("kv_lora_rank", default=512),
        config.size("qk_nope_head_dim", default=128),
        config.size("qk_rope_head_dim", default=64),
        config.size("v_head_dim", default=128),
    )
    shape = Widths(
        hidden, depth, heads, heads, usual.qk_nope_head_dim + usual.qk_rope_head_dim, config.size("vocab_size")
    )
    kinds = _kinds(config, depth)
    numbers = _numbers(config, kinds, usual)
    index = Index(
        config.size("index_n_heads", default=64),
        config.size("index_head_dim", default=128),
        config.size("index_topk", default=2048),
    )
    window = config.size("sliding_window", "sliding_window_size", default=512)
    bias = config.flag("attention_bias", False)
    route = routing(config, ROUTED, count=256, active=8)
    width = config.size("moe_intermediate_size", default=1536)
    each = config.size("moe_shared_expert_intermediate_size", "shared_experts_intermediate_size", default=1536)
    always = each * config.size("n_shared_experts", default=1)
    dense = mlp(hidden, config.size("intermediate_size"), norm=hidden)
    mixture = experts(hidden, width, count=route.count, active=route.active, shared=always, norm=hidden)
    masks = {INDEXED: index.mask, FULL: CAUSAL, SLIDING: Mask("window", window)}

    def build(kind: tuple[str, _Heads, bool]) -> Layer:
        name, own, has_experts = kind
        chosen = index if name == INDEXED else None
        return Layer((_attend(hidden, own, masks[name], chosen, bias), mixture if has_experts else dense))

    sparse = sparse_layers(config, depth, _early(config, depth))
    layers = stack(list(zip(kinds, numbers, sparse, strict=True)), build)
    return decoder(config, layers, shape, norm=hidden, tied=False)


def _attend(hidden: int, own: _Heads, mask: Mask, index: Index | None, bias: bool) -> Block:
    """Return latent attention with a gate for each head and a normalization of the rotary part of the key."""
    inside = indexer(hidden, own.q_lora_rank, index.heads, index.size, query=("q_a_norm",)) if index else ()
    norm = Weights("k_rope_norm", own.qk_rope_head_dim, ("kv_a_proj_with_mqa",))
    return latent_attention(
        hidden, own.num_attention_heads, query_rank=own.q_lora_rank, key_value_rank=own.kv_lora_rank,
        nope_dim=own.qk_nope_head_dim, rope_dim=own.qk_rope_head_dim, value_dim=own.v_head_dim, mask=mask, norm=hidden,
        bias=bias, gate=own.num_attention_heads, indexer=(norm, *inside),
    )  # fmt: skip


def _kinds(config: Config, depth: int) -> list[str]:
    """Return the kind of each layer; `use_dsa` makes full layers indexed ones, or the other way round."""
    use = config.flag("use_dsa", True) if config.given("use_dsa") or not config.given("per_layer_config") else None
    slides = config.flag("use_sliding_window", True)
    whole_kind = FULL if use is False else INDEXED
    usual = [
        SLIDING if slides and index >= 2 and index % 4 != 1 else whole_kind for index in range(depth)
    ]  # fmt: skip
    kinds = config.words("layer_types", depth) or usual
    for kind in dict.fromkeys(kinds):
        if kind not in (INDEXED, FULL, SLIDING):
            config.refuse("layer_types", f"`{kind[:60]}` is not a kind of layer of `{config.model_type}`")
    if use is None:
        return kinds
    old, new = (FULL, INDEXED) if use else (INDEXED, FULL)
    return [new if kind == old else kind for kind in kinds]


def _numbers(config: Config, kinds: list[str], usual: _Heads) -> list[_Heads]:
    """Return the numbers of each layer: those that differ stand in a table by layer, or under keys with `swa_`."""
    slides = _Heads(
        config.size("swa_num_attention_heads", default=64),
        config.size("swa_q_lora_rank", default=1024),
        config.size("swa_kv_lora_rank", default=1024),
        config.size("swa_qk_nope_head_dim", default=192),
        0,
        config.size("swa_v_head_dim", default=128),
    )
    rest = config.size("swa_head_dim", default=256) - slides.qk_nope_head_dim
    rotary = config.size("swa_qk_rope_head_dim", default=max(rest, 1))
    config.ignore("swa_num_key_value_heads", "swa_rope_theta")
    given: Any = config.raw("per_layer_config")
    if given is None:
        slides = slides._replace(qk_rope_head_dim=rotary)
        return [slides if kind == SLIDING else usual for kind in kinds]
    if not isinstance(given, Mapping):
        config.refuse("per_layer_config", "`per_layer_config` must be a table of layers")
    return [_changed(config, usual, given.get(str(index), given.get(index))) for index in range(len(kinds))]


def _changed(config: Config, usual: _Heads, differing: Any) -> _Heads:
    """Return the numbers of one layer, of which some differ."""
    if differing is None:
        return usual
    if not isinstance(differing, Mapping):
        config.refuse("per_layer_config", "`per_layer_config` must hold a table for each layer in it")
    changes: dict[str, int] = {}
    for key, raw in differing.items():
        value = whole(raw, 10**6)
        if key in _Heads._fields and value is not None:
            changes[key] = value
        elif key not in ("num_key_value_heads", "head_dim"):
            config.refuse("per_layer_config", f"`{str(key)[:60]}` differs between layers, which is not counted yet")
    return usual._replace(**changes)


def _early(config: Config, depth: int) -> list[bool]:
    """Return which layers have experts: from one on, and at an interval or where a list says so."""
    first, step = config.number("first_k_dense_replace", 1), config.raw("moe_layer_freq")
    if not isinstance(step, list):
        period = config.size("moe_layer_freq", default=1)
        return [index >= first and index % period == 0 for index in range(depth)]
    if len(step) < depth:
        config.refuse("moe_layer_freq", f"`moe_layer_freq` names {len(step)} layers, the model has {depth}")
    return [index >= first and bool(step[index]) for index in range(depth)]
