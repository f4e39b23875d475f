"""Every shipped value names a source that exists, and says how it is known."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from flopline.errors import Place
from flopline.regimes import activities, load_regimes
from flopline.regimes.activities import DATA, VOCABULARY
from flopline.regimes.check import repeated_rows, validated

FILES = sorted(file for file in DATA.glob("*.toml") if file != VOCABULARY)
DAY = date(2026, 11, 22)
UNNAMED = {"rl-unsplit"}
"""Names no law uses: an amount that nobody has split."""
ACTORS = {"actor:on-behalf", "actor:affiliate", "actor:other"}


def tree(file):
    return tomllib.loads(file.read_text(encoding="utf-8"))


def named_sources(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "source":
                yield item
            else:
                yield from named_sources(item)
    elif isinstance(value, list):
        for item in value:
            yield from named_sources(item)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_file_follows_the_form(file):
    form, problems = validated(tree(file), lambda _path, _key: Place(file=file.name))
    assert problems == []
    assert form.id == file.stem
    assert list(repeated_rows(tree(file))) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_source_and_every_document_is_used(file):
    read = tree(file)
    assert set(read["sources"]) == set(named_sources({k: v for k, v in read.items() if k != "sources"}))
    assert set(read["documents"]) == {source["of"] for source in read["sources"].values()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_only_what_was_read_claims_to_be_compared_with_the_text(file):
    for source in tree(file)["sources"].values():
        assert ("verified" in source) == (source["grade"] == "read")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_quote_is_at_most_one_sentence(file):
    for source in tree(file)["sources"].values():
        quote = source.get("quote", "")
        assert len(quote) <= 200
        assert ". " not in quote


@pytest.mark.parametrize("regime", load_regimes(DAY), ids=lambda regime: regime.id)
def test_every_line_names_every_activity_and_actor(regime):
    for line in (*regime.lines, *regime.others):
        if line.relative is not None:
            assert line.cells == {}  # it counts as the lines that it names
            continue
        assert set(line.cells) == (set(activities()) - UNNAMED) | ACTORS


@pytest.mark.parametrize("regime", load_regimes(DAY), ids=lambda regime: regime.id)
def test_every_disputed_cell_leans_and_every_cell_has_a_reason_and_a_citation(regime):
    for line in (*regime.lines, *regime.others):
        for cell in line.cells.values():
            assert (cell.lean is not None) == (cell.answer == "disputed")
            assert cell.reason
            assert cell.citation


def test_the_regimes_that_draw_a_line_are_there():
    assert {regime.id for regime in load_regimes(DAY)} >= {
        "eu-ai-act", "kr-ai-basic-act", "us-ca-sb53", "us-ct-sb5", "us-il-sb315", "us-ny-raise",
    }  # fmt: skip


def test_regimes_without_a_line_are_there_with_what_they_go_by_instead():
    without = {regime.id: regime for regime in load_regimes(DAY) if not regime.form.lines and regime.kind != "bill"}
    assert set(without) == {
        "cn", "eu-code-of-practice", "iso-iec-42001", "itu", "jp", "nist-ai-rmf", "uk", "us-ca-without-line",
        "us-eo14409", "us-states-without-line",
    }  # fmt: skip
    assert all(regime.form.instruments for regime in without.values())


def test_china_has_no_line_and_says_what_triggers_duties_instead():
    china = load_regimes(DAY)[0].to_dict()
    assert china["lines"] == []
    assert china["status_words"] == "no compute line"
    assert len(china["instruments"]) == 7


def test_regimes_become_plain_values():
    import json

    for regime in load_regimes(DAY):
        assert json.loads(json.dumps(regime.to_dict(), allow_nan=False))["id"] == regime.id
