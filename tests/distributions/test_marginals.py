"""The tables that kernels read: right at the knots and between them, finite everywhere, and quick enough."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

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
    marginal,
)
from flopline.errors import QuantityError
from flopline.kernels.records import BOUNDED, CELLS, DISCRETE, FREE, KNOTS, LINEAR, STEP, TABLE
from naive.distributions import hermite

BETWEEN = 0.5 * (KNOTS[1:] + KNOTS[:-1])
SMOOTH = [
    Normal(mean=5, sd=0.25),
    Normal(mean=1, sd=1),
    Lognormal(median=1e13, sigma=0.3, max=2e13),
    LogitNormal(median=0.4, sigma=0.2),
    Uniform(low=0, high=3),
    Uniform(low=300, high=900),
    Loguniform(low=1, high=20),
    Triangular(low=0, mode=0, high=4),
    Triangular(low=1, mode=4, high=4),
    Pert(low=14, mode=21, high=30),
    Pert(low=0, mode=0, high=1),
    Beta(a=12, b=28),
    Beta(a=30, b=3),
    Beta(a=1e6, b=1e6),
    Beta(a=12, b=28, min=0.2, max=0.35),
    Quantiles(p=(0.05, 0.95), x=(1, 2), max=2.5),
]


@pytest.mark.parametrize("d", SMOOTH, ids=repr)
def test_between_the_knots_ln_x_is_right_to_1e_7(d):
    table = marginal(d)
    assert table.kind == TABLE
    seen = np.array([hermite(KNOTS, table.values, table.slopes, z) for z in BETWEEN])
    np.testing.assert_allclose(seen, np.log(at_score(d, BETWEEN)), rtol=0, atol=1e-7)
    np.testing.assert_allclose(table.values, np.log(at_score(d, KNOTS)), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "d", [Triangular(low=1, mode=2, high=4), Quantiles(p=(0.05, 0.5, 0.95), x=(1, 2, 7))], ids=repr
)
def test_a_jump_of_the_curvature_stays_in_its_cell(d):
    table = marginal(d)
    seen = np.array([hermite(KNOTS, table.values, table.slopes, z) for z in BETWEEN])
    error = np.abs(seen - np.log(at_score(d, BETWEEN)))
    assert np.sum(error > 1e-7) <= 3
    assert np.max(error) < 1e-4


@pytest.mark.parametrize("d", SMOOTH, ids=repr)
def test_slopes_are_derivatives(d):
    table, h = marginal(d), 1e-4
    inner = np.abs(KNOTS) < 6
    by_difference = (np.log(at_score(d, KNOTS + h)) - np.log(at_score(d, KNOTS - h))) / (2 * h)
    np.testing.assert_allclose(table.slopes[inner], by_difference[inner], rtol=2e-6, atol=1e-8)


@pytest.mark.parametrize(
    "d", [Beta(a=0.05, b=0.05), Beta(a=0.05, b=1e6), Normal(mean=0.001, sd=1), Uniform(low=0, high=1e-99)], ids=repr
)
def test_tables_are_finite_where_x_itself_underflows(d):
    table = marginal(d)
    assert np.all(np.isfinite(table.values))
    assert np.all(np.isfinite(table.slopes))
    assert table.values.shape == table.slopes.shape == (CELLS + 1,)
    assert np.all(np.diff(table.values) >= -1e-14)


def test_a_lognormal_amount_is_a_straight_line():
    line = marginal(Lognormal(median=15e12, sigma=0.2))
    assert (line.kind, line.location, line.slope, line.leaning) == (LINEAR, np.log(15e12), 0.2, FREE)


def test_a_power_of_a_lognormal_amount_is_one_too():
    line = marginal(Lognormal(median=2.0, sigma=0.2), lambda x: 6 / x**2)
    assert line.kind == LINEAR
    assert (line.location, line.slope) == pytest.approx((np.log(1.5), -0.4), rel=1e-13)


def test_a_fixed_amount_has_no_slope():
    assert marginal(Fixed(value=3))[:3] == (LINEAR, np.log(3), 0.0)
    assert marginal(Fixed(value=0.2), lambda x: x / (1 - x))[1] == pytest.approx(np.log(0.25), rel=1e-14)


@pytest.mark.parametrize(
    "d", [LogitNormal(median=0.03, sigma=0.5, max=0.2), Beta(a=12, b=28), Pert(low=0.1, mode=0.2, high=0.5)], ids=repr
)
@pytest.mark.parametrize(
    ("transform", "log_slope"),
    [(lambda x: x / (1 - x), lambda x: 1 / (x * (1 - x))), (lambda x: 1 - x, lambda x: -1 / (1 - x))],
    ids=["odds", "complement"],
)
def test_transformed_tables_follow_the_chain_rule(d, transform, log_slope):
    plain, table = marginal(d), marginal(d, transform)
    x = at_score(d, KNOTS)
    np.testing.assert_allclose(table.values, np.log(transform(x)), atol=1e-9)
    np.testing.assert_allclose(table.slopes, log_slope(x) * x * plain.slopes, rtol=1e-7, atol=1e-9)


def test_rework_becomes_odds_of_losing_a_step():
    """Lost over kept FLOP is r / (1 - r); of a logit-normal share that is exactly lognormal."""
    odds = marginal(LogitNormal(median=0.03, sigma=0.5), lambda r: r / (1 - r))
    assert odds.kind == LINEAR
    assert (odds.location, odds.slope) == pytest.approx((np.log(0.03 / 0.97), 0.5), rel=1e-12)


def test_samples_are_steps_at_equal_probabilities():
    step = marginal(Samples(values=(9, 1, 4, 2)))
    assert step.kind == STEP
    assert step.leaning == DISCRETE
    np.testing.assert_allclose(step.steps, np.log([1, 2, 4, 9]))
    np.testing.assert_allclose(step.edges, special.ndtri([0.25, 0.5, 0.75]), atol=1e-15)


def test_a_decreasing_transform_keeps_samples_on_their_scores():
    step = marginal(Samples(values=(0.2, 0.5, 0.9)), lambda x: 1 - x)
    np.testing.assert_allclose(step.steps, np.log([0.8, 0.5, 0.1]))


@pytest.mark.parametrize(
    ("d", "leaning"),
    [
        (Normal(mean=5, sd=1), FREE),
        (LogitNormal(median=0.4, sigma=0.1), FREE),
        (Lognormal(median=1, sigma=0.1, max=9), FREE),
        (Lognormal(median=1, sigma=0.1, max=1.1), BOUNDED),
        (LogitNormal(median=0.4, sigma=0.1, min=0.35, max=0.45), BOUNDED),
        (Uniform(low=1, high=2), BOUNDED),
        (Loguniform(low=1, high=2), BOUNDED),
        (Triangular(low=1, mode=1, high=2), BOUNDED),
        (Pert(low=1, mode=1, high=2), BOUNDED),
        (Beta(a=1, b=2), BOUNDED),
        (Quantiles(p=(0.1, 0.5, 0.9), x=(1, 2, 5)), BOUNDED),
    ],
    ids=repr,
)
def test_how_far_a_score_may_carry_the_direction(d, leaning):
    assert marginal(d).leaning == leaning


@pytest.mark.parametrize("d", [Lognormal(median=1, sigma=0.5), Samples(values=(0.5, 2)), Fixed(value=2)], ids=repr)
def test_a_transform_that_leaves_the_positive_numbers_is_refused(d):
    with pytest.raises(QuantityError):
        marginal(d, lambda x: 1 - x)


@settings(max_examples=20)
@given(a=st.floats(0.5, 200), b=st.floats(0.5, 200))
def test_any_beta_table_is_finite_and_increasing(a, b):
    table = marginal(Beta(a=a, b=b))
    assert np.all(np.isfinite(table.values))
    assert np.all(table.slopes > 0)


def test_tables_are_shared_and_cannot_be_changed():
    table = marginal(Beta(a=12, b=28))
    with pytest.raises(ValueError, match="read-only"):
        table.values[0] = 0


def test_building_a_beta_table_takes_milliseconds_at_most():
    best = np.inf
    for trial in range(20):
        start = time.process_time()
        marginal(Beta(a=12 + 1e-6 * trial, b=28))
        best = min(best, time.process_time() - start)
    assert best < 0.02  # a tenth of this on an idle machine; generous, since tests share theirs
