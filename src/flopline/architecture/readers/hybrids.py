"""Hybrids of state-space mixers and attention with feed-forward blocks: Jamba, Bamba, Granite 4, Falcon-H1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.attention import attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.composition import side_by_side
from flopline.architecture.readers.common import decoder, routing, widths
from flopline.architecture.readers.mamba import grouped, step_rank
from flopline.architecture.shape import Layer, stack
from flopline.architecture.state_space import Dual, selective_scan, state_space_dual

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.readers.common import Widths
    from flopline.architecture.shape import Architecture

MIXER_KINDS: Final = {
    "mamba": "scan", "linear_attention": "scan", "attention": "attention", "full_attention": "attention",
}  # fmt: skip
"""What the words for layers stand for, older ones among them."""


def jamba(config: Config) -> Architecture:
    """Jamba: Mamba with normalized maps, attention and experts at intervals."""
    shape = widths(config, key_value_heads=8, floor=True)
    config.must_be("mamba_inner_layernorms", True, why="maps that are not normalized")
    config.ignore("use_mamba_kernels", "use_mambapy", "num_logits_to_keep", "sliding_window", "n_ctx")
    attends = _periodic(config, "attn_layer", shape.depth, period=8, offset=4)
    sparse = _periodic(config, "expert_layer", shape.depth, period=2, offset=1)
    width, count = config.size("intermediate_size"), config.size("num_experts", "num_local_experts", default=16)
    active = config.size("num_experts_per_tok", default=2)
    inner, state = config.size("mamba_expand", default=2), config.size("mamba_d_state", default=16)
    rank, kernel = step_rank(config, "mamba_dt_rank", shape.hidden), config.size("mamba_d_conv", default=4)
    bias, conv_bias = config.flag("mamba_proj_bias", False), config.flag("mamba_conv_bias", True)
    if count > 1:
        routing(config, ("num_experts", "num_local_experts"), count=16, active=2)

    def build(kind: tuple[bool, bool]) -> Layer:
        attending, mixture = kind
        mixer = attend(shape) if attending else selective_scan(
            shape.hidden, inner * shape.hidden, state=state, rank=rank, kernel=kernel, bias=bias,
            conv_bias=conv_bias, norm=shape.hidden, normed=True,
        )  # fmt: skip
        if mixture and count > 1:
            return Layer((mixer, experts(shape.hidden, width, count=count, active=active, norm=shape.hidden)))
        return Layer((mixer, mlp(shape.hidden, width, norm=shape.hidden)))

    layers = stack(list(zip(attends, sparse, strict=True)), build)
    return decoder(config, layers, shape, norm=shape.hidden, tied=False)


def bamba(config: Config) -> Architecture:
    """Bamba: Mamba-2 but for a few layers of attention."""
    shape = widths(config, key_value_heads=8, floor=True)
    config.ignore("attn_rotary_emb", "num_logits_to_keep", "z_loss_coefficient")
    chosen = config.indices("attn_layer_indices")
    kinds = ["attention" if index in chosen else "scan" for index in range(shape.depth)]
    width, inner_bias = config.size("intermediate_size"), config.flag("mlp_bias", False)

    def feed_forward() -> Block:
        return mlp(shape.hidden, width, norm=shape.hidden, bias=inner_bias)

    return _mixed(config, shape, kinds, feed_forward, bias=config.flag("attention_bias", False))


def granite_hybrid(config: Config) -> Architecture:
    """Granite 4: Mamba-2 but for a few layers of attention, experts with a shared one, or the shared one alone."""
    shape = widths(config, floor=True)
    config.ignore("embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling")
    config.ignore("normalization_function", "init_method", "num_logits_to_keep")
    chosen = words(config, ("layer_types", "layers_block_type"), shape.depth, MIXER_KINDS)
    width, shared = config.size("intermediate_size"), config.number("shared_intermediate_size", 1024)
    count = config.number("num_local_experts", 8)
    active = config.size("num_experts_per_tok", default=2) if count else config.number("num_experts_per_tok", 2)
    if active > count > 0:
        config.refuse("num_experts_per_tok", f"a token cannot pass {active} of {count} experts")

    def feed_forward() -> Block:
        if count:
            return experts(shape.hidden, width, count=count, active=active, shared=shared, norm=shape.hidden)
        return mlp(shape.hidden, shared, norm=shape.hidden, names=("input_linear", "output_linear"))

    kinds = chosen or ["scan"] * shape.depth
    return _mixed(config, shape, kinds, feed_forward, bias=config.flag("attention_bias", False))


def falcon_h1(config: Config) -> Architecture:
    """Falcon-H1: Mamba-2 and attention side by side in every layer."""
    shape = widths(config, key_value_heads=8, floor=True)
    config.ignore(
        "num_logits_to_keep", "mlp_multipliers", "ssm_multipliers", "ssm_in_multiplier", "ssm_out_multiplier",
        "key_multiplier", "attention_in_multiplier", "attention_out_multiplier", "embedding_multiplier",
        "lm_head_multiplier", "mamba_norm_before_gate", "mamba_use_mlp", "attn_layer_indices", "mlp_expansion_factor",
    )  # fmt: skip
    inner = config.optional("mamba_d_ssm", 1024) or config.size("mamba_expand", default=2) * shape.hidden
    config.ignore("mamba_expand")
    dual = _dual(config, inner)
    bias, attention_bias = config.flag("mamba_proj_bias", False), config.flag("attention_bias", False)
    scan = state_space_dual(
        shape.hidden, dual, bias=bias, output_bias=config.flag("projectors_bias", False),
        conv_bias=config.flag("mamba_conv_bias", True), norm=0,
        gate_norm=dual.inner * config.flag("mamba_rms_norm", False),
    )  # fmt: skip
    attend = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, bias=attention_bias,
        output_bias=attention_bias,
    )  # fmt: skip
    width, inner_bias = config.size("intermediate_size"), config.flag("mlp_bias", False)
    feed_forward = mlp(shape.hidden, width, norm=shape.hidden, bias=inner_bias)
    layers = (Layer((side_by_side(shape.hidden, scan, attend), feed_forward)),) * shape.depth
    return decoder(config, layers, shape, norm=shape.hidden, tied=False)


def _mixed(
    config: Config, shape: Widths, kinds: Sequence[str], feed_forward: Callable[[], Block], *, bias: bool
) -> Architecture:
    """Return a decoder of Mamba-2 and attention, each with a feed-forward block after it."""
    inner = config.size("mamba_expand", default=2) * shape.hidden
    dual = _dual(config, inner)
    outer, conv_bias = config.flag("mamba_proj_bias", False), config.flag("mamba_conv_bias", True)

    def build(kind: str) -> Layer:
        mixer = attend(shape, bias) if kind == "attention" else state_space_dual(
            shape.hidden, dual, bias=outer, output_bias=outer, conv_bias=conv_bias, norm=shape.hidden,
            gate_norm=dual.inner,
        )  # fmt: skip
        return Layer((mixer, feed_forward()))

    return decoder(config, stack(kinds, build), shape, norm=shape.hidden, tied=False)


def _dual(config: Config, inner: int) -> Dual:
    """Return the shape of a Mamba-2 mixer of an inner width, from the keys that begin with `mamba_`."""
    heads = config.size("mamba_n_heads", default=128)
    if inner % heads:
        config.refuse("mamba_n_heads", f"an inner width of {inner} does not divide into {heads} heads")
    size = inner // heads
    if config.raw("mamba_d_head") not in (None, "auto") and config.size("mamba_d_head") != size:
        config.refuse("mamba_d_head", f"{heads} heads of this size do not make an inner width of {inner}")
    shape = Dual(
        heads, size, config.size("mamba_n_groups", default=1), config.size("mamba_d_state", default=256),
        config.size("mamba_d_conv", default=4), config.size("mamba_chunk_size", default=256),
    )  # fmt: skip
    grouped(config, shape, "mamba_n_groups")
    return shape


def attend(shape: Widths, bias: bool = False) -> Block:
    """Return an attention block over everything before.

    Parameters
    ----------
    shape : Widths
        Numbers of the model.
    bias : bool
        Whether its matrices have biases.
    """
    return attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, norm=shape.hidden, bias=bias,
        output_bias=bias,
    )  # fmt: skip


def _periodic(config: Config, prefix: str, depth: int, *, period: int, offset: int) -> list[bool]:
    """Return which layers come once in a period."""
    every, first = config.size(f"{prefix}_period", default=period), config.number(f"{prefix}_offset", offset)
    if first >= every:
        config.refuse(f"{prefix}_offset", f"an offset of {first} lies outside a period of {every}")
    return [index % every == first for index in range(depth)]


def words(config: Config, names: tuple[str, ...], depth: int, kinds: Mapping[str, str]) -> list[str]:
    """Return what each layer is, from the first of several lists of words that is given; empty where none is.

    Parameters
    ----------
    config : Config
        The configuration.
    names : tuple of str
        Keys that may hold the list.
    depth : int
        Layers of the model.
    kinds : mapping
        What each word stands for.
    """
    for key in names:
        found = config.words(key, depth)
        for word in dict.fromkeys(found or []):
            if word not in kinds:
                known = ", ".join(f"`{one}`" for one in kinds)
                message = f"`{word[:60]}` is not a kind of layer of `{config.model_type}`"
                config.refuse(key, message, f"known are {known}")
        if found:
            config.ignore(*names)
            return [kinds[word] for word in found]
    return []
