"""Published runs, computed from their published configurations."""

from __future__ import annotations

import pytest

from flopline.architecture import count


def run(found, tokens):
    """Return the FLOP of a whole run under both conventions, and the two usual estimates."""
    sequences = tokens / found.tokens
    return {
        "masked": found.training.masked * sequences,
        "full": found.training.full * sequences,
        "6ND": found.comparison["6ND_total"] * sequences,
        "6ND active": found.comparison["6ND_active"] * sequences,
    }


def test_llama_3_1_405b_on_15_6t_tokens(hub):
    flop = run(count(hub / "llama-3.1-405b.json", seq_len=8192), 15.6e12)
    assert flop["6ND"] == pytest.approx(3.80e25, rel=2e-3)  # the 3.8e25 of arXiv:2407.21783
    assert flop["masked"] == pytest.approx(3.94e25, rel=2e-3)
    assert flop["full"] == pytest.approx(4.10e25, rel=2e-3)


def test_deepseek_v3_on_14_8t_tokens(hub):
    found = count(hub / "deepseek-v3-671b.json", seq_len=4096)
    flop = run(found, 14.8e12)
    scores = next(one for one in found.terms if one.name == "attention scores")
    without = found.training.masked - scores.forward.masked - scores.backward.masked
    assert without / 4096 * 14.8e12 == pytest.approx(3.25e24, rel=2e-3)
    assert flop["masked"] == pytest.approx(3.71e24, rel=2e-3)
    assert flop["full"] == pytest.approx(4.16e24, rel=2e-3)


def test_all_parameters_of_deepseek_v3_would_cross_1e25_falsely(hub):
    flop = run(count(hub / "deepseek-v3-671b.json", seq_len=4096), 14.8e12)
    assert flop["6ND"] == pytest.approx(5.96e25, rel=2e-3)
    assert flop["masked"] < 1e25 < flop["6ND"]


def test_the_prediction_module_of_deepseek_v3_adds_4_07_percent(hub):
    alone = count(hub / "deepseek-v3-671b.json", seq_len=4096)
    both = count(hub / "deepseek-v3-671b.json", seq_len=4096, mtp=True)
    assert alone.prediction.training.masked / alone.training.masked == pytest.approx(0.0407, abs=5e-5)
    assert both.training.masked == alone.training.masked + alone.prediction.training.masked
    assert both.parameters.total - alone.parameters.total == alone.prediction.parameters.total


def test_deepseek_v3_activates_37_billion_parameters(hub):
    found = count(hub / "deepseek-v3-671b.json", seq_len=4096)
    assert found.parameters.total == pytest.approx(671e9, rel=1e-3)
    assert found.parameters.active == pytest.approx(37e9, rel=0.02)  # arXiv:2412.19437, abstract


def test_kimi_k2_activates_32_billion_of_a_trillion(hub):
    found = count(hub / "kimi-k2-1t.json", seq_len=4096)
    assert found.parameters.total == pytest.approx(1.04e12, rel=0.02)
    assert found.parameters.active == pytest.approx(32.6e9, rel=0.04)
    assert found.prediction is None


def test_gpt_oss_120b_activates_5_1_billion(hub):
    found = count(hub / "gpt-oss-120b.json", seq_len=4096)
    assert found.parameters.active == pytest.approx(5.13e9, rel=0.01)  # model card, table 1
    assert found.parameters.total == pytest.approx(116.83e9, rel=1e-3)


def test_a_tied_head_is_active_and_its_look_up_is_not(hub):
    found = count(hub / "qwen3-0.6b-tied.json", seq_len=4096)
    assert found.parameters.head == found.parameters.embedding == 151936 * 1024
    assert found.parameters.active == found.parameters.total
