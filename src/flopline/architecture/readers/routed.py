"""More decoders with experts and grouped-query attention: Aria, FlexOlmo, Mellum, Hunyuan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import Routing, mixed, routing, sliding, widths

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.readers.common import Widths
    from flopline.architecture.shape import Architecture


def aria_text(config: Config) -> Architecture:
    """Aria's text model: shared experts beside the routed ones in every layer."""
    config.ignore("pretraining_tp")
    shape, bias = widths(config), config.flag("attention_bias", False)
    route = routing(config, ("moe_num_experts",), ("moe_topk",), count=8, active=2)
    width = config.size("intermediate_size")
    shared = width * config.size("moe_num_shared_experts", default=2)
    inner = config.flag("mlp_bias", False)

    def mixture() -> Block:
        return experts(
            shape.hidden, width, count=route.count, active=route.active, shared=shared, shared_bias=inner,
            norm=shape.hidden, names=("fc1", "fc2"),
        )  # fmt: skip

    attend, sparse = attending(shape, bias=bias), [True] * shape.depth
    return mixed(config, shape, [CAUSAL] * shape.depth, sparse, attend, mixture, mixture, norm=shape.hidden)


def flex_olmo(config: Config) -> Architecture:
    """FlexOlmo: OLMo 2 with experts in every layer."""
    shape, bias = widths(config), config.flag("attention_bias", False)
    route = routing(config, ("num_experts", "num_local_experts"), count=7, active=5)
    width = config.size("intermediate_size")
    queries, keys = shape.heads * shape.head_dim, shape.key_value_heads * shape.head_dim

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, after=shape.hidden,
            bias=bias, output_bias=bias, query_norm=queries, key_norm=keys,
        )  # fmt: skip

    def mixture() -> Block:
        return experts(shape.hidden, width, count=route.count, active=route.active, after=shape.hidden)

    masks, sparse = [CAUSAL] * shape.depth, [True] * shape.depth
    return mixed(config, shape, masks, sparse, attend, mixture, mixture, norm=shape.hidden)


def mellum(config: Config) -> Architecture:
    """Mellum 2: windows and experts by layer, queries and keys normalized per head."""
    shape, bias = widths(config, key_value_heads=4, head_dim=128), config.flag("attention_bias", False)
    route = routing(config, ("num_local_experts", "num_experts"), count=64, active=8)
    width, inner = config.size("moe_intermediate_size", default=896), config.size("intermediate_size")
    config.ignore("mtp_layer_types", "mtp_mlp_layer_types")
    modules = config.number("num_nextn_predict_layers", 0) + config.number("num_mtp_layers", 0)
    if modules:
        message = "the multi-token-prediction modules of this family are not counted"
        config.note("num_nextn_predict_layers", message, code="W402")

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden)

    def mixture() -> Block:
        return experts(shape.hidden, width, count=route.count, active=route.active, norm=shape.hidden)

    attend = attending(shape, bias=bias, head_norm=shape.head_dim)
    masks = sliding(config, ["full_attention"] * shape.depth, 1024)
    return mixed(config, shape, masks, by_kind(config, shape.depth), attend, dense, mixture, norm=shape.hidden)


def hunyuan_moe(config: Config) -> Architecture:
    """Hunyuan V1 with experts in every layer, and a shared one as wide as each of them."""
    shape, bias = widths(config), config.flag("attention_bias", False)
    width = config.size("intermediate_size")
    config.ignore("org_vocab_size", "use_mixed_mlp_moe")
    told = ("moe_intermediate_size", width), ("num_shared_expert", 1), ("attention_head_dim", shape.head_dim)
    for key, built in told:
        if _alike(config, shape.depth, built, key) != built:
            config.refuse(key, f"the class of this family builds {built} instead, whatever `{key}` says")
    active = _alike(config, shape.depth, 1, "moe_topk", "num_experts_per_tok")
    route = Routing(config.size("num_experts", "num_local_experts", default=1), active)
    if route.active > route.count:
        config.refuse("moe_topk", f"a token cannot pass {route.active} of {route.count} experts")

    def mixture() -> Block:
        return experts(shape.hidden, width, count=route.count, active=route.active, shared=width, norm=shape.hidden)

    attend, sparse = attending(shape, bias=bias, head_norm=shape.head_dim), [True] * shape.depth
    return mixed(config, shape, [CAUSAL] * shape.depth, sparse, attend, mixture, mixture, norm=shape.hidden)


def _alike(config: Config, depth: int, default: int, *names: str) -> int:
    """Return a size that may be written once for each layer, where all layers have the same."""
    key = next((name for name in names if config.has(name)), names[0])
    if not isinstance(config.raw(key), list):
        return config.size(*names, default=default)
    config.ignore(*names)
    found = config.sizes(key, depth)
    if len(set(found)) > 1:
        config.refuse(key, f"layers that differ in `{key}` are not counted yet")
    return found[0]


def attending(
    shape: Widths, *, bias: bool = False, output_bias: bool | None = None, head_norm: int = 0
) -> Callable[[Mask], Block]:
    """Return what makes the attention of a mask: a normalization before it, perhaps some per head inside.

    Parameters
    ----------
    shape : Widths
        The numbers of the decoder.
    bias, output_bias : bool
        Whether the query, key and value matrices, and the output matrix, have biases; None: as the others.
    head_norm : int
        Parameters of the normalizations of queries and of keys.
    """

    def attend(mask: Mask) -> Block:
        return attention(
            shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden, bias=bias,
            output_bias=bias if output_bias is None else output_bias, query_norm=head_norm, key_norm=head_norm,
        )  # fmt: skip

    return attend


def by_kind(config: Config, depth: int) -> list[bool]:
    """Return which layers have experts, from `mlp_layer_types`; all where it is silent."""
    names = config.words("mlp_layer_types", depth) or ["sparse"] * depth
    for name in names:
        if name not in ("dense", "sparse"):
            config.refuse("mlp_layer_types", f"a layer is `dense` or `sparse`, found `{name[:40]}`")
    return [name == "sparse" for name in names]
