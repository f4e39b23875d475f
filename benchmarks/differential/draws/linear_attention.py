"""Delta rules, lightning attention and recurrent stacks between layers of attention.

Chunks have 64 positions in the models: lengths are drawn on either side of one chunk, of two, and in between.
"""

from __future__ import annotations

import random
from typing import Any, Final

from differential.draw import ABSENT, Draw

_LENGTHS: Final = (5, 63, 64, 65, 128, 150)
_WIDTHS: Final = {
    "hidden_size": [32, 48],
    "num_attention_heads": [4],
    "num_key_value_heads": [1, 2, 4],
    "head_dim": [8, 16],
    "num_hidden_layers": [2, 3, 5],
    "vocab_size": [77],
    "tie_word_embeddings": [ABSENT, True, False],
}
_DELTA: Final = {
    "linear_num_key_heads": [1, 2],
    "linear_num_value_heads": [2, 4],
    "linear_key_head_dim": [8, 24],
    "linear_value_head_dim": [8, 20],
    "linear_conv_kernel_dim": [ABSENT, 2, 3],
}
_PATTERN: Final = {"layer_types": [ABSENT, "drawn"], "full_attention_interval": [ABSENT, 2, 3]}
_EXPERTS: Final = {
    "moe_intermediate_size": [8, 24],
    "shared_expert_intermediate_size": [16, 12],
    "num_experts": [4, 6],
    "num_experts_per_tok": [1, 3],
}


def _layer_types(config: dict[str, Any], kinds: tuple[str, ...] = ("linear_attention", "full_attention")) -> None:
    """Write a kind for each layer, all kinds among them."""
    if config.get("layer_types") == "drawn":
        depth = config["num_hidden_layers"]
        source = random.Random(str(sorted(config.items(), key=str)))
        drawn = [*kinds, *source.choices(kinds, k=depth)][:depth]
        source.shuffle(drawn)
        config["layer_types"] = drawn


def _kimi(config: dict[str, Any]) -> None:
    """Write the layers as the published configurations do, or as transformers does."""
    _layer_types(config)
    config["num_key_value_heads"] = config["num_attention_heads"]
    depth, before = config["num_hidden_layers"], config.pop("published")
    if before:
        kinds = config.pop("layer_types", None) or ["linear_attention", "full_attention", *["linear_attention"] * depth]
        named = {"kda_layers": "linear_attention", "full_attn_layers": "full_attention"}
        config["linear_attn_config"] = {
            "head_dim": 12, "num_heads": 3, "short_conv_kernel_size": 2,
            **{key: [i + 1 for i in range(depth) if kinds[i] == kind] for key, kind in named.items()},
        }  # fmt: skip
    if config.get("mlp_layer_types") == "drawn":
        config["mlp_layer_types"] = ["sparse" if index % 3 != 1 else "dense" for index in range(depth)]


def _bailing(config: dict[str, Any]) -> None:
    """Write a key and a value for each head, and the layers."""
    _layer_types(config)
    config["num_key_value_heads"] = config["num_attention_heads"]
    if config.get("mlp_layer_types") == "drawn":
        config["mlp_layer_types"] = [
            "sparse" if index % 3 != 1 else "dense" for index in range(config["num_hidden_layers"])
        ]


def _qwen4(config: dict[str, Any]) -> None:
    """Write the layers, and put tables of n-grams only where layers are linear."""
    _layer_types(config, ("linear_attention", config.pop("named")))
    depth, kinds = config["num_hidden_layers"], config.get("layer_types")
    period = config.get("full_attention_interval", 4)
    linear = [i + 1 for i in range(depth) if (kinds[i] == "linear_attention" if kinds else (i + 1) % period)]
    if config["ple_layer_ids"] is not None:
        config["ple_layer_ids"] = linear[: config["ple_layer_ids"]]


