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
    "AuraFlowTransformer2DModel": "mmdit.aura_flow",
    "ChromaTransformer2DModel": "mmdit.chroma",
    "DiTTransformer2DModel": "dit.dit",
    "FluxTransformer2DModel": "mmdit.flux",
    "PixArtTransformer2DModel": "dit.pixart",
    "QwenImageTransformer2DModel": "mmdit.qwen_image",
    "SD3Transformer2DModel": "mmdit.sd3",
    "Transformer2DModel": "dit.transformer_2d",
    "UNet2DConditionModel": "unet.unet_2d_condition",
    "UNet2DModel": "unet.unet_2d",
    "apertus": "llama.apertus",
    "arcee": "llama.arcee",
    "aria_text": "sparse.aria_text",
    "axk1": "latent.axk1",
    "axk2": "sparse.axk2",
    "bailing_hybrid": "kimi.bailing_hybrid",
    "bamba": "hybrids.bamba",
    "bert": "bert.bert",
    "biogpt": "classic.biogpt",
    "bloom": "gpt.bloom",
    "camembert": "bert.roberta",
    "codegen": "classic.codegen",
    "cohere": "parallel.cohere",
    "cohere2": "parallel.cohere2",
    "ctrl": "classic.ctrl",
    "data2vec-text": "bert.roberta",
    "deepseek_v2": "deepseek.deepseek_v2",
    "deepseek_v3": "deepseek.deepseek_v3",
    "deepseek_v32": "sparse.deepseek_v32",
    "deepseek_v4": "deepseek_v4.deepseek_v4",
    "diffllama": "differential.diffllama",
    "distilbert": "bert.distilbert",
    "doge": "doge.doge",
    "dots1": "mixtures.dots1",
    "electra": "bert.electra",
    "emu3_text_model": "llama.emu3_text",
    "ernie": "bert.ernie",
    "ernie4_5": "llama.ernie4_5",
    "ernie4_5_moe": "mixtures.ernie4_5_moe",
    "esm": "bert.esm",
    "exaone4": "llama.exaone4",
    "falcon": "gpt.falcon",
    "falcon_h1": "hybrids.falcon_h1",
    "falcon_mamba": "mamba.mamba",
    "flex_olmo": "sparse.flex_olmo",
    "fuyu": "parallel.fuyu",
    "gemma": "gemma.gemma",
    "gemma2": "gemma.gemma2",
    "gemma3_text": "gemma.gemma3",
    "gemma3n_text": "gemma_nano.gemma3n",
    "gemma4_text": "gemma_nano.gemma4",
    "gemma4_unified_text": "gemma_nano.gemma4",
    "glm": "parallel.glm4",
    "glm4": "parallel.glm4",
    "glm4_moe": "mixtures.glm4_moe",
    "glm4_moe_lite": "latent.glm4_moe_lite",
    "glm_moe_dsa": "sparse.glm_moe_dsa",
    "gpt-sw3": "gpt.gpt2",
    "gpt2": "gpt.gpt2",
    "gpt_bigcode": "gpt.gpt_bigcode",
    "gpt_neo": "gpt.gpt_neo",
    "gpt_neox": "gpt.gpt_neox",
    "gpt_neox_japanese": "classic.gpt_neox_japanese",
    "gpt_oss": "mixtures.gpt_oss",
    "gptj": "gpt.gptj",
    "granite": "llama.granite",
    "granitemoe": "mixtures.granite_moe",
    "granitemoehybrid": "hybrids.granite_hybrid",
    "granitemoeshared": "mixtures.granite_moe",
    "hrm_text": "hierarchical.hrm_text",
    "hunyuan_v1_dense": "llama.hunyuan",
    "hy_v4": "sparse.hy_v4",
    "iquestcoder": "llama.llama",
    "jais2": "llama.jais2",
    "jamba": "hybrids.jamba",
    "jetmoe": "jetmoe.jetmoe",
    "kimi_k2": "deepseek.deepseek_v3",
    "kimi_linear": "kimi.kimi_linear",
    "lfm2": "liquid.lfm2",
    "lfm2_moe": "liquid.lfm2_moe",
    "lfm3": "liquid.lfm3",
    "llama": "llama.llama",
    "llama4_text": "mixtures.llama4",
    "longcat_flash": "longcat.longcat_flash",
    "mamba": "mamba.mamba",
    "mamba2": "mamba.mamba2",
    "mellum": "sparse.mellum",
    "minicpm3": "latent.minicpm3",
    "minimax": "minimax.minimax",
    "minimax_m2": "mixtures.minimax_m2",
    "minimax_m3_vl_text": "minimax.minimax_m3",
    "ministral": "llama.ministral",
    "ministral3": "llama.ministral3",
    "mistral": "llama.mistral",
    "mistral4": "latent.mistral4",
    "mixtral": "mixtures.mixtral",
    "mpt": "gpt.mpt",
    "nemotron": "llama.nemotron",
    "nemotron_h": "nemotron_h.nemotron_h",
    "olmo": "llama.olmo",
    "olmo2": "llama.olmo2",
    "olmo3": "llama.olmo3",
    "olmo_hybrid": "delta.olmo_hybrid",
    "olmoe": "mixtures.olmoe",
    "openai-gpt": "classic.openai_gpt",
    "opt": "gpt.opt",
    "persimmon": "parallel.persimmon",
    "phi": "parallel.phi",
    "phi3": "parallel.phi3",
    "phimoe": "mixtures.phimoe",
    "qwen2": "qwen.qwen2",
    "qwen2_moe": "qwen.qwen2_moe",
    "qwen3": "qwen.qwen3",
    "qwen3_5_moe_text": "delta.qwen3_5_moe",
    "qwen3_5_text": "delta.qwen3_5",
    "qwen3_moe": "qwen.qwen3_moe",
    "qwen3_next": "delta.qwen3_next",
    "recurrent_gemma": "griffin.recurrent_gemma",
    "roberta": "bert.roberta",
    "roberta-prelayernorm": "bert.roberta_prelayernorm",
    "roformer": "bert.roformer",
    "seed_oss": "llama.seed_oss",
    "smollm3": "llama.smollm3",
    "stablelm": "parallel.stablelm",
    "starcoder2": "llama.starcoder2",
    "vaultgemma": "gemma.vaultgemma",
    "xglm": "classic.xglm",
    "xlm-roberta": "bert.roberta",
    "xlm-roberta-xl": "bert.xlm_roberta_xl",
    "youtu": "deepseek.youtu",
    "zamba": "zamba.zamba",
    "zamba2": "zamba.zamba2",
}
"""File of this package, and function in it, that reads each `model_type`."""

TEXT_MODELS: Final[dict[str, TextModel]] = {
    "emu3": TextModel(
        "emu3_text_model",
        {
            "hidden_size": 4096,
            "intermediate_size": 14336,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "vocab_size": 184622,
        },
    ),
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
