"""Decoders with experts and grouped-query attention."""

from __future__ import annotations

from typing import Any, Final

from differential.draw import ABSENT, Draw
from differential.draws.dense import BIAS, GROUPS, HEAD, MAYBE_GROUPS, PATTERNS, SIZES, SOME_WINDOW, WINDOW, F, S, fixed

EXPERTS: Final[dict[str, list[Any]]] = {"num_local_experts": [4, 6], "num_experts_per_tok": [1, 2, 3]}
NUMBERED: Final[dict[str, list[Any]]] = {"num_experts": [4, 6], "num_experts_per_tok": [1, 2, 3]}
ROUTED: Final[dict[str, list[Any]]] = {
    "n_routed_experts": [4, 6], "num_experts_per_tok": [1, 2], "n_shared_experts": [1, 2],
    "moe_intermediate_size": [12, 20], "first_k_dense_replace": [ABSENT, 0, 1, 3], "n_group": [1], "topk_group": [1],
}  # fmt: skip
LATENT: Final[dict[str, list[Any]]] = {
    "kv_lora_rank": [12, 16], "q_lora_rank": [None, 20], "qk_rope_head_dim": [4, 8], "qk_nope_head_dim": [6, 8],
    "v_head_dim": [8, 10],
}  # fmt: skip
PLACES: Final[dict[str, list[Any]]] = {
    "decoder_sparse_step": [ABSENT, 1, 2, 3], "mlp_only_layers": [ABSENT, None, [], [0], [1, 3]],
    "moe_intermediate_size": [12, 20],
}  # fmt: skip


HYBRID, LOCAL = "hybrid", "hybrid_sliding"


def _ernie(config: dict[str, Any]) -> None:
    config["moe_num_experts"] = max(config["moe_num_experts"], config.get("moe_k", 6))


def _qwen(config: dict[str, Any]) -> None:
    # A window of zero, which `use_sliding_window` switches off, does not fit layers that slide.
    if not config.get("use_sliding_window"):
        config.pop("layer_types", None)


def _dots(config: dict[str, Any]) -> None:
    if config.get("sliding_window", 1) is None:
        config.pop("layer_types", None)


def _llama(config: dict[str, Any]) -> None:
    # The reference sends every token through every expert and weighs most results with zero; it runs what is counted
    # where all experts are active. Layers are named after the rotary ones unless they are named themselves.
    config["num_experts_per_tok"] = config["num_local_experts"]
    if config.get("layer_types") is not None:
        config.pop("no_rope_layers", None)


