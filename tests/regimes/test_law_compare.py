"""Two lines side by side: what of them is the same matter, and where they differ."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from flopline.errors import FloplineError, RegimeError
from flopline.regimes import activities, find_regime, load_regimes
from flopline.regimes.compare import compare
from flopline.regimes.pairing import akin
from flopline.regimes.rows import SECTIONS

DATA = Path(__file__).parents[1] / "data" / "regimes"
DAY = date(2026, 11, 22)
SYSTEMIC, GPAI = "eu-ai-act/systemic-risk", "eu-ai-act/gpai"
LINES = [line.id for regime in load_regimes(DAY) for line in regime.lines]
BESIDE = [line.id for regime in load_regimes(DAY) for line in regime.others]


def pair(left, right, day=DAY, path=()):
    (found,) = compare(left, right, day, path).pairs
    return found


def differing(rows):
    return {row.left or row.right for row in rows if row.differs}


class TestCounts:
    """The EU's two counts, Annex A.1 paras 118 to 122 of the Guidelines, and Bus. & Prof. Code 22757.11(i)."""

    def test_the_two_eu_lines_part_where_data_is_made_and_where_models_come_from(self):
        found = differing(pair(GPAI, SYSTEMIC).counts)
        assert {"synth-private", "own-base", "other-developer-base", "merged-parents"} <= found
        assert not found & {"pretraining", "rl-update", "evaluation", "synth-public"}

    def test_california_excludes_nothing_that_the_eu_names_as_not_counted(self):
        found = differing(pair(SYSTEMIC, "us-ca-sb53").counts)
        assert {"synth-public", "evaluation", "activation-recompute", "teacher-training"} <= found
        assert "pretraining" not in found

    def test_every_activity_and_actor_has_its_row(self):
        rows = [row.left for row in pair(GPAI, "kr-ai-basic-act").counts]
        assert rows[: len(activities())] == list(activities())
        assert rows[len(activities()) :] == ["actor:on-behalf", "actor:affiliate", "actor:other"]


class TestTerms:
    def test_the_comparator_makes_the_korean_threshold_another(self):
        """Art. 32 asks for at least 10^26, SB 53 for more than that."""
        assert "threshold" in differing(pair("kr-ai-basic-act", "us-ca-sb53").terms)

    def test_two_states_with_one_definition_share_it(self):
        """New York replaced its text of 2025 with California's definitions."""
        found = pair("us-ca-sb53", "us-ny-raise")
        assert not differing(found.counts)
        assert {"quantity", "nature", "intent"}.isdisjoint(differing(found.terms))
        assert {"status", "applies"} <= differing(found.terms)


class TestMatters:
    def test_conditions_are_paired_by_the_fact_that_answers_them(self):
        rows = {(row.left, row.right): row.differs for row in pair(SYSTEMIC, "us-ca-sb53").conditions}
        assert rows["eu-market", "us-ca"]
        assert rows["provider", "developer"]
        assert not rows["general", "general"]
        assert rows[None, "adaptable"]

    def test_what_no_fact_of_a_plan_answers_is_a_matter_of_its_own(self):
        """What the computation cost in SB 1047 is nothing that EO 14110 asks."""
        regimes = [find_regime(name, load_regimes(DAY)) for name in ("us-ca-sb1047", "us-eo14110")]
        open_ = {name for one in regimes for name, condition in one.form.conditions.items() if condition.open}
        rows = pair("us-ca-sb1047/covered", "us-eo14110/biology").conditions
        assert "biology" in open_
        for row in rows:
            assert row.left == row.right or None in (row.left, row.right) or not {row.left, row.right} & open_

    def test_duties_are_paired_by_id_and_else_by_the_matter_that_ids_name(self):
        rows = {(row.left, row.right) for row in pair(SYSTEMIC, "us-ca-sb53").duties}
        assert ("serious-incidents", "incident-report") in rows
        assert ("notify", None) in rows
        assert (None, "imminent-danger") in rows
        same = {(row.left, row.right) for row in pair("us-ca-sb53", "us-il-sb315").duties}
        assert ("incident-report", "incident-report") in same

    def test_a_clock_makes_a_duty_another(self):
        """15 days from discovery in California, 72 hours from determination in New York."""
        assert "incident-report" in differing(pair("us-ca-sb53", "us-ny-raise").duties)

    def test_every_duty_stands_once_on_its_side(self):
        for left, right in [(SYSTEMIC, "us-ny-raise"), (GPAI, "kr-ai-basic-act"), ("us-ct-sb5", "us-il-sb315")]:
            found = pair(left, right)
            for side in ("left", "right"):
                names = [name for row in found.duties if (name := getattr(row, side)) is not None]
                assert sorted(names) == sorted(duty.id for duty in getattr(found, side).duties)

    def test_a_name_goes_before_a_likeness_and_nothing_is_paired_twice(self):
        left = {"risk-assessment": "a", "risk": "b", "audit": "c"}
        right = {"risk": "x", "assessment-of-risk": "a", "report": "y"}
        assert akin(left, right, by_words=True) == (
            ("risk-assessment", "assessment-of-risk"), ("risk", "risk"), ("audit", None), (None, "report"),
        )  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_a_line_beside_itself_does_not_differ(name):
    found = pair(name, name)
    assert not found.differs
    assert not any(getattr(found.differences(), section) for section in SECTIONS)


