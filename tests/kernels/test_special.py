"""Normal tails, quantiles and the gamma function, against SciPy and against identities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special as oracle

from flopline.kernels import special

SCORES = np.linspace(-37.0, 37.0, 2001)


def test_the_scaled_error_function_is_that_of_scipy():
    x = np.concatenate([np.linspace(0, 30, 3001), [1e3, 1e200, np.inf]])
    np.testing.assert_allclose(special.scaled_erfc(x), oracle.erfcx(x), rtol=2e-15)


def test_both_tails_keep_their_digits_until_they_underflow():
    np.testing.assert_allclose(special.normal_sf(SCORES), oracle.ndtr(-SCORES), rtol=5e-13)
    np.testing.assert_allclose(special.normal_cdf(SCORES), oracle.ndtr(SCORES), rtol=5e-13)
    assert special.normal_sf(np.array(9.0)) == pytest.approx(0.5 * math.erfc(9 / math.sqrt(2)), rel=1e-14)


def test_logarithms_of_tails_go_on_where_the_tails_end():
    far = np.array([-1e8, -1e3, -50.0, -9.0, 0.0, 9.0])
    np.testing.assert_allclose(special.normal_log_cdf(far), oracle.log_ndtr(far), rtol=1e-13)
    np.testing.assert_allclose(special.normal_log_sf(-far), oracle.log_ndtr(far), rtol=1e-13)
    assert special.normal_log_cdf(np.array(-np.inf)) == -np.inf
    assert special.normal_log_cdf(np.array(np.inf)) == 0


@pytest.mark.parametrize("z", [-1e5, -40.0, -36.9, -3.0, 0.0, 3.0, 30.0, -np.inf, np.inf])
def test_one_score_costs_no_arrays_and_gives_the_same(z):
    assert special.log_tail_at(z) == pytest.approx(float(special.normal_log_cdf(np.array(z))), rel=1e-13)


def test_the_hazard_is_density_over_tail():
    expected = np.exp(-0.5 * SCORES**2 - 0.5 * np.log(2 * np.pi) - oracle.log_ndtr(-SCORES))
    np.testing.assert_allclose(special.normal_hazard(SCORES), expected, rtol=1e-12)


def test_quantiles_are_those_of_scipy_from_1e_300_to_the_last_double_below_one():
    p = np.concatenate([10.0 ** np.linspace(-300, -0.01, 1001), 1 - 10.0 ** np.linspace(-15.9, -0.01, 1001)])
    p = np.append(p, [5e-324, 0.075, 0.5, 0.925, 1 - 1e-16])
    np.testing.assert_allclose(special.normal_quantile(p), oracle.ndtri(p), rtol=2e-15)


def test_certainty_has_an_infinite_score_and_nonsense_none():
    found = special.normal_quantile(np.array([0.0, 1.0, -0.1, 1.1, np.nan]))
    assert found[0] == -np.inf
    assert found[1] == np.inf
    assert np.all(np.isnan(found[2:]))


def test_quantiles_of_logarithms_reach_beyond_doubles():
    log_p = np.array([-1e8, -1e5, -745.0, -700.0, -677.0, -676.0, -25.0, -2.0, -0.7, -0.05, -1e-9])
    np.testing.assert_allclose(special.normal_quantile_of_log(log_p), oracle.ndtri_exp(log_p), rtol=1e-12)
    np.testing.assert_array_equal(special.normal_quantile_of_log(np.array([-np.inf, 0.0])), [-np.inf, np.inf])


@settings(max_examples=50)
@given(z=st.floats(-1e4, 5.0))
def test_a_score_survives_the_way_through_the_logarithm_of_its_tail(z):
    back = special.normal_quantile_of_log(special.normal_log_cdf(np.array([z])))
    # above the median the lower tail itself forgets: its relative spacing is divided by the density
    lost = 4e-16 / math.exp(-0.5 * max(z, 0) ** 2)
    assert back[0] == pytest.approx(z, rel=1e-13, abs=1e-15 + lost)


def test_log_gamma_is_that_of_scipy():
    x = 10.0 ** np.linspace(-3, 9, 1001)
    expected = oracle.gammaln(x)
    error = np.abs(special.log_gamma(x) - expected) / np.maximum(1, np.abs(expected))
    assert np.max(error) < 3e-15


def test_factorials():
    found = special.log_gamma(np.array([1.0, 2.0, 5.0, 11.0]))
    np.testing.assert_allclose(found, np.log([1, 1, 24, 3628800]), atol=3e-15)
