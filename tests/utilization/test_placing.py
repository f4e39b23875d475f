"""Implied utilizations: placed among published runs, refused where impossible, doubted where unusual."""

from __future__ import annotations

import pytest

from flopline.hardware import load_catalogue
from flopline.utilization import achievable, goodput, hfu_to_mfu, lost_flop, percentile, plausible
from flopline.utilization.table import fitted, measured


def codes(*args, **kwargs):
    return [diagnostic.code for diagnostic in plausible(*args, **kwargs)]


def test_a_run_that_needs_99_per_cent_of_the_h100_peak_is_refused():
    (found,) = plausible(0.99, chip="h100-sxm", format="bf16")
    assert found.code == "E603"
    assert "828.6 TFLOP/s" in found.message


def test_1e25_flop_from_a_thousand_a100_in_a_month_is_impossible():
    implied = 1e25 / (1000 * 30 * 86400 * 312e12)
    assert implied == pytest.approx(12.4, abs=0.1)
    assert codes(implied, chip="a100-sxm-80gb") == ["E602"]


def test_a_peak_of_a_chip_that_nobody_measured_is_refused_only_above_one():
    assert codes(1.001, chip="tpu-v4") == ["E602"]
    assert codes(0.9, chip="tpu-v4") == ["W601"]


def test_unusual_utilizations_are_doubted_in_both_directions():
    assert codes(0.27, mixture_of_experts=False) == []
    assert codes(0.60, mixture_of_experts=False) == ["W601"]
    assert codes(0.05, mixture_of_experts=False) == ["W602"]
    assert codes(0.10, mixture_of_experts=True) == []


def test_what_is_unusual_for_a_whole_run_is_usual_for_steps():
    assert codes(0.52, mixture_of_experts=False, scope="steady") == []


def test_a_warning_says_what_would_have_to_be_true():
    (found,) = plausible(0.05, mixture_of_experts=False)
    assert "for it to be true" in found.hint


def test_llama_3_1_405b_is_high_but_not_unusual():
    # 6ND over 30.84 million H100 hours: 34.6 %
    implied = 3.80e25 / (30.84e6 * 3600 * 989.4e12)
    assert codes(implied, mixture_of_experts=False, chip="h100-sxm") == []
    placed = percentile(implied, mixture_of_experts=False, chip="h100-sxm")
    assert 0.6 < placed.below < 1
    assert 0.6 < placed.fitted < 0.95


def test_a_percentile_counts_the_runs_below_and_names_the_nearest():
    lowest = percentile(0.1, mixture_of_experts=False)
    assert (lowest.below, lowest.runs) == (0, 31)
    assert lowest.nearest[0].model == "YaLM-100B"
    assert percentile(0.99).below == 1
    middle = percentile(0.293, mixture_of_experts=False, chip="h100-sxm")
    assert middle.below == pytest.approx(0.5, abs=0.15)
    assert middle.fitted == pytest.approx(0.5, abs=0.01)


def test_mixtures_are_compared_with_mixtures():
    placed = percentile(0.2, mixture_of_experts=True)
    assert placed.runs == 7
    assert all(run.mixture for run in placed.nearest)
    assert percentile(0.2).runs == 38


def test_a_run_is_as_often_below_itself_as_above():
    run = fitted().run[0]
    runs = percentile(run.utilization, scope=run.scope).runs
    assert percentile(run.utilization, scope=run.scope).below == pytest.approx(0.5 / runs)


def test_every_published_run_is_possible():
    assert all(codes(run.utilization, scope=run.scope) != ["E602"] for run in fitted().run)


def test_measured_rates_belong_to_chips_of_the_catalogue_and_to_their_peaks():
    catalogue = load_catalogue().by_id
    for row in measured():
        rate = float(row.rate.split()[0]) * 1e12
        for chip in row.chips:
            shares = [rate / catalogue[chip].peak(form).dense for form in row.formats]
            assert all(share == pytest.approx(row.share, abs=6e-4) for share in shares), (chip, row)


def test_the_best_rate_of_a_chip_and_format_is_looked_up_whole():
    assert achievable("h100-sxm", "fp8").share == pytest.approx(0.783)
    assert achievable("h100-pcie", "bf16") is None
    assert achievable("h100-sxm", "fp64") is None


def test_parts_of_one_silicon_are_bounded_by_the_fastest_of_them():
    # 828.6 on the GH200 at 900 W and 1550 on the H800 are above what an H100 was measured at (794.5 and 1402.6)
    for chip in ("h100-sxm", "h200-sxm", "h800-sxm", "gh200-96gb"):
        assert achievable(chip, "bf16").share == pytest.approx(828.6 / 989.4, abs=1e-3)
        assert achievable(chip, "fp8").share == pytest.approx(1550 / 1978.9, abs=1e-3)
        assert "E603" not in codes(0.81, chip=chip)
    assert codes(0.85, chip="h100-sxm") == ["E603"]
    assert "E603" not in codes(0.72, chip="h100-sxm", format="fp8")


@pytest.mark.parametrize(
    ("chip", "form", "share"), [("mi355x", "bf16", 0.65), ("pvc-1550", "bf16", 0.7), ("l20", "fp16", 0.97)]
)
def test_what_nobody_has_reached_yet_is_doubted_and_not_refused(chip, form, share):
    assert achievable(chip, form).share < share
    assert codes(share, chip=chip, format=form) == ["W601"]


def test_a_bound_is_a_share_and_nothing_was_measured_on_zeros():
    # 295 TFLOP/s on an A100 is a matrix of zeros
    assert all(0 < row.share < 1 for row in measured())
    assert achievable("a100-sxm-80gb", "fp16").share < 0.9


def test_full_recomputation_turns_hfu_into_three_quarters():
    # forward 1, backward 2, recomputed forward 1
    assert hfu_to_mfu(3.0, 1.0) == pytest.approx(0.75)
    assert hfu_to_mfu(3.0, 0.0) == 1


def test_bloom_reports_hardware_utilization():
    # 48 % HFU with full recomputation is 36 % MFU (BigScience chronicles)
    assert 0.48 * hfu_to_mfu(3.0, 1.0) == pytest.approx(0.36)


def test_goodput_and_lost_steps_add_up_to_what_was_executed():
    # Rule 18: executed = kept + lost, and rework is the share of executed
    kept, rework = 95.0, 0.05
    executed = kept + lost_flop(kept, rework)
    assert rework * executed == pytest.approx(executed - kept)
    assert goodput(0.9, rework) == pytest.approx(0.9 * kept / executed)
