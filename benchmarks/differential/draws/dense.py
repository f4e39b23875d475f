"""Dense decoders in Llama's keys, side-by-side decoders and Gemma."""

from __future__ import annotations

from typing import Any, Final

import torch

from differential.draw import ABSENT, Draw

LAYERS = 4
S, F = "sliding_attention", "full_attention"
PATTERNS: Final = [ABSENT, None, [S, F, F, S], [F, F, S, F], [S] * LAYERS, [F] * LAYERS]
SIZES: Final[dict[str, list[Any]]] = {
    "hidden_size": [32, 48],
    "intermediate_size": [24, 56],
    "num_attention_heads": [4, 8],
    "vocab_size": [77, 90],
    "tie_word_embeddings": [ABSENT, True, False],
}
ROTARY: Final[dict[str, list[Any]]] = {**SIZES, "hidden_size": [32, 64], "num_attention_heads": [4]}
"""Sizes whose part with rotary positions is even: an odd part is broadcast to one more channel."""
GROUPS: Final[dict[str, list[Any]]] = {"num_key_value_heads": [1, 2, 4]}
MAYBE_GROUPS: Final[dict[str, list[Any]]] = {"num_key_value_heads": [ABSENT, None, 1, 2, 4]}
HEAD: Final[dict[str, list[Any]]] = {"head_dim": [ABSENT, 8, 16]}
BIAS: Final[dict[str, list[Any]]] = {"attention_bias": [ABSENT, True, False]}
MLP_BIAS: Final[dict[str, list[Any]]] = {"mlp_bias": [ABSENT, True, False]}
WINDOW: Final[dict[str, list[Any]]] = {"sliding_window": [ABSENT, None, 1, 3, 6, 40]}
PERIODS: Final[dict[str, list[Any]]] = {"sliding_window_pattern": [ABSENT, 1, 2, 3]}
SOME_WINDOW: Final[dict[str, list[Any]]] = {"sliding_window": [ABSENT, 1, 3, 6, 40]}


def fixed(model_type: str, layers: int = LAYERS, **more: Any) -> dict[str, Any]:
    """Return what every configuration of a family has."""
    return {"model_type": model_type, "num_hidden_layers": layers, **more}


def _one_pattern(config: dict[str, Any]) -> None:
    # transformers reads the pattern only where no layers are named; both together contradict each other.
    if config.get("layer_types") is not None:
        config.pop("sliding_window_pattern", None)


def _qwen(config: dict[str, Any]) -> None:
    # Named layers that slide need a window, which `use_sliding_window` switches on.
    if not config.get("use_sliding_window") or config.get("sliding_window", 1) is None:
        config.pop("layer_types", None)


def _smol(config: dict[str, Any]) -> None:
    if config.get("layer_types") is not None and (
        not config.get("use_sliding_window") or config.get("sliding_window") is None
    ):
        config["layer_types"] = [F] * LAYERS


def _phi(config: dict[str, Any]) -> None:
    # Its normalizations are as wide as width over heads, whatever `head_dim` says, and fit nothing else.
    if config.get("qk_layernorm"):
        config.pop("head_dim", None)


def _images(settings: Any, seq_len: int, others: Any) -> dict[str, Any]:
    """Return tokens of which the first stand for patches of an image."""
    patches = min(others["patches"], seq_len)
    ids = torch.randint(3, 60, (1, seq_len))
    ids[:, :patches] = settings.image_token_id
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
    width = settings.num_channels * settings.patch_size**2
    return {**given, "pixel_values": torch.randn(1, patches, width)} if patches else given


def _fuyu(config: dict[str, Any]) -> None:
    config["text_config"] = {
        "model_type": "persimmon", "num_hidden_layers": 3, "vocab_size": 77, "hidden_size": 32,
        "intermediate_size": config.pop("intermediate_size"), "num_attention_heads": config.pop("num_attention_heads"),
        "qk_layernorm": config.pop("qk_layernorm"),
    }  # fmt: skip


def _compass(config: dict[str, Any]) -> None:
    # Rotary positions are given for each kind of layer.
    config["rope_parameters"] = {kind: {"rope_type": "default", "rope_theta": 10000.0} for kind in (F, S)}


