"""Qwen with images of any size, and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from differential.draw import ABSENT, Draw

if TYPE_CHECKING:
    from collections.abc import Mapping

IMAGE: Final = 70
_TEXT = {
    "num_hidden_layers": 2, "vocab_size": 77, "hidden_size": 32, "intermediate_size": 24, "num_attention_heads": 4,
    "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2,
}  # fmt: skip
_SECTIONS = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 1, 1]}


def _pictures(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return numbers of tokens and square pictures in front of them."""
    images, side, vision = others.get("images", 0), others.get("image_side", 0), settings.vision_config
    ids = torch.randint(3, 60, (1, seq_len))
    arguments = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
    if images:
        cells = side // vision.patch_size
        tokens = (cells // vision.spatial_merge_size) ** 2
        for index in range(images):
            ids[0, index * (tokens + 1) : index * (tokens + 1) + tokens] = IMAGE
        numbers = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
        arguments["pixel_values"] = torch.randn(images * cells**2, numbers)
        arguments["image_grid_thw"] = torch.tensor([[1, cells, cells]] * images)
        arguments["mm_token_type_ids"] = (ids == IMAGE).long()
    return arguments


def _packed(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return numbers of tokens, and patches of square pictures in front of them."""
    images, side, vision = others["images"], others["image_side"], settings.vision_config
    ids = torch.randint(3, 60, (1, seq_len))
    arguments = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
    if images:
        cells = side // vision.patch_size
        tokens = (cells // vision.merge_kernel_size[0]) ** 2
        for index in range(images):
            ids[0, index * (tokens + 1) : index * (tokens + 1) + tokens] = IMAGE
        arguments["pixel_values"] = torch.randn(images * cells**2, 3, vision.patch_size, vision.patch_size)
        arguments["image_grid_thw"] = torch.tensor([[1, cells, cells]] * images)
    return arguments


_DEEPSEEK = {
    "model_type": "deepseek_v3", "num_key_value_heads": 4, "kv_lora_rank": 8, "q_lora_rank": 8, "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 4, "v_head_dim": 6, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_group": 1,
    "topk_group": 1, "moe_intermediate_size": 12, "first_k_dense_replace": 1,
}  # fmt: skip
_FIXED = {"image_token_id": IMAGE, "video_token_id": 71, "vision_start_token_id": 72, "vision_end_token_id": 73}
_LENGTHS = {"images": [0, 1, 2], "image_side": [24, 32]}
_SMALL = {"num_heads": 2, "depth": 3, "patch_size": 4, "temporal_patch_size": 1}


def _qwen2(kind: str) -> list[dict[str, Any]]:
    text = {**_TEXT, "model_type": kind, "rope_parameters": _SECTIONS}
    return [
        {**text, "num_key_value_heads": 2},
        {**text, "num_key_value_heads": 4, "use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1},
        {**text, "num_key_value_heads": 1, "tie_word_embeddings": True},
    ]


_QWEN3 = {
    **_TEXT, "head_dim": 8, "num_key_value_heads": 2,
    "rope_parameters": {**_SECTIONS, "mrope_interleaved": True},
}  # fmt: skip
_VISION3 = [
    {**_SMALL, "hidden_size": 16, "intermediate_size": 20, "out_hidden_size": 32, "num_position_embeddings": 16,
     "deepstack_visual_indexes": [0, 2]},
    {**_SMALL, "hidden_size": 24, "intermediate_size": 20, "out_hidden_size": 32, "num_position_embeddings": 36,
     "deepstack_visual_indexes": [1], "in_channels": 1},
]  # fmt: skip
_VISION35 = [{key: value for key, value in one.items() if key != "deepstack_visual_indexes"} for one in _VISION3]
_QWEN35 = {
    **_QWEN3, "num_hidden_layers": 4, "head_dim": 16, "linear_num_value_heads": 4, "linear_num_key_heads": 2,
    "linear_key_head_dim": 8, "linear_value_head_dim": 8,
    "rope_parameters": {**_SECTIONS, "mrope_interleaved": True, "partial_rotary_factor": 0.5},
}  # fmt: skip
_MOE = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 12}
_VISION_GLM = [
    {**_SMALL, "hidden_size": 16, "out_hidden_size": 32, "intermediate_size": 20, "image_size": 16},
    {**_SMALL, "hidden_size": 24, "out_hidden_size": 32, "intermediate_size": 28, "image_size": 18, "in_channels": 1,
     "attention_bias": True},
]  # fmt: skip
_GLM_MOE = {
    "model_type": "glm4v_moe_text", "rope_parameters": {**_SECTIONS, "partial_rotary_factor": 1.0},
    "n_routed_experts": 4, "num_experts_per_tok": 2,
    "moe_intermediate_size": 12, "head_dim": 8,
}  # fmt: skip

DRAWS: Final = {
    "qwen2_vl": Draw(
        {"model_type": "qwen2_vl", **_FIXED},
        {
            "text_config": _qwen2("qwen2_vl_text"), "tie_word_embeddings": [ABSENT, True],
            "vision_config": [
                {**_SMALL, "embed_dim": 16, "hidden_size": 32},
                {**_SMALL, "embed_dim": 24, "hidden_size": 32, "mlp_ratio": 2, "in_channels": 1},
            ],
        },
        model="Qwen2VLForConditionalGeneration", feed=_pictures, lengths=(36, 41), others=_LENGTHS,
    ),
    "qwen2_5_vl": Draw(
        {"model_type": "qwen2_5_vl", **_FIXED},
        {
            "text_config": _qwen2("qwen2_5_vl_text"), "tie_word_embeddings": [ABSENT, True],
            "vision_config": [
                {**_SMALL, "hidden_size": 16, "intermediate_size": 20, "out_hidden_size": 32, "window_size": 16,
                 "fullatt_block_indexes": [1]},
                {**_SMALL, "hidden_size": 24, "intermediate_size": 20, "out_hidden_size": 32, "window_size": 24},
            ],
        },
        model="Qwen2_5_VLForConditionalGeneration", feed=_pictures, lengths=(36, 41), others=_LENGTHS,
    ),
    "qwen3_vl": Draw(
        {"model_type": "qwen3_vl", **_FIXED},
        {
            "text_config": [
                {**_QWEN3, "model_type": "qwen3_vl_text", "attention_bias": True, "num_hidden_layers": 3},
                {**_QWEN3, "model_type": "qwen3_vl_text", "num_hidden_layers": 3},
            ],
            "vision_config": _VISION3, "tie_word_embeddings": [ABSENT, True],
        },
        model="Qwen3VLForConditionalGeneration", feed=_pictures, lengths=(36, 41), others=_LENGTHS,
    ),
    "qwen3_vl_moe": Draw(
        {"model_type": "qwen3_vl_moe", **_FIXED},
        {
            "text_config": [
                {**_QWEN3, **_MOE, "model_type": "qwen3_vl_moe_text"},
                {**_QWEN3, **_MOE, "model_type": "qwen3_vl_moe_text", "mlp_only_layers": [0], "num_hidden_layers": 3},
            ],
            "vision_config": _VISION3, "tie_word_embeddings": [ABSENT, True],
        },
        model="Qwen3VLMoeForConditionalGeneration", feed=_pictures, lengths=(36, 41), others=_LENGTHS,
    ),
    "qwen3_5": Draw(
        {"model_type": "qwen3_5", **_FIXED},
        {
            "text_config": [{**_QWEN35, "model_type": "qwen3_5_text"}],
            "vision_config": _VISION35, "tie_word_embeddings": [ABSENT, True],
        },
        model="Qwen3_5ForConditionalGeneration", feed=_pictures, lengths=(36, 41), others=_LENGTHS,
    ),
    "qwen3_5_moe": Draw(
        {"model_type": "qwen3_5_moe", **_FIXED},
        {
            "text_config": [
                {**_QWEN35, **_MOE, "model_type": "qwen3_5_moe_text", "shared_expert_intermediate_size": 16}
            ],
            "vision_config": _VISION35, "tie_word_embeddings": [ABSENT, True],
        },
        model="Qwen3_5MoeForConditionalGeneration", feed=_pictures, lengths=(36, 41), others=_LENGTHS,
    ),
    "glm4v": Draw(
        {"model_type": "glm4v", **_FIXED, "image_start_token_id": 74},
        {
            "text_config": [
                {**_TEXT, "model_type": "glm4v_text", "num_key_value_heads": 2, "rope_parameters": _SECTIONS},
                {**_TEXT, "model_type": "glm4v_text", "num_key_value_heads": 4, "rope_parameters": _SECTIONS,
                 "tie_word_embeddings": True},
            ],
            "vision_config": _VISION_GLM, "tie_word_embeddings": [ABSENT, True],
        },
        model="Glm4vForConditionalGeneration", feed=_pictures, lengths=(36, 41), others=_LENGTHS,
    ),
    "glm4v_moe": Draw(
        {"model_type": "glm4v_moe", **_FIXED, "image_start_token_id": 74},
        {
            "text_config": [
                {**_TEXT, **_GLM_MOE, "num_key_value_heads": 2},
                {**_TEXT, **_GLM_MOE, "num_key_value_heads": 4, "attention_bias": False, "first_k_dense_replace": 2,
                 "num_hidden_layers": 4, "n_shared_experts": 2},
            ],
            "vision_config": _VISION_GLM, "tie_word_embeddings": [ABSENT, True],
        },
        model="Glm4vMoeForConditionalGeneration", feed=_pictures, lengths=(36, 41), others=_LENGTHS,
    ),
    "glm46v": Draw(
        {"model_type": "glm46v", **_FIXED, "image_start_token_id": 74},
        {
            "text_config": [
                {**_TEXT, "model_type": "glm4v_text", "num_key_value_heads": 2, "rope_parameters": _SECTIONS},
                {**_TEXT, **_GLM_MOE, "num_key_value_heads": 4, "tie_word_embeddings": True},
            ],
            "vision_config": [{**one, "model_type": "glm4v_vision"} for one in _VISION_GLM],
            "tie_word_embeddings": [ABSENT, True],
        },
        model="Glm46VForConditionalGeneration", feed=_pictures, lengths=(36, 41), others=_LENGTHS,
    ),
    "kimi_k25": Draw(
        {"model_type": "kimi_k25", **_FIXED},
        {
            "text_config": [{**_TEXT, **_DEEPSEEK}, {**_TEXT, "model_type": "qwen2", "num_key_value_heads": 2}],
            "vision_config": [
                {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20,
                 "patch_size": 4, "pos_emb_height": 6, "pos_emb_width": 6},
            ],
            "projection_hidden_size": [16], "tie_word_embeddings": [ABSENT, False],
        },
        model="Kimi_K25ForConditionalGeneration", feed=_packed, lengths=(36, 41), others=_LENGTHS,
    ),
}  # fmt: skip
