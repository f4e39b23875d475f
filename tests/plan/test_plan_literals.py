"""Every form of an amount under every key that takes one, in TOML and in JSON."""

from __future__ import annotations

import json
import tomllib

import pytest
from planning import HERE, RICH, content, read

from flopline.literals import parse_amount
from flopline.plan import amounts_of_plan
from flopline.plan.dimensions import DIMENSIONS
from flopline.quantity import Dimension

PRETRAINING = {"kind": "pretraining"}
COUNTED = {**PRETRAINING, "params": "1e15", "tokens": "15T"}
MACHINE = {**PRETRAINING, "hardware": "h100-sxm"}
TIMED = {**MACHINE, "chips": 64, "days": 3}
REINFORCED = {
    "kind": "reinforcement-learning", "params": "7B", "prompts": 5, "samples_per_prompt": 5, "prompt_tokens": 5,
    "tokens_per_sample": 5,
}  # fmt: skip
SYNTHETIC = {
    "kind": "synthetic-data",
    "generator": {"params": "7B"},
    "prompt_tokens": 5,
    "tokens_per_sample": 5,
    "tokens_generated": 5,
}

SMALL = {
    "model_type": "mixtral", "hidden_size": 64, "intermediate_size": 176, "num_hidden_layers": 4,
    "num_attention_heads": 8, "vocab_size": 300,
}  # fmt: skip

STAGES = {
    "tokens": COUNTED, "samples": {**PRETRAINING, "params": "70B", "seq_len": 8192}, "params": COUNTED,
    "active": COUNTED, "epochs": COUNTED,
    "overhead": COUNTED, "rework": COUNTED, "flop": PRETRAINING, "chips": {**MACHINE, "days": 3},
    "days": {**MACHINE, "chips": 64},
    "hours": {**MACHINE, "chips": 64}, "chip_hours": MACHINE, "peak": {**PRETRAINING, "chips": 64, "days": 3},
    "utilization": TIMED, "availability": TIMED,
    "prompts": REINFORCED, "samples_per_prompt": REINFORCED, "prompt_tokens": REINFORCED,
    "tokens_per_sample": REINFORCED, "kept": REINFORCED,
    "update_share": {"kind": "reinforcement-learning", "flop": 1e24}, "tokens_generated": SYNTHETIC,
    "padding": COUNTED, "capacity": {**PRETRAINING, "config": SMALL, "tokens": "1T", "seq_len": 512},
    "tool_tokens": REINFORCED, "judge_tokens": {**REINFORCED, "judge": {"params": "7B"}},
    "server_power": TIMED, "price": TIMED, "pue": TIMED, "pause": COUNTED, "duration": COUNTED,
}  # fmt: skip
"""A stage that is valid with each key."""

AMOUNTS = [
    7e9, 7, "7e9", "7B..9B", "2e9 .. 7e9 .. 9e9", "7B x/ 1.3",
    {"dist": "interval", "low": 7e9, "high": 9e9, "level": 0.8},
    {"dist": "uniform", "low": 1e9, "high": 9e9}, {"dist": "loguniform", "low": 1e9, "high": 9e9},
    {"dist": "triangular", "low": 0, "mode": 1e9, "high": 2e9},
    {"dist": "pert", "low": 1e9, "mode": 2e9, "high": 4e9}, {"dist": "normal", "mean": 7e9, "sd": 1e9},
    {"dist": "normal", "mean": 7e9, "sd": 1e9, "min": 5e9, "max": 9e9},
    {"dist": "lognormal", "median": 7e9, "sigma": 0.2},
    {"dist": "quantiles", "p": [0.1, 0.5, 0.9], "x": [6e9, 7e9, 9e9]}, {"dist": "samples", "values": [6e9, 7e9]},
]  # fmt: skip
SHARES = [
    0.4, "40%", "35%..45%", "30% .. 40% .. 60%", {"dist": "beta", "a": 2, "b": 3},
    {"dist": "interval", "low": "35%", "high": "45%"},
    {"dist": "uniform", "low": 0.1, "high": 0.2}, {"dist": "triangular", "low": 0.1, "mode": 0.2, "high": 0.3},
    {"dist": "normal", "mean": 0.4, "sd": 0.04},
    {"dist": "lognormal", "median": 0.3, "sigma": 0.1, "max": 0.9},
    {"dist": "quantiles", "p": [0.1, 0.9], "x": [0.2, 0.4], "max": 0.9}, {"dist": "samples", "values": [0.2, 0.3]},
]  # fmt: skip
PUES = [
    1, 1.12, "1.12", "1.08..1.15", "1 .. 1.1 .. 1.3", "1.1 x/ 1.02", {"dist": "uniform", "low": 1, "high": 1.2},
    {"dist": "normal", "mean": 1.2, "sd": 0.1}, {"dist": "samples", "values": [1.1, 1.2]},
]  # fmt: skip
UNITED = [
    "2 U", "1.5 U..3 U", "0 U .. 2 U .. 3 U", "2 U x/ 1.3", {"dist": "uniform", "low": "1 U", "high": "2 U"},
    {"dist": "normal", "mean": "3 U", "sd": "1 U"}, {"dist": "lognormal", "median": "3 U", "sigma": 0.2},
    {"dist": "quantiles", "p": [0.1, 0.9], "x": ["1 U", "2 U"]}, {"dist": "samples", "values": ["1 U", "2 U"]},
]  # fmt: skip
OTHERS = {
    Dimension.SHARE: SHARES,
    Dimension.PUE: PUES,
    Dimension.PRICE: [json.loads(json.dumps(form).replace("U", "USD")) for form in UNITED],
    Dimension.POWER: [json.loads(json.dumps(form).replace("U", "kW")) for form in UNITED],
}


