"""Recurrent models, models with short convolutions, and kin of Llama that belong to no other file."""

from __future__ import annotations

from typing import Any, Final

from differential.draw import ABSENT, Draw

_SMALL = {"num_hidden_layers": 3, "vocab_size": 77}
_TIE = {"tie_word_embeddings": [ABSENT, True, False]}


def _lfm2(config: dict[str, Any]) -> None:
    """Give the older names of keys."""
    if config.pop("old", False):
        config["block_ff_dim"] = config.pop("intermediate_size")
        config["tie_embedding"] = config.pop("tie_word_embeddings", True)


_CONVOLVED = {
    "hidden_size": [32, 48], "intermediate_size": [30, 50, 64], "num_attention_heads": [4],
    "num_key_value_heads": [1, 2, 4], "conv_bias": [ABSENT, True], "conv_L_cache": [ABSENT, 1, 4], **_TIE,
}  # fmt: skip
_WINDOWED = {
    "hidden_size": [32, 48], "intermediate_size": [24, 56], "num_attention_heads": [8],
    "sliding_window": [3, 6, ABSENT], "attention_bias": [ABSENT, True], **_TIE,
    "layer_types": [ABSENT, ["full_attention"] * 6, ["sliding_attention", "full_attention"] * 3],
}  # fmt: skip

DRAWS: Final = {
    "recurrent_gemma": Draw(
        {"model_type": "recurrent_gemma", "num_hidden_layers": 5, "vocab_size": 77},
        {
            "hidden_size": [32, 48], "intermediate_size": [48, 57], "num_attention_heads": [8],
            "num_key_value_heads": [ABSENT, 1, 2, 8], "head_dim": [ABSENT, 12], **_TIE,
            "lru_width": [ABSENT, 24, None], "conv1d_width": [ABSENT, 1, 3], "attention_window_size": [3, 6, ABSENT],
            "attention_bias": [ABSENT, True], "block_types": [ABSENT, ["recurrent"], ["attention", "recurrent"]],
        },
    ),
    "lfm2": Draw(
        {"model_type": "lfm2", "num_hidden_layers": 4, "vocab_size": 77},
        {
            **_CONVOLVED, "block_multiple_of": [ABSENT, 8, 10], "block_ffn_dim_multiplier": [ABSENT, 1.3, 0.7, 2],
            "block_auto_adjust_ff_dim": [ABSENT, False], "full_attn_idxs": [ABSENT, [], [1], [0, 2]],
            "layer_types": [ABSENT, ["conv", "full_attention", "full_attention", "conv"]], "old": [False, True],
        },
        settle=_lfm2,
    ),
    "lfm2_moe": Draw(
        {"model_type": "lfm2_moe", "num_hidden_layers": 4, "vocab_size": 77},
        {
            **_CONVOLVED, "moe_intermediate_size": [12, 20], "num_experts": [4, 8], "num_experts_per_tok": [1, 2],
            "num_dense_layers": [ABSENT, 0, 1, 4], "use_expert_bias": [ABSENT, False],
            "layer_types": [["conv"] * 4, ["conv", "full_attention", "full_attention", "conv"]],
        },
    ),
    "lfm3": Draw(
        {"model_type": "lfm3", "num_hidden_layers": 5, "vocab_size": 77, "pad_token_id": 0},
        {
            **_CONVOLVED, "head_dim": [8, 12], "sliding_window": [3, 6, ABSENT], "use_sandwich_norm": [ABSENT, False],
            "use_attention_gate": [ABSENT, False], "attention_bias": [ABSENT, True],
            "layer_types": [ABSENT, ["conv", "full_attention", "sliding_attention", "conv", "conv"]],
        },
    ),
    "rwkv": Draw(
        {"model_type": "rwkv", **_SMALL},
        {
            "hidden_size": [32, 40], "intermediate_size": [ABSENT, None, 24], "rescale_every": [ABSENT, 1],
            "attention_hidden_size": [ABSENT, None, 24], **_TIE,
        },
    ),
    # With `weight_mode` at `fused` the reference does not initialize; it has the same products and parameters.
    "xlstm": Draw(
        {"model_type": "xlstm", **_SMALL},
        {
            "hidden_size": [32, 48], "num_heads": [2, 4], "use_bias": [ABSENT, True], "qk_dim_factor": [ABSENT, 1.5],
            "v_dim_factor": [ABSENT, 2.0], "chunk_size": [4, 8, ABSENT],
            "ffn_proj_factor": [ABSENT, 1.3], "ffn_round_up_to_multiple_of": [ABSENT, 10], **_TIE,
        },
        lengths=(1, 4, 5, 8, 11, 16, 19),
    ),
    "zaya": Draw(
        {"model_type": "zaya", "num_hidden_layers": 3, "vocab_size": 77},
        {
            "hidden_size": [32, 48], "num_attention_heads": [4], "num_key_value_heads": [ABSENT, 1, 4],
            "head_dim": [8, 12], "moe_intermediate_size": [12, 20], "num_experts": [2, 4],
            "router_hidden_size": [6, 10],
            "cca_time0": [ABSENT, 1, 3], "cca_time1": [ABSENT, 1, 3], "attention_bias": [ABSENT, True],
            "lm_head_bias": [ABSENT, True], "sliding_window": [3, 6], **_TIE,
            "layer_types": [ABSENT, ["hybrid_sliding", "hybrid", "hybrid_sliding"]],
        },
    ),
    "bitnet": Draw(
        {"model_type": "bitnet", **_SMALL},
        {
            "hidden_size": [40, 80], "intermediate_size": [24, 56], "num_attention_heads": [5, 10],
            "num_key_value_heads": [ABSENT, 1, 5, None], "attention_bias": [ABSENT, True], **_TIE,
        },
    ),
    "granite_swa": Draw(
        {"model_type": "granite_swa", "num_hidden_layers": 6, "vocab_size": 77},
        {**_WINDOWED, "num_key_value_heads": [ABSENT, 1, 8, None], "mlp_bias": [ABSENT, True]},
    ),
    "granitemoe_swa": Draw(
        {"model_type": "granitemoe_swa", "num_hidden_layers": 6, "vocab_size": 77},
        {
            **_WINDOWED, "num_key_value_heads": [ABSENT, 1, 8, None], "num_local_experts": [2, 4, ABSENT],
            "num_experts_per_tok": [ABSENT, 1], "shared_intermediate_size": [ABSENT, 0, 20],
        },
    ),
}  # fmt: skip
