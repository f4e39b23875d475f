"""The library: the same questions as the command line, from Python."""

from __future__ import annotations

import inspect
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import flopline as fl
from flopline import errors, settings
from flopline.engine import results

PLANS = Path(__file__).parent / "plan"
CONFIG = PLANS / "small.json"
PLAN = """
day = 2026-11-22
none = ["post-training", "synthetic-data", "later-updates"]
[model]
params = "70B"
[[stage]]
name = "pretrain"
kind = "pretraining"
tokens = "17T..22T"
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return fl.load(path)


def test_a_plan_is_loaded_and_estimated(plan):
    estimate = fl.estimate(plan)
    assert estimate.total.low < estimate.total.median < estimate.total.high
    assert estimate.total.median == pytest.approx(6 * 70e9 * (17e12 * 22e12) ** 0.5, rel=1e-3)
    assert 0 <= estimate.lines["eu-ai-act/systemic-risk"].expected.probability <= 1


def test_a_path_will_do(plan):
    assert (
        fl.estimate(plan.document.name).to_dict()
        == fl.estimate(Path(plan.document.name)).to_dict()
        == fl.estimate(plan).to_dict()
    )


def test_keywords_are_the_flags_and_need_no_file():
    estimate = fl.estimate(config=CONFIG, tokens="15T..17T", seq_len=8192)
    assert estimate.total.low < estimate.total.high
    assert fl.estimate(config=str(CONFIG), tokens="15T..17T", seq_len=8192).sha256 == estimate.sha256


def test_a_mixture_on_a_machine_as_its_report_gives_it():
    """DeepSeek-V3 by its chip-hours in FP8 (arXiv:2412.19437): the prior leaves an interval around 3.4e24."""
    machine = {"chip_hours": 2.79e6, "hardware": "h800-sxm", "format": "fp8"}
    low, high = fl.estimate(params="671B", active="37B", **machine).interval(0.8)
    assert low < 3.4e24 < high


@pytest.mark.parametrize(
    "keys",
    [
        {"params": "70B", "tokens": "15T"},
        {"params": 70e9, "tokens": 15e12},
        {"params": np.float64(70e9), "tokens": np.int64(15 * 10**12)},
    ],
)
def test_numbers_and_their_texts_are_the_same(keys):
    assert fl.estimate(**keys).total.median == 6.3e24


def test_tables_may_be_dictionaries():
    estimate = fl.estimate(
        params="7B", kind="fine-tuning", tokens={"dist": "uniform", "low": "1B", "high": "2B"}, markets={"eu": "yes"},
        none=["post-training"],
        base={"name": "b", "developer": "own", "flop": 1e24}, start=date(2027, 1, 1),
    )  # fmt: skip
    assert {entry.activity for entry in estimate.entries} == {"sft", "own-base"}


def test_keywords_replace_keys_of_a_plan(plan):
    assert fl.estimate(plan, tokens="1T").total.median == pytest.approx(6 * 70e9 * 1e12)
    assert fl.estimate(plan).total.median > 1e24


def test_what_is_printed_is_short_and_to_dict_is_json(plan):
    estimate = fl.estimate(plan)
    assert "FLOP (90 %:" in str(estimate.total)
    json.dumps(estimate.to_dict(), allow_nan=False)


def test_results_cannot_be_changed(plan):
    estimate = fl.estimate(plan)
    for frozen, key in (
        (estimate, "title"),
        (estimate.total, "median"),
        (estimate.lines["eu-ai-act/gpai"], "word"),
        (plan, "sha256"),
        (plan.plan, "title"),
    ):
        with pytest.raises((AttributeError, ValueError)):
            setattr(frozen, key, None)


def test_count_has_the_keys_of_the_command():
    counted = fl.count(CONFIG, seq_len=8192, batch=2).to_dict()
    assert {"parameters", "forward", "training", "terms", "conventions", "extras"} <= set(counted)
    assert counted["training"]["masked"] == 2 * fl.count(CONFIG, seq_len=8192).to_dict()["training"]["masked"]


def test_one_line_gives_one_exceedance_and_several_a_list(plan):
    one = fl.exceedance(plan, 8e24, execution="plain")
    assert 0 < one.probability < 1
    assert one.probability + one.complement == pytest.approx(1)
    assert 0 < one.error <= 1e-4
    several = fl.exceedance(plan, [8e24, "9e24 FLOP"], tolerance=1e-4, execution="plain")
    assert several[0] == one
    assert several[1].probability < one.probability
    assert isinstance(fl.exceedance(plan, np.array([8e24])), list)
    assert fl.exceedance(plan, np.float64(8e24), execution="plain") == one
    assert set(one.to_dict()) == {"flop", "probability", "complement", "error"}


def test_without_uncertainty_it_is_a_yes_or_a_no():
    exactly = fl.estimate(flop=1e25).lines["eu-ai-act/systemic-risk"].expected
    assert (exactly.probability, exactly.error) == (0, 0)
    above = fl.estimate(flop=1.0000001e25).lines["eu-ai-act/systemic-risk"].expected
    assert (above.probability, above.error) == (1, 0)


def test_a_sweep_is_a_table_of_arrays(plan):
    sweep = fl.sweep(plan, {"pretrain.tokens": fl.geometric("14T", "23T", 4), "model.params": ["60B", "70B"]})
    columns = sweep.columns()
    assert list(columns)[:2] == ["pretrain.tokens", "model.params"]
    assert {"eu-ai-act/gpai.expected.probability", "eu-ai-act/gpai.expected.error"} <= set(columns)
    assert {len(column) for column in columns.values()} == {8} == {len(sweep)}
    assert columns["model.params"].tolist() == [60e9, 70e9] * 4
    json.dumps(sweep.to_dict(), allow_nan=False)


def test_hardware_varies_too(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(
        '[[stage]]\nname = "run"\nkind = "pretraining"\nhardware = "h100-sxm"\nchips = 1024\ndays = "30..40"\n'
    )
    assert fl.sweep(fl.load(path), {"run.hardware": ["h100-sxm", "tpu-v5p"]}).columns()["run.hardware"].tolist() == [
        "h100-sxm",
        "tpu-v5p",
    ]


def test_chips_of_one_s_own_are_found_again(tmp_path):
    own = tmp_path / "chips" / "acme"
    own.mkdir(parents=True)
    shipped = Path(__file__).parents[1] / "hardware" / "nvidia" / "h100-sxm.toml"
    text = shipped.read_text()
    (own / "h100-sxm.toml").write_text(text)
    path = tmp_path / "plan.toml"
    path.write_text(
        '[[stage]]\nname = "run"\nkind = "pretraining"\nhardware = "h100-sxm"\nchips = 1024\ndays = "30..40"\n'
    )
    loaded = fl.load(path, catalogues=[tmp_path / "chips"])
    assert loaded.catalogues == (tmp_path / "chips",)
    assert len(fl.sweep(loaded, {"run.chips": [512, 1024]})) == 2
    assert fl.estimate(loaded, days="10").total.median > 0


def test_values_are_spaced_evenly_or_by_a_constant_ratio():
    assert fl.linear("1T", "3T", 3) == (1e12, 2e12, 3e12)
    assert fl.geometric("1T", "4T", 3) == pytest.approx((1e12, 2e12, 4e12))
    assert fl.geometric(1, 2, 2) == (1, 2)


@pytest.mark.parametrize(
    "arguments",
    [(1, 2, 1), (1, 2, 0), (1, 2, 2.5), (1, 2, "3"), (0, 1, 3), (-1, 1, 3), ("x", 1, 3), (float("nan"), 1, 3)],
)
def test_a_spacing_that_cannot_be_is_refused(arguments):
    with pytest.raises(fl.FloplineError):
        fl.geometric(*arguments)


@pytest.mark.parametrize(
    "settings",
    [
        {"level": 0}, {"level": 1}, {"level": 2}, {"level": float("nan")}, {"level": "x"}, {"level": None},
        {"tolerance": 0}, {"tolerance": -1}, {"tolerance": 1},
        {"tolerance": "x"}, {"tolerance": 1e-30}, {"seed": -1}, {"seed": 1.5}, {"seed": "x"}, {"seed": True},
        {"seed": 2**70}, {"threads": 0}, {"threads": 1.5}, {"threads": 10_000},
        {"day": 5}, {"day": "today"}, {"day": "20261122"}, {"day": True}, {"execution": "fast"},
    ],
    ids=str,
)  # fmt: skip
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(fl.FloplineError):
        fl.estimate(params="70B", tokens="15T", **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"level": "80%"},
        {"level": 0.5},
        {"day": "2026-11-22"},
        {"day": date(2026, 11, 22)},
        {"seed": np.int64(5)},
        {"threads": 2},
    ],
)
def test_settings_inside_it_are_taken(settings):
    assert fl.estimate(params="70B", tokens="15T..17T", **settings).total.median > 0


QUESTIONS = {
    "nothing": lambda: fl.estimate(),
    "an unknown key": lambda: fl.estimate(params="70B", tokenz="15T"),
    "an amount that is none": lambda: fl.estimate(params="70B", tokens=object()),
    "no plan": lambda: fl.estimate("missing.toml"),
    "something that is no plan": lambda: fl.estimate(5),
    "something that is no path": lambda: fl.load(5),
    "a zero byte": lambda: fl.load("a\0b"),
    "a folder": lambda: fl.load("."),
    "no configuration": lambda: fl.count("missing.json", seq_len=8),
    "no length": lambda: fl.count(CONFIG, seq_len=0),
    "no amount to exceed": lambda: fl.exceedance(PLANS / "rich.toml", "much"),
    "nothing to exceed": lambda: fl.exceedance(PLANS / "rich.toml", None),
    "an amount below zero": lambda: fl.exceedance(PLANS / "rich.toml", -1),
    "an axis that leads nowhere": lambda: fl.sweep(PLANS / "rich.toml", {"nowhere.tokens": [1]}),
    "an axis without values": lambda: fl.sweep(PLANS / "rich.toml", {"pretrain.tokens": []}),
    "no axes at all": lambda: fl.sweep(PLANS / "rich.toml", 5),
    "a line that does not exist": lambda: fl.estimate(params="7B", tokens="1T").lines["eu-ai-act/none"],
    "a level of two": lambda: fl.estimate(params="7B", tokens="1T..2T").interval(2),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_is_wrong_is_a_flopline_error(question):
    with pytest.raises(fl.FloplineError) as found:
        QUESTIONS[question]()
    assert found.value.message


def test_every_error_has_one_base():
    raised = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Exception)]
    assert all(issubclass(one, fl.FloplineError) for one in raised)
    assert fl.FloplineError is errors.FloplineError


def test_errors_name_the_keyword():
    with pytest.raises(fl.FloplineError) as found:
        fl.estimate(params="70B", tokens="22T..17T", seq_len=0)
    assert {problem.place.key for problem in found.value.diagnostics} == {"tokens=", "seq_len="}


def test_the_public_names_are_all_there():
    assert {
        "load",
        "estimate",
        "compare",
        "count",
        "exceedance",
        "sweep",
        "geometric",
        "linear",
        "FloplineError",
        "__version__",
    } <= set(dir(fl))
    assert all(getattr(fl, name) is not None for name in fl.__all__)
    with pytest.raises(AttributeError, match="no attribute `nothing`"):
        fl.nothing  # noqa: B018


@pytest.mark.parametrize("key", ["seq_len", "tokens", "lora", "days"])
def test_a_number_of_five_thousand_digits_is_refused_by_name(key):
    with pytest.raises(fl.FloplineError) as refused:
        fl.estimate(**({"params": "70B", "tokens": "1T"} | {key: 10**5000}))
    assert refused.value.place is not None
    assert key in str(refused.value.place)


def test_the_readings_of_settings_are_those_of_answers():
    assert settings.READINGS == results.READINGS
