"""DeepSeek V4: windows beside compressed keys, hyper-connected residual streams, experts in every layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from flopline.architecture.blocks import experts
from flopline.architecture.compressed import Compressor, compressed_attention
from flopline.architecture.config import DEEPEST
from flopline.architecture.readers.common import Widths, routing
from flopline.architecture.readers.indexed import with_streams
from flopline.architecture.shape import Layer, stack
from flopline.architecture.streams import hyper_connected
from flopline.architecture.values import whole

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

SLIDING: Final = "sliding_attention"
SPARSE: Final = "compressed_sparse_attention"
HEAVY: Final = "heavily_compressed_attention"
_RATES: Final = {SPARSE: 4, HEAVY: 128}
_OF_RATIO: Final = {0: SLIDING, 4: SPARSE, 128: HEAVY}
"""What the first configurations wrote instead of kinds: `compress_ratios`."""


def deepseek_v4(config: Config) -> Architecture:
    """DeepSeek V4: how a router chooses, by scores or by a table of tokens, does not change the count."""
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    size = config.size("head_dim", default=512)
    shape = Widths(hidden, depth, heads, 1, size, config.size("vocab_size"))
    config.ignore("num_key_value_heads", "attention_bias", "mlp_layer_types", "num_hash_layers")
    config.ignore("hc_sinkhorn_iters", "hc_eps", "swiglu_limit", "qk_rope_head_dim", "topk_method", "n_group")
    config.must_be("n_shared_experts", 1, why="another number of shared experts than the class builds")
    _tell_of_prediction(config)
    route = routing(config, ("n_routed_experts", "num_local_experts"), count=256, active=6)
    width = config.size("moe_intermediate_size", "intermediate_size", default=2048)
    mixture = experts(
        hidden, width, count=route.count, active=route.active, shared=width,
        shared_bias=config.flag("mlp_bias", False), norm=hidden,
    )  # fmt: skip
    groups, rank = config.size("o_groups", default=8), config.size("o_lora_rank", default=1024)
    if heads * size % groups:
        config.refuse("o_groups", f"{heads} heads of {size} do not divide into {groups} groups")
    query_rank, copies = config.size("q_lora_rank", default=1024), config.size("hc_mult", default=4)
    window = config.size("sliding_window", default=128)
    compressors = _compressors(config)

    def build(kind: str) -> Layer:
        first = compressed_attention(
            hidden, heads, size, query_rank=query_rank, groups=groups, output_rank=rank, window=window,
            compressor=compressors[kind],
        )  # fmt: skip
        return Layer(tuple(hyper_connected(one, hidden, copies, mixed=True) for one in (first, mixture)))

    return with_streams(config, stack(_kinds(config, depth), build), shape, copies)


def _compressors(config: Config) -> dict[str, Compressor | None]:
    """Return how each kind of layer makes entries."""
    rates = dict(_RATES)
    given = config.raw("compress_rates")
    if given is not None and not isinstance(given, Mapping):
        config.refuse("compress_rates", "`compress_rates` must be a table of whole numbers")
    for kind, old in ((SPARSE, "compress_rate_csa"), (HEAVY, "compress_rate_hca")):
        if given is not None:
            rate = whole(given.get(kind), DEEPEST)
            if rate is None:
                config.refuse("compress_rates", f"`compress_rates` needs a whole number from 1 for `{kind}`")
            rates[kind] = rate
        rates[kind] = config.size(old, default=rates[kind])
    keys = config.size("index_topk", default=512)
    index_heads, index_size = config.size("index_n_heads", default=64), config.size("index_head_dim", default=128)
    sparse = Compressor(rates[SPARSE], True, keys, index_heads, index_size)
    return {SLIDING: None, SPARSE: sparse, HEAVY: Compressor(rates[HEAVY])}


def _kinds(config: Config, depth: int) -> list[str]:
    """Return the kind of each layer; a longer list than the model is cut, as the class cuts it."""
    words, ratios = config.raw("layer_types"), config.raw("compress_ratios")
    key = "layer_types" if words is not None else "compress_ratios"
    if words is None and ratios is None:
        return [HEAVY if index < 2 or index % 2 == 0 else SPARSE for index in range(depth)]
    if words is None and isinstance(ratios, list):
        words = [_OF_RATIO.get(one) if isinstance(one, int) else None for one in ratios]
    if not isinstance(words, list) or any(one not in (SLIDING, SPARSE, HEAVY) for one in words[:depth]):
        known = f"`{SLIDING}`, `{SPARSE}` and `{HEAVY}`, or the ratios 0, 4 and 128"
        config.refuse(key, f"`{key}` must be a list of kinds of layers", f"known are {known}")
    if len(words) < depth:
        config.refuse(key, f"`{key}` names {len(words)} layers, the model has {depth}")
    return words[:depth]


def _tell_of_prediction(config: Config) -> None:
    """Warn where the published model has prediction modules, which the class does not build."""
    if config.number("num_nextn_predict_layers", 1) and config.given("num_nextn_predict_layers"):
        message = "the multi-token-prediction modules of this family are not counted"
        config.note("num_nextn_predict_layers", message, code="W402")
