"""Conditioning on an interval: against areas from SciPy, within its bounds, and refused where it is empty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from flopline.distributions import (
    Beta,
    LogitNormal,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Quantiles,
    Triangular,
    Uniform,
    at_score,
    mass_below,
    quantile,
)
from flopline.distributions.curves import score_of
from flopline.errors import QuantityError
from naive.distributions import conditioned_quantile

PAIRS = [
    (Lognormal(median=2, sigma=0.5, min=1.5, max=4), stats.lognorm(0.5, scale=2)),
    (Normal(mean=2, sd=1, min=1.5, max=4), stats.norm(2, 1)),
    (Uniform(low=1, high=5, min=1.5, max=4), stats.uniform(1, 4)),
    (Loguniform(low=1, high=5, min=1.5, max=4), stats.loguniform(1, 5)),
    (Triangular(low=1, mode=2, high=5, min=1.5, max=4), stats.triang(0.25, 1, 4)),
    (Pert(low=1, mode=2, high=5, min=1.5, max=4), stats.beta(2, 4, 1, 4)),
    (Beta(a=12, b=28, min=0.25, max=0.35), stats.beta(12, 28)),
]


@pytest.mark.parametrize(("d", "whole"), PAIRS, ids=[pair[0].dist for pair in PAIRS])
@pytest.mark.parametrize("p", [1e-3, 0.05, 0.5, 0.95, 0.999])
def test_a_conditioned_quantile_divides_the_area_that_is_left(d, whole, p):
    assert quantile(d, p) == pytest.approx(conditioned_quantile(whole, d.min, d.max, p), rel=1e-11)


@pytest.mark.parametrize(("d", "whole"), PAIRS, ids=[pair[0].dist for pair in PAIRS])
def test_the_score_of_a_value_is_that_of_its_probability(d, whole):
    x = np.linspace(d.min, d.max, 9)
    assert [score_of(d, value) for value in x] == pytest.approx(stats.norm.ppf(whole.cdf(x)), rel=1e-11, abs=1e-12)


@settings(max_examples=40)
@given(
    low=st.floats(-3.0, 3.0), width=st.floats(1e-6, 3.0), family=st.sampled_from([Normal, Lognormal, LogitNormal, Beta])
)
def test_values_stay_within_the_bounds(low, width, family):
    whole = {
        Normal: Normal(mean=5, sd=0.5),
        Lognormal: Lognormal(median=5, sigma=0.5),
        LogitNormal: LogitNormal(median=0.5, sigma=0.5),
        Beta: Beta(a=3, b=5),
    }[family]
    ends = at_score(whole, np.array([low, low + width]))
    d = whole.model_copy(update={"min": float(ends[0]), "max": float(ends[1])})
    x = at_score(d, np.linspace(-38, 38, 77))
    assert np.all((x >= d.min) & (x <= d.max))
    assert x[0] == pytest.approx(d.min, rel=1e-9)
    assert x[-1] == pytest.approx(d.max, rel=1e-9)


def test_far_tails_can_be_conditioned_on():
    d = Lognormal(median=1, sigma=1, min=float(np.exp(5.5)))
    # beyond a high threshold a normal excess is nearly exponential with the hazard's rate
    hazard = stats.norm.pdf(5.5) / stats.norm.sf(5.5)
    assert np.log(quantile(d, 0.5)) - 5.5 == pytest.approx(np.log(2) / hazard, rel=0.03)
    assert np.log(quantile(d, 0.5)) == pytest.approx(stats.norm.isf(0.5 * stats.norm.sf(5.5)), rel=1e-12)


def test_one_end_is_enough():
    d = Lognormal(median=1, sigma=1, max=1)
    assert quantile(d, 0.5) == pytest.approx(np.exp(stats.norm.ppf(0.25)), rel=1e-13)


def test_ends_outside_the_support_change_nothing():
    z = np.linspace(-9, 9, 37)
    np.testing.assert_array_equal(
        at_score(Uniform(low=1, high=2, min=0.5, max=3), z), at_score(Uniform(low=1, high=2), z)
    )
    np.testing.assert_array_equal(at_score(Beta(a=2, b=3, min=-1, max=1), z), at_score(Beta(a=2, b=3), z))


@pytest.mark.parametrize(
    "d",
    [
        Lognormal(median=1e12, sigma=0.1, min=1e13),
        Beta(a=12, b=28, min=0.999),
        Normal(mean=-10, sd=1),
        Quantiles(p=(0.1, 0.9), x=(1, 2), max=0.01),
    ],
    ids=repr,
)
def test_conditioning_on_nothing_is_refused(d):
    with pytest.raises(QuantityError):
        quantile(d, 0.5)


def test_the_mass_that_is_lost_below_zero_is_known():
    assert mass_below(Normal(mean=1, sd=1), 0.0) == pytest.approx(stats.norm.cdf(-1), rel=1e-14)
    assert mass_below(Normal(mean=1, sd=1, min=0), 0.0) == 0
    assert mass_below(Lognormal(median=1, sigma=1), 0.0) == 0
    assert mass_below(Lognormal(median=1, sigma=1, max=1), 0.5) == pytest.approx(
        2 * stats.lognorm(1).cdf(0.5), rel=1e-13
    )
    assert mass_below(Beta(a=12, b=28), 0.3) == pytest.approx(stats.beta(12, 28).cdf(0.3), rel=1e-12)
    assert mass_below(Uniform(low=1, high=2), 3.0) == 1
