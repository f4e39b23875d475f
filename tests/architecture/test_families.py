"""What families do by themselves: windows by layer, and what their configuration classes leave out."""

from __future__ import annotations

import pytest

from flopline.architecture import SUPPORTED, Mask, count, read_architecture
from flopline.architecture.operations import Scores
from flopline.errors import ArchitectureError

SMALL = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 8,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 100,
}


def masks(config):
    """Return the mask of each layer."""
    layers = read_architecture(config).layers
    return [one.mask for layer in layers for one in layer.operations if isinstance(one, Scores)]


def slides(config):
    return [mask.kind == "window" for mask in masks(config)]


def test_mistral_slides_4096_unless_told_otherwise():
    assert set(masks({**SMALL, "model_type": "mistral"})) == {Mask("window", 4096)}
    assert set(masks({**SMALL, "model_type": "mistral", "sliding_window": None})) == {Mask("causal")}


def test_gemma_2_slides_in_every_other_layer():
    assert slides({**SMALL, "model_type": "gemma2"}) == [True, False] * 4


def test_gemma_3_slides_in_five_of_six_layers():
    config = {**SMALL, "num_hidden_layers": 12, "model_type": "gemma3_text", "sliding_window": 512}
    assert slides(config) == ([True] * 5 + [False]) * 2


def test_a_pattern_in_the_configuration_overrides_the_families():
    config = {**SMALL, "model_type": "gemma3_text", "sliding_window_pattern": 2}
    assert slides(config) == [True, False] * 4


def test_layer_types_override_the_pattern():
    kinds = ["full_attention"] * 7 + ["sliding_attention"]
    assert slides({**SMALL, "model_type": "gemma2", "layer_types": kinds}) == [False] * 7 + [True]


def test_qwen_ignores_its_window_unless_it_is_used():
    config = {**SMALL, "model_type": "qwen2", "sliding_window": 16, "max_window_layers": 6}
    assert slides(config) == [False] * 8
    assert slides({**config, "use_sliding_window": True}) == [False] * 6 + [True] * 2


def test_llama_4_attends_in_chunks_where_it_rotates():
    config = {**SMALL, "model_type": "llama4_text", "attention_chunk_size": 32}
    assert [mask.kind for mask in masks(config)] == ["chunk", "chunk", "chunk", "causal"] * 2


def test_gpt_neo_alternates_global_and_local():
    config = {
        "model_type": "gpt_neo", "hidden_size": 64, "num_layers": 4, "num_heads": 4, "vocab_size": 100,
        "attention_types": [[["global", "local"], 2]],
    }  # fmt: skip
    assert masks(config) == [Mask("causal"), Mask("window", 256)] * 2


def test_heads_are_as_wide_as_the_family_says_where_the_configuration_is_silent():
    config = {key: value for key, value in SMALL.items() if key != "head_dim"}
    gemma = next(one for one in _scores({**config, "model_type": "gemma"}))
    llama = next(one for one in _scores({**config, "model_type": "llama"}))
    assert (gemma.width, llama.width) == (256, 16)


def _scores(config):
    layers = read_architecture(config).layers
    return [one for layer in layers for one in layer.operations if isinstance(one, Scores)]


def test_key_value_heads_are_as_many_as_the_family_says_where_the_configuration_is_silent():
    config = {key: value for key, value in SMALL.items() if key != "num_key_value_heads"}
    two = count({**SMALL, "num_attention_heads": 32, "model_type": "llama"}, seq_len=8).parameters.total
    same = count({**config, "num_attention_heads": 32, "model_type": "llama"}, seq_len=8).parameters.total
    mistral = count({**config, "num_attention_heads": 32, "model_type": "mistral"}, seq_len=8).parameters.total
    each = 2 * 64 * 16 * 8  # a key and a value matrix in each of eight layers
    assert same - two == 30 * each
    assert mistral - two == 6 * each


def test_a_dense_layer_comes_first_where_the_configuration_says_so(hub):
    found = count(hub / "deepseek-v3-671b.json", seq_len=128)
    layers = {one.name: one.layers for one in found.terms}
    assert layers["MLP"] == 3
    assert layers["experts"] == layers["router"] == layers["shared experts"] == 58


def test_a_multimodal_configuration_counts_its_text_model_and_says_so():
    text = {**SMALL, "model_type": "gemma3_text"}
    whole = {"model_type": "gemma3", "text_config": text, "vision_config": {"hidden_size": 32}}
    inner, outer = read_architecture(text), read_architecture(whole)
    assert count(outer, seq_len=64).training == count(inner, seq_len=64).training
    assert [one.code for one in outer.warnings] == ["W402"]


def test_a_nested_gemma_3_may_leave_out_what_its_class_says():
    text = {key: SMALL[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers")}
    found = read_architecture({"model_type": "gemma3", "text_config": text})
    assert found.parameters.embedding == 262208 * 64
    assert sum("vocab_size" in one.message for one in found.warnings) == 1


@pytest.mark.parametrize("kind", [kind for kind in SUPPORTED if kind not in ("gpt2", "gpt-sw3")])
def test_every_family_names_the_first_essential_key_that_is_missing(kind):
    with pytest.raises(ArchitectureError, match="has no `"):
        read_architecture({"model_type": kind})
