"""The guide for contributors: its examples are whole, load as they stand, and reach an answer."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import flopline as fl
from flopline.regimes import Attributes, cell, find_line, form, lines, load_regimes
from flopline.regimes.activities import DATA
from flopline.regimes.contributing import examine

GUIDE = (DATA / "README.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^```toml\n# (\S+\.toml)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
DAY = date(2026, 11, 22)


@pytest.fixture
def folder(tmp_path):
    for name, text in EXAMPLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def examined(file):
    return examine(file, DAY, {one.id: one.form for one in load_regimes(DAY)})


def test_there_is_a_whole_regime_and_an_amendment():
    assert sorted(EXAMPLES) == ["atlantis.toml", "raised.toml"]


def test_the_whole_regime_is_poor_in_nothing_but_its_account_of_one_duty(folder):
    found = examined(folder / "atlantis.toml")
    assert [(one.code, one.place.key) for one in found.warnings] == [("W703", "sources.notice")]


def test_the_amendment_is_poor_in_nothing_but_its_invented_source(folder):
    found = examined(folder / "raised.toml")
    assert [(one.code, one.place.key) for one in found.warnings] == [("W703", "sources.act-51-3")]


def test_a_regime_is_added_by_a_file_alone(folder):
    found = fl.estimate(params="70B", tokens="15T", regimes=[folder / "atlantis.toml"])
    assert found.lines["atlantis/large"].expected.probability == 1.0
    assert find_line("atlantis/large", lines(DAY, [folder])).flop == 5e24


def test_a_threshold_is_amended_by_a_file_alone(folder):
    (line,) = (one for one in lines(date(2027, 6, 1), [folder]) if one.id == "eu-ai-act/systemic-risk")
    assert line.flop == 1e26
    assert cell(line, Attributes("synth-private")).answer == "yes"


def test_the_guide_names_every_key_of_a_file():
    forms = [one for one in vars(form).values() if isinstance(one, type) and issubclass(one, form.Part)]
    keys = {field.alias or name for one in forms for name, field in one.model_fields.items()}
    assert [key for key in sorted(keys) if not re.search(rf"[`{{\[. \n]{key}(`| =|\]|\.)", GUIDE)] == []


def test_the_guide_stands_beside_the_files_and_is_none_of_them():
    assert Path(DATA / "README.md").is_file()
    assert "README" not in {regime.id for regime in load_regimes(DAY)}
