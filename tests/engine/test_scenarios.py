"""Many scenarios at once: each by itself, or interpolated between fewer."""

from datetime import date
from functools import partial

import numpy as np
import pytest
from building import compared, plan_of

from flopline.engine import estimate, sweep
from flopline.engine.exceedance import exceedance, scenarios
from flopline.engine.surrogate import DIRECT, INTERPOLATED, over_grid
from naive.engine import atoms, lognormal, p1, problem

ALL = np.ones((1, 3), dtype=bool)
ASK = partial(scenarios, execution="compiled")


def test_every_scenario_is_the_single_question():
    of = p1()
    log_scales = of.log_scale + np.log([[0.5, 1.0, 2.0], [3.0, 0.2, 1.0], [1.0, 9.0, 0.3]])
    masks, thresholds = np.array([[1, 1, 1], [1, 0, 1]], dtype=bool), np.array([1e25, 5e25])
    swept = scenarios(of, log_scales, masks, thresholds, execution="compiled", gradient=True)
    assert swept.probability.shape == (3, 2)
    assert np.all(swept.converged)
    for row, log_scale in enumerate(log_scales):
        one = exceedance(of._replace(log_scale=log_scale), masks, thresholds, execution="compiled", gradient=True)
        np.testing.assert_allclose(swept.probability[row], one.probability, rtol=1e-10)
        np.testing.assert_allclose(swept.scale_gradient[row], one.scale_gradient, rtol=1e-9)


def test_many_scenarios_are_the_same_on_two_threads_and_report_progress():
    of, seen = p1(), []
    log_scales = of.log_scale + np.linspace(-1, 1, 200)[:, None]
    one = scenarios(of, log_scales, ALL, np.array([1e26]), execution="compiled")
    two = scenarios(
        of, log_scales, ALL, np.array([1e26]), execution="compiled", threads=2, progress=lambda *x: seen.append(x)
    )
    assert one.probability.tobytes() == two.probability.tobytes()
    assert np.all(np.diff(one.probability[:, 0]) > 0)
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_scale_of_nothing_leaves_a_row_out():
    of = p1()
    log_scales = np.array([[of.log_scale[0], -np.inf, of.log_scale[2]], [-np.inf] * 3])
    found = scenarios(of, log_scales, ALL, np.array([5e25]), execution="plain")
    without = exceedance(of, np.array([[True, False, True]]), np.array([5e25]), execution="plain")
    assert found.probability[0, 0] == pytest.approx(without.probability[0], abs=3e-4)
    assert found.probability[1, 0] == 0.0


def shifts(low, high, count):
    return np.log(np.geomspace(low, high, count))


def brute(of, axes, powers, masks, thresholds, **options):
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    return ASK(of, of.log_scale + places @ powers, masks, thresholds, **options)


class TestInterpolation:
    MASKS = np.array([[1, 1, 1], [1, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=bool)
    LINES = np.array([1e25, 1e26, 5e25, 1e20])
    TOKENS_AND_HOURS = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])

    @pytest.mark.parametrize(
        ("axes", "powers"),
        [
            ([shifts(0.05, 20.0, 700)], TOKENS_AND_HOURS[:1]),
            ([shifts(0.5, 2.0, 30), shifts(0.4, 3.0, 20)], TOKENS_AND_HOURS),
            ([shifts(0.5, 2.0, 80), shifts(0.1, 10.0, 7)], TOKENS_AND_HOURS),
        ],
        ids=["one axis", "two axes", "an axis of few values"],
    )
    def test_is_what_integrating_every_scenario_gives(self, axes, powers):
        found = over_grid(p1(), axes, powers, self.MASKS, self.LINES, tolerance=1e-4, answer=ASK)
        every = brute(p1(), axes, powers, self.MASKS, self.LINES, tolerance=2e-5)
        assert np.all(found.error <= 1e-4)
        assert np.all(np.abs(found.probability - every.probability) <= 4 * np.hypot(found.error, every.error))
        tail = every.probability[:, 1]
        small = (tail < 1e-3) & (tail > 1e-12)
        assert np.all(found.error[small, 1] <= 1.01 * 5e-3 * found.probability[small, 1])
        assert found.method.tolist() == [INTERPOLATED] * 4

    def test_gives_way_where_the_probability_is_no_smooth_function_of_the_scale(self):
        of = problem([atoms([1.0, 2.0, 4.0]), lognormal(1.0, 0.002)], [(1.0, {0: 1, 1: 1})])
        axes, powers, mask = [shifts(0.1, 2.0, 600)], np.ones((1, 1)), np.ones((1, 1), dtype=bool)
        found = over_grid(of, axes, powers, mask, np.array([1.0]), tolerance=1e-4, answer=ASK)
        every = brute(of, axes, powers, mask, np.array([1.0]))
        assert found.method.tolist() == [DIRECT]
        np.testing.assert_array_equal(found.probability, every.probability)

    def test_of_a_few_scenarios_or_of_many_axes_is_not_tried(self):
        few = over_grid(p1(), [shifts(0.5, 2.0, 20)], ALL * 1.0, ALL, np.array([1e26]), tolerance=1e-4, answer=ASK)
        assert few.method.tolist() == [DIRECT]
        axes = [shifts(0.9, 1.1, 5)] * 4
        many = over_grid(p1(), axes, np.ones((4, 3)), ALL, np.array([1e26]), tolerance=1e-3, answer=ASK)
        assert many.method.tolist() == [DIRECT]

    def test_has_the_same_bits_on_two_threads(self):
        axes = [shifts(0.2, 5.0, 600)]
        one, two = (
            over_grid(
                p1(), axes, ALL * 1.0, ALL, np.array([1e26]), tolerance=1e-4, answer=partial(ASK, threads=threads)
            )
            for threads in (1, 2)
        )
        assert one.probability.tobytes() == two.probability.tobytes()
        assert one.error.tobytes() == two.error.tobytes()


def test_a_row_of_a_large_sweep_is_the_estimate_of_its_scenario_and_says_how_it_was_found():
    day = date(2026, 11, 22)
    run = {"params": "60B..80B", "rework": "1%..5%"}
    sure = {"name": "more", "kind": "continued-pretraining", "flop": "1e24"}
    found = sweep(
        plan_of(run | {"tokens": "14T..23T"}, sure), {"pretrain.tokens": "5T:80T:600:log"}, version="test", day=day
    )
    columns = found.columns()
    assert set(found.to_dict()["method"].values()) <= {"interpolated", "exact"}
    assert "interpolated" in found.method.values()
    for row in (0, 7, 211, 480, 599):
        alone = estimate(plan_of(run | {"tokens": float(columns["pretrain.tokens"][row])}, sure), day=day)
        for line in compared(alone):
            for word, reading in line.readings():
                probability = columns[f"{line.id}.{word}.probability"][row]
                error = columns[f"{line.id}.{word}.error"][row]
                assert error <= 1e-4
                assert probability == pytest.approx(reading.probability, abs=5 * (error + reading.error) + 1e-12)
