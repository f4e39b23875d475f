"""Calendars by RFC 5545: read back by a parser of its own."""

from __future__ import annotations

from datetime import date

import pytest
from building import loaded
from hypothesis import given
from hypothesis import strategies as st

from flopline.engine.timeline import timeline
from flopline.report.ics import WIDEST, escaped, folded, ics_text, recurrence

PLAN = """
title = "Atlas, the first; or so"
start = 2027-01-01
[developer]
role = "original-provider"
markets = { eu = "yes", us-ca = "yes" }
[model]
general = "yes"
placed_on_market = 2027-06-01
[[stage]]
name = "run"
kind = "pretraining"
flop = "2e26"
duration = 90
"""


def unescaped(value):
    """Read a value back, letter by letter."""
    letters, found = iter(value), ""
    for letter in letters:
        if letter == "\\":
            following = next(letters)
            found += "\n" if following in "nN" else following
        else:
            found += letter
    return found


def events(text):
    """Read a calendar back into dictionaries."""
    lines = text.replace("\r\n ", "").split("\r\n")
    assert lines[-1] == ""
    found, at = [], None
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            at = {}
        elif line == "END:VEVENT":
            found.append(at)
            at = None
        elif at is not None:
            at[name.partition(";")[0]] = unescaped(value)
    return found


def test_every_duty_with_a_day_is_an_all_day_event_of_that_day():
    answer = timeline(loaded(PLAN))
    found = events(ics_text(answer))
    days = [event.day.strftime("%Y%m%d") for event in answer.duties if event.day is not None]
    assert [one["DTSTART"] for one in found] == days
    assert len({one["UID"] for one in found}) == len(found)
    assert all({"DTSTAMP", "SUMMARY", "DESCRIPTION"} <= set(one) for one in found)
    assert any(one.get("RRULE") == "FREQ=MONTHLY;INTERVAL=3" for one in found)


def test_lines_are_short_end_as_they_must_and_the_bytes_repeat():
    text = ics_text(timeline(loaded(PLAN)))
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= WIDEST
    assert text == ics_text(timeline(loaded(PLAN)))
    assert "Atlas\\, the first\\; or so" in text.replace("\r\n ", "")


@given(st.text())
def test_folding_loses_nothing(text):
    line = escaped(text)
    pieces = list(folded(line))
    assert "\r\n".join(pieces).replace("\r\n ", "") == line
    assert all(len(piece.encode()) <= WIDEST for piece in pieces)


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_escaping_reads_back(text):
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize(
    ("every", "rule"),
    [("3 months", "FREQ=MONTHLY;INTERVAL=3"), ("1 year", "FREQ=YEARLY;INTERVAL=1"), (None, None), ("often", None)],
)
def test_a_recurrence_is_a_rule(every, rule):
    assert recurrence(every) == rule


def test_the_last_day_of_all_has_no_day_after_it():
    assert date.max.strftime("%Y%m%d") == "99991231"
