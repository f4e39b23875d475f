"""Situations that a lawyer can read, one file each, with the paragraph that each of them tests."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from flopline.documents import from_values
from flopline.engine import estimate
from flopline.engine.figures import figures
from flopline.plan import Surroundings, load_document

FILES = sorted((Path(__file__).parents[1] / "situations").glob("*.toml"))
KEYS = {
    "line", "crossed", "applies", "flop", "cells", "decides", "open", "duties", "without", "warns", "against",
    "reported", "hidden", "silent",
}  # fmt: skip


def situation(file):
    return tomllib.loads(file.read_text(encoding="utf-8"))


def test_there_is_a_situation_for_every_one_that_must_be_shown():
    assert len(FILES) >= 25


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_names_what_it_tests_and_says_why_in_a_sentence(file):
    read = situation(file)
    assert set(read) == {"title", "tests", "why", "plan", "expect"}
    assert all(read[key] for key in read)
    assert all(set(one) <= KEYS and len(one) > 1 for one in read["expect"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_situation_is_answered_as_the_law_has_it(file):
    read = situation(file)
    loaded = load_document(from_values(read["plan"], {}, file.name), Surroundings())
    answer = estimate(loaded)
    for expected in read["expect"]:
        line = answer.lines[expected["line"]]
        crossed(line, expected)
        told(line, expected, answer)
        if "reported" in expected:
            margins = figures(loaded).margins
            margin = next(one for one in margins if (one.line, one.reading) == (line.id, "expected"))
            assert margin.written == expected["reported"]
            assert bool(margin.hidden) == expected["hidden"]


def crossed(line, expected):
    """Hold probabilities, which are certain in all situations, and amounts against a line."""
    for reading, probability in expected.get("crossed", {}).items():
        assert getattr(line, reading).probability == pytest.approx(probability, abs=1e-6), (line.id, reading)
    for reading, flop in expected.get("flop", {}).items():
        assert getattr(line, reading).amount.median == pytest.approx(flop, rel=1e-3), (line.id, reading)
    if expected.get("silent"):
        assert line.expected.probability is None


def told(line, expected, answer):
    """Hold whether a line applies, what it says of activities, and what follows."""
    if "applies" in expected:
        assert line.applies == expected["applies"], line.id
    cells = {cell["row"] for cell in line.disputed}
    for row, said in expected.get("cells", {}).items():
        assert (row in cells) == (said == "disputed"), (line.id, row)
    if "decides" in expected:
        assert {cell["row"] for cell in line.disputed if cell["decides"]} == set(expected["decides"])
    asked = {one["id"] for one in line.conditions if one["answer"] == "unknown"}
    if "open" in expected:
        assert asked == set(expected["open"])
    duties = {duty["id"] for duty in line.duties}
    assert set(expected.get("duties", ())) <= duties
    assert not set(expected.get("without", ())) & duties
    assert set(expected.get("warns", ())) <= {warning.code for warning in answer.warnings}
    if "against" in expected:
        assert {test["against"] for test in line.tests if test["applied"]} == {expected["against"]}
