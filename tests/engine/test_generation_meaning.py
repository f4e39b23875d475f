"""What stages with other models mean: reinforcement learning, synthetic data, helpers, bases."""

from __future__ import annotations

from typing import ClassVar

import pytest
from building import CALIFORNIA, DIRECT, EU, LLAMA_8B, RL, SAMPLES, SMALL, answer, codes, flop, one

from flopline.architecture import generation_flop, read_architecture, training_flop
from flopline.errors import FloplineError, PlanError


class TestReinforcementLearning:
    """Rule 26, by parameters and by shape."""

    STAGE = RL | {"params": "70B", "kept": 0.5, "epochs": 2}
    TOKENS = SAMPLES * 4500

    def test_updates_cost_six_per_parameter_and_kept_token_and_epoch(self):
        assert flop(answer(self.STAGE), activity="rl-update") == pytest.approx(6 * 70e9 * self.TOKENS)

    def test_rollouts_read_the_prompt_and_generate_the_answer_of_every_sample(self):
        assert flop(answer(self.STAGE), activity="rl-rollout") == pytest.approx(2 * 70e9 * self.TOKENS)

    def test_a_cached_prompt_is_read_once(self):
        found = answer(self.STAGE | {"prefix_cache": True})
        assert flop(found, activity="rl-rollout") == pytest.approx(2 * 70e9 * (2e6 * 500 + SAMPLES * 4000))

    def test_scorers_pass_over_every_sample(self):
        found = answer(
            self.STAGE | {"reward_model": {"params": "8B"}, "reference": "self", "old_log_probabilities": True}
        )
        scored = sorted(
            (entry.amount.median, entry.relation) for entry in found.entries if entry.activity == "rl-scoring"
        )
        assert [relation for _, relation in scored] == ["auxiliary", "this-model", "this-model"]
        assert [amount for amount, _ in scored] == pytest.approx([2 * 8e9 * self.TOKENS] + [2 * 70e9 * self.TOKENS] * 2)

    def test_a_critic_scores_and_is_trained_beside_the_total(self):
        found = answer(self.STAGE | {"critic": {"params": "8B"}})
        trained = one(found, activity="aux-model-training")
        assert trained.amount.median == pytest.approx(6 * 8e9 * self.TOKENS)
        assert (trained.relation, trained.in_total) == ("auxiliary", False)
        assert flop(found, activity="rl-scoring") == pytest.approx(2 * 8e9 * self.TOKENS)
        assert found.total.median == pytest.approx((6 + 2) * 70e9 * self.TOKENS + 2 * 8e9 * self.TOKENS)

    def test_a_known_shape_replaces_the_rule_of_thumb(self):
        found = answer(RL | {"config": LLAMA_8B})
        shape = read_architecture(LLAMA_8B)
        prefill, decode = generation_flop(shape, 500.0, 4000.0)
        assert flop(found, activity="rl-rollout") == pytest.approx(SAMPLES * float(prefill + decode))
        assert flop(found, activity="rl-update") == pytest.approx(SAMPLES * training_flop(shape, 4500).training_masked)

    def test_an_uncertain_length_moves_the_exact_count(self):
        found = one(answer(RL | {"config": LLAMA_8B, "tokens_per_sample": "2k..12k"}), activity="rl-update").amount
        shape = read_architecture(LLAMA_8B)
        ends = [SAMPLES * training_flop(shape, 500 + length).training_masked for length in (2000, 12_000)]
        assert (found.low, found.high) == pytest.approx(ends, rel=1e-3)

    def test_spread_lengths_cost_more_attention(self):
        """Rule 27: E[L^2] = mean^2 (1 + cv^2)."""
        plain = answer(RL | {"config": LLAMA_8B})
        spread = answer(RL | {"config": LLAMA_8B, "length_spread": 1.0})
        attention = training_flop(read_architecture(LLAMA_8B), 4500)
        per_pair = (attention.training_full - attention.training_masked) / (4500**2 - 4500 * 4501 / 2)
        more = flop(spread, activity="rl-update") - flop(plain, activity="rl-update")
        assert more == pytest.approx(SAMPLES * per_pair * 4000**2 / 2, rel=1e-6)

    def test_an_exact_model_needs_a_known_prompt(self):
        with pytest.raises(PlanError, match="prompt_tokens"):
            answer(RL | {"config": LLAMA_8B, "prompt_tokens": "200..800"})


