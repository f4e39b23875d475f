"""Answers that somebody else computed: model reports, a quadrature, the comparators of the laws."""

from __future__ import annotations

import pytest
from building import P1, answer, compared, loaded, one, plan_of

import flopline as fl
from flopline.engine import estimate
from flopline.plan.examples import find_example

EU = "eu-ai-act/systemic-risk"
KOREA = "kr-ai-basic-act/safety"
CALIFORNIA = "us-ca-sb53/frontier"


def example(name, **keys):
    return fl.estimate(find_example(name), **keys)


class TestLlama:
    """Llama 3.1 405B: 15.6T tokens at 8,192 (arXiv:2407.21783)."""

    def test_by_parameters_it_takes_six_times_parameters_times_tokens(self):
        assert fl.estimate(params=405_853_388_800, tokens="15.6T").total.median == pytest.approx(3.7988e25, rel=1e-4)

    def test_by_its_shape_with_masked_attention(self):
        assert example("llama-3.1-405b").total.median == pytest.approx(3.9374e25, rel=1e-4)

    def test_by_its_shape_with_the_full_square_of_attention(self):
        assert example("llama-3.1-405b", attention="full").total.median == pytest.approx(4.0957e25, rel=1e-4)

    def test_its_chip_hours_imply_the_utilization_it_reports(self):
        derived = {one.name: one for one in example("llama-3.1-405b").stages[0].derived}
        implied = derived["utilization"]
        assert 0.35 < implied.amount.median < 0.43


class TestDeepSeek:
    """DeepSeek-V3: 14.8T tokens at 4,096 (arXiv:2412.19437)."""

    def test_with_masked_attention(self):
        assert example("deepseek-v3").total.median == pytest.approx(3.71e24, rel=2e-3)

    def test_with_its_module_that_predicts_several_tokens(self):
        assert example("deepseek-v3", mtp=True).total.median == pytest.approx(3.86e24, rel=2e-3)

    def test_all_of_its_parameters_times_its_tokens_is_never_an_answer(self):
        for found in (example("deepseek-v3"), fl.estimate(params="671B", active="37B", tokens="14.8T")):
            amounts = [reading.amount.high for line in compared(found) for _, reading in line.readings()]
            assert max(amounts) < 5e24
            assert found.lines[EU].broad.probability == 0.0

    def test_active_parameters_count(self):
        assert fl.estimate(params="671B", active="37B", tokens="14.8T").total.median == 6 * 37e9 * 14.8e12


class TestLora:
    """A rank-16 LoRA on every matrix of Llama 3.1 70B, 1B tokens at 4,096."""

    def test_attention_is_in_the_answer(self):
        assert example("lora-70b").total.median == pytest.approx(2.95e20, rel=2e-3)

    def test_sequences_of_one_token_leave_the_matrices(self):
        """Four FLOP for each of 69.5B frozen parameters and six for each of 207M trained ones."""
        assert example("lora-70b", seq_len=1).total.median == pytest.approx(2.79e20, rel=2e-3)


class TestP1:
    """Three stages with shared and correlated inputs: references by tensor quadrature, to 12 digits."""

    @pytest.mark.parametrize(
        ("flop", "reference"), [(1e25, 0.999126502225), (1e26, 0.0762695015141), (1e27, 6.2754464311e-07)]
    )
    def test_the_total_exceeds_an_amount(self, flop, reference):
        found = fl.exceedance(loaded(P1), flop)
        assert found.probability == pytest.approx(reference, abs=1e-4)
        assert found.probability == pytest.approx(reference, rel=0.02)

    def test_the_far_tail_is_within_one_per_cent(self):
        assert fl.exceedance(loaded(P1), 3e27, tolerance=1e-5).probability == pytest.approx(6.73100470573e-11, rel=0.01)

    def test_the_lines_say_the_same(self):
        found = estimate(loaded(P1))
        assert found.lines[EU].expected.probability == pytest.approx(0.999126502225, abs=1e-4)
        assert found.lines[CALIFORNIA].expected.probability == pytest.approx(0.0762695015141, abs=1e-4)


