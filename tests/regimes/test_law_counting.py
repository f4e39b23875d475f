"""What each line counts, held against the paragraph it cites."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopline.errors import RegimeError
from flopline.regimes import Attributes, activities, cell, cells, counts, find_line, in_total, lines
from flopline.regimes.counting import unnamed

DAY = date(2026, 11, 22)
LINES = lines(DAY)
GPAI = find_line("eu-ai-act/gpai", LINES)
SYSTEMIC = find_line("eu-ai-act/systemic-risk", LINES)
CALIFORNIA = find_line("us-ca-sb53/frontier", LINES)
NEW_YORK = find_line("us-ny-raise/frontier", LINES)
ILLINOIS = find_line("us-il-sb315/frontier", LINES)
CONNECTICUT = find_line("us-ct-sb5/frontier", LINES)
KOREA = find_line("kr-ai-basic-act/safety", LINES)

UPDATES = ("pretraining", "continued-pretraining", "sft", "preference-opt", "rl-update")
BASES = ("own-base", "other-developer-base", "merged-parents")
PARA_122 = (
    "synth-public",
    "evaluation",
    "research-runs",
    "synth-failed",
    "teacher-training",
    "aux-model-training",
    "activation-recompute",
)
UNNAMED_EXECUTION = ("rejected-positions", "capacity-padding", "padding", "elementwise", "data-filtering")


def answers(line, names):
    """Return the set of distinct answers of a line to some activities."""
    found = (cell(line, Attributes(name)) for name in names)
    return {one.answer if one.lean is None else f"{one.answer} {one.lean}" for one in found}


class TestGuidelinesAnnexA1:
    def test_para_118_updates_are_the_direct_count(self):
        assert answers(GPAI, UPDATES) == {"yes"}
        assert cell(GPAI, Attributes("pretraining")).citation.endswith("Annex A.1, para. 118")

    def test_para_118_generating_data_is_no_update_of_parameters(self):
        assert answers(GPAI, ["synth-private"]) == {"no"}

    def test_para_118_leaves_scoring_and_teacher_passes_open_leaning_out(self):
        assert answers(GPAI, ["rl-scoring", "teacher-inference"]) == {"disputed out"}

    def test_para_118_leaves_rollouts_open_leaning_in(self):
        assert answers(GPAI, ["rl-rollout"]) == {"disputed in"}

    def test_para_119_updates_are_in_the_cumulative_count(self):
        assert answers(SYSTEMIC, UPDATES) == {"yes"}
        assert cell(SYSTEMIC, Attributes("sft")).citation.endswith("Annex A.1, para. 119")

    def test_para_119_private_synthetic_data_counts_with_its_discarded_samples(self):
        assert answers(SYSTEMIC, ["synth-private"]) == {"yes"}
        assert cell(SYSTEMIC, Attributes("synth-private", fate="discarded")).answer == "yes"

    def test_para_119_does_not_name_rollouts_scoring_and_teacher_passes_which_lean_in(self):
        assert answers(SYSTEMIC, ["rl-rollout", "rl-scoring", "teacher-inference"]) == {"disputed in"}

    def test_para_121_weights_of_other_models_bring_their_training_into_the_cumulative_count(self):
        assert answers(SYSTEMIC, BASES) == {"yes"}
        assert cell(SYSTEMIC, Attributes("merged-parents")).citation.endswith("Annex A.1, para. 121")

    def test_para_121_says_nothing_of_the_direct_count(self):
        assert answers(GPAI, BASES) == {"disputed in"}

    @pytest.mark.parametrize("line", [GPAI, SYSTEMIC], ids=lambda line: line.id)
    @pytest.mark.parametrize("name", PARA_122)
    def test_para_122_is_out_of_both_counts(self, line, name):
        found = cell(line, Attributes(name))
        assert found.answer == "no"
        assert found.citation.endswith("Annex A.1, para. 122")

    @pytest.mark.parametrize("line", [GPAI, SYSTEMIC], ids=lambda line: line.id)
    def test_what_the_annex_does_not_name_is_disputed_and_leans_out(self, line):
        assert answers(line, [*UNNAMED_EXECUTION, "rollback-restart"]) == {"disputed out"}

    def test_para_23_training_after_placement_is_the_same_model(self):
        assert answers(GPAI, ["post-deployment-training"]) == {"yes"}

    def test_recital_111_makes_training_after_deployment_open_for_the_cumulative_count(self):
        assert answers(SYSTEMIC, ["post-deployment-training"]) == {"disputed in"}
        assert cell(SYSTEMIC, Attributes("sft", phase="after")).answer == "disputed"


class TestBusinessAndProfessionsCode22757_11:  # noqa: N801 (the section's number)
    def test_i_2_original_run_and_modifications_by_the_developer_count(self):
        assert answers(CALIFORNIA, [*UPDATES, "post-deployment-training", "own-base"]) == {"yes"}

    def test_h_asks_what_the_person_has_used_so_anothers_base_leans_out(self):
        assert answers(CALIFORNIA, ["other-developer-base"]) == {"disputed out"}

    def test_nothing_is_excluded_so_nothing_but_serving_users_is_a_plain_no(self):
        assert {name for name in activities() if answers(CALIFORNIA, [name]) == {"no"}} == {"user-inference"}

    def test_passes_that_make_this_models_data_lean_in(self):
        made = ["rl-rollout", "rl-scoring", "synth-private", "teacher-inference", "merged-parents"]
        assert answers(CALIFORNIA, made) == {"disputed in"}

    def test_lost_steps_lean_out(self):
        assert answers(CALIFORNIA, ["rollback-restart"]) == {"disputed out"}

    def test_the_rest_leans_out(self):
        rest = [*PARA_122, *UNNAMED_EXECUTION]
        assert answers(CALIFORNIA, rest) == {"disputed out"}


def test_new_york_1420_9_counts_word_for_word_as_california():
    for name in CALIFORNIA.cells.keys() & activities().keys():
        assert answers(NEW_YORK, [name]) == answers(CALIFORNIA, [name])
        assert "Gen. Bus. Law" in cell(NEW_YORK, Attributes(name)).citation


@pytest.mark.parametrize("line", [ILLINOIS, CONNECTICUT], ids=lambda line: line.id)
def test_illinois_and_connecticut_leave_post_training_open_leaning_in_and_unverified(line):
    for name in ("sft", "preference-opt", "rl-update", "rl-rollout", "post-deployment-training"):
        found = cell(line, Attributes(name))
        assert (found.answer, found.lean) == ("disputed", "in")
        assert found.source.verified is None


def test_korea_counts_preprocessing_and_leaves_its_exclusions_open():
    assert answers(KOREA, [*UPDATES, "data-filtering"]) == {"yes"}
    assert answers(KOREA, ["synth-failed", "evaluation", "research-runs"]) == {"disputed out"}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
def test_reinforcement_learning_given_as_one_amount_is_disputed_everywhere(line):
    assert cell(line, Attributes("rl-unsplit")).answer == "disputed"
    assert unnamed(line, [Attributes("rl-unsplit")]) == ("rl-unsplit",)


class TestAttributes:
    def test_a_lost_training_step_counts_only_as_lost_steps_do(self):
        lost = Attributes("pretraining", fate="lost")
        assert cell(SYSTEMIC, lost).row == "rollback-restart"
        assert counts(SYSTEMIC, [lost]) == ((False,), (False,), (True,))

    def test_a_lost_evaluation_does_not_count_where_evaluation_does_not(self):
        assert cell(SYSTEMIC, Attributes("evaluation", fate="lost")).answer == "no"

    def test_synthetic_data_of_unknown_accessibility_is_disputed_and_leans_in(self):
        found = cell(SYSTEMIC, Attributes("synth-private", public="unknown"))
        assert (found.answer, found.lean) == ("disputed", "in")

    def test_unknown_accessibility_settles_nothing_open_where_both_answers_agree(self):
        assert cell(GPAI, Attributes("synth-private", public="unknown")).answer == "no"

    def test_public_data_does_not_count_whatever_the_entry_is_called(self):
        assert cell(SYSTEMIC, Attributes("synth-private", public="yes")).answer == "no"
        assert cell(SYSTEMIC, Attributes("synth-public", public="no")).answer == "yes"

    def test_pretraining_of_an_ancestor_counts_as_a_base_does(self):
        theirs = Attributes("pretraining", relation="ancestor", actor="other")
        ours = Attributes("pretraining", relation="ancestor")
        assert (cell(SYSTEMIC, theirs).answer, cell(SYSTEMIC, ours).answer) == ("yes", "yes")
        assert (cell(CALIFORNIA, theirs).lean, cell(CALIFORNIA, ours).answer) == ("out", "yes")

    def test_a_merged_parent_of_another_developer_leans_out_in_california(self):
        assert cell(CALIFORNIA, Attributes("merged-parents", actor="other")).lean == "out"

    def test_training_a_teacher_or_a_critic_is_not_training_this_model(self):
        assert cell(SYSTEMIC, Attributes("pretraining", relation="teacher")).row == "teacher-training"
        assert cell(SYSTEMIC, Attributes("sft", relation="auxiliary")).row == "aux-model-training"

    def test_passes_of_a_reward_model_stay_scoring(self):
        assert cell(SYSTEMIC, Attributes("rl-scoring", relation="auxiliary")).row == "rl-scoring"

    def test_para_23_work_on_behalf_of_the_provider_is_the_providers(self):
        assert cell(SYSTEMIC, Attributes("pretraining", actor="on-behalf")).answer == "yes"

    def test_data_generated_by_another_is_disputed(self):
        assert cell(SYSTEMIC, Attributes("synth-private", actor="other")).answer == "disputed"
        assert cell(CALIFORNIA, Attributes("synth-private", actor="other")).lean == "out"

    def test_an_unknown_activity_is_refused_with_the_closest_name(self):
        with pytest.raises(RegimeError, match="`pre-trainin` is not an activity") as caught:
            Attributes("pre-trainin")
        assert caught.value.diagnostics[0].hint == "did you mean `pretraining`?"


class TestTotal:
    def test_training_and_generation_of_this_model_are_in(self):
        for name in (
            *UPDATES,
            "rl-rollout",
            "rl-scoring",
            "synth-private",
            "synth-public",
            "teacher-inference",
        ):
            assert in_total(Attributes(name))

    def test_lost_steps_recomputation_evaluation_research_and_ancestors_stand_beside(self):
        for name in ("rollback-restart", "activation-recompute", "evaluation", "research-runs", *BASES):
            assert not in_total(Attributes(name))
        assert not in_total(Attributes("pretraining", fate="lost"))
        assert not in_total(Attributes("pretraining", relation="ancestor"))
        assert not in_total(Attributes("pretraining", relation="teacher"))

    def test_discarded_samples_are_in(self):
        assert in_total(Attributes("synth-private", fate="discarded"))


ENTRIES = st.builds(
    Attributes,
    activity=st.sampled_from(sorted(activities())),
    actor=st.sampled_from(["own", "on-behalf", "affiliate", "other"]),
    relation=st.sampled_from(["this-model", "ancestor", "teacher", "auxiliary"]),
    fate=st.sampled_from(["kept", "discarded", "lost"]),
    public=st.sampled_from([None, "yes", "no", "unknown"]),
    phase=st.sampled_from(["before", "after"]),
)


@given(line=st.sampled_from(LINES), entries=st.lists(ENTRIES, max_size=6))
def test_what_a_narrow_reading_counts_every_wider_one_counts(line, entries):
    narrow, expected, broad = counts(line, entries)
    for least, middle, most in zip(narrow, expected, broad, strict=True):
        assert least <= middle <= most


@given(line=st.sampled_from(LINES), entry=ENTRIES)
def test_an_entry_never_counts_further_than_one_of_its_cells(line, entry):
    def order(one):
        return ("no", "disputed-out", "disputed-in", "yes").index(
            one.answer if one.lean is None else f"{one.answer}-{one.lean}"
        )

    assert all(order(cell(line, entry)) <= order(one) for one in cells(line, entry))
