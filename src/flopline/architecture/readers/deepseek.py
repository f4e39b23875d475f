"""DeepSeek V2 and V3, and what is built like them (Kimi K2, Youtu): latent attention, shared experts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import latent_attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import Widths, mixed, predicted, routing

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def deepseek_v2(config: Config) -> Architecture:
    """DeepSeek V2."""
    bias = config.flag("mlp_bias", False)
    # The configuration class has no default for the experts a token passes.
    return _deepseek(config, first=0, count=64, active=None, shared=2, width=1407, modules=0, inner_bias=bias)


def deepseek_v3(config: Config) -> Architecture:
    """DeepSeek V3 and R1, Kimi K2: a prediction module beside the layers."""
    modules = config.number("num_nextn_predict_layers", 1)
    return _deepseek(config, first=3, count=256, active=8, shared=1, width=2048, modules=modules)


def youtu(config: Config) -> Architecture:
    """Youtu-LLM: latent attention, no experts."""
    shape, attend = _latent(config)
    inner = config.size("intermediate_size")

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden)

    masks, sparse = [CAUSAL] * shape.depth, [False] * shape.depth
    return mixed(config, shape, masks, sparse, attend, dense, dense, norm=shape.hidden, tied=True)


def _deepseek(
    config: Config,
    *,
    first: int,
    count: int,
    active: int | None,
    shared: int,
    width: int,
    modules: int,
    inner_bias: bool = False,
) -> Architecture:
    shape, attend = _latent(config)
    names = ("n_routed_experts", "num_local_experts", "num_experts")
    route = routing(config, names, count=count, active=active)
    size = config.size("moe_intermediate_size", default=width)
    always, inner = config.number("n_shared_experts", shared) * size, config.size("intermediate_size")
    dense_layers = config.number("first_k_dense_replace", first)
    config.must_be("moe_layer_freq", 1, why="experts at an interval")
    config.ignore("topk_group", "n_group", "ep_size", "topk_method")

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden, bias=inner_bias)

    def mixture() -> Block:
        return experts(
            shape.hidden, size, count=route.count, active=route.active, shared=always, shared_bias=inner_bias,
            norm=shape.hidden,
        )  # fmt: skip

    sparse = [index >= dense_layers for index in range(shape.depth)]
    prediction = predicted(config, shape, modules, lambda: (attend(CAUSAL), mixture()))
    masks = [CAUSAL] * shape.depth
    return mixed(config, shape, masks, sparse, attend, dense, mixture, norm=shape.hidden, prediction=prediction)


def _latent(config: Config) -> tuple[Widths, Callable[[Mask], Block]]:
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    # Latent attention has a key and a value for every head, whatever these keys say.
    config.ignore("num_key_value_heads", "head_dim", "qk_head_dim", "rope_interleave")
    query_rank = config.optional("q_lora_rank", 1536)
    rank = config.size("kv_lora_rank", default=512)
    nope = config.size("qk_nope_head_dim", default=128)
    rope = config.size("qk_rope_head_dim", default=64)
    value = config.size("v_head_dim", default=128)
    bias = config.flag("attention_bias", False)
    shape = Widths(hidden, depth, heads, heads, nope + rope, config.size("vocab_size"))

    def attend(mask: Mask) -> Block:
        return latent_attention(
            hidden, heads, query_rank=query_rank, key_value_rank=rank, nope_dim=nope, rope_dim=rope,
            value_dim=value, mask=mask, norm=hidden, bias=bias,
        )  # fmt: skip

    return shape, attend