class TestSyntheticData:
    """Rule 29."""

    STAGE: ClassVar = {
        "name": "books",
        "kind": "synthetic-data",
        "generator": {"params": "405B"},
        "tokens_generated": "1T",
    }

    def test_a_token_costs_a_forward_pass(self):
        assert answer(self.STAGE).total.median == pytest.approx(2 * 405e9 * 1e12)

    def test_prompts_are_read_beside_what_is_generated(self):
        found = answer(self.STAGE | {"prompt_tokens": 1000, "tokens_per_sample": 500})
        assert found.total.median == pytest.approx(2 * 405e9 * 3e12)

    def test_a_known_shape_counts_attention_over_the_cache(self):
        found = answer(
            self.STAGE | {"generator": {"config": LLAMA_8B}, "prompt_tokens": 1000, "tokens_per_sample": 500}
        )
        sample = sum(map(float, generation_flop(read_architecture(LLAMA_8B), 1000.0, 500.0)))
        assert found.total.median == pytest.approx(sample * 1e12 / 500)

    @pytest.mark.parametrize(("public", "counts"), [("no", (1, 1, 1)), ("yes", (0, 0, 0)), ("unknown", (0, 1, 1))])
    def test_the_cumulative_count_has_private_data_only(self, public, counts):
        """Guidelines, Annex A.1, paras 119 and 122."""
        found = answer(self.STAGE | {"public": public})
        amount = found.total.median
        readings = [reading.amount.median for _, reading in found.lines[EU].readings()]
        assert readings == [share * amount for share in counts]

    def test_generation_is_no_update(self):
        """Guidelines, Annex A.1, para. 118: the direct count has updates only."""
        found = answer(self.STAGE | {"public": "no"})
        assert found.lines[DIRECT].narrow.amount.median == 0.0

    def test_a_generator_of_unknown_size_is_a_wide_interval(self):
        found = answer(self.STAGE | {"generator": {"params": "20B..2T"}})
        assert found.total.high / found.total.low == pytest.approx(100, rel=1e-2)


class TestHelpers:
    def test_a_teacher_passes_forward_over_the_tokens(self):
        found = answer({"kind": "distillation", "params": "8B", "tokens": "1T", "teacher": {"params": "70B"}})
        teacher = one(found, activity="teacher-inference")
        assert teacher.amount.median == pytest.approx(2 * 70e21)
        assert (teacher.relation, teacher.in_total) == ("teacher", True)

    def test_a_reference_policy_does_the_same(self):
        found = answer({"kind": "preference", "params": "8B", "tokens": "1B", "epochs": 3, "reference": "self"})
        assert flop(found, activity="rl-scoring") == pytest.approx(flop(found, activity="preference-opt") / 3)

    def test_a_teacher_by_shape_needs_a_length(self):
        stage = {"kind": "distillation", "params": "8B", "tokens": "1T", "teacher": {"config": LLAMA_8B}}
        with pytest.raises(FloplineError, match="length"):
            answer(stage)

    @pytest.mark.parametrize(
        ("kind", "activity"),
        [("evaluation", "evaluation"), ("data-processing", "data-filtering"), ("research", "research-runs"),
         ("reward-model", "aux-model-training")],
    )  # fmt: skip
    def test_some_stages_stand_beside_the_total(self, kind, activity):
        found = answer({"flop": "1e24"}, {"name": "aside", "kind": kind, "params": "1B", "tokens": "1T"})
        assert found.total.median == 1e24
        assert not one(found, stage="aside").in_total
        assert one(found, stage="aside").activity == activity
        forward = kind in ("evaluation", "data-processing")
        assert found.stages[1].amount.median == (2e21 if forward else 6e21)
        assert found.stages[1].share == 0.0


