"""What counts as a utilization, and what only bears the name."""

from __future__ import annotations

import pytest

from flopline.distributions import Fixed, interval, median
from flopline.errors import QuantityError, UtilizationError
from flopline.utilization import parse_utilization


def test_a_plain_literal_is_mfu_over_executed_steps():
    found = parse_utilization("38%..43%")
    assert (found.metric, found.scope, found.peak) == ("mfu", "steady", None)
    assert interval(found.amount, 0.9) == pytest.approx((0.38, 0.43))


def test_a_number_is_exact():
    assert parse_utilization(0.4).amount == Fixed(value=0.4)


def test_a_table_names_metric_scope_and_peak():
    found = parse_utilization({"mfu": "30%", "scope": "whole-run"})
    assert (found.metric, found.scope) == ("mfu", "whole-run")
    assert parse_utilization({"hfu": "48%"}).metric == "hfu"
    assert parse_utilization({"mfu": "41%", "peak": "bf16"}).peak == "bf16"


def test_the_long_form_of_a_distribution_is_a_literal_too():
    found = parse_utilization({"dist": "uniform", "low": 0.3, "high": 0.5})
    assert median(found.amount) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nvml", "share of time"),
        ("dcgm", "share of time"),
        ("gpu utilization", "share of time"),
        ("GPU-Util", "share of time"),
        ("DCGM_FI_DEV_GPU_UTIL", "share of time"),
        ("sm activity", "waiting for memory"),
        ("sm_occupancy", "thread slots"),
        ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "recomputation"),
        ("duty_cycle", "processing at all"),
        ("memory utilization", "bytes"),
    ],
)
def test_hardware_counters_are_refused_with_the_reason(name, reason):
    with pytest.raises(UtilizationError) as caught:
        parse_utilization({name: "98%"})
    assert caught.value.code == "E601"
    assert reason in caught.value.message
    assert "MFU" in caught.value.diagnostics[0].hint


@pytest.mark.parametrize(
    "raw",
    [{}, {"mfu": "40%", "hfu": "50%"}, {"scope": "steady"}, {"mfu": "40%", "scope": "daily"},
     {"mfu": "40%", "peak": 989}, {"flops": "40%"}, {"mfu": "40%", "scope": ["steady"]}],
)  # fmt: skip
def test_tables_that_mean_nothing_are_refused(raw):
    with pytest.raises(UtilizationError) as caught:
        parse_utilization(raw)
    assert caught.value.diagnostics[0].hint


@pytest.mark.parametrize("raw", ["140%", "0", "-3%", "50%..40%", None, True, [0.4], {"mfu": "120%"}])
def test_shares_outside_zero_and_one_are_refused(raw):
    with pytest.raises(QuantityError):
        parse_utilization(raw)
