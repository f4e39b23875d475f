"""Every plan that the vocabulary can say gives the amounts and probabilities that its formulas give, written out."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date

import numpy as np
import pytest
from building import plan_of
from hypothesis import HealthCheck, given, settings
from vocabulary import plans

from flopline.engine import estimate
from flopline.regimes import lines
from naive.plan import Naive

DAY = date(2026, 11, 22)
LINES = [line for line in lines(DAY) if line.flop is not None]
SLOW = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def answered(tree):
    return estimate(plan_of(*tree["stage"], **{key: value for key, value in tree.items() if key != "stage"}))


def identity(entry):
    what = entry.what
    return entry.stage, what.activity, what.actor, what.relation, what.fate, what.public or "unknown", what.phase


def identity_of_result(entry):
    return entry.stage, entry.activity, entry.actor, entry.relation, entry.fate, entry.public, entry.phase


@settings(SLOW, max_examples=120)
@given(plans(certain=True))
def test_a_certain_plan_is_its_formulas_written_out(tree):
    same_as_written_out(tree)


@pytest.mark.slow
@settings(SLOW, max_examples=3000, derandomize=False)
@given(plans(certain=True))
def test_thousands_of_certain_plans_are_their_formulas(tree):
    same_as_written_out(tree)


def same_as_written_out(tree):
    naive, found = Naive(tree), answered(tree)
    assert Counter(map(identity, naive.entries)) == Counter(map(identity_of_result, found.entries))
    expected = sorted((*identity(entry), float(entry.flop[0])) for entry in naive.entries)
    got = sorted((*identity_of_result(entry), entry.amount.median) for entry in found.entries)
    assert [one[-1] for one in got] == pytest.approx([one[-1] for one in expected], rel=1e-9)
    for line in LINES:
        counted = naive.counted(line)[:, 0]
        readings = [reading.amount.median for _, reading in found.lines[line.id].readings()]
        assert readings == pytest.approx(counted, rel=1e-9, abs=1.0)
    shown = {(stage.name, one.name): one.amount for stage in found.stages for one in stage.derived}
    assert set(shown) == set(naive.implied)
    certain = [key for key, amount in shown.items() if amount.low == amount.high]
    assert [shown[key].median for key in certain] == pytest.approx(
        [float(np.ravel(naive.implied[key])[0]) for key in certain], rel=1e-9
    )


@settings(SLOW, max_examples=25)
@given(plans(certain=False))
def test_an_uncertain_plan_agrees_with_random_draws(tree):
    draws = 40_000
    naive, found = Naive(tree, draws, seed=1), answered(tree)
    expected = sorted((*identity(entry), *np.quantile(entry.flop, [0.05, 0.5, 0.95])) for entry in naive.entries)
    got = sorted(
        (*identity_of_result(entry), entry.amount.low, entry.amount.median, entry.amount.high)
        for entry in found.entries
    )
    for mine, theirs in zip(got, expected, strict=True):
        spread = 0.06 * np.log(theirs[-1] / theirs[-3]) + 1e-6
        assert np.log(mine[-3:]) == pytest.approx(np.log(theirs[-3:]), abs=spread)
    for stage in found.stages:
        for one in stage.derived:
            if one.name != "weighted_peak":  # shown or not by a difference at the medians
                drawn = np.quantile(naive.implied[stage.name, one.name], [0.05, 0.5, 0.95])
                got = np.log([one.amount.low, one.amount.median, one.amount.high])
                assert got == pytest.approx(np.log(drawn), abs=0.06 * np.log(drawn[2] / drawn[0]) + 1e-6)
    for line in LINES:
        counted = naive.counted(line)
        for (_, reading), total in zip(found.lines[line.id].readings(), counted, strict=True):
            crossed = np.mean(total > line.flop if line.compare == ">" else total >= line.flop)
            chance = 5 * np.sqrt(max(crossed * (1 - crossed), 1 / draws) / draws)
            assert reading.probability == pytest.approx(crossed, abs=chance + 5 * reading.error)


@settings(SLOW, max_examples=25)
@given(plans(certain=False))
def test_a_wider_reading_never_counts_or_crosses_less(tree):
    for line in answered(tree).lines:
        if line.flop is None:
            continue
        readings = [reading for _, reading in line.readings()]
        for less, more in itertools.pairwise(readings):
            slack = 5 * (less.error + more.error) + 1e-12
            assert less.probability <= more.probability + slack
            for key in ("low", "median", "high"):
                assert getattr(less.amount, key) <= getattr(more.amount, key) * (1 + 1e-3)
