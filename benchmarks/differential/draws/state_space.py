"""State-space models, and their hybrids with attention.

The scans run as transformers does without custom kernels: of a selective scan only the product with the output
map is a matrix product, and the chunked dual fills the last chunk up.
"""

from __future__ import annotations

from typing import Any, Final

from differential.draw import ABSENT, Draw

_SMALL = {"num_hidden_layers": 3, "vocab_size": 77}
_TIE = {"tie_word_embeddings": [ABSENT, True, False]}
_ATTENTION = {"num_attention_heads": [8], "num_key_value_heads": [ABSENT, 1, 2, 8]}
_CHUNKS = (1, 5, 8, 11, 16, 19)
"""Lengths beside the chunks of 4, 8 and 16 that are drawn."""


def _dual(names: dict[str, str]) -> dict[str, list[Any]]:
    """Return choices for a Mamba-2 mixer, under the names that a family has for its keys."""
    choices: dict[str, list[Any]] = {
        "state": [4, 6], "kernel": [ABSENT, 1, 3], "chunk": [4, 8, 16], "groups": [1, 2], "conv_bias": [ABSENT, False],
    }  # fmt: skip
    return {names[key]: values for key, values in choices.items()}


_MAMBA_KEYS = _dual(
    {
        "state": "mamba_d_state", "kernel": "mamba_d_conv", "chunk": "mamba_chunk_size", "groups": "mamba_n_groups",
        "conv_bias": "mamba_conv_bias",
    }
)  # fmt: skip
_OUTER = {"mamba_proj_bias": [ABSENT, True], "mamba_expand": [ABSENT, 1, 3], "mamba_n_heads": [2, 4, 8]}


def _mamba2_heads(config: dict[str, Any]) -> None:
    """Make heads whose sizes sum to the inner width."""
    config["head_dim"] = config.get("expand", 2) * config["hidden_size"] // config["num_heads"]


def _bamba_layers(config: dict[str, Any]) -> None:
    """Sometimes give the size of a head that follows from the others."""
    if config.get("mamba_d_head") == "given":
        config["mamba_d_head"] = config.get("mamba_expand", 2) * config["hidden_size"] // config["mamba_n_heads"]


def _experts_fit(config: dict[str, Any]) -> None:
    """Let no token pass more experts than there are."""
    count = config.get("num_local_experts", config.get("num_experts"))
    if count and config.get("num_experts_per_tok", 2) > count:
        config["num_experts_per_tok"] = count


def _granite(config: dict[str, Any]) -> None:
    _bamba_layers(config)
    _experts_fit(config)


def _nemotron(config: dict[str, Any]) -> None:
    """Write layers in letters or in words, old names or new."""
    kinds = config.pop("kinds")
    way = config.pop("way")
    if way == "letters":
        config["hybrid_override_pattern"] = kinds
    elif way == "words":
        names = {"M": "linear_attention", "*": "full_attention", "-": "mlp", "E": "moe"}
        config["layers_block_type"] = [names[kind] for kind in kinds]
    else:
        names = {"M": "mamba", "*": "attention", "-": "mlp", "E": "moe"}
        config["layers_block_type"] = [names[kind] for kind in kinds]
    if config.get("old"):
        config["mamba_n_groups"] = config.pop("n_groups")
        config["mamba_chunk_size"] = config.pop("chunk_size")
        config["mamba_conv_bias"] = config.pop("use_conv_bias", True)
    config.pop("old", None)


def _zamba(config: dict[str, Any]) -> None:
    """Draw what can be built and is counted.

    Adapters of queries, keys and values write as wide as they read, so that every head has keys of its own. The
    classes share the blocks of a model whose embedding and head are untied as little as those.
    """
    if config.get("use_shared_attention_adapter"):
        config.pop("num_key_value_heads", None)
    if "hybrid" in config.get("layers_block_type", ["hybrid"]):
        config.pop("tie_word_embeddings", None)


_SELECTIVE = {
    "hidden_size": [32, 40], "state_size": [ABSENT, 4], "expand": [ABSENT, 1, 3], "conv_kernel": [ABSENT, 1, 2],
    "use_bias": [ABSENT, True], "use_conv_bias": [ABSENT, False], "time_step_rank": [ABSENT, "auto", 5],
    "intermediate_size": [ABSENT, ABSENT, 24], **_TIE,
}  # fmt: skip

