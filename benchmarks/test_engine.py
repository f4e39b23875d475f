"""The probability engine beside plain Monte Carlo: P1, two lines, equal error, one process, CPU time.

`pytest benchmarks/test_engine.py --benchmark-enable -s` prints the ratio; the suite only collects and runs it once.
"""

import time

import numpy as np
import pytest

from flopline.engine.exceedance import exceedance, scenarios
from flopline.engine.quantiles import quantiles
from naive.engine import p1

LINES = np.array([1e25, 1e26])
EXACT = np.array([0.999126502225, 0.0762695015141])
MASKS = np.ones((2, 3), dtype=bool)


def seconds(work, rounds):
    """Return the least CPU time of one call."""
    best = np.inf
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def draw(count, random):
    """Return how often P1's total exceeds each line: what one would write in NumPy, vectorized."""
    z1, z2, z3 = random.standard_normal((3, count))
    n = 2.5e11 * np.exp(0.30 * z1)
    d = 2e13 * np.exp(0.50 * (0.5 * z1 + np.sqrt(0.75) * z2))
    total = 6 * n * d * random.uniform(1.0, 1.2, count)
    machine = random.uniform(300.0, 900.0, count) * random.beta(12, 28, count) * random.beta(30, 3, count)
    total += 16000 * 989e12 * 3600 * machine + 2 * n * 5e11 * np.exp(0.8 * z3)
    return (total[:, None] > LINES).sum(axis=0)


def test_two_lines_at_an_error_of_1e_4(benchmark):
    answer = benchmark(lambda: exceedance(p1_once, MASKS, LINES, execution="compiled"))
    assert np.all(answer.error <= 1e-4)
    np.testing.assert_allclose(answer.probability, EXACT, atol=4e-4)


def test_beside_monte_carlo_at_equal_error(request, capsys):
    enabled = request.config.getoption("--benchmark-enable")
    draws, rounds = (1_000_000, 20) if enabled else (50_000, 1)
    random = np.random.default_rng(0)
    answer = exceedance(p1_once, MASKS, LINES, execution="compiled")
    ours = seconds(lambda: exceedance(p1_once, MASKS, LINES, execution="compiled"), rounds)
    theirs = seconds(lambda: draw(draws, random), min(rounds, 5)) / draws
    needed = (EXACT * (1 - EXACT)).max() / 1e-4**2
    if enabled:
        with capsys.disabled():
            print(
                f"\nP1, two lines: {ours * 1e6:.0f} us at stated errors {answer.error[0]:.1e}, {answer.error[1]:.1e}; "
                f"NumPy {theirs * 1e9:.0f} ns a draw, {needed:.1e} draws for 1e-4: {theirs * needed / ours:.0f} times"
            )
        assert theirs * needed > ours


def test_gradients_come_in_the_same_pass(benchmark):
    answer = benchmark(lambda: exceedance(p1_once, MASKS, LINES, execution="compiled", gradient=True))
    assert answer.scale_gradient.shape == (2, 3)


def test_a_tail_of_7e_11(benchmark):
    answer = benchmark(lambda: exceedance(p1_once, MASKS[:1], np.array([3e27]), execution="compiled"))
    assert answer.probability[0] == pytest.approx(6.73100470573e-11, rel=0.02)


def test_a_first_answer_without_a_compiler(benchmark):
    answer = benchmark(lambda: exceedance(p1_once, MASKS, LINES, execution="plain"))
    assert np.all(answer.converged)


def test_three_quantiles_of_two_totals_without_a_compiler(benchmark):
    masks = np.array([[True, True, True], [True, False, True]])
    found = benchmark(lambda: quantiles(p1_once, masks, np.array([0.05, 0.5, 0.95]), execution="plain"))
    assert np.all(np.diff(found, axis=1) > 0)


def test_a_sweep_of_256_scenarios(benchmark):
    log_scales = p1_once.log_scale + np.random.default_rng(1).uniform(-0.7, 0.7, (256, 3))
    answer = benchmark(lambda: scenarios(p1_once, log_scales, MASKS, LINES, execution="compiled"))
    assert np.all(answer.error <= 1e-4)


p1_once = p1()
