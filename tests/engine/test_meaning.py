"""What each kind of stage and each key means, one statement at a time; `test_against_twin` has all of them together."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from building import LLAMA_8B, SMALL, answer, flop, loaded, one, plan_of

from flopline.architecture import generation_flop, read_architecture, training_flop
from flopline.engine import check, estimate
from flopline.errors import EngineError, FloplineError, PlanError, RegimeError, UtilizationError
from flopline.hardware import find
from flopline.utilization import prior

EU = "eu-ai-act/systemic-risk"
DIRECT = "eu-ai-act/gpai"
CALIFORNIA = "us-ca-sb53/frontier"
H100 = find("h100-sxm").peaks["bf16"].dense
FP8 = find("h100-sxm").peaks["fp8"].dense
MACHINE = {"hardware": "h100-sxm", "format": "bf16", "chips": 1000, "days": 10}
CHIP_SECONDS = 1000 * 10 * 86_400
RL = {
    "name": "rl", "kind": "reinforcement-learning", "prompts": 2e6, "samples_per_prompt": 16, "prompt_tokens": 500,
    "tokens_per_sample": 4000,
}  # fmt: skip
SAMPLES = 2e6 * 16


def codes(found):
    return {warning.code for warning in found.warnings}


def derived(found, name):
    return {one.name: one for one in found.stages[0].derived}[name]


class TestTokens:
    def test_epochs_and_overhead_multiply_the_tokens(self):
        found = answer({"params": "70B", "tokens": "1T", "epochs": 3, "overhead": 1.1})
        assert flop(found, activity="pretraining") == pytest.approx(6 * 70e9 * 1e12 * 3 * 1.1)

    def test_samples_are_sequences(self):
        found = answer({"params": "1B", "samples": 10**9, "seq_len": 2048})
        assert flop(found, activity="pretraining") == pytest.approx(6e9 * 2048e9)

    def test_lost_steps_stand_beside_kept_ones(self):
        """Rule 18: lost FLOP = kept r/(1 - r)."""
        found = answer({"params": "70B", "tokens": "1T", "rework": "10%"})
        kept, lost = one(found, fate="kept"), one(found, fate="lost")
        assert lost.amount.median == pytest.approx(kept.amount.median / 9)
        assert lost.activity == "pretraining"
        assert (kept.in_total, lost.in_total) == (True, False)
        assert found.total.median == kept.amount.median

    def test_full_recomputation_by_parameters_is_one_more_forward_pass(self):
        found = answer({"params": "70B", "tokens": "1T", "recompute": "full"})
        assert flop(found, activity="activation-recompute") == pytest.approx(2 * 70e9 * 1e12)
        assert not one(found, activity="activation-recompute").in_total

    @pytest.mark.parametrize("recompute", ["selective", "full"])
    def test_recomputation_of_a_shape_is_the_ledgers(self, recompute):
        found = answer({"config": LLAMA_8B, "seq_len": 4096, "tokens": "1T", "recompute": recompute})
        exact = training_flop(read_architecture(LLAMA_8B), 4096, recompute=recompute)
        assert flop(found, activity="activation-recompute") == pytest.approx(exact.recompute * 1e12 / 4096)

    def test_what_is_trained_decides_the_backward_pass(self):
        whole = answer({"config": LLAMA_8B, "seq_len": 4096, "tokens": "1T"}).total.median
        head = answer({"config": LLAMA_8B, "seq_len": 4096, "tokens": "1T", "trainable": "head"}).total.median
        lora = answer({"config": LLAMA_8B, "seq_len": 4096, "tokens": "1T", "lora": 8}).total.median
        assert head < lora < whole

    def test_a_mixture_of_experts_counts_what_is_active(self):
        assert answer({"params": "671B", "active": "37B", "tokens": "14.8T"}).total.median == 6 * 37e9 * 14.8e12

    def test_a_stage_uses_the_plans_model_unless_it_has_its_own(self):
        found = answer(
            {"tokens": "1T"},
            {"name": "small", "kind": "fine-tuning", "params": "1B", "tokens": "1T"},
            model={"params": "70B"},
        )
        assert [flop(found, stage="pretrain"), flop(found, stage="small")] == [6 * 70e21, 6e21]


class TestMachine:
    def test_steady_utilization_times_availability_is_executed(self):
        """Rule 18: of what is executed a share is lost again."""
        found = answer(MACHINE | {"utilization": 0.4, "availability": 0.9, "rework": 0.05})
        executed = CHIP_SECONDS * H100 * 0.4 * 0.9
        assert flop(found, fate="kept") == pytest.approx(executed * 0.95)
        assert flop(found, fate="lost") == pytest.approx(executed * 0.05)

    def test_whole_run_utilization_gives_kept_flop(self):
        found = answer(MACHINE | {"utilization": {"mfu": 0.4, "scope": "whole-run"}})
        assert found.total.median == pytest.approx(CHIP_SECONDS * H100 * 0.4)

    @pytest.mark.parametrize("key", ["availability", "rework"])
    def test_whole_run_utilization_refuses_goodput(self, key):
        with pytest.raises(PlanError, match="already inside"):
            plan_of(MACHINE | {"utilization": {"mfu": 0.4, "scope": "whole-run"}, key: 0.5})

    def test_chip_hours_replace_chips_and_time(self):
        by_hours = answer({"hardware": "h100-sxm", "format": "bf16", "chip_hours": 240_000, "utilization": 0.4})
        assert by_hours.total.median == pytest.approx(answer(MACHINE | {"utilization": 0.4}).total.median)

    def test_a_written_peak_is_used_as_it_is(self):
        found = answer({"peak": "300 TFLOP/s", "chips": 10, "hours": 20, "utilization": 0.5})
        assert found.total.median == pytest.approx(10 * 20 * 3600 * 3e14 * 0.5)

    def test_mixed_formats_are_shares_of_flop(self):
        """Rule 21: peak = 1 / sum(share / peak)."""
        found = answer(MACHINE | {"format": {"fp8": 0.8, "bf16": 0.2}, "utilization": 0.4})
        assert found.total.median == pytest.approx(CHIP_SECONDS * 0.4 / (0.8 / FP8 + 0.2 / H100))

    def test_a_utilization_may_be_against_another_formats_peak(self):
        found = answer(MACHINE | {"format": "fp8", "utilization": {"mfu": 0.4, "peak": "bf16"}})
        assert found.total.median == pytest.approx(CHIP_SECONDS * H100 * 0.4)

    def test_the_stages_utilization_brings_its_peak_to_every_period(self):
        period = {"hardware": "h100-sxm", "format": "fp8", "chips": 1000, "days": 5}
        found = answer({"utilization": {"mfu": 0.4, "peak": "bf16"}, "period": [period, period]})
        assert found.total.median == pytest.approx(CHIP_SECONDS * H100 * 0.4)

    def test_periods_add_up(self):
        """Rule 23: C = sum over groups and periods."""
        a100 = find("a100-sxm-80gb").peaks["bf16"].dense
        found = answer(
            {
                "utilization": 0.4,
                "period": [
                    {"hardware": "h100-sxm", "format": "bf16", "chips": 100, "days": 1},
                    {"hardware": "a100-sxm-80gb", "format": "bf16", "chips": 300, "hours": 12, "utilization": 0.5},
                ],
            }
        )
        assert found.total.median == pytest.approx(86_400 * 100 * H100 * 0.4 + 43_200 * 300 * a100 * 0.5)

    def test_periods_share_the_default_of_their_stage(self):
        """Rule 24: two halves of one run are as uncertain as the whole."""
        whole = answer(MACHINE).total
        half = {"hardware": "h100-sxm", "format": "bf16", "chips": 1000, "days": 5}
        halves = answer({"period": [half, half]}).total
        assert (halves.low, halves.high) == pytest.approx((whole.low, whole.high), rel=1e-6)

    def test_each_period_has_the_prior_of_its_own_format(self):
        half = {"hardware": "h100-sxm", "chips": 1000, "days": 5}
        found = answer({"period": [half | {"format": "bf16"}, half | {"format": "fp8"}]}).total
        middles = (prior(format="bf16").median * H100, prior(format="fp8").median * FP8)
        assert found.median == pytest.approx(CHIP_SECONDS / 2 * sum(middles), rel=0.02)

    def test_an_absent_utilization_is_the_prior_of_whole_runs(self):
        found = answer(MACHINE | {"params": "70B"})
        low, high = prior(mixture_of_experts=False).interval
        assert found.total.low == pytest.approx(CHIP_SECONDS * H100 * low, rel=1e-3)
        assert found.total.high == pytest.approx(CHIP_SECONDS * H100 * high, rel=1e-3)
        assert "W104" in codes(found)

    def test_goodput_beside_it_makes_it_the_prior_of_steady_steps(self):
        found = answer(MACHINE | {"params": "70B", "availability": 0.9, "rework": 0.05})
        steady = prior(mixture_of_experts=False, scope="steady").median
        assert found.total.median == pytest.approx(CHIP_SECONDS * H100 * steady * 0.9 * 0.95, rel=1e-3)

    def test_a_mixture_of_experts_has_its_own_prior(self):
        found = answer(MACHINE | {"params": "671B", "active": "37B"})
        middle = prior(mixture_of_experts=True).median
        assert found.total.median == pytest.approx(CHIP_SECONDS * H100 * middle, rel=1e-3)

    def test_hardware_utilization_becomes_model_utilization_by_the_ledger(self):
        """Rule 22: MFU = HFU F_model / (F_model + F_recompute)."""
        stage = MACHINE | {"config": LLAMA_8B, "seq_len": 4096, "recompute": "selective", "utilization": {"hfu": 0.5}}
        exact = training_flop(read_architecture(LLAMA_8B), 4096, recompute="selective")
        share = exact.training_masked / (exact.training_masked + exact.recompute)
        found = answer(stage)
        assert flop(found, activity="pretraining") == pytest.approx(CHIP_SECONDS * H100 * 0.5 * share)
        executed = flop(found, activity="pretraining") + flop(found, activity="activation-recompute")
        assert executed == pytest.approx(CHIP_SECONDS * H100 * 0.5)

    def test_full_recomputation_makes_it_three_quarters(self):
        found = answer(MACHINE | {"recompute": "full", "utilization": {"hfu": 0.5}})
        assert found.total.median == pytest.approx(CHIP_SECONDS * H100 * 0.5 * 3 / 4)

    def test_a_hardware_utilization_without_its_recomputation_is_refused(self):
        with pytest.raises(FloplineError, match="recomput"):
            answer(MACHINE | {"utilization": {"hfu": 0.5}})

    @pytest.mark.parametrize("kind", ["reinforcement-learning", "synthetic-data", "evaluation", "data-processing"])
    def test_generation_by_machine_needs_a_utilization_of_its_own(self, kind):
        """Rule 25: the prior of training says nothing about generation."""
        with pytest.raises(PlanError, match="utilization"):
            plan_of(MACHINE | {"kind": kind})

    def test_a_machine_amount_of_reinforcement_learning_is_disputed_until_it_is_split(self):
        stage = MACHINE | {"name": "rl", "kind": "reinforcement-learning", "utilization": 0.1}
        whole = answer(stage)
        assert one(whole).activity == "rl-unsplit"
        assert whole.lines[EU].narrow.amount.median == 0.0
        assert "W116" in codes(whole)
        split = answer(stage | {"update_share": 0.25})
        assert flop(split, activity="rl-update") == pytest.approx(whole.total.median / 4)
        assert flop(split, activity="rl-rollout") == pytest.approx(whole.total.median * 3 / 4)


class TestBothRoutes:
    RUN = MACHINE | {"params": "70B", "tokens": "1T"}
    KEPT = 6 * 70e9 * 1e12

    def test_tokens_count_and_the_machine_implies_a_utilization(self):
        found = answer(self.RUN | {"chips": 2000})
        assert found.total.median == self.KEPT
        implied = derived(found, "utilization")
        assert implied.amount.median == pytest.approx(self.KEPT / (2 * CHIP_SECONDS * H100))
        assert implied.remark.startswith("above ")
        assert "dense models" in implied.remark

    def test_time_bound_counts_the_machine(self):
        found = answer(self.RUN | {"relation": "time-bound", "utilization": 0.4})
        assert found.total.median == pytest.approx(CHIP_SECONDS * H100 * 0.4)

    def test_without_a_time_the_duration_is_implied(self):
        stage = {key: value for key, value in self.RUN.items() if key != "days"}
        found = answer(stage | {"utilization": 0.4, "availability": 0.9, "rework": 0.05})
        seconds = self.KEPT / 0.95 / (1000 * H100 * 0.4 * 0.9)
        assert derived(found, "duration").amount.median == pytest.approx(seconds / 86_400)
        assert derived(found, "chip_hours").amount.median == pytest.approx(1000 * seconds / 3600)

    def test_a_duration_by_default_utilization_is_as_uncertain_as_that(self):
        stage = {key: value for key, value in self.RUN.items() if key != "days"}
        amount = derived(answer(stage), "duration").amount
        low, high = prior(mixture_of_experts=False).interval
        assert amount.high / amount.low == pytest.approx(high / low, rel=1e-2)

    def test_more_than_the_peak_is_impossible(self):
        with pytest.raises(UtilizationError, match="impossible") as refused:
            answer(self.RUN | {"chips": 100})
        assert refused.value.code == "E602"

    def test_checking_a_plan_finds_the_impossible_too(self):
        with pytest.raises(UtilizationError, match="impossible"):
            check(plan_of(self.RUN | {"chips": 100}))
        assert "W601" in {one.code for one in check(plan_of(self.RUN | {"chips": 700}))}

    def test_more_than_any_measured_product_is_impossible(self):
        days = self.KEPT / (1000 * 86_400 * H100 * 0.97)
        with pytest.raises(UtilizationError, match="best matrix multiplication") as refused:
            answer(self.RUN | {"days": days})
        assert refused.value.code == "E603"

    @pytest.mark.parametrize(("utilization", "code"), [(0.70, "W601"), (0.02, "W602")])
    def test_what_is_unusual_is_said(self, utilization, code):
        days = self.KEPT / (1000 * 86_400 * H100 * utilization)
        assert code in codes(answer(self.RUN | {"days": days}))

    def test_generation_is_not_placed_among_training_runs(self):
        """Rule 25."""
        stage = {"kind": "synthetic-data", "generator": {"params": "70B"}, "tokens_generated": "1T", "public": "no"}
        found = answer(MACHINE | stage)
        assert derived(found, "utilization").remark is None
        assert derived(found, "utilization").amount.median == pytest.approx(2 * 70e21 / (CHIP_SECONDS * H100))
        assert not codes(found) & {"W601", "W602"}
        no_time = {key: value for key, value in MACHINE.items() if key != "days"}
        assert answer(no_time | stage).stages[0].derived == ()

    def test_a_teacher_runs_on_the_same_machine(self):
        stage = {"kind": "distillation", "teacher": {"params": "70B"}}
        found = answer(self.RUN | stage | {"params": "8B"})
        assert derived(found, "utilization").amount.median == pytest.approx(
            (6 * 8 + 2 * 70) * 1e21 / (CHIP_SECONDS * H100)
        )

    def test_what_is_not_used_is_named(self):
        found = answer(self.RUN | {"chips": 2000, "utilization": 0.4})
        assert any(warning.code == "W111" and "`utilization`" in warning.message for warning in found.warnings)
        found = answer({"flop": "1e24", "epochs": 3, "rework": "3%"})
        assert any("`epochs`, `rework`" in warning.message for warning in found.warnings)


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


class TestDependence:
    def test_a_shared_quantity_is_a_perfectly_correlated_one(self):
        shared = answer(
            {"params": "50B..90B", "tokens": "20T"},
            {"name": "more", "params": {"shares": "pretrain.params"}, "tokens": "20T"},
        )
        equal = answer(
            {"params": "50B..90B", "tokens": "20T"},
            {"name": "more", "params": "50B..90B", "tokens": "20T"},
            correlation=[{"between": ["pretrain.params", "more.params"], "rho": 1.0}],
        )
        apart = answer({"params": "50B..90B", "tokens": "20T"}, {"name": "more", "params": "50B..90B", "tokens": "20T"})
        assert shared.lines[EU].expected.probability == pytest.approx(equal.lines[EU].expected.probability, abs=1e-6)
        assert shared.total.high == pytest.approx(equal.total.high, rel=1e-6)
        assert apart.total.high < 0.97 * shared.total.high

    @pytest.mark.parametrize("rho", [-0.9, 0.0, 0.9])
    def test_correlation_acts_on_a_product(self, rho):
        """ln N and ln D are normal: the variance of their sum is a^2 + b^2 + 2 rho a b."""
        found = answer(
            {"params": {"dist": "lognormal", "median": "100B", "sigma": 0.3},
             "tokens": {"dist": "lognormal", "median": "10T", "sigma": 0.4}},
            correlation=[{"between": ["pretrain.params", "pretrain.tokens"], "rho": rho}],
        )  # fmt: skip
        sigma = np.sqrt(0.09 + 0.16 + 2 * rho * 0.12)
        assert np.log(found.total.high / found.total.low) == pytest.approx(2 * 1.6448536 * sigma, rel=1e-3)

    def test_splitting_a_stage_changes_no_probability(self):
        whole = answer({"params": "50B..90B", "tokens": "20T..30T"})
        split = answer(
            {"params": "50B..90B", "tokens": "20T..30T", "overhead": 0.25},
            {"name": "rest", "params": {"shares": "pretrain.params"}, "tokens": {"shares": "pretrain.tokens"},
             "overhead": 0.75},
        )  # fmt: skip
        for line in whole.lines:
            for (_, before), (_, after) in zip(line.readings(), split.lines[line.id].readings(), strict=True):
                assert after.probability == pytest.approx(before.probability, abs=1e-9)
                assert after.amount.high == pytest.approx(before.amount.high, rel=1e-6)

    def test_default_utilizations_of_two_stages_correlate(self):
        """Rule 24: independent draws per stage would make uncertainty vanish."""
        whole = answer(MACHINE).total
        halves = answer(MACHINE | {"days": 5}, MACHINE | {"name": "two", "days": 5}).total
        shared = prior().plan_share
        spread = np.log(halves.high / halves.low) / np.log(whole.high / whole.low)
        assert spread == pytest.approx(np.sqrt((1 + shared) / 2), rel=0.02)

    def test_contradicting_correlations_are_refused(self):
        stages = [{"name": name, "flop": "1e24..2e24"} for name in "abc"]
        pairs = [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)]
        correlation = [{"between": [f"{one}.flop", f"{two}.flop"], "rho": rho} for one, two, rho in pairs]
        with pytest.raises(PlanError, match="contradict") as refused:
            answer(*stages, correlation=correlation)
        assert refused.value.code == "E333"

    def test_too_large_a_plan_is_refused_in_words(self):
        period = {"hardware": "h100-sxm", "format": "bf16", "chip_hours": "1M..2M", "utilization": 0.4}
        stages = [{"name": f"s{index}", "period": [period] * 64} for index in range(24)]
        with pytest.raises(EngineError, match="the engine takes"):
            answer(*stages)


class TestLaw:
    def test_a_stage_after_placement_is_training_after_deployment(self):
        found = answer(
            {"flop": "1e25"}, {"name": "later", "kind": "continued-pretraining", "flop": "1e25", "phase": "after"}
        )
        line = found.lines[EU]
        assert [reading.amount.median for _, reading in line.readings()] == [1e25, 2e25, 2e25]

    def test_an_unknown_word_of_the_law_is_disputed_never_no(self):
        """Rule 2."""
        found = answer({"name": "rl", "kind": "reinforcement-learning", "flop": "1e27"})
        for line in found.lines:
            if not line.id.startswith("eu-ai-act/gpai"):
                assert line.narrow.probability < line.expected.probability == 1.0

    def test_actors_are_on_the_entries(self):
        for actor in ("own", "on-behalf", "affiliate", "other"):
            assert one(answer({"flop": "1e25", "actor": actor})).actor == actor


def test_stage_shares_add_up_to_one():
    found = estimate(
        loaded(
            """
            [[stage]]
            name = "pretrain"
            kind = "pretraining"
            params = "70B"
            tokens = "10T..20T"
            rework = "1%..5%"

            [[stage]]
            name = "books"
            kind = "synthetic-data"
            generator = { params = "405B" }
            tokens_generated = "1T..3T"

            [[stage]]
            name = "judge"
            kind = "evaluation"
            params = "70B"
            tokens = "1T"
            """
        )
    )
    assert sum(stage.share for stage in found.stages) == pytest.approx(1.0)
    assert found.stages[2].share == 0.0


def test_what_the_engine_refuses_has_a_place_in_the_plan():
    text = '\n[[stage]]\nname = "rl"\nkind = "fine-tuning"\ntrainable = "lm_head"\ntokens = "1B"\nseq_len = 128\n'
    config = "\n".join(f"{key} = {value!r}" for key, value in SMALL.items())
    with pytest.raises(FloplineError) as refused:
        estimate(loaded(f"{text}\n[model.config]\n{config}\n"))
    assert refused.value.place is not None
    assert (refused.value.place.file, refused.value.place.line) == ("plan.toml", 6)


def test_an_unknown_line_is_refused_with_the_nearest_one():
    found = answer({"flop": "1e25"})
    with pytest.raises(RegimeError) as refused:
        found.lines["eu-ai-act/systemic-risks"]
    assert refused.value.hint == "did you mean `eu-ai-act/systemic-risk`?"
    assert found.lines[0].id == next(iter(found.lines)).id
