"""`--observed` on the command line: what it takes, and where it says what is wrong."""

from __future__ import annotations

import pytest
from terminal import flopline

pytestmark = pytest.mark.usefixtures("folder")

RUN = ("estimate", "--params", "65B..75B", "--tokens", "17T..22T")


def total(*seen):
    flags = [part for one in seen for part in ("--observed", one)]
    found = flopline(*RUN, *flags, "--json")
    assert found.code == 0, found.err
    return found.answer["total"]


def test_what_is_done_narrows_the_total():
    before, after = total(), total("tokens=21T", "flop=8.82e24 x/ 1.01")
    assert after["low"] > before["low"]
    assert after["high"] - after["low"] < 0.5 * (before["high"] - before["low"])


def test_a_stage_is_named_where_there_are_several_and_may_be_where_there_is_one():
    assert total("pretrain.tokens=21T") == total("tokens=21T")


def test_a_table_is_written_as_in_the_plan():
    machine = ("--hardware", "h100-sxm", "--chips", "4096", "--days", "60..80")
    seen = 'utilization={ mfu = "38%..41%", scope = "whole-run" }'
    found = flopline("estimate", *machine, "--observed", seen, "--observed", "days=20", "--json")
    assert found.code == 0, found.err
    assert found.answer["total"]["low"] > flopline("estimate", *machine, "--json").answer["total"]["low"]


@pytest.mark.parametrize(
    ("seen", "place", "message"),
    [
        ("tokens", "--observed", "not a name and a value"),
        ("=9T", "--observed", "not a name and a value"),
        ("token=9T", "--observed token", "nothing that is observed"),
        ("sft.tokens=9T", "--observed sft.tokens", "no stage of the plan"),
        ("tokens=9e12 FLOP", "--observed tokens", "FLOP"),
        ("tokens=40T", "--observed tokens", "are done of `tokens`"),
        ("day=2027-02-30", "--observed day", "a date such as"),
        ("flop={ dist = 'uniform', low = 1e24, high = 2e24 }", "--observed flop", "no measurement"),
    ],
)
def test_what_is_wrong_is_said_at_the_flag(seen, place, message):
    found = flopline(*RUN, "--observed", seen, "--json")
    assert found.code == 2
    assert found.problems[0]["place"]["key"] == place
    assert message in found.problems[0]["message"]


def test_one_figure_is_given_once():
    found = flopline(*RUN, "--observed", "tokens=9T", "--observed", "tokens=8T", "--json")
    assert (found.code, found.problems[0]["message"]) == (2, "`tokens` is given twice")


def test_the_page_and_the_answer_say_what_they_are_conditioned_on():
    seen = ("--observed", "tokens=9T", "--observed", "flop=3.8e24 x/ 1.02", "--observed", "day=2027-02-20")
    page = " ".join(flopline(*RUN, *seen).out.split())
    assert (
        "pretrain: given what was observed on 2027-02-20: 9T tokens done, 3.80e24 FLOP (3.73e24 .. 3.88e24) so far"
    ) in page
    stage = flopline(*RUN, *seen, "--json").answer["stages"][0]["observed"]
    assert (stage["day"], stage["tokens"]) == ("2027-02-20", 9e12)
    assert stage["flop"] == pytest.approx({"median": 3.8e24, "low": 3.8e24 / 1.02, "high": 3.8e24 * 1.02, "level": 0.9})
    assert flopline(*RUN, "--json").answer["stages"][0]["observed"] is None
