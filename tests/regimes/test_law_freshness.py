"""Stale and unread values say so."""

from __future__ import annotations

from datetime import date

from flopline.regimes import Attributes, find_line, lines, warnings

ENTRIES = [Attributes("pretraining")]
COMPARED = date(2026, 11, 22)


def codes(name, day):
    return [one.code for one in warnings(find_line(name, lines(day)), ENTRIES, day)]


def test_a_comparison_is_fresh_for_ninety_days():
    assert codes("eu-ai-act/systemic-risk", COMPARED) == []
    assert codes("eu-ai-act/systemic-risk", date(2027, 2, 20)) == []
    assert codes("eu-ai-act/systemic-risk", date(2027, 2, 21)) == ["W702"]


def test_a_line_known_only_from_quotations_says_so():
    assert codes("kr-ai-basic-act/safety", COMPARED) == ["W703"]
    assert codes("us-ct-sb5/frontier", COMPARED) == ["W703"]


def test_a_warning_names_the_line_and_the_paragraph():
    line = find_line("eu-ai-act/systemic-risk", lines(COMPARED))
    message = warnings(line, ENTRIES, date(2028, 1, 1))[0].message
    assert message.startswith("`eu-ai-act/systemic-risk`")
    assert "Art. 51(2)" in message


def test_recalled_cells_warn_only_where_an_entry_needs_them():
    line = find_line("us-il-sb315/frontier", lines(COMPARED))
    (plain,) = warnings(line, ENTRIES, COMPARED)
    (tuned,) = warnings(line, [*ENTRIES, Attributes("sft")], COMPARED)
    assert "not seen" not in plain.message
    assert "counting clause, not seen" in tuned.message
