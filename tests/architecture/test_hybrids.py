"""State-space models and hybrids in the keys of their published configurations, older names among them."""

from __future__ import annotations

import pytest

from flopline.architecture import read_architecture
from flopline.errors import ArchitectureError

FALCON_MAMBA_7B = {
    "model_type": "falcon_mamba", "conv_kernel": 4, "expand": 16, "hidden_size": 4096, "intermediate_size": 8192,
    "num_hidden_layers": 64, "state_size": 16, "time_step_rank": 256, "tie_word_embeddings": False, "vocab_size": 65024,
}  # fmt: skip
LFM2_1_2B = {
    "model_type": "lfm2", "block_auto_adjust_ff_dim": True, "block_dim": 2048, "block_ff_dim": 12288,
    "block_ffn_dim_multiplier": 1.0, "block_multiple_of": 256, "conv_L_cache": 3, "conv_bias": False, "conv_dim": 2048,
    "conv_dim_out": 2048, "full_attn_idxs": [2, 5, 8, 10, 12, 14], "hidden_size": 2048, "num_attention_heads": 32,
    "num_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8, "vocab_size": 65536,
}  # fmt: skip
FALCON_H1_0_5B = {
    "model_type": "falcon_h1", "head_dim": 64, "hidden_size": 1024, "intermediate_size": 2048, "mamba_chunk_size": 128,
    "mamba_d_head": 64, "mamba_d_ssm": 1536, "mamba_d_state": 128, "mamba_n_groups": 1, "mamba_n_heads": 24,
    "mamba_rms_norm": False, "num_attention_heads": 8, "num_hidden_layers": 36, "num_key_value_heads": 2,
    "vocab_size": 32784,
}  # fmt: skip
XLSTM_7B = {
    "model_type": "xlstm", "embedding_dim": 4096, "hidden_size": 4096, "num_blocks": 32, "num_heads": 8,
    "chunkwise_kernel": "chunkwise--triton_xl_chunk", "mode": "inference", "vocab_size": 50304,
}  # fmt: skip
NEMOTRON = {
    "model_type": "nemotron_h", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "mamba_num_heads": 4, "mamba_head_dim": 16, "n_groups": 2,
    "n_routed_experts": 4, "moe_intermediate_size": 32, "moe_shared_expert_intermediate_size": 32,
}  # fmt: skip
ZAMBA_2 = {
    "model_type": "zamba2", "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 4, "n_mamba_heads": 4,
    "vocab_size": 100, "layers_block_type": ["mamba", "hybrid", "mamba", "hybrid"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        (FALCON_MAMBA_7B, 7_272_665_088),
        (LFM2_1_2B, 1_170_340_608),
        (FALCON_H1_0_5B, 521_411_104),
        (XLSTM_7B, 6_865_424_896),
    ],
    ids=lambda one: one["model_type"] if isinstance(one, dict) else "",
)
def test_published_models_have_the_parameters_of_their_weights(config, parameters):
    found = read_architecture(config)
    assert found.parameters.total == parameters
    assert found.warnings == ()


def test_layers_are_written_in_words_or_in_letters():
    letters = read_architecture({**NEMOTRON, "hybrid_override_pattern": "ME*-"})
    words = read_architecture({**NEMOTRON, "layers_block_type": ["mamba", "moe", "attention", "mlp"]})
    assert letters.parameters == words.parameters
    assert letters.depth == words.depth == 4


def test_words_win_over_letters_as_in_the_configuration_class():
    both = {**NEMOTRON, "hybrid_override_pattern": "MMMM", "layers_block_type": ["attention"]}
    assert read_architecture(both).depth == 1


def test_an_unknown_letter_is_refused():
    with pytest.raises(ArchitectureError, match="other letters"):
        read_architecture({**NEMOTRON, "hybrid_override_pattern": "MX"})


def test_prediction_modules_hold_the_layers_that_their_pattern_names():
    config = {**NEMOTRON, "hybrid_override_pattern": "M", "num_nextn_predict_layers": 1}
    usual = read_architecture(config)
    same = read_architecture({**config, "mtp_hybrid_override_pattern": "*E"})
    scans = read_architecture({**config, "mtp_hybrid_override_pattern": "M"})
    assert usual.prediction_parameters == same.prediction_parameters
    assert scans.prediction_parameters.experts == 0


def test_shared_blocks_add_parameters_once_and_adapters_at_every_use():
    once = read_architecture({**ZAMBA_2, "layers_block_type": ["mamba", "hybrid", "mamba", "mamba"]})
    twice = read_architecture(ZAMBA_2)
    rank, inner = 128, 4 * 64
    adapter, linear = 64 * rank + rank * 2 * inner, 64 * 64
    assert twice.parameters.total - once.parameters.total == adapter + linear


@pytest.mark.parametrize(
    ("key", "value"), [("attention_head_dim", 16), ("mamba_headdim", 8), ("hybrid_layer_ids", [1])]
)
def test_derived_keys_that_say_otherwise_are_refused(key, value):
    with pytest.raises(ArchitectureError, match=key):
        read_architecture({**ZAMBA_2, key: value})


def test_untied_shared_blocks_are_refused():
    with pytest.raises(ArchitectureError, match="shared blocks"):
        read_architecture({**ZAMBA_2, "tie_word_embeddings": False})
