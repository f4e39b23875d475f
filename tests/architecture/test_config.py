"""Configurations that are wrong, hostile or only half understood."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flopline.architecture import SUPPORTED, count, read_architecture
from flopline.errors import ArchitectureError, DocumentError, FloplineError

LLAMA = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 176,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 300,
    "tie_word_embeddings": False,
}
DEEPSEEK = {
    **{key: LLAMA[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size")},
    "model_type": "deepseek_v3",
    "num_attention_heads": 8,
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 4,
    "v_head_dim": 8,
    "n_routed_experts": 8,
    "num_experts_per_tok": 2,
    "n_shared_experts": 1,
    "moe_intermediate_size": 32,
    "first_k_dense_replace": 1,
    "num_nextn_predict_layers": 1,
}
GEMMA = {**LLAMA, "model_type": "gemma3_text", "sliding_window": 16, "layer_types": ["sliding_attention"] * 4}


@pytest.mark.parametrize("key", ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"])
def test_a_missing_essential_key_is_named(key):
    config = {name: value for name, value in LLAMA.items() if name != key}
    with pytest.raises(ArchitectureError, match=f"no `{key}`") as caught:
        read_architecture(config)
    assert caught.value.place.key == key


def test_an_error_in_a_file_has_line_and_column(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**LLAMA, "num_attention_heads": "eight"}, indent=2))
    with pytest.raises(ArchitectureError) as caught:
        read_architecture(path)
    place = caught.value.place
    assert (place.line, place.key) == (6, "num_attention_heads")
    assert '"eight"' in place.text


def test_a_directory_is_read_by_its_config_json(tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "config.json").write_text(json.dumps(LLAMA))
    assert read_architecture(tmp_path / "tiny").name == "tiny"
    assert read_architecture(str(tmp_path / "tiny"), name="mine").name == "mine"


def test_hub_names_are_not_fetched():
    with pytest.raises(DocumentError, match="neither a file nor a folder") as caught:
        read_architecture("meta-llama/Llama-3.1-8B")
    assert "not fetched" in caught.value.hint


def test_an_unsupported_family_names_the_nearest_and_the_keys_that_nobody_understood():
    with pytest.raises(ArchitectureError, match="nearest is `llama`") as caught:
        read_architecture({**LLAMA, "model_type": "llamax", "num_widget_experts": 3})
    assert "`num_widget_experts`" in caught.value.hint
    assert f"{len(SUPPORTED)} families" in caught.value.hint


@pytest.mark.parametrize("kind", ["", "\0", "é" * 500, "qqqq", "LLAMA"])
def test_every_unknown_family_is_refused_whatever_it_is_called(kind):
    with pytest.raises(ArchitectureError) as caught:
        read_architecture({**LLAMA, "model_type": kind})
    assert caught.value.place.key == "model_type"


def test_an_encoder_decoder_is_refused():
    with pytest.raises(ArchitectureError, match="is_encoder_decoder"):
        read_architecture({**LLAMA, "is_encoder_decoder": True})


def test_bidirectional_gemma_is_refused():
    with pytest.raises(ArchitectureError, match="use_bidirectional_attention"):
        read_architecture({**GEMMA, "use_bidirectional_attention": True})


@pytest.mark.parametrize(
    "key", ["num_experts", "cross_layer_window", "engram_hidden_dim", "attn_block_size", "kv_rank"]
)
def test_an_unknown_key_that_could_count_is_a_warning_that_names_it(key):
    found = read_architecture({**LLAMA, key: 7})
    assert [(one.code, one.place.key) for one in found.warnings] == [("W401", key)]


@pytest.mark.parametrize(
    "key", ["hidden_dropout", "rope_scaling", "quantization_config", "initializer_range", "torch_dtype", "rms_norm_eps"]
)
def test_a_key_that_cannot_count_is_no_warning(key):
    assert read_architecture({**LLAMA, key: 7}).warnings == ()


def test_a_model_without_a_head_is_counted_with_one_and_says_so():
    found = read_architecture({**LLAMA, "architectures": ["LlamaModel"]})
    assert [one.code for one in found.warnings] == ["W403"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_size", True),
        ("hidden_size", 0),
        ("hidden_size", -64),
        ("hidden_size", 64.0),
        ("hidden_size", "64"),
        ("hidden_size", [64]),
        ("hidden_size", {}),
        ("hidden_size", float("nan")),
        pytest.param("hidden_size", 10**5000, id="five-thousand-digits"),
        ("num_hidden_layers", 10**6),
        ("num_key_value_heads", 3),
        ("vocab_size", None),
        ("tie_word_embeddings", 1),
        ("model_type", 3),
        ("model_type", None),
    ],
)
def test_a_hostile_value_is_refused_with_its_key(key, value):
    with pytest.raises(ArchitectureError) as caught:
        read_architecture({**LLAMA, key: value})
    assert caught.value.place.key == key


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({**GEMMA, "layer_types": ["sliding_attention"] * 3}, "layer_types"),
        ({**GEMMA, "layer_types": ["linear_attention"] * 4}, "layer_types"),
        ({**GEMMA, "layer_types": "sliding_attention"}, "layer_types"),
        ({**GEMMA, "sliding_window": None}, "sliding_window"),
        ({**DEEPSEEK, "num_experts_per_tok": 9}, "num_experts_per_tok"),
        ({**DEEPSEEK, "num_nextn_predict_layers": 10**6}, "num_nextn_predict_layers"),
        ({**DEEPSEEK, "moe_layer_freq": 2}, "moe_layer_freq"),
        ({**LLAMA, "hidden_size": 65, "head_dim": None}, "num_attention_heads"),
    ],
)
def test_what_does_not_fit_together_is_refused(config, key):
    with pytest.raises(ArchitectureError) as caught:
        read_architecture(config)
    assert caught.value.place.key == key


def test_ten_thousand_layers_cost_no_time():
    start = time.perf_counter()
    found = count({**LLAMA, "num_hidden_layers": 10_000}, seq_len=100)
    assert time.perf_counter() - start < 2
    assert found.terms[0].layers == 10_000


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 100), st.integers(), st.floats(), st.text(max_size=8),
    st.lists(st.one_of(st.integers(), st.text(max_size=3)), max_size=6),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([LLAMA, DEEPSEEK, GEMMA]), st.data(), VALUES)
def test_a_mutated_configuration_is_counted_or_refused(config, data, value):
    key = data.draw(st.one_of(st.sampled_from(sorted(config)), st.text(max_size=12)))
    try:
        found = count({**config, key: value}, seq_len=33)
    except FloplineError as error:
        complaint = error.message
    else:
        assert 0 < found.forward.masked <= found.forward.full
        return
    assert complaint
    assert not complaint.endswith(".")


@settings(max_examples=30, deadline=None)
@given(st.permutations(sorted(DEEPSEEK)))
def test_the_order_of_keys_changes_nothing(keys):
    assert count({key: DEEPSEEK[key] for key in keys}, seq_len=77).to_dict() == count(DEEPSEEK, seq_len=77).to_dict()
