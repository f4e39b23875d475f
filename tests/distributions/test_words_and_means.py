"""Means against areas, and distributions in words."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from flopline.distributions import (
    Beta,
    Fixed,
    LogitNormal,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Quantiles,
    Samples,
    Triangular,
    Uniform,
    at_score,
    describe,
    is_fixed,
    mean,
)
from flopline.quantity import counted
from naive.distributions import mean_of_quantiles


@pytest.mark.parametrize(
    "d",
    [
        Lognormal(median=3, sigma=0.5),
        LogitNormal(median=0.4, sigma=0.5),
        Loguniform(low=1, high=9),
        Triangular(low=1, mode=2, high=9),
        Pert(low=14, mode=21, high=30),
        Beta(a=12, b=28),
        Quantiles(p=(0.1, 0.9), x=(1, 2)),
        Beta(a=12, b=28, min=0.3),
    ],
    ids=repr,
)
def test_the_mean_is_the_area_under_the_quantile_function(d):
    assert mean(d) == pytest.approx(mean_of_quantiles(lambda z: at_score(d, z)), rel=1e-8)


def test_known_means():
    assert mean(Fixed(value=3)) == 3
    assert mean(Samples(values=(1, 2, 6))) == 3
    assert mean(Uniform(low=1, high=4)) == 2.5
    assert mean(Normal(mean=1, sd=1)) == pytest.approx(stats.truncnorm(-1, np.inf, 1, 1).mean(), rel=1e-10)
    assert mean(Lognormal(median=1, sigma=1, min=1)) == pytest.approx(np.exp(0.5) * stats.norm.cdf(1) / 0.5, rel=1e-10)


@pytest.mark.parametrize(
    ("d", "words"),
    [
        (Fixed(value=15e12), "15T"),
        (Lognormal(median=19.339e12, sigma=0.07837), "17T..22T (90 %, lognormal)"),
        (Uniform(low=1e12, high=2e12), "1T..2T (uniform)"),
        (Pert(low=14e12, mode=21e12, high=30e12), "14T .. 21T .. 30T (PERT)"),
        (Uniform(low=0, high=2e12, max=1e12), "50B..950B (90 %, uniform, truncated)"),
        (Samples(values=(1e12, 2e12, 3e12)), "1T..3T (90 %, 3 samples)"),
        (Quantiles(p=(0.05, 0.95), x=(1e12, 3e12)), "1T..3T (90 %, through 2 quantiles)"),
    ],
)
def test_a_distribution_in_one_line(d, words):
    assert describe(d, counted) == words


def test_only_one_number_is_fixed():
    assert is_fixed(Fixed(value=1))
    assert not is_fixed(Uniform(low=1, high=2))
