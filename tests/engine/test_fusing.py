"""Two independent measurements of one run: its tokens and its machine."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pytest
from building import answer, plan_of
from scipy.special import expit, logit
from scipy.stats import norm

import flopline as fl
from flopline.distributions import Lognormal
from flopline.engine import estimate
from flopline.engine.fusing import Side, Uncertain, fuse
from flopline.errors import PlanError
from flopline.utilization import discrepancy
from naive.fusing import fused, quantile, tail

SIGMA = discrepancy().sigma
PEAK = 989.4e12
Z90 = norm.ppf(0.95)
DRAWS = 2_000_000


def plan(tokens, days, utilization, scope="whole-run", **more):
    stage = {
        "name": "pretrain", "kind": "pretraining", "tokens": tokens, "hardware": "h100-sxm", "chips": 8192,
        "days": days, "format": "bf16", "relation": "independent",
        "utilization": {"mfu": utilization, "scope": scope},
    } | more  # fmt: skip
    stage = {key: value for key, value in stage.items() if value is not None}
    return plan_of(stage, model={"params": "70B"})


def side(name, median, sigma):
    return Side(((0.0, (Uncertain(name, Lognormal(median=median, sigma=sigma), None, 1),)),))


def sides(found):
    derived = {one.name: one for one in found.stages[0].derived}
    return derived["counted_by_tokens"], derived["counted_by_machine"]


class TestTwoLognormals:
    """The precision-weighted average of two normal logarithms, in closed form."""

    tokens: ClassVar = {"dist": "lognormal", "median": 30e12, "sigma": 0.20}
    days: ClassVar = {"dist": "lognormal", "median": 50.0, "sigma": 0.15}
    chips: ClassVar = {"dist": "lognormal", "median": 8192.0, "sigma": 0.10}

    def expected(self, *machine):
        one = math.log(6 * 70e9 * 30e12)
        other = math.log(8192 * 50 * 86400 * PEAK * 0.38)
        a, b = 1 / 0.20**2, 1 / (sum(sigma**2 for sigma in machine or (0.15, 0.10)) + SIGMA**2)
        return (a * one + b * other) / (a + b), math.sqrt(1 / (a + b))

    def test_they_fuse_to_the_precision_weighted_answer(self):
        total = estimate(plan(self.tokens, self.days, 0.38, chips=self.chips)).total
        mean, sd = self.expected()
        assert math.log(total.median) == pytest.approx(mean, abs=1e-9)
        assert math.log(total.high / total.low) == pytest.approx(2 * Z90 * sd, rel=1e-9)

    def test_the_probability_is_exact_far_out_too(self):
        found = fl.exceedance(plan(self.tokens, self.days, 0.38, chips=self.chips), [1.5e25, 3e25])
        mean, sd = self.expected()
        for one, line in zip(found, (1.5e25, 3e25), strict=True):
            assert one.probability == pytest.approx(norm.sf((math.log(line) - mean) / sd), rel=1e-8)

    def test_a_machine_that_is_known_exactly_leaves_the_discrepancy(self):
        total = estimate(plan(self.tokens, 50, 0.38)).total
        mean, sd = self.expected(0.0)
        assert math.log(total.median) == pytest.approx(mean, abs=1e-9)
        assert math.log(total.high / total.low) == pytest.approx(2 * Z90 * sd, rel=1e-9)

    def test_a_machine_that_says_nothing_leaves_the_tokens(self):
        wide = {"dist": "lognormal", "median": 50.0, "sigma": 20.0}
        total = estimate(plan(self.tokens, wide, 0.38)).total
        assert math.log(total.high / total.low) == pytest.approx(2 * Z90 * 0.20, rel=1e-4)

    def test_two_equal_measurements_narrow_by_the_square_root_of_two(self):
        found = fuse(*(side(name, 10.0, 0.2) for name in "ab"), 1e-9).amount
        assert found.median == pytest.approx(10.0)
        assert found.sigma == pytest.approx(0.2 / math.sqrt(2), rel=1e-9)

    def test_without_a_discrepancy_their_order_does_not_matter(self):
        one, other = side("a", 10.0, 0.2), side("b", 11.0, 0.1)
        here, there = fuse(one, other, 1e-9).amount, fuse(other, one, 1e-9).amount
        assert (here.median, here.sigma) == pytest.approx((there.median, there.sigma), rel=1e-9)

    def test_both_measurements_are_shown_with_their_weights(self):
        tokens, machine = sides(estimate(plan(self.tokens, self.days, 0.38, chips=self.chips)))
        assert tokens.amount.median == pytest.approx(6 * 70e9 * 30e12)
        assert machine.amount.median == pytest.approx(8192 * 50 * 86400 * PEAK * 0.38)
        _, sd = self.expected()
        assert tokens.remark.startswith(f"weight {100 * sd**2 / 0.20**2:.0f} %")


def interval(low, high, generator, *, share=False):
    a, b = (logit(low), logit(high)) if share else (math.log(low), math.log(high))
    z = generator.standard_normal(DRAWS)
    score = (a + b) / 2 + (b - a) / (2 * Z90) * z
    return expit(score) if share else np.exp(score)


def pert(low, mode, high, generator):
    a, b = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
    return low + (high - low) * generator.beta(a, b, DRAWS)


CASES = {
    "a logit-normal share": (
        ("26T..34T", "44..56", "25%..50%"),
        lambda g: (interval(26e12, 34e12, g), interval(44, 56, g), interval(0.25, 0.5, g, share=True)),
    ),
    "a PERT of tokens": (
        ("22T .. 30T .. 46T", "44..56", "25%..50%"),
        lambda g: (pert(22e12, 30e12, 46e12, g), interval(44, 56, g), interval(0.25, 0.5, g, share=True)),
    ),
    "a beta share and uniform days": (
        ("20T..40T", {"dist": "uniform", "low": 35, "high": 70}, {"dist": "beta", "a": 20, "b": 33}),
        lambda g: (interval(20e12, 40e12, g), g.uniform(35, 70, DRAWS), g.beta(20, 33, DRAWS)),
    ),
    "a machine that says little": (
        ("28T..32T", "44..56", "2%..95%"),
        lambda g: (interval(28e12, 32e12, g), interval(44, 56, g), interval(0.02, 0.95, g, share=True)),
    ),
    "narrow tokens": (
        ("29T..29.5T", "30..70", "20%..60%"),
        lambda g: (interval(29e12, 29.5e12, g), interval(30, 70, g), interval(0.2, 0.6, g, share=True)),
    ),
    "samples of days": (
        ("20T..40T", {"dist": "samples", "values": [40, 48, 50, 55, 70]}, "30%..45%"),
        lambda g: (
            interval(20e12, 40e12, g), g.choice([40.0, 48, 50, 55, 70], DRAWS), interval(0.3, 0.45, g, share=True),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_other_pairs_match_importance_sampling(case):
    written, drawn = case
    found = estimate(plan(*written))
    generator = np.random.default_rng(7)
    tokens, days, share = drawn(generator)
    values, weights = fused(6 * 70e9 * tokens, 8192 * days * 86400 * PEAK * share, SIGMA)
    effective = 1 / np.sum(weights**2)
    assert effective > 20_000
    low, middle, high = (quantile(values, weights, p) for p in (0.05, 0.5, 0.95))
    spread = math.log(high / low)
    noise = 8 * spread / math.sqrt(effective)
    assert math.log(found.total.median / middle) == pytest.approx(0, abs=noise)
    assert math.log(found.total.low / low) == pytest.approx(0, abs=2 * noise)
    assert math.log(found.total.high / high) == pytest.approx(0, abs=2 * noise)
    gap = float(sides(found)[1].remark.rpartition(" ")[2])
    naive = tail(6 * 70e9 * tokens, 8192 * days * 86400 * PEAK * share, SIGMA, generator)
    assert gap == pytest.approx(naive, rel=0.03)


def test_periods_add_up_before_they_are_fused():
    periods = [
        {"hardware": "h100-sxm", "chips": 8192, "days": "20..30", "format": "bf16"},
        {"hardware": "a100-sxm-80gb", "chips": 16384, "days": "30..50", "format": "bf16"},
    ]
    more = {"hardware": None, "chips": None, "format": None, "period": periods}
    found = estimate(plan("20T..40T", None, "25%..50%", **more))
    g = np.random.default_rng(11)
    share = interval(0.25, 0.5, g, share=True)
    work = 8192 * interval(20, 30, g) * PEAK + 16384 * interval(30, 50, g) * 312e12
    values, weights = fused(6 * 70e9 * interval(20e12, 40e12, g), work * 86400 * share, SIGMA)
    assert found.total.median == pytest.approx(quantile(values, weights, 0.5), rel=2e-3)
    assert found.total.high == pytest.approx(quantile(values, weights, 0.95), rel=3e-3)


def test_what_stands_beside_the_run_keeps_its_ratio():
    stage = plan("26T..34T", "44..56", "30%..50%", scope="steady", rework=0.04, recompute="full", padding=0.02)
    entries = {(one.activity, one.fate): one.amount for one in estimate(stage).entries}
    kept = entries["pretraining", "kept"]
    for key, ratio in ((("pretraining", "lost"), 4 / 96), (("activation-recompute", "kept"), 1 / 3)):
        assert entries[key].median == pytest.approx(kept.median * ratio, rel=1e-9)
        assert entries[key].high == pytest.approx(kept.high * ratio, rel=1e-9)
    assert entries["padding", "kept"].median == pytest.approx(kept.median * 2 / 98, rel=1e-9)


def test_tokens_that_are_certain_stay_what_they_are():
    found = estimate(plan("30T", "44..56", "25%..50%"))
    assert found.total.median == 6 * 70e9 * 30e12
    assert found.certain


def test_plain_and_compiled_are_equal():
    stage = plan("22T .. 30T .. 46T", "44..56", "25%..50%")
    one = estimate(stage, execution="plain").to_dict()["lines"]
    other = estimate(stage, execution="compiled").to_dict()["lines"]
    for here, there in zip(one, other, strict=True):
        found, wanted = (answer["expected"]["probability"] for answer in (here, there))
        assert found == wanted if found is None else found == pytest.approx(wanted, rel=1e-12)


def test_a_sweep_fuses_anew_in_every_scenario():
    table = fl.sweep(plan("26T..34T", "44..56", "25%..50%"), {"pretrain.chips": [8192, 9000]}).columns()
    alone = estimate(plan("26T..34T", "44..56", "25%..50%", chips=9000))
    found = table["eu-ai-act/systemic-risk.expected.probability"][1]
    assert found == pytest.approx(alone.lines["eu-ai-act/systemic-risk"].expected.probability, abs=1e-6)
    assert table["eu-ai-act/systemic-risk.expected.probability"][0] != pytest.approx(found, abs=1e-4)


class TestConflict:
    """Rule: a discrepancy with a tail below 1 % is a conflict, and no average is true."""

    spread = 0.1
    edge = norm.isf(0.005) * math.sqrt(0.1**2 + SIGMA**2)

    def at(self, distance):
        machine = 8192 * 50 * 86400 * PEAK * 0.38
        median = machine * math.exp(distance) / (6 * 70e9)
        return plan({"dist": "lognormal", "median": median, "sigma": self.spread}, 50, 0.38)

    def test_just_inside_it_is_answered(self):
        assert estimate(self.at(0.999 * self.edge)).total.median

    @pytest.mark.parametrize("side", [-1, 1])
    def test_just_outside_it_is_refused_with_both_amounts(self, side):
        with pytest.raises(PlanError) as caught:
            estimate(self.at(1.001 * side * self.edge))
        assert caught.value.code == "E339"
        assert "its tokens give" in caught.value.message
        assert "time-bound" in caught.value.diagnostics[0].hint

    def test_one_that_is_off_the_lattice_is_refused_too(self):
        with pytest.raises(PlanError) as caught:
            estimate(plan("1T..1.2T", "44..56", "25%..50%"))
        assert caught.value.code == "E339"


def refused(raw, code):
    with pytest.raises(PlanError) as caught:
        answer(*raw.pop("stage"), **raw)
    assert caught.value.code == code, caught.value
    assert caught.value.diagnostics[0].hint


def raw(**more):
    stage = {
        "name": "pretrain", "kind": "pretraining", "tokens": "26T..34T", "hardware": "h100-sxm", "chips": 8192,
        "days": "44..56", "format": "bf16", "relation": "independent",
    } | more  # fmt: skip
    return {"model": {"params": "70B"}, "stage": [stage]}


def test_a_quantity_that_another_stage_rests_on_is_refused():
    shared = raw()
    shared["model"] = {"params": "60B..80B"}
    shared["stage"].append({"name": "more", "kind": "fine-tuning", "tokens": "1T"})
    refused(shared, "E338")


def test_a_correlation_of_a_fused_quantity_is_refused():
    correlated = raw()
    correlated["correlation"] = [{"between": ["pretrain.tokens", "pretrain.days"], "rho": 0.5}]
    refused(correlated, "E338")


def test_one_quantity_behind_both_measurements_is_refused():
    refused(raw(params="60B..80B", chips={"shares": "pretrain.params"}), "E338")


def test_tokens_as_samples_are_refused():
    refused(raw(tokens={"dist": "samples", "values": [26e12, 30e12]}), "E338")


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "distillation", "teacher": {"params": "400B"}},
        {"kind": "evaluation", "utilization": "20%..30%"},
        {"kind": "data-processing", "utilization": "20%..30%"},
    ],
    ids=lambda more: more["kind"],
)
def test_what_is_more_than_training_on_tokens_is_refused(more):
    refused(raw(**more), "E320")


def test_the_default_utilization_can_be_the_second_measurement():
    found = answer(*raw()["stage"], model={"params": "70B"})
    assert found.stages[0].method == "fused"
    assert {warning.code for warning in found.warnings} >= {"W104"}
    alone = answer(*raw(relation="tokens-bound")["stage"], model={"params": "70B"})
    width = [math.log(one.total.high / one.total.low) for one in (found, alone)]
    assert width[0] < width[1]


def test_a_default_that_another_stage_has_too_is_not_learned_of():
    (stage,) = raw()["stage"]
    machine = {key: stage[key] for key in ("hardware", "chips", "days", "format")}
    found = answer(stage, machine | {"name": "more", "kind": "fine-tuning"}, model={"params": "70B"})
    assert "W131" in {warning.code for warning in found.warnings}
