"""Regimes of the user's own, and amendments, reach every answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import flopline

import flopline as fl

DATA = Path(__file__).parents[1] / "data" / "regimes"
RUN = ("--flop", "6e24", "--day", "2026-11-22")


def asked(*arguments):
    found = flopline(*arguments, "--json")
    assert found.code == 0, found.err
    return json.loads(found.out)


def test_a_regime_of_the_user_s_own_is_one_of_the_lines():
    answer = asked("estimate", *RUN, "--regimes", str(DATA / "new"))
    line = next(one for one in answer["lines"] if one["id"] == "atlantis/large")
    assert (line["flop"], line["expected"]["probability"]) == (5e24, 1.0)


def test_an_amended_threshold_is_the_one_that_is_compared():
    path = ("--regimes", str(DATA / "amended"), "--day", "2027-06-01")
    answer = asked("estimate", "--flop", "6e25", *path)
    line = next(one for one in answer["lines"] if one["id"] == "eu-ai-act/systemic-risk")
    assert (line["flop"], line["expected"]["probability"]) == (1e26, 0.0)


def test_explain_and_sweep_know_it_too():
    path = ("--regimes", str(DATA / "new"))
    assert "atlantis/large" in flopline("explain", "llama-3.1-405b", *path).out
    swept = asked("sweep", "llama-3.1-405b", "--vary", "pretrain.tokens=1T,2T", *path)
    assert "atlantis/large.expected.probability" in swept["columns"]


def test_a_path_that_does_not_exist_is_a_malformed_question():
    found = flopline("estimate", *RUN, "--regimes", "nowhere.toml")
    assert (found.code, found.out) == (2, "")
    assert "`nowhere.toml` does not exist" in found.err


@pytest.mark.parametrize("way", ["load", "keywords"])
def test_the_library_takes_them(tmp_path, way):
    if way == "load":
        plan = tmp_path / "plan.toml"
        plan.write_text('[[stage]]\nname = "run"\nkind = "pretraining"\nflop = 6e24\n')
        answer = fl.estimate(fl.load(plan, regimes=[DATA / "new"]), day="2026-11-22")
    else:
        answer = fl.estimate(flop=6e24, day="2026-11-22", regimes=[DATA / "new"])
    assert answer.lines["atlantis/large"].word == "over"
