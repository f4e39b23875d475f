"""Who is the provider under Art. 3(3) AI Act, whom research spares, and whom the Code of Practice binds."""

from __future__ import annotations

from datetime import date

import pytest

from flopline.regimes import Developer, ModelAnswers, applies, duties, find_line, lines

DAY = date(2026, 11, 22)
LINES = lines(DAY)
ON_MARKET = {"eu": "yes"}
BROAD = ModelAnswers(generates=("text",), general="yes", placed_on_market=date(2027, 6, 1))
SYSTEMIC = find_line("eu-ai-act/systemic-risk", LINES)


def status(role, line="eu-ai-act/gpai", **facts):
    developer = Developer(role=role, **{"markets": ON_MARKET} | facts)
    return applies(find_line(line, LINES), developer, BROAD, DAY)


@pytest.mark.parametrize("role", ["original-provider", "principal"])
def test_who_develops_a_model_or_has_it_developed_and_places_it_is_the_provider(role):  # Guidelines para. 51
    assert status(role).answer == "yes"


@pytest.mark.parametrize(
    ("role", "asked"),
    [
        ("coordinator", "coordinator the provider, as usually"),
        ("participant", "neither the coordinator nor the consortium"),
        ("on-behalf", "nobody else place the model"),
        ("integrator", "excluded, clearly and unequivocally"),
    ],
)
def test_a_consortium_and_who_acts_for_others_is_asked_a_question_of_its_own(role, asked):  # paras 51 and 59
    found = status(role)
    assert found.answer == "unknown"
    assert [condition.id for condition in found.open] == ["provider"]
    assert asked in found.open[0].question


@pytest.mark.parametrize(("excluded", "answer"), [("yes", "yes"), ("no", "no"), ("unknown", "unknown")])
def test_an_integrator_is_the_provider_where_the_union_market_was_excluded(excluded, answer):  # para. 59
    assert status("integrator", upstream_excluded=excluded).answer == answer


def test_who_has_a_model_of_its_own_built_modifies_nobodys():
    assert status("principal", "eu-ai-act/modifier").answer == "no"


@pytest.mark.parametrize("line", ["gpai", "systemic-risk"])
def test_a_model_on_the_market_is_no_research_unless_the_plan_says_so(line):  # Arts 2(8) and 3(63)
    name = f"eu-ai-act/{line}"
    assert status("original-provider", name).answer == "yes"
    assert status("original-provider", name, exempt={"eu": "no"}).answer == "yes"
    assert status("original-provider", name, exempt={"eu": "yes"}).answer == "no"  # Art. 2(6)
    assert status("original-provider", name, exempt={"eu": "unknown"}).answer == "unknown"


def test_research_is_asked_about_where_nobody_said_that_the_model_comes_to_the_market():
    found = status("original-provider", markets={})
    assert {condition.id for condition in found.open} == {"eu-market", "research"}


def follows(signed, probability=0.9):
    developer = Developer(role="original-provider", markets=ON_MARKET, signed={} if signed is None else {"eu": signed})
    answered = applies(SYSTEMIC, developer, BROAD, DAY)
    found = duties(SYSTEMIC, answered, developer, BROAD, day=DAY, probability_expected=probability)
    return {duty.id: duty for duty in found}


def test_the_code_binds_those_who_signed_it_and_nobody_else():
    assert follows("yes")["code-framework"].answer == "yes"
    assert not any(name.startswith("code-") for name in follows("no"))
    asked = follows(None)["code-framework"]
    assert asked.answer == "if"
    assert "signed the code of practice" in asked.condition
    assert follows("no")["notify"].answer == "yes"


def test_the_framework_is_due_four_weeks_after_the_notification_and_two_before_placement():  # Measure 1.1
    found = follows("yes")
    assert found["notify"].deadline == date(2026, 12, 6)
    assert found["code-framework"].deadline == date(2027, 1, 3)
    assert found["code-framework-before-placement"].deadline == date(2027, 5, 18)
    assert found["code-model-report"].deadline == date(2027, 6, 1)  # Measure 7.7


def test_incidents_have_clocks_of_two_five_ten_and_fifteen_days():  # Measure 9.3
    found = follows("yes")
    names = ("infrastructure", "breach", "death", "harm")
    assert [found[f"code-incident-{name}"].clock for name in names] == [
        f"{days} days from discovery" for days in (2, 5, 10, 15)
    ]


@pytest.mark.parametrize("line", [line for line in LINES if "developer" in line.conditions], ids=lambda line: line.id)
def test_every_law_answers_for_every_role(line):
    roles = {"original-provider", "principal", "coordinator", "participant", "modifier", "on-behalf", "integrator"}
    assert set(line.conditions["developer"].role) == roles


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
def test_every_duty_says_who_from_which_event_and_where_it_stands(line):
    for duty in line.duties:
        assert duty.who
        assert duty.source in line.sources
        assert duty.anchor in ("forecast", "start", "placement", "discovery", "determination", "continuous", "fixed")
        timed = duty.anchor in ("discovery", "determination")
        assert not timed or duty.days or duty.hours or duty.clock or duty.every, duty.id
