"""Who must do what by when."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from flopline.regimes import Developer, ModelAnswers, OpenSource, applies, duties, find_line, lines

DAY = date(2026, 11, 22)
LINES = lines(DAY)
DEVELOPER = Developer(
    role="original-provider",
    markets=dict.fromkeys(("eu", "us-ca", "us-ny", "us-il", "us-ct", "kr"), "yes"),
    exempt={"us-ny": "no"},
    established="us",
)
CLOSED = OpenSource(public_weights="no")
MODEL = ModelAnswers(generates=("text",), general="yes", broad_data="yes", adaptable="yes", open_source=CLOSED)


def follow(name, developer=DEVELOPER, model=MODEL, *, day=DAY, start=None, probability=0.9):
    line = find_line(name, LINES)
    status = applies(line, developer, model, day, start)
    found = duties(line, status, developer, model, day=day, start=start, probability_expected=probability)
    return {duty.id: duty for duty in found}


def with_revenue(text, year=2025):
    return DEVELOPER.model_copy(update={"revenue": {year: text}})


def test_art_52_1_two_weeks_run_from_the_estimate_without_extension_for_weekends():
    # 22 November 2026 is a Sunday, and so is the day two weeks after.
    assert follow("eu-ai-act/systemic-risk")["notify"].deadline == date(2026, 12, 6)


@pytest.mark.parametrize(
    ("probability", "met"),
    [
        (0.5, (True, True, True)),
        (0.49, (False, True, True)),
        (0.1, (False, False, True)),
        (0.09, (False,) * 3),
    ],
)
def test_the_notification_is_dated_for_each_probability_that_may_count_as_known(probability, met):
    forecasts = follow("eu-ai-act/systemic-risk", probability=probability)["notify"].forecasts
    assert [one.probability for one in forecasts] == [0.5, 0.25, 0.1]
    assert tuple(one.met for one in forecasts) == met
    assert {one.deadline for one in forecasts if one.met} <= {date(2026, 12, 6)}
    assert {one.deadline for one in forecasts if not one.met} <= {None}


def test_para_114_notification_is_due_two_weeks_after_chapter_v_applies_at_the_earliest():
    early = date(2025, 7, 25)
    line = find_line("eu-ai-act/systemic-risk", lines(early))
    status = applies(line, DEVELOPER, MODEL, early)
    found = duties(line, status, DEVELOPER, MODEL, day=early, probability_expected=0.9)
    notify = next(duty for duty in found if duty.id == "notify")
    assert (notify.answer, notify.deadline) == ("not-yet", date(2025, 8, 16))


def test_para_31_the_estimate_is_due_before_the_run_and_whether_or_not_the_line_is_crossed():
    estimate = follow("eu-ai-act/systemic-risk", start=date(2027, 1, 15), probability=0.001)["estimate"]
    assert estimate.deadline == date(2027, 1, 15)
    assert estimate.regardless


def test_a_model_with_systemic_risk_keeps_the_duties_of_all_general_purpose_models():
    assert set(follow("eu-ai-act/gpai")) <= set(follow("eu-ai-act/systemic-risk"))


def test_art_53_1_is_due_with_placement():
    model = MODEL.model_copy(update={"placed_on_market": date(2027, 6, 1)})
    assert follow("eu-ai-act/gpai", model=model)["training-summary"].deadline == date(2027, 6, 1)


def test_art_111_3_moves_the_deadlines_of_an_early_model():
    model = MODEL.model_copy(update={"placed_on_market": date(2025, 3, 1)})
    found = follow("eu-ai-act/gpai", model=model)
    assert {duty.deadline for duty in found.values()} == {date(2027, 8, 2)}
    assert {duty.answer for duty in found.values()} == {"not-yet"}


class TestOpenSource:
    FREE = OpenSource(free_licence="yes", public_weights="yes", public_information="yes", monetized="no")

    def test_art_53_2_spares_53_1_a_and_b_and_54_only(self):
        free = MODEL.model_copy(update={"open_source": self.FREE})
        spared = set(follow("eu-ai-act/gpai")) - set(follow("eu-ai-act/gpai", model=free))
        assert spared == {"technical-documentation", "downstream-information", "authorised-representative"}

    def test_art_53_2_never_spares_systemic_risk(self):
        free = MODEL.model_copy(update={"open_source": self.FREE})
        assert set(follow("eu-ai-act/systemic-risk", model=free)) == set(follow("eu-ai-act/systemic-risk"))

    def test_a_monetized_model_is_not_exempt(self):
        sold = MODEL.model_copy(update={"open_source": self.FREE.model_copy(update={"monetized": "yes"})})
        assert follow("eu-ai-act/gpai", model=sold)["technical-documentation"].answer == "yes"

    def test_silence_leaves_a_question(self):
        silent = MODEL.model_copy(update={"open_source": OpenSource()})
        duty = follow("eu-ai-act/gpai", model=silent)["technical-documentation"]
        assert duty.answer == "if"
        assert "open source" in duty.condition


class TestRevenue:
    LARGE = frozenset({"risk-summary", "internal-channel", "framework", "internal-use-summary"})

    def test_22757_11_j_above_500_million_is_large(self):
        found = follow("us-ca-sb53/frontier", with_revenue("501M USD"))
        assert set(found) >= self.LARGE
        assert {duty.answer for duty in found.values()} == {"yes"}

    @pytest.mark.parametrize("revenue", ["499M USD", "500M USD"])
    def test_22757_11_j_exactly_500_million_or_less_is_not(self, revenue):
        assert not set(follow("us-ca-sb53/frontier", with_revenue(revenue))) & self.LARGE

    def test_unknown_revenue_lists_both_tiers(self):
        found = follow("us-ca-sb53/frontier")
        assert {duty.id for duty in found.values() if duty.answer == "if"} == self.LARGE
        assert found["framework"].condition == ("if Was gross revenue with affiliates in 2025 above 500M USD?")

    def test_the_year_is_the_one_before_the_dutys_event(self):
        model = MODEL.model_copy(update={"placed_on_market": date(2027, 2, 1)})
        found = follow("us-ca-sb53/frontier", with_revenue("501M USD", year=2026), model)
        assert found["risk-summary"].answer == "yes"

    def test_an_unreadable_revenue_is_refused(self):
        with pytest.raises(ValidationError, match="USD"):
            Developer(revenue={2025: "620M EUR"})


def test_1428_asks_for_the_disclosure_statement_before_development_but_not_before_2027():
    early = follow("us-ny-raise/frontier", start=date(2026, 12, 1))["disclosure-statement"]
    late = follow("us-ny-raise/frontier", start=date(2027, 2, 1))["disclosure-statement"]
    assert (early.answer, early.deadline, early.every) == ("not-yet", date(2027, 1, 1), "2 years")
    assert late.deadline == date(2027, 2, 1)


def test_illinois_starts_framework_and_audit_in_2028():
    found = follow("us-il-sb315/frontier", day=date(2027, 6, 1))
    assert {found[name].starts for name in ("framework", "audit")} == {date(2028, 1, 1)}
    assert found["transparency-report"].starts == date(2027, 1, 1)


def test_connecticuts_channel_is_due_on_1_january_2027():
    assert follow("us-ct-sb5/frontier")["internal-channel"].deadline == date(2027, 1, 1)


def test_clocks_that_start_with_discovery_are_given_in_words():
    found = follow("us-ca-sb53/frontier")
    assert (found["incident-report"].deadline, found["incident-report"].clock) == (
        None,
        "15 days from discovery",
    )
    assert found["imminent-danger"].clock == "24 hours from discovery"


def test_no_duty_follows_where_a_line_does_not_apply():
    assert follow("eu-ai-act/gpai", model=MODEL.model_copy(update={"general": "no"})) == {}


def test_open_questions_stand_with_every_duty():
    found = follow("eu-ai-act/gpai", DEVELOPER.model_copy(update={"markets": {}}))
    assert {duty.answer for duty in found.values()} == {"if"}
    assert all("Union market?" in duty.condition for duty in found.values())


def test_a_duty_becomes_plain_values_with_citation_and_grade():
    plain = follow("eu-ai-act/systemic-risk")["notify"].to_dict()
    assert (plain["citation"], plain["grade"]) == ("AI Act, Art. 52(1)", "read")
    assert plain["deadline"] == "2026-12-06"
    assert len(plain["forecasts"]) == 3


def test_the_last_day_of_the_calendar_has_a_deadline_too():
    found = follow("eu-ai-act/systemic-risk", day=date.max)
    assert found["notify"].deadline == date.max


@pytest.mark.parametrize("market", ["us-calif", "EU", "e", "eu "])
def test_a_market_that_is_no_jurisdiction_is_refused(market):
    with pytest.raises(ValidationError):
        Developer(markets={market: "yes"})
