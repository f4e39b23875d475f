"""`flopline record`: dated forecasts beside a plan, and what they show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import flopline

import flopline as fl

pytestmark = pytest.mark.usefixtures("folder")
LOG = "plan.record.jsonl"
EU = "eu-ai-act/systemic-risk"


def shown(*arguments):
    found = flopline("record", "show", *arguments, "--json")
    assert found.code == 0, found.err
    return json.loads(found.out)


def test_a_forecast_lies_beside_its_plan_with_its_hashes():
    found = flopline("record", "plan.toml", "--note", "first")
    assert found.code == 0, found.err
    (entry,) = [json.loads(line) for line in Path(LOG).read_text().splitlines()]
    assert entry["plan"]["sha256"] == json.loads(flopline("estimate", "plan.toml", "--json").out)["plan"]["sha256"]
    assert {len(entry[key]) for key in ("law", "data", "hash")} == {64}
    assert (entry["note"], entry["law_day"]) == ("first", "2026-11-22")
    assert next(line["marks"] for line in entry["lines"] if line["id"].startswith("kr-")) == ["W703"]
    assert "kr-ai-basic-act/safety *" in found.out


def test_the_first_day_moves_with_the_plan_and_what_changed_is_named():
    plan = Path("plan.toml")
    flopline("record", "plan.toml", "--day", "2026-11-22")
    plan.write_text(plan.read_text().replace("17T..22T", "25T..30T"))
    flopline("record", "plan.toml", "--day", "2026-12-01")
    first = {
        (one["line"], one["probability"]): (one["day"], one["deadline"])
        for one in shown("plan.toml")["first"]
        if one["reading"] == "expected"
    }
    assert first[EU, 0.5] == ("2026-12-01", "2026-12-15")
    assert first["eu-ai-act/gpai", 0.5] == ("2026-11-22", None)
    page = flopline("record", "show", "plan.toml", "--line", EU).out
    assert "plan" in next(line for line in page.splitlines() if line.lstrip().startswith("2 "))
    assert "dated by their author" in page


def test_the_law_of_the_user_changes_its_hash():
    flopline("record", "plan.toml")
    amended = Path(__file__).parents[1] / "data" / "regimes" / "amended"
    flopline("record", "plan.toml", "--regimes", str(amended))
    laws = [json.loads(line)["law"] for line in Path(LOG).read_text().splitlines()]
    assert laws[0] != laws[1]


def test_a_changed_log_is_refused_by_record_and_verify_and_told_by_show():
    flopline("record", "plan.toml")
    assert flopline("record", "verify", "plan.toml").code == 0
    Path(LOG).write_text(Path(LOG).read_text().replace('"word": "over"', '"word": "likely"'))
    before = Path(LOG).read_bytes()
    for arguments in (("plan.toml",), ("verify", "plan.toml")):
        found = flopline("record", *arguments)
        assert (found.code, found.out) == (2, "")
        assert "it was changed" in found.err
    assert Path(LOG).read_bytes() == before
    assert "it was changed" in flopline("record", "show", LOG).err


@pytest.mark.parametrize(
    "arguments",
    [
        ("llama-3.1-405b",), ("nothing.toml",), ("plan.toml", "other.toml"), ("show",), ("show", "plan.toml"),
        ("verify", "nothing.jsonl"), ("plan.toml", "--log", "no/folder/log.jsonl"), ("plan.toml", "--day", "soon"),
        ("show", "a\0b"), ("broken.toml",),
    ],
)  # fmt: skip
def test_a_malformed_question_is_refused_and_writes_nothing(arguments):
    before = sorted(Path().iterdir())
    found = flopline("record", *arguments)
    assert (found.code, found.out) == (2, "")
    assert sorted(Path().iterdir()) == before


def test_an_unknown_line_is_refused():
    flopline("record", "plan.toml")
    found = flopline("record", "show", "plan.toml", "--line", "eu-ai-act/systemic")
    assert found.code == 2
    assert "did you mean" in found.err


def test_the_library_keeps_and_reads_the_same():
    entry = fl.record("plan.toml", "log.jsonl", day="2026-11-22")
    found = fl.recorded("log.jsonl")
    assert [one.body["hash"] for one in found.entries] == [entry.body["hash"]]
    assert json.dumps(found.to_dict(), allow_nan=False)
