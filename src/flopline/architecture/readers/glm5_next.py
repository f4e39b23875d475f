"""GLM-5.3's text model: delta attention, every fourth layer attends to pools of keys; several residual streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture import blocks
from flopline.architecture.attention import latent_attention
from flopline.architecture.config import DEEPEST, TextModel
from flopline.architecture.delta import kimi_delta
from flopline.architecture.pooled import Pools, pool_mask, pooled_indexer
from flopline.architecture.readers.common import Widths, model, routing
from flopline.architecture.readers.indexed import FULL, SHARED, feed_forwards, indexer_kinds
from flopline.architecture.readers.latent import ROUTED, sparse_layers
from flopline.architecture.readers.text_only import bare, has_head
from flopline.architecture.shape import Layer, stack
from flopline.architecture.streams import hyper_connected

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

DELTA: Final = "linear_attention"
INDEXED: Final = "indexed_attention"


def glm5_next_text(config: Config) -> Architecture:
    """GLM-5.3 Flash: three layers of delta attention to one of indexed latent attention without rotary positions."""
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    config.ignore("num_key_value_heads", "head_dim", "qk_head_dim", "n_group", "topk_group", "hc_sinkhorn_iters")
    config.ignore("linear_lower_bound", "swiglu_limit", "hc_eps", "rope_interleave")
    if config.number("qk_rope_head_dim", 0):
        config.refuse("qk_rope_head_dim", "this family has no rotary positions")
    size = config.size("qk_nope_head_dim", default=256)
    shape = Widths(hidden, depth, heads, heads, size, config.size("vocab_size"))
    kinds = _kinds(config, depth)
    route = routing(config, ROUTED, count=288, active=8)
    dense, mixture = feed_forwards(config, shape, route, width=2048)
    config.must_be("first_k_dense_replace", 3, why="another number of dense layers than the class builds")
    sparse = sparse_layers(config, depth, [number >= 3 for number in range(depth)])
    delta, copies = _delta(config, hidden), config.size("hc_mult", default=4)
    attend = {kind: _attend(config, shape, kind) for kind in (FULL, SHARED)}

    def build(kind: tuple[str, bool]) -> Layer:
        name, has_experts = kind
        first = delta if name == DELTA else attend[name]
        both = (first, mixture if has_experts else dense)
        return Layer(tuple(hyper_connected(one, hidden, copies, mixed=True) for one in both))

    layers = stack(list(zip(kinds, sparse, strict=True)), build)
    if not has_head(config, "Glm5NextTextModel"):
        return bare(config, layers, shape)
    tied = config.tied(False)
    last = blocks.head(hidden, shape.vocabulary, tied=tied, norm=hidden)
    return model(config, layers, embedding=blocks.embedding(shape.vocabulary, hidden), head=last, tied=tied)


def _kinds(config: Config, depth: int) -> list[str]:
    """Return the kind of each layer: delta attention, or attention with an indexer or the selection right below."""
    usual = [INDEXED if number % 4 == 3 else DELTA for number in range(depth)]
    names = config.words("layer_types", depth) or usual
    found: list[str] = []
    for number, (name, kind) in enumerate(zip(names, indexer_kinds(config, depth, anywhere=True), strict=True)):
        if name not in (DELTA, INDEXED, "full_attention"):
            config.refuse("layer_types", f"`{name[:60]}` is not a kind of layer of `{config.model_type}`")
        if name != DELTA and kind == SHARED and (number == 0 or found[-1] != FULL):
            config.refuse("indexer_types", f"right below layer {number} no indexer selects keys that it could share")
        found.append(DELTA if name == DELTA else kind)
    return found


def _delta(config: Config, hidden: int) -> Block:
    """Return delta attention, whose older keys stand in a table of their own."""
    before = None
    if config.has("linear_attn_config"):
        before = config.nested("linear_attn_config", usual=TextModel("glm5_next_text"))
        before.ignore("kda_layers", "full_attn_layers")
    numbers = []
    for old, new, usual in (
        ("num_heads", "linear_num_heads", 64),
        ("head_dim", "linear_head_dim", 128),
        ("short_conv_kernel_size", "linear_conv_kernel_dim", 4),
    ):
        number = config.size(new, default=usual)
        numbers.append(number if before is None else before.size(old, default=number))
    heads, size, kernel = numbers
    return kimi_delta(hidden, heads, size, kernel, norm=hidden)


def _attend(config: Config, shape: Widths, kind: str) -> Block:
    """Return latent attention to the pools that an indexer selects."""
    rank = config.size("q_lora_rank", default=1536)
    pool, keys = config.size("index_kpool", default=16), config.size("index_topk", default=2048)
    if keys % pool:
        config.refuse("index_topk", f"{keys} keys are no whole number of pools of {pool}")
    pools = Pools(pool, keys // pool, config.flag("index_kpool_always_select_tail", True))
    heads, size = config.size("index_n_heads", default=32), config.size("index_head_dim", default=128)
    own = pooled_indexer(shape.hidden, rank, heads, size, pools) if kind == FULL else ()
    return latent_attention(
        shape.hidden, shape.heads, query_rank=rank, key_value_rank=config.size("kv_lora_rank", default=512),
        nope_dim=shape.head_dim, rope_dim=0, value_dim=config.size("v_head_dim", default=256), mask=pool_mask(pools),
        norm=shape.hidden, bias=config.flag("attention_bias", False), indexer=own,
    )  # fmt: skip
