"""Text models that listen, with windows of sound and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from differential.draw import ABSENT, Draw

if TYPE_CHECKING:
    from collections.abc import Mapping

SOUND: Final = 70
"""The number that stands for sound in the drawn vocabularies."""
_TEXT = {
    "num_hidden_layers": 2, "vocab_size": 77, "hidden_size": 32, "intermediate_size": 24, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0,
}  # fmt: skip
_QWEN3 = {**_TEXT, "model_type": "qwen3"}
_QWEN2 = {key: value for key, value in _TEXT.items() if key != "head_dim"} | {"model_type": "qwen2"}
_LLAMA = {**_TEXT, "model_type": "llama"}


def _sound(tokens: int) -> Any:
    def feed(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
        number = others.get("audios", 0)
        ids = torch.randint(3, 60, (1, seq_len))
        ids[0, : number * tokens] = SOUND
        arguments = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
        if number:
            audio = settings.audio_config
            length = 2 * audio.max_source_positions
            mask = torch.ones(number, length, dtype=torch.long)
            arguments["input_features"] = torch.randn(number, audio.num_mel_bins, length)
            if settings.model_type == "qwen2_audio":
                arguments["feature_attention_mask"] = mask
            if settings.model_type == "moss_transcribe_diarize":
                arguments["input_features_mask"] = mask
        return arguments

    return feed


_EAR = {"num_mel_bins": 10, "max_source_positions": 8}
_AUDIOS = {"audios": [0, 1, 2]}

DRAWS: Final = {
    "moss_transcribe_diarize": Draw(
        {"model_type": "moss_transcribe_diarize", "audio_token_id": SOUND, "audio_merge_size": 2},
        {
            "audio_config": [
                {**_EAR, "hidden_size": 24, "num_attention_heads": 2, "num_hidden_layers": 3, "intermediate_size": 40},
                {**_EAR, "d_model": 16, "encoder_attention_heads": 4, "encoder_layers": 2, "encoder_ffn_dim": 20},
            ],
            "text_config": [_QWEN3, {**_QWEN3, "tie_word_embeddings": True}, _LLAMA],
            "projector_bias": [ABSENT, False], "tie_word_embeddings": [ABSENT, False, True],
        },
        model="MossTranscribeDiarizeForConditionalGeneration", feed=_sound(4), lengths=(12, 17), others=_AUDIOS,
    ),
    "qwen2_audio": Draw(
        {"model_type": "qwen2_audio", "audio_token_index": SOUND},
        {
            "audio_config": [
                {**_EAR, "model_type": "qwen2_audio_encoder", "d_model": 24, "encoder_attention_heads": 2,
                 "encoder_layers": 3, "encoder_ffn_dim": 40},
                {**_EAR, "model_type": "qwen2_audio_encoder", "d_model": 16, "encoder_attention_heads": 4,
                 "encoder_layers": 2, "encoder_ffn_dim": 20},
            ],
            "text_config": [_QWEN2, {**_QWEN2, "tie_word_embeddings": True}],
        },
        model="Qwen2AudioForConditionalGeneration", feed=_sound(4), lengths=(12, 17), others=_AUDIOS,
    ),
    "voxtral": Draw(
        {"model_type": "voxtral", "audio_token_id": SOUND},
        {
            "audio_config": [
                {**_EAR, "model_type": "voxtral_encoder", "hidden_size": 24, "num_attention_heads": 2,
                 "num_hidden_layers": 3, "intermediate_size": 48},
                {**_EAR, "model_type": "voxtral_encoder", "hidden_size": 16, "num_attention_heads": 4,
                 "num_hidden_layers": 2, "intermediate_size": 32},
            ],
            "text_config": [_LLAMA, {**_LLAMA, "tie_word_embeddings": True}],
        },
        model="VoxtralForConditionalGeneration", feed=_sound(4), lengths=(12, 17), others=_AUDIOS,
    ),
}  # fmt: skip
