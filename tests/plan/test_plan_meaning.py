"""What a stage must have and may not have together."""

from __future__ import annotations

import json

import pytest
from planning import only, problem, read, refused, with_stage

from flopline.plan.kinds import KEYS

TOKENS = {"tokens": "15T", "params": "70B"}
MACHINE = {"hardware": "h100-sxm", "chips": 64, "days": 3}
EXACT = {"config": "small.json", "seq_len": 512, "params": None}
MODEL = {"params": "7B"}
SHARED_KEYS = {"name", "kind"}
VALUES = {
    "actor": "own", "phase": "after", "note": "n", "base": {"name": "b", "developer": "own"}, "flop": 1e24,
    "merges": [{"name": "c", "developer": "own"}, {"name": "d", "developer": "other"}],
    "config": "small.json", "params": "7B",
    "active": "1B", "lora": 8, "trainable": "head", "mtp": False, "recompute": "full", "attention": "full",
    "overhead": 1.1, "rework": "2%", "tokens": "1T",
    "samples": "1M", "seq_len": 512, "epochs": 2, "chips": 8, "days": 2, "hours": 2, "chip_hours": 9,
    "hardware": "h100-sxm", "peak": "989 TFLOP/s",
    "format": "bf16", "utilization": "40%", "availability": "90%", "server_power": "1 kW", "price": "2 USD", "pue": 1.1,
    "period": [{"hardware": "h100-sxm", "chips": 8, "days": 2}], "relation": "tokens-bound",
    "reference": MODEL, "teacher": MODEL, "reward_model": MODEL, "critic": MODEL, "generator": MODEL,
    "tokens_per_sample": 50,
    "prompt_tokens": 50, "length_spread": 0.5, "prompts": 50, "samples_per_prompt": 5, "kept": "90%",
    "old_log_probabilities": True, "prefix_cache": True,
    "update_share": "30%", "tokens_generated": "1T", "public": "no",
    "adapter": 64, "documents": [256, 256], "decoder_len": 64, "text_len": 77, "frames": 9, "images": 2,
    "image_side": 336, "patches": 4, "audios": 1,
    "padding": "5%", "capacity": 1.25, "judge": MODEL, "judge_tokens": 100, "tool_tokens": 30, "turns": 3,
    "starts": "2027-01-15", "after": [], "pause": "3..10", "duration": 30, "happens": "40%",
    "either": [{"hardware": "h100-sxm", "chips": 8, "days": 2, "probability": 0.5}] * 2,
    "observed": {"flop": 1e24},
    "evicted": True, "speculative": {"draft": MODEL, "tokens": 4, "acceptance": "80%"},
}  # fmt: skip


def test_there_is_a_value_for_every_key():
    assert set(VALUES) == set.union(*map(set, KEYS.values())) - SHARED_KEYS


@pytest.mark.parametrize("kind", sorted(KEYS))
@pytest.mark.parametrize("key", sorted(VALUES))
def test_a_key_belongs_to_some_kinds_and_is_refused_for_the_others(kind, key):
    plan = json.dumps({"stage": [{"name": "run", "kind": kind, "flop": 1e24, key: VALUES[key]}]})
    try:
        read(plan, "json")
        found = []
    except ValueError as error:
        found = list(error.diagnostics)
    foreign = [one for one in found if one.code == "E310"]
    assert bool(foreign) == (key not in KEYS[kind]), found
    if foreign:
        assert only(foreign).place.key == f"stage.run.{key}"
        assert only(foreign).hint.startswith("it belongs to ")


@pytest.mark.parametrize("kind", sorted(KEYS))
def test_every_kind_accepts_flop_alone(kind):
    assert read(with_stage({"name": "run", "kind": kind, "flop": "1e24..1e25"}), "json").plan.stage[0].flop is not None


def test_a_config_without_seq_len_says_why_it_matters():
    found = problem(**EXACT | {"seq_len": None})
    assert found.code == "E317"
    assert found.hint == "give `seq_len`, such as 8192"


def test_a_config_beside_params_is_one_size_too_many():
    assert problem(config="small.json", seq_len=512).code == "E315"


@pytest.mark.parametrize(
    ("active", "params"),
    [("80B", "70B"), ("80B..90B", "60B..70B"), ({"dist": "uniform", "low": "70B", "high": "90B"}, "70B")],
)
def test_active_parameters_are_not_more_than_all(active, params):
    assert problem(active=active, params=params).message == "`active` parameters are more than `params`, the total"


def test_active_parameters_may_be_all():
    read(with_stage(active="70B"), "json")


def test_active_alone_is_no_size():
    assert [one.code for one in refused(with_stage(params=None, active="7B"), "json")] == ["E311", "E316"]


def test_tokens_need_a_model():
    assert "has no model" in problem(params=None).message


