"""Text models whose pictures are cut into tiles, with and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from differential.draw import ABSENT, Draw
from differential.draws.multimodal import IMAGE, pictures, square

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = {
    "num_hidden_layers": 2, "vocab_size": 77, "hidden_size": 32, "intermediate_size": 24, "num_attention_heads": 4,
    "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2,
}  # fmt: skip
_LLAMA = {"model_type": "llama", **_TEXT}
_QWEN = {"model_type": "qwen2", **_TEXT, "num_key_value_heads": 2}
_TIED = [{**_LLAMA, "tie_word_embeddings": True}, {**_QWEN, "tie_word_embeddings": True}, _LLAMA, _QWEN]
_TOWER = {
    "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 4, "num_attention_heads": 2, "image_size": 16,
    "patch_size": 4,
}  # fmt: skip
_CLIP = {**_TOWER, "model_type": "clip_vision_model", "image_size": 8}
_SIGLIP = {**_TOWER, "model_type": "siglip_vision_model", "vision_use_head": False}
_GRID = [[8, 16], [16, 8]]


def _rows(_: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return one picture of two tiles beside its overview: `images` is 3, or 0."""
    ids = torch.randint(3, 60, (1, seq_len))
    arguments = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
    if others["images"]:
        ids[0, :14] = IMAGE  # an overview of 2 x 2 patches, and 2 rows of 4 patches and an end
        arguments["pixel_values"] = torch.randn(1, 3, 3, 8, 8)
        arguments["image_sizes"] = torch.tensor([[8, 16]])
    return arguments


def _many(settings: Any, images: int) -> dict[str, Any]:
    """Return pixels of images with one more dimension in front."""
    return {"pixel_values": square(settings, images)["pixel_values"][None]}


def _intern(settings: Any, images: int) -> dict[str, Any]:
    vision = settings.vision_config
    return {"pixel_values": torch.randn(images, vision.num_channels, *vision.image_size)}


