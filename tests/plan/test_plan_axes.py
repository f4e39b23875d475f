"""Axes of a sweep: what they are called, and which values they take."""

from __future__ import annotations

import numpy as np
import pytest
from planning import RICH, read, with_stage

from flopline.errors import FloplineError
from flopline.plan.axes import axis_of, replaced

LOADED = read(RICH)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1T:3T:3", (1e12, 2e12, 3e12)), ("1T:4T:3:log", (1e12, 2e12, 4e12)), ("1T:8T:x2", (1e12, 2e12, 4e12, 8e12)),
        ("1T:7T:x2", (1e12, 2e12, 4e12)),
        ("1T,5T , 2T", (1e12, 5e12, 2e12)), ("1T", (1e12,)), ("1T..2T,3T", ("1T..2T", 3e12)),
        ("2T x/ 1.1", ("2T x/ 1.1",)), ("14T:23T:2", (14e12, 23e12)),
    ],
)  # fmt: skip
def test_values_are_spaced_multiplied_or_listed(text, values):
    assert (
        axis_of(LOADED, "pretrain.tokens", text).values == pytest.approx(values)
        if ".." not in text and "x/" not in text
        else values
    )


def test_both_ends_are_exact():
    values = axis_of(LOADED, "pretrain.tokens", "14T:23T:1000:log").values
    assert (values[0], values[-1], len(values)) == (14e12, 23e12, 1000)


@pytest.mark.parametrize(
    "values",
    [
        [1e12, 2e12],
        (1e12, 2e12),
        np.array([1e12, 2e12]),
        ["1T", "2T"],
        iter([1e12, 2e12]),
        np.float64(1e12),
        1e12,
        "1T",
    ],
)
def test_python_gives_sequences_arrays_or_one_number(values):
    found = axis_of(LOADED, "pretrain.tokens", values).values
    assert found[0] == 1e12
    assert all(type(value) is float for value in found)


def test_lengths_are_whole_numbers():
    assert axis_of(LOADED, "pretrain.seq_len", "1024:4096:x2").values == (1024, 2048, 4096)
    assert all(type(value) is int for value in axis_of(LOADED, "pretrain.seq_len", "1024:4096:3").values)


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("pretrain.hardware", "h100-sxm,tpu-v5p", ("h100-sxm", "tpu-v5p")),
        ("adapt.lora", "8,16", (8, 16)),
        ("reasoning.prefix_cache", "true,false", (True, False)),
        ("textbooks.public", "yes,no", ("yes", "no")),
    ],
)
def test_other_keys_take_words(name, text, values):
    axis = axis_of(LOADED, name, text)
    assert axis.values == values
    assert axis.quantity is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("pretrain.tokens", ("stage", 0, "tokens")), ("model.params", ("model", "params")),
        ("adapt.base.params", ("stage", 3, "base", "params")),
        ("changing.period[1].chip_hours", ("stage", 2, "period", 1, "chip_hours")),
        ("longer.utilization", ("stage", 1, "utilization", "mfu")),
        ("pretrain.utilization", ("stage", 0, "utilization")),
        ("textbooks.generator.params", ("stage", 7, "generator", "params")), ("pretrain.kept", ("stage", 0, "kept")),
    ],
)  # fmt: skip
def test_a_quantity_is_replaced_where_it_stands(name, path):
    assert axis_of(LOADED, name, "0.5" if name.endswith(("kept", "utilization")) else "5").path == path


def test_a_stage_s_size_may_stand_in_the_plan_s_model():
    loaded = read(
        '{"model": {"params": "7B"}, "stage": [{"name": "run", "kind": "pretraining", "tokens": "1T"}]}', "json"
    )
    assert axis_of(loaded, "run.params", "1B,2B").path == ("model", "params")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pretrain", "1T"), ("tokens", "1T"), ("", "1T"), (".", "1T"), ("pretrain.", "1T"), ("petrain.tokens", "1T"),
        ("pretrain.token", "1T"), ("pretrain.tokens.x", "1T"), ("pretrain.format.fp8.x", "1"),
        ("changing.period[7].chips", "8"), ("changing.period[x].chips", "8"), ("pretrain.period[0].chips", "8"),
        ("model.generates.x", "1"), ("changing.period[0]", "1"),
        ("pretrain.tokens", ""), ("pretrain.tokens", ","), ("pretrain.tokens", "1T:2T"),
        ("pretrain.tokens", "1T:2T:3:lin"), ("pretrain.tokens", "2T:1T:3"), ("pretrain.tokens", "0:1T:3"),
        ("pretrain.tokens", "1T:1T:3"), ("pretrain.tokens", "-2T:-1T:3"), ("pretrain.tokens", "1T:2T:1"),
        ("pretrain.tokens", "1T:2T:2.5"), ("pretrain.tokens", "1T:2T:x1"), ("pretrain.tokens", "1T:2T:x"),
        ("pretrain.tokens", "1T:2T:x0.5"), ("pretrain.tokens", "1T:2T:99999999"),
        ("pretrain.tokens", "1:1e300:x1.0000001"), ("pretrain.tokens", "1T,-2T"), ("pretrain.tokens", "1T,0"),
        ("pretrain.tokens", "nan"), ("pretrain.tokens", "1T,x"),
        ("pretrain.tokens", "2T..1T"), ("pretrain.utilization", "30%,140%"), ("pretrain.rework", "1,0.5,2"),
        ("pretrain.chips", "10:20:7"), ("pretrain.chips", "1.5"), ("pretrain.seq_len", "0"),
        ("pretrain.seq_len", "512.5"),
        ("pretrain.tokens", [None]), ("pretrain.tokens", [[1]]), ("pretrain.tokens", None),
        ("pretrain.tokens", [True]), ("pretrain.tokens", [float("nan")]), ("pretrain.tokens", []),
    ],
    ids=str,
)  # fmt: skip
def test_an_axis_that_means_nothing_is_refused_by_its_name(name, text):
    with pytest.raises(FloplineError) as found:
        axis_of(LOADED, name, text)
    assert found.value.place.key == f"--vary {name}"


def test_a_share_without_its_sign_is_recognized_as_it_was_written():
    with pytest.raises(FloplineError) as found:
        axis_of(LOADED, "pretrain.utilization", "0.3,40")
    assert found.value.hint == "did you mean `40%`?"


def test_replacing_copies_only_the_way():
    tree = {"a": {"b": [1, {"c": 2}]}, "d": {}}
    changed = replaced(tree, ("a", "b", 1, "c"), 3)
    assert changed == {"a": {"b": [1, {"c": 3}]}, "d": {}}
    assert tree == {"a": {"b": [1, {"c": 2}]}, "d": {}}
    assert changed["d"] is tree["d"]


def test_one_stage_is_enough():
    assert axis_of(read(with_stage(), "json"), "pretrain.params", "1B").values == (1e9,)
