"""Probabilities against closed forms, quadrature, Monte Carlo and themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import random_problem
from scipy import stats

from flopline.engine.exceedance import exceedance, scenarios
from flopline.engine.execution import Memory, kernels
from flopline.errors import EngineError
from naive.engine import atoms, lognormal, monte_carlo, p1, problem, uniform

ALL = np.ones((1, 3), dtype=bool)
P1 = {1e25: 0.999126502225, 1e26: 0.0762695015141, 1e27: 6.2754464311e-07, 3e27: 6.73100470573e-11}
"""Tensor quadrature in two independent orders, which agree to 12 digits."""


def probability(of, threshold, **options):
    """Return the answer for the sum of all rows."""
    return exceedance(of, np.ones((1, len(of.log_scale)), dtype=bool), np.array([threshold]), **options)


def single(answer):
    return answer.probability[0], answer.error[0]


@pytest.fixture(scope="module")
def answer():
    return exceedance(p1(), np.repeat(ALL, 4, axis=0), np.array(list(P1)), execution="plain")


class TestP1:
    def test_both_lines_are_within_the_tolerance(self, answer):
        np.testing.assert_allclose(answer.probability[:2], list(P1.values())[:2], atol=1e-4)

    def test_the_far_tail_is_within_one_per_cent(self, answer):
        np.testing.assert_allclose(answer.probability[2:], list(P1.values())[2:], rtol=1e-2)

    def test_the_complement_is_accurate_by_itself(self, answer):
        assert answer.complement[0] == pytest.approx(1 - P1[1e25], rel=1e-2)

    def test_every_error_is_honest_and_within_the_tolerance(self, answer):
        assert np.all(np.abs(answer.probability - list(P1.values())) < 4 * answer.error)
        assert np.all(answer.converged)
        assert np.all(answer.error > 0)
        assert np.all(answer.error <= [5e-3 * (1 - P1[1e25]), 1e-4, 5e-3 * 6.4e-7, 5e-3 * 6.9e-11])
        assert answer.method == ("lines",) * 4

    def test_any_number_of_threads_gives_the_same_bits(self):
        masks = np.array([[1, 1, 1], [1, 1, 1], [1, 0, 1]], dtype=bool)
        thresholds = np.array([1e25, 1e26, 5e25])
        for execution in ("plain", "compiled"):
            one, two = (exceedance(p1(), masks, thresholds, threads=n, execution=execution) for n in (1, 2))
            assert one.probability.tobytes() == two.probability.tobytes()
            assert one.error.tobytes() == two.error.tobytes()

    def test_the_executions_agree_to_a_part_in_a_trillion(self, answer):
        quick = exceedance(p1(), np.repeat(ALL, 4, axis=0), np.array(list(P1)), execution="compiled")
        np.testing.assert_allclose(quick.probability, answer.probability, rtol=1e-12)
        np.testing.assert_allclose(quick.complement, answer.complement, rtol=1e-12)

    def test_equal_questions_have_equal_answers(self):
        answer = exceedance(p1(), np.repeat(ALL, 3, axis=0), np.array([1e26, 2e25, 1e26]), execution="plain")
        assert answer.probability[0] == answer.probability[2]

    def test_gradients_are_those_of_finite_differences(self):
        of, step = p1(), 0.02
        answer = probability(of, 1e26, gradient=True, tolerance=1e-5, execution="compiled")
        for row in range(3):
            moved = [of._replace(log_scale=of.log_scale + sign * step * np.eye(3)[row]) for sign in (1, -1)]
            up, down = (probability(m, 1e26, tolerance=1e-5, execution="compiled").probability[0] for m in moved)
            assert answer.scale_gradient[0, row] == pytest.approx((up - down) / (2 * step), abs=1.5e-3)
        # N stands in the first and the third row.
        assert answer.location_gradient[0, 0] == pytest.approx(answer.scale_gradient[0, [0, 2]].sum())

    def test_a_tighter_tolerance_is_met(self):
        p, error = single(probability(p1(), 1e26, tolerance=1e-6, execution="compiled"))
        assert error <= 1e-6
        assert p == pytest.approx(P1[1e26], abs=4e-6)


class TestClosedForms:
    def test_a_product_of_lognormals_is_exact_in_both_tails(self):
        of = problem([lognormal(2.0, 0.3), lognormal(5.0, 0.4)], [(3.0, {0: 1, 1: 2})])
        sigma = np.hypot(0.3, 0.8)
        for threshold in (0.1, 150.0, 1e5, 1e6):
            answer = probability(of, threshold)
            score = (np.log(threshold) - np.log(150.0)) / sigma
            assert answer.probability[0] == pytest.approx(stats.norm.sf(score), rel=1e-11)
            assert answer.complement[0] == pytest.approx(stats.norm.cdf(score), rel=1e-11)
            assert answer.method == ("closed",)

    @pytest.mark.parametrize("rho", [-0.95, -0.5, 0.0, 0.7])
    def test_correlated_lognormals(self, rho):
        of = problem([lognormal(1.0, 0.3), lognormal(1.0, 0.5)], [(1.0, {0: 1, 1: 1})], np.array([[1, rho], [rho, 1]]))
        sigma = np.sqrt(0.3**2 + 0.5**2 + 2 * rho * 0.3 * 0.5)
        assert probability(of, 1.3).probability[0] == pytest.approx(stats.norm.sf(np.log(1.3) / sigma), rel=1e-11)

    def test_one_uniform(self):
        of = problem([uniform(300.0, 900.0)], [(2.0, {0: 1})])
        for hours in (300.001, 500.0, 899.999):
            assert probability(of, 2 * hours).probability[0] == pytest.approx((900 - hours) / 600, rel=1e-4)
        assert probability(of, 1801.0).probability[0] == pytest.approx(0.0, abs=1e-15)
        assert probability(of, 599.0).probability[0] == pytest.approx(1.0, abs=1e-15)

    def test_samples(self):
        of = problem([atoms([1.0, 2.0, 3.0, 10.0])], [(1.0, {0: 1})])
        assert probability(of, 2.5).probability[0] == pytest.approx(0.5, abs=1e-12)
        assert probability(of, 0.9).probability[0] == pytest.approx(1.0, abs=1e-12)

    def test_a_sum_of_two_uniforms(self):
        # Irwin-Hall: P(U1 + U2 > x) on [1, 2] each.
        of = problem([uniform(1.0, 2.0), uniform(1.0, 2.0)], [(1.0, {0: 1}), (1.0, {1: 1})])
        for x, exact in ((3.0, 0.5), (3.5, 0.125), (3.99, 5e-5), (2.2, 0.98)):
            p, error = single(probability(of, x, execution="compiled"))
            assert p == pytest.approx(exact, abs=max(4 * error, 1e-7))
            assert error <= 1e-4

    def test_a_lognormal_times_a_uniform(self):
        of = problem([lognormal(1.0, 0.05), uniform(1.0, 3.0)], [(1.0, {0: 1, 1: 1})])
        p, error = single(probability(of, 2.9))
        u = (np.arange(200_000) + 0.5) / 200_000
        exact = stats.norm.sf(np.log(2.9 / (1 + 2 * u)) / 0.05).mean()
        assert p == pytest.approx(exact, abs=4 * error)

    def test_samples_times_a_lognormal(self):
        of = problem([atoms([1.0, 5.0], [0.999, 0.001]), lognormal(1.0, 0.1)], [(1.0, {0: 1, 1: 1})])
        p, error = single(probability(of, 3.0, execution="compiled"))
        exact = 0.999 * stats.norm.sf(np.log(3.0) / 0.1) + 0.001 * stats.norm.sf(np.log(0.6) / 0.1)
        assert p == pytest.approx(exact, abs=max(4 * error, 1e-5))


class TestCertainty:
    def test_no_rows_never_cross(self):
        answer = exceedance(p1(), np.zeros((1, 3), dtype=bool), np.array([1e20]))
        assert (answer.probability[0], answer.complement[0], answer.error[0]) == (0.0, 1.0, 0.0)
        assert answer.method == ("certain",)

    def test_a_certain_total_is_compared_strictly(self):
        of = problem([], [(1.0, {}), (1.0, {})])
        assert probability(of, 2.0).probability[0] == 0.0
        assert probability(of, np.nextafter(2.0, 1.0)).probability[0] == 1.0

    def test_a_point_mass_is_a_fixed_value(self):
        of = problem([lognormal(3.0, 0.0), lognormal(1.0, 0.3)], [(1.0, {0: 1, 1: 1})])
        fixed = problem([lognormal(1.0, 0.3)], [(3.0, {0: 1})])
        assert probability(of, 4.0).probability[0] == pytest.approx(probability(fixed, 4.0).probability[0], rel=1e-12)

    @pytest.mark.parametrize(("threshold", "expected"), [(0.0, 1.0), (-1.0, 1.0), (np.inf, 0.0)])
    def test_thresholds_without_a_logarithm(self, threshold, expected):
        answer = probability(p1(), threshold)
        assert (answer.probability[0], answer.error[0]) == (expected, 0.0)

    @pytest.mark.parametrize("threshold", [1e18, 1e22, 1e31, 1e40])
    def test_what_is_certain_distant_is_answered_with_a_generous_error(self, threshold):
        answer = probability(p1(), threshold)
        assert min(answer.probability[0], answer.complement[0]) < 1e-15
        assert answer.error[0] <= 5e-15
        assert answer.converged[0]

    def test_a_total_that_cannot_reach_its_threshold(self):
        of = problem([uniform(1.0, 2.0), uniform(1.0, 2.0), atoms([1.0, 2.0])], [(1.0, {0: 1}), (1.0, {1: 1, 2: 1})])
        assert probability(of, 100.0, execution="compiled").probability[0] == pytest.approx(0.0, abs=1e-12)
        assert probability(of, 1.0, execution="compiled").complement[0] == pytest.approx(0.0, abs=1e-12)


class TestTwoWaysToBeLarge:
    def test_neither_of_two_likely_causes_is_missed(self):
        # Two independent heavy rows: lines through one design point alone would miss the other.
        of = problem([lognormal(1.0, 0.8), lognormal(1.0, 0.8)], [(1.0, {0: 1}), (1.0, {1: 1})])
        y = np.linspace(-12, 12, 400_001)
        rest = 60.0 - np.exp(0.8 * y)
        tail = np.where(rest > 0, stats.norm.sf(np.log(np.maximum(rest, 1e-300)) / 0.8), 1.0)
        exact = np.trapezoid(tail * stats.norm.pdf(y), y)
        for seed in range(5):
            answer = probability(of, 60.0, seed=seed, execution="compiled")
            assert answer.converged[0]
            assert answer.probability[0] == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("seed", range(6))
def test_random_problems_agree_with_monte_carlo(seed):
    of = random_problem(seed)
    mask = np.ones(len(of.log_scale))
    threshold = 1.3 * np.exp(of.log_scale).sum()
    answer = probability(of, threshold, execution="compiled")
    p, spread = monte_carlo(of, mask, threshold, 200_000, seed)
    assert answer.probability[0] == pytest.approx(p, abs=4.5 * np.hypot(spread, answer.error[0]) + 1e-5)


def covered(problems, seeds):
    """Return the share of 95 % intervals that hold the truth, and the largest miss in stated errors."""
    misses = []
    for number in problems:
        of = random_problem(number)
        masks = np.ones((3, len(of.log_scale)), dtype=bool)
        thresholds = np.exp(of.log_scale).sum() * np.array([0.8, 1.5, 3.0])
        truth = exceedance(of, masks, thresholds, tolerance=5e-6, seed=999, execution="compiled")
        for seed in seeds:
            answer = exceedance(of, masks, thresholds, seed=seed, execution="compiled")
            told = answer.code == 2
            error = np.hypot(answer.error, truth.error)
            misses.extend(np.abs(answer.probability - truth.probability)[told] / error[told])
    return np.mean(np.array(misses) < 1.96), np.max(misses)


def test_the_error_bars_hold():
    share, worst = covered(range(100, 116), range(3))
    assert share > 0.88
    assert worst < 6


@pytest.mark.slow
def test_the_error_bars_hold_95_per_cent_over_many_problems():
    share, worst = covered(range(200, 400), range(4))
    assert 0.92 <= share <= 0.98
    assert worst < 6


class TestQuestionsThatMakeNoSense:
    @pytest.mark.parametrize(
        "change",
        [
            {"thresholds": np.array([np.nan])},
            {"thresholds": np.array([1.0, 2.0])},
            {"masks": np.ones((1, 2), dtype=bool)},
            {"tolerance": 0.0},
            {"tolerance": float("nan")},
            {"threads": 0},
            {"execution": "fast"},
        ],
    )
    def test_are_refused(self, change):
        question = {"masks": ALL, "thresholds": np.array([1e26])} | change
        with pytest.raises(EngineError):
            exceedance(p1(), **question)

    def test_a_scale_that_is_no_number_is_refused(self):
        with pytest.raises(EngineError):
            scenarios(p1(), np.full((1, 3), np.nan), ALL, np.array([1e26]))


def test_what_is_remembered_changes_no_answer():
    one, other = p1(), problem([lognormal(1e26, 0.5), uniform(1.0, 2.0)], [(1.0, {0: 1}), (1e25, {1: 1})])
    memory = Memory(one)
    for of in (one, other, one):
        for seed in (0, 1, 0):
            told, fresh = (probability(of, 1e26, seed=seed, memory=kept) for kept in (memory, None))
            assert told.probability.tobytes() == fresh.probability.tobytes()
            assert told.error.tobytes() == fresh.error.tobytes()


def test_a_large_question_is_compiled_and_a_plain_one_never():
    assert type(kernels("auto", 1000)).__name__ == "CompiledAnswers"
    assert type(kernels("plain", 1000)).__name__ == "Plain"


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 3.0), st.floats(1.05, 2.0))
def test_a_higher_line_is_crossed_less_often(number, factor, step):
    of = random_problem(number)
    masks = np.ones((2, len(of.log_scale)), dtype=bool)
    threshold = factor * np.exp(of.log_scale).sum()
    answer = exceedance(of, masks, np.array([threshold, step * threshold]), tolerance=1e-3, execution="compiled")
    assert answer.probability[1] <= answer.probability[0] + 5 * answer.error.sum()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(number, random):
    of = random_problem(number)
    order = list(range(len(of.log_scale)))
    random.shuffle(order)
    shuffled = of._replace(log_scale=of.log_scale[order], exponent=of.exponent[order])
    threshold = 1.2 * np.exp(of.log_scale).sum()
    one, other = (probability(x, threshold, tolerance=1e-3, execution="compiled") for x in (of, shuffled))
    assert other.probability[0] == pytest.approx(one.probability[0], rel=1e-9, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.95))
def test_splitting_a_row_changes_nothing(number, share):
    of = random_problem(number)
    parts = np.concatenate([of.log_scale, of.log_scale[:1] + np.log(share)])
    parts[0] += np.log1p(-share)
    split = of._replace(log_scale=parts, exponent=np.concatenate([of.exponent, of.exponent[:1]]))
    threshold = 1.2 * np.exp(of.log_scale).sum()
    one, other = (probability(x, threshold, tolerance=1e-3, execution="compiled") for x in (of, split))
    assert other.probability[0] == pytest.approx(one.probability[0], rel=1e-9, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-20, 1e20))
def test_scaling_rows_and_line_together_changes_nothing(number, k):
    of = random_problem(number)
    threshold = 1.2 * np.exp(of.log_scale).sum()
    scaled = of._replace(log_scale=of.log_scale + np.log(k))
    one, other = (
        probability(x, t, tolerance=1e-3, execution="compiled") for x, t in ((of, threshold), (scaled, k * threshold))
    )
    assert other.probability[0] == pytest.approx(one.probability[0], rel=1e-7, abs=1e-10)
