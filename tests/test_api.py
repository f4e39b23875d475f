"""The library's verbs as a Python program uses them."""

from __future__ import annotations

import math

import numpy as np
import pytest

import flopline as fl
from flopline.plan.examples import find_example

LLAMA = find_example("llama-3.1-405b")


def test_a_run_described_by_keywords_needs_no_file():
    found = fl.estimate(params="70B", tokens="14T..16T")
    assert found.total.median == pytest.approx(6 * 70e9 * math.sqrt(14e12 * 16e12), rel=1e-3)


def test_numbers_of_numpy_are_numbers():
    assert fl.estimate(params=np.float64(70e9), tokens=np.int64(15 * 10**12)).total.median == 6.3e24


def test_keywords_replace_keys_of_a_plan():
    assert fl.estimate(LLAMA, tokens="1T").total.median < 0.1 * fl.estimate(LLAMA).total.median
    assert fl.estimate(fl.load(LLAMA), tokens="1T").total == fl.estimate(LLAMA, tokens="1T").total


def test_an_interval_at_another_level_is_inside_or_outside():
    found = fl.estimate(params="671B", active="37B", chip_hours=2.79e6, hardware="h800-sxm", format="bf16")
    low, high = found.interval(0.8)
    assert found.total.low < low < found.total.median < high < found.total.high
    assert (low, high) == (found.interval(0.8))


def test_level_is_the_level_of_every_interval():
    narrow, wide = (fl.estimate(params="60B..80B", tokens="15T", level=level) for level in (0.5, 0.95))
    assert wide.total.low < narrow.total.low < narrow.total.high < wide.total.high
    assert wide.lines[0].expected.amount.low < narrow.lines[0].expected.amount.low


def test_exceedance_of_one_amount_and_of_several():
    plan = fl.load(LLAMA)
    assert fl.exceedance(plan, "1e25").probability == 1.0
    found = fl.exceedance(LLAMA, [1e25, "1e26"])
    assert [one.probability for one in found] == [1.0, 0.0]
    assert [one.complement for one in found] == [0.0, 1.0]
    assert found[0].to_dict() == {"flop": 1e25, "probability": 1.0, "complement": 0.0, "error": 0.0}


def test_a_sweep_takes_sequences_and_gives_columns():
    vary = {"pretrain.tokens": fl.geometric("1T", "16T", 5), "pretrain.attention": ["masked", "full"]}
    columns = fl.sweep(LLAMA, vary).columns()
    assert columns["pretrain.tokens"].tolist() == pytest.approx(
        [1e12, 1e12, 2e12, 2e12, 4e12, 4e12, 8e12, 8e12, 16e12, 16e12]
    )
    assert columns["pretrain.attention"].tolist() == ["masked", "full"] * 5
    assert all(len(column) == 10 for column in columns.values())
    assert columns["eu-ai-act/systemic-risk.expected.probability"].tolist() == [0] * 4 + [1] * 6


def test_linear_and_geometric_values_have_their_ends():
    assert fl.linear("14T", "23T", 4) == (14e12, 17e12, 20e12, 23e12)
    assert fl.geometric(1, 16, 5) == pytest.approx((1, 2, 4, 8, 16))


def test_nothing_to_estimate_is_said_in_words():
    with pytest.raises(fl.FloplineError, match="nothing to estimate"):
        fl.estimate()


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5, -1, math.nan])
def test_a_level_outside_zero_and_one_is_refused(level):
    with pytest.raises(fl.FloplineError):
        fl.estimate(params="70B", tokens="14T..16T", level=level)


@pytest.mark.parametrize("tolerance", [0.0, -1e-4, math.nan])
def test_a_tolerance_that_means_nothing_is_refused(tolerance):
    with pytest.raises(fl.FloplineError):
        fl.estimate(params="70B", tokens="14T..16T", tolerance=tolerance)


@pytest.mark.parametrize("flop", [0.0, -1e25, math.nan, math.inf, "many"])
def test_an_amount_that_is_none_is_refused(flop):
    with pytest.raises(fl.FloplineError):
        fl.exceedance(fl.load(LLAMA), flop)