def _crossed(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return pictures of as many tiles as there may be, which every token sees."""
    vision, images = settings.vision_config, others["images"]
    ids = torch.randint(3, 60, (1, seq_len))
    arguments = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
    if images:
        tiles = vision.max_num_tiles
        arguments["pixel_values"] = torch.randn(1, images, tiles, 3, vision.image_size, vision.image_size)
        arguments["aspect_ratio_ids"] = torch.full((1, images), 2)
        arguments["aspect_ratio_mask"] = torch.ones(1, images, tiles, dtype=torch.long)
        arguments["cross_attention_mask"] = torch.ones(1, seq_len, images, tiles, dtype=torch.long)
    return arguments


_ROPE = {"rope_type": "default", "rope_theta": 10000.0}
_MLLAMA = {
    "hidden_size": 16, "num_hidden_layers": 3, "num_global_layers": 2, "attention_heads": 2, "intermediate_size": 20,
    "image_size": 16, "patch_size": 4,
}  # fmt: skip
_IMAGES = {"images": [0, 1, 2]}
# The reference runs every token through every expert and multiplies what was not chosen by zero: all are chosen here.
_LLAMA4 = {
    **_TEXT, "model_type": "llama4_text", "intermediate_size_mlp": 20, "num_local_experts": 3, "num_experts_per_tok": 3,
    "head_dim": 8,
    "num_key_value_heads": 2, "attention_chunk_size": 6, "num_hidden_layers": 4,
}  # fmt: skip

DRAWS: Final = {
    "llava_next": Draw(
        {"model_type": "llava_next", "image_token_index": IMAGE, "image_grid_pinpoints": _GRID},
        {
            "vision_config": [_CLIP], "text_config": _TIED, "vision_feature_layer": [ABSENT, -1, [1, 3]],
            "multimodal_projector_bias": [ABSENT, False], "tie_word_embeddings": [ABSENT, True],
        },
        model="LlavaNextForConditionalGeneration", feed=_rows, lengths=(16, 21), others={"images": [0, 3]},
    ),
    "llava_onevision": Draw(
        {"model_type": "llava_onevision", "image_token_index": IMAGE, "image_grid_pinpoints": _GRID},
        {
            "vision_config": [{**_SIGLIP, "image_size": 8}], "text_config": _TIED,
            "vision_feature_layer": [ABSENT, -2, [1, 3]], "tie_word_embeddings": [ABSENT, True],
        },
        model="LlavaOnevisionForConditionalGeneration", feed=_rows, lengths=(16, 21), others={"images": [0, 3]},
    ),
    "aya_vision": Draw(
        {"model_type": "aya_vision", "image_token_index": IMAGE},
        {
            "vision_config": [_SIGLIP], "vision_feature_layer": [ABSENT, -2],
            "text_config": [{**_TEXT, "model_type": "cohere2", "sliding_window": 5, "num_hidden_layers": 5}, _LLAMA],
            "alignment_intermediate_size": [ABSENT, 20], "tie_word_embeddings": [ABSENT, False],
        },
        model="AyaVisionForConditionalGeneration", feed=pictures(4, square), lengths=(16, 21), others=_IMAGES,
    ),
    "idefics3": Draw(
        {"model_type": "idefics3", "image_token_id": IMAGE},
        {
            "vision_config": [_TOWER, {**_TOWER, "image_size": 18}], "text_config": _TIED,
            "tie_word_embeddings": [ABSENT, True],
        },
        model="Idefics3ForConditionalGeneration", feed=pictures(4, _many), lengths=(16, 21), others=_IMAGES,
    ),
    "smolvlm": Draw(
        {"model_type": "smolvlm", "image_token_id": IMAGE},
        {"vision_config": [_TOWER], "text_config": _TIED, "tie_word_embeddings": [ABSENT, True]},
        model="SmolVLMForConditionalGeneration", feed=pictures(4, _many), lengths=(16, 21), others=_IMAGES,
    ),
    "internvl": Draw(
        {"model_type": "internvl", "image_token_id": IMAGE},
        {
            "vision_config": [
                {**_TOWER, "model_type": "internvl_vision", "image_size": [16, 16], "patch_size": [4, 4]},
                {**_TOWER, "model_type": "internvl_vision", "attention_bias": True, "use_qk_norm": True,
                 "norm_type": "rms_norm", "use_mean_pooling": False},
                {**_TOWER, "model_type": "internvl_vision", "use_mask_token": True,
                 "use_absolute_position_embeddings": False},
            ],
            "text_config": _TIED, "tie_word_embeddings": [ABSENT, False], "vision_feature_layer": [ABSENT, -2],
        },
        model="InternVLForConditionalGeneration", feed=pictures(4, _intern), lengths=(16, 21), others=_IMAGES,
    ),
    "llama4": Draw(
        {"model_type": "llama4", "image_token_index": IMAGE},
        {
            "vision_config": [
                {**_TOWER, "intermediate_size": 96, "projector_input_dim": 20, "projector_output_dim": 20,
                 "vision_output_dim": 20},
            ],
            "text_config": [_LLAMA4, {**_LLAMA4, "tie_word_embeddings": True, "interleave_moe_layer_step": 2}],
        },
        model="Llama4ForConditionalGeneration", feed=pictures(4, square), lengths=(16, 21), others=_IMAGES,
    ),
    "mllama": Draw(
        {"model_type": "mllama", "image_token_index": 77},
        {
            "text_config": [
                {**_TEXT, "model_type": "mllama_text_model", "num_hidden_layers": 5, "num_key_value_heads": 2,
                 "cross_attention_layers": [1, 3], "rope_parameters": _ROPE},
                {**_TEXT, "model_type": "mllama_text_model", "num_hidden_layers": 4, "num_key_value_heads": 4,
                 "cross_attention_layers": [0], "rope_parameters": _ROPE},
            ],
            "vision_config": [
                {**_MLLAMA, "intermediate_layers_indices": [0, 1], "vision_output_dim": 48},
                {**_MLLAMA, "intermediate_layers_indices": [2], "vision_output_dim": 32, "max_num_tiles": 2,
                 "supported_aspect_ratios": [[1, 1], [1, 2], [2, 1]], "image_size": 24},
            ],
        },
        model="MllamaForConditionalGeneration", feed=_crossed, lengths=(16, 21), others=_IMAGES,
    ),
    "cohere2_vision": Draw(
        {"model_type": "cohere2_vision", "image_token_id": IMAGE},
        {
            "vision_config": [_SIGLIP],
            "text_config": [{**_TEXT, "model_type": "cohere2", "sliding_window": 5, "num_hidden_layers": 5}, _LLAMA],
            "alignment_intermediate_size": [20, 36], "tie_word_embeddings": [ABSENT, False],
        },
        model="Cohere2VisionForConditionalGeneration", feed=pictures(4, square), lengths=(16, 21), others=_IMAGES,
    ),
}  # fmt: skip
