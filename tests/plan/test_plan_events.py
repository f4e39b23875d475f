"""What a plan says of what may happen or not, and of one machine or another: what is refused, and where."""

from __future__ import annotations

import pytest
from planning import only, problem, read, refused, with_stage

from flopline.plan import happening

ONE = {"hardware": "h100-sxm", "chips": 8, "days": 2, "probability": "60%"}
OTHER = ONE | {"chips": 16, "probability": "40%"}


def shares(name):
    return {"shares": name}


@pytest.mark.parametrize(
    "wrong", [0, 1, "0%", "100%", 40, "-5%", True, "30%..50%", "lots", {"dist": "beta", "a": 1, "b": 2}]
)
def test_whether_a_stage_happens_is_one_probability(wrong):
    assert problem(happens=wrong).place.key == "stage.pretrain.happens"


def test_percent_forgotten_is_guessed():
    assert problem(happens=40).hint == "did you mean `40%`?"


def stages(*events):
    return [
        {"name": name, "kind": "pretraining", "flop": 1e24} | ({} if event is None else {"happens": event})
        for name, event in zip("abc", events, strict=False)
    ]


def test_an_event_is_shared_through_several_stages():
    plan = read(with_stage(*stages("40%", shares("a.happens"), shares("b.happens"))), "json").plan
    assert {happening(stage, plan) for stage in plan.stage} == {("a.happens", 0.4)}


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((None, shares("a.happens")), "no event of the plan"),
        (("40%", shares("a.flop")), "no event of the plan"),
        (("40%", shares("d.happens")), "no event of the plan"),
        ((0.4, shares("c.happens"), shares("b.happens")), "round in a circle"),
        ((shares("a.happens"),), "round in a circle"),
    ],
)
def test_an_event_that_is_shared_exists(events, said):
    found = refused(with_stage(*stages(*events)), "json")
    assert {one.code for one in found} == {"E390"}
    assert all(said in one.message for one in found)


def test_an_event_is_no_amount():
    two = stages("40%", None)
    two[1]["flop"] = shares("a.happens")
    assert only(refused(with_stage(*two), "json")).code == "E332"


@pytest.mark.parametrize(
    ("keys", "code", "key"),
    [
        ({"either": [ONE]}, "E392", "either[0]"),
        ({"either": [ONE, ONE]}, "E392", "either[1].probability"),
        ({"either": [ONE, OTHER], "period": [{"hardware": "h100-sxm", "chips": 8, "days": 2}]}, "E391", "either"),
        ({"either": [ONE, OTHER], "hardware": "h100-sxm"}, "E324", "hardware"),
        ({"either": [ONE, OTHER], "format": "bf16"}, "E324", "format"),
        ({"either": [ONE, {key: OTHER[key] for key in ("hardware", "chips", "probability")}]}, "E313", "either[1]"),
        ({"either": [ONE, {key: OTHER[key] for key in ("hardware", "chips", "days")}]}, "E302", "either[1]"),
        ({"either": [ONE, OTHER], "tokens": "1T", "relation": "independent"}, "E320", "relation"),
    ],
)
def test_one_machine_or_another_is_whole(keys, code, key):
    found = refused(with_stage(**({"tokens": None} | keys)), "json")
    assert (code, f"stage.pretrain.{key}") in {(one.code, one.place.key) for one in found}, found
