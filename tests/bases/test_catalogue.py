"""The shipped models that others start from: every value with a source, every name for one model."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from flopline.bases import ancestors, bases, find_base
from flopline.bases.profile import profile_of
from flopline.errors import BaseError

ALL = list(bases().values())
KNOWN = [one for one in ALL if one.best is not None]
SIDES = Path(__file__).parents[1] / "data" / "engine" / "published_sides.csv"


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_every_base_says_where_its_values_come_from_and_what_they_rest_on(one):
    assert one.sources
    assert one.basis
    assert one.systemic_risk_reason
    assert json.loads(json.dumps(one.to_dict(), allow_nan=False))["id"] == one.id


@pytest.mark.parametrize("one", KNOWN, ids=lambda one: one.id)
def test_an_interval_is_in_order_and_holds_its_best_figure(one):
    assert 0 < one.low <= one.best <= one.high


# A token passes half of an encoder-decoder.
COUNTED = [one for one in KNOWN if one.params and one.tokens and one.id not in ("t5-11b", "ul2-20b")]


@pytest.mark.parametrize("one", COUNTED, ids=lambda one: one.id)
def test_six_per_active_parameter_and_token_lies_within_the_interval(one):
    counted = 6 * (one.active or one.params) * one.tokens
    assert one.low / 1.1 <= counted <= one.high * 1.1


def cumulative(one):
    """Low and high end of a model with everything behind it; no high end where a part is unknown."""
    runs = [one, *ancestors(one)]
    return sum(run.low or 0 for run in runs), None if any(run.high is None for run in runs) else sum(
        run.high for run in runs
    )


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_systemic_risk_follows_from_the_cumulative_computation(one):  # Art. 51(2) AI Act
    low, high = cumulative(one)
    expected = "yes" if low > 1e25 else "no" if high is not None and high <= 1e25 else "unknown"
    assert one.systemic_risk == expected


def test_every_name_leads_to_its_model_whatever_its_case():
    for one in ALL:
        for name in (one.id, one.id.upper(), *one.aliases):
            assert find_base(name).id == one.id


def test_a_name_of_several_models_is_refused_with_their_ids():
    with pytest.raises(BaseError, match="could be") as caught:
        find_base("qwen2.5")
    assert "`qwen2.5-72b`" in caught.value.hint


def test_a_slip_names_the_closest():
    with pytest.raises(BaseError) as caught:
        find_base("lama-3.1-70b")
    assert caught.value.hint == "did you mean `llama-3.1-70b`?"


def test_a_lineage_ends():
    assert [one.id for one in ancestors(find_base("llama-3.2-1b"))] == ["llama-3.1-8b"]
    for one in ALL:
        assert len(ancestors(one)) < 8


def test_a_published_figure_of_a_model_lies_within_its_interval():
    with SIDES.open(encoding="utf-8") as file:
        rows = {row["model"]: row for row in csv.DictReader(file)}
    shared = {"Nemotron-4 340B": "nemotron-4-340b", "DBRX": "dbrx", "Qwen2.5-72B": "qwen2.5-72b"}
    assert set(shared) <= set(rows)
    for name, id_ in shared.items():
        one = find_base(id_)
        assert one.low <= float(rows[name]["high"])
        assert one.high >= float(rows[name]["low"])


TABLE = {
    "developer": "x", "released": None, "basis": "b", "systemic_risk": "no", "reason": "r", "open_weights": "yes",
    "source": {"cite": "c", "grade": "read"},
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"source": None}, {"flop": {"low": 2, "best": 1, "high": 3}}, {"flop": 1e24}, {"systemic_risk": "perhaps"},
        {"flops": 1}, {"flop": {"low": 1, "best": 2, "high": float("inf")}},
    ],
    ids=str,
)  # fmt: skip
def test_a_table_without_a_source_or_out_of_order_does_not_load(change):
    table = {key: value for key, value in (TABLE | change).items() if key != "source" or value is not None}
    with pytest.raises(BaseError):
        profile_of("x", table)
