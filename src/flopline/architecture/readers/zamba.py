"""Zamba and Zamba 2: Mamba mixers, and a transformer block whose weights serve at several depths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture import blocks
from flopline.architecture.config import DEEPEST
from flopline.architecture.readers.common import model
from flopline.architecture.readers.hybrids import words
from flopline.architecture.readers.mamba import grouped, step_rank
from flopline.architecture.shape import Layer
from flopline.architecture.shared_attention import Shared, shared_before
from flopline.architecture.state_space import Dual, selective_scan, state_space_dual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

_KINDS = {"mamba": "scan", "linear_attention": "scan", "hybrid": "hybrid"}
_NAMES = ("layers_block_type", "layer_types")


def zamba(config: Config) -> Architecture:
    """Zamba: one shared block, Mamba with several heads."""
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    config.ignore("num_logits_to_keep", "use_mamba_kernels", "hidden_mamba_act", "use_shared_block")
    config.ignore("time_step_floor", "time_step_max", "time_step_min")
    if config.number("attention_hidden_size", 2 * hidden) not in (0, 2 * hidden):
        config.refuse("attention_hidden_size", f"stream and embedding together are {2 * hidden} wide")
    size = config.number("attention_head_dim", 0) or config.number("head_dim", 0) or 2 * hidden // heads
    shape = Shared(hidden, 2 * hidden, heads, _pairs(config, heads, 16), size, config.size("intermediate_size"))
    several, inner = config.size("n_mamba_heads", default=2), config.size("mamba_expand", default=2) * hidden
    if inner % several:
        config.refuse("n_mamba_heads", f"an inner width of {inner} does not divide into {several} heads")
    mixer = selective_scan(
        hidden,
        inner,
        state=config.size("mamba_d_state", default=16),
        rank=step_rank(config, "mamba_dt_rank", hidden),
        kernel=config.size("mamba_d_conv", default=4),
        bias=config.flag("mamba_proj_bias", False),
        conv_bias=config.flag("mamba_conv_bias", True),
        norm=hidden,
        heads=several,
    )
    every, first = config.size("attn_layer_period", default=6), config.number("attn_layer_offset", 4)
    kinds = words(config, _NAMES, depth, _KINDS) or _usual(config, depth, every, first)
    return _repeated(config, kinds, shape, mixer, unlike=1)


def zamba2(config: Config) -> Architecture:
    """Zamba 2: shared blocks in turn, each use with adapters of its own; Mamba-2."""
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth = config.size("num_hidden_layers", largest=DEEPEST)
    config.must_be("use_shared_mlp_adapter", True, why="a shared MLP without adapters")
    config.ignore(
        "num_logits_to_keep", "use_mamba_kernels", "use_mem_eff_path", "use_mem_rope", "use_long_context",
        "use_conv_bias", "time_step_floor", "time_step_max", "time_step_min", "time_step_limit",
        "kv_channels", "num_query_groups", "ffn_hidden_size",
    )  # fmt: skip
    bias, pairs = config.flag("add_bias_linear", False), _pairs(config, heads, heads)
    adapted, size = config.flag("use_shared_attention_adapter", False), 2 * hidden // heads
    if adapted and (pairs != heads or size * heads != 2 * hidden):
        config.refuse("use_shared_attention_adapter", "adapters write as wide as they read, keys are narrower here")
    shape = Shared(
        hidden, 2 * hidden, heads, pairs, size, config.number("intermediate_size", 0) or 4 * hidden, fused=True,
        bias=bias, rank=config.size("adapter_rank", default=128), adapted=adapted,
    )  # fmt: skip
    inner, several = config.size("mamba_expand", default=2) * hidden, config.size("n_mamba_heads", default=8)
    if inner % several:
        config.refuse("n_mamba_heads", f"an inner width of {inner} does not divide into {several} heads")
    dual = Dual(
        several, inner // several, config.size("mamba_ngroups", default=1), config.size("mamba_d_state", default=64),
        config.size("mamba_d_conv", default=4), config.size("chunk_size", default=256),
    )  # fmt: skip
    grouped(config, dual, "mamba_ngroups")
    for key, width in (
        ("attention_hidden_size", 2 * hidden), ("attention_head_dim", size), ("head_dim", size),
        ("mamba_headdim", dual.head_dim),
    ):  # fmt: skip
        config.must_be(key, width, why="another width than follows from the other keys")
    mixer = state_space_dual(
        hidden, dual, bias=bias, output_bias=bias, conv_bias=True, norm=hidden, gate_norm=dual.inner
    )
    kinds = words(config, _NAMES, depth, _KINDS) or _usual2(config, depth)
    hybrid = [index for index, kind in enumerate(kinds) if kind == "hybrid"]
    config.must_be("hybrid_layer_ids", hybrid, why="other layers than `layers_block_type` says")
    return _repeated(config, kinds, shape, mixer, unlike=config.size("num_mem_blocks", default=1))


def _pairs(config: Config, heads: int, usual: int) -> int:
    pairs = config.size("num_key_value_heads", default=usual)
    if heads % pairs:
        config.refuse("num_key_value_heads", f"{heads} heads do not divide into {pairs} key-value heads")
    return pairs


def _usual(config: Config, depth: int, period: int, offset: int) -> list[str]:
    """Return Zamba's pattern: the third layer, then every sixth."""
    if depth < len(_START):
        config.refuse("num_hidden_layers", f"the pattern begins with {len(_START)} layers")
    later = range(depth - len(_START))
    return [*_START, *("hybrid" if index % period == offset else "scan" for index in later)]


_START = ("scan", "scan", "hybrid")


def _usual2(config: Config, depth: int) -> list[str]:
    """Return Zamba 2's pattern, which is written down for one depth."""
    if depth != _DEPTH:
        config.refuse("layers_block_type", f"it must be given: it has no default for {depth} layers")
    return ["hybrid" if index in _HYBRID else "scan" for index in range(depth)]


_DEPTH = 54
_HYBRID = (6, 12, 18, 24, 30, 36, 42, 47, 51)


def _repeated(config: Config, kinds: Sequence[str], shape: Shared, mixer: Block, *, unlike: int) -> Architecture:
    """Return the architecture whose hybrid layers take the `unlike` shared blocks in turn."""
    alone = Layer((mixer,))
    first, again = (Layer((shared_before(shape, mixer, again=later),)) for later in (False, True))
    layers, uses = [], 0
    for kind in kinds:
        hybrid = first if uses < unlike else again
        layers.append(hybrid if kind == "hybrid" else alone)
        uses += kind == "hybrid"
    vocabulary, tied = config.size("vocab_size"), config.tied(True)
    if uses and not tied:
        # The classes then leave the shared blocks untied too, with the adapters of all their uses in each.
        config.refuse("tie_word_embeddings", "shared blocks beside an untied head are not counted yet")
    start = blocks.embedding(vocabulary, shape.hidden)
    last = blocks.head(shape.hidden, vocabulary, tied=tied, norm=shape.hidden)
    return model(config, tuple(layers), embedding=start, head=last, tied=tied)
