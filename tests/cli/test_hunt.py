"""The hunt: whatever plan, configuration or flag somebody writes, the answer is an answer or a place with a reason."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

import pytest
from graftings import FOLDER
from hypothesis import HealthCheck, given, settings
from mutations import Input, inputs
from terminal import Outcome, flopline, process

from flopline.plan import examples

LONGEST = 20.0
"""Seconds that an answer may take on a busy machine; most take a fiftieth of one."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder to ask questions in, with the configurations that plans name."""
    found = tmp_path_factory.mktemp("hunt")
    for path in (FOLDER / "small.json", *examples()[0].path.parent.glob("*.json")):
        shutil.copy(path, found)
    before = Path.cwd()
    os.chdir(found)
    yield found
    os.chdir(before)


def ask(asked: Input, folder: Path, run=flopline) -> None:
    for name, data in asked.files.items():
        (folder / name).write_bytes(data)
    before = sorted(folder.iterdir())
    started = time.monotonic()
    outcome = run(*asked.arguments)
    assert time.monotonic() - started < LONGEST
    assert sorted(folder.iterdir()) == before
    for name, data in asked.files.items():
        assert (folder / name).read_bytes() == data
        (folder / name).unlink()
    judge(asked, outcome)


def judge(asked: Input, outcome: Outcome) -> None:
    assert "Traceback" not in outcome.err
    assert "Warning" not in outcome.err
    assert outcome.code in ((0, 1, 2) if "--fail-above" in asked.arguments else (0, 2)), outcome.err
    as_json = "--json" in asked.arguments
    if outcome.code == 2:
        assert outcome.out == ""
        _places(outcome, as_json=as_json)
    elif as_json:
        assert outcome.answers
        for answer in outcome.answers:
            _envelope(answer)


def _places(outcome: Outcome, *, as_json: bool) -> None:
    """Assert that every problem says what is wrong and where."""
    if as_json:
        for problem in outcome.problems:
            assert set(problem) == {"code", "message", "place", "hint"}
            assert problem["code"]
            assert problem["message"]
            assert problem["place"] is not None, problem
            assert problem["place"]["file"] or problem["place"]["key"], problem
    else:
        blocks = re.sub(r"\x1b\[[0-9;]*m", "", outcome.err).strip("\n").split("\n\n")
        assert all(block.startswith("error: ") and "\n --> " in block for block in blocks), outcome.err


def _envelope(answer: dict[str, object]) -> None:
    assert answer["schema"] == 1
    if answer["command"] != "estimate":
        return
    total = answer["total"]
    assert 0 <= total["low"] <= total["median"] <= total["high"] < float("inf")
    for line in answer["lines"]:
        for reading in ("narrow", "expected", "broad"):
            if line["flop"] is None and line[reading]["probability"] is None:
                continue  # a share of nobody's computation
            assert 0 <= line[reading]["probability"] <= 1
            assert line[reading]["error"] >= 0


common = settings(
    deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)  # fmt: skip


@settings(common, max_examples=1_000)
@given(inputs)
def test_no_question_ends_without_an_answer_or_a_place(folder, asked):
    ask(asked, folder)


@pytest.mark.slow
@settings(common, max_examples=10_000, derandomize=False)
@given(inputs)
def test_no_question_of_ten_thousand_ends_without_an_answer_or_a_place(folder, asked):
    ask(asked, folder)


def _spawned(*arguments: str) -> Outcome:
    found = process(*arguments)
    return Outcome(found.returncode, found.stdout, found.stderr)


@settings(common, max_examples=50)
@given(inputs.filter(lambda asked: not any("\0" in word for word in asked.arguments)))
def test_processes_end_the_same_way(folder, asked):
    ask(asked, folder, _spawned)
