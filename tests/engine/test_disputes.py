"""Rule 2: beside the three readings stands the smallest set of disputed cells that changes the word."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from building import answer, plan_of
from hypothesis import HealthCheck, given, settings
from vocabulary import plans

from flopline.engine import estimate
from flopline.regimes import cells, lines, word
from naive.plan import Naive

DAY = date(2026, 11, 22)
CALIFORNIA = "us-ca-sb53/frontier"
BASE = {"name": "theirs", "developer": "other", "flop": "2e26"}


def deciding(line):
    return {cell["row"] for cell in line.disputed if cell["decides"]}


def test_one_cell_decides_if_it_alone_moves_the_total_over_the_line():
    line = answer({"kind": "fine-tuning", "flop": "1e25", "base": BASE}).lines[CALIFORNIA]
    assert (line.word, line.broad.probability) == ("unlikely", 1.0)
    assert deciding(line) == {"other-developer-base"}


def test_what_cannot_move_the_word_decides_nothing():
    line = answer({"kind": "fine-tuning", "flop": "1e25", "base": BASE | {"flop": "1e25"}}).lines[CALIFORNIA]
    assert {cell["row"] for cell in line.disputed} == {"other-developer-base"}
    assert deciding(line) == set()


def test_two_cells_decide_together_where_neither_does_alone():
    found = answer(
        {"flop": "4e25", "base": BASE | {"flop": "4e25"}},
        {"name": "tries", "kind": "research", "flop": "4e25"},
    )
    line = found.lines[CALIFORNIA]
    assert line.word == "unlikely"
    assert deciding(line) == {"other-developer-base", "research-runs"}


def test_the_smaller_of_two_sets_is_named():
    found = answer(
        {"flop": "4e25", "base": BASE | {"flop": "9e25"}},
        {"name": "tries", "kind": "research", "flop": "4e25"},
        {"name": "judge", "kind": "evaluation", "flop": "3e25"},
    )
    assert deciding(found.lines[CALIFORNIA]) == {"other-developer-base"}


def test_a_cell_leaning_in_decides_downwards():
    line = answer({"kind": "synthetic-data", "name": "books", "flop": "2e26", "public": "no"}).lines[CALIFORNIA]
    assert line.word == "over"
    assert deciding(line) == {"synth-private"}


def test_what_a_law_surely_leaves_out_is_no_question():
    line = answer({"flop": "1e24"}, {"name": "judge", "kind": "evaluation", "flop": "1e27"}).lines[
        "eu-ai-act/systemic-risk"
    ]
    assert line.disputed == ()


@settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(plans(certain=True))
def test_the_set_is_a_smallest_one(tree):
    """Every subset of the disputed rows is tried, as a person with time would."""
    naive = Naive(tree)
    found = estimate(plan_of(*tree["stage"], day=tree["day"], model=tree["model"]))

    def crossing(line, flipped):
        total = 0.0
        for entry in naive.entries:
            around = () if entry.during is None else cells(line, entry.during)
            counted = True
            for one in (*cells(line, entry.what), *around):
                leaning = one.answer == "yes" or (one.answer == "disputed" and one.lean == "in")
                counted &= leaning != (one.row in flipped)
            total += counted * entry.flop[0]
        return float(total > line.flop if line.compare == ">" else total >= line.flop)

    for line in lines(DAY):
        if line.flop is None:
            continue
        result = found.lines[line.id]
        rows = [cell["row"] for cell in result.disputed]
        if len(rows) > 8:
            continue
        sizes = [
            size
            for size in range(1, len(rows) + 1)
            if any(word(crossing(line, set(flipped))) != result.word for flipped in itertools.combinations(rows, size))
        ]
        assert len(deciding(result)) == (min(sizes) if sizes else 0)
        if sizes:
            assert word(crossing(line, deciding(result))) != result.word


def test_probabilities_decide_where_there_is_uncertainty():
    line = answer(
        {"kind": "fine-tuning", "flop": "8e25..1.1e26", "base": BASE | {"flop": "1e25..3e25"}},
    ).lines[CALIFORNIA]
    assert line.word == "possible"
    assert line.broad.probability > 0.5
    assert deciding(line) == {"other-developer-base"}


@pytest.mark.parametrize("count", [3, 12])
def test_stages_under_one_cell_decide_together(count):
    """Stages under one cell stand or fall together."""
    stages = [{"name": f"s{index}", "kind": "research", "flop": "1e25"} for index in range(count)]
    line = answer({"flop": "1e25"}, *stages).lines[CALIFORNIA]
    assert deciding(line) == ({"research-runs"} if count == 12 else set())
    assert np.isfinite(line.expected.amount.median)
