"""Lines of the past: computed as law on the days they stood, shown for comparison on all others."""

from __future__ import annotations

from datetime import date
from math import inf, nextafter

import pytest

from flopline.regimes import (
    Attributes,
    Developer,
    ModelAnswers,
    applies,
    cell,
    comparison_lines,
    find_line,
    find_regime,
    lines,
    load_regimes,
)

DAY = date(2026, 11, 22)


def ids(found):
    return {line.id for line in found}


def past(name, day=DAY):
    return find_line(name, comparison_lines(day))


@pytest.mark.parametrize(
    ("name", "flop", "compare", "words"),
    [
        ("us-eo14110/model", 1e26, ">", "ended on 2025-01-20"),  # s. 4.2(b)(i)
        ("us-eo14110/biology", 1e23, ">", "ended on 2025-01-20"),
        ("us-ca-sb1047/covered", 1e26, ">", "vetoed on 2024-09-29"),  # 22602(e)(1)(A)(i)
        ("us-ca-sb1047/derivative", 3e25, ">=", "vetoed on 2024-09-29"),  # 22602(e)(1)(A)(ii)
        ("us-ny-raise-2025/frontier", 1e26, ">", "ended on 2026-03-27"),  # L. 2025 ch. 699
        ("us-bis-4e091/weights", 1e26, ">", "ended on 2025-05-13"),
    ],
)
def test_a_line_of_the_past_has_its_amount_and_the_day_it_fell(name, flop, compare, words):
    line = past(name)
    assert (line.flop, line.compare, line.status_words) == (flop, compare, words)


def test_what_is_over_or_vetoed_is_no_law():
    assert not ids(lines(DAY)) & ids(comparison_lines(DAY))


@pytest.mark.parametrize("day", [date(2023, 10, 30), date(2024, 6, 1), date(2025, 1, 19)])
def test_executive_order_14110_is_law_while_it_stands(day):
    order = find_line("us-eo14110/model", lines(day))
    assert order.status_words == "in force since 2023-10-30"
    assert "us-eo14110/model" not in ids(comparison_lines(day))


def test_executive_order_14110_is_over_on_the_day_it_was_revoked():
    assert "us-eo14110/model" not in ids(lines(date(2025, 1, 20)))
    assert past("us-eo14110/model", date(2025, 1, 20)).status == "ended"


def test_nobody_knows_an_order_before_it_is_issued():
    early = date(2023, 10, 29)
    assert "us-eo14110/model" not in ids(lines(early)) | ids(comparison_lines(early))
    assert find_regime("us-eo14110", load_regimes(early)).status_words == "not enacted on 2023-10-29"


def test_the_biology_line_asks_what_the_model_is_trained_on_and_no_plan_answers():
    biology = find_line("us-eo14110/biology", lines(date(2024, 6, 1)))
    developer = Developer(role="original-provider", markets={"us": "yes"})
    found = applies(biology, developer, ModelAnswers(), date(2024, 6, 1))
    assert found.answer == "unknown"
    assert [condition.id for condition in found.open] == ["biology"]
    assert "biological sequence data" in found.open[0].question


def test_a_cluster_is_an_instrument_and_no_line():
    order = find_regime("us-eo14110", load_regimes(DAY))
    assert "10^20" in order.form.instruments[0].triggers


def test_sb_1047_was_a_bill_until_its_veto_and_never_law():
    for day, words in ((date(2024, 6, 1), "a bill, not law"), (date(2024, 9, 29), "vetoed on 2024-09-29")):
        assert past("us-ca-sb1047/covered", day).status_words == words
        assert "us-ca-sb1047/covered" not in ids(lines(day))
    assert "us-ca-sb1047/covered" not in ids(comparison_lines(date(2024, 2, 6)))


def test_sb_1047_reaches_fine_tuning_at_three_times_1e25_and_counts_nothing_else_there():
    line = past("us-ca-sb1047/derivative")
    assert line.threshold.crossed_by(3e25)
    assert not line.threshold.crossed_by(nextafter(3e25, 0))
    assert cell(line, Attributes("sft")).answer == "yes"
    assert cell(line, Attributes("pretraining", relation="ancestor", actor="other")).answer == "no"


def test_cost_is_a_question_beside_compute():
    for name in ("us-ca-sb1047/covered", "us-ny-raise-2025/frontier"):
        cost = past(name).conditions["cost"]
        assert cost.open
        assert "100 million USD" in cost.question
        assert cost.who == "finance"


def test_the_raise_text_of_2025_took_effect_by_its_own_words_for_eight_days():  # ch. 699, s. 3
    assert find_line("us-ny-raise-2025/frontier", lines(date(2026, 3, 18))).status == "enacted"
    assert find_line("us-ny-raise-2025/frontier", lines(date(2026, 3, 26))).status == "in-force"
    replaced = date(2026, 3, 27)
    assert "us-ny-raise-2025/frontier" not in ids(lines(replaced))
    assert "us-ny-raise/frontier" in ids(lines(replaced))


def test_the_export_rule_fell_before_compliance_was_due():
    assert find_line("us-bis-4e091/weights", lines(date(2025, 5, 12))).status == "enacted"
    assert "us-bis-4e091/weights" not in ids(lines(date(2025, 5, 15)))


def test_the_export_rule_adds_later_training_and_leaves_curation_aside():
    line = past("us-bis-4e091/weights")
    assert cell(line, Attributes("sft")).answer == "yes"
    assert (cell(line, Attributes("data-filtering")).answer, cell(line, Attributes("data-filtering")).lean) == (
        "disputed", "out",
    )  # fmt: skip


def test_exactly_1e26_did_not_cross_the_order():
    threshold = past("us-eo14110/model").threshold
    assert not threshold.crossed_by(1e26)
    assert threshold.crossed_by(nextafter(1e26, inf))
