"""Decoders that mix gated delta networks with attention: Qwen3-Next, Qwen 3.5, OLMo Hybrid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.attention import attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.delta import Delta, Names, gated_delta
from flopline.architecture.readers.common import Widths, decoder, predicted, routing, widths
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

LINEAR: Final = "linear_attention"
FULL: Final = "full_attention"


def qwen3_next(config: Config) -> Architecture:
    """Qwen3-Next: three delta-rule layers to one of gated attention, many small experts."""
    shape = widths(config, key_value_heads=2, head_dim=256)
    step, dense_only = config.size("decoder_sparse_step", default=1), config.indices("mlp_only_layers")
    count = config.number("num_experts", 512)
    sparse = [count > 0 and index not in dense_only and (index + 1) % step == 0 for index in range(shape.depth)]
    # A model that is dense in all layers, or in none, has keys for the other kind all the same.
    config.ignore(
        "intermediate_size", "moe_intermediate_size", "shared_expert_intermediate_size", "num_experts_per_tok"
    )
    return _qwen(config, shape, sparse, Names(("in_proj_qkvz",), ("in_proj_ba",), "out_proj"), count=512, active=10)


def qwen3_5(config: Config) -> Architecture:
    """Qwen 3.5's text model: Qwen3-Next without experts."""
    shape = widths(config, key_value_heads=4, head_dim=256)
    return _qwen(config, shape, [False] * shape.depth, QWEN_3_5, count=0, active=0)


def qwen3_5_moe(config: Config) -> Architecture:
    """Qwen 3.5's text model with experts in every layer."""
    shape = widths(config, key_value_heads=2, head_dim=256)
    config.ignore("intermediate_size")
    return _qwen(config, shape, [True] * shape.depth, QWEN_3_5, count=256, active=8)


QWEN_3_5: Final = Names(("in_proj_qkv", "in_proj_z"), ("in_proj_b", "in_proj_a"), "out_proj")


def _qwen(config: Config, shape: Widths, sparse: list[bool], names: Names, *, count: int, active: int) -> Architecture:
    """Return a decoder of gated delta networks and gated attention, each followed by experts or an MLP."""
    delta = delta_shape(config, 16, 32, 128, 128)
    bias = config.flag("attention_bias", False)
    config.must_be("attn_output_gate", True, why="attention without a gate")
    feeds: dict[bool, Block] = {}
    if any(sparse):
        feeds[True] = _mixture(config, shape, count, active)
    if not all(sparse):
        feeds[False] = mlp(shape.hidden, config.size("intermediate_size"), norm=shape.hidden)

    def attend() -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, norm=shape.hidden, bias=bias,
            output_bias=bias, query_norm=shape.head_dim, key_norm=shape.head_dim, query_gate=True,
        )  # fmt: skip

    def build(kind: tuple[str, bool]) -> Layer:
        mixer = attend() if kind[0] == FULL else gated_delta(shape.hidden, delta, norm=shape.hidden, names=names)
        return Layer((mixer, feeds[kind[1]]))

    period = config.size("full_attention_interval", default=4)
    kinds = layer_kinds(config, [FULL if (index + 1) % period == 0 else LINEAR for index in range(shape.depth)])
    config.must_be("mtp_num_hidden_layers", 0, 1, why="more than one prediction module")
    config.must_be("mtp_use_dedicated_embeddings", False, why="an embedding of the prediction module's own")
    modules = config.number("mtp_num_hidden_layers", 0)
    last = build((FULL, sparse[-1])).blocks
    prediction = predicted(config, shape, modules, lambda: last)
    layers = stack(list(zip(kinds, sparse, strict=True)), build)
    return decoder(config, layers, shape, norm=shape.hidden, tied=False, prediction=prediction)


def _mixture(config: Config, shape: Widths, count: int, active: int) -> Block:
    route = routing(config, ("num_experts",), count=count, active=active)
    return experts(
        shape.hidden, config.size("moe_intermediate_size", default=512), count=route.count, active=route.active,
        shared=config.size("shared_expert_intermediate_size", default=512), shared_gate=True, norm=shape.hidden,
    )  # fmt: skip


def olmo_hybrid(config: Config) -> Architecture:
    """OLMo Hybrid: delta-rule layers with normalizations before them, attention layers with normalizations after."""
    shape = widths(config)
    heads = shape.heads
    groups = config.size("linear_num_key_heads", default=heads)
    size = config.size("linear_key_head_dim", default=max(3 * shape.hidden // (4 * groups), 1))
    delta = delta_shape(config, groups, heads, size, 2 * size)
    config.ignore("linear_allow_neg_eigval", "linear_dt_init_floor", "linear_a_log_min", "linear_a_log_max")
    bias, width = config.flag("attention_bias", False), config.size("intermediate_size")
    queries, keys = shape.heads * shape.head_dim, shape.key_value_heads * shape.head_dim
    usual = [FULL if index % 4 == 3 else LINEAR for index in range(shape.depth)]
    if FULL not in usual:
        usual[-1] = FULL
    kinds = layer_kinds(config, usual)
    if len(set(kinds)) == 1:
        config.refuse("layer_types", "there must be a `linear_attention` and a `full_attention` layer at least")

    def build(kind: str) -> Layer:
        if kind == LINEAR:
            mixer = gated_delta(shape.hidden, delta, norm=shape.hidden, names=OLMO)
            return Layer((mixer, mlp(shape.hidden, width, norm=shape.hidden)))
        attend = attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, after=shape.hidden, bias=bias,
            output_bias=bias, query_norm=queries, key_norm=keys,
        )  # fmt: skip
        return Layer((attend, mlp(shape.hidden, width, after=shape.hidden)))

    return decoder(config, stack(kinds, build), shape, norm=shape.hidden, tied=False)


OLMO: Final = Names(("q_proj", "k_proj", "v_proj", "g_proj"), ("b_proj", "a_proj"), "o_proj")


def delta_shape(config: Config, key_heads: int, value_heads: int, key_dim: int, value_dim: int) -> Delta:
    """Return the shape of the delta-rule layers from a family's defaults."""
    found = Delta(
        config.size("linear_num_key_heads", default=key_heads),
        config.size("linear_num_value_heads", default=value_heads),
        config.size("linear_key_head_dim", default=key_dim),
        config.size("linear_value_head_dim", default=value_dim),
        config.size("linear_conv_kernel_dim", default=4),
    )
    if found.value_heads % found.key_heads:
        message = f"{found.value_heads} heads of values do not divide among {found.key_heads} heads of keys"
        config.refuse("linear_num_value_heads", message)
    return found


def layer_kinds(config: Config, usual: list[str]) -> list[str]:
    """Return the kind of each layer, from `layer_types` or the family's own pattern."""
    kinds = config.words("layer_types", len(usual)) or usual
    for kind in kinds:
        if kind not in (LINEAR, FULL):
            message = f"`{kind[:60]}` is not a kind of layer of `{config.model_type}`"
            config.refuse("layer_types", message, f"known are `{LINEAR}` and `{FULL}`")
    return kinds
