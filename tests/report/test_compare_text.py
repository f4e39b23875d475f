"""The page of `flopline compare`."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from building import plan_of
from page_checks import dangling, faults

from flopline.engine.compare import compare
from flopline.regimes import activities
from flopline.report.compare_text import compare_text

PRETRAIN = {"flop": "8e24"}
SYNTHETIC = {"name": "data", "kind": "synthetic-data", "flop": "3e24", "public": "no"}
KINDS = (
    "pretraining", "continued-pretraining", "fine-tuning", "preference", "distillation", "reinforcement-learning",
    "reward-model", "data-processing", "research", "evaluation",
)  # fmt: skip
EVERYTHING = [{"name": f"stage-{index}", "kind": kind, "flop": "1e24..2e24"} for index, kind in enumerate(KINDS)]
FINE_TUNE = {"kind": "fine-tuning", "flop": "2e24", "base": {"name": "Base", "developer": "other", "flop": "9e25"}}


@pytest.mark.parametrize(
    "stages", [[PRETRAIN], [PRETRAIN, SYNTHETIC], EVERYTHING, [*EVERYTHING, SYNTHETIC], [FINE_TUNE]],
    ids=["one", "two", "uncertain", "everything", "base"],
)  # fmt: skip
@pytest.mark.parametrize("against", [None, "us-ny-raise/frontier"])
def test_the_page_keeps_the_style_and_cites_what_it_lists(stages, against):
    found = compare(plan_of(*stages), against=against)
    for page in (compare_text(found), compare_text(found, verbose=True)):
        assert faults(page) == []
        assert dangling(page) == set()
        assert "not legal advice" in page


def test_every_line_has_its_row_and_its_number():
    found = compare(plan_of(PRETRAIN, SYNTHETIC))
    page = compare_text(found)
    for number, line in enumerate(found.lines, 1):
        assert re.search(rf"^ +#{number} +{re.escape(line.id)} ", page, re.MULTILINE)


def test_a_certain_plan_is_answered_with_yes_and_no():
    page = compare_text(compare(plan_of(PRETRAIN)))
    assert re.search(r"#1 +eu-ai-act/gpai +> 1e23 +yes +yes +yes", page)
    assert re.search(r"^  8\.00e24 +8\.00e24 +8\.00e24 +#1, #2,", page, re.MULTILINE)
    assert re.search(r"#2 +eu-ai-act/systemic-risk +> 1e25 +no +no +no", page)


def test_what_lines_answer_differently_is_marked():
    found = compare(plan_of(PRETRAIN, SYNTHETIC))
    page = compare_text(found)
    assert re.search(r"^\* +synth-private \(data\) +3\.00e24 +no +yes +in", page, re.MULTILINE)
    for one in found.activities:
        (mark,) = set(re.findall(rf"^(.) +{one.attributes.activity} \(", page, re.MULTILINE))
        assert (mark == "*") == one.differs


def test_both_paragraphs_stand_under_a_difference():
    page = compare_text(compare(plan_of(PRETRAIN, SYNTHETIC)))
    block = page.partition("#2 eu-ai-act/systemic-risk: ")[2].partition("\n\n")[0]
    assert "it counts, the other does not" in block
    assert "3.00e24 FLOP" in block
    assert re.search(r"Forward passes.*Generating data", block)
    assert "para. 119" in page
    assert "para. 118" in page


def test_two_laws_with_one_number_say_so_with_their_comparators():
    page = compare_text(compare(plan_of(FINE_TUNE), against="us-ca-sb53/frontier"))
    assert "both lines are at 1e26 FLOP, `>=` here and `>` there" in " ".join(page.split())


def test_lines_that_part_alike_stand_together():
    page = compare_text(compare(plan_of(PRETRAIN, SYNTHETIC)))
    assert re.search(r"#\d us-ca-sb53/frontier, #\d us-ny-raise/frontier: counts", page)


def test_what_is_not_law_stands_apart(tmp_path):
    file = tmp_path / "over.toml"
    file.write_text(OVER)
    found = compare(replace(plan_of(PRETRAIN), regimes=(file,)))
    page = compare_text(found)
    above, _, below = page.partition("for comparison: not law on this day, whatever the figures say\n")
    assert "atlantis/large" not in above
    assert re.search(r"atlantis/large +> 1e24 +yes +yes +yes +ended +\[", below)


def test_reasons_beside_the_law_are_told_on_request(tmp_path):
    file = tmp_path / "over.toml"
    file.write_text(OVER)
    found = compare(replace(plan_of(PRETRAIN, SYNTHETIC), regimes=(file,)))
    assert "atlantis/large: counts" not in compare_text(found)
    assert "atlantis/large: counts 1.10e25, where eu-ai-act/gpai counts 8.00e24" in compare_text(found, verbose=True)


def test_what_nobody_compared_with_the_text_is_marked_for_the_law_and_beside_it():
    found = compare(plan_of(PRETRAIN))
    page, told = compare_text(found), compare_text(found, verbose=True)
    assert "never compared with the text itself: [" in page
    assert "W703 `kr-ai-basic-act/safety`" in page
    assert "W703 `us-eo14110/model`" not in page
    assert "W703 `us-eo14110/model`" in told


def test_many_lines_and_activities_fit_the_page(tmp_path):
    for index in range(30):
        (tmp_path / f"a{index}.toml").write_text(OVER.replace("atlantis", f"atlantis-{index}"))
    page = compare_text(compare(replace(plan_of(*EVERYTHING), regimes=(tmp_path,))))
    assert faults(page) == []
    assert page.count("what the plan computes") > 1


def test_names_of_the_users_own_cannot_steer_a_terminal():
    assert faults(compare_text(compare(plan_of(PRETRAIN, title="\x1b[2J\u202e")))) == []


OVER = f"""
id = "atlantis"
name = "Atlantis"
full_name = "Act on Models"
jurisdiction = "Atlantis"
kind = "law"
summary = "One line."
[dates]
enacted = {{ date = 2025-01-01, source = "one" }}
applies = {{ date = 2025-02-01, source = "one" }}
ended = {{ date = 2026-02-01, source = "one" }}
[documents]
act = {{ cite = "Act" }}
[sources]
one = {{ of = "act", at = "Art. 1", grade = "read", verified = 2026-11-01 }}
[lines.large]
name = "large model"
nature = "definition"
quantity = "cumulative"
source = "one"
thresholds = [{{ flop = 1e24, compare = ">", from = 2025-02-01, source = "one" }}]
counts = [{{ activities = {list(activities())}, answer = "yes", reason = "Named.", source = "one" }}]
"""
