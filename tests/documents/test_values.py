"""Flags and keywords are places too, and slips of the fingers are recognized."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopline.documents import from_values, parse, suggest, suggestion_hint
from flopline.errors import Place

FLAGS = from_values(
    {"stage": [{"name": "pretrain", "tokens": "17T..22T", "format": {"bf16": 1}}]},
    {("stage", 0, "tokens"): "--tokens", ("stage", 0, "format"): "--format"},
)


def test_the_place_of_a_value_is_its_flag() -> None:
    assert FLAGS.place(("stage", 0, "tokens")) == Place(key="--tokens")


def test_what_is_inside_a_value_stands_at_its_flag() -> None:
    assert FLAGS.place(("stage", 0, "format", "bf16")) == Place(key="--format")


def test_what_no_flag_gave_is_named_by_its_key() -> None:
    assert FLAGS.place(("stage", 0, "chips")) == Place(key="stage.pretrain.chips")


def test_flags_over_a_file_keep_the_places_of_both() -> None:
    file = parse("[[stage]]\ntokens = 1\nchips = 8\n", "plan.toml", "toml")
    both = replace(file, tree={"stage": [{"tokens": 2, "chips": 8}]}, places={("stage", 0, "tokens"): "--tokens"})
    assert both.place(("stage", 0, "tokens")) == Place(key="--tokens")
    assert str(both.place(("stage", 0, "chips"))) == "plan.toml:3:9 (stage[0].chips)"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("token", "tokens"),
        ("tokesn", "tokens"),
        ("seq-len", "seq_len"),
        ("SeqLength", "seq_len"),
        ("utilisation", "utilization"),
        ("h100sxm", "h100-sxm"),
        ("chip", "chips"),
        ("colour", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_the_word_that_was_meant(word: str, meant: str | None) -> None:
    assert suggest(word, ["tokens", "seq_len", "chips", "chip_hours", "utilization", "h100-sxm", "h100-pcie"]) == meant


def test_hints_ask() -> None:
    assert suggestion_hint("token", ["tokens"]) == "did you mean `tokens`?"
    assert suggestion_hint("colour", ["tokens"]) is None


@given(st.text(max_size=10), st.lists(st.text(max_size=10), max_size=8))
def test_the_order_of_the_candidates_does_not_matter(word: str, candidates: list[str]) -> None:
    found = suggest(word, candidates)
    assert found == suggest(word, reversed(candidates))
    assert found is None or found in candidates
