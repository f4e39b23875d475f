"""Decoders with a head over labels, as reward models have."""

from __future__ import annotations

from typing import Final

from differential.draw import ABSENT, Draw

_SIZES = {"num_hidden_layers": 2, "vocab_size": 77, "num_attention_heads": 4, "intermediate_size": 40}
_LABELS = {"hidden_size": [32, 48], "num_labels": [ABSENT, 1, 3]}


def _classifier(model_type: str, name: str, task: str = "SequenceClassification", **more: object) -> Draw:
    fixed = {"model_type": model_type, "architectures": [f"{name}For{task}"], **_SIZES, **more}
    return Draw(fixed, _LABELS, model=f"AutoModelFor{task}")


DRAWS: Final = {
    "llama-reward": _classifier("llama", "Llama"),
    "mistral-reward": _classifier("mistral", "Mistral", num_key_value_heads=2),
    "qwen2-reward": _classifier("qwen2", "Qwen2", num_key_value_heads=2),
    "gemma2-reward": _classifier("gemma2", "Gemma2", num_key_value_heads=2, head_dim=8),
    "mixtral-reward": _classifier("mixtral", "Mixtral", num_key_value_heads=2, num_local_experts=4),
    "llama-tokens": _classifier("llama", "Llama", "TokenClassification"),
    "qwen3-question": _classifier("qwen3", "Qwen3", "QuestionAnswering", num_key_value_heads=2, head_dim=8),
    "gpt2-reward": Draw(
        {"model_type": "gpt2", "architectures": ["GPT2ForSequenceClassification"], "n_layer": 2, "n_head": 4,
         "vocab_size": 77},
        {"n_embd": [32, 48], "num_labels": [ABSENT, 1, 3]},
        model="AutoModelForSequenceClassification",
    ),
}  # fmt: skip
