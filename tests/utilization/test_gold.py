"""Published runs as cases: the prior without their developers, and the counts beside the reported ones."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

CALIBRATION = Path(__file__).parents[2] / "benchmarks" / "calibration"


@pytest.fixture(scope="module")
def gold(calibration):
    return calibration("gold")


@pytest.fixture(scope="module")
def hours(gold):
    return gold.by_hours()


@pytest.fixture(scope="module")
def tokens(gold):
    return gold.by_tokens()


def test_chip_hours_alone_hold_as_many_runs_as_a_90_per_cent_interval_may(hours):
    """30 of 36: 82 to 98 % is what was asked before anything was scored."""
    share = np.mean([one.inside for one in hours])
    assert len(hours) == 36
    assert 0.82 <= share <= 0.98


def test_the_runs_that_it_misses_are_these(hours):
    assert {one.model for one in hours if not one.inside} == {
        "GShard-600B", "Phi-1", "Phi-1.5", "Skywork-13B", "TinyLlama-1.1B", "YaLM-100B",
    }  # fmt: skip


def test_nothing_of_a_run_nor_of_its_developer_is_in_the_fit_that_judges_it(gold, calibration):
    rows = {row["model"]: row for row in calibration("observations").read("gold.csv")}
    runs = calibration("observations").runs()
    out = {one.model for one in runs if gold._same(one, rows["MT-NLG 530B"])}
    assert out == {"MT-NLG 530B", "MT-NLG-530B"}
    assert {one.source for one in runs if gold._same(one, rows["BLOOM 176B"])} == {"bloom", "bigscience"}
    assert {one.source for one in runs if gold._same(one, rows["Phi-4 14B"])} == {"phi"}


def test_tokens_and_shape_alone_give_the_reported_count(tokens):
    ratios = np.array([one.ratio for one in tokens])
    assert len(tokens) == 21
    assert np.median(ratios) == pytest.approx(1, abs=0.03)
    assert np.mean(np.abs(ratios - 1) <= 0.15) >= 0.8


def test_every_run_answers_or_has_a_rule_that_takes_it_out(hours, tokens):
    with (CALIBRATION / "gold.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 65
    rules = {
        "", "no chip-hours", "time computed from throughput", "tokens not disclosed", "progressive growth", "HFU",
        "encoder-decoder without measured FLOP", "encoder-decoder", "no language model", "no FLOP reported",
        "active parameters not disclosed", "share of a family total",
    }  # fmt: skip
    assert {row[key] for row in rows for key in ("not_by_hours", "not_by_tokens")} == rules
    assert len(hours) == sum(not row["not_by_hours"] for row in rows)
    assert len(tokens) == sum(not row["not_by_tokens"] for row in rows)


def test_the_manual_of_the_calibration_holds_both_tables(gold, hours, tokens):
    manual = " ".join((CALIBRATION / "README.md").read_text("utf-8").split())
    for table in (gold.hours_table(hours), gold.tokens_table(tokens)):
        assert " ".join(table.split()) in manual
