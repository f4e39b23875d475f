"""Crossing is not applying: role, conditions and dates decide, and silence stays a question."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopline.regimes import Developer, ModelAnswers, applies, find_line, lines
from flopline.regimes.form import Role

DAY = date(2026, 11, 22)
LINES = lines(DAY)
PROVIDER = Developer(
    role="original-provider",
    markets=dict.fromkeys(("eu", "us-ca", "us-ny", "us-il", "us-ct", "kr"), "yes"),
    exempt={"us-ny": "no"},
)
BROAD = ModelAnswers(
    generates=("text",),
    general="yes",
    broad_data="yes",
    adaptable="yes",
    state_of_the_art="yes",
    serious_risk="yes",
)


def status(name, developer=PROVIDER, model=BROAD, day=DAY, start=None):
    return applies(find_line(name, LINES), developer, model, day, start)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
def test_silence_is_unknown_or_not_yet_and_every_condition_a_question(line):
    found = applies(line, Developer(), ModelAnswers(), DAY)
    assert found.answer == ("not-yet" if line.status == "enacted" else "unknown")
    assert found.open == found.conditions
    assert all(condition.question.endswith("?") and condition.who for condition in found.conditions)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
def test_all_conditions_met_make_a_law_in_force_apply(line):
    developer = PROVIDER if line.relative is None else PROVIDER.model_copy(update={"role": "modifier"})
    assert applies(line, developer, BROAD, date(2027, 1, 1)).answer == "yes"


def test_a_chess_model_is_no_general_purpose_model_whatever_its_compute():  # Guidelines para. 20
    chess = ModelAnswers(generates=("game-moves",), general="no")
    assert status("eu-ai-act/gpai", model=chess).answer == "no"
    assert status("eu-ai-act/systemic-risk", model=chess).answer == "no"


def test_an_encoder_that_reads_text_generates_none():  # Guidelines para. 17
    assert status("eu-ai-act/gpai", model=BROAD.model_copy(update={"generates": ()})).answer == "no"


def test_a_modality_that_the_file_does_not_know_stays_open():
    drawing = BROAD.model_copy(update={"generates": ("image",)})
    assert status("eu-ai-act/gpai", model=drawing).answer == "unknown"


def test_a_model_off_the_union_market_is_out():
    assert status("eu-ai-act/gpai", Developer(markets={"eu": "no"})).answer == "no"


def test_acting_on_behalf_leaves_the_question_who_the_provider_is():
    found = status("eu-ai-act/gpai", PROVIDER.model_copy(update={"role": "on-behalf"}))
    assert found.answer == "unknown"
    assert [condition.id for condition in found.open] == ["provider"]


def test_a_modifier_is_a_developer_under_22757_11_i_2():
    modifier = PROVIDER.model_copy(update={"role": "modifier"})
    assert status("us-ca-sb53/frontier", modifier).answer == "yes"
    assert status("eu-ai-act/systemic-risk", modifier).answer == "unknown"


@pytest.mark.parametrize(("start", "answer"), [(date(2026, 12, 31), "not-yet"), (date(2027, 1, 1), "yes")])
def test_new_york_is_tested_on_its_own_event_not_on_the_day_of_the_plan(start, answer):
    assert status("us-ny-raise/frontier", start=start).answer == answer


def test_a_run_before_new_york_takes_effect_and_a_placement_after_apply():
    placed = BROAD.model_copy(update={"placed_on_market": date(2027, 3, 1)})
    assert status("us-ny-raise/frontier", model=placed, start=date(2026, 12, 1)).answer == "yes"


def test_a_law_in_force_whose_events_all_lie_before_leaves_a_question():
    found = status("us-ca-sb53/frontier", start=date(2025, 6, 1))
    assert found.answer == "unknown"
    assert [condition.id for condition in found.open] == ["effect"]


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2027, 8, 1)])
def test_art_111_3_gives_a_model_placed_early_until_2_august_2027(day):
    early = BROAD.model_copy(update={"placed_on_market": date(2025, 8, 1)})
    found = status("eu-ai-act/gpai", model=early, day=day)
    assert found.answer == "not-yet"
    assert found.since == date(2027, 8, 2)


def test_art_111_3_ends_on_2_august_2027_and_spares_nobody_placed_on_2_august_2025():
    early = BROAD.model_copy(update={"placed_on_market": date(2025, 8, 1)})
    late = BROAD.model_copy(update={"placed_on_market": date(2025, 8, 2)})
    assert status("eu-ai-act/gpai", model=early, day=date(2027, 8, 2)).answer == "yes"
    assert status("eu-ai-act/gpai", model=late).answer == "yes"


def test_training_that_started_before_chapter_v_but_is_not_placed_is_covered():  # Guidelines para. 114
    assert status("eu-ai-act/systemic-risk", start=date(2025, 3, 1)).answer == "yes"


@pytest.mark.parametrize("limb", ["state_of_the_art", "serious_risk"])
def test_korea_with_one_limb_unknown_is_unknown_and_with_one_denied_does_not_apply(limb):
    assert status("kr-ai-basic-act/safety", model=BROAD.model_copy(update={limb: "unknown"})).answer == "unknown"
    assert status("kr-ai-basic-act/safety", model=BROAD.model_copy(update={limb: "no"})).answer == "no"


ANSWER = st.sampled_from(["yes", "no", "unknown"])


@given(
    line=st.sampled_from(LINES),
    market=ANSWER,
    role=st.sampled_from(get_args(Role)),
    facts=st.tuples(ANSWER, ANSWER, ANSWER, ANSWER, ANSWER),
    generates=st.none() | st.lists(st.sampled_from(["text", "image", "music", "smell"]), max_size=3).map(tuple),
)
def test_unknown_never_becomes_yes_or_no(line, market, role, facts, generates):
    general, broad_data, adaptable, state_of_the_art, serious_risk = facts
    developer = Developer(role=role, markets=dict.fromkeys(PROVIDER.markets, market), exempt={"us-ny": "no"})
    model = ModelAnswers(
        generates=generates,
        general=general,
        broad_data=broad_data,
        adaptable=adaptable,
        state_of_the_art=state_of_the_art,
        serious_risk=serious_risk,
    )
    found = applies(line, developer, model, date(2027, 6, 1))
    answers = [condition.answer for condition in found.conditions]
    assert (found.answer == "no") == ("no" in answers)
    assert (found.answer == "yes") == (set(answers) == {"yes"})
