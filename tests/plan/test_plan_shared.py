"""Amounts that are the very same quantity, and correlations between others."""

from __future__ import annotations

import json

import pytest
from planning import only, read, refused

from flopline.plan import amounts_of_plan, settle

PRETRAIN = {"name": "pretrain", "kind": "pretraining", "params": "60B..80B", "tokens": "15T..17T", "epochs": 2}
LONGER = {"name": "longer", "kind": "continued-pretraining", "params": "7B", "tokens": "1T..2T"}


def plan(*stages, correlation=(), **keys):
    return json.dumps({"stage": list(stages), "correlation": list(correlation), **keys})


def shares(name):
    return {"shares": name}


def settled(text, name):
    loaded = read(text, "json")
    return settle(name, loaded.plan, amounts_of_plan(loaded.plan))[0]


def test_a_shared_amount_is_the_other_one():
    assert (
        settled(plan(PRETRAIN, {**LONGER, "params": shares("pretrain.params")}), "longer.params") == "pretrain.params"
    )


def test_sharing_follows_a_chain():
    third = {**LONGER, "name": "third", "tokens": shares("longer.tokens")}
    text = plan(PRETRAIN, {**LONGER, "tokens": shares("pretrain.tokens")}, third)
    assert settled(text, "third.tokens") == "pretrain.tokens"


def test_a_stage_without_a_size_of_its_own_has_the_plan_s():
    stages = (
        {"name": "pretrain", "kind": "pretraining", "tokens": "15T"},
        {**LONGER, "params": shares("pretrain.params")},
    )
    assert settled(plan(*stages, model={"params": "60B..80B"}), "longer.params") == "model.params"


def test_amounts_inside_tables_and_periods_have_names_too():
    base = {"name": "b", "developer": "own", "flop": shares("pretrain.base.flop")}
    stages = (
        {**PRETRAIN, "base": {"name": "a", "developer": "own", "flop": "1e24..2e24"}},
        {**LONGER, "base": base},
        {
            "name": "third",
            "kind": "pretraining",
            "period": [
                {"hardware": "h100-sxm", "chips": 64, "days": "3..4"},
                {"hardware": "h800-sxm", "chips": shares("third.period[0].chips"), "days": 4},
            ],
        },
    )
    assert settled(plan(*stages), "longer.base.flop") == "pretrain.base.flop"
    assert settled(plan(*stages), "third.period[1].chips") == "third.period[0].chips"


def test_a_utilization_is_shared_as_an_amount():
    machine = {"kind": "pretraining", "hardware": "h100-sxm", "chips": 64, "days": 3}
    text = plan(
        {"name": "a", **machine, "utilization": "35%..45%"},
        {"name": "b", **machine, "utilization": shares("a.utilization")},
    )
    assert settled(text, "b.utilization") == "a.utilization"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pretrain.param", "did you mean `pretrain.params`?"),
        ("petrain.params", "did you mean `pretrain.params`?"),
        ("zzz", "it can share pretrain.params"),
        ("pretrain.chips", None),
        ("model.params", None),
        ("longer", None),
    ],
)
def test_sharing_what_is_not_there_names_what_is(name, hint):
    found = only(refused(plan(PRETRAIN, {**LONGER, "params": shares(name)}), "json"))
    assert (found.code, found.place.key) == ("E332", "stage.longer.params")
    assert hint is None or found.hint == hint