class TestTheLineItself:
    """AI Act, Art. 51(2): greater than 10^25. Korea's decree: at least 10^26."""

    @pytest.mark.parametrize(
        "stages",
        [
            [{"flop": "1e25"}],
            [{"flop": "5e24"}, {"name": "more", "flop": "5e24"}],
            [{"flop": "3e24"}, {"name": "b", "flop": "3e24"}, {"name": "c", "flop": "4e24"}],
            [{"params": "100B", "tokens": "10T"}, {"name": "rest", "flop": "4e24"}],
            [{"params": "100B", "tokens": "1T", "epochs": 16}, {"name": "rest", "flop": "0.4e24"}],
            [
                {"peak": "1 PFLOP/s", "chips": 10_000, "hours": 500, "utilization": 0.55},
                {"name": "b", "flop": "1e23"},
            ],
            [{"params": "0.1T", "tokens": "0.7T", "overhead": 1.1}, {"name": "b", "flop": "9.538e24"}],
        ],
    )
    def test_exactly_1e25_does_not_cross(self, stages):
        found = answer(*stages)
        assert found.total.median == 1e25
        for _, reading in found.lines[EU].readings():
            assert (reading.probability, reading.complement, reading.error) == (0.0, 1.0, 0.0)

    @pytest.mark.parametrize(
        "stages",
        [
            [{"flop": "1.0000001e25"}],
            [{"flop": "5e24"}, {"name": "more", "flop": "5.000001e24"}],
            [{"params": "100B", "tokens": "10T"}, {"name": "rest", "flop": "4.000000000001e24"}],
        ],
    )
    def test_a_little_more_does(self, stages):
        for _, reading in answer(*stages).lines[EU].readings():
            assert (reading.probability, reading.complement, reading.error) == (1.0, 0.0, 0.0)

    def test_exactly_1e26_crosses_at_least_and_not_greater_than(self):
        found = answer({"flop": "1e26"})
        assert found.lines[KOREA].expected.probability == 1.0
        assert found.lines[CALIFORNIA].expected.probability == 0.0

    def test_a_total_of_nothing_crosses_nothing(self):
        found = answer({"kind": "evaluation", "flop": "1e27"})
        assert found.total.median == 0.0
        assert found.lines[EU].expected.probability == 0.0


class TestNoUncertainty:
    def test_it_is_certain_and_says_so(self):
        found = answer({"params": "70B", "tokens": "15T"})
        assert found.certain
        assert all(line.certain for line in compared(found))
        assert "W102" in {warning.code for warning in found.warnings}
        assert {reading.error for line in compared(found) for _, reading in line.readings()} == {0.0}
        assert {reading.probability for line in compared(found) for _, reading in line.readings()} <= {0.0, 1.0}

    def test_one_interval_is_enough_to_be_uncertain(self):
        found = answer({"params": "70B", "tokens": "14T..16T"})
        assert not found.certain
        assert "W102" not in {warning.code for warning in found.warnings}

    def test_an_uncertain_duration_makes_no_line_uncertain(self):
        found = answer({"params": "70B", "tokens": "15T", "peak": "1 PFLOP/s", "chips": 10_000, "days": "40..50"})
        assert found.certain
        assert "W102" in {warning.code for warning in found.warnings}
        implied = found.stages[0].derived[0].amount
        assert implied.low < implied.high

    def test_a_line_is_certain_if_what_it_counts_is(self):
        found = answer(
            {"params": "70B", "tokens": "15T"},
            {"name": "judge", "kind": "evaluation", "params": "70B", "tokens": "1T..2T"},
        )
        assert found.lines[EU].certain
        assert not found.certain
        assert one(found, stage="judge").amount.low < one(found, stage="judge").amount.high


def test_a_plan_from_text_and_one_from_keywords_are_one_answer():
    text = loaded('[[stage]]\nname = "pretrain"\nkind = "pretraining"\nparams = "70B"\ntokens = "14T..16T"\n')
    keywords = plan_of({"params": "70B", "tokens": "14T..16T"})
    assert estimate(text).lines[EU].expected == estimate(keywords).lines[EU].expected
