"""Laws that every ledger obeys, and its slow twin."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flopline.architecture import Mask, count, read_architecture, training_flop
from flopline.errors import ArchitectureError
from naive import architecture as naive

LENGTHS = st.integers(1, 40)


@st.composite
def decoders(draw):
    """Return a small decoder: dense, sliding, with experts, or with latent attention and experts."""
    heads = draw(st.sampled_from([2, 4]))
    config = {
        "hidden_size": draw(st.integers(1, 6)) * 4,
        "intermediate_size": draw(st.integers(1, 40)),
        "num_hidden_layers": draw(st.integers(1, 5)),
        "num_attention_heads": heads,
        "num_key_value_heads": draw(st.sampled_from([1, 2])),
        "head_dim": draw(st.integers(1, 9)),
        "vocab_size": draw(st.integers(1, 50)),
    }
    family = draw(st.sampled_from(["llama", "gemma2", "mixtral", "deepseek_v3"]))
    depth = config["num_hidden_layers"]
    if family == "gemma2":
        config["sliding_window"] = draw(st.integers(1, 50))
        kinds = st.sampled_from(["full_attention", "sliding_attention"])
        config["layer_types"] = draw(st.lists(kinds, min_size=depth, max_size=depth))
    if family in ("mixtral", "deepseek_v3"):
        config["num_experts_per_tok"] = draw(st.integers(1, 4))
        key = "num_local_experts" if family == "mixtral" else "n_routed_experts"
        config[key] = config["num_experts_per_tok"] + draw(st.integers(0, 4))
    if family == "deepseek_v3":
        config |= {
            "q_lora_rank": draw(st.one_of(st.none(), st.integers(1, 9))),
            "kv_lora_rank": draw(st.integers(1, 9)),
            "qk_nope_head_dim": draw(st.integers(1, 9)),
            "qk_rope_head_dim": draw(st.integers(1, 9)),
            "v_head_dim": draw(st.integers(1, 9)),
            "n_shared_experts": draw(st.integers(0, 2)),
            "moe_intermediate_size": draw(st.integers(1, 9)),
            "first_k_dense_replace": draw(st.integers(0, 3)),
        }
    return {"model_type": family, **config}


@settings(max_examples=80, deadline=None)
@given(decoders(), LENGTHS)
def test_the_ledger_is_its_slow_twin(config, length):
    found = count(config, seq_len=length)
    assert found.forward.full == naive.forward(config, length, masked=False)
    assert found.forward.masked == naive.forward(config, length, masked=True)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["causal", "window", "chunk"]), st.integers(1, 50), st.integers(1, 60))
def test_pairs_are_those_one_can_count(kind, size, length):
    assert Mask(kind, size).pairs(length) == naive.visible_pairs(length, kind, size)


@settings(max_examples=40, deadline=None)
@given(decoders(), LENGTHS, st.integers(1, 1000))
def test_batches_multiply_and_masks_only_leave_out(config, length, batch):
    one, many = count(config, seq_len=length), count(config, seq_len=length, batch=batch)
    assert many.training.masked == batch * one.training.masked
    assert many.forward.full == batch * one.forward.full
    assert one.forward.masked <= one.forward.full


@settings(max_examples=40, deadline=None)
@given(decoders(), LENGTHS)
def test_full_training_costs_three_forward_passes(config, length):
    found = count(config, seq_len=length)
    assert found.training.masked == 3 * found.forward.masked
    assert found.training.full == 3 * found.forward.full


@settings(max_examples=40, deadline=None)
@given(decoders(), LENGTHS)
def test_the_terms_add_up(config, length):
    found = count(config, seq_len=length, recompute="full")
    for side in ("full", "masked"):
        assert sum(getattr(one.forward, side) for one in found.terms) == getattr(found.forward, side)
        steps = sum(getattr(one.forward, side) + getattr(one.backward, side) for one in found.terms)
        assert steps == getattr(found.training, side)
        assert sum(getattr(one.recompute, side) for one in found.terms) == getattr(found.recompute, side)


@settings(max_examples=40, deadline=None)
@given(decoders(), LENGTHS)
def test_one_more_layer_costs_more(config, length):
    deeper = {**config, "num_hidden_layers": config["num_hidden_layers"] + 1}
    if "layer_types" in config:
        deeper["layer_types"] = [*config["layer_types"], "full_attention"]
    assert count(deeper, seq_len=length).forward.masked > count(config, seq_len=length).forward.masked


@settings(max_examples=40, deadline=None)
@given(decoders(), LENGTHS, st.integers(1, 4))
def test_lora_costs_between_one_and_three_forward_passes(config, length, rank):
    targets = ["q_b_proj"] if config.get("q_lora_rank") else ["q_proj"]
    found = count(config, seq_len=length, lora={"rank": rank, "targets": targets})
    assert found.forward.masked < found.training.masked < 3 * found.forward.masked
    assert found.trainable_parameters < found.parameters.total or found.parameters.total < 500


def test_lora_on_queries_and_values_costs_about_two_forward_passes(hub):
    found = count(hub / "llama-3.1-405b.json", seq_len=4096, lora=16)
    assert 1.98 < found.training.masked / found.forward.masked < 2.1


def test_adapters_on_everything_train_what_their_rank_says(llama):
    found = count(llama, seq_len=16, lora={"rank": 2, "targets": "all-linear"})
    matrices = [(64, 64), (64, 16), (64, 16), (64, 64), (64, 176), (64, 176), (176, 64)]
    assert found.trainable_parameters == 4 * sum(2 * (inputs + outputs) for inputs, outputs in matrices)


def test_a_target_that_does_not_exist_lists_those_that_do(hub):
    with pytest.raises(ArchitectureError, match="`c_attn`") as caught:
        count(hub / "llama-3.1-8b.json", seq_len=16, lora={"rank": 2, "targets": ["c_attn"]})
    assert "`down_proj`" in caught.value.hint


def test_latent_attention_asks_for_targets(hub):
    with pytest.raises(ArchitectureError, match="no `q_proj` and `v_proj`"):
        count(hub / "deepseek-v3-671b.json", seq_len=16, lora=16)


def test_only_the_head_trains_alone_of_all_it_needs_no_more_than_its_own_gradient(llama):
    found = count(llama, seq_len=16, trainable="head")
    assert found.training.full - found.forward.full == 2 * 16 * 64 * 300
    assert found.trainable_parameters == 64 * 300


def test_a_tied_head_that_trains_takes_the_embedding_with_it(llama):
    tied = {**llama, "tie_word_embeddings": True}
    alone, table = count(tied, seq_len=16, trainable="head"), count(tied, seq_len=16, trainable="embedding")
    assert alone.training == table.training
    assert alone.training.full > count(llama, seq_len=16, trainable="head").training.full


@pytest.mark.parametrize("trainable", ["", "body", "first-0", "last-9", ["head", 3], "all,head"])
def test_parts_that_do_not_exist_are_refused(llama, trainable):
    with pytest.raises(ArchitectureError):
        count(llama, seq_len=16, trainable=trainable)


def test_full_recomputation_repeats_the_layers_and_not_the_head(llama):
    found = count(llama, seq_len=16, recompute="full")
    assert found.recompute.full == found.forward.full - 2 * 16 * 64 * 300


def test_torch_stops_before_the_last_matrix_of_a_layer(llama):
    whole, early = (count(llama, seq_len=16, recompute=mode).recompute for mode in ("full", "full-early-stop"))
    assert whole.full - early.full == 4 * 2 * 16 * 176 * 64


def test_selective_recomputation_repeats_the_scores(llama):
    found = count(llama, seq_len=16, recompute="selective")
    scores = next(one for one in found.terms if one.name == "attention scores")
    assert found.recompute == scores.forward


def test_layers_that_the_backward_pass_does_not_reach_are_not_recomputed(llama):
    all_of_it, one = (count(llama, seq_len=16, recompute="full", trainable=part) for part in ("all", "last-1"))
    assert one.recompute.full * 4 == all_of_it.recompute.full


def test_flash_attention_would_cost_half_a_forward_pass_of_the_scores_more(llama):
    found = count(llama, seq_len=16)
    scores = next(one for one in found.terms if one.name == "attention scores")
    extra = found.conventions["flash_attention"]["extra"]
    assert 2 * extra["masked"] == scores.forward.masked


def test_packed_documents_do_not_see_each_other(llama):
    shape = read_architecture(llama)
    whole, halves = training_flop(shape, 16), training_flop(shape, 16, documents=[8, 8])
    heads = 8 * 8 * 4 * 3 * 4  # heads, head size, products, passes, layers
    assert whole.training_masked - halves.training_masked == (136 - 72) * heads
    assert whole.training_full == halves.training_full


def test_documents_must_fill_the_sequence(llama):
    with pytest.raises(ArchitectureError, match="the documents have 15 tokens"):
        training_flop(read_architecture(llama), 16, documents=[8, 7])


def test_a_stage_is_the_same_as_its_count(hub):
    shape = read_architecture(hub / "deepseek-v3-671b.json")
    stage, whole = training_flop(shape, 4096, mtp=True), count(shape, seq_len=4096, mtp=True)
    assert (stage.training_masked, stage.training_full) == (whole.training.masked, whole.training.full)
    assert (stage.forward_masked, stage.forward_full) == (whole.forward.masked, whole.forward.full)
    assert stage.attention_score_share == pytest.approx(0.12, abs=0.01)


def test_a_model_without_prediction_modules_cannot_count_them(llama):
    for ask in (
        lambda: count(llama, seq_len=8, mtp=True),
        lambda: training_flop(read_architecture(llama), 8, mtp=True),
    ):
        with pytest.raises(ArchitectureError, match="multi-token-prediction"):
            ask()


@pytest.mark.parametrize("length", [0, -1, True, 8192.0, "8192", None, 10**12, float("nan")])
def test_a_length_must_be_a_whole_number(llama, length):
    with pytest.raises(ArchitectureError, match="seq_len"):
        count(llama, seq_len=length)


def test_a_sequence_longer_than_meant_is_a_warning(llama):
    found = count({**llama, "max_position_embeddings": 16}, seq_len=17)
    assert [one.code for one in found.warnings] == ["W410"]


def test_the_contract_of_to_dict(hub):
    found = count(hub / "deepseek-v3-671b.json", seq_len=4096).to_dict()
    assert set(found) >= {"parameters", "forward", "training", "terms", "conventions", "extras"}
    assert set(found["parameters"]) >= {"total", "active"}
    assert all(type(found[key][side]) is int for key in ("forward", "training") for side in ("full", "masked"))
    for term in found["terms"]:
        assert set(term) >= {"name", "layers", "forward", "backward", "formula", "reference"}
    assert found["extras"]["multi_token_prediction"]["training"]["masked"] > 0


def test_counting_loads_neither_numpy_nor_numba_nor_scipy():
    code = (
        "import sys, flopline.architecture as a; a.count({'model_type': 'gpt2', 'n_embd': 8, 'n_head': 2, "
        "'n_layer': 1, 'vocab_size': 9}, seq_len=4); print(sorted({'numpy', 'numba', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
