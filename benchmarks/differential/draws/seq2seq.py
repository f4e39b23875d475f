"""Encoder-decoders of text and speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from differential.draw import ABSENT, Draw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOKENS = {"pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2}
_BART = {"model_type": "", "vocab_size": 77, "encoder_layers": 2, "decoder_layers": 3, **_TOKENS}
_SIDES = {
    "d_model": [32, 48],
    "encoder_attention_heads": [4, 8],
    "decoder_attention_heads": [4, 2],
    "encoder_ffn_dim": [24, 56],
    "decoder_ffn_dim": [24, 40],
    "tie_word_embeddings": [ABSENT, True, False],
    "max_position_embeddings": [ABSENT, 40],
}
_LENGTHS = {"decoder_len": [3, 7, 13]}
_LABELS = [ABSENT, {"0": "a", "1": "b"}, {"0": "a", "1": "b", "2": "c", "3": "d"}]


def both(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return token numbers of both sides."""
    words = settings.get_text_config().vocab_size
    ids = torch.randint(3, words, (1, seq_len))
    after = torch.randint(3, words, (1, others["decoder_len"]))
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "decoder_input_ids": after, "use_cache": False}


def alone(settings: Any, seq_len: int, _: Mapping[str, int]) -> dict[str, Any]:
    """Return token numbers with the one end that a classification reads; the decoder gets the same."""
    ids = torch.randint(3, settings.vocab_size, (1, seq_len))
    ids[0, -1] = settings.eos_token_id
    return {"input_ids": ids, "use_cache": False}


def encoded(settings: Any, seq_len: int, _: Mapping[str, int]) -> dict[str, Any]:
    """Return token numbers of the encoder."""
    return {"input_ids": torch.randint(3, settings.vocab_size, (1, seq_len))}


