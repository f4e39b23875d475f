"""Llama and its kin."""

from __future__ import annotations

from typing import Final

from differential.draw import ABSENT, Draw

_SMALL = {"num_hidden_layers": 3, "vocab_size": 77}
_CHOICES = {
    "hidden_size": [32, 48],
    "intermediate_size": [24, 56],
    "num_attention_heads": [4],
    "num_key_value_heads": [ABSENT, 1, 2, 4],
    "tie_word_embeddings": [ABSENT, True, False],
}

DRAWS: Final = {
    "llama": Draw(
        {"model_type": "llama", **_SMALL},
        {**_CHOICES, "head_dim": [ABSENT, 16], "mlp_bias": [ABSENT, True], "attention_bias": [ABSENT, True]},
    ),
    "gemma2": Draw(
        {"model_type": "gemma2", "num_hidden_layers": 4, "vocab_size": 77, "num_attention_heads": 4, "hidden_size": 32},
        {"sliding_window": [3, 6], "head_dim": [ABSENT, 16], "intermediate_size": [24], "num_key_value_heads": [4, 2]},
    ),
    "gpt_oss": Draw(
        {"model_type": "gpt_oss", "num_hidden_layers": 4, "vocab_size": 77, "hidden_size": 32, "intermediate_size": 24},
        {
            "num_attention_heads": [4], "num_key_value_heads": [1, 2], "head_dim": [8, 16], "sliding_window": [3, 6],
            "num_local_experts": [4, 8], "num_experts_per_tok": [1, 2],
        },
        sinks=True,
    ),
}  # fmt: skip