def test_the_plan_s_model_is_every_stage_s():
    text = json.dumps({"model": {"params": "70B"}, "stage": [{"name": "run", "kind": "pretraining", "tokens": "1T"}]})
    assert read(text, "json").plan.model.params.value == 70e9


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"samples": "1M", "seq_len": 8}, "E312"), ({"tokens": None, "samples": "1M"}, "E312"),
        ({"tokens": None}, "E311"),
        ({"tokens": None, "chips": 64, "days": 3}, "E313"),
        ({"tokens": None, "hardware": "h100-sxm", "chips": 64}, "E311"),
        ({"tokens": None, "hardware": "h100-sxm", "days": 3}, "E311"),
        ({"tokens": None, "hardware": "h100-sxm"}, "E311"),
        ({**MACHINE, "hours": 3}, "E313"), ({**MACHINE, "chip_hours": 3}, "E313"),
        ({**MACHINE, "peak": "989 TFLOP/s"}, "E314"),
        ({"peak": "989 TFLOP/s", "chips": 64, "days": 3, "format": "bf16"}, "E314"),
        ({**MACHINE, "format": "fp4"}, "E501"),
        ({**MACHINE, "utilization": {"mfu": "40%", "peak": "fp4"}}, "E501"), ({"relation": "time-bound"}, "E319"),
        ({"relation": "tokens-bound", "flop": 1e24}, "E319"),
        ({"lora": 8}, "E321"),
        ({"trainable": "head"}, "E321"), ({"mtp": True}, "E321"), ({"recompute": "selective"}, "E321"),
        ({**EXACT, "lora": 8, "trainable": "head"}, "E322"),
        ({**EXACT, "lora": {"rank": 8, "targets": ["nothing"]}}, "E400"),
        ({**EXACT, "trainable": "tail"}, "E400"), ({**EXACT, "trainable": "last-99"}, "E400"),
        ({**EXACT, "mtp": True}, "E400"),
    ],
    ids=str,
)  # fmt: skip
def test_what_contradicts_or_lacks_something_is_refused(keys, code):
    codes = [one.code for one in refused(with_stage(**keys), "json")]
    assert codes in ([code], [code, "E311"])


def test_both_routes_need_no_relation():
    read(with_stage(**MACHINE), "json")


@pytest.mark.parametrize("relation", ["tokens-bound", "time-bound", "independent"])
def test_two_routes_need_no_more_than_a_word(relation):
    assert read(with_stage(**MACHINE, relation=relation), "json").plan.stage[0].relation == relation


def test_two_measurements_are_fused_of_training_alone():
    found = problem(**MACHINE, relation="independent", kind="distillation", teacher={"params": "400B"})
    assert found.code == "E320"
    assert "tokens-bound" in found.hint


@pytest.mark.parametrize("keys", [{"chips": 64, "days": 3}, {"chips": 64, "hours": 72}, {"chip_hours": 4608}])
def test_a_machine_is_chips_and_a_time(keys):
    read(with_stage(tokens=None, hardware="h100-sxm", **keys), "json")
    read(with_stage(tokens=None, peak="989 TFLOP/s", **keys), "json")


PERIODS = [{"hardware": "h100-sxm", "chips": 64, "days": 3}, {"hardware": "h800-sxm", "chip_hours": "1M"}]


def test_periods_have_machines_of_their_own():
    stage = read(with_stage(tokens=None, period=PERIODS), "json").plan.stage[0]
    assert [period.hardware.id for period in stage.period] == ["h100-sxm", "h800-sxm"]


@pytest.mark.parametrize(
    "keys", [{"chips": 64}, {"days": 3}, {"hardware": "h100-sxm"}, {"format": "bf16"}, {"peak": "1 TFLOP/s"}]
)
def test_a_machine_stands_in_the_stage_or_in_its_periods(keys):
    codes = {one.code for one in refused(with_stage(tokens=None, period=PERIODS, **keys), "json")}
    assert "E324" in codes


@pytest.mark.parametrize(
    "period", [{}, {"hardware": "h100-sxm"}, {"chips": 64, "days": 3}, {"hardware": "h100-sxm", "days": 3}]
)
def test_an_incomplete_period_is_refused_where_it_stands(period):
    assert problem(tokens=None, period=[*PERIODS, period]).place.key.startswith("stage.pretrain.period[2]")


@pytest.mark.parametrize("key", ["availability", "rework"])
def test_a_whole_run_utilization_has_goodput_inside(key):
    found = problem(tokens=None, **MACHINE, utilization={"mfu": "40%", "scope": "whole-run"}, **{key: "5%"})
    assert (found.code, found.place.key) == ("E323", f"stage.pretrain.{key}")


def test_goodput_is_checked_in_every_period():
    periods = [PERIODS[0], {**PERIODS[1], "utilization": {"mfu": "40%", "scope": "whole-run"}}]
    assert problem(tokens=None, period=periods, rework="5%").code == "E323"


@pytest.mark.parametrize("kind", ["evaluation", "data-processing", "reinforcement-learning", "synthetic-data"])
def test_generation_has_no_prior_of_training(kind):
    stage = {"name": "run", "kind": kind, **MACHINE}
    assert only(refused(with_stage(stage), "json")).code == "E318"
    read(with_stage({**stage, "utilization": "10%..20%"}), "json")


