"""The probability engine beside the alternatives: P1, two lines, equal error, one process, CPU time.

`pytest benchmarks/test_engine.py --benchmark-enable -s` prints the ratios; the suite only collects and runs it once.
`pip install '.[alternatives]'` adds the tools that are not there anyway.
"""

from pathlib import Path

import numpy as np
import pytest

import flopline as fl
from flopline.engine.compiled_execution import Question
from flopline.engine.compiled_plans import total_of
from flopline.engine.exceedance import exceedance, scenarios
from flopline.engine.quantiles import quantiles
from flopline.kernels.stopping import Care
from naive.engine import p1
from other_tools import AIM, EXACT, LINES, costs, seconds

MASKS = np.ones((2, 3), dtype=bool)
PLAN = Path(__file__).parent / "p1.toml"


def test_two_lines_at_an_error_of_1e_4(benchmark):
    answer = benchmark(lambda: exceedance(p1_once, MASKS, LINES, execution="compiled"))
    assert np.all(answer.error <= 1e-4)
    np.testing.assert_allclose(answer.probability, EXACT, atol=4e-4)


def test_the_plan_is_p1():
    found = fl.exceedance(fl.load(PLAN), LINES.tolist(), execution="compiled")
    for one, exact in zip(found, EXACT, strict=True):
        assert one.probability == pytest.approx(exact, abs=4 * one.error)


def test_beside_the_alternatives_at_equal_error(request, capsys):
    enabled = request.config.getoption("--benchmark-enable")
    plan, lines = fl.load(PLAN), LINES.tolist()
    answer = [fl.exceedance(plan, lines) for _ in range(2)][-1]
    rounds = 300 if enabled else 3
    ours = seconds(lambda: [fl.exceedance(plan, lines) for _ in range(rounds)], rounds=5) / rounds
    others = costs(1_000_000 if enabled else 20_000)
    assert max(one.error for one in answer) <= AIM
    if enabled:
        stated = ", ".join(f"{one.error:.1e}" for one in answer)
        with capsys.disabled():
            print(f"\nP1, two lines, fl.exceedance: {ours * 1e6:.0f} us of CPU at stated errors {stated}")
            for other in others:
                print(f"{other.name:28} {other.seconds:10.4f} s  {other.seconds / ours:10.0f} times  {other.remark}")


@pytest.mark.parametrize("execution", ["compiled"])
def test_a_far_tail_at_a_relative_error_of_a_thousandth(benchmark, execution):
    care = Care(1e-4, relative=1e-3)
    log_scales, lines = p1_once.log_scale[None], np.array([3e27])
    answer = benchmark(lambda: scenarios(p1_once, log_scales, MASKS[:1], lines, care=care, execution=execution))
    assert answer.error[0, 0] <= 1e-3 * answer.probability[0, 0]


def test_gradients_come_in_the_same_pass(benchmark):
    answer = benchmark(lambda: exceedance(p1_once, MASKS, LINES, execution="compiled", gradient=True))
    assert answer.scale_gradient.shape == (2, 3)


def test_gradients_beside_the_probability_alone(request, capsys):
    total = total_of(fl.load(PLAN))
    scale, points = total.scale.repeat(2, axis=0), total.memory.points(0)
    asked = [Question.of(total.structure, scale, Care(AIM), points, gradient=wanted) for wanted in (False, True)]
    alone, whole = (one.answers(np.log(LINES)) for one in asked)
    np.testing.assert_array_equal(alone.summary, whole.summary)
    assert np.all(whole.slope.sum(axis=1) > 0.0)
    if request.config.getoption("--benchmark-enable"):
        spent = [
            seconds(lambda one=one: [one.answers(np.log(LINES)) for _ in range(300)], rounds=7) / 300 for one in asked
        ]
        with capsys.disabled():
            print(f"\nP alone {spent[0] * 1e6:.0f} us, with all gradients {spent[1] / spent[0]:.2f} times that")


def test_an_inverse_takes_few_evaluations(request, capsys):
    plan = fl.load(PLAN)
    names = ("pretrain.tokens", "continue.hours", "model.params")
    rooms = [fl.headroom(plan, line="us-ca-sb53/frontier", below=0.05, vary=name)[name] for name in names]
    assert all(room.evaluations <= 6 for room in rooms)
    if request.config.getoption("--benchmark-enable"):
        with capsys.disabled():
            print("\nheadroom: " + ", ".join(f"{room.name} {room.evaluations} evaluations" for room in rooms))


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
