"""Models of raw sound: `seq_len` counts samples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import torch

from differential.draw import ABSENT, Draw

if TYPE_CHECKING:
    from collections.abc import Mapping

LABELS: Final[dict[str, Any]] = {"0": "a", "1": "b", "2": "c"}
_SOUND: Final[dict[str, Any]] = {
    "hidden_size": [16, 24], "num_hidden_layers": [1, 3], "num_attention_heads": [2, 4], "intermediate_size": [20, 40],
    "conv_dim": [[8, 8, 12]], "conv_stride": [[3, 2, 2], [5, 2, 2]], "conv_kernel": [[6, 3, 2], [10, 3, 3]],
    "conv_bias": [ABSENT, True], "num_conv_pos_embeddings": [4, 5, 8], "num_conv_pos_embedding_groups": [2, 4],
    "feat_extract_norm": [ABSENT, "layer"], "do_stable_layer_norm": [ABSENT, True], "vocab_size": [32, 20],
    "mask_time_prob": [ABSENT, 0.0], "mask_feature_prob": [ABSENT, 0.1], "classifier_proj_size": [ABSENT, 12],
    "use_weighted_layer_sum": [ABSENT, True], "id2label": [ABSENT, LABELS],
}  # fmt: skip


def samples(_: Any, seq_len: int, __: Mapping[str, int]) -> dict[str, Any]:
    """Return a sound."""
    return {"input_values": torch.randn(1, seq_len)}


def sound(name: str, prefix: str, *endings: str, settle: Any = None, pairs: bool = True, **more: Any) -> Draw:
    """Return the draws of an encoder, in training: only then do its samples need a gradient."""
    return Draw(
        # Layers that are left out at random are all counted.
        {"model_type": name, "apply_spec_augment": False, "layerdrop": 0.0},
        {**_SOUND, **more, "architectures": [[prefix + one] for one in endings]},
        model="",
        feed=samples,
        lengths=(200, 333, 501),
        settle=settle,
        pairs=pairs,
        every=True,
        train=True,
    )


def _adapter(config: dict[str, Any]) -> None:
    if "Sequence" in config["architectures"][0]:
        config.pop("add_adapter", None)


def spectrogram(settings: Any, seq_len: int, _: Mapping[str, int]) -> dict[str, Any]:
    """Return a spectrogram."""
    return {"input_values": torch.randn(1, seq_len, settings.num_mel_bins)}


def features(settings: Any, seq_len: int, _: Mapping[str, int]) -> dict[str, Any]:
    """Return a spectrogram for a nested encoder."""
    return {"input_features": torch.randn(1, seq_len, settings.encoder_config.num_mel_bins)}


def _nested(config: dict[str, Any]) -> None:
    outside = ("model_type", "vocab_size", "architectures")
    config["encoder_config"] = {key: config.pop(key) for key in list(config) if key not in outside}


_ADAPTED: Final[dict[str, Any]] = {
    "add_adapter": [ABSENT, True], "output_hidden_size": [ABSENT, 12], "adapter_kernel_size": [ABSENT, 2],
    "adapter_stride": [ABSENT, 1], "num_adapter_layers": [ABSENT, 1],
}  # fmt: skip
_ALL = ("Model", "ForCTC", "ForSequenceClassification")

DRAWS: Final = {
    "wav2vec2": sound(
        "wav2vec2", "Wav2Vec2", *_ALL, settle=_adapter, **_ADAPTED, adapter_attn_dim=[ABSENT, 6]
    ),
    "hubert": sound(
        "hubert", "Hubert", *_ALL, feat_proj_layer_norm=[ABSENT, False], conv_pos_batch_norm=[ABSENT, True]
    ),
    "data2vec-audio": sound(
        "data2vec-audio", "Data2VecAudio", *_ALL, settle=_adapter, num_conv_pos_embeddings=[ABSENT, 1, 3],
        conv_pos_kernel_size=[ABSENT, 4, 7], **_ADAPTED,
    ),
    # Its attention runs in three dimensions, so that its scores are not seen.
    "wavlm": sound(
        "wavlm", "WavLM", *_ALL, settle=_adapter, pairs=False, num_buckets=[ABSENT, 12], **_ADAPTED
    ),
    "sew": sound(
        "sew", "SEW", *_ALL, squeeze_factor=[ABSENT, 1, 3], conv_dim=[[8, 8, 12], [8, 8, 16]],
        use_weighted_layer_sum=[ABSENT],
    ),
    "audio-spectrogram-transformer": Draw(
        {"model_type": "audio-spectrogram-transformer", "max_length": 40},
        {
            **{key: _SOUND[key] for key in ("hidden_size", "num_hidden_layers", "num_attention_heads")},
            "intermediate_size": [20, 40], "patch_size": [ABSENT, 4, 7], "qkv_bias": [ABSENT, False],
            "frequency_stride": [ABSENT, 3, 5], "time_stride": [ABSENT, 4, 7], "num_mel_bins": [ABSENT, 17, 24],
            "head_dim": [ABSENT, ABSENT, 6], "id2label": [ABSENT, LABELS],
            "architectures": [["ASTModel"], ["ASTForAudioClassification"]],
        },
        model="",
        feed=spectrogram,
        lengths=(40,),
        every=True,
    ),
    "parakeet_ctc": Draw(
        {"model_type": "parakeet_ctc"},
        {
            **{key: _SOUND[key] for key in ("hidden_size", "num_hidden_layers", "num_attention_heads")},
            "intermediate_size": [20, 40], "attention_bias": [ABSENT, False], "convolution_bias": [ABSENT, False],
            "conv_kernel_size": [ABSENT, 3, 5], "subsampling_factor": [ABSENT, 2, 4, 6],
            "subsampling_conv_channels": [4, 6], "num_mel_bins": [ABSENT, 16, 24],
            "subsampling_conv_stride": [ABSENT, ABSENT, 1], "subsampling_conv_kernel_size": [ABSENT, 3, 5],
            "head_dim": [ABSENT, ABSENT, 6], "vocab_size": [20, 33],
            "architectures": [ABSENT, ["ParakeetForCTC"]],
        },
        model="AutoModelForCTC",
        feed=features,
        lengths=(40, 57, 83),
        settle=_nested,
    ),
    "wav2vec2-bert": Draw(
        {"model_type": "wav2vec2-bert", "apply_spec_augment": False},
        {
            **{key: values for key, values in _SOUND.items() if not re.search("conv|feat_|stable", key)},
            "feature_projection_input_dim": [ABSENT, 12], "conv_depthwise_kernel_size": [ABSENT, 3, 7],
            "position_embeddings_type": [ABSENT, "relative_key", "relative", "rotary", None],
            "left_max_position_embeddings": [ABSENT, 4, 0], "right_max_position_embeddings": [ABSENT, 3],
            "architectures": [["Wav2Vec2Bert" + one] for one in _ALL],
        },
        model="",
        feed=lambda settings, seq_len, _: {
            "input_features": torch.randn(1, seq_len, settings.feature_projection_input_dim)
        },
        every=True,
    ),
    "wav2vec2-conformer": sound(
        "wav2vec2-conformer", "Wav2Vec2Conformer", *_ALL, settle=_adapter, conv_depthwise_kernel_size=[ABSENT, 3, 7],
        position_embeddings_type=[ABSENT, ABSENT, "relative", "rotary", None], do_stable_layer_norm=[ABSENT],
        **_ADAPTED,
    ),
    "unispeech": sound("unispeech", "UniSpeech", *_ALL),
    "unispeech-sat": sound("unispeech-sat", "UniSpeechSat", *_ALL),
}  # fmt: skip
