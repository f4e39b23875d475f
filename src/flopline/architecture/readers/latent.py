"""Latent attention with every key in view: A.X K1, GLM-4.7 Flash, Mistral Small 4, MiniCPM3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.attention import latent_attention
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import Widths, mixed, predicted, routing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.readers.common import Routing
    from flopline.architecture.shape import Architecture


class Ranks(NamedTuple):
    """The numbers of latent attention: ranks of queries and of keys and values, and the sizes of a head."""

    query: int | None
    keys: int
    nope: int
    rope: int
    value: int


_DEEPSEEK: Final = Ranks(1536, 512, 128, 64, 128)
ROUTED: Final = ("n_routed_experts", "num_local_experts")
"""Names of the number of routed experts in DeepSeek's kin."""


def axk1(config: Config) -> Architecture:
    """A.X K1: a normalization after the experts."""
    shape, ranks = latent_widths(config, _DEEPSEEK, direct=False)
    route = routing(config, ROUTED, count=192, active=8)
    sparse = sparse_layers(config, shape.depth, at_interval(config, shape.depth, first=1))
    return _mixture(config, shape, ranks, sparse, route, width=2048, after=shape.hidden)


def glm4_moe_lite(config: Config) -> Architecture:
    """GLM-4.7 Flash: one dense layer, then experts; a prediction module where the configuration has one."""
    shape, ranks = latent_widths(config, Ranks(768, 512, 192, 64, 256))
    route = routing(config, ROUTED, count=64, active=4)
    # The class builds one dense layer, whatever this key says.
    config.must_be("first_k_dense_replace", 1, why="another number of dense layers")
    config.must_be("moe_layer_freq", 1, why="experts at an interval")
    sparse = sparse_layers(config, shape.depth, [index > 0 for index in range(shape.depth)])
    modules = config.number("num_nextn_predict_layers", 0)
    return _mixture(config, shape, ranks, sparse, route, width=1536, modules=modules)


def mistral4(config: Config) -> Architecture:
    """Mistral Small 4's text model: experts in every layer but the first few."""
    shape, ranks = latent_widths(config, Ranks(1024, 256, 64, 64, 128))
    route = routing(config, ROUTED, count=128, active=4)
    first = config.number("first_k_dense_replace", 0)
    config.must_be("moe_layer_freq", 1, why="experts at an interval")
    sparse = [index >= first for index in range(shape.depth)]
    return _mixture(config, shape, ranks, sparse, route, width=2048)


def minicpm3(config: Config) -> Architecture:
    """MiniCPM3: latent attention, no experts."""
    config.ignore("scale_emb", "scale_depth", "dim_model_base")
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    if hidden % heads:
        config.refuse("num_attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    shape, ranks = latent_widths(config, Ranks(768, 256, 64, 32, hidden // heads))
    inner, bias = config.size("intermediate_size"), config.flag("mlp_bias", False)

    def attend(mask: Mask) -> Block:
        return latent(config, shape, ranks, mask)

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden, bias=bias)

    masks, sparse = [CAUSAL] * shape.depth, [False] * shape.depth
    return mixed(config, shape, masks, sparse, attend, dense, dense, norm=shape.hidden, tied=True)


def _mixture(
    config: Config,
    shape: Widths,
    ranks: Ranks,
    sparse: Sequence[bool],
    route: Routing,
    *,
    width: int,
    after: int = 0,
    modules: int = 0,
) -> Architecture:
    """Return a decoder with latent attention and an MLP or experts with shared ones in each layer."""
    inner = config.size("intermediate_size")
    size = config.size("moe_intermediate_size", default=width)
    always = config.number("n_shared_experts", 1) * size
    config.ignore("topk_group", "n_group", "ep_size", "topk_method")

    def attend(mask: Mask) -> Block:
        return latent(config, shape, ranks, mask)

    def dense() -> Block:
        return mlp(shape.hidden, inner, norm=shape.hidden)

    def mixture() -> Block:
        return experts(
            shape.hidden, size, count=route.count, active=route.active, shared=always, norm=shape.hidden, after=after
        )

    prediction = predicted(config, shape, modules, lambda: (attend(CAUSAL), mixture()))
    masks = [CAUSAL] * shape.depth
    return mixed(config, shape, masks, sparse, attend, dense, mixture, norm=shape.hidden, prediction=prediction)


def latent(config: Config, shape: Widths, ranks: Ranks, mask: Mask) -> Block:
    """Return the latent attention of a configuration, expanded."""
    return latent_attention(
        shape.hidden, shape.heads, query_rank=ranks.query, key_value_rank=ranks.keys, nope_dim=ranks.nope,
        rope_dim=ranks.rope, value_dim=ranks.value, mask=mask, norm=shape.hidden,
        bias=config.flag("attention_bias", False),
    )  # fmt: skip


def latent_widths(config: Config, usual: Ranks, *, direct: bool = True) -> tuple[Widths, Ranks]:
    """Return the numbers of a decoder with latent attention.

    Parameters
    ----------
    config : Config
        The configuration.
    usual : Ranks
        The family's defaults.
    direct : bool
        Whether a null rank of queries means that they are projected directly.
    """
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    # Latent attention has a key and a value for every head, whatever these keys say.
    config.ignore("num_key_value_heads", "head_dim", "qk_head_dim", "rope_interleave")
    if usual.query is None:
        query = None
    else:
        query = (
            config.optional("q_lora_rank", usual.query) if direct else config.size("q_lora_rank", default=usual.query)
        )
    ranks = Ranks(
        query,
        config.size("kv_lora_rank", default=usual.keys),
        config.size("qk_nope_head_dim", default=usual.nope),
        config.size("qk_rope_head_dim", default=usual.rope),
        config.size("v_head_dim", default=usual.value),
    )
    return Widths(hidden, depth, heads, heads, ranks.nope + ranks.rope, config.size("vocab_size")), ranks


def at_interval(config: Config, depth: int, *, first: int) -> list[bool]:
    """Return which layers have experts: every `moe_layer_freq`-th from `first_k_dense_replace` on."""
    start = config.number("first_k_dense_replace", first)
    step = config.size("moe_layer_freq", default=1)
    return [index >= start and index % step == 0 for index in range(depth)]


def sparse_layers(config: Config, depth: int, usual: Sequence[bool]) -> list[bool]:
    """Return which layers have experts, as `mlp_layer_types` says or as is usual for the family."""
    words = config.words("mlp_layer_types", depth)
    for word in dict.fromkeys(words or ()):
        if word not in ("dense", "sparse"):
            config.refuse("mlp_layer_types", f"`{word[:60]}` is no kind of feed-forward", "known: `dense`, `sparse`")
    return list(usual) if words is None else [word == "sparse" for word in words]
