"""A run that is under way: how what was seen of it narrows what is left, by hand and by weighted draws."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from building import loaded, plan_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm

import flopline as fl
from flopline.engine import estimate
from flopline.engine.timeline import timeline
from flopline.errors import PlanError
from flopline.utilization import prior

Z90 = norm.ppf(0.95)
DRAWS = 4_000_000
PEAK = 989.4e12
EU = "eu-ai-act/systemic-risk"


def spread(low, high):
    """Return the standard deviation of the logarithm of a lognormal amount from its 90 % interval."""
    return math.log(high / low) / (2 * Z90)


def plan(observed=None, **stage):
    given_ = {"params": "65B..75B", "tokens": "17T..22T"} | stage
    return plan_of(given_ | ({} if observed is None else {"observed": observed}))


def quantiles(values, weights, at=(0.05, 0.5, 0.95)):
    order = np.argsort(values)
    below = np.cumsum(weights[order]) / weights.sum()
    return np.interp(at, below, values[order])


def shown(amount):
    return [amount.low, amount.median, amount.high]


def codes(plan_):
    return {warning.code for warning in estimate(plan_).warnings}


def test_tokens_that_are_done_cut_off_what_is_less():
    found = estimate(plan({"tokens": "20T"}, params="70B")).total
    scale = spread(17, 22)
    below = norm.cdf(math.log(20 / math.sqrt(17 * 22)) / scale)
    wanted = [math.sqrt(17 * 22) * math.exp(scale * norm.ppf(below + (1 - below) * p)) for p in (0.05, 0.5, 0.95)]
    assert shown(found) == pytest.approx([6 * 70e9 * 1e12 * one for one in wanted], rel=1e-4)


def test_flop_so_far_tell_the_size_by_precision():
    """A lognormal size and a lognormal measurement: the precision-weighted average of their logarithms."""
    found = estimate(plan({"tokens": "9T", "flop": "3.9e24 x/ 1.05"}, tokens="20T")).total
    s, t = spread(65, 75), math.log(1.05) / Z90
    weight = t * t / (s * s + t * t)
    middle = weight * math.log(math.sqrt(65e9 * 75e9)) + (1 - weight) * math.log(3.9e24 / (6 * 9e12))
    wanted = [6 * 20e12 * math.exp(middle + z * s * math.sqrt(weight)) for z in (-Z90, 0, Z90)]
    assert shown(found) == pytest.approx(wanted, rel=1e-4)


def test_a_size_is_known_in_every_stage_that_shares_it():
    stages = (
        {"tokens": "20T", "observed": {"tokens": "9T", "flop": "3.8e24"}},
        {"name": "sft", "kind": "fine-tuning", "tokens": "1T"},
    )
    found = estimate(plan_of(*stages, model={"params": "65B..75B"}))
    sizes = 3.8e24 / (6 * 9e12)
    assert [stage.amount.median for stage in found.stages] == pytest.approx([6 * sizes * 20e12, 6 * sizes * 1e12])
    assert found.total.low == pytest.approx(found.total.high)


def machine(observed, **stage):
    base = {"hardware": "h100-sxm", "chips": 8192, "days": "60..80", "format": "bf16"}
    return plan_of(base | stage | {"observed": observed})


def test_a_measured_utilization_narrows_the_default():
    """Weighted draws of the prior, with the measurement's density as the weight."""
    seen = {"utilization": {"mfu": "36.5%..39.5%", "scope": "whole-run"}, "days": 20}
    found = estimate(machine(seen)).total
    default = prior(mixture_of_experts=None, format={"bf16": 1.0}, scope="whole-run", chip="h100-sxm")
    generator = np.random.default_rng(1)
    share = expit(logit(default.median) + default.sigma * generator.standard_normal(DRAWS))
    days = math.sqrt(60 * 80) * np.exp(spread(60, 80) * generator.standard_normal(DRAWS))
    middle = expit((logit(0.365) + logit(0.395)) / 2)
    weights = norm.pdf(np.log(share / middle) / spread(36.5, 39.5))
    wanted = quantiles(8192 * days * 86400 * PEAK * share, weights)
    assert shown(found) == pytest.approx(wanted, rel=3e-3)


