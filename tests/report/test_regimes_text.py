"""The pages of `flopline regimes`."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from page_checks import dangling, faults, split_sources

from flopline.errors import RegimeError
from flopline.regimes import activities, find_regime, load_regimes
from flopline.report.regimes_list import regime_row, regimes_list_text
from flopline.report.regimes_text import amount, regime_text

DATA = Path(__file__).parents[1] / "data" / "regimes"
DAY = date(2026, 11, 22)
REGIMES = load_regimes(DAY)
LINES = [line for regime in REGIMES for line in regime.lines]
TABLES = [line for line in LINES if line.relative is None]
STATED = """
id = "atlantis"
name = "Atlantis"
full_name = "Act \\u001b[31m on \\u202e Models"
jurisdiction = "Atlantis"
kind = "law"
summary = "One line."
[dates]
enacted = { date = 2026-01-01, source = "one" }
applies = { date = 2026-02-01, source = "one" }
[documents]
act = { cite = "Act\\u0007", url = "https://example.org/act" }
[sources]
one = { of = "act", at = "Art. 1", grade = "read", verified = 2026-03-01, quote = "Ten \\u001b[2J and more." }
two = { of = "act", at = "Art. 2", grade = "recalled" }
[lines.large]
name = "large model"
nature = "definition"
quantity = "cumulative"
source = "one"
thresholds = [{ flop = 1.25e25, compare = ">=", from = 2026-02-01, source = "one" }]
counts = [{ activities = ["pretraining"], answer = "yes", reason = "Named.", source = "two" }]
"""


def regime(name):
    return find_regime(name, REGIMES)


def words(text):
    return " ".join(text.split())


def about(page, label):
    """Return the paragraph that stands beside a label."""
    lines = page.splitlines()
    start = next(index for index, line in enumerate(lines) if line.strip().startswith(f"{label}  "))
    indent = len(lines[start]) - len(lines[start].lstrip())
    rest = []
    for line in lines[start + 1 :]:
        if not line.strip() or len(line) - len(line.lstrip()) <= indent:
            break
        rest.append(line)
    return words("\n".join([lines[start], *rest]))


@pytest.mark.parametrize("one", REGIMES, ids=lambda one: one.id)
def test_the_page_of_a_regime_keeps_the_style_and_cites_every_source_it_lists(one):
    page = regime_text(one)
    assert faults(page) == []
    assert dangling(page) == set()
    assert "not legal advice" in page


@pytest.mark.parametrize("one", REGIMES, ids=lambda one: one.id)
def test_every_source_of_a_file_stands_on_the_page_with_grade_day_and_quote(one):
    listed = words(split_sources(regime_text(one))[1])
    for source in one.sources.values():
        compared = f", compared with the text on {source.verified}" if source.verified else ""
        quote = f': "{source.quote}"' if source.quote else ""
        assert words(f"{source.cite} ({source.grade}{compared}){quote}") in listed
        assert (source.url or "") in listed


@pytest.mark.parametrize("line", TABLES, ids=lambda line: line.id)
def test_every_activity_stands_once_in_the_table_of_a_line(line):
    page = regime_text(regime(line.regime), only=line.id)
    table = words(page.partition("what it counts\n")[2].partition("\n\n")[0])
    for name in activities():
        assert len(re.findall(rf"(?<![\w-]){name}(?![\w-])", table)) == 1, name
    for cell in line.cells.values():
        assert words(cell.reason) in table


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
def test_every_condition_and_every_duty_of_a_line_is_told(line):
    page = words(regime_text(regime(line.regime), only=line.id))
    for condition in line.conditions.values():
        assert words(f"{condition.question} ({condition.who})") in page
    for duty in line.duties:
        assert words(f"{duty.who}: {duty.what}") in page
        source = line.sources[duty.source]
        assert words(f"{source.cite}, {source.grade} [") in page


def test_the_eu_line_is_greater_than_and_the_korean_at_least():
    assert "greater than 1e25 FLOP, from 2025-08-02" in regime_text(regime("eu-ai-act"))
    assert "at least 1e26 FLOP" in regime_text(regime("kr-ai-basic-act"))


def test_rollouts_are_disputed_under_art_51_and_lean_in():
    page = regime_text(regime("eu-ai-act"), only="eu-ai-act/systemic-risk")
    disputed = page.partition("disputed, leaning in")[2].partition("disputed, leaning out")[0]
    assert "rl-rollout" in disputed


def test_notification_shows_its_two_weeks_and_art_52():
    told = about(regime_text(regime("eu-ai-act"), only="eu-ai-act/systemic-risk"), "notify")
    assert "within 14 days of the forecast of a crossing" in told
    assert "AI Act, Art. 52(1), read" in told


def test_open_models_are_spared_under_art_53_but_never_with_systemic_risk():
    page = regime("eu-ai-act")
    gpai, systemic = (regime_text(page, f"eu-ai-act/{line}") for line in ("gpai", "systemic-risk"))
    assert "not for free and open models" in about(gpai, "technical-documentation")
    assert "not for free and open models" not in about(systemic, "technical-documentation")


def test_imminent_danger_is_due_within_24_hours_in_california():
    assert "within 24 hours of discovery" in about(regime_text(regime("us-ca-sb53")), "imminent-danger")


def test_a_recurring_duty_shows_its_rhythm_and_its_first_day():
    connecticut = about(regime_text(regime("us-ct-sb5")), "internal-channel")
    assert "by 2027-01-01; every 3 months" in connecticut
    illinois = about(regime_text(regime("us-il-sb315")), "audit")
    assert "from 2028-01-01 on; every year" in illinois


def test_intent_is_told_where_it_attaches_the_status():
    assert "intent to use that much computation" in regime_text(regime("us-ca-sb53"))
    assert "    intent  " not in regime_text(regime("eu-ai-act"))


def test_earlier_models_have_until_2027_under_art_111():
    assert "on the market before 2025-08-02: comply by 2027-08-02" in regime_text(regime("eu-ai-act"))


def test_a_regime_without_a_line_tells_what_it_asks_for_instead():
    page = regime_text(regime("cn"))
    assert "Interim Measures for Generative AI Services" in page
    assert "since 2023-08-15" in page


def test_one_line_leaves_the_others_out():
    page = regime_text(regime("eu-ai-act"), only="eu-ai-act/gpai")
    assert "eu-ai-act/gpai: general-purpose AI model" in page
    assert "eu-ai-act/systemic-risk" not in page
    assert dangling(page) == set()


@pytest.mark.parametrize("name", ["eu-ai-act/systemic-riks", "eu-ai-act/", "cn/any"])
def test_an_unknown_line_is_refused_with_what_there_is(name):
    with pytest.raises(RegimeError) as caught:
        regime_text(regime(name.partition("/")[0]), only=name)
    assert caught.value.hint
    if name == "eu-ai-act/systemic-riks":
        assert caught.value.hint == "did you mean `eu-ai-act/systemic-risk`?"


def test_before_its_day_a_regime_has_no_line_and_says_so():
    early = find_regime("eu-ai-act", load_regimes(date(2024, 1, 1)))
    page = regime_text(early)
    assert "not law on 2024-01-01: eu-ai-act/gpai, eu-ai-act/systemic-risk" in page
    assert faults(page) == []
    with pytest.raises(RegimeError):
        regime_text(early, only="eu-ai-act/gpai")


def test_an_amendment_shows_both_thresholds_with_their_days():
    amended = find_regime("eu-ai-act", load_regimes(date(2027, 3, 1), [DATA / "amended"]))
    page = regime_text(amended, only="eu-ai-act/systemic-risk")
    assert "greater than 1e25 FLOP, from 2025-08-02" in page
    assert "greater than 1e26 FLOP, from 2027-06-01" in page


def test_a_file_of_the_users_own_cannot_steer_a_terminal_and_keeps_its_digits(tmp_path):
    file = tmp_path / "atlantis.toml"
    file.write_text(STATED, encoding="utf-8")
    found = load_regimes(DAY, [file])
    page, listed = regime_text(find_regime("atlantis", found)), regimes_list_text(found, DAY)
    assert faults(page) == faults(listed) == []
    assert "Act \\x1b[31m on \\x202e Models" in page
    assert "at least 1.25e25 FLOP" in page
    assert ">= 1.25e25 FLOP" in listed
    assert "not named" in page
    assert about(page.partition("  activities\n")[2], "rl-update") == (
        "rl-update policy updates of reinforcement learning"
    )


def test_a_threshold_keeps_all_of_its_digits():
    assert [amount(flop, ">") for flop in (1e23, 1.25e25, 3e3)] == ["> 1e23 FLOP", "> 1.25e25 FLOP", "> 3e3 FLOP"]


def test_the_list_names_every_regime_with_jurisdiction_and_status():
    listed = regimes_list_text(REGIMES, DAY)
    assert faults(listed) == []
    for one in REGIMES:
        assert f"{one.id}: {one.jurisdiction}, {one.status_words}" in listed
        assert words(one.full_name) in words(listed)
    for line in LINES:
        assert line.id in listed


def test_the_list_of_an_early_day_has_the_regimes_without_lines():
    early = date(2020, 1, 1)
    assert "eu-ai-act: European Union, not enacted on 2020-01-01" in regimes_list_text(load_regimes(early), early)


@pytest.mark.parametrize("one", REGIMES, ids=lambda one: one.id)
def test_a_row_is_plain_data_with_name_jurisdiction_and_status(one):
    row = json.loads(json.dumps(regime_row(one), allow_nan=False))
    assert [row[key] for key in ("id", "full_name", "jurisdiction", "status")] == [
        one.id, one.full_name, one.jurisdiction, one.status,
    ]  # fmt: skip
    assert [line["id"] for line in row["lines"]] == [line.id for line in one.lines]


def test_the_row_of_the_eu_act_has_its_two_thresholds():
    assert [(line["compare"], line["flop"]) for line in regime_row(regime("eu-ai-act"))["lines"]] == [
        (">", 1e23), (">", 1e25), (">", None),
    ]  # fmt: skip


class TestWhatIsNoLaw:
    HEADINGS = (
        "in force or enacted",
        "no compute line: something else triggers duties",
        "over or vetoed: for comparison, never computed as law",
        "bills, drafts and proposals: for comparison, never computed as law",
    )

    def test_the_list_puts_the_law_first_and_each_regime_once(self):
        listed = regimes_list_text(REGIMES, DAY)
        places = [listed.index(f"\n{heading}\n") for heading in self.HEADINGS]
        assert places == sorted(places)
        assert places[0] < listed.index("  eu-ai-act:") < places[1] < listed.index("  cn:") < places[2]
        assert places[2] < listed.index("  us-eo14110:") < places[3] < listed.index("  us-hr9925:")
        for one in REGIMES:
            assert listed.count(f"\n  {one.id}: ") == 1

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("us-eo14110/biology", "> 1e23 FLOP biological sequence model (ended on 2025-01-20)"),
            ("us-ca-sb1047/derivative", ">= 3e25 FLOP covered model by fine-tuning (vetoed on 2024-09-29)"),
            ("us-hr9925/frontier", "> 1e26 FLOP frontier model (a bill, not law)"),
            ("us-bis-702-7/run", "> 1e26 FLOP training run (proposed, never adopted)"),
        ],
    )
    def test_a_line_that_is_no_law_is_listed_with_its_figure_and_what_became_of_it(self, name, shown):
        assert f"{name} * {shown}" in words(regimes_list_text(REGIMES, DAY))

    def test_on_a_day_in_force_the_order_is_listed_as_law(self):
        day = date(2024, 6, 1)
        listed = regimes_list_text(load_regimes(day), day)
        assert listed.index("us-eo14110:") < listed.index(self.HEADINGS[1])
        assert "us-eo14110/model" in listed.partition(self.HEADINGS[1])[0]
        assert "(ended on" not in listed
        assert "not known yet" in listed

    def test_the_page_of_a_vetoed_bill_says_on_each_line_that_it_is_no_law(self):
        page = regime_text(regime("us-ca-sb1047"))
        assert page.count("For comparison: not law on this day, and never computed as law.") == 2
        assert "greater than 1e26 FLOP [" in page
        assert "at least 3e25 FLOP [" in page
        assert "vetoed       2024-09-29" in page

    def test_one_line_that_is_no_law_can_be_shown_alone(self):
        page = regime_text(regime("us-eo14110"), only="us-eo14110/biology")
        assert "primarily on biological sequence data?" in words(page)
        assert "us-eo14110/model:" not in page

    def test_a_row_keeps_law_and_the_rest_apart(self):
        row = regime_row(regime("us-ca-sb1047"))
        assert row["lines"] == []
        assert [(one["id"], one["flop"], one["status"], one["status_words"]) for one in row["others"]] == [
            ("us-ca-sb1047/covered", 1e26, "vetoed", "vetoed on 2024-09-29"),
            ("us-ca-sb1047/derivative", 3e25, "vetoed", "vetoed on 2024-09-29"),
        ]

    def test_a_clock_may_run_before_its_event(self):
        told = about(regime_text(regime("eu-ai-act"), "eu-ai-act/systemic-risk"), "code-framework-before-placement")
        assert "at least 14 days before placement on the market" in told
        assert "only for those who signed the code of practice of `eu`" in told
