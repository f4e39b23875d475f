"""What knowing an input settles: closed forms, choices weighed by their own probabilities, jumps found."""

import numpy as np
import pytest
from scipy import stats

from flopline.engine.exceedance import scenarios
from flopline.engine.knowing import known
from flopline.engine.measuring import Measurement
from naive.engine import atoms, lognormal, problem, totals, uniform

Z = stats.norm.isf(0.05)


def of(given, score, threshold, tolerance=1e-4):
    mask = np.ones((1, len(given.log_scale)), dtype=bool)

    def ask(rest, scales):
        found = scenarios(rest, scales, mask, np.array([threshold]), tolerance=tolerance, execution="plain")
        return found.probability[:, 0]

    return known(given, Measurement(None, (score,)), ask)


@pytest.mark.parametrize("threshold", [1.0, 1.3, 0.6])
@pytest.mark.parametrize(("sigma", "rest"), [(0.5, 0.2), (0.3, 0.3), (0.2, 0.5)])
def test_of_two_factors_everything_has_a_closed_form(sigma, rest, threshold):
    found = of(problem([lognormal(1.0, sigma), lognormal(1.0, rest)], [(1.0, {0: 1, 1: 1})]), 0, threshold)
    short = np.log(threshold)
    ends = [stats.norm.sf((short - sigma * z) / rest) for z in (-Z, Z)]
    assert [found.at_low, found.at_high] == pytest.approx(ends, abs=1e-4)
    settled = stats.norm.cdf((short - rest * Z) / sigma) + stats.norm.sf((short + rest * Z) / sigma)
    assert found.settles == pytest.approx(settled, abs=5e-4)
    p = stats.norm.sf(short / np.hypot(sigma, rest))
    rho = sigma**2 / (sigma**2 + rest**2)
    at = -short / np.hypot(sigma, rest)
    both = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([at, at])
    assert found.remaining == pytest.approx((p - both) / (p * (1 - p)), abs=2e-3)


def test_what_is_known_alone_settles_everything():
    found = of(problem([lognormal(1.0, 0.4)], [(1.0, {0: 1})]), 0, 1.2)
    assert found.settles == pytest.approx(1.0, abs=1e-3)
    assert found.remaining == pytest.approx(0.0, abs=1e-3)
    assert (found.at_low, found.at_high) == (0.0, 1.0)


def test_a_choice_is_weighed_by_its_own_probabilities():
    """With 20 % it is ten times as much, and crosses for sure; otherwise P is one half."""
    found = of(problem([atoms([1.0, 10.0], [0.8, 0.2]), lognormal(1.0, 0.3)], [(1.0, {0: 1, 1: 1})]), 0, 1.0)
    assert found.settles == pytest.approx(0.2, abs=1e-9)
    assert found.remaining == pytest.approx(0.8 * 0.25 / (0.6 * 0.4), abs=1e-3)
    assert (found.at_low, found.at_high) == pytest.approx((0.5, 1.0), abs=1e-3)


def test_three_choices_far_from_even():
    given = problem([atoms([0.1, 1.0, 10.0], [0.02, 0.9, 0.08]), lognormal(1.0, 0.3)], [(1.0, {0: 1, 1: 1})])
    assert of(given, 0, 1.0).settles == pytest.approx(0.1, abs=1e-9)


def test_a_choice_that_is_correlated_is_known_by_its_value_and_not_its_score():
    given = problem(
        [atoms([1.0, 2.0], [0.5, 0.5]), lognormal(1.0, 0.4)], [(1.0, {0: 1, 1: 1})], np.array([[1, 0.7], [0.7, 1]])
    )
    normals = np.random.default_rng(1).standard_normal((400_000, 2))
    over = totals(given, [True], normals) > 1.6
    expected = [over[normals[:, 0] < 0].mean(), over[normals[:, 0] > 0].mean()]
    found = of(given, 0, 1.6)
    assert [found.at_low, found.at_high] == pytest.approx(expected, abs=6e-3)


def test_a_sample_of_many_values_is_gone_through_as_a_curve():
    values = np.exp(0.4 * stats.norm.ppf((np.arange(400) + 0.5) / 400))
    rows = [(1.0, {0: 1, 1: 1})]
    many, smooth = (
        of(problem([one, lognormal(1.0, 0.2)], rows), 0, 1.1) for one in (atoms(values), lognormal(1.0, 0.4))
    )
    assert many.settles == pytest.approx(smooth.settles, abs=5e-3)


def test_a_sample_of_some_values_is_gone_through_value_by_value():
    values = np.exp(np.random.default_rng(2).normal(0.0, 0.5, 29))
    found = of(problem([atoms(np.sort(values)), lognormal(1.0, 0.1)], [(1.0, {0: 1, 1: 1})]), 0, 1.1)
    p = stats.norm.sf((np.log(1.1) - np.log(values)) / 0.1)
    assert found.settles == pytest.approx(((p < 0.05) | (p > 0.95)).mean(), abs=1e-9)
    assert found.remaining == pytest.approx((p * (1 - p)).mean() / (p.mean() * (1 - p.mean())), abs=1e-3)


def test_p_that_falls_again_is_settled_on_both_sides():
    """x + 1 / x is large at both ends of x."""
    given = problem([lognormal(1.0, 1.0), uniform(0.9, 1.1)], [(1.0, {0: 1, 1: 1}), (1.0, {0: -1, 1: 1})])
    found = of(given, 0, 3.0)
    u = np.linspace(0.9, 1.1, 20_001)
    z = np.random.default_rng(0).standard_normal(20_000)
    p = 1 - np.searchsorted(u, 3.0 / (2 * np.cosh(z))) / len(u)
    assert found.settles == pytest.approx(((p < 0.05) | (p > 0.95)).mean(), abs=0.012)
    assert found.at_low == pytest.approx(found.at_high, abs=1e-6)


def test_what_can_hardly_cross_leaves_nothing_to_be_removed():
    found = of(problem([lognormal(1.0, 0.1), lognormal(1.0, 0.1)], [(1.0, {0: 1, 1: 1})]), 0, 100.0)
    assert (found.settles, found.remaining) == (1.0, 1.0)
