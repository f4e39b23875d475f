"""What a plan's utilization means, whichever way it is given, and which of them cannot be."""

from __future__ import annotations

import math

import pytest
from building import EXPERTS, LLAMA_8B, answer, codes, derived, flop, one

from flopline.distributions import interval, median
from flopline.errors import FloplineError, UtilizationError
from flopline.hardware import find
from flopline.utilization import goodput_prior, prior, ratio, tensor_activity

H800 = {"hardware": "h800-sxm", "chip_hours": 2.664e6, "params": "671B", "active": "37B"}
FP8 = H800 | {"format": "fp8"}
H100 = {"hardware": "h100-sxm", "chips": 1000, "days": 30, "format": "bf16", "params": "70B"}
RATE = 385e12


def counted(stage):
    return flop(answer(stage), activity="pretraining", fate="kept")


class TestWaysIn:
    """385 TFLOP/s per H800 are 38.9 % of its bf16 peak and 19.5 % of its fp8 peak."""

    expected = 2.664e6 * 3600 * RATE

    def share(self, format_):
        return RATE / find("h800-sxm").peak(format_).dense

    def test_the_shares_are_what_is_said_of_them(self):
        assert self.share("bf16") == pytest.approx(0.389, abs=5e-4)
        assert self.share("fp8") == pytest.approx(0.195, abs=5e-4)

    def test_all_give_the_same_flop(self):
        ways = [
            FP8 | {"utilization": {"mfu": self.share("fp8")}},
            FP8 | {"utilization": {"mfu": self.share("bf16"), "peak": "bf16"}},
            FP8 | {"utilization": {"achieved": "385 TFLOP/s"}},
            H800 | {"format": "bf16", "utilization": self.share("bf16")},
            H800 | {"format": "bf16", "utilization": {"achieved": 3.85e14}},
            H800 | {"format": {"fp8": 0.8, "bf16": 0.2}, "utilization": {"achieved": "385 TFLOP/s"}},
            FP8 | {"utilization": {"hfu": self.share("fp8") * 4 / 3}, "recompute": "full"},
        ]
        for stage in ways:
            assert counted(stage) == pytest.approx(self.expected, rel=1e-12), stage

    def test_a_rate_may_be_uncertain_and_be_swept_over(self):
        found = answer(FP8 | {"utilization": {"achieved": "350 TFLOP/s .. 420 TFLOP/s"}}).total
        assert found.low == pytest.approx(2.664e6 * 3600 * 350e12)
        assert found.high == pytest.approx(2.664e6 * 3600 * 420e12)

    @pytest.mark.parametrize(
        "raw",
        [
            {"achieved": "385 TFLOP/s", "peak": "bf16"}, {"achieved": "40%"}, {"achieved": "385 TFLOP/s", "mfu": "40%"},
            {"mfu": "385 TFLOP/s"}, {"achieved": -1e14}, {"tensor_active": "45%", "scope": "whole-run"},
            {"tensor_active": "130%"}, {"mfu": "40%", "scope": "sometimes"}, {}, {"mfu": math.nan},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_means_nothing_is_refused_with_its_place(self, raw):
        with pytest.raises(FloplineError) as caught:
            answer(FP8 | {"utilization": raw, "recompute": "none"})
        assert "utilization" in str(caught.value.diagnostics[0].place)


class TestConversions:
    def test_a_benchmark_is_converted_to_a_whole_run_with_its_own_uncertainty(self):
        found = answer(H100 | {"utilization": {"mfu": 0.5, "scope": "benchmark"}})
        plain = counted(H100 | {"utilization": 0.5})
        low, high = interval(ratio("benchmark", "whole-run").amount)
        assert found.total.low == pytest.approx(plain * low)
        assert found.total.high == pytest.approx(plain * high)
        assert [driver.name for driver in found.drivers] == ["benchmark ratio"]

    def test_beside_goodput_it_is_converted_to_steady_steps(self):
        found = answer(H100 | {"utilization": {"mfu": 0.5, "scope": "benchmark"}, "availability": 0.9, "rework": 0.1})
        plain = counted(H100 | {"utilization": 0.5})
        kept = one(found, activity="pretraining", fate="kept").amount.median
        assert kept == pytest.approx(plain * 0.81 * median(ratio("benchmark", "steady").amount))

    def test_stages_of_a_plan_share_one_ratio(self):
        """Independent ratios would narrow the sum (rule 24)."""
        stage = H100 | {"utilization": {"mfu": 0.5, "scope": "benchmark"}}
        alone = answer(stage).total
        four = answer(*({**stage, "name": f"s{index}"} for index in range(4))).total
        assert four.high / four.low == pytest.approx(alone.high / alone.low, rel=1e-9)

    def test_tensor_activity_is_converted_with_a_wide_spread_and_a_warning(self):
        found = answer(H100 | {"utilization": {"tensor_active": 0.5}, "recompute": "none"})
        plain = counted(H100 | {"utilization": 0.5})
        low, high = interval(tensor_activity().amount)
        assert (found.total.low, found.total.high) == (pytest.approx(plain * low), pytest.approx(plain * high))
        assert high / low > 1.5
        assert "W128" in codes(found)

    def test_tensor_activity_contains_recomputation_as_hfu_does(self):
        half = {"utilization": {"tensor_active": 0.5}}
        none, full = (answer(H100 | half | {"recompute": what}).total.median for what in ("none", "full"))
        assert full == pytest.approx(none * 3 / 4)

    @pytest.mark.parametrize("key", ["availability", "rework"])
    def test_the_default_of_a_share_of_goodput_is_the_published_one(self, key):
        found = answer(H100 | {"utilization": 0.4, key: "default"})
        share = median(goodput_prior(key).amount)
        expected = share if key == "availability" else 1 - share
        assert one(found, activity="pretraining", fate="kept").amount.median == pytest.approx(
            counted(H100 | {"utilization": 0.4}) * expected
        )

    @pytest.mark.parametrize("key", ["recompute", "overhead"])
    def test_where_nothing_is_published_there_is_no_default(self, key):
        with pytest.raises(FloplineError) as caught:
            answer(H100 | {"tokens": "1T", "seq_len": 8192, key: "default"})
        assert "no default" in caught.value.message
        assert caught.value.diagnostics[0].hint

    def test_the_default_utilization_beside_goodput_is_of_steady_steps(self):
        steady = prior(mixture_of_experts=False, scope="steady", chip="h100-sxm")
        found = answer(H100 | {"availability": 1 - 1e-12}).total.median
        assert found == pytest.approx(1000 * 30 * 86400 * find("h100-sxm").peak("bf16").dense * steady.median, rel=1e-6)


COUNTERS = ["gpu_util", "nvml", "sm_active", "power", "tpu_duty_cycle"]


@pytest.mark.parametrize("name", COUNTERS)
def test_a_hardware_counter_is_refused_with_the_reason(name):
    with pytest.raises(FloplineError) as caught:
        answer(H100 | {"utilization": {name: "95%"}})
    assert caught.value.diagnostics[0].code in ("E600", "E601")
    assert "is not a" in caught.value.message


class TestImpossible:
    def refused(self, stage, code, key):
        with pytest.raises(UtilizationError) as caught:
            answer(stage)
        problem = caught.value.diagnostics[0]
        assert problem.code == code, problem
        assert str(problem.place).endswith(key)
        assert problem.hint

    def test_ninety_nine_per_cent_of_an_h100(self):
        tokens = 0.99 * 1000 * 30 * 86400 * find("h100-sxm").peak("bf16").dense / (6 * 70e9)
        self.refused(H100 | {"tokens": tokens}, "E603", "name")

    def test_ten_to_the_25_from_a_thousand_a100s_in_a_month(self):
        self.refused(H100 | {"hardware": "a100-sxm-80gb", "flop": 1e25}, "E602", "name")
        tokens = 1e25 / (6 * 70e9)
        self.refused(H100 | {"hardware": "a100-sxm-80gb", "tokens": tokens}, "E602", "name")

    @pytest.mark.parametrize("given", [0.99, {"mfu": "90%..99%"}, {"achieved": "979 TFLOP/s"}], ids=str)
    def test_a_given_utilization_above_the_best_matrix_multiplication(self, given):
        self.refused(H100 | {"utilization": given}, "E603", "utilization")

    def test_a_rate_above_the_peak(self):
        self.refused(H100 | {"utilization": {"achieved": "1100 TFLOP/s"}}, "E602", "utilization")

    def test_what_is_recomputed_has_to_be_executed_too(self):
        """An MFU of 70 % is possible, and 93 % executed with full recomputation is not."""
        assert "E603" not in codes(answer(H100 | {"utilization": 0.70}))
        self.refused(H100 | {"utilization": 0.70, "recompute": "full"}, "E603", "utilization")

    def test_a_mixture_of_formats_is_bounded_by_the_fastest(self):
        self.refused(H100 | {"format": {"fp8": 0.8, "bf16": 0.2}, "utilization": 0.95}, "E603", "utilization")

    def test_a_period_is_checked_against_its_own_chip(self):
        period = {key: H100[key] for key in ("hardware", "chips", "days", "format")}
        periods = [period | {"utilization": 0.4}, period | {"utilization": 0.95}]
        self.refused({"params": "70B", "period": periods}, "E603", "utilization")

    def test_what_is_only_unusual_is_a_warning(self):
        assert "W601" in codes(answer(H100 | {"utilization": 0.75}))
        assert "W602" in codes(answer(H100 | {"utilization": 0.01}))
        assert not {"W601", "W602"} & set(codes(answer(H100 | {"utilization": 0.38})))

    def test_a_flop_figure_beside_its_machine_is_placed_among_published_runs(self):
        found = answer(H100 | {"flop": 1e24})
        rated = 1000 * 30 * 86400 * find("h100-sxm").peak("bf16").dense
        implied = derived(found, "utilization")
        assert implied.amount.median == pytest.approx(1e24 / rated)
        assert "published whole runs" in implied.remark


SHAPES = {
    "dense": {"config": LLAMA_8B, "seq_len": 2048},
    "mixture": {"config": EXPERTS, "seq_len": 2048},
    "parameters": {"params": "70B"},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(
    "more", [{}, {"rework": 0.04, "availability": 0.9}, {"recompute": "full"}, {"rework": 0.02}], ids=str
)
def test_with_the_implied_utilization_both_routes_agree(shape, more):
    """Rule 19: tokens and machine count the same FLOP once the utilization is the implied one."""
    machine = {"hardware": "h100-sxm", "chips": 1e9, "days": 100, "format": "bf16"}
    tokens = answer(shape | machine | more | {"tokens": "15T"})
    implied = derived(tokens, "utilization").amount.median
    steady = implied / (more.get("availability", 1.0) * (1 - more.get("rework", 0.0)))
    timed = answer(shape | machine | more | {"utilization": steady})
    for entry in tokens.entries:
        if entry.activity != "elementwise":
            same = one(timed, activity=entry.activity, fate=entry.fate)
            assert same.amount.median == pytest.approx(entry.amount.median, rel=1e-9), entry.activity


@pytest.mark.parametrize("kind", ["evaluation", "data-processing", "synthetic-data", "reinforcement-learning"])
def test_generation_by_machine_needs_a_utilization_of_its_own(kind):
    """Rule 25: the prior describes training."""
    machine = {"hardware": "h100-sxm", "chips": 1000, "days": 30, "format": "bf16"}
    with pytest.raises(FloplineError) as caught:
        answer(machine | {"kind": kind})
    assert caught.value.diagnostics[0].code == "E318"
    assert "training" in caught.value.diagnostics[0].hint


def test_an_instance_type_is_the_chip_inside_and_chips_are_counted():
    by_chip = answer(H100 | {"utilization": 0.4})
    by_type = answer(H100 | {"utilization": 0.4, "hardware": "p5.48xlarge"})
    assert by_type.total == by_chip.total
    (said,) = [warning for warning in by_type.warnings if warning.code == "W129"]
    assert "an instance of p5.48xlarge holds 8 chips" in said.message
    assert "W129" not in codes(by_chip)
