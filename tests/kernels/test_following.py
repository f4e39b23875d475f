"""Lines along which a function changes its sign several times, against a fine grid and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from flopline.kernels.following import follow
from naive.following import probability_over


def followed(function):
    """Return P(over), P(under) and the places of one line's changes."""
    found = follow(lambda _, at: function(at), 1)
    return float(found.over[0]), float(found.under[0]), np.sort(found.place)


def test_a_parabola_has_two_places():
    over, under, places = followed(lambda t: t * t - 2.0)
    assert places == pytest.approx([-np.sqrt(2.0), np.sqrt(2.0)], abs=1e-9)
    assert over == pytest.approx(2 * stats.norm.sf(np.sqrt(2.0)), rel=1e-9)
    assert over + under == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("width", [0.2, 0.05, 0.01])
@pytest.mark.parametrize("centre", [0.0, 0.13, -1.7, 3.31])
def test_two_places_between_nodes_are_not_missed(width, centre):
    over, under, places = followed(lambda t: np.cosh(t - centre) - np.cosh(width))
    assert places == pytest.approx([centre - width, centre + width], abs=1e-6)
    exact = stats.norm.cdf(centre + width) - stats.norm.cdf(centre - width)
    assert under == pytest.approx(exact, rel=1e-4)
    assert over == pytest.approx(1.0 - exact, abs=1e-6)


def test_a_far_tail_keeps_its_digits():
    over, _, _ = followed(lambda t: t * t - 49.0)
    assert over == pytest.approx(2 * stats.norm.sf(7.0), rel=1e-9)


def test_what_never_changes_is_all_on_one_side():
    assert followed(lambda t: np.exp(t))[:2] == pytest.approx((1.0, 0.0), abs=1e-18)
    over, under, places = followed(lambda t: -1.0 - t * t)
    assert (over, under) == pytest.approx((2e-19, 1.0), abs=1e-18)
    assert not len(places)


def test_a_jump_is_located():
    over, _, places = followed(lambda t: np.where(t > 0.3, 1.0, -1.0))
    assert places == pytest.approx([0.3], abs=1e-2)
    assert over == pytest.approx(stats.norm.sf(0.3), abs=1e-2)


def test_what_is_minus_infinity_somewhere():
    def function(t):
        return np.where(t < -1.0, -np.inf, t - 0.5)

    over, under, places = followed(function)
    assert places == pytest.approx([0.5], abs=1e-6)
    assert over == pytest.approx(stats.norm.sf(0.5), rel=1e-6)
    assert over + under == pytest.approx(1.0, abs=1e-12)


ROW = st.tuples(st.floats(-1, 1), st.floats(-2, 2), st.floats(-1, 1))
"""Of a product: its logarithm at the origin, its slope, and how much of an input that saturates it has."""


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=4), st.floats(-1.0, 3.0))
def test_any_sum_of_products_agrees_with_a_fine_grid(rows, log_threshold):
    def function(t):
        return np.logaddexp.reduce([a + b * t + c * np.tanh(t) for a, b, c in rows]) - log_threshold

    over, under, _ = followed(function)
    assert over == pytest.approx(probability_over(function), abs=2e-5)
    assert over + under == pytest.approx(1.0, abs=1e-12)
