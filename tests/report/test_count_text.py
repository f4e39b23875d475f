"""The page of `flopline count`."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from page_checks import faults

import flopline
from flopline.architecture import count
from flopline.errors import Diagnostic
from flopline.report.count_text import count_text

EXAMPLES = Path(flopline.__file__).parent / "examples"
CONFIGS = sorted(path for path in EXAMPLES.glob("*.json") if "model_type" in path.read_text(encoding="utf-8"))


def counted(name, **options):
    return count(EXAMPLES / f"{name}.json", **{"seq_len": 2048, **options})


def integers(line):
    return [int(word.replace(",", "")) for word in re.findall(r"[\d,]{4,}", line)]


def block(page, first):
    return next(one for one in page.split("\n\n") if one.lstrip().startswith(first))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("options", [{}, {"trainable": "head"}, {"recompute": "full"}, {"batch": 4096}], ids=str)
def test_a_page_keeps_the_style_of_the_house(config, options):
    assert faults(count_text(count(config, seq_len=1024, **options))) == []


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_the_terms_on_the_page_add_up_to_the_sum_on_the_page(config):
    ledger = block(count_text(count(config, seq_len=1024)), "ledger").splitlines()
    terms = [integers(line) for line in ledger if line.startswith("    ")]
    sums = next(integers(line) for line in ledger if "sum, masked" in line)
    assert [sum(column) for column in zip(*terms, strict=True)] == sums


def test_gpt3_has_the_parameters_and_the_ledger_of_brown_et_al_2020():
    page = count_text(counted("gpt-3-175b"))
    assert page.startswith("gpt-3-175b   (gpt2), 1 sequence of 2,048 tokens\n")
    assert "174,604,259,328   175B" in page
    assert block(page, "ledger").splitlines() == [
        "  ledger, masked attention   layers          forward FLOP           backward FLOP   of training",
        "    attention projections        96   237,494,511,599,616     474,989,023,199,232       32.76 %",
        "    attention scores             96     9,900,436,488,192      19,800,872,976,384        1.37 %",
        "    MLP                          96   474,989,023,199,232     949,978,046,398,464       65.52 %",
        "    LM head                       1     2,529,517,633,536       5,059,035,267,072        0.35 %",
        "  sum, masked                         724,913,488,920,576   1,449,826,977,841,152",
        "  sum, full square                    734,804,261,732,352   1,469,608,523,464,704",
    ]


def test_llama_405b_shows_both_conventions_as_integers_and_in_scientific_form():
    training = next(
        line
        for line in count_text(counted("llama-3.1-405b", seq_len=8192)).splitlines()
        if line.startswith("    training  ")
    )
    assert training.split() == [
        "training", "20,676,348,909,453,312", "2.07e16", "21,507,478,231,449,600", "2.15e16",
    ]  # fmt: skip


def test_every_term_shows_its_formula_and_who_says_so():
    page = count_text(counted("deepseek-v3"))
    for term in counted("deepseek-v3").terms:
        words = " ".join(block(page, "formulas").split())
        assert term.name in words
        assert " ".join(term.formula.split()) in words
        assert " ".join(term.reference.split()) in words


def test_symbols_are_explained_where_they_are_used_and_only_there():
    dense, mixture = (block(count_text(counted(name)), "formulas") for name in ("gpt-3-175b", "deepseek-v3"))
    assert "S = tokens of a sequence" in dense
    assert "width of an expert" not in dense
    assert "f_e = width of an expert" in mixture


def test_recomputation_stands_apart_and_only_where_there_is_some():
    assert "recomputed, apart" not in count_text(counted("llama-3.1-70b"))
    again = count_text(counted("llama-3.1-70b", recompute="full"))
    assert "recomputed, apart" in again
    training = "    training  "
    assert [line for line in again.splitlines() if line.startswith(training)] == [
        line for line in count_text(counted("llama-3.1-70b")).splitlines() if line.startswith(training)
    ]


def test_multi_token_prediction_says_whether_it_is_in_the_totals():
    assert "multi-token prediction, not in the totals; --mtp adds it: 11,610,067,968" in count_text(
        counted("deepseek-v3")
    )
    assert "multi-token prediction, in the totals" in count_text(counted("deepseek-v3", mtp=True))
    assert "multi-token prediction" not in count_text(counted("llama-3.1-70b"))


def test_six_times_total_parameters_of_a_mixture_is_shown_to_be_far_off():
    compared = block(count_text(counted("deepseek-v3", seq_len=4096)), "beside six FLOP")
    assert "6 x total x tokens" in compared
    assert "training is 0.06221 times this" in compared
    assert "633,474,121,728 parameters of experts that a token does not pass" in " ".join(compared.split())


def test_adapters_train_a_few_parameters_of_many():
    page = count_text(counted("llama-3.1-70b", lora=16))
    assert re.search(r"trainable +32,768,000 +32\.8M", page)
    assert "LoRA adapters" in page


def test_a_warning_shows_its_code_and_what_would_mend_it():
    warned = replace(counted("gpt-3-175b"), warnings=(Diagnostic("W401", "the length is exceeded", hint="take 2048"),))
    assert "  W401 the length is exceeded\n       hint: take 2048\n" in count_text(warned)


def test_a_name_from_a_file_cannot_steer_a_terminal():
    page = count_text(replace(counted("gpt-3-175b"), name="gpt\x1b[31m\n\u202e3"))
    assert "\x1b" not in page
    assert page.startswith("gpt\\x1b[31m\\x0a\\x202e3   (gpt2)")
