"""The ratios behind energy and cost: where they come from, and traps that they avoid."""

from __future__ import annotations

import math
import statistics
from typing import get_args

import pytest

from flopline.distributions import median, quantile
from flopline.hardware import load_catalogue
from flopline.utilization import PowerBasis, default_pue, power_ratio, price_spread

RATIOS = [*(power_ratio(basis) for basis in get_args(PowerBasis)), default_pue(), price_spread()]
SOLD_BY_SEVERAL = (
    "l40s", "a100-pcie-80gb", "a100-sxm-40gb", "a100-sxm-80gb", "h100-pcie", "h100-sxm", "h200-sxm", "b200-sxm",
    "b300-sxm", "mi300x",
)  # fmt: skip


@pytest.mark.parametrize("ratio", RATIOS, ids=lambda one: one.of)
def test_every_ratio_has_a_source_and_says_what_it_is_of(ratio):
    assert ratio.sources
    assert all(source.grade for source in ratio.sources)
    assert ratio.of


def test_training_draws_76_to_82_per_cent_of_a_nameplate():
    """Newkirk et al. 2025, arXiv:2506.14551; Latif et al. 2024, arXiv:2412.08602."""
    load = power_ratio("nameplate").amount
    assert quantile(load, 0.05) < 0.76 < 0.82 < quantile(load, 0.95) < 0.9


def test_a_nameplate_ratio_is_no_mean():
    """1.82 x TDP is the rating of a server of eight H100: the end of the range, not its middle."""
    assert median(power_ratio("tdp").amount) < 1.5
    assert power_ratio("tdp").amount.high == pytest.approx(10_200 / (8 * 700), abs=0.005)


def test_an_inferred_tdp_is_not_multiplied_like_a_stated_one():
    """The measured mean of a TPU v4 is half of the TDP that is inferred for it."""
    assert median(power_ratio("inferred-tdp").amount) < 0.6 * median(power_ratio("tdp").amount)


def test_a_site_of_unknown_operator_lies_between_the_best_and_the_average():
    """Google's 1.09 and the American average of 1.43 (LBNL 2024)."""
    pue = default_pue().amount
    assert 1.09 < quantile(pue, 0.01) < 1.2 < quantile(pue, 0.99) < 1.43


def test_one_price_spreads_as_the_prices_of_other_chips_do():
    prices = [profile.price for profile in load_catalogue().profiles if profile.id in SOLD_BY_SEVERAL]
    roots = [math.sqrt(price.high / price.low) for price in prices]
    assert len(roots) == len(SOLD_BY_SEVERAL)
    assert quantile(price_spread().amount, 0.95) == pytest.approx(statistics.median(roots), rel=0.05)
