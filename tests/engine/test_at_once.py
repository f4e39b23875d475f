"""Threads that call the library at the same time: the answers are those of one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from building import plan_of

import flopline as fl

SHORT = [("70B", "15T..17T"), ("60B..80B", "15T"), ("100B..120B", "10T..20T")]


def plans():
    return [plan_of({"params": params, "tokens": tokens}, none=["synthetic-data"]) for params, tokens in SHORT]


@pytest.mark.parametrize("execution", ["auto", "plain", "compiled"])
def test_one_plan_asked_by_many_threads(execution):
    plan = plans()[1]
    lines = [float(f"{mantissa}e24") for mantissa in range(4, 12)]

    def ask(line):
        return fl.exceedance(plan, [line, 2 * line], execution=execution)

    alone = [fl.exceedance(plans()[1], [line, 2 * line], execution=execution) for line in lines]
    with ThreadPoolExecutor(8) as pool:
        for found, one in zip(pool.map(ask, 8 * lines), 8 * alone, strict=True):
            assert [x.probability for x in found] == pytest.approx([x.probability for x in one], rel=1e-12)


def test_different_questions_at_once():
    def estimated(plan):
        return fl.estimate(plan).to_dict()

    alone = [estimated(plan) for plan in plans()]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(estimated, 4 * plans())) == 4 * alone
