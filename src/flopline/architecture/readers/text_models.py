"""Text models inside a multimodal one: which family, and what its configuration class says where the file does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from flopline.architecture.config import TextModel
from flopline.architecture.operations import Linear
from flopline.architecture.readers import reader_of

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

TEXT: Final = "text_config"


def _sizes(hidden: int, inner: int, depth: int, heads: int, vocabulary: int) -> dict[str, int]:
    return {
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": depth,
        "num_attention_heads": heads,
        "vocab_size": vocabulary,
    }


SIZES: Final[dict[str, dict[str, int]]] = {
    "cohere": _sizes(8192, 22528, 40, 64, 256000),
    "cohere2": _sizes(8192, 22528, 40, 64, 256000),
    "deepseek_v2": _sizes(4096, 11008, 32, 32, 102400),
    "deepseek_v3": _sizes(7168, 18432, 61, 128, 129280),
    "emu3_text_model": _sizes(4096, 14336, 32, 32, 184622),
    "ernie4_5_vl_moe_text": _sizes(2560, 12288, 28, 20, 103424),
    "gemma": _sizes(3072, 24576, 28, 16, 256000),
    "gemma2": _sizes(2304, 9216, 26, 8, 256000),
    "gemma3_text": _sizes(2304, 9216, 26, 8, 262208),
    "gemma3n_text": _sizes(2048, 16384, 35, 8, 262400),
    "gemma4_text": _sizes(2304, 9216, 30, 8, 262144),
    "gemma4_unified_text": _sizes(2304, 9216, 30, 8, 262144),
    "glm4": _sizes(4096, 13696, 40, 32, 151552),
    "glm4_moe": _sizes(4096, 10944, 46, 96, 151552),
    "glm4v_moe_text": _sizes(4096, 10944, 46, 96, 151424),
    "glm4v_text": _sizes(4096, 13696, 40, 32, 151552),
    "granite": _sizes(4096, 11008, 32, 32, 32000),
    "llama": _sizes(4096, 11008, 32, 32, 32000),
    "llama4_text": _sizes(5120, 8192, 48, 40, 202048),
    "minimax_m3_vl_text": _sizes(6144, 3072, 60, 64, 200064),
    "ministral3": _sizes(4096, 14336, 34, 32, 131072),
    "mistral": _sizes(4096, 14336, 32, 32, 32000),
    "mixtral": _sizes(4096, 14336, 32, 32, 32000),
    "mllama_text_model": _sizes(4096, 14336, 40, 32, 128256),
    "phi3": _sizes(3072, 8192, 32, 32, 32064),
    "qwen2": _sizes(4096, 22016, 32, 32, 151936),
    "qwen2_5_vl_text": _sizes(8192, 29568, 80, 64, 152064),
    "qwen2_moe": _sizes(2048, 5632, 24, 16, 151936),
    "qwen2_vl_text": _sizes(8192, 29568, 80, 64, 152064),
    "qwen3": _sizes(4096, 22016, 32, 32, 151936),
    "qwen3_5_text": _sizes(4096, 12288, 32, 16, 248320),
    "qwen3_moe": _sizes(2048, 6144, 24, 32, 151936),
    "qwen3_vl_moe_text": _sizes(2048, 5632, 24, 16, 151936),
    "qwen3_vl_text": _sizes(4096, 22016, 32, 32, 151936),
    "smollm3": _sizes(2048, 11008, 36, 16, 128256),
}
"""Defaults of the configuration classes of transformers 5.23, which published files leave out where they equal them."""


def text_model(
    config: Config,
    usual: str | None,
    *,
    tied: bool | None = None,
    either: bool = False,
    never: bool = False,
    key: str = TEXT,
    sizes: Mapping[str, int] | None = None,
) -> Architecture:
    """Return the text model of a multimodal configuration, read as its own family reads it.

    Parameters
    ----------
    config : Config
        The configuration around it.
    usual : str, optional
        The text model's family where it does not say.
    tied : bool, optional
        The default of `tie_word_embeddings` around it, which decides; None: the text model's own decides.
    either : bool
        Whether it is tied too where the text model alone says so.
    never : bool
        Whether the model around it never ties them, whatever is said.
    key : str
        The key that holds it.
    sizes : mapping, optional
        What this family's text model has by default, if not what its class says.
    """
    inside: Any = config.raw(key)
    named = inside.get("model_type") if isinstance(inside, Mapping) else None
    kind = named if isinstance(named, str) else usual
    if isinstance(inside, Mapping):
        config.ignore_copies(inside)
    shared = config.flag("tie_word_embeddings", tied) if tied is not None else None
    if never:
        config.ignore("tie_word_embeddings")
        shared = False
    if either and isinstance(inside, Mapping) and inside.get("tie_word_embeddings") is True:
        shared = True
    silent = not never and not config.has("tie_word_embeddings") and not shared_inside(inside, kind)
    if silent and apart_before(config, inside, kind):
        shared = False
    if silent and shared:
        message = f"`tie_word_embeddings` is not given; `{config.model_type}` shares embedding and head without it"
        hint = "write `false` where the weights hold a head of their own"
        config.note("tie_word_embeddings", message, hint, code="W404")
    found = config.nested(
        key, usual=TextModel(kind, SIZES.get(kind or "", {}) if sizes is None else sizes), tied=shared
    )
    reader = reader_of(found.model_type)
    if reader is None or found.model_type == config.model_type:
        found.refuse("model_type", f"`{found.model_type[:60]}` inside `{config.model_type}` is not supported")
    text = reader(found)
    if width_of(text) == 0:
        found.refuse("architectures", f"`{found.classes()[:60]}` has no head over the vocabulary, the whole model has")
    return text


TIED: Final = frozenset(
    (
        "cohere",
        "cohere2",
        "gemma",
        "gemma2",
        "gemma3_text",
        "gemma3n_text",
        "gemma4_text",
        "gemma4_unified_text",
        "lfm2",
        "smollm3",
    )
)
"""Text models that share embedding and head unless they say otherwise."""
APART: Final = frozenset(("deepseek_v2", "deepseek_v3", "granite", "llama", "mistral", "phi3", "qwen2", "qwen3"))
"""Text models of the time of transformers 4 that do not."""


def shared_inside(inside: object, kind: str | None) -> bool:
    """Return whether a text model says itself, or by its family, that embedding and head are shared."""
    said = inside.get("tie_word_embeddings") if isinstance(inside, Mapping) else None
    return said is True or (said is None and kind in TIED)


def apart_before(config: Config, inside: object, kind: str | None) -> bool:
    """Return whether a file of transformers 4 has a head of its own: the text model decided there, not what is around.

    Transformers 5 keeps them apart too as it loads such weights, since they hold both.
    """
    version, said = config.raw("transformers_version"), None
    if isinstance(inside, Mapping):
        said = inside.get("tie_word_embeddings")
    older = isinstance(version, str) and version.startswith("4.")
    return older and (said is False or (said is None and kind in APART))


def width_of(text: Architecture) -> int:
    """Return the width of a text model, which the maps from towers write to; 0 for one without a head."""
    heads = (one for layer in text.layers for one in layer.operations if isinstance(one, Linear))
    return next((one.width for one in heads if one.name == "lm_head"), 0)
