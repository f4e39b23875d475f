"""A problem given one of its scores: the law of total probability, draws around it, and what stays as it was."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from flopline.engine.conditioning import condition, conditioned
from flopline.engine.exceedance import exceedance, scenarios
from flopline.kernels.records import LINEAR, STEP
from naive.engine import atoms, lognormal, problem, totals, uniform

CORRELATED = problem(
    [lognormal(2.0, 0.5), uniform(1.0, 4.0), atoms([1.0, 2.0, 6.0], [0.5, 0.3, 0.2]), lognormal(1.0, 0.3)],
    [(1.0, {0: 1, 1: 1}), (0.5, {2: 1, 3: -1})],
    np.array([[1.0, 0.6, 0.3, 0.0], [0.6, 1.0, 0.2, 0.0], [0.3, 0.2, 1.0, -0.4], [0.0, 0.0, -0.4, 1.0]]),
)
MASK = np.ones((1, 2), dtype=bool)
JUMPS = stats.norm.ppf([0.5, 0.8])


def given_score(of, score, places, threshold, tolerance=1e-4):
    return np.concatenate(
        [
            scenarios(rest, scales, MASK, np.array([threshold]), tolerance=tolerance, execution="plain").probability
            for rest, scales in conditioned(of, score, np.asarray(places))
        ]
    )[:, 0]


def averaged(of, score, threshold, nodes=12, tolerance=1e-4):
    """Return P averaged over a score: Gauss's nodes between the places where anything jumps."""
    ends = np.concatenate([[-6.0], JUMPS if score == 2 else [0.0], [6.0]])
    at, weight = np.polynomial.legendre.leggauss(nodes)
    half = 0.5 * np.diff(ends)[:, None]
    places = (half * at + 0.5 * (ends[1:] + ends[:-1])[:, None]).ravel()
    weights = (half * weight).ravel() * stats.norm.pdf(places)
    return weights @ given_score(of, score, places, threshold, tolerance)


@pytest.mark.parametrize("score", [0, 1, 2, 3])
def test_averaged_over_what_is_known_the_probability_is_that_of_not_knowing(score):
    today = exceedance(CORRELATED, MASK, np.array([7.0]), tolerance=1e-4, execution="plain").probability[0]
    assert averaged(CORRELATED, score, 7.0) == pytest.approx(today, abs=6e-4)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 3), st.floats(4.0, 12.0))
def test_so_it_is_of_any_correlations(seed, score, threshold):
    root = np.random.default_rng(seed).standard_normal((4, 6))
    covariance = root @ root.T
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    of = CORRELATED._replace(cholesky=np.linalg.cholesky(correlation))
    today = exceedance(of, MASK, np.array([threshold]), tolerance=1e-3, execution="plain")
    assert averaged(of, score, threshold, tolerance=2e-3) == pytest.approx(today.probability[0], abs=8e-3)


@pytest.mark.parametrize("score", [0, 1, 2, 3])
@pytest.mark.parametrize("z", [-1.3, 0.8])
def test_a_known_score_leaves_what_draws_around_it_show(score, z):
    correlation = CORRELATED.cholesky @ CORRELATED.cholesky.T
    rho = correlation[:, score]
    left = correlation - np.outer(rho, rho)
    share, vectors = np.linalg.eigh(left)
    draws = np.random.default_rng(3).standard_normal((200_000, 4))
    scores = rho * z + draws @ (vectors * np.sqrt(np.maximum(share, 0.0))).T
    normals = np.linalg.solve(CORRELATED.cholesky, scores.T).T
    expected = (totals(CORRELATED, MASK[0], normals) > 7.0).mean()
    bound = 4 * np.sqrt(0.25 / 200_000) + 2e-4
    assert given_score(CORRELATED, score, [z], 7.0)[0] == pytest.approx(expected, abs=bound)


def test_a_perfectly_correlated_input_is_known_too():
    of = problem([lognormal(1.0, 0.4), lognormal(1.0, 0.4)], [(1.0, {0: 1}), (1.0, {1: 1})], np.eye(2))
    of = of._replace(cholesky=np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert given_score(of, 0, [0.5], 2.0 * np.exp(0.2) * 0.999)[0] == 1.0
    assert given_score(of, 0, [0.5], 2.0 * np.exp(0.2) * 1.001)[0] == 0.0


def test_straight_lines_shift_and_shrink_exactly():
    """Given z, the second score is N(0.6 z, 1 - 0.36): ln x = ln 3 + 0.5 (0.6 z + 0.8 g)."""
    of = problem([lognormal(2.0, 0.3), lognormal(3.0, 0.5)], [(1.0, {0: 1, 1: 1})], np.array([[1, 0.6], [0.6, 1]]))
    found = condition(of, 0, 1.5)
    assert found.linear[1] == pytest.approx([np.log(3.0) + 0.5 * 0.6 * 1.5, 0.5 * 0.8])
    assert found.log_scale[0] == pytest.approx(np.log(2.0) + 0.3 * 1.5)
    assert not np.any(found.exponent[:, 0])


@pytest.mark.parametrize("rho", [0.5, 0.8, -0.95])
def test_a_strong_correlation_leaves_the_other_scores_standard_and_apart_from_the_known_one(rho):
    correlation = np.array([[1.0, rho, 0.0], [rho, 1.0, 0.3 * rho], [0.0, 0.3 * rho, 1.0]])
    of = problem([lognormal(1.0, 0.3)] * 3, [(1.0, {0: 1, 1: 1, 2: 1})], correlation)
    left = condition(of, 0, 1.0).cholesky
    expected = 0.3 * rho / np.sqrt(1 - rho**2)
    assert left @ left.T == pytest.approx(np.array([[1, 0, 0], [0, 1, expected], [0, expected, 1]]), abs=1e-12)


def test_edges_of_steps_move():
    found = condition(CORRELATED, 0, 1.0)
    part = slice(found.first[2], found.first[3] - 1)
    assert found.edges[part] == pytest.approx((JUMPS - 0.3) / np.sqrt(1 - 0.09))


def test_a_step_takes_its_atom():
    found = condition(CORRELATED, 2, 0.5)
    assert found.log_scale[1] == pytest.approx(np.log(0.5) + np.log(2.0))


def test_kinds_and_leanings_stay():
    found = condition(CORRELATED, 0, 1.0)
    assert np.array_equal(found.leaning, CORRELATED.leaning)
    assert np.array_equal(found.kind, CORRELATED.kind)
    assert {LINEAR, STEP} <= set(found.kind)


def test_all_values_of_what_is_correlated_with_nothing_share_one_problem():
    of = CORRELATED._replace(cholesky=np.eye(4))
    places = np.linspace(-2.0, 2.0, 7)
    ((rest, scales),) = conditioned(of, 1, places)
    assert scales.shape == (7, 2)
    assert np.array_equal(scales[3], condition(of, 1, float(places[3])).log_scale)
    assert np.array_equal(rest.cholesky, of.cholesky)
