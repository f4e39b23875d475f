"""`flopline compare`: plans under every line, on a page and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import flopline

DATA = Path(__file__).parents[1] / "data" / "regimes"
pytestmark = pytest.mark.usefixtures("folder")


def answered(*arguments):
    found = flopline("compare", *arguments)
    assert found.code == 0, found.err
    return found.out


def refused(*arguments):
    found = flopline("compare", *arguments)
    assert (found.code, found.out) == (2, "")
    return found.err


def test_a_page_for_each_plan():
    page = answered("plan.toml", "lora-70b")
    assert page.count("one plan under every line") == 2


def test_json_lines_one_envelope_each():
    found = [json.loads(line) for line in answered("plan.toml", "lora-70b", "--json").splitlines()]
    assert [one["command"] for one in found] == ["compare", "compare"]
    assert found[0]["against"] == "eu-ai-act/gpai"


def test_the_line_held_against_is_chosen():
    found = json.loads(answered("plan.toml", "--against", "us-ca-sb53/frontier", "--json"))
    assert {one["against"] for one in found["partings"]} == {"us-ca-sb53/frontier"}


def test_a_regime_of_ones_own_is_a_line_too():
    assert "atlantis/large" in answered("plan.toml", "--regimes", str(DATA / "new"))


def test_its_numbers_are_those_of_the_estimate():
    compared = json.loads(answered("plan.toml", "--json"))["lines"]
    estimated = json.loads(flopline("estimate", "plan.toml", "--json").out)["lines"]
    for one, other in zip((line for line in compared if line["law"]), estimated, strict=True):
        assert [one[key] for key in ("id", "word", "applies", "narrow", "expected", "broad")] == [
            other[key] for key in ("id", "word", "applies", "narrow", "expected", "broad")
        ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.toml",), "does not exist"), (("plan.toml", "--against", "eu-ai-act/gpia"), "did you mean"),
        (("plan.toml", "--against", "x"), " --> --against"),
        (("plan.toml", "--against", "eu-ai-act/modifier"), "a share"),
        (("plan.toml", "--day", "soon"), "2026-11-22"), (("broken.toml",), "error: "),
        (("plan.toml", "--regimes", "nowhere"), "does not exist"), (("plan.toml", "--level", "2"), "between"),
    ],
    ids=str,
)  # fmt: skip
def test_a_slip_is_answered_with_a_place(arguments, said):
    assert said in refused(*arguments)


def test_one_bad_plan_is_told_before_any_answer():
    assert "does not exist" in refused("plan.toml", "nowhere.toml")
