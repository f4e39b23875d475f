"""Kimi Linear and Ling 3: delta attention with a decay per channel between layers of latent attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flopline.architecture.attention import latent_attention
from flopline.architecture.blocks import embedding, experts, head, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.delta import kimi_delta
from flopline.architecture.readers.common import Routing, Widths, model, routing
from flopline.architecture.readers.delta import FULL, LINEAR, layer_kinds
from flopline.architecture.shape import Layer, stack
from flopline.architecture.values import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

SPARSE: Final = "sparse"


def kimi_linear(config: Config) -> Architecture:
    """Kimi Linear: three layers of delta attention to one of latent attention, experts after the first layers."""
    shape = _shape(config)
    attend = _latent(config, shape, query_rank=config.optional("q_lora_rank", None))
    before = config.nested("linear_attn_config") if config.has("linear_attn_config") else None
    sizes = [
        _older(before, old, config.size(new, default=usual))
        for old, new, usual in (
            ("num_heads", "linear_num_heads", 32),
            ("head_dim", "linear_head_dim", 128),
            ("short_conv_kernel_size", "linear_conv_kernel_dim", 4),
        )
    ]
    usual = [FULL if index and index % 4 == 0 else LINEAR for index in range(shape.depth)]
    kinds = layer_kinds(config, _listed(before, shape.depth) or usual)
    config.must_be("moe_layer_freq", 1, why="experts at an interval")
    config.must_be("num_nextn_predict_layers", 0, why="prediction modules")
    delta = kimi_delta(shape.hidden, *sizes, norm=shape.hidden)
    return _hybrid(config, shape, kinds, attend, delta, first=1, count=256, width=1024)


def bailing_hybrid(config: Config) -> Architecture:
    """Ling 3: five layers of delta attention, with gates of full rank, to one of latent attention with a gate."""
    shape = _shape(config)
    config.must_be("q_lora_rank", why="compressed queries")
    attend = _latent(config, shape, gate=shape.heads)
    # A saved configuration has the size of rotary positions under `head_dim`, and this one beside it.
    heads = config.size("linear_num_heads", default=shape.heads)
    size = config.size("linear_head_dim", "head_dim", default=128)
    kernel = config.size("linear_conv_kernel_dim", "short_conv_kernel_size", default=4)
    period = config.size("layer_group_size", default=6)
    kinds = layer_kinds(config, [LINEAR if (index + 1) % period else FULL for index in range(shape.depth)])
    for key in ("num_nextn_predict_layers", "num_mtp_layers"):
        if config.optional(key, 0, least=0):
            message = "the multi-token-prediction modules of this family are not counted"
            config.note(key, message, code="W402")
    config.ignore("kda_safe_gate", "kda_lower_bound")
    delta = kimi_delta(shape.hidden, heads, size, kernel, norm=shape.hidden, low_rank=False)
    return _hybrid(config, shape, kinds, attend, delta, first=2, count=512, width=768)


def _hybrid(
    config: Config,
    shape: Widths,
    kinds: Sequence[str],
    attend: Block,
    delta: Block,
    *,
    first: int,
    count: int,
    width: int,
) -> Architecture:
    """Return a decoder of both kinds of attention, each followed by an MLP or experts."""
    dense = config.number("first_k_dense_replace", first)
    usual = ["dense" if index < dense else SPARSE for index in range(shape.depth)]
    sparse = [kind == SPARSE for kind in config.words("mlp_layer_types", shape.depth) or usual]
    feeds = {True: _mixture(config, shape, count, width)}
    if all(sparse):
        config.ignore("intermediate_size")
    else:
        feeds[False] = mlp(shape.hidden, config.size("intermediate_size"), norm=shape.hidden)

    def build(kind: tuple[str, bool]) -> Layer:
        return Layer((attend if kind[0] == FULL else delta, feeds[kind[1]]))

    layers = stack(list(zip(kinds, sparse, strict=True)), build)
    # The head has a matrix of its own, whatever the configuration says.
    config.ignore("tie_word_embeddings")
    start = embedding(shape.vocabulary, shape.hidden)
    last = head(shape.hidden, shape.vocabulary, tied=False, norm=shape.hidden)
    return model(config, layers, embedding=start, head=last, tied=False)


def _mixture(config: Config, shape: Widths, count: int, width: int) -> Block:
    size = config.size("moe_intermediate_size", default=width)
    shared = config.number("num_shared_experts", config.number("n_shared_experts", 1))
    counts, actives = ("num_experts", "num_local_experts"), ("num_experts_per_token", "num_experts_per_tok")
    route: Routing = routing(config, counts, actives, count=count, active=8)
    config.ignore("num_expert_group", "n_group", "topk_group")
    return experts(shape.hidden, size, count=route.count, active=route.active, shared=shared * size, norm=shape.hidden)


def _shape(config: Config) -> Widths:
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    # Latent attention has a key and a value for every head; with fewer of them it does not run.
    groups = config.size("num_key_value_heads", default=heads if config.given("num_key_value_heads") else 32)
    if groups != heads:
        config.refuse("num_key_value_heads", f"latent attention with {heads} heads has no {groups} key-value heads")
    config.ignore("head_dim", "qk_head_dim", "rope_interleave")
    size = config.size("qk_nope_head_dim", default=128) + config.size("qk_rope_head_dim", default=64)
    return Widths(hidden, depth, heads, heads, size, config.size("vocab_size"))


def _latent(config: Config, shape: Widths, query_rank: int | None = None, gate: int = 0) -> Block:
    return latent_attention(
        shape.hidden, shape.heads, query_rank=query_rank, key_value_rank=config.size("kv_lora_rank", default=512),
        nope_dim=config.size("qk_nope_head_dim", default=128), rope_dim=config.size("qk_rope_head_dim", default=64),
        value_dim=config.size("v_head_dim", default=128), norm=shape.hidden,
        bias=config.flag("attention_bias", False), gate=gate,
    )  # fmt: skip


def _older(before: Config | None, key: str, size: int) -> int:
    """Return a size that the published configurations keep in a table of their own."""
    return size if before is None else before.size(key, default=size)


def _listed(before: Config | None, depth: int) -> list[str] | None:
    """Return the kinds of the layers where their numbers, from one, are listed by kind."""
    if before is None or not (before.given("full_attn_layers") and before.given("kda_layers")):
        return None
    kinds: list[str | None] = [None] * depth
    for key, kind in (("full_attn_layers", FULL), ("kda_layers", LINEAR)):
        for number in _numbers(before, key, depth):
            kinds[number - 1] = kind
    missing = [index + 1 for index, kind in enumerate(kinds) if kind is None]
    if missing:
        before.refuse("kda_layers", f"layer {missing[0]} is named neither here nor among `full_attn_layers`")
    return [kind for kind in kinds if kind is not None]


def _numbers(config: Config, key: str, depth: int) -> list[int]:
    raw: Any = config.raw(key)
    if not isinstance(raw, list) or any(whole(one, depth) is None for one in raw):
        config.refuse(key, f"`{key}` must be a list of layer numbers from 1 to {depth}")
    return raw