class TestCourse:
    """What happens in the course of something counts no further than that does."""

    @pytest.mark.parametrize("kind", ["research", "reward-model"])
    def test_side_operations_of_what_is_not_counted_are_not_counted(self, kind):
        """Guidelines, Annex A.1, para. 122: neither exploratory runs nor auxiliary models count."""
        stage = {"config": SMALL, "tokens": "1T", "seq_len": 2048, "recompute": "full", "rework": "5%"}
        found = answer(stage | {"kind": kind})
        assert {entry.activity for entry in found.entries} >= {"elementwise", "activation-recompute"}
        assert found.lines[EU].broad.amount.median == 0.0

    def test_elementwise_operations_enter_the_broad_reading_only(self):
        """Rule 17."""
        found = answer({"config": LLAMA_8B, "tokens": "1T", "seq_len": 4096}).lines[EU]
        assert found.narrow.amount.median == found.expected.amount.median
        assert found.broad.amount.median == pytest.approx(1.008 * found.expected.amount.median)


class TestBases:
    """Rule 6."""

    def test_an_own_base_counts_where_lineage_does(self):
        found = answer(
            {"kind": "fine-tuning", "flop": "1e22", "base": {"name": "b", "developer": "own", "flop": "2e25"}}
        )
        assert one(found, activity="own-base").relation == "ancestor"
        assert found.total.median == 1e22
        assert found.lines[EU].narrow.amount.median == pytest.approx(2.001e25)
        assert found.lines[DIRECT].narrow.amount.median == 1e22

    def test_anothers_base_leans_out_in_california(self):
        base = {"name": "b", "developer": "other", "params": "70B", "tokens": "15T"}
        found = answer({"kind": "fine-tuning", "flop": "1e22", "base": base})
        line = found.lines[CALIFORNIA]
        readings = [reading.amount.median for _, reading in line.readings()]
        assert readings == pytest.approx([1e22, 1e22, 1e22 + 6.3e24])

    def test_merged_parents_are_an_activity_of_their_own(self):
        base = {"name": "b", "developer": "other", "merged": True, "flop": "1e24"}
        assert one(answer({"flop": "1e22", "base": base}), relation="ancestor").activity == "merged-parents"

    def test_a_base_of_two_stages_counts_once(self):
        base = {"name": "b", "developer": "own", "flop": "2e24..3e24"}
        found = answer({"flop": "1e22", "base": base}, {"name": "two", "flop": "1e22", "base": base})
        assert len([entry for entry in found.entries if entry.relation == "ancestor"]) == 1

    def test_whichever_stage_says_what_it_took(self):
        said = {"name": "b", "developer": "own", "flop": "2e24"}
        silent = {"name": "b", "developer": "own"}
        found = answer({"flop": "1e22", "base": silent}, {"name": "two", "flop": "1e22", "base": said})
        assert flop(found, activity="own-base") == 2e24

    def test_two_stories_of_one_base_are_refused(self):
        one_, two = ({"name": "b", "developer": "own", "flop": flop_} for flop_ in ("2e24", "3e24"))
        with pytest.raises(PlanError, match="different things") as refused:
            answer({"flop": "1e22", "base": one_}, {"name": "two", "flop": "1e22", "base": two})
        assert refused.value.code == "E334"

    def test_unknown_compute_is_warned_of(self):
        found = answer({"flop": "1e22", "base": {"name": "b", "developer": "other"}})
        assert "W113" in codes(found)
        assert len(found.entries) == 1

    def test_tokens_through_nothing_are_refused(self):
        with pytest.raises(FloplineError):
            answer({"flop": "1e22", "base": {"name": "b", "developer": "other", "tokens": "15T"}})

    def test_a_base_was_trained_before_whatever_starts_from_it(self):
        found = answer({"flop": "1e22", "phase": "after", "base": {"name": "b", "developer": "own", "flop": "2e24"}})
        assert one(found, relation="ancestor").phase == "before"
