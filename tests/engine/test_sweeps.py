"""Every row of a sweep is the estimate of that scenario; every stated error is honest and within the tolerance."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from building import LLAMA_8B, compared, loaded, plan_of

from flopline.engine import estimate, sweep
from flopline.errors import FloplineError

DAY = date(2026, 11, 22)
RUN = {
    "params": "60B..80B", "tokens": "14T..23T", "rework": "1%..5%", "hardware": "h100-sxm", "format": "bf16",
    "chips": 16384, "days": "150..170",
}  # fmt: skip
BY_MACHINE = {
    "hardware": "h100-sxm", "format": "bf16", "chips": "15000..17000", "days": "60..80", "availability": "80%..95%",
    "utilization": "35%..45%", "rework": "1%..5%",
}  # fmt: skip
RL = {
    "name": "rl", "kind": "reinforcement-learning", "params": "60B..80B", "prompts": "1B..3B", "samples_per_prompt": 16,
    "prompt_tokens": 500, "tokens_per_sample": "2k..12k", "reference": {"config": LLAMA_8B}, "kept": "20%..60%",
}  # fmt: skip
BOOKS = {
    "name": "books", "kind": "synthetic-data", "generator": {"params": {"shares": "pretrain.params"}},
    "tokens_generated": "1T..3T", "prompt_tokens": 400, "tokens_per_sample": "500..2000", "public": "no",
}  # fmt: skip
CHIPS = "h100-sxm,a100-sxm-80gb,b200-sxm"

CASES = {
    "tokens": ([RUN], {"pretrain.tokens": "14T:23T:9"}),
    "tokens, spaced by a ratio": ([RUN], {"pretrain.tokens": "5T:80T:9:log"}),
    "parameters that two stages share": ([RUN, BOOKS], {"pretrain.params": "40B:120B:9"}),
    "parameters that share another's": ([RUN, BOOKS], {"books.generator.params": "40B:1.2T:9"}),
    "lost steps": ([RUN], {"pretrain.rework": "1%:40%:9"}),
    "lost steps on a machine": ([BY_MACHINE], {"pretrain.rework": "1%:40%:9"}),
    "chips": ([BY_MACHINE], {"pretrain.chips": "5000:45000:9"}),
    "hardware": ([BY_MACHINE], {"pretrain.hardware": "h100-sxm,h200-sxm,b200-sxm,a100-sxm-80gb"}),
    "hardware and chips": ([BY_MACHINE], {"pretrain.hardware": CHIPS, "pretrain.chips": "9000:27000:3"}),
    "chips and hardware": ([BY_MACHINE], {"pretrain.chips": "9000:27000:3", "pretrain.hardware": CHIPS}),
    "tokens and lost steps": ([RUN], {"pretrain.tokens": "14T:23T:3", "pretrain.rework": "1%:30%:3"}),
    "utilization": ([BY_MACHINE], {"pretrain.utilization": "20%:60%:9"}),
    "hardware utilization, which stays one": (
        [BY_MACHINE | {"utilization": {"hfu": "35%..45%"}, "recompute": "full"}],
        {"pretrain.utilization": "20%:60%:9"}),
    "whole-run utilization, which stays one": (
        [{"peak": "1 PFLOP/s", "chips": 16000, "days": "60..80", "utilization": {"mfu": 0.3, "scope": "whole-run"}}],
        {"pretrain.utilization": "20%:60%:9"}),
    "availability": ([BY_MACHINE], {"pretrain.availability": "50%:95%:9"}),
    "lengths of samples": ([RL], {"rl.tokens_per_sample": "1000:9000:9"}),
    "prompts beside a model known by its shape": ([RL], {"rl.prompt_tokens": "100:2500:9"}),
    "kept samples": ([RL], {"rl.kept": "10%:90%:9"}),
    "lengths that divide": ([RUN | {"flop": "9e24..1.1e25"}, BOOKS | {"generator": {"params": "2T"}}],
                            {"books.tokens_per_sample": "100:900:9"}),
    "lengths of sequences": ([{"config": LLAMA_8B, "tokens": "100T..300T", "seq_len": 4096}],
                             {"pretrain.seq_len": "1024,2048,4096,8192,16384,32768,65536,131072,262144"}),
    "an interval listed": ([RUN], {"pretrain.tokens": ["14T..15T", "14T..30T", 17e12]}),
    "no uncertainty": ([{"params": "100B", "tokens": "15T"}, {"name": "more", "flop": "1e24"}],
                       {"pretrain.tokens": "11T:19T:9"}),
    "nothing uncertain is left": ([{"params": "100B", "tokens": "15T..20T"}, {"name": "more", "flop": "1e24"}],
                                  {"pretrain.tokens": "11T:19T:9"}),
}  # fmt: skip


def scenario(stages, point):
    """Return the tables of stages with the values of one scenario in place."""
    tables = [dict(stage) for stage in stages]
    for name, given in point.items():
        owner, *path, key = name.split(".")
        at = next(table for table in tables if table.get("name", "pretrain") == owner)
        for part in path:
            at[part] = dict(at[part])
            at = at[part]
        value = given
        if isinstance(at.get(key), dict) and key == "utilization":
            metric = "hfu" if "hfu" in at[key] else "mfu"
            value = at[key] | {metric: value}
        at[key] = value
    return tables


@pytest.mark.parametrize("name", CASES)
def test_a_row_is_the_estimate_of_its_scenario(name):
    stages, vary = CASES[name]
    found = sweep(plan_of(*stages), vary, version="test", day=DAY)
    assert len(found) == np.prod([len(axis.values) for axis in found.axes])
    columns = found.columns()
    for row, values in enumerate(itertools.product(*(axis.values for axis in found.axes))):
        point = dict(zip(vary, values, strict=True))
        alone = estimate(plan_of(*scenario(stages, point)), day=DAY)
        for axis, value in point.items():
            assert columns[axis][row] == value
        for line in compared(alone):
            for word, reading in line.readings():
                probability = columns[f"{line.id}.{word}.probability"][row]
                error = columns[f"{line.id}.{word}.error"][row]
                assert error <= 1e-4
                assert probability == pytest.approx(reading.probability, abs=5 * (error + reading.error) + 1e-12)


def test_exactly_the_line_does_not_cross_in_a_sweep_either():
    plan = plan_of({"params": "100B", "tokens": "15T"}, {"name": "more", "flop": "1e24"})
    found = sweep(plan, {"pretrain.tokens": [14e12, 15e12, 16e12]}, version="test", day=DAY).columns()
    assert found["eu-ai-act/systemic-risk.expected.probability"].tolist() == [0.0, 0.0, 1.0]
    assert found["eu-ai-act/systemic-risk.expected.error"].tolist() == [0.0, 0.0, 0.0]


def test_axes_come_first_and_the_last_is_fastest():
    vary = {"pretrain.tokens": "14T:23T:2", "pretrain.params": "60B,80B"}
    columns = sweep(plan_of(RUN), vary, version="test", day=DAY).columns()
    assert list(columns)[:2] == list(vary)
    assert columns["pretrain.params"].tolist() == [60e9, 80e9] * 2
    assert list(columns)[2:4] == ["eu-ai-act/gpai.narrow.probability", "eu-ai-act/gpai.narrow.error"]


def test_a_scenario_that_is_no_plan_is_refused_with_the_axis_as_its_place():
    with pytest.raises(FloplineError) as refused:
        sweep(plan_of(RUN), {"pretrain.rework": [0.1, 1.5]}, version="test", day=DAY)
    assert "pretrain.rework" in str(refused.value)


def test_too_many_scenarios_are_refused_in_words():
    vary = {"pretrain.tokens": "1T:9T:5000", "pretrain.params": "1B:9B:5000"}
    with pytest.raises(FloplineError, match="scenarios"):
        sweep(plan_of(RUN), vary, version="test", day=DAY)


def test_the_plan_from_a_file_and_its_folder_are_kept():
    plan = loaded('[[stage]]\nname = "a"\nkind = "pretraining"\nparams = "70B"\ntokens = "10T..20T"\n')
    found = sweep(plan, {"a.tokens": "10T,30T"}, version="test", day=DAY)
    assert found.sha256 == plan.sha256


MACHINES = {
    "tokens, chips and chip": (
        [
            {
                "params": "70B",
                "tokens": "15T",
                "hardware": "h100-sxm",
                "format": "bf16",
                "chips": 1000,
                "utilization": "30%..45%",
                "rework": "1%..5%",
            }
        ],
        {"pretrain.tokens": "10T:20T:3", "pretrain.chips": "1000,3000", "pretrain.hardware": "h100-sxm,h20"},
    ),
    "days of a machine with a model": (
        [{"params": "70B", "hardware": "h100-sxm", "format": "bf16", "chips": 1000, "days": 10, "utilization": "40%"}],
        {"pretrain.days": "10:40:4", "pretrain.utilization": [0.3, 0.4]},
    ),
}


@pytest.mark.parametrize("name", MACHINES)
def test_what_machines_take_is_that_of_the_estimate(name):
    stages, vary = MACHINES[name]
    found = sweep(plan_of(*stages), vary, version="test", day=DAY)
    columns = found.columns()
    assert {"pretrain.chip_hours.median", "pretrain.energy.high", "pretrain.cost.low"} <= set(columns)
    for row, values in enumerate(itertools.product(*(axis.values for axis in found.axes))):
        alone = estimate(plan_of(*scenario(stages, dict(zip(vary, values, strict=True)))), day=DAY).stages[0].derived
        known = {one.name: one.amount for one in alone if one.name != "utilization"}
        for key in {name.split(".")[1] for name in found.resources}:
            for word in ("median", "low", "high"):
                got = columns[f"pretrain.{key}.{word}"][row]
                expected = getattr(known[key], word) if key in known else np.nan
                assert got == pytest.approx(expected, rel=2e-3, nan_ok=True)


def test_an_unknown_price_is_an_empty_cell():
    stages, vary = MACHINES["tokens, chips and chip"]
    cells = sweep(plan_of(*stages), vary, version="test", day=DAY).to_dict()["columns"]["pretrain.cost.median"]
    assert cells.count(None) == len(cells) / 2  # the H20 has no published price


def test_a_quantity_that_does_not_scale_has_no_column():
    """Two groups of chips, of which one grows."""
    group = {"hardware": "h100-sxm", "format": "bf16", "chips": 1000, "days": 10}
    plan = plan_of({"period": [group, group], "utilization": "30%..45%"})
    found = sweep(plan, {"pretrain.period[0].chips": "1000:3000:3"}, version="test", day=DAY)
    assert not found.resources
