"""The fitted prior: what it says, where data are missing, and how stages of a plan share it."""

from __future__ import annotations

import json
import math

import pytest

import flopline as fl
from flopline.errors import UtilizationError
from flopline.hardware import load_catalogue
from flopline.utilization import prior
from flopline.utilization.prior import expit, logit
from flopline.utilization.table import fitted


def test_half_of_whole_runs_are_below_the_30_per_cent_that_everybody_assumes():
    dense = prior(mixture_of_experts=False, chip="h100-sxm")
    assert dense.median == pytest.approx(0.293, abs=0.005)
    assert dense.interval == pytest.approx((0.164, 0.468), abs=0.01)


def test_mixtures_of_experts_are_lower_and_wider():
    dense, mixture = (prior(mixture_of_experts=kind) for kind in (False, True))
    assert mixture.median < 0.7 * dense.median
    assert mixture.sigma > 1.2 * dense.sigma
    assert "mixtures of experts" in mixture.remark


def test_an_unknown_architecture_lies_between_and_covers_both():
    dense, unknown, mixture = (prior(mixture_of_experts=kind) for kind in (False, None, True))
    assert mixture.median < unknown.median < dense.median
    assert unknown.interval[0] < dense.interval[0]
    assert "not known" in unknown.remark


def test_eight_bits_lower_the_share_of_their_own_peak():
    bf16, mixed, fp8 = (prior(mixture_of_experts=False, format=f) for f in ("bf16", {"fp8": 0.5, "bf16": 0.5}, "fp8"))
    assert fp8.median < mixed.median < bf16.median
    assert fp8.sigma > bf16.sigma
    # the rate itself still rises: twice the peak at more than half of the share
    assert 2 * fp8.median > bf16.median
    assert "no run in FP8" in fp8.remark


def test_four_bits_have_a_prior_from_benchmarks_and_say_so():
    fp8, fp4 = (prior(mixture_of_experts=False, format=form, chip="b200-sxm") for form in ("fp8", "fp4"))
    assert fp4.median < fp8.median
    assert fp4.sigma > fp8.sigma
    assert "no run in FP4 among the data" in fp4.remark
    assert "benchmarks" in fp4.remark


@pytest.mark.parametrize("form", ["fp6", "fp64", "fp32", {"fp6": 0.5, "bf16": 0.5}])
def test_formats_in_which_nothing_was_published_are_refused(form):
    with pytest.raises(UtilizationError) as caught:
        prior(format=form)
    assert caught.value.code == "E605"


@pytest.mark.parametrize(
    "chip",
    ["b200-sxm", "b300-sxm", "gb200", "gb300", "mi300x", "mi325x", "mi350x", "mi355x", "tpu-v5p", "tpu-v6e", "tpu-v7",
     "trainium1", "trainium2", "gaudi2", "gaudi3", "ascend-910b2"],
)  # fmt: skip
@pytest.mark.parametrize("scope", ["whole-run", "steady"])
def test_chips_without_runs_are_wider_and_say_what_is_missing(chip, scope):
    known, missing = (prior(mixture_of_experts=False, scope=scope, chip=one) for one in ("h100-sxm", chip))
    assert known.remark is None
    assert missing.sigma > known.sigma + 0.02
    assert any(word in missing.remark for word in ("no run", "no report"))


def test_families_name_chips_of_the_catalogue_once_each():
    chips = [chip for family in fitted().family for chip in family.chips]
    assert len(chips) == len(set(chips))
    assert set(chips) <= set(load_catalogue().by_id)
    assert fitted().family[-1].chips == ()


def test_an_unknown_chip_is_as_uncertain_as_one_without_data():
    nothing, unknown = prior(mixture_of_experts=False), prior(mixture_of_experts=False, chip="mi300x")
    assert (nothing.median, nothing.sigma) == (unknown.median, unknown.sigma)
    assert nothing.remark is None


def test_stages_of_one_plan_share_most_of_their_uncertainty():
    found = prior(mixture_of_experts=False)
    assert found.plan_sigma**2 + found.stage_sigma**2 == pytest.approx(found.sigma**2)
    assert 0.7 < found.plan_share < 1


@pytest.mark.parametrize("chip", ["h100-sxm", "b200-sxm"])
def test_four_equal_stages_have_the_relative_uncertainty_of_one(chip, tmp_path):
    """Rule 24 of correlated defaults: independent draws would halve the spread of four, the stage effect does not."""

    def spread(stages):
        machine = {"kind": "pretraining", "params": "70B", "hardware": chip, "format": "bf16", "chip_hours": 1e6}
        plan = {"schema": 1, "stage": [machine | {"name": f"part-{index}"} for index in range(stages)]}
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(plan), encoding="utf-8")
        total = fl.estimate(fl.load(file)).total
        return math.log(total.high / total.low)

    found = prior(mixture_of_experts=False, chip=chip)
    left = math.sqrt(found.plan_share + (1 - found.plan_share) / 4)
    assert spread(4) / spread(1) == pytest.approx(left, abs=0.01)
    assert left > 0.9


def test_a_steady_figure_is_above_a_whole_run():
    assert prior(scope="steady").median > prior().median


@pytest.mark.parametrize(
    ("of", "flop", "stage"),
    [
        ("Llama 3.1 405B", 3.80e25, {"params": "405B", "hardware": "h100-sxm", "chip_hours": 30.84e6}),
        ("DeepSeek-V3", 6 * 37e9 * 14.8e12,
         {"params": "671B", "active": "37B", "hardware": "h800-sxm", "chip_hours": 2.664e6}),
        ("DeepSeek-V3 in FP8", 6 * 37e9 * 14.8e12,
         {"params": "671B", "active": "37B", "hardware": "h800-sxm", "chip_hours": 2.664e6, "format": "fp8"}),
    ],
)  # fmt: skip
def test_two_well_documented_runs_that_were_kept_out_of_the_data_lie_inside(of, flop, stage):
    assert not any(of.startswith(run.model) for run in fitted().run)
    total = fl.estimate(**({"format": "bf16"} | stage)).total
    assert total.low < flop < total.high


def test_logit_and_expit_undo_each_other():
    for share in (1e-6, 0.2, 0.5, 0.999):
        assert expit(logit(share)) == pytest.approx(share)


def test_the_fit_says_where_it_comes_from():
    source = prior().source
    assert "Epoch AI, Data on AI Models" in source.cite
    assert (prior().rows, prior().sources) == (38, 25)