DRAWS: Final = {
    "mamba": Draw({"model_type": "mamba", **_SMALL}, _SELECTIVE),
    "falcon_mamba": Draw({"model_type": "falcon_mamba", **_SMALL}, _SELECTIVE),
    "mamba2": Draw(
        {"model_type": "mamba2", **_SMALL},
        {
            "hidden_size": [32, 48], "expand": [ABSENT, 1, 3], "num_heads": [2, 4, 8], "use_bias": [ABSENT, True],
            **_dual(
                {
                    "state": "state_size", "kernel": "conv_kernel", "chunk": "chunk_size", "groups": "n_groups",
                    "conv_bias": "use_conv_bias",
                }
            ),
            **_TIE,
        },
        lengths=_CHUNKS,
        settle=_mamba2_heads,
    ),
    "jamba": Draw(
        {"model_type": "jamba", "num_hidden_layers": 6, "vocab_size": 77, "pad_token_id": 0},
        {
            "hidden_size": [32, 40], "intermediate_size": [24, 56], **_ATTENTION, **_TIE,
            "num_experts": [1, 2, 4], "num_experts_per_tok": [ABSENT, 1, 2], "expert_layer_period": [ABSENT, 1, 3],
            "expert_layer_offset": [0], "attn_layer_period": [1, 2, 4, 8], "attn_layer_offset": [0],
            "mamba_d_state": [ABSENT, 4], "mamba_d_conv": [ABSENT, 2], "mamba_expand": [ABSENT, 1, 3],
            "mamba_dt_rank": [ABSENT, 5], "mamba_conv_bias": [ABSENT, False], "mamba_proj_bias": [ABSENT, True],
        },
        settle=_experts_fit,
    ),
    "bamba": Draw(
        {"model_type": "bamba", "num_hidden_layers": 4, "vocab_size": 77},
        {
            "hidden_size": [32, 48], "intermediate_size": [24, 56], **_ATTENTION, **_TIE, **_MAMBA_KEYS, **_OUTER,
            "attn_layer_indices": [ABSENT, [1], [0, 3]], "attention_bias": [ABSENT, True], "mlp_bias": [ABSENT, True],
            "mamba_d_head": [ABSENT, "auto", "given"],
        },
        lengths=_CHUNKS,
        settle=_bamba_layers,
    ),
    "granitemoehybrid": Draw(
        {"model_type": "granitemoehybrid", "num_hidden_layers": 4, "vocab_size": 77},
        {
            "hidden_size": [32, 48], "intermediate_size": [24, 56], **_ATTENTION, **_TIE, **_MAMBA_KEYS, **_OUTER,
            "layer_types": [
                ABSENT, ["mamba", "attention", "mamba", "mamba"], ["linear_attention"] * 3 + ["full_attention"],
            ],
            "attention_bias": [ABSENT, True], "shared_intermediate_size": [16, 40], "num_local_experts": [0, 2, 4],
            "num_experts_per_tok": [ABSENT, 1, 2], "position_embedding_type": [ABSENT, "rope", "nope"],
            "mamba_d_head": [ABSENT, "auto", "given"],
        },
        lengths=_CHUNKS,
        settle=_granite,
    ),
    "falcon_h1": Draw(
        {"model_type": "falcon_h1", **_SMALL},
        {
            "hidden_size": [32, 48], "intermediate_size": [24, 56], **_ATTENTION, **_TIE, **_MAMBA_KEYS, **_OUTER,
            "mamba_d_ssm": [None, 16, 40], "mamba_rms_norm": [ABSENT, True], "projectors_bias": [ABSENT, True],
            "attention_bias": [ABSENT, True], "mlp_bias": [ABSENT, True], "mamba_norm_before_gate": [ABSENT, False],
        },
        lengths=_CHUNKS,
    ),
    "nemotron_h": Draw(
        {"model_type": "nemotron_h", "vocab_size": 77},
        {
            "kinds": ["M-*E", "MEM*", "-*-*", "MMEE", "M*M-ME"], "way": ["letters", "words", "names"],
            "old": [False, True], "hidden_size": [32, 48], "intermediate_size": [24, 56], "num_attention_heads": [4],
            "num_key_value_heads": [1, 2, 4], "head_dim": [8, 12], "ssm_state_size": [4, 6], "mamba_num_heads": [2, 4],
            "mamba_head_dim": [5, 8], "n_groups": [1, 2], "conv_kernel": [ABSENT, 1, 3], "chunk_size": [4, 8],
            "use_bias": [ABSENT, True], "mlp_bias": [ABSENT, True], "use_conv_bias": [ABSENT, False],
            "n_routed_experts": [4, 8], "num_experts_per_tok": [1, 2], "moe_intermediate_size": [12, 20],
            "moe_shared_expert_intermediate_size": [0, 16, 24], "moe_latent_size": [ABSENT, 10], **_TIE,
        },
        lengths=_CHUNKS,
        settle=_nemotron,
    ),
    "zamba": Draw(
        {"model_type": "zamba", "vocab_size": 77},
        {
            "num_hidden_layers": [6], "hidden_size": [32, 48], "intermediate_size": [24, 56],
            "num_attention_heads": [4, 16], "num_key_value_heads": [2, 4], "attention_head_dim": [ABSENT, 6],
            "attn_layer_period": [ABSENT, 2], "attn_layer_offset": [1], "mamba_d_state": [ABSENT, 4],
            "mamba_d_conv": [ABSENT, 2], "mamba_expand": [ABSENT, 1], "mamba_dt_rank": [ABSENT, "auto", 5],
            "n_mamba_heads": [ABSENT, 1, 4], "mamba_conv_bias": [ABSENT, False], "mamba_proj_bias": [ABSENT, True],
            "layers_block_type": [
                ABSENT, ["mamba"] * 6, ["hybrid", "mamba", "hybrid", "mamba", "mamba", "hybrid"],
            ],
            **_TIE,
        },
        settle=_zamba,
    ),
    "zamba2": Draw(
        {"model_type": "zamba2", "num_hidden_layers": 6, "vocab_size": 77},
        {
            "hidden_size": [32, 48], "intermediate_size": [24, 56, ABSENT], "num_attention_heads": [4],
            "num_key_value_heads": [2, ABSENT], "mamba_expand": [ABSENT, 1], "n_mamba_heads": [2, 4],
            "add_bias_linear": [ABSENT, True], "use_shared_attention_adapter": [ABSENT, True],
            "adapter_rank": [ABSENT, 3], "num_mem_blocks": [ABSENT, 2, 4], "use_mem_rope": [ABSENT, True],
            "layers_block_type": [
                ["mamba"] * 6, ["mamba", "hybrid"] * 3,
                ["linear_attention", "hybrid", "hybrid", "mamba", "hybrid", "hybrid"],
            ],
            **_dual(
                {
                    "state": "mamba_d_state", "kernel": "mamba_d_conv", "chunk": "chunk_size",
                    "groups": "mamba_ngroups", "conv_bias": "use_conv_bias",
                }
            ),
            **_TIE,
        },
        lengths=_CHUNKS,
        settle=_zamba,
    ),
}  # fmt: skip
