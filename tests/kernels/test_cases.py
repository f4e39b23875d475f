"""Discrete choices taken case by case: the weights, what is left of the rows, and what stays an input."""

import numpy as np
import pytest
from scipy import stats

from flopline.engine.exceedance import exceedance
from flopline.engine.quantiles import quantiles_with_errors
from flopline.kernels.cases import MOST, cases
from flopline.kernels.records import NOTHING
from naive.engine import atoms, lognormal, monte_carlo, problem, uniform

LEVELS = np.array([1e-6, 0.02, 0.3, 0.61, 0.95, 1 - 1e-6])


def event(probability):
    """Return a factor that is one with a probability and as good as nothing otherwise."""
    one = atoms([1.0, 2.0], [1 - probability, probability])
    return one._replace(steps=np.array([NOTHING, 0.0]))


def perhaps(probability=0.4):
    """Return a run that happens for sure and a second one that may not."""
    of = [lognormal(10.0, 0.3), lognormal(30.0, 0.5), event(probability)]
    return problem(of, [(1.0, {0: 1}), (1.0, {1: 1, 2: 1})])


def over(of, thresholds, execution="compiled", **options):
    masks = np.ones((len(thresholds), len(of.log_scale)), dtype=bool)
    return exceedance(of, masks, np.array(thresholds), execution=execution, **options)


def test_the_weights_are_the_probabilities_of_the_choices():
    of = problem([atoms([1.0, 2.0, 5.0], [0.2, 0.7, 0.1]), event(1e-9), uniform(1.0, 2.0)], [(1.0, {0: 1, 1: 1, 2: 1})])
    found = cases(of, np.ones(1, dtype=bool))
    assert len(found) == 6
    assert sum(case.weight for case in found) == pytest.approx(1.0, abs=1e-15)
    rare = [case.weight for case in found if case.structure is not None]
    np.testing.assert_allclose(rare, np.array([0.2, 0.7, 0.1]) * 1e-9, rtol=1e-6)


@pytest.mark.parametrize("execution", ["plain", "compiled"])
def test_a_run_that_may_not_happen_weighs_two_plans(execution):
    thresholds = [1.0, 8.0, 12.0, 40.0, 90.0, 400.0]
    found = over(perhaps(), thresholds, execution)
    both = problem([lognormal(10.0, 0.3), lognormal(30.0, 0.5)], [(1.0, {0: 1}), (1.0, {1: 1})])
    with_it = over(both, thresholds, execution, tolerance=1e-5)
    alone = stats.norm.sf(np.log(np.array(thresholds) / 10.0) / 0.3)
    expected = 0.4 * with_it.probability + 0.6 * alone
    assert np.all(np.abs(found.probability - expected) <= 4 * (found.error + with_it.error) + 1e-12)
    np.testing.assert_allclose(found.probability + found.complement, 1.0, rtol=1e-12)
    assert set(found.method) == {"lines"}


def test_a_total_that_may_be_nothing_has_quantiles_of_zero():
    of = problem([lognormal(30.0, 0.5), event(0.4)], [(1.0, {0: 1, 1: 1})])
    found = over(of, [1e-6, 30.0])
    np.testing.assert_allclose(found.probability, [0.4, 0.2], rtol=1e-9)
    value = quantiles_with_errors(of, np.ones((1, 1), dtype=bool), np.array([0.5, 0.8]), execution="plain").value[0]
    np.testing.assert_allclose(value, [0.0, 30.0], rtol=1e-4)


@pytest.mark.parametrize("execution", ["plain", "compiled"])
def test_quantiles_of_several_cases_invert_their_probability(execution):
    of = perhaps()
    found = quantiles_with_errors(of, np.ones((1, 2), dtype=bool), LEVELS, execution=execution)
    assert np.all(found.converged)
    back = over(of, found.value[0], execution, tolerance=1e-6)
    inside = LEVELS[1:-1]
    np.testing.assert_allclose(back.complement[1:-1], inside, atol=5e-4)
    np.testing.assert_allclose([back.complement[0], back.probability[-1]], 1e-6, rtol=0.05)


def test_a_median_between_two_far_cases_lies_between_them():
    of = problem([atoms([1.0, 1e6], [0.5, 0.5]), lognormal(1.0, 0.01)], [(1.0, {0: 1, 1: 1})])
    value = quantiles_with_errors(of, np.ones((1, 1), dtype=bool), np.array([0.25, 0.5, 0.75])).value[0]
    np.testing.assert_allclose(value[[0, 2]], [1.0, 1e6], rtol=1e-3)
    assert 1.0 < value[1] < 1e6


def test_the_gradient_of_several_cases_is_that_of_finite_differences():
    of = perhaps()
    gradient = over(of, [25.0], gradient=True, tolerance=1e-6).scale_gradient[0]
    for row in range(2):
        step = np.zeros(2)
        step[row] = 1e-3
        up, down = (over(of._replace(log_scale=of.log_scale + s), [25.0], tolerance=1e-7) for s in (step, -step))
        assert gradient[row] == pytest.approx((up.probability[0] - down.probability[0]) / 2e-3, rel=5e-3)


def test_choices_that_others_depend_on_stay_inputs():
    correlation = np.array([[1.0, 0.6], [0.6, 1.0]])
    of = problem([atoms([1.0, 4.0], [0.7, 0.3]), lognormal(1.0, 0.4)], [(1.0, {0: 1, 1: 1})], correlation)
    assert len(cases(of, np.ones(1, dtype=bool))) == 1
    found, (expected, error) = over(of, [2.0]), monte_carlo(of, np.ones(1), 2.0, 400_000, 3)
    assert found.probability[0] == pytest.approx(expected, abs=4 * (error + found.error[0]))


def test_choices_of_many_values_stay_inputs():
    of = problem([atoms(np.linspace(1.0, 2.0, MOST + 1)), atoms([1.0, 3.0])], [(1.0, {0: 1, 1: 1})])
    assert len(cases(of, np.ones(1, dtype=bool))) == 2


def test_certain_cases_are_compared_exactly():
    of = problem([atoms([1.0, 4.0], [0.7, 0.3])], [(2.0, {0: 1})])
    found = over(of, [1.9, 2.0, 7.9, 8.0])
    np.testing.assert_allclose(found.probability, [1.0, 0.3, 0.3, 0.0], rtol=1e-12)
    assert np.all(found.error == 0.0)
