"""When stages run: what each waits for, and what a plan cannot say of that."""

from __future__ import annotations

import json
from datetime import date

import pytest
from planning import only, read, refused

from flopline.plan import in_turn, waits_for
from flopline.plan.axes import axis_of


def plan(*stages, start="2027-01-15", **keys):
    """Return the JSON of a plan with stages of these keys, named a, b, c."""
    tables = [
        {"name": name, "kind": "fine-tuning", "flop": 1e24} | keys for name, keys in zip("abcd", stages, strict=False)
    ]
    return json.dumps({"start": start, "stage": tables, **keys})


def waits(*stages):
    return waits_for(read(plan(*stages), "json").plan)


def test_stages_run_in_the_order_of_the_plan_unless_it_says_otherwise():
    assert waits({}, {}, {}) == {"a": (), "b": ("a",), "c": ("b",)}


def test_a_stage_waits_for_one_that_it_names_or_for_several():
    assert waits({}, {"after": []}, {"after": ["a", "b"]}) == {"a": (), "b": (), "c": ("a", "b")}
    assert waits({}, {}, {"after": "a"})["c"] == ("a",)


def test_a_stage_with_a_day_of_its_own_waits_for_none():
    assert waits({}, {"starts": "2027-02-01"}, {}) == {"a": (), "b": (), "c": ("b",)}


def test_stages_come_behind_those_that_they_wait_for():
    loaded = read(plan({"after": "c"}, {"after": []}, {"after": "b"}), "json")
    assert [stage.name for stage in in_turn(loaded.plan)] == ["b", "c", "a"]


def test_the_day_of_the_decision_is_kept():
    assert read(plan({}, approval="2026-12-01"), "json").plan.approval == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("stages", "keys", "code", "key", "said"),
    [
        (({"after": "aa"},), {}, "E340", "stage.a.after", "no stage `aa`"),
        (({"after": "a"},), {}, "E341", "stage.a.after", "a waits for a"),
        (({"after": "c"}, {}, {}), {}, "E341", "stage.a.after", "a waits for c waits for b waits for a"),
        (({"starts": "2027-01-14"},), {}, "E342", "stage.a.starts", "before the run does"),
        (({}, {"starts": "2027-02-01", "after": "a"}), {}, "E343", "stage.b.after", "both say"),
        (({"starts": "2027-02-01", "pause": "3..10"},), {}, "E343", "stage.a.pause", "both say"),
        (({},), {"approval": "2027-01-16"}, "E344", "approval", "before it is decided"),
        (({"duration": 3, "days": 3},), {}, "E345", "stage.a.duration", "both given"),
        (({"starts": "soon"},), {}, "E305", "stage.a.starts", "expected a date"),
        (({"after": 3},), {}, "E304", "stage.a.after", "a list"),
        (({"after": [3]},), {}, "E304", "stage.a.after[0]", "text"),
        (({"pause": "-3..4"},), {}, "E200", "stage.a.pause", "positive"),
        (({"duration": "3 parsecs"},), {}, "E200", "stage.a.duration", "parsecs"),
    ],
)
def test_what_no_calendar_has_is_refused_at_its_key(stages, keys, code, key, said):
    found = only(refused(plan(*stages, **keys), "json"))
    assert (found.code, found.place.key) == (code, key), found
    assert said in found.message


def test_the_first_period_works_beside_none():
    period = {"hardware": "h100-sxm", "chips": 8, "days": 2}
    stage = {"kind": "pretraining", "flop": None, "period": [period | {"beside": True}, period]}
    text = plan(stage).replace('"flop": null, ', "")
    assert only(refused(text, "json")).code == "E346"


def test_a_stage_that_cannot_be_read_excuses_who_waits_for_it():
    found = refused(plan({"pause": "soon"}, {"after": "a"}, {"after": []}), "json")
    assert only(found).place.key == "stage.a.pause"


@pytest.mark.parametrize("key", ["starts", "after", "pause", "duration"])
def test_no_probability_moves_with_a_schedule(key):
    with pytest.raises(ValueError, match="no probability moves"):
        axis_of(read(plan({}), "json"), f"a.{key}", "1,2")
