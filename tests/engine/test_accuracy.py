"""Twenty of the five hundred random plans of `benchmarks/accuracy`, held against references that share no code."""

import numpy as np
import pytest

from accuracy.__main__ import REFERENCES
from accuracy.judge import WRONG, by_plan, judged, summary
from accuracy.plans import COUNT, plan
from accuracy.references import lines
from flopline.engine.exceedance import exceedance

EVERY = by_plan(REFERENCES)
SOME = tuple(range(12, COUNT, 25))


def test_every_plan_has_its_references():
    assert sorted(EVERY) == list(range(COUNT))
    assert all(len(rows) == 5 for rows in EVERY.values())


@pytest.mark.parametrize("number", SOME)
def test_answers_lie_within_their_errors(number):
    for one in judged(number, EVERY[number], "compiled"):
        assert abs(one.distance) <= WRONG, one
        assert one.converged


@pytest.mark.parametrize("number", SOME[::5])
def test_a_plan_is_known_by_its_number(number):
    found = [float(row["log_line"]) for row in EVERY[number]]
    np.testing.assert_allclose(lines(plan(number)), found, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("number", SOME[2::6])
def test_both_executions_give_the_same(number):
    one, rows = plan(number), EVERY[number]
    masks = np.ones((len(rows), len(one.log_scale)), dtype=bool)
    levels = np.exp(np.array([float(row["log_line"]) for row in rows]))
    plain, compiled = (exceedance(one.problem, masks, levels, execution=way) for way in ("plain", "compiled"))
    np.testing.assert_allclose(compiled.probability, plain.probability, rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(compiled.complement, plain.complement, rtol=1e-11, atol=1e-300)


def test_a_missed_goal_is_seen():
    some = judged(SOME[0], EVERY[SOME[0]], "compiled")
    wrong = [one._replace(plan=number, distance=9.0) for number in range(3) for one in some]
    assert summary(some + wrong)[1]
