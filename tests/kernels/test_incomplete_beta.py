"""The beta distribution in the logit, against SciPy near the centre and exact binomial sums in the tails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special as oracle

from flopline.kernels import incomplete_beta as beta
from flopline.kernels.records import KNOTS
from flopline.kernels.special import normal_cdf, normal_log_cdf
from naive.distributions import whole_beta_tail

EXPONENTS = st.floats(-1.3, 6.0).map(lambda power: 10.0**power)
SMALL = [(0.05, 0.05), (1.0, 1.0), (1.0, 5.0), (12.0, 28.0), (30.0, 3.0)]
HARD = [*SMALL, (0.05, 1e6), (1e6, 0.05), (1e6, 2.0), (1e6, 1e6)]


def logit(x):
    return np.log(x) - np.log1p(-x)


@settings(max_examples=60)
@given(a=EXPONENTS, b=EXPONENTS, z=st.floats(-3.0, 3.0))
def test_the_lower_tail_is_the_regularized_incomplete_beta_function(a, b, z):
    shape = beta.shape(a, b)
    y = beta.logit_at(np.array([z]), shape)
    # SciPy takes x itself: whichever of x and 1 - x is the smaller has not been rounded away
    expected = oracle.betainc(a, b, beta.expit(y)) if y[0] < 0 else oracle.betaincc(b, a, beta.expit(-y))
    assert np.exp(beta.log_lower(y, shape)) == pytest.approx(expected, rel=1e-11 + 1e-15 * (a + b))


@pytest.mark.parametrize(("a", "b"), [(12, 28), (30, 3), (3, 30), (1, 1), (200, 150), (2, 3)])
@pytest.mark.parametrize("x", [1e-60, 1e-12, 0.01, 0.3, 0.77, 0.999])
def test_far_tails_agree_with_exact_binomial_sums(a, b, x):
    shape, y = beta.shape(a, b), logit(np.array([x]))
    assert beta.log_lower(y, shape)[0] == pytest.approx(whole_beta_tail(x, a, b), rel=2e-14, abs=1e-15)


@pytest.mark.parametrize(("a", "b"), [(12, 28), (30, 3), (4, 2), (1, 5)])
@pytest.mark.parametrize("z", [-37.0, -20.0, -9.0, -4.0, -1.0])
def test_the_inverse_leaves_exactly_the_tail_it_was_asked_for(a, b, z):
    x = float(beta.expit(beta.logit_at(np.array([z]), beta.shape(a, b)))[0])
    missed = whole_beta_tail(x, a, b) - float(normal_log_cdf(np.array(z)))
    # the tail moves by at most a times the relative change of x
    assert abs(missed) / a < 1e-13


@settings(max_examples=60)
@given(a=EXPONENTS, b=EXPONENTS)
def test_the_inverse_converges_everywhere_and_comes_back(a, b):
    shape = beta.shape(a, b)
    z = np.concatenate([KNOTS[::16], [-1000.0, -100.0, -38.0, 38.0, 100.0, 1000.0]])
    y = beta.logit_at(z, shape)
    assert np.all(np.isfinite(y))
    np.testing.assert_allclose(beta.score(y, shape), z, rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize(("a", "b"), HARD)
def test_hard_shapes_are_increasing_and_mirror_each_other(a, b):
    y = beta.logit_at(KNOTS, beta.shape(a, b))
    assert np.all(np.diff(y) > 0)
    np.testing.assert_allclose(y, -beta.logit_at(-KNOTS, beta.shape(b, a)), rtol=1e-13, atol=1e-13)


def test_the_uniform_distribution_is_its_own_quantile():
    lower = KNOTS[KNOTS <= 0]
    x = beta.expit(beta.logit_at(lower, beta.shape(1.0, 1.0)))
    np.testing.assert_allclose(x, normal_cdf(lower), rtol=1e-13)


def test_the_density_in_the_logit_has_its_area():
    shape = beta.shape(12.0, 28.0)
    y = np.linspace(-8, 6, 4001)
    assert np.trapezoid(np.exp(beta.log_density(y, shape)), y) == pytest.approx(1, rel=1e-12)


def test_the_number_of_terms_is_bounded():
    assert max(beta._terms((a + 1) / (a + b + 2), a, b) for a, b in HARD) < 1000
