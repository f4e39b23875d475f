"""Inputs that raise one product and lower another: left out of the direction, or followed over all crossings."""

import numpy as np
import pytest
from scipy import optimize, stats

from flopline.engine.exceedance import exceedance
from flopline.engine.quantiles import quantiles_with_errors
from flopline.kernels.records import FREE
from naive.engine import atoms, lognormal, monte_carlo, problem, tabled


def probability(of, line, **options):
    masks = np.ones((1, len(of.log_scale)), dtype=bool)
    return exceedance(of, masks, np.array([line]), **options)


def two_sided(distribution, *, complement=False):
    return tabled(distribution, FREE, (lambda x: np.log1p(-x)) if complement else np.log)


class TestOppositeSenses:
    @pytest.mark.parametrize("execution", ["plain", "compiled"])
    @pytest.mark.parametrize("line", [2.0001, 2.5, 20.0, 60.0])
    def test_an_input_that_only_ever_works_both_ways_is_followed(self, line, execution):
        """x + 1 / x = 2 cosh(ln x) passes a line twice."""
        of = problem([lognormal(1.0, 0.5)], [(1.0, {0: 1}), (1.0, {0: -1})])
        answer = probability(of, line, execution=execution)
        exact = 2 * stats.norm.sf(np.arccosh(line / 2) / 0.5)
        assert answer.method == ("followed",)
        assert answer.probability[0] == pytest.approx(exact, rel=1e-8)
        assert probability(of, 1.9, execution=execution).probability[0] == pytest.approx(1.0, abs=1e-18)

    @pytest.mark.parametrize("line", [4.01, 4.5, 9.0, 200.0])
    def test_two_inputs_that_work_both_ways(self, line):
        """a b + a / b + b / a + 1 / (a b) = 4 cosh(ln a) cosh(ln b)."""
        powers = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        of = problem([lognormal(1.0, 0.4), lognormal(1.0, 0.6)], [(1.0, dict(enumerate(power))) for power in powers])
        z = np.linspace(-11.0, 11.0, 400_001)
        needed = np.maximum(line / (4.0 * np.cosh(0.6 * z)), 1.0)
        exact = np.trapezoid(2 * stats.norm.sf(np.arccosh(needed) / 0.4) * stats.norm.pdf(z), z)
        answer = probability(of, line)
        assert answer.method == ("followed",)
        assert answer.converged[0]
        assert answer.probability[0] == pytest.approx(exact, abs=5 * answer.error[0] + 1e-9)

    def test_gradients_along_turning_lines(self):
        of = problem([lognormal(1.0, 0.4), lognormal(1.0, 0.6)], [(1.0, {0: 1, 1: -1}), (2.0, {0: -1, 1: 1})])
        steps = 1e-3 * np.eye(2)
        above, below = (
            [probability(of._replace(log_scale=of.log_scale + sign * step), 4.0).probability[0] for step in steps]
            for sign in (1.0, -1.0)
        )
        found = exceedance(of, np.ones((1, 2), dtype=bool), np.array([4.0]), gradient=True)
        assert found.scale_gradient[0] == pytest.approx((np.array(above) - below) / 2e-3, rel=2e-2)

    def test_steps_alone_are_drawn_and_say_so(self):
        values = np.geomspace(0.5, 2.0, 40)
        of = problem([atoms(values), atoms(values)], [(1.0, {0: 1, 1: -1}), (1.0, {0: -1, 1: 1})])
        one, two = np.meshgrid(values, values)
        answer = probability(of, 2.5)
        assert answer.method == ("draws",)
        assert answer.probability[0] == pytest.approx(np.mean(one / two + two / one > 2.5), abs=5 * answer.error[0])

    def test_beside_other_inputs_it_is_left_out_of_the_direction(self):
        of = problem(
            [lognormal(1.0, 0.6), lognormal(2.0, 0.5)], [(1.0, {0: 1, 1: 1}), (3.0, {0: -1, 1: 1}), (1.0, {1: 1})]
        )
        answer = probability(of, 14.0, execution="compiled")
        p, spread = monte_carlo(of, np.ones(3), 14.0, 2_000_000, seed=1)
        assert answer.method == ("lines",)
        assert answer.probability[0] == pytest.approx(p, abs=4 * np.hypot(spread, answer.error[0]))

    def test_a_share_and_its_complement(self):
        share = stats.beta(4.0, 6.0)
        of = problem(
            [two_sided(share), two_sided(share, complement=True), lognormal(1.0, 0.2)],
            [(3.0, {0: 1, 2: 1}), (1.0, {1: 1, 2: 1})],
            score=[0, 0, 1],
        )
        answer = probability(of, 2.0, execution="compiled")
        p, spread = monte_carlo(of, np.ones(2), 2.0, 1_000_000, seed=2)
        assert answer.probability[0] == pytest.approx(p, abs=4 * np.hypot(spread, answer.error[0]))


@pytest.mark.parametrize("execution", ["plain", "compiled"])
def test_quantiles_of_a_total_that_turns(execution):
    """x + 1 / x = 2 cosh(ln x) is below t where |ln x| is below arccosh(t / 2)."""
    of = problem([lognormal(1.0, 0.5), lognormal(1.0, 0.1)], [(1.0, {0: 1, 1: 1}), (1.0, {0: -1, 1: 1})])
    levels = np.array([0.05, 0.5, 0.95])
    found = quantiles_with_errors(of, np.ones((1, 2), dtype=bool), levels, execution=execution, tolerance=1e-4)
    y = np.linspace(-9.0, 9.0, 200_001)

    def below(value):
        needed = np.maximum(value * np.exp(-0.1 * y) / 2.0, 1.0)
        return np.trapezoid((1.0 - 2.0 * stats.norm.sf(np.arccosh(needed) / 0.5)) * stats.norm.pdf(y), y)

    assert found.error.max() <= 1e-4
    for value, level in zip(found.value[0], levels, strict=True):
        exact = optimize.brentq(lambda t, level=level: below(t) - level, 1.0, 50.0)
        assert value == pytest.approx(exact, rel=5e-4)
