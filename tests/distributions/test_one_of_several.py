"""Choices, mixtures and shifted distributions: against SciPy, in both tails, and what is refused."""

import numpy as np
import pytest
from scipy import optimize, stats

from flopline.distributions import (
    Choice,
    Lognormal,
    Mixture,
    Uniform,
    at_score,
    interval,
    marginal,
    mass_below,
    mean,
    median,
    quantile,
)
from flopline.errors import QuantityError
from flopline.kernels.records import KNOTS, STEP

MIXED = Mixture(parts=(Lognormal(median=2.0, sigma=0.4), Uniform(low=5.0, high=9.0)), weights=(0.7, 0.3))
P = np.array([1e-300, 1e-17, 1e-6, 0.05, 0.3, 0.69, 0.71, 0.9, 1 - 1e-6, 1 - 1e-16])


def below(x):
    return 0.7 * stats.lognorm.cdf(x, 0.4, scale=2.0) + 0.3 * stats.uniform.cdf(x, 5.0, 4.0)


@pytest.mark.parametrize("p", [1e-9, 1e-3, 0.2, 0.5, 0.68, 0.75, 0.95, 1 - 1e-9])
def test_quantiles_of_a_mixture_invert_its_distribution(p):
    expected = optimize.brentq(lambda x: below(x) - p, 1e-3, 60.0, xtol=1e-13)
    assert quantile(MIXED, p) == pytest.approx(expected, rel=1e-7)


def test_a_mixtures_far_tails_are_those_of_its_farthest_part():
    low, high = at_score(MIXED, np.array([-12.0, 12.0]))
    assert low == pytest.approx(2.0 * np.exp(0.4 * stats.norm.ppf(stats.norm.cdf(-12.0) / 0.7)), rel=1e-6)
    assert high == pytest.approx(2.0 * np.exp(0.4 * stats.norm.isf(stats.norm.sf(12.0) / 0.7)), rel=1e-6)


def test_the_answers_of_a_mixture_are_weighted():
    assert mass_below(MIXED, 4.0) == pytest.approx(below(4.0), rel=1e-12)
    assert mean(MIXED) == pytest.approx(0.7 * 2.0 * np.exp(0.08) + 0.3 * 7.0, rel=1e-12)
    low, high = interval(MIXED, 0.9)
    assert below(low) == pytest.approx(0.05, rel=1e-6)
    assert below(high) == pytest.approx(0.95, rel=1e-6)
    assert below(median(MIXED)) == pytest.approx(0.5, rel=1e-6)


def test_a_choice_jumps_at_its_cumulative_weights():
    one = Choice(values=(5.0, 1.0, 3.0), weights=(0.2, 0.7, 0.1))
    assert [quantile(one, p) for p in (1e-12, 0.69, 0.71, 0.79, 0.81, 1 - 1e-12)] == [1.0, 1.0, 3.0, 3.0, 5.0, 5.0]
    assert mean(one) == pytest.approx(2.0)
    assert [mass_below(one, x) for x in (0.9, 1.0, 4.0, 5.0)] == pytest.approx([0.0, 0.7, 0.8, 1.0])
    found = marginal(one)
    assert found.kind == STEP
    np.testing.assert_allclose(found.steps, np.log([1.0, 3.0, 5.0]))
    np.testing.assert_allclose(found.edges, stats.norm.ppf([0.7, 0.8]), rtol=1e-9)


def test_a_rare_value_keeps_its_own_probability():
    found = marginal(Choice(values=(1.0, 2.0, 3.0), weights=(1e-12, 1 - 2e-12, 1e-12)))
    np.testing.assert_allclose(stats.norm.cdf(found.edges[0]), 1e-12, rtol=1e-9)
    np.testing.assert_allclose(stats.norm.sf(found.edges[1]), 1e-12, rtol=1e-9)


def test_a_shifted_distribution_is_moved_and_then_conditioned():
    shifted = Lognormal(median=2.0, sigma=0.5, shift=3.0)
    z = np.array([-8.0, -3.0, 0.0, 3.0, 8.0])
    np.testing.assert_allclose(at_score(shifted, z), 3.0 + 2.0 * np.exp(0.5 * z), rtol=1e-12)
    np.testing.assert_allclose(marginal(shifted).values, np.log(3.0 + 2.0 * np.exp(0.5 * KNOTS)), rtol=1e-9)
    assert mean(shifted) == pytest.approx(3.0 + 2.0 * np.exp(0.125), rel=1e-9)
    cut = Lognormal(median=2.0, sigma=0.5, shift=3.0, min=5.0)
    p = 0.25
    expected = 3.0 + 2.0 * np.exp(0.5 * stats.norm.ppf(0.5 + 0.5 * p))
    assert quantile(cut, p) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Choice(values=(1.0, 2.0), weights=(0.5, 0.6)),
        lambda: Choice(values=(1.0, 2.0), weights=(1.0, 0.0)),
        lambda: Choice(values=(1.0, 1.0), weights=(0.5, 0.5)),
        lambda: Choice(values=(1.0,), weights=(1.0,)),
        lambda: Choice(values=(1.0, 2.0, 3.0), weights=(0.5, 0.5)),
        lambda: Mixture(parts=(Uniform(low=1.0, high=2.0),), weights=(1.0,)),
        lambda: Mixture(parts=(Uniform(low=1.0, high=2.0), Uniform(low=2.0, high=3.0)), weights=(0.3, 0.3)),
        lambda: Lognormal(median=2.0, sigma=0.5, shift=-1.0),
        lambda: Uniform(low=1.0, high=2.0, shift=3.0, max=3.5),
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(QuantityError):
        wrong()
