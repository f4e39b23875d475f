"""Text models of vision-language families, as their own class runs them: without a head.

With their head they run inside their family, whose draws stand in another file.
"""

from __future__ import annotations

from typing import Any, Final

from differential.draw import ABSENT, Draw
from differential.draws.dense import BIAS, GROUPS, HEAD, MAYBE_GROUPS, MLP_BIAS, SIZES, SOME_WINDOW, F, S, fixed


def text(model_type: str, model: str, choices: dict[str, list[Any]], **named: Any) -> Draw:
    """Return how a text model is drawn whose class has no head."""
    keys = fixed(model_type, pad_token_id=0, architectures=[model])
    return Draw(keys, {**SIZES, **choices}, model=model, **named)


def _rotary(config: dict[str, Any]) -> None:
    # Rotary channels are split among time, height and width, and must add up to half a head.
    half = config.get("head_dim", config["hidden_size"] // config["num_attention_heads"]) // 2
    key = "xdrope_section" if config["model_type"] == "hunyuan_vl_text" else "mrope_section"
    config["rope_parameters"] = {
        "rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0,
        key: [half - 2 * (half // 3), half // 3, half // 3],
    }  # fmt: skip


SPARSE: Final[dict[str, list[Any]]] = {
    "num_experts": [4, 6], "num_experts_per_tok": [1, 2], "moe_intermediate_size": [12, 20],
    "decoder_sparse_step": [ABSENT, 1, 2], "mlp_only_layers": [ABSENT, None, [1]],
}  # fmt: skip
SLIDING: Final[dict[str, list[Any]]] = {
    **SOME_WINDOW, "use_sliding_window": [True, True, False], "max_window_layers": [ABSENT, 0, 2],
}  # fmt: skip

DRAWS: Final = {
    "glm4v_text": text("glm4v_text", "Glm4vTextModel", {**GROUPS}, settle=_rotary),
    "glm4v_moe_text": text(
        "glm4v_moe_text", "Glm4vMoeTextModel",
        {
            **GROUPS, **BIAS, **HEAD, "n_routed_experts": [4, 6], "num_experts_per_tok": [1, 2],
            "n_shared_experts": [ABSENT, 1, 2], "moe_intermediate_size": [12, 20], "n_group": [1], "topk_group": [1],
            "first_k_dense_replace": [ABSENT, 0, 2],
        },
        settle=_rotary,
    ),
    "glm_ocr_text": text("glm_ocr_text", "GlmOcrTextModel", {**GROUPS, **HEAD}, settle=_rotary),
    "glm_image_text": text("glm_image_text", "GlmImageTextModel", {**GROUPS, **HEAD, **BIAS}, settle=_rotary),
    "hunyuan_vl_text": text(
        "hunyuan_vl_text", "HunYuanVLTextModel", {**MAYBE_GROUPS, "head_dim": [8, 16], **BIAS}, settle=_rotary
    ),
    "granite_docling_text": text(
        "granite_docling_text", "GraniteDoclingTextModel", {**GROUPS, **HEAD, **BIAS, **MLP_BIAS}
    ),
    "cosmos3_edge_text": text(
        "cosmos3_edge_text", "Cosmos3EdgeTextModel", {**GROUPS, "head_dim": [8, 16], **BIAS, **MLP_BIAS}, settle=_rotary
    ),
    "molmo2_text": text(
        "molmo2_text", "Molmo2TextModel",
        {
            **GROUPS, **HEAD, **BIAS, "additional_vocab_size": [ABSENT, 8], "qk_norm_type": [ABSENT, "qwen3", "olmo"],
            "norm_after": [ABSENT, True, False],
        },
    ),
    "muse_glimmer_text": text(
        "muse_glimmer_text", "MuseGlimmerTextModel",
        {**GROUPS, **HEAD, **BIAS, **SOME_WINDOW, "layer_types": [ABSENT, None, [S, F, F, S], [F] * 4]},
    ),
    "muse_spark_text": text(
        "muse_spark_text", "MuseSparkTextModel",
        {
            **GROUPS, **HEAD, **BIAS, **SOME_WINDOW, "layer_types": [ABSENT, None, [S, F, F, S], [F] * 4],
            "num_local_experts": [4, 6], "num_experts_per_tok": [1, 2], "moe_intermediate_size": [12, 20],
            "moe_hidden_size": [16, 24], "mlp_layer_types": [ABSENT, None, ["dense", "sparse", "sparse", "dense"]],
        },
    ),
    **{
        kind: text(kind, name, {**GROUPS, **SLIDING}, settle=_rotary)
        for kind, name in (("qwen2_vl_text", "Qwen2VLTextModel"), ("qwen2_5_vl_text", "Qwen2_5_VLTextModel"))
    },
    "qwen3_vl_text": text("qwen3_vl_text", "Qwen3VLTextModel", {**GROUPS, **HEAD, **BIAS}, settle=_rotary),
    "qwen3_vl_moe_text": text(
        "qwen3_vl_moe_text", "Qwen3VLMoeTextModel", {**GROUPS, **HEAD, **BIAS, **SPARSE}, settle=_rotary
    ),
    "qwen2_5_omni_text": text(
        "qwen2_5_omni_text", "Qwen2_5OmniThinkerTextModel", {**GROUPS, **SLIDING}, settle=_rotary
    ),
    "qwen3_omni_moe_text": text(
        "qwen3_omni_moe_text", "Qwen3OmniMoeThinkerTextModel", {**GROUPS, **HEAD, **BIAS, **SPARSE}, settle=_rotary
    ),
}  # fmt: skip
