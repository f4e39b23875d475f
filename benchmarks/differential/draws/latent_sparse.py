"""Latent attention and sparse attention: DeepSeek V3.2 and V4, GLM-5, A.X K1 and K2, Hy4 and their kin."""

from __future__ import annotations

from typing import Any, Final

from differential.draw import ABSENT, Draw

_SMALL = {"num_hidden_layers": 4, "vocab_size": 77, "num_attention_heads": 4, "intermediate_size": 40}
_LATENT = {
    "hidden_size": [32, 48],
    "kv_lora_rank": [8, 12],
    "qk_nope_head_dim": [8, 6],
    "qk_rope_head_dim": [4, 8],
    "v_head_dim": [6, 10],
    "attention_bias": [ABSENT, True],
    "tie_word_embeddings": [ABSENT, True],
    "num_key_value_heads": [4],
}
_INDEX = {"index_n_heads": [2, 3], "index_head_dim": [8, 12], "index_topk": [3, 6, 40]}
_EXPERTS = {
    "n_routed_experts": [8],
    "num_experts_per_tok": [1, 3],
    "moe_intermediate_size": [12, 20],
    "n_shared_experts": [ABSENT, 1, 2],
    "n_group": [1],
    "topk_group": [1],
}
_TYPES = [ABSENT, ["dense", "sparse", "dense", "sparse"], ["sparse", "dense", "sparse", "sparse"]]
_KINDS = [ABSENT, ["full", "shared", "shared", "full"], ["full", "full", "shared", "shared"]]

_INDEXED, _WHOLE, _DELTA = "indexed_attention", "full_attention", "linear_attention"
_SLIDE, _SPARSE, _HEAVY = "sliding_attention", "compressed_sparse_attention", "heavily_compressed_attention"


def _early(config: dict[str, Any]) -> None:
    """Let the class find the sparse layers from older keys only where it looks at them."""
    if "mlp_layer_types" in config:
        config.pop("first_k_dense_replace", None)
        config.pop("moe_layer_freq", None)


def _as_wide_as_rotated(config: dict[str, Any]) -> None:
    """Give the rotary table the width of what it rotates, which the class does not derive."""
    config["head_dim"] = config["qk_rope_head_dim"]


def _one_width(config: dict[str, Any]) -> None:
    """Keep the rotary part within a head, whose size the class asks for beside it."""
    rotated = config["swa_head_dim"] - config["swa_qk_nope_head_dim"]
    if rotated % 2:
        config["swa_head_dim"] += 1


def _shared_alike(config: dict[str, Any]) -> None:
    """Let layers read the keys of layers that rotate as they do."""
    if "kv_source_layers" in config:
        config["no_rope_layers"] = [1, 0, 1, 0]


def _shared_right_above(config: dict[str, Any]) -> None:
    """Let a layer share a selection only right above an indexer: nothing carries it further."""
    kinds = config.get("layer_types", [_DELTA, _DELTA, _DELTA, _INDEXED, _DELTA])
    if "indexer_types" not in config:
        return
    chosen = list(config["indexer_types"])
    for index, kind in enumerate(kinds):
        below = index > 0 and kinds[index - 1] != _DELTA and chosen[index - 1] == "full"
        if kind != _DELTA and not below:
            chosen[index] = "full"
    config["indexer_types"] = chosen


def _choosing_all(config: dict[str, Any]) -> None:
    """Let every token choose every expert, and take away the rows that transformers allocates for zero experts.

    `gate_up_proj` has rows for experts that pass their input on; no published file holds them, nothing reads them.
    """
    from torch import nn
    from transformers.models.longcat_flash import modeling_longcat_flash as reference

    _as_wide_as_rotated(config)
    config["moe_topk"] = config["n_routed_experts"] + config["zero_expert_num"]
    kind = reference.LongcatFlashExperts
    if "_full_init" in vars(kind):
        return
    kind._full_init = kind.__init__

    def without_idle_rows(self: Any, settings: Any) -> None:
        kind._full_init(self, settings)
        self.gate_up_proj = nn.Parameter(self.gate_up_proj[: self.num_routed_experts].detach().clone())

    kind.__init__ = without_idle_rows