def test_flop_of_a_machine_so_far_tell_the_product_of_its_shares():
    """Utilization and availability are learned together; what is lost keeps its ratio to what is kept."""
    seen = {"days": 30, "flop": "8.1e24 x/ 1.03"}
    shares = {"utilization": "36%..46%", "availability": "85%..97%", "rework": "2%"}
    found = estimate(machine(seen, **shares))
    generator = np.random.default_rng(2)
    draws = []
    for low, high in ((0.36, 0.46), (0.85, 0.97)):
        middle, sigma = (logit(low) + logit(high)) / 2, (logit(high) - logit(low)) / (2 * Z90)
        draws.append(expit(middle + sigma * generator.standard_normal(DRAWS)))
    days = math.sqrt(60 * 80) * np.exp(spread(60, 80) * generator.standard_normal(DRAWS))
    rate = 8192 * 86400 * PEAK * draws[0] * draws[1] * 0.98
    weights = norm.pdf(np.log(rate * 30 / 8.1e24) * Z90 / math.log(1.03))
    assert shown(found.total) == pytest.approx(quantiles(rate * days, weights), rel=3e-3)
    lost = next(entry for entry in found.entries if entry.fate == "lost")
    assert lost.amount.median == pytest.approx(found.total.median * 0.02 / 0.98, rel=1e-9)


def test_of_an_amount_in_flop_what_is_done_is_its_least():
    found = estimate(plan_of({"flop": "0.8e25..1.2e25", "observed": {"flop": "1.1e25"}}))
    assert found.total.low > 1.1e25
    assert found.lines[EU].expected.probability == 1.0


@settings(deadline=None, max_examples=25)
@given(st.floats(66e9, 74e9), st.floats(1.005, 1.3))
def test_a_measurement_never_widens_what_is_uncertain(size, error):
    seen = {"tokens": "9T", "flop": f"{6 * size * 9e12:.6e} x/ {error:.6f}"}
    before, after = estimate(plan()).total, estimate(plan(seen)).total
    assert math.log(after.high / after.low) < math.log(before.high / before.low)


def test_library_and_file_say_the_same():
    whole = plan({"tokens": "9T"})
    assert fl.estimate(plan(), observed={"pretrain.tokens": "9T"}).total == estimate(whole).total
    assert fl.estimate(plan(), observed={"tokens": 9e12}).total == estimate(whole).total


# In time.

STEADY = """
start = 2027-01-01
[[stage]]
name = "pretrain"
kind = "pretraining"
params = "200B"
tokens = "20T"
days = 100
hardware = "h100-sxm"
chips = 16384
"""


def crossed(observed):
    text = "\n".join(f"{key} = {value}" for key, value in observed.items())
    found = timeline(loaded(f"{STEADY}[stage.observed]\n{text}\n"), day=date(2026, 11, 22))
    return found.lines[EU].expected.days[0.5], found.stages[0]


def day(days):
    return date(2027, 1, 1) + timedelta(days=days)


def test_a_run_that_is_behind_crosses_later():
    """1e25 of 2.4e25 FLOP are 8.33T of 20T tokens: on day 41 as planned; after 4T by day 40, 28 % of 60 days more."""
    assert crossed({"tokens": '"8T"', "day": "2027-02-10", "days": 40})[0] == day(41)
    late, stage = crossed({"tokens": '"4T"', "day": "2027-02-10", "days": 40})
    assert late == day(40 + math.floor((1e25 / 1.2e12 - 4e12) / 16e12 * 60))
    assert stage.ends[0.5] == day(100)


def test_a_crossing_that_has_happened_lies_before_the_day_it_was_seen():
    early, stage = crossed({"tokens": '"16T"', "day": "2027-02-10", "days": 40})
    assert early == day(math.floor(1e25 / 1.2e12 / 16e12 * 40))
    assert stage.begins[0.5] == day(0)


def test_without_days_the_share_that_is_left_takes_its_share_of_the_time():
    found = crossed({"tokens": '"5T"', "day": "2027-02-10"})[1]
    assert found.ends[0.5] == day(40 + 75)


