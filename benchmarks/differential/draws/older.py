"""GPT-1 and GPT-2 and the decoders of their generation."""

from __future__ import annotations

from typing import Any, Final

from differential.draw import ABSENT, Draw

TIES: Final[dict[str, list[Any]]] = {"tie_word_embeddings": [ABSENT, True, False]}
GPT: Final[dict[str, list[Any]]] = {
    "n_embd": [32, 48], "n_head": [4, 8], "n_layer": [2, 3], "n_inner": [ABSENT, None, 40],
    "n_positions": [ABSENT, 40, 64], "vocab_size": [77, 90], **TIES,
}  # fmt: skip
SIZES: Final[dict[str, list[Any]]] = {
    "hidden_size": [32, 64], "num_hidden_layers": [2, 3], "num_attention_heads": [4, 2], "vocab_size": [77, 90], **TIES,
}  # fmt: skip


def _without_inner(keys: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {key: values for key, values in keys.items() if key != "n_inner"}


def _neo(config: dict[str, Any]) -> None:
    # Four layers: the pattern must give as many.
    config.setdefault("attention_types", [[["global", "local"], 2]])


def _opt(config: dict[str, Any]) -> None:
    # Without affine normalizations OPT has none to remove.
    if config.get("word_embed_proj_dim") == "hidden":
        config["word_embed_proj_dim"] = config["hidden_size"]


def _falcon(config: dict[str, Any]) -> None:
    # The older decoder has one key-value head or as many as query heads; the numbers are for the newer one,
    # which runs side by side alone.
    if not config.get("new_decoder_architecture"):
        config.pop("num_kv_heads", None)
        config.pop("num_ln_in_parallel_attn", None)
    else:
        config.pop("parallel_attn", None)


DRAWS: Final = {
    # GPT-1 hides a score by -10,000, which is no minus infinity: the pairs cannot be seen.
    "openai-gpt": Draw({"model_type": "openai-gpt"}, _without_inner(GPT), pairs=False),
    "gpt2": Draw({"model_type": "gpt2"}, GPT),
    "gpt-sw3": Draw({"model_type": "gpt-sw3"}, GPT),
    "gpt_bigcode": Draw({"model_type": "gpt_bigcode"}, {**GPT, "multi_query": [ABSENT, True, False]}),
    "gptj": Draw({"model_type": "gptj", "rotary_dim": 4}, GPT),
    "codegen": Draw({"model_type": "codegen", "rotary_dim": 4}, {**GPT, "n_ctx": [64]}),
    "ctrl": Draw({"model_type": "ctrl"}, {**_without_inner(GPT), "dff": [24, 56]}),
    "gpt_neo": Draw(
        {"model_type": "gpt_neo", "num_layers": 4, "vocab_size": 77},
        {
            "hidden_size": [32, 48], "num_heads": [4, 8], "intermediate_size": [ABSENT, None, 40],
            "window_size": [ABSENT, 1, 3, 6], "max_position_embeddings": [ABSENT, 64],
            "attention_types": [ABSENT, [[["local"], 4]], [[["global"], 1], [["local", "global", "local"], 1]]], **TIES,
        },
        settle=_neo,
    ),
    "gpt_neox": Draw(
        {"model_type": "gpt_neox"},
        {
            **SIZES, "intermediate_size": [24, 56], "attention_bias": [ABSENT, True, False],
            "use_parallel_residual": [ABSENT, True, False],
        },
    ),
    "gpt_neox_japanese": Draw(
        {"model_type": "gpt_neox_japanese"}, {**SIZES, "intermediate_multiple_size": [ABSENT, 1, 3]}
    ),
    "biogpt": Draw(
        {"model_type": "biogpt"},
        {**SIZES, "intermediate_size": [24, 56], "max_position_embeddings": [ABSENT, 40, 64]},
    ),
    # XGLM's softmax runs on three dimensions.
    "xglm": Draw(
        {"model_type": "xglm"},
        {
            "d_model": [32, 48], "num_layers": [2, 3], "attention_heads": [4, 8], "ffn_dim": [24, 56],
            "vocab_size": [77, 90], "max_position_embeddings": [ABSENT, 40], **TIES,
        },
        pairs=False,
    ),
    "opt": Draw(
        {"model_type": "opt", "_remove_final_layer_norm": False},
        {
            **SIZES, "ffn_dim": [24, 56], "word_embed_proj_dim": [ABSENT, None, 24, "hidden"],
            "do_layer_norm_before": [ABSENT, True, False], "_remove_final_layer_norm": [ABSENT, True, False],
            "enable_bias": [ABSENT, True, False], "layer_norm_elementwise_affine": [ABSENT, True, False],
            "max_position_embeddings": [ABSENT, 40],
        },
        settle=_opt,
    ),
    "bloom": Draw(
        {"model_type": "bloom"},
        {"hidden_size": [32, 48], "n_layer": [2, 3], "n_head": [4, 8], "vocab_size": [77, 90], **TIES},
    ),
    "falcon": Draw(
        {"model_type": "falcon"},
        {
            **SIZES, "num_kv_heads": [ABSENT, None, 1, 2], "ffn_hidden_size": [ABSENT, None, 40],
            "new_decoder_architecture": [ABSENT, True, False], "multi_query": [ABSENT, True, False],
            "parallel_attn": [ABSENT, True, False], "num_ln_in_parallel_attn": [ABSENT, None, 1, 2],
            "bias": [ABSENT, True, False], "alibi": [ABSENT, True, False],
        },
        settle=_falcon,
    ),
    "mpt": Draw(
        {"model_type": "mpt"},
        {
            "d_model": [32, 48], "n_heads": [4, 8], "n_layers": [2, 3], "vocab_size": [77, 90],
            "expansion_ratio": [ABSENT, 4], "max_seq_len": [ABSENT, 64], **TIES,
        },
    ),
}  # fmt: skip
