"""Nemotron-H and Nemotron 3: every layer is one mixer, be it Mamba-2, attention, an MLP or experts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture import blocks
from flopline.architecture.blocks import experts, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.readers.common import Widths, model, predicted, routing
from flopline.architecture.readers.hybrids import MIXER_KINDS, attend, words
from flopline.architecture.readers.mamba import grouped
from flopline.architecture.shape import Layer, stack
from flopline.architecture.state_space import Dual, state_space_dual

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

_KINDS: Final = {**MIXER_KINDS, "moe": "mixture", "mlp": "dense"}
_AHEAD: Final = ["attention", "mixture"]
_LETTERS: Final = {"M": "scan", "E": "mixture", "*": "attention", "-": "dense"}


def nemotron_h(config: Config) -> Architecture:
    """Nemotron-H and Nemotron 3: layers from words, or from a text with a letter for each."""
    hidden, vocabulary = config.size("hidden_size"), config.size("vocab_size")
    kinds = _kinds(config)
    shape = _attention(config, hidden, len(kinds), vocabulary)
    blocks_of = {
        "scan": _scan(config, hidden),
        "attention": attend(shape),
        "dense": mlp(hidden, _width(config), gated=False, norm=hidden, bias=config.flag("mlp_bias", False)),
        "mixture": _mixture(config, hidden),
    }
    config.ignore(
        "expand", "mamba_expand", "mamba_proj_bias", "attention_bias", "sliding_window", "num_logits_to_keep",
        "use_mamba_kernels", "n_shared_experts", "moe_shared_expert_overlap", "rescale_prenorm_residual",
        "time_step_limit", "time_step_min", "time_step_max", "time_step_floor", "time_step_rank",
        "mamba_dt_min", "mamba_dt_max", "mamba_dt_limit", "mamba_dt_init_floor", "mamba_ssm_cache_dtype",
    )  # fmt: skip
    ahead = _ahead(config)
    modules = config.number("num_nextn_predict_layers", 0)
    prediction = predicted(config, shape, modules, lambda: tuple(blocks_of[kind] for kind in ahead))
    layers = stack(kinds, lambda kind: Layer((blocks_of[kind],)))
    # The class of this family ties nothing, whatever the configuration says.
    config.ignore("tie_word_embeddings")
    first = blocks.embedding(vocabulary, hidden)
    last = blocks.head(hidden, vocabulary, tied=False, norm=hidden)
    return model(config, layers, embedding=first, head=last, tied=False, prediction=prediction)


def _kinds(config: Config) -> list[str]:
    """Return what each layer is."""
    key, kinds = _written(config)
    config.ignore("layers_block_type", "layer_types", "hybrid_override_pattern")
    if not kinds:
        message = "the configuration has no `layers_block_type`"
        config.refuse(key, message, "`hybrid_override_pattern` is accepted too")
    if len(kinds) > DEEPEST:
        config.refuse(key, f"`{key}` names more than {DEEPEST} layers")
    if config.has("num_hidden_layers") and config.size("num_hidden_layers", largest=DEEPEST) != len(kinds):
        config.refuse("num_hidden_layers", f"`{key}` names {len(kinds)} layers, `num_hidden_layers` says otherwise")
    return kinds


def _written(config: Config) -> tuple[str, list[str]]:
    """Return the key that says what layers are, and what it says."""
    for key in ("layers_block_type", "layer_types"):
        if config.has(key):
            raw = config.raw(key)
            return key, words(config, (key,), len(raw) if isinstance(raw, list) else 0, _KINDS)
    return "hybrid_override_pattern", _spelled(config, "hybrid_override_pattern")


def _spelled(config: Config, key: str) -> list[str]:
    """Return what each layer is from a text with a letter for each."""
    letters = config.text(key) if config.has(key) else ""
    if any(letter not in _LETTERS for letter in letters):
        known = ", ".join(f"`{one}`" for one in _LETTERS)
        config.refuse(key, f"`{key}` has other letters than {known}")
    return [_LETTERS[letter] for letter in letters]


def _ahead(config: Config) -> list[str]:
    """Return what the layers of a prediction module are: the words, but for a text beside the usual words."""
    key, raw = "mtp_layers_block_type", config.raw("mtp_layers_block_type")
    found = words(config, (key,), len(raw) if isinstance(raw, list) else 0, _KINDS) or _AHEAD
    letters = _spelled(config, "mtp_hybrid_override_pattern")
    return letters if letters and found == _AHEAD else found


def _attention(config: Config, hidden: int, depth: int, vocabulary: int) -> Widths:
    heads, size = config.size("num_attention_heads", default=32), config.size("head_dim", default=128)
    usual = heads if config.given("num_key_value_heads") else 8
    pairs = config.size("num_key_value_heads", default=usual)
    if heads % pairs:
        config.refuse("num_key_value_heads", f"{heads} heads do not divide into {pairs} key-value heads")
    config.must_be("attention_head_dim", size, why="another size of heads than `head_dim` says")
    return Widths(hidden, depth, heads, pairs, size, vocabulary)


def _scan(config: Config, hidden: int) -> Block:
    shape = Dual(
        config.size("mamba_num_heads", default=128),
        config.size("mamba_head_dim", default=64),
        config.size("mamba_n_groups", "n_groups", default=8),
        config.size("ssm_state_size", default=128),
        config.size("mamba_d_conv", "conv_kernel", default=4),
        config.size("mamba_chunk_size", "chunk_size", default=128),
    )
    grouped(config, shape, "n_groups")
    bias = config.flag("use_bias", False)
    conv_bias = config.flag("mamba_conv_bias", config.flag("use_conv_bias", True))
    return state_space_dual(
        hidden, shape, bias=bias, output_bias=bias, conv_bias=conv_bias, norm=hidden, gate_norm=shape.inner
    )


def _width(config: Config) -> int:
    return config.size("intermediate_size", default=21504)


def _mixture(config: Config, hidden: int) -> Block:
    route = routing(config, ("n_routed_experts", "num_local_experts"), count=8, active=2)
    bias = config.flag("mlp_bias", False)
    shared = config.number("moe_shared_expert_intermediate_size", 7688) or _width(config)
    return experts(
        hidden, config.size("moe_intermediate_size", default=7688), count=route.count, active=route.active,
        gated=False, shared=shared, shared_bias=bias, norm=hidden, latent=config.optional("moe_latent_size") or 0,
        latent_bias=bias,
    )  # fmt: skip