@pytest.mark.parametrize("circle", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"}])
def test_sharing_in_a_circle_is_refused(circle):
    stages = [
        {"name": name, "kind": "pretraining", "params": "7B", "tokens": shares(f"{other}.tokens")}
        for name, other in circle.items()
    ]
    found = refused(plan(*stages), "json")
    assert {one.code for one in found} == {"E332"}
    assert all("goes round in a circle" in one.message for one in found)


@pytest.mark.parametrize(
    ("key", "name"),
    [("params", "pretrain.tokens"), ("tokens", "pretrain.params"), ("tokens", "pretrain.epochs"),
    ("epochs", "pretrain.tokens"), ("rework", "pretrain.epochs"), ("overhead", "pretrain.params")],
)  # fmt: skip
def test_sharing_what_measures_something_else_is_refused(key, name):
    found = only(refused(plan(PRETRAIN, {**LONGER, key: shares(name)}), "json"))
    assert (found.code, found.place.key) == ("E335", f"stage.longer.{key}")
    assert f"cannot share `{name}`" in found.message


def test_days_are_not_hours():
    machine = {"kind": "pretraining", "hardware": "h100-sxm", "chips": 64}
    found = only(
        refused(
            plan({"name": "a", **machine, "days": "3..4"}, {"name": "b", **machine, "hours": shares("a.days")}), "json"
        )
    )
    assert found.code == "E335"


def test_sharing_from_a_stage_that_is_wrong_itself_is_not_held_against_it():
    stages = (
        {**PRETRAIN, "tokens": "nonsense"},
        {**LONGER, "tokens": shares("pretrain.tokens"), "params": shares("nowhere.params")},
    )
    found = refused(plan(*stages), "json")
    assert [(one.code, one.place.key) for one in found] == [
        ("E200", "stage.pretrain.tokens"),
        ("E332", "stage.longer.params"),
    ]


def correlated(*pairs):
    return [{"between": list(between), "rho": rho} for *between, rho in pairs]


TOKENS, MORE, PARAMS = "pretrain.tokens", "longer.tokens", "pretrain.params"


def test_quantities_may_be_correlated():
    text = plan(
        PRETRAIN, LONGER, correlation=correlated((TOKENS, MORE, 0.5), (PARAMS, TOKENS, -1), (PARAMS, MORE, -0.5))
    )
    assert len(read(text, "json").plan.correlation) == 3


@pytest.mark.parametrize(
    ("pairs", "code", "words"),
    [
        ([(TOKENS, "longer.token", 0.5)], "E331", "no amount `longer.token`"),
        ([(TOKENS, "zzz", 0.5)], "E331", "no amount `zzz`"),
        ([(TOKENS, TOKENS, 0.5)], "E333", "same quantity"), ([(TOKENS, MORE, 1.5)], "E305", "at most 1"),
        ([(TOKENS, MORE, -1.5)], "E305", "at least -1"),
        ([(TOKENS, MORE, "0.5")], "E304", "a number"), ([(TOKENS, MORE, True)], "E304", "a number"),
        ([(TOKENS, 0.5)], "E304", "two names"),
        ([(TOKENS, MORE, PARAMS, 0.5)], "E304", "two names"), ([(TOKENS, 5, 0.5)], "E304", "text"),
        ([(TOKENS, MORE, 0.5), (MORE, TOKENS, 0.6)], "E333", "given twice"),
        ([(TOKENS, MORE, 0.9), (TOKENS, PARAMS, 0.9), (MORE, PARAMS, -0.9)], "E333", "contradict each other"),
        ([(TOKENS, MORE, 1), (TOKENS, PARAMS, 1), (MORE, PARAMS, 0.99)], "E333", "contradict each other"),
    ],
)  # fmt: skip
def test_a_correlation_that_cannot_be_is_refused(pairs, code, words):
    found = only(refused(plan(PRETRAIN, LONGER, correlation=correlated(*pairs)), "json"))
    assert found.code == code
    assert words in found.message
    assert found.place.key.startswith("correlation[")


def test_a_correlation_of_one_quantity_with_another_name_is_refused_too():
    text = plan(PRETRAIN, {**LONGER, "tokens": shares(TOKENS)}, correlation=correlated((TOKENS, MORE, 0.5)))
    assert "same quantity" in only(refused(text, "json")).message


def test_a_number_without_uncertainty_correlates_with_nothing_and_hurts_nobody():
    read(plan(PRETRAIN, LONGER, correlation=correlated(("pretrain.epochs", TOKENS, 0.5))), "json")


@pytest.mark.parametrize(
    "raw",
    [
        5,
        {},
        [5],
        ["ab"],
        [{}],
        [{"between": [TOKENS, MORE]}],
        [{"rho": 0.5}],
        [{"between": [TOKENS, MORE], "rho": 0.5, "r": 1}],
    ],
)
def test_correlations_are_tables_with_two_keys(raw):
    assert refused(plan(PRETRAIN, LONGER).replace('"correlation": []', f'"correlation": {json.dumps(raw)}'), "json")[
        0
    ].place.key.startswith("correlation")