def _minimax_m3(config: dict[str, Any]) -> None:
    """Write the layers as the published configurations do, or as transformers does."""
    _layer_types(config, ("minimax_m3_sparse", "full_attention"))
    depth, before = config["num_hidden_layers"], config.pop("published")
    config["index_local_blocks"] = min(config["index_local_blocks"], config["index_topk_blocks"])
    if before:
        config["sparse_attention_config"] = {
            "sparse_num_index_heads": 1, "sparse_block_size": 3, "sparse_local_block": 1, "sparse_index_dim": 8,
            "sparse_attention_freq": [index % 2 for index in range(depth)],
        }  # fmt: skip
        config["moe_layer_freq"] = [int(index > 0) for index in range(depth)]
    if config.get("mlp_layer_types") == "drawn":
        config["mlp_layer_types"] = ["sparse" if index % 3 != 1 else "dense" for index in range(depth)]


DRAWS: Final = {
    "qwen3_next": Draw(
        {"model_type": "qwen3_next", "intermediate_size": 40},
        {
            **_WIDTHS, **_DELTA, **_PATTERN, **_EXPERTS, "attention_bias": [ABSENT, True],
            "num_experts": [4, 6, 0], "decoder_sparse_step": [ABSENT, 2], "mlp_only_layers": [ABSENT, [0], [1, 2]],
        },
        lengths=_LENGTHS,
        settle=_layer_types,
    ),
    "qwen3_5_text": Draw(
        {"model_type": "qwen3_5_text", "intermediate_size": 40},
        {**_WIDTHS, **_DELTA, **_PATTERN, "attention_bias": [ABSENT, True]},
        lengths=_LENGTHS,
        settle=_layer_types,
    ),
    "qwen3_5_moe_text": Draw(
        {"model_type": "qwen3_5_moe_text"},
        {**_WIDTHS, **_DELTA, **_PATTERN, **_EXPERTS, "attention_bias": [ABSENT, True]},
        lengths=_LENGTHS,
        settle=_layer_types,
    ),
    "olmo_hybrid": Draw(
        {"model_type": "olmo_hybrid", "intermediate_size": 40, "pad_token_id": 0},
        {
            **_WIDTHS, **_DELTA, "head_dim": [ABSENT, 16], "linear_num_key_heads": [ABSENT, 2],
            "linear_num_value_heads": [ABSENT, 4], "linear_key_head_dim": [ABSENT, 8],
            "linear_value_head_dim": [ABSENT, 20], "num_key_value_heads": [ABSENT, None, 2],
            "layer_types": [ABSENT, "drawn"], "attention_bias": [ABSENT, True],
        },
        lengths=_LENGTHS,
        settle=_layer_types,
    ),
    "kimi_linear": Draw(
        {"model_type": "kimi_linear", "intermediate_size": 40, "pad_token_id": 0},
        {
            "hidden_size": [32, 48], "num_attention_heads": [2, 4], "num_hidden_layers": [2, 3, 5], "vocab_size": [77],
            "tie_word_embeddings": [ABSENT, True], "kv_lora_rank": [12, 16], "q_lora_rank": [ABSENT, None, 20],
            "qk_nope_head_dim": [8, 12], "qk_rope_head_dim": [4, 8], "v_head_dim": [8, 20],
            "attention_bias": [ABSENT, True], "linear_head_dim": [8, 16], "linear_num_heads": [2, 4],
            "linear_conv_kernel_dim": [ABSENT, 3], "layer_types": [ABSENT, "drawn"], "published": [False, True],
            "mlp_layer_types": [ABSENT, "drawn"], "first_k_dense_replace": [ABSENT, 0, 2],
            "moe_intermediate_size": [8, 24], "num_shared_experts": [ABSENT, 0, 2], "num_experts": [4, 6],
            "num_experts_per_token": [1, 3],
        },
        lengths=_LENGTHS,
        settle=_kimi,
    ),
    "minimax": Draw(
        {"model_type": "minimax"},
        {
            **_WIDTHS, "head_dim": [ABSENT, None, 16], "layer_types": [ABSENT, "drawn"], "intermediate_size": [8, 24],
            "block_size": [ABSENT, 4, 7], "sliding_window": [ABSENT, None, 3], "num_local_experts": [ABSENT, 4],
            "num_experts_per_tok": [ABSENT, 1, 3],
        },
        lengths=(3, 4, 5, 8, 14, 17),
        settle=_layer_types,
    ),
    "minimax_m3_vl_text": Draw(
        {"model_type": "minimax_m3_vl_text"},
        {
            **_WIDTHS, "layer_types": [ABSENT, "drawn"], "published": [False, False, True], "rotary_dim": [8],
            "intermediate_size": [8, 24], "dense_intermediate_size": [40], "shared_intermediate_size": [16],
            "num_local_experts": [4, 6], "num_experts_per_tok": [1, 3], "index_n_heads": [1, 2, 4],
            "index_head_dim": [8, 16], "index_block_size": [2, 4], "index_topk_blocks": [1, 2, 3],
            "index_local_blocks": [1, 2], "mlp_layer_types": [ABSENT, "drawn"],
        },
        lengths=(3, 4, 5, 8, 14, 17),
        settle=_minimax_m3,
    ),
    "hrm_text": Draw(
        {"model_type": "hrm_text", "num_attention_heads": 4},
        {
            "hidden_size": [32, 48], "num_hidden_layers": [1, 2], "intermediate_size": [24, 40], "vocab_size": [77],
            "head_dim": [8, 16], "tie_word_embeddings": [ABSENT, True], "attention_bias": [ABSENT, True],
            "mlp_bias": [ABSENT, True], "H_cycles": [ABSENT, 1, 3], "L_cycles": [ABSENT, 1, 2, 4],
            "L_bp_cycles": [ABSENT, None, [1], [3, 1], [1, 2, 3, 1]],
        },
    ),
    "doge": Draw(
        {"model_type": "doge"},
        {
            **_WIDTHS, "head_dim": [ABSENT, 16], "intermediate_size": [24, 40], "attention_bias": [ABSENT, True],
            "mlp_bias": [ABSENT, True], "sliding_window": [ABSENT, 4], "keep_window_size": [ABSENT, 3, 6],
            "is_moe": [ABSENT, True, True], "num_experts": [9, 27], "num_experts_per_tok": [1, 4],
        },
    ),
    "bailing_hybrid": Draw(
        {
            "model_type": "bailing_hybrid", "intermediate_size": 40, "pad_token_id": 0, "num_expert_group": 2,
            "topk_group": 1,
        },
        {
            "hidden_size": [32, 48], "num_attention_heads": [2, 4], "num_hidden_layers": [2, 3, 5], "vocab_size": [77],
            "tie_word_embeddings": [ABSENT, True], "kv_lora_rank": [12, 16], "qk_nope_head_dim": [8, 12],
            "qk_rope_head_dim": [4, 8], "v_head_dim": [8, 20], "attention_bias": [ABSENT, True],
            "head_dim": [8, 12], "linear_head_dim": [ABSENT, ABSENT, 20], "linear_num_heads": [ABSENT, ABSENT, 3],
            "short_conv_kernel_size": [ABSENT, 2], "layer_types": [ABSENT, "drawn"], "layer_group_size": [2, 3],
            "mlp_layer_types": [ABSENT, "drawn"], "first_k_dense_replace": [ABSENT, 0, 1],
            "moe_intermediate_size": [8, 24], "num_shared_experts": [ABSENT, 0, 2], "num_experts": [4, 6],
            "num_experts_per_token": [1, 3], "kda_safe_gate": [ABSENT, False],
        },
        lengths=_LENGTHS,
        settle=_bailing,
    ),
    "qwen4_exp_text": Draw(
        {
            "model_type": "qwen4_exp_text", "eos_token_id": 1, "indexer_kv_heads": 1, "indexer_head_dim": 16,
            "make_ngram_vocab_size_divisible_by": 16,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        },
        {
            **_WIDTHS, **_DELTA, **_PATTERN, **_EXPERTS, "attention_bias": [ABSENT, True],
            "named": ["indexed_attention", "full_attention"], "hc_count": [ABSENT, 2, 3], "hc_lowrank": [5, 8],
            "ple_layer_ids": [None, 1, 2], "ple_embed_dim": [ABSENT, 24, 48], "ple_conv_kernel_size": [ABSENT, 2],
            "ngram_size": [ABSENT, 2], "heads_per_ngram": [2, 4], "ngram_vocab_size_base": [10, 50],
            "indexer_n_heads": [1, 3], "indexer_budget": [4, 8], "indexer_compress_ratio": [2, 4],
        },
        lengths=(3, 7, 12, 13, 66),
        settle=_qwen4,
    ),
}  # fmt: skip
