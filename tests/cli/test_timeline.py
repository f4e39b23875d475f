"""`flopline timeline`: days, duties and a calendar, from the shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import flopline

import flopline as fl

pytestmark = pytest.mark.usefixtures("folder")
EU = "eu-ai-act/systemic-risk"


@pytest.fixture(autouse=True)
def dated(folder):
    text = (
        (folder / "plan.toml")
        .read_text()
        .replace("title =", "start = 2027-01-15\ntitle =")
        .replace("17T..22T", "25T..30T")
    )
    (folder / "when.toml").write_text(text + 'duration = "50..70"\n')


def test_the_page_has_days_progress_and_duties():
    page = flopline("timeline", "when.toml").out
    assert "the run starts on 2027-01-15" in page
    assert "duties by day" in page
    assert "tokens" in page
    assert "not legal advice" in page


def test_json_and_the_library_say_the_same():
    told = json.loads(flopline("timeline", "when.toml", "--line", EU, "--json").out)
    (line,) = told["lines"]
    assert line == fl.timeline("when.toml").lines[EU].to_dict()
    assert {duty["line"] for duty in told["duties"]} == {EU}


def test_a_calendar_is_written_whole():
    found = flopline("timeline", "when.toml", "-o", "duties.ics")
    assert (found.code, found.out) == (0, "")
    assert Path("duties.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_recorded_forecast_counts_as_known():
    flopline("record", "when.toml", "--day", "2026-10-01", "--log", "log.jsonl")
    told = json.loads(flopline("timeline", "when.toml", "--record", "log.jsonl", "--json").out)
    bases = [duty["basis"] for duty in told["duties"] if duty["duty"] == "notify"]
    assert any("recorded forecast of 2026-10-01" in basis for basis in bases)


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan.toml",), ("when.toml", "--line", "eu"), ("when.toml", "--reading", "wide"), ("when.toml", "-o", "d.txt"),
        ("when.toml", "-o", "no/d.ics"), ("when.toml", "--record", "none.jsonl"),
        ("when.toml", "--line", "eu-ai-act/modifier"),
    ],
)  # fmt: skip
def test_a_malformed_question_is_refused_and_writes_nothing(arguments):
    before = sorted(Path().iterdir())
    found = flopline("timeline", *arguments)
    assert (found.code, found.out) == (2, "")
    assert sorted(Path().iterdir()) == before
