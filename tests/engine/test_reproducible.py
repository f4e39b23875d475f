"""The same question has the same answer, to the byte: on any number of threads, again, and in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from building import compared, loaded
from test_known_answers import P1

from flopline.engine import estimate

FRESH = """
import json, sys
sys.path.insert(0, {folder!r})
from building import compared, loaded
from test_known_answers import P1
from flopline.engine import estimate
print(json.dumps(estimate(loaded(P1), execution="plain", threads=2).to_dict()))
"""


def text(**settings):
    return json.dumps(estimate(loaded(P1), **settings).to_dict())


@pytest.mark.parametrize("execution", ["plain", "compiled"])
def test_threads_and_repetition_change_nothing(execution):
    answers = {text(execution=execution, threads=threads, seed=3) for threads in (1, 2, 1, 2)}
    assert len(answers) == 1


def test_a_fresh_process_changes_nothing(request):
    code = FRESH.format(folder=str(request.path.parent))
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert fresh.stdout.strip() == text(execution="plain")


def test_another_seed_agrees_within_the_stated_errors():
    one, two = estimate(loaded(P1), seed=1), estimate(loaded(P1), seed=2)
    for line in compared(one):
        for (_, mine), (_, theirs) in zip(line.readings(), two.lines[line.id].readings(), strict=True):
            assert mine.probability == pytest.approx(theirs.probability, abs=6 * (mine.error + theirs.error) + 1e-12)


def test_plain_and_compiled_are_one_formula():
    def numbers(node):
        if isinstance(node, dict):
            return [number for value in node.values() for number in numbers(value)]
        if isinstance(node, list):
            return [number for value in node for number in numbers(value)]
        return [node] if isinstance(node, float) else []

    plain, compiled = (estimate(loaded(P1), execution=execution).to_dict() for execution in ("plain", "compiled"))
    probabilities = [
        [
            line[reading]["probability"]
            for line in answer["lines"]
            if line["flop"]
            for reading in ("narrow", "expected", "broad")
        ]
        for answer in (plain, compiled)
    ]
    assert probabilities[0] == pytest.approx(probabilities[1], rel=1e-12, abs=1e-15)
    assert numbers(plain) == pytest.approx(numbers(compiled), rel=1e-9, abs=1e-12)


def test_every_value_is_a_plain_one():
    """Nothing of NumPy leaks: json itself would accept its float64."""

    def check(node, path):
        if isinstance(node, dict):
            for key, value in node.items():
                check(value, f"{path}.{key}")
        elif isinstance(node, list):
            for value in node:
                check(value, path)
        else:
            assert type(node) in (str, int, float, bool, type(None)), path
            assert node == node, path  # no NaN

    check(estimate(loaded(P1)).to_dict(), "")
    certain = loaded('[[stage]]\nname = "a"\nkind = "pretraining"\nparams = "70B"\ntokens = "10T"\n')
    check(estimate(certain).to_dict(), "")
