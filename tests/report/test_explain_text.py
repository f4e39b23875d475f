"""The page of `flopline explain`."""

from __future__ import annotations

from datetime import date

import pytest
from page_checks import dangling, faults

from flopline.engine.explain import (
    CellExplanation,
    EntryExplanation,
    Explanation,
    FactorExplanation,
    LineExplanation,
    explain,
)
from flopline.hardware import find
from flopline.plan import examples, load
from flopline.report.explain_text import explain_text

DAY = date(2026, 11, 22)
ART_51 = {"cite": "AI Act, Art. 51(2)", "grade": "read", "url": "https://example.org", "quote": "greater than 10^25"}


def factor(name, value, exponent=1, transform=None, source="plan"):
    return FactorExplanation(name, value, exponent, transform, source)


def entry(*terms, activity="pretraining", formula="chips x seconds x dense peak x utilization"):
    return EntryExplanation("pretrain", activity, "kept", "this-model", "machine", formula, terms)


def cell(**changes):
    said = {
        "stage": "pretrain", "activity": "pretraining", "answer": "yes", "lean": None, "reason": "Named.",
        "citation": "Guidelines, para. 119", "grade": "read", "quote": None,
    }  # fmt: skip
    return CellExplanation(**{**said, **changes})


def explanation(entries=(), derived=(), cells=(), hardware=(), title="Atlas"):
    line = LineExplanation("eu-ai-act/systemic-risk", "systemic risk", 1e25, ">", "cumulative", ART_51, tuple(cells))
    chips = tuple(find(name).to_dict() for name in hardware)
    return Explanation(title, DAY, tuple(entries), tuple(derived), (line,), chips)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_the_page_of_an_example_keeps_the_style_and_cites_every_source_it_lists(example):
    page = explain_text(explain(load(example.path), day=DAY))
    assert faults(page) == []
    assert dangling(page) == set()
    assert "not legal advice" in page


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_every_factor_of_an_example_shows_its_value_and_source(example):
    said = explain(load(example.path), day=DAY)
    page = " ".join(explain_text(said).split())
    for part in (*said.entries, *said.derived):
        for one in (factor for term in part.terms for factor in term):
            assert f"{one.value} {one.source}" in page


def test_llama_405b_shows_tokens_times_flop_per_token():
    page = explain_text(explain(load(next(one.path for one in examples() if one.name == "llama-3.1-405b")), day=DAY))
    assert "    tokens x training FLOP per token\n" in page
    assert "bf16   989.4 TFLOP/s dense; the advertised 1979 TFLOP/s is sparse: never used" in page


def test_one_line_alone_leaves_the_others_out():
    plan = load(next(one.path for one in examples() if one.name == "gpt-3-175b"))
    page = explain_text(explain(plan, day=DAY, line="us-ca-sb53/frontier"))
    assert "us-ca-sb53/frontier" in page
    assert "eu-ai-act" not in page


def test_division_powers_and_transforms_are_written_as_arithmetic():
    term = (
        factor("pretrain.days", "60", -1),
        factor("pretrain.rework", "0.03", 1, "complement"),
        factor("pretrain.share", "0.03", 1, "odds"),
        factor("pretrain.width", "12", 2),
        factor("rl.tokens", "4000", 1, "decode FLOP of rl"),
    )
    lines = [" ".join(line.split()) for line in explain_text(explanation([entry(term)])).splitlines()]
    assert "1 / pretrain.days 60 plan" in lines
    assert "x 1 - pretrain.rework 0.03 plan" in lines
    assert "x pretrain.share / (1 - pretrain.share) 0.03 plan" in lines
    assert "x (pretrain.width)^2 12 plan" in lines
    assert "x decode FLOP of rl at rl.tokens 4000 plan" in lines


def test_a_sum_of_products_shows_each_of_them():
    terms = ((factor("period[0].days", "30"),), (factor("period[1].days", "40"),))
    page = explain_text(explanation([entry(*terms)]))
    first, _, second = page.partition("\n      plus\n")
    assert "period[0].days" in first
    assert "period[1].days" in second


def test_what_follows_is_called_implied():
    derived = EntryExplanation("pretrain", "chip_hours", "", "", "derived", "chip_hours", ((factor("x", "1"),),))
    assert "  pretrain: implied chip hours\n" in explain_text(explanation(derived=[derived]))


def test_a_cell_shows_answer_lean_reason_and_source_with_its_grade():
    page = explain_text(explanation(cells=[cell(answer="disputed", lean="in", reason="Not named.")]))
    assert "pretrain: pretraining   disputed, leaning in. Not named. [2]" in page
    assert "[2] Guidelines, para. 119 (read)" in page


def test_a_cell_that_the_file_does_not_name_has_no_source():
    page = explain_text(explanation(cells=[cell(citation="not named in the file of this regime", grade=None)]))
    assert "yes. Named.\n" in page
    assert dangling(page) == set()


def test_a_cell_with_the_paragraph_of_its_line_shares_the_number():
    page = explain_text(explanation(cells=[cell(citation=ART_51["cite"])]))
    assert "yes. Named. [1]" in page
    assert "[2]" not in page


def test_only_the_formats_that_run_are_shown_of_a_chip():
    peak = factor("h100-sxm dense fp8+bf16 peak", "1.65e15", source="hardware h100-sxm")
    page = explain_text(explanation([entry((peak,))], hardware=["h100-sxm"]))
    assert "    fp8    1978.9 TFLOP/s dense" in page
    assert "    bf16   989.4 TFLOP/s dense" in page
    assert "tf32" not in page


def test_a_chip_that_no_factor_uses_is_said_to_be_idle():
    assert "none of its peaks enters the answer" in explain_text(explanation(hardware=["tpu-v5p"]))


def test_names_from_a_plan_cannot_steer_a_terminal_nor_break_a_page():
    long = "stage\x1b[2J" + "n" * 300
    term = (factor(f"{long}.tokens", "1e12"), factor("short", "2", source="a source " * 40))
    page = explain_text(explanation([entry(term, formula="")], cells=[cell(stage=long)], title="At\x07las\n"))
    assert page.startswith("At\\x07las\\x0a   (law of 2026-11-22)")
    assert all(char.isprintable() or char == "\n" for char in page)