@pytest.mark.parametrize("name", LINES)
def test_a_comparison_turned_round_differs_in_the_same_matters(name):
    there, back = pair(name, SYSTEMIC), pair(SYSTEMIC, name)
    for section in ("terms", "counts"):
        assert differing(getattr(there, section)) == differing(getattr(back, section))


class TestTime:
    def test_the_guidelines_brought_the_line_of_1e23(self):
        """They were published on 18 July 2025; the Act's own line is of 2024."""
        found = compare("eu-ai-act@2025-07-01", "eu-ai-act@2026-11-22", DAY)
        assert "lines" in differing(found.regimes)
        assert [(one.left.id, one.right.id) for one in found.pairs] == [(SYSTEMIC, SYSTEMIC)]
        assert differing(found.pairs[0].terms) == {"status"}

    def test_before_its_enactment_a_regime_has_no_pair(self):
        found = compare("eu-ai-act@2024-01-01", "eu-ai-act", DAY)
        assert found.pairs == ()
        assert {"status", "lines"} <= differing(found.regimes)

    def test_an_amendment_shows_what_it_changed(self):
        path = [DATA / "amended" / "eu-raised.toml"]
        found = pair(f"{SYSTEMIC}@2027-01-31", f"{SYSTEMIC}@2027-06-01", path=path)
        assert differing(found.terms) == {"threshold"}
        assert not differing(found.counts)


class TestChoice:
    def test_a_line_stands_beside_each_line_of_a_regime_with_several(self):
        found = compare("eu-ai-act", "us-ca-sb53", DAY)
        assert [one.left.id for one in found.pairs][:2] == [GPAI, SYSTEMIC]
        assert {one.right.id for one in found.pairs} == {"us-ca-sb53/frontier"}

    def test_a_regime_without_a_line_is_compared_as_a_whole(self):
        found = compare("cn", "eu-ai-act", DAY)
        assert found.pairs == ()
        assert {"jurisdiction", "lines", "instruments", "penalties"} <= differing(found.regimes)

    def test_two_regimes_with_several_lines_ask_for_one(self, tmp_path):
        file = tmp_path / "again.toml"
        file.write_text('amends = "eu-ai-act"\nid = "again"\n')
        with pytest.raises(RegimeError, match="both have several") as refused:
            compare("eu-ai-act", "again", DAY, [file])
        assert "`again/gpai`" in refused.value.hint

    @pytest.mark.parametrize(
        ("left", "right", "place"),
        [("eu-ai-acts", "cn", "A"), ("cn", "eu-ai-act/gpia", "B"), ("cn/x", "cn", "A"), ("cn", "cn@2026", "B"),
         ("", "cn", "A"), ("cn@", "cn", "A"), ("@2026-01-01", "cn", "A"), ("cn@2026-01-01@2027-01-01", "cn", "A")],
    )  # fmt: skip
    def test_a_slip_is_placed_at_its_side(self, left, right, place):
        with pytest.raises(FloplineError) as refused:
            compare(left, right, DAY)
        assert refused.value.place.key == place
        assert refused.value.hint


def test_plain_values_carry_both_sources_of_every_row():
    found = json.loads(json.dumps(compare(SYSTEMIC, "us-ca-sb53", DAY).to_dict(), allow_nan=False))
    (plain,) = found["pairs"]
    for row in plain["counts"]:
        if row["left_id"] != "rl-unsplit":
            assert row["left"]["source"]["cite"]
            assert row["right"]["source"]["cite"]
    (threshold,) = [row for row in plain["terms"] if row["left_id"] == "threshold"]
    assert [side[0]["flop"] for side in (threshold["left"], threshold["right"])] == [1e25, 1e26]


class TestBeside:
    """Lines of the past and pending ones can be compared as well, and say what they are."""

    @pytest.mark.parametrize("name", BESIDE)
    def test_each_stands_beside_one_of_today(self, name):
        found = pair(name, "us-ca-sb53")
        assert found.left.status not in ("in-force", "enacted")
        assert "status" in differing(found.terms)

    def test_the_replaced_text_of_new_york_beside_the_one_that_replaced_it(self):
        """L. 2026 ch. 96 replaced the definition of 2025 with California's."""
        found = compare("us-ny-raise-2025", "us-ny-raise", DAY).pairs
        assert found
        assert all(one.differs for one in found)

    def test_a_share_of_another_model_has_no_table_but_the_lines_that_it_names(self):
        found = pair("eu-ai-act/modifier", GPAI)
        assert found.counts == ()
        assert {"threshold", "relative"} <= differing(found.terms)
        (row,) = [one for one in found.to_dict()["terms"] if one["left_id"] == "relative"]
        assert (row["left"]["direct"], row["right"]) == ("gpai", None)
