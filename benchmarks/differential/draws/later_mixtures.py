"""Decoders with experts and grouped queries of 2024 to 2026: DBRX, AFMoE, Hy3, K-EXAONE, MiMo and their kin."""

from __future__ import annotations

from typing import Final

from differential.draw import ABSENT, Draw

_SMALL = {"num_hidden_layers": 4, "vocab_size": 77, "num_attention_heads": 4, "intermediate_size": 40}
_EXPERTS = {
    "n_routed_experts": [8],
    "num_experts_per_tok": [1, 3],
    "moe_intermediate_size": [12, 20],
    "n_shared_experts": [ABSENT, 1, 2],
}
_TYPES = [ABSENT, ["dense", "sparse", "dense", "sparse"], ["sparse", "dense", "sparse", "sparse"]]
_GROUPED = {
    "hidden_size": [32, 48],
    "num_key_value_heads": [1, 2, 4],
    "head_dim": [8, 12],
    "tie_word_embeddings": [ABSENT, True, False],
    "attention_bias": [ABSENT, True],
}
_ROUTED = {"num_experts": [8], "num_experts_per_tok": [1, 3], "moe_intermediate_size": [12, 20]}
_ALL, _SLIDES = "full_attention", "sliding_attention"
_WINDOWS = [ABSENT, [_ALL, _SLIDES, _ALL, _SLIDES], [_SLIDES, _SLIDES, _SLIDES, _ALL]]

DRAWS: Final = {
    "dbrx": Draw(
        {"model_type": "dbrx", "vocab_size": 77},
        {
            "d_model": [32, 48], "n_heads": [4], "n_layers": [2, 3],
            "attn_config": [{"kv_n_heads": 2, "clip_qkv": 8, "rope_theta": 1e4}, {"clip_qkv": 8, "rope_theta": 1e4}],
            "ffn_config": [
                ABSENT, {"moe_num_experts": 6, "moe_top_k": 2, "ffn_hidden_size": 24}, {"ffn_hidden_size": 8},
            ],
        },
    ),
    "exaone_moe": Draw(
        {"model_type": "exaone_moe", **_SMALL},
        {
            **_GROUPED, **_ROUTED, "head_dim": [ABSENT, 12], "attention_bias": [ABSENT], "sliding_window": [3, 6],
            "layer_types": _WINDOWS,
            "sliding_window_pattern": [ABSENT, 2, 3], "mlp_layer_types": _TYPES,
            "first_k_dense_replace": [ABSENT, 0, 2], "num_shared_experts": [ABSENT, 1, 2],
        },
    ),
    "hy_v3": Draw(
        {"model_type": "hy_v3", "pad_token_id": None, **_SMALL},
        {
            **_GROUPED, **_ROUTED, "mlp_bias": [ABSENT, True], "mlp_layer_types": _TYPES,
            "num_shared_experts": [ABSENT, 0, 2],
        },
    ),
    "afmoe": Draw(
        {"model_type": "afmoe", **_SMALL},
        {
            **_GROUPED, **_ROUTED, "num_key_value_heads": [ABSENT, 1, 2], "sliding_window": [3, 6],
            "layer_types": _WINDOWS, "global_attn_every_n_layers": [ABSENT, 2, 3], "num_dense_layers": [ABSENT, 0, 2],
            "num_shared_experts": [ABSENT, 1],
        },
    ),
    "solar_open": Draw(
        {"model_type": "solar_open", **_SMALL},
        {**_GROUPED, **_EXPERTS},
    ),
    # Sliding layers have a column of sinks, the others have none: pairs are compared where all layers are alike.
    "mimo_v2_flash": Draw(
        {"model_type": "mimo_v2_flash", **_SMALL},
        {
            **_GROUPED, **_EXPERTS, "num_key_value_heads": [1, 2], "v_head_dim": [6, 10], "sliding_window": [3, 6],
            "sliding_window_size": [ABSENT, 4], "layer_types": _WINDOWS, "mlp_layer_types": _TYPES,
            "head_dim": [12, 24], "n_shared_experts": [ABSENT],
        },
        pairs=False,
    ),
    "mimo_v2_flash_sliding": Draw(
        {"model_type": "mimo_v2_flash", **_SMALL, "layer_types": [_SLIDES] * 4},
        {
            **_GROUPED, **_EXPERTS, "num_key_value_heads": [1, 2], "v_head_dim": [6, 10], "sliding_window": [3, 6],
            "sliding_window_size": [ABSENT, 4], "head_dim": [12, 24], "n_shared_experts": [ABSENT],
        },
        sinks=True,
    ),
    "cohere2_moe": Draw(
        {"model_type": "cohere2_moe", "pad_token_id": None, **_SMALL},
        {
            **_GROUPED, "num_key_value_heads": [ABSENT, 1, 2], "num_experts": [6], "num_experts_per_tok": [1, 3],
            "num_shared_experts": [ABSENT, 1, 2], "sliding_window": [3, 6], "layer_types": _WINDOWS,
            "mlp_layer_types": _TYPES, "first_k_dense_replace": [ABSENT, 2], "sliding_window_pattern": [ABSENT, 2],
            "prefix_dense_sliding_window_pattern": [ABSENT, 2], "prefix_dense_intermediate_size": [ABSENT, 24],
        },
    ),
    "laguna": Draw(
        {"model_type": "laguna", **_SMALL},
        {
            **_GROUPED, **_ROUTED, "num_key_value_heads": [1, 2], "sliding_window": [3, 6], "layer_types": _WINDOWS,
            "mlp_layer_types": _TYPES, "shared_expert_intermediate_size": [12, 20],
            "gating": [ABSENT, True, False, "per-head", "per-element"],
            "num_attention_heads_per_layer": [ABSENT, [4, 2, 6, 2]], "head_dim": [8, 16],
        },
    ),
    "kolibri1": Draw(
        {"model_type": "kolibri1", **_SMALL},
        {
            **_GROUPED, **_ROUTED, "shared_expert_intermediate_size": [12, 20], "sliding_window": [3, 6],
            "layer_types": _WINDOWS, "num_hidden_layers": [4], "attention_bias": [ABSENT],
        },
    ),
    "flint": Draw(
        {"model_type": "flint", **_SMALL},
        {
            **_GROUPED, **_ROUTED, "shared_expert_intermediate_size": [12, 20], "sliding_window": [3, 6],
            "layer_types": _WINDOWS, "mlp_only_layers": [ABSENT, None, [], [1, 3]], "decoder_sparse_step": [ABSENT, 2],
        },
        sinks=True,
    ),
    "deepseek_ocr2_text": Draw(
        {"model_type": "deepseek_ocr2_text", "architectures": ["DeepseekOcr2TextModel"], **_SMALL},
        {
            **_GROUPED, **_EXPERTS, "head_dim": [ABSENT], "num_key_value_heads": [ABSENT, 2, None],
            "mlp_bias": [ABSENT, True], "mlp_layer_types": _TYPES[1:],
        },
        model="DeepseekOcr2TextModel",
    ),
}  # fmt: skip