def frames(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return a spectrogram that makes `seq_len` positions, and token numbers of the decoder."""
    after = torch.randint(3, settings.vocab_size, (1, others["decoder_len"]))
    if settings.model_type == "whisper":
        features = torch.randn(1, settings.num_mel_bins, 2 * seq_len)
    else:
        width = settings.input_feat_per_channel * settings.input_channels
        features = torch.randn(1, seq_len * 2**settings.num_conv_layers, width)
    return {"input_features": features, "decoder_input_ids": after, "use_cache": False}


def samples(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return samples of sound, and token numbers of the decoder."""
    after = torch.randint(3, settings.vocab_size, (1, others["decoder_len"]))
    return {"input_values": torch.randn(1, seq_len), "decoder_input_ids": after, "use_cache": False}


def family(
    name: str,
    prefix: str,
    fixed: Mapping[str, Any],
    choices: Mapping[str, Sequence[Any]],
    endings: Sequence[str],
    **more: Any,
) -> dict[str, Draw]:
    """Return one draw for each class of a family."""
    found = {}
    for ending in endings:
        drawn, settings = dict(choices), {**fixed, "model_type": name, "architectures": [prefix + ending]}
        rest = {"feed": both, "others": _LENGTHS, **more}
        if ending in ("ForSequenceClassification", "ForTokenClassification"):
            drawn["id2label"] = _LABELS
        if ending in ("ForSequenceClassification", "ForQuestionAnswering"):
            settings["id2label"] = {"0": "a", "1": "b"}
            rest.update(feed=alone, others={})
        if ending in ("EncoderModel", "ForTokenClassification"):
            rest.update(feed=encoded, others={})
        found[f"{name}-{ending}"] = Draw(settings, drawn, model=prefix + ending, **rest)
    return found


_GENERATION = ("ForConditionalGeneration", "Model")
_TASKS = (*_GENERATION, "ForSequenceClassification", "ForQuestionAnswering")
_T5 = {"vocab_size": 77, "num_layers": 2, "pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
# Since transformers 5 the configuration class ties every head, whatever `tie_word_embeddings` says; a checkpoint
# with a head of its own keeps it when it is loaded. So this key is not drawn: a model without a checkpoint lies.
_T5_CHOICES = {
    "d_model": [32, 48],
    "d_kv": [ABSENT, 8, 16],
    "d_ff": [24, 56],
    "num_heads": [4, 3],
    "num_decoder_layers": [ABSENT, 1, 3],
    "relative_attention_num_buckets": [ABSENT, 8],
    "feed_forward_proj": [ABSENT, "relu", "gated-gelu", "gated-silu"],
}
_T5_TASKS = (*_TASKS, "ForTokenClassification", "EncoderModel")
_SPEECH = {key: value for key, value in _SIDES.items() if key != "max_position_embeddings"}


def same_heads(config: dict[str, Any]) -> None:
    """Give both sides the same heads; the reference gives the decoder the encoder's anyway."""
    if "encoder_num_attention_heads" in config:
        config["decoder_num_attention_heads"] = config["encoder_num_attention_heads"]


def two_gemmas(config: dict[str, Any]) -> None:
    """Put the keys of both sides into tables of their own."""
    for side in ("encoder", "decoder"):
        config[side] = {"vocab_size": 77, "num_hidden_layers": 3, "pad_token_id": 1, "intermediate_size": 24}
        for key in [key for key in config if key.startswith(f"{side}_")]:
            config[side][key.removeprefix(f"{side}_")] = config.pop(key)


_SIDE = {
    "hidden_size": [32, 48],
    "num_attention_heads": [4],
    "num_key_value_heads": [ABSENT, 2],
    "head_dim": [8, 12],
    "attention_bias": [ABSENT, True],
    "sliding_window": [3, 6, 40],
    "layer_types": [ABSENT, ["full_attention"] * 3, ["full_attention", "sliding_attention", "sliding_attention"]],
}
_GEMMAS = {f"{side}_{key}": values for side in ("encoder", "decoder") for key, values in _SIDE.items()}

_MOONSHINE = {
    "intermediate_size": [24, 56],
    "encoder_num_hidden_layers": [1, 2],
    "decoder_num_hidden_layers": [1, 3],
    "encoder_num_attention_heads": [ABSENT, 4],
    "pad_head_dim_to_multiple_of": [ABSENT, 8, 16],
    "attention_bias": [ABSENT, True],
    "tie_word_embeddings": [ABSENT, False],
}

DRAWS: Final = {
    **family("t5", "T5", _T5, _T5_CHOICES, _T5_TASKS),
    **family("mt5", "MT5", _T5, _T5_CHOICES, ("ForConditionalGeneration", "EncoderModel")),
    **family("umt5", "UMT5", _T5, _T5_CHOICES, _T5_TASKS),
    **family("bart", "Bart", _BART, _SIDES, _TASKS),
    **family("mbart", "MBart", _BART, _SIDES, _TASKS),
    **family("plbart", "PLBart", _BART, _SIDES, (*_GENERATION, "ForSequenceClassification")),
    # Its attention folds heads into the batch, where no four-dimensional softmax sees them.
    **family("mvp", "Mvp", _BART, _SIDES, _TASKS, pairs=False),
    **family("pegasus", "Pegasus", _BART, _SIDES, _GENERATION),
    **family("marian", "Marian", _BART, _SIDES, ("MTModel", "Model")),
    **family("m2m_100", "M2M100", _BART, _SIDES, _GENERATION),
    **family("blenderbot", "Blenderbot", _BART, _SIDES, _GENERATION),
    **family("blenderbot-small", "BlenderbotSmall", _BART, _SIDES, _GENERATION),
    **family("whisper", "Whisper", {**_BART, "max_source_positions": 12},
             {**_SPEECH, "num_mel_bins": [ABSENT, 8], "max_target_positions": [ABSENT, 20]}, _GENERATION,
             feed=frames, lengths=(12,)),
    **family("speech_to_text", "Speech2Text", _BART,
             {**_SPEECH, "input_feat_per_channel": [ABSENT, 8], "input_channels": [ABSENT, 2],
              "conv_channels": [16, 10], "conv_kernel_sizes": [ABSENT, [3, 5]]}, _GENERATION, feed=frames),
    **family("t5gemma", "T5Gemma", {"vocab_size": 77}, {**_GEMMAS, "tie_word_embeddings": [ABSENT, True, False]},
             _GENERATION, settle=two_gemmas),
    # The softmax of its encoder runs over columns of a band.
    **family("led", "LED", _BART,
             {**_SPEECH, "attention_window": [4, 8, [4, 12]], "max_encoder_position_embeddings": [ABSENT, 40],
              "max_decoder_position_embeddings": [ABSENT, 30]}, _GENERATION, pairs=False),
    **family("moonshine", "Moonshine", {"vocab_size": 77, "hidden_size": 48, **_TOKENS}, _MOONSHINE, _GENERATION,
             settle=same_heads, feed=samples, lengths=(1600, 2500, 3333)),
}  # fmt: skip
