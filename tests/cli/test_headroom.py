"""`flopline headroom`: exit codes, one envelope, limits that are cut and never rounded up, refusals with reasons."""

from __future__ import annotations

import json
import re

import pytest
from terminal import flopline

from flopline.quantity import parse_any

pytestmark = pytest.mark.usefixtures("folder")

EU = "eu-ai-act/systemic-risk"
ASKED = ("headroom", "plan.toml", "--line", EU, "--below", "5%")


def test_the_envelope_holds_the_question_and_every_input():
    answer = flopline(*ASKED, "--json").answer
    assert answer["command"] == "headroom"
    assert (answer["below"], answer["reading"], answer["law_day"]) == (0.05, "expected", "2026-11-22")
    (line,) = answer["lines"]
    assert (line["id"], line["flop"]) == (EU, 1e25)
    assert [one["name"] for one in line["inputs"]] == ["model.params", "pretrain.tokens"]
    for one in line["inputs"]:
        assert one["status"] == "value"
        assert one["ratio"] == pytest.approx(one["value"] / one["median"])
    size, tokens = line["inputs"]
    assert size["probability"] + size["error"] <= 0.05 < size["probability"] + 1e-3
    assert 1 <= size["evaluations"] <= 6
    # The plan's parameters are certain: with certain tokens the total is compared, not integrated.
    assert (tokens["probability"], tokens["error"], tokens["evaluations"]) == (0.0, 0.0, 0)
    assert {one["line"] for one in answer["left"]} > {EU, "us-ca-sb53/frontier"}


def test_the_page_never_prints_more_than_the_limit():
    exact = {one["name"]: one["value"] for one in flopline(*ASKED, "--json").answer["lines"][0]["inputs"]}
    page = flopline(*ASKED).out
    for name, value in exact.items():
        shown = re.search(rf"^  {re.escape(name)} +(\S+)", page, re.MULTILINE)
        assert shown is not None
        assert 0.99 * value < parse_any(shown[1]) <= value


def test_the_estimate_at_the_value_is_just_below_the_limit():
    value = flopline(*ASKED, "--vary", "tokens", "--json").answer["lines"][0]["inputs"][0]["value"]
    answer = flopline("estimate", "plan.toml", "--tokens", repr(value), "--json").answer
    # With certain tokens and parameters nothing is uncertain any more: the last value does not cross, the next does.
    assert next(one for one in answer["lines"] if one["id"] == EU)["expected"]["probability"] == 0.0
    more = flopline("estimate", "plan.toml", "--tokens", repr(value * (1 + 1e-12)), "--json").answer
    assert next(one for one in more["lines"] if one["id"] == EU)["expected"]["probability"] == 1.0


def test_without_a_line_every_line_with_an_amount_is_answered():
    answer = flopline("headroom", "plan.toml", "--below", "5%", "--json").answer
    assert [line["id"] for line in answer["lines"]] == [one["line"] for one in answer["left"]]
    assert "eu-ai-act/modifier" not in [line["id"] for line in answer["lines"]]


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("--below", "130%"), "--below"),
        (("--below", "0"), "--below"),
        (("--below", "5%", "--line", "eu-ai"), "--line"),
        (("--below", "5%", "--line", "eu-ai-act/modifier"), "--line"),
        (("--below", "5%", "--vary", "tokenz"), "--vary"),
        (("--below", "5%", "--vary", "pretrain.tokenz"), "--vary"),
        (("--below", "5%", "--along", "pretrain.tokens=0"), "--along"),
        (("--below", "5%", "--along", "pretrain.tokens"), "--along"),
        (("--below", "5%", "--along", "pretrain.tokens=1,pretrain.tokens=2"), "--along"),
        (("--below", "5%", "--along", "tokens=1", "--vary", "params"), "--along"),
        (("--below", "5%", "--reading", "wide"), "--reading"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else one,
)
def test_a_malformed_question_is_refused_at_its_flag(arguments, place):
    found = flopline("headroom", "plan.toml", *arguments, "--json")
    assert found.code == 2
    assert found.out == ""
    assert json.loads(found.err)["error"]["place"]["key"] == place
