"""The families that can be counted: `model_type` to the function that reads its configuration.

Adding a family is a function in a file here: it maps the keys of its configuration class, with that class's
defaults, to blocks. A file is imported when a configuration asks for it, so that a model does not wait for the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from flopline.architecture.config import TextModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

    Reader = Callable[[Config], Architecture]

READERS: Final = {
    "apertus": "llama.apertus",
    "arcee": "llama.arcee",
    "bloom": "gpt.bloom",
    "cohere": "parallel.cohere",
    "cohere2": "parallel.cohere2",
    "deepseek_v2": "deepseek.deepseek_v2",
    "deepseek_v3": "deepseek.deepseek_v3",
    "dots1": "mixtures.dots1",
    "ernie4_5": "llama.ernie4_5",
    "ernie4_5_moe": "mixtures.ernie4_5_moe",
    "exaone4": "llama.exaone4",
    "falcon": "gpt.falcon",
    "gemma": "gemma.gemma",
    "gemma2": "gemma.gemma2",
    "gemma3_text": "gemma.gemma3",
    "glm": "parallel.glm4",
    "glm4": "parallel.glm4",
    "glm4_moe": "mixtures.glm4_moe",
    "gpt-sw3": "gpt.gpt2",
    "gpt2": "gpt.gpt2",
    "gpt_bigcode": "gpt.gpt_bigcode",
    "gpt_neo": "gpt.gpt_neo",
    "gpt_neox": "gpt.gpt_neox",
    "gpt_oss": "mixtures.gpt_oss",
    "gptj": "gpt.gptj",
    "granite": "llama.granite",
    "granitemoe": "mixtures.granite_moe",
    "granitemoeshared": "mixtures.granite_moe",
    "hunyuan_v1_dense": "llama.hunyuan",
    "iquestcoder": "llama.llama",
    "kimi_k2": "deepseek.deepseek_v3",
    "llama": "llama.llama",
    "llama4_text": "mixtures.llama4",
    "minimax_m2": "mixtures.minimax_m2",
    "ministral": "llama.ministral",
    "ministral3": "llama.ministral3",
    "mistral": "llama.mistral",
    "mixtral": "mixtures.mixtral",
    "mpt": "gpt.mpt",
    "nemotron": "llama.nemotron",
    "olmo": "llama.olmo",
    "olmo2": "llama.olmo2",
    "olmo3": "llama.olmo3",
    "olmoe": "mixtures.olmoe",
    "opt": "gpt.opt",
    "persimmon": "parallel.persimmon",
    "phi": "parallel.phi",
    "phi3": "parallel.phi3",
    "phimoe": "mixtures.phimoe",
    "qwen2": "qwen.qwen2",
    "qwen2_moe": "qwen.qwen2_moe",
    "qwen3": "qwen.qwen3",
    "qwen3_moe": "qwen.qwen3_moe",
    "seed_oss": "llama.seed_oss",
    "smollm3": "llama.smollm3",
    "stablelm": "parallel.stablelm",
    "starcoder2": "llama.starcoder2",
    "vaultgemma": "gemma.vaultgemma",
    "youtu": "deepseek.youtu",
}
"""File of this package, and function in it, that reads each `model_type`."""

TEXT_MODELS: Final[dict[str, TextModel]] = {
    "gemma3": TextModel(
        "gemma3_text",
        {
            "hidden_size": 2304,
            "intermediate_size": 9216,
            "num_hidden_layers": 26,
            "num_attention_heads": 8,
            "vocab_size": 262208,
        },
    ),
    "llama4": TextModel("llama4_text"),
    "mistral3": TextModel("mistral"),
}
"""Multimodal families whose `text_config` can be counted alone."""


def reader_of(model_type: str) -> Reader | None:
    """Return the function that reads the configurations of a family; None for one that cannot be counted."""
    if model_type not in READERS:
        return None
    file, _, name = READERS[model_type].partition(".")
    return cast("Reader", getattr(import_module(f"{__name__}.{file}"), name))