def test_a_day_before_the_run_is_refused():
    with pytest.raises(PlanError, match="before it begins on 2027-01-01"):
        crossed({"tokens": '"5T"', "day": "2026-12-10"})


# What does not fit.

MACHINE = {"hardware": "h100-sxm", "chips": 8192}


@pytest.mark.parametrize(
    ("observed", "stage", "message"),
    [
        ({"tokens": "40T"}, {}, "4.00e13 are done of `tokens`"),
        ({"days": 3}, {}, "gives no `days`"),
        ({"day": "2026-12-01"}, {}, "nothing was observed"),
        ({"flop": "1e24"}, {}, "say nothing without the `tokens`"),
        ({"tokens": "9T..10T"}, {}, "one number"),
        ({"tokens": "-9T"}, {}, "not positive"),
        ({"tokens": "9T", "flop": {"dist": "uniform", "low": 1e24, "high": 2e24}}, {}, "no measurement"),
        ({"tokens": "9T", "flop": "6e24"}, {}, "the run so far shows 1.11e11 for `pretrain.params`"),
        ({"tokens": "9T", "flop": "6e24"}, {"params": "70B"}, "1.59 times those that are counted"),
        ({"tokens": "9T"}, {"happens": "40%"}, "does happen"),
        ({"utilization": "40%"}, {}, "no machine"),
        ({"utilization": "40%"}, MACHINE, "of whole runs"),
        ({"utilization": {"hfu": "40%"}}, MACHINE | {"rework": "2%"}, "of executed steps"),
        ({"utilization": "40%"}, MACHINE | {"utilization": {"hfu": "50%"}, "recompute": "full"}, "another one"),
        ({"utilization": "85%..86%"}, MACHINE | {"rework": "2%"}, "so far apart"),
        ({"utilization": "default"}, MACHINE | {"rework": "2%"}, "no default"),
        ({"utilization": "140%"}, MACHINE | {"rework": "2%"}, "not a share"),
        ({"pace": 3}, {}, "unknown key"),
        ({"tokens": "9T", "days": 2}, MACHINE | {"days": 50, "relation": "independent"}, "fused of a run that is over"),
    ],
)
def test_what_cannot_be_is_refused(observed, stage, message):
    with pytest.raises(fl.FloplineError, match=message):
        estimate(plan(observed, **stage))


def test_a_rate_that_others_rest_on_cannot_be_learned_for_one_stage():
    seen = {"tokens": "9T", "flop": "3.9e24 x/ 1.05"}
    stages = (
        {"tokens": "20T", "overhead": "1.01..1.1", "observed": seen},
        {"name": "sft", "kind": "fine-tuning", "tokens": "1T"},
    )
    with pytest.raises(PlanError, match=r"`model.params` is behind the measurements"):
        estimate(plan_of(*stages, model={"params": "65B..75B"}))


def test_warnings_of_what_hardly_fits_hardly_tells_or_is_told_to_nothing_else():
    assert not codes(plan({"tokens": "9T"})) & {"W173", "W174"}
    assert "W173" in codes(plan({"tokens": "24T"}))
    assert "W173" in codes(plan({"tokens": 9}))
    correlated = plan_of(
        {"params": "65B..75B", "tokens": "17T..22T", "observed": {"tokens": "19T"}},
        correlation=[{"between": ["pretrain.params", "pretrain.tokens"], "rho": 0.5}],
    )
    assert "W174" in codes(correlated)


def test_a_sweep_asks_every_value_whether_the_run_can_reach_it():
    seen = plan({"tokens": "9T", "flop": "3.8e24 x/ 1.02"}, overhead="1.01..1.1")
    swept = fl.sweep(seen, {"pretrain.params": "66B:69B:4"}).columns()
    one = plan({"tokens": "9T", "flop": "3.8e24 x/ 1.02"}, overhead="1.01..1.1", params="67B")
    expected = estimate(one).lines[EU].expected.probability
    assert swept[f"{EU}.expected.probability"][1] == pytest.approx(expected, abs=1e-3)
    with pytest.raises(PlanError, match=r"9.00e12 are done of `tokens`"):
        fl.sweep(seen, {"pretrain.tokens": "8T:20T:4"})
