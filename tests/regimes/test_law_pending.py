"""Bills, drafts and proposals: known, marked, and never law; and texts that go by something else than compute."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import flopline as fl
from flopline.errors import Place, RegimeError
from flopline.regimes import comparison_lines, find_line, find_regime, lines, load_regimes
from flopline.regimes.check import validated
from flopline.regimes.standing import Life

DAY = date(2026, 11, 22)
BILL = """
id = "atlantis-bill"
name = "Atlantis Bill"
full_name = "Bill on Large Models"
jurisdiction = "Atlantis"
kind = "KIND"
summary = "One line."
[dates]
introduced = { date = 2026-05-01, source = "one" }
[documents]
bill = { cite = "Bill 1" }
[sources]
one = { of = "bill", at = "cl. 1", grade = "recalled" }
[conditions.cost]
question = "Does it cost much?"
who = "finance"
open = true
source = "one"
[lines.large]
name = "large model"
nature = "definition"
quantity = "cumulative"
conditions = ["cost"]
source = "one"
thresholds = [{ flop = 1e20, compare = ">", from = 2026-05-01, source = "one" }]
counts = [{ activities = ["pretraining"], answer = "yes", reason = "Named.", source = "one" }]
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("us-hr9925/frontier", "a bill, not law"),
        ("us-s2938/advanced", "a bill, not law"),
        ("us-gaaia/frontier", "a draft, not introduced"),
        ("us-bis-702-7/run", "proposed, never adopted"),
    ],
)
def test_a_text_that_nobody_enacted_is_shown_with_1e26_and_what_it_is(name, words):
    line = find_line(name, comparison_lines(DAY))
    assert (line.flop, line.compare, line.status_words) == (1e26, ">", words)


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026, 2027, 2030])
def test_what_was_never_enacted_is_law_on_no_day(year):
    never = {one.id for one in load_regimes(DAY) if one.kind in ("bill", "draft", "proposal")}
    assert not {line.regime for line in lines(date(year, 12, 31))} & never
    assert {"us-hr9925", "us-hr9917", "us-mi-hb4668", "us-gaaia", "us-bis-702-7", "us-ca-sb1047"} <= never


def test_an_answer_has_no_line_of_a_bill():
    found = fl.estimate(params="2T", tokens="20T", day="2026-11-22")
    assert {line.id for line in found.lines} == {line.id for line in lines(DAY)}


@pytest.mark.parametrize("name", ["us-hr9917", "us-mi-hb4668"])
def test_bills_by_cost_draw_no_compute_line_and_say_what_they_go_by(name):
    bill = find_regime(name, load_regimes(DAY))
    assert (bill.status, bill.lines, bill.others) == ("pending", (), ())
    assert "100 million USD" in bill.form.instruments[0].triggers


def test_a_bill_is_not_known_before_it_is_introduced():
    early = date(2026, 7, 22)
    assert find_regime("us-hr9925", load_regimes(early)).status_words == "not introduced on 2026-07-22"
    assert "us-hr9925/frontier" not in {line.id for line in comparison_lines(early)}


def test_later_modifications_count_under_h_r_9925():
    line = find_line("us-hr9925/frontier", comparison_lines(DAY))
    assert line.cells["sft"].answer == "yes"
    assert line.cells["other-developer-base"].lean == "out"


@pytest.mark.parametrize("kind", ["bill", "draft", "proposal"])
def test_a_bill_of_ones_own_needs_no_day_of_effect_and_stays_out_of_the_law(tmp_path, kind):
    file = tmp_path / "bill.toml"
    file.write_text(BILL.replace("KIND", kind), encoding="utf-8")
    assert "atlantis-bill/large" not in {line.id for line in lines(DAY, [file])}
    assert find_line("atlantis-bill/large", comparison_lines(DAY, [file])).flop == 1e20


def test_a_law_with_a_line_needs_the_day_it_applies_from(tmp_path):
    file = tmp_path / "law.toml"
    file.write_text(BILL.replace("KIND", "law"), encoding="utf-8")
    with pytest.raises(RegimeError, match="day it applies from"):
        lines(DAY, [file])


def test_only_a_bill_is_vetoed(tmp_path):
    file = tmp_path / "draft.toml"
    vetoed = 'introduced = { date = 2026-05-01, source = "one" }\nvetoed = { date = 2026-06-01, source = "one" }'
    text = BILL.replace("KIND", "draft").replace('introduced = { date = 2026-05-01, source = "one" }', vetoed)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RegimeError, match="only a `bill` is vetoed"):
        load_regimes(DAY, [file])


def test_an_open_condition_has_no_second_fact():
    import tomllib

    tree = tomllib.loads(BILL.replace("KIND", "bill").replace("open = true", 'open = true\nmarket = "eu"'))
    _, problems = validated(tree, lambda _path, _key: Place(file="bill.toml"))
    assert [one.message for one in problems] == ["a condition is answered by exactly one fact"]


def test_a_life_is_told_on_every_day_of_it():
    bill = Life("bill", introduced=date(2024, 2, 7), vetoed=date(2024, 9, 29))
    days = (date(2024, 2, 6), date(2024, 2, 7), date(2024, 9, 28), date(2024, 9, 29))
    assert [bill.on(day) for day in days] == ["unknown-yet", "pending", "pending", "vetoed"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nist-ai-rmf", "a decision of the organization"),
        ("iso-iec-42001", "certified"),
        ("itu", "machine learning in a network"),
        ("uk", "agreement with the developer"),
        ("jp", "cooperation with policies"),
        ("us-eo14409", "benchmark of cyber capability"),
        ("us-ca-without-line", "sustain a relationship"),  # SB 243
        ("us-ca-without-line", "licensed health-care professional"),  # AB 489
        ("us-states-without-line", "conversational service"),
    ],
)
def test_a_regime_without_a_line_says_what_triggers_duties_instead(name, said):
    regime = find_regime(name, load_regimes(DAY))
    assert regime.status == "no-line"
    assert regime.status_words.startswith("no compute line")
    assert any(said in one.triggers for one in regime.form.instruments)


def test_the_code_of_practice_lists_the_deadlines_of_its_measures():
    code = find_regime("eu-code-of-practice", load_regimes(DAY))
    told = " ".join(one.triggers for one in code.form.instruments)
    for words in ("within four weeks", "two weeks before", "15 business days", "2 days", "5 for", "10 for", "15 for"):
        assert words in told
    assert any("no presumption of conformity" in note for note in code.notes)


def test_the_omnibus_of_2026_leaves_chapter_v_alone():
    code = find_regime("eu-code-of-practice", load_regimes(DAY))
    omnibus = next(one for one in code.form.instruments if "2026/1744" in one.name)
    assert omnibus.applies == date(2026, 7, 27)
    assert "Arts 51-55 and the dates of Chapter V stand" in omnibus.triggers


def test_files_and_ids_are_one():
    from flopline.regimes.activities import DATA

    assert {Path(file).stem for file in DATA.glob("*.toml")} - {"activities"} == {one.id for one in load_regimes(DAY)}
