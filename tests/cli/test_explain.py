"""`flopline explain --sensitivity`: a section of the page, one more key of the JSON, and questions it cannot answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import flopline

import flopline as fl

pytestmark = pytest.mark.usefixtures("folder")
LINE = "eu-ai-act/systemic-risk"


def test_the_page_begins_with_what_moves_the_answer():
    page = flopline("explain", "plan.toml", "--sensitivity", "--line", LINE).out
    assert page.splitlines()[2].startswith(f"  what moves P of {LINE} (expected reading, ")
    assert page.index("what moves P") < page.index("tokens x training FLOP per token")


def test_without_the_flag_nothing_is_asked():
    assert "what moves P" not in flopline("explain", "plan.toml").out
    assert "sensitivity" not in flopline("explain", "plan.toml", "--json").answer


def test_the_json_has_one_more_key_that_says_what_the_library_says():
    told = flopline("explain", "plan.toml", "--sensitivity", "--line", LINE, "--json").answer
    assert told["sensitivity"] == json.loads(json.dumps(fl.sensitivity("plan.toml", line=LINE).to_dict()))
    (tokens,) = told["sensitivity"]["inputs"]
    assert tokens["name"] == "pretrain.tokens"
    assert tokens["first_order"] == pytest.approx(1.0, abs=5 * tokens["first_order_error"])
    assert told["sensitivity"]["measurement"] is None  # settled already
    plain = flopline("explain", "plan.toml", "--line", LINE, "--json").answer
    assert {key: value for key, value in told.items() if key != "sensitivity"} == plain


def test_the_line_nearest_to_one_half_is_asked_about():
    told = flopline("explain", "plan.toml", "--sensitivity", "--json").answer
    assert told["sensitivity"]["line"] == LINE


@pytest.mark.parametrize("line", ["eu-ai-act/modifier", "nosuch/line"])
def test_a_line_without_this_answer_is_refused(line):
    found = flopline("explain", "plan.toml", "--sensitivity", "--line", line)
    assert (found.code, found.out) == (2, "")


def test_a_plan_without_uncertainty_is_refused_and_told_why():
    plan = Path("plan.toml").read_text(encoding="utf-8").replace("17T..22T", "17T")
    Path("sure.toml").write_text(plan, encoding="utf-8")
    found = flopline("explain", "sure.toml", "--sensitivity")
    assert (found.code, found.out) == (2, "")
    assert "nothing that any line counts is uncertain" in found.err