def test_a_hardware_utilization_needs_what_is_recomputed():
    found = problem(tokens=None, **MACHINE, utilization={"hfu": "50%"})
    assert (found.code, found.place.key) == ("E600", "stage.pretrain.utilization")
    read(with_stage(tokens=None, **MACHINE, utilization={"hfu": "50%"}, recompute="full"), "json")


REINFORCED = {
    "name": "rl",
    "kind": "reinforcement-learning",
    "params": "7B",
    "prompts": "1M",
    "samples_per_prompt": 8,
    "prompt_tokens": 100,
    "tokens_per_sample": "1k..2k",
}


@pytest.mark.parametrize("key", ["samples_per_prompt", "prompt_tokens", "tokens_per_sample"])
def test_reinforcement_learning_needs_all_of_its_numbers(key):
    stage = {name: value for name, value in REINFORCED.items() if name != key}
    assert f"`{key}` is missing" in only(refused(with_stage(stage), "json")).message


@pytest.mark.parametrize("role", ["reference", "reward_model", "critic"])
def test_other_models_have_a_size_or_are_the_model_itself(role):
    read(with_stage({**REINFORCED, role: "self"}), "json")
    read(with_stage({**REINFORCED, role: {"params": "7B"}}), "json")
    for raw in ({}, {"developer": "own"}, {"own": True, "params": "7B"}):
        assert only(refused(with_stage({**REINFORCED, role: raw}), "json")).code == "E316"


def test_one_exact_model_needs_one_length_of_prompt():
    stage = {**REINFORCED, "params": None, "config": "small.json", "prompt_tokens": "100..200"}
    assert only(refused(with_stage(stage), "json")).place.key == "stage.rl.prompt_tokens"


def test_the_spread_of_lengths_is_one_number():
    assert (
        only(refused(with_stage({**REINFORCED, "length_spread": "0.3..0.5"}), "json")).place.key
        == "stage.rl.length_spread"
    )


SYNTHETIC = {"name": "books", "kind": "synthetic-data", "generator": {"params": "405B"}, "tokens_generated": "1T"}


def test_synthetic_data_need_a_generator():
    stage = {name: value for name, value in SYNTHETIC.items() if name != "generator"}
    assert "`generator` is missing" in only(refused(with_stage(stage), "json")).message


@pytest.mark.parametrize("key", ["prompt_tokens", "tokens_per_sample"])
def test_a_prompt_is_read_once_per_sample(key):
    assert "need each other" in only(refused(with_stage({**SYNTHETIC, key: 500}), "json")).message


@pytest.mark.parametrize("public", ["yes", "no", "unknown"])
def test_synthetic_data_are_public_or_not(public):
    assert read(with_stage({**SYNTHETIC, "public": public}), "json").plan.stage[0].public == public


@pytest.mark.parametrize(
    ("base", "code"),
    [
        ({"developer": "own"}, "E302"), ({"name": "b"}, "E302"), ({"name": "b", "developer": ""}, "E305"),
        ({"name": "b", "developer": "own", "active": "7B"}, "E316"),
        ({"name": "b", "developer": "own", "tokens": "1T"}, "E316"),
        ({"name": "b", "developer": "own", "tokens": "1T", "config": "small.json"}, "E317"),
        ({"name": "b", "developer": "own", "flop": "-1e24"}, "E200"),
        ({"name": "b", "developer": "own", "merged": "yes"}, "E304"),
    ],
    ids=str,
)  # fmt: skip
def test_a_base_says_whose_it_is_and_what_it_took(base, code):
    found = problem(base=base)
    assert found.code == code
    assert found.place.key.startswith("stage.pretrain.base")


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"flop": "1e24"},
        {"params": "7B", "tokens": "1T"},
        {"config": "small.json", "seq_len": 512, "tokens": "1T"},
        {"params": "7B"},
    ],
)
def test_a_base_may_be_known_bounded_or_unknown(keys):
    read(with_stage(base={"name": "b", "developer": "other", **keys}), "json")


def _based(*bases):
    return with_stage(
        *({"name": f"s{index}", "kind": "research", "flop": 1, "base": base} for index, base in enumerate(bases))
    )


def test_stages_may_share_a_base_but_not_disagree_about_it():
    base = {"name": "b", "developer": "own", "config": "small.json", "seq_len": 512, "tokens": "1T"}
    read(_based(base, base), "json")
    read(_based(base, {"name": "c", "developer": "other", "flop": 1e24}), "json")
    found = only(refused(_based(base, {**base, "tokens": "2T"}), "json"))
    assert (found.code, found.place.key) == ("E334", "stage.s1.base")


def test_modules_that_predict_several_tokens_must_exist():
    stage = {"name": "run", "kind": "research", "flop": 1}
    for model, code in (({"config": "small.json", "mtp": True}, "E400"), ({"params": "7B", "mtp": True}, "E321")):
        found = only(refused(json.dumps({"model": model, "stage": [stage]}), "json"))
        assert (found.code, found.place.key) == (code, "model.mtp")
