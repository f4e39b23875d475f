"""Gemma 3n and Gemma 4, text models: keys used again, inputs of each layer's own, experts beside the MLP."""

from __future__ import annotations

from typing import Any, Final

from differential.draw import ABSENT, Draw

_GEMMA4 = {
    "vocab_size": 77, "hidden_size": 32, "intermediate_size": 24, "num_attention_heads": 4, "pad_token_id": 0,
    "eos_token_id": 1, "bos_token_id": 2, "sliding_window": 6,
}  # fmt: skip
_CHOICES = {
    "num_hidden_layers": [6, 8, 13], "num_key_value_heads": [1, 2, 4], "head_dim": [8, 16],
    "global_head_dim": [16, 24], "num_global_key_value_heads": [ABSENT, 1, 2],
    "attention_k_eq_v": [ABSENT, True, False],
    "attention_bias": [ABSENT, True], "num_kv_shared_layers": [ABSENT, 0, 2, 3], "use_double_wide_mlp": [ABSENT, True],
    "layer_types": [ABSENT, "pattern"], "tie_word_embeddings": [ABSENT, False],
}  # fmt: skip


def _settle(config: dict[str, Any]) -> None:
    """Write a pattern out that has a layer of each kind before the layers that use keys again."""
    depth = config["num_hidden_layers"]
    if config.get("layer_types") or depth - config.get("num_kv_shared_layers", 0) < 6:
        kinds = ["full_attention", "sliding_attention"]
        config["layer_types"] = [kinds[(index + 1) % 2] for index in range(depth)]


def _settle_experts(config: dict[str, Any]) -> None:
    if config["hidden_size_per_layer_input"] == 0:
        config["num_kv_shared_layers"] = 0  # the reference slices the layers' own inputs there, even where it has none
    _settle(config)
    if config.get("enable_moe_block"):
        config.update(num_experts=6, top_k_experts=2, moe_intermediate_size=12)


def _settle_3n(config: dict[str, Any]) -> None:
    depth = config["num_hidden_layers"]
    config["layer_types"] = (["sliding_attention", "full_attention"] * depth)[:depth]
    if config["intermediate_size"] == "listed":
        config["intermediate_size"] = [16 + 8 * (index % 3) for index in range(depth)]


_NESTED = {
    "model_type": "gemma4_text", **_GEMMA4, "vocab_size_per_layer_input": 91, "num_hidden_layers": 6,
    "num_key_value_heads": 2, "head_dim": 8, "global_head_dim": 16, "hidden_size_per_layer_input": 8,
}  # fmt: skip
_VISION = {
    "hidden_size": 16, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 4, "head_dim": 8,
}  # fmt: skip

DRAWS: Final = {
    "gemma4_text": Draw(
        {"model_type": "gemma4_text", **_GEMMA4, "vocab_size_per_layer_input": 91},
        {**_CHOICES, "hidden_size_per_layer_input": [0, 8, 12], "enable_moe_block": [ABSENT, True]},
        settle=_settle_experts,
    ),
    "gemma4_unified_text": Draw(
        {"model_type": "gemma4_unified_text", **_GEMMA4}, _CHOICES, settle=_settle, model="Gemma4UnifiedForCausalLM"
    ),
    "gemma3n_text": Draw(
        {
            "model_type": "gemma3n_text", "vocab_size": 77, "hidden_size": 32, "num_attention_heads": 4,
            "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2, "sliding_window": 6,
            "vocab_size_per_layer_input": 91,
        },
        {
            "num_hidden_layers": [5, 12], "intermediate_size": [24, "listed"], "num_key_value_heads": [1, 2, 4],
            "head_dim": [8, 16], "num_kv_shared_layers": [0, 2, 3], "hidden_size_per_layer_input": [8, 12],
            "altup_num_inputs": [2, 4], "altup_active_idx": [ABSENT, 1], "laurel_rank": [4, 6],
            "altup_correct_scale": [ABSENT, False], "attention_bias": [ABSENT, True],
            "tie_word_embeddings": [ABSENT, False],
        },
        settle=_settle_3n,
        model="Gemma3nForCausalLM",
    ),
    "gemma4": Draw(
        {"model_type": "gemma4", "image_token_id": 60, "video_token_id": 61, "audio_token_id": 62},
        {
            "text_config": [_NESTED, {**_NESTED, "tie_word_embeddings": False, "hidden_size_per_layer_input": 0}],
            "vision_config": [
                ABSENT, {"position_embedding_size": 50, **_VISION},
                {"position_embedding_size": 40, **_VISION, "num_key_value_heads": 2, "use_clipped_linears": True},
            ],
            "audio_config": [
                ABSENT, {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "output_proj_dims": 20},
                {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 3, "output_proj_dims": 12,
                 "subsampling_conv_channels": [8, 6], "conv_kernel_size": 3},
            ],
            "tie_word_embeddings": [ABSENT, False],
        },
        model="Gemma4ForConditionalGeneration",
    ),
    "gemma4_unified": Draw(
        {"model_type": "gemma4_unified", "image_token_id": 60, "video_token_id": 61, "audio_token_id": 62},
        {
            "text_config": [{**_NESTED, "model_type": "gemma4_unified_text"}],
            "vision_config": [
                ABSENT, {"patch_size": 2, "mm_embed_dim": 20, "output_proj_dims": 20, "mm_posemb_size": 12},
                {"patch_size": 3, "pooling_kernel_size": 2, "mm_embed_dim": 20, "output_proj_dims": 20},
            ],
            "audio_config": [ABSENT, {"audio_embed_dim": 30}], "tie_word_embeddings": [ABSENT, False],
        },
        model="Gemma4UnifiedForConditionalGeneration",
    ),
}  # fmt: skip