def _helium(config: dict[str, Any]) -> None:
    config["head_dim"] = config["hidden_size"] // config["num_attention_heads"]


def _internlm(config: dict[str, Any]) -> None:
    for key in ("qkv_bias", "attention_bias"):
        if key in config:
            config["bias" if key == "qkv_bias" else "mlp_bias"] = config[key]


QWEN: Final = {
    **SIZES, **GROUPS, **WINDOW, "use_sliding_window": [ABSENT, True, True, False],
    "max_window_layers": [ABSENT, 0, 1, 2, 4, 9], "layer_types": PATTERNS,
}  # fmt: skip

DRAWS: Final = {
    "llama": Draw(fixed("llama"), {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, **MLP_BIAS}),
    "iquestcoder": Draw(fixed("iquestcoder"), {**SIZES, **GROUPS, **HEAD, **BIAS, **MLP_BIAS}),
    "mistral": Draw(
        fixed("mistral"), {**SIZES, **GROUPS, "head_dim": [ABSENT, None, 16], **WINDOW}
    ),
    "ministral": Draw(
        fixed("ministral"),
        {**SIZES, **GROUPS, "head_dim": [8, 16], **SOME_WINDOW, "layer_types": PATTERNS},
    ),
    "ministral3": Draw(fixed("ministral3"), {**SIZES, **GROUPS, **HEAD, **WINDOW}),
    "granite": Draw(fixed("granite"), {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, **MLP_BIAS}),
    "smollm3": Draw(
        fixed("smollm3", pad_token_id=0),
        {
            **SIZES, "num_key_value_heads": [ABSENT, None, 2, 4], **HEAD, **BIAS, **MLP_BIAS, **WINDOW,
            "use_sliding_window": [ABSENT, True, True, False], "no_rope_layer_interval": [ABSENT, 1, 2, 3],
            "no_rope_layers": [ABSENT, None, [1, 0, 0, 1], [0] * LAYERS], "layer_types": PATTERNS,
        },
        settle=_smol,
    ),
    "seed_oss": Draw(
        fixed("seed_oss"),
        {**SIZES, **GROUPS, **HEAD, **BIAS, **MLP_BIAS, "attention_out_bias": [ABSENT, True]},
    ),
    "ernie4_5": Draw(fixed("ernie4_5"), {**SIZES, **GROUPS, **HEAD, "use_bias": [ABSENT, True, False]}),
    "hunyuan_v1_dense": Draw(fixed("hunyuan_v1_dense"), {**SIZES, **MAYBE_GROUPS, "head_dim": [8, 16], **BIAS}),
    "apertus": Draw(
        fixed("apertus"), {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, "hidden_act": [ABSENT, "xielu", "relu"]}
    ),
    "arcee": Draw(fixed("arcee"), {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, **MLP_BIAS}),
    "jais2": Draw(fixed("jais2"), {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, **MLP_BIAS}),
    "emu3_text_model": Draw(
        fixed("emu3_text_model", pad_token_id=0), {**SIZES, **GROUPS, **HEAD}, model="Emu3ForCausalLM"
    ),
    "diffllama": Draw(fixed("diffllama"), {**SIZES, "num_key_value_heads": [ABSENT, None, 2, 4], **HEAD, **BIAS}),
    "cwm": Draw(
        fixed("cwm", 6),
        {
            **SIZES, **GROUPS, **HEAD, **MLP_BIAS, **SOME_WINDOW,
            "layer_types": [ABSENT, None, [F, S, S, F, F, S], [F] * 6],
        },
    ),
    "helium": Draw(
        fixed("helium"), {**SIZES, **GROUPS, **BIAS, **MLP_BIAS}, settle=_helium
    ),
    "hyperclovax": Draw(
        fixed("hyperclovax"),
        {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, **MLP_BIAS, "use_post_norm": [ABSENT, True, False]},
    ),
    "internlm3": Draw(
        fixed("internlm3"),
        {**SIZES, **GROUPS, **HEAD, "attention_bias": [ABSENT, True, False]}, settle=_internlm,
    ),
    "nanochat": Draw(fixed("nanochat"), {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS}),
    "nemotron": Draw(fixed("nemotron"), {**SIZES, **GROUPS, **HEAD, **BIAS, **MLP_BIAS}),
    "starcoder2": Draw(fixed("starcoder2"), {**SIZES, **GROUPS, **HEAD, **WINDOW, "use_bias": [ABSENT, True, False]}),
    "olmo": Draw(fixed("olmo"), {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, "clip_qkv": [ABSENT, 8.0]}),
    "olmo2": Draw(fixed("olmo2"), {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS}),
    "olmo3": Draw(
        fixed("olmo3", 5),
        {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, **SOME_WINDOW, "layer_types": [ABSENT, None, [F, S, S, F, F]]},
    ),
    "exaone4": Draw(
        fixed("exaone4"),
        {**SIZES, **GROUPS, **HEAD, **SOME_WINDOW, **PERIODS, "layer_types": PATTERNS},
        settle=_one_pattern,
    ),
    "cohere": Draw(fixed("cohere"), {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, "use_qk_norm": [ABSENT, True, False]}),
    "cohere2": Draw(
        fixed("cohere2"),
        {
            **SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, **SOME_WINDOW, **PERIODS, "layer_types": PATTERNS,
        },
        settle=_one_pattern,
    ),
    "cohere_compass_text": Draw(
        fixed("cohere_compass_text"),
        {**SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, **SOME_WINDOW, "layer_types": PATTERNS},
        settle=_compass,
    ),
    "stablelm": Draw(
        fixed("stablelm"),
        {
            **ROTARY, **GROUPS, "use_qkv_bias": [ABSENT, True], "qk_layernorm": [ABSENT, True],
            "use_parallel_residual": [ABSENT, True, False],
        },
    ),
    "phi": Draw(
        fixed("phi"), {**ROTARY, **MAYBE_GROUPS, **HEAD, "qk_layernorm": [ABSENT, True, False]}, settle=_phi
    ),
    "phi3": Draw(fixed("phi3", pad_token_id=0), {**SIZES, **MAYBE_GROUPS, **HEAD, **WINDOW}),
    "persimmon": Draw(fixed("persimmon"), {**ROTARY, "qk_layernorm": [ABSENT, True, False]}),
    "fuyu": Draw(
        {"model_type": "fuyu", "image_token_id": 70},
        {
            "intermediate_size": [24, 56], "num_attention_heads": [4, 2], "qk_layernorm": [True, False],
            "tie_word_embeddings": [ABSENT, True, False], "patch_size": [2, 3], "num_channels": [ABSENT, 1],
        },
        model="FuyuForCausalLM", feed=_images, others={"patches": [0, 2, 4]}, settle=_fuyu,
    ),
    "glm": Draw(fixed("glm", pad_token_id=0), {**SIZES, **GROUPS, **HEAD, **BIAS}),
    "glm4": Draw(fixed("glm4", pad_token_id=0), {**SIZES, **GROUPS, **HEAD, **BIAS}),
    "gemma": Draw(fixed("gemma"), {**SIZES, **GROUPS, **HEAD, **BIAS}),
    "gemma2": Draw(fixed("gemma2"), {**SIZES, **GROUPS, **HEAD, **BIAS, **SOME_WINDOW, "layer_types": PATTERNS}),
    "gemma3_text": Draw(
        fixed("gemma3_text", 7),
        {
            **SIZES, **GROUPS, **HEAD, **BIAS, **SOME_WINDOW, "sliding_window_pattern": [ABSENT, 1, 2, 3, 6],
            "layer_types": [ABSENT, None, [S, F, F, S, S, F, S], [F] * 7],
        },
        settle=_one_pattern,
    ),
    "vaultgemma": Draw(
        fixed("vaultgemma"), {**SIZES, **GROUPS, **HEAD, **BIAS, **SOME_WINDOW, "layer_types": PATTERNS}
    ),
    "qwen2": Draw(fixed("qwen2"), {**QWEN, **HEAD}, settle=_qwen),
    "qwen3": Draw(fixed("qwen3"), {**QWEN, **HEAD, **BIAS}, settle=_qwen),
}  # fmt: skip