DRAWS: Final = {
    "axk1": Draw(
        {"model_type": "axk1", **_SMALL},
        {
            **_LATENT, **_EXPERTS, "q_lora_rank": [16, 20], "mlp_layer_types": _TYPES,
            "first_k_dense_replace": [ABSENT, 0, 2], "moe_layer_freq": [ABSENT, 2],
        },
        settle=_early,
    ),
    "glm4_moe_lite": Draw(
        {"model_type": "glm4_moe_lite", **_SMALL},
        {**_LATENT, **_EXPERTS, "q_lora_rank": [None, 16], "mlp_layer_types": _TYPES},
    ),
    "mistral4": Draw(
        {"model_type": "mistral4", **_SMALL},
        {**_LATENT, **_EXPERTS, "q_lora_rank": [None, 16], "first_k_dense_replace": [ABSENT, 0, 2]},
        model="Mistral4ForCausalLM",
    ),
    "minicpm3": Draw(
        {"model_type": "minicpm3", **_SMALL},
        {
            **_LATENT, "q_lora_rank": [None, 16, 20], "mlp_bias": [ABSENT, True], "v_head_dim": [ABSENT, None, 10],
            "tie_word_embeddings": [ABSENT, False], "num_key_value_heads": [4, None],
        },
    ),
    "deepseek_v32": Draw(
        {"model_type": "deepseek_v32", **_SMALL},
        {
            **_LATENT, **_EXPERTS, **_INDEX, "q_lora_rank": [16, 20], "mlp_layer_types": _TYPES,
            "first_k_dense_replace": [ABSENT, 0, 2],
        },
        settle=_early,
    ),
    "glm_moe_dsa": Draw(
        {"model_type": "glm_moe_dsa", **_SMALL},
        {
            **_LATENT, **_EXPERTS, **_INDEX, "q_lora_rank": [16, 20], "mlp_layer_types": _TYPES,
            "first_k_dense_replace": [ABSENT, 0, 2], "indexer_types": _KINDS,
            "index_topk_pattern": [ABSENT, ABSENT, "FSSF"], "index_topk_freq": [ABSENT, 2, 3],
            "index_skip_topk_offset": [ABSENT, 1, 3],
        },
        settle=_early,
    ),
    "axk2": Draw(
        {"model_type": "axk2", **_SMALL},
        {
            **_LATENT, **_EXPERTS, **_INDEX, "q_lora_rank": [16, 20], "mlp_layer_types": _TYPES,
            "first_k_dense_replace": [ABSENT, 0, 2], "moe_layer_freq": [ABSENT, 2], "gated_norm_rank": [ABSENT, 5],
            "n_group": [ABSENT], "topk_group": [ABSENT],
        },
        settle=_early,
    ),
    "hy_v4": Draw(
        {"model_type": "hy_v4", "pad_token_id": None, **_SMALL},
        {
            **_LATENT, **_EXPERTS, **_INDEX, "q_lora_rank": [16, 20], "mlp_layer_types": _TYPES,
            "indexer_types": _KINDS, "hc_mult": [ABSENT, 2, 3],
        },
        sinks=True,
    ),
    "deepseek_v4": Draw(
        {"model_type": "deepseek_v4", "num_hidden_layers": 5, "vocab_size": 77, "num_attention_heads": 4},
        {
            "hidden_size": [32, 48], "head_dim": [8, 16], "q_lora_rank": [16, 20], "o_groups": [1, 2, 4],
            "o_lora_rank": [6, 8], "hc_mult": [ABSENT, 2, 3], "moe_intermediate_size": [12, 20],
            "n_routed_experts": [8], "num_experts_per_tok": [1, 3], "mlp_bias": [ABSENT, True],
            "sliding_window": [2, 4, 40], "index_n_heads": [2, 3], "index_head_dim": [8], "index_topk": [1, 2, 9],
            "layer_types": [
                ABSENT, [_SLIDE, _SPARSE, _HEAVY, _SPARSE, _HEAVY], [_SPARSE, _SLIDE, _SPARSE, _SPARSE, _SLIDE],
            ],
            "compress_rates": [ABSENT, {_SPARSE: 2, _HEAVY: 5}, {_SPARSE: 1, _HEAVY: 3}],
            "compress_ratios": [ABSENT, [0, 0, 4, 128, 4, 0]], "tie_word_embeddings": [ABSENT, True],
            "partial_rotary_factor": [0.5],
        },
        sinks=True,
    ),
    "longcat_flash": Draw(
        {"model_type": "longcat_flash", "num_layers": 2, "vocab_size": 77, "num_attention_heads": 4},
        {
            **_LATENT, "q_lora_rank": [16, 20], "ffn_hidden_size": [24, 40], "expert_ffn_hidden_size": [12, 20],
            "n_routed_experts": [6], "moe_topk": [2, 3], "zero_expert_num": [0], "router_bias": [ABSENT, True],
        },
        settle=_as_wide_as_rotated,
    ),
    # How many of the chosen experts compute depends on the tokens, unless all of them are chosen.
    "longcat_flash_zero": Draw(
        {"model_type": "longcat_flash", "num_layers": 2, "vocab_size": 77, "num_attention_heads": 4},
        {
            **_LATENT, "q_lora_rank": [16, 20], "ffn_hidden_size": [24, 40], "expert_ffn_hidden_size": [12, 20],
            "n_routed_experts": [6], "zero_expert_num": [2, 3],
        },
        settle=_choosing_all,
    ),
    "jetmoe": Draw(
        {"model_type": "jetmoe", "num_hidden_layers": 3, "vocab_size": 77},
        {
            "hidden_size": [32, 48], "num_key_value_heads": [1, 2, 3], "kv_channels": [8, 12],
            "intermediate_size": [24, 40], "num_local_experts": [4, 5], "num_experts_per_tok": [1, 2, 3],
            "tie_word_embeddings": [ABSENT, False],
        },
    ),
    "dots3_note_text": Draw(
        {"model_type": "dots3_note_text", "pad_token_id": None, **_SMALL},
        {
            **_LATENT, **_EXPERTS, **_INDEX, "q_lora_rank": [16, 20], "mlp_layer_types": _TYPES,
            "first_k_dense_replace": [ABSENT, 0, 2], "moe_layer_freq": [ABSENT, 2, [0, 1, 0, 1]],
            "use_dsa": [ABSENT, True, False], "use_sliding_window": [ABSENT, False], "sliding_window": [3, 6],
            "layer_types": [
                ABSENT, [_SLIDE, _INDEXED, _SLIDE, _WHOLE], [_INDEXED, _WHOLE, _INDEXED, _SLIDE],
            ],
            "swa_num_attention_heads": [2], "swa_num_key_value_heads": [2], "swa_q_lora_rank": [12, 16],
            "swa_kv_lora_rank": [12, 16], "swa_head_dim": [16], "swa_qk_nope_head_dim": [6, 8, 12],
            "swa_v_head_dim": [8, 10], "shared_experts_intermediate_size": [12, 20], "num_key_value_heads": [4],
            "moe_shared_expert_intermediate_size": [ABSENT, 16], "head_dim": [16],
            "tie_word_embeddings": [ABSENT, True],
        },
        settle=_one_width,
    ),
    "mistral_large4_text": Draw(
        {"model_type": "mistral_large4_text", "architectures": ["MistralLarge4TextModel"], **_SMALL},
        {
            **_LATENT, **_EXPERTS, **_INDEX, "mlp_layer_types": _TYPES, "first_k_dense_replace": [ABSENT, 0, 2],
            "indexer_types": _KINDS, "index_topk_pattern": [ABSENT, ABSENT, "FSSF"], "index_topk_freq": [ABSENT, 2],
            "no_rope_layers": [ABSENT, [1, 0, 1, 0]], "no_rope_layer_interval": [ABSENT, 2],
            "kv_source_layers": [ABSENT, [0, 1, 0, 1]], "tie_word_embeddings": [ABSENT],
        },
        model="AutoModel",
        settle=_shared_alike,
    ),
    "glm5_next_text": Draw(
        {
            "model_type": "glm5_next_text", "architectures": ["Glm5NextTextModel"], "num_hidden_layers": 5,
            "vocab_size": 77, "num_attention_heads": 4, "intermediate_size": 40, "pad_token_id": None,
        },
        {
            "hidden_size": [32, 48], "kv_lora_rank": [8, 12], "q_lora_rank": [16, 20], "qk_nope_head_dim": [8, 6],
            "v_head_dim": [6, 10], "attention_bias": [ABSENT, True], "num_key_value_heads": [4], **_EXPERTS,
            "index_n_heads": [2, 3], "index_head_dim": [8, 12], "index_kpool": [2, 4], "index_topk": [4, 8, 40],
            "index_kpool_always_select_tail": [ABSENT, False], "hc_mult": [ABSENT, 2], "linear_num_heads": [2, 3],
            "linear_head_dim": [8], "linear_conv_kernel_dim": [ABSENT, 3],
            "linear_attn_config": [ABSENT, ABSENT, {"head_dim": 6, "num_heads": 2, "short_conv_kernel_size": 2}],
            "layer_types": [
                ABSENT, [_INDEXED, _DELTA, _WHOLE, _INDEXED, _DELTA], [_DELTA, _INDEXED, _INDEXED, _DELTA, _INDEXED],
            ],
            "indexer_types": [ABSENT, ["full", "shared", "full", "shared", "full"]],
            "mlp_layer_types": [ABSENT, ["sparse", "dense", "dense", "sparse", "sparse"]],
        },
        model="AutoModel",
        settle=_shared_right_above,
        lengths=(3, 11, 16, 70),
    ),
}  # fmt: skip
