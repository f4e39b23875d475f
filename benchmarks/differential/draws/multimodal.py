"""Text models with towers beside them, with images and without: `seq_len` holds the positions that images take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from differential.draw import ABSENT, Draw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

IMAGE: Final = 70
"""The number that stands for an image in the drawn vocabularies."""
_TEXT = {"num_hidden_layers": 2, "vocab_size": 77, "hidden_size": 32, "intermediate_size": 24, "num_attention_heads": 4}
_LLAMA = {"model_type": "llama", **_TEXT, "pad_token_id": 0}
_QWEN = {"model_type": "qwen2", **_TEXT, "num_key_value_heads": 2, "pad_token_id": 0}
_CLIP = {
    "model_type": "clip_vision_model", "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 4,
    "num_attention_heads": 2, "image_size": 9, "patch_size": 4,
}  # fmt: skip
_SIGLIP = {**_CLIP, "model_type": "siglip_vision_model", "image_size": 12}


def pictures(tokens: int, pixels: Callable[[Any, int], dict[str, Any]], number: int = IMAGE) -> Any:
    """Return a feed of `images` pictures, each `tokens` positions of the text."""

    def feed(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
        images = others.get("images", 0)
        ids = torch.randint(3, 60, (1, seq_len))
        assert images * (tokens + 1) <= seq_len, "the sequence is too short"
        for index in range(images):
            ids[0, index * (tokens + 1) : index * (tokens + 1) + tokens] = number
        arguments = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
        return {**arguments, **(pixels(settings, images) if images else {})}

    return feed


def square(settings: Any, images: int) -> dict[str, Any]:
    """Return pixels of square images."""
    vision = settings.vision_config
    return {"pixel_values": torch.randn(images, vision.num_channels, vision.image_size, vision.image_size)}


def _gemma3(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    found = pictures(settings.mm_tokens_per_image, square)(settings, seq_len, others)
    return {**found, "token_type_ids": (found["input_ids"] == IMAGE).long()}


def _squares(merged: int) -> Any:
    """Return a feed of square pictures of `image_side` pixels."""

    def feed(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
        images, side, vision = others["images"], others["image_side"], settings.vision_config
        tokens = (side // vision.patch_size // merged) ** 2
        pixels = torch.randn(images, 3, side, side)
        sizes = torch.tensor([[side, side]] * images)
        return pictures(tokens, lambda *_: {"pixel_values": pixels, "image_sizes": sizes})(settings, seq_len, others)

    return feed


_PIXTRAL = {
    "model_type": "pixtral", "hidden_size": 16, "intermediate_size": 40, "num_hidden_layers": 3,
    "num_attention_heads": 2, "patch_size": 4, "image_size": 32,
}  # fmt: skip
_SQUARES = {"images": [0, 1, 2], "image_side": [8, 16]}


def _prefixed(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return tokens whose first ones see each other, images among them."""
    found = pictures(9, square)(settings, seq_len, others)
    if others["text_len"]:
        found["token_type_ids"] = (torch.arange(seq_len) >= others["text_len"]).long()[None]
    return found


