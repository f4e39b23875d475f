"""Sobol indices of a total: closed forms of products, a double loop beside sums, and what they mean of choices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flopline.engine.positive import always_positive
from flopline.engine.sobol import sobol_indices
from flopline.kernels.records import NOTHING
from naive.engine import atoms, beta, lognormal, p1, problem, uniform
from naive.sobol import indices

ONE = np.ones(1, dtype=bool)
TWO = np.ones(2, dtype=bool)
CORRELATION = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, -0.2], [0.3, -0.2, 1.0]])


def event(probability, first=0.0, second=NOTHING):
    """Return ln of a factor that is one thing or another."""
    one = atoms([1.0, 2.0], [probability, 1.0 - probability])
    return one._replace(steps=np.array([first, second]))


def product(sigmas, correlation=None):
    return problem([lognormal(3.0, sigma) for sigma in sigmas], [(2.0, dict.fromkeys(range(len(sigmas)), 1.0))],
                   correlation)  # fmt: skip


def near(found, first, total):
    assert np.all(np.abs(found.first - first) <= 5.0 * found.first_error + 1e-9)
    assert np.all(np.abs(found.total - total) <= 5.0 * found.total_error + 1e-9)


def test_of_a_product_of_independent_quantities_both_are_shares_of_the_variance():
    sigmas = np.array([0.3, 0.5, 0.1])
    shares = sigmas**2 / (sigmas**2).sum()
    found = sobol_indices(product(sigmas), ONE)
    near(found, shares, shares)
    assert found.converged
    assert max(found.first_error.max(), found.total_error.max()) <= 0.01
    assert found.of == "ln total"


def test_of_a_product_of_correlated_quantities_they_are_what_regression_says():
    """Kucherenko, Tarantola, Annoni 2012, test case 1: a linear model of correlated normals."""
    sigmas = np.array([0.3, 0.5, 0.4])
    variance = sigmas @ CORRELATION @ sigmas
    first = (CORRELATION @ sigmas) ** 2 / variance
    total = sigmas**2 / np.diag(np.linalg.inv(CORRELATION)) / variance
    near(sobol_indices(product(sigmas, CORRELATION), ONE), first, total)
    assert first[0] > total[0]  # it speaks for the second


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 22))
def test_closed_forms_hold_of_any_correlation(seed, count):
    random = np.random.default_rng(seed)
    root = random.standard_normal((count, count + 3))
    covariance = root @ root.T
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    sigmas = random.uniform(0.1, 0.6, count)
    variance = sigmas @ correlation @ sigmas
    found = sobol_indices(product(sigmas, correlation), ONE, seed=seed, tolerance=0.02)
    first = (correlation @ sigmas) ** 2 / variance
    total = sigmas**2 / np.diag(np.linalg.inv(correlation)) / variance
    # Two errors that are small by chance are no slip: many are compared.
    assert np.all(np.abs(found.first - first) <= 6.0 * found.first_error + 3e-3)
    assert np.all(np.abs(found.total - total) <= 6.0 * found.total_error + 3e-3)


SUM = problem(
    [lognormal(1.0, 0.8), uniform(0.2, 3.0), beta(2.0, 3.0), atoms([0.5, 1.0, 9.0], [0.5, 0.3, 0.2])],
    [(1.0, {0: 1, 1: 1}), (4.0, {2: 2, 3: 1, 0: -1})],
    np.array([[1.0, 0.5, 0.0, 0.0], [0.5, 1.0, 0.0, -0.3], [0.0, 0.0, 1.0, 0.0], [0.0, -0.3, 0.0, 1.0]]),
)


def test_of_sums_they_are_what_a_loop_in_a_loop_finds():
    inputs = [(0,), (1,), (2,), (3,)]
    first, total = indices(SUM, TWO, inputs)
    found = sobol_indices(SUM, TWO, tolerance=3e-3)
    assert found.inputs == tuple(inputs)
    assert found.first == pytest.approx(first, abs=0.02)
    assert found.total == pytest.approx(total, abs=0.02)


def test_scores_that_are_known_together_are_one_input():
    first, total = indices(SUM, TWO, [(0, 2)])
    found = sobol_indices(SUM, TWO, [(0, 2), (1,), (3,)], tolerance=3e-3)
    assert found.first[0] == pytest.approx(first[0], abs=0.03)
    assert found.total[0] == pytest.approx(total[0], abs=0.02)


def test_independent_inputs_do_at_least_as_much_together_as_alone():
    given_ = p1()._replace(cholesky=np.eye(7))
    found = sobol_indices(given_, np.ones(3, dtype=bool))
    assert np.all(found.first <= found.total + 3 * (found.first_error + found.total_error))
    assert found.first.sum() <= 1.0 + 3 * found.first_error.sum()


def test_what_is_perfectly_correlated_adds_nothing():
    both = product([0.3, 0.3])._replace(cholesky=np.array([[1.0, 0.0], [1.0, 0.0]]))
    found = sobol_indices(both, ONE)
    assert found.first == pytest.approx([1.0, 1.0], abs=5 * found.first_error.max())
    assert found.total == pytest.approx([0.0, 0.0], abs=1e-9)


def test_where_there_may_be_nothing_the_total_itself_is_shared_out():
    """Of x (1 or 0) with P = p: E[Var | x] and Var(E | x) by hand."""
    sigma, p = 0.4, 0.3
    found = sobol_indices(problem([lognormal(1.0, sigma), event(p)], [(1.0, {0: 1, 1: 1})]), ONE, tolerance=3e-3)
    mean, second = np.exp(sigma**2 / 2), np.exp(2 * sigma**2)
    variance = p * second - (p * mean) ** 2
    assert found.of == "total"
    near(found, [p**2 * (second - mean**2) / variance, p * (1 - p) * mean**2 / variance],
         [p * (second - mean**2) / variance, p * (1 - p) * second / variance])  # fmt: skip


def test_a_choice_that_always_leaves_something_keeps_the_logarithm():
    """One of two factors, 1 or 4, each of them nothing in the other's case."""
    either, other = event(0.4), event(0.4, NOTHING, 0.0)
    rows = [(1.0, {0: 1, 2: 1}), (4.0, {1: 1, 2: 1})]
    found = sobol_indices(problem([either, other, lognormal(1.0, 0.5)], rows, score=[0, 0, 1]), TWO)
    choice = 0.24 * np.log(4.0) ** 2
    shares = np.array([choice, 0.25]) / (choice + 0.25)
    assert found.of == "ln total"
    near(found, shares, shares)


