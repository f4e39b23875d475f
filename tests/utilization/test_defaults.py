"""Defaults of availability and rework, and what is left of one kind of utilization in another."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from flopline.distributions import LogitNormal, Lognormal
from flopline.utilization import goodput_prior, ratio

CALIBRATION = Path(__file__).parents[2] / "benchmarks" / "calibration"
SHIPPED = Path(__file__).parents[2] / "src" / "flopline" / "utilization" / "data" / "goodput.toml"


def test_most_of_the_time_executes_steps_and_few_of_them_are_lost():
    availability, rework = goodput_prior("availability"), goodput_prior("rework")
    assert 0.85 < availability.amount.median < 0.98
    assert 0.005 < rework.amount.median < 0.03
    assert all(isinstance(one.amount, LogitNormal) for one in (availability, rework))


def test_a_whole_run_keeps_less_than_its_steady_steps():
    kept = ratio("steady", "whole-run")
    assert isinstance(kept.amount, LogitNormal)
    assert 0.7 < kept.amount.median < 0.95
    assert "PaLM-540B" in kept.remark


def test_a_run_may_be_tuned_better_than_its_benchmark():
    steady, whole = ratio("benchmark", "steady").amount, ratio("benchmark", "whole-run").amount
    assert isinstance(steady, Lognormal)
    assert isinstance(whole, Lognormal)
    assert whole.median < steady.median


def test_nothing_leads_from_a_whole_run_back_to_steps():
    with pytest.raises(KeyError):
        ratio("whole-run", "steady")


def test_every_distribution_says_where_it_comes_from():
    for found in (goodput_prior("availability"), goodput_prior("rework"), ratio("benchmark", "whole-run")):
        assert found.source.cite.startswith("flopline's fit to published goodput")
        assert found.rows >= found.sources >= 3


def test_the_shipped_table_is_the_fit_to_the_very_data(calibration):
    shipped = tomllib.loads(SHIPPED.read_text("utf-8"))
    digest = hashlib.sha256((CALIBRATION / "goodput.csv").read_bytes()).hexdigest()
    assert shipped["provenance"]["sha256_goodput"] == digest
    goodput = calibration("goodput")
    found = goodput.calibrate()
    for quantity, values in found.items():
        for key, value in values.items():
            expected = pytest.approx(value, rel=1e-3) if isinstance(value, float) else value
            assert shipped["fit"][quantity][key] == expected, (quantity, key)
    assert goodput.table(found) in (CALIBRATION / "README.md").read_text("utf-8")


def test_without_bounds_and_with_one_row_a_source_it_is_a_prediction_by_students_t(calibration):
    """Mean and standard deviation of a sample, with the prediction interval of its next value."""
    import numpy as np
    from scipy.stats import norm, t

    logs = np.array([-0.3, -0.1, 0.0, 0.2])
    rows = [
        {"source": str(index), "value": str(np.exp(log)), "quantity": "ratio", "bound": ""}
        for index, log in enumerate(logs)
    ]
    center, sigma = calibration("goodput").distribution(rows, np.log)
    half = t.ppf(0.95, 3) * logs.std(ddof=1) * np.sqrt(1 + 1 / 4)
    assert center == pytest.approx(logs.mean(), abs=1e-5)
    assert sigma * norm.ppf(0.95) == pytest.approx(half, rel=1e-4)