_GEMMA = {**_TEXT, "num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0}
_LLAVA = {"image_token_index": IMAGE, "text_config": _LLAMA}
_IMAGES = {"images": [0, 1, 2]}

DRAWS: Final = {
    "llava": Draw(
        {"model_type": "llava", **_LLAVA},
        {
            "vision_config": [_CLIP, {**_CLIP, "num_channels": 1}],
            "vision_feature_layer": [ABSENT, -1, -2, 1, [-2, 1], [4, 2]],
            "multimodal_projector_bias": [ABSENT, False], "tie_word_embeddings": [ABSENT, True],
            "text_config": [_LLAMA, {**_LLAMA, "tie_word_embeddings": True}, _QWEN],
        },
        model="LlavaForConditionalGeneration", feed=pictures(4, square), lengths=(16, 21), others=_IMAGES,
    ),
    "llava-full": Draw(
        {"model_type": "llava", **_LLAVA, "vision_feature_select_strategy": "full"},
        {
            "vision_config": [_SIGLIP, {**_SIGLIP, "vision_use_head": False}],
            "vision_feature_layer": [ABSENT, -1, 2, [3, 1]],
        },
        model="LlavaForConditionalGeneration", feed=pictures(9, square), lengths=(21, 25), others=_IMAGES,
    ),
    "llava-pixtral": Draw(
        {"model_type": "llava", **_LLAVA, "vision_feature_select_strategy": "full", "vision_config": _PIXTRAL},
        {"vision_feature_layer": [-1, -2]},
        model="LlavaForConditionalGeneration", feed=_squares(1), lengths=(36, 41), others=_SQUARES,
    ),
    "mistral3": Draw(
        {"model_type": "mistral3", "image_token_index": IMAGE, "vision_config": _PIXTRAL},
        {
            "text_config": [
                {**_LLAMA, "model_type": "mistral", "num_key_value_heads": 2, "sliding_window": 5},
                {**_LLAMA, "model_type": "mistral", "sliding_window": None, "head_dim": 12,
                 "num_key_value_heads": 4}, _QWEN,
            ],
            "multimodal_projector_bias": [ABSENT, True], "tie_word_embeddings": [ABSENT, False],
            "vision_feature_layer": [ABSENT, -2],
        },
        model="Mistral3ForConditionalGeneration", feed=_squares(2), lengths=(36, 41),
        others={"images": [0, 1, 2], "image_side": [16, 24]},
    ),
    "deepseek_vl": Draw(
        {"model_type": "deepseek_vl", "image_token_id": IMAGE},
        {
            "vision_config": [_SIGLIP, {**_SIGLIP, "vision_use_head": False}], "text_config": [_LLAMA, _QWEN],
            "tie_word_embeddings": [ABSENT, False],
        },
        model="DeepseekVLForConditionalGeneration", feed=pictures(9, square), lengths=(21, 25), others=_IMAGES,
    ),
    "paligemma": Draw(
        {"model_type": "paligemma", "image_token_index": IMAGE, "projection_dim": 32},
        {
            "vision_config": [_SIGLIP, {**_SIGLIP, "vision_use_head": False}],
            "text_config": [
                {**_GEMMA, "model_type": "gemma"},
                {**_GEMMA, "model_type": "gemma2", "sliding_window": 5, "num_hidden_layers": 3},
                {**_GEMMA, "model_type": "gemma2", "sliding_window": 30},
            ],
            "tie_word_embeddings": [ABSENT, False],
        },
        model="PaliGemmaForConditionalGeneration", feed=_prefixed, lengths=(21, 25),
        others={"images": [0, 1, 2], "text_len": [0, 3, 12, 21]},
    ),
    "vipllava": Draw(
        {"model_type": "vipllava", "image_token_index": IMAGE},
        {
            "vision_config": [_CLIP], "vision_feature_layers": [[-2, -3, 1], [1, 2]],
            "tie_word_embeddings": [ABSENT, True], "text_config": [_LLAMA, _QWEN],
        },
        model="VipLlavaForConditionalGeneration", feed=pictures(4, square), lengths=(16, 21), others=_IMAGES,
    ),
    "gemma3": Draw(
        {
            "model_type": "gemma3", "image_token_index": IMAGE, "mm_tokens_per_image": 4,
            "vision_config": {**_SIGLIP, "image_size": 16},
        },
        {
            "text_config": [
                {"model_type": "gemma3_text", **_TEXT, "num_hidden_layers": 7, "sliding_window": 3, "head_dim": 8,
                 "pad_token_id": 0, "tie_word_embeddings": True},
                {"model_type": "gemma3_text", **_TEXT, "sliding_window": 6, "head_dim": 8, "sliding_window_pattern": 2},
            ],
            "tie_word_embeddings": [ABSENT, False],
        },
        model="Gemma3ForConditionalGeneration", feed=_gemma3, lengths=(16, 21), others=_IMAGES,
    ),
    "phi4_multimodal": Draw(
        {
            "model_type": "phi4_multimodal", **_TEXT, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0},
        },
        {
            "num_key_value_heads": [1, 2, 4], "sliding_window": [ABSENT, 4], "tie_word_embeddings": [ABSENT, True],
            "vision_config": [
                {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 2,
                 "image_size": 28, "crop_size": 28},
                {"hidden_size": 16, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4,
                 "image_size": 30, "patch_size": 5, "crop_size": 30},
            ],
            "audio_config": [
                {"hidden_size": 16, "intermediate_size": 12, "num_blocks": 2, "num_attention_heads": 2,
                 "ext_pw_out_channel": 16, "depthwise_separable_out_channel": 16, "nemo_conv_channels": 8,
                 "bias_max_distance": 10},
                {"hidden_size": 16, "intermediate_size": 20, "num_blocks": 3, "num_attention_heads": 4,
                 "ext_pw_out_channel": 12, "depthwise_separable_out_channel": 20, "nemo_conv_channels": 6,
                 "time_reduction": 4, "input_size": 30, "kernel_size": 5, "bias_symmetric": True,
                 "downsample_rate": 2, "depthwise_multiplier": 2},
            ],
        },
        model="Phi4MultimodalForCausalLM",
    ),
}  # fmt: skip
