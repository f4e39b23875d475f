"""The page of `flopline regimes compare`."""

from __future__ import annotations

import re
from datetime import date
from itertools import combinations

import pytest
from page_checks import dangling, faults

from flopline.regimes import load_regimes
from flopline.regimes.compare import compare
from flopline.report.regimes_compare_text import regimes_compare_text
from flopline.report.sides import Sided, side_by_side

DAY = date(2026, 11, 22)
LINES = [line.id for regime in load_regimes(DAY) for line in regime.lines]
SYSTEMIC = "eu-ai-act/systemic-risk"


@pytest.mark.parametrize(("left", "right"), list(combinations([*LINES, "cn", "eu-ai-act@2025-07-01"], 2)))
def test_the_page_keeps_the_style_and_cites_what_it_lists(left, right):
    if "@" in right and left.partition("/")[0] not in ("eu-ai-act", "cn"):
        right = f"{SYSTEMIC}@2025-07-01"
    found = compare(left, right, DAY)
    for page in (regimes_compare_text(found), regimes_compare_text(found.differences(), differences=True)):
        assert faults(page) == []
        assert dangling(page) == set()


def test_rows_that_differ_are_marked_and_shown_alone_on_request():
    found = compare(SYSTEMIC, "us-ca-sb53", DAY)
    page = regimes_compare_text(found)
    assert re.search(r"^\* synth-private +yes +disputed, leaning in$", page, re.MULTILINE)
    assert re.search(r"^  pretraining +yes +yes$", page, re.MULTILINE)
    alone = regimes_compare_text(found.differences(), differences=True)
    assert re.search(r"^\* synth-private", alone, re.MULTILINE)
    assert not re.search(r"^  pretraining", alone, re.MULTILINE)
    assert "Only what differs is shown." in alone


def test_reason_and_paragraph_of_both_sides_stand_below_the_answer():
    page = regimes_compare_text(compare(SYSTEMIC, "us-ca-sb53", DAY))
    below = page.partition("* synth-private")[2].split("\n", 3)[1:3]
    assert "Forward passes" in below[0]
    assert "Not addressed" in below[0]
    assert "Annex A.1, para. 119" in page
    assert "22757.11(i)" in page


def test_what_nobody_compared_with_the_text_is_marked():
    page = regimes_compare_text(compare("us-ct-sb5", "us-il-sb315", DAY))
    assert "never compared with the text itself: [" in page
    late = regimes_compare_text(compare("us-ca-sb53", "us-ny-raise", date(2027, 6, 1)))
    assert "compared with the text more than 90 days before 2027-06-01: [" in late


def test_two_like_sides_say_so():
    found = compare(SYSTEMIC, SYSTEMIC, DAY)
    for page in (regimes_compare_text(found), regimes_compare_text(found.differences(), differences=True)):
        assert "Nothing differs." in page
        assert faults(page) == []


def test_days_are_named_where_they_differ():
    page = regimes_compare_text(compare("eu-ai-act@2025-07-01", "eu-ai-act", DAY))
    assert "eu-ai-act, law of 2025-07-01" in page
    assert "eu-ai-act, law of 2026-11-22" in page


def test_columns_hold_their_paragraphs():
    rows = [
        Sided("a-label-of-thirty-characters-so", ("one\ntwo " + "word " * 20, ""), differs=True),
        Sided("b", ("", "r")),
    ]
    lines = side_by_side(rows)
    assert lines[0].startswith("* a-label-of-")
    assert all(len(line) <= 110 and line == line.rstrip() for line in lines)
    assert lines[-1] == "  b" + " " * (len(lines[-1]) - 4) + "r"
