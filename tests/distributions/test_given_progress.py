"""A quantity given that a part of it is done already, against SciPy and against counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import lognorm

from flopline.distributions import Choice, Fixed, Lognormal, Mixture, Samples, Uniform, at_least, quantile, weighted


@given(st.floats(-4, 4), st.floats(0.05, 2), st.floats(1e-4, 1 - 1e-4))
def test_a_lognormal_quantity_is_cut_off_below(score, sigma, p):
    least = float(np.exp(score * sigma))
    found = at_least(Lognormal(median=1.0, sigma=sigma), least)
    above = lognorm.sf(least, sigma)
    assert found.probability == pytest.approx(above, rel=1e-9)
    assert float(quantile(found.amount, p)) == pytest.approx(lognorm.isf(above * (1 - p), sigma), rel=1e-9)


def test_what_was_cut_off_already_stays_so():
    once = at_least(Lognormal(median=1.0, sigma=0.5), 1.2).amount
    assert at_least(once, 0.8) == (once, 1.0)
    assert at_least(once, 2.0).amount == at_least(Lognormal(median=1.0, sigma=0.5), 2.0).amount


def test_what_is_certain_changes_nothing():
    amount = Uniform(low=2.0, high=3.0)
    assert at_least(amount, 1.5) == (amount, 1.0)
    assert at_least(Fixed(value=2.0), 2.0) == (Fixed(value=2.0), 1.0)


@pytest.mark.parametrize("amount", [Fixed(value=2.0), Uniform(low=1.0, high=2.0), Samples(values=(1.0, 2.0))])
def test_what_cannot_be_has_no_probability(amount):
    assert at_least(amount, 2.5) == (amount, 0.0)


def test_values_that_are_too_small_fall_away():
    found = at_least(Choice(values=(1.0, 2.0, 3.0), weights=(0.5, 0.3, 0.2)), 1.5)
    values, weights = weighted(found.amount)
    assert found.probability == pytest.approx(0.5)
    assert values.tolist() == [2.0, 3.0]
    assert weights == pytest.approx([0.6, 0.4])
    assert at_least(Samples(values=(1.0, 2.0, 4.0)), 3.0) == (Fixed(value=4.0), pytest.approx(1 / 3))


def test_a_mixture_is_likelier_what_could_get_that_far():
    parts = (Uniform(low=1.0, high=2.0), Uniform(low=1.0, high=5.0))
    found = at_least(Mixture(parts=parts, weights=(0.5, 0.5)), 1.5)
    assert found.probability == pytest.approx(0.5 * 0.5 + 0.5 * 3.5 / 4)
    assert found.amount.weights == pytest.approx((0.25 / 0.6875, 0.4375 / 0.6875))
    assert at_least(Mixture(parts=parts, weights=(0.5, 0.5)), 3.0).amount == Uniform(low=1.0, high=5.0, min=3.0)
