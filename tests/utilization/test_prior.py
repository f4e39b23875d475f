"""The fitted prior: what it says, what it was fitted to, and that the shipped table is that fit."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import math
import sys
from pathlib import Path

import pytest

from flopline.errors import UtilizationError
from flopline.utilization import prior
from flopline.utilization.prior import expit, logit
from flopline.utilization.table import fitted

CALIBRATION = Path(__file__).parents[2] / "benchmarks" / "calibration"


@pytest.fixture(scope="module")
def refit():
    spec = importlib.util.spec_from_file_location("calibration_fit", CALIBRATION / "fit.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def found(refit):
    return refit.calibrate()


def test_the_shipped_table_is_the_fit_to_the_data_in_the_repository(found):
    shipped = fitted()
    for scope, values in found["scopes"].items():
        for key, value in values.items():
            assert getattr(shipped.scope[scope], key) == pytest.approx(value, rel=1e-3, abs=2e-3), (
                scope,
                key,
            )
    for name in ("mixture", "eight_bit", "stage"):
        for key, value in found[name].items():
            assert getattr(getattr(shipped, name), key) == pytest.approx(value, rel=1e-4), (name, key)
    assert [run.model_dump() for run in shipped.run] == found["runs"]


def test_the_shipped_table_names_the_very_data():
    for name in ("whole_runs", "benchmarks"):
        digest = hashlib.sha256((CALIBRATION / f"{name}.csv").read_bytes()).hexdigest()
        assert fitted().provenance[f"sha256_{name}"] == digest


def test_the_dense_center_without_source_effects_is_the_mean_of_the_logits():
    with (CALIBRATION / "whole_runs.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "whole_run" and row["use_in_fit"] == "1"]
    logits = [logit(float(row["mfu_native"])) for row in rows if row["arch"] == "dense"]
    assert len(logits) == 18
    assert fitted().scope["whole-run"].dense_logit == pytest.approx(sum(logits) / 18, abs=1e-4)


def test_restricted_likelihood_reproduces_the_balanced_analysis_of_variance(refit):
    # Balanced one-way layout: REML equals ANOVA where that is positive (Searle, Casella, McCulloch 1992, 4.6)
    values = {"a": (0.30, 0.34), "b": (0.20, 0.22), "c": (0.42, 0.40), "d": (0.26, 0.31)}
    rows = [{"cluster": k, "arch": "dense", "mfu_native": str(v)} for k, pair in values.items() for v in pair]
    pairs = [tuple(map(logit, pair)) for pair in values.values()]
    within = sum((p - q) ** 2 / 2 for p, q in pairs) / 4
    means = [(p + q) / 2 for p, q in pairs]
    center = sum(means) / 4
    between = sum((mean - center) ** 2 for mean in means) / 3 - within / 2
    fit = refit.fit(rows)
    assert fit.center == pytest.approx(center)
    assert fit.within**2 == pytest.approx(within, rel=1e-3)
    assert fit.between**2 == pytest.approx(between, rel=1e-3)


def test_the_score_of_a_point_forecast_is_its_absolute_error(refit):
    import numpy as np

    assert refit.crps(np.full(1000, 0.3), 0.4) == pytest.approx(0.1, abs=1e-3)
    uniform = refit.crps(refit.MIDPOINTS, 0.25)
    assert uniform == pytest.approx(0.25**3 / 3 + 0.75**3 / 3, abs=1e-3)


def test_held_out_sources_are_covered_as_often_as_promised(found):
    whole = found["scopes"]["whole-run"]
    n = whole["rows"]
    for level in (0.5, 0.8, 0.9, 0.95):
        spread = 1.96 * math.sqrt(level * (1 - level) / n)
        assert abs(whole[f"coverage_{level * 100:.0f}"] - level) <= spread + 0.5 / n


def test_it_beats_the_flat_assumption_and_a_constant():
    whole = fitted().scope["whole-run"]
    assert whole.crps < whole.crps_constant < whole.crps_flat_30_50
    steady = fitted().scope["steady"]
    assert steady.crps < min(steady.crps_flat_30_50, steady.crps_constant)


def test_half_of_whole_runs_are_below_the_30_per_cent_that_everybody_assumes():
    assert prior(mixture_of_experts=False).median == pytest.approx(0.268, abs=0.005)
    assert prior(mixture_of_experts=False).interval == pytest.approx((0.167, 0.401), abs=0.01)


def test_mixtures_of_experts_are_lower_and_wider():
    dense, mixture = (prior(mixture_of_experts=kind) for kind in (False, True))
    assert mixture.median < dense.median
    assert mixture.sigma > 1.5 * dense.sigma
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


@pytest.mark.parametrize("form", ["fp4", "fp32", {"fp6": 0.5, "bf16": 0.5}])
def test_formats_without_published_runs_are_refused(form):
    with pytest.raises(UtilizationError) as caught:
        prior(format=form)
    assert caught.value.code == "E605"


def test_stages_of_one_plan_share_most_of_their_uncertainty():
    # Rule 24: with independent draws four equal stages would have half the relative uncertainty of one
    found = prior(mixture_of_experts=False)
    assert found.plan_sigma**2 + found.stage_sigma**2 == pytest.approx(found.sigma**2)
    assert 0.7 < found.plan_share < 1
    four = math.sqrt(found.plan_sigma**2 + found.stage_sigma**2 / 4)
    assert four > 0.85 * found.sigma


def test_a_steady_figure_is_above_a_whole_run():
    assert prior(scope="steady").median > prior().median


def test_logit_and_expit_undo_each_other():
    for share in (1e-6, 0.2, 0.5, 0.999):
        assert expit(logit(share)) == pytest.approx(share)


def test_the_fit_says_where_it_comes_from():
    source = prior().source
    assert "Epoch AI, Data on AI Models" in source.cite
    assert (prior().rows, prior().sources) == (21, 16)
