"""Quantiles against closed forms, and against the probabilities they invert."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from plans import random_problem
from scipy import stats

from flopline.engine.exceedance import exceedance
from flopline.engine.quantiles import quantiles, quantiles_with_errors
from flopline.errors import EngineError
from naive.engine import atoms, lognormal, p1, problem, uniform

LEVELS = np.array([0.05, 0.5, 0.95])


def test_a_product_of_lognormals_is_exact():
    of = problem([lognormal(2.0, 0.3), lognormal(5.0, 0.4)], [(3.0, {0: 1, 1: 2})])
    found = quantiles_with_errors(of, np.array([[True]]), LEVELS)
    np.testing.assert_allclose(found.value[0], 150.0 * np.exp(np.hypot(0.3, 0.8) * stats.norm.ppf(LEVELS)), rtol=1e-12)
    assert np.all(found.error == 0.0)


def test_a_uniform_is_exact():
    of = problem([uniform(300.0, 900.0)], [(2.0, {0: 1})])
    np.testing.assert_allclose(quantiles(of, np.array([[True]]), LEVELS)[0], 600 + 1200 * LEVELS, rtol=1e-6)


def test_the_median_of_samples_is_one_of_them():
    of = problem([atoms([1.0, 2.0, 7.0])], [(1.0, {0: 1})])
    assert quantiles(of, np.array([[True]]), np.array([0.2, 0.5, 0.9]))[0] == pytest.approx([1.0, 2.0, 7.0])


def test_certain_and_empty_totals():
    of = problem([], [(2.0, {}), (3.0, {})])
    masks = np.array([[True, True], [False, False]])
    np.testing.assert_allclose(quantiles(of, masks, LEVELS), [[5.0] * 3, [0.0] * 3], rtol=1e-15)


def test_quantiles_of_p1_invert_its_probabilities():
    masks = np.array([[1, 1, 1], [1, 0, 1], [0, 1, 0]], dtype=bool)
    found = quantiles_with_errors(p1(), masks, LEVELS, execution="compiled")
    assert np.all(found.converged)
    for mask, values in zip(masks, found.value, strict=True):
        answer = exceedance(
            p1(), np.repeat(mask[None], 3, axis=0), values, tolerance=1e-5, seed=3, execution="compiled"
        )
        np.testing.assert_allclose(answer.complement, LEVELS, atol=2.5e-4)


def test_both_executions_and_any_threads_agree():
    masks = np.array([[1, 1, 1], [1, 0, 1]], dtype=bool)
    plain = quantiles(p1(), masks, LEVELS, execution="plain")
    np.testing.assert_allclose(quantiles(p1(), masks, LEVELS, execution="compiled"), plain, rtol=1e-11)
    assert quantiles(p1(), masks, LEVELS, execution="plain", threads=2).tobytes() == plain.tobytes()


def test_an_input_that_works_both_ways():
    of = problem([lognormal(1.0, 0.5)], [(1.0, {0: 1}), (1.0, {0: -1})])
    exact = 2 * np.cosh(0.5 * stats.norm.ppf(0.5 + LEVELS / 2))
    np.testing.assert_allclose(quantiles(of, np.ones((1, 2), dtype=bool), LEVELS)[0], exact, rtol=1e-3)


def test_samples_times_a_lognormal_invert_their_probability():
    of = problem([atoms([1.0, 5.0], [0.6, 0.4]), lognormal(1.0, 0.1)], [(1.0, {0: 1, 1: 1})])
    found = quantiles(of, np.array([[True]]), np.array([0.1, 0.599, 0.8]))[0]
    exact = [0.6 * stats.norm.cdf(np.log(x) / 0.1) + 0.4 * stats.norm.cdf(np.log(x / 5) / 0.1) for x in found]
    np.testing.assert_allclose(exact, [0.1, 0.599, 0.8], atol=1e-3)


@pytest.mark.parametrize("levels", [[0.0], [1.0], [np.nan], [-0.1]])
def test_a_level_outside_zero_and_one_is_refused(levels):
    with pytest.raises(EngineError):
        quantiles(p1(), np.ones((1, 3), dtype=bool), np.array(levels))


@settings(max_examples=10, deadline=None)
@example(9635, 2.0)
@given(st.integers(0, 10_000), st.floats(1e-10, 1e25))
def test_scaling_everything_scales_the_quantiles(number, k):
    of = random_problem(number)
    mask = np.ones((1, len(of.log_scale)), dtype=bool)
    scaled = of._replace(log_scale=of.log_scale + np.log(k))
    one, other = (quantiles(x, mask, LEVELS, tolerance=1e-2, execution="compiled") for x in (of, scaled))
    np.testing.assert_allclose(other, k * one, rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_quantiles_rise_with_their_level(number):
    of = random_problem(number)
    found = quantiles(of, np.ones((1, len(of.log_scale)), dtype=bool), LEVELS, tolerance=1e-2, execution="compiled")
    assert np.all(np.diff(found[0]) >= 0)