def test_whether_a_total_may_be_nothing():
    rows = [(1.0, {0: 1}), (1.0, {1: 1})]
    both = problem([event(0.4), event(0.2)], rows)
    assert not always_positive(both, TWO)
    assert always_positive(problem([event(0.4), event(0.4, NOTHING, 0.0)], rows, score=[0, 0]), TWO)
    assert always_positive(problem([event(0.4), lognormal(1.0, 1.0)], rows), TWO)
    assert not always_positive(both, np.array([True, False]))


def test_a_certain_total_shares_out_nothing():
    found = sobol_indices(problem([lognormal(1.0, 0.3)], [(1.0, {0: 1}), (2.0, {})]), np.array([False, True]))
    assert found.inputs == ()
    assert found.converged


def test_what_does_not_vary_explains_nothing():
    found = sobol_indices(problem([lognormal(1.0, 0.0)], [(1.0, {0: 1})]), ONE)
    assert list(found.first) == [0.0]


def test_the_same_seed_gives_the_same_indices():
    one, other = (sobol_indices(p1(), np.ones(3, dtype=bool), seed=5) for _ in range(2))
    assert np.array_equal(one.first, other.first)


def test_a_plan_as_large_as_the_engine_takes_is_bounded():
    random = np.random.default_rng(1)
    rows = [(1.0, {int(k): 1.0 for k in np.flatnonzero(random.random(128) < 0.1)}) for _ in range(96)]
    large = problem([lognormal(1.0, 0.3) if k % 3 else beta(5.0, 3.0) for k in range(128)], rows)
    found = sobol_indices(large, np.ones(96, dtype=bool))
    assert found.converged