DRAWS: Final = {
    "mixtral": Draw(fixed("mixtral"), {**SIZES, **GROUPS, **HEAD, **WINDOW, **EXPERTS}),
    "olmoe": Draw(fixed("olmoe"), {**SIZES, **MAYBE_GROUPS, **BIAS, **NUMBERED, "clip_qkv": [ABSENT, 8.0]}),
    "flex_olmo": Draw(fixed("flex_olmo", pad_token_id=0), {**SIZES, **MAYBE_GROUPS, **BIAS, **NUMBERED}),
    "minimax_m2": Draw(fixed("minimax_m2"), {**SIZES, **GROUPS, **HEAD, **EXPERTS}),
    "phimoe": Draw(
        fixed("phimoe"),
        {
            **SIZES, **GROUPS, **HEAD, **BIAS, **WINDOW, "num_local_experts": [4, 6],
            "num_experts_per_tok": [ABSENT, 2], "lm_head_bias": [ABSENT, True, False],
        },
    ),
    "granitemoe": Draw(fixed("granitemoe"), {**SIZES, **MAYBE_GROUPS, **BIAS, **EXPERTS}),
    "granitemoeshared": Draw(
        fixed("granitemoeshared"),
        {**SIZES, **MAYBE_GROUPS, **BIAS, **EXPERTS, "shared_intermediate_size": [ABSENT, 0, 20]},
    ),
    "aria_text": Draw(
        fixed("aria_text"),
        {
            **SIZES, **MAYBE_GROUPS, **HEAD, **BIAS, "mlp_bias": [ABSENT, True], "moe_num_experts": [ABSENT, 4],
            "moe_topk": [ABSENT, 1, 3], "moe_num_shared_experts": [ABSENT, 1, 3],
        },
    ),
    "hunyuan_v1_moe": Draw(
        fixed("hunyuan_v1_moe"),
        {
            **SIZES, **MAYBE_GROUPS, "head_dim": [8, 16], **BIAS, "num_experts": [4, 6], "moe_topk": [ABSENT, 1, 3],
        },
    ),
    "inkling_text": Draw(
        fixed("inkling_text", 7),
        {
            **SIZES, **GROUPS, "head_dim": [8, 12], "swa_num_attention_heads": [4, 8],
            "swa_num_key_value_heads": [2, 4],
            "swa_head_dim": [8, 16], "sliding_window_size": [1, 3, 6], "d_rel": [4, 6], "rel_extent": [5, 40],
            "local_layer_ids": [ABSENT, None, [0, 2, 5]], "layer_types": [ABSENT, None, [HYBRID, LOCAL] * 3 + [LOCAL]],
            "conv_kernel_size": [ABSENT, 2, 3], "mlp_layer_types": [ABSENT, None, ["dense"] * 3 + ["sparse"] * 4],
            "moe_intermediate_size": [12, 20], "n_routed_experts": [4, 6], "num_experts_per_tok": [1, 2],
            "n_shared_experts": [ABSENT, 1, 3], "dense_mlp_idx": [ABSENT, 0, 2],
            "dense_intermediate_size": [ABSENT, ABSENT, 40], "unpadded_vocab_size": [ABSENT, 70],
        },
        model="InklingForCausalLM",
    ),
    "inkling2_text": Draw(
        fixed("inkling2_text", 7),
        {
            **{key: values for key, values in SIZES.items() if key != "intermediate_size"}, **GROUPS,
            "head_dim": [8, 12], "swa_num_attention_heads": [4, 8], "swa_num_key_value_heads": [2, 4],
            "swa_head_dim": [8, 16], "sliding_window_size": [1, 3, 6], "d_rel": [4, 6], "rel_extent": [5, 40],
            "layer_types": [ABSENT, None, [HYBRID, LOCAL] * 3 + [LOCAL], [LOCAL, HYBRID] * 3 + [LOCAL]],
            "conv_kernel_size": [ABSENT, 2, 3], "moe_intermediate_size": [12, 20], "n_routed_experts": [4, 6],
            "num_experts_per_tok": [1, 2], "n_layers_per_attn_res_block": [ABSENT, 1, 2, 3],
        },
        model="Inkling2ForCausalLM", sinks=True,
    ),
    "mellum": Draw(
        fixed("mellum"),
        {
            **SIZES, **GROUPS, **HEAD, **BIAS, **SOME_WINDOW, **EXPERTS, "moe_intermediate_size": [12, 20],
            "layer_types": PATTERNS, "mlp_layer_types": [ABSENT, None, ["dense", "sparse", "sparse", "dense"]],
        },
    ),
    "gpt_oss": Draw(
        fixed("gpt_oss"),
        {
            **SIZES, "num_key_value_heads": [1, 2, 4], "head_dim": [8, 16], **BIAS, **SOME_WINDOW, **EXPERTS,
            "layer_types": PATTERNS,
        },
        sinks=True,
    ),
    "ernie4_5_moe": Draw(
        fixed("ernie4_5_moe"),
        {
            **SIZES, **GROUPS, "use_bias": [ABSENT, True, False], "moe_num_experts": [4, 8], "moe_k": [ABSENT, 1, 2],
            "moe_intermediate_size": [12, 20], "moe_num_shared_experts": [ABSENT, 0, 1, 3],
            "moe_layer_start_index": [ABSENT, 0, 2], "moe_layer_end_index": [ABSENT, -1, 2, 9],
            "moe_layer_interval": [ABSENT, 1, 2],
        },
        settle=_ernie,
    ),
    "glm4_moe": Draw(
        fixed("glm4_moe"),
        {
            **SIZES, **GROUPS, **HEAD, **BIAS, **ROUTED, "use_qk_norm": [ABSENT, True, False],
            "num_nextn_predict_layers": [ABSENT, 0, 1],
        },
    ),
    "dots1": Draw(
        fixed("dots1"),
        {
            **SIZES, "num_key_value_heads": [1, 2, 4], **HEAD, **BIAS, **ROUTED, **WINDOW,
            "max_window_layers": [ABSENT, 0, 2], "layer_types": PATTERNS,
        },
        settle=_dots,
    ),
    "llama4_text": Draw(
        fixed("llama4_text", pad_token_id=0),
        {
            **SIZES, **GROUPS, "head_dim": [8, 16], **BIAS, "num_local_experts": [1, 2, 4],
            "intermediate_size_mlp": [32, 40], "interleave_moe_layer_step": [ABSENT, 1, 2],
            "moe_layers": [ABSENT, None, [0, 3]],
            "attention_chunk_size": [ABSENT, 1, 3, 4, 6], "no_rope_layers": [ABSENT, None, [1, 0, 0, 1]],
            "layer_types": [ABSENT, None, ["chunked_attention", F, F, "chunked_attention"]],
        },
        settle=_llama,
    ),
    "qwen2_moe": Draw(
        fixed("qwen2_moe"),
        {
            **SIZES, **GROUPS, **HEAD, **SOME_WINDOW, **NUMBERED, **PLACES, "qkv_bias": [ABSENT, True, False],
            "use_sliding_window": [ABSENT, True, False], "max_window_layers": [ABSENT, 0, 1, 3],
            "shared_expert_intermediate_size": [12, 20], "layer_types": [ABSENT, None, [S, F, F, S], [F] * 4],
        },
        settle=_qwen,
    ),
    "qwen3_moe": Draw(
        fixed("qwen3_moe"),
        {
            **SIZES, **GROUPS, **HEAD, **BIAS, **SOME_WINDOW, **NUMBERED, **PLACES,
            "use_sliding_window": [ABSENT, True, False], "max_window_layers": [ABSENT, 0, 2],
        },
    ),
    "deepseek_v2": Draw(
        fixed("deepseek_v2"), {**SIZES, "num_key_value_heads": [ABSENT, None], **LATENT, **BIAS, **ROUTED}
    ),
    "deepseek_v3": Draw(
        fixed("deepseek_v3"),
        {**SIZES, "num_attention_heads": [4], "num_key_value_heads": [4], **LATENT, **BIAS, **ROUTED},
    ),
    "youtu": Draw(
        fixed("youtu"), {**SIZES, "num_attention_heads": [4], "num_key_value_heads": [4], **LATENT, **BIAS}
    ),
}  # fmt: skip
