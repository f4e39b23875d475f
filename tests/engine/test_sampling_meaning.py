"""What sampling means beyond one pass per token: drafts, tools, turns, judges, cached prompts."""

from __future__ import annotations

import pytest
from building import EXPERTS, LLAMA_8B, RL, SAMPLES, answer, flop, one, plan_of

from flopline.architecture import generation_flop, read_architecture, training_flop
from flopline.engine.explain import explain
from flopline.errors import FloplineError

POLICY = RL | {"params": "70B"}
DRAFT = {"draft": {"params": "1B"}, "tokens": 4, "acceptance": 0.8}
BOOKS = {"name": "books", "kind": "synthetic-data", "generator": {"params": "405B"}, "tokens_generated": "1T"}
EACH = 2 * 70e9


class TestSpeculativeDecoding:
    """Rule 28: target FLOP x (g + 1)/E with E = (1 - a^(g+1))/(1 - a), plus draft passes."""

    def test_four_drafts_at_eighty_per_cent_cost_one_and_a_half_times(self):
        found = answer(POLICY | {"speculative": DRAFT})
        decode = EACH * SAMPLES * 4000
        rejected = flop(found, activity="rejected-positions")
        assert (decode + rejected) / decode == pytest.approx(5 * 0.2 / (1 - 0.8**5))
        assert round((decode + rejected) / decode, 2) == 1.49

    def test_rejected_positions_stand_beside_the_total(self):
        found = answer(POLICY | {"speculative": DRAFT})
        plain = answer(POLICY)
        assert not one(found, activity="rejected-positions").in_total
        drafted = one(found, activity="rl-rollout", relation="auxiliary").amount.median
        assert found.total.median == pytest.approx(plain.total.median + drafted)

    def test_the_draft_model_reads_the_prompt_and_passes_g_times_for_each_check(self):
        found = answer(POLICY | {"speculative": DRAFT})
        kept = (1 - 0.8**5) / 0.2
        expected = 2e9 * SAMPLES * (500 + 4000 * 4 / kept)
        assert one(found, activity="rl-rollout", relation="auxiliary").amount.median == pytest.approx(expected)

    def test_a_perfect_draft_rejects_nothing(self):
        found = answer(POLICY | {"speculative": DRAFT | {"acceptance": 1}})
        assert flop(found, activity="rejected-positions") == 0

    def test_synthetic_data_are_drafted_too(self):
        found = answer(BOOKS | {"speculative": DRAFT})
        assert flop(found, activity="rejected-positions") == pytest.approx(2 * 405e9 * 1e12 * (1 / 0.67232 - 1))

    def test_an_uncertain_acceptance_moves_the_answer(self):
        found = one(answer(POLICY | {"speculative": DRAFT | {"acceptance": "60%..90%"}}), activity="rejected-positions")
        assert found.amount.low < found.amount.median < found.amount.high


class TestToolsAndTurns:
    """Rule 26: decode over the growing cache; again per tool turn where the cache is evicted."""

    def test_what_tools_return_is_read_and_passes_through_updates_and_scorers(self):
        found = answer(POLICY | {"tool_tokens": 3000, "reference": "self"})
        assert flop(found, activity="rl-rollout") == pytest.approx(EACH * SAMPLES * (500 + 3000 + 4000))
        assert flop(found, activity="rl-update") == pytest.approx(3 * EACH * SAMPLES * 7500)
        assert flop(found, activity="rl-scoring") == pytest.approx(EACH * SAMPLES * 7500)

    def test_a_kept_cache_makes_turns_free(self):
        assert answer(POLICY | {"turns": 5}).total == answer(POLICY).total

    def test_a_lost_cache_is_read_again_in_every_turn_but_the_first(self):
        found = answer(POLICY | {"turns": 4, "evicted": True, "tool_tokens": 1000})
        again = 3 * 500 + (1 + 2 + 3) / 4 * 5000
        assert flop(found, activity="rl-rollout") == pytest.approx(EACH * SAMPLES * (5500 + again))

    def test_a_known_shape_counts_the_attention_of_every_turn(self):
        found = answer(RL | {"config": LLAMA_8B, "turns": 2, "evicted": True, "tool_tokens": 1000})
        shape = read_architecture(LLAMA_8B)
        first = generation_flop(shape, 500.0, 1.0)[0]
        whole = generation_flop(shape, 1500.0, 4000.0)
        again = generation_flop(shape, 500.0 + 2500.0, 1.0)[0]
        head = generation_flop(shape, 1500.0, 1.0)[0] - whole[0]
        assert head == 0
        expected = SAMPLES * float(first + (whole[0] - first) + whole[1] + again)
        assert flop(found, activity="rl-rollout") == pytest.approx(expected)


class TestJudges:
    def test_a_judge_reads_the_sample_and_writes_its_verdict(self):
        found = answer(POLICY | {"judge": {"params": "8B"}, "judge_tokens": 700})
        assert flop(found, activity="rl-scoring") == pytest.approx(16e9 * SAMPLES * (4500 + 700))

    def test_a_judge_without_a_verdict_scores_in_one_pass(self):
        found = answer(POLICY | {"judge": {"params": "8B"}})
        assert flop(found, activity="rl-scoring") == pytest.approx(16e9 * SAMPLES * 4500)

    def test_a_known_judge_attends_to_what_it_read(self):
        found = answer(POLICY | {"judge": {"config": LLAMA_8B}, "judge_tokens": 700})
        expected = sum(map(float, generation_flop(read_architecture(LLAMA_8B), 4500.0, 700.0)))
        assert flop(found, activity="rl-scoring") == pytest.approx(SAMPLES * expected)


