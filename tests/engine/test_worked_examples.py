"""Guidelines on general-purpose AI models, Annex A.3: eight worked examples, computed from their inputs."""

from __future__ import annotations

import json

import pytest

from flopline.cli.examples import Collection, examples
from flopline.engine.worked_examples import compared, worked_examples
from flopline.report.worked_examples_text import worked_examples_text

EXACT = {
    "A": 75_240_000_000_000_000_000_000,
    "B": 108_000_000_000_000_000_000_000,
    "C": 129_600_000_000_000_000_000_000,
    "D": 166_320_000_000_000_000_000_000,
    "E": 367_200_000_000_000_000_000_000,
    "F": 180_000_000_000_000_000_000_000,
    "G": 156_062_400_000_000_000_000_000,
    "H": 658_674_000_000_000_000_000_000,
}


@pytest.fixture(scope="module")
def worked():
    return {example.id: example for example in worked_examples().examples}


def test_all_eight_are_there(worked):
    assert list(worked) == list(EXACT)


@pytest.mark.parametrize("letter", EXACT)
def test_an_example_is_computed_to_the_last_flop(worked, letter):
    assert worked[letter].flop == EXACT[letter]


@pytest.mark.parametrize("letter", ["A", "B", "C", "E", "F"])
def test_most_printed_figures_are_rounded(worked, letter):
    assert [figure.agreement for figure in worked[letter].printed] == ["rounded"]


@pytest.mark.parametrize("letter", ["G", "H"])
def test_two_printed_figures_are_truncated(worked, letter):
    assert [figure.agreement for figure in worked[letter].printed] == ["truncated"]


def test_d_is_printed_twice_and_truncated_in_the_list_only(worked):
    listed, told = worked["D"].printed
    assert (listed.flop, listed.where, listed.agreement, listed.rounded) == ("1.6e23", "list", "truncated", "1.7e23")
    assert (told.flop, told.where, told.agreement) == ("1.663e23", "text", "rounded")


def test_only_b_is_printed_to_one_figure(worked):
    assert [letter for letter, example in worked.items() if example.printed[0].digits == 1] == ["B"]


def test_the_page_says_which_figures_are_truncated_and_which_has_one_digit():
    table = [line for line in worked_examples_text(worked_examples()).splitlines() if "e2" in line]
    lines = {line[2]: line for line in table}
    assert {letter for letter in "ABCDEFGH" if "truncated" in lines[letter]} == {"D", "G", "H"}
    assert "to one figure" in lines["B"]
    assert "1.663e23" in worked_examples_text(worked_examples())


def test_the_command_prints_the_page_and_the_values(capsys):
    assert examples(Collection.GUIDELINES) == 0
    assert capsys.readouterr().out == worked_examples_text(worked_examples())
    assert examples(Collection.GUIDELINES, json_=True) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {one["id"]: one["flop"] for one in listed["worked"]} == EXACT
    assert listed["source"]["cite"].endswith("Annex A.3")


@pytest.mark.parametrize(
    ("flop", "printed", "agreement"),
    [
        (15 * 10**22, "1.5e23", "rounded"),
        (1559 * 10**20, "1.5e23", "truncated"),
        (1449 * 10**20, "1.5e23", "different"),
        (999 * 10**21, "1e24", "rounded"),
    ],
)
def test_agreement_is_computed_not_asserted(flop, printed, agreement):
    assert compared(flop, printed).agreement == agreement
