"""One plan under every line: the numbers of the estimate, and the activities that make the difference."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from building import plan_of
from hypothesis import given, settings
from hypothesis import strategies as st

import flopline as fl
from flopline.engine import estimate
from flopline.engine.asking import Asked
from flopline.engine.compare import compare
from flopline.engine.lines import counted, deciding_cell
from flopline.engine.parting import is_counted, parting
from flopline.errors import RegimeError
from flopline.plan.examples import FOLDER as EXAMPLES
from flopline.regimes import activities, comparison_lines

DAY = date(2026, 11, 22)
GPAI, SYSTEMIC, CALIFORNIA = "eu-ai-act/gpai", "eu-ai-act/systemic-risk", "us-ca-sb53/frontier"
PRETRAIN = {"flop": "8e24"}
ATLANTIS = Path(__file__).parents[1] / "data" / "regimes" / "new" / "atlantis.toml"
KINDS = {
    "pretraining": {}, "continued-pretraining": {}, "fine-tuning": {}, "preference": {}, "distillation": {},
    "reinforcement-learning": {}, "synthetic-data": {"public": "no"}, "reward-model": {}, "data-processing": {},
    "research": {}, "evaluation": {},
}  # fmt: skip


def stage(name, kind, flop, **more):
    return {"name": name, "kind": kind, "flop": flop, **KINDS.get(kind, {}), **more}


def run(*stages, **keys):
    return compare(plan_of(*stages, **keys))


def part(found, line, against=None):
    return parting(line, against or found.against, found.activities)


def names(found):
    return [one.activity for one in found]


class TestNumbers:
    def test_lines_of_the_law_have_the_numbers_of_the_estimate(self):
        plan = plan_of({"params": "70B", "tokens": "17T..22T"}, stage("data", "synthetic-data", "1e24..3e24"))
        found, answer = compare(plan, level=0.8, seed=3), estimate(plan, level=0.8, seed=3)
        law = [line for line in found.lines if line.law]
        assert [line.id for line in law] == [line.id for line in answer.lines]
        for line in law:
            same = answer.lines[line.id]
            assert (line.narrow, line.expected, line.broad) == (same.narrow, same.expected, same.broad)
            assert (line.word, line.applies, line.certain) == (same.word, same.applies, same.certain)

    def test_exactly_at_the_line_is_reached_in_korea_and_not_passed_in_california(self):
        found = run({"flop": "1e26"})
        assert found["kr-ai-basic-act/safety"].expected.probability == 1
        assert found[CALIFORNIA].expected.probability == 0


class TestBeside:
    """Bills, vetoed texts and what is over stand beside the law and are none."""

    def test_what_is_not_law_binds_nobody(self):
        found = run(PRETRAIN)
        for line in found.lines:
            assert (line.applies is None) != line.law
            assert line.law == (line.status in ("in-force", "enacted"))

    def test_it_enters_no_answer_and_no_gate(self):
        plan = plan_of(PRETRAIN)
        beside = {line.id for line in comparison_lines(DAY)}
        assert not beside & {line.id for line in estimate(plan).lines}
        assert beside == {line.id for line in compare(plan).lines if not line.law}

    def test_the_law_comes_first(self):
        law = [line.law for line in run(PRETRAIN).lines]
        assert law == sorted(law, reverse=True)

    def test_a_line_that_is_over_moves_beside_the_law(self, tmp_path):
        file = tmp_path / "over.toml"
        text = ATLANTIS.read_text("utf-8")
        file.write_text(text.replace("[dates]", '[dates]\nended = { date = 2026-10-01, source = "act" }'))
        uncertain = plan_of({"params": "70B", "tokens": "10T..14T"}, stage("data", "synthetic-data", "1e23..9e23"))
        plan = replace(uncertain, regimes=(file,))
        before, after = (compare(plan, day=day)["atlantis/large"] for day in (date(2026, 9, 30), date(2026, 10, 1)))
        assert (before.law, after.law) == (True, False)
        for reading in ("narrow", "expected", "broad"):
            one, other = getattr(before, reading), getattr(after, reading)
            assert one.probability == pytest.approx(other.probability, abs=5e-4)
            assert one.amount.median == pytest.approx(other.amount.median, rel=1e-3)
        assert 0.01 < after.expected.probability < 0.99
        assert before.word == after.word
        assert after.status_words == "ended on 2026-10-01"


class TestPartings:
    def test_private_synthetic_data_parts_the_two_eu_lines(self):
        """Annex A.1 para. 119 counts it cumulatively; para. 118 counts updates of parameters only."""
        found = part(run(PRETRAIN, stage("data", "synthetic-data", "3e24")), SYSTEMIC)
        assert names(found.more) == ["synth-private"]
        assert found.more[0].amount.median == 3e24
        assert "para. 119" in found.more[0].cells[SYSTEMIC].citation
        assert "para. 118" in found.more[0].cells[GPAI].citation
        assert found.less == ()

    def test_public_synthetic_data_parts_no_eu_line(self):
        """Para. 122 names it among what is not counted, for both."""
        found = part(run(PRETRAIN, stage("data", "synthetic-data", "3e24", public="yes")), SYSTEMIC)
        assert (found.more, found.less) == ((), ())

    def test_two_laws_with_one_number_part_over_another_developers_base(self):
        """SB 53 leans out where Korea counts all training-related computation: both lines are at 10^26."""
        base = {"name": "Base", "developer": "other", "flop": "9.9e25"}
        found = run({"kind": "fine-tuning", "flop": "2e24", "base": base})
        assert found["kr-ai-basic-act/safety"].flop == found[CALIFORNIA].flop
        parted = part(found, "kr-ai-basic-act/safety", CALIFORNIA)
        assert names(parted.more) == ["other-developer-base"]
        assert found["kr-ai-basic-act/safety"].expected.probability == 1
        assert found[CALIFORNIA].expected.probability == 0

    def test_doubt_is_told_apart_from_difference(self):
        found = part(run(PRETRAIN, stage("data", "synthetic-data", "3e24")), CALIFORNIA, SYSTEMIC)
        assert (found.more, found.less) == ((), ())
        assert names(found.doubt) == ["synth-private"]

    def test_the_largest_comes_first(self):
        found = part(
            run(PRETRAIN, stage("few", "distillation", "1e22"), stage("data", "synthetic-data", "3e24")), SYSTEMIC
        )
        medians = [one.amount.median for one in found.more]
        assert medians == sorted(medians, reverse=True)

    def test_a_line_does_not_part_from_itself(self):
        found = run(PRETRAIN, stage("data", "synthetic-data", "3e24"))
        assert part(found, SYSTEMIC, SYSTEMIC).to_dict()["doubt"] == []
        assert found.against not in {one.line for one in found.partings}

    def test_turned_round_more_is_less(self):
        found = run(*(stage(f"s{index}", kind, "1e24") for index, kind in enumerate(KINDS)))
        lines = list(found.activities[0].cells)
        for one, other in product(lines, lines):
            there, back = part(found, one, other), part(found, other, one)
            assert (there.more, there.less, there.doubt) == (back.less, back.more, back.doubt)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 999), st.sampled_from(["own", "affiliate", "other"])),
        min_size=1, max_size=8,
    ),
    st.sampled_from(["0", "2%"]),
)  # fmt: skip
def test_what_makes_the_difference_adds_up_to_it(rows, rework):
    """Exactly, where nothing is uncertain: what one line counts = what the other counts + more - less."""
    stages = [stage(f"s{index}", kind, f"{amount}e21", actor=actor) for index, (kind, amount, actor) in enumerate(rows)]
    found = (
        run(*stages)
        if rework == "0"
        else run(*stages, {"name": "last", "params": "1B", "tokens": "9T", "rework": rework})
    )
    for one in found.partings:
        here, there = (Fraction(found[name].expected.amount.median) for name in (one.line, one.against))
        more, less = (sum(Fraction(each.amount.median) for each in group) for group in (one.more, one.less))
        whole = sum(Fraction(each.amount.median) for each in found.activities)
        assert abs(here - (there + more - less)) <= whole / 10**12
    for name in found.activities[0].cells:
        counted = sum(one.amount.median for one in found.activities if is_counted(one.cells[name]))
        assert found[name].expected.amount.median == pytest.approx(counted, rel=1e-12, abs=1)


@pytest.mark.parametrize("name", ["llama-3.1-405b", "deepseek-v3", "gpt-3-175b", "lora-70b"])
def test_what_is_named_is_what_is_counted(name):
    """The answers of the table are the masks that the probabilities were integrated over."""
    plan = fl.load(EXAMPLES / f"{name}.toml")
    asked = Asked.of(plan, DAY)
    found = compare(plan)
    kind = {(one.attributes, one.run): one for one in found.activities if one.during is None}
    for line in asked.lines.lines:
        expected = counted(line, asked.compiled.entries)[1]
        for entry, counts in zip(asked.compiled.entries, expected, strict=True):
            if entry.accompanies is None:
                assert is_counted(kind[entry.attributes, entry.run].cells[line.id]) == counts
            else:
                assert is_counted(deciding_cell(line, entry)) == counts


class TestActivities:
    def test_stages_of_one_kind_stand_together_with_their_sum(self):
        found = run({"flop": "8e24"}, {"name": "again", "flop": "1e24"})
        (only,) = found.activities
        assert only.stages == ("pretrain", "again")
        assert only.amount.median == 9e24

    def test_every_line_with_an_amount_says_something_of_every_activity(self):
        found = run(*(stage(f"s{index}", kind, "1e24") for index, kind in enumerate(KINDS)))
        absolute = {line.id for line in found.lines if line.flop is not None}
        for one in found.activities:
            assert set(one.cells) == absolute
            assert one.attributes.activity in activities()

    def test_lost_steps_are_an_activity_of_their_own(self):
        found = run({"params": "1B", "tokens": "100B", "rework": "2%"})
        assert [one.attributes.fate for one in found.activities] == ["kept", "lost"]

    def test_own_and_foreign_computation_are_told_apart(self):
        found = run({"flop": "8e24"}, {"name": "cloud", "flop": "1e24", "actor": "affiliate"})
        assert [one.attributes.actor for one in found.activities] == ["own", "affiliate"]


class TestAgainst:
    def test_any_line_with_an_amount_can_be_held_against(self):
        found = compare(plan_of(PRETRAIN), against=CALIFORNIA)
        assert {one.against for one in found.partings} == {CALIFORNIA}
        assert GPAI in {one.line for one in found.partings}

    def test_a_slip_names_the_closest_line(self):
        with pytest.raises(RegimeError) as refused:
            compare(plan_of(PRETRAIN), against="us-ca-sb53/fronteer")
        assert refused.value.hint == f"did you mean `{CALIFORNIA}`?"
        assert refused.value.place.key == "against="

    def test_a_line_that_is_not_in_the_table_is_refused(self):
        with pytest.raises(RegimeError, match="no line of this answer"):
            run(PRETRAIN)["us-ca-sb53/fronteer"]
        with pytest.raises(RegimeError, match="no line of this answer"):
            run(PRETRAIN).parting(GPAI)

    def test_a_share_of_another_model_cannot_be_held_against(self):
        with pytest.raises(RegimeError, match="is a share of another model's computation"):
            compare(plan_of(PRETRAIN), against="eu-ai-act/modifier")


def test_a_regime_of_ones_own_stands_in_the_table():
    found = compare(replace(plan_of(PRETRAIN), regimes=(ATLANTIS,)))
    assert found["atlantis/large"].law
    assert any(warning.code == "W701" for warning in found.warnings) or found["atlantis/large"].certain


def test_plain_values_have_both_sources_of_every_difference():
    found = json.loads(json.dumps(run(PRETRAIN, stage("data", "synthetic-data", "3e24")).to_dict(), allow_nan=False))
    assert found["command"] == "compare"
    assert {"law", "status", "applies", "narrow", "expected", "broad", "source"} <= set(found["lines"][0])
    differences = [one for parted in found["partings"] for kind in ("more", "less", "doubt") for one in parted[kind]]
    assert differences
    for one in differences:
        assert one["line"]["source"]["cite"]
        assert one["against"]["source"]["cite"]


def test_the_library_compares_by_file_and_by_name_of_keys(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text('schema = 1\nday = 2026-11-22\n[[stage]]\nname = "a"\nkind = "pretraining"\nflop = "8e24"\n')
    found = fl.compare(file, against=CALIFORNIA, level="80%", day="2026-11-22")
    assert (found.level, found.against, found[GPAI].expected.probability) == (0.8, CALIFORNIA, 1)
