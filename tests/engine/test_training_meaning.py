"""What a training stage means, by tokens and by machine, one statement at a time."""

from __future__ import annotations

import pytest
from building import CHIP_SECONDS, EU, FP8, H100, LLAMA_8B, MACHINE, answer, codes, derived, flop, one, plan_of

from flopline.architecture import read_architecture, training_flop
from flopline.engine import check
from flopline.errors import FloplineError, PlanError, UtilizationError
from flopline.hardware import find
from flopline.utilization import prior


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
        bf16, fp8 = (prior(format=form, chip="h100-sxm").median for form in ("bf16", "fp8"))
        assert found.median == pytest.approx(CHIP_SECONDS / 2 * (bf16 * H100 + fp8 * FP8), rel=0.02)

    def test_an_absent_utilization_is_the_prior_of_whole_runs(self):
        found = answer(MACHINE | {"params": "70B"})
        low, high = prior(mixture_of_experts=False, chip="h100-sxm").interval
        assert found.total.low == pytest.approx(CHIP_SECONDS * H100 * low, rel=1e-3)
        assert found.total.high == pytest.approx(CHIP_SECONDS * H100 * high, rel=1e-3)
        assert "W104" in codes(found)

    def test_the_answer_says_where_the_prior_has_no_data(self):
        found = answer(MACHINE | {"params": "70B", "hardware": "b200-sxm", "format": "fp4"})
        (said,) = [warning.message for warning in found.warnings if warning.code == "W104"]
        assert "no run on Blackwell among the data" in said
        assert "no run in FP4 among the data" in said

    def test_goodput_beside_it_makes_it_the_prior_of_steady_steps(self):
        found = answer(MACHINE | {"params": "70B", "availability": 0.9, "rework": 0.05})
        steady = prior(mixture_of_experts=False, scope="steady", chip="h100-sxm").median
        assert found.total.median == pytest.approx(CHIP_SECONDS * H100 * steady * 0.9 * 0.95, rel=1e-3)

    def test_a_mixture_of_experts_has_its_own_prior(self):
        found = answer(MACHINE | {"params": "671B", "active": "37B"})
        middle = prior(mixture_of_experts=True, chip="h100-sxm").median
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
        low, high = prior(mixture_of_experts=False, chip="h100-sxm").interval
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