class TestOnPolicyPreference:
    def test_pairs_that_the_model_samples_itself_are_rollouts_and_updates(self):
        stage = POLICY | {"kind": "preference", "reference": "self", "reward_model": {"params": "8B"}}
        found = answer(stage)
        assert flop(found, activity="preference-opt") == pytest.approx(3 * EACH * SAMPLES * 4500)
        assert flop(found, activity="rl-rollout") == pytest.approx(EACH * SAMPLES * 4500)

    def test_fixed_pairs_and_sampled_ones_contradict_each_other(self):
        with pytest.raises(FloplineError, match="on-policy"):
            plan_of(POLICY | {"kind": "preference", "tokens": "1T"})


class TestCachedPrompts:
    def test_synthetic_prompts_are_read_once_for_all_their_samples(self):
        stage = BOOKS | {"prompt_tokens": 1000, "tokens_per_sample": 500}
        found = answer(stage | {"prefix_cache": True, "samples_per_prompt": 8})
        assert found.total.median == pytest.approx(2 * 405e9 * (1e12 + 2e12 / 8))


class TestUnknownModels:
    """Rule 29: a generator behind an API is of unknown size with a wide prior."""

    def test_a_generator_behind_an_interface_has_a_wide_prior_with_a_source(self):
        found = answer(BOOKS | {"generator": "unknown", "public": "no"})
        assert found.total.high / found.total.low == pytest.approx(50, rel=1e-3)
        assert found.total.median == pytest.approx(2e12 * (1e10 * 5e11) ** 0.5, rel=1e-3)
        assert any("Epoch AI" in (one.hint or "") for one in found.warnings if one.code == "W123")

    def test_its_source_stands_in_the_explanation(self):
        shown = str(explain(plan_of(BOOKS | {"generator": "unknown"})).to_dict())
        assert "Epoch AI" in shown


class TestPaddingAndCapacity:
    """Rules 30 and 31: executed, and entries of their own."""

    def test_padding_is_a_share_of_executed_positions(self):
        found = answer({"params": "70B", "tokens": "1T", "padding": 0.2})
        assert flop(found, activity="padding") == pytest.approx(6 * 70e9 * 1e12 * 0.25)
        assert found.total.median == pytest.approx(6 * 70e9 * 1e12)

    def test_capacity_pads_the_slots_of_experts(self):
        found = answer({"config": EXPERTS, "tokens": "1T", "seq_len": 512, "capacity": 1.25})
        each = 3 * 3 * 2 * (2 * 3 * 64 * 48)  # three layers, three passes, two experts of three matrices
        assert flop(found, activity="capacity-padding") == pytest.approx(1e12 * each / 4)

    @pytest.mark.parametrize("size", [{"params": "70B"}, {"config": LLAMA_8B, "seq_len": 512}])
    def test_capacity_needs_experts(self, size):
        with pytest.raises(FloplineError, match="capacity"):
            plan_of(size | {"tokens": "1T", "capacity": 1.25})


class TestLengths:
    """Rule 31: documents as the mask had them; sequence length may be a mixture."""

    def test_a_mixture_of_lengths_weighs_by_tokens(self):
        shares = {"2048": 0.75, "32768": 0.25}
        found = answer({"config": LLAMA_8B, "tokens": "1T", "seq_len": shares}).total.median
        shape = read_architecture(LLAMA_8B)
        each = [training_flop(shape, int(length)).training_masked / int(length) for length in shares]
        assert found == pytest.approx(1e12 * (0.75 * each[0] + 0.25 * each[1]))

    def test_samples_of_several_lengths_have_the_mean_of_samples(self):
        """Of 1000 tokens, 500 in sequences of 100 and 500 in one of 500: six sequences."""
        found = answer({"params": "1B", "samples": 6e6, "seq_len": {"100": 0.5, "500": 0.5}})
        assert found.total.median == pytest.approx(6e9 * 1e9)

    def test_documents_do_not_see_each_other(self):
        packed = answer({"config": LLAMA_8B, "tokens": "1T", "seq_len": 8192, "documents": [2048] * 4})
        apart = answer({"config": LLAMA_8B, "tokens": "1T", "seq_len": 2048})
        assert packed.total.median == pytest.approx(apart.total.median)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"seq_len": 8192, "documents": [4096]},
            {"seq_len": {"4096": 0.5, "8192": 0.5}, "documents": [4096]},
            {"seq_len": {"4096": 0.5, "8192": 0.6}},
            {"seq_len": {"4096": 1.0, "4096.0": 0.0}},
            {"seq_len": {}},
            {"seq_len": {"many": 1.0}},
        ],
    )
    def test_lengths_that_contradict_each_other_are_refused(self, wrong):
        with pytest.raises(FloplineError):
            plan_of({"config": LLAMA_8B, "tokens": "1T"} | wrong)


class TestFusedAttention:
    """Rule 22: flash attention's recomputed scores are recomputation."""

    def test_queries_times_keys_once_more(self):
        stage = {"config": LLAMA_8B, "tokens": "1T", "seq_len": 4096}
        pairs = 4096 * 4097 / 2
        repeated = 32 * 2 * 32 * 128 * pairs / 4096 * 1e12
        found = answer(stage | {"recompute": "flash"})
        assert flop(found, activity="activation-recompute") == pytest.approx(repeated)
        both = flop(answer(stage | {"recompute": "full+flash"}), activity="activation-recompute")
        assert both == pytest.approx(
            repeated + flop(answer(stage | {"recompute": "full"}), activity="activation-recompute")
        )
