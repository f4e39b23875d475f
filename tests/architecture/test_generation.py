"""Generating with a cache costs what the same tokens cost in one forward pass, but for the head."""

from __future__ import annotations

import numpy as np
import pytest
from architecture_references import configurations
from hypothesis import given, settings
from hypothesis import strategies as st

from flopline.architecture import Mask, count, forward_flop, generation_flop, read_architecture
from flopline.architecture.generation import continued, expected
from naive import architecture as naive

GEMMA = {
    "model_type": "gemma2", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4,
    "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 100, "sliding_window": 24,
}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60))
def test_prefill_and_decode_are_one_forward_pass_with_fewer_heads(prompt, generated):
    shape = read_architecture(GEMMA)
    prefill, decode = generation_flop(shape, prompt, generated)
    skipped = 2 * 64 * 100 * (prompt - 1)
    whole = count(shape, seq_len=prompt + generated).forward.masked
    assert prefill + decode == pytest.approx(whole - skipped, rel=1e-12)
    assert prefill == pytest.approx(count(shape, seq_len=prompt).forward.masked - skipped, rel=1e-12)


def test_nothing_in_nothing_out():
    prefill, decode = generation_flop(read_architecture(GEMMA), 0.0, 0.0)
    assert (prefill, decode) == (0, 0)


@pytest.mark.parametrize("mask", [Mask("causal"), Mask("window", 7), Mask("chunk", 5)])
def test_whole_lengths_are_counted_exactly(mask):
    lengths = np.arange(0.0, 40.0)
    assert list(continued(mask, lengths)) == [naive.visible_pairs(int(n), mask.kind, mask.size) for n in lengths]


def test_a_spread_of_lengths_enters_through_its_mean_square():
    lengths = np.array([10.0, 30.0, 110.0])
    spread = lengths.std() / lengths.mean()
    assert expected(Mask("causal"), np.array(50.0), spread) == pytest.approx(np.mean(lengths * (lengths + 1) / 2))


def test_a_window_takes_a_spread_as_lognormal():
    rng = np.random.default_rng(0)
    sigma = np.sqrt(np.log1p(0.8**2))
    lengths = 50.0 * np.exp(rng.normal(-(sigma**2) / 2, sigma, 400_000))
    found = expected(Mask("window", 40), np.array(50.0), 0.8, 20.0)
    assert found == pytest.approx(continued(Mask("window", 40), 20.0 + lengths).mean(), rel=2e-3)


def test_a_window_bounds_what_a_spread_adds():
    wide, narrow = (expected(Mask("window", size), np.array(1000.0), 1.0) for size in (10**6, 10))
    assert wide == pytest.approx((1000.0**2 * 2 + 1000) / 2, rel=1e-3)
    assert narrow == pytest.approx(10 * 1000 - 45, rel=1e-2)


def test_scoring_is_a_forward_pass():
    shape = read_architecture(GEMMA)
    found = forward_flop(shape, np.array([1.0, 17.0, 50.0]))
    assert list(found) == [count(shape, seq_len=n).forward.masked for n in (1, 17, 50)]


def test_decoding_in_the_latent_space_costs_3_4_times_the_scores(hub):
    shape = read_architecture(hub / "deepseek-v3-671b.json")
    apart = [generation_flop(shape, 4096, 1, absorbed=way)[1] for way in (False, True)]
    scores = 2 * 61 * 128 * 4097
    assert apart[1] - apart[0] == pytest.approx(scores * (1088 - 320))


def test_lengths_broadcast():
    prefill, decode = generation_flop(read_architecture(GEMMA), 100.0, np.array([1.0, 2.0, 3.0]))
    assert prefill.shape == decode.shape == (3,)
    assert (np.diff(decode) > 0).all()


@pytest.mark.parametrize("name", ["def-mamba2.json", "def-qwen3_next.json", "minimax-text-01-456b.json"])
def test_a_generated_token_takes_one_step_of_a_scan(name):
    shape = read_architecture(configurations()[name])
    shorter, longer = count(shape, seq_len=4096), count(shape, seq_len=4097)
    scans = ("state-space scan", "delta-rule scan", "linear attention")
    rest = [sum(line.forward.masked for line in one.terms if line.name not in scans) for one in (shorter, longer)]
    step = shorter.scans["recurrent"].full / 4096
    assert float(generation_flop(shape, 4096.0, 1.0)[1]) == pytest.approx(rest[1] - rest[0] + step, rel=1e-12)
