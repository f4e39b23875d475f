"""A regime is added, and a threshold amended, by a file alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from flopline.errors import RegimeError
from flopline.regimes import Attributes, cell, find_line, lines, load_regimes, warnings

DATA = Path(__file__).parents[1] / "data" / "regimes"
DAY = date(2026, 11, 22)


def test_a_new_regime_brings_its_line():
    line = find_line("atlantis/large", lines(DAY, [DATA / "new"]))
    assert (line.flop, line.compare, line.status) == (5e24, ">", "in-force")


def test_an_activity_that_the_file_does_not_name_is_disputed_and_warned_of():
    line = find_line("atlantis/large", lines(DAY, [DATA / "new"]))
    entries = [Attributes("pretraining"), Attributes("rl-rollout")]
    assert cell(line, entries[1]).answer == "disputed"
    assert [warning.code for warning in warnings(line, entries, DAY)] == ["W701"]
    assert "rl-rollout" in warnings(line, entries, DAY)[0].message
    assert warnings(line, entries[:1], DAY) == ()


def test_an_amended_threshold_is_unknown_before_its_day_and_stands_from_its_date():
    path = [DATA / "amended"]
    name = "eu-ai-act/systemic-risk"
    before = find_line(name, lines(date(2027, 1, 31), path))
    known = find_line(name, lines(date(2027, 2, 1), path))
    after = find_line(name, lines(date(2027, 6, 1), path))
    assert [version.flop for version in before.thresholds] == [1e25]
    assert (known.flop, known.threshold_on(date(2027, 6, 1)).flop) == (1e25, 1e26)
    assert after.flop == 1e26


def test_an_amended_row_takes_the_place_of_the_shipped_one_and_leaves_the_others():
    line = find_line("eu-ai-act/systemic-risk", lines(DAY, [DATA / "amended" / "eu-raised.toml"]))
    assert cell(line, Attributes("rl-rollout")).answer == "yes"
    assert cell(line, Attributes("rl-scoring")).answer == "disputed"


def test_the_shipped_regimes_stay_as_they_are():
    assert len(load_regimes(DAY, [DATA / "amended"])) == len(load_regimes(DAY))
    assert cell(find_line("eu-ai-act/systemic-risk", lines(DAY)), Attributes("rl-rollout")).answer == "disputed"


def problems(path):
    with pytest.raises(RegimeError) as caught:
        lines(DAY, [path])
    return {(one.place.line, one.message): one.hint for one in caught.value.diagnostics}


def test_every_slip_of_a_file_is_named_at_its_place():
    found = problems(DATA / "wrong" / "misspelt.toml")
    assert found[4, "`evaluations` is not an activity"] == "did you mean `evaluation`?"
    assert found[7, "`para-219` is not a source of this file"] == "did you mean `para-119`?"
    assert (3, "a disputed row has no lean") in found


def test_a_misspelt_key_names_the_closest_one():
    found = problems(DATA / "wrong" / "keys.toml")
    assert found[4, "`flops` is not a key here"] == "did you mean `flop`?"
    assert any(line == 5 and "`=>`" in message for line, message in found)


@pytest.mark.parametrize(
    "text",
    [
        "amends = 3",
        'amends = "eu-ai-acts"',
        'id = "x"',
        "lines = 3",
        'amends = "cn"\nlines = 3',
        'amends = "cn"\n[lines.x]\ncounts = 3',
        'amends = "eu-ai-act"\n[lines.gpai]\ncounts = [3]',
        'amends = "eu-ai-act"\n[[lines.gpai.counts]]\nactivities = [3]',
        'amends = "eu-ai-act"\nsources = []',
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_with_a_place(tmp_path, text):
    file = tmp_path / "regime.toml"
    file.write_text(text)
    with pytest.raises(RegimeError) as caught:
        lines(DAY, [file])
    assert all(one.place.file == str(file) for one in caught.value.diagnostics)


def test_an_activity_that_stands_twice_is_refused(tmp_path):
    file = tmp_path / "regime.toml"
    row = '[[lines.gpai.counts]]\nactivities = ["sft"]\nanswer = "no"\nreason = "r"\nsource = "para-118"\n'
    file.write_text('amends = "eu-ai-act"\n' + row + row)
    assert list(problems(file)) == [(8, "`sft` stands twice in this line")]


def test_a_search_path_that_does_not_exist_is_refused():
    with pytest.raises(RegimeError, match="does not exist"):
        lines(DAY, [DATA / "nowhere"])