def _forms():
    for key in sorted(STAGES):
        dimension = DIMENSIONS[key]
        forms = OTHERS.get(dimension, AMOUNTS)
        units = "kMBT" if dimension in (Dimension.TOKENS, Dimension.COUNT, Dimension.HOURS) else ""
        for form in forms:
            if isinstance(form, str) and "B" in form and not units:
                form = form.replace("B", "")
            yield pytest.param(key, form, id=f"{key}-{form}")


def test_every_key_that_holds_an_amount_is_tried():
    assert set(STAGES) == set(DIMENSIONS) - {"seq_len", "length_spread", "acceptance", "happens"}


@pytest.mark.parametrize(("key", "form"), list(_forms()))
def test_every_form_is_read_under_every_key(key, form):
    stage = {"name": "run", **STAGES[key], key: form}
    loaded = read(json.dumps({"stage": [stage]}), "json")
    assert amounts_of_plan(loaded.plan)[f"run.{key}"] == parse_amount(form, DIMENSIONS[key])


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        ("flop", "FLOP"),
        ("peak", "FLOP/s"),
        ("days", "days"),
        ("hours", "hours"),
        ("chip_hours", "hours"),
        ("tokens", "tokens"),
    ],
)
def test_amounts_may_be_written_with_their_unit(key, unit):
    stage = {"name": "run", **STAGES[key], key: f"5 {unit}"}
    assert amounts_of_plan(read(json.dumps({"stage": [stage]}), "json").plan)[f"run.{key}"].value == 5


def test_the_same_plan_in_toml_and_json_is_the_same_plan():
    tree = tomllib.loads(RICH)
    toml, json_ = read(RICH), read(json.dumps(tree, default=str), "json")
    assert content(toml) == content(json_)
    assert toml.sha256 == json_.sha256


def test_layout_and_comments_do_not_change_what_a_plan_is():
    assert read(RICH).sha256 == read("# another comment\n\n" + RICH.replace(" = ", "    =  ")).sha256


def test_an_amount_written_differently_is_another_text():
    assert read(RICH).sha256 != read(RICH.replace('"17T..22T"', '"17T..23T"')).sha256


def test_lists_tables_and_words_say_what_they_say():
    plan = read(RICH).plan
    stage = {one.name: one for one in plan.stage}
    assert stage["pretrain"].format == {"fp8": 0.8, "bf16": 0.2}
    assert stage["pretrain"].hardware.id == "h100-sxm"
    assert stage["adapt"].lora.rank == 16
    assert stage["adapt"].lora.targets == ("q_proj", "v_proj")
    assert stage["prefer"].reference.own
    assert stage["longer"].utilization.scope == "whole-run"
    assert stage["distil"].params.shares == "longer.params"
    assert plan.model.config.name == "small"
    assert plan.none == ("later-updates",)
    assert plan.developer.revenue_in(2025) == 620e6


def test_lora_is_a_rank_or_a_table():
    short = {"name": "run", "kind": "fine-tuning", "config": "small.json", "seq_len": 64, "tokens": "1B", "lora": 16}
    plans = [read(json.dumps({"stage": [{**short, "lora": lora}]}), "json") for lora in (16, {"rank": 16})]
    assert content(plans[0]) == content(plans[1])


def test_a_configuration_may_stand_in_the_plan_itself():
    config = json.loads((HERE / "small.json").read_text())
    stage = {"name": "run", "kind": "pretraining", "config": config, "seq_len": 64, "tokens": "1B"}
    assert read(json.dumps({"stage": [stage]}), "json").plan.stage[0].config.model_type == "llama"


def test_default_asks_for_the_prior_of_a_utilization():
    stage = {"name": "run", **TIMED, "utilization": "default"}
    assert read(json.dumps({"stage": [stage]}), "json").plan.stage[0].utilization is None


@pytest.mark.parametrize("written", ["2026-11-22", '"2026-11-22"'])
def test_days_are_dates_or_their_text(written):
    stage = '[[stage]]\nname = "run"\nkind = "research"\nflop = 1e24\n'
    assert str(read(f"day = {written}\nstart = {written}\n{stage}").plan.day) == "2026-11-22"
